package tiles

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/tilestest"
)

var update = flag.Bool("update", false, "rewrite the golden tiles: what they say is seen in review")

// village is a small place with something in every layer that the public sees. It is
// written here, so that golden tiles change with the tiles alone.
func village(t *testing.T) index.View {
	t.Helper()
	layers := map[string]spatial.Layer{}
	for _, l := range city.Layers() {
		layers[l.Name] = l
	}
	var all content
	add := func(layer string, g orb.Geometry, area float64, values map[string]spatial.Value) {
		f := feature(layer, uint64(101*(len(all)+1)), g, layers[layer].Fields, values)
		for name := range values {
			l := layers[layer]
			if l.Index(name) < 0 {
				t.Fatalf("%s has no field %s", layer, name)
			}
		}
		f.Area = area
		all = append(all, f)
	}
	at := func(x, y float64) orb.Point { return orb.Point{108.44 + x*1e-5, 11.94 + y*1e-5} } // about a metre
	box := func(x0, y0, x1, y1 float64) orb.Polygon {
		return orb.Polygon{{at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1), at(x0, y0)}}
	}
	text := spatial.Text
	for i, use := range []string{"ODT", "ODT", "ONT+CLN", "CLN", "", "TMD"} {
		x, y := float64(i%3)*22, float64(i/3)*26
		v := map[string]spatial.Value{"sheet": text("7"), "number": text(fmt.Sprint(i + 1))}
		if use != "" {
			v["use"] = text(use)
		}
		shape := box(x, y, x+20, y+20)
		if i == 3 { // with a court
			shape = append(shape, orb.Ring{at(x+8, y+8), at(x+8, y+12), at(x+12, y+12), at(x+12, y+8), at(x+8, y+8)})
		}
		add("parcels", shape, 480.25+float64(i), v)
	}
	// A parcel that reaches over the borders of tiles, in two parts.
	add("parcels", orb.MultiPolygon{box(-900, 200, 700, 230), box(0, 300, 40, 340)}, 61_234.56, map[string]spatial.Value{"sheet": text("7"), "number": text("90"), "use": text("DGT")})
	add("landuse", box(-50, -50, 400, 400), 240_000, map[string]spatial.Value{"use": text("ODT"), "name": text("Đất ở đô thị")})
	add("zones", box(-10, -10, 300, 300), 115_000, map[string]spatial.Value{"code": text("Q-1"), "name": text("Khu ở"), "use": text("ODT"), "floors": spatial.Int(4), "color": text("#ffa0a0"), "density": spatial.Float(0.6), "far": spatial.Float(2.4), "status": text("inForce")})
	add("water", box(500, -300, 1200, 100), 330_000, map[string]spatial.Value{"name": text("Hồ Xuân Hương"), "kind": text("lake")})
	add("water", orb.LineString{at(-600, -200), at(100, -150), at(500, -100)}, 0, map[string]spatial.Value{"name": text("Suối Cam Ly"), "kind": text("stream")})
	add("roads", orb.LineString{at(-2000, 50), at(0, 23), at(900, 23), at(2500, 400)}, 0, map[string]spatial.Value{"class": text("primary"), "name": text("Trần Phú"), "width": spatial.Float(16), "oneway": spatial.Bool(true), "ref": text("QL20")})
	add("roads", orb.LineString{at(30, -40), at(30, 90)}, 0, map[string]spatial.Value{"class": text("alley"), "name": text("Hẻm 12 Trần Phú")})
	add("wards", box(-3000, -3000, 3000, 3000), 4.3e7, map[string]spatial.Value{"code": text("24778"), "name": text("Phường Xuân Hương - Đà Lạt")})
	add("wards", box(-3000, -3000, 500, 3000), 2.5e7, map[string]spatial.Value{"code": text("24769"), "name": text("Phường 1"), "successor": text("24778")})
	add("buildings", box(3, 3, 15, 15), 172, map[string]spatial.Value{"levels": spatial.Int(3), "height": spatial.Float(10.5)})
	add("buildings", box(25, 3, 33, 10), 67, map[string]spatial.Value{"levels": spatial.Int(1)})
	add("plans", box(-20, -20, 900, 900), 1.0e6, map[string]spatial.Value{"code": text("QH-1"), "name": text("Quy hoạch phân khu"), "level": text("zoning")})
	add("restrictions", box(480, -320, 1220, 120), 390_000, map[string]spatial.Value{"kind": text("water"), "name": text("Hành lang hồ")})
	add("places", at(40, 60), 0, map[string]spatial.Value{"kind": text("market"), "name": text("Chợ Đà Lạt"), "name_en": text("Da Lat market")})
	add("cameras", at(41, 23), 0, map[string]spatial.Value{"kind": text("traffic"), "status": text("online"), "heading": spatial.Float(90)})
	add("incidents", at(20, 24), 0, map[string]spatial.Value{"category": text("Cây xanh"), "state": text("published"), "severity": spatial.Int(3), "at": spatial.Time(time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)), "closed_at": spatial.Time(time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC))})
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	return m.View(spatial.TierPublic)
}

