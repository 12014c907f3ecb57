package api

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

// The languages of the parameter filter.
const (
	langText = "cql2-text"
	langJSON = "cql2-json"
)

// shapeName is what filters and schemas call a record's shape.
const shapeName = "geometry"

// Where filterable's properties stand that are not fields.
const (
	positionID   = -1
	positionArea = -2
)

// filterable are the properties that records can be chosen by, but for the shape:
// the layer's fields, then what every record has.
func filterable(l spatial.Layer) []filter.Property {
	out := make([]filter.Property, 0, len(l.Fields)+2)
	for _, f := range l.Fields {
		out = append(out, filter.Property{Name: f.Name, Type: f.Type, Unit: f.Unit})
	}
	out = append(out, filter.Property{Name: "id", Type: spatial.TypeInt})
	if l.Shape == spatial.Polygons || l.Shape == spatial.AnyShape {
		out = append(out, filter.Property{Name: "area", Type: spatial.TypeFloat, Unit: "m²"})
	}
	return out
}

// valueOf is the value of one of filterable's properties.
func valueOf(it index.Item, name string) spatial.Value {
	switch name {
	case "id":
		return spatial.Int(int64(it.ID()))
	case "area":
		return spatial.Float(it.Area())
	}
	return it.Attr(name)
}

// systemSchema is a property that every record has, as JSON Schema.
func systemSchema(p filter.Property, lang string) map[string]any {
	if p.Name == "id" {
		return map[string]any{"type": "integer", "minimum": 1, "title": spatial.Name{VI: "Mã bản ghi", EN: "Record id"}.In(lang), "x-ogc-role": "id"}
	}
	return map[string]any{"type": "number", "minimum": 0, "title": spatial.Name{VI: "Diện tích", EN: "Area"}.In(lang), "x-ogc-unit": p.Unit}
}

// condition is what the parameter filter asks for. It is one request's own.
type condition struct {
	expr filter.Expr
	row  row
	box  *orb.Bound // in WGS 84, met by whatever it holds for; nil = none
}

func (c *condition) holds(it index.Item) bool {
	c.row.it, c.row.known = it, false
	return c.expr.Match(&c.row)
}

// condition reads filter, filter-lang and filter-crs; nil where filter is not
// given. Properties are those that the caller's tier may see. Errors: those of
// package filter, and "parameter.malformed".
func (c *call) condition(l spatial.Layer) (*condition, error) {
	sys, err := c.system("filter-crs")
	if err != nil {
		return nil, err
	}
	lang := langText
	if text, ok := c.q["filter-lang"]; ok {
		if lang = text; lang != langText && lang != langJSON {
			return nil, query.Malformed("filter-lang", text, langText+", "+langJSON)
		}
	}
	text, ok := c.q["filter"]
	if !ok {
		return nil, nil
	}
	return c.conditionOn(l, sys, func(s filter.Schema) (filter.Expr, error) {
		if lang == langJSON {
			return filter.ParseJSON([]byte(text), s)
		}
		return filter.ParseText(text, s)
	})
}

// conditionOn is a condition on a layer's records, its shapes in a system.
func (c *call) conditionOn(l spatial.Layer, sys system, parse func(filter.Schema) (filter.Expr, error)) (*condition, error) {
	place := c.view.Place()
	schema := filter.Schema{Properties: filterable(l), Zone: place.Zone(), Plane: planeOf(sys, place.Plane)}
	if l.Shape != spatial.NoShape {
		schema.Geometry = shapeName
	}
	cond := &condition{row: row{sys: sys, positions: make([]int, len(schema.Properties))}}
	for i, p := range schema.Properties {
		switch p.Name {
		case "id":
			cond.row.positions[i] = positionID
		case "area":
			cond.row.positions[i] = positionArea
		default:
			cond.row.positions[i] = c.view.Position(l.Name, p.Name)
		}
	}
	var err error
	if cond.expr, err = parse(schema); err != nil {
		return nil, err
	}
	if b, ok := cond.expr.Box(); ok {
		if sys.swap {
			b = orb.Bound{Min: turn(b.Min), Max: turn(b.Max)}
		}
		if sys.srid != spatial.WGS84 {
			from, err := crs.From(sys.srid)
			if err != nil {
				return nil, err
			}
			b = around(b, from)
		}
		if !math.IsNaN(b.Min[0]) {
			cond.box = &b
		}
	}
	return cond, nil
}

// row is a record as a filter reads it, its shape in the filter's own system and
// with that system's order of axes.
type row struct {
	it        index.Item
	positions []int
	sys       system
	known     bool // shape has been made
	shape     orb.Geometry
}

func (r *row) Value(i int) spatial.Value {
	switch p := r.positions[i]; p {
	case positionID:
		return spatial.Int(int64(r.it.ID()))
	case positionArea:
		return spatial.Float(r.it.Area())
	default:
		return r.it.Value(p)
	}
}

// asStored reports whether the filter's system is that of the read model.
func (r *row) asStored() bool { return r.sys.srid == spatial.WGS84 && !r.sys.swap }

func (r *row) Geometry() orb.Geometry {
	if !r.known {
		r.shape, r.known = r.it.Geometry(), true
		if !r.asStored() && r.shape != nil {
			r.shape = r.sys.carry(r.shape)
			if r.sys.swap {
				r.shape = crs.Geometry(r.shape, turn)
			}
		}
	}
	return r.shape
}

func (r *row) Box() orb.Bound {
	if r.asStored() || index.Empty(r.it.Box()) {
		return r.it.Box()
	}
	return r.Geometry().Bound()
}

// turn is a point with its axes the other way round.
func turn(p orb.Point) orb.Point { return orb.Point{p[1], p[0]} }

// planeOf is the way from a filter's system to the plane that distances are
// measured in; nil where the place has none.
func planeOf(sys system, srid spatial.SRID) *filter.Plane {
	if !crs.Metric(srid) {
		return nil
	}
	there, err := crs.To(srid)
	if err != nil {
		return nil
	}
	back, err := crs.From(srid)
	if err != nil {
		return nil
	}
	if sys.srid == srid {
		same := func(p orb.Point) orb.Point { return p }
		return &filter.Plane{To: same, From: same}
	}
	into, err := crs.To(sys.srid)
	if err != nil {
		return nil
	}
	out, err := crs.From(sys.srid)
	if err != nil {
		return nil
	}
	if sys.srid == spatial.WGS84 && !sys.swap {
		return &filter.Plane{To: there, From: back}
	}
	return &filter.Plane{
		To: func(p orb.Point) orb.Point {
			if sys.swap {
				p = turn(p)
			}
			return there(out(p))
		},
		From: func(p orb.Point) orb.Point {
			p = into(back(p))
			if sys.swap {
				p = turn(p)
			}
			return p
		},
	}
}
