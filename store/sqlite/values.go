package sqlite

import (
	"database/sql/driver"
	"strconv"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store/gpkg"
)

// timeLayout is GeoPackage's DATETIME; such texts compare as their instants do.
const timeLayout = "2006-01-02T15:04:05.000Z"

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// parseTime reads timeLayout, written by us; anything else as the standard library can.
func parseTime(s string) time.Time {
	if len(s) == len(timeLayout) && s[len(s)-1] == 'Z' {
		n := func(i, j int) int {
			v := 0
			for _, c := range []byte(s[i:j]) {
				v = v*10 + int(c-'0')
			}
			return v
		}
		return time.Date(n(0, 4), time.Month(n(5, 7)), n(8, 10), n(11, 13), n(14, 16), n(17, 19), n(20, 23)*1e6, time.UTC)
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t, _ = time.Parse(time.DateOnly, s)
	}
	return t.UTC()
}

// The bounds of instants that have four digits for the year.
var (
	minTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC)
)

// validDay reports whether d is a civil day as it is written.
func validDay(d spatial.Date) bool {
	if len(d) != 10 || d[4] != '-' || d[7] != '-' {
		return false
	}
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// misfit says what of a feature does not fit its layer.
func misfit(t *table, f *spatial.Feature, code string, args map[string]any) error {
	if args == nil {
		args = map[string]any{}
	}
	args["id"], args["layer"] = f.ID, t.Name
	return &spatial.Error{Op: "check a record", Kind: spatial.Invalid, Code: code, Subject: t.Name, Args: args}
}

// check holds a feature against its layer: one value a field, each of its field's
// type and within its bounds, days that are days, and the layer's kind of shape.
func (t *table) check(f *spatial.Feature) error {
	if len(f.Values) != len(t.Fields) {
		return misfit(t, f, "record.values", map[string]any{"got": len(f.Values), "want": len(t.Fields)})
	}
	if f.ID > spatial.MaxID {
		return misfit(t, f, "record.id", nil)
	}
	for i := range f.Values {
		if v := f.Values[i]; !v.IsNull() && !t.fits(&t.Fields[i], v) {
			return misfit(t, f, "record.value", map[string]any{"field": t.Fields[i].Name, "value": v.String(), "type": t.Fields[i].Type.String()})
		}
	}
	for _, d := range [2]spatial.Date{f.Valid.From, f.Valid.To} {
		if d != "" && !validDay(d) {
			return misfit(t, f, "record.day", map[string]any{"value": string(d)})
		}
	}
	if !t.holds(f.Display) || !t.holds(f.Legal) {
		return misfit(t, f, "record.shape", map[string]any{"shape": t.Shape.String()})
	}
	if f.Access > spatial.Personal {
		return misfit(t, f, "record.access", nil)
	}
	return nil
}

func (t *table) fits(f *spatial.Field, v spatial.Value) bool {
	if v.Type() != f.Type {
		return false
	}
	switch f.Type {
	case spatial.TypeText:
		if len(f.OneOf) == 0 {
			return true
		}
		for _, one := range f.OneOf {
			if one == v.Text() {
				return true
			}
		}
		return false
	case spatial.TypeInt, spatial.TypeFloat:
		n, _ := v.Number()
		return (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max)
	case spatial.TypeDate:
		return validDay(v.Day())
	case spatial.TypeTime:
		return !v.Time().Before(minTime) && !v.Time().After(maxTime)
	}
	return true
}

// holds reports whether g is of the layer's kind of shape; nil always is.
func (t *table) holds(g orb.Geometry) bool {
	switch g.(type) {
	case nil:
		return true
	case orb.Point, orb.MultiPoint:
		return t.Shape == spatial.Points || t.Shape == spatial.AnyShape
	case orb.LineString, orb.MultiLineString:
		return t.Shape == spatial.Lines || t.Shape == spatial.AnyShape
	case orb.Polygon, orb.MultiPolygon:
		return t.Shape == spatial.Polygons || t.Shape == spatial.AnyShape
	case orb.Collection:
		return t.Shape == spatial.AnyShape
	}
	return false
}

// driverValue is a value as its column holds it.
func driverValue(v spatial.Value) driver.Value {
	switch v.Type() {
	case spatial.TypeText:
		return v.Text()
	case spatial.TypeInt:
		return v.Int()
	case spatial.TypeFloat:
		n, _ := v.Number()
		return n
	case spatial.TypeBool:
		return v.Bool()
	case spatial.TypeDate:
		return string(v.Day())
	case spatial.TypeTime:
		return formatTime(v.Time())
	}
	return nil
}

// fieldValue is a column's value as its field types it. Other programs may have
// written a number of the other kind; what cannot be read is null.
func fieldValue(t spatial.Type, v driver.Value) spatial.Value {
	switch v := v.(type) {
	case string:
		switch t {
		case spatial.TypeText:
			return spatial.Text(v)
		case spatial.TypeDate:
			return spatial.Day(spatial.Date(v))
		case spatial.TypeTime:
			return spatial.Time(parseTime(v))
		}
	case int64:
		switch t {
		case spatial.TypeBool:
			return spatial.Bool(v != 0)
		case spatial.TypeInt:
			return spatial.Int(v)
		case spatial.TypeFloat:
			return spatial.Float(float64(v))
		case spatial.TypeText:
			return spatial.Text(strconv.FormatInt(v, 10))
		}
	case float64:
		if t == spatial.TypeFloat {
			return spatial.Float(v)
		}
	}
	return spatial.Value{}
}

func orNull(s string) driver.Value {
	if s == "" {
		return nil
	}
	return s
}

func idOrNull[T ~int64 | ~int32](n T) driver.Value {
	if n == 0 {
		return nil
	}
	return int64(n)
}

func asInt(v driver.Value) int64 { n, _ := v.(int64); return n }

func asText(v driver.Value) string { s, _ := v.(string); return s }

func asFloat(v driver.Value) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	}
	return 0
}

