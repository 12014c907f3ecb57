package sqlite

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
)

// TestMigrate takes a store a step further than this program's schema, and meets
// a step that fails.
func TestMigrate(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.gpkg")
	cfg := store.Config{Layers: []spatial.Layer{{Name: "notes", Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}}}}}
	s, err := OpenWith(ctx, path, cfg, Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	steps, err := migrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	newest := steps[len(steps)-1].version
	for i, m := range steps {
		if m.version != int64(i+1) {
			t.Fatalf("step %d has number %d", i+1, m.version)
		}
	}
	run := func(script string) error {
		more := append(slices.Clone(steps), migration{newest + 1, "CREATE TABLE lb_more (a)"}, migration{newest + 2, script})
		return s.writer.use(func() error { return s.upToDate(ctx, more, false) })
	}
	state := func() (version, tables int64) {
		t.Helper()
		err := s.writer.use(func() (err error) {
			if version, err = s.writer.number(`SELECT schema FROM lb_head`); err != nil {
				return err
			}
			tables, err = s.writer.number(`SELECT count(*) FROM sqlite_master WHERE name = 'lb_more'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return version, tables
	}
	if err := run("CREATE TABLE lb_head (a)"); err == nil {
		t.Fatal("a step that cannot run did")
	}
	if v, n := state(); v != newest || n != 0 {
		t.Fatalf("a failed migration left version %d and %d tables", v, n)
	}
	if err := run("ALTER TABLE lb_more ADD COLUMN b"); err != nil {
		t.Fatal(err)
	}
	if v, n := state(); v != newest+2 || n != 1 {
		t.Fatalf("version %d, %d tables", v, n)
	}
	if _, err := migrations(fstest.MapFS{"migrations/x_base.sql": {}}); err == nil {
		t.Fatal("a step without a number was taken")
	}
}
