package dxf

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Bulges are no more unfolded than a drawing may have points.
func TestBulges(t *testing.T) {
	const room, n = 2000, 300
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "\n10 %d\n20 0\n42 1", i*10_000)
	}
	line := "0 LWPOLYLINE\n8 a\n70 0" + b.String()
	path := func(k int) string { // of k vertices
		return fmt.Sprintf("\n92 2\n72 1\n73 1\n93 %d%s", k, strings.Join(strings.SplitAfter(b.String(), "42 1")[:k], ""))
	}
	hatch := func(paths ...string) string {
		return fmt.Sprintf("0 HATCH\n8 a\n91 %d%s", len(paths), strings.Join(paths, ""))
	}
	arcs := "\n92 0\n93 300" + strings.Repeat("\n72 2\n10 0\n20 0\n40 10000\n50 0\n51 180\n73 1", n)
	for what, body := range map[string]string{
		"a polyline":      line,
		"a path":          hatch(path(n)),
		"many paths":      hatch(path(2), path(2), path(2), path(2), path(2)),
		"edges of a path": hatch(arcs),
	} {
		_, _, err := Reader(spatial.Polygons, "")(fstest.MapFS{"a.dxf": {Data: []byte(entities(body))}}, "a.dxf", raw.Limits{Points: room})
		if spatial.CodeOf(err) != "dxf.large" || spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("%s: %v", what, err)
		}
		lines := strings.Split(body, "\n")
		var group []tag
		for _, l := range lines[1:] {
			g := tag{}
			if _, err := fmt.Sscan(l, &g.code, &g.text); err != nil {
				t.Fatal(l, err)
			}
			group = append(group, g)
		}
		e := parse(strings.Fields(lines[0])[1], 1, group, room)
		made := len(e.course(room))
		for _, p := range e.paths {
			made += len(p.edges)
		}
		if made <= room || made > room+mostChords+2 {
			t.Errorf("%s: %d points were made, of %d", what, made, room)
		}
	}
}
