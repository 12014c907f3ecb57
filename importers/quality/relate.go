package quality

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// edge is a directed edge with the polygon's interior on its left, its length, and
// its box.
type edge struct {
	p, q                     orb.Point
	long                     float64
	west, south, east, north float64
}

// relation decides whether two polygons may share more ground than rounding. It
// holds its scratch memory, so one is used for many pairs, by one goroutine.
type relation struct {
	a, b []edge
	cuts []float64
	tol  float64 // m: how far outlines may miss each other and still be one
}

// maxTolerance bounds how far apart, in metres, two outlines may run and count as
// one: drawings round to the millimetre, and a corner on a neighbour's long side
// is then off it by about that.
const maxTolerance = 0.01

// mayShare reports false only where the interiors share less than allowed, m²: no
// two edges cross, no piece of either outline lies inside the other, and no piece
// is shared with both interiors on the same side, each to a tolerance so small
// that a strip of that width along all the outline in question has less area. w is
// what the two boxes share.
func (r *relation) mayShare(a, b orb.Geometry, w orb.Bound, allowed float64) bool {
	if w.Max[0] <= w.Min[0] || w.Max[1] <= w.Min[1] {
		return false
	}
	r.a, r.b = collect(r.a[:0], a, w), collect(r.b[:0], b, w)
	// Where one of them has no edge in the shared box, the box is wholly inside or
	// wholly outside it.
	if len(r.a) == 0 || len(r.b) == 0 {
		c := orb.Point{(w.Min[0] + w.Max[0]) / 2, (w.Min[1] + w.Max[1]) / 2}
		return (len(r.a) > 0 || inside(a, c)) && (len(r.b) > 0 || inside(b, c))
	}
	r.tol = math.Min(maxTolerance, allowed/(4*math.Max(reach(r.a, w), reach(r.b, w))))
	for i := range r.a {
		for j := range r.b {
			if r.crosses(&r.a[i], &r.b[j]) {
				return true
			}
		}
	}
	return r.enters(r.a, r.b, b) || r.enters(r.b, r.a, a)
}

// reach is how much outline lies in w, in metres, and a metre more so that it is
// never nothing.
func reach(edges []edge, w orb.Bound) float64 {
	sum := 1.0
	for i := range edges {
		e := &edges[i]
		from, to := 0.0, 1.0
		for k := range 2 {
			d := e.q[k] - e.p[k]
			if d == 0 {
				continue // collect saw to it that the edge reaches into w
			}
			a, b := (w.Min[k]-e.p[k])/d, (w.Max[k]-e.p[k])/d
			from, to = math.Max(from, math.Min(a, b)), math.Min(to, math.Max(a, b))
		}
		if to > from {
			sum += (to - from) * e.long
		}
	}
	return sum
}

// enters reports whether a piece of an edge lies in the interior of g, or along an
// edge of g in the same direction. No two edges cross. others are g's edges in the
// shared box.
func (r *relation) enters(edges, others []edge, g orb.Geometry) bool {
	for i := range edges {
		e := &edges[i]
		dx, dy := e.q[0]-e.p[0], e.q[1]-e.p[1]
		r.cuts = append(r.cuts[:0], 0, 1)
		for j := range others {
			o := &others[j]
			if r.apart(e, o) {
				continue
			}
			for _, v := range [2]orb.Point{o.p, o.q} {
				if e.off(v) <= r.tol {
					if t := ((v[0]-e.p[0])*dx + (v[1]-e.p[1])*dy) / (e.long * e.long); t > 0 && t < 1 {
						r.cuts = append(r.cuts, t)
					}
				}
			}
		}
		slices.Sort(r.cuts)
		for k := 1; k < len(r.cuts); k++ {
			if (r.cuts[k]-r.cuts[k-1])*e.long <= 4*r.tol {
				continue // too short to hold ground: its ends are on the other outline
			}
			t := (r.cuts[k] + r.cuts[k-1]) / 2
			m := orb.Point{e.p[0] + t*dx, e.p[1] + t*dy}
			switch r.along(e, m, others) {
			case sameWay:
				return true
			case nowhere:
				if inside(g, m) {
					return true
				}
			}
		}
	}
	return false
}

