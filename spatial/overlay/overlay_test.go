package overlay_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestArea(t *testing.T) {
	far := orb.Polygon{box4(575000.1, 1320000.1, 10, 20), box4(575001.1, 1320001.1, 1, 1)}
	open := orb.Polygon{far[0][:4]}
	for _, c := range []struct {
		g    orb.Geometry
		want float64
	}{
		{nil, 0}, {orb.Point{1, 2}, 0}, {orb.LineString{{0, 0}, {1, 1}, {1, 0}}, 0}, {orb.Polygon{}, 0}, {orb.Polygon{{}}, 0},
		{far, 199}, {open, 200}, {orb.MultiPolygon{far, {box4(0, 0, 1, 1)}}, 200}, {orb.Collection{far, orb.Point{}}, 199},
		{orb.Ring{{0, 0}, {0, 2}, {2, 2}, {2, 0}, {0, 0}}, 4}, {orb.Bound{Max: orb.Point{2, 3}}, 6},
		{orb.Polygon{box4(0, 0, 0.01, 0.0033333)}, 0}, {orb.Polygon{box4(0, 0, 0.01, 0.0333333)}, 0.0003},
	} {
		if got := overlay.Area(c.g); got != c.want || math.Signbit(got) {
			t.Errorf("%v: %v, want %v", c.g, got, c.want)
		}
	}
	if !math.IsNaN(overlay.Area(orb.Polygon{{{0, 0}, {math.NaN(), 1}, {1, 1}, {0, 0}}})) {
		t.Error("NaN has an area")
	}
}

func TestLength(t *testing.T) {
	for _, c := range []struct {
		g    orb.Geometry
		want float64
	}{
		{nil, 0}, {orb.Point{1, 1}, 0}, {orb.LineString{{0, 0}, {3, 4}, {3, 5}}, 6}, {orb.MultiLineString{{{0, 0}, {3, 4}}, {{0, 0}, {1, 0}}}, 6},
		{orb.Polygon{box4(0, 0, 2, 3)}, 10}, {orb.Ring(box4(0, 0, 2, 3)[:4]), 10}, {orb.MultiPolygon{{box4(0, 0, 2, 3), box4(1, 1, 1, 1)}}, 14},
		{orb.Collection{orb.LineString{{0, 0}, {0, 1}}, orb.Bound{Max: orb.Point{1, 1}}}, 5},
	} {
		if got := overlay.Length(c.g); got != c.want {
			t.Errorf("%v: %v, want %v", c.g, got, c.want)
		}
	}
}

// What cannot be computed is an error that says so, in every operation.
func TestRefusals(t *testing.T) {
	good := orb.Polygon{box4(0, 0, 10, 10)}
	bow := orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}
	operations := map[string]func(a, b orb.Geometry) error{
		"intersection":     func(a, b orb.Geometry) error { _, err := overlay.Intersection(a, b); return err },
		"difference":       func(a, b orb.Geometry) error { _, err := overlay.Difference(a, b); return err },
		"union":            func(a, b orb.Geometry) error { _, err := overlay.Union(a, b); return err },
		"intersectionArea": func(a, b orb.Geometry) error { _, err := overlay.IntersectionArea(a, b); return err },
		"covers":           func(a, b orb.Geometry) error { _, err := overlay.Covers(a, b); return err },
		"intersects":       func(a, b orb.Geometry) error { _, err := overlay.Intersects(a, b); return err },
		"split":            func(a, b orb.Geometry) error { _, err := overlay.SplitByLine(a, b); return err },
	}
	for name, f := range operations {
		for what, bad := range map[string]orb.Geometry{
			"bow tie": bow, "nothing": nil, "NaN": orb.Polygon{{{0, 0}, {math.NaN(), 0}, {1, 1}, {0, 0}}}, "open": orb.Polygon{good[0][:4]},
			"infinite": orb.Polygon{{{0, 0}, {math.Inf(1), 0}, {1, 1}, {0, 0}}}, "a nothing within": orb.Collection{good, nil},
		} {
			for _, pair := range [][2]orb.Geometry{{good, bad}, {bad, good}} {
				if err := f(pair[0], pair[1]); spatial.CodeOf(err) != "overlay.failed" || spatial.KindOf(err) != spatial.Invalid {
					t.Errorf("%s with %s: %v", name, what, err)
				}
			}
		}
	}
	if _, err := overlay.SplitByLine(good, good); spatial.CodeOf(err) != "overlay.failed" {
		t.Error(err)
	}
}

