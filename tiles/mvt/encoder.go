// Package mvt writes Mapbox Vector Tiles 2.1 straight to bytes.
//
// It is not a geometry library: it quantises, clips to the tile and writes. It
// knows nothing of layers' meaning, of views or of HTTP.
//
// Invariant: what it writes is valid whatever it is given. Coordinates stay within
// Extent plus Buffer, rings are closed and wound as the specification says and
// have an area, a feature without a drawable shape is left out, and so is a layer
// without features.
package mvt

import (
	"encoding/binary"
	"math"

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
	geom  []uint32
	tags  []uint32

	scale, ox, oy float64 // WGS 84 → tile units
	grain         float64 // units that places are put on multiples of
	name          string
	keys          []string
	keyIndex      map[string]uint32
	values        []spatial.Value
	valueIndex    map[spatial.Value]uint32
	features      int

	ring, clipped []point
	cursor        point
}

type point struct{ x, y int32 }

// Unit is a place on a tile in its own units: x east, y south of its corner.
type Unit struct{ X, Y int32 }

// Begin starts the tile z/x/y.
func (e *Encoder) Begin(z, x, y uint32) {
	e.tile = e.tile[:0]
	e.scale = math.Exp2(float64(z)) * Extent
	e.ox, e.oy = float64(x)*Extent, float64(y)*Extent
	e.features = 0
	e.name = ""
	e.grain = 1
}

// Grain has the lines and areas that follow drawn on every so manyth unit, 1 to
// Extent, a power of two: fewer corners where none could be seen. It is 1 after
// Begin. What neighbours share they go on sharing.
func (e *Encoder) Grain(units int) { e.grain = float64(units) }

// Layer starts a layer. Layers' names must differ within a tile.
func (e *Encoder) Layer(name string) {
	e.flush()
	e.name, e.features = name, 0
	e.layer = e.layer[:0]
	e.keys, e.values = e.keys[:0], e.values[:0]
	if e.keyIndex == nil {
		e.keyIndex, e.valueIndex = map[string]uint32{}, map[spatial.Value]uint32{}
	}
	clear(e.keyIndex)
	clear(e.valueIndex)
}

// Attr is one attribute of a feature. Null values are left out.
type Attr struct {
	Key   string
	Value spatial.Value
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
	e.geom, e.cursor = e.geom[:0], point{}
	kind := e.shape(g)
	e.feature(id, kind, attrs)
}

// Polygons adds a feature that is given in units of the tile already: polygons of
// an outer ring and its holes, each ring open, wound either way. Nothing is added
// where no part of it can be drawn. It has no id.
func (e *Encoder) Polygons(polygons [][][]Unit, attrs []Attr) {
	e.geom, e.cursor = e.geom[:0], point{}
	for _, p := range polygons {
		for i, r := range p {
			ring, inside := e.ring[:0], true
			for _, u := range r {
				q := point{u.X, u.Y}
				inside = inside && onTile(q)
				ring = append(ring, q)
			}
			e.ring = ring
			if !e.writeRing(ring, inside, i == 0) && i == 0 {
				break
			}
		}
	}
	e.feature(0, kindPolygon, attrs)
}

// feature writes the feature whose geometry is in hand; nothing where it has none.
// An id of 0 is none.
func (e *Encoder) feature(id uint64, kind byte, attrs []Attr) {
	if len(e.geom) == 0 {
		return
	}
	e.tags = e.tags[:0]
	for _, a := range attrs {
		if !a.Value.IsNull() {
			e.tags = append(e.tags, e.key(a.Key), e.value(a.Value))
		}
	}
	n := size(e.geom)
	t := size(e.tags)
	body := 2 + 1 + uvarintSize(uint64(n)) + n
	if id > 0 {
		body += 1 + uvarintSize(id)
	}
	if t > 0 {
		body += 1 + uvarintSize(uint64(t)) + t
	}
	e.layer = binary.AppendUvarint(append(e.layer, 2<<3|2), uint64(body))
	if id > 0 {
		e.layer = binary.AppendUvarint(append(e.layer, 1<<3), id)
	}
	if t > 0 {
		e.layer = packed(append(e.layer, 2<<3|2), e.tags, t)
	}
	e.layer = append(e.layer, 3<<3, kind)
	e.layer = packed(append(e.layer, 4<<3|2), e.geom, n)
	e.features++
}

