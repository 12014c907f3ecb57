package geopackage

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// converted has GDAL make a GeoPackage of a file.
func converted(t testing.TB, source string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "made.gpkg")
	cmd := exec.Command("ogr2ogr", append([]string{"-f", "GPKG", out, source}, args...)...)
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("ogr2ogr: %v\n%.600s", err, b)
	}
	return out
}

// What GDAL wrote, of every geometry type, is read as GDAL reads it.
func TestAgainstGDAL(t *testing.T) {
	sources := map[string][]string{
		rawtest.Shared(t, "dalat/dalat_wards_16.geojson"):                       {"-nln", "wards", "-t_srs", "EPSG:5899"},
		rawtest.Shared(t, "osm/dalat_osm_roads_drive.geojson"):                  {"-nln", "đường"},
		rawtest.Shared(t, "poi/dalat_tourism_poi_25.geojson"):                   {"-nln", "poi"},
		"/vsigzip/" + rawtest.Shared(t, "dalat/zones.geojson.gz"):               {"-nln", "zones", "-limit", "300"},
		rawtest.Shared(t, "fixtures/mbostock-shapefile/test/date-property.shp"): {"-nln", "dates"},
		rawtest.Shared(t, "fixtures/mbostock-shapefile/test/null.shp"):          {"-nln", "nulls"},
		rawtest.Shared(t, "fixtures/go-shp/test_files/polygonz.shp"):            {"-nln", "z"},
		rawtest.Shared(t, "fixtures/go-shp/test_files/multipointm.shp"):         {"-nln", "m"},
	}
	for source, args := range sources {
		t.Run(args[1], func(t *testing.T) {
			path := converted(t, source, args...)
			info, seq, err := OpenPath(path, "", raw.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if info.Name != args[1] || info.Format != raw.GeoPackage {
				t.Errorf("%+v", info)
			}
			if len(args) > 2 && args[2] == "-t_srs" && (info.CRS != "EPSG:5899" || info.CRSFrom != "gpkg") {
				t.Errorf("CRS %q", info.CRS)
			}
			got, rows, end := rawtest.Rows(seq)
			want := rawtest.OGR(t, path)
			if len(rows) > 0 || end != nil || len(got) != len(want) || info.Count != len(want) {
				t.Fatalf("%d rows of %d, GDAL has %d: %v %v", len(got), info.Count, len(want), rows, end)
			}
			for i := range want {
				if d := rawtest.Differ(want[i].Shape(t), got[i].Geometry, 1e-8); d != "" {
					t.Errorf("row %d, GDAL against ours: %s", i+1, d)
				}
				for _, a := range got[i].Attrs {
					same(t, i+1, a, want[i].Properties[a.Name])
				}
			}
		})
	}
}

func same(t *testing.T, row int, a raw.Attr, want any) {
	t.Helper()
	switch w := want.(type) {
	case nil:
		if a.Value.IsNull() {
			return
		}
	case json.Number:
		f, err := w.Float64()
		if n, ok := a.Value.Number(); err == nil && ok && math.Abs(n-f) <= 1e-12*math.Abs(f) {
			return
		}
	case bool:
		if a.Value == spatial.Bool(w) {
			return
		}
	case string:
		if a.Value == spatial.Text(w) || a.Value.String() == strings.ReplaceAll(w, "/", "-") {
			return
		}
	default:
		var v any
		d := json.NewDecoder(strings.NewReader(a.Value.Text()))
		d.UseNumber()
		if d.Decode(&v) == nil && fmt.Sprint(v) == fmt.Sprint(want) {
			return
		}
	}
	t.Errorf("row %d, %s: want %v (%T), got %q", row, a.Name, want, want, a.Value.String())
}

// database makes a file by hand.
func made(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made.gpkg")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append([]string{
		`CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT, description TEXT)`,
		`INSERT INTO gpkg_spatial_ref_sys VALUES ('v', 5899, 'EPSG', 5899, 'PROJCS[]', NULL), ('own', 100001, 'NONE', 1, 'PROJCS["own"]', NULL), ('u', -1, 'NONE', -1, 'undefined', NULL)`,
		`CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER)`,
		`CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER)`,
	}, statements...) {
		if _, err := db.Exec(s); err != nil {
			t.Fatal(s, err)
		}
	}
	return path
}

func layerOf(name string, srs int, columns string) []string {
	return []string{
		`CREATE TABLE ` + quote(name) + ` (` + columns + `)`,
		`INSERT INTO gpkg_contents VALUES ('` + name + `', 'features', NULL, ` + fmt.Sprint(srs) + `)`,
		`INSERT INTO gpkg_geometry_columns VALUES ('` + name + `', 'geom', 'GEOMETRY', ` + fmt.Sprint(srs) + `, 0, 0)`,
	}
}

