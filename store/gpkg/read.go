package gpkg

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Header is what stands before a blob's geometry.
type Header struct {
	SRID     spatial.SRID
	Empty    bool
	Boxed    bool      // whether the blob has an envelope
	Envelope orb.Bound // x and y of it, in the SRID's units
	size     int
}

// ReadHeader reads a blob's header without its geometry; Invalid
// "gpkg.malformed", or "gpkg.extended" for a blob of an extension's own format.
func ReadHeader(b []byte) (Header, error) {
	if len(b) < headerSize || b[0] != 'G' || b[1] != 'P' {
		return Header{}, malformed("no GP header")
	}
	flags := b[3]
	if flags&flagExtended != 0 {
		return Header{}, &spatial.Error{Op: "read a geometry", Kind: spatial.Invalid, Code: "gpkg.extended"}
	}
	var order binary.ByteOrder = binary.BigEndian
	if flags&flagLittle != 0 {
		order = binary.LittleEndian
	}
	h := Header{SRID: spatial.SRID(order.Uint32(b[4:])), Empty: flags&flagEmpty != 0, size: headerSize}
	kind := int(flags&flagEnvelope) >> 1
	if kind > 4 {
		return Header{}, malformed("unknown kind of envelope")
	}
	if kind > 0 {
		h.size += [5]int{0, 32, 48, 48, 64}[kind]
		if len(b) < h.size {
			return Header{}, malformed("the envelope is cut off")
		}
		f := func(i int) float64 { return math.Float64frombits(order.Uint64(b[headerSize+8*i:])) }
		h.Envelope = orb.Bound{Min: orb.Point{f(0), f(2)}, Max: orb.Point{f(1), f(3)}}
		h.Boxed = !h.Empty && h.Envelope.Min[0] <= h.Envelope.Max[0] && h.Envelope.Min[1] <= h.Envelope.Max[1]
	}
	return h, nil
}

// Bound is the box of a blob's geometry: its envelope, or for a blob without one
// the geometry's own; false where it is empty.
func Bound(b []byte) (orb.Bound, bool, error) {
	h, err := ReadHeader(b)
	if err != nil || h.Empty {
		return orb.Bound{}, false, err
	}
	if h.Boxed {
		return h.Envelope, true, nil
	}
	g, _, err := Decode(b)
	if err != nil || g == nil {
		return orb.Bound{}, false, err
	}
	bound, ok := boundOf(g)
	return bound, ok, nil
}

// Decode reads a blob: either byte order, with Z and M dropped. An empty point is
// the nil geometry. Errors are Invalid "gpkg.malformed", "gpkg.extended" or, for
// curves and surfaces, "gpkg.type".
func Decode(b []byte) (orb.Geometry, spatial.SRID, error) {
	h, err := ReadHeader(b)
	if err != nil {
		return nil, 0, err
	}
	r := reader{b: b, at: h.size}
	g, err := r.geometry(0, 0)
	if err != nil {
		return nil, 0, err
	}
	if r.at != len(b) {
		return nil, 0, malformed("bytes after the geometry")
	}
	return g, h.SRID, nil
}

// DecodeWKB reads plain well-known binary (ISO or EWKB) on the same terms.
func DecodeWKB(b []byte) (orb.Geometry, error) {
	r := reader{b: b}
	g, err := r.geometry(0, 0)
	if err == nil && r.at != len(b) {
		return nil, malformed("bytes after the geometry")
	}
	return g, err
}

type reader struct {
	b   []byte
	at  int
	big bool
	dim int // numbers a vertex: 2 to 4
}

