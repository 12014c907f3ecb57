package web_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/live"
)

// notes are what is known of the town's parcels: their cards, as the tier is shown
// them, made when they are asked for.
type notes struct {
	tw   *town
	tier spatial.Tier
}

func (n notes) Facts(id uint64) (city.Facts, bool) {
	c, err := city.New(city.Config{}).Card(n.tw.model.View(n.tier), id, "vi")
	if err != nil {
		return city.Facts{}, false
	}
	a := c.Planning
	f := city.Facts{Outcome: a.Floors.Outcome, Floors: a.Floors.Max, FloorArea: a.FloorArea.Max}
	for _, z := range a.Zones {
		f.Zones, f.PlannedUses = append(f.Zones, *z.Code), append(f.PlannedUses, *z.Use)
	}
	for _, k := range a.Conversion {
		f.Conversion = k.Outcome
	}
	if c.Reference.Commune != nil {
		f.Ward = *c.Reference.Commune
	}
	return f, true
}
func (n notes) Revision() spatial.Revision { return n.tw.model.View(n.tier).Revision() }
func (n notes) Complete() bool             { return true }
func (n notes) Stamp(orb.Bound) uint64     { return uint64(n.Revision()) }

// planned is a town with facts, a second zone, two wards and two roads.
func planned(t testing.TB) *town {
	var tw *town
	tw = newTown(t, func(c *web.Config, _ *live.Config) {
		c.Book = func(tier spatial.Tier) api.Book { return notes{tw, tier} }
	})
	text := spatial.Text
	for _, f := range []spatial.Feature{
		feature(t, "wards", "w1", spatial.Public, square(-50, -50, 90), map[string]spatial.Value{"code": text("24781"), "name": text("Xuân Hương")}), // to x = 40
		feature(t, "wards", "w2", spatial.Public, square(40, -50, 90), map[string]spatial.Value{"code": text("24787"), "name": text("Cam Ly")}),
		feature(t, "zones", "z2", spatial.Public, square(40, -10, 30), map[string]spatial.Value{"code": text("Z2"), "name": text("Công viên"), "plan": text("P1"), "floors": spatial.Int(0), "use": text("CXV")}),
		feature(t, "roads", "r1", spatial.Public, square(-40, -40, 5), map[string]spatial.Value{"name": text("=HYPERLINK(1)"), "width": spatial.Float(12)}),
		feature(t, "roads", "r2", spatial.Public, square(100, 0, 5), map[string]spatial.Value{"name": text("Hẻm"), "width": spatial.Float(4)}),
		parcel(t, "evil", 0, 300, 10, spatial.Public, "=1+1", `-5;"x"`, "+ODT"),
	} {
		if f.Layer == "roads" { // a line along the square's south side
			south := f.Legal.(orb.Polygon)[0]
			f.Legal, f.Area = orb.LineString{south[0], south[1]}, 0
			f.Display = display(t, f.Legal)
		}
		res := tw.write(change.Op{Verb: change.Create, Feature: f})
		tw.ids[f.Key] = res.Created[0]
	}
	return tw
}

func (tw *town) post(path, body string, headers ...string) reply {
	tw.t.Helper()
	return tw.ask("POST", path, strings.NewReader(body), append([]string{"Content-Type", "application/json"}, headers...)...)
}

func (tw *town) planner() []string { return tw.as(access.Planner) }

