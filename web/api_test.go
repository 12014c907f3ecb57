package web_test

import (
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

func ids(t testing.TB, r reply) []string {
	t.Helper()
	if r.StatusCode != 200 {
		t.Fatalf("%s: %d %s", r.Request.URL, r.StatusCode, r.body)
	}
	out := []string{}
	for _, f := range r.json(t)["features"].([]any) {
		out = append(out, f.(map[string]any)["id"].(string))
	}
	return out
}

func (tw *town) keysOf(ids []string) string {
	var names []string
	for _, id := range ids {
		n, _ := strconv.ParseUint(id, 10, 64)
		for k, v := range tw.ids {
			if v == n {
				names = append(names, k)
			}
		}
	}
	return strings.Join(names, " ")
}

func next(t testing.TB, r reply) string {
	t.Helper()
	for _, l := range r.json(t)["links"].([]any) {
		if m := l.(map[string]any); m["rel"] == "next" {
			u, err := url.Parse(m["href"].(string))
			if err != nil {
				t.Fatal(err)
			}
			return u.RequestURI()
		}
	}
	return ""
}

func TestItems(t *testing.T) {
	tw := newTown(t)
	sw, ne := lonLat(t, 1, 1), lonLat(t, 19, 19)
	box := fmt.Sprintf("%v,%v,%v,%v", sw[0], sw[1], ne[0], ne[1])
	for _, c := range []struct{ query, want string }{
		{"", "a b c over"},
		{"?limit=2", "a b"},
		{"?use=ODT", "a c"},
		{"?sheet=12&number=10", "c"},
		{"?use=ODT'%20OR%201=1--", ""},
		{"?sortby=-number", "b c a over"},
		{"?sortby=use,-area", "b a c over"},
		{"?sortby=%2Barea", "a b c over"},
		{"?sortby=-area,-id", "over c b a"},
		{"?bbox=" + box, "a over"},
		{"?bbox=" + box + "&use=RSX", "over"},
		{fmt.Sprintf("?bbox=%v,%v,0,%v,%v,100", sw[0], sw[1], ne[0], ne[1]), "a over"},
		{fmt.Sprintf("?bbox=%v,%v,%v,%v&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/4326", sw[1], sw[0], ne[1], ne[0]), "a over"},
		{fmt.Sprintf("?bbox=%.0f,%.0f,%.0f,%.0f&bbox-crs=EPSG:5899", east+21, north+1, east+39, north+2), "b over"},
		{fmt.Sprintf("?bbox=%.0f,%.0f,%.0f,%.0f&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/5899", east+61.0, north+1, east+80, north+2), ""},
		{"?bbox=1,1,2,2", ""},
		{"?bbox=-180,-90,180,90", "a b c over"},
		{"?datetime=2026-03-01", "a b c over"},
		{"?datetime=../..", "a b c over"},
	} {
		r := tw.get("/api/collections/parcels/items" + c.query)
		got := tw.keysOf(ids(t, r))
		if got != c.want && !(strings.Contains(c.query, "-number") && strings.HasPrefix(got, "b c ")) {
			t.Errorf("%s: got %q, want %q", c.query, got, c.want)
		}
		if r.Header.Get("Content-Type") != "application/geo+json" || r.Header.Get("ETag") == "" || r.Header.Get("Content-Crs") == "" {
			t.Errorf("%s: headers %v", c.query, r.Header)
		}
	}
}

func TestPagesOfItems(t *testing.T) {
	tw := newTown(t)
	for _, query := range []string{"?limit=7", "?limit=7&sortby=rooms", "?limit=7&sortby=-rooms,name", "?limit=7&bbox=100,5,115,20", "?limit=7&name=H%E1%BB%93%20Xu%C3%A2n%20H%C6%B0%C6%A1ng"} {
		seen := map[string]bool{}
		last, pages := math.Inf(-1), 0
		for path := "/api/collections/places/items" + query; path != ""; pages++ {
			r := tw.get(path)
			d := r.json(t)
			if d["numberMatched"].(interface{ String() string }).String() != "30" {
				t.Fatalf("%s: numberMatched %v", path, d["numberMatched"])
			}
			for _, f := range d["features"].([]any) {
				m := f.(map[string]any)
				id := m["id"].(string)
				if seen[id] {
					t.Fatalf("%s: %s comes twice", path, id)
				}
				seen[id] = true
				if strings.Contains(query, "sortby=rooms") {
					n, _ := strconv.ParseFloat(fmt.Sprint(m["properties"].(map[string]any)["rooms"]), 64)
					if n < last {
						t.Fatalf("%s: rooms fall from %v to %v", path, last, n)
					}
					last = n
				}
			}
			path = next(t, r)
			if pages == 1 { // a page stays where it is when records before it go
				for id := range seen {
					n, _ := strconv.ParseUint(id, 10, 64)
					if n == 0 {
						t.Fatal(id)
					}
				}
			}
		}
		if len(seen) != 30 || pages != 5 {
			t.Errorf("%s: %d records on %d pages", query, len(seen), pages)
		}
	}
	// A page begins after a place, not at an offset: what goes before it moves nothing.
	first := tw.get("/api/collections/places/items?limit=5")
	got := ids(t, first)
	id, _ := strconv.ParseUint(got[0], 10, 64)
	tw.write(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "places", ID: id}})
	second := ids(t, tw.get(next(t, first)))
	for _, id := range second {
		for _, before := range got {
			if id == before {
				t.Errorf("record %s comes twice after a removal", id)
			}
		}
	}
	if want := strconv.FormatUint(id+5, 10); second[0] != want {
		t.Errorf("the second page begins at %s, want %s", second[0], want)
	}
}

