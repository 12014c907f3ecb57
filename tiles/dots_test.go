package tiles

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/coverage"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// The dots of all tiles of a zoom add up to the parcels that are drawn, filtered or
// not; each lies on its tile, and a tile of them is light.
func TestDotsAddUp(t *testing.T) {
	const n = 60
	v := model(t, plots(n)).View(spatial.TierPublic)
	odd := func(it index.Item) bool { return it.ID()%7 == 0 }
	for name, c := range map[string]struct {
		keep func(index.Item) bool
		want int
	}{"all": {nil, n * n}, "some": {odd, n * n / 7}, "none": {func(index.Item) bool { return false }, 0}} {
		layers, err := Find(Layers(), []string{"parcel_dots"})
		if err != nil {
			t.Fatal(err)
		}
		layers[0].Keep = c.keep
		for z := uint32(MinZoom); z <= MaxZoom; z++ {
			want, got := c.want, 0
			if z > coverage.Base {
				want = 0
			}
			over(orb.Bound{Min: orb.Point{108.43, 11.93}, Max: orb.Point{108.45, 11.95}}, z, func(at Coord) {
				b := NewRenderer().Render(v, layers, at)
				if _, err := mvt.Check(b); err != nil {
					t.Fatal(err)
				}
				l := sheet(t, b)["parcel_dots"]
				if l == nil {
					return
				}
				for _, f := range l.Features {
					p := f.Geometry.(orb.Point)
					if p[0] < 0 || p[0] >= mvt.Extent || p[1] < 0 || p[1] >= mvt.Extent || f.ID != nil {
						t.Errorf("%s, %v: a dot at %v with id %v", name, at, p, f.ID)
					}
					got += int(f.Properties["count"].(float64))
				}
			})
			if got != want {
				t.Errorf("%s, z%d: the dots stand for %d parcels, want %d", name, z, got, want)
			}
		}
	}
}

// The order of records leaves no trace in the dots.
func TestDotsWhateverTheOrder(t *testing.T) {
	a := plots(20)
	var b content
	for i := range a {
		b = append(b, a[len(a)-1-i])
	}
	layers, c := mustFind(t, "parcel_dots"), tileAt(orb.Point{108.441, 11.941}, 12)
	one, two := NewRenderer().Render(model(t, a).View(spatial.TierPublic), layers, c), NewRenderer().Render(model(t, b).View(spatial.TierPublic), layers, c)
	if len(one) == 0 || string(one) != string(two) {
		t.Errorf("%d and %d bytes", len(one), len(two))
	}
}

func BenchmarkDotsOfTheCity(b *testing.B) {
	v := cityModel(b).View(spatial.TierPublic)
	layers := mustFind(b, "parcel_dots")
	at := tileAt(v.Place().Bounds.Center(), MinZoom)
	var size int
	for b.Loop() {
		size = len(NewRenderer().Render(v, layers, at))
	}
	b.ReportMetric(float64(size), "B/tile")
}
