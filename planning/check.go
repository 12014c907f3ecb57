package planning

import (
	"math"
	"slices"
	"strings"
)

// Proposal is what somebody means to build or to use a site for. nil and "" = it
// does not say.
type Proposal struct {
	Use       string
	Floors    *float64
	Height    *float64 // m
	Footprint *float64 // m², under main buildings
	FloorArea *float64 // m², of all floors
}

// Outcomes of a Check and of a Verdict.
const (
	CheckOK      = "ok"
	CheckExceeds = "exceeds" // more than may be, or another use than planned
	CheckShort   = "short"   // the site is less than is asked for
	CheckUnknown = "unknown" // it depends on what is not known
)

// Verdict is a proposal judged: "exceeds" where it goes past any limit or the site
// falls short of what is asked for, else "unknown" where a limit is not known, else
// "ok".
type Verdict struct {
	Outcome string  `json:"outcome"`
	Checks  []Check `json:"checks"`
}

// Check is one limit against the proposal.
type Check struct {
	Limit    string    `json:"limit"` // use, floors, height, density, footprint, far, floorArea, minLotArea, minFrontage, minFloors
	Unit     string    `json:"unit"`
	Outcome  string    `json:"outcome"`
	Proposed *float64  `json:"proposed"` // of a minimum: what the site has
	Allowed  *float64  `json:"allowed"`  // of a minimum: what is asked for
	By       *float64  `json:"by"`       // how far it is past the limit, or short of it
	Use      *string   `json:"use"`      // of the use: the planned one that it is not
	Zone     *string   `json:"zone"`     // of the use: where
	Because  *Reason   `json:"because"`
	Document *Document `json:"document"` // of the use: of the plan
	Unknown  []string  `json:"unknown"`  // what to know, to be sure
	Could    []Could   `json:"could"`    // what that could change
}

// Check judges a proposal by an assessment, which is to be made of a site with the
// proposal's own height and kind of building. area is the site's, m²; 0 = not known.
// A limit that the proposal does not speak of is not judged. What is past a limit for
// certain exceeds it, whatever else is unknown; what keeps all that is known, and
// might not keep what is not, is unknown: also where it is the plans that leave it open.
func (a *Assessment) Check(p Proposal, area float64) Verdict {
	v := Verdict{Outcome: CheckOK, Checks: []Check{}}
	add := func(c Check) {
		if c.Unknown == nil {
			c.Unknown = []string{}
		}
		if c.Could == nil {
			c.Could = []Could{}
		}
		v.Checks = append(v.Checks, c)
	}
	if p.Use != "" {
		for _, c := range a.uses(p.Use) {
			add(c)
		}
	}
	if p.Floors != nil {
		add(a.Floors.check("floors", "", *p.Floors))
	}
	if p.Height != nil {
		add(a.Height.check("height", "m", *p.Height))
	}
	if p.Footprint != nil {
		if area > 0 {
			add(a.Density.check("density", "%", round(100**p.Footprint/area, 4)))
		}
		add(a.Footprint.check("footprint", *p.Footprint, &a.Density, &a.Floors))
	}
	if p.FloorArea != nil {
		if area > 0 {
			add(a.FAR.check("far", "", round(*p.FloorArea/area, 4)))
		}
		add(a.FloorArea.check("floorArea", *p.FloorArea, &a.FAR, &a.Density, &a.Floors))
	}
	for i := range a.Requirements {
		switch q := a.Requirements[i]; q.Limit {
		case "minLotArea", "minFrontage":
			add(q.check())
		case "minFloors":
			if p.Floors != nil {
				add(q.of(*p.Floors).check())
			}
		}
	}
	for i := range v.Checks {
		switch o := v.Checks[i].Outcome; {
		case o == CheckExceeds || o == CheckShort:
			v.Outcome = CheckExceeds
		case o == CheckUnknown && v.Outcome == CheckOK:
			v.Outcome = CheckUnknown
		}
	}
	if len(v.Checks) == 0 {
		v.Outcome = CheckUnknown
	}
	return v
}

// past says by how much a number is past a limit; nil where it keeps it. Numbers are
// as of answers, to four digits.
func past(proposed, allowed float64) *float64 {
	if by := round(proposed-allowed, 4); by > 0 {
		return &by
	}
	return nil
}

func (l *Limit) check(name, unit string, proposed float64) Check {
	c := Check{Limit: name, Unit: unit, Outcome: CheckUnknown, Proposed: &proposed, Allowed: l.Max, Because: l.Because, Unknown: l.Unknown}
	if l.Max == nil {
		c.Could = l.Could
		return c
	}
	if c.By = past(proposed, *l.Max); c.By != nil {
		c.Outcome, c.Unknown = CheckExceeds, nil
		return c
	}
	c.Could = stricter(l.Could, proposed)
	c.Unknown = named(open(l.Unknown, l.Could), c.Could)
	if c.Outcome = CheckOK; len(c.Unknown) > 0 {
		c.Outcome = CheckUnknown
	}
	return c
}

