package sqlite

import (
	"context"
	"embed"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migration is one step of the schema, from the version before its own.
type migration struct {
	version int64
	script  string
}

// migrations reads the steps, in order, from the names "0001_base.sql".
func migrations(fsys fs.FS) ([]migration, error) {
	names, err := fs.Glob(fsys, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	var ms []migration
	for _, name := range names { // Glob gives them sorted
		number, _, _ := strings.Cut(path.Base(name), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		script, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		ms = append(ms, migration{version, string(script)})
	}
	return ms, nil
}

const (
	applicationGPKG = 0x47504B47
	versionGPKG     = 10300
)

// prepare makes or checks the schema and the layers' tables. A new file is made
// whole in rollback mode, in one transaction, and only then put into WAL mode:
// GDAL reads application_id from the file itself.
func (s *Store) prepare(ctx context.Context) error {
	steps, err := migrations(migrationFiles)
	if err != nil {
		return err
	}
	return s.writer.use(func() error {
		fresh, err := s.identify()
		if err != nil {
			return err
		}
		if fresh && s.opt.ReadOnly {
			return notOurs(s.path, "an empty SQLite database")
		}
		if !s.opt.ReadOnly {
			if err := s.upToDate(ctx, steps, fresh); err != nil {
				return err
			}
			if err := s.toWAL(ctx); err != nil {
				return err
			}
			// a bulk import is folded into the file every 64 MiB, an edit not at once
			return s.writer.script("PRAGMA wal_autocheckpoint = 16384; PRAGMA busy_timeout = 0")
		}
		if behind, err := s.behind(steps); err != nil || behind {
			return mustMigrate(s.path, err)
		}
		return s.layersReady()
	})
}

// toWAL puts the file into WAL mode. A new file that others open too refuses for
// the moment they look at it, without SQLite's own waiting.
func (s *Store) toWAL(ctx context.Context) error {
	return s.patiently(ctx, "open the store", time.Now().Add(s.opt.Busy), func() error {
		_, err := s.writer.text("PRAGMA journal_mode = WAL")
		return err
	})
}

func mustMigrate(path string, err error) error {
	if err != nil {
		return err
	}
	return &spatial.Error{Op: "open the store", Kind: spatial.Conflict, Code: "store.needsMigration", Subject: path, Args: map[string]any{"path": path}}
}

// identify reports whether the database is empty, and refuses somebody else's.
func (s *Store) identify() (fresh bool, err error) {
	objects, err := s.writer.number(`SELECT count(*) FROM sqlite_master`)
	if err != nil || objects == 0 {
		return objects == 0, err
	}
	ours, err := s.writer.number(`SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('lb_head', 'lb_log')`)
	if err != nil || ours == 2 {
		return false, err
	}
	application, err := s.writer.number(`PRAGMA application_id`)
	if err != nil {
		return false, err
	}
	if application == applicationGPKG {
		return false, notOurs(s.path, "a GeoPackage of another program")
	}
	return false, notOurs(s.path, "an SQLite database of another program")
}

// behind reports whether steps are missing; a file ahead of them is refused.
func (s *Store) behind(steps []migration) (bool, error) {
	version, err := s.writer.number(`SELECT schema FROM lb_head`)
	if err != nil {
		return false, err
	}
	newest := steps[len(steps)-1].version
	if version > newest {
		return false, &spatial.Error{Op: "open the store", Kind: spatial.Invalid, Code: "store.newer", Subject: s.path,
			Args: map[string]any{"path": s.path, "version": version, "known": newest}}
	}
	return version < newest, nil
}

// upToDate runs the missing steps and makes the layers' tables, in one
// transaction: an open file is at one version or the other.
func (s *Store) upToDate(ctx context.Context, steps []migration, fresh bool) (err error) {
	c := s.writer
	// another process that opens the same new file waits here
	begin := func() error { return c.script("BEGIN IMMEDIATE") }
	if err := s.patiently(ctx, "open the store", time.Now().Add(s.opt.Busy), begin); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			c.script("ROLLBACK")
		}
	}()
	if fresh { // unless another process made it while we waited
		if fresh, err = s.identify(); err != nil {
			return err
		}
	}
	if fresh {
		err = c.script("PRAGMA application_id = " + strconv.Itoa(applicationGPKG) + "; PRAGMA user_version = " + strconv.Itoa(versionGPKG))
		if err == nil {
			err = s.migrate(ctx, steps, 0)
		}
		if err == nil {
			err = c.baseSRS()
		}
		if err == nil {
			err = s.growLayers(c)
		}
	} else {
		behind, berr := s.behind(steps)
		if berr != nil {
			return berr
		}
		if s.opt.Migrate {
			version, verr := c.number(`SELECT schema FROM lb_head`)
			if verr != nil {
				return verr
			}
			if err = s.migrate(ctx, steps, version); err == nil {
				err = s.growLayers(c)
			}
		} else if behind {
			err = mustMigrate(s.path, nil)
		} else {
			err = s.layersReady()
		}
	}
	if err != nil {
		return err
	}
	return c.script("COMMIT")
}

// migrate runs the steps after version.
func (s *Store) migrate(ctx context.Context, steps []migration, version int64) error {
	for _, m := range steps {
		if m.version <= version {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.writer.script(m.script); err != nil {
			return err
		}
		if err := s.writer.exec(`UPDATE lb_head SET schema = ?`, m.version); err != nil {
			return err
		}
	}
	return nil
}
