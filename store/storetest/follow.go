package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func testBatch(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx := context.Background()
	var ops []change.Op
	for n := range 20 {
		ops = append(ops, create(thing(n, "n")))
	}
	mustApply(t, s, onDay(today), ops...)
	mustApply(t, s, onDay(today), remove("things", 3), create(note("x")))
	seen := map[uint64]bool{}
	var rev spatial.Revision
	for {
		b, err := s.Batch(ctx, rev, 7)
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Changes) == 0 {
			if b.Head != rev {
				t.Fatalf("head of an empty batch after %d: %d", rev, b.Head)
			}
			break
		}
		for _, c := range b.Changes {
			if rev++; c.Rev != rev {
				t.Fatalf("revision %d after %d", c.Rev, rev-1)
			}
		}
		if len(b.Changes) > 7 || b.Head != rev || b.Place != nil || b.Layers != nil || b.Imports != nil {
			t.Fatalf("batch %+v", b)
		}
		for _, f := range b.Features {
			if f.Legal != nil || f.Extra != "" || seen[f.ID] {
				t.Fatalf("feature %+v", f)
			}
			seen[f.ID] = true
		}
	}
	if rev != 22 || seen[3] || len(seen) != 20 {
		t.Fatalf("followed to %d, saw %d features", rev, len(seen))
	}
	stop := errors.New("enough")
	_, err := s.Load(ctx, func(spatial.Feature) error { return stop })
	if !errors.Is(err, stop) {
		t.Fatalf("load: %v", err)
	}
	if fs, _ := load(t, s); len(fs) != 20 {
		t.Fatalf("load gives %d", len(fs))
	}
}

