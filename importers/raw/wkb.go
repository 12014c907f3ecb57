package raw

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// wkbReader reads one well-known binary, ISO or EWKB.
type wkbReader struct {
	b      []byte
	i      int
	lim    Limits
	points int
	rings  int
	z, m   bool
	empty  bool // a part had no points
	open   bool // a ring had to be closed
}

// WKB reads a well-known binary geometry: either byte order, ISO (1001, 2001,
// 3001) or EWKB flags for Z and M, which are dropped with a fault. A geometry
// without points is nil with the fault "geometry.empty". An SRID in an EWKB is
// passed over. b must hold one geometry and nothing after it.
//
// Errors: "wkb.malformed" (offset, why), "geometry.type", "geometry.nonFinite",
// "geometry.hollow"; TooLarge "geometry.points", "geometry.rings", "geometry.depth".
func WKB(b []byte, lim Limits) (orb.Geometry, []Fault, error) {
	w := &wkbReader{b: b, lim: lim.OrDefault()}
	g, err := w.geometry(0, 0)
	if err == nil && w.i != len(b) {
		err = w.bad("bytes after the geometry")
	}
	if err != nil {
		return nil, nil, err
	}
	var fs []Fault
	if w.z || w.m {
		dims := ""
		if w.z {
			dims = "z"
		}
		if w.m {
			dims += "m"
		}
		fs = append(fs, Fault{Code: "geometry.dimensionDropped", Detail: dims})
	}
	switch {
	case g == nil:
		fs = append(fs, Fault{Code: "geometry.empty"})
	case w.empty:
		fs = append(fs, Fault{Code: "geometry.emptyPart"})
	}
	if w.open {
		fs = append(fs, Fault{Code: "geometry.ringUnclosed"})
	}
	return g, fs, nil
}

const wkbOp = "read WKB"

func (w *wkbReader) bad(why string) error {
	return Fail(wkbOp, spatial.Invalid, "wkb.malformed", "", "offset", w.i, "why", why)
}

func (w *wkbReader) tooLarge(code string, count, limit int) error {
	return Fail(wkbOp, spatial.TooLarge, code, "", "count", count, "limit", limit)
}

// head reads byte order, type and flags; dims is the number of ordinates.
func (w *wkbReader) head() (order binary.ByteOrder, kind, dims int, err error) {
	if len(w.b)-w.i < 5 {
		return nil, 0, 0, w.bad("too short")
	}
	switch w.b[w.i] {
	case 0:
		order = binary.BigEndian
	case 1:
		order = binary.LittleEndian
	default:
		return nil, 0, 0, w.bad("byte order")
	}
	t := order.Uint32(w.b[w.i+1:])
	w.i += 5
	z, m := t&0x80000000 != 0, t&0x40000000 != 0
	if t&0x20000000 != 0 {
		if len(w.b)-w.i < 4 {
			return nil, 0, 0, w.bad("too short")
		}
		w.i += 4
	}
	t &= 0x1FFFFFFF
	switch t / 1000 {
	case 0:
	case 1:
		z = true
	case 2:
		m = true
	case 3:
		z, m = true, true
	default:
		return nil, 0, 0, Fail(wkbOp, spatial.Invalid, "geometry.type", "", "what", t)
	}
	dims = 2
	if z {
		dims++
	}
	if m {
		dims++
	}
	w.z, w.m = w.z || z, w.m || m
	return order, int(t % 1000), dims, nil
}

// count reads a count of things that take at least size bytes each.
func (w *wkbReader) count(order binary.ByteOrder, size int) (int, error) {
	if len(w.b)-w.i < 4 {
		return 0, w.bad("too short")
	}
	n := int(order.Uint32(w.b[w.i:]))
	if n > (len(w.b)-w.i-4)/size {
		return 0, w.bad("a count runs past the end")
	}
	w.i += 4
	return n, nil
}

// geometry reads one geometry; only is the type it must have, 0 = any.
func (w *wkbReader) geometry(depth, only int) (orb.Geometry, error) {
	if depth > w.lim.Depth {
		return nil, w.tooLarge("geometry.depth", depth, w.lim.Depth)
	}
	order, kind, dims, err := w.head()
	if err != nil {
		return nil, err
	}
	if only != 0 && kind != only {
		return nil, w.bad("a member of another type")
	}
	switch kind {
	case 1:
		p, ok, err := w.point(order, dims)
		if err != nil || !ok {
			w.empty = true
			return nil, err
		}
		return p, nil
	case 2:
		ps, err := w.line(order, dims)
		if err != nil || ps == nil {
			return nil, err
		}
		return orb.LineString(ps), nil
	case 3:
		return w.polygon(order, dims)
	case 4, 5, 6, 7:
		return w.members(order, kind, depth)
	}
	return nil, Fail(wkbOp, spatial.Invalid, "geometry.type", "", "what", kind)
}

