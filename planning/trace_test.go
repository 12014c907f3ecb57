package planning_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/planning"
)

// What the assessment cites, the trace says to apply; what it says could apply, the
// trace does not rule out; and a rule that does not apply says which condition fails.
func TestTheTraceIsOfOneMindWithTheAssessment(t *testing.T) {
	cited, failed := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := draw(t)
		rules, err := planning.Compile([]planning.Pack{w.pack})
		if err != nil {
			t.Fatal(err)
		}
		says := map[string]map[string]bool{}
		for _, a := range rules.Trace(w.site, w.covers, w.touching) {
			if says[a.Rule] == nil {
				says[a.Rule] = map[string]bool{}
			}
			says[a.Rule][a.Applies] = true
			if (a.Applies == "no") != (a.Fails != "") {
				t.Fatalf("%+v", a)
			}
			if a.Applies == "no" {
				failed++
			} else if a.From > a.To {
				t.Fatalf("%+v", a)
			}
		}
		a := w.assess(t)
		for _, l := range []planning.Limit{a.Height, a.Density, a.FAR} { // floors are asked by the height of a restriction besides
			if l.Because != nil && l.Because.Pack != nil {
				if cited++; !says[l.Because.Rule]["yes"] {
					t.Fatalf("%s binds, and the trace says %v", l.Because.Rule, says[l.Because.Rule])
				}
			}
			for _, c := range l.Could {
				if w.site.AdjoiningSameUse != nil && !says[c.Rule]["yes"] && !says[c.Rule]["maybe"] {
					t.Fatalf("%s could apply, and the trace says %v", c.Rule, says[c.Rule])
				}
			}
		}
	})
	if cited < 20 || failed < 20 {
		t.Errorf("%d rules cited, %d that do not apply: the test draws the wrong worlds", cited, failed)
	}
}
