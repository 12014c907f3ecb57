package postgis_test

import (
	"context"
	"iter"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// cityParcels is as many parcels as the demonstration city has.
const cityParcels = 97751

func parcelLayer() spatial.Layer {
	return spatial.Layer{Name: "plots", Title: spatial.Name{VI: "Thửa", EN: "Plots"}, Shape: spatial.Polygons, Fields: []spatial.Field{
		{Name: "commune", Type: spatial.TypeText}, {Name: "sheet", Type: spatial.TypeText}, {Name: "number", Type: spatial.TypeText},
		{Name: "use", Type: spatial.TypeText}, {Name: "registered", Type: spatial.TypeFloat}, {Name: "since", Type: spatial.TypeDate}}}
}

// plot is the n-th of many small polygons of eight corners, about as far apart
// and as scattered in order as a cadastre's.
func plot(n int) spatial.Feature {
	m := (n * 7919) % (320 * 320)
	x, y := float64(m%320), float64(m/320)
	legal, display := make(orb.Ring, 0, 9), make(orb.Ring, 0, 9)
	for _, c := range [...][2]float64{{0, 0}, {5, 0.1}, {10, 0}, {10.1, 10}, {10, 20}, {5, 20.1}, {0, 20}, {0.1, 10}, {0, 0}} {
		legal = append(legal, orb.Point{570000 + x*12 + c[0], 1320000 + y*22 + c[1]})
		display = append(display, orb.Point{108.4 + (x*12+c[0])/109000, 11.9 + (y*22+c[1])/110600})
	}
	return spatial.Feature{Layer: "plots", Legal: orb.Polygon{legal}, SRID: 5899, Display: orb.Polygon{display}, Area: 201.5, Key: "24781-12",
		Values: []spatial.Value{spatial.Text("24781"), spatial.Text("12"), spatial.Text("345"), spatial.Text("ODT"), spatial.Float(200.5), spatial.Day("2020-01-01")}}
}

func plots(n int) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for i := range n {
			if !yield(change.Op{Verb: change.Create, Feature: plot(i)}, nil) {
				return
			}
		}
	}
}

func openPlots(tb testing.TB, dsn string) *postgis.Store {
	tb.Helper()
	s, err := postgis.OpenWith(context.Background(), dsn, store.Config{Layers: []spatial.Layer{parcelLayer()}}, postgis.Options{Migrate: true})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func cityImport(name string) change.Commit {
	return change.Commit{By: "bench", Today: "2026-03-01", Import: &change.Import{Name: name, Layer: "plots"}}
}

// BenchmarkImport writes a city's parcels in one transaction, two shapes each.
func BenchmarkImport(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := openPlots(b, pgtest.New(b))
		b.StartTimer()
		if _, err := s.Apply(context.Background(), cityImport("all"), plots(cityParcels)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(cityParcels*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkLoad reads them back for the read model.
func BenchmarkLoad(b *testing.B) {
	s := openPlots(b, pgtest.New(b))
	if _, err := s.Apply(context.Background(), cityImport("all"), plots(cityParcels)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		if _, err := s.Load(context.Background(), func(spatial.Feature) error { n++; return nil }); err != nil || n != cityParcels {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(cityParcels*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkEdit writes one new version of one parcel.
func BenchmarkEdit(b *testing.B) {
	s := openPlots(b, pgtest.New(b))
	if _, err := s.Apply(context.Background(), cityImport("all"), plots(1000)); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		f := plot(i % 1000)
		f.ID = uint64(i%1000) + 1
		i++
		ops := func(yield func(change.Op, error) bool) { yield(change.Op{Verb: change.Update, Feature: f}, nil) }
		if _, err := s.Apply(context.Background(), change.Commit{By: "bench", Today: "2026-03-01"}, ops); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGet reads one record whole.
func BenchmarkGet(b *testing.B) {
	s := openPlots(b, pgtest.New(b))
	if _, err := s.Apply(context.Background(), cityImport("all"), plots(1000)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Get(context.Background(), "plots", 500, spatial.AsOf{}); err != nil {
			b.Fatal(err)
		}
	}
}
