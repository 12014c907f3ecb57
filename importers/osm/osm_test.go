package osm

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// gather reads a file for a layer and writes each row as one line.
func gather(t *testing.T, name string, body []byte, layer string) (lines []string, fs []raw.Feature) {
	t.Helper()
	info, seq, err := Reader(layer)(fstest.MapFS{name: {Data: body}}, name, raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if info.CRS != "OGC:CRS84" || info.Format != raw.OSM {
		t.Errorf("%+v", info)
	}
	row := 0
	for f, err := range seq {
		if row++; f.Row != row {
			t.Fatal(f.Row, row, err)
		}
		if err != nil {
			var e = err.(*spatial.Error)
			lines = append(lines, fmt.Sprintf("%v %s", e.Args["id"], e.Code))
			continue
		}
		fs = append(fs, f)
		n := 0
		switch g := f.Geometry.(type) {
		case orb.MultiPolygon:
			for _, p := range g {
				n += len(p)
			}
		case orb.Polygon:
			n = len(g)
		case orb.LineString:
			n = len(g)
		case orb.MultiLineString:
			n = len(g)
		}
		faults := ""
		for _, x := range f.Faults {
			faults += " " + x.Code + "(" + x.Detail + ")"
		}
		lines = append(lines, fmt.Sprintf("%s %s %d%s", f.ID, f.Geometry.GeoJSONType(), n, faults))
	}
	return lines, fs
}

// The same things come of XML, of gzip, and of PBF as another program wrote it.
func TestLayers(t *testing.T) {
	plain, err := os.ReadFile("testdata/sample.osm")
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain)
	_ = z.Close()
	files := map[string][]byte{"a.osm": plain, "a.osm.gz": packed.Bytes()}
	for _, name := range []string{"dense.osm.pbf", "plain.osm.pbf"} {
		if files[name], err = os.ReadFile("testdata/" + name); err != nil {
			t.Fatal(err)
		}
	}
	for layer, want := range map[string][]string{
		"roads":     {"way/102 LineString 4", "way/103 LineString 5", "way/109 MultiLineString 2 osm.cut(1 / 5)"},
		"buildings": {"way/101 Polygon 1", "way/110 osm.nodesMissing", "way/111 osm.notClosed", "relation/204 Polygon 1"},
		"water":     {"way/113 LineString 2", "way/115 osm.notClosed", "relation/201 MultiPolygon 3", "relation/202 osm.ringOpen", "relation/203 osm.waysMissing"},
		"places":    {"node/71 Point 0", "node/73 Point 0", "way/112 Polygon 1"},
	} {
		for name, body := range files {
			got, fs := gather(t, name, body, layer)
			if !slices.Equal(got, want) {
				t.Errorf("%s of %s:\n%q\nwant\n%q", layer, name, got, want)
				continue
			}
			for _, f := range fs {
				if a, _ := f.Attr("@id"); a.Value.String() != f.ID {
					t.Error(f.Attrs)
				}
				switch f.ID {
				case "way/102":
					if a, _ := f.Attr("name"); a.Value.String() != "Đường Hồ Xuân Hương" || f.Geometry.(orb.LineString)[3] != (orb.Point{108.435, 11.9405}) {
						t.Error(name, f)
					}
				case "relation/201":
					if m := f.Geometry.(orb.MultiPolygon); len(m[0]) != 2 || len(m[1]) != 1 {
						t.Error(name, m)
					}
				}
			}
		}
	}
}

func TestErrors(t *testing.T) {
	pbf, err := os.ReadFile("testdata/dense.osm.pbf")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ body, layer, code string }{
		{"<osm/>", "parcels", "osm.layer"}, {"", "roads", "osm.malformed"}, {"<gpx/>", "roads", "osm.malformed"}, {"<osmChange/>", "roads", "osm.feature"},
		{"<osm><node id='x'/></osm>", "roads", "osm.malformed"}, {"<osm><node id='1' lat='1'/></osm>", "roads", "osm.malformed"}, {"<osm><node id='1'", "roads", "osm.malformed"},
		{string(pbf[:len(pbf)-9]), "roads", "osm.malformed"}, {"\x00\x00\x00\x01", "roads", "osm.malformed"}, {"\x1f\x8b\x08", "roads", "file.damaged"},
	} {
		_, seq, err := Reader(c.layer)(fstest.MapFS{"a.osm": {Data: []byte(c.body)}}, "a.osm", raw.Limits{})
		if err == nil {
			_, _, err = rawtest.Rows(seq)
		}
		if spatial.CodeOf(err) != c.code {
			t.Errorf("%.40q: %v, want %s", c.body, err, c.code)
		}
	}
	long := "<osm><node id='1' lat='1' lon='1'><tag k='a' v='" + strings.Repeat("x", 1<<20) + "'/></node></osm>"
	_, _, err = Reader("roads")(fstest.MapFS{"a.osm": {Data: []byte(long)}}, "a.osm", raw.Limits{Row: 1 << 16})
	if spatial.KindOf(err) != spatial.TooLarge {
		t.Error(err)
	}
	if _, _, err := Reader("roads")(fstest.MapFS{}, "a.osm", raw.Limits{}); spatial.CodeOf(err) != "file.unknown" {
		t.Error(err)
	}
}

