package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/bench/cadastre"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// delivery is one file of the comparison.
type delivery struct {
	layer, path string
	status      int // what the import ends with; -1 = with rows left out or without, the same for both
}

// TestBothStoresAnswerTheSame fills both stores with the same files and asks both
// servers the same thousands of questions. Answers are compared byte for byte.
func TestBothStoresAnswerTheSame(t *testing.T) {
	places := 2000
	if soak() {
		places = 20_000
	}
	file, lots := town(t, 3000)
	deliveries := append([]delivery{{"parcels", file, 0}, {"zones", zones(t), 0}}, real(t)...)
	stores := []string{filepath.Join(t.TempDir(), "store.gpkg"), pgtest.New(t)}
	var servers []*server
	for _, store := range stores {
		must(t, 0, "init", "--store", store, "--name", "Đà Lạt", "--plane", "EPSG:5899", "--bounds", "108.2,11.7,108.8,12.3")
	}
	for _, d := range deliveries {
		var first done
		for i, store := range stores {
			got := langbiang(t, "import", d.layer, d.path, "--store", store, "--quarantine", "none", "--name", d.layer+" "+filepath.Base(d.path))
			if i == 0 {
				first = got
			}
			if d.status >= 0 && got.status != d.status || got.status == 1 || got.status != first.status || got.stdout != first.stdout {
				t.Fatalf("%s: status %d\n%s%s\nand before: status %d\n%s", d.path, got.status, got.stdout, got.stderr, first.status, first.stdout)
			}
		}
	}
	var keys []string
	for _, store := range stores {
		keys = append(keys, strings.TrimSpace(must(t, 0, "key", "create", "--store", store, "--role", "planner", "--name", "p").stdout))
		servers = append(servers, serve(t, store, "--public-url", "https://map.example.vn"))
		must(t, 0, "check", "--store", store)
	}

	r := rand.New(rand.NewPCG(20261122, 1))
	same := func(path string) string {
		t.Helper()
		a, b := servers[0].do(http.MethodGet, path, keys[0], ""), servers[1].do(http.MethodGet, path, keys[1], "")
		a.body, b.body = ofTheMoment.ReplaceAllString(a.body, "$1"), ofTheMoment.ReplaceAllString(b.body, "$1")
		if a != b {
			t.Fatalf("%s\nfile:    %d %s\npostgis: %d %s", path, a.status, a.body, b.status, b.body)
		}
		if a.status >= 500 {
			t.Fatalf("%s: %d %s", path, a.status, a.body)
		}
		return a.body
	}
	for _, s := range servers {
		s.untilWorkedOut()
	}
	cards := 0
	for range places {
		// Within some ten metres of a corner of a lot: inside, outside, and on streets.
		near := lots[r.IntN(len(lots))]
		lon, lat := near[0]+0.0002*(r.Float64()-0.5), near[1]+0.0002*(r.Float64()-0.5)
		if r.IntN(4) == 0 { // the whole of the city, not the dense town alone
			lon, lat = 108.31+0.28*r.Float64(), 11.83+0.18*r.Float64()
		}
		if body := same(fmt.Sprintf("/api/parcels/at?lon=%.7f&lat=%.7f", lon, lat)); strings.Contains(body, `"reference"`) {
			cards++
		}
	}
	if cards < places/5 {
		t.Errorf("only %d of %d places lie in a parcel: the test looks at the wrong ground", cards, places)
	}
	for range places / 10 {
		layer := []string{"parcels", "zones", "wards", "roads", "water", "buildings", "places", "landuse"}[r.IntN(8)]
		lon, lat, w := 108.40+0.08*r.Float64(), 11.90+0.07*r.Float64(), 0.01*r.Float64()
		same(fmt.Sprintf("/api/collections/%s/items?limit=%d&bbox=%.6f,%.6f,%.6f,%.6f", layer, 1+r.IntN(50), lon, lat, lon+w, lat+w))
		same(fmt.Sprintf("/api/collections/%s/items/%d", layer, 1+r.IntN(4000)))
	}
	for _, q := range []string{"da lat", "Đà Lạt", "Đà Lạt", "xuan huong", "Xuân Hương", "thửa 12 tờ 3", "12/3", "3", "phan đình phùng", "ho xuan huong", "nguyen", "chợ", "' OR 1=1 --", "%", "\x00", strings.Repeat("a", 500)} {
		same("/api/search?limit=50&q=" + url.QueryEscape(q))
	}
	for range places / 20 {
		same(fmt.Sprintf("/api/search?q=%s", url.QueryEscape(fmt.Sprintf("tờ %d thửa %d", 1+r.IntN(12), 1+r.IntN(400)))))
	}
	same("/api/collections")
	sameTiles(t, r, same)
	t.Logf("%d places, %d of them in a parcel", places, cards)
}

