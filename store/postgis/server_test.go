package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// bellOnly is a configuration whose poll never comes in a test's time.
func bellOnly() store.Config {
	return store.Config{Layers: []spatial.Layer{parcelLayer()}, Poll: time.Hour}
}

func open(t *testing.T, dsn string, cfg store.Config, o postgis.Options) *postgis.Store {
	t.Helper()
	s, err := postgis.OpenWith(t.Context(), dsn, cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestServerDownAndUp: while the server is away every call says so; when it is
// back the same Store goes on, bell included.
func TestServerDownAndUp(t *testing.T) {
	server := pgtest.NewServer(t)
	dsn := server.New(t)
	s := open(t, dsn, bellOnly(), postgis.Options{Migrate: true})
	other := open(t, dsn, bellOnly(), postgis.Options{})
	fill(t, s, 30)
	waiting := make(chan error, 1)
	go func() { waiting <- s.Wait(context.Background(), 30) }()
	server.Stop(t)
	refused(t, <-waiting, spatial.Unavailable, "store.away")
	ctx := t.Context()
	for name, call := range map[string]func() error{
		"ping":  func() error { return s.Ping(ctx) },
		"get":   func() error { _, err := s.Get(ctx, "plots", 1, spatial.AsOf{}); return err },
		"load":  func() error { _, err := s.Load(ctx, func(spatial.Feature) error { return nil }); return err },
		"batch": func() error { _, err := s.Batch(ctx, 0, 1); return err },
		"wait":  func() error { return s.Wait(ctx, 30) },
		"apply": func() error { _, err := s.Apply(ctx, change.Commit{}, plots(1)); return err },
		"scan": func() error {
			for _, err := range s.Scan(ctx, "plots", spatial.AsOf{}, nil, 0) {
				return err
			}
			return nil
		},
		"open": func() error { _, err := postgis.OpenWith(ctx, dsn, bellOnly(), postgis.Options{}); return err },
	} {
		t.Run(name, func(t *testing.T) { refused(t, call(), spatial.Unavailable, "store.away") })
	}
	server.Start(t)
	if _, err := s.Get(ctx, "plots", 1, spatial.AsOf{}); err != nil {
		t.Fatal(err)
	}
	go func() { waiting <- s.Wait(context.Background(), 30) }()
	fill(t, other, 1)
	if err := <-waiting; err != nil {
		t.Fatal(err)
	}
	sound(t, s)

	// Connections that died unseen in the pool are not the caller's business.
	server.Stop(t)
	server.Start(t)
	fill(t, s, 1)
	if _, err := other.Load(ctx, func(spatial.Feature) error { return nil }); err != nil {
		t.Fatal(err)
	}
	sound(t, other)
}

// TestFollowEachOther: two Stores on one database, each hearing the other by the
// bell alone.
func TestFollowEachOther(t *testing.T) {
	dsn := pgtest.New(t)
	a, b := open(t, dsn, bellOnly(), postgis.Options{Migrate: true}), open(t, dsn, bellOnly(), postgis.Options{})
	rev := spatial.Revision(0)
	for range 10 {
		for _, pair := range [][2]*postgis.Store{{a, b}, {b, a}} {
			heard := make(chan error, 1)
			go func() { heard <- pair[1].Wait(context.Background(), rev) }()
			fill(t, pair[0], 1)
			if err := <-heard; err != nil {
				t.Fatal(err)
			}
			batch, err := pair[1].Batch(t.Context(), rev, 10)
			if err != nil || len(batch.Changes) != 1 || len(batch.Features) != 1 {
				t.Fatalf("%+v, %v", batch, err)
			}
			rev = batch.Head
		}
	}
}

// TestBusy: a writer waits a bounded time for another, then says so.
func TestBusy(t *testing.T) {
	dsn := pgtest.New(t)
	a := open(t, dsn, bellOnly(), postgis.Options{Migrate: true})
	b := open(t, dsn, bellOnly(), postgis.Options{LockWait: time.Millisecond})
	_, err := a.Apply(t.Context(), change.Commit{}, func(yield func(change.Op, error) bool) {
		_, err := b.Apply(t.Context(), change.Commit{}, plots(1))
		refused(t, err, spatial.Unavailable, "store.busy")
		if _, err := b.Get(t.Context(), "plots", 1, spatial.AsOf{}); spatial.CodeOf(err) != "record.unknown" {
			t.Errorf("a reader waited for a writer: %v", err)
		}
		yield(change.Op{Verb: change.Create, Feature: plot(1)}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, 1)
}

// TestKilledInMidApply kills a process with a half-sent import: nothing of it is
// to be seen, and nothing of it holds up the next writer.
func TestKilledInMidApply(t *testing.T) {
	const half = 20000
	if dsn := os.Getenv("LANGBIANG_TEST_DSN"); dsn != "" {
		s := open(t, dsn, bellOnly(), postgis.Options{})
		_, err := s.Apply(t.Context(), cityImport("torn"), func(yield func(change.Op, error) bool) {
			for op, err := range plots(half) {
				if !yield(op, err) {
					return
				}
			}
			fmt.Println("half")
			select {} // until we are killed
		})
		t.Fatal(err)
	}
	dsn := pgtest.New(t)
	s := open(t, dsn, bellOnly(), postgis.Options{Migrate: true})
	fill(t, s, 100)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledInMidApply$")
	cmd.Env = append(os.Environ(), "LANGBIANG_TEST_DSN="+dsn)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fscanln(out, new(string)); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if head, err := s.Head(t.Context()); err != nil || head != 100 {
		t.Fatalf("head %d, %v", head, err)
	}
	if imports, err := s.Imports(t.Context()); err != nil || len(imports) != 0 {
		t.Fatalf("imports %+v, %v", imports, err)
	}
	res, err := s.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, plots(1))
	if err != nil || res.First != 101 || res.Created[0] != 101 {
		t.Fatalf("%+v, %v", res, err)
	}
	sound(t, s)
}

func TestClosed(t *testing.T) {
	s := open(t, pgtest.New(t), bellOnly(), postgis.Options{Migrate: true})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Head(t.Context())
	refused(t, err, spatial.Unavailable, "store.closed")
	var e *spatial.Error
	if !errors.As(err, &e) || e.Op == "" {
		t.Fatal(err)
	}
}
