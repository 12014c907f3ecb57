// Package mvt writes Mapbox Vector Tiles 2.1 straight to bytes.
//
// It is not a geometry library: it quantises, clips to the tile and writes. It
// knows nothing of layers' meaning, of views or of HTTP.
//
// Invariant: what it writes is valid whatever it is given. Coordinates stay within
// Extent plus Buffer, rings are closed and wound as the specification says, have an
// area, and neither cross nor touch themselves, a feature without a drawable shape is
// left out, and so is a layer without features. A feature that was sketched before is
// written like one that was not, byte for byte.
package mvt

import (
	"encoding/binary"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

const (
	Extent = 4096 // units across a tile
	Buffer = 64   // units a shape may reach beyond its tile
)

// Encoder builds one tile after another and reuses its memory. It is not safe for
// concurrent use. The zero Encoder is ready.
type Encoder struct {
	tile  []byte // finished layers
	layer []byte // the features of the layer in hand

	z        uint32
	ox, oy   int32 // the tile's corner on the world's grid
	grain    int
	name     string
	names    []string // of attributes, by position
	numbers  []uint32 // of names in the tile, by position; 0 = not met, else one more
	keys     []string // names in the order they are met
	values   values
	features int

	piece          piece
	tags           []tag
	long           []string
	pairs          []byte // the numbers of a feature's names and values
	drawn          []byte
	arena          []point
	rings, kept    [][]point
	clipped, spare []point
	segments       []segment
	extents        []extent
}

type point struct{ x, y int32 }

// Unit is a place on a tile in its own units: x east, y south of its corner.
type Unit struct{ X, Y int32 }

// Begin starts the tile z/x/y.
func (e *Encoder) Begin(z, x, y uint32) {
	e.tile = e.tile[:0]
	e.z, e.ox, e.oy = z, int32(x*Extent), int32(y*Extent)
	e.features = 0
	e.name = ""
	e.grain = 1
}

// Grain has the lines and areas that follow drawn on every so manyth unit, 1 to
// Extent, a power of two: fewer corners where none could be seen. It is 1 after
// Begin. What neighbours share they go on sharing.
func (e *Encoder) Grain(units int) { e.grain = units }

// Layer starts a layer. Layers' names must differ within a tile.
func (e *Encoder) Layer(name string) {
	e.flush()
	e.name, e.features = name, 0
	e.layer = e.layer[:0]
	e.names, e.numbers, e.keys = e.names[:0], e.numbers[:0], e.keys[:0]
	e.values.reset()
}

// Finished adds layers as another encoder's Bytes gave them, of the same tile.
func (e *Encoder) Finished(layers []byte) {
	e.flush()
	e.tile = append(e.tile, layers...)
}

// Name puts a name of attributes behind those of the layer in hand, at most 256: what
// sketches are made with goes by the position. A name of which nothing is drawn is
// not in the tile.
func (e *Encoder) Name(name string) {
	e.names, e.numbers = append(e.names, name), append(e.numbers, 0)
}

// Attr is one attribute of a feature. Null values are left out, and so is whatever
// goes beyond 256 names in a layer.
type Attr struct {
	Key   string
	Value spatial.Value
}

// Placed is an attribute by the position of its name.
type Placed struct {
	Position int
	Value    spatial.Value
}

// Feature adds a feature in WGS 84 to the layer in hand; nothing where no part of
// it can be drawn on the tile. A collection is drawn member by member under one id.
func (e *Encoder) Feature(id uint64, g orb.Geometry, attrs []Attr) {
	if c, ok := g.(orb.Collection); ok {
		for _, m := range c {
			e.Feature(id, m, attrs)
		}
		return
	}
	h := e.shapeOf(gridOf(e.z, e.grain), g)
	if h.kind == 0 {
		return
	}
	if e.put(&h, nil); e.piece.drawn() {
		e.named(attrs)
		e.feature(id, h.kind, e.tags, e.long)
	}
}

// Draw adds a sketch, made for this zoom, to the layer in hand; nothing where no part
// of it can be drawn on the tile. It gives the bytes by which the sketch has grown:
// it keeps how it is cut. The further attributes go beside its own.
func (e *Encoder) Draw(id uint64, s *Sketch, further ...Placed) int {
	grown := 0
	if s.shape.kind == 0 {
		return 0
	}
	tags, long := s.tags, s.long
	if len(further) > 0 {
		tags, long = append(e.tags[:0], tags...), append(e.long[:0], long...)
		for _, f := range further {
			if !f.Value.IsNull() {
				var t tag
				t, long = tagOf(f.Position, f.Value, long)
				tags = append(tags, t)
			}
		}
		e.tags, e.long = tags, long
	}
	e.put(&s.shape, s)
	if e.piece.cut && !e.piece.kept {
		grown = e.keepCut(s, e.piece.rest)
	}
	if e.piece.drawn() {
		e.feature(id, s.shape.kind, tags, long)
	}
	for i := range s.more {
		if e.put(&s.more[i], nil); e.piece.drawn() {
			e.feature(id, s.more[i].kind, tags, long)
		}
	}
	return grown
}

// piece is what of a shape is drawn on a tile, in two parts: where the shape lies on
// the tile, its first place and the shape's own bytes, else the second alone.
type piece struct {
	head [16]byte
	n    int // bytes of head
	rest []byte
	cut  bool // the shape reaches beyond what is drawn of it
	kept bool // a sketch has it
}

func (p *piece) drawn() bool { return p.n+len(p.rest) > 0 }

// put makes the piece of a shape on the tile in hand. s is whose cuts are looked
// through; nil = nobody's.
func (e *Encoder) put(h *shape, s *Sketch) {
	p := &e.piece
	p.n, p.rest, p.cut, p.kept = 0, nil, false, false
	lo, hi := point{h.lo.x - e.ox, h.lo.y - e.oy}, point{h.hi.x - e.ox, h.hi.y - e.oy}
	switch {
	case lo.x > high || lo.y > high || hi.x < low || hi.y < low:
		return
	case h.kind == kindPoint:
		if lo.x < 0 || lo.y < 0 || hi.x >= Extent || hi.y >= Extent {
			p.rest = e.points(h)
			return
		}
	case lo.x < low || lo.y < low || hi.x > high || hi.y > high:
		p.cut = true
		if s != nil {
			for c := s.cuts.Load(); c != nil; c = c.next {
				if c.x == e.ox && c.y == e.oy {
					p.rest, p.kept = c.geom, true
					return
				}
			}
		}
		p.rest = e.clip(h)
		return
	}
	b := binary.AppendUvarint(p.head[:0], uint64(command(moveTo, h.points)))
	b = binary.AppendUvarint(b, uint64(zigzag(h.first.x-e.ox)))
	b = binary.AppendUvarint(b, uint64(zigzag(h.first.y-e.oy)))
	p.n, p.rest = len(b), h.rest
}

// keepCut has a sketch keep what of it is drawn on the tile in hand, and gives the
// bytes that this takes.
func (e *Encoder) keepCut(s *Sketch, geom []byte) int {
	first := s.cuts.Load()
	n := 0
	for c := first; c != nil; c = c.next {
		if n++; n == mostCuts || c.x == e.ox && c.y == e.oy {
			return 0
		}
	}
	c := &cut{e.ox, e.oy, slices.Clone(geom), first}
	if !s.cuts.CompareAndSwap(first, c) {
		return 0 // another tile was quicker: there is a next time
	}
	return cutSize + len(geom)
}

// points draws the points on the tile itself, its lower borders included: a point
// stands on one tile only, so that it is counted and labelled once.
func (e *Encoder) points(h *shape) []byte {
	at, b := point{h.first.x - e.ox, h.first.y - e.oy}, h.rest
	on := e.clipped[:0]
	for n := h.points; ; n-- {
		if at.x >= 0 && at.y >= 0 && at.x < Extent && at.y < Extent {
			on = append(on, at)
		}
		if n == 1 {
			break
		}
		u, k := binary.Uvarint(b)
		v, l := binary.Uvarint(b[k:])
		b = b[k+l:]
		at = point{at.x + unzigzag(uint32(u)), at.y + unzigzag(uint32(v))}
	}
	e.clipped = on
	if len(on) == 0 {
		return nil
	}
	p := pen{b: e.drawn[:0]}
	p.command(moveTo, len(on))
	for _, q := range on {
		p.step(q)
	}
	e.drawn = p.b
	return p.b
}

// Polygons adds a feature that is given in units of the tile already: polygons of
// an outer ring and its holes, each ring open, wound either way. Nothing is added
// where no part of it can be drawn. It has no id.
func (e *Encoder) Polygons(polygons [][][]Unit, attrs []Attr) {
	e.named(attrs)
	p := pen{b: e.drawn[:0]}
	for _, g := range polygons {
		e.arena, e.rings = e.arena[:0], e.rings[:0]
		cut := false
		for i, r := range g {
			from, inside := len(e.arena), true
			for _, u := range r {
				q := point{u.X, u.Y}
				inside = inside && onTile(q)
				e.arena = append(e.arena, q)
			}
			ring := e.arena[from:]
			if !inside {
				ring, cut = e.clipRing(ring), true
			}
			if !e.keepRing(ring, i == 0) && i == 0 {
				break
			}
		}
		rings := e.rings
		if cut && len(rings) > 0 && !e.whole(rings) {
			rings = mend(rings)
		}
		for _, r := range rings {
			p.ring(r)
		}
	}
	e.drawn = p.b
	if p.begun {
		e.piece.n, e.piece.rest = 0, p.b
		e.feature(0, kindPolygon, e.tags, e.long)
	}
}

// named packs attributes into e.tags by their names.
func (e *Encoder) named(attrs []Attr) {
	e.tags, e.long = e.tags[:0], e.long[:0]
	for _, a := range attrs {
		if a.Value.IsNull() {
			continue
		}
		i := slices.Index(e.names, a.Key)
		if i < 0 {
			if i = len(e.names); i == 256 {
				continue
			}
			e.Name(a.Key)
		}
		var t tag
		t, e.long = tagOf(i, a.Value, e.long)
		e.tags = append(e.tags, t)
	}
}

// feature writes a feature of the piece in hand. An id of 0 is none.
func (e *Encoder) feature(id uint64, kind byte, tags []tag, long []string) {
	head, rest := e.piece.head[:e.piece.n], e.piece.rest
	pairs := e.pairs[:0]
	for _, t := range tags {
		k := e.numbers[t.position()]
		if k == 0 {
			e.keys = append(e.keys, e.names[t.position()])
			k = uint32(len(e.keys))
			e.numbers[t.position()] = k
		}
		pairs = binary.AppendUvarint(pairs, uint64(k-1))
		pairs = binary.AppendUvarint(pairs, uint64(e.values.index(t, long)))
	}
	e.pairs = pairs
	n, t := len(head)+len(rest), len(pairs)
	body := 2 + 1 + uvarintSize(uint64(n)) + n
	if id > 0 {
		body += 1 + uvarintSize(id)
	}
	if t > 0 {
		body += 1 + uvarintSize(uint64(t)) + t
	}
	b := binary.AppendUvarint(append(e.layer, 2<<3|2), uint64(body))
	if id > 0 {
		b = binary.AppendUvarint(append(b, 1<<3), id)
	}
	if t > 0 {
		b = append(binary.AppendUvarint(append(b, 2<<3|2), uint64(t)), pairs...)
	}
	b = binary.AppendUvarint(append(b, 3<<3, kind, 4<<3|2), uint64(n))
	e.layer = append(append(b, head...), rest...)
	e.features++
}

// Bytes finishes the tile; empty where it holds nothing. The bytes are the
// encoder's own until the next Begin.
func (e *Encoder) Bytes() []byte {
	e.flush()
	return e.tile
}

// flush writes the layer in hand behind the finished ones.
func (e *Encoder) flush() {
	if e.name == "" || e.features == 0 {
		e.name = ""
		return
	}
	body := 2 + 1 + uvarintSize(uint64(len(e.name))) + len(e.name) + len(e.layer) + 1 + uvarintSize(Extent) + e.values.bytes
	for _, k := range e.keys {
		body += 1 + uvarintSize(uint64(len(k))) + len(k)
	}
	b := binary.AppendUvarint(append(e.tile, 3<<3|2), uint64(body))
	b = append(b, 15<<3, 2) // version 2
	b = text(append(b, 1<<3|2), e.name)
	b = append(b, e.layer...)
	for _, k := range e.keys {
		b = text(append(b, 3<<3|2), k)
	}
	e.tile = binary.AppendUvarint(append(e.values.append(b), 5<<3), Extent)
	e.name = ""
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func uvarintSize(u uint64) int {
	n := 1
	for ; u >= 0x80; u >>= 7 {
		n++
	}
	return n
}

func zigzag64(i int64) uint64 { return uint64(i<<1) ^ uint64(i>>63) }