func (r *reader) uint32() uint32 {
	b := r.b[r.at:]
	r.at += 4
	if r.big {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// count reads a number of parts of at least size bytes each, which must be there.
func (r *reader) count(size int) (int, error) {
	if len(r.b)-r.at < 4 {
		return 0, malformed("cut off before a count")
	}
	n := int(r.uint32())
	if n > (len(r.b)-r.at)/size {
		return 0, malformed("a count is larger than the blob")
	}
	return n, nil
}

func (r *reader) float(at int) float64 {
	if r.big {
		return math.Float64frombits(binary.BigEndian.Uint64(r.b[at:]))
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(r.b[at:]))
}

// points reads n vertices whose bytes are known to be there.
func (r *reader) points(n int) ([]orb.Point, error) {
	ps := make([]orb.Point, n)
	for i := range ps {
		x, y := r.float(r.at), r.float(r.at+8)
		if x-x != 0 || y-y != 0 {
			return nil, malformed("a coordinate is not finite")
		}
		ps[i] = orb.Point{x, y}
		r.at += 8 * r.dim
	}
	return ps, nil
}

// counted reads a count and so many vertices.
func (r *reader) counted() ([]orb.Point, error) {
	n, err := r.count(8 * r.dim)
	if err != nil {
		return nil, err
	}
	return r.points(n)
}

// head reads byte order and type; want 0 takes any type.
func (r *reader) head(want int) (int, error) {
	if len(r.b)-r.at < 5 {
		return 0, malformed("cut off before a geometry")
	}
	if r.b[r.at] > 1 {
		return 0, malformed("unknown byte order")
	}
	r.big = r.b[r.at] == 0
	r.at++
	typ := r.uint32()
	r.dim = 2
	if typ&0xe0000000 != 0 { // EWKB keeps Z, M and an SRID in high bits
		if typ&0x80000000 != 0 {
			r.dim++
		}
		if typ&0x40000000 != 0 {
			r.dim++
		}
		if typ&0x20000000 != 0 {
			if len(r.b)-r.at < 4 {
				return 0, malformed("cut off before the SRID")
			}
			r.at += 4
		}
		typ &= 0x1fffffff
	} else { // ISO keeps them in the thousands
		switch typ / 1000 {
		case 1, 2:
			r.dim = 3
		case 3:
			r.dim = 4
		}
		if typ < 4000 {
			typ %= 1000
		}
	}
	if typ < wkbPoint || typ > wkbCollection {
		return 0, &spatial.Error{Op: "read a geometry", Kind: spatial.Invalid, Code: "gpkg.type", Args: map[string]any{"type": typ}}
	}
	if want != 0 && int(typ) != want {
		return 0, malformed("a part is of another type")
	}
	return int(typ), nil
}

func (r *reader) geometry(want, depth int) (orb.Geometry, error) {
	typ, err := r.head(want)
	if err != nil {
		return nil, err
	}
	switch typ {
	case wkbPoint:
		if len(r.b)-r.at < 8*r.dim {
			return nil, malformed("a point is cut off")
		}
		if x, y := r.float(r.at), r.float(r.at+8); x != x && y != y {
			r.at += 8 * r.dim
			return nil, nil
		}
		ps, err := r.points(1)
		if err != nil {
			return nil, err
		}
		return ps[0], nil
	case wkbLine:
		ps, err := r.counted()
		return orb.LineString(ps), err
	case wkbPolygon:
		return r.polygon()
	case wkbMultiPoint:
		n, err := r.count(21)
		if err != nil {
			return nil, err
		}
		mp := make(orb.MultiPoint, 0, n)
		for range n {
			p, err := r.geometry(wkbPoint, depth)
			if err != nil {
				return nil, err
			}
			if p, ok := p.(orb.Point); ok {
				mp = append(mp, p)
			}
		}
		return mp, nil
	case wkbMultiLine:
		n, err := r.count(9)
		if err != nil {
			return nil, err
		}
		ml := make(orb.MultiLineString, n)
		for i := range ml {
			if _, err := r.head(wkbLine); err != nil {
				return nil, err
			}
			ps, err := r.counted()
			if err != nil {
				return nil, err
			}
			ml[i] = ps
		}
		return ml, nil
	case wkbMultiPolygon:
		n, err := r.count(9)
		if err != nil {
			return nil, err
		}
		mp := make(orb.MultiPolygon, n)
		for i := range mp {
			if _, err := r.head(wkbPolygon); err != nil {
				return nil, err
			}
			if mp[i], err = r.polygon(); err != nil {
				return nil, err
			}
		}
		return mp, nil
	}
	if depth == MaxDepth {
		return nil, malformed("collections nest too deep")
	}
	n, err := r.count(9)
	if err != nil {
		return nil, err
	}
	c := make(orb.Collection, 0, n)
	for range n {
		g, err := r.geometry(0, depth+1)
		if err != nil {
			return nil, err
		}
		if g != nil {
			c = append(c, g)
		}
	}
	return c, nil
}

func (r *reader) polygon() (orb.Polygon, error) {
	n, err := r.count(4)
	if err != nil {
		return nil, err
	}
	p := make(orb.Polygon, n)
	for i := range p {
		ps, err := r.counted()
		if err != nil {
			return nil, err
		}
		p[i] = ps
	}
	return p, nil
}
