package api

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func TestTouches(t *testing.T) {
	b := orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{10, 10}}
	hole := orb.Polygon{{{-20, -20}, {20, -20}, {20, 20}, {-20, 20}, {-20, -20}}, {{-5, -5}, {-5, 15}, {15, 15}, {15, -5}, {-5, -5}}}
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want bool
	}{
		{"inside", orb.Point{5, 5}, true}, {"corner", orb.Point{10, 10}, true}, {"outside", orb.Point{10.01, 5}, false},
		{"through", orb.LineString{{-5, 5}, {15, 5}}, true}, {"past a corner", orb.LineString{{9, 12}, {12, 9}}, false}, {"along the border", orb.LineString{{-5, 10}, {15, 10}}, true},
		{"around", orb.Polygon{{{-20, -20}, {20, -20}, {20, 20}, {-20, 20}, {-20, -20}}}, true}, {"the hole around", hole, false},
		{"an L beside it", orb.Polygon{{{-5, -5}, {15, -5}, {15, -1}, {-1, -1}, {-1, 15}, {-5, 15}, {-5, -5}}}, false},
		{"one of two", orb.MultiPolygon{{{{20, 20}, {21, 20}, {21, 21}, {20, 20}}}, {{{1, 1}, {2, 1}, {2, 2}, {1, 1}}}}, true},
		{"nothing", orb.Polygon{}, false}, {"nil", nil, false}, {"collection", orb.Collection{orb.Point{50, 50}, orb.Point{1, 1}}, true},
	} {
		if got := touches(c.g, b); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestTouchesAgreesWithOverlay holds random triangles against the exact overlay.
func TestTouchesAgreesWithOverlay(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := orb.Bound{Min: orb.Point{0, 0}, Max: orb.Point{10, 10}}
	for range 3000 {
		at := func() orb.Point { return orb.Point{r.Float64()*40 - 15, r.Float64()*40 - 15} }
		p := at()
		g := orb.Polygon{{p, at(), at(), p}}
		if math.Abs(planar.Area(g)) < 1e-3 {
			continue
		}
		want, err := overlay.Intersects(g, b.ToPolygon())
		if err != nil {
			t.Fatal(err)
		}
		if got := touches(g, b); got != want {
			t.Fatalf("%v: %v, the overlay says %v", g, got, want)
		}
	}
}

// TestAroundHoldsTheBox: every place of a box in the plane lies in its box in degrees.
func TestAroundHoldsTheBox(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, srid := range []spatial.SRID{5899, 3405, 3857, 32649, 4756} {
		from, err := crs.From(srid)
		if err != nil {
			t.Fatal(err)
		}
		corner, err := crs.Forward(srid, orb.Point{108, 11.5})
		if err != nil {
			t.Fatal(err)
		}
		size := 100000.0
		if s, _ := crs.ByCode(srid); s.Geographic {
			size = 1
		}
		b := orb.Bound{Min: corner, Max: orb.Point{corner[0] + size, corner[1] + size}}
		box := around(b, from)
		for range 5000 {
			p := from(orb.Point{b.Min[0] + r.Float64()*size, b.Min[1] + r.Float64()*size})
			if !box.Contains(p) {
				t.Fatalf("%d: %v is outside %v", srid, p, box)
			}
		}
	}
}

func FuzzWindow(f *testing.F) {
	for _, s := range []string{"1,2,3,4", "1,2,3,4,5,6", "NaN,1,2,3", "a", ",,,", "108,11,109,12", "180,90,-180,-90", "1e308,1,2,3", "-0,0,0,0", "575000,1320000,575100,1320100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, sys := range []system{lonLat(), {srid: 4326, swap: true}, {srid: 5899, plane: true}, {srid: 3857, plane: true}} {
			w, err := readWindow(text, sys)
			if err != nil {
				if spatial.KindOf(err) != spatial.Invalid || spatial.CodeOf(err) == "" {
					t.Fatalf("%q: %v", text, err)
				}
				continue
			}
			for _, v := range []float64{w.box.Min[0], w.box.Min[1], w.box.Max[0], w.box.Max[1]} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%q: box %v", text, w.box)
				}
			}
			if w.asked.Min[0] > w.asked.Max[0] || w.asked.Min[1] > w.asked.Max[1] {
				t.Fatalf("%q: %v is reversed", text, w.asked)
			}
		}
	})
}
