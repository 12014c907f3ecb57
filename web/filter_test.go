package web_test

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

// filtered is the address of the records of a layer that a filter holds for.
func filtered(layer, filter string, more ...string) string {
	v := url.Values{"filter": {filter}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return "/api/collections/" + layer + "/items?" + v.Encode()
}

// wkt is a polygon over the fixture's ground, in WGS 84.
func wkt(t testing.TB, corners ...[2]float64) string {
	var s []string
	for _, c := range append(corners, corners[0]) {
		p := lonLat(t, c[0], c[1])
		s = append(s, fmt.Sprintf("%.9f %.9f", p[0], p[1]))
	}
	return "POLYGON((" + strings.Join(s, ", ") + "))"
}

func TestFilter(t *testing.T) {
	tw := newTown(t)
	east5, p := fmt.Sprintf("%.0f", east+100), lonLat(t, 100, 10)
	for _, c := range []struct {
		filter string
		more   []string
		want   string
	}{
		{"use = 'ODT'", nil, "a c"},
		{"use IN ('ODT','CLN') AND area BETWEEN 300 AND 500", nil, "a b c"},
		{"area_registered > 1000", nil, "over"},
		{"area > 1000 OR number = '2'", nil, "b over"},
		{"NOT use = 'ODT'", nil, "b over"},
		{"CASEI(use) = CASEI('odt')", []string{"sheet", "12"}, "a c"},
		{"use = 'ODT'", []string{"number", "10"}, "c"},
		{"use LIKE 'O%'", []string{"sortby", "-id"}, "c a"},
		{fmt.Sprintf("id = %d", tw.ids["b"]), nil, "b"},
		{fmt.Sprintf("id IN (%d, %d)", tw.ids["b"], tw.ids["official"]), nil, "b"},
		{"TRUE", []string{"id", strconv.FormatUint(tw.ids["c"], 10)}, "c"},
		{"TRUE", []string{"area", "400"}, "a b c"},
		{"code IS NULL AND geometry IS NOT NULL", nil, "a b c over"},
		// The same ground, in four ways of writing it.
		{"S_INTERSECTS(geometry, " + wkt(t, [2]float64{2, 2}, [2]float64{30, 2}, [2]float64{30, 8}, [2]float64{2, 8}) + ")", nil, "a b over"},
		{"S_WITHIN(geometry, " + wkt(t, [2]float64{-1, -1}, [2]float64{41, -1}, [2]float64{41, 21}, [2]float64{-1, 21}) + ")", nil, "a b"},
		{fmt.Sprintf("S_WITHIN(geometry, BBOX(%.0f,%.0f,%.0f,%.0f))", east-1, north-1, east+41, north+21), []string{"filter-crs", "http://www.opengis.net/def/crs/EPSG/0/5899"}, "a b"},
		{fmt.Sprintf("S_CONTAINS(geometry, POINT(%.9f %.9f))", lonLat(t, 50, 10)[1], lonLat(t, 50, 10)[0]), []string{"filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"}, "c over"},
		{"S_INTERSECTS(geometry, " + wkt(t, [2]float64{2, 2}, [2]float64{30, 2}, [2]float64{30, 8}) + ")", []string{"use", "CLN"}, "b"},
		{"S_DISJOINT(geometry, " + wkt(t, [2]float64{2, 2}, [2]float64{30, 2}, [2]float64{30, 8}) + ")", nil, "c"},
		// 40 m east of c, whose border is at 60.
		{fmt.Sprintf("S_DWITHIN(geometry, POINT(%.9f %.9f), 39.9)", p[0], p[1]), nil, ""},
		{fmt.Sprintf("S_DWITHIN(geometry, POINT(%.9f %.9f), 40.1)", p[0], p[1]), nil, "c over"},
		{"S_DWITHIN(geometry, POINT(" + east5 + fmt.Sprintf(" %.0f), 40.1)", north+10), []string{"filter-crs", "EPSG:5899"}, "c over"},
		{"S_DWITHIN(geometry, POINT(" + east5 + fmt.Sprintf(" %.0f), 39.9)", north+10), []string{"filter-crs", "EPSG:5899"}, ""},
		{fmt.Sprintf("S_DWITHIN(geometry, POINT(%.9f %.9f), 40.1)", p[1], p[0]), []string{"filter-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"}, "c over"},
		// JSON, laid out in lines.
		{"{\"op\": \"and\",\n\t\"args\": [{\"op\":\"=\",\"args\":[{\"property\":\"use\"},\"ODT\"]},\r\n {\"op\":\"s_dwithin\",\"args\":[{\"property\":\"geometry\"}," + fmt.Sprintf(`{"type":"Point","coordinates":[%.9f,%.9f]}`, p[0], p[1]) + ",45]}]}", []string{"filter-lang", "cql2-json"}, "c"},
		{"use =\n\t'ODT'", []string{"filter-lang", "cql2-text"}, "a c"},
		// Another day, through the same rows.
		{"use = 'ODT' AND area > 300", []string{"datetime", "2026-02-01"}, "a c"},
		{"S_INTERSECTS(geometry, " + wkt(t, [2]float64{2, 2}, [2]float64{30, 2}, [2]float64{30, 8}) + ")", []string{"datetime", "2026-02-01", "sortby", "-id"}, "over b a"},
	} {
		r := tw.get(filtered("parcels", c.filter, c.more...))
		if got := tw.keysOf(ids(t, r)); got != c.want {
			t.Errorf("%s %v: got %q, want %q", c.filter, c.more, got, c.want)
		}
		if got, want := fmt.Sprint(r.json(t)["numberMatched"]), len(strings.Fields(c.want)); got != strconv.Itoa(want) {
			t.Errorf("%s %v: %s matched, want %d", c.filter, c.more, got, want)
		}
	}
	// With a window besides: each may be the smaller one.
	sw, ne := lonLat(t, 21, 1), lonLat(t, 39, 19)
	box := fmt.Sprintf("%v,%v,%v,%v", sw[0], sw[1], ne[0], ne[1])
	for _, side := range []float64{10, 200} {
		big := wkt(t, [2]float64{30 - side, 5 - side}, [2]float64{30 + side, 5 - side}, [2]float64{30 + side, 5 + side}, [2]float64{30 - side, 5 + side})
		if got := tw.keysOf(ids(t, tw.get(filtered("parcels", "use <> 'RSX' AND S_INTERSECTS(geometry, "+big+")", "bbox", box)))); got != "b" {
			t.Errorf("with a window, %.0f m: %q", side, got)
		}
	}
	// An edit shows at once.
	tw.write(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "parcels", ID: tw.ids["a"]}})
	if got := tw.keysOf(ids(t, tw.get(filtered("parcels", "use = 'ODT'")))); got != "c" {
		t.Errorf("after a removal: %q", got)
	}
}

