package index

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// standing names the records whose boxes touch a box, with their versions.
func standing(v View, b orb.Bound) map[uint64]spatial.Revision {
	out := map[uint64]spatial.Revision{}
	for it := range v.Within("plots", b) {
		out[it.ID()] = it.Rev()
	}
	return out
}

// step applies what was written since to a model, without a follower.
func step(t interface{ Fatal(...any) }, m *Model, l *ledger) View {
	b, err := l.Batch(context.Background(), m.Current().rev, 1000)
	if err != nil {
		t.Fatal(err)
	}
	next := m.Current().copy()
	next.apply(b, nil)
	m.publish(next, Published{})
	return m.View(spatial.TierPublic)
}

// Where two snapshots of one load have the same stamp for some ground, the same
// records stand there; and a stamp names a revision that touched the ground or what
// lies next to it.
func TestStampsTellGroundApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		somewhere := func() (float64, float64) {
			return rapid.Float64Range(108.40, 108.52).Draw(t, "x"), rapid.Float64Range(11.90, 12.0).Draw(t, "y")
		}
		draw := func() spatial.Feature {
			x, y := somewhere()
			f := plot(rapid.Uint64Range(1, 8).Draw(t, "id"), "p", x, y)
			if rapid.IntRange(0, 9).Draw(t, "wide") == 0 {
				f.Display = square(x, y, rapid.SampledFrom([]float64{0.3, 5, 60}).Draw(t, "side"))
			}
			if rapid.IntRange(0, 3).Draw(t, "gone") == 0 {
				f.Values = nil
			}
			return f
		}
		for range rapid.IntRange(0, 6).Draw(t, "before") {
			l.write(draw())
		}
		m := New(Config{Layers: layers()})
		if err := m.Load(context.Background(), l); err != nil {
			t.Fatal(err)
		}
		views := []View{m.View(spatial.TierPublic)}
		for range rapid.IntRange(1, 8).Draw(t, "commits") {
			for range rapid.IntRange(1, 3).Draw(t, "rows") {
				l.write(draw())
			}
			views = append(views, step(t, m, l))
		}
		for range 6 {
			x, y := somewhere()
			w := rapid.SampledFrom([]float64{0, 0.001, 0.02, 0.3, 3}).Draw(t, "w")
			box := orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + w, y + w}}
			seen := map[spatial.Revision]string{}
			for i, v := range views {
				stamp, here := v.Stamp("plots", box), standing(v, box)
				if was, ok := seen[stamp]; ok && was != fmt.Sprint(here) {
					t.Fatalf("view %d: stamp %d stood for %s and now for %v", i, stamp, was, here)
				}
				seen[stamp] = fmt.Sprint(here)
				for id, rev := range here {
					if stamp < rev {
						t.Fatalf("stamp %d, and record %d is of revision %d", stamp, id, rev)
					}
				}
				if i > 0 && stamp < views[i-1].Stamp("plots", box) {
					t.Fatal("a stamp fell")
				}
			}
		}
	})
}

// An edit raises the stamps of its own ground and leaves others alone, in its layer
// and in no other.
func TestStampsRiseWhereSomethingChanged(t *testing.T) {
	l := newLedger()
	l.write(plot(1, "here", 108.44, 11.94), plot(2, "far", 108.60, 11.94))
	m := New(Config{Layers: layers()})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	at := func(x float64) orb.Bound {
		return orb.Bound{Min: orb.Point{x, 11.94}, Max: orb.Point{x + 0.001, 11.941}}
	}
	v := m.View(spatial.TierPublic)
	if a, b, c := v.Stamp("plots", at(108.44)), v.Stamp("plots", at(108.60)), v.Stamp("plots", at(109)); a != 1 || b != 2 || c != 0 {
		t.Fatalf("after the load: %d, %d, %d", a, b, c)
	}
	if all := v.Stamp("plots", orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}); all != 2 {
		t.Errorf("the world has stamp %d", all)
	}
	// A record that moves touches both places; one that goes touches where it was.
	l.write(plot(1, "moved", 108.80, 11.94))
	moved := step(t, m, l)
	gone := plot(2, "", 0, 0)
	gone.Values = nil
	l.write(gone)
	now := step(t, m, l)
	if a, b, c := moved.Stamp("plots", at(108.44)), moved.Stamp("plots", at(108.80)), moved.Stamp("plots", at(108.60)); a != 3 || b != 3 || c != 2 {
		t.Errorf("after a move: %d, %d, %d", a, b, c)
	}
	if a, b := now.Stamp("plots", at(108.60)), now.Stamp("plots", at(108.44)); a != 4 || b != 3 {
		t.Errorf("after an end: %d, %d", a, b)
	}
	if a, b, c, d := v.Changed("plots"), moved.Changed("plots"), now.Changed("plots"), now.Changed("files"); a != 2 || b != 3 || c != 4 || d != 0 {
		t.Errorf("the layer changed by %d, %d, %d, and one that nobody touched by %d", a, b, c, d)
	}
	l.write(spatial.Feature{Layer: "files", ID: 9, Values: []spatial.Value{spatial.Text("no shape")}})
	if s := step(t, m, l); s.Changed("files") != 5 || s.Changed("plots") != 4 || s.ChangedBeside() != 0 || v.With(nil).Changed("plots") != 0 {
		t.Error("a record without a shape does not change its layer, or another")
	}
	if v.Stamp("plots", at(108.60)) != 2 || v.Stamp("files", at(108.44)) != 0 || v.Stamp("none", at(108.44)) != 0 || (View{}).Stamp("plots", at(108.44)) != 0 {
		t.Error("an older view, another layer or no view has the stamp of the change")
	}
	if v.Origin() == nil || v.Origin() != now.Origin() || v.With(nil).Origin() != nil || v.With(nil).Stamp("plots", at(108.44)) != 0 {
		t.Error("origins: one load has one, a view made by With none")
	}
	was := now.Origin()
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if m.View(spatial.TierPublic).Origin() == was {
		t.Error("another load has the origin of the one before")
	}
}

