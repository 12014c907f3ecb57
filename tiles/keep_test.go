package tiles

import (
	"bytes"
	"context"
	"iter"
	"path/filepath"
	"slices"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// keeping is a keeper over a store that was just opened.
func keeping(t *testing.T, s *sqlite.Store, mark string) (*Keeper, *Cache, *index.Model) {
	t.Helper()
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	c := NewCache(1<<20, nil)
	return c.Keep(KeeperConfig{Store: s, Model: m, Mark: mark}), c, m
}

// overview are the tiles of the coverage of a place, z8–z14.
func overview(t *testing.T, c *Cache, v index.View) (out [][]byte) {
	t.Helper()
	layers, err := Find(Layers(), []string{"coverage"})
	if err != nil {
		t.Fatal(err)
	}
	b := v.Bounds(parcels.LayerName)
	for z := uint32(MinZoom); z <= 14; z++ {
		a, e := tileAt(b.LeftTop(), z), tileAt(b.RightBottom(), z)
		for x := a.X; x <= e.X; x++ {
			for y := a.Y; y <= e.Y; y++ {
				out = append(out, c.Tile(v, layers, Coord{z, x, y}, Plain).Bytes)
			}
		}
	}
	return out
}

// After a restart the cells that stand still are taken over, those that were edited
// meanwhile are made anew, and no tile is another than one made from nothing. What is
// damaged, or of another program, is not used.
func TestCoverageIsKept(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here is shared between goroutines: once without the race detector is enough")
	}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := demo.Fill(ctx, s, demo.Options{Seed: 3, Parcels: 1200}, nil); err != nil {
		t.Fatal(err)
	}
	k, c, m := keeping(t, s, "one")
	k.load(ctx)
	k.warm(ctx)
	k.save(ctx)
	n := len(k.saved)
	if n < 1 {
		t.Fatalf("%d cells: the test looks at the wrong city", n)
	}
	first := overview(t, c, m.View(spatial.TierPublic))

	// again starts anew: every tile is as it should be.
	again := func(what, mark string) {
		t.Helper()
		k, c, m := keeping(t, s, mark)
		k.load(ctx)
		k.warm(ctx)
		v := m.View(spatial.TierPublic)
		got, want := overview(t, c, v), overview(t, NewCache(0, nil), v)
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Errorf("%s: the tiles are others than those made from nothing", what)
		}
		k.save(ctx)
	}
	if k, c, m := keeping(t, s, "one"); true {
		k.load(ctx)
		before := len(c.render.ground.kept.cells)
		got := overview(t, c, m.View(spatial.TierPublic))
		if before != n || len(c.render.ground.kept.cells) != 0 {
			t.Errorf("%d cells were kept of %d, and %d not asked for", before, n, len(c.render.ground.kept.cells))
		}
		if !slices.EqualFunc(got, first, bytes.Equal) {
			t.Error("kept tiles are others")
		}
	}

	// Edited while no server ran: a parcel changed its use, another is gone.
	var ops []change.Op
	for it := range m.View(spatial.TierAll).After(parcels.LayerName, 0) {
		f, err := s.Get(ctx, parcels.LayerName, it.ID(), spatial.AsOf{})
		if err != nil {
			t.Fatal(err)
		}
		l := parcels.Layer()
		f.Values[l.Index("use")] = spatial.Text("RSX")
		ops = []change.Op{{Verb: change.Update, Feature: f}}
		break
	}
	last := m.View(spatial.TierAll).Last(parcels.LayerName)
	ops = append(ops, change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: parcels.LayerName, ID: last}})
	if _, err := s.Apply(ctx, change.Commit{By: "test", Today: "2026-11-25"}, written(ops)); err != nil {
		t.Fatal(err)
	}
	again("after edits", "one")
	k, c, m = keeping(t, s, "one")
	k.load(ctx)
	overview(t, c, m.View(spatial.TierPublic))
	if len(c.render.ground.kept.cells) != 0 {
		t.Errorf("what was made after the edits was not kept: %d cells", len(c.render.ground.kept.cells))
	}
	if slices.EqualFunc(overview(t, c, m.View(spatial.TierPublic)), first, bytes.Equal) {
		t.Error("the edits do not show")
	}

	// Damaged bytes.
	var parts []change.Derived
	var head spatial.Revision
	if err := s.Derived(ctx, kind, func(d change.Derived) error {
		if d.Part == 0 {
			head = d.Rev
			return nil
		}
		d.Data[len(d.Data)/2] ^= 8
		parts = append(parts, d)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := s.PutDerived(ctx, kind, head, parts); err != nil || !ok {
		t.Fatal(ok, err)
	}
	again("damaged", "one")
	again("of another program", "two")
}

func written(ops []change.Op) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	}
}

// Run keeps what it made and ends when it is told to.
func TestKeeperRuns(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := demo.Fill(t.Context(), s, demo.Options{Seed: 3, Parcels: 1000}, nil); err != nil {
		t.Fatal(err)
	}
	k, _, _ := keeping(t, s, "one")
	ctx, end := context.WithCancel(t.Context())
	end()
	k.Publish(index.Published{})
	k.Publish(index.Published{})
	k.Run(ctx) // even one that is told to end at once keeps what is there
	n := 0
	if err := s.Derived(t.Context(), kind, func(change.Derived) error { n++; return nil }); err != nil || n != 1 {
		t.Errorf("%d parts, %v", n, err)
	}
}
