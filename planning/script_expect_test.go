package planning_test

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/planning"
)

// answer is what all limits have in common.
type answer struct {
	outcome planning.Outcome
	value   *float64
	because *planning.Reason
	status  *string
	unknown []string
	could   []planning.Could
	assumes []string
	also    []float64
	yields  []string
	parts   []planning.Part
	met     *bool
}

func (a answer) text() string {
	if a.value == nil {
		return string(a.outcome)
	}
	if a.outcome == planning.NotBuildable {
		return string(a.outcome)
	}
	return format(*a.value)
}

// answer finds a limit by the name that packs give it.
func (s *script) answer(a planning.Assessment, name string) answer {
	for n, l := range map[string]planning.Limit{"floors": a.Floors, "height": a.Height, "density": a.Density, "far": a.FAR} {
		if n != name {
			continue
		}
		out := answer{outcome: l.Outcome, value: l.Max, because: l.Because, status: l.Status, unknown: l.Unknown, could: l.Could, assumes: l.Assumptions, parts: l.Parts}
		for _, o := range l.AlsoConsidered {
			out.also = append(out.also, o.Max)
			if o.YieldsTo != nil {
				out.yields = append(out.yields, *o.Zone+">"+*o.YieldsTo)
			}
		}
		return out
	}
	least := func(from []planning.Least) (also []float64) {
		for _, o := range from {
			also = append(also, o.Min)
		}
		return also
	}
	for _, b := range a.Setbacks {
		if "setback."+b.Side == name {
			return answer{outcome: b.Outcome, value: b.Min, because: b.Because, status: b.Status, unknown: b.Unknown, could: b.Could, assumes: b.Assumptions, also: least(b.AlsoConsidered)}
		}
	}
	for _, q := range a.Requirements {
		if q.Limit == name {
			return answer{outcome: q.Outcome, value: q.Min, because: q.Because, status: q.Status, unknown: q.Unknown, could: q.Could, assumes: q.Assumptions, also: least(q.AlsoConsidered), met: q.Met}
		}
	}
	return answer{outcome: planning.NoData}
}

func (s *script) expect(words []string) {
	a := s.assess()
	if words[0] == "setback" || words[0] == "require" {
		name := words[1]
		if words[0] == "setback" {
			name = "setback." + name
		}
		s.expectAnswer(s.answer(a, name), words[2:])
		return
	}
	switch words[0] {
	case "floors", "height", "density", "far":
		s.expectAnswer(s.answer(a, words[0]), words[1:])
	case "footprint", "floorArea":
		e := a.Footprint
		if words[0] == "floorArea" {
			e = a.FloorArea
		}
		got := "noData"
		if e.Max != nil {
			got = format(*e.Max)
		}
		if got != words[1] {
			s.t.Errorf("%s: %s is %s: %+v", s.where, words[0], got, e)
		}
	case "zones":
		var got []string
		for _, z := range a.Zones {
			got = append(got, *z.Code)
		}
		if !slices.Equal(got, words[1:]) {
			s.t.Errorf("%s: zones %v", s.where, got)
		}
	case "findings":
		var got []string
		for _, f := range a.Findings {
			got = append(got, f.Kind+":"+strings.Join(f.Zones, ","))
		}
		if !slices.Equal(got, words[1:]) && !(len(got) == 0 && words[1] == "none") {
			s.t.Errorf("%s: findings %v", s.where, got)
		}
	case "conversion":
		for _, k := range a.Conversion {
			if k.Part == words[1] {
				got := []string{k.Outcome}
				if len(words) > 3 {
					got = append(got, *k.Plan, string(*k.Period.From), string(*k.Period.To))
				}
				if slices.Equal(got, words[2:]) {
					return
				}
			}
		}
		s.t.Errorf("%s: conversions %+v", s.where, a.Conversion)
	case "concerned", "notConcerned", "noDataOn":
		got := map[string][]string{"concerned": a.Themes.Concerned, "notConcerned": a.Themes.NotConcerned, "noDataOn": a.Themes.NoData}[words[0]]
		for _, w := range words[1:] {
			if !slices.Contains(got, w) {
				s.t.Errorf("%s: %s holds %v", s.where, words[0], got)
			}
		}
	default:
		s.t.Fatalf("%s: unknown expectation %q", s.where, words[0])
	}
}

func (s *script) expectAnswer(a answer, words []string) {
	if got := a.text(); got != words[0] {
		s.t.Errorf("%s: answered %s, want %s (%+v)", s.where, got, words[0], a)
		return
	}
	for i := 1; i+1 < len(words); i += 2 {
		want, got := words[i+1], ""
		switch words[i] {
		case "because":
			got = cause(a.because)
		case "document":
			got = a.because.Document.ID
		case "zone":
			got = *a.because.Zone
		case "status":
			got = *a.status
		case "share":
			got = format(a.because.Share)
		case "also":
			for _, o := range a.also {
				got += format(o) + ","
			}
			got = strings.TrimSuffix(got, ",")
		case "yields":
			got = strings.Join(a.yields, ",")
		case "unknown":
			if got = strings.Join(a.unknown, ","); got == "" {
				got = "nothing"
			}
		case "assumes":
			if got = strings.Join(a.assumes, ","); got == "" {
				got = "nothing"
			}
		case "could":
			for _, c := range a.could {
				got += c.Input + ":" + strings.TrimPrefix(strings.ReplaceAll(c.Could, " ", ""), c.Limit) + ":" + c.Rule + ","
			}
			got = strings.TrimSuffix(got, ",")
		case "parts":
			got = strconv.Itoa(len(a.parts))
		case "part":
			zone, _, _ := strings.Cut(want, "=")
			for _, p := range a.parts {
				if p.Zone != nil && *p.Zone == zone || p.Restriction != nil && *p.Restriction == zone || p.Zone == nil && p.Restriction == nil && zone == "-" {
					got = zone + "=nothing"
					if p.Max != nil {
						got = zone + "=" + format(*p.Max) + ":" + cause(p.Because)
					}
				}
			}
		case "met":
			got = "unknown"
			if a.met != nil {
				got = map[bool]string{true: "yes", false: "no"}[*a.met]
			}
		default:
			s.t.Fatalf("%s: unknown word %q", s.where, words[i])
		}
		if got != want {
			s.t.Errorf("%s: %s is %q, want %q", s.where, words[i], got, want)
		}
	}
}

// cause is what a reason is called in scripts: the zone or restriction where one of
// these says the number, else the rule.
func cause(r *planning.Reason) string {
	switch r.Rule {
	case "zone":
		return *r.Zone
	case "restriction":
		return *r.Restriction
	}
	return r.Rule
}

func format(f float64) string {
	if math.IsInf(f, 0) {
		return "endless"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
