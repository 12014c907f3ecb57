package planning_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// The limits that are drawn, in the order in which they are worked out.
func drawn() []string {
	return []string{"height", "density", "far", "floors", "setback.front", "minLotArea"}
}

func pick[T any](t *rapid.T, of ...T) T { return rapid.SampledFrom(of).Draw(t, "pick") }

func drawBand(t *rapid.T) planning.Band {
	b, ok := planning.ParseBand(pick(t, "<5", "<=10", "10", "5..10", "5..<20", "10<..30", ">=10", ">20", "20..<60"))
	if !ok {
		t.Fatal("no band")
	}
	return b
}

func bands(texts ...string) []planning.Band {
	var out []planning.Band
	for _, s := range texts {
		b, ok := planning.ParseBand(s)
		if !ok {
			panic(s)
		}
		out = append(out, b)
	}
	return out
}

// mayRead are the inputs that a rule of a limit can ask about.
func mayRead(limit string, numbersOnly bool) []planning.InputInfo {
	var out []planning.InputInfo
	for _, in := range planning.Inputs() {
		if planning.MayRead(limit, in.Name) && (!numbersOnly || in.Type == planning.NumberInput) {
			out = append(out, in)
		}
	}
	return out
}

func drawConditions(t *rapid.T, limit string, most int) []planning.Condition {
	var out []planning.Condition
	for range rapid.IntRange(0, most).Draw(t, "conditions") {
		in := rapid.SampledFrom(mayRead(limit, false)).Draw(t, "input")
		c := planning.Condition{Input: in.Name}
		switch in.Type {
		case planning.NumberInput:
			b := drawBand(t)
			c.Band = &b
		case planning.FlagInput:
			is := rapid.Bool().Draw(t, "is")
			c.Is = &is
		default:
			c.In = []string{pick(t, "A", "B"), "C"}
		}
		out = append(out, c)
	}
	return out
}

func drawCells(t *rapid.T, n int, most float64) []planning.Cell {
	out := make([]planning.Cell, n)
	for i := range out {
		out[i] = planning.Cell{Value: float64(rapid.IntRange(0, 12).Draw(t, "cell")) * most / 12, Status: pick(t, "", "demo", "verified")}
	}
	return out
}

func drawRule(t *rapid.T, code, limit string) planning.Rule {
	most := 12.0
	if limit == "density" {
		most = 100
	}
	r := planning.Rule{Code: code, Limits: limit, Status: pick(t, planning.Statuses()...), When: drawConditions(t, limit, 2)}
	if rapid.IntRange(0, 3).Draw(t, "except") == 0 {
		r.Unless = drawConditions(t, limit, 2)
	}
	numbers := mayRead(limit, true)
	in := func() string { return rapid.SampledFrom(numbers).Draw(t, "by").Name }
	switch rapid.IntRange(0, 4).Draw(t, "value") {
	case 0:
		steps := bands("<10", "10..20", ">20")
		r.Value.Table = &planning.Table{Axes: []planning.Axis{{Input: in(), At: steps}}, Cells: drawCells(t, 3, most)}
	case 1:
		points := bands("<=5", "10", "20", ">20")
		r.Value.Table = &planning.Table{Axes: []planning.Axis{{Input: in(), At: points}}, Linear: true, Cells: drawCells(t, 4, most)}
	case 2:
		a, b := in(), in()
		r.Value.Table = &planning.Table{Axes: []planning.Axis{{Input: a, At: bands("<10", "10", "20", ">=40")}, {Input: b, At: bands("<=10", "15", ">=20")}}, Linear: true, Cells: drawCells(t, 12, most)}
	case 3:
		a, b := in(), in()
		texts := []string{"ceil(" + a + " / 3)", "max(" + a + " / 2, 3)", "min(" + a + ", " + b + ", 9)", a + " * 2 - " + b + " / 4", "round(" + a + ") + 1"}
		if limit != "setback.front" && limit != "minLotArea" { // a minimum without end is said by no rule
			texts = append(texts, "floor(100 / "+a+")")
		}
		f, fault := planning.ParseFormula(pick(t, texts...))
		if fault != nil {
			t.Fatal(fault)
		}
		r.Value.Formula = f
	default:
		v := float64(rapid.IntRange(0, 12).Draw(t, "number")) * most / 12
		r.Value.Number = &v
	}
	return r
}

