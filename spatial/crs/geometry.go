package crs

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Geometry is a new geometry of the same type with every point carried by t. A
// bound becomes the bound of its carried edges. nil stays nil, an empty slice
// stays empty. Its points are NaN where t's are.
func Geometry(g orb.Geometry, t Transform) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return t(g)
	case orb.MultiPoint:
		return orb.MultiPoint(points(g, t))
	case orb.LineString:
		return orb.LineString(points(g, t))
	case orb.Ring:
		return orb.Ring(points(g, t))
	case orb.MultiLineString:
		return each(g, func(l orb.LineString) orb.LineString { return points(l, t) })
	case orb.Polygon:
		return polygon(g, t)
	case orb.MultiPolygon:
		return each(g, func(p orb.Polygon) orb.Polygon { return polygon(p, t) })
	case orb.Collection:
		return each(g, func(m orb.Geometry) orb.Geometry { return Geometry(m, t) })
	case orb.Bound:
		return bound(g, t)
	}
	return nil
}

func points[S ~[]orb.Point](s S, t Transform) S {
	return each(s, func(p orb.Point) orb.Point { return t(p) })
}

func polygon(p orb.Polygon, t Transform) orb.Polygon {
	return each(p, func(r orb.Ring) orb.Ring { return points(r, t) })
}

func each[S ~[]E, E any](s S, f func(E) E) S {
	if s == nil {
		return nil
	}
	out := make(S, len(s))
	for i, e := range s {
		out[i] = f(e)
	}
	return out
}

// bound walks the edges, since a straight edge is a curve in another system.
func bound(b orb.Bound, t Transform) orb.Bound {
	const steps = 32
	first := t(b.Min)
	out := orb.Bound{Min: first, Max: first}
	for i := range steps + 1 {
		f := float64(i) / steps
		x, y := b.Min[0]+f*(b.Max[0]-b.Min[0]), b.Min[1]+f*(b.Max[1]-b.Min[1])
		for _, p := range [...]orb.Point{{x, b.Min[1]}, {x, b.Max[1]}, {b.Min[0], y}, {b.Max[0], y}} {
			q := t(p)
			for k := range q {
				out.Min[k], out.Max[k] = math.Min(out.Min[k], q[k]), math.Max(out.Max[k], q[k])
			}
		}
	}
	return out
}

// Display is the shape on the map of a legal shape: WGS 84 longitude and latitude
// rounded to 1e-9 degrees (0.1 mm). The same legal shape always gives the same
// display shape. nil gives nil. Errors: crs.unknown, crs.deprecated, and
// crs.outOfDomain naming the first point that lies nowhere.
func Display(legal orb.Geometry, srid spatial.SRID) (orb.Geometry, error) {
	s, err := known("display a shape", srid, epsg(srid))
	if err != nil {
		return nil, err
	}
	var lost *orb.Point
	shown := Geometry(legal, func(p orb.Point) orb.Point {
		q := s.from(p)
		if math.IsNaN(q[0]) && lost == nil {
			lost = &p
		}
		return orb.Point{nano(q[0]), nano(q[1])}
	})
	if lost != nil {
		return nil, outOfDomain("display a shape", srid, *lost)
	}
	return shown, nil
}

// nano rounds to 1e-9; adding zero makes minus zero zero.
func nano(d float64) float64 { return math.Round(d*1e9)/1e9 + 0 }
