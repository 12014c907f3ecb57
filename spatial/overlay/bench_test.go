package overlay_test

import (
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

var sixth = orb.Polygon{{{575000.12, 1320000.53}, {575012.4, 1320001.1}, {575018.9, 1320009.7}, {575011.3, 1320021.2}, {575002.2, 1320019.9}, {574996.6, 1320008.8}, {575000.12, 1320000.53}}}

func BenchmarkFaultsOfParcel(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if overlay.Faults(sixth) != nil {
			b.Fatal("not valid")
		}
	}
}

func benchFaults(b *testing.B, ring orb.Ring) {
	for b.Loop() {
		if f := overlay.Faults(orb.Polygon{ring}); f != nil {
			b.Fatal(f)
		}
	}
}

func BenchmarkFaultsOf1261(b *testing.B) {
	benchFaults(b, star(rand.New(rand.NewPCG(1, 1)), 575000, 1320000, 500, 1261))
}

func BenchmarkFaultsOf100k(b *testing.B) {
	benchFaults(b, star(rand.New(rand.NewPCG(1, 1)), 575000, 1320000, 5000, 100000))
}

// comb has long level teeth; hatch leans them, the worst there is.
func comb(teeth int, lean float64) orb.Ring {
	ring := orb.Ring{}
	for i := range teeth {
		y := float64(2 * i)
		ring = append(ring, orb.Point{1, y}, orb.Point{10000, y + lean}, orb.Point{10000, y + 1 + lean}, orb.Point{1, y + 1})
	}
	return append(ring, orb.Point{0, float64(2*teeth - 1)}, orb.Point{0, 0}, ring[0])
}

func BenchmarkFaultsOfComb100k(b *testing.B)  { benchFaults(b, comb(25000, 0)) }
func BenchmarkFaultsOfHatch20k(b *testing.B)  { benchFaults(b, comb(5000, 10000)) }
func BenchmarkFaultsOfHatch100k(b *testing.B) { benchFaults(b, comb(25000, 50000)) }

func BenchmarkArea(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		overlay.Area(sixth)
	}
}

func benchArea(b *testing.B, zone orb.Geometry) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := overlay.IntersectionArea(sixth, zone); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIntersectionAreaInside(b *testing.B) {
	benchArea(b, orb.Polygon{star(rand.New(rand.NewPCG(1, 1)), 575000, 1320000, 500, 200)})
}

func BenchmarkIntersectionAreaAcross(b *testing.B) {
	benchArea(b, orb.Polygon{box4(575005, 1319000, 500, 2000)})
}

func BenchmarkIntersectionAreaNear200(b *testing.B) {
	benchArea(b, orb.Polygon{star(rand.New(rand.NewPCG(1, 1)), 575300, 1320000, 310, 200)})
}

func BenchmarkInteriorPoint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := overlay.InteriorPoint(sixth); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplit(b *testing.B) {
	line := orb.LineString{{574990, 1320010}, {575030, 1320012}}
	for b.Loop() {
		if _, err := overlay.SplitByLine(sixth, line); err != nil {
			b.Fatal(err)
		}
	}
}

// Checking and measuring a common parcel has a budget of two allocations: the
// checker's buffers.
func TestSmallShapesDoNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { overlay.Faults(sixth); overlay.Area(sixth) }); n > 2 {
		t.Errorf("%v allocations", n)
	}
}
