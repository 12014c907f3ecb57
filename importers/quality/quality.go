// Package quality finds what is wrong between the polygons of one delivery:
// shapes that are there twice, and neighbours that overlap.
//
// It is not a check of one shape by itself (spatial/overlay is), it mends
// nothing, and it knows nothing of parcels, files or stores.
//
// Invariant: a pair is settled without an overlay only where a comparison of the
// two outlines shows that they share less than the threshold. Every other pair is
// measured, and one that cannot be measured is reported as such, never as zero.
package quality

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// Shape is one polygon or multipolygon of the delivery, valid, in metres of one
// plane.
type Shape struct {
	Geometry orb.Geometry // orb.Polygon or orb.MultiPolygon; anything else is passed over
	Area     float64      // m²
	Hash     [16]byte     // Hash(Geometry)
}

// Pair is two shapes, by their positions, that share ground.
type Pair struct {
	A, B      int // A < B
	Duplicate bool
	Area      float64 // m² shared; of a duplicate, the shape's own
	Err       error   // why the shared area could not be computed; Area is then 0 and means nothing
}

// Measure gives the area that two polygons share, m².
type Measure func(a, b orb.Geometry) (float64, error)

// Thresholds below which a shared area is rounding and no overlap: the larger of
// an area in m² and a share of the smaller shape.
type Thresholds struct {
	Area  float64
	Share float64
}

// DefaultThresholds are what land offices call noise: 0.05 m², or 0.01 %.
func DefaultThresholds() Thresholds { return Thresholds{Area: 0.05, Share: 1e-4} }

// Tally says how the pairs of one run were settled.
type Tally struct {
	Boxes    int // pairs whose boxes share area
	Measured int // of these, pairs that needed an overlay
	Pairs    int // emitted
}

// Check emits the duplicates and overlaps among shapes, in rising order of (A, B)
// within each kind: duplicates first. Of a shape that is there n times, each later
// one is paired with the first, and only the first is compared with its
// neighbours. progress, where not nil, is called now and then with the shapes
// done. The only error is ctx's.
func Check(ctx context.Context, shapes []Shape, t Thresholds, measure Measure, progress func(done, total int), emit func(Pair)) (Tally, error) {
	var tally Tally
	skip := make([]bool, len(shapes))
	first := make(map[[16]byte]int, len(shapes))
	for i := range shapes {
		if edgesIn(shapes[i].Geometry) == 0 {
			skip[i] = true
			continue
		}
		f, seen := first[shapes[i].Hash]
		if !seen {
			first[shapes[i].Hash] = i
			continue
		}
		skip[i] = true
		tally.Pairs++
		emit(Pair{A: f, B: i, Duplicate: true, Area: shapes[i].Area})
	}

	s := sweep{boxes: make([]orb.Bound, len(shapes)), skip: skip}
	for i := range shapes {
		if !skip[i] {
			s.boxes[i] = shapes[i].Geometry.Bound()
		}
	}
	var found []Pair
	var r relation
	err := s.run(ctx, progress, func(a, b int) {
		tally.Boxes++
		if a > b {
			a, b = b, a
		}
		least := max(t.Area, t.Share*min(shapes[a].Area, shapes[b].Area))
		if !r.mayShare(shapes[a].Geometry, shapes[b].Geometry, meet(s.boxes[a], s.boxes[b]), least) {
			return
		}
		tally.Measured++
		area, err := measure(shapes[a].Geometry, shapes[b].Geometry)
		if err != nil {
			found = append(found, Pair{A: a, B: b, Err: err})
			return
		}
		if area > least {
			found = append(found, Pair{A: a, B: b, Area: area})
		}
	})
	if err != nil {
		return tally, err
	}
	slices.SortFunc(found, func(p, q Pair) int { return cmp.Or(cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B)) })
	for _, p := range found {
		tally.Pairs++
		emit(p)
	}
	return tally, nil
}

// meet is the box two boxes share; it has no area where they only touch or do not.
func meet(a, b orb.Bound) orb.Bound {
	return orb.Bound{
		Min: orb.Point{math.Max(a.Min[0], b.Min[0]), math.Max(a.Min[1], b.Min[1])},
		Max: orb.Point{math.Min(a.Max[0], b.Max[0]), math.Min(a.Max[1], b.Max[1])},
	}
}

// edgesIn counts the edges of a polygon or multipolygon.
func edgesIn(g orb.Geometry) int {
	n := 0
	rings(g, func(r orb.Ring, _ bool) { n += max(0, len(r)-1) })
	return n
}

// rings visits every ring of a polygon or multipolygon.
func rings(g orb.Geometry, visit func(r orb.Ring, hole bool)) {
	switch g := g.(type) {
	case orb.Polygon:
		for i, r := range g {
			visit(r, i > 0)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for i, r := range p {
				visit(r, i > 0)
			}
		}
	}
}