func testWait(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	second := h.Again(t, s)
	ctx := context.Background()
	mustApply(t, s, onDay(today), create(note("1")))
	if err := s.Wait(ctx, 0); err != nil {
		t.Fatal(err)
	}
	for i, writer := range []Store{s, second} { // of this process, and of another
		rev := head(t, s)
		errs := make(chan error, 1)
		go func() {
			for {
				if err := s.Wait(ctx, rev); err != nil {
					errs <- err
					return
				}
				if h, err := s.Head(ctx); err != nil || h > rev {
					errs <- err
					return
				}
			}
		}()
		mustApply(t, writer, onDay(today), create(note(fmt.Sprint(i))))
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Wait(ended, head(t, s)); !errors.Is(err, context.Canceled) {
		t.Fatalf("wait: %v", err)
	}
}

// testConcurrent has writers on two handles and a follower that must miss nothing.
func testConcurrent(t *testing.T, h Harness) {
	a := h.Open(t, newClock().Now)
	b := h.Again(t, a)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	const writers, each = 8, 40
	var wg sync.WaitGroup
	failed := make(chan error, writers)
	for w := range writers {
		s := a
		if w%2 == 1 {
			s = b
		}
		wg.Go(func() {
			var mine []uint64
			for i := range each {
				ops := []change.Op{create(thing(w*100+i, fmt.Sprint("w", w))), create(note("x"))}
				if len(mine) > 2 {
					f := thing(w*100+i+50, "sửa")
					f.ID = mine[0]
					ops = append(ops, update(f))
				}
				if len(mine) > 4 {
					ops = append(ops, remove("things", mine[len(mine)-1]))
					mine = mine[:len(mine)-1]
				}
				r, err := s.Apply(ctx, onDay(today), seq(ops...))
				if err != nil {
					failed <- err
					return
				}
				if int(r.Last-r.First)+1 != len(ops) || len(r.Created) != 2 {
					failed <- fmt.Errorf("result %+v of %d ops", r, len(ops))
					return
				}
				mine = append(mine, r.Created[0])
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()

	state := map[string]spatial.Feature{}
	name := func(layer string, id uint64) string { return fmt.Sprint(layer, "/", id) }
	var rev spatial.Revision
	follow := func() {
		t.Helper()
		batch, err := a.Batch(ctx, rev, 17)
		if err != nil {
			t.Fatalf("batch: %v", err)
		}
		for _, c := range batch.Changes {
			if rev++; c.Rev != rev {
				t.Fatalf("the follower saw revision %d after %d", c.Rev, rev-1)
			}
			delete(state, name(c.Layer, c.ID))
		}
		for _, f := range batch.Features {
			state[name(f.Layer, f.ID)] = f
		}
	}
	for finished := false; !finished; {
		select {
		case <-done:
			finished = true
		default:
		}
		follow()
		if !finished {
			if err := a.Wait(ctx, rev); err != nil {
				t.Fatalf("wait: %v", err)
			}
		}
	}
	close(failed)
	for err := range failed {
		t.Fatalf("a writer failed: %v", err)
	}
	for end := head(t, b); rev < end; {
		follow()
	}
	fs, l := load(t, b)
	if l.Head != rev {
		t.Fatalf("followed to %d, head %d", rev, l.Head)
	}
	if len(fs) != len(state) {
		t.Fatalf("followed %d features, loaded %d", len(state), len(fs))
	}
	ids := map[uint64]bool{}
	for _, f := range fs {
		same(t, "followed", state[name(f.Layer, f.ID)], f)
	}
	for _, c := range wholeLog(t, a, 1000) {
		if c.Verb == change.Create {
			ids[c.ID] = true
		}
	}
	for id := uint64(1); id <= writers*each*2; id++ {
		if !ids[id] {
			t.Fatalf("id %d was never given", id)
		}
	}
	sound(t, b)
}

func testAtomic(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx := context.Background()
	mustApply(t, s, onDay(today), create(thing(1, "giữ")), create(note("giữ")))
	before, loaded := load(t, s)
	boom := errors.New("the file ends here")
	com := onDay(today)
	com.Import = delivery("hỏng")
	_, err := s.Apply(ctx, com, func(yield func(change.Op, error) bool) {
		for n := range 700 {
			if !yield(create(thing(n, "mới")), nil) {
				t.Error("ops were stopped early")
				return
			}
		}
		f := thing(1, "đổi")
		f.ID = 1
		_ = yield(update(f), nil) && yield(remove("notes", 2), nil) && yield(change.Op{}, boom)
	})
	if err != boom {
		t.Fatalf("the error of ops comes back as %v", err)
	}
	after, now := load(t, s)
	same(t, "load", after, before)
	same(t, "loaded", now, loaded)
	if len(imports(t, s)) != 0 || len(versions(t, s, "things", 1)) != 1 {
		t.Fatal("something of a failed commit stayed")
	}
	if r := mustApply(t, s, onDay(today), create(note("tiếp"))); r.Created[0] != 3 || r.First != 3 {
		t.Fatalf("result %+v", r)
	}
	func() { // ops that panic leave nothing behind, and the store usable
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = s.Apply(ctx, onDay(today), func(func(change.Op, error) bool) { panic("ops") })
	}()
	mustApply(t, s, onDay(today), create(note("vẫn")))
	sound(t, s)
}

func testCancelled(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	_, err := s.Apply(ctx, onDay(today), func(yield func(change.Op, error) bool) {
		for ; ; n++ {
			if n == 500 {
				cancel()
			}
			if !yield(create(thing(n, "mới")), nil) {
				return
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("apply: %v", err)
	}
	if n > 100000 {
		t.Fatalf("%d ops were taken after the context ended", n-500)
	}
	for _, call := range []func() error{
		func() error { _, err := s.Load(ctx, func(spatial.Feature) error { return nil }); return err },
		func() error { _, err := s.Batch(ctx, 0, 1); return err },
		func() error { _, err := s.Get(ctx, "things", 1, spatial.AsOf{}); return err },
		func() error { _, err := s.Apply(ctx, onDay(today), seq(create(note("x")))); return err },
		func() error { _, err := s.Due(ctx, onDay(today), today); return err },
		func() error {
			for _, err := range s.Scan(ctx, "things", spatial.AsOf{}, nil, 0) {
				return err
			}
			return nil
		},
	} {
		if err := call(); !errors.Is(err, context.Canceled) {
			t.Fatalf("on an ended context: %v", err)
		}
	}
	if fs, l := load(t, s); len(fs) != 0 || l.Head != 0 {
		t.Fatal("something of a cancelled commit stayed")
	}
	if r := mustApply(t, s, onDay(today), create(note("tiếp"))); r.Created[0] != 1 || r.First != 1 {
		t.Fatalf("result %+v", r)
	}
	late, stop := context.WithTimeout(context.Background(), time.Nanosecond)
	defer stop()
	<-late.Done()
	if _, err := s.Head(late); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("head: %v", err)
	}
	sound(t, s)
}

// testReading writes while a scan and a load are open: they keep to their own
// transaction, and the write does not wait for them.
func testReading(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx := context.Background()
	var ops []change.Op
	for n := range 300 {
		ops = append(ops, create(thing(n, "n")))
	}
	mustApply(t, s, onDay(today), ops...)
	n := 0
	for f, err := range s.Scan(ctx, "things", spatial.AsOf{}, nil, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 10 {
			mustApply(t, s, onDay(today), remove("things", 200), create(thing(400, "mới")))
			gone(t, s, "things", 200, spatial.AsOf{})
		}
		if f.ID == 301 {
			t.Fatal("the scan saw a later write")
		}
	}
	if n != 300 {
		t.Fatalf("the scan gave %d", n)
	}
	n = 0
	l, err := s.Load(ctx, func(f spatial.Feature) error {
		if n++; n == 5 {
			mustApply(t, s, onDay(today), create(thing(401, "mới nữa")))
		}
		return nil
	})
	if err != nil || n != 300 || l.Head != 302 {
		t.Fatalf("load: %d features at %d, %v", n, l.Head, err)
	}
	// ops may read the store they are written to: the pipeline does
	_, err = s.Apply(ctx, onDay(today), func(yield func(change.Op, error) bool) {
		for f, err := range s.Scan(ctx, "things", spatial.AsOf{}, nil, 295) {
			f.Values[0] = spatial.Text("qua " + nameOf(f))
			if !yield(update(f), err) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if f := get(t, s, "things", 300, spatial.AsOf{}); nameOf(f) != "qua n" {
		t.Fatalf("%+v", f)
	}
	sound(t, s)
}
