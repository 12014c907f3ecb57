package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/live"
	"github.com/langbiang/langbiang/web/problem"
)

func (tw *town) search(query string, lang string) []map[string]any {
	tw.t.Helper()
	r := tw.get("/api/search?"+query, "Accept-Language", lang)
	if r.StatusCode != 200 {
		tw.t.Fatalf("%s: %d %s", query, r.StatusCode, r.body)
	}
	var out []map[string]any
	for _, f := range r.json(tw.t)["results"].([]any) {
		out = append(out, f.(map[string]any))
	}
	return out
}

func TestSearch(t *testing.T) {
	tw := newTown(t)
	id := func(key string) string { return fmt.Sprint(tw.ids[key]) }
	p := lonLat(t, 10, 10)
	lon, lat := fmt.Sprintf("%.7f", p[0]), fmt.Sprintf("%.7f", p[1])
	for _, c := range []struct{ q, more, lang, want string }{
		{"tờ 12 thửa 1", "", "vi", "parcel " + id("a") + " Thửa 1, tờ 12 | parcel " + id("c") + " Thửa 10, tờ 12"},
		{"tờ 12", "", "en", "parcel " + id("a") + " Parcel 1, sheet 12 | parcel " + id("b") + " Parcel 2, sheet 12 | parcel " + id("c") + " Parcel 10, sheet 12"},
		{"tờ 12", "&kinds=street,place", "vi", ""},
		{"Z1", "", "vi", "zone " + id("zone") + " Z1 – Khu ở"},
		{"khu ở", "&kinds=zone,plan", "vi", "zone " + id("zone") + " Z1 – Khu ở"},
		{"phân khu", "", "vi", "plan " + id("plan") + " Quy hoạch phân khu"},
		{lat + ", " + lon, "", "vi", "coordinate " + strings.TrimRight(lon, "0") + "," + strings.TrimRight(lat, "0") + " " + p6(lat) + ", " + p6(lon) + " (WGS 84) | parcel " + id("a") + " Thửa 1, tờ 12"},
		{fmt.Sprintf("X=%.0f Y=%.0f", north+10, east+10), "&kinds=parcel", "en", "parcel " + id("a") + " Parcel 1, sheet 12"},
		{"21.03 105.85", "", "en", "coordinate 105.85,21.03 21.030000, 105.850000 (WGS 84)"},
	} {
		var got []string
		for _, f := range tw.search("q="+url.QueryEscape(c.q)+c.more, c.lang) {
			got = append(got, fmt.Sprint(f["kind"], " ", f["id"], " ", f["title"]))
			if f["bbox"] == nil || f["lon"] == nil || f["lat"] == nil {
				t.Errorf("%q: a map cannot show %v", c.q, f)
			}
		}
		if s := strings.Join(got, " | "); s != c.want {
			t.Errorf("%q%s: %s, want %s", c.q, c.more, s, c.want)
		}
	}
	for _, q := range []string{"90.00, 180.00", "-90.00, -180.00", "89.99999 179.99999", "lat 90 lon -180", "X=9999999 Y=500000", "EPSG:32649 20004000 500000"} {
		tw.search("q="+url.QueryEscape(q), "vi") // answered, whatever it is
	}
	if got := tw.search("q=21.03,105.85", "en")[0]["subtitle"]; got != "Outside the area" {
		t.Error(got)
	}
	for _, bad := range []string{"kinds=", "kinds=parcel,", "kinds=nope", "kinds=parcel;street"} {
		r := tw.get("/api/search?q=a&" + bad)
		if r.StatusCode != 400 {
			t.Errorf("%s: %d", bad, r.StatusCode)
		}
	}
	tw.get("/api/search?q=a&kinds=nope").problem(t, 400, "parameter.malformed")
}

// p6 is a number of seven decimals with six.
func p6(s string) string {
	var f float64
	if _, err := fmt.Sscan(s, &f); err != nil {
		return s
	}
	return fmt.Sprintf("%.6f", f)
}

