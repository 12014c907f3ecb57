package web_test

import (
	"fmt"
	"net/url"
	"testing"

	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

func TestFilteredTiles(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) { c.Tiles = tiles.NewCache(1<<24, nil) })
	z, x, y := tileOf(t, 15, 10, 10)
	path := func(layers, filter string) string {
		return fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt?filter=%s", layers, z, x, y, url.QueryEscape(filter))
	}
	drawn := func(path string, headers ...string) string {
		r := tw.get(path, headers...)
		if r.StatusCode == 204 {
			return ""
		}
		layers, err := orbmvt.Unmarshal(r.body)
		if r.StatusCode != 200 || err != nil {
			t.Fatalf("%s: %d %s %v", path, r.StatusCode, r.body, err)
		}
		var found []string
		for _, f := range layers[0].Features {
			found = append(found, fmt.Sprint(f.ID))
		}
		return tw.keysOf(found)
	}
	for range 2 { // the second time from the cache
		for filter, want := range map[string]string{"use = 'ODT'": "a c", "use='ODT'": "a c", "use = 'CLN'": "b", "area > 1000": "over", "use = 'XXX'": "", "NOT (use = 'ODT')": "b over",
			"S_DWITHIN(geometry, " + fmt.Sprintf("POINT(%.9f %.9f)", lonLat(t, 100, 10)[0], lonLat(t, 100, 10)[1]) + ", 41)": "c over"} {
			if got := drawn(path("parcels", filter)); got != want {
				t.Errorf("%s: %q, want %q", filter, got, want)
			}
		}
	}
	// Ways of writing one filter are one tile; another tier's is another.
	one, two := tw.get(path("parcels", "use = 'ODT'")), tw.get(path("parcels", "use='ODT'"))
	if one.Header.Get("ETag") != two.Header.Get("ETag") || one.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v, %v", one.Header, two.Header)
	}
	if r := tw.get(path("parcels", "use = 'ODT'"), "If-None-Match", one.Header.Get("ETag")); r.StatusCode != 304 {
		t.Errorf("asked again: %d", r.StatusCode)
	}
	if got := drawn(path("parcels", "use = 'CQP'"), tw.as(access.Planner)...); got != "official" {
		t.Errorf("a planner sees %q", got)
	}
	if got := drawn(path("parcels", "use = 'CQP'")); got != "" {
		t.Errorf("the public sees %q", got)
	}
	// An edit shows at once.
	tw.write(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "parcels", ID: tw.ids["a"]}})
	if got := drawn(path("parcels", "use = 'ODT'")); got != "c" {
		t.Errorf("after a removal: %q", got)
	}
	tw.get(path("parcels,zones", "use = 'ODT'")).problem(t, 400, "tile.filter")
	tw.get(path("coverage", "use = 'ODT'")).problem(t, 400, "tile.filter")
	tw.get(path("parcels", "floors > 3")).problem(t, 400, "filter.property")
	tw.get(path("parcels", "use =")).problem(t, 400, "filter.ended")
	tw.get("/tiles/parcels.json?filter=true").problem(t, 400, "parameter.unknown")
}
