package tiles

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
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
// after an edit elsewhere on the tile; kept, with its drawing at hand.
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
		for _, kept := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/z%d", map[bool]string{false: "warm", true: "kept"}[kept], z), func(b *testing.B) {
				r := NewRenderer()
				b.ReportMetric(float64(len(r.Render(v, layers, at))), "bytes")
				b.ReportAllocs()
				for b.Loop() {
					if !kept {
						r.ground.drawn.InvalidateAll()
					}
					r.Render(v, layers, at)
				}
			})
		}
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

// near is the tile of a zoom over the city that holds nearest to n records of a layer.
func near(b *testing.B, v index.View, layer string, z uint32, n int) (at Coord, count int) {
	b.Helper()
	best := math.MaxInt
	over(v.Place().Bounds, z, func(c Coord) {
		k := 0
		for range v.Within(layer, c.Box(buffer)) {
			k++
		}
		if d := max(k-n, n-k); d < best {
			best, at, count = d, c, k
		}
	})
	return at, count
}

// BenchmarkTile500 is a tile of some 500 parcels at zoom 16: the encoder alone, with
// records in hand; the renderer, which finds them; and the same with nothing at hand.
// Beside the mean it gives the least time of all turns: the mean has in it whatever
// else the machine does.
func BenchmarkTile500(b *testing.B) {
	v := cityModel(b).View(spatial.TierPublic)
	layers := mustFind(b, "parcels")
	at, count := near(b, v, "parcels", 16, 500)
	r := NewRenderer()
	s := new(scratch)
	tile := slices.Clone(r.draw(s, v, storeys{}, layers, at))
	least := func(b *testing.B, turn func()) {
		b.ReportAllocs()
		best := time.Duration(math.MaxInt64)
		for b.Loop() {
			began := time.Now()
			turn()
			best = min(best, time.Since(began))
		}
		b.ReportMetric(float64(best.Nanoseconds()), "least-ns")
		b.ReportMetric(float64(count), "parcels")
		b.ReportMetric(float64(len(tile)), "bytes")
	}
	b.Run("encoder", func(b *testing.B) {
		items, _ := byID(v.AppendWithin(nil, "parcels", at.Box(buffer)), nil)
		least(b, func() {
			s.enc.Begin(at.Z, at.X, at.Y)
			r.layer(s, v, nil, &layers[0], at.Z, items)
			s.enc.Bytes()
		})
	})
	b.Run("renderer", func(b *testing.B) {
		least(b, func() { r.draw(s, v, nil, layers, at) })
	})
	b.Run("renderer with facts", func(b *testing.B) {
		least(b, func() { r.draw(s, v, storeys{}, layers, at) })
	})
	b.Run("nothing at hand", func(b *testing.B) {
		least(b, func() { NewRenderer().draw(s, v, nil, layers, at) })
	})
	if again := r.draw(s, v, storeys{}, layers, at); !bytes.Equal(again, tile) {
		b.Fatal("another tile")
	}
}
