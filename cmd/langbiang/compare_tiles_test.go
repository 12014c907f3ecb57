package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/langbiang/langbiang/tiles"
)

// sameTiles asks both servers for tiles of every zoom: all of the town's middle, and
// some from anywhere around; each twice, so that the second comes from what is kept.
func sameTiles(t *testing.T, r *rand.Rand, same func(path string) string) {
	t.Helper()
	groups := []string{"coverage,parcels,parcel_labels", "zones,restrictions,plans,zone_labels", "water,roads,wards,buildings,ward_labels,water_labels", "places,landuse", "cameras,incidents,permits", "parcel_dots"}
	drawn := map[string]int{}
	ask := func(group string, z, x, y int) {
		path := fmt.Sprintf("/tiles/%s/%d/%d/%d.mvt", group, z, x, y)
		first := same(path)
		if same(path) != first {
			t.Fatalf("%s: asked again it is another tile", path)
		}
		if len(first) > 0 {
			drawn[group]++
		}
	}
	at := func(lon, lat float64, z int) (int, int) {
		n := math.Exp2(float64(z))
		s := math.Sin(lat * math.Pi / 180)
		return int((lon + 180) / 360 * n), int((0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * n)
	}
	few := 200
	if soak() {
		few = 4000
	}
	for _, group := range groups {
		for z := tiles.MinZoom; z <= tiles.MaxZoom; z++ {
			x0, y0 := at(108.4395, 11.9415, z)
			x1, y1 := at(108.4435, 11.9385, z)
			for y := y0; y <= y1; y++ {
				for x := x0; x <= x1; x++ {
					ask(group, z, x, y)
				}
			}
		}
	}
	for range few {
		z := tiles.MinZoom + r.IntN(tiles.MaxZoom-tiles.MinZoom+1)
		x, y := at(108.31+0.28*r.Float64(), 11.83+0.18*r.Float64(), z)
		ask(groups[r.IntN(len(groups))], z, x, y)
	}
	for _, group := range groups[:3] {
		if drawn[group] < 10 {
			t.Errorf("%s: only %d tiles hold anything: the test looks at the wrong ground", group, drawn[group])
		}
		same("/tiles/" + group + ".json")
	}
}