// stricter are what could forbid a number of a limit.
func stricter(could []Could, proposed float64) (out []Could) {
	for _, k := range could {
		if k.From < proposed {
			out = append(out, k)
		}
	}
	return out
}

// open is what is not known of the plans, as of a part in no zone: what that could
// say has no bounds. The others are inputs, of which could says what they would change.
func open(unknown []string, could []Could) (out []string) {
	for _, u := range unknown {
		if !slices.ContainsFunc(could, func(c Could) bool { return c.Input == u }) {
			out = append(out, u)
		}
	}
	return out
}

// check judges an area, which rests on several limits.
func (e *Extent) check(name string, proposed float64, rests ...*Limit) Check {
	c := Check{Limit: name, Unit: "m²", Outcome: CheckUnknown, Proposed: &proposed, Allowed: e.Max}
	add := func(what string) {
		if !slices.Contains(c.Unknown, what) {
			c.Unknown = append(c.Unknown, what)
		}
	}
	for _, l := range rests {
		for _, u := range l.Unknown {
			// That a zone does not say one of the numbers is no matter where the area
			// follows from the others.
			if e.Max == nil && l.Max == nil || !strings.HasSuffix(u, ofZone) {
				add(u)
			}
		}
	}
	if e.Max == nil {
		return c
	}
	c.Because = rests[0].Because
	if c.By = past(proposed, *e.Max); c.By != nil {
		c.Outcome, c.Unknown = CheckExceeds, nil
		return c
	}
	// What is open in a limit could make less of the whole.
	if c.Outcome = CheckOK; len(c.Unknown) > 0 {
		c.Outcome = CheckUnknown
	}
	return c
}

// of is the requirement with what is proposed in the place of what the parcel has.
func (q Requirement) of(proposed float64) *Requirement {
	q.Has = &proposed
	if q.Min != nil && (proposed < *q.Min || len(q.Unknown) == 0) {
		met := proposed >= *q.Min
		q.Met = &met
	}
	return &q
}

func (q *Requirement) check() Check {
	c := Check{Limit: q.Limit, Unit: q.Unit, Outcome: CheckUnknown, Proposed: q.Has, Allowed: q.Min, Because: q.Because, Unknown: q.Unknown, Could: q.Could}
	if q.Met == nil {
		if q.Has == nil && len(c.Unknown) == 0 {
			c.Unknown = []string{map[string]string{"minLotArea": "lotArea", "minFrontage": "frontage"}[q.Limit]}
		}
		return c
	}
	c.Unknown, c.Could = nil, nil
	if c.Outcome = CheckOK; !*q.Met {
		c.Outcome = CheckShort
		by := round(math.Abs(*q.Min-*q.Has), 4)
		c.By = &by
	}
	return c
}

// uses judges a use: against that of each part that is planned for another, else once.
// Zones that do not bind, and those whose use stands behind another, are passed over.
// An assessment's conversions are those of its zones whose share is known.
func (a *Assessment) uses(use string) []Check {
	var out []Check
	var failed, known, silent, whole, unstated bool
	covered := 0.0
	n := 0
	for i := range a.Zones {
		z := &a.Zones[i]
		binds := z.LegalStatus == nil || *z.LegalStatus == "inForce"
		if z.Share == nil {
			failed = failed || binds
			continue
		}
		k := &a.Conversion[n]
		n++
		if !binds || k.YieldsTo != nil {
			continue
		}
		covered += *z.Share
		if k.Planned == nil {
			silent = true
			continue
		}
		known = true
		whole = whole || *z.Share >= near
		unstated = unstated || z.LegalStatus == nil
		if *k.Planned != use {
			out = append(out, Check{Limit: "use", Outcome: CheckExceeds, Use: k.Planned, Zone: &k.Part, Document: k.Document})
		}
	}
	if len(out) > 0 {
		return out
	}
	c := Check{Limit: "use", Outcome: CheckOK}
	for _, u := range [...]struct {
		open bool
		what string
	}{
		{failed, "overlap"},
		{!known && !failed || silent && !whole, "plannedUse"},
		{unstated, "legalStatus"},
		{known && !failed && covered < near, "partWithoutZone"},
	} {
		if u.open {
			c.Outcome, c.Unknown = CheckUnknown, append(c.Unknown, u.what)
		}
	}
	return []Check{c}
}
