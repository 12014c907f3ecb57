package importers

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// report gives the stages of an import as benchmark figures.
func stages(b *testing.B, rep Report) {
	b.Helper()
	for _, t := range rep.Timings {
		b.ReportMetric(t.Seconds, string(t.Stage)+"-s")
	}
	if rep.Counts.Added != townSize || rep.Counts.Quarantined != 0 {
		b.Fatalf("%+v", rep.Counts)
	}
}

// BenchmarkTownChecks is everything but the store: two readings, checks,
// reprojection, topology.
func BenchmarkTownChecks(b *testing.B) {
	path := townFile(b, townSize)
	b.ReportAllocs()
	for b.Loop() {
		m := newMemory(city.Layers()...)
		m.discard = true
		stages(b, mustRun(b, m, Request{Layer: "parcels", Files: []string{path}}))
	}
}

// BenchmarkTownRow is the work on one row, by one goroutine.
func BenchmarkTownRow(b *testing.B) {
	path := townFile(b, townSize)
	for b.Loop() {
		m := newMemory(city.Layers()...)
		r := &run{ctx: context.Background(), store: m, req: Request{Layer: "parcels", Files: []string{path}}}
		for _, step := range []func() error{r.open, r.look, r.settle} {
			if err := step(); err != nil {
				b.Fatal(err)
			}
		}
		w := newWorker(newRules(&r.layer, r.cols, r.survey, r.within, "", false))
		batch := newBatch()
		for f, err := range r.sources[0].rows {
			if err != nil {
				b.Fatal(err)
			}
			batch.rows, batch.errs, batch.src = append(batch.rows, f), append(batch.errs, nil), append(batch.src, r.sources[0])
		}
		b.ResetTimer()
		batch.prepare(w, len(r.layer.Fields))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(len(batch.ready)), "ns/row")
	}
}

// BenchmarkTownStore is the whole import into the embedded store.
func BenchmarkTownStore(b *testing.B) {
	path := townFile(b, townSize)
	for b.Loop() {
		s, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "store.gpkg"), store.Config{Layers: city.Layers()})
		if err != nil {
			b.Fatal(err)
		}
		stages(b, mustRun(b, s, Request{Layer: "parcels", Files: []string{path}}))
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTownOGR is what GDAL takes for the same file into a GeoPackage, without
// any check.
func BenchmarkTownOGR(b *testing.B) {
	path := townFile(b, townSize)
	for b.Loop() {
		out := filepath.Join(b.TempDir(), "out.gpkg")
		if text, err := exec.Command("ogr2ogr", "-f", "GPKG", out, path).CombinedOutput(); err != nil {
			b.Fatalf("%v %s", err, text)
		}
	}
}
