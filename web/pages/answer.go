package pages

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/planning"
)

// floors is the answer to how many floors may be built, and why.
type floors struct {
	Outcome string // answered, noData, cannotAssess, notBuildable
	Lead    string // "Được xây tối đa"
	Number  string // "3"; "" = no number
	Unit    string // "tầng"
	More    string // what an answer without a number means
	Because string // one sentence
	Reason  []fact
	Status  string
	Demo    bool
	Strict  bool // of several numbers the least
	Also    []string
	Unknown []string
	Could   []string // what knowing it could change
	Assumed []string
}

// sentence is the answer in one line, without its reason.
func (f floors) sentence() string {
	if f.Number == "" {
		return f.Lead + "."
	}
	return f.Lead + " " + f.Number + " " + f.Unit + "."
}

func (q *request) floors(l planning.Limit) floors {
	f := floors{Outcome: string(l.Outcome), Lead: q.word("floors", string(l.Outcome)), Reason: []fact{}}
	switch l.Outcome {
	case planning.Answered:
		if l.Max == nil {
			f.Outcome, f.Lead, f.More = string(planning.CannotAssess), q.text("floors.cannotAssess"), q.text("floors.cannotAssessMore")
			break
		}
		f.Number, f.Unit = q.short(*l.Max), q.text("floors.unit")
		if *l.Max == 1 {
			f.Unit = q.text("floors.unitOne")
		}
	case planning.NoData:
		f.More = q.text("floors.noDataMore")
	case planning.CannotAssess:
		f.More = q.text("floors.cannotAssessMore")
	}
	f.Because, f.Reason = q.because(l.Because), q.reason(l.Because)
	if l.Status != nil {
		f.Status, f.Demo = small(q.coded(planning.ZonesLayer, "status", *l.Status)), *l.Status == "demo"
	}
	f.Strict = len(l.AlsoConsidered) > 0
	for _, a := range l.AlsoConsidered {
		who := first(a.Title, q.word("rule", a.Rule))
		if a.Zone != nil && a.Rule == "zone" {
			who = q.text("because.zone", *a.Zone)
		}
		item := q.text("also.item", capital(who), q.short(a.Max))
		if a.YieldsTo != nil {
			item += " (" + q.text("also.yields", *a.YieldsTo) + ")"
		}
		f.Also = append(f.Also, item)
	}
	f.Unknown, f.Could, f.Assumed = q.unknown(l.Unknown), q.could(l.Could), q.assumed(l.Assumptions)
	return f
}

func (q *request) unknown(codes []string) []string {
	var out []string
	for _, u := range codes {
		out = append(out, q.word("unknown", u))
	}
	return out
}

// because is a reason in one sentence: "vì Khu A – Đồ án B, chiếm 100 % diện tích thửa".
func (q *request) because(r *planning.Reason) string {
	if r == nil {
		return ""
	}
	parts := []string{q.text("because") + " " + r.Title}
	if r.Zone != nil && !strings.Contains(r.Title, *r.Zone) {
		parts = append(parts, q.text("because.zone", *r.Zone))
	}
	if r.Article != nil {
		parts = append(parts, *r.Article)
	}
	if r.Document != nil && r.Document.Number != nil {
		parts = append(parts, *r.Document.Number)
	}
	return strings.Join(parts, ", ")
}

// reason is a reason's facts, line by line.
func (q *request) reason(r *planning.Reason) []fact {
	if r == nil {
		return nil
	}
	out := []fact{{Term: q.text("because.rule"), Value: capital(r.Title), Note: q.word("rule", r.Rule)}}
	if d := r.Document; d != nil {
		name := first(value(d.Number), value(d.Title), d.ID)
		note := ""
		if d.Number != nil {
			note = value(d.Title)
		}
		out = append(out, fact{q.text("because.document"), name, note})
		out = append(out, fact{q.text("because.authority"), first(value(d.Authority), q.text("unknown")), ""})
		day := q.text("unknown")
		if d.Date != nil {
			day = q.day(*d.Date)
		}
		out = append(out, fact{q.text("because.date"), day, ""})
	} else {
		out = append(out, fact{q.text("because.document"), q.text("because.noDocument"), ""})
	}
	out = append(out, fact{q.text("because.article"), first(value(r.Article), q.text("unknown")), ""})
	if r.Zone != nil {
		out = append(out, fact{q.text("because.zoneTerm"), *r.Zone, ""})
	}
	return append(out, fact{q.text("because.shareTerm"), q.percent(r.Share), ""})
}

func (l language) percent(share float64) string { return l.short(roundTo(share*100, 1)) + " %" }

// limitRow is one of the other limits.
type limitRow struct {
	Name, Value, Basis, Document string
	Status                       string // of a number that is not verified
	Could                        []string
	Known                        bool
}

func (q *request) limits(a planning.Assessment) []limitRow {
	var out []limitRow
	for _, l := range []struct {
		key, unit string
		limit     planning.Limit
	}{{"height", " m", a.Height}, {"density", " %", a.Density}, {"far", "", a.FAR}} {
		r := limitRow{Name: q.text("limit." + l.key), Value: q.word("outcome", string(l.limit.Outcome))}
		if l.limit.Max != nil && l.limit.Outcome == planning.Answered {
			r.Value, r.Known = q.short(*l.limit.Max)+l.unit, true
		}
		r.Basis, r.Document = q.basis(l.limit.Because)
		r.Status, r.Could = q.sure(l.limit.Status), q.could(l.limit.Could)
		out = append(out, r)
	}
	for _, s := range a.Setbacks {
		r := limitRow{Name: q.word("setback", s.Side), Value: q.word("outcome", string(s.Outcome))}
		if s.Min != nil {
			r.Value, r.Known = q.short(*s.Min)+" m", true
		}
		r.Basis, r.Document = q.basis(s.Because)
		r.Status, r.Could = q.sure(s.Status), q.could(s.Could)
		out = append(out, r)
	}
	return append(out, q.required(a)...)
}