func TestPlannersQuery(t *testing.T) {
	tw := planned(t)
	drawn := func(x0, y0, x1, y1 float64) string {
		var p []string
		for _, q := range [][2]float64{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}, {x0, y0}} {
			c := lonLat(t, q[0], q[1])
			p = append(p, fmt.Sprintf("[%.9f,%.9f]", c[0], c[1]))
		}
		return `{"type":"Polygon","coordinates":[[` + strings.Join(p, ",") + `]]}`
	}
	for _, c := range []struct{ body, want string }{
		{`{}`, "a b c over official evil"},
		{`{"filter-text":"use = 'ODT'"}`, "a c"},
		{`{"filter":{"op":"=","args":[{"property":"use"},"ODT"]}}`, "a c"},
		{`{"filter-text":"zone = 'Z1'"}`, "a b c over"},
		{`{"filter-text":"zone = 'Z2'"}`, "c over"},
		{`{"filter-text":"NOT zone = 'Z2'"}`, "a b"},
		{`{"filter-text":"zone IS NULL"}`, "official evil"},
		{`{"filter-text":"planned_use <> use AND use = 'ODT'"}`, "c"},
		{`{"filter-text":"floors >= 3"}`, "a b"},
		{`{"filter-text":"floors = 0 AND outcome = 'notBuildable'"}`, "c over"},
		{`{"filter-text":"ward = '24781' AND area < 500"}`, "a b"},
		{`{"within":{"ward":"24781"},"filter-text":"area < 500"}`, "a b"},
		{`{"within":{"ward":"24787"}}`, "c"},
		{`{"within":{"geometry":` + drawn(-1, -1, 25, 25) + `}}`, "a"},
		{`{"within":{"geometry":` + drawn(-1, -1, 35, 35) + `}}`, "a b over"},
		{`{"within":{"ward":"24781","geometry":` + drawn(-1, -1, 65, 65) + `},"filter-text":"use <> 'RSX'"}`, "a b"},
		// The road of 12 m ends 35 m west of a's corner and 40 m south of it.
		{`{"near":[{"layer":"roads","within":60}],"filter-text":"area < 500"}`, "a c"},
		{`{"near":[{"layer":"roads","filter-text":"width >= 12","within":60}],"filter-text":"area < 500"}`, "a"},
		{`{"near":[{"layer":"roads","filter":{"op":">=","args":[{"property":"width"},12]},"within":40}],"filter-text":"area < 500"}`, ""},
		{`{"near":[{"layer":"roads","filter-text":"width < 12","within":40.001}],"filter-text":"area < 500"}`, "c"},
		{`{"near":[{"layer":"roads","filter-text":"width < 12","within":39.999}],"filter-text":"area < 500"}`, ""},
		{`{"near":[{"layer":"cameras","within":0}]}`, "a over"},
		{`{"near":[{"layer":"places","within":85},{"layer":"roads","within":61}]}`, ""},
		{`{"near":[{"layer":"roads","filter-text":"width > 100","within":100000}]}`, ""},
	} {
		r := tw.post("/api/planning/query", c.body, tw.planner()...)
		if r.StatusCode != 200 {
			t.Errorf("%s: %s", c.body, r.body)
			continue
		}
		if got := tw.keysOf(ids(t, r)); sorted(got) != sorted(c.want) {
			t.Errorf("%s: got %q, want %q", c.body, got, c.want)
		}
		d := r.json(t)
		if got, want := fmt.Sprint(d["numberMatched"]), fmt.Sprint(len(strings.Fields(c.want))); got != want || d["complete"] != true || fmt.Sprint(d["assessed"]) != fmt.Sprint(d["revision"]) {
			t.Errorf("%s: %s matched, want %s: %.300s", c.body, got, want, r.body)
		}
		// A link asks the same.
		link, _ := d["link"].(string)
		again := tw.get("/api/planning/query?q="+link, tw.planner()...)
		if again.StatusCode != 200 || string(again.body) != string(r.body) {
			t.Errorf("%s: the link %s: %.300s\n%.300s", c.body, link, again.body, r.body)
		}
		// Counting alone gives the same count and sums.
		count := tw.post("/api/planning/query", strings.Replace(strings.Replace(c.body, "{", `{"limit":0,`, 1), ",}", "}", 1), tw.planner()...).json(t)
		if fmt.Sprint(count["numberMatched"], count["totals"]) != fmt.Sprint(d["numberMatched"], d["totals"]) || len(count["features"].([]any)) != 0 {
			t.Errorf("%s: %v", c.body, count)
		}
	}
}

func sorted(s string) string {
	f := strings.Fields(s)
	slices.Sort(f)
	return strings.Join(f, " ")
}

