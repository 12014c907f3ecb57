package city

import (
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// planeShapes keeps shapes brought into a plane and made ready: a zone of ten
// thousand corners is not prepared anew for each of the parcels in it. It holds at
// most limit corners, some 150 bytes each, and starts afresh when it is full.
type planeShapes struct {
	limit int

	mu    sync.RWMutex
	held  map[planeKey]*planeShape
	total int
}

// planeKey names one version of a record: what it says never changes.
type planeKey struct {
	layer   string
	id      uint64
	rev     spatial.Revision
	version int32
	srid    spatial.SRID
}

// planeShape is a shape in a plane, ready to be compared with many parcels.
type planeShape struct {
	*overlay.Prepared
	area   float64 // m²
	ground bool    // it is an area, not a line or a point
}

func newPlaneShapes(limit int) *planeShapes {
	return &planeShapes{limit: limit, held: map[planeKey]*planeShape{}}
}

// shape is an item's display shape in a plane, metres; in degrees where srid is 0,
// which says where a place lies and not how large it is. A record of no revision is a
// proposal and not kept.
func (s *planeShapes) shape(it index.Item, srid spatial.SRID) (*planeShape, error) {
	k := planeKey{it.Layer(), it.ID(), it.Rev(), it.Version(), srid}
	s.mu.RLock()
	p, ok := s.held[k]
	s.mu.RUnlock()
	if ok {
		return p, nil
	}
	g := it.Geometry()
	if srid != 0 {
		to, err := crs.To(srid)
		if err != nil {
			return nil, err
		}
		g = crs.Geometry(g, to)
	}
	ready, err := overlay.Prepare(g)
	if err != nil {
		return nil, err
	}
	p = &planeShape{Prepared: ready, area: overlay.Area(g), ground: g.Dimensions() == 2}
	n := corners(g)
	if k.rev == 0 || n > s.limit {
		return p, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total+n > s.limit {
		s.held, s.total = map[planeKey]*planeShape{}, 0
	}
	if _, ok := s.held[k]; !ok {
		s.held[k] = p
		s.total += n
	}
	return p, nil
}

func corners(g orb.Geometry) int {
	n := 0
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			n += len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += corners(p)
		}
	case orb.Collection:
		for _, m := range g {
			n += corners(m)
		}
	case orb.LineString:
		n = len(g)
	case orb.MultiLineString:
		for _, l := range g {
			n += len(l)
		}
	default:
		n = 1
	}
	return n
}
