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
	Extent = 1 << extentBits // units across a tile
	Buffer = 64              // units a shape may reach beyond its tile

	extentBits = 12
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
	if !e.paste(&h) {
		return
	}
	if e.piece.cut {
		e.piece.rest = e.clip(&h)
	}
	if e.piece.drawn() {
		e.named(attrs)
		e.feature(id, h.kind)
	}
}

// Draw adds a sketch, made for this zoom, to the layer in hand; nothing where no part
// of it can be drawn on the tile. The further attributes go beside its own.
func (e *Encoder) Draw(id uint64, s Sketch, further ...Placed) {
	if len(s) == 0 {
		return
	}
	var h shape
	end := h.read(s)
	if e.paste(&h) {
		if e.piece.cut {
			var ok bool
			if e.piece.rest, ok, _ = s.cut(end, e.ox, e.oy); !ok {
				e.piece.rest = e.clip(&h)
			}
		}
		if e.piece.drawn() {
			e.attributes(s, further)
			e.feature(id, h.kind)
		}
	}
	if s[3] == 0 {
		return
	}
	e.attributes(s, further)
	_, _, from := s.cut(end, 0, 0)
	for range s[3] {
		from += h.read(s[from:])
		if !e.paste(&h) {
			continue
		}
		if e.piece.cut {
			e.piece.rest = e.clip(&h)
		}
		if e.piece.drawn() {
			e.feature(id, h.kind)
		}
	}
}

// attributes makes those of a sketch and further ones the feature's in hand.
func (e *Encoder) attributes(s Sketch, further []Placed) {
	e.pairs = e.pairs[:0]
	e.paired(s[head:], int(s[1]))
	for _, f := range further {
		if !f.Value.IsNull() {
			e.attribute(f.Position, f.Value)
		}
	}
}

// piece is what of a shape is drawn on a tile, in two parts: where the shape lies on
// the tile, its first place and the shape's own bytes, else the second alone.
type piece struct {
	head [16]byte
	n    int // bytes of head
	rest []byte
	cut  bool // the shape reaches beyond what is drawn of it: rest is to be made
}

func (p *piece) drawn() bool { return p.n+len(p.rest) > 0 }

// paste makes the piece of a shape on the tile in hand where it need not be cut; false
// where the shape does not come near the tile.
func (e *Encoder) paste(h *shape) bool {
	p := &e.piece
	p.n, p.rest, p.cut = 0, nil, false
	lo, hi := point{h.lo.x - e.ox, h.lo.y - e.oy}, point{h.hi.x - e.ox, h.hi.y - e.oy}
	switch {
	case lo.x > high || lo.y > high || hi.x < low || hi.y < low:
		return false
	case h.kind == kindPoint:
		if lo.x < 0 || lo.y < 0 || hi.x >= Extent || hi.y >= Extent {
			p.rest = e.points(h)
			return true
		}
	case lo.x < low || lo.y < low || hi.x > high || hi.y > high:
		p.cut = true
		return true
	}
	b := appendUvarint(p.head[:0], uint64(command(moveTo, h.points)))
	b = appendUvarint(b, uint64(zigzag(h.first.x-e.ox)))
	b = appendUvarint(b, uint64(zigzag(h.first.y-e.oy)))
	p.n, p.rest = len(b), h.rest
	return true
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
		e.named(attrs)
		e.feature(0, kindPolygon)
	}
}

// named makes attributes, by their names, those of the feature in hand.
func (e *Encoder) named(attrs []Attr) {
	e.pairs = e.pairs[:0]
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
		e.attribute(i, a.Value)
	}
}

// feature writes a feature of the piece and the attributes in hand. An id of 0 is none.
func (e *Encoder) feature(id uint64, kind byte) {
	head, rest := e.piece.head[:e.piece.n], e.piece.rest
	n, t := len(head)+len(rest), len(e.pairs)
	body := 2 + 1 + uvarintSize(uint64(n)) + n
	if id > 0 {
		body += 1 + uvarintSize(id)
	}
	if t > 0 {
		body += 1 + uvarintSize(uint64(t)) + t
	}
	b := slices.Grow(e.layer, 16+body)
	b = appendUvarint(append(b, 2<<3|2), uint64(body))
	if id > 0 {
		b = appendUvarint(append(b, 1<<3), id)
	}
	if t > 0 {
		b = append(appendUvarint(append(b, 2<<3|2), uint64(t)), e.pairs...)
	}
	b = appendUvarint(append(b, 3<<3, kind, 4<<3|2), uint64(n))
	e.layer = append(append(b, head...), rest...)
	e.features++
}

// appendUvarint is binary.AppendUvarint, with what is of one or two bytes done here.
func appendUvarint(b []byte, u uint64) []byte {
	switch {
	case u < 1<<7:
		return append(b, byte(u))
	case u < 1<<14:
		return append(b, byte(u)|0x80, byte(u>>7))
	}
	return binary.AppendUvarint(b, u)
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
