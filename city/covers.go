package city

import (
	"strconv"
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// assess works out the parcel's covers and asks planning about them. at is a point
// inside the parcel. What nothing tells of a parcel yet (the kind of building, whether
// the area is built up, the road's class in the standard's words) is left unknown,
// and the answer says so; so is what front tells with little confidence. What is meant
// to be built there, meant adds.
func (c *City) assess(v index.View, it index.Item, p parcels.Parcel, front frontage.Result, at orb.Point, lang string, meant ...func(*planning.Site)) (planning.Assessment, error) {
	site := planning.Site{Area: it.Area()}
	for _, u := range p.Uses {
		site.Uses = append(site.Uses, u.Code)
	}
	if w, ok := ward(v, at); ok {
		site.Commune = w.Attr("code").Text()
	}
	site.AdjoiningSameUse = front.AdjoiningSameUse
	if sure := front.Confidence; sure == frontage.High || sure == frontage.Medium {
		site.Frontage = front.Frontage
		if len(front.Streets) > 0 {
			site.RoadWidth = front.Streets[0].Width
		}
	}
	for _, add := range meant {
		add(&site)
	}
	covers, touching, err := c.covers(v, it)
	if err != nil {
		return planning.Assessment{}, err
	}
	known := planning.Known{Restrictions: map[string]bool{}}
	for r := range v.After(planning.RestrictionsLayer, 0) {
		known.Restrictions[r.Attr("kind").Text()] = true
	}
	var rules planning.Rules
	if c.cfg.Rules != nil {
		rules = c.cfg.Rules(v.Place())
	}
	return rules.In(lang).Assess(site, covers, touching, known), nil
}

// covers are the zones a parcel lies in with their exact shares, slivers folded,
// and the restrictions that touch it. An overlap that cannot be worked out is a
// cover that says so, never a missing one.
func (c *City) covers(v index.View, it index.Item) ([]planning.Cover, []planning.Restriction, error) {
	srid := plane(v, it)
	if srid == 0 {
		return nil, nil, nil
	}
	outline, err := c.plane.shape(it, srid)
	if err != nil {
		return nil, nil, &spatial.Error{Op: "lay a parcel over its zones", Kind: spatial.Internal, Code: "parcel.shape", Subject: strconv.FormatUint(it.ID(), 10), Err: err}
	}
	area := overlay.Area(outline)
	plans, documents := lookup(v)
	hidden := hiddenPlans(v)
	var covers []planning.Cover
	for z := range v.Within(planning.ZonesLayer, it.Box()) {
		if hidden[z.Attr("plan").Text()] {
			continue
		}
		k := planning.Cover{Zone: planning.ReadZone(z.ID(), z, plans, documents)}
		shape, err := c.plane.shape(z, srid)
		if err == nil {
			k.Area, err = overlay.IntersectionArea(outline, shape)
		}
		switch {
		case err != nil:
			k.Failed = err
		case area > 0:
			k.Share = min(1, k.Area/area)
		}
		if k.Failed == nil && k.Area == 0 || c.cfg.Sliver.Sliver(k, area) {
			continue
		}
		covers = append(covers, k)
	}
	var touching []planning.Restriction
	for r := range v.Within(planning.RestrictionsLayer, it.Box()) {
		if hidden[r.Attr("plan").Text()] {
			continue
		}
		shape, err := c.plane.shape(r, srid)
		if err != nil {
			continue
		}
		// A restriction whose overlap fails concerns the parcel: better one theme
		// too many than one left out.
		hits, err := overlay.Intersects(outline, shape)
		if err == nil && !hits {
			continue
		}
		touching = append(touching, c.restriction(r, outline, shape, area, documents))
	}
	return covers, touching, nil
}

// restriction reads a restriction that touches the parcel, with the share of the
// parcel that it covers where it has an area. One that covers a sliver concerns the
// parcel, and limits nothing on it.
func (c *City) restriction(r index.Item, outline, shape orb.Geometry, area float64, documents func(string) *planning.Document) planning.Restriction {
	out := planning.ReadRestriction(r.ID(), r, documents)
	if area <= 0 || overlay.Area(shape) == 0 {
		return out
	}
	covered, err := overlay.IntersectionArea(outline, shape)
	if err != nil {
		return out
	}
	share := min(1, covered/area)
	out.Share = &share
	if c.cfg.Sliver.Sliver(planning.Cover{Area: covered, Share: share}, area) {
		out.Floors, out.Height = nil, nil
	}
	return out
}

// hiddenPlans are the codes of plans that the reader may not see. What their zones
// say is theirs to say: a draft that is not public must neither show nor bind.
func hiddenPlans(v index.View) map[string]bool {
	var hidden map[string]bool
	for it := range v.Whole().After(planning.PlansLayer, 0) {
		if _, seen := v.Get(planning.PlansLayer, it.ID()); !seen {
			if hidden == nil {
				hidden = map[string]bool{}
			}
			hidden[it.Attr("code").Text()] = true
		}
	}
	return hidden
}

// lookup finds plans and documents by the code that zones name them by. There are
// tens of them, so they are read once a card, not indexed.
func lookup(v index.View) (func(string) *planning.Plan, func(string) *planning.Document) {
	plans, documents := map[string]*planning.Plan{}, map[string]*planning.Document{}
	for it := range v.After(planning.PlansLayer, 0) {
		p := planning.ReadPlan(it)
		plans[p.Code] = &p
	}
	for it := range v.After(planning.DocumentsLayer, 0) {
		d := planning.ReadDocument(it.ID(), it)
		documents[it.Attr("code").Text()] = &d
	}
	return func(code string) *planning.Plan { return plans[code] },
		func(code string) *planning.Document { return documents[code] }
}

// planeShapes keeps shapes brought into a plane: a zone of ten thousand corners is
// not projected anew for each of the parcels in it. It holds at most limit corners
// and starts afresh when it is full.
type planeShapes struct {
	limit int

	mu    sync.RWMutex
	held  map[planeKey]orb.Geometry
	total int
}

type planeKey struct {
	layer string
	id    uint64
	rev   spatial.Revision
	srid  spatial.SRID
}

func newPlaneShapes(limit int) *planeShapes {
	return &planeShapes{limit: limit, held: map[planeKey]orb.Geometry{}}
}

// shape is an item's display shape in a plane, metres.
func (s *planeShapes) shape(it index.Item, srid spatial.SRID) (orb.Geometry, error) {
	to, err := crs.To(srid)
	if err != nil {
		return nil, err
	}
	if it.Layer() == parcels.LayerName { // asked for once, and small
		return crs.Geometry(it.Geometry(), to), nil
	}
	k := planeKey{it.Layer(), it.ID(), it.Rev(), srid}
	s.mu.RLock()
	g, ok := s.held[k]
	s.mu.RUnlock()
	if ok {
		return g, nil
	}
	g = crs.Geometry(it.Geometry(), to)
	n := corners(g)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.total+n > s.limit {
		s.held, s.total = map[planeKey]orb.Geometry{}, 0
	}
	if n <= s.limit {
		s.held[k], s.total = g, s.total+n
	}
	return g, nil
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
