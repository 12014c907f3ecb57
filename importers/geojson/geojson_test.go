package geojson

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

func files(name, body string) fs.FS { return fstest.MapFS{name: {Data: []byte(body)}} }

func readAll(t testing.TB, name, body string) (raw.Info, []raw.Feature, []error, error) {
	t.Helper()
	info, seq, err := Open(files(name, body), name, raw.Limits{})
	if err != nil {
		return info, nil, nil, err
	}
	fs, rows, end := rawtest.Rows(seq)
	return info, fs, rows, end
}

// Every fixture is read as GDAL reads it.
func TestFixturesAgainstGDAL(t *testing.T) {
	var all []string
	for _, dir := range []string{"feature", "geometry", "featurecollection"} {
		found, err := filepath.Glob(filepath.Join(rawtest.Shared(t, "fixtures/geojson-fixtures/data"), dir, "*.geojson"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	if len(all) < 10 {
		t.Fatal("no fixtures", all)
	}
	for _, file := range all {
		t.Run(filepath.Base(file), func(t *testing.T) { compare(t, file, "") })
	}
}

// The real files are read as GDAL reads them.
func TestRealAgainstGDAL(t *testing.T) {
	for file, count := range map[string]int{
		"dalat/landuse_lots.geojson.gz": 15076, "dalat/zones.geojson.gz": 3028, "dalat/dalat_wards_16.geojson": 16, "dalat/dalat_wards_2025.geojson": 5,
		"osm/dalat_osm_roads_drive.geojson": 2844, "osm/dalat_osm_highways_all.geojson": 7173, "osm/dalat_osm_buildings.geojson": 2485,
		"osm/dalat_osm_water.geojson": 36, "osm/dalat_osm_waterways.geojson": 311, "osm/dalat_osm_green.geojson": 32,
		"poi/dalat_tourism_poi_25.geojson": 25, "poi/dalat_osm_building_poi.geojson": 87, "poi/dalat_french_heritage_buildings.geojson": 450,
	} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			path := rawtest.Shared(t, file)
			source := path
			if strings.HasSuffix(path, ".gz") {
				source = "/vsigzip/" + path
			}
			if n := compare(t, path, source); n != count {
				t.Errorf("%d rows, the manifest says %d", n, count)
			}
		})
	}
}

const limit = 1500

