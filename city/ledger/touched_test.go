package ledger

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// records are what a model is loaded with.
type records []spatial.Feature

func (r records) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range r {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: 1, Place: spatial.Place{Plane: 5899}}, nil
}

func (records) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (records) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

// A mark touches the parcels that its place can belong to, as it was and as it is, their
// streets and nothing else, and no other parcel.
func TestMarkTouches(t *testing.T) {
	at := func(layer string, id uint64, fields int, g orb.Geometry) spatial.Feature {
		d, err := crs.Display(g, 5899)
		if err != nil {
			t.Fatal(err)
		}
		return spatial.Feature{Layer: layer, ID: id, Version: 1, Rev: 1, SRID: 5899, Display: d, Values: make([]spatial.Value, fields)}
	}
	var row records // 20 plots, 5 m wide
	for i := range 20 {
		x := 575000 + 5*float64(i)
		row = append(row, at(parcels.LayerName, uint64(i+1), len(parcels.Layer().Fields), orb.Polygon{{{x, 1320500}, {x + 5, 1320500}, {x + 5, 1320520}, {x, 1320520}, {x, 1320500}}}))
	}
	view := func(marks ...spatial.Feature) index.View {
		m := index.New(index.Config{Layers: city.Layers()})
		if err := m.Load(t.Context(), append(slices.Clip(row), marks...)); err != nil {
			t.Fatal(err)
		}
		return m.View(spatial.TierAll)
	}
	mark := func(x float64) spatial.Feature {
		return at(frontage.MarksLayer, 100, len(frontage.Layer().Fields), orb.Point{575000 + x, 1320500.2})
	}
	event := []index.Event{{Change: change.Change{Layer: frontage.MarksLayer, ID: 100}}}
	for _, tt := range []struct {
		name     string
		old, now index.View
		want     []uint64
	}{
		{"made", view(), view(mark(17.5)), []uint64{4}},
		{"taken back", view(mark(17.5)), view(), []uint64{4}},
		{"moved", view(mark(17.5)), view(mark(52.5)), []uint64{4, 11}},
		{"beside a border", view(), view(mark(19.6)), []uint64{4, 5}},
	} {
		found := find(tt.old, tt.now, Book{}, event)
		if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		for id, parts := range found {
			if parts != city.PartStreet {
				t.Errorf("%s: of parcel %d the parts %b", tt.name, id, parts)
			}
		}
	}
}
