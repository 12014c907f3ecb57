package sqlite_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// cityParcels is the number of parcels of the city the targets are set for.
const cityParcels = 97751

// parcelLayer is a layer as wide as the product's widest.
func parcelLayer() spatial.Layer {
	l := spatial.Layer{Name: "parcels", Title: spatial.Name{VI: "Thửa đất", EN: "Parcels"}, Shape: spatial.Polygons}
	text := func(names ...string) {
		for _, n := range names {
			l.Fields = append(l.Fields, spatial.Field{Name: n, Type: spatial.TypeText})
		}
	}
	text("commune", "sheet", "number", "land_use", "land_use_name", "address", "street", "ward", "owner_kind", "certificate", "note", "source")
	for _, n := range []string{"registered_area", "frontage", "slope"} {
		l.Fields = append(l.Fields, spatial.Field{Name: n, Type: spatial.TypeFloat})
	}
	l.Fields = append(l.Fields, spatial.Field{Name: "floors", Type: spatial.TypeInt}, spatial.Field{Name: "disputed", Type: spatial.TypeBool},
		spatial.Field{Name: "surveyed", Type: spatial.TypeDate}, spatial.Field{Name: "seen", Type: spatial.TypeTime}, spatial.Field{Name: "use_until", Type: spatial.TypeDate})
	return l
}

// parcel is the n-th of a made-up city: a small quadrilateral with eight vertices.
func parcel(n int) spatial.Feature {
	x, y := 570000+float64(n%400)*25, 1310000+float64(n/400)*25
	legal := orb.Ring{{x, y}, {x + 9, y + .125}, {x + 20, y}, {x + 20.5, y + 9}, {x + 20, y + 20}, {x + 9, y + 20.25}, {x, y + 20}, {x - .5, y + 9}, {x, y}}
	display := make(orb.Ring, len(legal))
	for i, p := range legal {
		display[i] = orb.Point{108.4 + (p[0]-570000)/108900, 11.85 + (p[1]-1310000)/110600}
	}
	t := func(s string) spatial.Value { return spatial.Text(s) }
	return spatial.Feature{Layer: "parcels", Legal: orb.Polygon{legal}, SRID: 5899, Display: orb.Polygon{display}, Area: 405.1875, Key: fmt.Sprint("24781.", n/500, ".", n%500),
		Valid: spatial.Period{From: "2025-07-01"},
		Values: []spatial.Value{t("24781"), t(fmt.Sprint(n / 500)), t(fmt.Sprint(n % 500)), t("ODT"), t("Đất ở tại đô thị"), t("Hẻm Nguyễn Công Trứ"), t("Nguyễn Công Trứ"), t("Xuân Hương"), {}, {}, {}, t("đợt 1"),
			spatial.Float(405.2), spatial.Float(20), {}, spatial.Int(int64(n % 5)), {}, spatial.Day("2019-05-06"), {}, {}}}
}

func city(n int) []change.Op {
	ops := make([]change.Op, n)
	for i := range ops {
		ops[i] = change.Op{Verb: change.Create, Feature: parcel(i)}
	}
	return ops
}

func seqOf(ops []change.Op) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	}
}

func benchStore(b *testing.B) *sqlite.Store {
	b.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "city.gpkg"), store.Config{Layers: []spatial.Layer{parcelLayer()}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return s
}

var benchCommit = change.Commit{By: "bench", Today: "2026-03-01"}

func fill(b *testing.B, s *sqlite.Store, ops []change.Op) {
	b.Helper()
	c := benchCommit
	c.Import = &change.Import{Name: "bench"}
	if _, err := s.Apply(context.Background(), c, seqOf(ops)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkImport writes the city's parcels as one import: the store's part alone.
func BenchmarkImport(b *testing.B) {
	ops := city(cityParcels)
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		s := benchStore(b)
		b.StartTimer()
		fill(b, s, ops)
	}
}

// BenchmarkLoad reads them all.
func BenchmarkLoad(b *testing.B) {
	s := benchStore(b)
	fill(b, s, city(cityParcels))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if _, err := s.Load(context.Background(), func(spatial.Feature) error { n++; return nil }); err != nil || n != cityParcels {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkEdit is one edit of one record in the full city.
func BenchmarkEdit(b *testing.B) {
	s := benchStore(b)
	fill(b, s, city(cityParcels))
	n := 0
	for b.Loop() {
		f := parcel(n % cityParcels)
		f.ID = uint64(n%cityParcels) + 1
		n += 7919
		if _, err := s.Apply(context.Background(), benchCommit, seqOf([]change.Op{{Verb: change.Update, Feature: f}})); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkUpdates is a later delivery that changes 5,000 records in one commit.
func BenchmarkUpdates(b *testing.B) {
	s := benchStore(b)
	fill(b, s, city(cityParcels))
	ops := make([]change.Op, 5000)
	for i := range ops {
		f := parcel(i * 7)
		f.ID = uint64(i*7 + 1)
		ops[i] = change.Op{Verb: change.Update, Feature: f}
	}
	for b.Loop() {
		if _, err := s.Apply(context.Background(), benchCommit, seqOf(ops)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGet is one record, whole.
func BenchmarkGet(b *testing.B) {
	s := benchStore(b)
	fill(b, s, city(cityParcels))
	n := 0
	for b.Loop() {
		n += 7919
		if _, err := s.Get(context.Background(), "parcels", uint64(n%cityParcels)+1, spatial.AsOf{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBatch follows one edit.
func BenchmarkBatch(b *testing.B) {
	s := benchStore(b)
	fill(b, s, city(cityParcels))
	for b.Loop() {
		if c, err := s.Batch(context.Background(), cityParcels-1, 1); err != nil || len(c.Features) != 1 {
			b.Fatal(err)
		}
	}
}
