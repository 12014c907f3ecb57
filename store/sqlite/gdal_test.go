package sqlite_test

import (
	"context"
	"database/sql"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/store/storetest"
)

// ogr runs a GDAL program; what it says on stderr is a failure.
func ogr(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%s is needed to check that other programs can read the store: %v", name, err)
	}
	cmd := exec.Command(path, args...)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%s %v: %v\n%s\n%s", name, args, err, out.String(), complaints.String())
	}
	return out.String()
}

// layerNames are the layers ogrinfo lists.
func layerNames(t *testing.T, file string) []string {
	t.Helper()
	var names []string
	for _, line := range strings.Split(ogr(t, "ogrinfo", "-ro", "-q", file), "\n") {
		if _, rest, ok := strings.Cut(line, ": "); ok {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// TestGDAL holds the file against GDAL while it is open, after it is closed, and
// as a backup: every layer and view is there with its system and count, nothing
// of the store's own is.
func TestGDAL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.gpkg")
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, store.Config{Layers: storetest.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	wantEmpty := []string{"mixed", "notes", "spots", "things", "ways"}
	if got := layerNames(t, path); !slices.Equal(got, wantEmpty) {
		t.Fatalf("layers of an empty store: %v", got)
	}
	square := func(x, y, side float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
	}
	thing := func(srid spatial.SRID) change.Op {
		values := make([]spatial.Value, len(storetest.Layers()[0].Fields))
		values[0], values[7] = spatial.Text("Đà Lạt"), spatial.Day("2025-07-01")
		return change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: "things", Legal: square(570000, 1320000, 40), SRID: srid, Display: square(108.44, 11.94, 0.001), Values: values}}
	}
	many := thing(5899)
	many.Feature.Display = orb.MultiPolygon{square(108.44, 11.94, 0.001), square(108.5, 12, 0.001)}
	ops := []change.Op{thing(5899), thing(9218), many, {Verb: change.Create, Feature: spatial.Feature{Layer: "notes", Values: make([]spatial.Value, 2)}},
		{Verb: change.Remove, Feature: spatial.Feature{Layer: "things", ID: 1}}}
	if _, err := s.Apply(ctx, change.Commit{Today: "2026-03-01"}, seqOf(ops)); err != nil {
		t.Fatal(err)
	}
	want := []string{"mixed", "notes", "spots", "things", "things_5899", "things_9218", "ways"}
	check := func(file string) {
		t.Helper()
		if got := layerNames(t, file); !slices.Equal(got, want) {
			t.Fatalf("layers: %v", got)
		}
		all := ogr(t, "ogrinfo", "-ro", "-al", "-so", file)
		for _, text := range []string{"Layer name: things\n", "Feature Count: 2", "Extent: (108.440000, 11.940000) - (108.501000, 12.001000)",
			`ID["EPSG",5899]`, `ID["EPSG",9218]`, `ID["EPSG",4326]`, "Geometry Column = geom", "FID Column = id", "day: Date", "seen: DateTime", "flag: Integer(Boolean)", "big: Integer64", "ratio: Real"} {
			if !strings.Contains(all, text) {
				t.Errorf("ogrinfo does not say %q:\n%s", text, all)
			}
		}
		features := ogr(t, "ogrinfo", "-ro", "-q", file, "things_9218")
		for _, text := range []string{"POLYGON ((570000 1320000,570040 1320000", "Đà Lạt", "2025/07/01"} {
			if !strings.Contains(features, text) {
				t.Errorf("ogrinfo does not say %q:\n%s", text, features)
			}
		}
	}
	check(path)
	backup := filepath.Join(t.TempDir(), "copy.gpkg")
	if err := s.Backup(ctx, backup, nil); err != nil {
		t.Fatal(err)
	}
	check(backup)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	check(path)
}

// TestSystems compares the definitions written with PROJ's reading of the codes.
func TestSystems(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.gpkg")
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, store.Config{Layers: storetest.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var ops []change.Op
	for _, sys := range append(crs.All(), crs.System{SRID: 32650}) {
		ops = append(ops, change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: "spots", Legal: orb.Point{1, 2}, SRID: sys.SRID, Display: orb.Point{1, 2}, Values: make([]spatial.Value, 2)}})
	}
	if _, err := s.Apply(ctx, change.Commit{Today: "2026-03-01"}, seqOf(ops)); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT srs_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id > 0 AND definition <> 'undefined'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var id int64
		var definition string
		if err := rows.Scan(&id, &definition); err != nil {
			t.Fatal(err)
		}
		// where it takes the axes of a geographic system from its code, GDAL states them
		plain := strings.NewReplacer("    AXIS[\"Latitude\",NORTH],\n", "", "    AXIS[\"Longitude\",EAST],\n", "")
		ours := plain.Replace(ogr(t, "gdalsrsinfo", "-o", "wkt1", definition))
		theirs := plain.Replace(ogr(t, "gdalsrsinfo", "-o", "wkt1", "EPSG:"+spatial.Int(id).String()))
		if ours != theirs {
			t.Errorf("EPSG:%d:\n%s\nPROJ says\n%s", id, ours, theirs)
		}
		seen++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != len(crs.All()) {
		t.Fatalf("%d definitions of %d", seen, len(crs.All()))
	}
}
