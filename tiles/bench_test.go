package tiles

import (
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/coverage"
)

// dense is the middle of the city.
func dense() orb.Point { return orb.Point{108.4375, 11.9435} }

func mustFind(b testing.TB, names ...string) []Layer {
	b.Helper()
	l, err := Find(Layers(), names)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

// BenchmarkCoverage makes the tile over the middle of the city: cold, with every cell
// under it to be made, as the first who looks has it; warm, with cells at hand, as
// after an edit elsewhere on the tile.
func BenchmarkCoverage(b *testing.B) {
	v := cityModel(b).View(spatial.TierPublic)
	layers := mustFind(b, "coverage")
	for z := uint32(MinZoom); z <= coverage.Base; z++ {
		at := tileAt(dense(), z)
		b.Run(fmt.Sprintf("cold/z%d", z), func(b *testing.B) {
			for b.Loop() {
				NewRenderer().Render(v, layers, at)
			}
		})
		b.Run(fmt.Sprintf("warm/z%d", z), func(b *testing.B) {
			r := NewRenderer()
			b.ReportMetric(float64(len(r.Render(v, layers, at))), "bytes")
			b.ReportAllocs()
			for b.Loop() {
				r.Render(v, layers, at)
			}
		})
	}
}

// BenchmarkTile is a tile of parcels as it is sent: made and compressed, and found.
func BenchmarkTile(b *testing.B) {
	v := cityModel(b).View(spatial.TierPublic)
	layers := mustFind(b, "coverage", "parcels", "parcel_labels")
	for _, z := range []uint32{15, 16, 17} {
		at := tileAt(dense(), z)
		for _, e := range []Encoding{Plain, Gzip, Zstd} {
			b.Run(fmt.Sprintf("fresh/z%d/%s", z, e), func(b *testing.B) {
				c := NewCache(0, nil)
				b.ReportMetric(float64(len(c.Tile(v, layers, at, e).Bytes)), "bytes")
				b.ReportAllocs()
				for b.Loop() {
					c.Tile(v, layers, at, e)
				}
			})
		}
		b.Run(fmt.Sprintf("kept/z%d", z), func(b *testing.B) {
			c := NewCache(64<<20, nil)
			b.ReportAllocs()
			for b.Loop() {
				c.Tile(v, layers, at, Gzip)
			}
		})
	}
}
