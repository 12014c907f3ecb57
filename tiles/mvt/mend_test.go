package mvt

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/planar"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// valid fails where another reader, and the engine that checks what is imported, find
// anything wrong with a tile's areas. It gives the areas by feature.
func valid(t interface {
	Helper()
	Fatalf(string, ...any)
}, tile []byte) map[uint64]orb.MultiPolygon {
	t.Helper()
	if len(tile) == 0 {
		return nil
	}
	if _, err := Check(tile); err != nil {
		t.Fatalf("%v", err)
	}
	layers, err := orbmvt.Unmarshal(tile)
	if err != nil {
		t.Fatalf("%v", err)
	}
	out := map[uint64]orb.MultiPolygon{}
	for _, f := range layers[0].Features {
		id, _ := f.ID.(float64)
		switch g := f.Geometry.(type) {
		case orb.Polygon:
			out[uint64(id)] = append(out[uint64(id)], g)
		case orb.MultiPolygon:
			out[uint64(id)] = append(out[uint64(id)], g...)
		default:
			continue
		}
		if l := overlay.Faults(f.Geometry); len(l) > 0 {
			t.Fatalf("%v in %v", l, f.Geometry)
		}
	}
	return out
}

// ragged is a simple area around a centre with corners as near as the grid is wide, and
// a hole that follows its outline closely.
func ragged(t *rapid.T, c orb.Point, size float64) orb.Polygon {
	n := rapid.IntRange(3, 24).Draw(t, "corners")
	var outer, hole orb.Ring
	for i := range n {
		a := (float64(i) + rapid.Float64Range(0, 0.95).Draw(t, "turn")) / float64(n) * 2 * math.Pi
		r := size * rapid.Float64Range(0.02, 1).Draw(t, "reach")
		p := orb.Point{r * math.Cos(a), r * math.Sin(a)}
		outer = append(outer, orb.Point{c[0] + p[0], c[1] + p[1]})
		hole = append(hole, orb.Point{c[0] + p[0]*0.8, c[1] + p[1]*0.8})
	}
	slices.Reverse(hole)
	return orb.Polygon{append(outer, outer[0]), append(hole, hole[0])}
}

// Areas are valid on every tile, however small against the grid and however large
// against the tile; and a sketch, drawn for the first time, again, or by a second
// encoder, is drawn like the feature itself, byte for byte.
func TestAreasStayValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := rapid.Uint32Range(8, 18).Draw(t, "z")
		unit := 360 / math.Exp2(float64(z)) / Extent
		size := unit * math.Exp(rapid.Float64Range(0, math.Log(20000)).Draw(t, "size"))
		c := orb.Point{108.44 + rapid.Float64Range(-3000, 3000).Draw(t, "x")*unit, 11.94 + rapid.Float64Range(-3000, 3000).Draw(t, "y")*unit}
		g := orb.Geometry(ragged(t, c, size))
		if rapid.Bool().Draw(t, "two") {
			g = orb.MultiPolygon{g.(orb.Polygon), ragged(t, orb.Point{c[0] + size, c[1]}, size/2)}
		}
		if rapid.Bool().Draw(t, "collection") {
			g = orb.Collection{orb.MultiPoint{}, orb.Collection{g, orb.LineString{c, {c[0] + 2*size, c[1] - size}}}, orb.Point{c[0], c[1] + size}}
		}
		grain := rapid.SampledFrom([]int{1, 4}).Draw(t, "grain")
		attrs := []spatial.Value{spatial.Text("Đà Lạt"), {}, spatial.Float(2.5), spatial.Text("a name that takes more than fourteen bytes")}
		var plain, one, two Encoder
		sketch := Sketch(one.Sketch([]byte("before"), z, grain, g, attrs)[len("before"):])
		at := gridOf(z, 1).place(c)
		for dx := int32(-1); dx <= 1; dx++ {
			for dy := int32(-1); dy <= 1; dy++ {
				x, y := uint32(at.x/Extent+dx), uint32(at.y/Extent+dy)
				plain.Begin(z, x, y)
				plain.Grain(grain)
				plain.Layer("l")
				plain.Feature(7, g, []Attr{{"t", attrs[0]}, {"none", attrs[1]}, {"f", attrs[2]}, {"long", attrs[3]}})
				want := plain.Bytes()
				valid(t, want)
				for _, e := range []*Encoder{&one, &one, &two} {
					e.Begin(z, x, y)
					e.Layer("l")
					for _, n := range []string{"t", "none", "f", "long"} {
						e.Name(n)
					}
					e.Draw(7, sketch)
					if got := e.Bytes(); !bytes.Equal(got, want) {
						t.Fatalf("pasted %x, drawn %x", got, want)
					}
				}
			}
		}
	})
}

