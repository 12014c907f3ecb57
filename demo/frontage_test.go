package demo

import (
	"context"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// written gives the city to a model, ids in the order it is written in.
type written struct{ c *City }

func (w written) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	n := uint64(0)
	for op, err := range w.c.Ops() {
		if err != nil {
			return change.Loaded{}, err
		}
		n++
		op.Feature.ID, op.Feature.Version, op.Feature.Rev = n, 1, 1
		if err := emit(op.Feature); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: 1, Place: w.c.Place()}, nil
}

func (w written) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}
func (w written) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

// surveyed is the city in a model, and its parcels in the order of its lots.
func surveyed(t testing.TB, c *City) (index.View, []index.Item) {
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), written{c}); err != nil {
		t.Fatal(err)
	}
	v := m.View(spatial.TierPublic)
	var items []index.Item
	for it := range v.After(parcels.LayerName, 0) {
		items = append(items, it)
	}
	if len(items) != len(c.lots) {
		t.Fatalf("%d parcels of %d lots", len(items), len(c.lots))
	}
	return v, items
}

// daLat is the demonstration city, built once for the tests here. It is not written to.
var daLat = sync.OnceValues(func() (*City, error) { return Build(Options{Seed: 1}) })

// The city knows which street each side of a plot was cut from, by which its
// address goes, and how wide its streets are. What is inferred from the records
// alone must come to the same: of every fourth parcel, in the soak of all of them.
func TestFrontages(t *testing.T) {
	step := 4
	if os.Getenv("LANGBIANG_SOAK") != "" {
		step = 1
	}
	c, err := daLat()
	if err != nil {
		t.Fatal(err)
	}
	v, items := surveyed(t, c)
	f := frontage.New(city.RoadsLayer, city.WaterLayer)
	results := make([]frontage.Result, len(items))
	var wg sync.WaitGroup
	for k := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := k * step; i < len(items); i += runtime.GOMAXPROCS(0) * step {
				results[i] = f.Item(v, items[i])
			}
		})
	}
	wg.Wait()
	var addressed, main, any int // parcels
	var faced, found, false_ float64
	var streets, widths, gaps, even int
	var locked, wrongly, sure int
	for i := 0; i < len(results); i += step {
		r, l := &results[i], &c.lots[i]
		plot := &c.blocks[l.block].plots[l.plot]
		truth, got := map[string]float64{}, map[string]float64{}
		for j, rd := range plot.roads {
			if rd >= 0 && c.d.roads[rd].kind < stream {
				truth[c.d.roads[rd].code] += plot.ring[(j+1)%len(plot.ring)].m().sub(plot.ring[j].m()).len()
			}
		}
		for _, s := range r.Streets {
			rd, ok := v.Get(city.RoadsLayer, s.RoadID)
			if !ok {
				t.Fatalf("parcel %d faces the road %d, which there is not", items[i].ID(), s.RoadID)
			}
			streets++
			got[rd.Attr("code").Text()] += s.Length
			if w, _ := rd.Attr("width").Number(); s.WidthSource == frontage.Record && *s.Width == w {
				widths++
			}
			if s.Gap != nil {
				gaps++
				if math.Abs(*s.Gap-*s.Width) <= 1 {
					even++
				}
			}
		}
		for code, n := range truth {
			faced += n
			found += min(n, got[code])
		}
		for code, n := range got {
			false_ += max(0, n-truth[code])
		}
		if r.Landlocked {
			locked++
			if len(truth) > 0 {
				wrongly++
			}
		}
		if r.Confidence == frontage.High {
			sure++
		}
		a := items[i].Attr("address").Text()
		if a == "" {
			continue
		}
		addressed++
		house, street, _ := strings.Cut(a, " ")
		if k := strings.LastIndex(house, "/"); k >= 0 {
			street = "Hẻm " + house[:k] + " " + street
		}
		for k, s := range r.Streets {
			if s.Name == street {
				any++
				if k == 0 {
					main++
				}
			}
		}
	}
	share := func(a, b int) float64 { return 100 * float64(a) / float64(b) }
	t.Logf("address: of %d parcels %.2f %% have its street as the main one, %.2f %% face it", addressed, share(main, addressed), share(any, addressed))
	t.Logf("sides: of %.0f km that face a street %.2f %% are found to face it; %.3f %% more are said to and do not", faced/1000, 100*found/faced, 100*false_/faced)
	t.Logf("widths: %d of %d as recorded; of %d gaps measured %.2f %% within a metre of it", widths, streets, gaps, share(even, gaps))
	t.Logf("landlocked: %d, of them %d not; sure of %.1f %%", locked, wrongly, share(sure, len(results)/step))
	if share(main, addressed) < 98 || share(any, addressed) < 99.9 || found < 0.999*faced || false_ > 0.001*faced || widths != streets || share(even, gaps) < 99 || locked == 0 || wrongly > locked/1000 {
		t.Error("the city says otherwise")
	}
}

// BenchmarkFrontage is one parcel of the city, after another.
func BenchmarkFrontage(b *testing.B) {
	c, err := Build(Options{Seed: 1})
	if err != nil {
		b.Fatal(err)
	}
	v, items := surveyed(b, c)
	f := frontage.New(city.RoadsLayer, city.WaterLayer)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		f.Item(v, items[i*7919%len(items)])
		i++
	}
}
