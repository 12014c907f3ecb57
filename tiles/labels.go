package tiles

import (
	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// mostLabels bounds how many labels' points are kept, some 150 bytes each.
const mostLabels = 1 << 17

// labels finds the points that labels stand on, and keeps them for all zooms: a ward's
// takes longer to find than a tile to draw.
type labels struct {
	kept *otter.Cache[labelKey, label]
}

type labelKey struct {
	origin *index.Origin
	layer  string
	id     uint64
	rev    spatial.Revision
}

type label struct {
	at orb.Point
	ok bool
}

func newLabels() *labels {
	return &labels{kept: otter.Must(&otter.Options[labelKey, label]{MaximumSize: mostLabels})}
}

// at is the point of a record's label; false where its shape has no inside.
func (l *labels) at(v index.View, it index.Item) (orb.Point, bool) {
	if v.Origin() == nil {
		p, err := overlay.InteriorPoint(it.Geometry())
		return p, err == nil
	}
	k := labelKey{v.Origin(), it.Layer(), it.ID(), it.Rev()}
	if p, ok := l.kept.GetIfPresent(k); ok {
		return p.at, p.ok
	}
	p, err := overlay.InteriorPoint(it.Geometry())
	l.kept.Set(k, label{p, err == nil})
	return p, err == nil
}
