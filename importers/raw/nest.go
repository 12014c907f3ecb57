package raw

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// InRing reports whether a point is in a closed ring, by the sides that a ray to
// the right crosses. On the border either may be said.
func InRing(r []orb.Point, p orb.Point) bool {
	in := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if a[1] > p[1] != (b[1] > p[1]) && p[0] < a[0]+(p[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}

// mostNesting bounds the work of placing rings in each other.
const mostNesting = 50_000_000

// Nest makes polygons of rings: those at an even depth are outlines, those
// within at an odd one their holes. nil where there are none, or too many to tell.
func Nest(rings []orb.Ring) orb.Geometry {
	if len(rings) == 0 {
		return nil
	}
	if len(rings) == 1 {
		return orb.Polygon{rings[0]}
	}
	type placed struct {
		ring  orb.Ring
		box   orb.Bound
		size  float64
		depth int
		in    int // the smallest ring round it
		out   int // its polygon
	}
	all := make([]placed, len(rings))
	for i, r := range rings {
		all[i] = placed{ring: r, box: r.Bound(), size: math.Abs(planar.Area(r)), in: -1}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		switch {
		case a.size > b.size:
			return -1
		case a.size < b.size:
			return 1
		}
		return 0
	})
	var out orb.MultiPolygon
	work := 0
	for i := range all {
		a := &all[i]
		for k := i - 1; k >= 0; k-- {
			b := &all[k]
			if work++; work > mostNesting {
				return nil
			}
			if !b.box.Contains(a.box.Min) || !b.box.Contains(a.box.Max) {
				continue
			}
			work += len(b.ring)
			if mostly(a.ring, b.ring) {
				a.in, a.depth = k, b.depth+1
				break
			}
		}
		if a.depth%2 == 1 {
			k := all[a.in].out
			out[k] = append(out[k], a.ring)
			continue
		}
		a.out = len(out)
		out = append(out, orb.Polygon{a.ring})
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// mostly reports whether most of a few of a ring's points lie in another, which it
// may touch.
func mostly(r, outer orb.Ring) bool {
	in, of := 0, 0
	for i := 0; i < len(r)-1; i += max(1, len(r)/7) {
		of++
		if InRing(outer, r[i]) {
			in++
		}
	}
	return 2*in > of
}
