package overlay

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// placeRings checks how rings that do not cross lie in one another.
func (c *checker) placeRings() {
	boxes := make([]orb.Bound, len(c.rings))
	outer := map[int]int{} // part → its outer ring
	holes := map[int][]int{}
	var shells []int
	for i := range c.rings {
		r := &c.rings[i]
		boxes[i] = boxOf(c.points[r.from:r.to])
		if r.ring == 0 {
			outer[r.part] = i
			shells = append(shells, i)
		} else {
			holes[r.part] = append(holes[r.part], i)
		}
	}
	for i := range c.rings {
		r := &c.rings[i]
		if r.ring == 0 {
			continue
		}
		if s, ok := outer[r.part]; !ok || !holds(boxes[s], boxes[i]) || !c.inside(i, s) {
			c.report(Fault{Code: HoleOutside, At: c.points[r.from], Part: r.part, Ring: r.ring, Detail: "not inside its outer ring"})
		}
	}
	for _, s := range shells {
		c.nested(holes[c.rings[s].part], boxes, func(in, out int) bool { return c.inside(in, out) })
	}
	c.nested(shells, boxes, func(in, out int) bool {
		if !c.inside(in, out) {
			return false
		}
		for _, h := range holes[c.rings[out].part] {
			if holds(boxes[h], boxes[in]) && c.inside(in, h) {
				return false // an island in a lake
			}
		}
		return true
	})
	if len(c.faults) == 0 && len(c.touches) > 1 {
		c.connected()
	}
}

// nested reports rings of a set of which one lies in another, by inside; only those
// whose box lies in the other's box are asked.
func (c *checker) nested(set []int, boxes []orb.Bound, inside func(in, out int) bool) {
	set = slices.Clone(set)
	slices.SortFunc(set, func(a, b int) int { return cmp.Compare(boxes[a].Min[0], boxes[b].Min[0]) })
	for k, i := range set {
		for _, j := range set[k+1:] {
			if boxes[j].Min[0] > boxes[i].Max[0] || c.full() {
				break
			}
			in := -1
			switch {
			case holds(boxes[i], boxes[j]) && inside(j, i):
				in = j
			case holds(boxes[j], boxes[i]) && inside(i, j):
				in = i
			}
			if in >= 0 {
				r := &c.rings[in]
				c.report(Fault{Code: NestedRings, At: c.points[r.from], Part: r.part, Ring: r.ring, Detail: "inside another of its kind"})
			}
		}
	}
}

// inside reports whether ring i lies inside ring o; they may touch, not cross.
func (c *checker) inside(i, o int) bool {
	in, out := &c.rings[i], &c.rings[o]
	ring := c.points[out.from:out.to]
	for k := in.from; k < in.to; k++ {
		if at := locate(c.points[k], ring); at != 0 {
			return at > 0
		}
	}
	// Every point lies on the outer ring: see which way a segment leaves it.
	p, b := c.points[in.from], c.points[in.next(in.from)]
	left := signed(ring) > 0
	for k := out.from; k < out.to; k++ {
		q0, q1 := c.points[k], c.points[out.next(k)]
		if p == q1 || orient(q0, q1, p) != 0 || !within(q0, q1, p) {
			continue
		}
		if p == q0 {
			q0 = c.points[out.prev(k)]
		}
		return inWedge(p, q1, q0, b) == left
	}
	return false
}

// connected reports polygons whose interior falls apart because rings touch each
// other in a cycle: rings and the points they touch at are the two kinds of nodes
// of a graph, which must be a forest.
func (c *checker) connected() {
	n := len(c.rings)
	type place struct {
		part  int
		point orb.Point
	}
	at := map[place]int{}
	type edge struct {
		ring  int
		point orb.Point
	}
	seen := map[edge]bool{}
	parent := make([]int, n, n+2*len(c.touches))
	for i := range parent {
		parent[i] = i
	}
	find := func(x int) int {
		for parent[x] != x {
			parent[x] = parent[parent[x]]
			x = parent[x]
		}
		return x
	}
	for _, t := range c.touches {
		where := place{c.rings[t.a].part, t.at}
		for _, ring := range [2]int{t.a, t.b} {
			if seen[edge{ring, t.at}] {
				continue
			}
			seen[edge{ring, t.at}] = true
			node, ok := at[where]
			if !ok {
				node = len(parent)
				at[where] = node
				parent = append(parent, node)
			}
			a, b := find(ring), find(node)
			if a == b {
				r := &c.rings[ring]
				c.report(Fault{Code: InteriorDisconnected, At: t.at, Part: r.part, Ring: r.ring, Detail: "rings that touch cut the inside in two"})
				continue
			}
			parent[a] = b
		}
	}
}
