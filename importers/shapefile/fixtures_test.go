package shapefile

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/rings"
	"github.com/langbiang/langbiang/spatial"
)

// Every fixture is read as GDAL reads it, or refused for a reason named here.
func TestFixturesAgainstGDAL(t *testing.T) {
	refused := map[string]string{"multipatch.shp": "shapefile.multiPatch"}
	var files []string
	for _, dir := range []string{rawtest.Shared(t, "fixtures/mbostock-shapefile/test"), rawtest.Shared(t, "fixtures/go-shp/test_files")} {
		found, err := filepath.Glob(filepath.Join(dir, "*.shp"))
		if err != nil || len(found) == 0 {
			t.Fatal("no fixtures in", dir, err)
		}
		files = append(files, found...)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(file)))+"/"+filepath.Base(file), func(t *testing.T) {
			_, seq, err := Open(os.DirFS(filepath.Dir(file)), filepath.Base(file), raw.Limits{})
			if want := refused[filepath.Base(file)]; want != "" {
				if spatial.CodeOf(err) != want {
					t.Fatalf("want %s, got %v", want, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got, rows, end := rawtest.Rows(seq)
			if len(rows) > 0 || end != nil {
				t.Fatal(rows, end)
			}
			want := rawtest.OGR(t, copied(t, file), "--config", "SHAPE_RESTORE_SHX", "YES")
			if filepath.Base(file) == "ne_10m_time_zones.shp" {
				// There is a gap before record 7, and no index: GDAL stops there.
				if last := got[len(got)-1]; len(want) != 7 || len(got) != 120 || last.Row != 120 || got[6].Faults[0].Code != "shapefile.gap" {
					t.Fatalf("%d rows, GDAL has %d: %v", len(got), len(want), got[6].Faults)
				}
				got, want = got[:6], want[:6]
			}
			if len(got) != len(want) {
				t.Fatalf("%d rows, GDAL has %d", len(got), len(want))
			}
			for i := range want {
				if d := rawtest.Differ(normal(want[i].Shape(t)), normal(got[i].Geometry), 1e-13); d != "" {
					t.Errorf("row %d, GDAL against ours: %s", i+1, d)
				}
				for _, a := range got[i].Attrs {
					sameValue(t, i+1, a, want[i].Properties[a.Name])
				}
			}
		})
	}
}

// copied puts a shapefile's files where GDAL may write a missing .shx.
func copied(t *testing.T, shp string) string {
	t.Helper()
	dir := t.TempDir()
	stem := strings.TrimSuffix(shp, ".shp")
	for _, ending := range endings {
		b, err := os.ReadFile(stem + "." + ending)
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(stem)+"."+ending), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, filepath.Base(shp))
}

// normal levels what is a matter of taste: GDAL writes one polygon of a
// multipolygon as such, lines of one part likewise, and turns rings round.
func normal(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.Polygon:
		for i, r := range g {
			if (rings.SignedArea(r) > 0) != (i > 0) {
				slices.Reverse(r)
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			normal(p)
		}
		if len(g) == 1 {
			return g[0]
		}
	case orb.MultiLineString:
		if len(g) == 1 {
			return g[0]
		}
	}
	return g
}

func sameValue(t *testing.T, row int, got raw.Attr, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		if got.Raw != nil || !got.Value.IsNull() {
			t.Errorf("row %d, %s: want null, got %v %q", row, got.Name, got.Value, got.Raw)
		}
	case json.Number:
		w, err := want.Float64()
		n, ok := got.Value.Number()
		if err != nil || !ok || math.Abs(n-w) > 1e-12*math.Abs(w) {
			t.Errorf("row %d, %s: want %v, got %v", row, got.Name, want, got.Value)
		}
	case bool:
		if got.Value != spatial.Bool(want) {
			t.Errorf("row %d, %s: want %v, got %v", row, got.Name, want, got.Value)
		}
	case string:
		if want == "?" { // an L that is not known, which GDAL of this age gives as text
			sameValue(t, row, got, nil)
			return
		}
		text := got.Value.String()
		if got.Raw != nil {
			text = string(got.Raw)
			if want != text {
				text = readable(text) // GDAL decodes as Latin-1 where the file says nothing
			}
		}
		if got.Value.Type() == spatial.TypeDate {
			want = strings.ReplaceAll(want, "/", "-")
		}
		if got.Value.Type() == spatial.TypeBool { // GDAL of this age reads L as text
			want = map[string]string{"T": "true", "t": "true", "Y": "true", "y": "true", "F": "false", "f": "false", "N": "false", "n": "false"}[want]
		}
		if text != want {
			t.Errorf("row %d, %s: want %q, got %q", row, got.Name, want, text)
		}
	default:
		t.Errorf("row %d, %s: GDAL gives a %T", row, got.Name, want)
	}
}

