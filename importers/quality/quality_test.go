package quality

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

func box(x, y, w, h float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
}

func shapes(gs ...orb.Geometry) []Shape {
	out := make([]Shape, len(gs))
	for i, g := range gs {
		out[i] = Shape{Geometry: g, Area: overlay.Area(g), Hash: Hash(g)}
	}
	return out
}

func pairs(t *testing.T, s []Shape, m Measure) ([]Pair, Tally) {
	t.Helper()
	var got []Pair
	tally, err := Check(context.Background(), s, DefaultThresholds(), m, nil, func(p Pair) { got = append(got, p) })
	if err != nil {
		t.Fatal(err)
	}
	return got, tally
}

func TestCheck(t *testing.T) {
	donut := orb.Polygon{box(0, 0, 30, 30)[0], {{10, 10}, {10, 20}, {20, 20}, {20, 10}, {10, 10}}}
	for _, c := range []struct {
		name     string
		in       []orb.Geometry
		want     []Pair
		measured int // overlays
	}{
		{"apart", []orb.Geometry{box(0, 0, 10, 10), box(20, 0, 10, 10)}, nil, 0},
		{"sharing an edge", []orb.Geometry{box(0, 0, 10, 10), box(10, 0, 10, 10)}, nil, 0},
		{"sharing a part of an edge", []orb.Geometry{box(0, 0, 10, 10), box(10, 5, 10, 10)}, nil, 0},
		{"slanting neighbours", []orb.Geometry{orb.Polygon{{{0, 0}, {10, 3}, {9, 13}, {-1, 10}, {0, 0}}}, orb.Polygon{{{10, 3}, {20, 6}, {19, 16}, {9, 13}, {10, 3}}}}, nil, 0},
		{"a corner a millimetre inside", []orb.Geometry{orb.Polygon{{{0, 0}, {10, 3}, {9, 13}, {-1, 10}, {0, 0}}}, orb.Polygon{{{10, 3}, {20, 6}, {19, 16}, {9, 13}, {9.499, 8}, {10, 3}}}}, nil, 0},
		{"in a hole", []orb.Geometry{donut, box(10, 10, 10, 10)}, nil, 0},
		{"in a hole, apart", []orb.Geometry{donut, box(12, 12, 5, 5)}, nil, 0},
		{"within", []orb.Geometry{box(0, 0, 30, 30), box(12, 12, 5, 5)}, []Pair{{A: 0, B: 1, Area: 25}}, 1},
		{"within, along the edge", []orb.Geometry{box(0, 0, 30, 30), box(0, 12, 5, 5)}, []Pair{{A: 0, B: 1, Area: 25}}, 1},
		{"overlapping", []orb.Geometry{box(0, 0, 10, 10), box(5, 5, 10, 10)}, []Pair{{A: 0, B: 1, Area: 25}}, 1},
		{"a cross", []orb.Geometry{box(0, 10, 30, 5), box(10, 0, 5, 30)}, []Pair{{A: 0, B: 1, Area: 25}}, 1},
		{"half of it, by its own corners", []orb.Geometry{box(0, 0, 10, 10), orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 0}}}}, []Pair{{A: 0, B: 1, Area: 50}}, 1},
		{"a diamond on the middles", []orb.Geometry{box(0, 0, 10, 10), orb.Polygon{{{5, 0}, {10, 5}, {5, 10}, {0, 5}, {5, 0}}}}, []Pair{{A: 0, B: 1, Area: 50}}, 1},
		{"the same with a point more", []orb.Geometry{box(0, 0, 10, 10), orb.Polygon{{{0, 0}, {5, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}}, []Pair{{A: 0, B: 1, Area: 100}}, 1},
		{"twice, and a neighbour of both", []orb.Geometry{box(0, 0, 10, 10), orb.MultiPolygon{{{{10, 10}, {10, 0}, {0, 0}, {0, 10}, {10, 10}}}}, box(5, 0, 10, 10)},
			[]Pair{{A: 0, B: 1, Duplicate: true, Area: 100}, {A: 0, B: 2, Area: 50}}, 1},
		{"less than the threshold", []orb.Geometry{box(0, 0, 10, 10), box(9.996, 0, 10, 10)}, nil, 1},
		{"no polygon", []orb.Geometry{orb.Point{0, 0}, orb.Point{0, 0}, nil, orb.Polygon{}}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, tally := pairs(t, shapes(c.in...), overlay.IntersectionArea)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if tally.Measured > c.measured {
				t.Errorf("%d overlays", tally.Measured)
			}
		})
	}
}

