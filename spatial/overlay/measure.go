package overlay

import (
	"math"

	"github.com/paulmach/orb"
)

// Area is the area of g in m², rounded to 0.0001: outer rings less holes, whatever
// way the rings turn, 0 for points and lines, the sum over a collection. It says
// nothing of overlaps within g: see Faults. Coordinates that are not finite give
// NaN.
func Area(g orb.Geometry) float64 {
	a := math.Round(area(g)*1e4) / 1e4
	return a + 0 // never minus zero
}

func area(g orb.Geometry) float64 {
	switch g := g.(type) {
	case orb.Ring:
		return math.Abs(signed(g))
	case orb.Polygon:
		sum := 0.0
		for i, r := range g {
			if a := math.Abs(signed(r)); i == 0 {
				sum = a
			} else {
				sum -= a
			}
		}
		return math.Max(sum, 0)
	case orb.MultiPolygon:
		sum := 0.0
		for _, p := range g {
			sum += area(p)
		}
		return sum
	case orb.Collection:
		sum := 0.0
		for _, m := range g {
			sum += area(m)
		}
		return sum
	case orb.Bound:
		return math.Max(g.Max[0]-g.Min[0], 0) * math.Max(g.Max[1]-g.Min[1], 0)
	}
	return 0
}

// signed is a ring's area, positive where it turns counter-clockwise. The first
// vertex is the origin: northings of seven digits would cost six of the result's.
func signed(r []orb.Point) float64 {
	if len(r) < 3 {
		return 0
	}
	o, sum := r[0], 0.0
	a := orb.Point{r[1][0] - o[0], r[1][1] - o[1]}
	for _, p := range r[2:] {
		b := orb.Point{p[0] - o[0], p[1] - o[1]}
		sum += a[0]*b[1] - a[1]*b[0]
		a = b
	}
	return sum / 2
}

// Length is the length of g's lines, or the perimeter of its rings, in metres; 0
// for points, the sum over a collection.
func Length(g orb.Geometry) float64 {
	sum := 0.0
	switch g := g.(type) {
	case orb.LineString:
		for i := 1; i < len(g); i++ {
			sum += math.Hypot(g[i][0]-g[i-1][0], g[i][1]-g[i-1][1])
		}
	case orb.Ring:
		sum = Length(orb.LineString(g))
		if n := len(g); n > 0 {
			sum += math.Hypot(g[0][0]-g[n-1][0], g[0][1]-g[n-1][1])
		}
	case orb.MultiLineString:
		for _, l := range g {
			sum += Length(l)
		}
	case orb.Polygon:
		for _, r := range g {
			sum += Length(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sum += Length(p)
		}
	case orb.Collection:
		for _, m := range g {
			sum += Length(m)
		}
	case orb.Bound:
		return 2 * (math.Max(g.Max[0]-g.Min[0], 0) + math.Max(g.Max[1]-g.Min[1], 0))
	}
	return sum
}
