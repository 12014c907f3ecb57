package storetest

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// testDerived: what is derived is kept beside the records and is none of them.
func testDerived(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	mustApply(t, s, change.Commit{By: "tester"}, create(thing(1, "một")))
	head, err := s.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	second := h.Again(t, s)
	all := func(s Store, kind string) (out []change.Derived) {
		t.Helper()
		if err := s.Derived(ctx, kind, func(d change.Derived) error { out = append(out, d); return nil }); err != nil {
			t.Fatal(err)
		}
		return out
	}
	put := func(s Store, kind string, was, at spatial.Revision, written bool, parts ...change.Derived) {
		t.Helper()
		got, ok, err := s.PutDerived(ctx, kind, was, parts)
		if err != nil || got != at || ok != written {
			t.Fatalf("put at %d: %d, %v, %v; want %d, %v", was, got, ok, err, at, written)
		}
	}
	if got := all(s, "a"); got != nil {
		t.Fatalf("an empty store has %v", got)
	}
	large := make([]byte, 300_000)
	for i := range large {
		large[i] = byte(i * i >> 3)
	}
	first := []change.Derived{{Part: 0, Rev: 5, Data: []byte("đầu")}, {Part: 1, Rev: 5, Data: []byte{}}, {Part: 1 << 45, Rev: 5, Data: large}}
	put(s, "a", 0, 5, true, first[2], first[0], first[1])
	same(t, "kept", all(second, "a"), first)
	put(second, "b", 0, 0, true, change.Derived{Part: 9, Rev: 2, Data: []byte{0}})
	same(t, "of another kind", all(s, "a"), first)
	// Who believes the head to be elsewhere writes nothing, and hears where it is.
	put(second, "a", 4, 5, false, change.Derived{Part: 0, Rev: 9, Data: []byte{1}})
	put(second, "a", 0, 5, false, change.Derived{Part: 0, Rev: 9, Data: []byte{1}})
	same(t, "after a refusal", all(s, "a"), first)
	put(second, "a", 5, 7, true, change.Derived{Part: 0, Rev: 7, Data: []byte{1}}, change.Derived{Part: 1 << 45, Rev: 7}, change.Derived{Part: 77, Rev: 7})
	same(t, "changed", all(s, "a"), []change.Derived{{Part: 0, Rev: 7, Data: []byte{1}}, first[1]})
	// An error ends the reading.
	enough := errors.New("enough")
	if err := s.Derived(ctx, "a", func(change.Derived) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("%v", err)
	}
	// Of several at once one is first.
	var wg sync.WaitGroup
	won := make(chan spatial.Revision, 8)
	for i := range 8 {
		wg.Go(func() {
			rev := spatial.Revision(100 + i)
			if _, ok, err := []Store{s, second}[i%2].PutDerived(ctx, "a", 7, []change.Derived{{Part: 0, Rev: rev, Data: []byte{2}}}); err != nil {
				t.Error(err)
			} else if ok {
				won <- rev
			}
		})
	}
	wg.Wait()
	close(won)
	if rev := <-won; rev != all(s, "a")[0].Rev || len(won) > 0 {
		t.Errorf("%d wrote, and %d more; kept is %d", rev, len(won), all(s, "a")[0].Rev)
	}
	// None of it is in the log.
	if now, err := s.Head(ctx); err != nil || now != head {
		t.Errorf("the head is %d, was %d: %v", now, head, err)
	}
	done, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Derived(done, "a", func(change.Derived) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, _, err := s.PutDerived(done, "a", 0, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	sound(t, s)
}
