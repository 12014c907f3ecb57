package dxf

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

// Lines at random, many of them nearly the same: what comes out meets at ends
// alone, and every face is valid.
func TestPiecesMeetAtEnds(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		size := []float64{0.01, 0.1, 5, 900}[seed%4]
		var lines [][]orb.Point
		for range 30 {
			l := []orb.Point{{570_000 + size*r.Float64(), 1_320_000 + size*r.Float64()}}
			for range 1 + r.IntN(3) {
				l = append(l, orb.Point{570_000 + size*r.Float64(), 1_320_000 + size*r.Float64()})
			}
			lines = append(lines, l)
			if r.IntN(3) == 0 { // again, moved by less than the grid
				m := make([]orb.Point, len(l))
				for i, p := range l {
					m[i] = orb.Point{p[0] + 0.002*(r.Float64()-0.5), p[1] + 0.002*(r.Float64()-0.5)}
				}
				lines = append(lines, m)
			}
		}
		n := &noder{most: mostPieces}
		if !n.collect(lines) {
			t.Fatal("too far apart")
		}
		pieces, ok := n.cut()
		if !ok {
			t.Fatal("too dense")
		}
		for i, a := range pieces {
			for _, b := range pieces[:i] {
				if k, yes := crossing(a, b); yes {
					t.Fatalf("seed %d: %v and %v cross at %v", seed, a, b, k)
				}
				for _, p := range b {
					if p != a[0] && p != a[1] && touches(a, p) {
						t.Fatalf("seed %d: %v passes %v", seed, a, p)
					}
				}
			}
		}
		kept, _, ok := trim(pieces)
		if !ok {
			t.Fatal("too many in a point")
		}
		var ml orb.MultiLineString
		for _, p := range kept {
			ml = append(ml, orb.LineString{{float64(p[0].x), float64(p[0].y)}, {float64(p[1].x), float64(p[1].y)}})
		}
		for _, f := range overlay.Faces(ml) {
			if bad := overlay.Faults(f); len(bad) > 0 {
				t.Fatalf("seed %d: %v in %v", seed, bad, f)
			}
		}
	}
}
