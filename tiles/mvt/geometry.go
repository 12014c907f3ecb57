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

// quantise puts a place on the whole world's grid of the zoom first and takes the
// tile's corner off then: the same place gets the same unit whichever tile it is
// drawn on, so neighbouring tiles meet.
func (e *Encoder) quantise(p orb.Point) point { return e.place(p, e.grain) }

func (e *Encoder) place(p orb.Point, grain float64) point {
	x := (p[0] + 180) / 360 * e.scale
	s := math.Sin(p[1] * math.Pi / 180)
	y := (0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * e.scale
	if grain > 1 {
		x, y = math.Floor(x/grain+0.5)*grain, math.Floor(y/grain+0.5)*grain
	}
	return point{clamp(math.Floor(x) - e.ox), clamp(math.Floor(y) - e.oy)}
}

// clamp keeps far-off corners within what clipping can multiply without overflow.
func clamp(f float64) int32 {
	const far = 1 << 29
	if !(f > -far) { // NaN too
		return -far
	}
	return int32(min(f, far))
}

func (e *Encoder) shape(g orb.Geometry) byte {
	switch g := g.(type) {
	case orb.Point:
		e.points([]orb.Point{g})
		return kindPoint
	case orb.MultiPoint:
		e.points(g)
		return kindPoint
	case orb.LineString:
		e.line(g)
		return kindLine
	case orb.MultiLineString:
		for _, l := range g {
			e.line(l)
		}
		return kindLine
	case orb.Polygon:
		e.polygon(g)
	case orb.MultiPolygon:
		for _, p := range g {
			e.polygon(p)
		}
	}
	return kindPolygon
}

func command(id, n int) uint32 { return uint32(id&7) | uint32(n)<<3 }

func zigzag(i int32) uint32 { return uint32(i<<1) ^ uint32(i>>31) }

func (e *Encoder) step(p point) {
	e.geom = append(e.geom, zigzag(p.x-e.cursor.x), zigzag(p.y-e.cursor.y))
	e.cursor = p
}

// points draws the points on the tile itself, its lower borders included: a point
// stands on one tile only, so that it is counted and labelled once.
func (e *Encoder) points(l []orb.Point) {
	at := len(e.geom)
	n := 0
	for _, q := range l {
		p := e.place(q, 1)
		if p.x < 0 || p.y < 0 || p.x >= Extent || p.y >= Extent {
			continue
		}
		if n == 0 {
			e.geom = append(e.geom, 0)
		}
		e.step(p)
		n++
	}
	if n > 0 {
		e.geom[at] = command(moveTo, n)
	}
}

// line draws the pieces of a line that lie in the clip box.
func (e *Encoder) line(l orb.LineString) {
	run := e.ring[:0]
	for i := 1; i < len(l); i++ {
		a, b, ok := clipSegment(e.quantise(l[i-1]), e.quantise(l[i]))
		if !ok {
			e.piece(run)
			run = run[:0]
			continue
		}
		if len(run) > 0 && run[len(run)-1] != a {
			e.piece(run)
			run = run[:0]
		}
		if len(run) == 0 {
			run = append(run, a)
		}
		if b != a {
			run = append(run, b)
		}
	}
	e.piece(run)
	e.ring = run
}

func (e *Encoder) piece(run []point) {
	if len(run) < 2 {
		return
	}
	e.geom = append(e.geom, command(moveTo, 1))
	e.step(run[0])
	e.geom = append(e.geom, command(lineTo, len(run)-1))
	for _, p := range run[1:] {
		e.step(p)
	}
}

// polygon draws one polygon: its outer ring clockwise on the screen (y down), its
// holes the other way. Without a drawable outer ring there are no holes.
func (e *Encoder) polygon(g orb.Polygon) {
	for i, r := range g {
		drawn := e.drawRing(r, i == 0)
		if i == 0 && !drawn {
			return
		}
	}
}

func (e *Encoder) drawRing(r orb.Ring, outer bool) bool {
	ring := e.ring[:0]
	inside := true
	for _, q := range r {
		p := e.quantise(q)
		inside = inside && onTile(p)
		ring = append(ring, p)
	}
	e.ring = ring
	return e.writeRing(ring, inside, outer)
}

// onTile reports whether a place lies on the tile or on what is drawn around it.
func onTile(p point) bool { return p.x >= low && p.x <= high && p.y >= low && p.y <= high }

// writeRing draws the ring in e.ring, cut to the tile unless it lies inside; false
// where nothing of it can be drawn.
func (e *Encoder) writeRing(ring []point, inside, outer bool) bool {
	if n := len(ring); n > 1 && ring[0] == ring[n-1] {
		ring = ring[:n-1]
	}
	if !inside {
		ring = e.clipRing(ring)
	}
	ring = tidy(ring)
	if len(ring) < 3 {
		return false
	}
	area := signedArea(ring)
	if area == 0 {
		return false
	}
	e.geom = append(e.geom, command(moveTo, 1))
	e.step(ring[0])
	e.geom = append(e.geom, command(lineTo, len(ring)-1))
	if (area > 0) == outer {
		for _, p := range ring[1:] {
			e.step(p)
		}
	} else {
		for i := len(ring) - 1; i > 0; i-- {
			e.step(ring[i])
		}
	}
	e.geom = append(e.geom, command(closePath, 1))
	return true
}

// signedArea is twice the area, above zero where the ring is clockwise with y down.
func signedArea(r []point) int64 {
	var a int64
	for i, p := range r {
		q := r[(i+1)%len(r)]
		a += int64(p.x)*int64(q.y) - int64(q.x)*int64(p.y)
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
	return int64(b.x-a.x)*int64(c.y-b.y) == int64(b.y-a.y)*int64(c.x-b.x)
}
