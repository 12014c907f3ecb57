package overlay

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// InteriorPoint is a point of g to stand for it: strictly inside the largest
// polygon, in the middle of its widest horizontal slice about half-way up; else
// the middle of the longest line; else the first point. The same shape always
// gives the same point. Error: overlay.noInterior where g is empty, not finite, or
// a polygon so thin that no point with double coordinates lies inside.
func InteriorPoint(g orb.Geometry) (orb.Point, error) {
	var best orb.Polygon
	var line orb.LineString
	var point *orb.Point
	largest, longest := -1.0, -1.0
	var visit func(orb.Geometry)
	visit = func(g orb.Geometry) {
		switch g := g.(type) {
		case orb.Point:
			if point == nil {
				point = &g
			}
		case orb.MultiPoint:
			if len(g) > 0 {
				visit(g[0])
			}
		case orb.LineString:
			if l := Length(g); len(g) > 0 && l > longest {
				line, longest = g, l
			}
		case orb.MultiLineString:
			for _, l := range g {
				visit(l)
			}
		case orb.Ring:
			visit(orb.Polygon{g})
		case orb.Polygon:
			if a := area(g); len(g) > 0 && a > largest {
				best, largest = g, a
			}
		case orb.MultiPolygon:
			for _, p := range g {
				visit(p)
			}
		case orb.Bound:
			visit(solid(g))
		case orb.Collection:
			for _, m := range g {
				visit(m)
			}
		}
	}
	visit(g)
	p, ok := orb.Point{}, false
	switch {
	case best != nil:
		p, ok = inPolygon(best)
	case line != nil:
		p, ok = halfway(line, longest)
	case point != nil:
		p, ok = *point, true
	}
	if !ok || !finite(p) {
		return orb.Point{}, &spatial.Error{Op: "find an interior point", Kind: spatial.Invalid, Code: "overlay.noInterior"}
	}
	return p, nil
}

func halfway(l orb.LineString, length float64) (orb.Point, bool) {
	left := length / 2
	for i := 1; i < len(l); i++ {
		d := math.Hypot(l[i][0]-l[i-1][0], l[i][1]-l[i-1][1])
		if d > 0 && left <= d {
			f := left / d
			return orb.Point{l[i-1][0] + f*(l[i][0]-l[i-1][0]), l[i-1][1] + f*(l[i][1]-l[i-1][1])}, true
		}
		left -= d
	}
	return l[len(l)-1], true
}

// maxSlices bounds how many slices are tried in each direction.
const maxSlices = 24

// inPolygon tries horizontal slices and then vertical ones, those through the
// tallest gaps between vertices after the one nearest the middle.
func inPolygon(p orb.Polygon) (orb.Point, bool) {
	for _, r := range p {
		if pointFaults(r, 0, 0) != nil {
			return orb.Point{}, false
		}
	}
	for _, up := range [2]int{1, 0} {
		for _, at := range levels(p, up) {
			if q, ok := widest(p, up, at); ok {
				return q, true
			}
		}
	}
	return orb.Point{}, false
}

// levels is where to slice a polygon across axis up: between levels of vertices,
// so that no slice meets a vertex.
func levels(p orb.Polygon, up int) []float64 {
	var heights []float64
	for _, r := range p {
		for _, q := range r {
			heights = append(heights, q[up])
		}
	}
	slices.Sort(heights)
	heights = slices.Compact(heights)
	if len(heights) < 2 {
		return nil
	}
	lo, hi := heights[0], heights[len(heights)-1]
	middle := lo/2 + hi/2
	type gap struct{ at, height float64 }
	var gaps []gap
	home := 0
	for i := 1; i < len(heights); i++ {
		a, b := heights[i-1], heights[i]
		at := a + (b-a)/2
		if a <= middle && middle < b {
			home = len(gaps)
		}
		if a < at && at < b {
			gaps = append(gaps, gap{at, b - a})
		}
	}
	if len(gaps) == 0 {
		return nil
	}
	if home < len(gaps) {
		first := gaps[home]
		rest := slices.Delete(gaps, home, home+1)
		slices.SortStableFunc(rest, func(a, b gap) int { return cmp.Compare(b.height, a.height) })
		gaps = append([]gap{first}, rest...)
	}
	out := make([]float64, 0, maxSlices)
	for _, g := range gaps[:min(len(gaps), maxSlices)] {
		out = append(out, g.at)
	}
	return out
}

// widest is the middle of the widest stretch inside p along one slice, where that
// lies strictly inside.
func widest(p orb.Polygon, up int, at float64) (orb.Point, bool) {
	across := 1 - up
	var cuts []float64
	for _, r := range p {
		if len(r) == 0 {
			continue
		}
		a := r[len(r)-1]
		for _, b := range r {
			if (a[up] > at) != (b[up] > at) {
				lo, hi := a, b // one direction, whichever way the ring runs
				if lo[up] > hi[up] {
					lo, hi = hi, lo
				}
				cuts = append(cuts, lo[across]+(at-lo[up])/(hi[up]-lo[up])*(hi[across]-lo[across]))
			}
			a = b
		}
	}
	slices.Sort(cuts)
	type stretch struct{ middle, width float64 }
	var inside []stretch
	for i := 1; i < len(cuts); i += 2 {
		inside = append(inside, stretch{cuts[i-1] + (cuts[i]-cuts[i-1])/2, cuts[i] - cuts[i-1]})
	}
	slices.SortStableFunc(inside, func(a, b stretch) int { return cmp.Compare(b.width, a.width) })
	for _, s := range inside[:min(len(inside), maxSlices)] {
		var q orb.Point
		q[up], q[across] = at, s.middle
		if locatePolygon(q, p) > 0 {
			return q, true
		}
	}
	return orb.Point{}, false
}