// said is a tile in a form that can be read: layers and features in their order, the
// attributes sorted, the corners of shapes in units.
func said(t *testing.T, c Coord, b []byte) string {
	t.Helper()
	layers, err := orbmvt.Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "tile %d/%d/%d\n", c.Z, c.X, c.Y)
	for _, l := range layers {
		fmt.Fprintf(&out, "\nlayer %s, version %d, extent %d\n", l.Name, l.Version, l.Extent)
		for _, f := range l.Features {
			id := "no id"
			if f.ID != nil {
				id = fmt.Sprintf("id %v", f.ID)
			}
			fmt.Fprintf(&out, "  %s, %s", f.Geometry.GeoJSONType(), id)
			for _, k := range slices.Sorted(maps.Keys(f.Properties)) {
				fmt.Fprintf(&out, ", %s %v", k, f.Properties[k])
			}
			out.WriteString("\n")
			shape(&out, f.Geometry)
		}
	}
	return out.String()
}

func shape(out *strings.Builder, g orb.Geometry) {
	line := func(points []orb.Point) {
		out.WriteString("   ")
		for _, p := range points {
			fmt.Fprintf(out, " %v,%v", p[0], p[1])
		}
		out.WriteString("\n")
	}
	switch g := g.(type) {
	case orb.Point:
		line([]orb.Point{g})
	case orb.MultiPoint:
		line(g)
	case orb.LineString:
		line(g)
	case orb.MultiLineString:
		for _, l := range g {
			line(l)
		}
	default:
		for _, p := range tilestest.Polygons(g) {
			for _, r := range p {
				line(r)
			}
		}
	}
}

// TestGoldenTiles holds a tile of each zoom, with all that the public sees, against what
// it said before: go test ./tiles -run GoldenTiles -update
func TestGoldenTiles(t *testing.T) {
	v, r := village(t), NewRenderer()
	var layers []Layer
	for _, l := range Layers() {
		if _, ok := v.Layer(l.Source); ok {
			layers = append(layers, l)
		}
	}
	seen := map[string]bool{}
	for z := uint32(MinZoom); z <= MaxZoom; z++ {
		c := At(orb.Point{108.44 + 20e-5, 11.94 + 22e-5}, z)
		text := said(t, c, r.render(v, storeys{}, layers, c))
		for _, l := range layers {
			seen[l.Name] = seen[l.Name] || strings.Contains(text, "layer "+l.Name+",")
		}
		path := filepath.Join("testdata", "golden", fmt.Sprintf("z%02d.txt", z))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if text != string(want) {
			a, b := strings.Split(text, "\n"), strings.Split(string(want), "\n")
			for i := range max(len(a), len(b)) {
				if i >= len(a) || i >= len(b) || a[i] != b[i] {
					t.Errorf("%s, line %d:\n%s\nwas\n%s", path, i+1, strings.Join(a[min(i, len(a)):min(i+3, len(a))], "\n"), strings.Join(b[min(i, len(b)):min(i+3, len(b))], "\n"))
					break
				}
			}
		}
	}
	for _, l := range layers {
		if !seen[l.Name] {
			t.Errorf("no tile shows the layer %s", l.Name)
		}
	}
}

// What TileJSON says of a layer's fields is what its tiles hold: no attribute and no type
// beyond, none at a zoom that it is not drawn at, and each field on some tile.
func TestDescriptionsAreTrue(t *testing.T) {
	v, r := village(t), NewRenderer()
	for _, d := range Describe(v, Layers()) {
		layers, err := Find(Layers(), []string{d.ID})
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := v.Layer(layers[0].Source); !ok {
			continue
		}
		met, zooms := map[string]bool{}, 0
		for z := uint32(MinZoom); z <= MaxZoom; z++ {
			drawn := false
			over(orb.Bound{Min: orb.Point{108.4399, 11.9399}, Max: orb.Point{108.4412, 11.9412}}, z, func(c Coord) {
				for _, l := range sheet(t, r.render(v, storeys{}, layers, c)) {
					drawn = true
					for _, f := range l.Features {
						for name, value := range f.Properties {
							met[name] = true
							kind := map[string]string{"float64": "Number", "string": "String", "bool": "Boolean"}[fmt.Sprintf("%T", value)]
							if d.Fields[name] != kind {
								t.Errorf("%s %v: %s is %T, described as %q", d.ID, c, name, value, d.Fields[name])
							}
						}
					}
				}
			})
			if drawn && (z < d.MinZoom || z > d.MaxZoom) {
				t.Errorf("%s is drawn at z%d, described from %d to %d", d.ID, z, d.MinZoom, d.MaxZoom)
			}
			if drawn {
				zooms++
			}
		}
		for name := range d.Fields {
			if !met[name] {
				t.Errorf("%s: no tile holds %s", d.ID, name)
			}
		}
		if zooms == 0 {
			t.Errorf("%s is on no tile", d.ID)
		}
	}
}
