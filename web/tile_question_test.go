package web_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/live"
)

// ruled is a town's notes with floors that are told from outside, as by a rule that
// changed though no record did.
type ruled struct {
	notes
	floors *atomic.Int64
}

func (r ruled) Facts(id uint64) (city.Facts, bool) {
	f, ok := r.notes.Facts(id)
	n := float64(r.floors.Load())
	f.Floors = &n
	return f, ok
}
func (r ruled) Stamp(orb.Bound) uint64 { return uint64(r.floors.Load()) }

func asLink(question string) string { return base64.RawURLEncoding.EncodeToString([]byte(question)) }

// drawn is the keys of the records on a tile, and how many its dots stand for.
func (tw *town) drawn(t *testing.T, path string, headers ...string) (string, int) {
	t.Helper()
	r := tw.get(path, headers...)
	if r.StatusCode == 204 {
		return "", 0
	}
	layers, err := orbmvt.Unmarshal(r.body)
	if r.StatusCode != 200 || err != nil {
		t.Errorf("%s: %d %s %v", path, r.StatusCode, r.body, err)
		return "", 0
	}
	var found []string
	count := 0
	for _, l := range layers {
		for _, f := range l.Features {
			if n, ok := f.Properties["count"].(float64); ok {
				count += int(n)
				continue
			}
			found = append(found, fmt.Sprint(f.ID))
		}
	}
	return sorted(tw.keysOf(found)), count
}

// A tile draws what a question means: whatever it may ask, and never what was.
func TestTilesOfAQuestion(t *testing.T) {
	var tw *town
	var floors atomic.Int64
	floors.Store(3)
	tw = newTown(t, func(c *web.Config, _ *live.Config) {
		c.Tiles = tiles.NewCache(1<<24, nil)
		c.Book = func(tier spatial.Tier) api.Book { return ruled{notes{tw, tier}, &floors} }
	})
	road := feature(t, "roads", "r1", spatial.Public, square(-40, -40, 5), map[string]spatial.Value{"width": spatial.Float(12)})
	south := road.Legal.(orb.Polygon)[0]
	road.Legal, road.Area = orb.LineString{south[0], south[1]}, 0
	road.Display = display(t, road.Legal)
	roadID := tw.write(change.Op{Verb: change.Create, Feature: road}).Created[0]

	z, x, y := tileOf(t, 15, 10, 10)
	far, fx, fy := tileOf(t, 11, 10, 10)
	near := func(question string) string {
		return fmt.Sprintf("/tiles/parcels/%d/%d/%d.mvt?q=%s", z, x, y, asLink(question))
	}
	dots := func(question string) string {
		return fmt.Sprintf("/tiles/parcels,parcel_dots/%d/%d/%d.mvt?q=%s", far, fx, fy, asLink(question))
	}
	check := func(when, question, want string) {
		t.Helper()
		for range 2 { // the second time from what is kept
			got, _ := tw.drawn(t, near(question), tw.planner()...)
			if got != sorted(want) {
				t.Errorf("%s, %s: %q is drawn, want %q", when, question, got, want)
			}
			if _, n := tw.drawn(t, dots(question), tw.planner()...); n != len(strings.Fields(want)) {
				t.Errorf("%s, %s: dots of %d parcels, want %d", when, question, n, len(strings.Fields(want)))
			}
		}
	}
	const byRoad = `{"near":[{"layer":"roads","filter-text":"width >= 12","within":60}],"filter-text":"area < 500"}`
	const tall = `{"filter-text":"floors >= 4 AND use = 'ODT'"}`
	check("at first", `{}`, "a b c over official")
	check("at first", `{"filter-text":"use = 'ODT'","sortby":["-area"],"limit":1}`, "a c")
	check("at first", `{"filter-text":"zone = 'Z1' AND area < 500"}`, "a b c")
	check("at first", byRoad, "a")
	check("at first", tall, "")

	// What is worked out changes and no record does.
	floors.Store(4)
	check("with another rule", tall, "a c")
	// A record of another layer, far from the parcels' own ground.
	tw.write(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "roads", ID: roadID}})
	check("without the road", byRoad, "")
	// A parcel itself.
	tw.write(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "parcels", ID: tw.ids["a"]}})
	check("after a removal", tall, "c")

	// Two ways to ask for the same are one tile, for one's own eyes.
	one, two := tw.get(near(tall), tw.planner()...), tw.get(near(`{"filter":{"op":"=","args":[{"property":"use"},"ODT"]}}`), tw.planner()...)
	if one.Header.Get("ETag") == "" || one.Header.Get("ETag") != two.Header.Get("ETag") || one.Header.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("%v\n%v", one.Header, two.Header)
	}
	if r := tw.get(near(tall), append(tw.planner(), "If-None-Match", one.Header.Get("ETag"))...); r.StatusCode != 304 {
		t.Errorf("asked again: %d", r.StatusCode)
	}
	// A filter beside it holds too.
	if got, _ := tw.drawn(t, near(`{}`)+"&filter=use%3D%27ODT%27", tw.planner()...); got != "c" {
		t.Errorf("with a filter: %q", got)
	}

	tw.get(near(`{}`)).problem(t, 401, "auth.required")
	tw.get(near(`{`), tw.planner()...).problem(t, 400, "query.body")
	tw.get(near(`{"filter-text":"nope = 1"}`), tw.planner()...).problem(t, 400, "filter.property")
	tw.get(strings.Replace(near(`{}`), "q=", "q=*", 1), tw.planner()...).problem(t, 400, "query.link")
	tw.get(strings.Replace(near(`{}`), "parcels", "parcels,zones", 1), tw.planner()...).problem(t, 400, "tile.filter")
	tw.get("/tiles/parcels.json?q="+asLink(`{}`), tw.planner()...).problem(t, 400, "parameter.unknown")
}

// A tier is answered of its own parcels, and many at once are answered once each.
func TestTilesOfAQuestionForTiers(t *testing.T) {
	tw := planned(t)
	z, x, y := tileOf(t, 15, 10, 10)
	path := fmt.Sprintf("/tiles/parcels/%d/%d/%d.mvt?q=%s", z, x, y, asLink(`{"filter-text":"area > 0"}`))
	want := map[access.Role]string{}
	for _, role := range []access.Role{access.Planner, access.Editor, access.Operator, access.Admin} {
		want[role], _ = tw.drawn(t, path, tw.as(role)...)
	}
	if !strings.Contains(want[access.Planner], "official") || strings.Contains(want[access.Planner], "personal") || !strings.Contains(want[access.Admin], "personal") {
		t.Errorf("%v", want)
	}
	var all sync.WaitGroup
	for i := range 32 {
		role := []access.Role{access.Planner, access.Editor, access.Operator, access.Admin}[i%4]
		all.Go(func() {
			if got, _ := tw.drawn(t, path, tw.as(role)...); got != want[role] {
				t.Errorf("%s: %q, want %q", role, got, want[role])
			}
		})
	}
	all.Wait()
}