func TestPagesOfFilter(t *testing.T) {
	tw := newTown(t)
	for _, query := range []string{filtered("places", "rooms > 0", "limit", "5"), filtered("places", "rooms > 0", "limit", "5", "sortby", "-rooms,name"), filtered("places", "rooms > 0 AND S_INTERSECTS(geometry, BBOX(100,5,115,20))", "limit", "5")} {
		seen := map[string]bool{}
		for path := query; path != ""; {
			r := tw.get(path)
			if got := fmt.Sprint(r.json(t)["numberMatched"]); got != "22" {
				t.Fatalf("%s: %s matched", path, got)
			}
			for _, id := range ids(t, r) {
				if seen[id] {
					t.Errorf("%s: %s comes twice", path, id)
				}
				seen[id] = true
			}
			path = next(t, r)
		}
		if len(seen) != 22 {
			t.Errorf("%s: %d records", query, len(seen))
		}
	}
}

// TestFilterKnowsWhatTheTierSees: a field that is hidden is an unknown property, in
// words that do not tell it from one that does not exist.
func TestFilterKnowsWhatTheTierSees(t *testing.T) {
	tw := newTown(t)
	hidden := tw.get(filtered("cameras", "stream = 'x'")).problem(t, 400, "filter.property")
	absent := tw.get(filtered("cameras", "strxxm = 'x'")).problem(t, 400, "filter.property")
	if h, a := fmt.Sprint(hidden["detail"]), fmt.Sprint(absent["detail"]); strings.Replace(h, "stream", "", 1) != strings.Replace(a, "strxxm", "", 1) {
		t.Errorf("%s\n%s", h, a)
	}
	known := fmt.Sprint(hidden["args"].(map[string]any)["known"])
	if strings.Contains(known, "stream") || !strings.Contains(known, "kind") || !strings.Contains(known, "geometry") || strings.Contains(known, "area") {
		t.Errorf("known to the public: %s", known)
	}
	for role, want := range map[access.Role]string{access.Operator: "cam", access.Admin: "cam"} {
		if got := tw.keysOf(ids(t, tw.get(filtered("cameras", "stream LIKE 'rtsp:%'"), tw.as(role)...))); got != want {
			t.Errorf("%s: %q", role, got)
		}
	}
	tw.get(filtered("cameras", "stream LIKE 'rtsp:%'"), tw.as(access.Planner)...).problem(t, 400, "filter.property")
	tw.get(filtered("permits", "TRUE")).problem(t, 404, "layer.unknown")
	tw.get(filtered("documents", "geometry IS NULL")).problem(t, 400, "filter.property")
}

