package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// waiting opens a store whose poll never comes in a test's time.
func waiting(t testing.TB, path string) *Store {
	s, err := Open(t.Context(), path, store.Config{Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestWaitHearsAnotherHandle: each commit of another handle on the file ends a Wait
// without the poll, whether the log behind the file grows or was folded and began anew.
func TestWaitHearsAnotherHandle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.gpkg")
	a, b := waiting(t, path), waiting(t, path)
	if f, err := signsOf(path + "-wal"); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("this system does not tell of writes: the poll does")
	} else if err != nil {
		t.Fatal(err)
	} else {
		f.Close()
	}
	for i := range 20 {
		rev, err := a.Head(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- a.Wait(t.Context(), rev) }()
		if i%5 == 4 {
			if err := b.writer.use(func() error { return b.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)") }); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.SetPlace(t.Context(), change.Commit{}, spatial.Place{Plane: spatial.SRID(5899)}); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if now, err := a.Head(t.Context()); err != nil || now != rev+1 {
			t.Fatalf("the head is %d after %d, %v", now, rev, err)
		}
	}
}

// TestWaitEnds: with its context, and with the store.
func TestWaitEnds(t *testing.T) {
	s := waiting(t, filepath.Join(t.TempDir(), "s.gpkg"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- s.Wait(ctx, 1<<40) }()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	go func() { ended <- s.Wait(t.Context(), 1<<40) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; spatial.CodeOf(err) != "store.closed" {
		t.Errorf("closed: %v", err)
	}
}
