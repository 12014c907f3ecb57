package city

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/spatial"
)

func TestWordsReadable(t *testing.T) {
	all, err := readWords(wordsFile)
	if err != nil {
		t.Fatal(err)
	}
	if !norm.NFC.IsNormal(wordsFile) {
		t.Error("words.json is not NFC")
	}
	for name := range all {
		layer, field, _ := strings.Cut(name, ".")
		i := slices.IndexFunc(Layers(), func(l spatial.Layer) bool { return l.Name == layer })
		if i < 0 || Layers()[i].Index(field) < 0 {
			t.Errorf("%s is no field", name)
		}
	}
	for _, bad := range []string{`{}`, `[{"fields":["a.b"],"words":[["x","y",""]]}]`, `[{"fields":["a.b"],"words":[["x","y","z"],["x","y","z"]]}]`, `[{"fields":["a.b","a.b"],"words":[]}]`} {
		if _, err := readWords([]byte(bad)); err == nil {
			t.Errorf("%s is read", bad)
		}
	}
}

// TestClosedListsAreWorded: no reader is shown a code of ours.
func TestClosedListsAreWorded(t *testing.T) {
	for _, l := range Layers() {
		for _, f := range l.Fields {
			for _, code := range f.OneOf {
				if !slices.ContainsFunc(f.Words, func(w spatial.Word) bool { return w.Code == code }) {
					t.Errorf("%s.%s: %q has no word", l.Name, f.Name, code)
				}
			}
			if f.OneOf != nil && len(f.OneOf) != len(f.Words) {
				t.Errorf("%s.%s: %d values, %d words", l.Name, f.Name, len(f.OneOf), len(f.Words))
			}
		}
	}
}

// TestDemonstrationCityIsWorded: every value of a field that has words is one of
// them, in the whole demonstration city.
func TestDemonstrationCityIsWorded(t *testing.T) {
	c, err := demo.Build(demo.Options{Seed: 1, Parcels: 3000})
	if err != nil {
		t.Fatal(err)
	}
	layers, seen := map[string]spatial.Layer{}, 0
	for _, l := range Layers() {
		layers[l.Name] = l
	}
	for op, err := range c.Ops() {
		if err != nil {
			t.Fatal(err)
		}
		l := layers[op.Feature.Layer]
		for i, v := range op.Feature.Values {
			f := &l.Fields[i]
			if f.Words == nil || v.IsNull() {
				continue
			}
			seen++
			codes := []string{v.String()}
			if f.Name == "use" {
				codes = strings.Split(v.String(), "+")
			}
			for _, code := range codes {
				if !slices.ContainsFunc(f.Words, func(w spatial.Word) bool { return w.Code == code }) {
					t.Fatalf("%s.%s: %q has no word", l.Name, f.Name, code)
				}
			}
		}
	}
	if seen < 10_000 {
		t.Errorf("%d values only: the test looks at the wrong fields", seen)
	}
}
