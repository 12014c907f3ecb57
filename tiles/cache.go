package tiles

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"
	"golang.org/x/sync/singleflight"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Encoding is how a tile's bytes are compressed.
type Encoding uint8

const (
	Plain Encoding = iota
	Gzip
	Zstd
)

// String is the encoding's name in HTTP; "" for Plain.
func (e Encoding) String() string { return [...]string{"", "gzip", "zstd"}[e] }

// Tile is a tile as it is sent.
type Tile struct {
	Bytes []byte // nil where the tile holds nothing; not to be written to
	Tag   string // names the bytes before compression; the same wherever the tile is made
}

// Stats are a cache's figures since it was made.
type Stats struct {
	Hits, Misses uint64 // tiles found, and tiles made
	Bytes        uint64 // kept now
}

// Cache makes tiles and keeps them as they are sent. Nothing in it is ever taken
// back: the key of a tile has the stamp of its ground, so that after an edit it is
// asked for by another key, and what no longer is asked for gives way to what is.
// It is safe for concurrent use.
type Cache struct {
	render       *Renderer
	facts        func() Facts
	kept         *otter.Cache[tileKey, Tile] // nil = none is kept
	flight       singleflight.Group
	hits, misses atomic.Uint64
	names        names
	gzip         sync.Pool
	zstd         *zstd.Encoder
	folder       Folder // nil = none
	mark         string
}

type tileKey struct {
	origin   *index.Origin
	layers   string
	at       Coord
	stamp    spatial.Revision
	facts    uint64 // the stamp of what is worked out of its parcels
	tier     spatial.Tier
	encoding Encoding
}

// NewCache is a cache that holds about that many bytes of tiles; 0 = it keeps none.
// facts gives what is worked out of parcels now; nil = nothing is.
func NewCache(size uint64, facts func() Facts) *Cache {
	// Windows no larger than tiles are: each processor has one.
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(1<<19), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic("tiles: the options of zstd: " + err.Error()) // they are constants
	}
	c := &Cache{render: NewRenderer(), facts: facts, zstd: z}
	c.gzip.New = func() any {
		w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a valid one
		return w
	}
	if size > 0 {
		c.kept = otter.Must(&otter.Options[tileKey, Tile]{MaximumWeight: size, Weigher: func(k tileKey, t Tile) uint32 {
			return uint32(min(len(t.Bytes)+len(k.layers)+tileOverhead, 1<<31))
		}})
	}
	return c
}

// tileOverhead is about what a kept tile takes beside its bytes.
const tileOverhead = 256

// Stats are the cache's figures.
func (c *Cache) Stats() Stats {
	s := Stats{Hits: c.hits.Load(), Misses: c.misses.Load()}
	if c.kept != nil {
		c.kept.CleanUp() // what is kept is counted a little later than it is put
		s.Bytes = c.kept.WeightedSize()
	}
	return s
}

// Tile is the tile at of the layers as the view shows them, in an encoding.
func (c *Cache) Tile(v index.View, layers []Layer, at Coord, e Encoding) Tile {
	k, facts, ok := c.key(v, layers, at, e)
	if k.origin == nil { // no stamps: nothing can be kept
		c.misses.Add(1)
		return c.make(v, facts, layers, at, e)
	}
	if !ok {
		return Tile{} // no record was ever there
	}
	if c.kept != nil {
		if t, ok := c.kept.GetIfPresent(k); ok {
			c.hits.Add(1)
			return t
		}
	}
	c.misses.Add(1)
	t, _, _ := c.flight.Do(fmt.Sprint(k), func() (any, error) {
		t := c.found(v, facts, layers, at, e)
		if c.kept != nil {
			c.kept.Set(k, t)
		}
		return t, nil
	})
	return t.(Tile)
}

// Look is what Tile gives, where it is kept. It makes nothing and counts nothing: who
// answers with it says so by Hit.
func (c *Cache) Look(v index.View, layers []Layer, at Coord, e Encoding) (Tile, bool) {
	if c.kept == nil {
		return Tile{}, false
	}
	k, _, ok := c.key(v, layers, at, e)
	if !ok {
		return Tile{}, false
	}
	return c.kept.GetIfPresent(k)
}

