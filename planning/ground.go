package planning

import (
	"cmp"
	"slices"
)

// near is how much of a site makes the whole of it, the rest being digitising noise.
const near = 0.99

// ground is a piece of the site that is answered for by itself: what lies in one
// zone, or in none.
type ground struct {
	lead    *Cover // the zone that speaks first here; nil = no zone
	share   float64
	area    float64 // m²
	exact   bool    // the share is known, and not shared with a zone of another plan
	facts   facts
	answers [kindFloors + 1]answer
}

// answer is what is settled for a piece of ground.
type answer struct {
	best    int // index of what was found; -1 = nothing
	value   float64
	lo      float64 // how strict it could be, were everything known
	sure    sureness
	missing inputs
}

// prevails reports whether what d says goes before what c says of the same ground:
// its plan is of a level that does, or says that it replaces the other's.
func (r *Rules) prevails(d, c *Cover) bool {
	p, q := d.Zone.Plan, c.Zone.Plan
	if p == nil || q == nil {
		return false
	}
	if slices.Contains(p.Replaces, q.Code) && p.Code != q.Code {
		return !slices.Contains(q.Replaces, p.Code) // two that replace each other settle nothing
	}
	if r.precedence == nil {
		return false
	}
	i, j := slices.Index(r.precedence.Levels, p.Level), slices.Index(r.precedence.Levels, q.Level)
	return i >= 0 && j >= 0 && i < j
}

// binds reports whether a cover is to be counted with.
func (c *Cover) binds() bool { return c.Failed == nil && c.Zone.Plan.Binds() }

// sorted are the covers in the order in which they are shown.
func sorted(covers []Cover) []Cover {
	covers = slices.Clone(covers)
	slices.SortStableFunc(covers, func(a, b Cover) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Zone.Code, b.Zone.Code), cmp.Compare(a.Zone.ID, b.Zone.ID))
	})
	return covers
}

// above is the share of the site under zones that prevail over c and that say
// something of k (of anything, where k is kindCount), and the first of them.
func (r *Rules) above(covers []Cover, c *Cover, k kind) (share float64, first *Cover) {
	for i := range covers {
		d := &covers[i]
		if d == c || !d.binds() || k < kindCount && d.Zone.value(k) == nil || !r.prevails(d, c) {
			continue
		}
		if first == nil {
			first = d
		}
		share += d.Share
	}
	return share, first
}

// grounds cuts the site into pieces, largest zone first.
func (r *Rules) grounds(site *Site, covers []Cover, to []ground) []ground {
	base := newFacts(site)
	covered := 0.0
	for i := range covers {
		c := &covers[i]
		if !c.binds() {
			continue
		}
		covered += c.Share
		over, _ := r.above(covers, c, kindCount)
		if over >= near {
			continue
		}
		total, peers := 0.0, 0
		for j := range covers {
			if d := &covers[j]; d.binds() && !r.prevails(d, c) && !r.prevails(c, d) {
				total += d.Share
				peers++
			}
		}
		g := ground{lead: c, share: c.Share, area: c.Area, facts: base, exact: total <= 1-over+1-near || peers == 1}
		if left := 1 - over; total > left && over > 0 {
			g.share, g.area = c.Share*left/total, c.Area*left/total
		}
		r.place(&g, covers)
		to = append(to, g)
	}
	if covered < near && r.any {
		to = append(to, ground{share: 1 - covered, area: site.Area * (1 - covered), exact: true, facts: base})
	}
	return to
}

// place tells the facts of a piece of ground which zone it lies in.
func (r *Rules) place(g *ground, covers []Cover) {
	z := &g.lead.Zone
	use := z.Use
	for i := 0; use == "" && i < len(covers); i++ { // a finer plan may be silent about it
		if d := &covers[i]; d.binds() && d.Share >= near && r.prevails(g.lead, d) {
			use = d.Zone.Use
		}
	}
	g.facts.setText(inPlannedUse, use)
	g.facts.setText(inZone, z.Code)
	g.facts.setText(inPlan, z.PlanCode)
}

// settle makes the answer to k a fact for the limits after it.
func (g *ground) settle(k kind, a answer) {
	in, ok := k.input()
	if !ok {
		return
	}
	g.answers[k] = a
	if a.best < 0 || g.facts.from[in] == 0 && in == inHeight {
		return
	}
	g.facts.num[in], g.facts.from[in], g.facts.sure[in] = span{a.lo, a.value}, 0, a.sure
	if a.lo < a.value {
		g.facts.from[in] = a.missing
	}
}

// findings are contradictions in the plans themselves, for people to settle: ground
// that two plans of one level speak of, or two zones of one plan.
func (r *Rules) findings(covers []Cover) []Finding {
	out := []Finding{}
	if len(r.unread) > 0 {
		out = append(out, Finding{Kind: "rulesUnread", Plans: []string{}, Zones: []string{}, Packs: r.unread})
	}
	for i := range covers {
		c := &covers[i]
		if !c.binds() || slices.ContainsFunc(covers[:i], func(d Cover) bool { return d.binds() && d.level() == c.level() }) {
			continue
		}
		total := 0.0
		f := Finding{Kind: "zonesOverlap", Level: optional(c.level()), Packs: []string{}}
		for j := range covers {
			d := &covers[j]
			if !d.binds() || d.level() != c.level() {
				continue
			}
			if over, _ := r.above(covers, d, kindCount); over > 1-near { // settled by what the decision says
				continue
			}
			total += d.Share
			f.Zones = append(f.Zones, *d.Zone.label())
			if p := d.Zone.PlanCode; !slices.Contains(f.Plans, p) {
				f.Plans = append(f.Plans, p)
			}
		}
		if total <= 2-near || len(f.Zones) < 2 {
			continue
		}
		if len(f.Plans) > 1 {
			f.Kind = "plansOverlap"
		}
		out = append(out, f)
	}
	return out
}

func (c *Cover) level() string {
	if c.Zone.Plan == nil {
		return ""
	}
	return c.Zone.Plan.Level
}
