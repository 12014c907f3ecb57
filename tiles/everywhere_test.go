package tiles

import (
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/tilestest"
)

// demonstration is the demonstration city and its tiles, one in so many of them; all in
// the soak.
func demonstration(t *testing.T, every int) tilestest.City {
	v, r := cityModel(t).View(spatial.TierPublic), cityRenderer()
	if soak() {
		every = 1
	}
	found := map[string][]Layer{}
	for _, g := range append(groups(), []string{"landuse"}) {
		layers, err := Find(Layers(), g)
		if err != nil {
			t.Fatal(err)
		}
		found[g[0]] = layers
	}
	return tilestest.City{View: v, Groups: append(groups(), []string{"landuse"}), Every: every, Exact: true,
		Render: func(g []string, z, x, y uint32) []byte { return r.render(v, storeys{}, found[g[0]], Coord{z, x, y}) }}
}

// Tiles of every zoom, from anywhere in the city, are valid and light enough and leave no
// parcel out. In the soak it is every tile, and each zoom adds up to the city.
func TestTilesFromEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	tilestest.Sweep(t, demonstration(t, 401))
}

// Neighbours meet along their borders: all of them up to zoom 13, some from there on;
// in the soak all.
func TestNeighboursMeet(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	some, all := demonstration(t, 211), demonstration(t, 1)
	all.Groups = [][]string{{"coverage"}, {"zones"}}
	tilestest.Borders(t, all, []uint32{10, 11, 12, 13})
	tilestest.Borders(t, some, []uint32{14, 15, 16, 17, 18})
	if soak() {
		tilestest.Borders(t, some, []uint32{8, 9, 10, 11, 12, 13})
	}
}
