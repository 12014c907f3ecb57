package postgis_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
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
	c := connect(t, dsn)
	for range 10 {
		// Whoever lost the bell takes it up again, and looks at what it missed.
		run(t, c, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
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

// TestSilentServer: a server that takes the question and never answers is away,
// within a bounded time, to a connection that stood and to a new one.
func TestSilentServer(t *testing.T) {
	dsn := pgtest.New(t)
	open(t, dsn, bellOnly(), postgis.Options{Migrate: true})
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, u.Host)
	u.Host = p.addr()
	u.RawQuery += "&connect_timeout=1"
	s := open(t, u.String(), bellOnly(), postgis.Options{Patience: time.Second})
	fill(t, s, 10)
	p.silent.Store(true)
	_, err = s.Get(t.Context(), "plots", 1, spatial.AsOf{})
	refused(t, err, spatial.Unavailable, "store.away")
	refused(t, s.Wait(t.Context(), 10), spatial.Unavailable, "store.away")
	refused(t, tryOpen(t, u.String(), bellOnly(), postgis.Options{}), spatial.Unavailable, "store.away")
	p.silent.Store(false)
	p.drop()
	if _, err := s.Get(t.Context(), "plots", 1, spatial.AsOf{}); err != nil {
		t.Fatal(err)
	}
}

// proxy passes bytes on to a server, until it is told to swallow them.
type proxy struct {
	l      net.Listener
	silent atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
}

// drop ends every connection.
func (p *proxy) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.conns {
		c.Close()
	}
	p.conns = nil
}

func newProxy(t *testing.T, to string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &proxy{l: l}
	pass := func(dst, src net.Conn) {
		defer dst.Close()
		defer src.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := src.Read(buf)
			if err != nil {
				return
			}
			if p.silent.Load() {
				continue
			}
			if _, err := dst.Write(buf[:n]); err != nil {
				return
			}
		}
	}
	go func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				in.Close()
				return
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			go pass(in, out)
			go pass(out, in)
		}
	}()
	return p
}

func (p *proxy) addr() string { return p.l.Addr().String() }

// TestEditReadsNoWholeTable: what an edit costs does not grow with the store,
// even before the server has gathered statistics.
func TestEditReadsNoWholeTable(t *testing.T) {
	dsn := pgtest.New(t)
	cfg := bellOnly()
	s := open(t, dsn, cfg, postgis.Options{Migrate: true})
	c := connect(t, dsn)
	run(t, c, "ALTER TABLE langbiang.plots SET (autovacuum_enabled = false); ALTER TABLE langbiang.lb_log SET (autovacuum_enabled = false)")
	fill(t, s, 5000)
	// settled counts the rows read by sequential scans, once every connection of s
	// has ended and left its counts.
	settled := func(s *postgis.Store) int {
		s.Close()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for count(t, c, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'langbiang' AND datname = current_database()") > 0 {
			<-tick.C
		}
		return count(t, c, "SELECT sum(seq_tup_read)::int FROM pg_stat_user_tables WHERE schemaname = 'langbiang' AND relname IN ('plots', 'lb_log')")
	}
	before := settled(s)
	s = open(t, dsn, cfg, postgis.Options{})
	for n := range 20 {
		f := plot(n)
		f.ID = uint64(n + 1)
		verb := []change.Verb{change.Update, change.Retire}[n%2]
		if _, err := s.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
			yield(change.Op{Verb: verb, Feature: f}, nil)
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Due(t.Context(), change.Commit{}, "2026-03-01"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Batch(t.Context(), 5000, 100); err != nil {
			t.Fatal(err)
		}
	}
	if after := settled(s); after != before {
		t.Errorf("20 edits read %d rows in sequence", after-before)
	}
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
