package filter_test

import (
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

// plot is a row whose first two properties have several values.
type plot struct {
	lists [2][]string
	use   string
	pick  [2]int
}

func (p *plot) Value(i int) spatial.Value {
	if i == 2 {
		return spatial.Text(p.use)
	}
	if p.pick[i] < 0 {
		return spatial.Value{}
	}
	return spatial.Text(p.lists[i][p.pick[i]])
}
func (p *plot) Geometry() orb.Geometry { return nil }
func (p *plot) Box() orb.Bound         { return orb.Bound{Min: orb.Point{1}, Max: orb.Point{}} }
func (p *plot) Len(i int) int          { return len(p.lists[i]) }
func (p *plot) Pick(i, k int)          { p.pick[i] = k }

// TestLists: a comparison holds where it holds for any value, its NOT where it
// holds for none.
func TestLists(t *testing.T) {
	schema := filter.Schema{Properties: []filter.Property{{Name: "zone", Type: spatial.TypeText, Many: true}, {Name: "planned", Type: spatial.TypeText, Many: true}, {Name: "use", Type: spatial.TypeText}}}
	for _, c := range []struct {
		filter, zones, planned, use string
		want                        bool
	}{
		{"zone = 'A'", "A B", "", "", true},
		{"zone = 'B'", "A B", "", "", true},
		{"zone = 'C'", "A B", "", "", false},
		{"NOT zone = 'B'", "A B", "", "", false},
		{"NOT zone = 'C'", "A B", "", "", true},
		{"zone <> 'B'", "A B", "", "", true},
		{"zone <> 'A'", "A", "", "", false},
		{"zone = 'A' AND zone = 'B'", "A B", "", "", true},
		{"zone IN ('X','B')", "A B", "", "", true},
		{"zone NOT IN ('X','B')", "A B", "", "", false},
		{"zone LIKE 'b%'", "A Bc", "", "", false},
		{"CASEI(zone) LIKE CASEI('b%')", "A Bc", "", "", true},
		{"zone BETWEEN 'B' AND 'C'", "A Bc", "", "", true},
		{"zone IS NULL", "A", "", "", false},
		{"zone IS NOT NULL", "A", "", "", true},
		{"zone IS NULL", "", "", "", true},
		{"zone = 'A' OR zone <> 'A'", "", "", "", false},
		{"NOT zone = 'A'", "", "", "", false},
		{"planned = use", "", "CLN ODT", "ODT", true},
		{"planned <> use", "", "ODT", "ODT", false},
		{"planned <> use", "", "ODT CLN", "ODT", true},
		{"zone = planned", "A B", "C B", "", true},
		{"zone = planned", "A B", "C D", "", false},
		{"NOT (zone = planned)", "A B", "C D", "", true},
		{"zone = planned", "A B", "", "", false},
		{"(zone = 'B') = (planned = 'C')", "A B", "C D", "", true},
		{"(zone = 'X') = (planned = 'C')", "A B", "C D", "", false},
	} {
		e, err := filter.ParseText(c.filter, schema)
		if err != nil {
			t.Fatal(err)
		}
		again, err := filter.ParseJSON(e.JSON(), schema)
		if err != nil {
			t.Fatal(err)
		}
		p := &plot{lists: [2][]string{strings.Fields(c.zones), strings.Fields(c.planned)}, use: c.use}
		if got := e.Match(p); got != c.want || again.Match(p) != c.want {
			t.Errorf("%s of %s / %s / %s: %v", c.filter, c.zones, c.planned, c.use, got)
		}
		if n := testing.AllocsPerRun(20, func() { e.Match(p) }); n > 0 && !strings.Contains(c.filter, "CASEI") && !strings.Contains(c.filter, "LIKE") {
			t.Errorf("%s: %v allocations", c.filter, n)
		}
	}
}

func TestParseGeometry(t *testing.T) {
	g, err := filter.ParseGeometry([]byte(`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`))
	if err != nil || g.(orb.Polygon)[0][2] != (orb.Point{1, 1}) {
		t.Fatal(g, err)
	}
	many := `{"type":"MultiPoint","coordinates":[` + strings.Repeat("[0,0],", filter.MaxVertices) + `[0,0]]}`
	for body, want := range map[string]string{
		``: "filter.syntax", `[]`: "filter.syntax", `{"type":"Feature","geometry":null}`: "filter.syntax", `{"type":"Point","coordinates":[1]}`: "filter.geometry",
		`{"type":"Point","coordinates":[1,2]} {}`: "filter.syntax", many: "filter.tooManyVertices", strings.Repeat("[", 5000): "filter.tooDeep",
		`{"type":"Polygon","coordinates":[]}`: "filter.geometry", `{"type":"Point","coordinates":[1,1e999]}`: "filter.literal",
	} {
		if _, err := filter.ParseGeometry([]byte(body)); spatial.CodeOf(err) != want {
			t.Errorf("%.60s: %v, want %s", body, err, want)
		}
	}
}
