package overlay

import (
	"fmt"

	"github.com/paulmach/orb"
)

func (r *ringRange) next(i int) int {
	if i+1 == r.to {
		return r.from
	}
	return i + 1
}

func (r *ringRange) prev(i int) int {
	if i == r.from {
		return r.to - 1
	}
	return i - 1
}

// allPairs tries every two segments: the fastest way for the few of a parcel.
func (c *checker) allPairs() {
	for ri := range c.rings {
		for i := c.rings[ri].from; i < c.rings[ri].to; i++ {
			for j := i + 1; j < c.rings[ri].to; j++ {
				c.pair(i, ri, j, ri)
			}
			for rj := ri + 1; rj < len(c.rings); rj++ {
				for j := c.rings[rj].from; j < c.rings[rj].to; j++ {
					c.pair(i, ri, j, rj)
				}
			}
		}
		if c.full() {
			return
		}
	}
}

// pair finds what is wrong between the segments that begin at points i and j.
func (c *checker) pair(i, ri, j, rj int) {
	a, b := &c.rings[ri], &c.rings[rj]
	a0, a1, b0, b1 := c.points[i], c.points[a.next(i)], c.points[j], c.points[b.next(j)]
	if max(a0[0], a1[0]) < min(b0[0], b1[0]) || max(b0[0], b1[0]) < min(a0[0], a1[0]) ||
		max(a0[1], a1[1]) < min(b0[1], b1[1]) || max(b0[1], b1[1]) < min(a0[1], a1[1]) {
		return
	}
	same := ri == rj
	if same && (a.next(i) == j || a.next(j) == i) {
		return // neighbours share a point; a spike is found by the ring alone
	}
	p, how := meet(a0, a1, b0, b1)
	if how == apart {
		return
	}
	code, detail := RingsCross, "meets ring %d of part %d"
	if same {
		code, detail = SelfCrossing, "crosses or retraces itself"
	} else {
		detail = fmt.Sprintf(detail, a.ring, a.part)
	}
	if how == touching {
		if p == a1 || p == b1 {
			return // the segments that begin there will tell
		}
		pa, na, pb, nb := a0, a1, b0, b1
		if p == a0 {
			pa = c.points[a.prev(i)]
		}
		if p == b0 {
			pb = c.points[b.prev(j)]
		}
		crosses := inWedge(p, na, pa, nb) != inWedge(p, na, pa, pb)
		switch {
		case same && !crosses:
			code, detail = SelfTouch, "comes back to this point"
		case !same && !crosses:
			if a.part == b.part {
				c.touches = append(c.touches, touch{ri, rj, p})
			}
			return
		}
	}
	c.report(Fault{Code: code, At: p, Part: b.part, Ring: b.ring, Detail: detail})
}

// How two segments meet.
const (
	apart    = iota
	touching // in one point, an end of at least one of them
	crossing // in one point inside both, or along a stretch
)

// meet says how two segments of some length meet, and where: exactly, but for the
// place of a crossing.
func meet(a0, a1, b0, b1 orb.Point) (orb.Point, int) {
	d1, d2 := orient(a0, a1, b0), orient(a0, a1, b1)
	if d1*d2 > 0 {
		return orb.Point{}, apart
	}
	d3, d4 := orient(b0, b1, a0), orient(b0, b1, a1)
	if d3*d4 > 0 {
		return orb.Point{}, apart
	}
	if d1 == 0 && d2 == 0 { // on one line
		lo := orb.Point{max(min(a0[0], a1[0]), min(b0[0], b1[0])), max(min(a0[1], a1[1]), min(b0[1], b1[1]))}
		hi := orb.Point{min(max(a0[0], a1[0]), max(b0[0], b1[0])), min(max(a0[1], a1[1]), max(b0[1], b1[1]))}
		switch {
		case lo[0] > hi[0] || lo[1] > hi[1]:
			return orb.Point{}, apart
		case lo == hi:
			return lo, touching
		}
		for _, p := range [...]orb.Point{a0, a1} {
			if within(b0, b1, p) {
				return p, crossing
			}
		}
		return b0, crossing
	}
	switch {
	case d1 == 0:
		return b0, touching
	case d2 == 0:
		return b1, touching
	case d3 == 0:
		return a0, touching
	case d4 == 0:
		return a1, touching
	}
	return crossingPoint(a0, a1, b0, b1), crossing
}

// crossingPoint is where two segments that cross do so, to rounding, computed from
// a0 and kept within the first segment's box.
func crossingPoint(a0, a1, b0, b1 orb.Point) orb.Point {
	dx, dy := a1[0]-a0[0], a1[1]-a0[1]
	ex, ey := b1[0]-b0[0], b1[1]-b0[1]
	den := dx*ey - dy*ex
	if den == 0 {
		return a0
	}
	t := min(max(((b0[0]-a0[0])*ey-(b0[1]-a0[1])*ex)/den, 0), 1)
	return orb.Point{a0[0] + t*dx, a0[1] + t*dy}
}