// An invalid parcel inside a zone is not measured as if it were valid.
func TestInvalidInsideIsRefused(t *testing.T) {
	zone := orb.Polygon{box4(-100, -100, 300, 300)}
	bow := orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}
	for _, pair := range [][2]orb.Geometry{{zone, bow}, {bow, zone}} {
		if a, err := overlay.IntersectionArea(pair[0], pair[1]); spatial.CodeOf(err) != "overlay.failed" {
			t.Error(a, err)
		}
	}
}

func TestEmptyIsNotMissing(t *testing.T) {
	sq := orb.Polygon{box4(0, 0, 10, 10)}
	for _, none := range []orb.Geometry{orb.Polygon{}, orb.MultiPolygon{}, orb.Collection{}, orb.Polygon{{}}} {
		if a, err := overlay.IntersectionArea(sq, none); a != 0 || err != nil {
			t.Error(none, a, err)
		}
		if g, err := overlay.Difference(sq, none); err != nil || overlay.Area(g) != 100 {
			t.Error(none, g, err)
		}
		if g, err := overlay.Union(none, sq); err != nil || overlay.Area(g) != 100 {
			t.Error(none, g, err)
		}
		if yes, err := overlay.Covers(sq, none); yes || err != nil {
			t.Error(none, yes, err)
		}
	}
	if g, err := overlay.Union(); err != nil || !reflect.DeepEqual(g, orb.MultiPolygon{}) {
		t.Error(g, err)
	}
}

func TestResultsKeepTheirDimension(t *testing.T) {
	sq, beside := orb.Polygon{box4(0, 0, 10, 10)}, orb.Polygon{box4(10, 0, 10, 10)}
	if g := must[orb.Geometry](t)(overlay.Intersection(sq, beside)); !reflect.DeepEqual(g, orb.MultiPolygon{}) {
		t.Errorf("a shared border gave %v", g)
	}
	if g := must[orb.Geometry](t)(overlay.Union(sq, beside)); !reflect.DeepEqual(g, orb.Polygon{{{0, 0}, {10, 0}, {20, 0}, {20, 10}, {10, 10}, {0, 10}, {0, 0}}}) {
		t.Errorf("the union of two neighbours is %v", g)
	}
	if g := must[orb.Geometry](t)(overlay.Intersection(sq, orb.LineString{{15, 5}, {-5, 5}})); !reflect.DeepEqual(g, orb.LineString{{0, 5}, {10, 5}}) {
		t.Errorf("a line in a polygon is %v", g)
	}
	if g := must[orb.Geometry](t)(overlay.Difference(orb.LineString{{-5, 5}, {15, 5}}, sq)); !reflect.DeepEqual(g, orb.MultiLineString{{{-5, 5}, {0, 5}}, {{10, 5}, {15, 5}}}) {
		t.Errorf("a line outside a polygon is %v", g)
	}
	overlapping := orb.Collection{sq, orb.Polygon{box4(5, 0, 10, 10)}, orb.Point{50, 50}}
	if a := must[float64](t)(overlay.IntersectionArea(overlapping, orb.Bound{Min: orb.Point{-100, -100}, Max: orb.Point{100, 100}})); a != 150 {
		t.Errorf("overlapping members count %v", a)
	}
}