// The JavaScript reader's own expectations.
func TestFixturesAgainstExpected(t *testing.T) {
	dir := rawtest.Shared(t, "fixtures/mbostock-shapefile/test")
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal("no expectations", err)
	}
	for _, file := range files {
		stem := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, err := os.Stat(filepath.Join(dir, stem+".shp")); err != nil {
			continue
		}
		t.Run(stem, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := rawtest.Collection(b)
			if err != nil {
				t.Fatal(err)
			}
			_, seq, err := Open(os.DirFS(dir), stem+".shp", raw.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, rows, end := rawtest.Rows(seq)
			if len(rows) > 0 || end != nil || len(got) != len(want) {
				t.Fatalf("%d rows for %d: %v %v", len(got), len(want), rows, end)
			}
			for i := range want {
				if d := rawtest.Differ(normal(want[i].Shape(t)), normal(got[i].Geometry), 1e-9); d != "" {
					t.Errorf("row %d: %s", i+1, d)
				}
				for _, a := range got[i].Attrs {
					if w, ok := want[i].Properties[a.Name]; !ok {
						continue // the expectation was made from the .shp alone
					} else if a.Value.Type() == spatial.TypeDate {
						if s := strings.ReplaceAll(string(a.Value.Day()), "-", ""); s != w {
							t.Errorf("row %d: date %v for %v", i+1, a.Value, w)
						}
					} else {
						sameValue(t, i+1, a, w)
					}
				}
			}
		})
	}
}

func TestParcels(t *testing.T) {
	file := rawtest.Shared(t, "dalat/parcels_vn2000_shp.zip")
	info, seq, err := Open(os.DirFS(filepath.Dir(file)), filepath.Base(file), raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if info.Count != 29313 || info.CRSFrom != "prj" || info.Encoding != "UTF-8" {
		t.Fatalf("%+v", info)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(rows) > 0 || end != nil {
		t.Fatal(rows, end)
	}
	names, err := List(os.DirFS(filepath.Dir(file)), filepath.Base(file))
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	layer := strings.TrimSuffix(filepath.Base(names[0]), filepath.Ext(names[0]))
	want := rawtest.OGR(t, "/vsizip/"+file, "-sql", `SELECT OGR_GEOM_AREA AS gdal_area FROM "`+layer+`"`)
	if len(got) != 29313 || len(want) != len(got) {
		t.Fatalf("%d rows, GDAL has %d", len(got), len(want))
	}
	for i := range want {
		w, err := want[i].Properties["gdal_area"].(json.Number).Float64()
		if err != nil {
			t.Fatal(err)
		}
		if a := areaOf(got[i].Geometry); math.Abs(a-w) > 0.1 {
			t.Errorf("row %d: %.3f m², GDAL has %.3f m²", got[i].Row, a, w)
		}
	}
}

func areaOf(g orb.Geometry) float64 {
	switch g := g.(type) {
	case orb.Polygon:
		a := math.Abs(rings.SignedArea(g[0]))
		for _, h := range g[1:] {
			a -= math.Abs(rings.SignedArea(h))
		}
		return a
	case orb.MultiPolygon:
		var a float64
		for _, p := range g {
			a += areaOf(p)
		}
		return a
	}
	return 0
}
