package overlay

import (
	"fmt"

	"github.com/paulmach/orb"
)

// Fault is one reason why a shape is not valid.
type Fault struct {
	Code   string
	At     orb.Point // where, in the shape's own plane
	Part   int       // which polygon or line of several, from 0
	Ring   int       // which ring of that polygon: 0 the outer one, then its holes
	Detail string    // in English, for a log
}

// The codes of faults.
const (
	NotFinite            = "coordinate.notFinite"
	NotClosed            = "ring.notClosed"
	TooFewPoints         = "ring.tooFewPoints" // fewer than three different points
	ZeroArea             = "ring.zeroArea"     // all points on one line
	Spike                = "ring.spike"        // it turns straight back
	SelfCrossing         = "ring.selfCrossing" // crosses or retraces itself
	SelfTouch            = "ring.selfTouch"    // comes back to a point it has been at
	RingsCross           = "polygon.ringsCross"
	HoleOutside          = "polygon.holeOutside"
	NestedRings          = "polygon.nestedRings" // a hole in a hole, or a polygon in a polygon
	InteriorDisconnected = "polygon.interiorDisconnected"
	LineTooFewPoints     = "line.tooFewPoints" // fewer than two different points
)

// maxFaults bounds what Faults lists of one shape.
const maxFaults = 32

// Faults says why g is not valid in the sense of OGC Simple Features, and where;
// nothing where it is valid. It agrees with PostGIS's ST_IsValid: an exactly
// repeated point is valid, as is an empty shape and a ring of either turn. At most
// 32 faults are listed. What is wrong with single rings hides what is wrong between
// rings, and crossings hide questions of inside and outside.
//
// Time is about n log n, for rows of long slanting parallels and jagged stars too;
// only a ring whose every stretch sprawls over the others is slower.
func Faults(g orb.Geometry) []Fault {
	switch g := g.(type) {
	case orb.Point:
		if !finite(g) {
			return []Fault{notFinite(g, 0, 0)}
		}
	case orb.MultiPoint:
		return pointFaults(g, 0, 0)
	case orb.LineString:
		return lineFaults(g, 0)
	case orb.MultiLineString:
		var all []Fault
		for i, l := range g {
			all = append(all, lineFaults(l, i)...)
		}
		return capped(all)
	case orb.Ring:
		return polygonFaults([]orb.Polygon{{g}})
	case orb.Polygon:
		return polygonFaults([]orb.Polygon{g})
	case orb.MultiPolygon:
		return polygonFaults(g)
	case orb.Bound:
		return pointFaults([]orb.Point{g.Min, g.Max}, 0, 0)
	case orb.Collection:
		var all []Fault
		for _, m := range g {
			all = append(all, Faults(m)...)
		}
		return capped(all)
	}
	return nil
}

func capped(f []Fault) []Fault { return f[:min(len(f), maxFaults)] }

func notFinite(p orb.Point, part, ring int) Fault {
	return Fault{Code: NotFinite, At: p, Part: part, Ring: ring, Detail: fmt.Sprintf("%v, %v", p[0], p[1])}
}

func pointFaults(points []orb.Point, part, ring int) []Fault {
	for _, p := range points {
		if !finite(p) {
			return []Fault{notFinite(p, part, ring)}
		}
	}
	return nil
}

func lineFaults(l orb.LineString, part int) []Fault {
	if len(l) == 0 {
		return nil
	}
	if f := pointFaults(l, part, 0); f != nil {
		return f
	}
	for _, p := range l[1:] {
		if p != l[0] {
			return nil
		}
	}
	return []Fault{{Code: LineTooFewPoints, At: l[0], Part: part, Detail: fmt.Sprintf("%d points, one place", len(l))}}
}

// polygonFaults checks each ring alone, then rings against themselves and each
// other, then how they lie in one another.
func polygonFaults(polygons []orb.Polygon) []Fault {
	// The buffers hold a common parcel: checking one takes no growing.
	var points [48]orb.Point
	var rings [4]ringRange
	c := checker{points: points[:0], rings: rings[:0]}
	for part, polygon := range polygons {
		for i, r := range polygon {
			c.add(r, part, i)
		}
		if len(polygon) > 1 && len(polygon[0]) == 0 {
			c.report(Fault{Code: HoleOutside, Part: part, Ring: 1, Detail: "a hole without an outer ring"})
		}
	}
	if len(c.faults) > 0 {
		return c.faults
	}
	if len(c.points) <= 40 {
		c.allPairs()
	} else {
		c.join()
	}
	if len(c.faults) == 0 && len(c.rings) > 1 {
		c.placeRings()
	}
	return c.faults
}

// ringRange is one ring's stretch of a checker's points.
type ringRange struct {
	from, to   int // its different points, the closing one left out
	part, ring int
}

// touch is a point where two rings of one polygon meet.
type touch struct {
	a, b int
	at   orb.Point
}

type checker struct {
	points  []orb.Point
	rings   []ringRange
	touches []touch
	faults  []Fault
}

func (c *checker) full() bool { return len(c.faults) >= maxFaults }

func (c *checker) report(f Fault) {
	if !c.full() {
		c.faults = append(c.faults, f)
	}
}

// add checks a ring alone and takes in its different points.
func (c *checker) add(r orb.Ring, part, ring int) {
	if len(r) == 0 {
		return
	}
	for _, p := range r {
		if !finite(p) {
			c.report(notFinite(p, part, ring))
			return
		}
	}
	fault := func(code string, at orb.Point, detail string) {
		c.report(Fault{Code: code, At: at, Part: part, Ring: ring, Detail: detail})
	}
	if r[0] != r[len(r)-1] {
		fault(NotClosed, r[len(r)-1], "the last point is not the first")
		return
	}
	from := len(c.points)
	for i, p := range r[:len(r)-1] {
		if i == 0 || p != c.points[len(c.points)-1] {
			c.points = append(c.points, p)
		}
	}
	for len(c.points)-1 > from && c.points[len(c.points)-1] == c.points[from] {
		c.points = c.points[:len(c.points)-1]
	}
	p := c.points[from:]
	if len(p) < 3 {
		fault(TooFewPoints, r[0], fmt.Sprintf("%d different points", len(p)))
		c.points = c.points[:from]
		return
	}
	flat := true
	for i := 2; i < len(p) && flat; i++ {
		flat = orient(p[0], p[1], p[i]) == 0
	}
	if flat {
		fault(ZeroArea, p[0], "all points on one line")
		return
	}
	for i := range p {
		before, after := p[(i+len(p)-1)%len(p)], p[(i+1)%len(p)]
		if orient(before, p[i], after) == 0 && !opposite(p[i], before, after) {
			fault(Spike, p[i], "turns straight back")
		}
	}
	c.rings = append(c.rings, ringRange{from: from, to: len(c.points), part: part, ring: ring})
}

// opposite reports whether a and b, on one line with p, lie on its two sides.
func opposite(p, a, b orb.Point) bool {
	if a[0] != p[0] {
		return (a[0] > p[0]) != (b[0] > p[0])
	}
	return (a[1] > p[1]) != (b[1] > p[1])
}
