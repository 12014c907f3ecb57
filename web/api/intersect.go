package api

import (
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"
)

// touches reports whether a geometry and a box share a point, borders included.
// Both are in the same plane.
func touches(g orb.Geometry, b orb.Bound) bool {
	switch g := g.(type) {
	case orb.Point:
		return b.Contains(g)
	case orb.MultiPoint:
		for _, p := range g {
			if b.Contains(p) {
				return true
			}
		}
	case orb.LineString:
		return crosses(g, b)
	case orb.MultiLineString:
		for _, l := range g {
			if crosses(l, b) {
				return true
			}
		}
	case orb.Polygon:
		for _, r := range g {
			if crosses(orb.LineString(r), b) {
				return true
			}
		}
		// No border in the box: it lies wholly inside the area, or wholly outside.
		return len(g) > 0 && planar.PolygonContains(g, b.Center())
	case orb.MultiPolygon:
		for _, m := range g {
			if touches(m, b) {
				return true
			}
		}
	case orb.Collection:
		for _, m := range g {
			if touches(m, b) {
				return true
			}
		}
	}
	return false
}

// crosses reports whether a line and a box share a point.
func crosses(l orb.LineString, b orb.Bound) bool {
	if len(l) == 1 {
		return b.Contains(l[0])
	}
	for i := 1; i < len(l); i++ {
		if segment(l[i-1], l[i], b) {
			return true
		}
	}
	return false
}

// segment is Liang and Barsky's test: what is left of the segment after each of
// the box's four sides.
func segment(p, q orb.Point, b orb.Bound) bool {
	from, to := 0.0, 1.0
	for axis := range 2 {
		d := q[axis] - p[axis]
		low, high := b.Min[axis]-p[axis], b.Max[axis]-p[axis]
		if d == 0 {
			if low > 0 || high < 0 {
				return false
			}
			continue
		}
		t0, t1 := low/d, high/d
		if t0 > t1 {
			t0, t1 = t1, t0
		}
		from, to = max(from, t0), min(to, t1)
		if from > to {
			return false
		}
	}
	return true
}
