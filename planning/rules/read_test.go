package rules

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// Each file of testdata/wrong says beside each fault what it is: a line that ends
// with "#! code" must be told with that code, and no other line. "#! code@7" names
// the column too.
func TestWrongPacks(t *testing.T) {
	files, err := filepath.Glob("testdata/wrong/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("no files: %v", err)
	}
	mark := regexp.MustCompile(`#! (.*)$`)
	seen := map[string]bool{}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i, line := range strings.Split(string(b), "\n") {
				if m := mark.FindStringSubmatch(line); m != nil {
					for _, code := range strings.Fields(m[1]) {
						want = append(want, fmt.Sprintf("%d %s", i+1, code))
					}
				}
			}
			_, err = Read(name, b)
			var problems Problems
			if !errors.As(err, &problems) || spatial.CodeOf(err) != "rules.broken" {
				t.Fatalf("%v", err)
			}
			var got []string
			for _, p := range problems {
				seen[p.Code] = true
				s := fmt.Sprintf("%d %s", p.Line, p.Code)
				if at := fmt.Sprintf("%s@%d", s, p.Column); slices.Contains(want, at) {
					s = at
				}
				got = append(got, s)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d, problems)
			}
		})
	}
	for _, code := range []string{"rules.key", "rules.missing", "rules.twice", "rules.word", "rules.duplicate", "rules.document", "rules.order", "rules.percent", "rules.formula", "rules.row",
		"rules.bandShort", "rules.bandStart", "rules.bandEnd", "rules.bandGap", "rules.bandOverlap", "rules.bandPoint", "rules.bandBand",
		"rules.wantMapping", "rules.wantList", "rules.wantText", "rules.wantNumber", "rules.wantFlag", "rules.wantBand", "rules.wantValue", "rules.wantLink", "rules.wantDate", "rules.alias", "rules.syntax"} {
		if !seen[code] {
			t.Errorf("no file shows %s", code)
		}
	}
}