type world struct {
	site     planning.Site
	covers   []planning.Cover
	touching []planning.Restriction
	pack     planning.Pack
}

func maybe[T any](t *rapid.T, name string, draw func() T) *T {
	if rapid.Bool().Draw(t, name+" known") {
		v := draw()
		return &v
	}
	return nil
}

func draw(t *rapid.T) world {
	number := func(name string) *float64 {
		return maybe(t, name, func() float64 { return pick(t, 0.0, 4.5, 5, 9.5, 10, 10.5, 20, 21, 45) })
	}
	text := func(name string) *string { return maybe(t, name, func() string { return pick(t, "A", "B", "C") }) }
	w := world{site: planning.Site{Area: pick(t, 0, 4.5, 10, 15.0, 100), Uses: pick(t, nil, []string{"A"}, []string{"A", "B"}), Commune: pick(t, "", "A"),
		Frontage: number("frontage"), RoadWidth: number("road"), RoadClass: text("class"), BuildingKind: text("kind"),
		ExistingArea:     maybe(t, "existing", func() bool { return rapid.Bool().Draw(t, "is") }),
		AdjoiningSameUse: maybe(t, "adjoining", func() bool { return rapid.Bool().Draw(t, "is") })}}
	plans := []*planning.Plan{{Code: "P", LegalStatus: "inForce", Level: "general"}, {Code: "Q", LegalStatus: "inForce", Level: "detailed"}, {Code: "R", Level: "detailed", Replaces: []string{"Q"}}, {Code: "D", LegalStatus: "draft"}}
	for i := range rapid.IntRange(0, 3).Draw(t, "zones") {
		z := planning.Zone{ID: uint64(i + 1), Code: string(rune('A' + i)), Use: pick(t, "", "A", "B"), Plan: pick(t, plans...), Height: number("height"), Density: number("density"), FAR: number("far"), Floors: number("floors"), Front: number("front"), Status: pick(t, "", "demo", "verified")}
		z.PlanCode = z.Plan.Code
		share := pick(t, 0.3, 0.6, 1)
		w.covers = append(w.covers, planning.Cover{Zone: z, Share: share, Area: share * w.site.Area})
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "restrictions") {
		w.touching = append(w.touching, planning.Restriction{ID: uint64(i + 1), Kind: "water", Floors: number("floors"), Height: number("height"), Share: maybe(t, "share", func() float64 { return pick(t, 0.2, 1) })})
	}
	w.pack.ID = "T"
	if rapid.Bool().Draw(t, "precedence") {
		w.pack.Precedence = planning.Precedence{Levels: []string{"detailed", "general"}, Status: "demo"}
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "rules") {
		w.pack.Rules = append(w.pack.Rules, drawRule(t, fmt.Sprintf("R%02d", i), rapid.SampledFrom(drawn()).Draw(t, "limit")))
	}
	return w
}

func (w world) assess(t *rapid.T) planning.Assessment {
	r, err := planning.Compile([]planning.Pack{w.pack})
	if err != nil {
		t.Fatal(err)
	}
	return r.Assess(w.site, w.covers, w.touching, planning.Known{})
}

func (w world) with(rules []planning.Rule) world {
	w.pack.Rules = rules
	return w
}

// said is what an assessment says of a limit.
func said(a planning.Assessment, limit string) answer {
	s := script{}
	return s.answer(a, limit)
}