// basis is a reason in the room of a table cell.
func (q *request) basis(r *planning.Reason) (title, document string) {
	if r == nil {
		return "", ""
	}
	return r.Title, strings.Join(filled(value(r.Article), q.cited(r.Document)), ", ")
}

func filled(texts ...string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return s == "" })
}

// cited is a document in one line: number, authority, date.
func (q *request) cited(d *planning.Document) string {
	if d == nil {
		return ""
	}
	parts := filled(first(value(d.Number), value(d.Title)), value(d.Authority))
	if d.Date != nil {
		parts = append(parts, q.day(*d.Date))
	}
	return strings.Join(parts, ", ")
}

// partRow is the answer for one part of the parcel.
type partRow struct{ Zone, Area, Share, Max string }

func (q *request) parts(l planning.Limit) []partRow {
	if len(l.Parts) < 2 {
		return nil // the whole parcel, as said above
	}
	var out []partRow
	for _, p := range l.Parts {
		r := partRow{Zone: first(value(p.Zone), value(p.Restriction), q.text("parts.noZone")), Area: q.number(p.Area, 1) + " m²", Share: q.percent(p.Share), Max: q.text("outcome.noData")}
		if p.Max != nil {
			r.Max = q.short(*p.Max)
		}
		out = append(out, r)
	}
	return out
}

// zoneRow is one zone of the parcel.
type zoneRow struct {
	Code, Name, Use, Plan, Legal, Area, Share, Document, Status, Colour string
	InForce                                                             bool
	Offset, Width                                                       string // of the bar, of 100
}

func (h *handler) zones(q *request, zones []planning.ZoneShare) []zoneRow {
	var out []zoneRow
	from := 0.0 // where the next piece of the bar begins
	for _, z := range zones {
		r := zoneRow{Code: first(value(z.Code), "–"), Name: value(z.Name), Plan: first(value(z.Plan), q.text("unknown")), Legal: q.text("unknown"),
			Area: q.text("outcome.cannotAssess"), Share: "–", Document: q.cited(z.Document)}
		if z.Use != nil {
			r.Use = h.useName(q, *z.Use)
			if c, ok := h.codes.Lookup(*z.Use); ok {
				r.Colour = c.Colour
			}
		}
		if z.LegalStatus != nil {
			r.Legal, r.InForce = small(q.coded(planning.PlansLayer, "legal_status", *z.LegalStatus)), *z.LegalStatus == "inForce"
		}
		if z.Status != nil {
			r.Status = small(q.coded(planning.ZonesLayer, "status", *z.Status))
		}
		if z.Area != nil {
			r.Area = q.number(*z.Area, 1) + " m²"
		}
		if z.Share != nil {
			r.Share = q.percent(*z.Share)
			w := min(max(*z.Share*100, 0), 100-from)
			r.Offset, r.Width = strconv.FormatFloat(from, 'f', 2, 64), strconv.FormatFloat(w, 'f', 2, 64)
			from += w
		}
		out = append(out, r)
	}
	return out
}

// themes are the restrictions looked at, in words.
type themes struct{ Concerned, NotConcerned, NoData []string }

func (q *request) themes(t planning.Themes) themes {
	names := func(codes []string) []string {
		var out []string
		for _, c := range codes {
			if _, ours := q.texts["theme."+c]; ours {
				out = append(out, q.text("theme."+c))
			} else {
				out = append(out, q.coded(planning.RestrictionsLayer, "kind", c))
			}
		}
		return out
	}
	return themes{names(t.Concerned), names(t.NotConcerned), names(t.NoData)}
}

// conversionRow says whether the use of one part may change.
type conversionRow struct{ Part, Share, Present, Planned, Outcome, Code, Plan, Document string }

func (h *handler) conversions(q *request, all []planning.Conversion) []conversionRow {
	var out []conversionRow
	for _, c := range all {
		r := conversionRow{Part: first(c.Part, "–"), Share: q.percent(c.Share), Present: q.text("unknown"), Planned: q.text("unknown"),
			Outcome: q.word("conversion", c.Outcome), Code: c.Outcome, Document: q.cited(c.Document)}
		r.Plan = strings.Join(filled(value(c.Plan), q.years(c.Period)), ", ")
		if c.Present != nil {
			r.Present = h.useName(q, *c.Present)
		}
		if c.Planned != nil {
			r.Planned = h.useName(q, *c.Planned)
		}
		out = append(out, r)
	}
	return out
}

// coded is what a coded value of a layer's field means, as the layer says.
func (q *request) coded(layer, field, code string) string {
	l, ok := q.view.Layer(layer)
	if !ok {
		return code
	}
	return l.Word(field, code, q.code)
}

func capital(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:n]) + s[n:]
}

// small is a text as it stands inside a sentence.
func small(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return strings.ToLower(s[:n]) + s[n:]
}

func roundTo(f float64, decimals int) float64 {
	p := 1.0
	for range decimals {
		p *= 10
	}
	if f < 0 {
		return -float64(int64(-f*p+0.5)) / p
	}
	return float64(int64(f*p+0.5)) / p
}

func pathPart(s string) string { return url.PathEscape(s) }

func sortFound(all []found) {
	slices.SortFunc(all, func(a, b found) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.URL, b.URL)) })
}
