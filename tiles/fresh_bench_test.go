package tiles

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/langbiang/langbiang/spatial"
)

// freshTiles are tiles to be made anew, more where more parcels are, so many of each
// zoom, in a fixed order.
func freshTiles(b *testing.B) []Coord {
	v := cityModel(b).View(spatial.TierPublic)
	r := rand.New(rand.NewPCG(7, 7))
	var all []Coord
	for z, want := range map[uint32]int{12: 30, 13: 120, 14: 350, 15: 500, 16: 700, 17: 868} {
		count := map[Coord]int{}
		for it := range v.After(parcelsSource, 0) {
			count[tileAt(it.Box().Center(), z)]++
		}
		type drawn struct {
			at  Coord
			lot float64
		}
		var lots []drawn
		for c := range count {
			lots = append(lots, drawn{at: c})
		}
		slices.SortFunc(lots, func(a, b drawn) int { return int(a.at.X)*1000003 + int(a.at.Y) - int(b.at.X)*1000003 - int(b.at.Y) })
		for i := range lots {
			lots[i].lot = math.Pow(r.Float64(), 1/float64(count[lots[i].at]))
		}
		slices.SortFunc(lots, func(a, b drawn) int {
			if a.lot > b.lot {
				return -1
			}
			return 1
		})
		for _, l := range lots[:min(want, len(lots))] {
			all = append(all, l.at)
		}
	}
	slices.SortFunc(all, func(a, b Coord) int { return int(a.Z) - int(b.Z) })
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

// BenchmarkFresh makes some 2,500 tiles of the whole city one after the other, none
// kept, as they are sent; by zoom, and of all.
func BenchmarkFresh(b *testing.B) {
	v := cityModel(b).View(spatial.TierPublic)
	layers := mustFind(b, "coverage", "parcels", "parcel_labels")
	all := freshTiles(b)
	c := NewCache(0, nil)
	for _, at := range all {
		c.Tile(v, layers, at, Gzip)
	}
	for _, e := range []Encoding{Plain, Gzip, Zstd} {
		for z := uint32(11); z <= 17; z++ {
			name, list := fmt.Sprintf("%s/z%d", e, z), slices.DeleteFunc(slices.Clone(all), func(c Coord) bool { return z > 11 && c.Z != z })
			if z == 11 {
				name = fmt.Sprintf("%s/all", e)
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				i, n := 0, 0
				for b.Loop() {
					n += len(c.Tile(v, layers, list[i%len(list)], e).Bytes)
					i++
				}
				b.ReportMetric(float64(n)/float64(i), "bytes")
			})
		}
	}
}
