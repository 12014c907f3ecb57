package ledger

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// touched are the parcels that changes can bear on, with the parts of how they lie
// that are to be worked out anew. All of them are to be assessed again.
type touched map[uint64]city.Part

// border is how far from its box a shape is looked for, m: shapes are compared in
// another plane than the one they are found in.
const border = 1.0

// search is a search for what changes touch.
type search struct {
	old, now index.View // whole; old is empty where it is not at hand
	found    touched
	seen     map[name]bool
	plans    map[string]bool // codes of plans that changed
	papers   map[string]bool // codes of documents that changed
	communes map[string]bool // codes of communes that have other rules
	country  bool            // the whole country has
}

type name struct {
	layer string
	id    uint64
}

// find are the parcels that the changes between two views touch; was is the book of
// the old one.
func find(old, now index.View, was Book, events []index.Event) touched {
	s := newSearch(old, now)
	for i := range events {
		s.change(&events[i].Change)
	}
	if len(s.communes) > 0 { // where a parcel lies in none that is known, any rule may hold
		for id := range was.wardless() {
			s.found[id] |= 0
		}
	}
	return s.end()
}

func newSearch(old, now index.View) *search {
	return &search{old: old, now: now, found: touched{}, seen: map[name]bool{}, plans: map[string]bool{}, papers: map[string]bool{}, communes: map[string]bool{}}
}

// change adds what one change touches.
func (s *search) change(c *change.Change) {
	n := name{c.Layer, c.ID}
	again := s.seen[n]
	s.seen[n] = true
	switch c.Layer {
	case change.PlaceLayer:
		s.all(city.Whole)
	case parcels.LayerName:
		s.found[c.ID] |= city.Whole
		s.near(c, again, frontage.Reach, city.PartStreet)
	case planning.ZonesLayer, planning.RestrictionsLayer:
		s.near(c, again, border, city.PartPlan)
	case city.RoadsLayer, city.WaterLayer:
		s.near(c, again, frontage.Reach, city.PartStreet)
	case frontage.MarksLayer:
		s.near(c, again, frontage.MarkReach+border, city.PartStreet)
	case city.WardsLayer:
		s.near(c, again, border, city.PartWard)
	case city.BuildingsLayer:
		s.near(c, again, border, city.PartBuilt)
	case planning.PlansLayer:
		s.codes(c, s.plans)
	case planning.DocumentsLayer:
		s.codes(c, s.papers)
	case planning.RulePacksLayer:
		s.rules(c)
	}
}

// end adds what can be told only when all changes are known.
func (s *search) end() touched {
	if s.old.Revision() > 0 {
		if some(s.old, city.BuildingsLayer) != some(s.now, city.BuildingsLayer) {
			s.all(city.PartBuilt)
		}
		if some(s.old, city.RoadsLayer) != some(s.now, city.RoadsLayer) {
			s.all(city.PartStreet)
		}
	}
	s.ofPlans()
	s.ofRules()
	return s.found
}

// some says of which classes a view has records of a layer.
func some(v index.View, layer string) (of [accesses]bool) {
	for a := range of {
		of[a] = v.Narrowed(1<<a).Count(layer) > 0
	}
	return of
}

func (s *search) all(parts city.Part) {
	for it := range s.now.After(parcels.LayerName, 0) {
		s.found[it.ID()] |= parts
	}
}

// near adds the parcels within d metres of a record, as it was and as it is. What
// it was between is of no account.
func (s *search) near(c *change.Change, again bool, d float64, parts city.Part) {
	if s.old.Revision() == 0 && c.Before != nil {
		s.within(*c.Before, nil, d, parts)
	}
	if again {
		return
	}
	for _, v := range [...]index.View{s.old, s.now} {
		if it, ok := v.Get(c.Layer, c.ID); ok && !index.Empty(it.Box()) {
			shape, err := overlay.Prepare(it.Geometry())
			if err != nil || shape.Fault() != nil { // a faulty zone fails wherever its box is
				shape = nil
			}
			s.within(it.Box(), shape, d, parts)
		}
	}
}

// within adds the parcels of which the box comes within d metres of a shape; nil =
// of a box.
func (s *search) within(box orb.Bound, shape *overlay.Prepared, d float64, parts city.Part) {
	for it := range s.now.Within(parcels.LayerName, grown(box, d)) {
		if was, ok := s.found[it.ID()]; ok && was&parts == parts {
			continue
		}
		if shape == nil || shape.Side(grown(it.Box(), d)) != overlay.Outside {
			s.found[it.ID()] |= parts
		}
	}
}

// grown is a box in degrees with d metres more on each side, or a little more.
func grown(b orb.Bound, d float64) orb.Bound {
	dy := d / 110000
	dx := dy / max(0.01, math.Cos(max(math.Abs(b.Min[1]), math.Abs(b.Max[1]))*math.Pi/180))
	return orb.Bound{Min: orb.Point{b.Min[0] - dx, b.Min[1] - dy}, Max: orb.Point{b.Max[0] + dx, b.Max[1] + dy}}
}

func (s *search) codes(c *change.Change, into map[string]bool) {
	for _, v := range [...]index.View{s.old, s.now} {
		if it, ok := v.Get(c.Layer, c.ID); ok {
			into[it.Attr("code").Text()] = true
		}
	}
}

// ofPlans adds the parcels in zones and restrictions of the plans and documents that
// changed: how they lie is the same, what is said of them may be another.
func (s *search) ofPlans() {
	if len(s.plans) == 0 && len(s.papers) == 0 {
		return
	}
	for it := range s.now.After(planning.PlansLayer, 0) {
		if s.papers[it.Attr("document").Text()] {
			s.plans[it.Attr("code").Text()] = true
		}
	}
	for _, layer := range [...]string{planning.ZonesLayer, planning.RestrictionsLayer} {
		for it := range s.now.After(layer, 0) {
			if !index.Empty(it.Box()) && (s.plans[it.Attr("plan").Text()] || s.papers[it.Attr("document").Text()]) {
				shape, err := overlay.Prepare(it.Geometry())
				if err != nil || shape.Fault() != nil {
					shape = nil
				}
				for p := range s.now.Within(parcels.LayerName, grown(it.Box(), border)) {
					if _, ok := s.found[p.ID()]; !ok && (shape == nil || shape.Side(grown(p.Box(), border)) != overlay.Outside) {
						s.found[p.ID()] = 0
					}
				}
			}
		}
	}
}

// rules notes where rules are others: where the pack was for, and where it is for.
func (s *search) rules(c *change.Change) {
	for _, v := range [...]index.View{s.old, s.now} {
		it, ok := v.Get(c.Layer, c.ID)
		if !ok {
			continue
		}
		applies := planning.ReadLoaded(it).Applies
		s.country = s.country || len(applies) == 0
		for _, code := range applies {
			s.communes[code] = true
		}
	}
}

// ofRules adds the parcels that have other rules: they are only assessed again.
func (s *search) ofRules() {
	if s.country {
		s.all(0)
		return
	}
	if len(s.communes) == 0 {
		return
	}
	for it := range s.now.After(city.WardsLayer, 0) {
		if !s.communes[it.Attr("code").Text()] || index.Empty(it.Box()) {
			continue
		}
		shape, err := overlay.Prepare(it.Geometry())
		if err != nil || shape.Fault() != nil {
			shape = nil
		}
		s.within(it.Box(), shape, border, 0)
	}
}
