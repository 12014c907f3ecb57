package rings

import (
	"errors"
	"testing"

	"github.com/paulmach/orb"
)

// Holes and islands are told by where rings lie, whichever way they turn.
func TestAssemble(t *testing.T) {
	square := func(x, y, d float64) orb.Ring {
		return orb.Ring{{x, y}, {x + d, y}, {x + d, y + d}, {x, y + d}, {x, y}}
	}
	turn := func(r orb.Ring) orb.Ring {
		out := r.Clone()
		out.Reverse()
		return out
	}
	outer, hole, island, other := square(0, 0, 10), square(1, 1, 8), square(2, 2, 2), square(20, 0, 5)
	want := orb.MultiPolygon{{outer, hole}, {island}, {other}}
	for _, rings := range [][]orb.Ring{{outer, hole, island, other}, {outer, turn(hole), island, turn(other)}, {turn(outer), hole, turn(island), other}} {
		g, _, err := Assemble(rings, Work)
		m, ok := g.(orb.MultiPolygon)
		if err != nil || !ok || len(m) != len(want) {
			t.Fatal(g, err)
		}
		for i := range m {
			if len(m[i]) != len(want[i]) || m[i][0].Bound() != want[i][0].Bound() {
				t.Errorf("polygon %d is %v", i, m[i])
			}
		}
	}
}

// Rings that nest as intricately as anyone could wish cost bounded work.
func TestRingsBounded(t *testing.T) {
	var rings []orb.Ring
	for i := range 100 { // combs whose boxes all nest and whose rings do not
		d := float64(100 - i)
		ring := orb.Ring{{-d, -d}}
		for k := range 50 {
			ring = append(ring, orb.Point{-d + 2*d*float64(k)/50, d - float64(k%2)*(2*d-0.001)})
		}
		rings = append(rings, append(ring, orb.Point{d, -d}, orb.Point{-d, -d}))
	}
	if _, _, err := Assemble(rings, 20_000); !errors.Is(err, ErrTooComplex) {
		t.Error("not bounded:", err)
	}
	if g, _, err := Assemble(rings, Work); err != nil || g == nil {
		t.Error(g, err)
	}
}
