package tiles

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// groups are the layers that the map asks for together.
func groups() [][]string {
	return [][]string{{"coverage", "parcels", "parcel_labels"}, {"zones", "restrictions", "plans", "zone_labels"},
		{"water", "roads", "wards", "buildings", "ward_labels", "water_labels"}, {"places"}, {"cameras", "incidents"}, {"parcel_dots"}}
}

// demoCity is the demonstration city as a store would give it.
type demoCity struct{ city *demo.City }

func (d demoCity) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	n := uint64(0)
	for op, err := range d.city.Ops() {
		if err != nil {
			return change.Loaded{}, err
		}
		f := op.Feature
		n++
		f.ID, f.Rev, f.Version = n, spatial.Revision(n), 1
		if f.Valid.To != "" {
			continue // a ward of the past: stores have it among the versions, models do not
		}
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(n), Place: d.city.Place()}, nil
}

func (demoCity) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (demoCity) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

var builtCity = sync.OnceValues(func() (*index.Model, error) {
	c, err := demo.Build(demo.Options{Seed: 1})
	if err != nil {
		return nil, err
	}
	m := index.New(index.Config{Layers: city.Layers()})
	return m, m.Load(context.Background(), demoCity{c})
})

// cityModel is a model of the demonstration city, built once. It is not to be written to.
func cityModel(t testing.TB) *index.Model {
	t.Helper()
	m, err := builtCity()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// cityRenderer draws the demonstration city for all tests: cells are made once.
var cityRenderer = sync.OnceValue(NewRenderer)

func soak() bool { return os.Getenv("LANGBIANG_SOAK") != "" }

// over calls each tile of a zoom that a box touches.
func over(box orb.Bound, z uint32, each func(Coord)) {
	a, b := tileAt(orb.Point{box.Min[0], box.Max[1]}, z), tileAt(orb.Point{box.Max[0], box.Min[1]}, z)
	for y := a.Y; y <= b.Y; y++ {
		for x := a.X; x <= b.X; x++ {
			each(Coord{z, x, y})
		}
	}
}

// centre is the middle of the city: a kilometre and a half each way.
func centre() orb.Bound {
	return orb.Bound{Min: orb.Point{108.430, 11.933}, Max: orb.Point{108.446, 11.949}}
}

func gzipped(t testing.TB, b []byte) int {
	t.Helper()
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func tileAt(p orb.Point, z uint32) Coord { return At(p, z) }
