package shapefile

import (
	"testing"
	"testing/fstest"

	"github.com/langbiang/langbiang/importers/raw"
)

// The unit is one small polygon with five attributes.
func BenchmarkPolygons(b *testing.B) {
	const n = 50_000
	fsys := fstest.MapFS{}
	for name, body := range parcels(n) {
		fsys[name] = &fstest.MapFile{Data: body}
	}
	b.SetBytes(int64(len(fsys["p.shp"].Data) + len(fsys["p.dbf"].Data)))
	for b.Loop() {
		_, seq, err := Open(fsys, "p.shp", raw.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		count := 0
		for f, err := range seq {
			if err != nil || f.Geometry == nil || len(f.Attrs) != 5 {
				b.Fatal(f, err)
			}
			count++
		}
		if count != n {
			b.Fatal(count)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "polygons/s")
}

// A small polygon with five attributes costs a fixed few allocations.
func TestAllocations(t *testing.T) {
	const n = 2000
	fsys := dirOf(parcels(n))
	got := testing.AllocsPerRun(3, func() {
		_, seq, err := Open(fsys, "p.shp", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if got > 8*n {
		t.Errorf("%.1f allocations a row", got/n)
	}
}
