package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/web"
)

// BenchmarkClick is a click's card of the demonstration city through the whole edge:
// of a parcel that nobody asked about before, and of one of four thousand.
func BenchmarkClick(b *testing.B) {
	s, err := sqlite.Open(context.Background(), filepath.Join(b.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if _, err := demo.Fill(b.Context(), s, demo.Options{Seed: 1}, nil); err != nil {
		b.Fatal(err)
	}
	model := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := model.Load(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	packs, err := rules.NewShelf()
	if err != nil {
		b.Fatal(err)
	}
	var paths []string
	for it := range model.View(spatial.TierPublic).After(parcels.LayerName, 0) {
		at, err := overlay.InteriorPoint(it.Geometry())
		if err != nil {
			b.Fatal(err)
		}
		paths = append(paths, fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", at[0], at[1]))
	}
	for _, c := range []struct {
		name string
		most int
	}{{"first", len(paths)}, {"again", 4000}} {
		b.Run(c.name, func(b *testing.B) {
			edge := web.New(web.Config{Model: model, Cards: city.New(city.Config{Rules: packs.Rules}), Search: search.Find})
			i := 0
			ask := func() {
				r := httptest.NewRequest(http.MethodGet, paths[i*7919%len(paths)], nil)
				i = (i + 1) % c.most
				r.RemoteAddr = "127.0.0.1:1"
				w := &sink{h: http.Header{}}
				if edge.ServeHTTP(w, r); w.status != 0 && w.status != http.StatusOK {
					b.Fatalf("%s: %d", r.URL, w.status)
				}
				b.SetBytes(w.n)
			}
			for range c.most % len(paths) {
				ask()
			}
			b.ReportAllocs()
			busy := processor(b)
			for b.Loop() {
				ask()
			}
			b.ReportMetric((processor(b)-busy)/float64(b.N), "cpu-µs/op")
		})
	}
}

// processor is the processor time of this process, µs.
func processor(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}
