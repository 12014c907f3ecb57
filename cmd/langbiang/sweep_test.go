package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/tilestest"
)

// Every tile of the real Da Lat, with all that there is of it, is valid and light enough
// and leaves no parcel out; each zoom adds up to the parcels, and records meet along the
// borders of tiles.
func TestTilesOfARealCity(t *testing.T) {
	if !soak() {
		t.Skip("every tile takes minutes: make soak. TestARealCity looks at some.")
	}
	files := real(t)
	if files == nil {
		t.Skip("no ../shared/data here: there is no real city to draw")
	}
	store := filepath.Join(t.TempDir(), "store.gpkg")
	for _, f := range files {
		if d := langbiang(t, "import", f.layer, f.path, "--store", store); d.status != 0 && d.status != 3 { // findings are of another test
			t.Fatalf("%s: %s", f.path, d.stderr)
		}
	}
	c := &console{now: time.Now, env: func(string) string { return "" }}
	s, err := openStore(t.Context(), store, c, reading)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	model, err := loaded(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := factsOf(t.Context(), s, model, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	view, cache, found := model.View(spatial.TierPublic), tiles.NewCache(0, func() tiles.Facts { return facts }), map[string][]tiles.Layer{}
	city := realTiles(view, func(g []string, z, x, y uint32) []byte {
		return cache.Tile(view, found[g[0]], tiles.Coord{Z: z, X: x, Y: y}, tiles.Plain).Bytes
	})
	for _, g := range city.Groups {
		if found[g[0]], err = tiles.Find(tiles.Layers(), g); err != nil {
			t.Fatal(err)
		}
	}
	city.Heavy = 10_000 // the forest lots at zoom 12
	tilestest.Sweep(t, city)
	tilestest.Borders(t, city, []uint32{9, 10, 11, 12, 13, 14, 15, 16, 17})
}

// realTiles are the tiles of a real city, all of them.
func realTiles(v index.View, render func(group []string, z, x, y uint32) []byte) tilestest.City {
	return tilestest.City{View: v, Render: render, Every: 1, Groups: [][]string{{"coverage", "parcels", "parcel_labels"}, {"zones", "zone_labels", "restrictions", "plans"},
		{"water", "roads", "wards", "ward_labels", "water_labels", "buildings"}, {"landuse"}, {"places"}, {"parcel_dots"}}}
}

// someTiles looks at some of the tiles that a server gives of what is in a store.
func someTiles(t *testing.T, s *server, store string) {
	t.Helper()
	c := &console{now: time.Now, env: func(string) string { return "" }}
	opened, err := openStore(t.Context(), store, c, reading)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	model, err := loaded(t.Context(), opened, c)
	if err != nil {
		t.Fatal(err)
	}
	city := realTiles(model.View(spatial.TierPublic), func(g []string, z, x, y uint32) []byte {
		a := s.get(fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", strings.Join(g, ","), z, x, y))
		if a.status != http.StatusOK && a.status != http.StatusNoContent {
			t.Fatalf("%v %d/%d/%d: %d %s", g, z, x, y, a.status, a.body)
		}
		return []byte(a.body)
	})
	city.Groups, city.Every = city.Groups[:1], 97 // nothing else is in the store
	tilestest.Sweep(t, city)
	tilestest.Borders(t, city, []uint32{12, 13, 14, 15, 16})
}
