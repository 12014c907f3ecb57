package mvt

import (
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
)

func encode(z, x, y uint32, shapes ...orb.Geometry) []byte {
	var e Encoder
	e.Begin(z, x, y)
	e.Layer("l")
	for i, g := range shapes {
		e.Feature(uint64(i+1), g, []Attr{{"n", spatial.Int(int64(-i))}, {"t", spatial.Text("Đà Lạt")}, {"none", spatial.Value{}},
			{"f", spatial.Float(2.5)}, {"b", spatial.Bool(true)}, {"d", spatial.Day("2025-07-01")}})
	}
	return e.Bytes()
}

// Another reader understands what is written.
func TestReadBack(t *testing.T) {
	// 14/13127/7644 lies over Da Lat.
	square := orb.Polygon{{{108.44, 11.94}, {108.441, 11.94}, {108.441, 11.941}, {108.44, 11.941}, {108.44, 11.94}}}
	tile := encode(14, 13127, 7644, square, orb.Point{108.4405, 11.9405}, orb.LineString{{108.3, 11.9}, {108.6, 11.99}})
	if _, err := Check(tile); err != nil {
		t.Fatal(err)
	}
	layers, err := orbmvt.Unmarshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	if len(layers) != 1 || layers[0].Name != "l" || len(layers[0].Features) != 3 || layers[0].Version != 2 || layers[0].Extent != Extent {
		t.Fatalf("%+v", layers)
	}
	f := layers[0].Features[1]
	for k, want := range map[string]any{"t": "Đà Lạt", "f": 2.5, "b": true, "d": "2025-07-01", "n": float64(-1)} {
		if f.Properties[k] != want {
			t.Errorf("%s is %v (%T), want %v", k, f.Properties[k], f.Properties[k], want)
		}
	}
	if _, there := f.Properties["none"]; there || f.ID != float64(2) {
		t.Errorf("null is written, or the id is %v", f.ID)
	}
}

func TestNothingToDraw(t *testing.T) {
	far := orb.Polygon{{{10, 10}, {11, 10}, {11, 11}, {10, 10}}}
	dot := orb.Polygon{{{108.44, 11.94}, {108.44000001, 11.94}, {108.44, 11.94000001}, {108.44, 11.94}}}
	for name, g := range map[string]orb.Geometry{"nil": nil, "empty": orb.Polygon{}, "far": far, "under a unit": dot, "no corners": orb.Polygon{{}},
		"far point": orb.Point{10, 10}, "one-point line": orb.LineString{{108.44, 11.94}}, "not finite": orb.Point{math.NaN(), 1}, "empty collection": orb.Collection{}} {
		if b := encode(14, 13127, 7644, g); len(b) != 0 {
			t.Errorf("%s makes %d bytes", name, len(b))
		}
	}
}

// Whatever is drawn is valid, and what lies on the tile keeps its area to within
// what the grid can hold.
func TestAlwaysValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// A star around a centre: simple, of any size against the tile.
		size := math.Exp(rapid.Float64Range(math.Log(1e-6), math.Log(2)).Draw(t, "size"))
		n := rapid.IntRange(3, 40).Draw(t, "corners")
		c := orb.Point{rapid.Float64Range(108.42, 108.46).Draw(t, "x"), rapid.Float64Range(11.92, 11.96).Draw(t, "y")}
		var outer orb.Ring
		for i := range n {
			a := float64(i) / float64(n) * 2 * math.Pi
			r := size * rapid.Float64Range(0.3, 1).Draw(t, "r")
			outer = append(outer, orb.Point{c[0] + r*math.Cos(a), c[1] + r*math.Sin(a)})
		}
		outer = append(outer, outer[0])
		hole := orb.Ring{}
		for i := len(outer) - 1; i >= 0; i-- {
			hole = append(hole, orb.Point{c[0] + (outer[i][0]-c[0])*0.5, c[1] + (outer[i][1]-c[1])*0.5})
		}
		g := orb.Geometry(orb.Polygon{outer, hole})
		if rapid.Bool().Draw(t, "line") {
			g = orb.LineString(outer)
		}
		z := rapid.Uint32Range(8, 18).Draw(t, "z")
		w := math.Exp2(float64(z))
		x := uint32((c[0] + 180) / 360 * w)
		s := math.Sin(c[1] * math.Pi / 180)
		y := uint32((0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * w)
		tile := encode(z, x, y, g)
		if len(tile) == 0 {
			return
		}
		if _, err := Check(tile); err != nil {
			t.Fatal(err)
		}
		layers, err := orbmvt.Unmarshal(tile)
		if err != nil {
			t.Fatal(err)
		}
		out := layers[0].Features[0].Geometry
		b := out.Bound()
		if b.Min[0] < -Buffer || b.Min[1] < -Buffer || b.Max[0] > Extent+Buffer || b.Max[1] > Extent+Buffer {
			t.Fatalf("reaches to %v", b)
		}
		unit := 360 / w / Extent
		if p, ok := g.(orb.Polygon); ok && size > 20*unit && b.Min[0] > -Buffer && b.Min[1] > -Buffer && b.Max[0] < Extent+Buffer && b.Max[1] < Extent+Buffer {
			want := math.Abs(planar.Area(p)) / (unit * unit) / math.Cos(c[1]*math.Pi/180)
			got := math.Abs(planar.Area(out))
			if math.Abs(got-want) > 0.02*want+4*float64(n)*size/unit {
				t.Fatalf("area %v, want %v", got, want)
			}
		}
	})
}

