package tiles

import (
	"math"
	"slices"

	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// sketchBytes bounds the memory of kept sketches. A parcel's takes some 120 bytes a
// zoom: those of a city of a hundred thousand parcels, at all zooms that people look at
// it, fit.
const sketchBytes = 96 << 20

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

// page is the sketches of records whose ids follow each other. It is never written to:
// where one is missing, a page with it takes its place.
type page struct {
	of   [pageSize]sketched
	data []byte
}

// sketched is which version of a record a sketch is of, and where it stands.
type sketched struct {
	rev      spatial.Revision
	version  int32
	made     bool
	from, to uint32
}

const pageOverhead = pageSize*24 + 200

// newSketches keeps about so many bytes.
func newSketches(size uint64) sketches {
	return sketches{otter.Must(&otter.Options[pageKey, *page]{MaximumWeight: size, Weigher: func(_ pageKey, p *page) uint32 {
		return uint32(min(pageOverhead+len(p.data), math.MaxInt32))
	}})}
}

// has reports whether the page has the sketch of a record as it is.
func (p *page) has(it index.Item) bool {
	k := &p.of[it.ID()%pageSize]
	return k.made && k.version == it.Version() && k.rev == it.Rev()
}

func (p *page) sketch(it index.Item) mvt.Sketch {
	k := &p.of[it.ID()%pageSize]
	return p.data[k.from:k.to]
}

// desk is where the sketches of one layer of a tile are found and made.
type desk struct {
	view  index.View
	layer *Layer
	zoom  uint32
	data  []byte // memory for what is made
}

// page is the page of records, whose ids share one.
func (r *Renderer) page(s *scratch, items []index.Item) *page {
	d := &s.desk
	k := pageKey{origin: d.view.Origin(), layer: d.layer.Name, tier: d.view.Tier(), zoom: uint8(d.zoom), number: items[0].ID() / pageSize}
	p, _ := r.sketches.kept.GetIfPresent(k)
	for i := range items {
		if p == nil || !p.has(items[i]) {
			p = r.written(s, p, items)
			r.sketches.kept.Set(k, p)
			break
		}
	}
	return p
}

// written is a page with the sketches of records on it, and what else was on it before.
func (r *Renderer) written(s *scratch, was *page, items []index.Item) *page {
	p := new(page)
	data := s.desk.data[:0]
	for _, it := range items {
		from := len(data)
		if was != nil && was.has(it) {
			data = append(data, was.sketch(it)...)
		} else {
			data = r.sketch(s, data, it)
		}
		p.of[it.ID()%pageSize] = sketched{it.Rev(), it.Version(), true, uint32(from), uint32(len(data))}
	}
	if was != nil {
		for i := range was.of {
			if k := was.of[i]; k.made && !p.of[i].made {
				from := len(data)
				data = append(data, was.data[k.from:k.to]...)
				p.of[i] = sketched{k.rev, k.version, true, uint32(from), uint32(len(data))}
			}
		}
	}
	p.data, s.desk.data = slices.Clone(data), data
	return p
}

// sketch puts the sketch of a record behind b: nothing where the layer does not draw it
// at the zoom.
func (r *Renderer) sketch(s *scratch, b []byte, it index.Item) []byte {
	d := &s.desk
	l, z := d.layer, d.zoom
	var g orb.Geometry
	switch {
	case l.From != nil && l.From(it) > z || l.Kind == Shapes && !l.Whole && it.Area() > 0 && tiny(it.Box(), it.Area(), z):
	case l.Kind == Labels:
		if p, ok := r.labels.at(d.view, it); ok { // else there is nothing to write a label on
			g = p
		}
	default:
		g = it.Geometry()
	}
	if g == nil {
		return b
	}
	s.values = s.values[:0]
	for i := range l.Attrs {
		a := &l.Attrs[i]
		var value spatial.Value
		switch {
		case z < a.MinZoom || a.Fact != nil:
		case a.Of != nil:
			value = a.Of(it)
		default:
			value = it.Attr(a.Field)
		}
		s.values = append(s.values, value)
	}
	n := len(b)
	if b = s.enc.Sketch(b, z, grain(l, z), g, s.values); len(b) == n && l.Whole && it.Area() > 0 {
		// Thinner than a unit, its two sides fall on one line: it is there all the same.
		b = s.enc.Sketch(b, z, 1, unitAt(it.Box().Center(), z), s.values)
	}
	return b
}

// unitAt is a square about a place, a unit or two of zoom z across.
func unitAt(p orb.Point, z uint32) orb.Polygon {
	w := 0.75 * 360 / (math.Exp2(float64(z)) * mvt.Extent)
	h := w * math.Cos(p[1]*math.Pi/180)
	return orb.Bound{Min: orb.Point{p[0] - w, p[1] - h}, Max: orb.Point{p[0] + w, p[1] + h}}.ToPolygon()
}
