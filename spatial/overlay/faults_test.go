package overlay_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

type faultCase struct {
	name   string
	g      orb.Geometry
	codes  []string
	oracle bool // PostGIS does not take it in
}

func faultCases() []faultCase {
	sq := box4(0, 0, 10, 10)
	poly := func(r ...orb.Ring) orb.Polygon { return r }
	nan := math.NaN()
	return []faultCase{
		{name: "square", g: poly(sq)},
		{name: "clockwise", g: poly(orb.Ring{{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}})},
		{name: "empty polygon", g: orb.Polygon{}},
		{name: "empty multipolygon", g: orb.MultiPolygon{}},
		{name: "repeated points", g: poly(orb.Ring{{0, 0}, {0, 0}, {10, 0}, {10, 10}, {10, 10}, {0, 10}, {0, 0}, {0, 0}})},
		{name: "straight vertices", g: poly(orb.Ring{{0, 0}, {5, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}})},
		{name: "hole", g: poly(sq, box4(2, 2, 2, 2))},
		{name: "hole touching once", g: poly(sq, diamond(2, 5, 2))},
		{name: "holes touching each other once", g: poly(sq, diamond(3, 5, 2), diamond(7, 5, 2))},
		{name: "four holes at one point", g: poly(sq, orb.Ring{{5, 5}, {6, 3}, {4, 3}, {5, 5}}, orb.Ring{{5, 5}, {6, 7}, {4, 7}, {5, 5}}, orb.Ring{{5, 5}, {3, 4}, {3, 6}, {5, 5}}, orb.Ring{{5, 5}, {7, 4}, {7, 6}, {5, 5}})},
		{name: "island in a hole", g: orb.MultiPolygon{poly(sq, box4(2, 2, 6, 6)), poly(box4(3, 3, 2, 2))}},
		{name: "island touching its hole", g: orb.MultiPolygon{poly(sq, box4(2, 2, 6, 6)), poly(diamond(4, 5, 2))}},
		{name: "corner to corner", g: orb.MultiPolygon{poly(sq), poly(box4(10, 10, 5, 5))}},
		{name: "touching at two corners", g: orb.MultiPolygon{poly(orb.Ring{{0, 0}, {4, 0}, {4, 1}, {3, 2}, {4, 3}, {4, 4}, {0, 4}, {0, 0}}), poly(orb.Ring{{4, 1}, {8, 1}, {8, 3}, {4, 3}, {5, 2}, {4, 1}})}},
		{name: "two polygons, each with touching holes at shared points", g: orb.MultiPolygon{
			poly(orb.Ring{{0, 0}, {10, 0}, {0, 10}, {0, 0}}, orb.Ring{{5, 5}, {3, 4}, {4, 3}, {5, 5}}, orb.Ring{{2, 8}, {1, 7}, {1.5, 6.5}, {2, 8}}),
			poly(orb.Ring{{10, 0}, {10, 10}, {0, 10}, {10, 0}}, orb.Ring{{5, 5}, {6, 7}, {7, 6}, {5, 5}}, orb.Ring{{2, 8}, {4, 8.5}, {4, 8}, {2, 8}})},
			codes: []string{overlay.RingsCross}},
		{name: "line", g: orb.LineString{{0, 0}, {1, 1}, {1, 0}, {0, 1}}},
		{name: "points", g: orb.MultiPoint{{0, 0}, {0, 0}}},
		{name: "nothing", g: nil, oracle: true},

		{name: "bow tie", g: poly(orb.Ring{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}), codes: []string{overlay.SelfCrossing}},
		{name: "figure of eight at a vertex", g: poly(orb.Ring{{0, 0}, {5, 5}, {10, 10}, {10, 0}, {5, 5}, {0, 10}, {0, 0}}), codes: []string{overlay.SelfCrossing}},
		{name: "self touch", g: poly(orb.Ring{{0, 0}, {10, 0}, {5, 5}, {10, 10}, {0, 10}, {5, 5}, {0, 0}}), codes: []string{overlay.SelfTouch}},
		{name: "self touch of a vertex on an edge", g: poly(orb.Ring{{0, 0}, {10, 0}, {10, 10}, {5, 0}, {0, 10}, {0, 0}}), codes: []string{overlay.SelfTouch}},
		{name: "inverted hole", g: poly(orb.Ring{{0, 0}, {10, 0}, {10, 10}, {5, 10}, {7, 5}, {3, 5}, {5, 10}, {0, 10}, {0, 0}}), codes: []string{overlay.SelfTouch}},
		{name: "spike outwards", g: poly(orb.Ring{{0, 0}, {10, 0}, {10, 10}, {15, 10}, {10, 10}, {0, 10}, {0, 0}}), codes: []string{overlay.Spike}},
		{name: "spike at the first point", g: poly(orb.Ring{{-5, 0}, {0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}, {-5, 0}}), codes: []string{overlay.Spike}},
		{name: "retraced", g: poly(orb.Ring{{0, 0}, {10, 0}, {10, 10}, {4, 10}, {4, 5}, {6, 5}, {6, 10}, {0, 10}, {0, 0}}), codes: []string{overlay.SelfCrossing, overlay.SelfTouch}},
		{name: "flat", g: poly(orb.Ring{{0, 0}, {5, 5}, {10, 10}, {0, 0}}), codes: []string{overlay.ZeroArea}},
		{name: "two points", g: poly(orb.Ring{{0, 0}, {5, 5}, {0, 0}, {0, 0}}), codes: []string{overlay.TooFewPoints}},
		{name: "open", g: poly(sq[:4]), codes: []string{overlay.NotClosed}},
		{name: "NaN", g: poly(orb.Ring{{0, 0}, {nan, 0}, {10, 10}, {0, 0}}), codes: []string{overlay.NotFinite}, oracle: true},
		{name: "infinite", g: orb.Point{math.Inf(1), 0}, codes: []string{overlay.NotFinite}, oracle: true},
		{name: "hole outside", g: poly(sq, box4(20, 0, 5, 5)), codes: []string{overlay.HoleOutside}},
		{name: "hole outside, touching", g: poly(sq, orb.Ring{{10, 5}, {12, 4}, {12, 6}, {10, 5}}), codes: []string{overlay.HoleOutside}},
		{name: "hole around", g: poly(sq, box4(-1, -1, 20, 20)), codes: []string{overlay.HoleOutside}},
		{name: "hole without a shell", g: poly(orb.Ring{}, sq), codes: []string{overlay.HoleOutside}, oracle: true},
		{name: "hole crossing", g: poly(sq, box4(8, 2, 5, 5)), codes: []string{overlay.RingsCross, overlay.RingsCross}},
		{name: "hole equal to shell", g: poly(sq, sq), codes: []string{overlay.RingsCross, overlay.RingsCross, overlay.RingsCross, overlay.RingsCross}},
		{name: "hole sharing an edge", g: poly(sq, box4(0, 2, 2, 2)), codes: []string{overlay.RingsCross, overlay.RingsCross}},
		{name: "hole in a hole", g: poly(sq, box4(1, 1, 8, 8), box4(2, 2, 2, 2)), codes: []string{overlay.NestedRings}},
		{name: "polygon in a polygon", g: orb.MultiPolygon{poly(sq), poly(box4(2, 2, 2, 2))}, codes: []string{overlay.NestedRings}},
		{name: "polygons sharing an edge", g: orb.MultiPolygon{poly(sq), poly(box4(10, 0, 5, 5))}, codes: []string{overlay.RingsCross}},
		{name: "hole touching twice", g: poly(sq, diamond(5, 5, 5)), codes: []string{overlay.InteriorDisconnected, overlay.InteriorDisconnected, overlay.InteriorDisconnected}},
		{name: "a wall of holes", g: poly(sq, orb.Ring{{0, 5}, {3, 4}, {5, 5}, {3, 6}, {0, 5}}, orb.Ring{{5, 5}, {8, 4}, {10, 5}, {8, 6}, {5, 5}}), codes: []string{overlay.InteriorDisconnected}},
		{name: "line of one place", g: orb.LineString{{1, 1}, {1, 1}}, codes: []string{overlay.LineTooFewPoints}},
		{name: "collection", g: orb.Collection{poly(sq), orb.LineString{{1, 1}, {1, 1}}}, codes: []string{overlay.LineTooFewPoints}},
	}
}

