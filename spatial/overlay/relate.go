package overlay

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/langbiang/langbiang/spatial"
)

// IntersectionArea is the area in m² that a and b have in common, rounded to
// 0.0001, and equal to Area of the one that lies within the other. Points and
// lines have none. Shapes whose borders do not meet are decided exactly, without
// computing an overlay; only the operand that is then measured is checked for
// faults. Errors are as of Intersection.
func IntersectionArea(a, b orb.Geometry) (float64, error) {
	const name = "intersection area"
	pa, pb, how, err := place(name, a, b)
	if err != nil {
		return 0, err
	}
	switch how {
	case outside:
		return 0, nil
	case firstInside:
		if err := check(name, a); err != nil {
			return 0, err
		}
		return Area(pa), nil
	case secondInside:
		if err := check(name, b); err != nil {
			return 0, err
		}
		return Area(pb), nil
	}
	if err := check(name, a, b); err != nil {
		return 0, err
	}
	p, err := operate(name, geom.Intersection, pa, pb)
	if err != nil {
		return 0, err
	}
	common := Area(p.polygons)
	if smaller := math.Min(Area(pa), Area(pb)); common > smaller+1e-3+1e-9*smaller {
		return 0, &spatial.Error{Op: "overlay", Kind: spatial.Internal, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": "larger than its operands"}}
	}
	return common, nil
}

// Covers reports whether no point of b lies outside a: a border counts as a's own.
// Nothing covers an empty shape, as in PostGIS. Errors are as of Intersection.
func Covers(a, b orb.Geometry) (bool, error) {
	const name = "covers"
	pa, _, how, err := place(name, a, b)
	if err != nil {
		return false, err
	}
	if ba, bb := box(a), box(b); empty(ba) || empty(bb) || !holds(ba, bb) {
		return false, nil
	}
	if areal(a) && areal(b) {
		switch how {
		case secondInside:
			return true, nil
		case outside, firstInside: // and their borders do not meet
			return false, nil
		}
	} else if p, ok := b.(orb.Point); ok && areal(a) {
		return locateAll(p, pa) >= 0, nil
	}
	return relate(name, geom.Covers, a, b)
}

// Intersects reports whether a and b have a point in common. Errors are as of
// Intersection.
func Intersects(a, b orb.Geometry) (bool, error) {
	const name = "intersects"
	pa, _, how, err := place(name, a, b)
	if err != nil {
		return false, err
	}
	if !meets(box(a), box(b)) {
		return false, nil
	}
	if areal(a) && areal(b) && how != undecided {
		return how != outside, nil
	}
	if p, ok := b.(orb.Point); ok && areal(a) {
		return locateAll(p, pa) >= 0, nil
	}
	return relate(name, func(a, b geom.Geometry) (bool, error) { return geom.Intersects(a, b), nil }, a, b)
}

func relate(name string, f func(a, b geom.Geometry) (bool, error), a, b orb.Geometry) (bool, error) {
	if err := check(name, a, b); err != nil {
		return false, err
	}
	a, err := settled(a)
	if err != nil {
		return false, err
	}
	if b, err = settled(b); err != nil {
		return false, err
	}
	var yes bool
	err = engine(name, func() error {
		local := frameOf(a, b)
		ga, err := local.to(a)
		if err != nil {
			return err
		}
		gb, err := local.to(b)
		if err != nil {
			return err
		}
		yes, err = f(ga, gb)
		return err
	})
	return yes, err
}

// How two areas lie to each other, as far as is cheap to say.
const (
	undecided = iota // borders meet, or it would be long to say
	outside
	firstInside
	secondInside
)

// maxPairs bounds the segments tried against each other by place.
const maxPairs = 1 << 14

// place gives the polygons of a and b, and how they lie where their borders do not
// meet. Missing or non-finite shapes are errors.
func place(name string, a, b orb.Geometry) (pa, pb orb.MultiPolygon, how int, err error) {
	ba, bb := box(a), box(b)
	if missing(a) || missing(b) || !bounded(ba) || !bounded(bb) {
		if err := check(name, a, b); err != nil {
			return nil, nil, undecided, err
		}
	}
	pa, pb = polygonsOf(a, nil), polygonsOf(b, nil)
	if _, ok := a.(orb.Collection); ok && len(pa) > 1 {
		if pa, err = settledPolygons(name, a); err != nil {
			return nil, nil, undecided, err
		}
	}
	if _, ok := b.(orb.Collection); ok && len(pb) > 1 {
		if pb, err = settledPolygons(name, b); err != nil {
			return nil, nil, undecided, err
		}
	}
	if !meets(ba, bb) || len(pa) == 0 || len(pb) == 0 {
		return pa, pb, outside, nil
	}
	return pa, pb, separate(pa, pb, ba, bb), nil
}

func settledPolygons(name string, g orb.Geometry) (orb.MultiPolygon, error) {
	if err := check(name, g); err != nil {
		return nil, err
	}
	s, err := settled(g)
	if err != nil {
		return nil, err
	}
	return polygonsOf(s, nil), nil
}

// bounded reports whether a box is empty or finite.
func bounded(b orb.Bound) bool {
	return b == nowhere() || finite(b.Min) && finite(b.Max)
}

func areal(g orb.Geometry) bool {
	switch g.(type) {
	case orb.Ring, orb.Polygon, orb.MultiPolygon, orb.Bound:
		return true
	}
	return false
}

// polygonsOf is every polygon in g.
func polygonsOf(g orb.Geometry, into orb.MultiPolygon) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Ring:
		into = append(into, orb.Polygon{g})
	case orb.Polygon:
		if len(g) > 0 && len(g[0]) > 0 {
			into = append(into, g)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			into = polygonsOf(p, into)
		}
	case orb.Bound:
		into = polygonsOf(solid(g), into)
	case orb.Collection:
		for _, m := range g {
			into = polygonsOf(m, into)
		}
	}
	return into
}

