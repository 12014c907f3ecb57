package dxf

import (
	"math"

	"github.com/paulmach/orb"
)

// boundary is one closed path of a hatch.
type boundary struct {
	edges  []orb.Point // its points, as read
	broken bool        // an edge is a spline, or was not whole
}

// hatchReader reads a hatch's tags in their order, which alone says what they mean.
type hatchReader struct {
	g    []tag
	i    int
	room int // points that there may still be
}

// take is the number of the next tag, where it has the code.
func (h *hatchReader) take(code int) (float64, bool) {
	if h.i < len(h.g) && h.g[h.i].code == code {
		v, ok := h.g[h.i].float()
		h.i++
		return v, ok
	}
	return 0, false
}

// pair is a point of two codes.
func (h *hatchReader) pair(x int) (orb.Point, bool) {
	a, ok1 := h.take(x)
	b, ok2 := h.take(x + 10)
	return orb.Point{a, b}, ok1 && ok2
}

// hatch reads the boundary paths. It breaks off behind room points: there are then
// more than room.
func (e *entity) hatch(group []tag, room int) {
	h := &hatchReader{g: group, room: room}
	for h.i < len(h.g) && h.g[h.i].code != 91 {
		h.i++
	}
	n, _ := h.take(91)
	for k := 0.0; k < n && h.i < len(h.g); k++ {
		for h.i < len(h.g) && h.g[h.i].code != 92 && h.g[h.i].code != 75 {
			h.i++
		}
		flags, ok := h.take(92)
		if !ok {
			return
		}
		var b boundary
		if int(flags)&2 != 0 {
			b = h.polyline()
		} else {
			b = h.edges()
		}
		if int(flags)&8 != 0 { // the box of a text that the hatch leaves out
			continue
		}
		if p := b.edges; len(p) > 0 && p[0] != p[len(p)-1] {
			b.edges = append(p, p[0])
		}
		e.paths = append(e.paths, b)
		if h.room -= len(b.edges); h.room < 0 {
			return
		}
	}
}

func (h *hatchReader) polyline() boundary {
	_, _ = h.take(72) // whether there are bulges: they are seen
	closed, _ := h.take(73)
	n, _ := h.take(93)
	var vs []vertex
	for k := 0.0; k < n; k++ {
		p, ok := h.pair(10)
		if !ok {
			return boundary{broken: true}
		}
		bulge, _ := h.take(42)
		vs = append(vs, vertex{p[0], p[1], bulge})
	}
	return boundary{edges: flat(vs, closed != 0 || len(vs) > 0, h.room)}
}

func (h *hatchReader) edges() boundary {
	var b boundary
	n, _ := h.take(93)
	for k := 0.0; k < n; k++ {
		kind, ok := h.take(72)
		if !ok {
			b.broken = true
			return b
		}
		var run []orb.Point
		switch int(kind) {
		case 1:
			from, ok1 := h.pair(10)
			to, ok2 := h.pair(11)
			run, ok = []orb.Point{from, to}, ok1 && ok2
		case 2:
			c, ok1 := h.pair(10)
			r, ok2 := h.take(40)
			from, to, left := h.turn()
			run, ok = edgeArc(c, r, from, to, left), ok1 && ok2 && r > 0
		case 3:
			c, ok1 := h.pair(10)
			major, ok2 := h.pair(11)
			ratio, ok3 := h.take(40)
			from, to, left := h.turn()
			sign := 1.0
			if !left {
				sign = -1
			}
			run = ellipse(nil, vertex{x: c[0], y: c[1]}, vertex{x: major[0], y: major[1]}, ratio, sign*radians(from), sign*radians(max(-360, min(360, to-from))))
			ok = ok1 && ok2 && ok3
		default: // a spline, whose tags the next path's beginning ends
			b.broken = true
			return b
		}
		if !ok {
			b.broken = true
			return b
		}
		if len(b.edges) > 0 {
			run = joined(b.edges[len(b.edges)-1], run)
		}
		if b.edges = append(b.edges, run...); len(b.edges) > h.room {
			return b
		}
	}
	return b
}

// turn is an arc's angles in degrees, and whether it turns left.
func (h *hatchReader) turn() (from, to float64, left bool) {
	from, _ = h.take(50)
	to, _ = h.take(51)
	way, has := h.take(73)
	return from, to, !has || way != 0
}

// edgeArc is an arc of a hatch: one that turns right has its angles mirrored.
func edgeArc(c orb.Point, r, from, to float64, left bool) []orb.Point {
	turn := to - from
	if turn <= 0 {
		turn += 360
	}
	turn = max(-360, min(360, turn))
	if left {
		return arc(nil, c, r, radians(from), radians(turn))
	}
	return arc(nil, c, r, -radians(from), -radians(turn))
}

// joined is a run without its first point, turned round where it continues from
// its end.
func joined(last orb.Point, run []orb.Point) []orb.Point {
	if len(run) == 0 {
		return nil
	}
	if near(run[len(run)-1], last) && !near(run[0], last) {
		for i, j := 0, len(run)-1; i < j; i, j = i+1, j-1 {
			run[i], run[j] = run[j], run[i]
		}
	}
	if near(run[0], last) {
		return run[1:]
	}
	return run
}

func near(a, b orb.Point) bool { return math.Hypot(a[0]-b[0], a[1]-b[1]) < 10*sag }

func radians(deg float64) float64 { return deg * math.Pi / 180 }
