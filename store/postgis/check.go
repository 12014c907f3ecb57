package postgis

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// check holds a feature against its layer before it is sent: one value a field,
// each of its field's type and within its bounds, days that are days, the layer's
// kind of shape, text that PostgreSQL can hold. The tables have the same
// constraints; asked here, the answer names the field and the value.
func (t *table) check(f *spatial.Feature) error {
	refuse := func(code string, args map[string]any) error {
		if args == nil {
			args = map[string]any{}
		}
		args["id"], args["layer"] = f.ID, t.layer.Name
		return &spatial.Error{Op: "check a record", Kind: spatial.Invalid, Code: code, Subject: t.layer.Name, Args: args}
	}
	if len(f.Values) != len(t.layer.Fields) {
		return refuse("record.values", map[string]any{"got": len(f.Values), "want": len(t.layer.Fields)})
	}
	if f.ID > spatial.MaxID {
		return refuse("record.id", nil)
	}
	for i := range f.Values {
		field := &t.layer.Fields[i]
		if v := f.Values[i]; !v.IsNull() && !holdsValue(field, v) {
			return refuse("record.value", map[string]any{"field": field.Name, "value": v.String(), "type": field.Type.String()})
		}
	}
	for _, d := range [...]spatial.Date{f.Valid.From, f.Valid.To} {
		if !isDay(d) {
			return refuse("record.day", map[string]any{"value": string(d)})
		}
	}
	if !holdsShape(t.layer.Shape, f.Display) || !holdsShape(t.layer.Shape, f.Legal) {
		return refuse("record.shape", map[string]any{"shape": t.layer.Shape.String()})
	}
	if !wellFormed(f.Display, 0) || !wellFormed(f.Legal, 0) {
		return refuse("record.geometry", nil)
	}
	if f.Access > spatial.Personal {
		return refuse("record.access", nil)
	}
	if !storable(f.Key) {
		return refuse("record.value", map[string]any{"field": "source_key", "value": f.Key, "type": "text"})
	}
	if f.Extra != "" && (!storable(f.Extra) || !json.Valid([]byte(f.Extra))) {
		return refuse("record.value", map[string]any{"field": "extra", "value": f.Extra, "type": "json"})
	}
	return nil
}

// isDay reports whether d is a civil day, or none.
func isDay(d spatial.Date) bool {
	_, ok := dayNumber(d)
	return ok || d == ""
}

// The bounds of instants that have four digits for the year.
var (
	minTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	maxTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli() - 1
)

func holdsValue(f *spatial.Field, v spatial.Value) bool {
	if v.Type() != f.Type {
		return false
	}
	switch f.Type {
	case spatial.TypeText:
		return storable(v.Text()) && (len(f.OneOf) == 0 || slices.Contains(f.OneOf, v.Text()))
	case spatial.TypeInt, spatial.TypeFloat:
		n, _ := v.Number()
		return (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max)
	case spatial.TypeDate:
		return isDay(v.Day())
	case spatial.TypeTime:
		ms := v.Time().UnixMilli()
		return ms >= minTime && ms <= maxTime
	}
	return true
}

// holdsShape reports whether a layer of that shape may hold g; nil it always may.
func holdsShape(shape spatial.Shape, g orb.Geometry) bool {
	switch g.(type) {
	case nil:
		return true
	case orb.Point, orb.MultiPoint:
		return shape == spatial.Points || shape == spatial.AnyShape
	case orb.LineString, orb.MultiLineString:
		return shape == spatial.Lines || shape == spatial.AnyShape
	case orb.Polygon, orb.MultiPolygon:
		return shape == spatial.Polygons || shape == spatial.AnyShape
	case orb.Collection:
		return shape == spatial.AnyShape
	}
	return false
}

// wellFormed reports whether PostGIS takes g: finite coordinates, closed rings of
// at least four points, lines of two or none. Whether a polygon crosses itself is
// another question, and not the store's.
func wellFormed(g orb.Geometry, depth int) bool {
	switch g := g.(type) {
	case orb.Point:
		return finite(g)
	case orb.MultiPoint:
		return finite(g...)
	case orb.LineString:
		return len(g) != 1 && finite(g...)
	case orb.MultiLineString:
		for _, l := range g {
			if len(l) == 1 || !finite(l...) {
				return false
			}
		}
	case orb.Polygon:
		for _, r := range g {
			if len(r) < 4 || r[0] != r[len(r)-1] || !finite(r...) {
				return false
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			if !wellFormed(p, depth) {
				return false
			}
		}
	case orb.Collection:
		for _, m := range g {
			if m == nil || depth >= maxDepth || !wellFormed(m, depth+1) {
				return false
			}
		}
	}
	return true
}

func finite(ps ...orb.Point) bool {
	for _, p := range ps {
		if d := (p[0] - p[0]) + (p[1] - p[1]); d != 0 { // NaN where either is not finite
			return false
		}
	}
	return true
}

// storable reports whether PostgreSQL's text can hold s: UTF-8 without NUL.
func storable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}
