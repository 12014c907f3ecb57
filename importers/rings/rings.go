// Package rings makes polygons of rings that a format gives side by side, without
// saying which is a hole of which.
//
// It is not a repair: rings stay as they are, in their order.
//
// Invariant: every ring is in the result once, and no more is looked at than the
// caller allows.
package rings

import (
	"errors"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Work bounds the vertices looked at while placing the rings of one record.
const Work = 400_000_000

// ErrTooComplex is that the rings nest too intricately to be placed in bounds.
var ErrTooComplex = errors.New("rings nest too intricately")

// node is one ring while its place is being sought.
type node struct {
	ring   orb.Ring
	bound  orb.Bound
	area   float64 // signed; clockwise is negative
	parent int     // the smallest ring around it, by position in the sorted list; -1 = none
	depth  int     // rings around it
	hole   bool
	into   int // for a hole, the node it is cut from
	order  int // position in the record
}

// Assemble makes a polygon or multipolygon of two or more closed rings.
//
// Containment is worked out for every ring. Where the orientation agrees (outer
// rings clockwise, holes counter-clockwise, inside what they are cut from) it
// stands. Where it does not, containment decides, and turned is true. No more
// than about work vertices are looked at.
func Assemble(rings []orb.Ring, work int) (g orb.Geometry, turned bool, err error) {
	nodes := make([]node, len(rings))
	for i, r := range rings {
		nodes[i] = node{ring: r, bound: r.Bound(), area: SignedArea(r), parent: -1, into: -1, order: i}
	}
	slices.SortStableFunc(nodes, func(a, b node) int {
		switch x, y := math.Abs(a.area), math.Abs(b.area); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	if err := nest(nodes, work); err != nil {
		return nil, false, err
	}
	for i := range nodes {
		n := &nodes[i]
		n.hole = n.depth%2 == 1
		if n.hole {
			n.into = n.parent
		}
		if n.area != 0 && n.hole != (n.area > 0) {
			turned = true
		}
	}
	return build(nodes), turned, nil
}

// nest finds each ring's parent. Rings are sorted by falling area, so a parent
// stands before its children, and the nearest one before is the smallest. left is
// the vertices that may still be looked at.
func nest(nodes []node, left int) error {
	for i := range nodes {
		in := &nodes[i]
		for j := i - 1; j >= 0; j-- {
			out := &nodes[j]
			left--
			if left < 0 {
				return ErrTooComplex
			}
			if !covers(out.bound, in.bound) {
				continue
			}
			inside, seen := contains(out.ring, in.ring)
			left -= seen
			same := in.area*out.area > 0
			switch {
			case inside == onEdge && same: // the same ring twice
				inside = outside
			case inside == onEdge: // a hole as large as its ring
				inside = within
			case inside == within && same:
				// Two rings of one orientation may as well be parts that overlap.
				whole, seen := wholly(out.ring, in.ring)
				left -= seen
				if !whole {
					inside = outside
				}
			}
			if inside == within {
				in.parent, in.depth = j, out.depth+1
				break
			}
		}
	}
	return nil
}

// build gathers outer rings and their holes in the order of the record.
func build(nodes []node) orb.Geometry {
	place := make([]int, len(nodes)) // node → polygon
	var outers []int
	for i := range nodes {
		if !nodes[i].hole {
			outers = append(outers, i)
		}
	}
	slices.SortFunc(outers, func(a, b int) int { return nodes[a].order - nodes[b].order })
	m := make(orb.MultiPolygon, len(outers))
	for k, i := range outers {
		place[i] = k
		m[k] = orb.Polygon{nodes[i].ring}
	}
	holes := make([]int, 0, len(nodes)-len(outers))
	for i := range nodes {
		if nodes[i].hole {
			holes = append(holes, i)
		}
	}
	slices.SortFunc(holes, func(a, b int) int { return nodes[a].order - nodes[b].order })
	for _, i := range holes {
		k := place[nodes[i].into]
		m[k] = append(m[k], nodes[i].ring)
	}
	if len(m) == 1 {
		return m[0]
	}
	return m
}

// SignedArea is positive for a counter-clockwise ring. It is summed from the
// first point, so that plane coordinates in the millions keep their millimetres.
func SignedArea(r orb.Ring) float64 {
	var sum float64
	o := r[0]
	for i := 1; i+1 < len(r); i++ {
		a, b := r[i], r[i+1]
		sum += (a[0]-o[0])*(b[1]-o[1]) - (b[0]-o[0])*(a[1]-o[1])
	}
	return sum / 2
}

func covers(out, in orb.Bound) bool {
	return out.Min[0] <= in.Min[0] && out.Min[1] <= in.Min[1] && out.Max[0] >= in.Max[0] && out.Max[1] >= in.Max[1]
}

type side int8

const (
	outside side = iota
	onEdge
	within
)

// samples bounds the vertices of one ring that are tried against another.
const samples = 64

// contains says on which side of ring out the ring in lies, by its first vertex,
// or else edge middle, that is not on out itself; seen counts the vertices looked at.
func contains(out, in orb.Ring) (s side, seen int) {
	step := max(1, len(in)/samples)
	for i := 0; i < len(in); i += step {
		seen += len(out)
		if s = sideOf(out, in[i]); s != onEdge {
			return s, seen
		}
	}
	for i := 0; i+1 < len(in); i += step {
		seen += len(out)
		mid := orb.Point{(in[i][0] + in[i+1][0]) / 2, (in[i][1] + in[i+1][1]) / 2}
		if s = sideOf(out, mid); s != onEdge {
			return s, seen
		}
	}
	return onEdge, seen
}

// wholly reports whether no sampled vertex of in lies outside out.
func wholly(out, in orb.Ring) (whole bool, seen int) {
	for i, step := 0, max(1, len(in)/samples); i < len(in); i += step {
		seen += len(out)
		if sideOf(out, in[i]) == outside {
			return false, seen
		}
	}
	return true, seen
}

// sideOf is the even-odd rule, with points exactly on the ring told apart.
func sideOf(r orb.Ring, p orb.Point) side {
	in := false
	for i := 0; i+1 < len(r); i++ {
		a, b := r[i], r[i+1]
		if a == p {
			return onEdge
		}
		if (a[1] > p[1]) == (b[1] > p[1]) {
			if a[1] == p[1] && b[1] == p[1] && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0]) {
				return onEdge
			}
			continue
		}
		cross := (b[0]-a[0])*(p[1]-a[1]) - (p[0]-a[0])*(b[1]-a[1])
		if cross == 0 {
			return onEdge
		}
		if (cross > 0) == (b[1] > a[1]) {
			in = !in
		}
	}
	if in {
		return within
	}
	return outside
}
