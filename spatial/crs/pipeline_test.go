package crs_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/crs"
)

// What is stored with an import as done to its coordinates is what was done: PROJ,
// told the same, comes to the same place.
func TestPipelineIsWhatIsDone(t *testing.T) {
	places := []orb.Point{{108.4421, 11.9404}, {105.85, 21.03}, {104.1, 8.9}}
	for _, s := range crs.All() {
		to, from := must[crs.Transform](t)(crs.To(s.SRID)), must[crs.Transform](t)(crs.From(s.SRID))
		var in strings.Builder
		var own []orb.Point
		for _, p := range places {
			q := to(p)
			own = append(own, q)
			fmt.Fprintf(&in, "%.12f %.12f 0\n", q[0], q[1])
		}
		args := append([]string{"-d", "13"}, strings.Fields(crs.Pipeline(s.SRID))...)
		lines := strings.Split(strings.TrimSpace(run(t, in.String(), "cct", args...)), "\n")
		if len(lines) != len(places) {
			t.Fatalf("EPSG:%d: %d lines", s.SRID, len(lines))
		}
		for i, l := range lines {
			var theirs orb.Point
			if _, err := fmt.Sscan(l, &theirs[0], &theirs[1]); err != nil {
				t.Fatalf("%q: %v", l, err)
			}
			if got := from(own[i]); !close2(got, theirs, degrees) {
				t.Errorf("EPSG:%d %v: got %v, PROJ by the pipeline %v", s.SRID, own[i], got, theirs)
			}
		}
	}
	if p := crs.Pipeline(31700); p != "" {
		t.Errorf("a system that is not known has the pipeline %q", p)
	}
}