// What rounding turns over where a sliver is cut at the tile's end is not drawn.
func TestSliversAtTheEndOfATile(t *testing.T) {
	for _, c := range []struct {
		z, x, y uint32
		g       orb.Ring
	}{
		{15, 26264, 15290, orb.Ring{{108.546047799, 11.9208183}, {108.546135799, 11.9209473}, {108.546129999, 11.9209389}, {108.546047799, 11.9208184}, {108.546047799, 11.9208183}}},
		{18, 210004, 122302, orb.Ring{{108.397494, 11.955987}, {108.39751, 11.955873}, {108.39748, 11.956089}, {108.397494, 11.955987}}},
	} {
		valid(t, encode(c.z, c.x, c.y, orb.Polygon{c.g}))
	}
}

// rings reads rings from bytes, corners within -128…127.
func rings(b []byte) [][]point {
	var all [][]point
	var r []point
	for len(b) > 1 {
		if b[0] == 0x80 { // a new ring
			all, r, b = append(all, r), nil, b[1:]
			continue
		}
		r, b = append(r, point{int32(int8(b[0])), int32(int8(b[1]))}), b[2:]
	}
	return append(all, r)
}

// around, at a place that no corner and no edge of small rings passes through.
func windings(l [][]point, x, y float64) (n int) {
	for _, r := range l {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			if (float64(p.y) < y) == (float64(q.y) < y) {
				continue
			}
			if float64(p.x)+(y-float64(p.y))/float64(q.y-p.y)*float64(q.x-p.x) > x {
				if q.y > p.y {
					n++
				} else {
					n--
				}
			}
		}
	}
	return n
}

// FuzzMend: whatever rings come, those that go out are valid, and away from where
// edges were moved they hold the ground that was wound around.
func FuzzMend(f *testing.F) {
	f.Add([]byte{0, 0, 20, 0, 20, 20, 0, 20})                                                            // a square
	f.Add([]byte{0, 0, 20, 20, 20, 0, 0, 20})                                                            // a bow tie
	f.Add([]byte{0, 0, 20, 0, 20, 20, 0, 20, 0x80, 5, 5, 5, 30, 10, 30, 10, 5})                          // a hole that reaches out
	f.Add([]byte{0, 0, 30, 0, 30, 30, 0, 30, 0x80, 0, 10, 10, 20, 20, 10})                               // a hole that touches
	f.Add([]byte{0, 0, 10, 0, 10, 10, 0, 10, 0x80, 10, 0, 20, 0, 20, 10, 10, 10})                        // side by side
	f.Add([]byte{0, 0, 10, 0, 10, 10, 5, 10, 5, 5, 4, 5, 4, 10, 0, 10, 0, 4, 7, 4, 7, 3, 0, 3})          // a comb
	f.Add([]byte{0, 0, 60, 1, 0, 2, 60, 3, 0, 4, 60, 5, 0, 6})                                           // a fan
	f.Add([]byte{0, 0, 40, 0, 40, 40, 0, 40, 0, 0, 10, 10, 10, 30, 30, 30, 30, 10, 10, 10})              // a bridge to a hole
	f.Add([]byte{0x80, 1, 1, 1, 1, 1, 2, 0x80, 0x80, 3, 3})                                              // next to nothing
	f.Add([]byte{200, 200, 100, 100, 200, 100, 100, 200, 0x80, 150, 90, 150, 127, 151, 127, 151, 90, 1}) // crossings off the grid
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 160 {
			return
		}
		in := rings(b)
		out := mend(in)
		var p pen
		for _, r := range out {
			p.ring(r)
		}
		if p.begun {
			g, err := unpack(p.b)
			if err != nil {
				t.Fatal(err)
			}
			if err := checkGeometry(kindPolygon, g); err != nil {
				t.Fatalf("%v: %v", out, err)
			}
		}
		var shape orb.MultiPolygon
		for _, r := range out {
			var o orb.Ring
			for _, q := range append(slices.Clone(r), r[0]) {
				o = append(o, orb.Point{float64(q.x), float64(q.y)})
			}
			if signedArea(r) > 0 {
				shape = append(shape, nil)
			}
			shape[len(shape)-1] = append(shape[len(shape)-1], o)
		}
		if l := overlay.Faults(shape); len(shape) > 0 && len(l) > 0 {
			t.Fatalf("%v: %v", out, l)
		}
		for x := -127.53; x < 128; x += 9 {
			for y := -127.29; y < 128; y += 9 {
				if near(in, x, y) || near(out, x, y) {
					continue
				}
				if a, b := windings(in, x, y), windings(out, x, y); (a > 0) != (b == 1) || b < 0 || b > 1 {
					t.Fatalf("at %v %v: wound around %d times, then %d: %v, %v", x, y, a, b, in, out)
				}
			}
		}
	})
}