// decoder turns rows into features. It gives out values from slabs and remembers
// the last instant it read, which a bulk import repeats for every row.
type decoder struct {
	t      *table
	slab   []spatial.Value
	lastAt string
	at     time.Time
}

// leading are the columns before the fields in every select of a table.
const leading = 13

// slabRows is how many rows' values are allocated together.
const slabRows = 64

// feature reads the columns of selectLight.
func (d *decoder) feature(row []driver.Value) (spatial.Feature, error) {
	f := spatial.Feature{Layer: d.t.Layer.Name, ID: uint64(asInt(row[0])), Version: int32(asInt(row[1])), Rev: spatial.Revision(asInt(row[2])),
		Valid:  spatial.Period{From: spatial.Date(asText(row[4])), To: spatial.Date(asText(row[5]))},
		Access: spatial.Access(asInt(row[6])), Import: asInt(row[7]), Key: asText(row[8]), Derived: asInt(row[9]) != 0,
		SRID: spatial.SRID(asInt(row[10])), Area: asFloat(row[11])}
	if at := asText(row[3]); at != d.lastAt {
		d.lastAt, d.at = at, parseTime(at)
	}
	f.At = d.at
	if blob, ok := row[12].([]byte); ok {
		g, _, err := gpkg.Decode(blob)
		if err != nil {
			return f, err
		}
		f.Display = g
	}
	n := len(d.t.Fields)
	if len(d.slab) < n {
		d.slab = make([]spatial.Value, slabRows*n)
	}
	f.Values, d.slab = d.slab[:n:n], d.slab[n:]
	for i := range f.Values {
		f.Values[i] = fieldValue(d.t.Fields[i].Type, row[leading+i])
	}
	return f, nil
}

// whole reads the columns of selectFull.
func (d *decoder) whole(row []driver.Value) (spatial.Feature, error) {
	f, err := d.feature(row)
	if err != nil {
		return f, err
	}
	at := leading + len(d.t.Fields)
	if blob, ok := row[at].([]byte); ok {
		if f.Legal, _, err = gpkg.Decode(blob); err != nil {
			return f, err
		}
	}
	f.Extra = asText(row[at+1])
	return f, nil
}
