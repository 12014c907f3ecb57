package planning

import (
	"math"
	"slices"
	"strconv"
)

// Codes of reasons that are no rule of a pack.
const (
	zoneRule        = "zone"
	restrictionRule = "restriction"
)

// limit is what was looked at as it stands on the card.
func (w *work) limit(k kind) Limit {
	l := Limit{Outcome: NoData, AlsoConsidered: []Also{}, Unknown: []string{}, Could: []Could{}, Assumptions: []string{}, Parts: w.parts(k)}
	if w.failed {
		l.Outcome, l.Unknown = CannotAssess, append(l.Unknown, "overlap")
		return l
	}
	l.Could, l.Assumptions = w.doubts(k), w.assumptions()
	l.Unknown = w.unknown(k, l.Unknown, l.Could)
	if w.best < 0 {
		return l
	}
	f := &w.found[w.best]
	l.Outcome, l.Max, l.Status, l.Because = w.settled(f)
	if *l.Max == 0 {
		l.Outcome = NotBuildable
	}
	w.others(func(f *found) {
		l.AlsoConsidered = append(l.AlsoConsidered, Also{round(f.value, 4), f.code(), f.title(w.rules.lang), f.zone(), f.limitedBy(), f.sure.String(), f.yieldsTo()})
	})
	return l
}

func (w *work) setback(k kind, side string) Setback {
	s := Setback{Side: side, Outcome: NoData, AlsoConsidered: []Least{}, Unknown: []string{}, Could: []Could{}, Assumptions: []string{}}
	if w.failed {
		s.Outcome, s.Unknown = CannotAssess, append(s.Unknown, "overlap")
		return s
	}
	s.Could, s.Assumptions = w.doubts(k), w.assumptions()
	s.Unknown = named(s.Unknown, s.Could)
	if w.best >= 0 {
		s.Outcome, s.Min, s.Status, s.Because = w.settled(&w.found[w.best])
	}
	s.AlsoConsidered = w.least()
	return s
}

// requirement is the same for another minimum; false where nothing asks for one.
func (w *work) requirement(k kind) (Requirement, bool) {
	info := &kindTable[k]
	q := Requirement{Limit: info.Name, Unit: info.Unit, Outcome: NoData, AlsoConsidered: []Least{}, Unknown: []string{}, Could: []Could{}, Assumptions: []string{}}
	if w.best < 0 && len(w.could) == 0 {
		return q, false
	}
	if w.failed {
		q.Outcome, q.Unknown = CannotAssess, append(q.Unknown, "overlap")
		return q, true
	}
	q.Could, q.Assumptions = w.doubts(k), w.assumptions()
	q.Unknown = named(q.Unknown, q.Could)
	q.AlsoConsidered = w.least()
	if w.best < 0 {
		return q, true
	}
	q.Outcome, q.Min, q.Status, q.Because = w.settled(&w.found[w.best])
	switch {
	case k == kindLotArea && w.site.Area > 0 && (w.site.AdjoiningSameUse == nil || !*w.site.AdjoiningSameUse):
		has := round(w.site.Area, 2)
		q.Has = &has
	case k == kindFrontage:
		q.Has = w.site.Frontage
	}
	if q.Has != nil && (*q.Has < *q.Min || len(q.Could) == 0) {
		met := *q.Has >= *q.Min
		q.Met = &met
	}
	return q, true
}

func (w *work) settled(f *found) (Outcome, *float64, *string, *Reason) {
	v, status := round(f.value, 4), f.sure.String()
	return Answered, &v, &status, f.reason(w.rules.lang)
}

// others gives every number that was looked at and does not bind: zones first, then
// restrictions, then rules.
func (w *work) others(each func(*found)) {
	for class := range 3 {
		for i := range w.found {
			f := &w.found[i]
			if i == w.best || f.class() != class || f.rule != nil && w.best >= 0 && w.found[w.best].rule == f.rule && w.found[w.best].value == f.value {
				continue
			}
			each(f)
		}
	}
}

