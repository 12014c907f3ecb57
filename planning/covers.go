package planning

import "strconv"

// themes are what an assessment looks at, in the order shown. Zoning comes from
// the zones, the others from restrictions of that kind.
func themes() []string {
	return []string{"zoning", "roadCorridor", "powerLine", "water", "heritage", "view", "airport", "forest", "slope", "other"}
}

// conversions compares the present use, of several the main one, with the planned use
// in each zone.
func (r *Rules) conversions(site *Site, covers []Cover) []Conversion {
	out := make([]Conversion, 0, len(covers))
	for i := range covers {
		c := &covers[i]
		if c.Failed != nil {
			continue
		}
		k := Conversion{Part: *c.Zone.label(), Outcome: "noData", Planned: optional(c.Zone.Use), Share: round(c.Share, 4),
			Plan: c.Zone.plan(), Document: c.Zone.Document, Status: optional(c.Zone.Status), YieldsTo: r.useBehind(covers, c)}
		if p := c.Zone.Plan; p != nil {
			if p.From != "" {
				k.Period.From = &p.From
			}
			if p.To != "" {
				k.Period.To = &p.To
			}
		}
		if len(site.Uses) > 0 {
			k.Present = optional(site.Uses[0])
		}
		switch {
		case k.Planned == nil || k.Present == nil:
		case *k.Present == *k.Planned:
			k.Outcome = "agrees"
		case c.Zone.Plan != nil && c.Zone.Plan.LegalStatus == "inForce":
			k.Outcome = "mayApply"
		case c.Zone.Plan != nil && c.Zone.Plan.LegalStatus != "":
			k.Outcome = "notInPlan"
		}
		out = append(out, k)
	}
	return out
}

// useBehind is the first of the zones whose use stands before that of c on all of its
// ground; nil where c's counts.
func (r *Rules) useBehind(covers []Cover, c *Cover) *string {
	share := 0.0
	var first *Cover
	for i := range covers {
		d := &covers[i]
		if d == c || d.Zone.Use == "" || !d.binds() || !c.binds() || !r.prevails(d, c) {
			continue
		}
		if first == nil {
			first = d
		}
		share += d.Share
	}
	if share < near {
		return nil
	}
	return first.Zone.label()
}

func zoneShares(covers []Cover) []ZoneShare {
	out := make([]ZoneShare, 0, len(covers))
	for i := range covers {
		c := &covers[i]
		z := ZoneShare{ID: strconv.FormatUint(c.Zone.ID, 10), Code: optional(c.Zone.Code), Name: optional(c.Zone.Name), Use: optional(c.Zone.Use),
			Plan: c.Zone.plan(), Level: optional(c.level()), Document: c.Zone.Document, Status: optional(c.Zone.Status)}
		if c.Zone.Plan != nil {
			z.LegalStatus = optional(c.Zone.Plan.LegalStatus)
		}
		if c.Failed == nil {
			area, share := round(c.Area, 2), round(c.Share, 4)
			z.Area, z.Share = &area, &share
		}
		out = append(out, z)
	}
	return out
}

func themesOf(covers []Cover, touching []Restriction, known Known) Themes {
	all := themes()
	t := Themes{Concerned: []string{}, NotConcerned: []string{}, NoData: make([]string, 0, len(all))}
	for _, theme := range all {
		concerned := theme == "zoning" && len(covers) > 0
		for i := range touching {
			concerned = concerned || touching[i].Kind == theme
		}
		switch {
		case concerned:
			t.Concerned = append(t.Concerned, theme)
		case known.Restrictions[theme]:
			t.NotConcerned = append(t.NotConcerned, theme)
		default:
			t.NoData = append(t.NoData, theme)
		}
	}
	return t
}
