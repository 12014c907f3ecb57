package importers

import (
	"context"
	"iter"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// sink is a store that holds nothing and takes everything, so that a benchmark
// measures the pipeline alone.
type sink struct{}

func (sink) Layers(context.Context) ([]spatial.Layer, error) { return city.Layers(), nil }
func (sink) Place(context.Context) (spatial.Place, error) {
	return spatial.Place{}, &spatial.Error{Kind: spatial.NotFound, Code: "place.unset"}
}
func (sink) SetPlace(context.Context, change.Commit, spatial.Place) (change.Result, error) {
	return change.Result{}, nil
}
func (sink) Imports(context.Context) ([]change.Import, error) { return nil, nil }
func (sink) Touched(context.Context, int64) iter.Seq2[change.Touched, error] {
	return func(func(change.Touched, error) bool) {}
}
func (sink) Scan(context.Context, string, spatial.AsOf, *orb.Bound, uint64) iter.Seq2[spatial.Feature, error] {
	return func(func(spatial.Feature, error) bool) {}
}
func (sink) Apply(_ context.Context, _ change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error) {
	for _, err := range ops {
		if err != nil {
			return change.Result{}, err
		}
	}
	return change.Result{First: 1, Last: 1, Import: 1}, nil
}

// stages gives the stages of an import as benchmark figures.
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
		stages(b, mustRun(b, sink{}, Request{Layer: "parcels", Files: []string{path}}))
	}
}

// BenchmarkTownRow is the work on one row, by one goroutine.
func BenchmarkTownRow(b *testing.B) {
	path := townFile(b, townSize)
	for b.Loop() {
		r := &run{ctx: context.Background(), store: sink{}, req: Request{Layer: "parcels", Files: []string{path}}}
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
		began := time.Now()
		batch.prepare(w, len(r.layer.Fields))
		b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(len(batch.ready)), "ns/row")
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

// BenchmarkTownAgain is the same delivery a second time: all of it is compared and
// nothing is written.
func BenchmarkTownAgain(b *testing.B) {
	path := townFile(b, townSize)
	s := open(b)
	mustRun(b, s, Request{Layer: "parcels", Files: []string{path}})
	for b.Loop() {
		if rep := mustRun(b, s, Request{Layer: "parcels", Files: []string{path}}); rep.Counts.Same != townSize {
			b.Fatalf("%+v", rep.Counts)
		}
	}
}

// BenchmarkTownGeoJSON is the pipeline alone on the town as GDAL writes it, with
// what GDAL takes to read it into a GeoPackage beside it.
func BenchmarkTownGeoJSON(b *testing.B) {
	path := filepath.Join(b.TempDir(), "town.geojson")
	if text, err := exec.Command("ogr2ogr", "-f", "GeoJSON", "-a_srs", "EPSG:5899", path, townFile(b, townSize)).CombinedOutput(); err != nil {
		b.Fatalf("%v %s", err, text)
	}
	b.Run("langbiang", func(b *testing.B) {
		for b.Loop() {
			stages(b, mustRun(b, sink{}, Request{Layer: "parcels", Files: []string{path}}))
		}
	})
	b.Run("ogr", func(b *testing.B) {
		for b.Loop() {
			out := filepath.Join(b.TempDir(), "out.gpkg")
			if text, err := exec.Command("ogr2ogr", "-f", "GPKG", out, path).CombinedOutput(); err != nil {
				b.Fatalf("%v %s", err, text)
			}
		}
	})
}