// Two tiles cut a shared edge at the same places: they meet along their border.
func TestNeighboursMeet(t *testing.T) {
	g := orb.LineString{{108.40, 11.93}, {108.48, 11.95}}
	var seen [2]orb.Geometry
	for i := range seen {
		layers, err := orbmvt.Unmarshal(encode(14, 13126+uint32(i), 7644, g))
		if err != nil || len(layers) == 0 {
			t.Fatalf("the line does not cross tile %d: %v", i, err)
		}
		seen[i] = layers[0].Features[0].Geometry
	}
	left, right := seen[0].(orb.LineString), seen[1].(orb.LineString)
	at := func(l orb.LineString, x float64) float64 {
		for i := 1; i < len(l); i++ {
			a, b := l[i-1], l[i]
			if (a[0] <= x && x <= b[0]) && a[0] != b[0] {
				return a[1] + (b[1]-a[1])*(x-a[0])/(b[0]-a[0])
			}
		}
		return math.NaN()
	}
	if l, r := at(left, Extent), at(right, 0); !(math.Abs(l-r) < 1) {
		t.Errorf("the line leaves at %v and enters at %v", l, r)
	}
}

// Polygons in units are drawn as they are, whichever way they are wound, cut to the
// tile, and have no id.
func TestPolygonsInUnits(t *testing.T) {
	square := func(x, y, side int32) []Unit {
		return []Unit{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}}
	}
	var e Encoder
	e.Begin(14, 13127, 7644)
	e.Layer("l")
	e.Polygons([][][]Unit{{square(0, 0, 100), square(10, 10, 20)}, {square(4000, 4000, 1000)}, {square(9000, 9000, 10), square(9001, 9001, 5)}}, []Attr{{"n", spatial.Int(1)}})
	e.Polygons([][][]Unit{{square(9000, 0, 10)}, {}, {{}}, {{{1, 1}, {2, 2}, {3, 3}}}}, nil) // nothing to draw
	tile := e.Bytes()
	count, err := Check(tile)
	if err != nil || count["l"] != 1 {
		t.Fatal(count, err)
	}
	layers, err := orbmvt.Unmarshal(tile)
	if err != nil {
		t.Fatal(err)
	}
	f := layers[0].Features[0]
	g, ok := f.Geometry.(orb.MultiPolygon)
	if f.ID != nil || !ok || len(g) != 2 || len(g[0]) != 2 || planar.Area(g[0]) != 100*100-20*20 {
		t.Fatalf("id %v, %v", f.ID, f.Geometry)
	}
	if b := g[1].Bound(); b.Max[0] != Extent+Buffer || b.Min[0] != 4000 {
		t.Errorf("a polygon at the corner reaches from %v to %v", b.Min, b.Max)
	}
}

