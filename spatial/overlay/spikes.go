package overlay

import (
	"math"

	"github.com/paulmach/orb"
)

// Needle is a vertex at which a ring turns back on itself.
type Needle struct {
	At     orb.Point
	Length float64 // how far it sticks out: the shorter of its two sides
	Width  float64 // between its sides, at the end of the shorter one
}

// Needles are the vertices of a polygon's rings whose two sides lie within an angle
// of each other, degrees. Repeated points count once. Anything but a polygon or
// several has none.
func Needles(g orb.Geometry, degrees float64) []Needle {
	var out []Needle
	sharp := math.Sin(degrees * math.Pi / 180)
	eachRing(g, func(r orb.Ring) orb.Ring {
		open := opened(r)
		for i := range open {
			if n, is := needle(open, i, sharp); is {
				out = append(out, n)
			}
		}
		return r
	})
	return out
}

// TrimNeedles takes away the vertices at which a ring turns back on itself within an
// angle, degrees, and sticks out less than a length, in the shape's unit: the
// outline moves by less than that. A ring of which fewer than three points would be
// left stays as it is. g is not changed.
func TrimNeedles(g orb.Geometry, degrees, under float64) (trimmed orb.Geometry, n int) {
	sharp := math.Sin(degrees * math.Pi / 180)
	trimmed = eachRing(g, func(r orb.Ring) orb.Ring {
		open := opened(r)
		done := 0
		for again := true; again; {
			again = false // the ring's end is beside its beginning: what went there shows in another pass
			for i := 0; i < len(open) && len(open) > 3; {
				if x, is := needle(open, i, sharp); !is || !(x.Length < under) {
					i++
					continue
				}
				// Without it, those beside it may be the same point, or turn back in their turn.
				open = append(open[:i], open[i+1:]...)
				if k := len(open); open[i%k] == open[(i+k-1)%k] && k > 3 {
					open = append(open[:i%k], open[i%k+1:]...)
				}
				done, again = done+1, true
				i = max(0, i-2)
			}
		}
		if done == 0 {
			return r
		}
		n += done
		return append(open, open[0])
	})
	if n == 0 {
		return g, 0
	}
	return trimmed, n
}

// needle looks at one vertex of an open ring.
func needle(r orb.Ring, i int, sharp float64) (Needle, bool) {
	k := len(r)
	if k < 3 {
		return Needle{}, false
	}
	u, v, w := r[(i+k-1)%k], r[i], r[(i+1)%k]
	ax, ay, bx, by := u[0]-v[0], u[1]-v[1], w[0]-v[0], w[1]-v[1]
	if !(ax*bx+ay*by > 0) { // nor where one is no number
		return Needle{}, false
	}
	a, b, cross := math.Hypot(ax, ay), math.Hypot(bx, by), math.Abs(ax*by-ay*bx)
	if !(cross <= sharp*a*b) {
		return Needle{}, false
	}
	return Needle{At: v, Length: math.Min(a, b), Width: cross / math.Max(a, b)}, true
}

// opened is a ring's points without repeats and without the closing one.
func opened(r orb.Ring) orb.Ring {
	out := make(orb.Ring, 0, len(r))
	for _, p := range r {
		if n := len(out); n == 0 || out[n-1] != p {
			out = append(out, p)
		}
	}
	for len(out) > 1 && out[0] == out[len(out)-1] {
		out = out[:len(out)-1]
	}
	return out
}

// eachRing is a polygon, or several, with every ring replaced. Rings that come back
// as they were are shared.
func eachRing(g orb.Geometry, f func(orb.Ring) orb.Ring) orb.Geometry {
	polygon := func(p orb.Polygon) orb.Polygon {
		out := make(orb.Polygon, len(p))
		for i, r := range p {
			out[i] = f(r)
		}
		return out
	}
	switch g := g.(type) {
	case orb.Ring:
		return f(g)
	case orb.Polygon:
		return polygon(g)
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			out[i] = polygon(p)
		}
		return out
	}
	return g
}
