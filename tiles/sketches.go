package tiles

import (
	"math"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// sketchBytes bounds the memory of kept sketches. A parcel's takes some 300 bytes a
// zoom.
const sketchBytes = 48 << 20

// pageSize is how many ids share a page. Records that lie together were mostly written
// together, so a tile finds its sketches on few pages.
const pageSize = 64

// sketches keeps records as they are drawn at a zoom, a page of ids at a time. A sketch
// is of one version of a record and is not looked at for another, so none is ever
// stale.
type sketches struct {
	kept *otter.Cache[pageKey, *page]
}

type pageKey struct {
	origin *index.Origin
	layer  string // of tiles
	tier   spatial.Tier
	zoom   uint8
	number uint64
}

type page struct {
	of   [pageSize]atomic.Pointer[sketched]
	size atomic.Int64
}

// sketched is a record's sketch with the version it is of.
type sketched struct {
	rev     spatial.Revision
	version int32
	*mvt.Sketch
}

const pageOverhead, sketchedOverhead = pageSize*8 + 200, 32

// newSketches keeps about so many bytes.
func newSketches(size uint64) sketches {
	return sketches{otter.Must(&otter.Options[pageKey, *page]{MaximumWeight: size, Weigher: func(_ pageKey, p *page) uint32 {
		return uint32(min(pageOverhead+max(0, p.size.Load()), math.MaxInt32))
	}})}
}

// desk is where the sketches of one layer of a tile are found and made. Its records
// come by rising ids.
type desk struct {
	from  sketches
	view  index.View
	layer *Layer
	key   pageKey
	page  *page
	grown int64 // bytes that the page has grown by
}

// open begins a layer of a tile of zoom z.
func (d *desk) open(from sketches, v index.View, l *Layer, z uint32) {
	*d = desk{from: from, view: v, layer: l, key: pageKey{origin: v.Origin(), layer: l.Name, tier: v.Tier(), zoom: uint8(z), number: math.MaxUint64}}
}

// turn goes to the page of an id.
func (d *desk) turn(id uint64) {
	if id/pageSize == d.key.number {
		return
	}
	d.close()
	d.key.number = id / pageSize
	p, ok := d.from.kept.GetIfPresent(d.key)
	if !ok {
		p = new(page)
		d.grown = 1 // it is put among the kept once it has something on it
	}
	d.page = p
}

// close has the page in hand counted with what is new on it.
func (d *desk) close() {
	if d.page == nil || d.grown == 0 {
		return
	}
	d.page.size.Add(d.grown)
	d.grown = 0
	d.from.kept.Set(d.key, d.page)
}

// draw adds a record to the layer that s has in hand.
func (d *desk) draw(r *Renderer, s *scratch, it index.Item, further []mvt.Placed) {
	if d.key.origin == nil { // no stamps: nothing can be kept
		s.enc.Draw(it.ID(), r.sketch(s, d, it), further...)
		return
	}
	d.turn(it.ID())
	slot := &d.page.of[it.ID()%pageSize]
	k := slot.Load()
	if k == nil || k.rev != it.Rev() || k.version != it.Version() {
		was := k
		k = &sketched{it.Rev(), it.Version(), r.sketch(s, d, it)}
		slot.Store(k)
		d.grown += int64(k.Size() + sketchedOverhead)
		if was != nil {
			d.grown -= int64(was.Size() + sketchedOverhead)
		}
	}
	d.grown += int64(s.enc.Draw(it.ID(), k.Sketch, further...))
}

// sketch makes the sketch of a record: empty where the layer does not draw it at the
// zoom.
func (r *Renderer) sketch(s *scratch, d *desk, it index.Item) *mvt.Sketch {
	l, z := d.layer, uint32(d.key.zoom)
	var g orb.Geometry
	switch {
	case l.From != nil && l.From(it) > z || l.Kind == Shapes && !l.Whole && it.Area() > 0 && tiny(it.Box(), z):
	case l.Kind == Labels:
		if p, ok := r.labels.at(d.view, it); ok { // else there is nothing to write a label on
			g = p
		}
	default:
		g = it.Geometry()
	}
	s.values = s.values[:0]
	for i := range l.Attrs {
		a := &l.Attrs[i]
		var value spatial.Value
		switch {
		case g == nil || z < a.MinZoom || a.Fact != nil:
		case a.Of != nil:
			value = a.Of(it)
		default:
			value = it.Attr(a.Field)
		}
		s.values = append(s.values, value)
	}
	return s.enc.Sketch(z, grain(l, z), g, s.values)
}
