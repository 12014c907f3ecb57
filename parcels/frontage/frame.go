package frontage

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// vec is a place or a direction in a frame, metres.
type vec struct{ x, y float64 }

func (a vec) add(b vec) vec            { return vec{a.x + b.x, a.y + b.y} }
func (a vec) sub(b vec) vec            { return vec{a.x - b.x, a.y - b.y} }
func (a vec) mul(f float64) vec        { return vec{a.x * f, a.y * f} }
func (a vec) dot(b vec) float64        { return a.x*b.x + a.y*b.y }
func (a vec) cross(b vec) float64      { return a.x*b.y - a.y*b.x }
func (a vec) len() float64             { return math.Sqrt(a.x*a.x + a.y*a.y) }
func (a vec) right() vec               { return vec{a.y, -a.x} }
func (a vec) finite() bool             { return math.Abs(a.x) < 1e9 && math.Abs(a.y) < 1e9 }
func mix(a, b vec, f float64) vec      { return vec{a.x + (b.x-a.x)*f, a.y + (b.y-a.y)*f} }
func turn(a, b vec) float64            { return math.Atan2(a.cross(b), a.dot(b)) }
func rounded(f, steps float64) float64 { return math.Round(f*steps)/steps + 0 }

func (a vec) unit() vec {
	if l := a.len(); l > 0 {
		return vec{a.x / l, a.y / l}
	}
	return vec{}
}

// box is a rectangle of a frame.
type box struct{ lo, hi vec }

func noBox() box {
	return box{vec{math.Inf(1), math.Inf(1)}, vec{math.Inf(-1), math.Inf(-1)}}
}

func (b box) with(p vec) box {
	return box{vec{min(b.lo.x, p.x), min(b.lo.y, p.y)}, vec{max(b.hi.x, p.x), max(b.hi.y, p.y)}}
}

func (b box) grown(d float64) box {
	return box{vec{b.lo.x - d, b.lo.y - d}, vec{b.hi.x + d, b.hi.y + d}}
}

// meets reports whether two boxes share a place.
func (b box) meets(o box) bool {
	return b.hi.x >= o.lo.x && b.lo.x <= o.hi.x && b.hi.y >= o.lo.y && b.lo.y <= o.hi.y
}

func (b box) holds(p vec) bool {
	return p.x >= b.lo.x && p.x <= b.hi.x && p.y >= b.lo.y && p.y <= b.hi.y
}

// touches reports whether the box of a segment meets b.
func (b box) touches(p, q vec) bool {
	return max(p.x, q.x) >= b.lo.x && min(p.x, q.x) <= b.hi.x && max(p.y, q.y) >= b.lo.y && min(p.y, q.y) <= b.hi.y
}

// clip is what of a segment lies in the box.
func (b box) clip(p, q vec) (vec, vec, bool) {
	from, to := 0.0, 1.0
	for _, side := range [...][2]float64{{p.x - q.x, p.x - b.lo.x}, {q.x - p.x, b.hi.x - p.x}, {p.y - q.y, p.y - b.lo.y}, {q.y - p.y, b.hi.y - p.y}} {
		switch d, left := side[0], side[1]; { // d·t <= left
		case d == 0 && left < 0:
			return p, q, false
		case d > 0:
			to = min(to, left/d)
		case d < 0:
			from = max(from, left/d)
		}
	}
	return mix(p, q, from), mix(p, q, to), from < to
}

// frame carries WGS 84 to metres about a place: the plane made linear there.
type frame struct {
	at     orb.Point // the place, WGS 84
	ex, ey vec       // metres that a degree of longitude, of latitude makes
	to     crs.Transform
}

// newFrame is a frame about a place. Where srid is no plane of metres the frame
// is a local one, x to the east, y to the north.
func newFrame(at orb.Point, srid spatial.SRID) frame {
	f := frame{at: at}
	if to, err := crs.To(srid); err == nil && crs.Metric(srid) {
		const h = 1e-4 // degrees
		w, e := to(orb.Point{at[0] - h, at[1]}), to(orb.Point{at[0] + h, at[1]})
		s, n := to(orb.Point{at[0], at[1] - h}), to(orb.Point{at[0], at[1] + h})
		f.ex, f.ey, f.to = vec{(e[0] - w[0]) / (2 * h), (e[1] - w[1]) / (2 * h)}, vec{(n[0] - s[0]) / (2 * h), (n[1] - s[1]) / (2 * h)}, to
		if f.ex.finite() && f.ey.finite() && f.ex.cross(f.ey) > 0 {
			return f
		}
		f.to = nil
	}
	// The radii of curvature of the WGS 84 ellipsoid.
	const a, e2, degree = 6378137.0, 0.00669437999014, math.Pi / 180
	sin, cos := math.Sincos(at[1] * degree)
	w := 1 - e2*sin*sin
	f.ex = vec{a / math.Sqrt(w) * max(cos, 1e-6) * degree, 0}
	f.ey = vec{0, a * (1 - e2) / (w * math.Sqrt(w)) * degree}
	return f
}

// in is a place of WGS 84 in the frame.
func (f *frame) in(p orb.Point) vec {
	x, y := p[0]-f.at[0], p[1]-f.at[1]
	return vec{f.ex.x*x + f.ey.x*y, f.ex.y*x + f.ey.y*y}
}

// out is a place of the frame in WGS 84.
func (f *frame) out(v vec) orb.Point {
	d := f.ex.cross(f.ey)
	return orb.Point{f.at[0] + v.cross(f.ey)/d, f.at[1] + f.ex.cross(v)/d}
}

// plane is a place of the frame in the plane, to 0.1 mm; where there is no plane
// the frame's own metres.
func (f *frame) plane(v vec) orb.Point {
	if f.to == nil {
		return orb.Point{rounded(v.x, 1e4), rounded(v.y, 1e4)}
	}
	p := f.to(f.out(v))
	return orb.Point{rounded(p[0], 1e4), rounded(p[1], 1e4)}
}

// bound is the box of WGS 84 that holds a box of the frame.
func (f *frame) bound(b box) orb.Bound {
	p := f.out(b.lo)
	o := orb.Bound{Min: p, Max: p}
	for _, v := range [...]vec{b.hi, {b.lo.x, b.hi.y}, {b.hi.x, b.lo.y}} {
		o = o.Extend(f.out(v))
	}
	return o
}
