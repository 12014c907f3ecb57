package postgis

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/langbiang/langbiang/spatial"
)

// migrations are run in the order of their names, each once, each in a
// transaction of its own. A file that was released is never edited.
//
//go:embed sql/*.sql
var migrations embed.FS

// migrationLock serialises migrations of one database ("lang" as a number).
const migrationLock = 0x6c616e67

// findPostGIS finds the schema that PostGIS is installed in, and installs it
// where that is asked and we may.
func (s *Store) findPostGIS(ctx context.Context, c *pgx.Conn, install bool) error {
	find := func() error {
		return c.QueryRow(ctx, "SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'").Scan(&s.gis)
	}
	err := find()
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	missing := &spatial.Error{Op: "open the store", Kind: spatial.Unavailable, Code: "store.noPostGIS", Args: map[string]any{"database": c.Config().Database}}
	if !install {
		return missing
	}
	if _, err := c.Exec(ctx, "CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public"); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && !lost(err) {
			missing.Err = err
			return missing
		}
		return err
	}
	return find()
}

// version is the schema's version; 0 where there is none.
func (s *Store) version(ctx context.Context, c *pgx.Conn) (int, error) {
	var there bool
	if err := c.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", quote(s.schema, "lb_meta")).Scan(&there); err != nil || !there {
		return 0, err
	}
	var text string
	if err := c.QueryRow(ctx, "SELECT value FROM lb_meta WHERE key = 'version'").Scan(&text); err != nil {
		return 0, err
	}
	return strconv.Atoi(text)
}

// steps are the migrations' file names, in order: the n-th brings version n.
func steps() ([]string, error) { return fs.Glob(migrations, "sql/*.sql") }

func needsMigration(have, want any) error {
	return &spatial.Error{Op: "open the store", Kind: spatial.Conflict, Code: "store.needsMigration", Args: map[string]any{"version": have, "want": want}}
}

// current refuses a database whose schema is not the one this program knows.
func (s *Store) current(ctx context.Context, c *pgx.Conn) error {
	files, err := steps()
	if err != nil {
		return err
	}
	have, err := s.version(ctx, c)
	if err != nil {
		return err
	}
	if err := newer(have, len(files)); err != nil {
		return err
	}
	if have < len(files) {
		return needsMigration(have, len(files))
	}
	made, err := madeFrom(ctx, c)
	if err != nil {
		return err
	}
	for _, t := range s.tables {
		if was, there := made[t.layer.Name]; !there || structure(was) != structure(t.layer) {
			return needsMigration(have, t.layer.Name)
		}
	}
	return nil
}

func newer(have, known int) error {
	if have <= known {
		return nil
	}
	return &spatial.Error{Op: "open the store", Kind: spatial.Invalid, Code: "store.newer", Args: map[string]any{"version": have, "known": known}}
}

// migrate brings the schema up to date, then the layers' tables.
func (s *Store) migrate(ctx context.Context, c *pgx.Conn) error {
	files, err := steps()
	if err != nil {
		return err
	}
	for done := false; !done; {
		err := pgx.BeginFunc(ctx, c, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLock); err != nil {
				return err
			}
			have, err := s.version(ctx, c)
			if err != nil {
				return err
			}
			if err := newer(have, len(files)); err != nil {
				return err
			}
			if have == len(files) {
				done = true
				// Users' layers too: a view of ours must not take the place of theirs.
				if _, err := s.learnUserLayers(ctx, tx); err != nil {
					return err
				}
				return s.syncLayers(ctx, tx)
			}
			text, err := migrations.ReadFile(files[have])
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, s.fill(string(text))); err != nil {
				return fmt.Errorf("%s: %w", files[have], err)
			}
			_, err = tx.Exec(ctx, "INSERT INTO lb_meta VALUES ('version', $1) ON CONFLICT (key) DO UPDATE SET value = excluded.value", strconv.Itoa(have+1))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// fill puts the names of the schemas into a migration.
func (s *Store) fill(text string) string {
	return strings.NewReplacer("@schema@", quote(s.schema), "@views@", quote(s.viewSchema)).Replace(text)
}

// structure is what a layer's tables and views depend on, to compare.
func structure(l spatial.Layer) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", l.Shape, l.Access)
	for i := range l.Fields {
		f := &l.Fields[i]
		fmt.Fprintf(&b, "%s %s %s %+q\n", f.Name, f.Type, f.Access, checks(f))
	}
	return b.String()
}

