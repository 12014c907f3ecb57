package store

import (
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// MaxDepth is how deep collections may stand in collections.
const MaxDepth = 32

// Check holds a feature against its layer before a store writes it: one value a
// field, each of its field's type and within its bounds, days that are days, the
// layer's kind of shape, text and shapes that both stores can hold. It is Invalid
// "record.values", "record.value", "record.day", "record.shape",
// "record.geometry", "record.id" or "record.access". Whether a polygon crosses
// itself is another question, and not a store's.
func Check(l *spatial.Layer, f *spatial.Feature) error {
	refuse := func(code string, args map[string]any) error {
		if args == nil {
			args = map[string]any{}
		}
		args["id"], args["layer"] = f.ID, l.Name
		return &spatial.Error{Op: "check a record", Kind: spatial.Invalid, Code: code, Subject: l.Name, Args: args}
	}
	if len(f.Values) != len(l.Fields) {
		return refuse("record.values", map[string]any{"got": len(f.Values), "want": len(l.Fields)})
	}
	if f.ID > spatial.MaxID {
		return refuse("record.id", nil)
	}
	for i := range f.Values {
		field := &l.Fields[i]
		if v := f.Values[i]; !v.IsNull() && !holdsValue(field, v) {
			return refuse("record.value", map[string]any{"field": field.Name, "value": v.String(), "type": field.Type.String()})
		}
	}
	for _, d := range [...]spatial.Date{f.Valid.From, f.Valid.To} {
		if d != "" && !ValidDay(d) {
			return refuse("record.day", map[string]any{"value": string(d)})
		}
	}
	if !holdsShape(l.Shape, f.Display) || !holdsShape(l.Shape, f.Legal) {
		return refuse("record.shape", map[string]any{"shape": l.Shape.String()})
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

// ValidDay reports whether d is a civil day as it is written; "" is none.
func ValidDay(d spatial.Date) bool {
	if len(d) != 10 || d[4] != '-' || d[7] != '-' {
		return false
	}
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

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
		return ValidDay(v.Day())
	case spatial.TypeTime:
		y := v.Time().Year() // four digits, as it is written
		return y >= 0 && y <= 9999
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

// wellFormed reports whether g has finite coordinates, closed rings of at least
// four points, and lines of two or none: what PostGIS asks of a geometry.
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
			if m == nil || depth >= MaxDepth || !wellFormed(m, depth+1) {
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

// storable reports whether s is UTF-8 without NUL: what PostgreSQL's text can hold.
func storable(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == 0 {
			return false
		}
	}
	return utf8.ValidString(s)
}