// looser reports whether b allows more than a.
func looser(limit string, a, b answer) bool {
	if a.outcome == planning.CannotAssess || a.value == nil {
		return false
	}
	if b.value == nil {
		return true
	}
	if limit == "setback.front" || limit == "minLotArea" {
		return *b.value < *a.value-1e-4
	}
	return *b.value > *a.value+1e-4
}

// A further rule never loosens the limit that it speaks of, nor one that is worked
// out before it. (It can loosen one that rests on it: with a lower density allowed,
// the same floor area takes more floors.)
func TestAddingARuleNeverLoosens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		limit := rapid.SampledFrom(drawn()).Draw(t, "limit")
		before := w.assess(t)
		after := w.with(append(slices.Clip(w.pack.Rules), drawRule(t, "X", limit))).assess(t)
		for _, l := range drawn() {
			if a, b := said(before, l), said(after, l); looser(l, a, b) {
				t.Fatalf("%s went from %s to %s", l, a.text(), b.text())
			}
			if l == limit {
				return
			}
		}
	})
}

// Where a rule is cited, the answer is another one without it.
func TestRemovingTheBindingRuleChangesTheAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		a := w.assess(t)
		for _, l := range drawn() {
			x := said(a, l)
			if x.value == nil {
				continue
			}
			if x.because == nil || x.status == nil {
				t.Fatalf("%s without a reason or a status", l)
			}
			code := x.because.Rule
			without := slices.DeleteFunc(slices.Clone(w.pack.Rules), func(r planning.Rule) bool { return r.Code == code })
			if len(without) == len(w.pack.Rules) {
				continue
			}
			y := said(w.with(without).assess(t), l)
			if y.because != nil && y.because.Rule == code {
				t.Fatalf("%s: %s is gone and still cited", l, code)
			}
			if looser(l, y, x) {
				t.Fatalf("%s: the answer was %s with %s, and is stricter without: %s", l, x.text(), code, y.text())
			}
		}
	})
}

// A stricter zone, or restriction, never loosens the limit it speaks of.
func TestAStricterZoneNeverLoosens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		if len(w.covers) == 0 {
			return
		}
		limit := pick(t, "height", "density", "far", "floors")
		s := w
		s.covers = slices.Clone(w.covers)
		z := &s.covers[rapid.IntRange(0, len(w.covers)-1).Draw(t, "which")].Zone
		v := map[string]**float64{"height": &z.Height, "density": &z.Density, "far": &z.FAR, "floors": &z.Floors}[limit]
		if *v == nil {
			return // a zone that begins to speak may prevail over another that was stricter
		}
		less := **v / 2
		*v = &less
		if a, b := said(w.assess(t), limit), said(s.assess(t), limit); looser(limit, a, b) {
			t.Fatalf("%s went from %s to %s", limit, a.text(), b.text())
		}
	})
}

// Whatever an input turns out to be, the answer was not too strict, and what it
// becomes lies in what was said it could. Where nothing was said to matter, nothing
// does. (Whether parcels adjoin is not among them: the parcel is taken for the lot,
// which is said as an assumption.)
func TestKnowingMoreNeverLoosens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		before := w.assess(t)
		k := w
		number := func(v **float64) {
			if *v == nil {
				f := pick(t, 0.0, 4, 5, 7.25, 10, 15, 20, 20.001, 33, 1000)
				*v = &f
			}
		}
		text := func(v **string) {
			if *v == nil {
				s := pick(t, "A", "B", "C", "D")
				*v = &s
			}
		}
		number(&k.site.Frontage)
		number(&k.site.RoadWidth)
		if before.Height.Max == nil {
			number(&k.site.Height)
		}
		text(&k.site.RoadClass)
		text(&k.site.BuildingKind)
		if k.site.ExistingArea == nil {
			b := rapid.Bool().Draw(t, "existing")
			k.site.ExistingArea = &b
		}
		if k.site.Uses == nil {
			k.site.Uses = []string{pick(t, "A", "D")}
		}
		if k.site.Commune == "" {
			k.site.Commune = pick(t, "A", "D")
		}
		after := k.assess(t)
		for _, l := range drawn() {
			a, b := said(before, l), said(after, l)
			if looser(l, a, b) {
				t.Fatalf("%s was %s, and is %s when more is known", l, a.text(), b.text())
			}
			if b.value == nil {
				continue
			}
			in := a.value != nil && *a.value == *b.value
			for _, c := range a.could {
				in = in || *b.value >= c.From-1e-4 && (c.To == nil || *b.value <= *c.To+1e-4)
			}
			if !in && !between(l, a, *b.value) {
				t.Fatalf("%s was %s and could be %+v; it is %s", l, a.text(), a.could, b.text())
			}
		}
	})
}

