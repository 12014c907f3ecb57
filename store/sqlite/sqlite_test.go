package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/store/storetest"
)

// handle is a store that knows how to open its file again.
type handle struct {
	*sqlite.Store
	path string
	cfg  store.Config
}

func open(t *testing.T, path string, cfg store.Config) handle {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return handle{s, path, cfg}
}

func harness() storetest.Harness {
	return storetest.Harness{
		Open: func(t *testing.T, now func() time.Time) storetest.Store {
			return open(t, filepath.Join(t.TempDir(), "store.gpkg"), store.Config{Layers: storetest.Layers(), Now: now, Poll: 20 * time.Millisecond})
		},
		Again: func(t *testing.T, s storetest.Store) storetest.Store {
			h := s.(handle)
			return open(t, h.path, h.cfg)
		},
	}
}

func TestContract(t *testing.T) { storetest.Run(t, harness()) }
