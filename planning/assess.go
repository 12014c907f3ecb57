package planning

import "math"

// Assess says what may be built on a site that lies in covers, slivers already
// folded away. It is pure. Each limit is the strictest of all that bind: zones,
// restrictions and rules. A zone of a plan that is not in force is listed and does
// not bind; one that lies under a plan which prevails is listed as such.
func (r Rules) Assess(site Site, covers []Cover, touching []Restriction, known Known) Assessment {
	covers = sorted(covers)
	var room [4]ground
	var numbers [24]found
	var doubts [24]doubt
	w := work{rules: &r, site: &site, covers: covers, touching: touching, found: numbers[:0], could: doubts[:0]}
	w.grounds = r.grounds(&site, covers, room[:0])
	for i := range covers {
		w.failed = w.failed || covers[i].Failed != nil && covers[i].Zone.Plan.Binds()
	}
	a := Assessment{Conversion: r.conversions(&site, covers), Zones: zoneShares(covers), Findings: r.findings(covers),
		Setbacks: make([]Setback, 0, 3), Requirements: []Requirement{}}
	for k := range kindCount {
		w.look(k)
		switch k {
		case kindHeight:
			a.Height = w.limit(k)
		case kindDensity:
			a.Density = w.limit(k)
		case kindFAR:
			a.FAR = w.limit(k)
		case kindFloors:
			a.Floors = w.limit(k)
			w.keep()
		case kindFront:
			a.Setbacks = append(a.Setbacks, w.setback(k, "front"))
		case kindSide:
			a.Setbacks = append(a.Setbacks, w.setback(k, "side"))
		case kindRear:
			a.Setbacks = append(a.Setbacks, w.setback(k, "rear"))
		default:
			if q, ok := w.requirement(k); ok {
				a.Requirements = append(a.Requirements, q)
			}
		}
	}
	a.Footprint, a.FloorArea = w.extents()
	a.Themes = themesOf(covers, touching, known)
	return a
}

// work is one assessment under way.
type work struct {
	rules    *Rules
	site     *Site
	covers   []Cover
	touching []Restriction
	grounds  []ground
	failed   bool   // an overlap with a zone that binds could not be worked out
	kept     []kept // parts of the site with floors of their own

	loose inputs // answers that rest on what does not say whether it is in force

	// Of the limit that is being looked at.
	found    []found
	could    []doubt
	best     int
	parcel   bool // a rule took the parcel for the lot
	allowed  bool // a rule took the building to be as high as allowed
	measured bool // a rule took the gap between the plots for the road's width
	silent   bool // on some ground no zone says the number
	unstated bool // a zone or restriction that binds does not say whether it is in force
}

// found is one number that was looked at. Where it is a rule's, cover or
// restriction is where the rule was asked.
type found struct {
	value       float64
	cover       *Cover
	restriction *Restriction
	rule        *rule
	yields      *Cover // the zone of the plan that prevails over it
	share       float64
	sure        sureness
	bound       bool  // it is an upper end of what the rule could say, not what it says
	told        *told // as it stands on the card, once that is made
}

// class orders numbers that are equally strict: what a zone says is cited first.
func (f *found) class() int {
	switch {
	case f.rule != nil:
		return 2
	case f.restriction != nil:
		return 1
	}
	return 0
}

// doubt is a rule that could say more, were something known.
type doubt struct {
	rule    *rule
	value   span
	missing inputs
	sure    sureness
	applies truth
}

// look gathers all that is said of one limit, settles each piece of ground, and
// finds the strictest.
func (w *work) look(k kind) {
	w.found, w.could, w.best = w.found[:0], w.could[:0], -1
	w.parcel, w.allowed, w.measured, w.silent, w.unstated = false, false, false, false, false
	for i := range w.covers {
		c := &w.covers[i]
		v := c.Zone.value(k)
		if v == nil || !c.binds() {
			continue
		}
		f := found{value: *v, cover: c, share: c.Share, sure: sure(c.Zone.Status)}
		if over, by := w.rules.above(w.covers, c, k); over >= near {
			f.yields = by
		} else {
			w.unstated = w.unstated || c.Zone.Plan == nil || c.Zone.Plan.LegalStatus == ""
		}
		w.found = append(w.found, f)
	}
	zones := len(w.found)
	for i := range w.touching {
		t := &w.touching[i]
		if v := t.value(k); v != nil && t.binds() {
			share := 1.0
			if t.Share != nil {
				share = *t.Share
			}
			w.unstated = w.unstated || t.LegalStatus == ""
			w.found = append(w.found, found{value: *v, restriction: t, share: share, sure: sure(t.Status)})
		}
	}
	said := len(w.found)
	for i := range w.grounds {
		w.settle(k, &w.grounds[i], zones, said)
	}
	if k == kindFloors {
		w.heights(k)
	}
	if in, ok := k.input(); ok && w.unstated && (in != inHeight || w.site.Height == nil) {
		w.loose |= in.bit()
	}
	for i := range w.found {
		f := &w.found[i]
		if f.yields == nil && (w.best < 0 || k.stricter(f.value, w.found[w.best].value) ||
			f.value == w.found[w.best].value && f.class() < w.found[w.best].class()) {
			w.best = i
		}
	}
}

