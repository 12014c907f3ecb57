package overlay

import (
	"math"
	"math/big"

	"github.com/paulmach/orb"
)

// orient is the side of c as seen from a towards b: +1 left, -1 right, 0 exactly
// on the line. Coordinates must be finite.
func orient(a, b, c orb.Point) int {
	ax, ay := a[0]-c[0], a[1]-c[1]
	bx, by := b[0]-c[0], b[1]-c[1]
	l, r := ax*by, ay*bx
	det := l - r
	// Shewchuk's bound for the error of det.
	if bound := 3.3306690738754716e-16 * (math.Abs(l) + math.Abs(r)); det > bound && det > 1e-290 {
		return 1
	} else if -det > bound && -det > 1e-290 {
		return -1
	}
	return orientClose(a, b, c, ax, ay, bx, by, l, r)
}

// orientClose decides what rounding left open.
func orientClose(a, b, c orb.Point, ax, ay, bx, by, l, r float64) int {
	exact := lost(a[0], c[0], ax) == 0 && lost(a[1], c[1], ay) == 0 && lost(b[0], c[0], bx) == 0 && lost(b[1], c[1], by) == 0
	if exact && (ax == 0 || by == 0) && (ay == 0 || bx == 0) {
		return 0
	}
	if exact && l == r && math.Abs(l) > 1e-250 && math.Abs(l) < 1e300 {
		// Both products round alike: their rounding errors decide, and FMA gives
		// those exactly.
		switch el, er := math.FMA(ax, by, -l), math.FMA(ay, bx, -r); {
		case el > er:
			return 1
		case el < er:
			return -1
		}
		return 0
	}
	sub := func(p, q float64) *big.Float {
		return exactly().Sub(exactly().SetFloat64(p), exactly().SetFloat64(q))
	}
	left := exactly().Mul(sub(a[0], c[0]), sub(b[1], c[1]))
	return left.Cmp(exactly().Mul(sub(a[1], c[1]), sub(b[0], c[0])))
}

// exactly is a float wide enough for any product of two differences of doubles.
func exactly() *big.Float { return new(big.Float).SetPrec(4400) }

// lost is what rounding took from d = a - b, exactly (Knuth's two-difference).
func lost(a, b, d float64) float64 {
	v := a - d
	return (a - (d + v)) + (v - b)
}

// within reports whether c, known to lie on the line a b, lies on the segment.
func within(a, b, c orb.Point) bool {
	return min(a[0], b[0]) <= c[0] && c[0] <= max(a[0], b[0]) && min(a[1], b[1]) <= c[1] && c[1] <= max(a[1], b[1])
}

// locate says where p lies in a ring given by its vertices, closed or not: +1
// inside, 0 on it, -1 outside, by the even-odd rule.
func locate(p orb.Point, ring []orb.Point) int {
	if len(ring) == 0 {
		return -1
	}
	inside := false
	a := ring[len(ring)-1]
	for _, b := range ring {
		if (a[1] > p[1]) != (b[1] > p[1]) {
			switch o := orient(a, b, p); {
			case o == 0:
				return 0
			case (o > 0) == (b[1] > a[1]):
				inside = !inside
			}
		} else if b[1] == p[1] && (b[0] == p[0] || a[1] == p[1] && min(a[0], b[0]) <= p[0] && p[0] <= max(a[0], b[0])) {
			return 0
		}
		a = b
	}
	if inside {
		return 1
	}
	return -1
}

// locatePolygon is locate for a polygon with holes.
func locatePolygon(p orb.Point, polygon orb.Polygon) int {
	where := -1
	for i, r := range polygon {
		switch at := locate(p, r); {
		case at == 0:
			return 0
		case i == 0:
			if at < 0 {
				return -1
			}
			where = 1
		case at > 0:
			return -1
		}
	}
	return where
}

// locateAll is locate for several polygons that do not overlap.
func locateAll(p orb.Point, polygons []orb.Polygon) int {
	where := -1
	for _, g := range polygons {
		where = max(where, locatePolygon(p, g))
	}
	return where
}

// inWedge reports whether the direction from p to b lies strictly inside the angle
// swept counter-clockwise from p→from to p→to. b must not lie in either direction.
func inWedge(p, from, to, b orb.Point) bool {
	switch o := orient(p, from, to); {
	case o > 0:
		return orient(p, from, b) > 0 && orient(p, b, to) > 0
	case o < 0:
		return !(orient(p, to, b) >= 0 && orient(p, b, from) >= 0)
	}
	return orient(p, from, b) > 0
}

func finite(p orb.Point) bool {
	return !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1])
}