func TestPlannersQueryPages(t *testing.T) {
	tw := planned(t)
	for _, sortby := range []string{``, `"sortby":["-area"],`, `"sortby":["floors","-use"],`, `"sortby":["zone"],"within":{"ward":"24781"},`} {
		want := fmt.Sprint(tw.post("/api/planning/query", `{`+sortby+`"limit":100}`, tw.planner()...).json(t)["features"])
		var got []any
		after, pages := "", 0
		for {
			d := tw.post("/api/planning/query", `{`+sortby+`"limit":1,"after":"`+after+`"}`, tw.planner()...).json(t)
			got = append(got, d["features"].([]any)...)
			pages++
			next, more := d["next"].(string)
			if !more {
				break
			}
			after = next
		}
		if fmt.Sprint(got) != want || pages < 2 {
			t.Errorf("%s: %d pages\n%v\n%s", sortby, pages, got, want)
		}
	}
	d := tw.post("/api/planning/query", `{"sortby":["-area"],"limit":1}`, tw.planner()...).json(t)
	tw.post("/api/planning/query", `{"sortby":["area"],"limit":1,"after":"`+d["next"].(string)+`"}`, tw.planner()...).problem(t, 400, "parameter.malformed")
}

func TestPlannersTables(t *testing.T) {
	tw := planned(t)
	body := `{"properties":["sheet","number","use","area","floors","zone"],"sortby":["id"]}`
	want := [][]string{{"12", "1", "ODT", "400", "3", "Z1"}, {"12", "2", "CLN", "400", "3", "Z1"}, {"12", "10", "ODT", "400", "0", "Z1; Z2"}, {"13", "1", "RSX", "3600", "0", "Z1; Z2"},
		{"99", secretWord, "CQP", "400", "", ""}, {"=1+1", `-5;"x"`, "+ODT", "100", "", ""}}
	head := []string{"Số tờ", "Số thửa", "Mục đích sử dụng", "Diện tích (m²)", "Số tầng tối đa", "Khu quy hoạch"}
	r := tw.post("/api/planning/query", body, append(tw.planner(), "Accept", "text/csv")...)
	if !bytes.HasPrefix(r.body, []byte("\xef\xbb\xbf")) || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv; charset=utf-8") || !strings.Contains(r.Header.Get("Content-Disposition"), "thua-dat.csv") {
		t.Errorf("%v %.100q", r.Header, r.body)
	}
	rows, err := csv.NewReader(bytes.NewReader(r.body[3:])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	guarded := slices.Clone(want)
	guarded[5] = []string{"'=1+1", `'-5;"x"`, "'+ODT", "100", "", ""}
	if fmt.Sprintf("%q", rows) != fmt.Sprintf("%q", append([][]string{head}, guarded...)) {
		t.Errorf("%q", rows)
	}
	r = tw.post("/api/planning/query?f=xlsx", body, tw.planner()...)
	book, err := excelize.OpenReader(bytes.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	cells, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range append([][]string{head}, want...) {
		for len(row) > 0 && row[len(row)-1] == "" {
			row = row[:len(row)-1]
		}
		if fmt.Sprintf("%q", cells[i]) != fmt.Sprintf("%q", row) {
			t.Errorf("row %d: %q, want %q", i, cells[i], row)
		}
	}
	if typ, _ := book.GetCellType("Sheet1", "D2"); typ == excelize.CellTypeInlineString || typ == excelize.CellTypeSharedString {
		t.Errorf("an area is of type %v", typ)
	}
	if f, _ := book.GetCellFormula("Sheet1", "A7"); f != "" {
		t.Errorf("formula %q", f)
	}
	// English heads, by a link; rows without shapes.
	link := tw.post("/api/planning/query", body, tw.planner()...).json(t)["link"].(string)
	if r := tw.get("/api/planning/query?f=csv&q="+link, append(tw.planner(), "Accept-Language", "en")...); !strings.HasPrefix(string(r.body[3:]), "Sheet,Number,Land use,Area (m²),Floors allowed,Zones\r\n12,1,") {
		t.Errorf("%.200s", r.body)
	}
	d := tw.get("/api/planning/query?f=json&limit=1&q="+link, tw.planner()...).json(t)
	if got := fmt.Sprint(d["rows"]); got != "[map[area:400 floors:3 number:1 sheet:12 use:ODT zone:[Z1]]]" {
		t.Error(got)
	}
	tw.post("/api/planning/query", body, append(tw.planner(), "Accept", "image/png")...).problem(t, 406, "accept.none")
	tw.post("/api/planning/query?f=pdf", body, tw.planner()...).problem(t, 400, "parameter.malformed")
}

func TestPlannersStats(t *testing.T) {
	tw := planned(t)
	for _, where := range []string{``, `"filter-text":"use <> 'RSX'",`, `"within":{"ward":"24781"},`, `"near":[{"layer":"roads","within":61}],`} {
		totals := tw.post("/api/planning/query", strings.Replace(`{`+where+`}`, ",}", "}", 1), tw.planner()...).json(t)
		for _, by := range []string{`"ward"`, `"use"`, `"zone"`, `"planned_use"`, `"conversion"`, `"floors"`, `"ward","use"`, `"floors","zone"`} {
			r := tw.post("/api/planning/stats", `{`+where+`"groupBy":[`+by+`]}`, tw.planner()...)
			d := r.json(t)
			all := d["totals"].(map[string]any)
			count, area, share := 0, 0.0, 0.0
			for _, g := range d["groups"].([]any) {
				g := g.(map[string]any)
				n, _ := g["count"].(json.Number).Int64()
				f, _ := g["area"].(json.Number).Float64()
				s, _ := g["share"].(json.Number).Float64()
				count, area, share = count+int(n), area+f, share+s
			}
			a, _ := all["area"].(json.Number).Float64()
			if fmt.Sprint(all["count"]) != fmt.Sprint(totals["numberMatched"]) || fmt.Sprint(count) != fmt.Sprint(all["count"]) || area != a || share < 0.99999 || share > 1.00001 {
				t.Errorf("%s %s: %s", where, by, r.body)
			}
			delete(all, "count")
			if fmt.Sprint(all) != fmt.Sprint(totals["totals"]) {
				t.Errorf("%s %s: %v, the query says %v", where, by, all, totals["totals"])
			}
		}
	}
	r := tw.post("/api/planning/stats?f=csv", `{"groupBy":["use"]}`, append(tw.planner(), "Accept-Language", "en")...)
	if !strings.Contains(string(r.body), "ODT,3,900,") {
		t.Errorf("%s", r.body)
	}
}

func TestWhoMayQuery(t *testing.T) {
	tw := planned(t)
	link := base64.RawURLEncoding.EncodeToString([]byte(`{}`))
	for _, ask := range []func(...string) reply{
		func(h ...string) reply { return tw.post("/api/planning/query", `{}`, h...) },
		func(h ...string) reply { return tw.post("/api/planning/query", `{"limit":0}`, h...) },
		func(h ...string) reply { return tw.post("/api/planning/stats", `{"groupBy":["use"]}`, h...) },
		func(h ...string) reply { return tw.get("/api/planning/query?q="+link, h...) },
	} {
		ask().problem(t, 401, "auth.required")
		ask(tw.as(access.Public)...).problem(t, 403, "auth.denied")
		for _, role := range []access.Role{access.Planner, access.Editor, access.Operator, access.Admin} {
			if r := ask(tw.as(role)...); r.StatusCode != 200 {
				t.Errorf("%s: %s", role, r.body)
			}
		}
	}
	// Each tier sees its own: records, fields, layers, counts.
	for role, want := range map[access.Role]string{access.Planner: "6", access.Admin: "7"} {
		if got := fmt.Sprint(tw.post("/api/planning/query", `{}`, tw.as(role)...).json(t)["numberMatched"]); got != want {
			t.Errorf("%s: %s parcels", role, got)
		}
	}
	near := `{"near":[{"layer":"cameras","filter-text":"stream LIKE 'rtsp%'","within":10}]}`
	d := tw.post("/api/planning/query", near, tw.planner()...).problem(t, 400, "filter.property")
	if where := d["args"].(map[string]any)["where"]; where != "#/near/0/filter-text 1:1" || strings.Contains(fmt.Sprint(d["args"].(map[string]any)["known"]), "stream") {
		t.Errorf("%v", d)
	}
	if r := tw.post("/api/planning/query", near, tw.as(access.Operator)...); r.StatusCode != 200 || fmt.Sprint(r.json(t)["numberMatched"]) == "0" {
		t.Errorf("%s", r.body)
	}
	// The hidden camera is near to nothing for a planner.
	body := `{"near":[{"layer":"cameras","filter-text":"kind = 'ptz'","within":10}]}`
	if got := fmt.Sprint(tw.post("/api/planning/query", body, tw.planner()...).json(t)["numberMatched"], tw.post("/api/planning/query", body, tw.as(access.Operator)...).json(t)["numberMatched"]); got != "02" {
		t.Errorf("near the hidden camera: %s", got)
	}
}

func TestProposals(t *testing.T) {
	tw := planned(t)
	id := fmt.Sprint(tw.ids["a"])
	d := tw.post("/api/planning/check", `{"parcel":"`+id+`","use":"ODT","floors":5}`).json(t)
	checks := d["checks"].([]any)
	if d["outcome"] != planning.CheckExceeds || d["parcel"] != id || len(checks) != 2 || d["disclaimer"] == "" {
		t.Fatalf("%v", d)
	}
	floors := checks[1].(map[string]any)
	if fmt.Sprint(floors["by"], floors["allowed"]) != "23" || fmt.Sprint(floors["because"].(map[string]any)["zone"]) != "Z1" {
		t.Errorf("%v", floors)
	}
	if d := tw.post("/api/planning/check", `{"parcel":"`+id+`","floors":3}`).json(t); d["outcome"] != planning.CheckOK {
		t.Errorf("%v", d)
	}
	tw.post("/api/planning/check", `{"parcel":"`+fmt.Sprint(tw.ids["official"])+`","floors":3}`).problem(t, 404, "parcel.unknown")
	for body, where := range map[string]string{`{}`: "#", `{"parcel":1}`: "#/parcel", `{"parcel":"1","floors":-1}`: "#/floors", `{"parcel":"1","floors":"3"}`: "#/floors", `{"parcel":"1","x":1}`: "#/x", `{"parcel":"1","floors":1e99}`: "#/floors",
		`{"parcel":"1","buildingKind":"townhouse"}`: "#/buildingKind", `{"parcel":"1","buildingKind":""}`: "#/buildingKind", `{"parcel":"1","buildingKind":5}`: "#/buildingKind"} {
		if d := tw.post("/api/planning/check", body).problem(t, 400, "query.body"); d["args"].(map[string]any)["where"] != where {
			t.Errorf("%s: %v", body, d)
		}
	}
}

// A kind of building that no rule knows is refused, with those that are known: it
// would pass by every rule that asks about the kind.
func TestAKindOfBuildingIsOneThatRulesKnow(t *testing.T) {
	tw := planned(t)
	of := func(kind string) string {
		return `{"parcel":"` + fmt.Sprint(tw.ids["a"]) + `","floors":3,"buildingKind":"` + kind + `"}`
	}
	for _, in := range planning.Inputs() {
		for _, kind := range in.OneOf {
			if in.Name != "buildingKind" {
				continue
			}
			if d := tw.post("/api/planning/check", of(kind)).json(t); d["outcome"] == nil {
				t.Errorf("%s: %v", kind, d)
			}
			args := tw.post("/api/planning/check", of("nonsense")).problem(t, 400, "query.body")["args"].(map[string]any)
			if !strings.Contains(fmt.Sprint(args["expected"]), `"`+kind+`"`) {
				t.Errorf("%s is not named: %v", kind, args)
			}
		}
	}
}

func TestHostileQuestions(t *testing.T) {
	tw := planned(t)
	for body, want := range map[string]string{
		``: "query.body #", `[]`: "query.body #", `{`: "query.body #", `{"limit":0}{}`: "query.body #", `null`: "query.body #", "{\"limit\":0,\"x\":\"\xff\"}": "query.body #",
		`{"limit":-1}`: "query.body #/limit", `{"limit":1.5}`: "query.body #/limit", `{"limit":100001}`: "query.body #/limit", `{"limit":"5"}`: "query.body #/limit", `{"limit":null}`: "query.body #/limit",
		`{"limit":0,"limit":0}`: "query.body #/limit", `{"Limit":0}`: "query.body #/Limit", `{"a/b~":0}`: "query.body #/a~1b~0",
		`{"filter":true,"filter-text":"true"}`: "query.body #/filter-text",
		`{"filter-text":"secret = 1"}`:         "filter.property #/filter-text 1:1", `{"filter":{"op":"=","args":[{"property":"nope"},1]}}`: "filter.property #/filter/args/0/property",
		`{"filter-text":"floors = 'x'"}`: "filter.type #/filter-text 1:10", `{"filter-text":5}`: "query.body #/filter-text",
		`{"filter":` + strings.Repeat(`{"op":"not","args":[`, 1600) + `true` + strings.Repeat(`]}`, 1600) + `}`: "filter.tooLong ",
		`{"filter":` + strings.Repeat(`{"op":"not","args":[`, 400) + `true` + strings.Repeat(`]}`, 400) + `}`:   "filter.tooDeep ",
		`{"near":[{"layer":"roads"}]}`: "query.body #/near/0", `{"near":[{"within":5}]}`: "query.body #/near/0", `{"near":[{"layer":"roads","within":-1}]}`: "query.body #/near/0/within",
		`{"near":[{"layer":"roads","within":1e6}]}`: "query.body #/near/0/within", `{"near":[{"layer":"documents","within":1}]}`: "query.body #/near/0/layer",
		`{"near":[` + strings.Repeat(`{"layer":"roads","within":1},`, 3) + `{"layer":"roads","within":1}]}`: "query.body #/near/3",
		`{"near":[{"layer":"roads","within":1,"filter-text":"width >"}]}`:                                   "filter.ended ",
		`{"within":{}}`: "query.body #/within", `{"within":{"ward":""}}`: "query.body #/within/ward", `{"within":{"ward":"1"}}`: "query.ward", `{"within":{"geometry":null}}`: "filter.syntax #/within/geometry",
		`{"within":{"geometry":{"type":"Point","coordinates":[108,11]}}}`:                                                 "query.area",
		`{"within":{"geometry":{"type":"Polygon","coordinates":[[[108,11],[109,"x"]]]}}}`:                                 "filter.syntax #/within/geometry/coordinates/0/1/1",
		`{"within":{"geometry":{"type":"Polygon","coordinates":[[` + strings.Repeat(`[108,11],`, 10001) + `[108,11]]]}}}`: "filter.tooManyVertices ",
		`{"sortby":["nope"]}`: "query.body #/sortby/0", `{"sortby":["area","-area"]}`: "query.body #/sortby/1", `{"sortby":["area","use","sheet","id"]}`: "query.body #/sortby/3", `{"sortby":"area"}`: "query.body #/sortby",
		`{"properties":["stream"]}`: "query.body #/properties/0", `{"crs":"moon"}`: "parameter.malformed", `{"after":"x"}`: "parameter.malformed", `{"groupBy":["use"]}`: "query.body #/groupBy",
	} {
		r := tw.post("/api/planning/query", body, tw.planner()...)
		code, where, _ := strings.Cut(want, " ")
		d := r.problem(t, 400, code)
		args, _ := d["args"].(map[string]any)
		if got := fmt.Sprint(args["where"]); where != "" && got != where {
			t.Errorf("%.80s: at %s, want %s", body, got, where)
		}
	}
	for body, where := range map[string]string{`{}`: "#", `{"groupBy":["area"]}`: "#/groupBy/0", `{"groupBy":["use","use"]}`: "#/groupBy/1", `{"groupBy":["use","ward","zone"]}`: "#/groupBy/2", `{"groupBy":["use"],"limit":1}`: "#/limit"} {
		if d := tw.post("/api/planning/stats", body, tw.planner()...).problem(t, 400, "query.body"); d["args"].(map[string]any)["where"] != where {
			t.Errorf("%s: %v", body, d)
		}
	}
	for _, q := range []string{"", "%20", "!!", "e30=", "AA", "bnVsbA"} {
		if r := tw.get("/api/planning/query?q="+q, tw.planner()...); r.StatusCode != 400 {
			t.Errorf("q=%s: %s", q, r.body)
		}
	}
	tw.get("/api/planning/query", tw.planner()...).problem(t, 400, "parameter.required")
	tw.post("/api/planning/query", strings.Repeat(" ", 3<<20)+"{}", tw.planner()...).problem(t, 413, "body.tooLarge")
	tw.post("/api/planning/query", "{}", append(tw.planner(), "Content-Type", "text/plain")...).problem(t, 415, "body.media")
	spec := string(tw.get("/api/openapi.json").body)
	for _, path := range []string{`"/api/planning/query"`, `"/api/planning/stats"`, `"/api/planning/check"`, "capacity_left", "groupBy", "buildingKind"} {
		if !strings.Contains(spec, path) {
			t.Errorf("%s is not described", path)
		}
	}
}