func TestWhatIsNoPack(t *testing.T) {
	for text, code := range map[string]string{
		"": "rules.empty", "# nothing\n": "rules.empty", "a: 1\n---\nb: 2\n": "rules.documents", "- 1": "rules.wantMapping", "x": "rules.wantMapping",
		strings.Repeat("[", 60) + strings.Repeat("]", 60): "rules.syntax", "a: [": "rules.syntax", "\x00": "rules.syntax", "a: \xff": "rules.syntax",
	} {
		_, err := Read("p.yaml", []byte(text))
		var p Problems
		if !errors.As(err, &p) || p[0].Code != code || p[0].Line < 1 || p[0].Column < 1 {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, err := Read("p.yaml", make([]byte, mostBytes+1)); spatial.CodeOf(err) != "rules.large" {
		t.Errorf("%v", err)
	}
}

// However much is wrong, what is told is bounded.
func TestProblemsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("pack: A\nversion: 1\ntitle: {vi: A, en: A}\napplies: country\ndocuments: []\nrules:\n")
	for range 1900 {
		b.WriteString("  - {code: 1}\n")
	}
	_, err := Read("p.yaml", []byte(b.String()))
	var p Problems
	if !errors.As(err, &p) || len(p) != mostProblems {
		t.Errorf("%d problems", len(p))
	}
}

const whole = `
pack: thu
version: 2
title: {vi: "Quy ước", en: Test}
applies: [24781, "24787"]
documents:
  - {id: D, number: 1/QĐ, title: {vi: Văn bản, en: Document}, authority: UBND, date: 2024-01-31, url: "https://example.vn/d", status: secondary}
rules:
  - code: A
    title: {vi: Một, en: One}
    limits: density
    when: {lotArea: "90..<200", roadClass: [area, path], existingArea: true, use: ODT}
    unless: {height: ">25"}
    value:
      rows: lotArea
      columns: height
      interpolation: linear
      at: ["<=16", 19, ">19"]
      cells:
        "<100":   [90, 80, 70]
        100:      [{value: 60, status: verified}, 50.5, 40]
        ">=1000": [30, 20, 10]
    document: D
    article: Điều 2
    status: demo
    source: Đọc ở đâu đó
  - code: B
    title: {vi: Hai, en: Two}
    limits: floors
    value: {formula: "ceil(far * 100 / density)"}
    document: D
    status: demo
`

// A pack for the country can say which plan prevails.
func TestReadPrecedence(t *testing.T) {
	text := regexp.MustCompile(`(?m)^applies:.*$`).ReplaceAllString(whole, "applies: country\nprecedence: {levels: [detailed, general], document: D, article: Điều 1, status: unverified}\nvalid: {from: 2024-01-01, to: 2025-01-01}")
	p, err := Read("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(planning.Precedence{Levels: []string{"detailed", "general"}, Document: "D", Article: "Điều 1", Status: "unverified"}, p.Precedence); d != "" {
		t.Error(d)
	}
	if p.Communes != nil || p.Valid != (spatial.Period{From: "2024-01-01", To: "2025-01-01"}) {
		t.Errorf("for %v on %v", p.Communes, p.Valid)
	}
}

func TestRead(t *testing.T) {
	p, err := Read("p.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	yes := true
	band := func(s string) planning.Band {
		b, ok := planning.ParseBand(s)
		if !ok {
			t.Fatal(s)
		}
		return b
	}
	lot, height := band("90..<200"), band(">25")
	formula, fault := planning.ParseFormula("ceil(far * 100 / density)")
	if fault != nil {
		t.Fatal(fault)
	}
	want := planning.Pack{ID: "thu", Version: "2", Title: spatial.Name{VI: "Quy ước", EN: "Test"}, Communes: []string{"24781", "24787"},
		Documents: []planning.PackDocument{{ID: "D", Number: "1/QĐ", Title: spatial.Name{VI: "Văn bản", EN: "Document"}, Authority: "UBND", Date: "2024-01-31", URL: "https://example.vn/d", Status: "secondary"}},
		Rules: []planning.Rule{
			{Code: "A", Title: spatial.Name{VI: "Một", EN: "One"}, Limits: "density",
				When:   []planning.Condition{{Input: "lotArea", Band: &lot}, {Input: "roadClass", In: []string{"area", "path"}}, {Input: "existingArea", Is: &yes}, {Input: "use", In: []string{"ODT"}}},
				Unless: []planning.Condition{{Input: "height", Band: &height}},
				Value: planning.Expression{Table: &planning.Table{Linear: true, Axes: []planning.Axis{
					{Input: "lotArea", At: []planning.Band{band("<100"), band("100"), band(">=1000")}}, {Input: "height", At: []planning.Band{band("<=16"), band("19"), band(">19")}}},
					Cells: []planning.Cell{{Value: 90}, {Value: 80}, {Value: 70}, {Value: 60, Status: "verified"}, {Value: 50.5}, {Value: 40}, {Value: 30}, {Value: 20}, {Value: 10}}}},
				Document: "D", Article: "Điều 2", Status: "demo", Source: "Đọc ở đâu đó"},
			{Code: "B", Title: spatial.Name{VI: "Hai", EN: "Two"}, Limits: "floors", Value: planning.Expression{Formula: formula}, Document: "D", Status: "demo"},
		}}
	if d := cmp.Diff(want, p, cmp.Comparer(func(a, b *planning.Formula) bool { return a == b || a != nil && b != nil && a.String() == b.String() })); d != "" {
		t.Error(d)
	}
	if _, err := planning.Compile([]planning.Pack{p}); err != nil {
		t.Error(err)
	}
}

// Whatever the bytes, reading them ends, every fault has its place, and a pack that
// is read can be used and asked.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole))
	files, _ := filepath.Glob("testdata/wrong/*.yaml")
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	height, yes := 20.0, true
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Read("f.yaml", b)
		if err != nil {
			var problems Problems
			if errors.As(err, &problems) {
				for _, q := range problems {
					if q.Line < 1 || q.Column < 1 || q.Code == "" {
						t.Fatalf("a fault without its place: %+v", q)
					}
				}
			} else if spatial.CodeOf(err) != "rules.large" {
				t.Fatal(err)
			}
			return
		}
		r, err := planning.Compile([]planning.Pack{p})
		if err != nil {
			t.Fatalf("read, and not to be used: %v", err)
		}
		for _, s := range []planning.Site{{}, {Area: 150, Height: &height, ExistingArea: &yes, AdjoiningSameUse: &yes}} {
			a := r.Assess(s, nil, nil, planning.Known{})
			for _, l := range []planning.Limit{a.Floors, a.Height, a.Density, a.FAR} {
				if (l.Max == nil) != (l.Because == nil) || l.Max != nil && !(*l.Max >= 0) {
					t.Fatalf("%+v", l)
				}
			}
		}
	})
}
