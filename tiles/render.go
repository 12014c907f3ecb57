package tiles

import (
	"bytes"
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
	sketches sketches
}

// scratch is what one tile is made with.
type scratch struct {
	enc          mvt.Encoder
	desk         desk
	items, order []index.Item
	used         int // how many of each were in hand at most
	values       []spatial.Value
	further      []mvt.Placed
	sent         bytes.Buffer // the tile compressed
}

// NewRenderer is a Renderer.
func NewRenderer() *Renderer {
	return &Renderer{encoders: sync.Pool{New: func() any { return new(scratch) }}, ground: newGround(), labels: newLabels(), sketches: newSketches(sketchBytes)}
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
	return append([]byte(nil), r.draw(s, v, facts, layers, c)...) // nil where it is empty
}

// draw makes a tile. Its bytes are of s.
func (r *Renderer) draw(s *scratch, v index.View, facts Facts, layers []Layer, c Coord) []byte {
	s.enc.Begin(c.Z, c.X, c.Y)
	box, last := c.Box(buffer), ""
	for i := range layers {
		l := &layers[i]
		if !l.At(c.Z) {
			continue
		}
		if l.Kind == Coverage {
			s.enc.Finished(r.ground.draw(v, l, c))
			continue
		}
		if l.Kind == Dots {
			s.enc.Layer(l.Name)
			r.dots(&s.enc, v, l, c)
			continue
		}
		if l.Source != last { // parcels and their labels are of one
			s.items = v.AppendWithin(s.items[:0], l.Source, box)
			s.items, s.order = byID(s.items, s.order)
			s.used, last = max(s.used, len(s.items)), l.Source
		}
		r.layer(s, v, facts, l, c.Z, s.items)
	}
	b := s.enc.Bytes()
	clear(s.items[:min(s.used, cap(s.items))]) // a pool must not hold a snapshot's records
	clear(s.order[:min(s.used, cap(s.order))])
	s.used = 0
	s.desk = desk{data: s.desk.data}
	return b
}

// layer draws records, ids rising, as a layer of the tile in hand.
func (r *Renderer) layer(s *scratch, v index.View, facts Facts, l *Layer, z uint32, items []index.Item) {
	s.enc.Layer(l.Name)
	for k := range l.Attrs {
		s.enc.Name(l.Attrs[k].Name)
	}
	s.desk.view, s.desk.layer, s.desk.zoom = v, l, z
	for len(items) > 0 {
		n := 1
		for number := items[0].ID() / pageSize; n < len(items) && items[n].ID()/pageSize == number; {
			n++
		}
		r.run(s, facts, items[:n])
		items = items[n:]
	}
}

// run draws records whose ids share a page.
func (r *Renderer) run(s *scratch, facts Facts, items []index.Item) {
	v, l, z := s.desk.view, s.desk.layer, s.desk.zoom
	if v.Origin() == nil { // no stamps: nothing can be kept
		for _, it := range items {
			if l.Keep == nil || l.Keep(it) {
				s.desk.data = r.sketch(s, s.desk.data[:0], it)
				s.enc.Draw(it.ID(), s.desk.data, s.factsOf(facts, l, it, z)...)
			}
		}
		return
	}
	p := r.page(s, items)
	for _, it := range items {
		if l.Keep == nil || l.Keep(it) {
			s.enc.Draw(it.ID(), p.sketch(it), s.factsOf(facts, l, it, z)...)
		}
	}
}

// factsOf are the attributes of a record that no version of it says.
func (s *scratch) factsOf(facts Facts, l *Layer, it index.Item, z uint32) []mvt.Placed {
	if facts == nil {
		return nil
	}
	s.further = s.further[:0]
	for i := range l.Attrs {
		if a := &l.Attrs[i]; a.Fact != nil && z >= a.MinZoom {
			s.further = append(s.further, mvt.Placed{Position: i, Value: a.Fact(facts, it.ID())})
		}
	}
	return s.further
}

// byID sorts records by their ids, byte by byte: a tile's records are many and its ids
// near each other. other is memory to do it in; what is not the result is given back.
func byID(items, other []index.Item) (sorted, rest []index.Item) {
	differ := uint64(0)
	for i := 1; i < len(items); i++ {
		differ |= items[i].ID() ^ items[i-1].ID()
	}
	if len(items) < 64 {
		slices.SortFunc(items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
		return items, other
	}
	other = slices.Grow(other[:0], len(items))[:len(items)]
	for shift := 0; differ>>shift > 0; shift += 8 {
		if differ>>shift&0xff == 0 {
			continue
		}
		var from [257]int
		for _, it := range items {
			from[it.ID()>>shift&0xff+1]++
		}
		for i := range 256 {
			from[i+1] += from[i]
		}
		for _, it := range items {
			k := it.ID() >> shift & 0xff
			other[from[k]] = it
			from[k]++
		}
		items, other = other, items
	}
	return items, other
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

// tiny reports whether an area is too small to be seen: a pixel or less both ways, or
// as narrow as to cover less than half of one. box is its box, m2 its area. A point's is
// no box.
func tiny(box orb.Bound, m2 float64, z uint32) bool {
	if box.Min == box.Max {
		return false
	}
	pixel := 360 / (math.Exp2(float64(z)) * pixels)
	narrowing := math.Cos(box.Min[1] * math.Pi / 180)
	w, h := box.Max[0]-box.Min[0], box.Max[1]-box.Min[1]
	if w < pixel && h < pixel*narrowing {
		return true
	}
	side := pixel * metresOfDegree * narrowing
	return m2 < side*side/2
}

// metresOfDegree is a degree of the equator, in metres.
const metresOfDegree = 40_075_017.0 / 360