func TestFaults(t *testing.T) {
	for _, c := range faultCases() {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, f := range overlay.Faults(c.g) {
				got = append(got, f.Code)
			}
			if !slices.Equal(got, c.codes) {
				t.Errorf("got %v, want %v", overlay.Faults(c.g), c.codes)
			}
		})
	}
}

// A fault says where it is.
func TestFaultNamesThePlace(t *testing.T) {
	m := orb.MultiPolygon{{box4(0, 0, 10, 10)}, {box4(20, 0, 10, 10), {{22, 2}, {26, 6}, {26, 2}, {22, 6}, {22, 2}}}}
	f := overlay.Faults(m)
	if len(f) != 1 || f[0].Part != 1 || f[0].Ring != 1 || f[0].At != (orb.Point{24, 4}) || f[0].Code != overlay.SelfCrossing {
		t.Errorf("%+v", f)
	}
}

// Large rings: one mistake among many vertices is found, in reasonable time.
func TestFaultsOfLargeRings(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for _, n := range []int{41, 1261, 20000} {
		ring := star(r, 575000, 1320000, 5000, n)
		if f := overlay.Faults(orb.Polygon{ring}); len(f) != 0 {
			t.Fatalf("%d points: %v", n, f)
		}
		k := n / 3
		was := ring[k]
		ring[k] = orb.Point{575000 - 3*(was[0]-575000), 1320000 - 3*(was[1]-1320000)} // thrown across
		if f := overlay.Faults(orb.Polygon{ring}); len(f) == 0 || f[0].Code != overlay.SelfCrossing {
			t.Errorf("%d points, one thrown across: %v", n, f)
		}
		ring[k] = ring[n/2+1]
		if f := overlay.Faults(orb.Polygon{ring}); len(f) == 0 {
			t.Errorf("%d points, one on another: nothing", n)
		}
	}
}

// Parts of a rotated, shifted shape that only exact arithmetic tells apart.
func TestFaultsAreExact(t *testing.T) {
	// The third point lies one unit in the last place off the line of the others.
	up := math.Nextafter(0.3, 1)
	for _, y := range []float64{up, math.Nextafter(0.3, 0)} {
		ring := orb.Ring{{0.1, 0.1}, {0.3, y}, {0.5, 0.5}, {0.1, 0.1}}
		if f := overlay.Faults(orb.Polygon{ring}); len(f) != 0 {
			t.Errorf("%v: %v", ring, f)
		}
	}
	if f := overlay.Faults(orb.Polygon{{{0.1, 0.1}, {0.3, 0.3}, {0.5, 0.5}, {0.1, 0.1}}}); len(f) != 1 || f[0].Code != overlay.ZeroArea {
		t.Errorf("%v", f)
	}
}
