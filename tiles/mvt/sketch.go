package mvt

import (
	"encoding/binary"
	"slices"
	"sync/atomic"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Sketch is a feature ready for every tile of one zoom: its shape on the grid of the
// whole world, written as a tile has it, and its attributes packed. Where the shape
// lies within a tile it is pasted, and its first place alone is written anew. A
// Sketch never changes what it draws, and is safe for concurrent use.
type Sketch struct {
	shape shape
	more  []shape // further members of a collection
	tags  []tag
	long  []string
	cuts  atomic.Pointer[cut]
}

// shape is one geometry on the world's grid of a zoom.
type shape struct {
	kind   byte  // 0 = nothing to draw
	lo, hi point // its box
	first  point
	points int    // places of the first MoveTo
	rest   []byte // what follows the first place
}

// cut is what of a sketch is drawn on one tile whose border it crosses.
type cut struct {
	x, y int32 // the tile's corner
	geom []byte
	next *cut
}

// mostCuts is how many cuts a sketch keeps: a plot crosses a border or two. What
// crosses more is cut anew each time.
const mostCuts = 4

const sketchSize, cutSize = 176, 56

// Size is about what the sketch takes in memory, in bytes.
func (s *Sketch) Size() int {
	n := sketchSize + len(s.shape.rest) + len(s.more)*64 + len(s.tags)*16
	for i := range s.more {
		n += len(s.more[i].rest)
	}
	for _, l := range s.long {
		n += 16 + len(l)
	}
	for c := s.cuts.Load(); c != nil; c = c.next {
		n += cutSize + len(c.geom)
	}
	return n
}

// Sketch makes a sketch of a feature in WGS 84 for the tiles of zoom z. Lines and
// areas are drawn on every so manyth unit, as Grain has it. The attributes are those
// of the layer's Names, in their order; null ones are left out.
func (e *Encoder) Sketch(z uint32, grain int, g orb.Geometry, attrs []spatial.Value) *Sketch {
	s := new(Sketch)
	e.sketch(s, gridOf(z, grain), g)
	if s.shape.kind == 0 {
		return s
	}
	tags := e.tags[:0]
	for i, v := range attrs {
		if !v.IsNull() {
			var t tag
			t, s.long = tagOf(i, v, s.long)
			tags = append(tags, t)
		}
	}
	s.tags, e.tags = slices.Clone(tags), tags
	return s
}

func (e *Encoder) sketch(s *Sketch, on grid, g orb.Geometry) {
	if c, ok := g.(orb.Collection); ok {
		for _, m := range c {
			e.sketch(s, on, m)
		}
		return
	}
	h := e.shapeOf(on, g)
	h.rest = slices.Clone(h.rest)
	switch {
	case h.kind == 0:
	case s.shape.kind == 0:
		s.shape = h
	default:
		s.more = append(s.more, h)
	}
}

// shapeOf puts a geometry on the grid. Its bytes are the encoder's own.
func (e *Encoder) shapeOf(on grid, g orb.Geometry) shape {
	e.arena, e.rings = e.arena[:0], e.rings[:0]
	p := pen{b: e.drawn[:0]}
	kind := byte(kindLine)
	switch g := g.(type) {
	case orb.Point:
		kind = kindPoint
		p.moveTo(on.point(g))
	case orb.MultiPoint:
		kind = kindPoint
		for i, q := range g {
			if i == 0 {
				p.command(moveTo, len(g))
			}
			p.step(on.point(q))
		}
	case orb.LineString:
		p.line(e.places(on, g))
	case orb.MultiLineString:
		for _, l := range g {
			p.line(e.places(on, l))
		}
	case orb.Ring:
		return e.shapeOf(on, orb.Polygon{g})
	case orb.Polygon:
		kind = kindPolygon
		e.polygon(on, g)
	case orb.MultiPolygon:
		kind = kindPolygon
		for _, m := range g {
			e.polygon(on, m)
		}
	}
	if kind == kindPolygon && len(e.rings) > 0 {
		rings := e.rings
		if !e.whole(rings) {
			rings = mend(rings)
		}
		for _, r := range rings {
			p.ring(r)
		}
	}
	e.drawn = p.b
	if !p.begun {
		return shape{}
	}
	return shape{kind: kind, lo: p.lo, hi: p.hi, first: p.first, points: p.points, rest: p.b[p.after:]}
}

// places puts a line on the grid; places that repeat are one.
func (e *Encoder) places(on grid, l []orb.Point) []point {
	from := len(e.arena)
	for _, q := range l {
		p := on.place(q)
		if n := len(e.arena); n == from || e.arena[n-1] != p {
			e.arena = append(e.arena, p)
		}
	}
	return e.arena[from:]
}

// polygon puts a polygon on the grid and its rings behind e.rings: the outer ring of
// an area above zero, then its holes. Nothing where the outer ring has no area left.
func (e *Encoder) polygon(on grid, g orb.Polygon) {
	for i, r := range g {
		if !e.keepRing(e.places(on, r), i == 0) && i == 0 {
			return
		}
	}
}

// keepRing puts an open or closed ring behind e.rings, wound as it has to be; false
// where it has no area.
func (e *Encoder) keepRing(r []point, outer bool) bool {
	if r = tidy(r); len(r) < 3 {
		return false
	}
	area := signedArea(r)
	if area == 0 {
		return false
	}
	if (area > 0) != outer {
		slices.Reverse(r[1:])
	}
	e.rings = append(e.rings, r)
	return true
}

// pen writes geometry as the format has it.
type pen struct {
	b      []byte
	cursor point
	begun  bool
	lo, hi point
	first  point
	points int // places of the first command
	after  int // where the first place ends
}

func (p *pen) command(id, n int) {
	if !p.begun && p.points == 0 {
		p.points = n
	}
	p.b = binary.AppendUvarint(p.b, uint64(command(id, n)))
}

func (p *pen) step(q point) {
	p.b = binary.AppendUvarint(p.b, uint64(zigzag(q.x-p.cursor.x)))
	p.b = binary.AppendUvarint(p.b, uint64(zigzag(q.y-p.cursor.y)))
	p.cursor = q
	if !p.begun {
		p.begun, p.first, p.lo, p.hi, p.after = true, q, q, q, len(p.b)
		return
	}
	p.lo = point{min(p.lo.x, q.x), min(p.lo.y, q.y)}
	p.hi = point{max(p.hi.x, q.x), max(p.hi.y, q.y)}
}

func (p *pen) moveTo(q point) {
	p.command(moveTo, 1)
	p.step(q)
}

// line writes places that follow each other; nothing where there are not two.
func (p *pen) line(l []point) {
	if len(l) < 2 {
		return
	}
	p.moveTo(l[0])
	p.command(lineTo, len(l)-1)
	for _, q := range l[1:] {
		p.step(q)
	}
}

func (p *pen) ring(r []point) {
	p.line(r)
	p.command(closePath, 1)
}

// parts reads the lines or rings of a shape back, in units from the corner o.
func (e *Encoder) parts(h *shape, o point) [][]point {
	e.arena, e.rings = e.arena[:0], e.rings[:0]
	at, b := point{h.first.x - o.x, h.first.y - o.y}, h.rest
	number := func() uint32 {
		u, n := binary.Uvarint(b)
		b = b[n:]
		return uint32(u)
	}
	for {
		from := len(e.arena)
		e.arena = append(e.arena, at)
		for n := number() >> 3; n > 0; n-- {
			at.x += unzigzag(number())
			at.y += unzigzag(number())
			e.arena = append(e.arena, at)
		}
		e.rings = append(e.rings, e.arena[from:len(e.arena):len(e.arena)])
		if h.kind == kindPolygon {
			number() // ClosePath
		}
		if len(b) == 0 {
			return e.rings
		}
		number() // MoveTo
		at.x += unzigzag(number())
		at.y += unzigzag(number())
	}
}
