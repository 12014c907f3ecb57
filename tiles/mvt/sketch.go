package mvt

import (
	"encoding/binary"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Sketch is a feature ready for every tile of one zoom: its shape on the grid of the
// whole world, written as a tile has it, and its attributes packed. Where the shape
// lies within a tile it is pasted, and its first place alone is written anew; where it
// crosses the borders of a few tiles, how it is cut there is at hand too. It is one
// piece of memory, so that tens of thousands of them are cheap to keep and near each
// other. It is never written to, and safe for concurrent use.
//
// Layout, little endian: the head of the shape, attributes, what follows the shape's
// first place, cuts, further members of a collection (a head and what follows each).
// A feature of which nothing can be drawn is empty.
type Sketch []byte

// head is how a shape begins in a sketch: its kind; of the first shape the numbers of
// attributes, cuts and further members; its box; its first place; the places of its
// first MoveTo; the bytes of what follows; those of the attributes.
const head = 40

// shape is one geometry on the world's grid of a zoom.
type shape struct {
	kind   byte  // 0 = nothing to draw
	lo, hi point // its box
	first  point
	points int    // places of the first MoveTo
	rest   []byte // what follows the first place
}

// mostCuts is how many cuts a sketch keeps: a plot crosses a border or two. What
// crosses more is cut anew each time.
const mostCuts = 4

func appendPoint(b []byte, p point) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, uint32(p.x)), uint32(p.y))
}

func pointAt(b []byte) point {
	return point{int32(binary.LittleEndian.Uint32(b)), int32(binary.LittleEndian.Uint32(b[4:]))}
}

// appendHead writes the head of a shape.
func appendHead(b []byte, h *shape) []byte {
	b = append(b, h.kind, 0, 0, 0)
	b = appendPoint(appendPoint(appendPoint(b, h.lo), h.hi), h.first)
	b = binary.LittleEndian.AppendUint32(b, uint32(h.points))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(h.rest)))
	return append(b, 0, 0, 0, 0)
}

// read reads a head. What follows the first place begins at skip bytes behind it and
// whatever attributes there are; it gives how far the shape goes.
func (h *shape) read(s Sketch) (end int) {
	_ = s[head-1]
	h.kind = s[0]
	h.lo, h.hi, h.first = pointAt(s[4:]), pointAt(s[12:]), pointAt(s[20:])
	h.points = int(binary.LittleEndian.Uint32(s[28:]))
	from := head + int(binary.LittleEndian.Uint32(s[36:]))
	end = from + int(binary.LittleEndian.Uint32(s[32:]))
	h.rest = s[from:end:end]
	return end
}

// Sketch puts a sketch of a feature in WGS 84 for the tiles of zoom z behind b. Lines
// and areas are drawn on every so manyth unit, as Grain has it. The attributes are
// those of the layer's Names, in their order; null ones are left out.
func (e *Encoder) Sketch(b []byte, z uint32, grain int, g orb.Geometry, attrs []spatial.Value) []byte {
	from, on := len(b), gridOf(z, grain)
	var rest []orb.Geometry // further members
	var h shape
	for members := []orb.Geometry{g}; len(members) > 0 && h.kind == 0; {
		if c, ok := members[0].(orb.Collection); ok {
			members = append(slices.Clone([]orb.Geometry(c)), members[1:]...)
			continue
		}
		h = e.shapeOf(on, members[0])
		members = members[1:]
		rest = members
	}
	if h.kind == 0 {
		return b
	}
	b = appendHead(b, &h)
	tags := 0
	for i, v := range attrs {
		if !v.IsNull() {
			b = appendTag(b, i, v)
			tags++
		}
	}
	b[from+1] = byte(tags)
	binary.LittleEndian.PutUint32(b[from+36:], uint32(len(b)-from-head))
	at := len(b)
	b = append(b, h.rest...)
	h.rest = b[at:len(b):len(b)]
	b = e.cuts(b, from, z, &h)
	more := 0
	for len(rest) > 0 && more < 255 {
		g := rest[0]
		rest = rest[1:]
		if c, ok := g.(orb.Collection); ok {
			rest = append(slices.Clone([]orb.Geometry(c)), rest...)
			continue
		}
		if h = e.shapeOf(on, g); h.kind > 0 {
			b = append(appendHead(b, &h), h.rest...)
			more++
		}
	}
	b[from+3] = byte(more)
	return b
}

// cuts puts what is drawn of a shape on each tile whose border it crosses behind b,
// where they are few. The sketch begins at from.
func (e *Encoder) cuts(b []byte, from int, z uint32, h *shape) []byte {
	if h.kind == kindPoint {
		return b
	}
	x0, x1 := (h.lo.x-high+Extent-1)>>extentBits, (h.hi.x-low)>>extentBits
	y0, y1 := (h.lo.y-high+Extent-1)>>extentBits, (h.hi.y-low)>>extentBits
	if int64(x1-x0+1)*int64(y1-y0+1) > 3*mostCuts {
		return b
	}
	ox, oy, n, start := e.ox, e.oy, 0, len(b)
	defer func() { e.ox, e.oy = ox, oy }()
	for y := max(0, y0); y <= min(y1, int32(1)<<z-1); y++ {
		for x := max(0, x0); x <= min(x1, int32(1)<<z-1); x++ {
			e.ox, e.oy = x*Extent, y*Extent
			if h.lo.x >= e.ox+low && h.lo.y >= e.oy+low && h.hi.x <= e.ox+high && h.hi.y <= e.oy+high {
				continue // it is pasted there
			}
			if n++; n > mostCuts {
				return b[:start]
			}
			geom := e.clip(h)
			b = appendPoint(b, point{e.ox, e.oy})
			b = binary.LittleEndian.AppendUint32(b, uint32(len(geom)))
			b = append(b, geom...)
		}
	}
	b[from+2] = byte(n)
	return b
}

// cut is what is drawn of the sketch on the tile in hand, where it is at hand. Cuts
// begin at from. It gives where they end too.
func (s Sketch) cut(from int, ox, oy int32) (geom []byte, ok bool, end int) {
	for range s[2] {
		c := s[from:]
		n := int(binary.LittleEndian.Uint32(c[8:]))
		if pointAt(c) == (point{ox, oy}) {
			geom, ok = c[12:12+n:12+n], true
		}
		from += 12 + n
	}
	return geom, ok, from
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