func TestUnmeasuredIsReported(t *testing.T) {
	broken := errors.New("no")
	got, _ := pairs(t, shapes(box(0, 0, 10, 10), box(5, 5, 10, 10)), func(a, b orb.Geometry) (float64, error) { return 0, broken })
	if len(got) != 1 || !errors.Is(got[0].Err, broken) {
		t.Fatalf("%+v", got)
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Check(ctx, shapes(box(0, 0, 10, 10), box(5, 5, 10, 10)), DefaultThresholds(), overlay.IntersectionArea, nil, func(Pair) {})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

// Whatever the drawing: what Check finds is what an overlay of each two shapes finds.
func TestAgainstEveryPair(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		gs := drawing(r)
		s := shapes(gs...)
		got, _ := pairs(t, s, overlay.IntersectionArea)
		found := map[[2]int]float64{}
		skip := map[int]bool{}
		for _, p := range got {
			if p.Duplicate {
				skip[p.B] = true
				continue
			}
			found[[2]int{p.A, p.B}] = p.Area
		}
		for a := range gs {
			for b := a + 1; b < len(gs); b++ {
				if skip[a] || skip[b] {
					continue
				}
				area, err := overlay.IntersectionArea(gs[a], gs[b])
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if least := max(0.05, 1e-4*min(s[a].Area, s[b].Area)); (area > least) != (found[[2]int{a, b}] > 0) {
					t.Errorf("seed %d: %d and %d share %v, found %v", seed, a, b, area, found[[2]int{a, b}])
				}
			}
		}
	}
}

// drawing is plots of a turned grid as hands draw them: corners moved by rounding
// or by a real mistake, corners of a neighbour left out, plots laid over others.
func drawing(r *rand.Rand) []orb.Geometry {
	const n = 7
	sin, cos := math.Sincos(r.Float64())
	var grid [2*n + 1][2*n + 1]orb.Point
	for i := range grid {
		for j := range grid[i] {
			x, y := float64(i)*10+r.Float64()*3, float64(j)*10+r.Float64()*3
			if i%2 == 1 || j%2 == 1 { // middles of the sides stay on them until rounded
				x, y = float64(i)*10, float64(j)*10
			}
			grid[i][j] = orb.Point{x*cos - y*sin, x*sin + y*cos}
		}
	}
	for i := range grid {
		for j := range grid[i] {
			switch {
			case i%2 == 1 && j%2 == 0 && i+1 < len(grid):
				grid[i][j] = mid(grid[i-1][j], grid[i+1][j])
			case j%2 == 1 && i%2 == 0 && j+1 < len(grid):
				grid[i][j] = mid(grid[i][j-1], grid[i][j+1])
			}
		}
	}
	var out []orb.Geometry
	for i := 0; i+2 < len(grid); i += 2 {
		for j := 0; j+2 < len(grid); j += 2 {
			var ring orb.Ring
			for _, c := range [][2]int{{i, j}, {i + 1, j}, {i + 2, j}, {i + 2, j + 1}, {i + 2, j + 2}, {i + 1, j + 2}, {i, j + 2}, {i, j + 1}} {
				if (c[0]%2 == 1 || c[1]%2 == 1) && r.IntN(2) == 0 {
					continue
				}
				p := grid[c[0]][c[1]]
				switch r.IntN(30) {
				case 0:
					p[0] += r.Float64() * 2
				case 1:
					p[1] += r.Float64() * 0.02
				}
				ring = append(ring, orb.Point{math.Round(p[0]*1000) / 1000, math.Round(p[1]*1000) / 1000})
			}
			ring = append(ring, ring[0])
			g := overlay.Orient(orb.Polygon{ring})
			if len(overlay.Faults(g)) == 0 {
				out = append(out, g)
			}
		}
	}
	for range 4 {
		out = append(out, out[r.IntN(len(out))])
	}
	return append(out, box(r.Float64()*50, r.Float64()*50, 20, 20))
}

func mid(a, b orb.Point) orb.Point { return orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2} }