// Bytes finishes the tile; empty where it holds nothing. The bytes are the
// encoder's own until the next Begin.
func (e *Encoder) Bytes() []byte {
	e.flush()
	return e.tile
}

func (e *Encoder) key(k string) uint32 {
	i, ok := e.keyIndex[k]
	if !ok {
		i = uint32(len(e.keys))
		e.keyIndex[k] = i
		e.keys = append(e.keys, k)
	}
	return i
}

func (e *Encoder) value(v spatial.Value) uint32 {
	i, ok := e.valueIndex[v]
	if !ok {
		i = uint32(len(e.values))
		e.valueIndex[v] = i
		e.values = append(e.values, v)
	}
	return i
}

// flush writes the layer in hand behind the finished ones.
func (e *Encoder) flush() {
	if e.name == "" || e.features == 0 {
		e.name = ""
		return
	}
	body := 2 + 1 + uvarintSize(uint64(len(e.name))) + len(e.name) + len(e.layer) + 1 + uvarintSize(Extent)
	for _, k := range e.keys {
		body += 1 + uvarintSize(uint64(len(k))) + len(k)
	}
	for _, v := range e.values {
		n := valueSize(v)
		body += 1 + uvarintSize(uint64(n)) + n
	}
	b := binary.AppendUvarint(append(e.tile, 3<<3|2), uint64(body))
	b = append(b, 15<<3, 2) // version 2
	b = text(append(b, 1<<3|2), e.name)
	b = append(b, e.layer...)
	for _, k := range e.keys {
		b = text(append(b, 3<<3|2), k)
	}
	for _, v := range e.values {
		b = appendValue(binary.AppendUvarint(append(b, 4<<3|2), uint64(valueSize(v))), v)
	}
	e.tile = binary.AppendUvarint(append(b, 5<<3), Extent)
	e.name = ""
}

func text(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func packed(b []byte, l []uint32, n int) []byte {
	b = binary.AppendUvarint(b, uint64(n))
	for _, u := range l {
		b = binary.AppendUvarint(b, uint64(u))
	}
	return b
}

func size(l []uint32) int {
	n := 0
	for _, u := range l {
		n += uvarintSize(uint64(u))
	}
	return n
}

func uvarintSize(u uint64) int {
	n := 1
	for ; u >= 0x80; u >>= 7 {
		n++
	}
	return n
}

func zigzag64(i int64) uint64 { return uint64(i<<1) ^ uint64(i>>63) }

// Values: text (dates and times are text), double, sint, bool.
func valueSize(v spatial.Value) int {
	switch v.Type() {
	case spatial.TypeInt:
		return 1 + uvarintSize(zigzag64(v.Int()))
	case spatial.TypeFloat:
		return 9
	case spatial.TypeBool:
		return 2
	}
	n := len(v.String())
	return 1 + uvarintSize(uint64(n)) + n
}

func appendValue(b []byte, v spatial.Value) []byte {
	switch v.Type() {
	case spatial.TypeInt:
		return binary.AppendUvarint(append(b, 6<<3), zigzag64(v.Int()))
	case spatial.TypeFloat:
		f, _ := v.Number()
		return binary.LittleEndian.AppendUint64(append(b, 3<<3|1), math.Float64bits(f))
	case spatial.TypeBool:
		n := byte(0)
		if v.Bool() {
			n = 1
		}
		return append(b, 7<<3, n)
	}
	return text(append(b, 1<<3|2), v.String())
}