// members reads the members of a multi-geometry or collection.
func (w *wkbReader) members(order binary.ByteOrder, kind, depth int) (orb.Geometry, error) {
	n, err := w.count(order, 5)
	if err != nil {
		return nil, err
	}
	if w.rings += n; w.rings > w.lim.Rings && kind != 4 {
		return nil, w.tooLarge("geometry.rings", w.rings, w.lim.Rings)
	}
	if kind == 4 {
		w.rings -= n
		if n > w.lim.Points {
			return nil, w.tooLarge("geometry.points", n, w.lim.Points)
		}
	}
	only := kind - 3
	if kind == 7 {
		only = 0
	}
	all := make(orb.Collection, 0, min(n, 1024))
	for range n {
		g, err := w.geometry(depth+1, only)
		if err != nil {
			return nil, err
		}
		if g == nil {
			w.empty = true
			continue
		}
		all = append(all, g)
	}
	if len(all) == 0 {
		w.empty = true
		return nil, nil
	}
	switch kind {
	case 4:
		m := make(orb.MultiPoint, len(all))
		for i, g := range all {
			m[i] = g.(orb.Point)
		}
		return m, nil
	case 5:
		m := make(orb.MultiLineString, len(all))
		for i, g := range all {
			m[i] = g.(orb.LineString)
		}
		return m, nil
	case 6:
		m := make(orb.MultiPolygon, len(all))
		for i, g := range all {
			m[i] = g.(orb.Polygon)
		}
		return m, nil
	}
	return all, nil
}

// point reads one position; ok is false for the empty point, whose ordinates
// are NaN.
func (w *wkbReader) point(order binary.ByteOrder, dims int) (p orb.Point, ok bool, err error) {
	if len(w.b)-w.i < 8*dims {
		return p, false, w.bad("too short")
	}
	p[0] = math.Float64frombits(order.Uint64(w.b[w.i:]))
	p[1] = math.Float64frombits(order.Uint64(w.b[w.i+8:]))
	w.i += 8 * dims
	if w.points++; w.points > w.lim.Points {
		return p, false, w.tooLarge("geometry.points", w.points, w.lim.Points)
	}
	if math.IsNaN(p[0]) && math.IsNaN(p[1]) {
		return p, false, nil
	}
	if p[0]-p[0] != 0 || p[1]-p[1] != 0 {
		return p, false, nonFinite(p)
	}
	return p, true, nil
}

func nonFinite(p orb.Point) error {
	return Fail(wkbOp, spatial.Invalid, "geometry.nonFinite", "", "what", fmt.Sprint(p[0], " ", p[1]))
}

// line reads a run of positions; nil where it is empty. There is room for one
// more, to close a ring with.
func (w *wkbReader) line(order binary.ByteOrder, dims int) ([]orb.Point, error) {
	n, err := w.count(order, 8*dims)
	if err != nil {
		return nil, err
	}
	if w.points += n; w.points > w.lim.Points {
		return nil, w.tooLarge("geometry.points", w.points, w.lim.Points)
	}
	if n == 0 {
		w.empty = true
		return nil, nil
	}
	ps := make([]orb.Point, n, n+1)
	if order == binary.LittleEndian {
		for i := range ps {
			b := w.b[w.i+8*dims*i:]
			ps[i] = orb.Point{math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))}
		}
	} else {
		for i := range ps {
			b := w.b[w.i+8*dims*i:]
			ps[i] = orb.Point{math.Float64frombits(binary.BigEndian.Uint64(b)), math.Float64frombits(binary.BigEndian.Uint64(b[8:]))}
		}
	}
	for _, p := range ps {
		if p[0]-p[0] != 0 || p[1]-p[1] != 0 {
			return nil, nonFinite(p)
		}
	}
	w.i += 8 * dims * n
	return ps, nil
}

// polygon reads rings and closes them.
func (w *wkbReader) polygon(order binary.ByteOrder, dims int) (orb.Geometry, error) {
	n, err := w.count(order, 4)
	if err != nil {
		return nil, err
	}
	if w.rings += n; w.rings > w.lim.Rings {
		return nil, w.tooLarge("geometry.rings", w.rings, w.lim.Rings)
	}
	var g orb.Polygon
	for i := range n {
		ps, err := w.line(order, dims)
		switch {
		case err != nil:
			return nil, err
		case ps == nil:
			continue
		case g == nil && i > 0:
			return nil, Fail(wkbOp, spatial.Invalid, "geometry.hollow", "", "offset", w.i)
		}
		if ps[0] != ps[len(ps)-1] {
			ps, w.open = append(ps, ps[0]), true
		}
		if g == nil {
			g = make(orb.Polygon, 0, n)
		}
		g = append(g, ps)
	}
	if g == nil {
		w.empty = true
		return nil, nil
	}
	return g, nil
}

// AppendWKB appends g as little-endian ISO well-known binary. A nil geometry
// appends nothing; a ring or bound is written as a polygon.
func AppendWKB(dst []byte, g orb.Geometry) []byte {
	head := func(kind uint32, n int) {
		dst = append(dst, 1)
		dst = binary.LittleEndian.AppendUint32(dst, kind)
		if n >= 0 {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
		}
	}
	points := func(ps []orb.Point) {
		for _, p := range ps {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[0]))
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(p[1]))
		}
	}
	switch g := g.(type) {
	case orb.Point:
		head(1, -1)
		points([]orb.Point{g})
	case orb.LineString:
		head(2, len(g))
		points(g)
	case orb.Ring:
		return AppendWKB(dst, orb.Polygon{g})
	case orb.Bound:
		return AppendWKB(dst, g.ToPolygon())
	case orb.Polygon:
		head(3, len(g))
		for _, r := range g {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(r)))
			points(r)
		}
	case orb.MultiPoint:
		head(4, len(g))
		for _, p := range g {
			dst = AppendWKB(dst, p)
		}
	case orb.MultiLineString:
		head(5, len(g))
		for _, l := range g {
			dst = AppendWKB(dst, l)
		}
	case orb.MultiPolygon:
		head(6, len(g))
		for _, p := range g {
			dst = AppendWKB(dst, p)
		}
	case orb.Collection:
		head(7, len(g))
		for _, m := range g {
			dst = AppendWKB(dst, m)
		}
	}
	return dst
}