// Every row of the log counts, also where one batch changes a record twice.
func TestStampsOfABatch(t *testing.T) {
	l := newLedger()
	m := New(Config{Layers: layers()})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	l.write(plot(1, "a", 108.44, 11.94))
	l.write(plot(1, "b", 108.44, 11.94))
	v := step(t, m, l)
	if s := v.Stamp("plots", orb.Bound{Min: orb.Point{108.44, 11.94}, Max: orb.Point{108.44, 11.94}}); s != 2 {
		t.Errorf("stamp %d, want 2", s)
	}
}

// A shape as large as the world marks few cells, and boxes that are no boxes none.
func TestStampsOfOddBoxes(t *testing.T) {
	var count func(n *node) int
	count = func(n *node) int {
		if n == nil {
			return 0
		}
		k := 1
		for _, b := range n.below {
			k += count(b)
		}
		return k
	}
	s := newStamps()
	s.touch(orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}, 7)
	if n := count(s.root); n > 2*mostCells {
		t.Errorf("%d nodes for one shape", n)
	}
	if got := s.highest(orb.Bound{Min: orb.Point{108, 11}, Max: orb.Point{108, 11}}); got != 7 {
		t.Errorf("under it: %d", got)
	}
	s.touch(emptyBox(), 9)
	nan := math.NaN()
	if got := s.highest(orb.Bound{Min: orb.Point{108, 11}, Max: orb.Point{108, 11}}); got != 7 || (View{s: &Snapshot{}}).Stamp("x", orb.Bound{Min: orb.Point{nan, nan}, Max: orb.Point{nan, nan}}) != 0 {
		t.Errorf("the box of nothing left a stamp: %d", got)
	}
	var none stamps
	if none.highest(orb.Bound{}) != 0 {
		t.Error("an empty pyramid has a stamp")
	}
}

// BenchmarkPublish is one edit of a hundred thousand plots, from the batch to the
// published snapshot.
func BenchmarkPublish(b *testing.B) {
	l := newLedger()
	for i := range 100_000 {
		f := plot(uint64(i+1), "Trần Phú", 108+float64(i%400)*0.001, 11.8+float64(i/400)*0.001)
		l.now[f.ID] = f
	}
	m := New(Config{Layers: layers()})
	if err := m.Load(b.Context(), l); err != nil {
		b.Fatal(err)
	}
	f := plot(50_000, "Trần Phú", 108.2, 11.9)
	b.ReportAllocs()
	for b.Loop() {
		f.Rev++
		next := m.Current().copy()
		next.apply(change.Batch{Changes: []change.Change{{Rev: f.Rev, Layer: "plots", ID: f.ID, Verb: change.Update}}, Features: []spatial.Feature{f}, Head: f.Rev}, nil)
		m.publish(next, Published{})
	}
}

func BenchmarkStamp(b *testing.B) {
	s := newStamps()
	for i := range 100_000 {
		x, y := 108+float64(i%400)*0.001, 11.8+float64(i/400)*0.001
		s.touch(orb.Bound{Min: orb.Point{x, y}, Max: orb.Point{x + 0.001, y + 0.001}}, spatial.Revision(i))
	}
	box := orb.Bound{Min: orb.Point{108.2, 11.9}, Max: orb.Point{108.205, 11.905}}
	b.ReportAllocs()
	for b.Loop() {
		s.highest(box)
	}
}
