package tiles

import (
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/coverage"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/tiles/tilestest"
)

// mostBytes is what a tile of a group of layers may weigh, gzipped.
func mostBytes(z uint32) int {
	if z == 15 {
		return 200_000
	}
	return 150_000
}

// sheet is a tile as another reader understands it.
func sheet(t testing.TB, b []byte) map[string]*orbmvt.Layer {
	t.Helper()
	layers, err := orbmvt.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*orbmvt.Layer{}
	for _, l := range layers {
		out[l.Name] = l
	}
	return out
}

// sums are count and area, in 1e-4 m², of parcels by use.
type sums map[string][2]int64

func (s sums) add(use string, count int64, area float64) {
	k := s[use]
	s[use] = [2]int64{k[0] + count, k[1] + int64(math.Round(area*1e4))}
}

// Every tile of the city at z8 to z14 passes the check and is light enough. The
// coverage of each zoom adds up to exactly the city's parcels, and what it draws is
// the ground that they and the streets between them take.
func TestTheCityAtLowZooms(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	v := cityModel(t).View(spatial.TierPublic)
	want := sums{}
	for it := range v.After("parcels", 0) {
		want.add(it.Attr("use").Text(), 1, it.Area())
	}
	// Land use covers the city without gaps, to the middle of the streets, and is no
	// source of the coverage.
	ground := 0.0
	for it := range v.After("landuse", 0) {
		ground += planar.Area(units(it.Geometry()))
	}
	r := cityRenderer()
	for z := uint32(MinZoom); z <= coverage.Base; z++ {
		got, drawn := sums{}, 0.0
		for _, g := range groups() {
			layers, err := Find(Layers(), g)
			if err != nil {
				t.Fatal(err)
			}
			over(v.Place().Bounds, z, func(c Coord) {
				b := r.Render(v, layers, c)
				if _, err := mvt.Check(b); err != nil {
					t.Fatalf("%v %v: %v", g, c, err)
				}
				if n := gzipped(t, b); n > mostBytes(z) {
					t.Errorf("%v %v: %d bytes gzipped", g, c, n)
				}
				if g[0] != "coverage" {
					return
				}
				if l := sheet(t, b)["coverage"]; l != nil {
					for _, f := range l.Features {
						use, _ := f.Properties["use"].(string)
						got.add(use, int64(f.Properties["count"].(float64)), f.Properties["area"].(float64))
						drawn += tilestest.OnTile(f.Geometry) * math.Exp2(2*(MaxZoom-float64(z)))
					}
				}
			})
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("z%d: the tiles add up to\n%v, the city has\n%v", z, got, want)
		}
		if off := drawn/ground - 1; math.Abs(off) > 0.005 {
			t.Errorf("z%d: %.3f %% more is drawn than there is ground", z, 100*off)
		} else {
			t.Logf("z%d: drawn %+.3f %%", z, 100*off)
		}
	}
}

// units puts a shape on the grid of the deepest zoom.
func units(g orb.Geometry) orb.Geometry {
	put := func(p orb.Point) orb.Point {
		w := math.Exp2(MaxZoom) * mvt.Extent
		s := math.Sin(p[1] * math.Pi / 180)
		return orb.Point{(p[0] + 180) / 360 * w, (0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * w}
	}
	g = orb.Clone(g)
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			for i := range r {
				r[i] = put(r[i])
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				for i := range r {
					r[i] = put(r[i])
				}
			}
		}
	}
	return g
}

// Tiles of the centre pass the check and are light enough at the high zooms too; in
// the soak all of them.
func TestTheCentreAtHighZooms(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	v, r := cityModel(t).View(spatial.TierPublic), cityRenderer()
	for z := uint32(coverage.Base + 1); z <= MaxZoom; z++ {
		for _, g := range groups() {
			layers, err := Find(Layers(), g)
			if err != nil {
				t.Fatal(err)
			}
			n, every := 0, 1<<(max(z, 16)-16) // one in two, one in four
			over(centre(), z, func(c Coord) {
				if n++; n%every != 0 && !soak() {
					return
				}
				b := r.render(v, storeys{}, layers, c)
				if _, err := mvt.Check(b); err != nil {
					t.Fatalf("%v %v: %v", g, c, err)
				}
				if n := gzipped(t, b); n > mostBytes(z) {
					t.Errorf("%v %v: %d bytes gzipped", g, c, n)
				}
			})
		}
	}
}