// separate decides how areas lie whose borders do not meet: then each polygon is
// wholly inside or outside the other area, unless the other has a ring within it.
func separate(a, b orb.MultiPolygon, ba, bb orb.Bound) int {
	sa, sb := near(a, bb), near(b, ba)
	if len(sa)*len(sb) > maxPairs {
		return undecided
	}
	for _, s := range sa {
		for _, t := range sb {
			if max(s[0][0], s[1][0]) < min(t[0][0], t[1][0]) || max(t[0][0], t[1][0]) < min(s[0][0], s[1][0]) ||
				max(s[0][1], s[1][1]) < min(t[0][1], t[1][1]) || max(t[0][1], t[1][1]) < min(s[0][1], s[1][1]) {
				continue
			}
			if _, how := meet(s[0], s[1], t[0], t[1]); how != apart {
				return undecided
			}
		}
	}
	aIn, aOut := sides(a, b, bb)
	bIn, bOut := sides(b, a, ba)
	switch {
	case !aIn && !bIn:
		return outside
	case !aOut && !bIn:
		return firstInside
	case !bOut && !aIn:
		return secondInside
	}
	return undecided
}

// near is the segments of rings that reach into a box.
func near(g orb.MultiPolygon, b orb.Bound) [][2]orb.Point {
	var out [][2]orb.Point
	for _, p := range g {
		for _, r := range p {
			if len(r) == 0 {
				continue
			}
			s := r[len(r)-1]
			for _, t := range r {
				if s != t && max(s[0], t[0]) >= b.Min[0] && min(s[0], t[0]) <= b.Max[0] && max(s[1], t[1]) >= b.Min[1] && min(s[1], t[1]) <= b.Max[1] {
					out = append(out, [2]orb.Point{s, t})
				}
				s = t
			}
		}
	}
	return out
}

// sides reports whether any ring of g lies inside area, and any outside.
func sides(g, area orb.MultiPolygon, box orb.Bound) (in, out bool) {
	for _, p := range g {
		for _, r := range p {
			if len(r) == 0 {
				continue
			}
			q := r[0]
			if q[0] >= box.Min[0] && q[0] <= box.Max[0] && q[1] >= box.Min[1] && q[1] <= box.Max[1] && locateAll(q, area) > 0 {
				in = true
			} else {
				out = true
			}
		}
	}
	return in, out
}
