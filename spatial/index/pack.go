package index

import (
	"bytes"
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Shapes and rows are packed into byte strings: a parcel of eight corners takes
// some 60 bytes. Coordinates are whole steps of 1e-9 degree, which is exactly what
// a display shape is rounded to, so nothing is lost.
const steps = 1e9

const (
	packNil byte = iota
	packPoint
	packMultiPoint
	packLine
	packMultiLine
	packPolygon
	packMultiPolygon
	packCollection
)

type packer struct {
	b      []byte
	px, py int64
}

func (p *packer) count(n int) { p.b = binary.AppendUvarint(p.b, uint64(n)) }

func (p *packer) point(q orb.Point) {
	x, y := int64(math.Round(q[0]*steps)), int64(math.Round(q[1]*steps))
	p.b = binary.AppendVarint(p.b, x-p.px)
	p.b = binary.AppendVarint(p.b, y-p.py)
	p.px, p.py = x, y
}

func (p *packer) points(l []orb.Point) {
	p.count(len(l))
	for _, q := range l {
		p.point(q)
	}
}

func (p *packer) polygon(g orb.Polygon) {
	p.count(len(g))
	for _, r := range g {
		p.points(r)
	}
}

func (p *packer) geometry(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		p.b = append(p.b, packPoint)
		p.point(g)
	case orb.MultiPoint:
		p.b = append(p.b, packMultiPoint)
		p.points(g)
	case orb.LineString:
		p.b = append(p.b, packLine)
		p.points(g)
	case orb.MultiLineString:
		p.b = append(p.b, packMultiLine)
		p.count(len(g))
		for _, l := range g {
			p.points(l)
		}
	case orb.Ring:
		p.b = append(p.b, packPolygon)
		p.polygon(orb.Polygon{g})
	case orb.Polygon:
		p.b = append(p.b, packPolygon)
		p.polygon(g)
	case orb.MultiPolygon:
		p.b = append(p.b, packMultiPolygon)
		p.count(len(g))
		for _, m := range g {
			p.polygon(m)
		}
	case orb.Bound:
		p.geometry(g.ToPolygon())
	case orb.Collection:
		p.b = append(p.b, packCollection)
		p.count(len(g))
		for _, m := range g {
			p.geometry(m)
		}
	default:
		p.b = append(p.b, packNil)
	}
}

// press packs records. Those that it packs one after the other stand side by side,
// in pieces that grow to a fixed size: a million records are some ten thousand things
// to the garbage collector. A piece is given back when none of its records is left,
// so a model whose every record was changed since its load takes up to twice the
// memory of a new one.
type press struct {
	scratch []byte
	bytes   []byte   // free memory for shapes and rows
	records []record // free records
	more    int      // how many records the last piece was for
	last    *entered
}

const (
	mostRecords = 64
	mostBytes   = 8 << 10
)

func (p *press) pack(f *spatial.Feature) *record {
	g := packer{b: p.scratch[:0]}
	g.geometry(f.Display)
	split := len(g.b)
	p.scratch = appendRow(g.b, f.Values)
	if len(p.records) == 0 {
		p.more = min(max(1, 2*p.more), mostRecords)
		p.records = make([]record, p.more)
	}
	r := &p.records[0]
	p.records = p.records[1:]
	*r = record{id: f.ID, rev: f.Rev, area: f.Area, box: emptyBox(), data: p.keep(p.scratch), split: uint32(split), size: uint32(len(p.scratch)),
		entry: p.entered(f), version: f.Version, srid: f.SRID, access: min(f.Access, spatial.Personal), derived: f.Derived}
	if f.Display != nil {
		r.box = f.Display.Bound()
	}
	return r
}

// keep copies bytes to where they stay. There is at least one: the shape's kind.
func (p *press) keep(b []byte) *byte {
	if len(b) > mostBytes/8 {
		return &bytes.Clone(b)[0]
	}
	if len(b) > len(p.bytes) {
		p.bytes = make([]byte, min(len(b)*p.more, mostBytes))
	}
	n := copy(p.bytes, b)
	first := &p.bytes[0]
	p.bytes = p.bytes[n:]
	return first
}