// The sweep gives each two boxes that share area once.
func TestSweepAgainstEveryPair(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := sweep{boxes: make([]orb.Bound, 200), skip: make([]bool, 200)}
		for i := range s.boxes {
			w, h := 10*r.Float64(), 10*r.Float64()
			if r.IntN(20) == 0 {
				h = 150
			}
			x, y := math.Round(100*r.Float64()), math.Round(100*r.Float64())
			s.boxes[i] = orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + math.Round(w), y + math.Round(h)}}
			s.skip[i] = r.IntN(10) == 0
		}
		var got, want [][2]int
		if err := s.run(context.Background(), nil, func(a, b int) { got = append(got, [2]int{min(a, b), max(a, b)}) }); err != nil {
			t.Fatal(err)
		}
		for a := range s.boxes {
			for b := a + 1; b < len(s.boxes); b++ {
				w := meet(s.boxes[a], s.boxes[b])
				empty := func(b orb.Bound) bool { return b.Max[0] <= b.Min[0] || b.Max[1] <= b.Min[1] }
				if !s.skip[a] && !s.skip[b] && w.Max[0] > w.Min[0] && w.Max[1] > w.Min[1] && !empty(s.boxes[a]) && !empty(s.boxes[b]) {
					want = append(want, [2]int{a, b})
				}
			}
		}
		got = slices.DeleteFunc(got, func(p [2]int) bool {
			w := meet(s.boxes[p[0]], s.boxes[p[1]])
			return w.Max[0] <= w.Min[0] || w.Max[1] <= w.Min[1]
		})
		slices.SortFunc(got, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

func TestHash(t *testing.T) {
	base := orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 4}, {4, 4}, {2, 2}}, {{6, 6}, {6, 8}, {8, 8}, {6, 6}}}
	same := []orb.Geometry{
		orb.Polygon{{{10, 10}, {0, 10}, {0, 0}, {10, 0}, {10, 10}}, base[1], base[2]},
		orb.Polygon{{{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}}, base[2], base[1]},
		orb.MultiPolygon{base},
		orb.Polygon{{{0, 0}, {10, 0}, {10, 0}, {10, 10}, {0, 10.0004}, {0, 0}}, {{4, 4}, {2, 4}, {2, 2}, {4, 4}}, base[2]},
	}
	other := []orb.Geometry{
		base[:2], base[:1], orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10.002}, {0, 0}}, base[1], base[2]},
		orb.Polygon{base[0], base[1], {{6, 6}, {6, 8.5}, {8, 8}, {6, 6}}}, orb.MultiPolygon{base, box(20, 0, 5, 5)},
		orb.LineString(base[0]), orb.Point{0, 0}, nil,
	}
	for i, g := range same {
		if Hash(g) != Hash(base) {
			t.Errorf("same %d", i)
		}
	}
	seen := map[[16]byte]int{Hash(base): -1}
	for i, g := range other {
		if j, ok := seen[Hash(g)]; ok {
			t.Errorf("%d is as %d", i, j)
		}
		seen[Hash(g)] = i
	}
	line := orb.LineString{{0, 0}, {1, 1}}
	if Hash(line) == Hash(orb.LineString{{1, 1}, {0, 0}}) || Hash(line) != Hash(orb.MultiLineString{line}) {
		t.Error("the direction of a line counts, its packing does not")
	}
	if Hash(orb.MultiPolygon{box(0, 0, 1, 1), box(5, 5, 1, 1)}) != Hash(orb.MultiPolygon{box(5, 5, 1, 1), box(0, 0, 1, 1)}) {
		t.Error("the order of parts does not count")
	}
}
