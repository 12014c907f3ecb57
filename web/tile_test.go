package web_test

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// tileOf is the address of the tile over a place of the fixture.
func tileOf(t *testing.T, z int, x, y float64) (int, int, int) {
	p := lonLat(t, x, y)
	n := math.Exp2(float64(z))
	s := math.Sin(p[1] * math.Pi / 180)
	return z, int((p[0] + 180) / 360 * n), int((0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * n)
}

func TestTiles(t *testing.T) {
	tw := newTown(t)
	z, x, y := tileOf(t, 15, 10, 10)
	path := fmt.Sprintf("/tiles/parcels,zones/%d/%d/%d.mvt", z, x, y)
	r := tw.get(path)
	count, err := mvt.Check(r.body)
	if err != nil || r.StatusCode != 200 || count["parcels"] != 4 || count["zones"] != 1 {
		t.Fatalf("%d, %v, %v", r.StatusCode, count, err)
	}
	if ct, cc := r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"); ct != "application/vnd.mapbox-vector-tile" || cc != "no-cache" {
		t.Errorf("%s, %s", ct, cc)
	}
	tag := r.Header.Get("ETag")
	if same := tw.get(path, "If-None-Match", tag); same.StatusCode != 304 || len(same.body) != 0 {
		t.Errorf("asked again: %d, %d bytes", same.StatusCode, len(same.body))
	}
	zipped := tw.get(path, "Accept-Encoding", "gzip")
	if !bytes.Equal(zipped.body, r.body) || zipped.Header.Get("ETag") == tag {
		t.Errorf("zipped: %d bytes, tag %s", len(zipped.body), zipped.Header.Get("ETag"))
	}
	if same := tw.get(path, "Accept-Encoding", "gzip", "If-None-Match", zipped.Header.Get("ETag")); same.StatusCode != 304 {
		t.Errorf("zipped, asked again: %d", same.StatusCode)
	}
	small := tw.get(path, "Accept-Encoding", "gzip, deflate, br, zstd")
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if b, err := d.DecodeAll(small.body, nil); err != nil || !bytes.Equal(b, r.body) || small.Header.Get("Content-Encoding") != "zstd" || small.Header.Get("Vary") == "" {
		t.Errorf("zstd: %d bytes, %v, %v", len(b), err, small.Header)
	}
	if same := tw.get(path, "Accept-Encoding", "zstd", "If-None-Match", small.Header.Get("ETag")); same.StatusCode != 304 || same.Header.Get("ETag") != small.Header.Get("ETag") {
		t.Errorf("zstd, asked again: %d", same.StatusCode)
	}
	if small.Header.Get("ETag") == zipped.Header.Get("ETag") || small.Header.Get("ETag") == tag {
		t.Error("other bytes have the same tag")
	}
	ogc := tw.get(fmt.Sprintf("/api/collections/parcels/tiles/WebMercatorQuad/%d/%d/%d", z, y, x))
	if count, err := mvt.Check(ogc.body); err != nil || count["parcels"] != 4 {
		t.Errorf("OGC API Tiles: %d, %v, %v", ogc.StatusCode, count, err)
	}

	// An edit gives the tile other bytes.
	tw.write(change.Op{Verb: change.Create, Feature: parcel(t, "new", 0, 30, 5, 0, "12", "77", "ODT")})
	after := tw.get(path, "If-None-Match", tag)
	if count, _ := mvt.Check(after.body); after.StatusCode != 200 || count["parcels"] != 5 {
		t.Errorf("after an edit: %d, %v", after.StatusCode, count)
	}
}

func TestTilesRefuse(t *testing.T) {
	tw := newTown(t)
	z, x, y := tileOf(t, 16, 10, 10)
	for path, code := range map[string]string{
		fmt.Sprintf("/tiles/nope/%d/%d/%d.mvt", z, x, y):            "tile.layer",
		fmt.Sprintf("/tiles/permits/%d/%d/%d.mvt", z, x, y):         "tile.layer", // an official layer
		"/tiles/parcels/7/1/1.mvt":                                  "tile.outside",
		"/tiles/parcels/19/1/1.mvt":                                 "tile.outside",
		"/tiles/parcels/16/-1/0.mvt":                                "tile.outside",
		"/tiles/parcels/16/70000/0.mvt":                             "tile.outside",
		"/tiles/parcels/16/1/1.png":                                 "route.unknown",
		fmt.Sprintf("/tiles/parcels/%d/%d/%d.mvt?x=1", z, x, y):     "parameter.unknown",
		fmt.Sprintf("/tiles/parcels/%d/%d/%d.mvt?key=abc", z, x, y): "auth.malformed",
	} {
		r := tw.get(path)
		if got := r.json(t)["code"]; got != code {
			t.Errorf("%s: %d %v, want %s", path, r.StatusCode, got, code)
		}
	}
	if r := tw.get("/tiles/parcels/16/0/0.mvt"); r.StatusCode != http.StatusNoContent {
		t.Errorf("an empty tile: %d", r.StatusCode)
	}
}

