package tiles

import (
	"cmp"
	"math"
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/coverage"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// Renderer makes tiles of a view. It keeps what is costly to work out anew, and
// answers as if it did not. It is safe for concurrent use.
type Renderer struct {
	encoders sync.Pool
	ground   *ground
	labels   *labels
}

// scratch is what one tile is made with.
type scratch struct {
	enc   mvt.Encoder
	items []index.Item
	attrs []mvt.Attr
}

// NewRenderer is a Renderer.
func NewRenderer() *Renderer {
	return &Renderer{encoders: sync.Pool{New: func() any { return new(scratch) }}, ground: newGround(), labels: newLabels()}
}

// buffer is how far beyond a tile shapes are drawn, as a share of its width.
const buffer = float64(mvt.Buffer) / mvt.Extent

// Render makes the tile c of the given layers, without facts; nil where it holds
// nothing.
func (r *Renderer) Render(v index.View, layers []Layer, c Coord) []byte {
	return r.render(v, nil, layers, c)
}

func (r *Renderer) render(v index.View, facts Facts, layers []Layer, c Coord) []byte {
	s := r.encoders.Get().(*scratch)
	defer r.encoders.Put(s)
	s.enc.Begin(c.Z, c.X, c.Y)
	box := c.Box(buffer)
	for i := range layers {
		l := &layers[i]
		if !l.At(c.Z) {
			continue
		}
		s.enc.Layer(l.Name)
		if l.Kind == Coverage {
			r.ground.draw(&s.enc, v, l, c)
			continue
		}
		if l.Kind == Dots {
			r.dots(&s.enc, v, l, c)
			continue
		}
		s.enc.Grain(grain(l, c.Z))
		s.items = slices.AppendSeq(s.items[:0], v.Within(l.Source, box))
		slices.SortFunc(s.items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
		for _, it := range s.items {
			r.feature(s, v, facts, l, it, c.Z, box)
		}
	}
	b := slices.Clone(s.enc.Bytes())
	clear(s.items[:cap(s.items)]) // a pool must not hold a snapshot's records
	return b
}

// feature adds a record to the layer in hand. box is the tile's.
func (r *Renderer) feature(s *scratch, v index.View, facts Facts, l *Layer, it index.Item, z uint32, box orb.Bound) {
	if l.From != nil && l.From(it) > z || l.Kind == Shapes && !l.Whole && it.Area() > 0 && tiny(it.Box(), z) {
		return
	}
	if l.Keep != nil && !l.Keep(it) {
		return
	}
	var g orb.Geometry
	if l.Kind == Labels {
		b := it.Box()
		p, ok := r.labels.at(v, it, !box.Contains(b.Min) || !box.Contains(b.Max))
		if !ok {
			return // nothing to write a label on
		}
		g = p
	} else {
		g = it.Geometry()
	}
	s.attrs = s.attrs[:0]
	for i := range l.Attrs {
		a := &l.Attrs[i]
		if z < a.MinZoom {
			continue
		}
		var value spatial.Value
		switch {
		case a.Fact != nil:
			if facts != nil {
				value = a.Fact(facts, it.ID())
			}
		case a.Of != nil:
			value = a.Of(it)
		default:
			value = it.Attr(a.Field)
		}
		s.attrs = append(s.attrs, mvt.Attr{Key: a.Name, Value: value})
	}
	s.enc.Feature(it.ID(), g, s.attrs)
}

// grain is how finely a layer is drawn, in units: to half a pixel where the map only
// gives an overview.
func grain(l *Layer, z uint32) int {
	if l.Kind == Shapes && z < coverage.Base {
		return mvt.Extent / pixels / 2
	}
	return 1
}

// pixels is how many pixels a tile is across.
const pixels = 512

// tiny reports whether a box is smaller than a pixel both ways. A point's is no box.
func tiny(b orb.Bound, z uint32) bool {
	if b.Min == b.Max {
		return false
	}
	pixel := 360 / (math.Exp2(float64(z)) * pixels)
	w, h := b.Max[0]-b.Min[0], b.Max[1]-b.Min[1]
	return w < pixel && h < pixel*math.Cos(b.Min[1]*math.Pi/180)
}
