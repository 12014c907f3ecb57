package planning

import (
	"cmp"
	"math"
	"slices"
	"strconv"
)

// themes are what an assessment looks at, in the order shown. Zoning comes from
// the zones, the others from restrictions of that kind.
func themes() []string {
	return []string{"zoning", "roadCorridor", "powerLine", "water", "heritage", "view", "airport", "forest", "slope", "other"}
}

// Assess says what may be built on a site that lies in covers, slivers already
// folded away. It is pure. Each limit is the strictest of the zones that bind;
// a zone of a plan that is not in force is listed and does not bind.
func Assess(site Site, covers []Cover, touching []Restriction, known Known) Assessment {
	covers = slices.Clone(covers)
	slices.SortStableFunc(covers, func(a, b Cover) int {
		return cmp.Or(cmp.Compare(b.Share, a.Share), cmp.Compare(a.Zone.Code, b.Zone.Code), cmp.Compare(a.Zone.ID, b.Zone.ID))
	})
	a := Assessment{
		Floors:     limit("floors", covers, func(z *Zone) *float64 { return z.Floors }),
		Height:     limit("height", covers, func(z *Zone) *float64 { return z.Height }),
		Density:    limit("density", covers, func(z *Zone) *float64 { return z.Density }),
		FAR:        limit("far", covers, func(z *Zone) *float64 { return z.FAR }),
		Setbacks:   setbacks(covers),
		Conversion: conversions(site, covers),
		Zones:      zoneShares(covers),
	}
	a.Themes = themesOf(covers, touching, known)
	return a
}

// limit is the strictest value over the covers that bind.
func limit(name string, covers []Cover, value func(*Zone) *float64) Limit {
	l := Limit{Outcome: NoData, AlsoConsidered: []Also{}, Unknown: []string{}, Parts: []Part{}}
	var strictest *Cover
	covered, failed, silent, unstated := 0.0, false, false, false
	for i := range covers {
		c := &covers[i]
		if !c.Zone.Plan.Binds() {
			continue
		}
		if c.Failed != nil {
			failed = true
			continue
		}
		covered += c.Share
		v := value(&c.Zone)
		p := Part{Zone: c.Zone.label(), Area: round(c.Area, 2), Share: round(c.Share, 4), Max: v}
		if v == nil {
			silent = true
		} else {
			p.Because = reason(c)
			unstated = unstated || c.Zone.Plan == nil || c.Zone.Plan.LegalStatus == ""
			if strictest == nil || *v < *value(&strictest.Zone) {
				strictest = c
			}
		}
		l.Parts = append(l.Parts, p)
	}
	if failed {
		l.Outcome = CannotAssess
		l.Unknown = append(l.Unknown, "overlap")
		return l
	}
	if silent {
		l.Unknown = append(l.Unknown, name+"OfZone")
	}
	if strictest == nil {
		return l
	}
	if unstated {
		l.Unknown = append(l.Unknown, "legalStatus")
	}
	if covered < 0.99 {
		l.Unknown = append(l.Unknown, "partWithoutZone")
	}
	most := *value(&strictest.Zone)
	status := strictest.Zone.Status
	if status == "" {
		status = "unverified"
	}
	l.Outcome, l.Max, l.Because, l.Status = Answered, &most, reason(strictest), &status
	if most == 0 {
		l.Outcome = NotBuildable
	}
	for i := range covers {
		c := &covers[i]
		if v := value(&c.Zone); c != strictest && v != nil && c.Zone.Plan.Binds() {
			l.AlsoConsidered = append(l.AlsoConsidered, Also{Max: *v, Rule: zoneRule, Zone: c.Zone.label()})
		}
	}
	return l
}

// zoneRule is the rule's code where the zone itself states the number.
const zoneRule = "zone"

func reason(c *Cover) *Reason {
	title := c.Zone.Name
	if title == "" {
		title = *c.Zone.label()
	}
	if c.Zone.Plan != nil && c.Zone.Plan.Name != "" {
		title += " – " + c.Zone.Plan.Name
	}
	return &Reason{Rule: zoneRule, Title: title, Document: c.Zone.Document, Article: optional(c.Zone.Article),
		Zone: c.Zone.label(), Share: round(c.Share, 4)}
}

// setbacks are the widest any binding zone asks for, side by side.
func setbacks(covers []Cover) []Setback {
	out := []Setback{}
	for _, side := range []struct {
		name  string
		value func(*Zone) *float64
	}{
		{"front", func(z *Zone) *float64 { return z.Front }},
		{"side", func(z *Zone) *float64 { return z.Side }},
		{"rear", func(z *Zone) *float64 { return z.Rear }},
	} {
		s := Setback{Side: side.name, Outcome: NoData}
		for i := range covers {
			c := &covers[i]
			v := side.value(&c.Zone)
			switch {
			case !c.Zone.Plan.Binds():
			case c.Failed != nil:
				s = Setback{Side: side.name, Outcome: CannotAssess}
			case v != nil && s.Outcome != CannotAssess && (s.Min == nil || *v > *s.Min):
				s = Setback{Side: side.name, Outcome: Answered, Min: v, Because: reason(c)}
			}
		}
		out = append(out, s)
	}
	return out
}

// conversions compares the present use with the planned use in each zone.
func conversions(site Site, covers []Cover) []Conversion {
	out := []Conversion{}
	for i := range covers {
		c := &covers[i]
		if c.Failed != nil {
			continue
		}
		k := Conversion{Part: *c.Zone.label(), Outcome: "noData", Planned: optional(c.Zone.Use), Share: round(c.Share, 4), Document: c.Zone.Document}
		if len(site.Uses) > 0 {
			k.Present = optional(site.Uses[0])
		}
		switch {
		case k.Planned == nil || k.Present == nil:
		case slices.Contains(site.Uses, c.Zone.Use):
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

func zoneShares(covers []Cover) []ZoneShare {
	out := []ZoneShare{}
	for i := range covers {
		c := &covers[i]
		z := ZoneShare{ID: strconv.FormatUint(c.Zone.ID, 10), Code: optional(c.Zone.Code), Name: optional(c.Zone.Name), Use: optional(c.Zone.Use),
			Plan: optional(c.Zone.PlanCode), Document: c.Zone.Document, Status: optional(c.Zone.Status)}
		if c.Zone.Plan != nil {
			z.LegalStatus = optional(c.Zone.Plan.LegalStatus)
			if c.Zone.Plan.Name != "" {
				z.Plan = &c.Zone.Plan.Name
			}
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
	t := Themes{Concerned: []string{}, NotConcerned: []string{}, NoData: []string{}}
	for _, theme := range themes() {
		concerned := theme == "zoning" && len(covers) > 0
		for _, r := range touching {
			concerned = concerned || r.Kind == theme
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

func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}