func (w *work) least() []Least {
	out := []Least{}
	w.others(func(f *found) {
		out = append(out, Least{round(f.value, 4), f.code(), f.title(w.rules.lang), f.zone(), f.limitedBy(), f.sure.String(), f.yieldsTo()})
	})
	return out
}

// unknown lists what was not known, the state of the zones first.
func (w *work) unknown(k kind, to []string, could []Could) []string {
	if w.silent {
		to = append(to, kindTable[k].Name+"OfZone")
	}
	if w.best >= 0 {
		if w.unstated {
			to = append(to, "legalStatus")
		}
		covered := 0.0
		for i := range w.covers {
			if c := &w.covers[i]; c.binds() {
				covered += c.Share
			}
		}
		switch {
		case covered == 0:
			to = append(to, "noZone")
		case covered < near:
			to = append(to, "partWithoutZone")
		}
	}
	return named(to, could)
}

// named appends the inputs that something depends on.
func named(to []string, could []Could) []string {
	for _, c := range could {
		if !slices.Contains(to, c.Input) {
			to = append(to, c.Input)
		}
	}
	return to
}

func (w *work) assumptions() []string {
	out := []string{}
	if w.parcel {
		out = append(out, "parcelIsLot")
	}
	if w.allowed {
		out = append(out, "heightAsAllowed")
	}
	return out
}

// doubts says for each input that is not known what each rule could say.
func (w *work) doubts(k kind) []Could {
	out := []Could{}
	for in := range noInput {
		for i := range w.could {
			d := w.could[i]
			if !d.missing.has(in) || slices.ContainsFunc(w.could[:i], func(o doubt) bool { return o.rule == d.rule && o.missing.has(in) }) {
				continue
			}
			for _, o := range w.could[i+1:] { // the same rule on other ground
				if o.rule == d.rule && o.missing.has(in) {
					d.value = span{min(d.value.lo, o.value.lo), max(d.value.hi, o.value.hi)}
					d.sure, d.applies = min(d.sure, o.sure), min(d.applies, o.applies)
				}
			}
			out = append(out, d.could(k, in, w.rules.lang))
		}
	}
	return out
}

func (d *doubt) could(k kind, in input, lang string) Could {
	info := &kindTable[k]
	c := Could{Input: inputTable[in].Name, Rule: d.rule.Code, Title: d.rule.title(lang), Limit: info.Name, Unit: info.Unit,
		From: round(max(d.value.lo, 0), 4), Applies: "maybe", Status: d.sure.String()}
	if d.applies == yes {
		c.Applies = "yes"
	}
	text := append(make([]byte, 0, 40), info.Name...)
	text = strconv.AppendFloat(append(text, ' '), c.From, 'f', -1, 64)
	switch {
	case math.IsInf(d.value.hi, 1):
		text = append(text, "…"...)
	default:
		to := round(d.value.hi, 4)
		c.To = &to
		if to != c.From {
			text = strconv.AppendFloat(append(text, "–"...), to, 'f', -1, 64)
		}
	}
	if info.Unit != "" {
		text = append(append(text, ' '), info.Unit...)
	}
	c.Could = string(text)
	return c
}

// parts are the answers ground by ground, then those of restrictions that hold on
// a part alone.
func (w *work) parts(k kind) []Part {
	out := []Part{}
	for i := range w.grounds {
		g := &w.grounds[i]
		a := &g.answers[k]
		if g.lead == nil && a.best < 0 {
			continue
		}
		p := Part{Area: round(g.area, 2), Share: round(g.share, 4)}
		if g.lead != nil {
			p.Zone = g.lead.Zone.label()
		}
		if a.best >= 0 {
			_, p.Max, p.Status, p.Because = w.settled(&w.found[a.best])
		}
		out = append(out, p)
	}
	for i := range w.found {
		f := &w.found[i]
		if f.restriction == nil || f.restriction.everywhere() {
			continue
		}
		p := Part{Restriction: f.restriction.label(), Area: round(f.share*w.site.Area, 2), Share: round(f.share, 4)}
		_, p.Max, p.Status, p.Because = w.settled(f)
		if at := slices.IndexFunc(out, func(o Part) bool { return o.Restriction != nil && *o.Restriction == *p.Restriction }); at >= 0 {
			if *p.Max < *out[at].Max {
				out[at] = p
			}
			continue
		}
		out = append(out, p)
	}
	return out
}

