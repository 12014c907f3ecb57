package kml

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

const top = `<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>`

func opened(t testing.TB, name string, b []byte, lim raw.Limits) ([]raw.Feature, []error, error) {
	t.Helper()
	info, seq, err := Open(fstest.MapFS{name: {Data: b}}, name, lim)
	if err != nil {
		return nil, nil, err
	}
	if info.CRS != "OGC:CRS84" || info.CRSFrom != CRSFrom {
		t.Error(info)
	}
	fs, rows, end := rawtest.Rows(seq)
	return fs, rows, end
}

func shown(fs []raw.Feature) (out []string) {
	for _, f := range fs {
		s := fmt.Sprint(f.Row, " ", f.ID)
		for _, a := range f.Attrs {
			s += fmt.Sprintf(" %s=%s", a.Name, a.Value)
		}
		if f.Geometry != nil {
			s += fmt.Sprint(" ", f.Geometry.GeoJSONType(), f.Geometry)
		}
		for _, f := range f.Faults {
			s += " !" + f.Code
		}
		out = append(out, s)
	}
	return out
}

func TestPlacemarks(t *testing.T) {
	text := top + `<name>Bản đồ</name><Style id="a"><LineStyle><color>ff0000ff</color></LineStyle></Style>
<Folder><name>Phường 1</name>
 <Folder><name>Tổ 2/3</name>
  <Placemark id="p1"><name>Chợ Đà Lạt</name><styleUrl>#a</styleUrl><ExtendedData><Data name="so_to"><displayName>x</displayName><value>12</value></Data><SchemaData schemaUrl="#s"><SimpleData name="so_thua">5</SimpleData></SchemaData></ExtendedData><Point><coordinates> 108.44,11.94,0 </coordinates></Point></Placemark>
 </Folder>
 <Placemark><description><![CDATA[<b>a & b</b>]]></description><LineString><tessellate>1</tessellate><coordinates>108,11 109,12,1500</coordinates></LineString></Placemark>
</Folder>
<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 4,0 4,4 0,4 0,0</coordinates></LinearRing></outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>1,1 2,1 2,2</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark>
<Placemark><MultiGeometry><Point><coordinates>1,2</coordinates></Point><Point><coordinates>3,4</coordinates></Point></MultiGeometry></Placemark>
<Placemark><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1 0,0</coordinates></LinearRing></outerBoundaryIs></Polygon><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>5,5 6,5 6,6 5,5</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></MultiGeometry></Placemark>
<Placemark><MultiGeometry><Point><coordinates>1,2</coordinates></Point><LineString><coordinates>1,2 3,4</coordinates></LineString></MultiGeometry></Placemark>
<Placemark><name>không có hình</name></Placemark>
<Placemark><Polygon><outerBoundaryIs><LinearRing><coordinates></coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>
<Placemark><gx:Track xmlns:gx="x"><when>2020</when><gx:coord>1 2 3</gx:coord></gx:Track></Placemark>
</Document></kml>`
	fs, rows, end := opened(t, "a.kml", []byte(text), raw.Limits{})
	want := []string{
		"1 p1 folder=Phường 1/Tổ 2∕3 name=Chợ Đà Lạt so_to=12 so_thua=5 Point[108.44 11.94]",
		"2  folder=Phường 1 description=<b>a & b</b> LineString[[108 11] [109 12]] !geometry.dimensionDropped",
		"3  Polygon[[[0 0] [4 0] [4 4] [0 4] [0 0]] [[1 1] [2 1] [2 2] [1 1]]] !geometry.ringUnclosed",
		"4  MultiPoint[[1 2] [3 4]]",
		"5  MultiPolygon[[[[0 0] [1 0] [1 1] [0 0]]] [[[5 5] [6 5] [6 6] [5 5]]]]",
		"6  GeometryCollection[[1 2] [[1 2] [3 4]]]",
		"7  name=không có hình",
		"8  !geometry.empty",
		"9  !kml.unread",
	}
	if diff := cmp.Diff(want, shown(fs)); diff != "" || len(rows) > 0 || end != nil {
		t.Error(diff, rows, end)
	}
}

