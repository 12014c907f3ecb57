package dxf

import (
	"math"

	"github.com/paulmach/orb"
)

// sag is how far a chord may lie from its arc, in units of the drawing: 1 mm.
const sag = 0.001

// mostChords bounds the chords of one arc.
const mostChords = 720

// chords is into how many an arc of a radius is cut that turns by an angle, radians.
func chords(radius, turn float64) int {
	if !(radius > sag) {
		return 4
	}
	step := 2 * math.Acos(1-sag/radius)
	n := math.Ceil(math.Abs(turn) / step)
	if !(n < mostChords) { // NaN too
		return mostChords
	}
	// At least one for each 45°, so that a small circle is round.
	return max(int(n), int(math.Ceil(math.Abs(turn)/(math.Pi/4))), 1)
}

// arc appends an arc's points about a centre, from an angle, turning by turn
// radians; its first point is left out where points has one already.
func arc(points []orb.Point, c orb.Point, radius, from, turn float64) []orb.Point {
	n := chords(radius, turn)
	first := 0
	if len(points) > 0 {
		first = 1
	}
	for i := first; i <= n; i++ {
		a := from + turn*float64(i)/float64(n)
		points = append(points, orb.Point{c[0] + radius*math.Cos(a), c[1] + radius*math.Sin(a)})
	}
	return points
}

// bulged appends the segment from a to b, without a itself. The bulge is the
// tangent of a quarter of the arc's angle, positive where it turns left.
func bulged(points []orb.Point, a, b vertex) []orb.Point {
	end := orb.Point{b.x, b.y}
	dx, dy := b.x-a.x, b.y-a.y
	chord := math.Hypot(dx, dy)
	if a.bulge == 0 || chord == 0 || math.IsNaN(a.bulge) || math.Abs(a.bulge) < 1e-9 {
		return append(points, end)
	}
	turn := 4 * math.Atan(a.bulge)
	radius := chord / 2 / math.Sin(math.Abs(turn)/2)
	// The centre lies on the left of the chord, at this share of it.
	off := (1 - a.bulge*a.bulge) / (4 * a.bulge)
	c := orb.Point{(a.x+b.x)/2 - dy*off, (a.y+b.y)/2 + dx*off}
	from := math.Atan2(a.y-c[1], a.x-c[0])
	n := chords(radius, turn)
	for i := 1; i < n; i++ {
		t := from + turn*float64(i)/float64(n)
		points = append(points, orb.Point{c[0] + radius*math.Cos(t), c[1] + radius*math.Sin(t)})
	}
	return append(points, end)
}

// flat is a polyline's points, closed by its first where it is closed. It breaks
// off behind room points: then it gives more than room, and whoever counts them
// refuses them.
func flat(vs []vertex, closed bool, room int) []orb.Point {
	if len(vs) == 0 {
		return nil
	}
	out := []orb.Point{{vs[0].x, vs[0].y}}
	for i := 1; i < len(vs); i++ {
		if out = bulged(out, vs[i-1], vs[i]); len(out) > room {
			return out
		}
	}
	if closed {
		out = bulged(out, vs[len(vs)-1], vs[0])
	}
	return out
}

// course is an entity's course in its own coordinates; nil where it has none. Of
// more than room points not all are given.
func (e *entity) course(room int) []orb.Point {
	rad := math.Pi / 180
	switch e.kind {
	case "LINE":
		if len(e.points) == 2 {
			return flat(e.points, false, room)
		}
	case "LWPOLYLINE", "POLYLINE":
		if !e.mesh {
			return flat(e.points, e.closed, room)
		}
	case "CIRCLE":
		if len(e.points) == 1 && e.radius > 0 {
			ring := arc(nil, orb.Point{e.points[0].x, e.points[0].y}, e.radius, 0, 2*math.Pi)
			ring[len(ring)-1] = ring[0]
			return ring
		}
	case "ARC":
		if len(e.points) == 1 && e.radius > 0 {
			turn := math.Mod(e.to-e.from, 360)
			if turn <= 0 {
				turn += 360
			}
			return arc(nil, orb.Point{e.points[0].x, e.points[0].y}, e.radius, e.from*rad, turn*rad)
		}
	case "ELLIPSE":
		if len(e.points) == 2 && e.ratio != 0 {
			turn := math.Mod(e.to-e.from, 2*math.Pi)
			if turn <= 1e-9 {
				turn += 2 * math.Pi
			}
			return ellipse(nil, e.points[0], e.points[1], e.ratio, e.from, turn)
		}
	}
	return nil
}

// ellipse appends an elliptic arc: its centre, its major half axis, the share of
// the minor one, and the parameters it runs through.
func ellipse(points []orb.Point, c, major vertex, ratio, from, turn float64) []orb.Point {
	n := chords(math.Hypot(major.x, major.y), turn)
	first := 0
	if len(points) > 0 {
		first = 1
	}
	whole := math.Abs(math.Abs(turn)-2*math.Pi) < 1e-9
	for i := first; i <= n; i++ {
		t := from + turn*float64(i)/float64(n)
		u, v := math.Cos(t), math.Sin(t)*ratio
		points = append(points, orb.Point{c.x + u*major.x - v*major.y, c.y + u*major.y + v*major.x})
	}
	if whole && first == 0 {
		points[len(points)-1] = points[0]
	}
	return points
}

func direction(v vertex) float64 { return math.Atan2(v.y, v.x) * 180 / math.Pi }

// frame maps an entity's coordinates to the drawing's.
type frame struct{ a, b, c, d, x, y float64 }

func identity() frame { return frame{a: 1, d: 1} }

func (f frame) at(p orb.Point) orb.Point {
	return orb.Point{f.a*p[0] + f.c*p[1] + f.x, f.b*p[0] + f.d*p[1] + f.y}
}

// of is f after g.
func (f frame) of(g frame) frame {
	o := f.at(orb.Point{g.x, g.y})
	return frame{f.a*g.a + f.c*g.b, f.b*g.a + f.d*g.b, f.a*g.c + f.c*g.d, f.b*g.c + f.d*g.d, o[0], o[1]}
}

// mirrored is f after the plane was seen from below.
func (f frame) mirrored() frame { return f.of(frame{a: -1, d: 1}) }

// inserted maps a block's coordinates for one place of an insert's array.
func (e *entity) inserted(b *block, col, row int) frame {
	sin, cos := math.Sincos(e.angle * math.Pi / 180)
	turn := frame{a: cos, b: sin, c: -sin, d: cos}
	at := turn.at(orb.Point{float64(col) * e.gap[0], float64(row) * e.gap[1]})
	turn.x, turn.y = e.points[0].x+at[0], e.points[0].y+at[1]
	return turn.of(frame{a: e.scale[0], d: e.scale[1]}).of(frame{a: 1, d: 1, x: -b.base[0], y: -b.base[1]})
}
