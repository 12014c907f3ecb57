package sqlite

import (
	"database/sql/driver"
	"strconv"
	"time"

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

// misfit says what of a feature does not fit its layer.
func misfit(t *table, f *spatial.Feature, code string, args map[string]any) error {
	if args == nil {
		args = map[string]any{}
	}
	args["id"], args["layer"] = f.ID, t.Name
	return &spatial.Error{Op: "check a record", Kind: spatial.Invalid, Code: code, Subject: t.Name, Args: args}
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
	texts  map[string]spatial.Value
	rows   int // how many the last slab was for
	slab   []spatial.Value
	lastAt string
	at     time.Time
}

// leading are the columns before the fields in every select of a table.
const leading = 13

// slabRows is how many rows' values are allocated together in the end; a slab
// begins with one, as for a single record.
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
		d.rows = min(max(1, 2*d.rows), slabRows)
		d.slab = make([]spatial.Value, d.rows*n)
	}
	f.Values, d.slab = d.slab[:n:n], d.slab[n:]
	for i := range f.Values {
		if text, ok := row[leading+i].(string); ok && d.t.Fields[i].Type == spatial.TypeText {
			f.Values[i] = d.text(text)
		} else {
			f.Values[i] = fieldValue(d.t.Fields[i].Type, row[leading+i])
		}
	}
	return f, nil
}

// maxTexts bounds the texts a decoder remembers.
const maxTexts = 2048

// text is a text value. Names of wards, streets and uses come again and again:
// they are normalised once and share their memory.
func (d *decoder) text(s string) spatial.Value {
	if v, ok := d.texts[s]; ok {
		return v
	}
	v := spatial.Text(s)
	if d.texts == nil {
		d.texts = map[string]spatial.Value{}
	}
	if len(d.texts) < maxTexts {
		d.texts[s] = v
	}
	return v
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