// madeFrom reads what each layer's tables were made from.
func madeFrom(ctx context.Context, c querier) (map[string]spatial.Layer, error) {
	rows, err := c.Query(ctx, "SELECT layer, definition FROM lb_tables")
	if err != nil {
		return nil, err
	}
	made := map[string]spatial.Layer{}
	var name string
	var def []byte
	_, err = pgx.ForEachRow(rows, []any{&name, &def}, func() error {
		var l spatial.Layer
		if err := json.Unmarshal(def, &l); err != nil {
			return err
		}
		made[name] = l
		return nil
	})
	return made, err
}

// syncLayers makes the tables of configured layers that have none, and brings
// those along whose description has changed. Columns are added, never dropped.
func (s *Store) syncLayers(ctx context.Context, tx pgx.Tx) error {
	made, err := madeFrom(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range s.tables {
		was, there := made[t.layer.Name]
		switch {
		case !there:
			err = s.makeTables(ctx, tx, t)
		case structure(was) != structure(t.layer):
			err = s.alterTables(ctx, tx, t, was)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeTables makes a layer's tables and its view. The tables may be there from a
// layer that was configured under another name for a while.
func (s *Store) makeTables(ctx context.Context, tx pgx.Tx, t *table) error {
	if _, err := tx.Exec(ctx, s.create(t)+s.views(t, nil)); err != nil {
		return err
	}
	return s.keepDefinition(ctx, tx, t)
}

func (s *Store) keepDefinition(ctx context.Context, tx execer, t *table) error {
	def, err := json.Marshal(t.layer)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "INSERT INTO lb_tables VALUES ($1, $2) ON CONFLICT (layer) DO UPDATE SET definition = excluded.definition", t.layer.Name, def)
	return err
}

// alterTables brings tables from an old description to a new one. Constraints
// that are new bind new rows alone.
func (s *Store) alterTables(ctx context.Context, tx pgx.Tx, t *table, old spatial.Layer) error {
	var b strings.Builder
	for i := range t.layer.Fields {
		f := &t.layer.Fields[i]
		at := old.Index(f.Name)
		if at >= 0 && old.Fields[at].Type != f.Type {
			return &spatial.Error{Op: "migrate the store", Kind: spatial.Conflict, Code: "store.layerChanged", Subject: t.layer.Name,
				Args: map[string]any{"layer": t.layer.Name, "why": fmt.Sprintf("%s was %s, is %s", f.Name, old.Fields[at].Type, f.Type)}}
		}
		was := map[string]string{}
		if at >= 0 {
			for _, c := range checks(&old.Fields[at]) {
				was[c.name] = c.test
			}
		}
		for _, name := range []string{t.base, t.history} {
			if at < 0 {
				fmt.Fprintf(&b, "ALTER TABLE %s ADD COLUMN IF NOT EXISTS %s;\n", name, s.column(f))
				continue
			}
			now := map[string]string{}
			for _, c := range checks(f) {
				now[c.name] = c.test
			}
			for _, c := range slices.Sorted(maps.Keys(was)) {
				if now[c] != was[c] {
					fmt.Fprintf(&b, "ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s;\n", name, quote(c))
				}
			}
			for _, c := range slices.Sorted(maps.Keys(now)) {
				if now[c] != was[c] {
					fmt.Fprintf(&b, "ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s) NOT VALID;\n", name, quote(c), now[c])
				}
			}
		}
	}
	if old.Shape == spatial.NoShape && t.layer.Shape != spatial.NoShape {
		fmt.Fprintf(&b, "CREATE INDEX ON %s USING gist (geom);\nCREATE INDEX ON %s USING gist (geom);\n", t.base, t.history)
	}
	rows, err := tx.Query(ctx, "SELECT srid FROM lb_planes WHERE layer = $1 ORDER BY srid", t.layer.Name)
	if err != nil {
		return err
	}
	planes, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return err
	}
	srids := make([]spatial.SRID, len(planes))
	for i, p := range planes {
		srids[i] = spatial.SRID(p)
	}
	if _, err := tx.Exec(ctx, b.String()+s.views(t, srids)); err != nil {
		return err
	}
	return s.keepDefinition(ctx, tx, t)
}
