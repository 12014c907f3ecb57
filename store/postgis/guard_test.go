package postgis_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	c, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

func run(t *testing.T, c *pgx.Conn, sql string) {
	t.Helper()
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func count(t *testing.T, c *pgx.Conn, sql string) int {
	t.Helper()
	var n int
	if err := c.QueryRow(t.Context(), sql).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

func sound(t *testing.T, s *postgis.Store) {
	t.Helper()
	if err := s.Integrity(t.Context(), func(code, subject, detail string) { t.Errorf("%s: %s: %s", code, subject, detail) }); err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, err error, kind spatial.Kind, code string) {
	t.Helper()
	if spatial.KindOf(err) != kind || spatial.CodeOf(err) != code {
		t.Fatalf("got %v, want %s %s", err, kind, code)
	}
}

func fill(t *testing.T, s *postgis.Store, n int) {
	t.Helper()
	if _, err := s.Apply(t.Context(), change.Commit{By: "test", Today: "2026-03-01"}, plots(n)); err != nil {
		t.Fatal(err)
	}
}

func TestGuard(t *testing.T) {
	dsn := pgtest.New(t)
	s := openPlots(t, dsn)
	fill(t, s, 30)
	c := connect(t, dsn)
	for _, sql := range []string{
		"UPDATE langbiang.plots SET use = 'LUC' WHERE id = 1",
		"DELETE FROM langbiang.plots",
		"INSERT INTO langbiang.plots SELECT 1000, version, rev, recorded_at, valid_from, valid_to, access, import, source_key, derived, legal_srid, area, geom, legal, extra FROM langbiang.plots WHERE id = 1",
		"UPDATE langbiang.plots_history SET use = 'LUC'",
		"TRUNCATE langbiang.plots",
		"INSERT INTO langbiang.lb_imports SELECT 1, 'x', '', '', '[]', '', '', '', '', NULL, '', now(), '{}', 1, 1",
	} {
		tx, err := c.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		err = tx.Commit(t.Context())
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "LB001" || !strings.Contains(pg.Message, "no row of lb_log") || !strings.Contains(pg.Hint, "langbiang_views") {
			t.Errorf("%s is committed with %v", sql, err)
		}
	}
	for _, sql := range []string{"UPDATE langbiang.lb_log SET author = 'nobody'", "DELETE FROM langbiang.lb_log", "TRUNCATE langbiang.lb_log CASCADE"} {
		var pg *pgconn.PgError
		if _, err := c.Exec(t.Context(), sql); !errors.As(err, &pg) || pg.Code != "LB001" {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if n := count(t, c, "SELECT count(*) FROM langbiang.plots WHERE use = 'ODT'"); n != 30 {
		t.Errorf("%d plots as they were", n)
	}
	// The store itself goes on, and leaves no marks.
	fill(t, s, 30)
	if n := count(t, c, "SELECT count(*) FROM langbiang.lb_mark"); n != 0 {
		t.Errorf("%d marks", n)
	}
	sound(t, s)
}

// TestIntegrityFinds breaks a store behind its guard, and is told of it.
func TestIntegrityFinds(t *testing.T) {
	dsn := pgtest.New(t)
	s := openPlots(t, dsn)
	fill(t, s, 30)
	f := plot(3)
	f.ID = 3
	if _, err := s.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
		yield(change.Op{Verb: change.Update, Feature: f}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	sound(t, s)
	c := connect(t, dsn)
	run(t, c, "SET session_replication_role = replica") // triggers rest
	for _, broken := range []struct{ sql, code, mend string }{
		{"UPDATE langbiang.lb_log SET rev = 1000 WHERE rev = 5", "log.gap", "UPDATE langbiang.lb_log SET rev = 5 WHERE rev = 1000"},
		{"UPDATE langbiang.lb_head SET rev = rev + 1", "log.gap", "UPDATE langbiang.lb_head SET rev = rev - 1"},
		{"UPDATE langbiang.lb_head SET next_id = 7", "record.beyond", "UPDATE langbiang.lb_head SET next_id = 31"},
		{"UPDATE langbiang.plots_history SET rev_to = NULL, _until = NULL", "record.overlap", "UPDATE langbiang.plots_history SET rev_to = 31, _until = now()"},
		{"UPDATE langbiang.plots SET rev = 4 WHERE id = 5", "record.unlogged", "UPDATE langbiang.plots SET rev = 5 WHERE id = 5"},
		{"UPDATE langbiang.plots_history SET rev_to = 30", "record.closed", "UPDATE langbiang.plots_history SET rev_to = 31"},
		{"UPDATE langbiang.plots SET version = 7 WHERE id = 5", "record.gap", "UPDATE langbiang.plots SET version = 1 WHERE id = 5"},
		{"UPDATE langbiang.plots SET version = 1 WHERE id = 3", "record.twice", "UPDATE langbiang.plots SET version = 2 WHERE id = 3"},
		{"UPDATE langbiang.plots SET import = 9 WHERE id = 5", "store.reference", "UPDATE langbiang.plots SET import = NULL WHERE id = 5"},
		{"UPDATE langbiang.plots SET id = 50 WHERE id = 5", "log.unknown", "UPDATE langbiang.plots SET id = 5 WHERE id = 50"},
		{"INSERT INTO langbiang.lb_lineage VALUES ('plots', 2, 1, 9)", "store.reference", "DELETE FROM langbiang.lb_lineage"},
	} {
		run(t, c, broken.sql)
		found := map[string]bool{}
		if err := s.Integrity(t.Context(), func(code, _, _ string) { found[code] = true }); err != nil {
			t.Fatal(err)
		}
		if !found[broken.code] {
			t.Errorf("%s: found %v, not %s", broken.sql, found, broken.code)
		}
		run(t, c, broken.mend)
		sound(t, s)
	}
}

// TestViews reads as QGIS does: another role, the views alone.
func TestViews(t *testing.T) {
	dsn := pgtest.New(t)
	s := openPlots(t, dsn)
	fill(t, s, 30)
	hidden := plot(40)
	hidden.Access = spatial.Official
	other := plot(41)
	other.SRID = 9218
	if _, err := s.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
		_ = yield(change.Op{Verb: change.Create, Feature: hidden}, nil) && yield(change.Op{Verb: change.Create, Feature: other}, nil)
	}); err != nil {
		t.Fatal(err)
	}
	private := spatial.Layer{Name: "secrets", Shape: spatial.Points, Access: spatial.Official}
	mixed := spatial.Layer{Name: "plots_9218", Shape: spatial.Points, Fields: []spatial.Field{{Name: "owner", Type: spatial.TypeText, Access: spatial.Personal}, {Name: "until", Type: spatial.TypeText}}}
	for _, l := range []spatial.Layer{private, mixed} {
		if _, err := s.AddLayer(t.Context(), change.Commit{Today: "2026-03-01"}, l); err != nil {
			t.Fatal(err)
		}
	}
	c := connect(t, dsn)
	run(t, c, "SET ROLE langbiang_reader")
	for view, want := range map[string]int{"plots": 31, "plots_5899": 30, "plots_9218": 0} {
		if n := count(t, c, "SELECT count(*) FROM langbiang_views."+view); n != want {
			t.Errorf("%s: %d rows, want %d", view, n, want)
		}
	}
	if n := count(t, c, "SELECT count(*) FROM langbiang_views.plots_5899 WHERE public.ST_SRID(legal) = 5899 AND public.ST_IsValid(legal)"); n != 30 {
		t.Errorf("%d legal shapes", n)
	}
	for _, sql := range []string{"SELECT id FROM langbiang.plots", "SELECT hash FROM langbiang.lb_keys", "SELECT id FROM langbiang_views.secrets", "SELECT owner FROM langbiang_views.plots_9218",
		"UPDATE langbiang_views.plots SET use = 'LUC'", "SELECT source_key FROM langbiang_views.plots"} {
		if _, err := c.Exec(t.Context(), sql); err == nil {
			t.Errorf("a reader may %s", sql)
		}
	}
	run(t, c, "RESET ROLE")
	// What QGIS asks to list layers: the column's SRID and kind.
	if n := count(t, c, "SELECT srid FROM public.geometry_columns WHERE f_table_schema = 'langbiang_views' AND f_table_name = 'plots_5899' AND f_geometry_column = 'legal'"); n != 5899 {
		t.Errorf("the view's SRID is %d", n)
	}
	if n := count(t, c, "SELECT srid FROM public.geometry_columns WHERE f_table_schema = 'langbiang_views' AND f_table_name = 'plots'"); n != 4326 {
		t.Errorf("the view's SRID is %d", n)
	}
}
