package tiles

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

type content []spatial.Feature

func (c content) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range c {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: 1}, nil
}
func (content) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}
func (content) Wait(context.Context, spatial.Revision) error { return nil }

func model(t testing.TB, c content) *index.Model {
	m := index.New(index.Config{Layers: append([]spatial.Layer{parcels.Layer()}, ioc.Layers()...)})
	if err := m.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	return m
}

func feature(layer string, id uint64, g orb.Geometry, fields []spatial.Field, attrs map[string]spatial.Value) spatial.Feature {
	f := spatial.Feature{Layer: layer, ID: id, Version: 1, Rev: 1, Display: g, Area: 123.4, Values: make([]spatial.Value, len(fields))}
	for i := range fields {
		f.Values[i] = attrs[fields[i].Name]
	}
	return f
}

// plots lays n × n plots of 0.0001° over a corner of Da Lat.
func plots(n int) content {
	var c content
	fields := parcels.Layer().Fields
	for i := range n * n {
		x, y := 108.44+float64(i%n)*0.0001, 11.94+float64(i/n)*0.0001
		c = append(c, feature("parcels", uint64(i+1), orb.Polygon{{{x, y}, {x + 0.0001, y}, {x + 0.0001, y + 0.0001}, {x, y + 0.0001}, {x, y}}}, fields,
			map[string]spatial.Value{"sheet": spatial.Text("12"), "number": spatial.Text(fmt.Sprint(i)), "use": spatial.Text("ODT")}))
	}
	return c
}

// Every parcel stands on some tile of each zoom from its first on, and every tile
// passes the check.
func TestEveryParcelAtEveryZoom(t *testing.T) {
	const n = 30
	all := plots(n)
	// One of them is a sliver, thinner than a unit at any zoom.
	p := all[0].Display.(orb.Polygon)[0]
	all[0].Display = orb.Polygon{{p[0], {p[0][0] + 1e-9, p[0][1]}, {p[0][0] + 1e-9, p[2][1]}, {p[0][0], p[2][1]}, p[0]}}
	v, r := model(t, all).View(spatial.TierPublic), NewRenderer()
	layers, err := Find(Layers(), []string{"parcels", "parcel_labels"})
	if err != nil {
		t.Fatal(err)
	}
	for z := uint32(MinZoom); z <= MaxZoom; z++ {
		seen, labels := map[any]bool{}, 0
		a, b := tileAt(orb.Point{108.44, 11.943}, z), tileAt(orb.Point{108.443, 11.94}, z)
		for x := a.X; x <= b.X; x++ {
			for y := a.Y; y <= b.Y; y++ {
				tile := r.Render(v, layers, Coord{z, x, y})
				count, err := mvt.Check(tile)
				if err != nil {
					t.Fatal(err)
				}
				labels += count["parcel_labels"]
				got, err := orbmvt.Unmarshal(tile)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range got {
					for _, f := range l.Features {
						if l.Name == "parcels" {
							seen[f.ID] = true
							if _, there := f.Properties["sheet"]; there != (z >= 16) || f.Properties["use"] != "ODT" {
								t.Fatalf("z%d: attributes %v", z, f.Properties)
							}
						}
					}
				}
			}
		}
		want, wantLabels := 0, 0
		if z >= 15 {
			want = n * n
		}
		if z >= 16 {
			wantLabels = n * n
		}
		if len(seen) != want || labels != wantLabels {
			t.Errorf("z%d: %d parcels, %d labels; want %d, %d", z, len(seen), labels, want, wantLabels)
		}
	}
}

// The order records were loaded in leaves no trace in a tile.
func TestSameBytesWhateverTheOrder(t *testing.T) {
	a := plots(20)
	var b content
	for i := range a {
		b = append(b, a[len(a)-1-i])
	}
	layers, c := Layers(), tileAt(orb.Point{108.441, 11.941}, 16)
	ta := NewRenderer().Render(model(t, a).View(spatial.TierPublic), layers, c)
	tb := NewRenderer().Render(model(t, b).View(spatial.TierPublic), layers, c)
	if len(ta) == 0 || !bytes.Equal(ta, tb) {
		t.Errorf("%d and %d bytes differ", len(ta), len(tb))
	}
}

func TestTiersInTiles(t *testing.T) {
	cams := ioc.Layers()[0]
	at := orb.Point{108.44, 11.94}
	hidden := feature("cameras", 1, at, cams.Fields, map[string]spatial.Value{"kind": spatial.Text("high")})
	hidden.Access = spatial.Operations
	open := feature("cameras", 2, at, cams.Fields, map[string]spatial.Value{"kind": spatial.Text("traffic"), "stream": spatial.Text("rtsp://")})
	m, layers := model(t, content{hidden, open}), Layers()
	for tier, want := range map[spatial.Tier]int{0: 0, spatial.TierPublic: 1, spatial.TierOperator: 2} {
		tile := NewRenderer().Render(m.View(tier), layers, tileAt(at, 16))
		count, err := mvt.Check(tile)
		if err != nil || count["cameras"] != want {
			t.Errorf("tier %b: %v, %v", tier, count, err)
		}
		if bytes.Contains(tile, []byte("rtsp")) {
			t.Errorf("tier %b: a stream's address is in a tile", tier)
		}
	}
}

func TestParseCoord(t *testing.T) {
	if c, err := ParseCoord("15", "26254", "15289"); err != nil || c != (Coord{15, 26254, 15289}) {
		t.Errorf("%v, %v", c, err)
	}
	for _, bad := range [][3]string{{"7", "0", "0"}, {"19", "0", "0"}, {"15", "32768", "0"}, {"15", "-1", "0"}, {"15", "01", "0"}, {"x", "0", "0"}, {"15", "1.5", "0"}, {"", "", ""}} {
		if _, err := ParseCoord(bad[0], bad[1], bad[2]); spatial.CodeOf(err) != "tile.outside" {
			t.Errorf("%v: %v", bad, err)
		}
	}
}

func TestFind(t *testing.T) {
	a, err := Find(Layers(), []string{"roads", "parcels"})
	if err != nil || len(a) != 2 || a[0].Name != "parcels" {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := Find(Layers(), []string{"roads", "nope"}); spatial.CodeOf(err) != "tile.layer" {
		t.Error(err)
	}
}

func TestBoxHoldsItsTile(t *testing.T) {
	p := orb.Point{108.44, 11.94}
	for z := uint32(MinZoom); z <= MaxZoom; z++ {
		c := tileAt(p, z)
		if b := c.Box(0); !b.Contains(p) {
			t.Errorf("z%d: %v does not hold %v", z, b, p)
		}
		if in, out := c.Box(0), c.Box(1.0/64); !(out.Contains(in.Min) && out.Contains(in.Max)) {
			t.Errorf("z%d: the buffer is outside in", z)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	v, r := model(b, plots(30)).View(spatial.TierPublic), NewRenderer()
	layers, _ := Find(Layers(), []string{"parcels"})
	c := tileAt(orb.Point{108.441, 11.941}, 16)
	count, _ := mvt.Check(r.Render(v, layers, c))
	b.ReportMetric(float64(count["parcels"]), "parcels")
	for b.Loop() {
		r.Render(v, layers, c)
	}
}
