package gdal

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

const plots = `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5899"}},"features":[
{"type":"Feature","properties":{"ten":"Đà Lạt","so":12},"geometry":{"type":"Polygon","coordinates":[[[575000.125,1320000.5],[575010,1320000],[575010,1320010],[575000.125,1320000.5]]]}},
{"type":"Feature","properties":{"ten":null,"so":13},"geometry":{"type":"Polygon","coordinates":[[[575020,1320000],[575030,1320000],[575030,1320010],[575020,1320000]]]}}]}`

// made has GDAL write a file of a format.
func made(t *testing.T, driver, name string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	in := filepath.Join(dir, "in.geojson")
	if err := os.WriteFile(in, []byte(plots), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, name)
	if b, err := exec.Command("ogr2ogr", append([]string{"-f", driver, "-nln", "thua", out, in}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	return out
}

// Coordinates come as the source has them, in whatever it is in.
func TestFormats(t *testing.T) {
	for _, c := range []struct {
		driver, name string
		srid         spatial.SRID // 0 = it says nothing
		tol          float64
	}{
		{"GML", "a.gml", 5899, 1e-6},
		{"FlatGeobuf", "a.fgb", 5899, 1e-9},
		{"DGN", "a.dgn", 0, 0.011}, // hundredths, by the seed file
	} {
		args := []string{}
		if c.driver == "DGN" {
			args = append(args, "-select", "")
		}
		path := made(t, c.driver, c.name, args...)
		before, err := os.ReadDir(filepath.Dir(path))
		if err != nil {
			t.Fatal(err)
		}
		info, seq, err := Open(path, "", raw.Limits{})
		if err != nil {
			t.Fatal(c.name, err)
		}
		if c.srid != 0 {
			if srid, err := crs.Parse(info.CRS); srid != c.srid || err != nil || info.CRSFrom != "gdal" {
				t.Errorf("%s: %s %v", c.name, info.CRS, err)
			}
		} else if info.CRS != "" || info.CRSFrom != "" {
			t.Error(c.name, info)
		}
		want, err := rawtest.Collection([]byte(plots))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // it may be ranged over again
			got, rows, end := rawtest.Rows(seq)
			if len(got) != 2 || len(rows) > 0 || end != nil || info.Count != -1 || info.Format != raw.GDAL {
				t.Fatal(c.name, info, got, rows, end)
			}
			for _, w := range want { // a format may order rows its own way
				best := "no shape"
				for _, f := range got {
					if d := rawtest.Differ(f.Geometry, w.Shape(t), c.tol); d == "" {
						best = ""
						if so, ok := f.Attr("so"); c.driver != "DGN" && (!ok || so.Value.String() != w.Properties["so"].(interface{ String() string }).String()) {
							t.Errorf("%s: %+v", c.name, f.Attrs)
						}
					}
				}
				if best != "" {
					t.Errorf("%s: no row has the shape %s", c.name, w.Geometry)
				}
			}
		}
		for _, err := range seq { // an end before the end
			if err != nil {
				t.Error(err)
			}
			break
		}
		after, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(after) != len(before) {
			t.Errorf("%s: files were left: %v", c.name, after)
		}
	}
}

// A TAB has its shift from MapInfo's own tables.
func TestTAB(t *testing.T) {
	path := made(t, "MapInfo File", "a.tab")
	info, seq, err := Open(path, "", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(got) != 2 || len(rows) > 0 || end != nil || info.CRS == "" {
		t.Error(info, got, rows, end)
	}
}

func TestSeveral(t *testing.T) {
	path := made(t, "GML", "a.gml")
	in := filepath.Join(filepath.Dir(path), "in.geojson")
	two := filepath.Join(filepath.Dir(path), "two.gml")
	vrt := filepath.Join(filepath.Dir(path), "a.vrt")
	text := `<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>` + in + `</SrcDataSource><SrcLayer>in</SrcLayer></OGRVRTLayer><OGRVRTLayer name="b"><SrcDataSource>` + in + `</SrcDataSource><SrcLayer>in</SrcLayer></OGRVRTLayer></OGRVRTDataSource>`
	if err := os.WriteFile(vrt, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := exec.Command("ogr2ogr", "-f", "GML", two, vrt).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	_, _, err := Open(two, "", raw.Limits{})
	if spatial.CodeOf(err) != "gdal.several" {
		t.Error(err)
	}
	if _, _, err := Open(two, "c", raw.Limits{}); spatial.CodeOf(err) != "gdal.noLayer" {
		t.Error(err)
	}
	if info, _, err := Open(two, "b", raw.Limits{}); err != nil || info.Name != "b" {
		t.Error(info, err)
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, c := range []struct{ path, code string }{
		{filepath.Join(dir, "none.dgn"), "file.unknown"},
		{write("v8.dgn", "\xD0\xCF\x11\xE0 more"), "gdal.dgnV8"},
		{write("a.dgn", "no drawing"), "gdal.failed"},
		// Another format under a name that GDAL is asked to read is not read as it.
		{write("a.gml", `<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>`), "gdal.failed"},
	} {
		if _, _, err := Open(c.path, "", raw.Limits{}); spatial.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.path, err)
		}
	}
	good := made(t, "GML", "b.gml")
	if _, seq, err := Open(good, "", raw.Limits{Rows: 1}); err != nil {
		t.Error(err)
	} else if _, _, end := rawtest.Rows(seq); spatial.CodeOf(end) != "rows.tooMany" {
		t.Error(end)
	}
	t.Setenv("PATH", dir)
	if _, _, err := Open(good, "", raw.Limits{}); spatial.CodeOf(err) != "gdal.missing" || spatial.KindOf(err) != spatial.Unavailable {
		t.Error(err)
	}
}

// Only the ending's driver reads a file, whatever the file says of itself.
func TestOneDriver(t *testing.T) {
	const boast = "using driver `GML' successful"
	dir := t.TempDir()
	named := filepath.Join(dir, "named.gml")
	if err := os.WriteFile(named, []byte(strings.Replace(plots, `"crs"`, `"name":"`+boast+`","crs"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	base := made(t, "SQLite", "a.sqlite")
	trap := filepath.Join(dir, "w.gml")
	if b, err := exec.Command("ogr2ogr", "-f", "SQLite", "-nln", boast, trap+".sqlite", base).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	if err := os.Rename(trap+".sqlite", trap); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{named, trap} {
		if _, _, err := Open(path, "", raw.Limits{}); spatial.CodeOf(err) != "gdal.failed" {
			t.Error(path, err)
		}
	}
	skip, err := others(t.Context(), trap)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.Split(skip, ",")
	for name, want := range map[string]bool{"SQLite": true, "OGR_VRT": true, "GMLAS": true, "MapInfo File": true, "GML": false, writer: false} {
		if slices.Contains(names, name) != want {
			t.Errorf("%s: %v", name, names)
		}
	}
	script := func(text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "ogrinfo"), []byte("#!/bin/sh\n[ $1 = --formats ] && echo '  GML -vector- (rw+v): GML' && exit\n"+text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	script("cat <<'END'\nINFO: Open of `" + trap + "'\n      using driver `SQLite' successful.\n\nLayer name: \n      " + boast + ".\nEND\n")
	if _, err := Layers(trap); spatial.CodeOf(err) != "gdal.failed" {
		t.Error(err)
	}
	// What it prints is bounded.
	script("exec yes 'Layer name: a'\n")
	if _, err := Layers(trap); spatial.CodeOf(err) != "gdal.large" || spatial.KindOf(err) != spatial.TooLarge {
		t.Error(err)
	}
	// An old GDAL knows no -nocount.
	script("case \"$*\" in *-nocount*) echo \"FAILURE: Unknown option name '-nocount'\" >&2; exit 1;; esac\ncat <<'END'\nINFO: Open of `" + trap + "'\n      using driver `GML' successful.\n\nLayer name: a\nFeature Count: 7\nEND\n")
	if all, err := Layers(trap); err != nil || len(all) != 1 || all[0].Count != 7 {
		t.Error(all, err)
	}
}

// A layer's name is no option.
func TestNames(t *testing.T) {
	one := made(t, "FlatGeobuf", "a.fgb", "-nln", "-progress")
	info, seq, err := Open(one, "", raw.Limits{})
	if err != nil || info.Name != "-progress" {
		t.Fatal(info, err)
	}
	if got, rows, end := rawtest.Rows(seq); len(got) != 2 || len(rows) > 0 || end != nil {
		t.Error(got, rows, end)
	}
	dir := t.TempDir()
	script := "#!/bin/sh\nfor a; do :; done\n[ $a = --formats ] && echo '  GML -vector- (rw+v): GML' && exit\ncat <<END\nINFO: Open of \\`$a'\n      using driver \\`GML' successful.\n\nLayer name: a\nLayer name: -f\nEND\n"
	if err := os.WriteFile(filepath.Join(dir, "ogrinfo"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "a.gml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	if _, _, err := Open(path, "-f", raw.Limits{}); spatial.CodeOf(err) != "gdal.layerName" {
		t.Error(err)
	}
	for in, want := range map[string]string{
		"Ⱥ.ZIP/İ.GDB": "/vsizip/{Ⱥ.ZIP}/İ.GDB",
		"-a.gml":      "./-a.gml",
		"İ/a.gml":     "İ/a.gml",
	} {
		if got, driver := source(in); got != want || driver == "" {
			t.Error(in, got, driver)
		}
	}
}

// A program that breaks off in the middle is an error, not an end.
func TestBreaksOff(t *testing.T) {
	dir := t.TempDir()
	for name, script := range map[string]string{
		"ogrinfo": "#!/bin/sh\nfor a; do :; done\n[ $a = --formats ] && echo '  GML -vector- (rw+v): GML' && exit\ncat <<END\nINFO: Open of \\`$a'\n      using driver \\`GML' successful.\n\nLayer name: a\nEND\n",
		"ogr2ogr": "#!/bin/sh\necho '{\"type\":\"Feature\",\"properties\":{},\"geometry\":null}'\necho 'ERROR: disk on fire' >&2\nexit 1\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "a.gml")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("LANGBIANG_STORE", "postgres://secret")
	_, seq, err := Open(path, "", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	fs, _, end := rawtest.Rows(seq)
	if len(fs) != 1 || spatial.CodeOf(end) != "gdal.failed" || !strings.Contains(end.Error(), "disk on fire") {
		t.Error(fs, end)
	}
	cmd, err := command(t.Context(), "ogr2ogr", path, "")
	if err != nil || strings.Contains(strings.Join(cmd.Env, " "), "secret") {
		t.Error(cmd, err)
	}
}

func FuzzDescribe(f *testing.F) {
	f.Add("INFO: Open\n\nLayer name: a\nGeometry: Point\nFeature Count: 3\nLayer SRS WKT:\nPROJCS[\"x\",\n    AXIS[]]\nData axis to CRS axis mapping: 1,2\nten: String (0.0)\n")
	f.Add("Layer name: a\nLayer SRS WKT:\n(unknown)\nLayer name: b\nLayer SRS WKT:\nGEOGCS[]\nso: Integer (0.0)\n")
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range describe(s) {
			if strings.Contains(l.Name, "\n") || len(l.CRS) > len(s) {
				t.Fatalf("%+v", l)
			}
		}
	})
}
