package postgis_test

import (
	"testing"
	"time"

	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
	"github.com/langbiang/langbiang/store/storetest"
)

func TestContract(t *testing.T) {
	type handle struct {
		*postgis.Store
		dsn string
		cfg store.Config
	}
	open := func(t *testing.T, dsn string, cfg store.Config) storetest.Store {
		s, err := postgis.Open(t.Context(), dsn, cfg, postgis.Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return handle{s, dsn, cfg}
	}
	storetest.Run(t, storetest.Harness{
		Open: func(t *testing.T, now func() time.Time) storetest.Store {
			return open(t, pgtest.New(t), store.Config{Layers: storetest.Layers(), Now: now})
		},
		Again: func(t *testing.T, s storetest.Store) storetest.Store {
			h := s.(handle)
			return open(t, h.dsn, h.cfg)
		},
	})
}
