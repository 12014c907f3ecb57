package postgis

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// columns is how many values encode writes: those of light, legal and extra.
func (t *table) columns() int { return len(systemColumns) + len(t.layer.Fields) + 2 }

// encode writes one version, which check has passed, as a row in the order of
// t.whole. more counts the columns that the caller adds behind.
func (t *table) encode(r *row, f *spatial.Feature, more int) error {
	r.begin(t.columns() + more)
	r.int64(int64(f.ID))
	r.int32(f.Version)
	r.int64(int64(f.Rev))
	r.instant(f.At)
	r.day(f.Valid.From)
	r.day(f.Valid.To)
	r.text(f.Access.String())
	if f.Import == 0 {
		r.null()
	} else {
		r.int64(f.Import)
	}
	r.text(f.Key)
	r.bool(f.Derived)
	r.int32(int32(f.SRID))
	r.float(f.Area)
	if err := r.geometry(f.Display, spatial.WGS84); err != nil {
		return t.malformed(f, err)
	}
	for i := range f.Values {
		r.value(f.Values[i])
	}
	if err := r.geometry(f.Legal, f.SRID); err != nil {
		return t.malformed(f, err)
	}
	if f.Extra == "" {
		r.null()
	} else {
		r.text(f.Extra)
	}
	return nil
}

func (t *table) malformed(f *spatial.Feature, err error) error {
	return &spatial.Error{Op: "write a record", Kind: spatial.Invalid, Code: "record.geometry", Subject: t.layer.Name, Args: map[string]any{"id": f.ID, "layer": t.layer.Name}, Err: err}
}

func (r *row) geometry(g orb.Geometry, srid spatial.SRID) error {
	if g == nil {
		r.null()
		return nil
	}
	return r.sized(func(b []byte) ([]byte, error) { return appendEWKB(b, g, srid) })
}

// value writes an attribute.
func (r *row) value(v spatial.Value) {
	switch v.Type() {
	case spatial.TypeBool:
		r.bool(v.Bool())
	case spatial.TypeInt:
		r.int64(v.Int())
	case spatial.TypeFloat:
		n, _ := v.Number()
		r.float(n)
	case spatial.TypeText:
		r.text(v.Text())
	case spatial.TypeDate:
		r.day(v.Day())
	case spatial.TypeTime:
		r.millis(v.Time().UnixMilli())
	default:
		r.null()
	}
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