// between reports whether v lies between an answer and the strictest that it could be.
func between(limit string, a answer, v float64) bool {
	if a.value == nil {
		return false
	}
	lo, hi := *a.value, *a.value
	for _, c := range a.could {
		lo = min(lo, c.From)
		if c.To != nil {
			hi = max(hi, *c.To)
		}
	}
	if limit == "setback.front" || limit == "minLotArea" {
		return v >= *a.value-1e-4 && v <= hi+1e-4
	}
	return v <= *a.value+1e-4 && v >= lo-1e-4
}

// The order of packs, of rules, of zones and of restrictions does not matter.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		s := w
		s.pack.Rules = rapid.Permutation(w.pack.Rules).Draw(t, "rules")
		s.covers = rapid.Permutation(w.covers).Draw(t, "covers")
		other := planning.Pack{ID: "T"}
		n := rapid.IntRange(0, len(s.pack.Rules)).Draw(t, "cut")
		other.Rules, s.pack.Rules = s.pack.Rules[:n], s.pack.Rules[n:]
		packs := rapid.Permutation([]planning.Pack{s.pack, other}).Draw(t, "packs")
		r, err := planning.Compile(packs)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(w.assess(t), r.Assess(s.site, s.covers, s.touching, planning.Known{})); d != "" {
			t.Fatal(d)
		}
	})
}

// An answer is never surer than the least sure of the rule or zone that it cites.
func TestTheStatusIsNeverHidden(t *testing.T) {
	rank := func(s string) int { return slices.Index(planning.Statuses(), s) }
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		a := w.assess(t)
		for _, l := range drawn() {
			x := said(a, l)
			for _, r := range w.pack.Rules {
				if x.because == nil || x.because.Rule != r.Code || r.Value.Table != nil && slices.ContainsFunc(r.Value.Table.Cells, func(c planning.Cell) bool { return c.Status == "verified" }) {
					continue
				}
				if rank(*x.status) > rank(r.Status) {
					t.Fatalf("%s is %s by %s, which is %s", l, *x.status, r.Code, r.Status)
				}
			}
			for _, c := range w.covers {
				status := c.Zone.Status
				if status == "" {
					status = "unverified"
				}
				if x.because != nil && x.because.Rule == "zone" && *x.because.Zone == c.Zone.Code && *x.status != status {
					t.Fatalf("%s is %s by a zone that is %s", l, *x.status, status)
				}
			}
		}
	})
}

