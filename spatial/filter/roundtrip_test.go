package filter_test

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

// grammar draws texts of the whole grammar, and rows for them.
type grammar struct{ t *rapid.T }

func (g grammar) pick(of ...string) string { return rapid.SampledFrom(of).Draw(g.t, "pick") }

func (g grammar) n(most int) int { return rapid.IntRange(0, most).Draw(g.t, "n") }

func (g grammar) condition(depth int) string {
	if depth == 0 {
		return g.pick("TRUE", "FALSE", "corner", "sold", "area > 3", "use IS NULL")
	}
	c := func() string { return g.condition(depth - 1) }
	switch g.n(11) {
	case 0, 1:
		return "(" + c() + ") AND (" + c() + ")"
	case 2, 3:
		return "(" + c() + ") OR (" + c() + ") or " + c()
	case 4:
		return "NOT (" + c() + ")"
	case 5:
		return g.number(depth) + " " + g.pick("=", "<>", "<", ">", "<=", ">=") + " " + g.number(depth)
	case 6:
		return g.text(depth) + " " + g.pick("=", "<>", "<", ">=") + " " + g.text(depth)
	case 7:
		return g.text(depth) + g.pick(" ", " NOT ") + "LIKE " + g.pick("", "CASEI", "ACCENTI") + "(" + g.pick("'%a%'", "'_b'", `'\%'`, "'đ%''x'", "''") + ")"
	case 8:
		return g.number(1) + g.pick(" ", " NOT ") + "BETWEEN " + g.number(1) + " AND " + g.number(1)
	case 9:
		list := []string{g.number(1)}
		for range g.n(4) {
			list = append(list, g.number(1))
		}
		return g.number(1) + g.pick(" ", " NOT ") + "IN (" + strings.Join(list, ",") + ")"
	case 10:
		return g.pick("T_AFTER", "T_BEFORE", "T_CONTAINS", "T_DISJOINT", "T_DURING", "T_EQUALS", "T_FINISHEDBY", "T_FINISHES", "T_INTERSECTS", "T_MEETS", "T_METBY", "T_OVERLAPPEDBY", "T_OVERLAPS", "T_STARTEDBY", "T_STARTS") +
			"(" + g.time() + ", " + g.time() + ")"
	}
	if g.n(4) == 0 {
		return "S_DWITHIN(" + g.pick("geometry, "+g.shape(1), g.shape(1)+", geometry") + ", " + g.pick("0", "12.5", "400") + ")"
	}
	return g.pick("S_INTERSECTS", "S_DISJOINT", "S_EQUALS", "S_TOUCHES", "S_WITHIN", "S_CONTAINS", "S_OVERLAPS", "S_CROSSES") + "(" + g.pick("geometry", g.shape(1)) + ", " + g.pick("geometry", g.shape(1)) + ")"
}

func (g grammar) number(depth int) string {
	if depth == 0 {
		return g.pick("area", "floors", `"not"`, "0", "-1.5", "1e30", "7", "0.1", "-0", "9007199254740993")
	}
	return "(" + g.pick("", "", "-") + "(" + g.number(depth-1) + ")" + g.pick("+", "-", "*", "/", "%", " div ", "^") + g.number(depth-1) + ")"
}

func (g grammar) text(depth int) string {
	switch g.n(3) {
	case 0:
		return "CASEI(" + g.text(max(depth-1, 0)) + ")"
	case 1:
		return "ACCENTI(" + g.pick("use", "street", "'Ảo'") + ")"
	}
	return g.pick("use", "street", `"tên đường"`, "'Đà Lạt'", "''''", "'\n\"\\'", "''")
}

func (g grammar) time() string {
	one := func() string {
		return g.pick("decided", "updated", "ends", "DATE('2024-03-01')", "TIMESTAMP('2024-03-01T10:00:00.5Z')", "'2024-03-02'", "'2024-03-01T00:00:00+07:00'")
	}
	i := one()
	if g.n(1) == 0 && !strings.HasPrefix(i, "'") {
		return i
	}
	return g.pick("INTERVAL('..', "+one()+")", "INTERVAL("+one()+", '..')", "INTERVAL('2020-01-01', "+one()+")")
}

func (g grammar) shape(depth int) string {
	x := func() string {
		return fmt.Sprintf("%.4f %.4f", 108.44+float64(g.n(9))/1000, 11.94+float64(g.n(9))/1000)
	}
	a, b := 108.44+float64(g.n(5))/1000, 11.94+float64(g.n(5))/1000
	ring := fmt.Sprintf("((%[1]f %[2]f, %[3]f %[2]f, %[3]f %[4]f, %[1]f %[4]f, %[1]f %[2]f))", a, b, a+0.002, b+0.003)
	switch g.n(6) {
	case 0:
		return "POINT(" + x() + ")"
	case 1:
		return "MULTIPOINT(" + x() + ", (" + x() + "))"
	case 2:
		return "LINESTRING(108.45 11.95, " + x() + ")"
	case 3:
		return "POLYGON" + ring
	case 4:
		return "MULTIPOLYGON(" + ring + ")"
	case 5:
		if depth > 0 {
			return "GEOMETRYCOLLECTION(" + g.shape(0) + ")"
		}
		return "MULTILINESTRING((108.45 11.95, " + x() + "), (108.46 11.95, " + x() + "))"
	}
	if depth == 0 { // a collection has no boxes
		return "POINT(" + x() + ")"
	}
	return fmt.Sprintf("BBOX(%f,%f,%f,%f)", a, b, a+0.001, b+0.002)
}