func TestItemsIn5899(t *testing.T) {
	tw := newTown(t)
	r := tw.get(fmt.Sprintf("/api/collections/parcels/items/%d?crs=http://www.opengis.net/def/crs/EPSG/0/5899", tw.ids["a"]))
	g := r.json(t)["geometry"].(map[string]any)["coordinates"].([]any)[0].([]any)[0].([]any)
	x, _ := strconv.ParseFloat(fmt.Sprint(g[0]), 64)
	y, _ := strconv.ParseFloat(fmt.Sprint(g[1]), 64)
	if math.Abs(x-east) > 0.001 || math.Abs(y-north) > 0.001 {
		t.Errorf("corner %v %v, want %v %v", x, y, east, north)
	}
	if got := r.Header.Get("Content-Crs"); got != "<http://www.opengis.net/def/crs/EPSG/0/5899>" {
		t.Errorf("Content-Crs %s", got)
	}
	for _, c := range []struct {
		crs   string
		first float64
	}{{"http://www.opengis.net/def/crs/EPSG/0/4326", lonLat(t, 0, 0)[1]}, {"http://www.opengis.net/def/crs/OGC/1.3/CRS84", lonLat(t, 0, 0)[0]}} {
		r := tw.get(fmt.Sprintf("/api/collections/parcels/items/%d?crs=%s", tw.ids["a"], c.crs))
		g := r.json(t)["geometry"].(map[string]any)["coordinates"].([]any)[0].([]any)[0].([]any)
		if f, _ := strconv.ParseFloat(fmt.Sprint(g[0]), 64); math.Abs(f-c.first) > 1e-8 {
			t.Errorf("%s: first coordinate %v, want %v", c.crs, f, c.first)
		}
	}
}

func TestItemProperties(t *testing.T) {
	tw := newTown(t)
	r := tw.get(fmt.Sprintf("/api/collections/parcels/items/%d?properties=use,rev", tw.ids["a"]))
	p := r.json(t)["properties"].(map[string]any)
	if len(p) != 2 || p["use"] != "ODT" || p["rev"] == nil {
		t.Errorf("properties %v", p)
	}
	all := tw.get(fmt.Sprintf("/api/collections/parcels/items/%d", tw.ids["a"])).json(t)["properties"].(map[string]any)
	if fmt.Sprint(all["area"]) != "400" || all["address"] != nil || all["valid_from"] != nil {
		t.Errorf("properties %v", all)
	}
	if g := tw.get(fmt.Sprintf("/api/collections/indicators/items/%d", tw.ids["ind"])).json(t)["geometry"]; g != nil {
		t.Errorf("a table's record has the geometry %v", g)
	}
}