// extents are the density and the FAR as m². Each part takes its own numbers.
func (w *work) extents() (footprint, floors Extent) {
	footprint.Parts, floors.Parts = []Built{}, []Built{}
	if w.failed {
		return footprint, floors
	}
	sum := [2]float64{}
	whole := [2]bool{w.site.Area > 0 && len(w.grounds) > 0, w.site.Area > 0 && len(w.grounds) > 0}
	add := func(n int, to *Extent, g *ground, v float64, by string) {
		b := Built{Area: round(g.area, 2)}
		if g.lead != nil {
			b.Zone = g.lead.Zone.label()
		}
		if by != "" {
			v = round(v, 2)
			b.Max, b.By = &v, &by
			sum[n] += v
		}
		whole[n] = whole[n] && by != "" && g.exact
		to.Parts = append(to.Parts, b)
	}
	covered := 0.0
	for i := range w.grounds {
		g := &w.grounds[i]
		density, far, storeys := &g.answers[kindDensity], &g.answers[kindFAR], &g.answers[kindFloors]
		covered += g.share
		foot, by := 0.0, ""
		if density.best >= 0 {
			foot, by = g.area*density.value/100, "density"
		}
		add(0, &footprint, g, foot, by)
		area, by := 0.0, ""
		if far.best >= 0 {
			area, by = g.area*far.value, "far"
		}
		if v := foot * storeys.value; density.best >= 0 && storeys.best >= 0 && (by == "" || v < area-0.005) {
			area, by = v, "density×floors"
		}
		add(1, &floors, g, area, by)
	}
	for n, to := range [2]*Extent{&footprint, &floors} {
		if whole[n] && covered >= near {
			v := round(sum[n], 2)
			to.Max = &v
		}
	}
	return footprint, floors
}

func (f *found) code() string {
	switch f.class() {
	case 2:
		return f.rule.Code
	case 1:
		return restrictionRule
	}
	return zoneRule
}

func (f *found) title(lang string) string {
	switch f.class() {
	case 2:
		return f.rule.title(lang)
	case 1:
		if f.restriction.Name != "" {
			return f.restriction.Name
		}
		return *f.restriction.label()
	}
	z := &f.cover.Zone
	title := z.Name
	if title == "" {
		title = *z.label()
	}
	if z.Plan != nil && z.Plan.Name != "" {
		title += " – " + z.Plan.Name
	}
	return title
}

func (f *found) zone() *string {
	if f.cover == nil {
		return nil
	}
	return f.cover.Zone.label()
}

func (f *found) limitedBy() *string {
	if f.restriction == nil {
		return nil
	}
	return f.restriction.label()
}

func (f *found) yieldsTo() *string {
	if f.yields == nil {
		return nil
	}
	return f.yields.Zone.label()
}

func (f *found) reason(lang string) *Reason {
	r := &Reason{Rule: f.code(), Title: f.title(lang), Zone: f.zone(), Restriction: f.limitedBy(), Share: round(f.share, 4)}
	switch f.class() {
	case 2:
		r.Pack, r.Document, r.Article = optional(f.rule.pack), f.rule.document, optional(f.rule.Article)
	case 1:
		r.Document, r.Article = f.restriction.Document, optional(f.restriction.Article)
	default:
		r.Document, r.Article = f.cover.Zone.Document, optional(f.cover.Zone.Article)
	}
	return r
}

func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}