// ofTheMoment is what is of the request, or of the instant of an import, and not of
// the data.
var ofTheMoment = regexp.MustCompile(`,"instance":"urn:langbiang:request:[^"]*"|"recorded_at":"[^"]*",|("by":"cli",)"at":"[^"]*"`)

// town is our own cadastre as GeoJSON in EPSG:5899 that says so, and a corner of
// each of its lots in WGS 84.
func town(t *testing.T, n int) (path string, corners []orb.Point) {
	t.Helper()
	inverse, err := crs.From(cadastre.Plane)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for p := range cadastre.Parcels(n) {
		fmt.Fprintf(&b, `{"type":"Feature","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},"properties":{"so_to":"%d","so_thua":"%d","dien_tich":%.1f,"loai_dat":"%s"},"geometry":{"type":"Polygon","coordinates":[[`,
			cadastre.Plane, p.Sheet, p.Number, p.Area, p.Use)
		for i, c := range p.Shape[0] {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "[%.3f,%.3f]", c[0], c[1])
		}
		b.WriteString("]]}}\n")
		corners = append(corners, inverse(p.Shape[0][0]))
	}
	path = filepath.Join(t.TempDir(), "town.geojsonl")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, corners
}

// zones are 300 m squares over the town, in degrees, some crossing its blocks.
func zones(t *testing.T) string {
	t.Helper()
	inverse, err := crs.From(cadastre.Plane)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for i := range 100 {
		e, n := 574_000+300*float64(i%10), 1_319_000+300*float64(i/10)
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"type":"Feature","properties":{"code":"Z%d","name":"Ô %d","floors":%d,"density":%d},"geometry":{"type":"Polygon","coordinates":[[`, i, i, 3+i%7, 40+i%5*10)
		for k, c := range []orb.Point{{e, n}, {e + 300, n}, {e + 300, n + 300}, {e, n + 300}, {e, n}} {
			if k > 0 {
				b.WriteByte(',')
			}
			p := inverse(c)
			fmt.Fprintf(&b, "[%.9f,%.9f]", p[0], p[1])
		}
		b.WriteString("]]}}")
	}
	b.WriteString("]}")
	path := filepath.Join(t.TempDir(), "zones.geojson")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// real are the real files, where they are there.
func real(t *testing.T) []delivery {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data")) // commands run in folders of their own
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Log("no ../shared/data here: the comparison is of our own town alone")
		return nil
	}
	at := func(layer string, name ...string) delivery {
		return delivery{layer, filepath.Join(append([]string{dir}, name...)...), -1}
	}
	all := []delivery{
		at("wards", "dalat", "dalat_wards_2025.geojson"), at("zones", "dalat", "zones.geojson.gz"), at("roads", "osm", "dalat_osm_roads_drive.geojson"),
		at("water", "osm", "dalat_osm_water.geojson"), at("buildings", "osm", "dalat_osm_buildings.geojson"), at("places", "poi", "dalat_tourism_poi_25.geojson"),
	}
	if soak() {
		all = append(all, at("parcels", "dalat", "parcels_vn2000_shp.zip"), at("landuse", "dalat", "landuse_lots.geojson.gz"), at("wards", "dalat", "dalat_wards_16.geojson"))
	}
	return all
}
