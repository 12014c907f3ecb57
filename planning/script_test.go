package planning_test

import (
	"bufio"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
)

// A script says what a planner would: what the site is, which zones cover it, which
// rules hold, and what the answer must be. See testdata/README.md for the words.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) { runScript(t, name) })
	}
}

type script struct {
	t         *testing.T
	where     string // file, line and case, for what is said of a fault
	site      planning.Site
	plans     map[string]*planning.Plan
	documents map[string]*planning.Document
	covers    []planning.Cover
	touching  []planning.Restriction
	known     planning.Known
	tolerance planning.Tolerance
	packs     []planning.Pack
	own       planning.Pack // rules that stand in the script itself
	grid      *grid
	proposal  planning.Proposal
}

func fresh(t *testing.T) *script {
	return &script{t: t, site: planning.Site{Area: 100}, plans: map[string]*planning.Plan{}, documents: map[string]*planning.Document{},
		known: planning.Known{Restrictions: map[string]bool{}}, tolerance: planning.Tolerance{Share: 0.01, Area: 2}}
}

func runScript(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, title, expected := fresh(t), "", 0
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := split(lines.Text())
		s.where = fmt.Sprintf("%s:%d (%s)", name, n, title)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			s.grid = nil
			continue
		}
		if s.grid != nil {
			expected += s.row(words)
			continue
		}
		switch words[0] {
		case "case":
			s, title = fresh(t), strings.Join(words[1:], " ")
		case "site":
			for k, v := range s.pairs(words[1:]) {
				s.set(k, v)
			}
		case "pack":
			s.pack(words[1])
		case "rule":
			s.rule(words[1:])
		case "document":
			p := s.pairs(words[2:])
			s.documents[words[1]] = &planning.Document{ID: words[1], Number: optional(p["number"]), Status: optional(p["status"])}
		case "plan":
			p := s.pairs(words[2:])
			s.plans[words[1]] = &planning.Plan{Code: words[1], Name: p["name"], Level: p["level"], LegalStatus: p["status"], Document: p["document"],
				From: spatial.Date(p["from"]), To: spatial.Date(p["to"]), Replaces: strings.FieldsFunc(p["replaces"], func(r rune) bool { return r == ',' })}
		case "zone":
			s.zone(words[1], s.pairs(words[2:]))
		case "restriction":
			s.restriction(words[1], s.pairs(words[2:]))
		case "known":
			for _, k := range words[1:] {
				s.known.Restrictions[k] = true
			}
		case "propose":
			s.propose(s.pairs(words[1:]))
		case "verdict":
			expected++
			s.verdict(words[1:])
		case "grid":
			s.grid = &grid{limit: words[1], row: words[2], column: words[3]}
		case "expect":
			expected++
			s.expect(words[1:])
		default:
			t.Fatalf("%s: unknown word %q", s.where, words[0])
		}
	}
	if expected == 0 {
		t.Fatalf("%s expects nothing", name)
	}
}

// set is one thing known of the site.
func (s *script) set(k, v string) {
	number := func() *float64 {
		f := s.number(v)
		return &f
	}
	flag := func() *bool {
		b := v == "yes"
		if v != "yes" && v != "no" {
			s.t.Fatalf("%s: %s=%s", s.where, k, v)
		}
		return &b
	}
	switch k {
	case "area":
		s.site.Area = *number()
	case "use":
		s.site.Uses = strings.Split(v, "+")
	case "commune":
		s.site.Commune = v
	case "frontage":
		s.site.Frontage = number()
	case "road":
		s.site.RoadWidth = number()
	case "roadMeasured":
		s.site.RoadMeasured = *flag()
	case "roadClass":
		s.site.RoadClass = &v
	case "existing":
		s.site.ExistingArea = flag()
	case "adjoining":
		s.site.AdjoiningSameUse = flag()
	case "kind":
		s.site.BuildingKind = &v
	case "height":
		s.site.Height = number()
	default:
		s.t.Fatalf("%s: unknown word %q", s.where, k)
	}
}

// pack adds a rule pack: one that comes with the program, or a file of testdata.
func (s *script) pack(name string) {
	var p planning.Pack
	var err error
	switch name {
	case "national":
		p, err = rules.National()
	case "demo":
		p, err = rules.Demo()
	default:
		var b []byte
		if b, err = os.ReadFile(filepath.Join("testdata", name)); err == nil {
			p, err = rules.Read(name, b)
		}
	}
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	s.packs = append(s.packs, p)
}