// Real roads, buildings and water, written as OSM XML, are read as GDAL reads them.
func TestAgainstGDAL(t *testing.T) {
	for _, c := range []struct{ file, layer, gdal, where string }{
		{"dalat_osm_highways_all.geojson", "roads", "lines", "highway NOT IN ('proposed', 'construction', 'platform', 'services', 'rest_area', 'elevator')"},
		{"dalat_osm_buildings.geojson", "buildings", "multipolygons", "building IS NOT NULL"},
		{"dalat_osm_waterways.geojson", "water", "lines", "waterway IS NOT NULL"},
	} {
		path := filepath.Join(t.TempDir(), "a.osm")
		if err := os.WriteFile(path, asXML(t, rawtest.Shared(t, "osm", c.file)), 0o600); err != nil {
			t.Fatal(err)
		}
		theirs := rawtest.OGR(t, path, c.gdal, "-where", c.where)
		_, seq, err := Reader(c.layer)(os.DirFS(filepath.Dir(path)), "a.osm", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		ours, rows, end := rawtest.Rows(seq)
		if end != nil || len(rows) > 0 {
			t.Fatal(rows, end)
		}
		byID := map[string]rawtest.Feature{}
		for _, f := range theirs {
			id := fmt.Sprint(f.Properties["osm_id"])
			if f.Properties["osm_id"] == nil {
				id = fmt.Sprint(f.Properties["osm_way_id"])
			}
			byID["way/"+id] = f
		}
		same := 0
		for _, f := range ours {
			g, there := byID[f.ID]
			if !there {
				t.Errorf("GDAL does not read %s", f.ID)
				continue
			}
			shape := g.Shape(t)
			if m, ok := shape.(orb.MultiPolygon); ok && len(m) == 1 {
				shape = orb.Polygon{m[0][0]}
			}
			if d := differ(shape, f.Geometry); d != "" {
				t.Errorf("%s: %s", f.ID, d)
			}
			same++
		}
		if same != len(byID) || same < 200 {
			t.Errorf("%s: %d read, GDAL reads %d, %d the same", c.layer, len(ours), len(byID), same)
		}
		t.Logf("%s: %d", c.layer, same)
	}
}

// differ compares shapes; rings may be turned, as GDAL turns them.
func differ(a, b orb.Geometry) string {
	pa, ok1 := a.(orb.Polygon)
	pb, ok2 := b.(orb.Polygon)
	if ok1 && ok2 && len(pa) == 1 && len(pb) == 1 && pa[0].Orientation() != pb[0].Orientation() {
		turned := slices.Clone(pa[0])
		slices.Reverse(turned)
		a = orb.Polygon{turned}
	}
	return rawtest.Differ(a, b, 1e-8)
}

// asXML writes the lines and outlines of a GeoJSON file as ways. Of polygons with
// holes only the outline is written.
func asXML(t *testing.T, path string) []byte {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fs, err := rawtest.Collection(body)
	if err != nil {
		t.Fatal(err)
	}
	var nodes, ways strings.Builder
	id := 0
	attr := func(s string) string {
		b, _ := json.Marshal(s)
		return strings.NewReplacer("&", "&amp;", "<", "&lt;", `\"`, "&quot;", `\\`, `\`, `\u0026`, "&amp;", `\u003c`, "&lt;", `\u003e`, ">").Replace(string(b))
	}
	for i, f := range fs {
		var points []orb.Point
		switch g := f.Shape(t).(type) {
		case orb.LineString:
			points = g
		case orb.Polygon:
			points = g[0]
		}
		if len(points) < 2 {
			continue
		}
		fmt.Fprintf(&ways, "<way id=\"%d\">", i+1)
		first := id + 1
		for k, p := range points {
			if k > 0 && k == len(points)-1 && p == points[0] {
				fmt.Fprintf(&ways, `<nd ref="%d"/>`, first)
				break
			}
			id++
			fmt.Fprintf(&nodes, "<node id=\"%d\" lat=\"%.7f\" lon=\"%.7f\"/>\n", id, p[1], p[0])
			fmt.Fprintf(&ways, `<nd ref="%d"/>`, id)
		}
		for k, v := range f.Properties {
			if s, ok := v.(string); ok {
				fmt.Fprintf(&ways, "<tag k=%s v=%s/>", attr(k), attr(s))
			}
		}
		ways.WriteString("</way>\n")
	}
	return []byte("<osm version=\"0.6\">\n" + nodes.String() + ways.String() + "</osm>\n")
}
