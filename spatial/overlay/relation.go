package overlay

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// Relation is a named relation of two shapes, as OGC Simple Features defines them
// (OGC 06-103r4, 6.1.15).
type Relation uint8

const (
	Equal    Relation = iota // the same points
	Touching                 // common points, none of them inside both
	Within                   // all of it in the other, and not on its border alone
	Holding                  // the other is within it
	Overlapping
	Crossing
)

// Is reports whether g stands in relation r to the shape: g is within p, g holds
// p. Where a look at boxes and borders settles it, nothing is computed and g is not
// checked for faults. Errors are as of Intersection.
func (p *Prepared) Is(r Relation, g orb.Geometry) (bool, error) {
	b := box(g)
	if !missing(g) && (empty(b) || !meets(p.box, b)) {
		return false, nil
	}
	if p.fault != nil {
		return false, p.fault
	}
	if yes, known := p.glance(r, g, b); known {
		return yes, nil
	}
	const name = "relate"
	if err := check(name, g); err != nil {
		return false, err
	}
	if areal(p.shape) {
		if yes, known := p.touched(r, g, b); known {
			return yes, nil
		}
	}
	g, err := settled(g)
	if err != nil {
		return false, err
	}
	var yes bool
	err = engine(name, func() error {
		e, err := p.local.to(g)
		if err != nil {
			return err
		}
		f := [...]func(a, b geom.Geometry) (bool, error){geom.Equals, geom.Touches, geom.Within, geom.Contains, geom.Overlaps, geom.Crosses}[r]
		yes, err = f(e, p.engine)
		return err
	})
	return yes, err
}

// glance answers what needs no overlay.
func (p *Prepared) glance(r Relation, g orb.Geometry, b orb.Bound) (yes, known bool) {
	if missing(g) {
		return false, false
	}
	onlyAreas := areal(p.shape) // in a collection, areas may overlap: then a border is not always one
	switch {
	case r == Within && !holds(p.box, b), r == Holding && !holds(b, p.box), r == Equal && b != p.box:
		return false, true
	case p.Side(b) == Inside:
		return r == Within, true
	}
	if q, ok := g.(orb.Point); ok && onlyAreas {
		switch at := p.locate(q); r {
		case Within:
			return at > 0, true
		case Touching:
			return at == 0, true
		}
		return false, true
	}
	if meet, cross := p.compare(g); !meet {
		return false, true
	} else if cross {
		// Borders that cross leave ground of each outside the other, and some in both.
		switch {
		case onlyAreas && areal(g):
			return r == Overlapping, true
		case onlyAreas && lineal(g), lineal(p.shape) && areal(g):
			return r == Crossing, true
		}
	}
	return false, false
}

func lineal(g orb.Geometry) bool {
	switch g.(type) {
	case orb.LineString, orb.MultiLineString:
		return true
	}
	return false
}

// Near reports whether some point of g lies within d of the shape, d in the units
// of the coordinates. A g that is missing or empty is near nothing.
func (p *Prepared) Near(g orb.Geometry, d float64) bool {
	b := box(g)
	if empty(b) || d < 0 || !meets(p.box, pad(b, d)) {
		return false
	}
	return d > 0 && p.near(g, d) || p.Intersects(g)
}

func pad(b orb.Bound, d float64) orb.Bound {
	return orb.Bound{Min: orb.Point{b.Min[0] - d, b.Min[1] - d}, Max: orb.Point{b.Max[0] + d, b.Max[1] + d}}
}

// near is Near by borders alone: all there is to it where the shapes have no point in
// common.
func (p *Prepared) near(g orb.Geometry, d float64) bool {
	switch g := g.(type) {
	case orb.Point:
		return p.nearSegment(g, g, d)
	case orb.MultiPoint:
		for _, q := range g {
			if p.nearSegment(q, q, d) {
				return true
			}
		}
	case orb.LineString:
		return p.nearLine(g, false, d)
	case orb.Ring:
		return p.nearLine(g, true, d)
	case orb.MultiLineString:
		for _, l := range g {
			if p.nearLine(l, false, d) {
				return true
			}
		}
	case orb.Polygon:
		for _, r := range g {
			if p.nearLine(r, true, d) {
				return true
			}
		}
	case orb.MultiPolygon:
		for _, m := range g {
			if p.near(m, d) {
				return true
			}
		}
	case orb.Bound:
		return p.near(solid(g), d)
	case orb.Collection:
		for _, m := range g {
			if p.near(m, d) {
				return true
			}
		}
	}
	return false
}

func (p *Prepared) nearLine(l []orb.Point, ring bool, d float64) bool {
	if len(l) == 0 {
		return false
	}
	last := l[0]
	if ring {
		last = l[len(l)-1]
	}
	for _, q := range l {
		if p.nearSegment(last, q, d) {
			return true
		}
		last = q
	}
	return false
}

// nearSegment reports whether the segment a b comes within d of a border, line or
// point of the shape; one that crosses it may be overlooked.
func (p *Prepared) nearSegment(a, b orb.Point, d float64) bool {
	reach := pad(orb.Bound{Min: orb.Point{min(a[0], b[0]), min(a[1], b[1])}, Max: orb.Point{max(a[0], b[0]), max(a[1], b[1])}}, d)
	for _, q := range p.points {
		if reach.Contains(q) && apartBy(q, a, b) <= d {
			return true
		}
	}
	w := p.start()
	for leaf := p.next(&w, &reach); leaf != nil; leaf = p.next(&w, &reach) {
		for i := range leaf {
			s := &leaf[i]
			if !s.clear(&reach) && (apartBy(a, s.a, s.b) <= d || apartBy(b, s.a, s.b) <= d || apartBy(s.a, a, b) <= d || apartBy(s.b, a, b) <= d) {
				return true
			}
		}
	}
	return false
}

// apartBy is the distance of q from the segment a b.
func apartBy(q, a, b orb.Point) float64 {
	dx, dy := b[0]-a[0], b[1]-a[1]
	if l := dx*dx + dy*dy; l > 0 {
		t := min(max(((q[0]-a[0])*dx+(q[1]-a[1])*dy)/l, 0), 1)
		a = orb.Point{a[0] + t*dx, a[1] + t*dy}
	}
	return math.Hypot(q[0]-a[0], q[1]-a[1])
}