// rule adds a rule: CODE LIMIT NUMBER|"FORMULA" [when input=… …] [unless input=… …]
// [as status=…].
func (s *script) rule(words []string) {
	r := planning.Rule{Code: words[0], Limits: words[1], Status: "verified"}
	if f, err := strconv.ParseFloat(words[2], 64); err == nil {
		r.Value.Number = &f
	} else {
		formula, fault := planning.ParseFormula(words[2])
		if fault != nil {
			s.t.Fatalf("%s: %v", s.where, fault)
		}
		r.Value.Formula = formula
	}
	mode := ""
	for _, w := range words[3:] {
		k, v, is := strings.Cut(w, "=")
		switch {
		case !is:
			mode = w
		case mode == "as":
			r.Status = v
		case mode == "when":
			r.When = append(r.When, s.condition(k, v))
		case mode == "unless":
			r.Unless = append(r.Unless, s.condition(k, v))
		default:
			s.t.Fatalf("%s: %q", s.where, w)
		}
	}
	s.own.Rules = append(s.own.Rules, r)
}

func (s *script) condition(name, v string) planning.Condition {
	c := planning.Condition{Input: name}
	for _, in := range planning.Inputs() {
		if in.Name != name {
			continue
		}
		switch in.Type {
		case planning.NumberInput:
			b, ok := planning.ParseBand(v)
			if !ok {
				s.t.Fatalf("%s: no band: %q", s.where, v)
			}
			c.Band = &b
		case planning.TextInput:
			c.In = strings.Split(v, ",")
		case planning.FlagInput:
			yes := v == "yes"
			c.Is = &yes
		}
	}
	return c
}

func (s *script) assess() planning.Assessment {
	r, err := planning.Compile(append(slices.Clip(s.packs), s.own))
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	return r.In("vi").Assess(s.site, s.covers, s.touching, s.known)
}

// grid is a table of expected numbers: rows and columns are things of the site.
type grid struct {
	limit, row, column string
	head               []string
}

// row checks a line of a grid; the first line is its head. It counts what it checked.
func (s *script) row(words []string) int {
	g := s.grid
	if g.head == nil {
		g.head = words
		return 0
	}
	if len(words) != len(g.head)+1 {
		s.t.Fatalf("%s: %d numbers for %d columns", s.where, len(words)-1, len(g.head))
	}
	s.set(g.row, words[0])
	for i, want := range words[1:] {
		s.set(g.column, g.head[i])
		a := s.answer(s.assess(), g.limit)
		got := a.text()
		near := false // the tables in the scripts are rounded by other hands
		if w, err := strconv.ParseFloat(want, 64); err == nil && a.value != nil {
			near = math.Abs(w-*a.value) < 1.01e-4
		}
		if got != want && !near {
			s.t.Errorf("%s: %s=%s %s=%s: %s is %s, want %s", s.where, g.row, words[0], g.column, g.head[i], g.limit, got, want)
		}
	}
	return len(words) - 1
}

type row map[string]string

func (r row) Attr(field string) spatial.Value {
	v, ok := r[field]
	if !ok {
		return spatial.Value{}
	}
	for _, f := range planning.Layers()[0].Fields {
		if f.Name == field {
			val, err := spatial.ParseValue(f.Type, v)
			if err != nil {
				panic(err)
			}
			return val
		}
	}
	panic("no field " + field)
}

func (s *script) zone(code string, p map[string]string) {
	k := planning.Cover{Share: 1}
	attrs := row{"code": code}
	for name, v := range p {
		switch name {
		case "share":
			k.Share = s.number(v)
		case "overlap":
			if v != "failed" {
				s.t.Fatalf("%s: overlap=%s", s.where, v)
			}
			k.Failed = errors.New("the overlay failed")
		default:
			attrs[name] = v
		}
	}
	k.Area = k.Share * s.site.Area
	k.Zone = planning.ReadZone(uint64(len(s.covers)+1), attrs, func(c string) *planning.Plan { return s.plans[c] }, func(c string) *planning.Document { return s.documents[c] })
	if !s.tolerance.Sliver(k, s.site.Area) {
		s.covers = append(s.covers, k)
	}
}

func (s *script) restriction(kind string, p map[string]string) {
	r := planning.Restriction{ID: uint64(len(s.touching) + 1), Kind: kind, Code: p["code"], Name: p["name"], LegalStatus: p["legal"], Status: p["status"], Document: s.documents[p["document"]]}
	for k, to := range map[string]**float64{"floors": &r.Floors, "height": &r.Height, "share": &r.Share} {
		if v, ok := p[k]; ok {
			f := s.number(v)
			*to = &f
		}
	}
	s.touching = append(s.touching, r)
}

func (s *script) number(v string) float64 {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	return f
}

func (s *script) pairs(words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			s.t.Fatalf("%s: %q is not name=value", s.where, w)
		}
		out[k] = v
	}
	return out
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// split cuts a line into words; "a b" in quotes is one word.
func split(line string) []string {
	var out []string
	quoted := false
	for _, w := range strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return !quoted && (r == ' ' || r == '\t')
	}) {
		out = append(out, strings.ReplaceAll(w, `"`, ""))
	}
	return out
}
