package quality

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/bench/cadastre"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func shapesOf(gs ...orb.Geometry) []Shape {
	var out []Shape
	for _, g := range gs {
		out = append(out, Shape{Geometry: g, Area: overlay.Area(g), Hash: Hash(g)})
	}
	return out
}

func gapsOf(t *testing.T, shapes []Shape, b GapBounds) []Gap {
	t.Helper()
	var out []Gap
	if err := Gaps(context.Background(), shapes, b, nil, func(g Gap) { out = append(out, g) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func rect(x, y, w, h float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
}

func TestGaps(t *testing.T) {
	b := GapBounds{Most: 0.5, Least: 0.01, Long: 0.5, Area: 0.05}
	turned := func(g orb.Polygon) orb.Polygon { // a quarter and a bit, away from the axes
		out := orb.Polygon{}
		for _, r := range g {
			n := orb.Ring{}
			for _, p := range r {
				n = append(n, orb.Point{5e5 + 0.8*p[0] - 0.6*p[1], 1.3e6 + 0.6*p[0] + 0.8*p[1]})
			}
			out = append(out, n)
		}
		return out
	}
	for _, c := range []struct {
		name                string
		shapes              []orb.Geometry
		width, length, area float64 // of the only gap; 0 = there is none
	}{
		{"a shared edge", []orb.Geometry{rect(0, 0, 10, 20), rect(10, 0, 10, 20)}, 0, 0, 0},
		{"a corner on a long side", []orb.Geometry{rect(0, 0, 10, 20), rect(10, 5, 10, 5)}, 0, 0, 0},
		{"overlapping", []orb.Geometry{rect(0, 0, 10, 20), rect(9.8, 0, 10, 20)}, 0, 0, 0},
		{"a strip", []orb.Geometry{rect(0, 0, 10, 20), rect(10.2, 0, 10, 20)}, 0.2, 20, 4},
		{"a strip, turned", []orb.Geometry{turned(rect(0, 0, 10, 20)), turned(rect(10.2, 0, 10, 20))}, 0.2, 20, 4},
		{"along a part", []orb.Geometry{rect(0, 0, 10, 20), rect(10.2, 15, 10, 20)}, 0.2, 5, 1},
		{"clockwise", []orb.Geometry{orb.Polygon{{{0, 0}, {0, 20}, {10, 20}, {10, 0}, {0, 0}}}, rect(10.2, 0, 10, 20)}, 0.2, 20, 4},
		{"a wedge", []orb.Geometry{rect(0, 0, 10, 20), orb.Polygon{{{10, 0}, {20, 0}, {20, 20}, {10.4, 20}, {10, 0}}}}, 0.2, 20, 4},
		{"a path", []orb.Geometry{rect(0, 0, 10, 20), rect(11, 0, 10, 20)}, 0, 0, 0},
		{"rounding", []orb.Geometry{rect(0, 0, 10, 20), rect(10.005, 0, 10, 20)}, 0, 0, 0},
		{"two corners", []orb.Geometry{rect(0, 0, 10, 20), rect(10.2, 20.1, 10, 20)}, 0, 0, 0},
		{"a narrow parcel between", []orb.Geometry{rect(0, 0, 10, 20), rect(10, 0, 0.4, 20), rect(10.4, 0, 10, 20)}, 0, 0, 0},
		{"the same twice", []orb.Geometry{rect(0, 0, 10, 20), rect(0, 0, 10, 20), rect(10.2, 0, 10, 20)}, 0.2, 20, 4},
		{"in a hole", []orb.Geometry{orb.Polygon{rect(0, 0, 30, 30)[0], {{5, 5}, {5, 15}, {15, 15}, {15, 5}, {5, 5}}}, rect(5, 5, 9.8, 10)}, 0.2, 10, 2},
	} {
		got := gapsOf(t, shapesOf(c.shapes...), b)
		if c.width == 0 {
			if len(got) != 0 {
				t.Errorf("%s: %+v", c.name, got)
			}
			continue
		}
		if len(got) != 1 || math.Abs(got[0].Width-c.width) > 1e-6 || math.Abs(got[0].Length-c.length) > 0.01 || math.Abs(got[0].Area-c.area) > 0.01 {
			t.Errorf("%s: %+v, want %v × %v", c.name, got, c.width, c.length)
			continue
		}
		for _, g := range c.shapes {
			if inside(g, got[0].At) {
				t.Errorf("%s: its middle %v lies in a shape", c.name, got[0].At)
			}
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := Gaps(ctx, shapesOf(rect(0, 0, 1, 1), rect(1.2, 0, 1, 1)), b, nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// In a town in which neighbours share their corners there is no gap; one that is
// made by shrinking a parcel is found, with its neighbours.
func TestGapsOfATown(t *testing.T) {
	var gs []orb.Geometry
	for p := range cadastre.Parcels(3000) {
		gs = append(gs, p.Shape)
	}
	b := GapBounds{Most: 0.5, Least: 0.01, Long: 0.5, Area: 0.05}
	if got := gapsOf(t, shapesOf(gs...), b); len(got) != 0 {
		t.Fatalf("%d gaps in a whole town, the first %+v", len(got), got[0])
	}
	r := rand.New(rand.NewPCG(7, 7))
	made := map[int]bool{}
	for range 40 {
		i := r.IntN(len(gs))
		p := gs[i].(orb.Polygon)
		c := p.Bound().Center()
		small := orb.Ring{}
		for _, v := range p[0] { // each side moves in by some decimetres
			k := 1 - 0.4/math.Hypot(v[0]-c[0], v[1]-c[1])
			small = append(small, orb.Point{c[0] + k*(v[0]-c[0]), c[1] + k*(v[1]-c[1])})
		}
		gs[i] = orb.Polygon{small}
		made[i] = true
	}
	got := gapsOf(t, shapesOf(gs...), b)
	hit := map[int]bool{}
	for _, g := range got {
		if !made[g.A] && !made[g.B] {
			t.Errorf("%+v is of two parcels that nobody touched", g)
		}
		hit[g.A], hit[g.B] = true, true
	}
	missed := 0
	for i := range made {
		if !hit[i] {
			missed++
		}
	}
	if missed > len(made)/10 { // one that stands alone by streets has no neighbour
		t.Errorf("%d of %d shrunken parcels have no gap", missed, len(made))
	}
}

// BenchmarkHundredThousand is what is checked between the parcels of a town: those
// that are there twice, overlaps and gaps. One in fifty is moved by some centimetres,
// so that not all borders are shared to the bit.
func BenchmarkHundredThousand(b *testing.B) {
	r := rand.New(rand.NewPCG(100, 1000))
	var gs []orb.Geometry
	for p := range cadastre.Parcels(100_000) {
		if r.IntN(50) == 0 {
			dx, dy := 0.3*r.Float64()-0.15, 0.3*r.Float64()-0.15
			for i := range p.Shape[0] {
				p.Shape[0][i][0] += dx
				p.Shape[0][i][1] += dy
			}
		}
		gs = append(gs, p.Shape)
	}
	shapes := shapesOf(gs...)
	if len(shapes) != 100_000 {
		b.Fatalf("%d parcels", len(shapes))
	}
	for b.Loop() {
		pairs, gaps := 0, 0
		tally, err := Check(context.Background(), shapes, DefaultThresholds(), overlay.IntersectionArea, nil, func(Pair) { pairs++ })
		if err != nil {
			b.Fatal(err)
		}
		if err := Gaps(context.Background(), shapes, GapBounds{Most: 0.5, Least: 0.01, Long: 0.5, Area: 0.05}, nil, func(Gap) { gaps++ }); err != nil {
			b.Fatal(err)
		}
		if pairs == 0 || gaps == 0 {
			b.Fatalf("%d overlaps, %d gaps", pairs, gaps)
		}
		b.ReportMetric(float64(tally.Boxes), "boxes")
		b.ReportMetric(float64(tally.Measured), "overlays")
		b.ReportMetric(float64(pairs), "overlaps")
		b.ReportMetric(float64(gaps), "gaps")
	}
}