// settle works one limit out for a piece of ground: what the zone in front says,
// else those behind it, then restrictions that hold everywhere, then the rules.
func (w *work) settle(k kind, g *ground, zones, said int) {
	a := answer{best: -1}
	take := func(i int) {
		if f := &w.found[i]; a.best < 0 || k.stricter(f.value, a.value) {
			a.best, a.value, a.sure = i, f.value, f.sure
		}
	}
	stated := false
	if g.lead != nil {
		stated = g.lead.Zone.value(k) != nil
		for i := range zones {
			f := &w.found[i]
			if f.cover == g.lead || !stated && f.yields == nil && w.rules.prevails(g.lead, f.cover) {
				take(i)
			}
		}
		if !stated && a.best < 0 {
			w.silent = true
		}
	}
	for i := zones; i < said; i++ {
		if w.found[i].restriction.everywhere() {
			take(i)
		}
	}
	from := len(w.could)
	for _, r := range w.rules.by[k] {
		if i := w.ask(r, g); i >= 0 {
			take(i)
		}
	}
	// What could not change the answer here is not worth a word.
	a.lo = a.value
	kept := w.could[:from]
	for _, d := range w.could[from:] {
		end := d.value.lo
		if kindTable[k].Least {
			end = d.value.hi
		}
		if a.best >= 0 && !k.stricter(end, a.value) {
			continue
		}
		if k.stricter(end, a.lo) {
			a.lo = end
		}
		a.missing |= d.missing
		a.sure = min(a.sure, d.sure)
		kept = append(kept, d)
	}
	w.could = kept
	g.settle(k, a)
}

// ask asks one rule about a piece of ground. It gives the index of the number
// found; -1 where the rule says none that holds for certain.
func (w *work) ask(r *rule, g *ground) int {
	v := r.at(&g.facts)
	lot := r.reads.has(inLotArea) && g.facts.adjoining == nil && w.site.Area > 0
	if lot { // what if the parcel is a part of its lot?
		was := g.facts.num[inLotArea]
		g.facts.num[inLotArea], g.facts.from[inLotArea] = g.facts.lot, inAdjoining.bit()
		if o := r.at(&g.facts); o.applies != no && (!o.known() || !v.known()) && o.missing.has(inAdjoining) {
			w.could = append(w.could, doubt{r, o.value, o.missing, o.sure, o.applies})
		}
		g.facts.num[inLotArea], g.facts.from[inLotArea] = was, 0
	}
	if v.applies == no {
		return -1
	}
	w.parcel = w.parcel || lot
	w.measured = w.measured || r.reads.has(inRoadWidth) && w.site.RoadMeasured && w.site.RoadWidth != nil
	w.unstated = w.unstated || r.reads&w.loose != 0
	w.allowed = w.allowed || r.reads.has(inHeight) && w.site.Height == nil && g.answers[kindHeight].best >= 0
	if !v.known() && v.missing != 0 {
		w.could = append(w.could, doubt{r, v.value, v.missing, v.sure, v.applies})
	}
	end := v.value.hi
	if kindTable[r.kind].Least {
		end = v.value.lo
	}
	if v.applies != yes || math.IsInf(end, 0) || !v.known() && r.kind.idle(end) {
		return -1
	}
	f := found{value: end, cover: g.lead, rule: r, share: g.share, sure: v.sure, bound: !v.known()}
	if !r.reads.placed() {
		f.cover, f.share = nil, 1
	}
	for i := range w.found {
		if o := &w.found[i]; o.rule == r && o.cover == f.cover {
			return i // it says the same everywhere
		}
	}
	w.found = append(w.found, f)
	return len(w.found) - 1
}

// heights asks the rules that tell floors by height about ground whose height a
// restriction limits by itself.
func (w *work) heights(k kind) {
	if w.site.Height != nil || len(w.grounds) == 0 {
		return
	}
	for i := range w.touching {
		t := &w.touching[i]
		if t.Height == nil || !t.binds() || t.everywhere() {
			continue
		}
		f := w.somewhere()
		h := &f.num[inHeight]
		if h.hi > *t.Height {
			f.sure[inHeight] = min(f.sure[inHeight], sure(t.Status))
		}
		h.lo, h.hi = min(h.lo, *t.Height), min(h.hi, *t.Height)
		if f.from[inHeight] == inHeight.bit() || h.exact() { // with no other limit, the restriction's is the height
			*h, f.from[inHeight] = exactly(h.hi), 0
		}
		for _, r := range w.rules.by[k] {
			if !r.reads.has(inHeight) {
				continue
			}
			v := r.at(&f)
			if v.applies == no {
				continue
			}
			w.allowed = true
			w.unstated = w.unstated || t.LegalStatus == ""
			if !v.known() && v.missing != 0 {
				w.could = append(w.could, doubt{r, v.value, v.missing, v.sure, v.applies})
			}
			if v.applies == yes && !math.IsInf(v.value.hi, 0) {
				w.found = append(w.found, found{value: v.value.hi, restriction: t, rule: r, share: *t.Share, sure: v.sure, bound: !v.known()})
			}
		}
	}
}

// somewhere is what is known of a piece of ground that may lie in any zone of the
// site: what all of them have in common.
func (w *work) somewhere() facts {
	f := w.grounds[0].facts
	for i := range w.grounds[1:] {
		g := &w.grounds[i+1].facts
		for n := range f.num {
			if f.num[n] != g.num[n] {
				f.num[n] = span{min(f.num[n].lo, g.num[n].lo), max(f.num[n].hi, g.num[n].hi)}
				f.from[n] |= inZone.bit()
			}
			f.from[n] |= g.from[n]
			f.sure[n] = min(f.sure[n], g.sure[n])
		}
		for n := range f.text {
			if f.text[n] != g.text[n] {
				f.text[n] = ""
			}
		}
	}
	return f
}