func TestRelations(t *testing.T) {
	ring := orb.Polygon{box4(0, 0, 30, 30), box4(10, 10, 10, 10)}
	for _, c := range []struct {
		name               string
		b                  orb.Geometry
		covers, intersects bool
		common             float64
	}{
		{"inside", orb.Polygon{box4(1, 1, 2, 2)}, true, true, 4},
		{"in the hole", orb.Polygon{box4(12, 12, 2, 2)}, false, false, 0},
		{"the hole itself", orb.Polygon{box4(10, 10, 10, 10)}, false, true, 0},
		{"round the hole", orb.Polygon{box4(5, 5, 20, 20)}, false, true, 300},
		{"itself", ring, true, true, 800},
		{"round it", orb.Polygon{box4(-10, -10, 90, 90)}, false, true, 800},
		{"beside", orb.Polygon{box4(30, 0, 5, 5)}, false, true, 0},
		{"away", orb.Polygon{box4(40, 0, 5, 5)}, false, false, 0},
		{"corner", orb.Polygon{box4(30, 30, 5, 5)}, false, true, 0},
		{"half", orb.Polygon{box4(25, 1, 10, 5)}, false, true, 25},
		{"in and in the hole", orb.MultiPolygon{{box4(1, 1, 2, 2)}, {box4(12, 12, 2, 2)}}, false, true, 4},
		{"in and away", orb.MultiPolygon{{box4(1, 1, 2, 2)}, {box4(120, 12, 2, 2)}}, false, true, 4},
		{"point inside", orb.Point{5, 5}, true, true, 0},
		{"point on the border", orb.Point{30, 5}, true, true, 0},
		{"point in the hole", orb.Point{15, 15}, false, false, 0},
		{"point on the hole's border", orb.Point{10, 15}, true, true, 0},
		{"point away", orb.Point{31, 5}, false, false, 0},
		{"line inside", orb.LineString{{1, 1}, {9, 1}}, true, true, 0},
		{"line across the hole", orb.LineString{{1, 15}, {29, 15}}, false, true, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := must[bool](t)(overlay.Covers(ring, c.b)); got != c.covers {
				t.Errorf("covers: %v", got)
			}
			for _, pair := range [][2]orb.Geometry{{ring, c.b}, {c.b, ring}} {
				if got := must[bool](t)(overlay.Intersects(pair[0], pair[1])); got != c.intersects {
					t.Errorf("intersects: %v", got)
				}
				if got := must[float64](t)(overlay.IntersectionArea(pair[0], pair[1])); got != c.common {
					t.Errorf("common area: %v", got)
				}
			}
		})
	}
}

// A parcel falls into what a zone takes and what it leaves.
func TestAreasAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		a, b := plot(r), plot(r)
		in, err1 := overlay.Intersection(a, b)
		out, err2 := overlay.Difference(a, b)
		all, err3 := overlay.Union(a, b)
		rest, err4 := overlay.Difference(b, a)
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, want := overlay.Area(in)+overlay.Area(out), overlay.Area(a); math.Abs(got-want) > 3e-4 {
			t.Fatalf("parts %v, whole %v", got, want)
		}
		if got, want := overlay.Area(in)+overlay.Area(out)+overlay.Area(rest), overlay.Area(all); math.Abs(got-want) > 4e-4 {
			t.Fatalf("parts %v, union %v", got, want)
		}
		again, _ := overlay.Intersection(a, b)
		if !reflect.DeepEqual(in, again) {
			t.Fatal("not the same twice")
		}
		back, err := overlay.Intersection(b, a)
		if err != nil || math.Abs(overlay.Area(back)-overlay.Area(in)) > 2e-4 {
			t.Fatal("the order matters", err)
		}
	})
}