func TestFilterSaysWhere(t *testing.T) {
	tw := newTown(t)
	for lang, want := range map[string]string{"en": "At 1:8: > does not take text, it takes number.", "vi": "Ở 1:8: > không dùng được với kiểu text, cần kiểu number."} {
		if d := tw.get(filtered("parcels", "area > 'abc'"), "Accept-Language", lang).problem(t, 400, "filter.type"); d["detail"] != want {
			t.Errorf("%s: %v", lang, d["detail"])
		}
	}
	d := tw.get(filtered("parcels", `{"op":">","args":[{"property":"area"},"abc"]}`, "filter-lang", "cql2-json")).problem(t, 400, "filter.type")
	if where := d["args"].(map[string]any)["where"]; where != "#/args/1" {
		t.Errorf("where %v", where)
	}
}

func TestQueryables(t *testing.T) {
	tw := newTown(t)
	d := tw.get("/api/collections/parcels/queryables").json(t)
	properties := d["properties"].(map[string]any)
	for name, want := range map[string]string{
		"area":            "map[minimum:0 title:Diện tích type:number x-ogc-unit:m²]",
		"id":              "map[minimum:1 title:Mã bản ghi type:integer x-ogc-role:id]",
		"geometry":        "map[format:geometry-polygon-or-multipolygon x-ogc-role:primary-geometry]",
		"area_registered": "",
	} {
		if got := fmt.Sprint(properties[name]); got == "<nil>" || want != "" && got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	// What is listed can be asked.
	for _, layer := range []string{"parcels", "cameras", "documents", "zones", "places"} {
		for name := range tw.get("/api/collections/" + layer + "/queryables").json(t)["properties"].(map[string]any) {
			if r := tw.get(filtered(layer, `"`+name+`" IS NULL`)); r.StatusCode != 200 {
				t.Errorf("%s of %s is listed: %s", name, layer, r.body)
			}
		}
	}
	if spec := string(tw.get("/api/openapi.json").body); !strings.Contains(spec, `"filter-lang"`) || !strings.Contains(spec, `"cql2-json"`) {
		t.Error("the description does not know the filter")
	}
	classes := fmt.Sprint(tw.get("/api/conformance").json(t)["conformsTo"])
	for _, class := range []string{"cql2/1.0/conf/cql2-text", "cql2/1.0/conf/cql2-json", "features-3/1.0/conf/features-filter"} {
		if !strings.Contains(classes, class) {
			t.Errorf("no class %s", class)
		}
	}
}
