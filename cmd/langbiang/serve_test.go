package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// inLot is a place in the first of the lots.
const inLot = "/api/parcels/at?lon=108.4401&lat=11.9401"

func TestAnotherProcessWritesAndTheServerShowsIt(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		dalat(t, store)
		a, b := serve(t, store), serve(t, store)
		if got := a.get(inLot); got.status != http.StatusNotFound || !strings.Contains(got.body, "parcel.none") {
			t.Fatalf("before: %+v", got)
		}
		changesA, changesB := a.live(), b.live()
		imported := uint64(0)
		must(t, 0, "import", "parcels", lotsFile(t, 5, 0), "--store", store)
		for _, s := range []struct {
			server *server
			next   func() (event, error)
		}{{a, changesA}, {b, changesB}} {
			e := until(t, s.next, "parcels")
			imported = uint64(e.data.Rev)
			if len(e.data.IDs) != 5 || e.id == "" || e.data.Rev == 0 {
				t.Errorf("the event names %v, id %q, revision %d", e.data.IDs, e.id, e.data.Rev)
			}
			if got := s.server.get(inLot); got.status != http.StatusOK || !strings.Contains(got.body, `"sheet":"7"`) {
				t.Errorf("after: %+v", got)
			}
		}
		must(t, 0, "imports", "undo", "lots", "--store", store)
		// What is worked out of the imported parcels is told too, at their revision.
		for uint64(until(t, changesA, "parcels").data.Rev) <= imported {
		}
		if got := a.get(inLot); got.status != http.StatusNotFound {
			t.Errorf("after the undo: %+v", got)
		}
		if d := must(t, 0, "check", "--store", store); !strings.Contains(d.stdout, "Nothing is broken") {
			t.Errorf("check beside two servers: %s", d.stdout)
		}
	})
}

func TestKeysOpenAndClose(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		dalat(t, store)
		s := serve(t, store)
		secret := strings.TrimSpace(must(t, 0, "key", "create", "--role", "editor", "--name", "e", "--store", store).stdout)
		if got := s.do(http.MethodGet, "/api/collections", secret, ""); got.status != http.StatusOK || !strings.Contains(got.body, `"permits"`) {
			t.Errorf("an editor does not see permits: %d %s", got.status, got.body)
		}
		if got := s.get("/api/collections"); got.status != http.StatusOK || strings.Contains(got.body, `"permits"`) {
			t.Errorf("the public sees permits: %d", got.status)
		}
		if got := s.do(http.MethodGet, "/api/collections", "lb_"+strings.Repeat("x", 43), ""); got.status != http.StatusUnauthorized {
			t.Errorf("a key that is none: %d", got.status)
		}
		must(t, 0, "key", "revoke", "e", "--store", store)
		for s.do(http.MethodGet, "/api/collections", secret, "").status != http.StatusUnauthorized {
			if t.Context().Err() != nil {
				t.Fatal("a revoked key goes on opening")
			}
		}
	})
}

func TestServerEndsInGoodOrder(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.gpkg")
	dalat(t, store)
	s := serve(t, store)
	next := s.live()
	must(t, 0, "import", "parcels", lotsFile(t, 5, 0), "--store", store)
	until(t, next, "parcels")
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the stream was cut off, not ended: %v", err)
		}
	}
	if err := <-s.ended; err != nil {
		t.Fatalf("the server ended with %v\n%s", err, s.stderr)
	}
	for _, ending := range []string{"-wal", "-shm"} {
		if info, err := os.Stat(store + ending); err == nil && info.Size() > 0 {
			t.Errorf("%s is left with %d bytes", ending, info.Size())
		}
	}
	must(t, 0, "check", "--store", store)
}

func TestTwoServersCannotShareAnAddress(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.gpkg")
	dalat(t, store)
	s := serve(t, store)
	d := must(t, 1, "serve", "--store", store, "--addr", strings.TrimPrefix(s.base, "http://"))
	if !strings.Contains(d.stderr, "serve.address") {
		t.Errorf("it said %s", d.stderr)
	}
}

func TestPostgreSQLStopsWhileServing(t *testing.T) {
	pg := pgtest.NewServer(t)
	store := pg.New(t)
	dalat(t, store)
	must(t, 0, "import", "parcels", lotsFile(t, 5, 0), "--store", store)
	secret := strings.TrimSpace(must(t, 0, "key", "create", "--role", "editor", "--name", "e", "--store", store).stdout)
	s := serve(t, store)
	before := s.get(inLot)
	if before.status != http.StatusOK {
		t.Fatalf("before: %+v", before)
	}
	pg.Stop(t)

	if got := s.get(inLot); got != before {
		t.Errorf("reading while the database is away: %+v, want %+v", got, before)
	}
	if got := s.get("/api/collections/parcels/items?limit=2"); got.status != http.StatusOK {
		t.Errorf("items: %+v", got)
	}
	if got := s.get("/api/search?q=thua"); got.status != http.StatusOK {
		t.Errorf("search: %+v", got)
	}
	if got := s.do(http.MethodPost, "/api/session", "", `{"key":"`+secret+`"}`); got.status != http.StatusServiceUnavailable || got.kind != "application/problem+json" {
		t.Errorf("a write while the database is away: %+v", got)
	}
	if d := must(t, 1, "import", "parcels", lotsFile(t, 5, 10), "--store", store); !strings.Contains(d.stderr, "store.away") {
		t.Errorf("an import said %s", d.stderr)
	}
	if d := must(t, 1, "serve", "--addr", "127.0.0.1:0", "--store", store); !strings.Contains(d.stderr, "store.away") {
		t.Errorf("a second server said %s", d.stderr)
	}
	for {
		got := s.get("/readyz")
		if strings.Contains(got.body, "away") {
			break
		}
		if t.Context().Err() != nil {
			t.Fatalf("readyz never says that the store is away: %+v", got)
		}
	}

	pg.Start(t)
	next := s.live()
	must(t, 0, "import", "parcels", lotsFile(t, 5, 10), "--store", store, "--name", "later")
	until(t, next, "parcels")
	if got := s.get("/api/parcels/at?lon=108.4421&lat=11.9401"); got.status != http.StatusOK {
		t.Errorf("after the database came back: %+v", got)
	}
	if got := s.get("/readyz"); strings.Contains(got.body, "away") {
		t.Errorf("readyz: %+v", got)
	}
}