// Two rules of one code, two orders of plans, and a rule that is not whole are
// refused.
func TestCompileRefuses(t *testing.T) {
	one, levels := 1.0, planning.Precedence{Levels: []string{"detailed", "general"}}
	whole := planning.Rule{Code: "R", Limits: "floors", Status: "demo", Value: planning.Expression{Number: &one}}
	bent := func(f func(*planning.Rule)) []planning.Pack {
		r := whole
		f(&r)
		return []planning.Pack{{ID: "A", Rules: []planning.Rule{r}}}
	}
	band := planning.Band{High: 1}
	for name, tt := range map[string]struct {
		packs []planning.Pack
		code  string
	}{
		"whole":          {bent(func(*planning.Rule) {}), ""},
		"twice":          {[]planning.Pack{{ID: "A", Rules: []planning.Rule{whole}}, {ID: "B", Rules: []planning.Rule{whole}}}, "rules.duplicate"},
		"two orders":     {[]planning.Pack{{ID: "A", Precedence: levels}, {ID: "B", Precedence: levels}}, "rules.precedence"},
		"no code":        {bent(func(r *planning.Rule) { r.Code = "" }), "rules.incomplete"},
		"no status":      {bent(func(r *planning.Rule) { r.Status = "" }), "rules.incomplete"},
		"no such limit":  {bent(func(r *planning.Rule) { r.Limits = "colour" }), "rules.incomplete"},
		"no value":       {bent(func(r *planning.Rule) { r.Value = planning.Expression{} }), "rules.incomplete"},
		"no document":    {bent(func(r *planning.Rule) { r.Document = "D" }), "rules.incomplete"},
		"no such input":  {bent(func(r *planning.Rule) { r.When = []planning.Condition{{Input: "x", Band: &band}} }), "rules.incomplete"},
		"a text by band": {bent(func(r *planning.Rule) { r.When = []planning.Condition{{Input: "use", Band: &band}} }), "rules.incomplete"},
		"asks nothing":   {bent(func(r *planning.Rule) { r.When = []planning.Condition{{Input: "use"}} }), "rules.incomplete"},
		"asks itself":    {bent(func(r *planning.Rule) { r.When = []planning.Condition{{Input: "floors", Band: &band}} }), "rules.incomplete"},
		"gapped table": {bent(func(r *planning.Rule) {
			r.Value = planning.Expression{Table: &planning.Table{Axes: []planning.Axis{{Input: "lotArea", At: bands("<5", ">6")}}, Cells: make([]planning.Cell, 2)}}
		}), "rules.incomplete"},
		"short table": {bent(func(r *planning.Rule) {
			r.Value = planning.Expression{Table: &planning.Table{Axes: []planning.Axis{{Input: "lotArea", At: bands("<5", ">=5")}}, Cells: make([]planning.Cell, 1)}}
		}), "rules.incomplete"},
	} {
		_, err := planning.Compile(tt.packs)
		if got := spatial.CodeOf(err); got != tt.code {
			t.Errorf("%s: %q, want %q", name, got, tt.code)
		}
	}
}

// A floor area is no more than its footprint with as many floors as may stand
// anywhere.
func TestFloorAreaStandsOnItsFootprint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		w.site.Area = pick(t, 10, 100.0, 333)
		some := func(of ...float64) *float64 { f := pick(t, of...); return &f }
		plan, shares := &planning.Plan{Code: "P", LegalStatus: "inForce"}, pick(t, []float64{1}, []float64{0.7, 0.3}, []float64{0.4, 0.35, 0.25})
		w.covers = nil
		for i, share := range shares { // side by side, each with all that an area takes
			w.covers = append(w.covers, planning.Cover{Share: share, Area: share * w.site.Area, Zone: planning.Zone{ID: uint64(i + 1), Plan: plan, PlanCode: "P",
				Density: some(0, 30, 60, 100), Floors: some(0, 1, 3, 5, 9), FAR: maybe(t, "far", func() float64 { return pick(t, 0, 0.5, 2, 20) })}})
		}
		for i := range w.touching {
			w.touching[i].Share = some(0.1, 0.3, 0.52, 0.9, 1)
		}
		a := w.assess(t)
		if a.Footprint.Max == nil || a.FloorArea.Max == nil {
			t.Fatal("no areas")
		}
		most := 0.0
		for _, p := range a.Floors.Parts {
			if p.Restriction == nil {
				most = max(most, *p.Max)
			}
		}
		if *a.FloorArea.Max > *a.Footprint.Max*most+0.01*(most+1) {
			t.Fatalf("%v m² of floor on %v m² with %v floors", *a.FloorArea.Max, *a.Footprint.Max, most)
		}
	})
}
