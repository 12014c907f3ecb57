package ledger_test

import (
	"context"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/ledger"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// BenchmarkCity fills a ledger of the demonstration city from nothing and from what
// is kept, and follows edits. Run it once: -benchtime 1x.
func BenchmarkCity(b *testing.B) {
	s := embedded(b)
	if _, err := demo.Fill(b.Context(), s, demo.Options{Seed: 1}, nil); err != nil {
		b.Fatal(err)
	}
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	rev := m.Current().Revision()
	run := func(b *testing.B, keep ledger.Store) (*ledger.Ledger, func()) {
		l := ledger.New(ledger.Config{City: city.New(city.Config{Rules: rulesOf(b)}), Model: m, Store: keep, Save: time.Hour})
		ctx, end := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() { l.Run(ctx); close(done) }()
		if err := l.WaitFor(ctx, rev); err != nil {
			b.Fatal(err)
		}
		return l, func() { end(); <-done }
	}
	memory := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	cpu := func() float64 { // seconds of processor time of this process
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	b.Run("nothing", func(b *testing.B) {
		for b.Loop() {
			before, busy := memory(), cpu()
			l, end := run(b, nil)
			b.StopTimer()
			b.ReportMetric(cpu()-busy, "cpu-s")
			b.ReportMetric((memory()-before)/1e6, "MB")
			b.ReportMetric(float64(l.Current().Len()), "parcels")
			end()
			b.StartTimer()
		}
	})
	_, end := run(b, s)
	end()
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			before, busy := memory(), cpu()
			l, end := run(b, s)
			b.StopTimer()
			b.ReportMetric(cpu()-busy, "cpu-s")
			b.ReportMetric((memory()-before)/1e6, "MB")
			b.ReportMetric(float64(l.Current().Len()), "parcels")
			end()
			b.StartTimer()
		}
	})
	h := live(b, s, ledger.Config{})
	for name, layer := range map[string]string{"parcel": parcels.LayerName, "zone": planning.ZonesLayer, "plan": planning.PlansLayer, "road": city.RoadsLayer} {
		b.Run(name, func(b *testing.B) {
			var ids []uint64
			for it := range h.model.View(spatial.TierAll).After(layer, 0) {
				ids = append(ids, it.ID())
			}
			i := 0
			for b.Loop() {
				f, err := s.Get(b.Context(), layer, ids[i*7919%len(ids)], spatial.AsOf{})
				if err != nil {
					b.Fatal(err)
				}
				i++
				h.write(change.Op{Verb: change.Update, Feature: f})
			}
		})
	}
	book := h.ledger.Current()
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			n := 0
			for _, f := range book.All() {
				if f.Floors != nil && *f.Floors >= 4 {
					n++
				}
			}
		}
	})
	b.Run("stamp", func(b *testing.B) {
		box := orb.Bound{Min: orb.Point{108.44, 11.94}, Max: orb.Point{108.451, 11.951}}
		for b.Loop() {
			book.Stamp(box)
		}
	})
}
