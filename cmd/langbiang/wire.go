package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/check"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/sqlite"
)

// Who writes, as it stands in the log.
const (
	byCLI   = "cli"
	byClock = "clock"
)

// opened is a store as the commands use it: the sum of what the rooms of the house
// ask of one, each in its own few words.
type opened interface {
	index.Source
	check.Store
	importers.Store
	keeper
	duer
	Ping(ctx context.Context) error
	Close() error
}

// keeper keeps keys and sessions.
type keeper interface {
	Keys(ctx context.Context) ([]access.Key, error)
	PutKey(ctx context.Context, k access.Key) (access.Key, error)
	RevokeKey(ctx context.Context, name string) error
	KeyByHash(ctx context.Context, hash string) (access.Key, error)
	SessionKey(ctx context.Context, hash string) (access.Key, error)
	PutSession(ctx context.Context, s access.Session) error
	DeleteSession(ctx context.Context, hash string) error
}

// purpose is what a command opens a store for.
type purpose int

const (
	reading   purpose = iota // it must be there, and is left as it is
	writing                  // it is made where there is none; an older schema is refused
	migrating                // its schema is brought up to date
	serving                  // as writing; the embedded one is migrated besides
)

// openStore opens the store that --store names: a PostgreSQL address, else a file.
func openStore(ctx context.Context, name string, c *console, why purpose) (opened, error) {
	cfg := store.Config{Layers: city.Layers(), Now: c.now}
	if isPostgres(name) {
		return openPostgis(ctx, name, cfg, why)
	}
	return openSqlite(ctx, name, cfg, why)
}

func openSqlite(ctx context.Context, path string, cfg store.Config, why purpose) (opened, error) {
	if why == writing || why == serving {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fileError("open the store", filepath.Dir(path), err)
		}
	}
	s, err := sqlite.OpenWith(ctx, path, cfg, sqlite.Options{
		ReadOnly: why == reading, MustExist: why == reading || why == migrating, Migrate: why == migrating || why == serving,
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openPostgis leaves the schema of a database in use to migrate: its owner may be
// somebody else. An empty database is made ready by any command that writes.
func openPostgis(ctx context.Context, dsn string, cfg store.Config, why purpose) (opened, error) {
	s, err := postgis.Open(ctx, dsn, cfg, postgis.Options{Migrate: why == migrating})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// isPostgres reports whether --store is the address of a database.
func isPostgres(name string) bool {
	return strings.HasPrefix(name, "postgres://") || strings.HasPrefix(name, "postgresql://")
}

// shown is the store's name without a password.
func shown(name string) string {
	if !isPostgres(name) {
		return name
	}
	u, err := url.Parse(name)
	if err != nil {
		return "postgres://…"
	}
	return u.Redacted()
}

// placeOf is the store's place; zero where it has none yet.
func placeOf(ctx context.Context, s importers.Catalog) (spatial.Place, error) {
	p, err := s.Place(ctx)
	if spatial.KindOf(err) == spatial.NotFound && err != nil {
		return spatial.Place{}, nil
	}
	return p, err
}

// todayOf is the civil day at the store's place.
func todayOf(ctx context.Context, s importers.Catalog, c *console) (spatial.Date, error) {
	p, err := placeOf(ctx, s)
	return spatial.DayOf(c.now(), p.Zone()), err
}