// A coarse grain leaves out corners, keeps what neighbours share, and leaves points
// where they are.
func TestGrain(t *testing.T) {
	wave := func(from, to int) orb.Ring {
		var r orb.Ring
		for i := from; i != to; {
			r = append(r, orb.Point{108.44 + float64(i)*1e-5, 11.94 + 2e-5*math.Sin(float64(i))})
			if i < to {
				i++
			} else {
				i--
			}
		}
		return r
	}
	above := append(wave(0, 500), orb.Point{108.445, 11.95}, orb.Point{108.44, 11.95}, orb.Point{108.44, 11.94})
	below := append(wave(499, -1), orb.Point{108.44, 11.93}, orb.Point{108.44499, 11.93}, orb.Point{108.44499, 11.94 + 2e-5*math.Sin(499)})
	draw := func(grain int) (tile []byte, total float64, corners int) {
		var e Encoder
		e.Begin(12, 3281, 1911)
		e.Grain(grain)
		e.Layer("l")
		e.Feature(1, orb.Polygon{above}, nil)
		e.Feature(2, orb.Polygon{below}, nil)
		e.Feature(3, orb.Point{108.44, 11.94}, nil)
		tile = slices.Clone(e.Bytes())
		if _, err := Check(tile); err != nil {
			t.Fatal(err)
		}
		layers, err := orbmvt.Unmarshal(tile)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range layers[0].Features[:2] {
			total += math.Abs(planar.Area(f.Geometry))
			corners += len(f.Geometry.(orb.Polygon)[0])
		}
		return tile, total, corners
	}
	fine, area, corners := draw(1)
	coarse, coarseArea, coarseCorners := draw(4)
	if len(coarse) >= len(fine) || coarseCorners >= corners || math.Abs(coarseArea/area-1) > 0.1 {
		t.Errorf("%d bytes and %d corners, coarse %d and %d; areas %v and %v", len(fine), corners, len(coarse), coarseCorners, area, coarseArea)
	}
	a, _ := orbmvt.Unmarshal(fine)
	b, _ := orbmvt.Unmarshal(coarse)
	if a[0].Features[2].Geometry != b[0].Features[2].Geometry {
		t.Errorf("a point is drawn at %v, coarse at %v", a[0].Features[2].Geometry, b[0].Features[2].Geometry)
	}
	for _, f := range b[0].Features[:2] {
		for _, p := range f.Geometry.(orb.Polygon)[0] {
			if math.Mod(p[0], 4) != 0 || math.Mod(p[1], 4) != 0 {
				t.Fatalf("a corner at %v", p)
			}
		}
	}
}

func TestCheckSeesWhatIsWrong(t *testing.T) {
	good := encode(14, 13127, 7644, orb.Polygon{{{108.44, 11.94}, {108.441, 11.94}, {108.441, 11.941}, {108.44, 11.94}}})
	if _, err := Check(good); err != nil {
		t.Fatal(err)
	}
	if _, err := Check(append(append([]byte{}, good...), good...)); err == nil {
		t.Error("a layer that stands twice passes")
	}
	for i := range good {
		if _, err := Check(good[:i]); err == nil && i > 0 {
			t.Errorf("cut after %d bytes it passes", i)
		}
	}
	if err := checkGeometry(kindPolygon, []uint32{command(moveTo, 1), 2, 2, command(lineTo, 2), 0, 20, 20, 0, command(closePath, 1)}); err == nil {
		t.Error("a ring wound the wrong way passes")
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(encode(14, 13127, 7644, orb.Point{108.44, 11.94}, orb.Polygon{{{108.44, 11.94}, {108.441, 11.94}, {108.441, 11.941}, {108.44, 11.94}}}))
	f.Fuzz(func(t *testing.T, b []byte) { Check(b) })
}

func BenchmarkTile500(b *testing.B) {
	var shapes []orb.Geometry
	for i := range 500 {
		x, y := 108.4346+float64(i%25)*0.0008, 11.9250+float64(i/25)*0.0008
		shapes = append(shapes, orb.Polygon{{{x, y}, {x + 0.0007, y}, {x + 0.0007, y + 0.0003}, {x + 0.0008, y + 0.0007}, {x, y + 0.0007}, {x, y}}})
	}
	attrs := []Attr{{"sheet", spatial.Normalised("12")}, {"number", spatial.Normalised("345")}, {"use", spatial.Normalised("ODT")}, {"area", spatial.Float(123.4)}}
	var e Encoder
	b.ReportAllocs()
	for b.Loop() {
		e.Begin(14, 13127, 7644)
		e.Layer("parcels")
		for i, g := range shapes {
			e.Feature(uint64(i), g, attrs)
		}
		e.Bytes()
	}
}