func TestSplitByLine(t *testing.T) {
	sq := orb.Polygon{box4(0, 0, 10, 10)}
	holed := orb.Polygon{box4(0, 0, 10, 10), box4(4, 4, 2, 2)}
	for _, c := range []struct {
		name    string
		polygon orb.Geometry
		line    orb.Geometry
		areas   []float64
	}{
		{"through", sq, orb.LineString{{3, -1}, {3, 11}}, []float64{30, 70}},
		{"corner to corner", sq, orb.LineString{{0, 0}, {10, 10}}, []float64{50, 50}},
		{"border to border exactly", sq, orb.LineString{{3, 0}, {3, 10}}, []float64{30, 70}},
		{"bent", sq, orb.LineString{{-1, 2}, {5, 2}, {5, 11}}, []float64{40, 60}},
		{"too short", sq, orb.LineString{{3, -1}, {3, 9}}, []float64{100}},
		{"inside only", sq, orb.LineString{{3, 3}, {5, 5}}, []float64{100}},
		{"away", sq, orb.LineString{{30, 3}, {50, 5}}, []float64{100}},
		{"along the border", sq, orb.LineString{{0, 0}, {10, 0}}, []float64{100}},
		{"closed, inside", sq, orb.LineString{{2, 2}, {4, 2}, {4, 4}, {2, 2}}, []float64{2, 98}},
		{"crossing itself", sq, orb.LineString{{-1, 2}, {8, 2}, {8, 8}, {5, 8}, {5, -1}}, []float64{10, 18, 72}},
		{"two lines", sq, orb.MultiLineString{{{3, -1}, {3, 11}}, {{-1, 5}, {11, 5}}}, []float64{15, 15, 35, 35}},
		{"to a hole only", holed, orb.LineString{{-1, 5}, {5, 5}}, []float64{96}},
		{"through a hole", holed, orb.LineString{{-1, 5}, {11, 5}}, []float64{48, 48}},
		{"beside a hole", holed, orb.LineString{{2, -1}, {2, 11}}, []float64{20, 76}},
		{"two to a hole", holed, orb.MultiLineString{{{-1, 5}, {5, 5}}, {{5, 5}, {5, -1}}}, []float64{24, 72}},
		{"several polygons", orb.MultiPolygon{sq, {box4(20, 0, 10, 10)}}, orb.LineString{{-1, 5}, {40, 5}}, []float64{50, 50, 50, 50}},
		{"island in a hole", orb.MultiPolygon{{box4(0, 0, 10, 10), box4(2, 2, 6, 6)}, {box4(4, 4, 2, 2)}}, orb.LineString{{5, -1}, {5, 11}}, []float64{2, 2, 32, 32}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var areas []float64
			for _, p := range must[[]orb.Polygon](t)(overlay.SplitByLine(c.polygon, c.line)) {
				areas = append(areas, overlay.Area(p))
				if f := overlay.Faults(p); len(f) > 0 {
					t.Errorf("%v: %v", p, f)
				}
			}
			slices.Sort(areas)
			if !slices.Equal(areas, c.areas) {
				t.Errorf("pieces of %v, want %v", areas, c.areas)
			}
		})
	}
}

// Pieces tile the whole: they add up, do not overlap and lie inside it.
func TestSplitTilesTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		g := plot(r)
		var line orb.LineString
		for range 2 + r.IntN(4) {
			line = append(line, orb.Point{574950 + 200*r.Float64(), 1319950 + 200*r.Float64()})
		}
		pieces, err := overlay.SplitByLine(g, line)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for i, p := range pieces {
			sum += overlay.Area(p)
			if f := overlay.Faults(p); len(f) > 0 {
				t.Fatal(f)
			}
			if in, err := overlay.IntersectionArea(p, g); err != nil || math.Abs(in-overlay.Area(p)) > 1e-3 {
				t.Fatal(in, err)
			}
			for _, q := range pieces[:i] {
				if common, err := overlay.IntersectionArea(p, q); err != nil || common > 1e-3 {
					t.Fatal(common, err)
				}
			}
		}
		if math.Abs(sum-overlay.Area(g)) > 1e-3 {
			t.Fatal(sum, overlay.Area(g))
		}
	})
}

func TestOrientAndRepair(t *testing.T) {
	ccw, cw := box4(0, 0, 10, 10), orb.Ring{{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}}
	hole, holeCW := box4(2, 2, 2, 2), orb.Ring{{2, 2}, {2, 4}, {4, 4}, {4, 2}, {2, 2}}
	in := orb.Polygon{slices.Clone(cw), slices.Clone(hole)}
	if got := overlay.Orient(in); !reflect.DeepEqual(got, orb.Polygon{ccw, holeCW}) {
		t.Errorf("oriented %v", got)
	}
	if !reflect.DeepEqual(in, orb.Polygon{cw, hole}) {
		t.Error("the input was changed")
	}
	for _, c := range []struct {
		name     string
		in, want orb.Geometry
		did      []string
	}{
		{"as it should be", orb.Polygon{ccw, holeCW}, orb.Polygon{ccw, holeCW}, nil},
		{"open", orb.Polygon{ccw[:4]}, orb.Polygon{ccw}, []string{overlay.NotClosed}},
		{"all of it", orb.MultiPolygon{{{{0, 0}, {0, 0}, {0, 10}, {10, 10}, {10, 10}, {10, 0}}}}, orb.MultiPolygon{{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}}, []string{overlay.NotClosed, overlay.RepeatedPoint, overlay.Turn}},
		{"nothing left", orb.Polygon{{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}, orb.Polygon{{{1, 1}, {1, 1}, {1, 1}, {1, 1}}}, nil},
		{"two points", orb.Polygon{{{1, 1}, {2, 2}}}, orb.Polygon{{{1, 1}, {2, 2}}}, nil},
		{"line", orb.LineString{{0, 0}, {0, 0}, {1, 1}}, orb.LineString{{0, 0}, {1, 1}}, []string{overlay.LineRepeated}},
		{"line of one place", orb.LineString{{0, 0}, {0, 0}}, orb.LineString{{0, 0}, {0, 0}}, nil},
		{"bow tie stays", orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}, orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}, nil},
		{"nothing", nil, nil, nil},
		{"point", orb.Point{1, 2}, orb.Point{1, 2}, nil},
		{"collection", orb.Collection{orb.Polygon{cw}, orb.Point{1, 1}}, orb.Collection{orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}, orb.Point{1, 1}}, []string{overlay.Turn}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, did := overlay.Repair(c.in)
			if !reflect.DeepEqual(got, c.want) || !slices.Equal(did, c.did) {
				t.Errorf("%v, %v", got, did)
			}
		})
	}
}

