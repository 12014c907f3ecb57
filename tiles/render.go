package tiles

import (
	"cmp"
	"slices"
	"sync"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// Renderer makes tiles of a view. It is safe for concurrent use.
type Renderer struct {
	encoders sync.Pool
}

// scratch is what one tile is made with.
type scratch struct {
	enc   mvt.Encoder
	items []index.Item
	attrs []mvt.Attr
}

// NewRenderer is a Renderer.
func NewRenderer() *Renderer {
	return &Renderer{encoders: sync.Pool{New: func() any { return new(scratch) }}}
}

// Render makes the tile c of the given layers; nil where it holds nothing.
func (r *Renderer) Render(v index.View, layers []Layer, c Coord) []byte {
	s := r.encoders.Get().(*scratch)
	defer r.encoders.Put(s)
	s.enc.Begin(c.Z, c.X, c.Y)
	box := c.Box(float64(mvt.Buffer) / mvt.Extent)
	for _, l := range layers {
		if c.Z < l.MinZoom {
			continue
		}
		s.items = slices.AppendSeq(s.items[:0], v.Within(l.Source, box))
		slices.SortFunc(s.items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
		s.enc.Layer(l.Name)
		for _, it := range s.items {
			s.feature(&l, it, c.Z)
		}
	}
	b := slices.Clone(s.enc.Bytes())
	clear(s.items) // a pool must not hold a snapshot's records
	return b
}

func (s *scratch) feature(l *Layer, it index.Item, z uint32) {
	g := it.Geometry()
	if l.Point {
		p, err := overlay.InteriorPoint(g)
		if err != nil {
			return // nothing to write a label on
		}
		g = p
	}
	s.attrs = s.attrs[:0]
	for _, a := range l.Attrs {
		if z < a.MinZoom {
			continue
		}
		v := it.Attr(a.Field)
		if a.Field == areaField {
			v = spatial.Float(it.Area())
		}
		s.attrs = append(s.attrs, mvt.Attr{Key: a.Name, Value: v})
	}
	s.enc.Feature(it.ID(), g, s.attrs)
}
