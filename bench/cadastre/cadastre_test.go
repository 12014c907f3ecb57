package cadastre

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
)

func TestAsManyAsAsked(t *testing.T) {
	const n = 97_751
	var areas []float64
	names := map[[2]int]bool{}
	for p := range Parcels(n) {
		areas = append(areas, p.Area)
		if names[[2]int{p.Sheet, p.Number}] {
			t.Fatalf("sheet %d has two parcels %d", p.Sheet, p.Number)
		}
		names[[2]int{p.Sheet, p.Number}] = true
		if p.Area <= 0 || len(p.Shape[0]) < 5 || p.Shape[0][0] != p.Shape[0][len(p.Shape[0])-1] {
			t.Fatalf("sheet %d parcel %d: area %v, ring %v", p.Sheet, p.Number, p.Area, p.Shape[0])
		}
	}
	if len(areas) != n {
		t.Fatalf("%d parcels, want %d", len(areas), n)
	}
	slices.Sort(areas)
	if m := areas[n/2]; m < 120 || m > 260 {
		t.Errorf("median %v m², which is no town", m)
	}
}

func TestTheSameEveryTime(t *testing.T) {
	a, b := slices.Collect(Parcels(3000)), slices.Collect(Parcels(5000))
	for i := range a {
		if !orb.Equal(a[i].Shape, b[i].Shape) || a[i].Use != b[i].Use || a[i].Number != b[i].Number {
			t.Fatalf("parcel %d differs: %v, %v", i, a[i], b[i])
		}
	}
}

func TestNeighboursShareTheirCorners(t *testing.T) {
	at := map[orb.Point]int{}
	var total int
	for p := range Parcels(2000) {
		for _, c := range p.Shape[0][1:] {
			at[c]++
			total++
		}
	}
	var shared int
	for _, n := range at {
		if n > 1 {
			shared += n
		}
	}
	if share := float64(shared) / float64(total); share < 0.5 || math.IsNaN(share) {
		t.Errorf("only %.0f %% of corners are shared", 100*share)
	}
}

func TestTownsBeginWithTheTown(t *testing.T) {
	a, b := slices.Collect(Parcels(500)), slices.Collect(Towns(500))
	for i := range a {
		if !orb.Equal(a[i].Shape, b[i].Shape) || a[i].Sheet != b[i].Sheet || a[i].Number != b[i].Number {
			t.Fatalf("parcel %d differs: %v, %v", i, a[i], b[i])
		}
	}
}

func TestTownsLieApart(t *testing.T) {
	const n = 10*Town + 1000
	var boxes []orb.Bound
	names := map[[2]int]bool{}
	given := 0
	for p := range Towns(n) {
		if given%Town == 0 {
			boxes = append(boxes, p.Shape.Bound())
		}
		given++
		names[[2]int{p.Sheet, p.Number}] = true
		last := &boxes[len(boxes)-1]
		*last = last.Union(p.Shape.Bound())
	}
	if given != n || len(names) != n || len(boxes) != 11 {
		t.Fatalf("%d parcels under %d names in %d towns, want %d in 11", given, len(names), len(boxes), n)
	}
	for i, a := range boxes {
		for _, b := range boxes[:i] {
			if a.Intersects(b) {
				t.Errorf("towns %v and %v meet", a, b)
			}
		}
	}
}
