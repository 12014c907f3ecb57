package filter_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/filter"
)

func describe(err error) string {
	var e *spatial.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	s := e.Code
	for _, k := range []string{"where", "operator", "found", "name", "value", "expected", "reason", "limit", "size"} {
		if v, ok := e.Args[k]; ok {
			s += fmt.Sprintf(" %s=%v", k, v)
		}
	}
	return s
}

func TestErrorsSayWhere(t *testing.T) {
	schema := plots(t)
	schema.Properties = append(schema.Properties, filter.Property{Name: "id", Type: spatial.TypeInt})
	for s, want := range map[string]string{
		"":                                "filter.ended where=1:1 expected=PROPERTY, 'text', 12.5, (",
		"area":                            "filter.type where=1:1 operator=filter found=number expected=bool",
		"area >":                          "filter.ended where=1:7 expected=PROPERTY, 'text', 12.5, (",
		"area > 'abc'":                    "filter.type where=1:8 operator=> found=text expected=number",
		"'abc' < area":                    "filter.type where=1:1 operator=< found=text expected=number",
		"use = 1":                         "filter.type where=1:7 operator== found=number expected=text",
		"decided = '2024-01-01'":          "filter.type where=1:11 operator== found=text expected=date",
		"corner > TRUE":                   "filter.type where=1:1 operator=> found=bool expected=number, text, date, time",
		"geometry = 1":                    "filter.type where=1:1 operator== found=geometry expected=number, text, date, time, bool",
		"area AND TRUE":                   "filter.type where=1:1 operator=AND found=number expected=bool",
		"NOT area":                        "filter.type where=1:5 operator=NOT found=number expected=bool",
		"use + 1 = 2":                     "filter.type where=1:1 operator=+ found=text expected=number",
		"CASEI(area) = 'x'":               "filter.type where=1:7 operator=CASEI found=number expected=text",
		"area LIKE '1%'":                  "filter.type where=1:1 operator=LIKE found=number expected=text",
		"use LIKE street":                 "filter.literal where=1:10 value=street expected=LIKE 'text%'",
		"S_INTERSECTS(area, POINT(1 2))":  "filter.type where=1:14 operator=S_INTERSECTS found=number expected=geometry",
		"T_AFTER(area, updated)":          "filter.type where=1:9 operator=T_AFTER found=number expected=date, time, interval",
		"area IN (1, 'x')":                "filter.type where=1:13 operator=IN found=text expected=number",
		"owner = 'x'":                     "filter.property where=1:1 name=owner",
		"TRUE AND\n  (area > 1\n OR x=1)": "filter.property where=3:5 name=x",
		"đường = 1":                       "filter.property where=1:1 name=đường",
		"foo(area) = 1":                   "filter.function where=1:1 name=foo",
		"A_CONTAINS(use, ('a'))":          "filter.arrays where=1:1 name=A_CONTAINS",
		"S_INTERSECTS(geometry)":          "filter.arguments where=1:1 name=S_INTERSECTS expected=2",
		"CASEI() = 'x'":                   "filter.arguments where=1:1 name=CASEI expected=1",
		"CASEI(use,use,use,use) = 'x'":    "filter.arguments where=1:1 name=CASEI expected=1",
		"area > 1 area":                   "filter.syntax where=1:10 found=area expected=AND, OR",
		"area ! 1":                        "filter.syntax where=1:6 found=! expected=AND, OR",
		"(area > 1":                       "filter.ended where=1:10 expected=)",
		"area IN ()":                      "filter.syntax where=1:10 found=) expected=PROPERTY, 'text', 12.5, (",
		"area IS 1":                       "filter.syntax where=1:9 found=1 expected=NULL",
		"area NOT 1":                      "filter.syntax where=1:10 found=1 expected=LIKE, IN, BETWEEN",
		"use = 'abc":                      "filter.syntax where=1:7 found=' expected=PROPERTY, 'text', 12.5, (",
		"area > 1e999":                    "filter.literal where=1:8 value=1e999 expected=number",
		"decided = DATE('2024-02-30')":    "filter.literal where=1:16 value=2024-02-30 expected=2026-01-31",
		"updated = TIMESTAMP('2024')":     "filter.literal where=1:21 value=2024 expected=2026-01-31T08:00:00Z",
		"T_DURING(decided, INTERVAL('2024-02-01','2024-01-01'))": "filter.literal where=1:19 value=INTERVAL expected=INTERVAL('2026-01-01', '2026-12-31')",
		"S_INTERSECTS(geometry, POINT EMPTY)":                    "filter.geometry where=1:24 reason=EMPTY",
		"S_INTERSECTS(geometry, BBOX(1,2,0,4))":                  "filter.geometry where=1:24 reason=BBOX: min > max",
		"S_INTERSECTS(geometry, BBOX(1,2,3))":                    "filter.arguments where=1:24 name=BBOX expected=4, 6",
		"S_INTERSECTS(geometry, BBOX(1,2,3,4,5,6,7))":            "filter.arguments where=1:24 name=BBOX expected=4, 6",
		"S_WITHIN(geometry, POLYGON((0 0, 2 2, 2 0, 0 2, 0 0)))": "filter.geometry where=1:20 reason=ring.selfCrossing 1 1",
		"S_DWITHIN(geometry, POINT(108 12), area)":               "filter.literal where=1:36 value= expected=0…100000 m",
		"S_DWITHIN(geometry, POINT(108 12), -1)":                 "filter.literal where=1:36 value=-1 expected=0…100000 m",
		"S_DWITHIN(geometry, POINT(-50 12), 1)":                  "filter.outOfPlane where=1:21",
	} {
		_, err := filter.ParseText(s, *schema)
		if got := describe(err); got != want {
			t.Errorf("%s:\n%s\n%s", s, got, want)
		}
	}
	flat := *schema
	flat.Plane = nil
	if _, err := filter.ParseText("S_DWITHIN(geometry, POINT(108 12), 1)", flat); describe(err) != "filter.noPlane where=1:1 name=S_DWITHIN" {
		t.Error(err)
	}
	for s, want := range map[string]string{
		``:                                  "filter.syntax where=# found=0 expected=JSON",
		`{"op":"="`:                         "filter.syntax where=# found=9 expected=JSON",
		`true false`:                        "filter.syntax where=# found=… expected=JSON",
		`null`:                              `filter.syntax where=# found=null expected={"op", "args"}, {"property"}, {"date"}, {"timestamp"}, {"interval"}, {"bbox"}, {"type", "coordinates"}, "text", 12.5, true`,
		`{"op":"=","args":[1,1],"args":[]}`: "filter.syntax where=#/args found=args expected=1 × args",
		`{"op":"=","args":[1,1],"more":1}`:  "filter.syntax where=#/more found=more expected=op, args",
		`{"args":[{"property":"area"},"abc"],"op":">"}`:                                              "filter.type where=#/args/1 operator=> found=text expected=number",
		`{"op":"and","args":[true]}`:                                                                 "filter.arguments where=#/args name=and expected=≥ 2",
		`{"op":"not","args":[true,true]}`:                                                            "filter.arguments where=#/args name=not expected=1",
		`{"op":"and","args":[true,{"op":"=","args":[{"property":"a/b~c"},1]}]}`:                      "filter.property where=#/args/1/args/0/property name=a/b~c",
		`{"op":"avg","args":[]}`:                                                                     "filter.function where=#/op name=avg",
		`{"op":"a_equals","args":[]}`:                                                                "filter.arrays where=#/op name=a_equals",
		`{"op":"in","args":[{"property":"area"},1]}`:                                                 "filter.syntax where=#/args/1 found=1 expected=[…]",
		`{"op":"in","args":[{"property":"area"},[]]}`:                                                "filter.arguments where=# name=IN expected=≥ 1",
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Circle"}]}`:                   `filter.syntax where=#/args/1 found={} expected="coordinates"`,
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Point","coordinates":[1]}]}`:  "filter.geometry where=#/args/1/coordinates reason=[x, y]",
		`{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[]}]}`: "filter.geometry where=#/args/1/coordinates reason=[]",
		`{"op":"=","args":[{"date":"yesterday"},{"property":"decided"}]}`:                            "filter.literal where=#/args/0/date value=yesterday expected=2026-01-31",
		`{"op":"t_after","args":[{"property":"decided"},{"interval":["2024-01-01"]}]}`:               "filter.arguments where=#/args/1/interval name=interval expected=2",
		`12`: "filter.type where=# operator=filter found=number expected=bool",
	} {
		_, err := filter.ParseJSON([]byte(s), *schema)
		if got := describe(err); got != want {
			t.Errorf("%s:\n%s\n%s", s, got, want)
		}
	}
}

