package postgis

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// columns is how many values encode writes: those of light, legal and extra.
func (t *table) columns() int { return len(systemColumns) + len(t.layer.Fields) + 2 }

// encode writes one version as a row in the order of t.whole. more counts the
// columns that the caller adds behind. What the tables cannot hold is Invalid
// "record.value", and leaves r as it was.
func (t *table) encode(r *row, f *spatial.Feature, more int) error {
	start := len(r.buf)
	refuse := func(column string, err error) error {
		r.buf = r.buf[:start]
		return &spatial.Error{Op: "write a record", Kind: spatial.Invalid, Code: "record.value", Subject: t.layer.Name,
			Args: map[string]any{"id": f.ID, "detail": column}, Err: err}
	}
	r.begin(t.columns() + more)
	r.int64(int64(f.ID))
	r.int32(f.Version)
	r.int64(int64(f.Rev))
	r.instant(f.At)
	if !r.day(f.Valid.From) {
		return refuse("valid_from", nil)
	}
	if !r.day(f.Valid.To) {
		return refuse("valid_to", nil)
	}
	r.text(f.Access.String())
	if f.Import == 0 {
		r.null()
	} else {
		r.int64(f.Import)
	}
	if !storable(f.Key) {
		return refuse("source_key", nil)
	}
	r.text(f.Key)
	r.bool(f.Derived)
	r.int32(int32(f.SRID))
	r.float(f.Area)
	if err := r.geometry(f.Display, spatial.WGS84); err != nil {
		return refuse("geom", err)
	}
	for i := range t.layer.Fields {
		if !r.value(t.layer.Fields[i].Type, f.Values[i]) {
			return refuse(t.layer.Fields[i].Name, nil)
		}
	}
	if err := r.geometry(f.Legal, f.SRID); err != nil {
		return refuse("legal", err)
	}
	switch {
	case f.Extra == "":
		r.null()
	case !storable(f.Extra) || !json.Valid([]byte(f.Extra)):
		return refuse("extra", nil)
	default:
		r.text(f.Extra)
	}
	return nil
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

func (r *row) geometry(g orb.Geometry, srid spatial.SRID) error {
	if g == nil {
		r.null()
		return nil
	}
	return r.sized(func(b []byte) ([]byte, error) { return appendEWKB(b, g, srid) })
}

// value writes an attribute; false where it is not of type t, or cannot be held.
func (r *row) value(t spatial.Type, v spatial.Value) bool {
	if v.IsNull() {
		r.null()
		return true
	}
	if v.Type() != t {
		return false
	}
	switch t {
	case spatial.TypeBool:
		r.bool(v.Bool())
	case spatial.TypeInt:
		r.int64(v.Int())
	case spatial.TypeFloat:
		n, _ := v.Number()
		r.float(n)
	case spatial.TypeText:
		if !storable(v.Text()) {
			return false
		}
		r.text(v.Text())
	case spatial.TypeDate:
		return r.day(v.Day())
	case spatial.TypeTime:
		ms := v.Time().UnixMilli()
		if ms < minMillis || ms >= maxMillis {
			return false
		}
		r.millis(ms)
	default:
		return false
	}
	return true
}

// geometryReader reads EWKB: readEWKB or decodeEWKB.
type geometryReader func([]byte) (orb.Geometry, spatial.SRID, error)

// decode reads a row as t.light or, with whole, as t.whole gives it. The result
// keeps nothing of values.
func (t *table) decode(values [][]byte, read geometryReader, whole bool) (spatial.Feature, error) {
	n := len(systemColumns)
	f := spatial.Feature{
		Layer:   t.layer.Name,
		ID:      uint64(readInt64(values[0])),
		Version: readInt32(values[1]),
		Rev:     spatial.Revision(readInt64(values[2])),
		At:      readInstant(values[3]),
		Valid:   spatial.Period{From: readDay(values[4]), To: readDay(values[5])},
		Import:  readInt64(values[7]),
		Key:     string(values[8]),
		Derived: readBool(values[9]),
		SRID:    spatial.SRID(readInt32(values[10])),
		Area:    readFloat(values[11]),
	}
	fail := func(column string, err error) (spatial.Feature, error) {
		return f, &spatial.Error{Op: "read a record", Kind: spatial.Internal, Code: "store.corrupt", Subject: t.layer.Name,
			Args: map[string]any{"id": f.ID, "detail": column}, Err: err}
	}
	var err error
	if f.Access, err = spatial.ParseAccess(string(values[6])); err != nil {
		return fail("access", err)
	}
	if values[12] != nil {
		if f.Display, _, err = read(values[12]); err != nil {
			return fail("geom", err)
		}
	}
	f.Values = make([]spatial.Value, len(t.layer.Fields))
	for i := range t.layer.Fields {
		f.Values[i] = readValue(t.layer.Fields[i].Type, values[n+i])
	}
	if whole {
		at := n + len(t.layer.Fields)
		if values[at] != nil {
			if f.Legal, _, err = read(values[at]); err != nil {
				return fail("legal", err)
			}
		}
		f.Extra = string(values[at+1])
	}
	return f, nil
}

func readValue(t spatial.Type, b []byte) spatial.Value {
	if b == nil {
		return spatial.Value{}
	}
	switch t {
	case spatial.TypeBool:
		return spatial.Bool(readBool(b))
	case spatial.TypeInt:
		return spatial.Int(readInt64(b))
	case spatial.TypeFloat:
		return spatial.Float(readFloat(b))
	case spatial.TypeText:
		return spatial.Normalised(string(b))
	case spatial.TypeDate:
		return spatial.Day(readDay(b))
	case spatial.TypeTime:
		return spatial.Millis(readMillis(b))
	}
	return spatial.Value{}
}
