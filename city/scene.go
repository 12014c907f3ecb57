package city

import (
	"slices"
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Scene is one view with what the answers about its parcels have in common: its
// plans, documents and rules, read once. It is safe for concurrent use.
type Scene struct {
	c         *City
	v         index.View
	rules     planning.Rules
	known     planning.Known
	plans     map[string]*planning.Plan
	documents map[string]*planning.Document
	hidden    map[string]bool // codes of plans that the reader may not see
	buildings bool            // the view has some
	alone     bool            // the view has no neighbours of the parcel it is about

	zones        sync.Map // id → *planning.Zone, read when first asked for
	restrictions sync.Map // id → *planning.Restriction
}

// Scene reads a view of today.
func (c *City) Scene(v index.View) *Scene { return c.sceneOn(v, "") }

// sceneOn reads a view of a day.
func (c *City) sceneOn(v index.View, on spatial.Date) *Scene {
	s := &Scene{c: c, v: v, plans: map[string]*planning.Plan{}, documents: map[string]*planning.Document{},
		known: planning.Known{Restrictions: map[string]bool{}}, hidden: hiddenPlans(v), buildings: v.Count(BuildingsLayer) > 0}
	if c.cfg.Rules != nil {
		var loaded []planning.Loaded
		for it := range v.After(planning.RulePacksLayer, 0) {
			loaded = append(loaded, planning.ReadLoaded(it))
		}
		s.rules = c.cfg.Rules(v.Place(), on, loaded)
	}
	for it := range v.After(planning.PlansLayer, 0) {
		p := planning.ReadPlan(it)
		s.plans[p.Code] = &p
	}
	for it := range v.After(planning.DocumentsLayer, 0) {
		d := planning.ReadDocument(it.ID(), it)
		s.documents[it.Attr("code").Text()] = &d
	}
	kind := v.Position(planning.RestrictionsLayer, "kind")
	for it := range v.After(planning.RestrictionsLayer, 0) {
		s.known.Restrictions[it.Value(kind).Text()] = true
	}
	return s
}

// View is the view that the scene was read from.
func (s *Scene) View() index.View { return s.v }

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

func (s *Scene) plan(code string) *planning.Plan         { return s.plans[code] }
func (s *Scene) document(code string) *planning.Document { return s.documents[code] }

// zone is a zone of the view; nil where there is none, or its plan is hidden.
func (s *Scene) zone(id uint64) *planning.Zone {
	if z, ok := s.zones.Load(id); ok {
		return z.(*planning.Zone)
	}
	var z *planning.Zone
	if it, ok := s.v.Get(planning.ZonesLayer, id); ok && !s.hidden[it.Attr("plan").Text()] {
		read := planning.ReadZone(id, it, s.plan, s.document)
		z = &read
	}
	s.zones.Store(id, z)
	return z
}

// restriction is a restriction of the view; nil where there is none, or its plan is
// hidden.
func (s *Scene) restriction(id uint64) *planning.Restriction {
	if r, ok := s.restrictions.Load(id); ok {
		return r.(*planning.Restriction)
	}
	var r *planning.Restriction
	if it, ok := s.v.Get(planning.RestrictionsLayer, id); ok && !s.hidden[it.Attr("plan").Text()] {
		read := planning.ReadRestriction(id, it, s.document)
		r = &read
	}
	s.restrictions.Store(id, r)
	return r
}

// ward is the ward of today that a place lies in, borders included. Where a store
// holds the wards of two eras, one that names a successor is of the past.
func (s *Scene) ward(at orb.Point) (best index.Item, found bool) {
	for it := range s.v.Within(WardsLayer, orb.Bound{Min: at, Max: at}) {
		if !it.Attr("successor").IsNull() || found && it.ID() > best.ID() {
			continue
		}
		if shape, err := s.c.plane.shape(it, 0); err == nil && shape.ground && shape.Intersects(at) {
			best, found = it, true
		}
	}
	return best, found
}

// assess asks planning about a parcel that lies so. What nothing tells of a parcel
// yet (the kind of building, whether the area is built up, the road's class in the
// standard's words) is left unknown, and the answer says so; so is what is known of
// its street with little confidence.
func (s *Scene) assess(p parcels.Parcel, l *Lie, lang string, meant ...func(*planning.Site)) planning.Assessment {
	site, covers, touching := s.site(p, l)
	for _, add := range meant {
		add(&site)
	}
	return s.rules.In(lang).Assess(site, covers, touching, s.known)
}

// site is a parcel that lies so, as planning is asked about it.
func (s *Scene) site(p parcels.Parcel, l *Lie) (planning.Site, []planning.Cover, []planning.Restriction) {
	site := planning.Site{Area: p.Computed, Commune: l.Ward, AdjoiningSameUse: l.SameUse}
	for _, u := range p.Uses {
		site.Uses = append(site.Uses, u.Code)
	}
	if l.Sure {
		site.Frontage, site.RoadWidth, site.RoadMeasured = l.Frontage, l.RoadWidth, l.Measured
	}
	covers := make([]planning.Cover, 0, len(l.Zones))
	for i := range l.Zones {
		z := &l.Zones[i]
		if zone := s.zone(z.ID); zone != nil {
			covers = append(covers, planning.Cover{Zone: *zone, Area: z.Area, Share: z.Share, Failed: z.Failed})
		}
	}
	var touching []planning.Restriction
	for i := range l.Restrictions {
		t := &l.Restrictions[i]
		r := s.restriction(t.ID)
		if r == nil {
			continue
		}
		out := *r
		if out.Share = t.Share; t.Sliver {
			out.Floors, out.Height = nil, nil
		}
		touching = append(touching, out)
	}
	return site, covers, touching
}

// scenes keeps the scenes of the newest revision: some cards a second are made of
// one view.
type scenes struct {
	mu   sync.Mutex
	kept []*Scene
}

// mostScenes is how many are kept: tiers are few.
const mostScenes = 4

// scene is the scene of a view.
func (c *City) scene(v index.View) *Scene {
	c.scenes.mu.Lock()
	for _, s := range c.scenes.kept {
		if s.v == v {
			c.scenes.mu.Unlock()
			return s
		}
	}
	c.scenes.mu.Unlock()
	s := c.Scene(v)
	if v.Origin() == nil { // made for one answer
		return s
	}
	c.scenes.mu.Lock()
	defer c.scenes.mu.Unlock()
	newest := v.Revision()
	for _, k := range c.scenes.kept {
		newest = max(newest, k.v.Revision())
	}
	// One of an older revision would hold on to a snapshot that nobody shows any more.
	c.scenes.kept = slices.DeleteFunc(c.scenes.kept, func(k *Scene) bool { return k.v.Revision() < newest || k.v == v })
	if v.Revision() == newest {
		c.scenes.kept = append(c.scenes.kept, s)
		c.scenes.kept = c.scenes.kept[max(0, len(c.scenes.kept)-mostScenes):]
	}
	return s
}
