package planning

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// Codes of reasons that are no rule of a pack.
const (
	zoneRule        = "zone"
	restrictionRule = "restriction"
)

// ofZone ends the word for a number that a zone does not say: "floorsOfZone".
const ofZone = "OfZone"

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
	if n := len(w.found) - 1; n > 0 {
		l.AlsoConsidered = make([]Also, 0, n)
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
	s.Unknown = w.unknown(k, s.Unknown, s.Could)
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
	q.Unknown = w.unknown(k, q.Unknown, q.Could)
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
	if q.Has != nil && (*q.Has < *q.Min || len(q.Unknown) == 0) {
		met := *q.Has >= *q.Min
		q.Met = &met
	}
	return q, true
}

// told is a number with its reason as it stands on the card, made once.
type told struct {
	value  float64
	status string
	reason Reason
}

func (w *work) settled(f *found) (Outcome, *float64, *string, *Reason) {
	if f.told == nil {
		f.told = &told{round(f.value, 4), f.sure.String(), f.reason(w.rules.lang)}
	}
	return Answered, &f.told.value, &f.told.status, &f.told.reason
}

// others gives every number that was looked at and does not bind: zones first, then
// restrictions, then rules that say one number.
func (w *work) others(each func(*found)) {
	for class := range 3 {
		for i := range w.found {
			f := &w.found[i]
			if i == w.best || f.bound || f.class() != class || f.rule != nil && w.best >= 0 && w.found[w.best].rule == f.rule && w.found[w.best].value == f.value {
				continue
			}
			each(f)
		}
	}
}

func (w *work) least() []Least {
	if len(w.found) == 0 {
		return []Least{}
	}
	out := make([]Least, 0, len(w.found))
	w.others(func(f *found) {
		out = append(out, Least{round(f.value, 4), f.code(), f.title(w.rules.lang), f.zone(), f.limitedBy(), f.sure.String(), f.yieldsTo()})
	})
	return out
}

// unknown lists what was not known, the state of the zones first. What no zone says
// is not open for want of one.
func (w *work) unknown(k kind, to []string, could []Could) []string {
	if !k.zoned() {
		return named(to, could)
	}
	if w.silent && k != kindMinFloors { // a zone that does not say it asks for none
		to = append(to, kindTable[k].Name+ofZone)
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
	to = slices.Grow(to, min(len(could), int(noInput)))
	for _, c := range could {
		if !slices.Contains(to, c.Input) {
			to = append(to, c.Input)
		}
	}
	return to
}

func (w *work) assumptions() []string {
	if !w.parcel && !w.allowed && !w.measured {
		return []string{}
	}
	out := make([]string, 0, 3)
	if w.parcel {
		out = append(out, "parcelIsLot")
	}
	if w.allowed {
		out = append(out, "heightAsAllowed")
	}
	if w.measured {
		out = append(out, "roadWidthMeasured")
	}
	return out
}

// doubts says for each input that is not known what each rule could say.
func (w *work) doubts(k kind) []Could {
	w.merge()
	n := 0
	for i := range w.could {
		n += bits.OnesCount32(uint32(w.could[i].missing))
	}
	if n == 0 {
		return []Could{}
	}
	out := make([]Could, 0, n)
	ends := make([]float64, len(w.could))
	var room [1024]byte
	text := room[:0]
	var cut [64]int
	cuts := cut[:0]
	for i := range w.could {
		d := &w.could[i]
		d.value = span{round(max(d.value.lo, 0), 4), round(d.value.hi, 4)}
		ends[i] = d.value.hi
		text = d.line(k, text)
		cuts = append(cuts, len(text))
	}
	whole := string(text)
	for in := range noInput {
		for i := range w.could {
			d := &w.could[i]
			if !d.missing.has(in) {
				continue
			}
			out = out[:len(out)+1]
			c := &out[len(out)-1]
			c.Input, c.Rule, c.Title, c.Limit, c.Unit = inputTable[in].Name, d.rule.Code, d.rule.title(w.rules.lang), kindTable[k].Name, kindTable[k].Unit
			c.From, c.Applies, c.Status = d.value.lo, "maybe", d.sure.String()
			if d.applies == yes {
				c.Applies = "yes"
			}
			if !math.IsInf(ends[i], 1) {
				c.To = &ends[i]
			}
			from := 0
			if i > 0 {
				from = cuts[i-1]
			}
			c.Could = whole[from:cuts[i]]
		}
	}
	return out
}

// merge makes one doubt of those that a rule raises on different ground.
func (w *work) merge() {
	kept := w.could[:0]
	for _, d := range w.could {
		at := slices.IndexFunc(kept, func(o doubt) bool { return o.rule == d.rule })
		if at < 0 {
			kept = append(kept, d)
			continue
		}
		o := &kept[at]
		o.value = span{min(d.value.lo, o.value.lo), max(d.value.hi, o.value.hi)}
		o.sure, o.applies, o.missing = min(d.sure, o.sure), min(d.applies, o.applies), d.missing|o.missing
	}
	w.could = kept
}

// line appends a doubt in one line: "setback.front 0–6 m".
func (d *doubt) line(k kind, text []byte) []byte {
	text = append(text, kindTable[k].Name...)
	text = strconv.AppendFloat(append(text, ' '), d.value.lo, 'f', -1, 64)
	switch {
	case math.IsInf(d.value.hi, 1):
		text = append(text, "…"...)
	case d.value.hi != d.value.lo:
		text = strconv.AppendFloat(append(text, "–"...), d.value.hi, 'f', -1, 64)
	}
	if u := kindTable[k].Unit; u != "" {
		text = append(append(text, ' '), u...)
	}
	return text
}

// parts are the answers ground by ground, then those of restrictions that hold on
// a part alone.
func (w *work) parts(k kind) []Part {
	out := make([]Part, 0, len(w.grounds)+len(w.touching))
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

func (f *found) reason(lang string) Reason {
	r := Reason{Rule: f.code(), Title: f.title(lang), Zone: f.zone(), Restriction: f.limitedBy(), Share: round(f.share, 4)}
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
	p := 100.0
	if digits == 4 {
		p = 1e4
	}
	return math.Round(f*p) / p
}
