package overlay

import (
	"math"

	"github.com/paulmach/orb"
)

// nowhere is the box that holds nothing: growing it by a point gives that point's.
func nowhere() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
}

func empty(b orb.Bound) bool { return !(b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]) }

func grow(b *orb.Bound, p orb.Point) {
	b.Min[0], b.Min[1] = min(b.Min[0], p[0]), min(b.Min[1], p[1])
	b.Max[0], b.Max[1] = max(b.Max[0], p[0]), max(b.Max[1], p[1])
}

func meets(a, b orb.Bound) bool {
	return a.Min[0] <= b.Max[0] && b.Min[0] <= a.Max[0] && a.Min[1] <= b.Max[1] && b.Min[1] <= a.Max[1]
}

func holds(a, b orb.Bound) bool {
	return a.Min[0] <= b.Min[0] && b.Max[0] <= a.Max[0] && a.Min[1] <= b.Min[1] && b.Max[1] <= a.Max[1]
}

func boxOf(points []orb.Point) orb.Bound {
	b := nowhere()
	for _, p := range points {
		grow(&b, p)
	}
	return b
}

// box is the box of any geometry; it holds nothing where the geometry is empty.
func box(g orb.Geometry) orb.Bound {
	b := nowhere()
	add := func(o orb.Bound) {
		if !empty(o) {
			grow(&b, o.Min)
			grow(&b, o.Max)
		}
	}
	switch g := g.(type) {
	case orb.Point:
		grow(&b, g)
	case orb.MultiPoint:
		b = boxOf(g)
	case orb.LineString:
		b = boxOf(g)
	case orb.Ring:
		b = boxOf(g)
	case orb.MultiLineString:
		for _, l := range g {
			add(boxOf(l))
		}
	case orb.Polygon:
		if len(g) > 0 {
			b = boxOf(g[0])
		}
	case orb.MultiPolygon:
		for _, p := range g {
			add(box(p))
		}
	case orb.Collection:
		for _, m := range g {
			add(box(m))
		}
	case orb.Bound:
		if !finite(g.Min) || !finite(g.Max) || len(solid(g)) > 0 {
			b = g
		}
	}
	return b
}

// solid is a box as a polygon; a box without an inside is an empty one.
func solid(b orb.Bound) orb.Polygon {
	if !(b.Min[0] < b.Max[0] && b.Min[1] < b.Max[1]) {
		return orb.Polygon{}
	}
	return b.ToPolygon()
}