func zipped(t testing.TB, members map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range members {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const onePoint = top + `<Placemark><Point><coordinates>1,2</coordinates></Point></Placemark></Document></kml>`

func TestArchive(t *testing.T) {
	fs, rows, end := opened(t, "a.kmz", zipped(t, map[string]string{"doc.kml": onePoint, "files/a.png": "x"}), raw.Limits{})
	if len(fs) != 1 || len(rows) > 0 || end != nil {
		t.Error(fs, rows, end)
	}
}

func TestFaulty(t *testing.T) {
	mark := func(inner string) string {
		return top + "<Placemark>" + inner + "</Placemark>" + strings.TrimPrefix(onePoint, top)
	}
	point := func(s string) string { return mark("<Point><coordinates>" + s + "</coordinates></Point>") }
	for _, c := range []struct {
		name, text, row string
		lim             raw.Limits
	}{
		{"not numbers", point("a,b"), "kml.coordinates", raw.Limits{}},
		{"one number", point("108.4"), "kml.coordinates", raw.Limits{}},
		{"two points", point("1,2 3,4"), "kml.coordinates", raw.Limits{}},
		{"not finite", point("NaN,1"), "geometry.nonFinite", raw.Limits{}},
		{"two outer rings", mark("<Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing><LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing></outerBoundaryIs></Polygon>"), "kml.coordinates", raw.Limits{}},
		{"a hole alone", mark("<Polygon><innerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing></innerBoundaryIs></Polygon>"), "geometry.hollow", raw.Limits{}},
		{"too many points", mark("<LineString><coordinates>" + strings.Repeat("1,2 ", 20) + "</coordinates></LineString>"), "geometry.points", raw.Limits{Points: 10}},
		{"too many parts", mark("<MultiGeometry>" + strings.Repeat("<Point><coordinates>1,2</coordinates></Point>", 20) + "</MultiGeometry>"), "geometry.rings", raw.Limits{Rings: 10}},
		{"too deep", mark(strings.Repeat("<MultiGeometry>", 9) + strings.Repeat("</MultiGeometry>", 9)), "geometry.depth", raw.Limits{Depth: 4}},
	} {
		fs, rows, end := opened(t, "a.kml", []byte(c.text), c.lim)
		if len(rows) != 1 || spatial.CodeOf(rows[0]) != c.row || len(fs) != 1 || end != nil {
			t.Errorf("%s: %v %v %v", c.name, shown(fs), rows, end)
		}
	}
}

func TestRefused(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml><Placemark><name>&b;</name></Placemark></kml>`
	for _, c := range []struct {
		name, file string
		b          []byte
		lim        raw.Limits
		code       string
	}{
		{"nothing", "a.kml", nil, raw.Limits{}, "kml.notOne"},
		{"GPX", "a.kml", []byte("<gpx/>"), raw.Limits{}, "kml.notOne"},
		{"not XML", "a.kml", []byte("{}"), raw.Limits{}, "kml.notOne"},
		{"cut", "a.kml", []byte(onePoint[:len(onePoint)-20]), raw.Limits{}, "kml.syntax"},
		{"tags that do not match", "a.kml", []byte(top + "<Folder></Document></kml>"), raw.Limits{}, "kml.syntax"},
		{"entities", "a.kml", []byte(bomb), raw.Limits{}, "kml.syntax"},
		{"an encoding unknown", "a.kml", []byte(`<?xml version="1.0" encoding="EBCDIC"?><kml/>`), raw.Limits{}, "kml.encoding"},
		{"deep", "a.kml", []byte(top + strings.Repeat("<Folder>", 100)), raw.Limits{}, "kml.depth"},
		{"deep in data", "a.kml", []byte(top + "<Placemark><ExtendedData>" + strings.Repeat("<x>", 100)), raw.Limits{}, "kml.depth"},
		{"a long text", "a.kml", []byte(top + "<Placemark><name>" + strings.Repeat("x", 200_000) + "</name></Placemark></Document></kml>"), raw.Limits{Row: 100_000}, "row.tooLarge"},
		{"many", "a.kml", []byte(top + strings.Repeat("<Placemark/>", 20)), raw.Limits{Rows: 10}, "rows.tooMany"},
		{"wide", "a.kml", []byte(top + "<Placemark>" + strings.Repeat("<name>a</name>", 20)), raw.Limits{Fields: 10}, "fields.tooMany"},
		{"a zip bomb", "a.kmz", zipped(t, map[string]string{"doc.kml": top + strings.Repeat(" ", 4<<20)}), raw.Limits{Bytes: 1 << 20}, "file.tooLarge"},
		{"an archive without one", "a.kmz", zipped(t, map[string]string{"a.txt": "x"}), raw.Limits{}, "kml.none"},
		{"no archive", "a.kmz", []byte(onePoint), raw.Limits{}, "archive.malformed"},
	} {
		fs, rows, err := opened(t, c.file, c.b, c.lim)
		if spatial.CodeOf(err) != c.code || len(rows) > 0 {
			t.Errorf("%s: %v %v %v", c.name, len(fs), rows, err)
		}
	}
	fs, _, err := opened(t, "a.kml", []byte("<?xml version='1.0' encoding='windows-1258'?><kml><Placemark><name>\xd0\xe0 L\x61\xf2t</name></Placemark></kml>"), raw.Limits{})
	if err != nil || len(fs) != 1 || fs[0].Attrs[0].Value.Text() != "Đà Lạt" {
		t.Error(shown(fs), err)
	}
}

// What GDAL writes is read as GDAL says it is.
func TestAgainstGDAL(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.geojson")
	if err := os.WriteFile(in, []byte(`{"type":"FeatureCollection","features":[
	{"type":"Feature","properties":{"Name":"Hồ <Xuân Hương> & chợ","so":1},"geometry":{"type":"Polygon","coordinates":[[[108.44,11.94],[108.45,11.94],[108.45,11.95],[108.44,11.94]],[[108.445,11.941],[108.446,11.941],[108.446,11.942],[108.445,11.941]]]}},
	{"type":"Feature","properties":{"Name":"b","so":2},"geometry":{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}},
	{"type":"Feature","properties":{"Name":"c","so":3},"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]}},
	{"type":"Feature","properties":{"Name":"d","so":4},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]]]]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, driver := range []string{"KML", "LIBKML"} {
		for _, ext := range []string{".kml", ".kmz"} {
			if driver == "KML" && ext == ".kmz" {
				continue
			}
			out := driver + ext
			if b, err := exec.Command("ogr2ogr", "-f", driver, filepath.Join(dir, out), in).CombinedOutput(); err != nil {
				t.Logf("%s: this GDAL does not write it: %s", out, b)
				if driver == "KML" {
					t.Fatal(err)
				}
				continue
			}
			want := rawtest.OGR(t, in)
			_, seq, err := Open(os.DirFS(dir), out, raw.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			got, rows, end := rawtest.Rows(seq)
			if len(got) != len(want) || len(rows) > 0 || end != nil {
				t.Fatal(out, got, rows, end)
			}
			for i, f := range got {
				if d := rawtest.Differ(f.Geometry, want[i].Shape(t), 1e-9); d != "" {
					t.Errorf("%s row %d: %s", out, i+1, d)
				}
				so, _ := f.Attr("so")
				name, _ := f.Attr("name")
				if so.Value.String() != fmt.Sprint(want[i].Properties["so"]) || name.Value.String() != want[i].Properties["Name"] {
					t.Errorf("%s row %d: %+v", out, i+1, f.Attrs)
				}
			}
		}
	}
}

// Whatever the bytes: no panic, errors with codes, and every row once.
func FuzzKML(f *testing.F) {
	f.Add([]byte(onePoint), false)
	f.Add([]byte(top+`<Folder><name>a</name><Placemark id="1"><ExtendedData><Data name="x"><value>1</value></Data></ExtendedData><MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>0,0 1,0 1,1</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder></Document></kml>`), false)
	f.Add([]byte("<?xml version='1.0' encoding='windows-1258'?><kml><Placemark><name>\xd0\xe0</name></Placemark></kml>"), false)
	f.Add(zipped(f, map[string]string{"doc.kml": onePoint}), true)
	lim := raw.Limits{Bytes: 1 << 20, Row: 1 << 16, Rows: 1000, Fields: 64, Points: 1000, Rings: 100, Depth: 4}
	f.Fuzz(func(t *testing.T, b []byte, archive bool) {
		name := "a.kml"
		if archive {
			name = "a.kmz"
		}
		_, seq, err := Open(fstest.MapFS{name: {Data: b}}, name, lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		last := 0
		for f, err := range seq {
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			if f.Row != 0 && f.Row != last+1 {
				t.Fatalf("row %d behind row %d", f.Row, last)
			}
			last = f.Row
		}
	})
}
