package queries_test

import (
	"context"
	"runtime"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// written gives the city to a model, ids in the order it is written in.
type written struct{ c *demo.City }

func (w written) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	n := uint64(0)
	for op, err := range w.c.Ops() {
		if err != nil {
			return change.Loaded{}, err
		}
		n++
		op.Feature.ID, op.Feature.Version, op.Feature.Rev = n, 1, spatial.Revision(n)
		if err := emit(op.Feature); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(n), Place: w.c.Place()}, nil
}

func (w written) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}
func (w written) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

// book is what is known of parcels, as their cards say it.
type book map[uint64]city.Facts

func (b book) Facts(id uint64) (city.Facts, bool) { f, ok := b[id]; return f, ok }

func town(t testing.TB, parcels int) (index.View, book) {
	t.Helper()
	c, err := demo.Build(demo.Options{Seed: 1, Parcels: parcels})
	if err != nil {
		t.Fatal(err)
	}
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), written{c}); err != nil {
		t.Fatal(err)
	}
	v := m.View(spatial.TierPublic)
	return v, known(t, v)
}

// known asks for the card of every parcel.
func known(t testing.TB, v index.View) book {
	t.Helper()
	national, err := rules.National()
	if err != nil {
		t.Fatal(err)
	}
	shown, err := rules.Demo()
	if err != nil {
		t.Fatal(err)
	}
	packs, err := planning.Compile([]planning.Pack{national, shown})
	if err != nil {
		t.Fatal(err)
	}
	c := city.New(city.Config{Rules: func(spatial.Place, spatial.Date, []planning.Loaded) planning.Rules { return packs }})
	var items []index.Item
	for it := range v.After(parcels.LayerName, 0) {
		items = append(items, it)
	}
	all := make([]city.Facts, len(items))
	var wg sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for k := range workers {
		wg.Go(func() {
			for i := k; i < len(items); i += workers {
				card, err := c.Card(v, items[i].ID(), "vi")
				if err != nil {
					t.Error(err)
					return
				}
				all[i] = factsOf(card)
			}
		})
	}
	wg.Wait()
	b := book{}
	for i, it := range items {
		if i%50 != 49 { // of some nothing is known yet
			b[it.ID()] = all[i]
		}
	}
	built(v, b)
	return b
}

func factsOf(c city.Card) city.Facts {
	a := c.Planning
	f := city.Facts{Outcome: a.Floors.Outcome, Floors: a.Floors.Max, Height: a.Height.Max, Density: a.Density.Max, FAR: a.FAR.Max, Footprint: a.Footprint.Max, FloorArea: a.FloorArea.Max}
	if a.Floors.Because != nil {
		f.Rule = a.Floors.Because.Rule
	}
	if a.Floors.Status != nil {
		f.Status = *a.Floors.Status
	}
	for _, z := range a.Zones {
		if z.Code != nil {
			f.Zones = append(f.Zones, *z.Code)
		}
		if z.Use != nil {
			f.PlannedUses = append(f.PlannedUses, *z.Use)
		}
	}
	if len(a.Conversion) > 0 {
		f.Conversion = a.Conversion[0].Outcome
	}
	if c.Reference.Commune != nil {
		f.Ward = *c.Reference.Commune
	}
	if c.Frontage != nil {
		f.Frontage = c.Frontage.Length
		if len(c.Frontage.Streets) > 0 {
			f.RoadWidth = c.Frontage.Streets[0].Width
		}
	}
	return f
}

// built adds the floor area of the buildings whose inner point lies in a parcel.
func built(v index.View, b book) {
	sums := map[uint64]float64{}
	for it := range v.After(city.BuildingsLayer, 0) {
		levels, ok := it.Attr("levels").Number()
		at, err := overlay.InteriorPoint(it.Geometry())
		if !ok || err != nil {
			continue
		}
		for p := range v.At(parcels.LayerName, at) {
			sums[p.ID()] += it.Area() * levels
		}
	}
	for id, f := range b {
		if s, ok := sums[id]; ok {
			f.BuiltFloorArea = &s
			b[id] = f
		}
	}
}

// planeOf is where metres of a view's place are measured.
func planeOf(t testing.TB, v index.View) *filter.Plane {
	t.Helper()
	to, err := crs.To(v.Place().Plane)
	if err != nil {
		t.Fatal(err)
	}
	from, err := crs.From(v.Place().Plane)
	if err != nil {
		t.Fatal(err)
	}
	return &filter.Plane{To: to, From: from}
}

func parse(t testing.TB, v index.View, text string) filter.Expr {
	t.Helper()
	if text == "" {
		return filter.Expr{}
	}
	e, err := filter.ParseText(text, queries.Schema(v, planeOf(t, v)))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wide asks for roads of a width, m.
func wide(least, metres float64) queries.Near {
	return queries.Near{Layer: city.RoadsLayer, Metres: metres, Key: spatial.Float(least).String(), Holds: func(it index.Item) bool {
		w, ok := it.Attr("width").Number()
		return ok && w >= least
	}}
}

func ids(t testing.TB, s *queries.Selection) map[uint64]bool {
	t.Helper()
	out := map[uint64]bool{}
	for r, err := range s.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if out[r.Item().ID()] {
			t.Fatalf("%d comes twice", r.Item().ID())
		}
		out[r.Item().ID()] = true
	}
	return out
}

// middle is a ring of n corners about the middle of the parcels, radius in degrees.
func middle(v index.View, n int, radius float64) orb.Polygon {
	c := v.Bounds(parcels.LayerName).Center()
	return circle(c, n, radius)
}
