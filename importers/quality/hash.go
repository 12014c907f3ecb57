package quality

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Hash names a shape in a plane by its ground alone: the same for any first
// vertex, direction of rings, order of holes and parts, repeated points, and for a
// multi-geometry of one part as for the part. Coordinates count to the
// millimetre. The direction of a line counts. It is the same in every process. nil
// has the zero hash.
func Hash(g orb.Geometry) [16]byte {
	var h hasher
	return h.geometry(g)
}

// Hasher computes Hash with memory it keeps; for one goroutine.
type Hasher struct{ h hasher }

// Hash is as the function Hash.
func (h *Hasher) Hash(g orb.Geometry) [16]byte { return h.h.geometry(g) }

type hasher struct {
	points []cell
	buf    []byte
}

// cell is a point in whole millimetres.
type cell struct{ x, y int64 }

func (a cell) less(b cell) bool { return a.x < b.x || (a.x == b.x && a.y < b.y) }

func (h *hasher) geometry(g orb.Geometry) [16]byte {
	switch g := g.(type) {
	case nil:
		return [16]byte{}
	case orb.Point:
		return h.path('p', orb.LineString{g})
	case orb.LineString:
		return h.path('l', g)
	case orb.Ring:
		return h.polygon(orb.Polygon{g})
	case orb.Polygon:
		return h.polygon(g)
	case orb.MultiPoint:
		return h.parts('P', len(g), func(i int) [16]byte { return h.path('p', orb.LineString{g[i]}) })
	case orb.MultiLineString:
		return h.parts('L', len(g), func(i int) [16]byte { return h.path('l', g[i]) })
	case orb.MultiPolygon:
		return h.parts('A', len(g), func(i int) [16]byte { return h.polygon(g[i]) })
	case orb.Collection:
		return h.parts('C', len(g), func(i int) [16]byte { return h.geometry(g[i]) })
	case orb.Bound:
		return h.polygon(g.ToPolygon())
	}
	return [16]byte{}
}

// parts hashes a set: order does not count, and one part is itself.
func (h *hasher) parts(kind byte, n int, part func(int) [16]byte) [16]byte {
	if n == 1 {
		return part(0)
	}
	all := make([][16]byte, n)
	for i := range all {
		all[i] = part(i)
	}
	slices.SortFunc(all, func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
	return sum(append(bytes.Join(split(all), nil), kind))
}

func split(all [][16]byte) [][]byte {
	out := make([][]byte, len(all))
	for i := range all {
		out[i] = all[i][:]
	}
	return out
}

func (h *hasher) polygon(p orb.Polygon) [16]byte {
	switch len(p) {
	case 0:
		return h.path('a', nil)
	case 1:
		return h.ring(p[0])
	}
	outer := h.ring(p[0])
	holes := h.parts('H', len(p)-1, func(i int) [16]byte { return h.ring(p[i+1]) })
	return sum(append(append(outer[:len(outer):len(outer)], holes[:]...), 'a'))
}

// take fills h.points with a path in millimetres, without repeated points.
func (h *hasher) take(points []orb.Point) {
	h.points = h.points[:0]
	for _, p := range points {
		c := cell{int64(math.Round(p[0] * 1000)), int64(math.Round(p[1] * 1000))}
		if n := len(h.points); n == 0 || h.points[n-1] != c {
			h.points = append(h.points, c)
		}
	}
}

func (h *hasher) path(kind byte, l orb.LineString) [16]byte {
	h.take(l)
	h.buf = append(h.buf[:0], kind)
	for _, c := range h.points {
		h.add(c)
	}
	return sum(h.buf)
}

// ring starts at the smallest vertex and goes towards the smaller of its
// neighbours.
func (h *hasher) ring(r orb.Ring) [16]byte {
	h.take(r)
	n := len(h.points)
	if n > 1 && h.points[0] == h.points[n-1] {
		n--
	}
	h.buf = append(h.buf[:0], 'r')
	if n > 0 {
		at := 0
		for i := 1; i < n; i++ {
			if h.points[i].less(h.points[at]) {
				at = i
			}
		}
		step := 1
		if h.points[(at+n-1)%n].less(h.points[(at+1)%n]) {
			step = n - 1
		}
		for i := 0; i < n; i++ {
			h.add(h.points[at])
			at = (at + step) % n
		}
	}
	return sum(h.buf)
}

func (h *hasher) add(c cell) {
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(c.x))
	h.buf = binary.LittleEndian.AppendUint64(h.buf, uint64(c.y))
}

func sum(b []byte) [16]byte {
	s := sha256.Sum256(b)
	return [16]byte(s[:16])
}
