package mvt

import (
	"math"

	"github.com/paulmach/orb"
)

// Geometry types and commands of the specification.
const (
	kindPoint   = 1
	kindLine    = 2
	kindPolygon = 3

	moveTo    = 1
	lineTo    = 2
	closePath = 7
)

const (
	low  = -Buffer
	high = Extent + Buffer
)

// grid is the whole world's at one zoom. A place gets the same unit whichever tile it
// is drawn on, so neighbouring tiles meet.
type grid struct {
	units float64 // around the world
	grain float64 // units that corners are put on multiples of
}

func gridOf(z uint32, grain int) grid {
	return grid{math.Exp2(float64(z)) * Extent, float64(max(grain, 1))}
}

func (g grid) place(p orb.Point) point {
	x := (p[0] + 180) / 360 * g.units
	s := math.Sin(p[1] * math.Pi / 180)
	y := (0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * g.units
	if g.grain > 1 {
		x, y = math.Floor(x/g.grain+0.5)*g.grain, math.Floor(y/g.grain+0.5)*g.grain
	}
	return point{clamp(math.Floor(x)), clamp(math.Floor(y))}
}

// point is a place that stands for itself: no grain moves it.
func (g grid) point(p orb.Point) point {
	g.grain = 1
	return g.place(p)
}

// clamp keeps far-off corners within what clipping can multiply without overflow.
func clamp(f float64) int32 {
	const beyond = 1 << 27
	if !(f > -beyond) { // NaN too
		return -beyond
	}
	return int32(min(f, 1<<30+beyond))
}

func command(id, n int) uint32 { return uint32(id&7) | uint32(n)<<3 }

func zigzag(i int32) uint32 { return uint32(i<<1) ^ uint32(i>>31) }

// onTile reports whether a place lies on the tile or on what is drawn around it.
func onTile(p point) bool { return p.x >= low && p.x <= high && p.y >= low && p.y <= high }

// signedArea is twice the area, above zero where the ring is clockwise with y down.
func signedArea(r []point) int64 {
	var a int64
	o := r[0] // near it the products are small
	for i := 2; i < len(r); i++ {
		a += cross(o, r[i-1], r[i])
	}
	return a
}

// tidy takes out of an open ring, in place, what quantising and clipping leave
// behind: corners that repeat, corners on a straight edge, spikes that go out and
// come back.
func tidy(r []point) []point {
	for {
		out := r[:0]
		n := len(r)
		for i := 0; i < n; i++ {
			p := r[i]
			if len(out) > 0 && out[len(out)-1] == p {
				continue
			}
			if len(out) > 1 && straight(out[len(out)-2], out[len(out)-1], p) {
				out = out[:len(out)-1]
				if out[len(out)-1] == p {
					continue
				}
			}
			out = append(out, p)
		}
		for len(out) > 1 && out[len(out)-1] == out[0] {
			out = out[:len(out)-1]
		}
		for len(out) > 2 && straight(out[len(out)-2], out[len(out)-1], out[0]) {
			out = out[:len(out)-1]
		}
		for len(out) > 2 && straight(out[len(out)-1], out[0], out[1]) {
			out = out[1:]
		}
		if len(out) == n || len(out) < 3 {
			return out
		}
		r = out
	}
}

// straight reports whether b lies on the line through a and c, between them or
// beyond: a corner that draws nothing, or the tip of a spike.
func straight(a, b, c point) bool {
	return (int64(b.x)-int64(a.x))*(int64(c.y)-int64(b.y)) == (int64(b.y)-int64(a.y))*(int64(c.x)-int64(b.x))
}