func (g grammar) row(schema *filter.Schema) row {
	r := row{schema: schema, values: map[string]spatial.Value{}}
	for _, p := range schema.Properties {
		if g.n(3) == 0 {
			continue // missing
		}
		switch p.Type {
		case spatial.TypeText:
			r.values[p.Name] = spatial.Text(g.pick("Đà Lạt", "da lat", "", "ab", "'"))
		case spatial.TypeInt:
			r.values[p.Name] = spatial.Int(int64(g.n(9)))
		case spatial.TypeFloat:
			r.values[p.Name] = spatial.Float(float64(g.n(20)) / 4)
		case spatial.TypeBool:
			r.values[p.Name] = spatial.Bool(g.n(1) == 0)
		case spatial.TypeDate:
			r.values[p.Name] = spatial.Day(spatial.Date(g.pick("2024-02-29", "2024-03-01", "2024-03-02")))
		case spatial.TypeTime:
			r.values[p.Name] = spatial.Time(time.Date(2024, 3, 1, g.n(23), 0, 0, 0, time.UTC))
		}
	}
	if g.n(4) > 0 {
		r.shape = square(108.44+float64(g.n(5))/1000, 11.94+float64(g.n(5))/1000, 0.002)
	}
	return r
}

// TestRoundTrip: text → JSON → text and back say the same, and mean the same.
func TestRoundTrip(t *testing.T) {
	schema := plots(t)
	held := 0
	rapid.Check(t, func(rt *rapid.T) {
		g := grammar{rt}
		s := g.condition(3)
		e, err := filter.ParseText(s, *schema)
		if err != nil {
			rt.Fatalf("%s: %v", s, err)
		}
		fromJSON, err := filter.ParseJSON(e.JSON(), *schema)
		if err != nil {
			rt.Fatalf("%s\n%s: %v", s, e.JSON(), err)
		}
		again, err := filter.ParseText(fromJSON.Text(), *schema)
		if err != nil {
			rt.Fatalf("%s\n%s: %v", s, fromJSON.Text(), err)
		}
		if fromJSON.Text() != e.Text() || again.Text() != e.Text() || string(again.JSON()) != string(e.JSON()) {
			rt.Fatalf("%s\n%s\n%s\n%s", s, e.Text(), fromJSON.Text(), e.JSON())
		}
		not, err := filter.ParseText("NOT ("+s+")", *schema)
		if err != nil {
			rt.Fatal(err)
		}
		for range 4 {
			r := g.row(schema)
			m := e.Match(r)
			if m {
				held++
			}
			if fromJSON.Match(r) != m || again.Match(r) != m {
				rt.Fatalf("%s: written again it means something else for %v", s, r.values)
			}
			if m && not.Match(r) {
				rt.Fatalf("%s: it and its opposite hold for %v", s, r.values)
			}
			if box, ok := e.Box(); ok && m && (r.shape == nil || !box.Intersects(r.Box())) {
				rt.Fatalf("%s: %v matches outside the box %v", s, r.shape, box)
			}
		}
	})
	if held < 20 {
		t.Errorf("only %d rows matched: the texts say little", held)
	}
}

func TestDistanceMeetsEveryEdge(t *testing.T) {
	schema := plots(t)
	// Around a long slanting line, places just within and just beyond d metres by the plane.
	line := orb.LineString{{108.40, 11.91}, {108.47, 11.97}}
	e := parse(t, schema, "S_DWITHIN(geometry, LINESTRING(108.40 11.91, 108.47 11.97), 25)")
	a, b := schema.Plane.To(line[0]), schema.Plane.To(line[1])
	length := ((b[0]-a[0])*(b[0]-a[0]) + (b[1]-a[1])*(b[1]-a[1]))
	for i := range 200 {
		f := float64(i) / 199
		on := orb.Point{a[0] + f*(b[0]-a[0]), a[1] + f*(b[1]-a[1])}
		for _, side := range []float64{-1, 1} {
			for d, want := range map[float64]bool{24.99: true, 25.01: false} {
				across := side * d / math.Sqrt(length)
				p := schema.Plane.From(orb.Point{on[0] - across*(b[1]-a[1]), on[1] + across*(b[0]-a[0])})
				r := row{schema: schema, shape: p}
				if got := e.Match(r); got != want {
					t.Fatalf("%v, %v m from the line: %v", p, d, got)
				}
				if box, ok := e.Box(); want && (!ok || !box.Contains(p)) {
					t.Fatalf("%v is outside the box %v", p, box)
				}
			}
		}
	}
}
