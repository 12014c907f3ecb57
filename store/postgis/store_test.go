package postgis_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/store/storetest"
)

func TestContract(t *testing.T) {
	type handle struct {
		*postgis.Store
		schema string
		cfg    store.Config
	}
	dsn, n := pgtest.New(t), 0
	open := func(t *testing.T, schema string, cfg store.Config) storetest.Store {
		return handle{open(t, dsn, cfg, postgis.Options{Migrate: true, Schema: schema}), schema, cfg}
	}
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T, now func() time.Time) storetest.Store {
			n++ // a schema each: made in half of a database's time
			return open(t, fmt.Sprint("s", n), store.Config{Layers: storetest.Layers(), Now: now})
		},
		Again: func(t *testing.T, s storetest.Store) storetest.Store {
			h := s.(handle)
			return open(t, h.schema, h.cfg)
		},
	})
}

// TestSameAsSQLite feeds both stores the same random commits: ids, revisions,
// times, history, lineage and provenance must be the same to the last digit.
func TestSameAsSQLite(t *testing.T) {
	cfg := store.Config{Layers: storetest.Layers()}
	embedded, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "same.gpkg"), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer embedded.Close()
	storetest.Compare(t, embedded, open(t, pgtest.New(t), cfg, postgis.Options{Migrate: true}))
}
