package planning

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// A script says what a planner would: what the site is, which zones cover it, and
// what the answer must be. See testdata/README.md for the words.
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
	site      Site
	plans     map[string]*Plan
	documents map[string]*Document
	covers    []Cover
	touching  []Restriction
	known     Known
	tolerance Tolerance
}

func fresh() *script {
	return &script{site: Site{Area: 100}, plans: map[string]*Plan{}, documents: map[string]*Document{},
		known: Known{Restrictions: map[string]bool{}}, tolerance: Tolerance{Share: 0.01, Area: 2}}
}

func runScript(t *testing.T, name string) {
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, title, expected := fresh(), "", 0
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := split(lines.Text())
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		where := fmt.Sprintf("%s:%d (%s)", name, n, title)
		switch words[0] {
		case "case":
			s, title = fresh(), strings.Join(words[1:], " ")
		case "site":
			for k, v := range pairs(t, where, words[1:]) {
				switch k {
				case "area":
					s.site.Area = number(t, where, v)
				case "use":
					s.site.Uses = strings.Split(v, "+")
				default:
					t.Fatalf("%s: unknown word %q", where, k)
				}
			}
		case "document":
			p := pairs(t, where, words[2:])
			s.documents[words[1]] = &Document{ID: words[1], Number: optional(p["number"]), Status: optional(p["status"])}
		case "plan":
			p := pairs(t, where, words[2:])
			s.plans[words[1]] = &Plan{Code: words[1], Name: p["name"], Level: p["level"], LegalStatus: p["status"], Document: p["document"]}
		case "zone":
			s.zone(t, where, words[1], pairs(t, where, words[2:]))
		case "restriction":
			s.touching = append(s.touching, Restriction{ID: uint64(len(s.touching) + 1), Kind: words[1]})
		case "known":
			for _, k := range words[1:] {
				s.known.Restrictions[k] = true
			}
		case "expect":
			expected++
			s.expect(t, where, words[1:])
		default:
			t.Fatalf("%s: unknown word %q", where, words[0])
		}
	}
	if expected == 0 {
		t.Fatalf("%s expects nothing", name)
	}
}

type row map[string]string

func (r row) Attr(field string) spatial.Value {
	v, ok := r[field]
	if !ok {
		return spatial.Value{}
	}
	for _, f := range Layers()[0].Fields {
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

func (s *script) zone(t *testing.T, where, code string, p map[string]string) {
	k := Cover{Share: 1}
	attrs := row{"code": code}
	for name, v := range p {
		switch name {
		case "share":
			k.Share = number(t, where, v)
		case "overlap":
			if v != "failed" {
				t.Fatalf("%s: overlap=%s", where, v)
			}
			k.Failed = errors.New("the overlay failed")
		default:
			attrs[name] = v
		}
	}
	k.Area = k.Share * s.site.Area
	k.Zone = ReadZone(uint64(len(s.covers)+1), attrs, func(c string) *Plan { return s.plans[c] }, func(c string) *Document { return s.documents[c] })
	if !s.tolerance.Sliver(k, s.site.Area) {
		s.covers = append(s.covers, k)
	}
}

func (s *script) expect(t *testing.T, where string, words []string) {
	a := Rules{}.Assess(s.site, s.covers, s.touching, s.known)
	limits := map[string]Limit{"floors": a.Floors, "height": a.Height, "density": a.Density, "far": a.FAR}
	if l, ok := limits[words[0]]; ok {
		expectLimit(t, where, l, words[1:])
		return
	}
	switch words[0] {
	case "zones":
		var got []string
		for _, z := range a.Zones {
			got = append(got, *z.Code)
		}
		if !slices.Equal(got, words[1:]) {
			t.Errorf("%s: zones %v", where, got)
		}
	case "setback":
		for _, b := range a.Setbacks {
			if b.Side != words[1] {
				continue
			}
			got := string(b.Outcome)
			if b.Min != nil {
				got = format(*b.Min)
			}
			if got != words[2] {
				t.Errorf("%s: setback %s is %s", where, b.Side, got)
			}
		}
	case "conversion":
		for _, k := range a.Conversion {
			if k.Part == words[1] && k.Outcome == words[2] {
				return
			}
		}
		t.Errorf("%s: conversions %+v", where, a.Conversion)
	case "concerned", "notConcerned", "noDataOn":
		got := map[string][]string{"concerned": a.Themes.Concerned, "notConcerned": a.Themes.NotConcerned, "noDataOn": a.Themes.NoData}[words[0]]
		for _, w := range words[1:] {
			if !slices.Contains(got, w) {
				t.Errorf("%s: %s holds %v", where, words[0], got)
			}
		}
	default:
		t.Fatalf("%s: unknown expectation %q", where, words[0])
	}
}

func expectLimit(t *testing.T, where string, l Limit, words []string) {
	got := string(l.Outcome)
	if l.Outcome == Answered {
		got = format(*l.Max)
	}
	if got != words[0] {
		t.Errorf("%s: answered %s, want %s", where, got, words[0])
		return
	}
	for i := 1; i+1 < len(words); i += 2 {
		want, got := words[i+1], ""
		switch words[i] {
		case "because":
			got = *l.Because.Zone
		case "document":
			got = l.Because.Document.ID
		case "status":
			got = *l.Status
		case "share":
			got = format(l.Because.Share)
		case "also":
			for _, o := range l.AlsoConsidered {
				got += format(o.Max) + ","
			}
			got = strings.TrimSuffix(got, ",")
		case "unknown":
			got = strings.Join(l.Unknown, ",")
		case "parts":
			got = strconv.Itoa(len(l.Parts))
		default:
			t.Fatalf("%s: unknown word %q", where, words[i])
		}
		if got != want {
			t.Errorf("%s: %s is %q, want %q", where, words[i], got, want)
		}
	}
}

func format(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func number(t *testing.T, where, s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return f
}

func pairs(t *testing.T, where string, words []string) map[string]string {
	out := map[string]string{}
	for _, w := range words {
		k, v, ok := strings.Cut(w, "=")
		if !ok {
			t.Fatalf("%s: %q is not name=value", where, w)
		}
		out[k] = v
	}
	return out
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