// near reports whether an edge passes within what rounding may move one.
func near(l [][]point, x, y float64) bool {
	for _, r := range l {
		for i, p := range r {
			q := r[(i+1)%len(r)]
			a, b := orb.Point{float64(p.x), float64(p.y)}, orb.Point{float64(q.x), float64(q.y)}
			if planar.DistanceFromSegment(a, b, orb.Point{x, y}) < 2 {
				return true
			}
		}
	}
	return false
}

// An area with arms that leave the tile and come back is several areas on it, none of
// them tied to another along the border; a hole cut by the border is a bay.
func TestCutsComeApart(t *testing.T) {
	// Units of tile 14/13127/7644 to degrees, well enough for a test.
	n := math.Exp2(14) * Extent
	place := func(x, y float64) orb.Point {
		lon := (x+13127*Extent)/n*360 - 180
		return orb.Point{lon, math.Atan(math.Sinh(math.Pi*(1-2*(y+7644*Extent)/n))) * 180 / math.Pi}
	}
	ring := func(l ...[2]float64) orb.Ring {
		var r orb.Ring
		for _, p := range append(l, l[0]) {
			r = append(r, place(p[0]+0.5, p[1]+0.5))
		}
		return r
	}
	comb := orb.Polygon{ring([2]float64{4000, 0}, [2]float64{5000, 0}, [2]float64{5000, 500}, [2]float64{4000, 500}, [2]float64{4000, 400}, [2]float64{4800, 400},
		[2]float64{4800, 300}, [2]float64{4000, 300}, [2]float64{4000, 200}, [2]float64{4800, 200}, [2]float64{4800, 100}, [2]float64{4000, 100})}
	bay := orb.Polygon{ring([2]float64{3900, 1000}, [2]float64{5000, 1000}, [2]float64{5000, 2000}, [2]float64{3900, 2000}),
		ring([2]float64{4000, 1200}, [2]float64{4000, 1800}, [2]float64{4600, 1800}, [2]float64{4600, 1200})}
	touching := orb.MultiPolygon{{ring([2]float64{100, 3000}, [2]float64{200, 3000}, [2]float64{200, 3100}, [2]float64{100, 3100})},
		{ring([2]float64{200, 3000}, [2]float64{300, 3000}, [2]float64{300, 3100}, [2]float64{200, 3100})}}
	got := valid(t, encode(14, 13127, 7644, comb, bay, touching))
	if len(got[1]) != 3 || planar.Area(got[1]) != 3*160*100 {
		t.Errorf("three teeth are %v", got[1])
	}
	if len(got[2]) != 1 || len(got[2][0]) != 1 || planar.Area(got[2]) != 260*1000-160*600 {
		t.Errorf("the bay is %v", got[2])
	}
	if len(got[3]) != 1 || planar.Area(got[3]) != 200*100 {
		t.Errorf("two areas with one side in common are %v", got[3])
	}
}
