package postgis_test

import (
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// tryOpen opens and closes a store.
func tryOpen(t *testing.T, dsn string, cfg store.Config, o postgis.Options) error {
	t.Helper()
	s, err := postgis.OpenWith(t.Context(), dsn, cfg, o)
	if err == nil {
		s.Close()
	}
	return err
}

func TestMigrate(t *testing.T) {
	dsn := pgtest.New(t)
	cfg := bellOnly()
	refused(t, tryOpen(t, dsn, cfg, postgis.Options{}), spatial.Conflict, "store.needsMigration")
	c := connect(t, dsn)
	if n := count(t, c, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'langbiang%'"); n != 0 {
		t.Fatal("a store that was not to migrate made a schema")
	}
	// Several servers start at once.
	errs := make(chan error)
	for range 4 {
		go func() { errs <- tryOpen(t, dsn, cfg, postgis.Options{Migrate: true}) }()
	}
	for range 4 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	if err := tryOpen(t, dsn, cfg, postgis.Options{}); err != nil {
		t.Fatal(err)
	}
	run(t, c, "UPDATE langbiang.lb_meta SET value = '99' WHERE key = 'version'")
	refused(t, tryOpen(t, dsn, cfg, postgis.Options{}), spatial.Invalid, "store.newer")
	refused(t, tryOpen(t, dsn, cfg, postgis.Options{Migrate: true}), spatial.Invalid, "store.newer")
}

// TestMigrateLayers brings tables along when the product's layers change.
func TestMigrateLayers(t *testing.T) {
	dsn := pgtest.New(t)
	cfg := bellOnly()
	s := open(t, dsn, cfg, postgis.Options{Migrate: true})
	fill(t, s, 30)
	l := parcelLayer()
	l.Title.EN = "Parcels"
	retitled := store.Config{Layers: []spatial.Layer{l}}
	if err := tryOpen(t, dsn, retitled, postgis.Options{}); err != nil {
		t.Fatalf("another title needs no migration: %v", err)
	}
	most := 5000.0
	l.Fields[3].OneOf = []string{"LUC", "ODT"}
	l.Fields[4].Max = &most
	l.Fields[2].Access = spatial.Official
	l.Fields = append(l.Fields, spatial.Field{Name: "floors", Type: spatial.TypeInt})
	wider := store.Config{Layers: []spatial.Layer{l, {Name: "spots", Shape: spatial.Points}}}
	refused(t, tryOpen(t, dsn, wider, postgis.Options{}), spatial.Conflict, "store.needsMigration")
	w := open(t, dsn, wider, postgis.Options{Migrate: true})
	f, err := w.Get(t.Context(), "plots", 7, spatial.AsOf{})
	if err != nil || len(f.Values) != 7 || !f.Values[6].IsNull() || f.Values[3].Text() != "ODT" {
		t.Fatalf("%+v, %v", f, err)
	}
	f.Values[6] = spatial.Int(3)
	update := func(yield func(change.Op, error) bool) { yield(change.Op{Verb: change.Update, Feature: f}, nil) }
	if _, err := w.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, update); err != nil {
		t.Fatal(err)
	}
	sound(t, w)
	c := connect(t, dsn)
	run(t, c, "SET ROLE langbiang_reader")
	if n := count(t, c, "SELECT sum(floors) FROM langbiang_views.plots_5899"); n != 3 {
		t.Errorf("the view does not know the new field: %d", n)
	}
	if _, err := c.Exec(t.Context(), "SELECT number FROM langbiang_views.plots"); err == nil {
		t.Error("a field that is no longer public is still in the view")
	}
	run(t, c, "RESET ROLE")
	// The tables are constrained as the layer is.
	for _, sql := range []string{"UPDATE langbiang.plots SET use = 'XXX' WHERE id = 1", "UPDATE langbiang.plots SET registered = 5001 WHERE id = 1",
		"UPDATE langbiang.plots SET id = 0 WHERE id = 1", "UPDATE langbiang.plots SET valid_from = '2026-01-02', valid_to = '2026-01-02' WHERE id = 1",
		"UPDATE langbiang.plots SET legal_srid = 9218 WHERE id = 1", "UPDATE langbiang.plots SET import = 12 WHERE id = 1"} {
		if _, err := c.Exec(t.Context(), sql); err == nil || strings.Contains(err.Error(), "LB001") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	l.Fields[6].Type = spatial.TypeText
	refused(t, tryOpen(t, dsn, store.Config{Layers: []spatial.Layer{l}}, postgis.Options{Migrate: true}), spatial.Conflict, "store.layerChanged")
}

func TestNoPostGIS(t *testing.T) {
	dsn := pgtest.New(t)
	c := connect(t, dsn)
	run(t, c, "DROP EXTENSION postgis")
	cc, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	role := "guest_" + cc.Database
	run(t, c, "CREATE ROLE "+role+" LOGIN")
	defer run(t, c, "DROP OWNED BY "+role+"; DROP ROLE "+role)
	run(t, c, "GRANT CREATE ON DATABASE "+cc.Database+" TO "+role)
	guest := strings.Replace(dsn, "postgres@", role+"@", 1)
	refused(t, tryOpen(t, dsn, bellOnly(), postgis.Options{}), spatial.Unavailable, "store.noPostGIS")
	refused(t, tryOpen(t, guest, bellOnly(), postgis.Options{Migrate: true}), spatial.Unavailable, "store.noPostGIS")

	// It may be anywhere, and be made by us where we may; the rest needs no more
	// than the right to make schemas.
	run(t, c, "CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis; GRANT USAGE ON SCHEMA gis TO "+role)
	s := open(t, guest, bellOnly(), postgis.Options{Migrate: true, Schema: "land"})
	fill(t, s, 50)
	if _, err := s.AddLayer(t.Context(), change.Commit{Today: "2026-03-01"}, spatial.Layer{Name: "geometry", Shape: spatial.Points}); err != nil {
		t.Fatal(err)
	}
	box := plot(5).Display.Bound()
	n := 0
	for f, err := range s.Scan(t.Context(), "plots", spatial.AsOf{}, &box, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Legal == nil || !f.Display.Bound().Intersects(box) {
			t.Errorf("%+v", f)
		}
		n++
	}
	if n == 0 {
		t.Error("nothing in the box of a plot")
	}
	sound(t, s)
	s.Close()

	run(t, c, "DROP OWNED BY "+role+" CASCADE")
	run(t, c, "DROP EXTENSION postgis CASCADE")
	if err := tryOpen(t, dsn, bellOnly(), postgis.Options{Migrate: true}); err != nil {
		t.Fatal(err)
	}
	if n := count(t, c, "SELECT count(*) FROM pg_extension WHERE extname = 'postgis'"); n != 1 {
		t.Error("PostGIS was not installed")
	}
}

// TestSchemas: two stores in one database are two stores.
func TestSchemas(t *testing.T) {
	dsn := pgtest.New(t)
	a := open(t, dsn, bellOnly(), postgis.Options{Migrate: true, Schema: "a"})
	b := open(t, dsn, bellOnly(), postgis.Options{Migrate: true, Schema: "B with a \"quote\""})
	fill(t, a, 30)
	fill(t, b, 2)
	for s, want := range map[*postgis.Store]spatial.Revision{a: 30, b: 2} {
		if head, err := s.Head(t.Context()); err != nil || head != want {
			t.Errorf("head %d, want %d, %v", head, want, err)
		}
		sound(t, s)
	}
}

func TestNoAccess(t *testing.T) {
	dsn := pgtest.New(t)
	for _, other := range []string{strings.Replace(dsn, "postgres@", "nobody_at_all@", 1), strings.Replace(dsn, "?", "_none?", 1)} {
		refused(t, tryOpen(t, other, bellOnly(), postgis.Options{}), spatial.Unavailable, "store.noAccess")
	}
	refused(t, tryOpen(t, "postgres://127.0.0.1:1/x?sslmode=disable", bellOnly(), postgis.Options{}), spatial.Unavailable, "store.away")
	refused(t, tryOpen(t, "postgres://%zz", bellOnly(), postgis.Options{}), spatial.Invalid, "store.dsn")
}

// TestMalformedGeometry: what PostGIS does not take as a geometry is the sender's
// to mend, and nothing of its commit stays.
func TestMalformedGeometry(t *testing.T) {
	s := open(t, pgtest.New(t), bellOnly(), postgis.Options{Migrate: true})
	for name, g := range map[string]orb.Polygon{"no number": {{{0, 0}, {1, 0}, {math.Inf(1), 1}, {0, 0}}}, "an empty ring": {{}}, "open ring": {{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}, "two points": {{{0, 0}, {0, 0}}}} {
		for _, n := range []int{1, 100} { // as an INSERT, and by COPY
			_, err := s.Apply(t.Context(), change.Commit{Today: "2026-03-01"}, func(yield func(change.Op, error) bool) {
				for op, err := range plots(n) {
					op.Feature.Legal = g
					if !yield(op, err) {
						return
					}
				}
			})
			if spatial.CodeOf(err) != "record.geometry" || spatial.KindOf(err) != spatial.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head != 0 {
		t.Fatal(head, err)
	}
}
