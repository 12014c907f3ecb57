package overlay

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"
)

// CommonArea and Meets of a prepared shape are IntersectionArea and Intersects: the
// same answers, the same refusals, over shapes that share corners and borders.
func TestPreparedCommonArea(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 2))
	at := func() float64 { return float64(r.IntN(7)) }
	shape := func() orb.Geometry {
		x, y, w, h := at(), at(), 1+at(), 1+at()
		switch r.IntN(6) {
		case 0: // a triangle, its sides slanted
			return orb.Polygon{{{x, y}, {x + w, y}, {x, y + h}, {x, y}}}
		case 1: // a frame: with a hole
			return orb.Polygon{{{x, y}, {x + w + 2, y}, {x + w + 2, y + h + 2}, {x, y + h + 2}, {x, y}}, {{x + 1, y + 1}, {x + 1, y + h + 1}, {x + w + 1, y + h + 1}, {x + w + 1, y + 1}, {x + 1, y + 1}}}
		case 2: // two that lie apart
			return orb.MultiPolygon{{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}, {{{x + 10, y}, {x + w + 10, y}, {x + 10, y + h}, {x + 10, y}}}}
		case 3: // a bow tie
			return orb.Polygon{{{x, y}, {x + w, y + h}, {x + w, y}, {x, y + h}, {x, y}}}
		case 4: // a square of many corners
			return orb.MultiPolygon{{{{x, y}, {x + w/3, y}, {x + w/2, y}, {x + w, y}, {x + w, y + h/4}, {x + w, y + h}, {x, y + h}, {x, y}}}}
		}
		return orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
	}
	kinds := [3]int{}
	for range 6000 {
		a, b := shape(), shape()
		p, err := Prepare(a)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.CommonArea(b)
		want, werr := IntersectionArea(a, b)
		meets, merr := p.Meets(b)
		touch, terr := Intersects(a, b)
		if p.Fault() == nil && len(Faults(b)) == 0 {
			if err != nil || werr != nil || math.Abs(got-want) > 2e-4 {
				t.Fatalf("%v and %v: %v, %v; want %v, %v", a, b, got, err, want, werr)
			}
			if merr != nil || terr != nil || meets != touch {
				t.Fatalf("%v and %v: %v, %v; want %v, %v", a, b, meets, merr, touch, terr)
			}
			switch {
			case got == 0:
				kinds[0]++
			case got == Area(b):
				kinds[1]++
			default:
				kinds[2]++
			}
			continue
		}
		// Of a faulty shape nothing is said beyond where its box lies.
		if err == nil && werr == nil && math.Abs(got-want) > 2e-4 || err == nil && werr != nil && got != 0 {
			t.Fatalf("%v and %v: %v; want %v, %v", a, b, got, want, werr)
		}
	}
	for k, n := range kinds {
		if n < 50 {
			t.Errorf("only %d pairs of kind %d", n, k)
		}
	}
}