func TestInteriorPoint(t *testing.T) {
	up := math.Nextafter(1, 2)
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want orb.Point
		none bool
	}{
		{"square", orb.Polygon{box4(0, 0, 10, 10)}, orb.Point{5, 5}, false},
		{"hole in the middle", orb.Polygon{box4(0, 0, 10, 10), box4(4, 4, 2, 2)}, orb.Point{2, 5}, false},
		{"letter U", orb.Polygon{{{0, 0}, {30, 0}, {30, 20}, {20, 20}, {20, 5}, {10, 5}, {10, 20}, {0, 20}, {0, 0}}}, orb.Point{5, 12.5}, false},
		{"largest of several", orb.MultiPolygon{{box4(0, 0, 1, 1)}, {box4(10, 10, 4, 4)}}, orb.Point{12, 12}, false},
		{"line", orb.LineString{{0, 0}, {10, 0}, {10, 10}}, orb.Point{10, 0}, false},
		{"longest line", orb.MultiLineString{{{0, 0}, {1, 0}}, {{5, 5}, {9, 5}}}, orb.Point{7, 5}, false},
		{"line of one place", orb.LineString{{1, 1}, {1, 1}}, orb.Point{1, 1}, false},
		{"point", orb.Point{3, 4}, orb.Point{3, 4}, false},
		{"points", orb.MultiPoint{{3, 4}, {5, 6}}, orb.Point{3, 4}, false},
		{"collection", orb.Collection{orb.Point{1, 1}, orb.Polygon{box4(0, 0, 2, 2)}}, orb.Point{1, 1}, false},
		{"bound", orb.Bound{Max: orb.Point{4, 2}}, orb.Point{2, 1}, false},
		{"nothing", nil, orb.Point{}, true},
		{"empty", orb.MultiPolygon{}, orb.Point{}, true},
		{"flat", orb.Polygon{{{0, 0}, {5, 5}, {10, 10}, {0, 0}}}, orb.Point{}, true},
		{"NaN", orb.Polygon{{{0, 0}, {math.NaN(), 5}, {10, 10}, {0, 0}}}, orb.Point{}, true},
		{"no double lies inside", orb.Polygon{{{1, 1}, {up, 1}, {up, up}, {1, up}, {1, 1}}}, orb.Point{}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := overlay.InteriorPoint(c.g)
			if got != c.want || (spatial.CodeOf(err) == "overlay.noInterior") != c.none {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// Slivers a millimetre wide and hundreds of metres long have a point inside.
func TestInteriorPointOfSlivers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, 2*math.Pi).Draw(t, "angle")
		width := rapid.Float64Range(1e-6, 1e-2).Draw(t, "width")
		s, c := math.Sincos(a)
		at := func(x, y float64) orb.Point { return orb.Point{575000 + x*c - y*s, 1320000 + x*s + y*c} }
		g := orb.Polygon{{at(0, 0), at(500, 0), at(500, width), at(0, width), at(0, 0)}}
		if len(overlay.Faults(g)) > 0 {
			t.Skip("rounding made it invalid")
		}
		p, err := overlay.InteriorPoint(g)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := overlay.Covers(g, p); err != nil || !in {
			t.Fatalf("%v is not inside, %v", p, err)
		}
	})
}

func ExampleFaults() {
	for _, f := range overlay.Faults(orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}) {
		fmt.Println(f.Code, f.At)
	}
	// Output: ring.selfCrossing [5 5]
}