// TestNearestOfNoParcel: who asks for a place in no parcel is told the nearest one.
func TestNearestOfNoParcel(t *testing.T) {
	tw := newTown(t)
	ask := func(x, y float64, lang string) reply {
		p := lonLat(t, x, y)
		return tw.get(fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", p[0], p[1]), "Accept-Language", lang)
	}
	for _, c := range []struct {
		x, y, far float64
		lang      string
		title     string
	}{{10, 67.5, 7.5, "vi", "Thửa 1, tờ 13"}, {30, 80, 20, "en", "Parcel 1, sheet 13"}, {30, 1063, 1003, "vi", "Thửa 1, tờ 13"}} {
		d := ask(c.x, c.y, c.lang).problem(t, 404, "parcel.none")
		n, ok := d["nearest"].(map[string]any)
		if !ok {
			t.Fatalf("%v", d)
		}
		var far float64
		if _, err := fmt.Sscan(fmt.Sprint(n["distance"]), &far); err != nil {
			t.Fatal(err)
		}
		if n["id"] != fmt.Sprint(tw.ids["over"]) || n["title"] != c.title || far < c.far-0.3 || far > c.far+0.3 {
			t.Errorf("%v, %v: %v", c.x, c.y, n)
		}
	}
	// The nearest one that the public may see: the hidden one is 1 m away.
	if n := ask(10, 121, "vi").problem(t, 404, "parcel.none")["nearest"].(map[string]any); n["id"] == fmt.Sprint(tw.ids["official"]) {
		t.Errorf("%v", n)
	}
	if d := tw.get("/api/parcels/at?lon=108.35&lat=12.05").problem(t, 404, "parcel.none"); d["nearest"] != nil {
		t.Errorf("10 km away: %v", d)
	}
	if d := tw.get("/api/parcels/at?lon=10&lat=11").problem(t, 404, "place.outside"); d["nearest"] != nil {
		t.Errorf("%v", d)
	}
}

// TestApp: the map takes the root where there is one, and leaves the pages theirs.
func TestApp(t *testing.T) {
	page := string(newTown(t).get("/").body)
	app := func(c *web.Config, _ *live.Config) {
		c.App = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, "app "+r.URL.Path)
		})
	}
	tw := newTown(t, app)
	for path, want := range map[string]string{"/": "app /", "/?sel=1&lang=en": "app /", "/assets/map-1.js": "app /assets/map-1.js", "/favicon.svg": "app /favicon.svg", "/manifest.webmanifest": "app /manifest.webmanifest",
		"/tra-cuu": page, "/parcels/1": page, "/thua/1/2/3": page} {
		r := tw.get(path)
		if r.StatusCode != 200 || string(r.body) != want || r.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d %.60s", path, r.StatusCode, r.body)
		}
	}
	if r := tw.ask("HEAD", "/", nil); r.StatusCode != 200 || len(r.body) != 0 {
		t.Errorf("HEAD: %d", r.StatusCode)
	}
	tw.ask("POST", "/", nil).problem(t, 405, "route.method")
	tw.get("/elsewhere").problem(t, 404, "route.unknown")
	newTown(t).get("/favicon.svg").problem(t, 404, "route.unknown")
}

// TestStylesAreDescribed: what the styles' room serves has its place in the document.
func TestStylesAreDescribed(t *testing.T) {
	texts, err := problem.Load()
	if err != nil {
		t.Fatal(err)
	}
	a := api.Mount(mux.NewRouter(), api.Config{Model: index.New(index.Config{Layers: city.Layers()}), Problems: &problem.Writer{Catalogue: texts}})
	a.DescribeStyles()
	for _, path := range []string{"/styles/{name}.json", "/fonts/{stack}/{range}.pbf", "/sprite.json", "/sprite.png", "/sprite@2x.json", "/sprite@2x.png"} {
		if item := a.OpenAPI().Paths[path]; item == nil || item.Get == nil {
			t.Errorf("%s is not described", path)
		}
	}
}
