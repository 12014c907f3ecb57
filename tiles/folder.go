package tiles

import (
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Folder keeps finished tiles beyond the process: tiles/disk is one.
type Folder interface {
	Get(name [sha256.Size]byte) ([]byte, bool)
	Put(name [sha256.Size]byte, data []byte)
}

// KeepIn has the cache look for a tile in a folder before it is made, and keep there
// what was. A tile's name in it is a digest of the very records that it shows, and of
// the pixels of the coverage around it. So whatever was edited while no server ran, and
// by whom, what is found is right; folders can be shared and copied. mark names the
// program that makes the tiles. Only what a reader without a key may see is kept there,
// and no tile with a filter. It is called before the first tile is asked for.
func (c *Cache) KeepIn(f Folder, mark string) { c.folder, c.mark = f, mark }

// tagLength is the length of a tile's tag: 8 bytes in base64.
const tagLength = 11

// found is a tile from the folder, or one that is made and put there.
func (c *Cache) found(v index.View, facts Facts, layers []Layer, at Coord, e Encoding) Tile {
	if c.folder == nil || v.Tier() != spatial.TierPublic {
		return c.make(v, facts, layers, at, e)
	}
	for i := range layers {
		if layers[i].Keep != nil {
			return c.make(v, facts, layers, at, e)
		}
	}
	name := c.content(v, facts, layers, at, e)
	if b, ok := c.folder.Get(name); ok && len(b) > tagLength {
		return Tile{Tag: string(b[:tagLength]), Bytes: b[tagLength:]}
	}
	t := c.make(v, facts, layers, at, e)
	if len(t.Bytes) > 0 && len(t.Tag) == tagLength {
		c.folder.Put(name, append([]byte(t.Tag), t.Bytes...))
	}
	return t
}

// content is a digest of all that a tile is made of.
func (c *Cache) content(v index.View, facts Facts, layers []Layer, at Coord, e Encoding) (out [sha256.Size]byte) {
	h := sha256.New()
	buf := make([]byte, 0, 16<<10)
	flush := func() {
		_, _ = h.Write(buf) // a hash takes everything
		buf = buf[:0]
	}
	text := func(s string) {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(s)))
		buf = append(buf, s...)
	}
	text(c.mark)
	buf = append(buf, byte(e))
	for _, n := range []uint32{at.Z, at.X, at.Y} {
		buf = binary.LittleEndian.AppendUint32(buf, n)
	}
	box := at.Box(buffer)
	var items []index.Item
	var order []index.Item
	records := func(layer string, each func(index.Item)) {
		def, _ := v.Layer(layer) // as the tier sees it
		text(layer)
		for i := range def.Fields {
			text(def.Fields[i].Name)
		}
		items = v.AppendWithin(items[:0], layer, box)
		items, order = byID(items, order)
		buf = binary.LittleEndian.AppendUint32(buf, uint32(len(items)))
		for _, it := range items {
			if buf = it.AppendContent(buf); each != nil {
				each(it)
			}
			if len(buf) > 8<<10 {
				flush()
			}
		}
	}
	for i := range layers {
		l := &layers[i]
		if !l.At(at.Z) {
			continue
		}
		text(l.Name)
		records(l.Source, func(it index.Item) {
			for k := range l.Attrs {
				if a := &l.Attrs[k]; a.Fact != nil && facts != nil && at.Z >= a.MinZoom {
					n, ok := a.Fact(facts, it.ID()).Number()
					if !ok {
						n = math.NaN()
					}
					buf = binary.LittleEndian.AppendUint64(buf, math.Float64bits(n))
				}
			}
		})
		for _, also := range l.Also {
			records(also, nil)
		}
		if l.Kind == Coverage {
			edge := c.render.ground.edge(v, l.Source, at)
			buf = append(buf, edge[:]...)
		}
	}
	flush()
	h.Sum(out[:0])
	return out
}
