package pages

import (
	"strings"

	"github.com/langbiang/langbiang/planning"
)

// sure is a number's status where it is not the surest.
func (q *request) sure(status *string) string {
	if status == nil || *status == "verified" {
		return ""
	}
	return small(q.coded(planning.ZonesLayer, "status", *status))
}

// could says, rule by rule, what a rule would say if more were known, and what has
// to be known for it.
func (q *request) could(all []planning.Could) []string {
	var out []string
	for i, c := range all {
		if repeats(all[:i], c) {
			continue
		}
		inputs := []string{q.word("unknown", c.Input)}
		for _, o := range all[i+1:] {
			if o.Rule == c.Rule {
				inputs = append(inputs, q.word("unknown", o.Input))
			}
		}
		out = append(out, q.text("could.item", capital(c.Title), q.ranging(c), strings.Join(inputs, ", ")))
	}
	return out
}

// repeats reports whether a rule was spoken of already.
func repeats(before []planning.Could, c planning.Could) bool {
	for _, o := range before {
		if o.Rule == c.Rule {
			return true
		}
	}
	return false
}

// ranging is "0–6 m".
func (q *request) ranging(c planning.Could) string {
	s := q.short(c.From)
	switch {
	case c.To == nil:
		s += "…"
	case *c.To != c.From:
		s += "–" + q.short(*c.To)
	}
	if c.Unit != "" {
		s += " " + c.Unit
	}
	return s
}

func (q *request) assumed(codes []string) []string {
	var out []string
	for _, c := range codes {
		out = append(out, q.word("assumed", c))
	}
	return out
}

// required are the other minima, and what density and FAR come to on the ground.
func (q *request) required(a planning.Assessment) []limitRow {
	var out []limitRow
	for _, s := range a.Requirements {
		r := limitRow{Name: q.word("required", s.Limit), Value: q.word("outcome", string(s.Outcome))}
		if s.Min != nil {
			r.Value, r.Known = q.short(*s.Min)+" "+s.Unit, true
		}
		if s.Met != nil && *s.Met {
			r.Value += " (" + q.text("required.met") + ")"
		} else if s.Met != nil {
			r.Value += " (" + q.text("required.notMet") + ")"
		}
		r.Basis, r.Document = q.basis(s.Because)
		r.Status, r.Could = q.sure(s.Status), q.could(s.Could)
		out = append(out, r)
	}
	for _, e := range []struct {
		key    string
		extent planning.Extent
	}{{"footprint", a.Footprint}, {"floorArea", a.FloorArea}} {
		if e.extent.Max != nil {
			out = append(out, limitRow{Name: q.text("limit." + e.key), Value: q.short(*e.extent.Max) + " m²", Known: true, Basis: q.text("limit." + e.key + "Basis")})
		}
	}
	return out
}

// contradictions are findings about the plans, in words.
func (q *request) contradictions(all []planning.Finding) []string {
	var out []string
	for _, f := range all {
		names := f.Zones
		switch f.Kind {
		case "plansOverlap":
			names = f.Plans
		case "rulesUnread":
			names = f.Packs
		}
		out = append(out, q.word("finding", f.Kind)+": "+strings.Join(names, ", "))
	}
	return out
}

// years is the period of a plan: "2021–2041".
func (q *request) years(y planning.Years) string {
	if y.From == nil && y.To == nil {
		return ""
	}
	s := "…"
	if y.From != nil {
		s = q.day(*y.From)
	}
	if y.To != nil {
		return s + " – " + q.day(*y.To)
	}
	return s + " – …"
}