// entered is what f has in common with records of the same write: with the last
// one, mostly.
func (p *press) entered(f *spatial.Feature) *entered {
	e := entered{at: f.At.UnixMilli(), imp: f.Import, valid: f.Valid}
	if p.last == nil || *p.last != e {
		p.last = new(entered)
		*p.last = e
	}
	return p.last
}

// unpacker reads what packer wrote. The bytes are ours, so it does not check them.
type unpacker struct {
	b      []byte
	px, py int64
}

func (u *unpacker) count() int {
	n, w := binary.Uvarint(u.b)
	u.b = u.b[w:]
	return int(n)
}

func (u *unpacker) point() orb.Point {
	dx, w := binary.Varint(u.b)
	u.b = u.b[w:]
	dy, w := binary.Varint(u.b)
	u.b = u.b[w:]
	u.px += dx
	u.py += dy
	return orb.Point{float64(u.px) / steps, float64(u.py) / steps}
}

func (u *unpacker) points() []orb.Point {
	l := make([]orb.Point, u.count())
	for i := range l {
		l[i] = u.point()
	}
	return l
}

func (u *unpacker) polygon() orb.Polygon {
	g := make(orb.Polygon, u.count())
	for i := range g {
		g[i] = u.points()
	}
	return g
}

func (u *unpacker) geometry() orb.Geometry {
	kind := u.b[0]
	u.b = u.b[1:]
	switch kind {
	case packPoint:
		return u.point()
	case packMultiPoint:
		return orb.MultiPoint(u.points())
	case packLine:
		return orb.LineString(u.points())
	case packMultiLine:
		g := make(orb.MultiLineString, u.count())
		for i := range g {
			g[i] = u.points()
		}
		return g
	case packPolygon:
		return u.polygon()
	case packMultiPolygon:
		g := make(orb.MultiPolygon, u.count())
		for i := range g {
			g[i] = u.polygon()
		}
		return g
	case packCollection:
		g := make(orb.Collection, u.count())
		for i := range g {
			g[i] = u.geometry()
		}
		return g
	}
	return nil
}

func appendRow(b []byte, values []spatial.Value) []byte {
	for _, v := range values {
		b = append(b, byte(v.Type()))
		switch v.Type() {
		case spatial.TypeBool:
			if v.Bool() {
				b = append(b, 1)
			} else {
				b = append(b, 0)
			}
		case spatial.TypeInt:
			b = binary.AppendVarint(b, v.Int())
		case spatial.TypeFloat:
			f, _ := v.Number()
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
		case spatial.TypeText, spatial.TypeDate:
			s := v.String()
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		case spatial.TypeTime:
			b = binary.AppendVarint(b, v.Time().UnixMilli())
		}
	}
	return b
}

// rowValue is the i-th value of a packed row; null past its end, as rows packed
// before a layer gained a field end early.
func rowValue(b []byte, i int) spatial.Value {
	for ; len(b) > 0; i-- {
		typ := spatial.Type(b[0])
		b = b[1:]
		want := i == 0
		switch typ {
		case spatial.TypeBool:
			if want {
				return spatial.Bool(b[0] == 1)
			}
			b = b[1:]
		case spatial.TypeInt, spatial.TypeTime:
			n, w := binary.Varint(b)
			if want && typ == spatial.TypeInt {
				return spatial.Int(n)
			}
			if want {
				return spatial.Millis(n)
			}
			b = b[w:]
		case spatial.TypeFloat:
			if want {
				return spatial.Float(math.Float64frombits(binary.LittleEndian.Uint64(b)))
			}
			b = b[8:]
		case spatial.TypeText, spatial.TypeDate:
			n, w := binary.Uvarint(b)
			s := b[w : w+int(n)]
			if want && typ == spatial.TypeDate {
				return spatial.Day(spatial.Date(textOf(s)))
			}
			if want {
				return spatial.Normalised(textOf(s))
			}
			b = b[w+int(n):]
		}
		if want {
			return spatial.Value{}
		}
	}
	return spatial.Value{}
}

// textOf is the bytes as a text, not copied: a filter reads a text of each of a
// hundred thousand records.
//
// SAFETY: packed bytes are written once, by press.keep and gathering.run, and by
// nothing afterwards; a text that outlives its record keeps them alive.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