type way uint8

const (
	nowhere way = iota
	sameWay
	againstIt
)

// along says whether the piece of e around m runs along one of the edges, and
// which way.
func (r *relation) along(e *edge, m orb.Point, edges []edge) way {
	found := nowhere
	dx, dy := e.q[0]-e.p[0], e.q[1]-e.p[1]
	for j := range edges {
		o := &edges[j]
		if m[0] < o.west-r.tol || m[0] > o.east+r.tol || m[1] < o.south-r.tol || m[1] > o.north+r.tol || o.off(m) > r.tol {
			continue
		}
		a := (o.p[0]-m[0])*dx + (o.p[1]-m[1])*dy
		b := (o.q[0]-m[0])*dx + (o.q[1]-m[1])*dy
		switch {
		case a < 0 && b > 0:
			return sameWay
		case a > 0 && b < 0:
			found = againstIt
		}
	}
	return found
}

// collect appends g's edges that reach into w.
func collect(to []edge, g orb.Geometry, w orb.Bound) []edge {
	rings(g, func(r orb.Ring, hole bool) {
		if len(r) < 4 {
			return
		}
		turned, known := false, false
		for i := 1; i < len(r); i++ {
			e := edge{p: r[i-1], q: r[i]}
			e.west, e.east, e.south, e.north = e.p[0], e.q[0], e.p[1], e.q[1]
			if e.west > e.east {
				e.west, e.east = e.east, e.west
			}
			if e.south > e.north {
				e.south, e.north = e.north, e.south
			}
			if e.east < w.Min[0] || e.west > w.Max[0] || e.north < w.Min[1] || e.south > w.Max[1] || e.p == e.q {
				continue
			}
			if !known {
				turned, known = (r.Orientation() == orb.CW) != hole, true
			}
			if turned {
				e.p, e.q = e.q, e.p
			}
			e.long = math.Sqrt((e.q[0]-e.p[0])*(e.q[0]-e.p[0]) + (e.q[1]-e.p[1])*(e.q[1]-e.p[1]))
			to = append(to, e)
		}
	})
	return to
}

// turn is twice the signed area of a, b, c: positive where c is left of a→b. It is
// exactly zero where c is one of the two.
func turn(a, b, c orb.Point) float64 {
	return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0])
}

// off is how far v lies from the edge's line.
func (e *edge) off(v orb.Point) float64 { return math.Abs(turn(e.p, e.q, v)) / e.long }

// apart reports whether the boxes of two edges lie farther apart than the tolerance.
func (r *relation) apart(e, o *edge) bool {
	return e.east+r.tol < o.west || e.west > o.east+r.tol || e.north+r.tol < o.south || e.south > o.north+r.tol
}

// crosses reports whether two edges cross, each end of each clearly on its side of
// the other.
func (r *relation) crosses(e, o *edge) bool {
	if r.apart(e, o) || e.p == o.p || e.p == o.q || e.q == o.p || e.q == o.q {
		return false
	}
	near := r.tol * e.long
	a, b := turn(e.p, e.q, o.p), turn(e.p, e.q, o.q)
	if math.Abs(a) <= near || math.Abs(b) <= near || (a > 0) == (b > 0) {
		return false
	}
	near = r.tol * o.long
	c, d := turn(o.p, o.q, e.p), turn(o.p, o.q, e.q)
	return math.Abs(c) > near && math.Abs(d) > near && (c > 0) != (d > 0)
}

// inside reports whether p lies in g, by the even-odd rule.
func inside(g orb.Geometry, p orb.Point) bool {
	in := false
	rings(g, func(r orb.Ring, _ bool) {
		for i := 1; i < len(r); i++ {
			a, b := r[i-1], r[i]
			if (a[1] > p[1]) == (b[1] > p[1]) {
				continue
			}
			if t := turn(a, b, p); (t > 0) == (b[1] > a[1]) && t != 0 {
				in = !in
			}
		}
	})
	return in
}
