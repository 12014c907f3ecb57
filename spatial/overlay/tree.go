package overlay

import (
	"math"

	"github.com/paulmach/orb"
)

// leafSize is how many consecutive segments share a box of the tree.
const leafSize = 8

// tree is a hierarchy of boxes over segments in the order they are drawn, which
// keeps neighbours together without sorting. Node k has children 2k+1 and 2k+2;
// the leaves are the last `leaves` nodes. Each node has an upright box and a
// leaning one: rows of long slanting segments are apart in the second alone.
type tree struct {
	upright []orb.Bound
	leaning []leaning
	leaves  int
	ringOf  []int32
	origin  orb.Point // of the leaning boxes
}

// leaning is a box along the unit vector u: its middle relative to the tree's
// origin, and half its extent along u and across.
type leaning struct {
	u, middle  orb.Point
	half, wide float64
}

// join tries the pairs of segments whose boxes meet.
func (c *checker) join() {
	t := tree{leaves: 1, ringOf: make([]int32, len(c.points)), origin: c.points[0]}
	for t.leaves*leafSize < len(c.points) {
		t.leaves *= 2
	}
	n := 2*t.leaves - 1
	t.upright, t.leaning = make([]orb.Bound, n), make([]leaning, n)
	longest := make([]orb.Point, n) // a node's longest segment, as a vector
	for k := range n {
		t.upright[k] = nowhere()
	}
	for ri := range c.rings {
		r := &c.rings[ri]
		for i := r.from; i < r.to; i++ {
			t.ringOf[i] = int32(ri)
			k := t.leaves - 1 + i/leafSize
			p, q := c.points[i], c.points[r.next(i)]
			grow(&t.upright[k], p)
			grow(&t.upright[k], q)
			longest[k] = longer(longest[k], orb.Point{q[0] - p[0], q[1] - p[1]})
		}
	}
	for k := t.leaves - 2; k >= 0; k-- {
		t.upright[k] = t.upright[2*k+1]
		grow(&t.upright[k], t.upright[2*k+2].Min)
		grow(&t.upright[k], t.upright[2*k+2].Max)
		longest[k] = longer(longest[2*k+1], longest[2*k+2])
	}
	for k := range n {
		t.leaning[k] = c.lean(&t, k, longest[k])
	}
	c.within(&t, 0)
}

func longer(a, b orb.Point) orb.Point {
	if b[0]*b[0]+b[1]*b[1] > a[0]*a[0]+a[1]*a[1] {
		return b
	}
	return a
}

// lean is the narrower of the boxes along a node's longest segment and along the
// line from its first point to its last.
func (c *checker) lean(t *tree, k int, longest orb.Point) leaning {
	from, to := t.span(k, len(c.points))
	if from >= to {
		return leaning{}
	}
	a, b := c.points[from], c.points[to-1]
	best := leaning{wide: math.Inf(1), half: math.Inf(1), u: orb.Point{1, 0}}
	for _, v := range [2]orb.Point{longest, {b[0] - a[0], b[1] - a[1]}} {
		length := math.Hypot(v[0], v[1])
		if !(length > 0) || math.IsInf(length, 0) {
			continue
		}
		l := leaning{u: orb.Point{v[0] / length, v[1] / length}}
		lo, hi := orb.Point{math.Inf(1), math.Inf(1)}, orb.Point{math.Inf(-1), math.Inf(-1)}
		add := func(p orb.Point) {
			x, y := p[0]-t.origin[0], p[1]-t.origin[1]
			s, w := x*l.u[0]+y*l.u[1], y*l.u[0]-x*l.u[1]
			lo[0], hi[0], lo[1], hi[1] = min(lo[0], s), max(hi[0], s), min(lo[1], w), max(hi[1], w)
		}
		for i := from; i < to; i++ {
			add(c.points[i])
			if r := &c.rings[t.ringOf[i]]; i+1 == to || i+1 == r.to {
				add(c.points[r.next(i)])
			}
		}
		s, w := (lo[0]+hi[0])/2, (lo[1]+hi[1])/2
		l.middle = orb.Point{s*l.u[0] - w*l.u[1], s*l.u[1] + w*l.u[0]}
		// Boxes only ever rule pairs out: they are wider than rounding can err.
		slack := 1e-12 * (math.Abs(lo[0]) + math.Abs(hi[0]) + math.Abs(lo[1]) + math.Abs(hi[1]))
		l.half, l.wide = (hi[0]-lo[0])/2+slack, (hi[1]-lo[1])/2+slack
		if l.half*l.wide < best.half*best.wide || math.IsInf(best.half, 0) {
			best = l
		}
	}
	return best
}

// clear reports whether two leaning boxes are apart along an axis of the first.
func (a *leaning) clear(b *leaning) bool {
	dx, dy := b.middle[0]-a.middle[0], b.middle[1]-a.middle[1]
	cos, sin := math.Abs(a.u[0]*b.u[0]+a.u[1]*b.u[1]), math.Abs(a.u[0]*b.u[1]-a.u[1]*b.u[0])
	return math.Abs(dx*a.u[0]+dy*a.u[1]) > a.half+b.half*cos+b.wide*sin ||
		math.Abs(dy*a.u[0]-dx*a.u[1]) > a.wide+b.half*sin+b.wide*cos
}

// within tries the segments under one node with each other.
func (c *checker) within(t *tree, k int) {
	if c.full() || empty(t.upright[k]) {
		return
	}
	if k >= t.leaves-1 {
		from, to := t.span(k, len(c.points))
		for i := from; i < to; i++ {
			for j := i + 1; j < to; j++ {
				c.pair(i, int(t.ringOf[i]), j, int(t.ringOf[j]))
			}
		}
		return
	}
	c.within(t, 2*k+1)
	c.within(t, 2*k+2)
	c.between(t, 2*k+1, 2*k+2)
}

// between tries the segments under two nodes of one level with each other.
func (c *checker) between(t *tree, k, l int) {
	if c.full() || !meets(t.upright[k], t.upright[l]) || t.leaning[k].clear(&t.leaning[l]) || t.leaning[l].clear(&t.leaning[k]) {
		return
	}
	if k < t.leaves-1 {
		for _, a := range [2]int{2*k + 1, 2*k + 2} {
			c.between(t, a, 2*l+1)
			c.between(t, a, 2*l+2)
		}
		return
	}
	from, to := t.span(k, len(c.points))
	from2, to2 := t.span(l, len(c.points))
	for i := from; i < to; i++ {
		for j := from2; j < to2; j++ {
			c.pair(i, int(t.ringOf[i]), j, int(t.ringOf[j]))
		}
	}
}

// span is the segments under a node, by their first points.
func (t *tree) span(k, n int) (from, to int) {
	size := leafSize * t.leaves
	first := 0
	for first < k { // the first node of k's level, and what a node there holds
		next := 2*first + 1
		if next > k {
			break
		}
		first, size = next, size/2
	}
	from = (k - first) * size
	return min(from, n), min(from+size, n)
}