func TestBounds(t *testing.T) {
	schema := plots(t)
	chain := func(n int, one, sign string) string { return strings.Repeat(one+sign, n-1) + one }
	deepJSON := func(n int) string {
		return strings.Repeat(`{"op":"not","args":[`, n) + "true" + strings.Repeat("]}", n)
	}
	for _, c := range []struct{ name, text, json, want string }{
		{"long", "use = '" + strings.Repeat("a", filter.MaxBytes) + "'", `"` + strings.Repeat("a", filter.MaxBytes) + `"`, "filter.tooLong"},
		{"deep", strings.Repeat("(", filter.MaxDepth) + "TRUE" + strings.Repeat(")", filter.MaxDepth), deepJSON(filter.MaxDepth), "filter.tooDeep"},
		{"not so deep", strings.Repeat("(", filter.MaxDepth-1) + "TRUE" + strings.Repeat(")", filter.MaxDepth-1), deepJSON(filter.MaxDepth - 1), ""},
		{"deep sum", chain(filter.MaxDepth, "area", "+") + " > 1", "", "filter.tooDeep"},
		{"many", chain(filter.MaxNodes/3+1, "area>1", " OR "), `{"op":"and","args":[` + chain(filter.MaxNodes, "true", ",") + "]}", "filter.tooMany"},
		{"not so many", chain(filter.MaxNodes/3, "area>1", " OR "), `{"op":"and","args":[` + chain(filter.MaxNodes-1, "true", ",") + "]}", ""},
		{"long list", "area IN (" + chain(filter.MaxList+1, "1", ",") + ")", `{"op":"in","args":[1,[` + chain(filter.MaxList+1, "1", ",") + "]]}", "filter.longList"},
		{"list", "area IN (" + chain(filter.MaxList, "1", ",") + ")", `{"op":"in","args":[1,[` + chain(filter.MaxList, "1", ",") + "]]}", ""},
		{"deep shape", "S_INTERSECTS(geometry, " + strings.Repeat("GEOMETRYCOLLECTION(", filter.MaxDepth) + "POINT(1 1)" + strings.Repeat(")", filter.MaxDepth+1), "", "filter.tooDeep"},
	} {
		if _, err := filter.ParseText(c.text, *schema); spatial.CodeOf(err) != c.want || err != nil && spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.json == "" {
			continue
		}
		if _, err := filter.ParseJSON([]byte(c.json), *schema); spatial.CodeOf(err) != c.want {
			t.Errorf("%s in JSON: %v", c.name, err)
		}
	}
}