func TestTilesShowATierItsOwn(t *testing.T) {
	tw := newTown(t)
	z, x, y := tileOf(t, 16, 6, 6)
	path := fmt.Sprintf("/tiles/parcels,cameras,parcel_labels/%d/%d/%d.mvt", z, x, y)
	public := tw.get(path)
	if bytes.Contains(public.body, []byte(secretWord)) {
		t.Error("a tile shows the public what it may not see")
	}
	all := tw.get(path, "Authorization", "Bearer "+tw.keys[access.Admin])
	a, _ := mvt.Check(public.body)
	b, _ := mvt.Check(all.body)
	if a["cameras"] != 1 || b["cameras"] != 2 || b["parcels"] <= a["parcels"] || all.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("public %v, administrator %v, %s", a, b, all.Header.Get("Cache-Control"))
	}
}

// A server that keeps tiles shows an edit at once, to everybody their own, and tells
// what it keeps.
func TestKeptTilesFollowEdits(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) { c.Tiles = tiles.NewCache(1<<20, nil) })
	z, x, y := tileOf(t, 14, 10, 10)
	coverage := fmt.Sprintf("/tiles/coverage/%d/%d/%d.mvt", z, x, y)
	z, x, y = tileOf(t, 15, 10, 10)
	parcels := fmt.Sprintf("/tiles/parcels,parcel_labels/%d/%d/%d.mvt", z, x, y)
	count := func(path string, headers ...string) (n int) {
		t.Helper()
		l, err := orbmvt.Unmarshal(tw.get(path, headers...).body)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range l {
			for _, f := range l.Features {
				switch k, ok := f.Properties["count"].(float64); {
				case ok:
					n += int(k)
				case l.Name == "parcels":
					n++
				}
			}
		}
		return n
	}
	for i := range 6 {
		for range 2 {
			for _, path := range []string{coverage, parcels} {
				if got := count(path); got != 4+i {
					t.Fatalf("%s after %d edits: %d parcels", path, i, got)
				}
				if got := count(path, tw.as(access.Admin)...); got != 6+i {
					t.Fatalf("%s after %d edits: the administrator sees %d parcels", path, i, got)
				}
			}
		}
		tw.write(change.Op{Verb: change.Create, Feature: parcel(t, fmt.Sprint("new", i), float64(20*i), 40, 10, 0, "12", fmt.Sprint(80+i), "ODT")})
	}
	text := string(tw.get("/metrics").body)
	for _, want := range []string{"langbiang_tile_cache_hits_total 24\n", "langbiang_tile_cache_misses_total 24\n", "langbiang_tile_cache_bytes "} {
		if !strings.Contains(text, want) {
			t.Errorf("/metrics does not say %q", want)
		}
	}
}

func TestTileJSON(t *testing.T) {
	tw := newTown(t)
	j := tw.get("/tiles/parcels,roads.json").json(t)
	if j["tilejson"] != "3.0.0" || fmt.Sprint(j["tiles"]) != "["+tw.srv.URL+"/tiles/parcels,roads/{z}/{x}/{y}.mvt]" || fmt.Sprint(j["minzoom"]) != "8" {
		t.Errorf("%v", j)
	}
	if layers := j["vector_layers"].([]any); len(layers) != 2 || fmt.Sprint(layers[0].(map[string]any)["fields"]) != "map[area:Number floors:Number number:String sheet:String use:String]" {
		t.Errorf("%v", layers)
	}
	c := tw.get("/tiles/coverage.json").json(t)
	if fmt.Sprintf("%v %v", c["minzoom"], c["maxzoom"]) != "8 14" || fmt.Sprint(c["vector_layers"]) != "[map[fields:map[area:Number count:Number use:String] id:coverage maxzoom:14 minzoom:8]]" {
		t.Errorf("%v", c)
	}
	w := tw.get("/tiles/wards,ward_labels,zone_labels,water_labels.json").json(t)
	if got := fmt.Sprint(w["vector_layers"]); got != "[map[fields:map[code:String former:Boolean name:String] id:wards maxzoom:18 minzoom:8]"+
		" map[fields:map[code:String name:String] id:ward_labels maxzoom:18 minzoom:9] map[fields:map[name:String] id:water_labels maxzoom:18 minzoom:12]"+
		" map[fields:map[code:String floors:Number use:String] id:zone_labels maxzoom:18 minzoom:14]]" {
		t.Error(got)
	}
	if tw.get("/tiles/permits.json").StatusCode != 404 {
		t.Error("an official layer is described to the public")
	}
}