func TestBadRequests(t *testing.T) {
	tw := newTown(t)
	items := "/api/collections/parcels/items"
	for _, c := range []struct {
		path   string
		status int
		code   string
	}{
		{items + "?bbox=1,2,3", 400, "parameter.malformed"},
		{items + "?bbox=NaN,1,2,3", 400, "parameter.malformed"},
		{items + "?bbox=1,2,Inf,3", 400, "parameter.malformed"},
		{items + "?bbox=0x1p4,2,3,4", 400, "parameter.malformed"},
		{items + "?bbox=1,2,3,4,5", 400, "parameter.malformed"},
		{items + "?bbox=1,2,x,3,4,5", 400, "parameter.malformed"},
		{items + "?bbox=1e999,2,3,4", 400, "parameter.malformed"},
		{items + "?bbox=10,20,5,30", 400, "bbox.antimeridian"},
		{items + "?bbox=10,20,11,10", 400, "bbox.reversed"},
		{items + "?bbox=10,20,181,30", 400, "bbox.outOfDomain"},
		{items + "?bbox=10,-91,20,30", 400, "bbox.outOfDomain"},
		{items + "?bbox=1e30,1,2e30,2&bbox-crs=EPSG:5899", 400, "bbox.outOfDomain"},
		{items + "?bbox=9,9,1,1&bbox-crs=EPSG:5899", 400, "bbox.reversed"},
		{items + "?bbox-crs=EPSG:1", 400, "parameter.malformed"},
		{items + "?crs=EPSG:27700", 400, "parameter.malformed"},
		{items + "?crs=%2Bproj=utm", 400, "parameter.malformed"},
		{items + "?crs=PROJCS[%22x%22]", 400, "parameter.malformed"},
		{items + "?limit=0", 400, "parameter.malformed"},
		{items + "?limit=10001", 400, "parameter.malformed"},
		{items + "?limit=99999999999999999999", 400, "parameter.malformed"},
		{items + "?limit=-1", 400, "parameter.malformed"},
		{items + "?limit=1e3", 400, "parameter.malformed"},
		{items + "?limit=010", 400, "parameter.malformed"},
		{items + "?limit=", 400, "parameter.malformed"},
		{items + "?limit=1;DROP%20TABLE%20parcels", 400, "query.malformed"},
		{items + "?limit=1%3BDROP%20TABLE%20parcels", 400, "parameter.malformed"},
		{items + "?limit=5&limit=6", 400, "parameter.repeated"},
		{items + "?Limit=5", 400, "parameter.unknown"},
		{items + "?f=json", 400, "parameter.unknown"},
		{items + "?nope=1", 400, "parameter.unknown"},
		{items + "?%00=1", 400, "query.malformed"},
		{items + "?use=%00", 400, "query.malformed"},
		{items + "?use=%ff%fe", 400, "query.malformed"},
		{items + "?use=%zz", 400, "query.malformed"},
		{items + "?use=" + strings.Repeat("x", 9000), 400, "query.malformed"},
		{items + "?use=", 400, "parameter.malformed"},
		{items + "?area_registered=abc", 400, "parameter.malformed"},
		{items + "?filter=", 400, "filter.ended"},
		{items + "?filter=nope=1", 400, "filter.property"},
		{items + "?filter=area%20%3E%20'abc'", 400, "filter.type"},
		{items + "?filter=S_DWITHIN(geometry,POINT(0%2012),5)", 400, "filter.outOfPlane"},
		{items + "?filter=use='ODT'&filter-lang=cql2-json", 400, "filter.syntax"},
		{items + "?filter=" + strings.Repeat("(", 1600) + "true" + strings.Repeat(")", 1600), 400, "filter.tooDeep"},
		{items + "?filter=" + strings.Repeat("%20", 10000) + strings.Repeat("(", 10000), 400, "filter.tooDeep"},
		{items + "?filter=" + strings.Repeat("(", 33000), 400, "filter.tooLong"},
		{items + "?filter=" + strings.Repeat("x", 50000), 400, "query.malformed"},
		{items + "?filter=true%00", 400, "query.malformed"},
		{items + "?filter=true&use=OD%0AT", 400, "query.malformed"},
		{items + "?filter=true&filter=true", 400, "parameter.repeated"},
		{items + "?filter-lang=cql-text", 400, "parameter.malformed"},
		{items + "?filter-crs=EPSG:1", 400, "parameter.malformed"},
		{items + "/1?filter=true", 400, "parameter.unknown"},
		{items + "?id=x", 400, "parameter.malformed"},
		{items + "?geometry=x", 400, "parameter.unknown"},
		{items + "?sortby=nope", 400, "parameter.malformed"},
		{items + "?sortby=--use", 400, "parameter.malformed"},
		{items + "?sortby=", 400, "parameter.malformed"},
		{items + "?sortby=use,use", 400, "parameter.malformed"},
		{items + "?sortby=use,sheet,number,code", 400, "parameter.malformed"},
		{items + "?sortby=use;drop", 400, "query.malformed"},
		{items + "?properties=nope", 400, "parameter.malformed"},
		{items + "?after=zzz", 400, "parameter.malformed"},
		{items + "?after=e30", 200, ""}, // {} : from the first
		{items + "?sortby=use&after=e30", 400, "parameter.malformed"},
		{items + "?datetime=yesterday", 400, "parameter.malformed"},
		{items + "?datetime=2026-13-01", 400, "parameter.malformed"},
		{items + "?datetime=2020-01-01/2021-01-01", 400, "datetime.interval"},
		{items + "?datetime=2020-01-01/..", 400, "datetime.interval"},
		{items + "?recorded=now", 400, "parameter.malformed"},
		{items + "/abc", 400, "id.malformed"},
		{items + "/0", 400, "id.malformed"},
		{items + "/-1", 400, "id.malformed"},
		{items + "/01", 400, "id.malformed"},
		{items + "/9007199254740992", 400, "id.malformed"},
		{items + "/9007199254740991", 404, "record.unknown"},
		{items + "/18446744073709551616", 400, "id.malformed"},
		{items + "/1%27%20OR%20%271%27=%271", 400, "id.malformed"},
		{items + "/%00", 400, "id.malformed"},
		{items + "/1?limit=3", 400, "parameter.unknown"},
		{items + "/1/2/3/4/5/6", 404, "route.unknown"},
		{"/api/collections/nope", 404, "layer.unknown"},
		{"/api/collections/nope/items", 404, "layer.unknown"},
		{"/api/collections/sqlite_master/items", 404, "layer.unknown"},
		{"/api/collections/..%2f..%2fetc%2fpasswd", 404, "route.unknown"},
		{"/api/collections/../../etc/passwd", 404, "route.unknown"},
		{"/api/collections?x=1", 400, "parameter.unknown"},
		{"/api//collections", 404, "route.unknown"},
		{"/api/parcels/at", 400, "parameter.required"},
		{"/api/parcels/at?lon=108.4", 400, "parameter.required"},
		{"/api/parcels/at?lon=NaN&lat=11", 400, "parameter.malformed"},
		{"/api/parcels/at?lon=181&lat=11", 400, "parameter.malformed"},
		{"/api/parcels/at?lon=108,4&lat=11", 400, "parameter.malformed"},
		{"/api/parcels/at?lon=108.45&lat=11.95", 404, "parcel.none"},
		{"/api/parcels/at?lon=10&lat=11", 404, "place.outside"},
		{"/api/parcels/9999999", 404, "parcel.unknown"},
		{"/api/parcels/x", 400, "id.malformed"},
		{"/api/parcels/1?datetime=x", 400, "parameter.malformed"},
		{"/api/parcels/9999999?datetime=2020-01-01", 404, "parcel.unknown"},
		{"/api/parcels/9999999/history", 404, "parcel.unknown"},
		{"/api/search", 400, "parameter.required"},
		{"/api/search?q=", 400, "parameter.required"},
		{"/api/search?q=" + strings.Repeat("%E1%BB%87", 201), 400, "parameter.tooLong"},
		{"/api/search?q=a&limit=51", 400, "parameter.malformed"},
		{"/api/search?q=a&near=1", 400, "parameter.malformed"},
		{"/api/search?q=a&near=1,2,3", 400, "parameter.malformed"},
		{"/api/search?q=%C3%28", 400, "query.malformed"},
		{"/api/live?layers=nope", 400, "parameter.layer"},
		{"/api/live?layers=permits", 400, "parameter.layer"},
		{"/api/live?x=1", 400, "parameter.unknown"},
		{"/api/live?last-event-id=x", 400, "parameter.malformed"},
		{"/nowhere", 404, "route.unknown"},
	} {
		r := tw.get(c.path)
		if c.status == 200 {
			if r.StatusCode != 200 {
				t.Errorf("%s: %d %s", c.path, r.StatusCode, r.body)
			}
			continue
		}
		r.problem(t, c.status, c.code)
	}
	if d := tw.get(items+"?nope=1", "Accept-Language", "en").json(t); !strings.Contains(d["detail"].(string), "nope") || !strings.Contains(d["detail"].(string), "bbox") || !strings.Contains(d["detail"].(string), "area_registered") {
		t.Errorf("the detail does not name the parameter and the known ones: %v", d["detail"])
	}
}