func compare(t *testing.T, file, source string) int {
	t.Helper()
	if source == "" {
		source = file
	}
	info, seq, err := Open(os.DirFS(filepath.Dir(file)), filepath.Base(file), raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(rows) > 0 || end != nil {
		t.Fatal(rows, end)
	}
	// Of the long files the first rows: GDAL takes its time, and the standard
	// library, which reads what it writes, takes more.
	want := rawtest.OGR(t, source, "-limit", strconv.Itoa(limit))
	if len(want) < limit && len(got) != len(want) || info.Count != len(got) {
		t.Fatalf("%d rows of %d, GDAL has %d", len(got), info.Count, len(want))
	}
	for i := range want {
		shape := want[i].Shape(t)
		if m, ok := shape.(orb.MultiPolygon); ok && len(m) == 0 && len(got[i].Faults) == 1 && got[i].Faults[0].Code == "geometry.empty" {
			shape = nil
		}
		if d := rawtest.Differ(shape, got[i].Geometry, 1e-12); d != "" {
			t.Errorf("row %d, GDAL against ours: %s", i+1, d)
		}
		for _, a := range got[i].Attrs {
			same(t, i+1, a, want[i].Properties[a.Name])
		}
	}
	return len(got)
}

func same(t *testing.T, row int, a raw.Attr, want any) {
	t.Helper()
	switch w := want.(type) {
	case nil:
		if a.Value.IsNull() || a.Value.Text() == "[]" || a.Value.Text() == "{}" {
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
		if a.Value == spatial.Text(w) || a.Value.String() == strings.ReplaceAll(w, "/", "-") || a.Value.String() == w {
			return
		}
		if f, err := strconv.ParseFloat(w, 64); err == nil { // a column of mixed types
			if n, ok := a.Value.Number(); ok && n == f {
				return
			}
		}
	default: // GDAL made a list, or an object, of it
		var v any
		d := json.NewDecoder(strings.NewReader(a.Value.Text()))
		d.UseNumber()
		if d.Decode(&v) == nil && fmt.Sprint(v) == fmt.Sprint(want) {
			return
		}
	}
	t.Errorf("row %d, %s: want %v (%T), got %q", row, a.Name, want, want, a.Value.String())
}

const square = `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}`

func feature(props, geometry string) string {
	return `{"type":"Feature","properties":` + props + `,"geometry":` + geometry + `}`
}

func collection(fs ...string) string {
	return `{"type":"FeatureCollection","features":[` + strings.Join(fs, ",") + `]}`
}

func TestLayouts(t *testing.T) {
	a, b := feature(`{"n":1}`, square), feature(`{"n":2}`, "null")
	pretty := strings.ReplaceAll(a, ",", ",\n")
	tests := map[string]struct {
		name, body, format string
		rows               int
	}{
		"collection":         {"a.geojson", collection(a, b), raw.GeoJSON, 2},
		"empty collection":   {"a.geojson", collection(), raw.GeoJSON, 0},
		"type behind":        {"a.geojson", `{"features":[` + a + `,` + b + `],"type":"FeatureCollection"}`, raw.GeoJSON, 2},
		"mark":               {"a.geojson", "\ufeff" + collection(a), raw.GeoJSON, 1},
		"feature":            {"a.geojson", a, raw.GeoJSON, 1},
		"geometry":           {"a.geojson", square, raw.GeoJSON, 1},
		"by line":            {"a.geojson", a + "\n" + b + "\n", raw.GeoJSONSeq, 2},
		"by line, CRLF":      {"a.geojsonl", a + "\r\n\r\n" + b, raw.GeoJSONSeq, 2},
		"one line":           {"a.ndjson", a, raw.GeoJSONSeq, 1},
		"no line":            {"a.ndjson", "", raw.GeoJSONSeq, 0},
		"separators":         {"a.geojsons", "\x1e" + a + "\n\x1e" + b + "\n", raw.GeoJSONSeq, 2},
		"separators, pretty": {"a.geojsons", "\x1e" + pretty + "\n\x1e" + b + "\n", raw.GeoJSONSeq, 2},
		"one line, two":      {"a.json", a + " " + b, raw.GeoJSONSeq, 2},
		"pretty, no mark":    {"a.json", pretty + "\n" + pretty, raw.GeoJSONSeq, 2},
		"collections":        {"a.geojsonl", collection(a, b) + "\n" + a + "\n" + collection(b), raw.GeoJSONSeq, 4},
	}
	for name, c := range tests {
		for _, zipped := range []bool{false, true} {
			file, body := c.name, c.body
			if zipped {
				var z bytes.Buffer
				w := gzip.NewWriter(&z)
				w.Write([]byte(body))
				w.Close()
				file, body = file+".gz", z.String()
			}
			info, fs, rows, end := readAll(t, file, body)
			if end != nil || len(rows) > 0 || len(fs) != c.rows || info.Format != c.format || info.CRS != "OGC:CRS84" || info.CRSFrom != "geojson-default" {
				t.Errorf("%s (zipped %v): %d rows, %v, %v, %+v", name, zipped, len(fs), rows, end, info)
			}
			if info.Count >= 0 && info.Count != c.rows {
				t.Errorf("%s: counted %d", name, info.Count)
			}
			for i, f := range fs {
				if f.Row != i+1 {
					t.Errorf("%s: row %d at %d", name, f.Row, i)
				}
			}
		}
	}
}

func TestCRS(t *testing.T) {
	const named = `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5899"}}`
	f := feature(`{}`, square)
	tests := map[string][3]string{ // body → CRS, from, fault
		`{"type":"FeatureCollection",` + named + `,"features":[` + f + `]}`:                                                      {"urn:ogc:def:crs:EPSG::5899", "geojson", ""},
		`{"type":"FeatureCollection","features":[` + f + `],` + named + `}`:                                                      {"urn:ogc:def:crs:EPSG::5899", "geojson", ""},
		`{"type":"FeatureCollection","crs":null,"features":[` + f + `]}`:                                                         {"", "geojson", ""},
		`{"type":"FeatureCollection","crs":{"type":"EPSG","properties":{"code":9218}},"features":[]}`:                            {"EPSG:9218", "geojson", ""},
		`{"type":"FeatureCollection","crs":{"type":"link","properties":{"href":"http://x.test/","type":"proj4"}},"features":[]}`: {"", "geojson", "crs.link"},
		`{"type":"Feature",` + named + `,"properties":null,"geometry":null}`:                                                     {"urn:ogc:def:crs:EPSG::5899", "geojson", ""},
	}
	for body, want := range tests {
		info, fs, rows, end := readAll(t, "a.geojson", body)
		fault := ""
		if len(info.Faults) > 0 {
			fault = info.Faults[0].Code
		}
		if end != nil || len(rows) > 0 || [3]string{info.CRS, info.CRSFrom, fault} != want {
			t.Errorf("%s: %v %v %v %+v", body, len(fs), rows, end, info)
		}
	}
	mixed := `{"type":"Feature",` + named + `,"properties":null,"geometry":null}` + "\n" + f
	if _, fs, rows, end := readAll(t, "a.geojsonl", mixed); len(fs) != 2 || len(rows) != 0 || end != nil {
		t.Errorf("a later feature that names no CRS has that of the first: %v %v %v", fs, rows, end)
	}
	mixed = f + "\n" + `{"type":"Feature",` + named + `,"properties":null,"geometry":null}`
	if _, fs, rows, _ := readAll(t, "a.geojsonl", mixed); len(fs) != 1 || len(rows) != 1 || spatial.CodeOf(rows[0]) != "crs.mixed" {
		t.Errorf("a second CRS passed: %v %v", fs, rows)
	}
}

func TestRowFaults(t *testing.T) {
	tests := []struct{ body, fault, err string }{
		{feature(`{}`, `{"type":"Point","coordinates":[1,2,3]}`), "geometry.dimensionDropped", ""},
		{feature(`{}`, `{"type":"Point","coordinates":[]}`), "geometry.empty", ""},
		{feature(`{}`, `{"type":"Polygon","coordinates":[]}`), "geometry.empty", ""},
		{feature(`{}`, `{"type":"MultiPolygon","coordinates":[[],[[[0,0],[1,0],[1,1],[0,0]]]]}`), "geometry.emptyPart", ""},
		{feature(`{}`, `{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`), "geometry.ringUnclosed", ""},
		{feature(`{}`, `{"type":"GeometryCollection","geometries":[]}`), "geometry.empty", ""},
		{feature(`{"a":1,"a":2}`, `null`), "attribute.twice", ""},
		{feature(`{"a":1e999}`, `null`), "value.malformed", ""},
		{feature(`{}`, `{"type":"Polygon","coordinates":[[],[[0,0],[1,0],[1,1],[0,0]]]}`), "", "geometry.hollow"},
		{feature(`{}`, `{"type":"Point","coordinates":[1]}`), "", "geometry.position"},
		{feature(`{}`, `{"type":"Point","coordinates":["1",2]}`), "", "geometry.position"},
		{feature(`{}`, `{"type":"Point","coordinates":[NaN,2]}`), "", "geometry.position"},
		{feature(`{}`, `{"type":"Point","coordinates":[1e999,2]}`), "", "geometry.nonFinite"},
		{feature(`{}`, `{"type":"LineString","coordinates":[1,2]}`), "", "geometry.position"},
		{feature(`{}`, `{"type":"Curve","coordinates":[1,2]}`), "", "geometry.type"},
		{feature(`{}`, `{"type":"Point"}`), "", "geometry.noCoordinates"},
		{feature(`{}`, `[]`), "", "json.syntax"},
		{feature(`{"a":01}`, `null`), "", "json.syntax"},
		{feature(`{"a":1,}`, `null`), "", "json.syntax"},
		{feature(`{"a":tru}`, `null`), "", "json.syntax"},
		{feature("{\"a\":\"\x01\"}", `null`), "", "json.syntax"},
		{feature(`{"a":"\q"}`, `null`), "", "json.syntax"},
		{feature("{\"a\":\"\xff\"}", `null`), "", "text.notUTF8"},
		{feature(`{"a":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+`}`, `null`), "", "json.depth"},
		{feature(`{}`, strings.Repeat(`{"type":"GeometryCollection","geometries":[`, 100)+strings.Repeat("]}", 100)), "", "json.depth"},
		{`{"type":"Lot"}`, "", "geojson.type"},
		{`{}`, "", "geojson.type"},
		{`null`, "", "geojson.notObject"},
	}
	good := feature(`{}`, square)
	for _, c := range tests {
		for name, body := range map[string]string{"a.geojson": collection(good, c.body, good), "a.geojsonl": good + "\n" + c.body + "\n" + good} {
			_, fs, rows, end := readAll(t, name, body)
			if end != nil {
				t.Errorf("%s: ended by %v", c.body, end)
			}
			if c.err != "" {
				if len(rows) != 1 || spatial.CodeOf(rows[0]) != c.err || len(fs) != 2 || fs[1].Row != 3 {
					t.Errorf("%s in %s: want %s and two features, got %v and %d", c.body, name, c.err, rows, len(fs))
				}
				continue
			}
			if len(rows) > 0 || len(fs) != 3 || len(fs[1].Faults) != 1 || fs[1].Faults[0].Code != c.fault {
				t.Errorf("%s: want %s, got %v %v", c.body, c.fault, rows, fs)
			}
		}
	}
}

func TestEnds(t *testing.T) {
	good := feature(`{}`, square)
	tests := map[string]string{
		"":                            "json.truncated",
		"not json":                    "json.syntax",
		"[1,2]":                       "json.syntax",
		"\xff\xfe{\x00":               "text.notUTF8",
		`{"type":"Topology"}`:         "geojson.type",
		collection(good)[:80]:         "json.truncated",
		collection(good, good)[:170]:  "json.truncated",
		collection(good) + "x":        "json.syntax",
		`{"features":[` + good + `]}`: "geojson.type",
	}
	for body, want := range tests {
		_, _, _, end := readAll(t, "a.geojson", body)
		if spatial.CodeOf(end) != want {
			t.Errorf("%q: want %s, got %v", body, want, end)
		}
	}
	_, fs, rows, end := readAll(t, "a.geojsonl", good+"\n"+good[:40]+"\n"+good)
	if len(fs) != 2 || len(rows) != 1 || end != nil || fs[1].Row != 3 {
		t.Errorf("a broken line took others with it: %d %v %v", len(fs), rows, end)
	}
	var e *spatial.Error
	if _, _, rows, _ = readAll(t, "a.geojsonl", good+"\n"+`{"type":"Feature","properties":{"a":x},"geometry":null}`); len(rows) == 1 {
		e = rows[0].(*spatial.Error)
	}
	if e == nil || e.Args["line"] != 2 || e.Args["offset"] != int64(len(good)+1+36) || e.Args["row"] != 2 {
		t.Errorf("the place of the fault: %v", e)
	}
}

func TestLimits(t *testing.T) {
	good := feature(`{"a":1,"b":2}`, square)
	for code, lim := range map[string]raw.Limits{
		"geometry.points": {Points: 3}, "geometry.rings": {Rings: 1}, "fields.tooMany": {Fields: 1}, "rows.tooMany": {Rows: 1}, "file.tooLarge": {Bytes: 100}, "row.tooLarge": {Row: 300_000},
	} {
		second := good
		switch code {
		case "geometry.rings":
			second = feature(`{}`, `{"type":"MultiPoint","coordinates":[[1,2]]}`) + `,` + feature(`{}`, `{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[1,2],[3,4]]]}`)
		case "row.tooLarge":
			second = feature(`{"a":"`+strings.Repeat("x", 2_000_000)+`"}`, square)
		}
		_, seq, err := Open(files("a.geojson", collection(good, second)), "a.geojson", lim)
		if err == nil {
			_, rows, end := rawtest.Rows(seq)
			err = end
			if len(rows) > 0 {
				err = rows[0]
			}
		}
		if spatial.CodeOf(err) != code || spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("want %s, got %v", code, err)
		}
	}
}

func TestValues(t *testing.T) {
	_, fs, _, _ := readAll(t, "a.geojson", feature(`{"i":9007199254740993,"big":92233720368547758080,"f":108.43821234567891,"e":-1.5e-3,"s":"\u0110\u00e0 L\u1ea1t \ud83d\ude00","nfd":"a\u0300","o":{"a": [1, 2]},"t":true,"n":null,"zero":-0.0}`, "null"))
	want := map[string]spatial.Value{"i": spatial.Int(9007199254740993), "big": spatial.Float(92233720368547758080), "f": spatial.Float(108.43821234567891), "e": spatial.Float(-0.0015),
		"s": spatial.Text("Đà Lạt 😀"), "nfd": spatial.Text("à"), "o": spatial.Text(`{"a":[1,2]}`), "t": spatial.Bool(true), "n": {}, "zero": spatial.Float(0)}
	if len(fs) != 1 || len(fs[0].Attrs) != len(want) {
		t.Fatal(fs)
	}
	for _, a := range fs[0].Attrs {
		if a.Value != want[a.Name] {
			t.Errorf("%s: %v, want %v", a.Name, a.Value, want[a.Name])
		}
	}
	for id, want := range map[string]string{`"x"`: "x", `12`: "12", `null`: "", `1.5`: "1.5"} {
		if _, fs, _, _ := readAll(t, "a.geojson", `{"type":"Feature","id":`+id+`,"properties":null,"geometry":null}`); len(fs) != 1 || fs[0].ID != want {
			t.Errorf("id %s: %v", id, fs)
		}
	}
}

// exact is right for every number it takes.
func TestExact(t *testing.T) {
	for _, s := range []string{"0", "-0", "1", "108.438212", "11.9465", "9007199254740992", "0.1", "-0.000001", "1234567.1234567", "0.0000000000000001", "180.000000000000"} {
		want, err := strconv.ParseFloat(s, 64)
		if got, ok := exact([]byte(s)); err != nil || !ok || math.Float64bits(got) != math.Float64bits(want) {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}

// A sequence may be ranged over again, and left early.
func TestAgain(t *testing.T) {
	_, seq, err := Open(files("a.geojson", collection(feature(`{}`, square), feature(`{}`, square))), "a.geojson", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		for f, err := range seq {
			if err != nil || f.Row != 1 {
				t.Fatal(f, err)
			}
			break
		}
	}
	if fs, _, _ := rawtest.Rows(seq); len(fs) != 2 {
		t.Fatal(fs)
	}
}

func parcels(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, `{"type":"Feature","id":%d,"properties":{"soto":"%d","sothua":"%d","area":%.1f,"use":"ODT","ten":"Phường Xuân Hương"},"geometry":{"type":"Polygon","coordinates":[[`, i, i/500, i%500, 100+float64(i%900)/7)
		for k := range 8 {
			a := float64(k%7) / 7 * 2 * math.Pi
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "[%.9f,%.9f]", 108.4+float64(i%300)*1e-4+1e-5*math.Cos(a), 11.9+float64(i/300)*1e-4+1e-5*math.Sin(a))
		}
		b.WriteString("]]}}")
	}
	b.WriteString("]}")
	return b.Bytes()
}

// The unit is one small polygon with five attributes.
func BenchmarkPolygons(b *testing.B) {
	const n = 20_000
	body := parcels(n)
	fsys := fstest.MapFS{"a.geojson": {Data: body}}
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		_, seq, err := Open(fsys, "a.geojson", raw.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		count := 0
		for f, err := range seq {
			if err != nil {
				b.Fatal(err)
			}
			if _, ok := f.Geometry.(orb.Polygon); ok {
				count++
			}
		}
		if count != n {
			b.Fatal(count)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "polygons/s")
}

// A small polygon with five attributes costs a fixed few allocations.
func TestAllocations(t *testing.T) {
	const n = 2000
	fsys := files("a.geojson", string(parcels(n)))
	got := testing.AllocsPerRun(3, func() {
		_, seq, err := Open(fsys, "a.geojson", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
		}
	})
	if got > 14*n {
		t.Errorf("%.1f allocations a row", got/n)
	}
}

// A source of any size is read in the memory of a few of its features.
func TestMemory(t *testing.T) {
	body := parcels(90_000) // some 30 MB
	fsys := fstest.MapFS{"a.geojson": {Data: body}}
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	_, seq, err := Open(fsys, "a.geojson", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	worst := uint64(0)
	n := 0
	for _, err := range seq {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%30_000 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&during)
			worst = max(worst, during.HeapAlloc-min(during.HeapAlloc, before.HeapAlloc))
		}
	}
	if n != 90_000 || worst > 8<<20 {
		t.Errorf("%d rows, %d MB held", n, worst>>20)
	}
}
