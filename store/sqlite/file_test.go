package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/store/storetest"
)

func wantCode(t *testing.T, err error, kind spatial.Kind, code string) {
	t.Helper()
	if err == nil || spatial.KindOf(err) != kind || spatial.CodeOf(err) != code {
		t.Fatalf("got %v, want %s %q", err, kind, code)
	}
}

func execOn(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

var config = store.Config{Layers: storetest.Layers()}

func note(text string) change.Op {
	return change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: "notes", Values: []spatial.Value{spatial.Text(text), {}}}}
}

func apply(t *testing.T, s *sqlite.Store, ops ...change.Op) change.Result {
	t.Helper()
	r, err := s.Apply(context.Background(), change.Commit{By: "t", Today: "2026-03-01"}, seqOf(ops))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func sound(t *testing.T, s *sqlite.Store) {
	t.Helper()
	if err := s.Integrity(context.Background(), func(code, subject, detail string) { t.Errorf("%s: %s: %s", code, subject, detail) }); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	_, err := sqlite.OpenExisting(ctx, at("none.gpkg"), config)
	wantCode(t, err, spatial.NotFound, "store.missing")
	if _, err := os.Stat(at("none.gpkg")); !os.IsNotExist(err) {
		t.Fatal("a file was made")
	}
	if err := os.WriteFile(at("text"), []byte("not a database at all, but longer than a header"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = sqlite.Open(ctx, at("text"), config)
	wantCode(t, err, spatial.Invalid, "store.notOurs")
	_, err = sqlite.Open(ctx, dir, config)
	wantCode(t, err, spatial.Invalid, "store.notOurs")
	execOn(t, at("other.db"), `CREATE TABLE t (a)`)
	_, err = sqlite.Open(ctx, at("other.db"), config)
	wantCode(t, err, spatial.Invalid, "store.notOurs")
	if !strings.Contains(err.Error(), "SQLite database") {
		t.Fatal(err)
	}
	execOn(t, at("other.gpkg"), `PRAGMA application_id = 0x47504B47`, `CREATE TABLE gpkg_contents (table_name TEXT)`)
	_, err = sqlite.Open(ctx, at("other.gpkg"), config)
	wantCode(t, err, spatial.Invalid, "store.notOurs")
	if !strings.Contains(err.Error(), "GeoPackage") {
		t.Fatal(err)
	}
	_, err = sqlite.Open(ctx, at("no/such/folder.gpkg"), config)
	wantCode(t, err, spatial.Unavailable, "store.away")

	s, err := sqlite.Open(ctx, at("ours.gpkg"), config)
	if err != nil {
		t.Fatal(err)
	}
	apply(t, s, note("a"))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = s.Head(ctx)
	wantCode(t, err, spatial.Unavailable, "store.closed")
	_, err = s.Apply(ctx, change.Commit{}, seqOf(nil))
	wantCode(t, err, spatial.Unavailable, "store.closed")
	ro, err := sqlite.OpenWith(ctx, at("ours.gpkg"), config, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if head, err := ro.Head(ctx); err != nil || head != 1 {
		t.Fatal(head, err)
	}
	_, err = ro.Apply(ctx, change.Commit{Today: "2026-03-01"}, seqOf([]change.Op{note("b")}))
	wantCode(t, err, spatial.Denied, "store.readOnly")
	if err := ro.Close(); err != nil {
		t.Fatal(err)
	}
	execOn(t, at("ours.gpkg"), `UPDATE lb_head SET schema = schema + 1`)
	for _, opt := range []sqlite.Options{{}, {Migrate: true}, {ReadOnly: true}} {
		_, err = sqlite.OpenWith(ctx, at("ours.gpkg"), config, opt)
		wantCode(t, err, spatial.Invalid, "store.newer")
	}
	execOn(t, at("ours.gpkg"), `UPDATE lb_head SET schema = 0`)
	for _, opt := range []sqlite.Options{{}, {ReadOnly: true}} {
		_, err = sqlite.OpenWith(ctx, at("ours.gpkg"), config, opt)
		wantCode(t, err, spatial.Conflict, "store.needsMigration")
	}
}

// TestOpenTogether has many open the same new file at once, as processes would.
func TestOpenTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.gpkg")
	errs := make(chan error)
	const many = 8
	for range many {
		go func() {
			s, err := sqlite.Open(context.Background(), path, config)
			if err == nil {
				_, err = s.Apply(context.Background(), change.Commit{Today: "2026-03-01"}, seqOf([]change.Op{note("a")}))
				err = errors.Join(err, s.Close())
			}
			errs <- err
		}()
	}
	for range many {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	s, err := sqlite.OpenExisting(context.Background(), path, config)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if head, err := s.Head(context.Background()); err != nil || head != many {
		t.Fatal(head, err)
	}
	sound(t, s)
}

// TestGrow opens a store with layers that have changed since it was made.
func TestGrow(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.gpkg")
	s, err := sqlite.Open(ctx, path, config)
	if err != nil {
		t.Fatal(err)
	}
	f := spatial.Feature{Layer: "things", Legal: parcel(0).Legal, SRID: 5899, Display: parcel(0).Display, Values: make([]spatial.Value, len(config.Layers[0].Fields))}
	f.Values[0], f.Values[1] = spatial.Text("tên"), spatial.Text("a")
	apply(t, s, change.Op{Verb: change.Create, Feature: f})
	f.ID = 1
	apply(t, s, change.Op{Verb: change.Update, Feature: f})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	grown := store.Config{Layers: storetest.Layers()}
	l := &grown.Layers[0]
	l.Fields = slices.Clone(l.Fields)
	l.Fields[1].OneOf = []string{"a", "b", "it's", "c"}
	l.Fields = slices.Insert(l.Fields, 1, spatial.Field{Name: "colour", Type: spatial.TypeText, OneOf: []string{"red"}})
	l.Fields = slices.DeleteFunc(l.Fields, func(f spatial.Field) bool { return f.Name == "flag" })
	grown.Layers = append(grown.Layers, spatial.Layer{Name: "fresh", Shape: spatial.Points, Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}}})
	_, err = sqlite.Open(ctx, path, grown)
	wantCode(t, err, spatial.Conflict, "store.needsMigration")
	if err := sqlite.Migrate(ctx, path, grown); err != nil {
		t.Fatal(err)
	}
	if s, err = sqlite.Open(ctx, path, grown); err != nil {
		t.Fatal(err)
	}
	got, err := s.Get(ctx, "things", 1, spatial.AsOf{})
	if err != nil {
		t.Fatal(err)
	}
	if got.Values[0].Text() != "tên" || !got.Values[1].IsNull() || got.Values[2].Text() != "a" || len(got.Values) != len(l.Fields) {
		t.Fatalf("%+v", got)
	}
	got.Values[1], got.Values[2] = spatial.Text("red"), spatial.Text("c")
	apply(t, s, change.Op{Verb: change.Update, Feature: got}, change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: "fresh", Values: []spatial.Value{spatial.Text("x")}}})
	if vs, _, err := s.Versions(ctx, "things", 1); err != nil || len(vs) != 3 {
		t.Fatal(vs, err)
	}
	sound(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names := layerNames(t, path); !slices.Contains(names, "things_5899") || !slices.Contains(names, "fresh") {
		t.Fatalf("layers %v", names)
	}
	// the field that went comes back with its column, and rules that rows break are refused
	if err := sqlite.Migrate(ctx, path, config); spatial.CodeOf(err) != "store.layerChanged" {
		t.Fatalf("a rule that a row breaks: %v", err)
	}
	other := store.Config{Layers: storetest.Layers()}
	other.Layers[0].Fields[0].Type = spatial.TypeInt
	if err := sqlite.Migrate(ctx, path, other); spatial.CodeOf(err) != "store.layerChanged" {
		t.Fatalf("a field of another type: %v", err)
	}
	back := store.Config{Layers: slices.Clone(grown.Layers)}
	back.Layers[0].Fields = append(slices.Clone(l.Fields), spatial.Field{Name: "flag", Type: spatial.TypeBool})
	if err := sqlite.Migrate(ctx, path, back); err != nil {
		t.Fatal(err)
	}
	if s, err = sqlite.Open(ctx, path, back); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sound(t, s)
}

// TestBusy has another process hold the write lock.
func TestBusy(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "store.gpkg")
	s, err := sqlite.OpenWith(ctx, path, config, sqlite.Options{Busy: 30 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.Conn(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := other.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	_, err = s.Apply(ctx, change.Commit{Today: "2026-03-01"}, seqOf([]change.Op{note("a")}))
	wantCode(t, err, spatial.Unavailable, "store.busy")
	if _, err := s.Head(ctx); err != nil {
		t.Fatalf("reading waits for a writer: %v", err)
	}
	if _, err := other.ExecContext(ctx, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	apply(t, s, note("a"))
	// and within this process: one write holds the store, another gives up
	_, err = s.Apply(ctx, change.Commit{Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
		_, err := s.Apply(ctx, change.Commit{Today: "2026-03-01"}, seqOf([]change.Op{note("b")}))
		wantCode(t, err, spatial.Unavailable, "store.busy")
		yield(note("c"), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBackup(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "store.gpkg"), filepath.Join(dir, "copy.gpkg")
	s, err := sqlite.Open(ctx, path, config)
	if err != nil {
		t.Fatal(err)
	}
	var ops []change.Op
	for range 20000 {
		ops = append(ops, note("một ghi chú dài để có nhiều trang"))
	}
	apply(t, s, ops...)
	steps, total := 0, 0
	err = s.Backup(ctx, copied, func(done, all int) {
		if steps++; steps == 1 {
			apply(t, s, note("trong lúc sao lưu")) // the copy is of the moment it began
		}
		if done > all || all == 0 {
			t.Errorf("progress %d of %d", done, all)
		}
		total = all - done
	})
	if err != nil || steps < 2 || total != 0 {
		t.Fatalf("%v after %d steps, %d left", err, steps, total)
	}
	wantCode(t, s.Backup(ctx, copied, nil), spatial.Conflict, "backup.exists")
	wantCode(t, sqlite.Restore(ctx, copied, path), spatial.Conflict, "store.inUse")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "new.gpkg")
	for _, target := range []string{path, fresh} {
		if err := sqlite.Restore(ctx, copied, target); err != nil {
			t.Fatal(err)
		}
		r, err := sqlite.OpenExisting(ctx, target, config)
		if err != nil {
			t.Fatal(err)
		}
		if head, err := r.Head(ctx); err != nil || head != 20000 {
			t.Fatalf("head of the restored store %d, %v", head, err)
		}
		sound(t, r)
		apply(t, r, note("tiếp"))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "text"), []byte("this is not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode(t, sqlite.Restore(ctx, copied, filepath.Join(dir, "text")), spatial.Invalid, "store.notOurs")
	b, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(copied, b, 0o600); err != nil {
		t.Fatal(err)
	}
	wantCode(t, sqlite.Restore(ctx, copied, path), spatial.Invalid, "backup.damaged")
	if err := os.Remove(copied + sqlite.ChecksumSuffix); err != nil {
		t.Fatal(err)
	}
	wantCode(t, sqlite.Restore(ctx, copied, path), spatial.NotFound, "backup.noChecksum")
	left, err := filepath.Glob(filepath.Join(dir, "*.part*"))
	if err != nil || len(left) > 0 {
		t.Fatalf("left behind: %v, %v", left, err)
	}
}

// TestIntegrity damages a store in ways the check must see.
func TestIntegrity(t *testing.T) {
	ctx := context.Background()
	for code, damage := range map[string]string{
		"log.gap":         `DELETE FROM lb_log WHERE rev = 2`,
		"record.unlogged": `UPDATE notes SET rev = 1 WHERE id = 3`,
		"record.beyond":   `UPDATE lb_head SET next_id = 3`,
		"record.overlap":  `UPDATE notes_history SET rev_to = NULL, until = NULL`,
		"record.twice":    `UPDATE notes_history SET version = 2`,
		"record.srid":     `UPDATE things SET legal_srid = 5898`,
		"record.closed":   `UPDATE notes_history SET rev_to = 2`,
		"store.reference": `PRAGMA foreign_keys = OFF; UPDATE notes SET import = 9`,
		"lineage.unknown": `INSERT INTO lb_lineage VALUES ('notes', 1, 77, 1)`,
	} {
		path := filepath.Join(t.TempDir(), "store.gpkg")
		s, err := sqlite.Open(ctx, path, config)
		if err != nil {
			t.Fatal(err)
		}
		change1 := note("đổi")
		change1.Verb, change1.Feature.ID = change.Update, 1
		thing := change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: "things", Legal: parcel(1).Legal, SRID: 5899, Values: make([]spatial.Value, len(config.Layers[0].Fields))}}
		apply(t, s, note("1"), note("2"), note("3"), change1, thing)
		sound(t, s)
		execOn(t, path, damage)
		var found []string
		if err := s.Integrity(ctx, func(code, _, _ string) { found = append(found, code) }); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(found, code) {
			t.Errorf("%s: found %v", damage, found)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRandomStores runs the comparison of two stores on two files of ours.
func TestRandomStores(t *testing.T) {
	var stores [2]storetest.Store
	for i := range stores {
		stores[i] = open(t, filepath.Join(t.TempDir(), "store.gpkg"), config)
	}
	storetest.Compare(t, stores[0], stores[1])
}