func blob(srs uint32, g orb.Geometry) []byte {
	return raw.AppendWKB([]byte{'G', 'P', 0, 1, byte(srs), byte(srs >> 8), byte(srs >> 16), 0}, g)
}

func TestRows(t *testing.T) {
	point := fmt.Sprintf("x'%x'", blob(5899, orb.Point{1, 2}))
	path := made(t, append(layerOf("lô đất", 5899, `fid INTEGER PRIMARY KEY, geom BLOB, ten TEXT(20), n MEDIUMINT, ok BOOLEAN, area DOUBLE, on_day DATE, at DATETIME, pic BLOB`),
		`INSERT INTO "lô đất" VALUES (7, `+point+`, 'Đà Lạt', 3, 1, 4, '2025-07-01', '2025-07-01T00:00:00.000Z', x'00ff')`,
		`INSERT INTO "lô đất" VALUES (8, NULL, CAST(x'ff41' AS TEXT), 'many', 5, 1e999, 'soon', NULL, NULL)`,
		`INSERT INTO "lô đất" VALUES (9, x'4750', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
		`INSERT INTO "lô đất" VALUES (10, 'text', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
		fmt.Sprintf(`INSERT INTO "lô đất" VALUES (11, x'%x', NULL, NULL, NULL, NULL, NULL, NULL, NULL)`, blob(4326, orb.Point{1, 2})),
		`INSERT INTO "lô đất" VALUES (12, x'4750002101000000'||`+point+`, NULL, NULL, NULL, NULL, NULL, NULL, NULL)`,
	)...)
	info, seq, err := OpenPath(path, "", raw.Limits{})
	if err != nil || info.CRS != "EPSG:5899" || len(info.Fields) != 7 || info.Count != 6 {
		t.Fatalf("%+v %v", info, err)
	}
	fs, rows, end := rawtest.Rows(seq)
	if end != nil || len(fs) != 3 || len(rows) != 3 {
		t.Fatal(fs, rows, end)
	}
	for _, err := range rows {
		if spatial.CodeOf(err) != "gpkg.blob" {
			t.Error(err)
		}
	}
	first := fs[0]
	if first.ID != "7" || !orb.Equal(first.Geometry, orb.Point{1, 2}) || len(first.Faults) != 1 || first.Faults[0].Code != "value.binary" {
		t.Errorf("%+v", first)
	}
	for i, want := range []string{"Đà Lạt", "3", "true", "4", "2025-07-01", "2025-07-01T00:00:00.000Z", ""} {
		if got := first.Attrs[i].Value.String(); got != want {
			t.Errorf("%s: %q, want %q", first.Attrs[i].Name, got, want)
		}
	}
	second := fs[1]
	var codes []string
	for _, f := range second.Faults {
		codes = append(codes, f.Code)
	}
	if second.Geometry != nil || string(second.Attrs[0].Raw) != "\xffA" || second.Attrs[1].Value.Text() != "many" || second.Attrs[2].Value.Int() != 5 || fmt.Sprint(codes) != "[text.notUTF8 value.malformed value.malformed]" {
		t.Errorf("%+v", second)
	}
	if fs[2].Faults[0].Code != "geometry.srs" {
		t.Errorf("%+v", fs[2])
	}
}

func TestChoice(t *testing.T) {
	many := append(layerOf("a", 100001, "fid INTEGER PRIMARY KEY, geom BLOB"), layerOf("b", -1, "fid INTEGER PRIMARY KEY, geom BLOB, x TEXT")...)
	many = append(many, `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)`, `INSERT INTO notes VALUES (1, 'x')`, `INSERT INTO gpkg_contents VALUES ('notes', 'attributes', NULL, 0)`)
	path := made(t, many...)
	if names, err := Layers(path); err != nil || strings.Join(names, " ") != "a b notes" {
		t.Error(names, err)
	}
	dir := os.DirFS(filepath.Dir(path))
	if names, err := List(dir, "made.gpkg"); err != nil || strings.Join(names, " ") != "made.gpkg:a made.gpkg:b made.gpkg:notes" {
		t.Error(names, err)
	}
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, fsys := range map[string]fs.FS{"by path": dir, "by copy": fstest.MapFS{"made.gpkg": {Data: body}}} {
		if _, _, err := Open(fsys, "made.gpkg", raw.Limits{}); spatial.CodeOf(err) != "gpkg.several" {
			t.Error(name, err)
		}
		info, _, err := Open(fsys, "made.gpkg:a", raw.Limits{})
		if err != nil || info.CRS != `PROJCS["own"]` {
			t.Error(name, info, err)
		}
		info, _, err = Open(fsys, "made.gpkg:b", raw.Limits{})
		if err != nil || info.CRS != "" || info.CRSFrom != "" {
			t.Error(name, info, err)
		}
		info, seq, err := Open(fsys, "made.gpkg:notes", raw.Limits{})
		if err != nil || info.CRS != "" {
			t.Fatal(name, info, err)
		}
		for range 2 {
			if fs, rows, end := rawtest.Rows(seq); len(fs) != 1 || len(rows) > 0 || end != nil || fs[0].ID != "1" {
				t.Error(name, fs, rows, end)
			}
		}
		if _, _, err := Open(fsys, "made.gpkg:c", raw.Limits{}); spatial.CodeOf(err) != "gpkg.noLayer" {
			t.Error(name, err)
		}
	}
}

func TestRefused(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain.sqlite")
	db, err := sql.Open("sqlite", plain)
	if err == nil {
		_, err = db.Exec("CREATE TABLE x (y)")
		db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text.gpkg")
	half := filepath.Join(t.TempDir(), "half.gpkg")
	whole, err := os.ReadFile(made(t, layerOf("a", 5899, "fid INTEGER PRIMARY KEY, geom BLOB")...))
	if err != nil {
		t.Fatal(err)
	}
	if os.WriteFile(text, []byte("not a database at all"), 0o600) != nil || os.WriteFile(half, whole[:5000], 0o600) != nil {
		t.Fatal("cannot write")
	}
	lost := made(t, layerOf("a", 777, "fid INTEGER PRIMARY KEY, geom BLOB")...)
	noColumn := made(t, layerOf("a", 5899, "fid INTEGER PRIMARY KEY, shape BLOB")...)
	for path, want := range map[string]string{plain: "gpkg.notOne", text: "gpkg.notSQLite", half: "gpkg.damaged", lost: "gpkg.srs", noColumn: "gpkg.noGeometryColumn", text + "x": "file.unknown"} {
		if _, _, err := OpenPath(path, "", raw.Limits{}); spatial.CodeOf(err) != want {
			t.Errorf("%s: want %s, got %v", filepath.Base(path), want, err)
		}
	}
	big := made(t, append(layerOf("a", 5899, "fid INTEGER PRIMARY KEY, geom BLOB, x TEXT, y TEXT"), `INSERT INTO a VALUES (1, NULL, 'xxxxxxxxxxxxxxxxxxxxxxxx', '')`, `INSERT INTO a VALUES (2, NULL, '', '')`)...)
	for code, lim := range map[string]raw.Limits{"fields.tooMany": {Fields: 1}, "file.tooLarge": {Bytes: 1000}, "rows.tooMany": {Rows: 1}, "row.tooLarge": {Row: 30}} {
		_, seq, err := OpenPath(big, "", lim)
		if err == nil {
			_, rows, end := rawtest.Rows(seq)
			if err = end; len(rows) > 0 {
				err = rows[0]
			}
		}
		if spatial.CodeOf(err) != code || spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("want %s, got %v", code, err)
		}
	}
}

// Reading leaves the file and its folder as they were.
func TestNothingWritten(t *testing.T) {
	path := made(t, append(layerOf("a", 5899, "fid INTEGER PRIMARY KEY, geom BLOB"), `INSERT INTO a VALUES (1, NULL)`)...)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, seq, err := OpenPath(path, "", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if fs, _, end := rawtest.Rows(seq); len(fs) != 1 || end != nil {
		t.Fatal(fs, end)
	}
	after, err := os.ReadFile(path)
	entries, _ := os.ReadDir(filepath.Dir(path))
	if err != nil || string(before) != string(after) || len(entries) != 1 {
		t.Error("something was written", err, entries)
	}
}

// The unit is one small polygon with five attributes.
func BenchmarkPolygons(b *testing.B) {
	const n = 50_000
	path := made(b, layerOf("p", 5899, "fid INTEGER PRIMARY KEY, geom BLOB, soto TEXT, sothua TEXT, use TEXT, area DOUBLE, n INTEGER")...)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	tx, err := db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		ring := make(orb.Ring, 8)
		for k := range ring {
			a := float64(k%7) / 7 * 2 * math.Pi
			ring[k] = orb.Point{584000 + float64(i%300)*20 + 9*math.Cos(a), 1322000 + float64(i/300)*20 + 9*math.Sin(a)}
		}
		if _, err := tx.Exec("INSERT INTO p VALUES (?,?,?,?,?,?,?)", i+1, blob(5899, orb.Polygon{ring}), fmt.Sprint(i/500), fmt.Sprint(i%500), "ODT", 81.5, i); err != nil {
			b.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	db.Close()
	for b.Loop() {
		_, seq, err := OpenPath(path, "", raw.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		if fs, rows, end := rawtest.Rows(seq); len(fs) != n || len(rows) > 0 || end != nil {
			b.Fatal(len(fs), rows, end)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "polygons/s")
}
