package ledger_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/ledger"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// keeping is a store that a ledger keeps in.
type keeping interface {
	records
	ledger.Store
}

// started runs a ledger that keeps, lets edit write, and ends it: what it leaves in
// the store is the last it knew.
func started(t *testing.T, s keeping, cfg ledger.Config, edit func(*house)) ledger.Book {
	t.Helper()
	var b ledger.Book
	t.Run("start", func(t *testing.T) {
		cfg.Store, cfg.Save = s, time.Hour
		h := live(t, s, cfg)
		if edit != nil {
			edit(h)
		}
		b = h.ledger.Current()
		same(t, "kept up", b, h.fresh())
	})
	return b
}

// counted counts the pages that are written.
type counted struct {
	keeping
	mu      sync.Mutex
	written int
}

func (c *counted) PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (spatial.Revision, bool, error) {
	c.mu.Lock()
	c.written += len(parts)
	c.mu.Unlock()
	return c.keeping.PutDerived(ctx, kind, was, parts)
}

func (c *counted) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := c.written
	c.written = 0
	return n
}

// lies is what is kept.
func lies(t *testing.T, s ledger.Store) (out []change.Derived) {
	t.Helper()
	if err := s.Derived(t.Context(), "lies", func(d change.Derived) error { out = append(out, d); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// A start from what is kept comes to what a start from nothing comes to, whatever was
// written since, and whatever became of what was kept.
func TestStartFromKept(t *testing.T) {
	s := &counted{keeping: embedded(t)}
	small(t, s)
	started(t, s, ledger.Config{}, nil)
	pages := s.count()
	if got := lies(t, s); len(got) != pages || pages < 6 {
		t.Fatalf("%d parts are kept, %d were written", len(got), pages)
	}
	started(t, s, ledger.Config{}, nil)
	if n := s.count(); n != 0 {
		t.Errorf("a start at the same revision wrote %d parts", n)
	}
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 3 {
		// Written while no server runs, then while one does.
		t.Run("idle", func(t *testing.T) {
			h := live(t, s, ledger.Config{})
			for range 3 {
				h.write(editor{h, r}.edit())
			}
		})
		started(t, s, ledger.Config{}, func(h *house) {
			if round%2 == 0 {
				h.write(editor{h, r}.edit())
			}
		})
		if n := s.count(); n == 0 {
			t.Errorf("round %d: nothing was written", round)
		}
	}
	same := func(what string, damage func(d *change.Derived, middle bool)) {
		t.Helper()
		at := lies(t, s)
		head := at[0].Rev
		for i := range at {
			damage(&at[i], i == len(at)/2)
		}
		if _, ok, err := s.keeping.PutDerived(t.Context(), "lies", head, at); err != nil || !ok {
			t.Fatal(what, ok, err)
		}
		started(t, s, ledger.Config{}, nil)
		if n := s.count(); n == 0 {
			t.Errorf("%s: what was kept was not mended", what)
		}
		started(t, s, ledger.Config{}, nil)
		if n := s.count(); n != 0 {
			t.Errorf("%s: after it was mended %d parts were written again", what, n)
		}
	}
	same("a page is cut short", func(d *change.Derived, middle bool) {
		if middle {
			d.Data = d.Data[:len(d.Data)/2]
		}
	})
	same("a page is lost", func(d *change.Derived, middle bool) {
		if middle {
			d.Data = nil
		}
	})
	same("a bit is another", func(d *change.Derived, _ bool) {
		if d.Part > 0 {
			d.Data[len(d.Data)/3] ^= 4
		}
	})
	same("the head is lost", func(d *change.Derived, _ bool) {
		if d.Part == 0 {
			d.Rev, d.Data = 0, []byte("?")
		}
	})
	same("it is of a revision to come", func(d *change.Derived, _ bool) {
		if d.Part == 0 {
			d.Rev += 1000
		}
	})
	started(t, s, ledger.Config{Mark: "another program"}, nil)
	if n := s.count(); n == 0 {
		t.Error("what another program kept was used")
	}
}

// What a kept page says of another version of a parcel is not used.
func TestKeptOfAnotherVersion(t *testing.T) {
	s := embedded(t)
	small(t, s)
	started(t, s, ledger.Config{}, nil)
	before := lies(t, s)
	started(t, s, ledger.Config{}, func(h *house) {
		e := editor{h, rand.New(rand.NewPCG(1, 1))}
		f := e.pick(parcels.LayerName)
		e.shift(&f, 200)
		h.write(change.Op{Verb: change.Update, Feature: f})
	})
	// The pages of before, said to be of now, as of a part of the store put back.
	now := lies(t, s)
	head := now[0].Rev
	for i := range before {
		before[i].Rev = head
	}
	if _, ok, err := s.PutDerived(t.Context(), "lies", head, before); err != nil || !ok {
		t.Fatal(ok, err)
	}
	h := live(t, s, ledger.Config{Store: s, Save: time.Hour})
	fresh := h.fresh()
	n := 0
	for id, f := range h.ledger.Current().All() {
		w, _ := fresh.Facts(id)
		if f.Floors != nil && w.Floors != nil && *f.Floors == *w.Floors {
			n++
		}
	}
	// Its own facts are those of its new place.
	v := h.model.View(spatial.TierPublic)
	for it := range v.After(parcels.LayerName, 0) {
		if it.Version() > 1 {
			got, _ := h.ledger.Current().Facts(it.ID())
			want, err := h.city.Facts(v, it.ID())
			if err != nil || got.Floors != nil && *got.Floors != *want.Floors || !slices.Equal(got.Zones, want.Zones) {
				t.Errorf("%+v, want %+v, %v", got, want, err)
			}
			n = -1
		}
	}
	if n >= 0 {
		t.Error("no parcel has a second version: the test edits nothing")
	}
}

// Both stores give the same facts, and the same bytes to keep.
func TestBothStores(t *testing.T) {
	cfg := store.Config{Layers: city.Layers()}
	p, err := postgis.OpenWith(t.Context(), pgtest.New(t), cfg, postgis.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	stores := []keeping{embedded(t), p}
	var books []ledger.Book
	var kept [][]change.Derived
	for _, s := range stores {
		small(t, s)
		books = append(books, started(t, s, ledger.Config{}, func(h *house) {
			e := editor{h, rand.New(rand.NewPCG(5, 6))}
			for range 4 {
				h.write(e.edit())
			}
		}))
		kept = append(kept, lies(t, s))
	}
	same(t, "PostGIS against the file", books[1], books[0])
	if len(kept[0]) != len(kept[1]) {
		t.Fatalf("%d and %d parts are kept", len(kept[0]), len(kept[1]))
	}
	for i := range kept[0] {
		if a, b := kept[0][i], kept[1][i]; a.Part != b.Part || a.Rev != b.Rev || !slices.Equal(a.Data, b.Data) {
			t.Errorf("part %d differs", a.Part)
		}
	}
}

// Two servers of one store keep in turn, and what is kept is always right.
func TestTwoServersKeep(t *testing.T) {
	s := embedded(t)
	small(t, s)
	r := rand.New(rand.NewPCG(8, 9))
	for range 2 {
		t.Run("both", func(t *testing.T) {
			a := live(t, s, ledger.Config{Store: s, Save: time.Hour})
			b := live(t, s, ledger.Config{Store: s, Save: time.Hour})
			a.write(editor{a, r}.edits(2)...)
			b.rev = a.rev
			b.settle()
			b.write(editor{b, r}.edit())
			a.rev = b.rev
			a.settle()
			same(t, "both", a.ledger.Current(), b.ledger.Current())
		})
		started(t, s, ledger.Config{}, nil)
	}
}