// Hit counts a tile that Look found.
func (c *Cache) Hit() { c.hits.Add(1) }

// key is the key of a tile, and the facts that it is made with; false where the view
// has no stamps, or no record was ever there.
func (c *Cache) key(v index.View, layers []Layer, at Coord, e Encoding) (tileKey, Facts, bool) {
	var facts Facts
	if c.facts != nil {
		facts = c.facts()
	}
	if v.Origin() == nil {
		return tileKey{}, facts, false
	}
	box := at.Box(buffer)
	stamp := stampOf(v, layers, at, box)
	if stamp == 0 {
		return tileKey{origin: v.Origin()}, facts, false
	}
	return tileKey{v.Origin(), c.names.of(layers), at, stamp, factsStamp(facts, layers, at.Z, box), v.Tier(), e}, facts, true
}

// stampOf is the highest revision that touched what the tile shows within box, in all
// of the model's layers that it is made of. Of the coverage more ground counts.
func stampOf(v index.View, layers []Layer, at Coord, box orb.Bound) (stamp spatial.Revision) {
	last := ""
	for i := range layers {
		l := &layers[i]
		if !l.At(at.Z) {
			continue
		}
		if l.Kind == Coverage {
			stamp, last = max(stamp, v.Stamp(l.Source, at.coverageBox())), l.Source
		} else if l.Source != last {
			stamp, last = max(stamp, v.Stamp(l.Source, box)), l.Source
		}
		for _, also := range l.Also {
			stamp = max(stamp, v.Stamp(also, box))
		}
	}
	return stamp
}

// factsStamp is the stamp of the facts that the tile shows; 0 = it shows none.
func factsStamp(facts Facts, layers []Layer, z uint32, box orb.Bound) uint64 {
	if facts == nil {
		return 0
	}
	for i := range layers {
		for k := range layers[i].Attrs {
			if a := &layers[i].Attrs[k]; a.Fact != nil && layers[i].At(z) && z >= a.MinZoom {
				return facts.Stamp(box)
			}
		}
	}
	return 0
}

// names are the texts that stand for lists of layers in keys. A text is made once for
// each list without a filter: they are few, and asked for with every tile.
type names struct {
	mu    sync.RWMutex
	known map[string]string
}

// mostNames bounds how many lists are remembered.
const mostNames = 1024

func (n *names) of(layers []Layer) string {
	if len(layers) == 1 && layers[0].Keep == nil {
		return layers[0].Name
	}
	var at [256]byte
	b := at[:0]
	filtered := false
	for i := range layers {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, layers[i].Name...)
		if layers[i].Keep != nil {
			b = append(append(b, '?'), layers[i].KeepKey...)
			filtered = true
		}
	}
	if filtered {
		return string(b)
	}
	n.mu.RLock()
	text, ok := n.known[string(b)]
	n.mu.RUnlock()
	if ok {
		return text
	}
	text = string(b)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil {
		n.known = map[string]string{}
	}
	if len(n.known) < mostNames {
		n.known[text] = text
	}
	return text
}

func (c *Cache) make(v index.View, facts Facts, layers []Layer, at Coord, e Encoding) Tile {
	s := c.render.encoders.Get().(*scratch)
	defer c.render.encoders.Put(s)
	b := c.render.draw(s, v, facts, layers, at)
	if len(b) == 0 {
		return Tile{}
	}
	// 64 bits: a tag is compared with that of another version of the same tile alone.
	t := Tile{Tag: base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, xxhash.Sum64(b)))}
	switch e {
	case Gzip:
		s.sent.Reset()
		c.zip(&s.sent, b)
		b = s.sent.Bytes()
	case Zstd:
		s.sent.Reset()
		s.sent.Grow(len(b) + 64)
		b = c.zstd.EncodeAll(b, s.sent.AvailableBuffer())
	}
	t.Bytes = slices.Clone(b) // no larger than it is: it may be kept
	return t
}

func (c *Cache) zip(out *bytes.Buffer, b []byte) {
	z := c.gzip.Get().(*gzip.Writer)
	defer c.gzip.Put(z)
	z.Reset(out)
	_, _ = z.Write(b) // a bytes.Buffer takes everything
	_ = z.Close()
}