func TestCard(t *testing.T) {
	tw := newTown(t)
	p := lonLat(t, 10, 10)
	r := tw.get(fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", p[0], p[1]))
	d := r.json(t)
	if tw.keysOf([]string{d["id"].(string)}) != "a" {
		t.Errorf("the card is of %v", d["id"])
	}
	if o := d["others"].([]any); len(o) != 1 || tw.keysOf([]string{o[0].(string)}) != "over" {
		t.Errorf("others %v", d["others"])
	}
	if !strings.Contains(string(r.body), `"geometry":{"type":"MultiPolygon","coordinates":[[[[108.`) || !strings.HasSuffix(string(r.body), "]]]]}}") {
		t.Errorf("geometry is not the last member: %s", r.body)
	}
	for _, member := range []string{"id", "revision", "code", "reference", "address", "location", "area", "use", "planning", "source", "disclaimer", "others", "geometry"} {
		if _, ok := d[member]; !ok {
			t.Errorf("the card lacks %s", member)
		}
	}
	floors := d["planning"].(map[string]any)["floors"].(map[string]any)
	if floors["outcome"] != "answered" || fmt.Sprint(floors["max"]) != "3" {
		t.Errorf("floors %v", floors)
	}
	byID := tw.get("/api/parcels/" + d["id"].(string))
	if byID.StatusCode != 200 || byID.Header.Get("ETag") == "" {
		t.Errorf("by id: %d", byID.StatusCode)
	}
}

func TestOtherDays(t *testing.T) {
	tw := newTown(t)
	before := tw.clock.now()
	tw.clock.step(48 * 3600e9)
	id := tw.ids["a"]
	it, _ := tw.model.View(spatial.TierAll).Get("parcels", id)
	f := parcel(t, "a", 0, 0, 20, spatial.Public, "12", "1", "TMD")
	f.ID = id
	tw.write(change.Op{Verb: change.Update, Feature: f, From: "2026-03-01", Expect: it.Version()})
	path := "/api/parcels/" + strconv.FormatUint(id, 10)
	use := func(query string) string {
		r := tw.get(path + query)
		if r.StatusCode != 200 {
			t.Fatalf("%s: %d %s", query, r.StatusCode, r.body)
		}
		return r.json(t)["use"].([]any)[0].(map[string]any)["code"].(string)
	}
	recorded := url.QueryEscape(before.Add(1e9).Format("2006-01-02T15:04:05Z07:00"))
	for query, want := range map[string]string{"": "TMD", "?datetime=2026-02-28": "ODT", "?datetime=2026-03-02": "TMD", "?recorded=" + recorded: "ODT"} {
		if got := use(query); got != want {
			t.Errorf("%q: use %s, want %s", query, got, want)
		}
	}
	for query, want := range map[string]string{"?use=ODT&datetime=2026-02-28": "a c", "?use=ODT": "c", "?use=ODT&recorded=" + recorded: "a c", "?use=TMD&datetime=2026-03-02": "a"} {
		if got := tw.keysOf(ids(t, tw.get("/api/collections/parcels/items"+query))); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	h := tw.get(path + "/history").json(t)
	v := h["versions"].([]any)
	if len(v) < 2 {
		t.Fatalf("history %v", h)
	}
	last := v[len(v)-1].(map[string]any)
	if last["present"] != true || last["properties"].(map[string]any)["use"] != "TMD" || last["geometry"].(map[string]any)["type"] != "Polygon" {
		t.Errorf("last version %v", last)
	}
	if l := h["lineage"].(map[string]any); len(l["parents"].([]any)) != 0 || len(l["children"].([]any)) != 0 {
		t.Errorf("lineage %v", l)
	}
}

func TestLineage(t *testing.T) {
	tw := newTown(t)
	child := parcel(t, "child", 0, 0, 10, spatial.Public, "12", "11", "ODT")
	res := tw.write(change.Op{Verb: change.Create, Feature: child, Parents: []uint64{tw.ids["a"], tw.ids["personal"]}})
	h := tw.get(fmt.Sprintf("/api/parcels/%d/history", res.Created[0])).json(t)
	parents := h["lineage"].(map[string]any)["parents"].([]any)
	if len(parents) != 1 || parents[0].(map[string]any)["id"] != strconv.FormatUint(tw.ids["a"], 10) {
		t.Errorf("the public sees the parents %v", parents)
	}
	h = tw.get(fmt.Sprintf("/api/parcels/%d/history", res.Created[0]), tw.as(access.Admin)...).json(t)
	if parents := h["lineage"].(map[string]any)["parents"].([]any); len(parents) != 2 {
		t.Errorf("the administrator sees the parents %v", parents)
	}
}