// TestHostileFilters: what is too much is refused, and no memory is spent on it.
func TestHostileFilters(t *testing.T) {
	schema := plots(t)
	nested := func(n, size int) string {
		s := strings.Repeat("(", n) + "area > 1" + strings.Repeat(")", n)
		return s + strings.Repeat(" ", max(0, size-len(s)))
	}
	nestedJSON := strings.Repeat(`{"op":"not","args":[`, 1400) + "true" + strings.Repeat("]}", 1400)
	for name, c := range map[string]struct {
		parse func() error
		want  string
	}{
		"43 kB, 1,600 deep": {func() error { _, err := filter.ParseText(nested(1600, 43<<10), *schema); return err }, "filter.tooLong"},
		"32 kB, 1,600 deep": {func() error { _, err := filter.ParseText(nested(1600, filter.MaxBytes), *schema); return err }, "filter.tooDeep"},
		"all parentheses":   {func() error { _, err := filter.ParseText(strings.Repeat("(", filter.MaxBytes), *schema); return err }, "filter.tooDeep"},
		"all NOT": {func() error {
			_, err := filter.ParseText(strings.Repeat("NOT ", filter.MaxBytes/4), *schema)
			return err
		}, "filter.tooDeep"},
		"all minus":  {func() error { _, err := filter.ParseText(strings.Repeat("- ", filter.MaxBytes/2), *schema); return err }, "filter.tooDeep"},
		"all powers": {func() error { _, err := filter.ParseText(strings.Repeat("2^", filter.MaxBytes/2), *schema); return err }, "filter.tooDeep"},
		"all functions": {func() error {
			_, err := filter.ParseText(strings.Repeat("casei(", filter.MaxBytes/6), *schema)
			return err
		}, "filter.tooDeep"},
		"31 kB of JSON, deep": {func() error { _, err := filter.ParseJSON([]byte(nestedJSON), *schema); return err }, "filter.tooDeep"},
		"all brackets": {func() error {
			_, err := filter.ParseJSON([]byte(strings.Repeat("[", filter.MaxBytes)), *schema)
			return err
		}, "filter.tooDeep"},
		"all collections": {func() error {
			_, err := filter.ParseText("S_INTERSECTS(geometry,"+strings.Repeat("GEOMETRYCOLLECTION(", 1600), *schema)
			return err
		}, "filter.tooDeep"},
	} {
		if err := c.parse(); spatial.CodeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const runs = 20
		for range runs {
			_ = c.parse()
		}
		runtime.ReadMemStats(&after)
		if spent := (after.TotalAlloc - before.TotalAlloc) / runs; spent > 256<<10 {
			t.Errorf("%s: %d bytes", name, spent)
		}
	}
	// The worst that is let through stays small too.
	worst := `{"op":"in","args":[1,[` + strings.Repeat("1,", filter.MaxBytes/2-20) + "1]]}"
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := filter.ParseJSON([]byte(worst), *schema)
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spatial.CodeOf(err) != "filter.longList" || spent > 8<<20 {
		t.Errorf("a long list: %v, %d bytes", err, spent)
	}
}

// TestPatternsAreNotExponential: the worst pattern over the worst text.
func TestPatternsAreNotExponential(t *testing.T) {
	schema := plots(t)
	r := row{schema: schema, values: map[string]spatial.Value{"use": spatial.Text(strings.Repeat("a", 20000))}}
	for s, want := range map[string]bool{
		"use LIKE '" + strings.Repeat("%a", 5000) + "%b'":   false,
		"use LIKE '" + strings.Repeat("%_a", 5000) + "%'":   true,
		"use LIKE '" + strings.Repeat("%a_a", 5000) + "%b'": false,
	} {
		if got := parse(t, schema, s).Match(r); got != want {
			t.Errorf("%.30s…: %v", s, got)
		}
	}
}