// Along the border of two tiles of coverage, what one draws at its edge the other
// goes on with: the outline of the land may turn there, and there is no gap within.
func TestCoverageMeetsAlongBorders(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	v, r := cityModel(t).View(spatial.TierPublic), cityRenderer()
	layers, err := Find(Layers(), []string{"coverage"})
	if err != nil {
		t.Fatal(err)
	}
	const at = 0.3
	for _, z := range []uint32{14, 12} {
		sheets := map[Coord]*orbmvt.Layer{}
		over(v.Place().Bounds, z, func(c Coord) { sheets[c] = sheet(t, r.Render(v, layers, c))["coverage"] })
		both, one := 0, 0
		look := func(a, b Coord, axis int) {
			if sheets[a] == nil || sheets[b] == nil {
				return
			}
			p, q := covered(sheets[a], axis, mvt.Extent-at), covered(sheets[b], axis, at)
			for i, n := range p {
				if n > 1 || q[i] > 1 {
					t.Fatalf("place %d between %v and %v: %d areas and %d", i, a, b, n, q[i])
				}
				both += n * q[i]
				one += n ^ q[i]
			}
		}
		for c := range sheets {
			look(c, Coord{c.Z, c.X + 1, c.Y}, 0)
			look(c, Coord{c.Z, c.X, c.Y + 1}, 1)
		}
		if both < 1000 || one*100 > both {
			t.Errorf("z%d: at %d places of borders both tiles draw land, at %d one of them", z, both, one)
		}
	}
}

// covered is how many features cover each of 256 places on the line where the
// coordinate of an axis is v.
func covered(l *orbmvt.Layer, axis int, v float64) (out [256]int) {
	for _, f := range l.Features {
		var odd [len(out)]bool
		for _, g := range tilestest.Polygons(f.Geometry) {
			for _, r := range g {
				for i := 1; i < len(r); i++ {
					a, b := r[i-1], r[i]
					if (a[axis] > v) == (b[axis] > v) {
						continue
					}
					cut := a[1-axis] + (v-a[axis])/(b[axis]-a[axis])*(b[1-axis]-a[1-axis])
					for k := range out {
						if float64(k*mvt.Extent/len(out))+5.3 < cut {
							odd[k] = !odd[k]
						}
					}
				}
			}
		}
		for k, in := range odd {
			if in {
				out[k]++
			}
		}
	}
	return out
}

// The layers the city shows are the model's own, with the model's fields.
func TestLayersAreOfTheModel(t *testing.T) {
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), content{}); err != nil {
		t.Fatal(err)
	}
	v := m.View(spatial.TierAll)
	for _, l := range Layers() {
		for _, name := range l.Reads() {
			if _, ok := v.Layer(name); !ok {
				t.Errorf("%s is made of %s, which there is not", l.Name, name)
			}
		}
		def, _ := v.Layer(l.Source)
		for _, a := range l.Attrs {
			if a.Field != "" && def.Index(a.Field) < 0 || a.Field == "" && a.Type == spatial.TypeNull {
				t.Errorf("%s: attribute %s has no field and no type", l.Name, a.Name)
			}
		}
		if l.MinZoom < MinZoom || l.Last() > MaxZoom || l.MinZoom > l.Last() {
			t.Errorf("%s is drawn from z%d to z%d", l.Name, l.MinZoom, l.Last())
		}
	}
}

// firstZooms counts a layer's records by the first zoom that a rule gives them.
func firstZooms(v index.View, layer string, from func(index.Item) uint32) map[uint32]int {
	out := map[uint32]int{}
	for it := range v.After(layer, 0) {
		out[from(it)]++
	}
	return out
}

// Labels stand once: one point a ward, a named lake, a zone, over all tiles of a zoom.
func TestLabelsStandOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("the whole city takes seconds")
	}
	v, r := cityModel(t).View(spatial.TierPublic), cityRenderer()
	for _, c := range []struct {
		layer string
		z     uint32
		want  int
	}{{"ward_labels", 9, v.Count("wards")}, {"ward_labels", 12, v.Count("wards")}, {"water_labels", 12, firstZooms(v, "water", named)[0]}, {"zone_labels", 14, v.Count("zones")}} {
		layers, err := Find(Layers(), []string{c.layer})
		if err != nil {
			t.Fatal(err)
		}
		n, again := 0, 0
		seen := map[any]bool{}
		over(v.Place().Bounds, c.z, func(at Coord) {
			if l := sheet(t, r.Render(v, layers, at))[c.layer]; l != nil {
				for _, f := range l.Features {
					n++
					if seen[f.ID] {
						again++
					}
					seen[f.ID] = true
				}
			}
		})
		if n != c.want || again > 0 || n == 0 {
			t.Errorf("%s at z%d: %d labels, %d of them twice; want %d", c.layer, c.z, n, again, c.want)
		}
	}
}
