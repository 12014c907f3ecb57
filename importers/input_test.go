package importers

import (
	"archive/zip"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// carried is a square of 10 m at a place of EPSG:5899, in another system.
func carried(t testing.TB, srid spatial.SRID, x, y float64) orb.Ring {
	t.Helper()
	from, err := crs.From(5899)
	if err != nil {
		t.Fatal(err)
	}
	to, err := crs.To(srid)
	if err != nil {
		t.Fatal(err)
	}
	var r orb.Ring
	for _, d := range [][2]float64{{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0}} {
		r = append(r, to(from(orb.Point{x + d[0], y + d[1]})))
	}
	return r
}

// Whole deliveries that are refused, with why.
func TestRefusedDeliveries(t *testing.T) {
	here := []shapeRow{{rings: []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}, cells: []string{"1"}}}
	swapped := []shapeRow{{rings: []orb.Ring{{{north, east}, {north, east + 10}, {north + 10, east + 10}, {north, east}}}, cells: []string{"1"}}}
	paris := feature(`{"type":"Polygon","coordinates":[[[2.35,48.85],[2.36,48.85],[2.36,48.86],[2.35,48.85]]]}`, `{}`)
	metres := plot(0, 0, 10, 10, `{}`)
	wrongSign := strings.Replace(vn5899, "0.00928836,-0.01975479,0.00427372", "-0.00928836,0.01975479,-0.00427372", 1)
	for _, c := range []struct {
		name string
		file func(dir string) string
		req  Request
		kind spatial.Kind
		code string
		args map[string]any // those looked at
	}{
		{"no .prj", func(d string) string { return writeShapefile(t, d, "a", "", "", []string{"A"}, here) }, Request{}, spatial.Invalid, "crs.missing", map[string]any{"looks": "metres", "x": east + 5}},
		{"degrees without a CRS", func(d string) string {
			return writeShapefile(t, d, "a", "", "", []string{"A"}, []shapeRow{{rings: []orb.Ring{carried(t, 4326, east, north)}}})
		}, Request{}, spatial.Invalid, "crs.missing", map[string]any{"looks": "degrees"}},
		{"metres in plain GeoJSON", func(d string) string { return write(t, d, "a.geojson", collection("", metres)) }, Request{}, spatial.Invalid, "crs.missing", map[string]any{"looks": "metres"}},
		{"declared against the file", func(d string) string { return writeShapefile(t, d, "a", vn5899, "", []string{"A"}, here) }, Request{CRS: "EPSG:9218"}, spatial.Invalid, "crs.contradiction",
			map[string]any{"declared": "EPSG:9218", "found": "EPSG:5899"}},
		{"rotations with the wrong sign", func(d string) string { return writeShapefile(t, d, "a", wrongSign, "", []string{"A"}, here) }, Request{}, spatial.Invalid, "crs.helmertSign", nil},
		{"a local CRS", func(d string) string {
			return writeShapefile(t, d, "a", `LOCAL_CS["sân trường",UNIT["metre",1]]`, "", []string{"A"}, here)
		}, Request{}, spatial.Invalid, "crs.unsupported", nil},
		{"an unknown declaration", func(d string) string { return writeShapefile(t, d, "a", "", "", []string{"A"}, here) }, Request{CRS: "EPSG:31700"}, spatial.Invalid, "crs.unknown", nil},
		{"another country", func(d string) string { return write(t, d, "a.geojson", collection("", paris)) }, Request{}, spatial.Invalid, "crs.wrongPlace", map[string]any{"crs": "EPSG:4326", "outside": 1, "of": 1}},
		{"northing first", func(d string) string { return writeShapefile(t, d, "a", vn5899, "", []string{"A"}, swapped) }, Request{}, spatial.Invalid, "crs.northingFirst", map[string]any{"crs": "EPSG:5899", "candidates": "EPSG:5899"}},
		{"degrees declared as metres", func(d string) string {
			return write(t, d, "a.geojson", collection("", feature(`{"type":"Polygon","coordinates":[[[108.4,11.9],[108.5,11.9],[108.5,12],[108.4,11.9]]]}`, `{}`)))
		}, Request{CRS: "EPSG:5899"}, spatial.Invalid, "crs.wrongPlace", nil},
		{"no rows", func(d string) string { return write(t, d, "a.geojson", collection("")) }, Request{}, spatial.Invalid, "import.empty", nil},
		{"not JSON", func(d string) string { return write(t, d, "a.geojson", "{") }, Request{}, spatial.Invalid, "json.truncated", nil},
		{"a drawing", func(d string) string { return write(t, d, "a.dwg", "x") }, Request{}, spatial.Invalid, "file.format", nil},
		{"no file", func(d string) string { return filepath.Join(d, "none.shp") }, Request{}, spatial.NotFound, "file.unknown", nil},
		{"a field there is none of", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, metres)) }, Request{Map: map[string]string{"colour": "A"}}, spatial.Invalid, "map.field", nil},
		{"a column there is none of", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, metres)) }, Request{Map: map[string]string{"sheet": "TO"}}, spatial.Invalid, "map.column", map[string]any{"column": "TO", "field": "sheet"}},
		{"a person's column", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, metres)) }, Request{Map: map[string]string{"address": "TENCHU"}}, spatial.Invalid, "map.personal", nil},
		{"a layer there is none of", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, metres)) }, Request{Layer: "castles"}, spatial.NotFound, "layer.unknown", nil},
		{"an encoding there is none of", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, metres)) }, Request{Encoding: "ebcdic"}, spatial.Invalid, "encoding.unknown", nil},
		{"broken rows alone", func(d string) string { return write(t, d, "a.geojson", collection(crs5899, feature("null", `{}`))) }, Request{}, spatial.Invalid, "import.allQuarantined", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := open(t), t.TempDir()
			c.req.Files = []string{c.file(dir)}
			if c.req.Layer == "" {
				c.req.Layer = "parcels"
			}
			rep, err := Run(context.Background(), s, c.req)
			e := refused(t, err, c.kind, c.code)
			for k, v := range c.args {
				if diff := cmp.Diff(v, e.Args[k]); diff != "" {
					t.Errorf("%s: %s", k, diff)
				}
			}
			if rep.Problem == nil || rep.Problem.Code != c.code || rep.Status() != StatusNothing {
				t.Errorf("report %+v", rep.Problem)
			}
			if h := head(t, s); h != 0 {
				t.Errorf("head %d", h)
			}
		})
	}
}

// With a place, a zone's shift is found out, and the right zone is named.
func TestWrongZone(t *testing.T) {
	s, dir := open(t), t.TempDir()
	mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 5000, 5000, `{}`)))}})
	other := []shapeRow{{rings: []orb.Ring{carried(t, 9218, east, north)}}}
	path := writeShapefile(t, dir, "b", "", "", []string{"A"}, other)
	_, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}})
	e := refused(t, err, spatial.Invalid, "crs.missing")
	where, _ := e.Args["where"].(spatial.Name)
	for _, want := range []string{"108°30′ (EPSG:9218): in this place", "107°45′ (EPSG:5899): 82 km west of it"} {
		if e.Args["candidates"] != "EPSG:9218" || !strings.Contains(where.EN, want) {
			t.Fatalf("%+v", e.Args)
		}
	}
	_, err = Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:5899"})
	e = refused(t, err, spatial.Invalid, "crs.wrongPlace")
	if e.Args["candidates"] != "EPSG:9218" {
		t.Fatalf("%+v", e.Args)
	}
	// A place that may grow does not grow as far as a wrong zone lies.
	_, err = Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:5899", Widen: true, Near: true})
	refused(t, err, spatial.Invalid, "crs.wrongPlace")
	// One sheet that says another zone than its numbers are of is found among good ones.
	var sheets []string
	for i, prj := range []string{vn5899, vn5899, strings.NewReplacer("107-45", "108-30", "107.75", "108.5").Replace(vn5899)} {
		rows := []shapeRow{{rings: []orb.Ring{carried(t, 5899, east+20*float64(i), north)}, cells: []string{fmt.Sprint(i)}}}
		sheets = append(sheets, writeShapefile(t, dir, fmt.Sprintf("to%d", i), prj, "", []string{"A"}, rows))
	}
	_, err = Run(context.Background(), s, Request{Layer: "parcels", Files: sheets})
	if e = refused(t, err, spatial.Invalid, "crs.wrongPlace"); e.Subject != "to2.shp" || e.Args["outside"] != 1 || e.Args["of"] != 1 {
		t.Fatalf("%+v", e)
	}
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:9218"})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	f := present(t, s, "parcels", "")[1]
	if f.SRID != 9218 || f.Derived {
		t.Fatalf("%+v", f)
	}
	if rep.Bounds.Min[0] < 108.4 || rep.Bounds.Min[0] > 108.5 {
		t.Fatalf("%+v", rep.Bounds)
	}
}

func TestDemoIsRefused(t *testing.T) {
	s, dir := open(t), t.TempDir()
	if _, err := s.SetPlace(context.Background(), change.Commit{By: "demo", Today: "2026-01-01"}, spatial.Place{Name: spatial.Name{VI: "Mẫu", EN: "Demo"}, Plane: 5899, Demo: true}); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 10, `{}`)))}})
	refused(t, err, spatial.Conflict, "store.demo")
}

// Rows outside the place are quarantined; asked to, the place grows instead.
func TestOutside(t *testing.T) {
	s, dir := open(t), t.TempDir()
	mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 5000, 5000, `{}`)))}})
	path := write(t, dir, "b.geojson", collection(crs5899, plot(100, 0, 10, 10, `{}`), plot(200, 0, 10, 10, `{}`), plot(40000, 0, 10, 10, `{}`)))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, DryRun: true})
	counts(t, rep, 3, 2, 0, 0, 0, 1)
	if rep.Counts.Findings["place.outside"] != 1 || rep.Place != nil {
		t.Fatalf("%+v", rep)
	}
	near := write(t, dir, "c.geojson", collection(crs5899, plot(300, 0, 10, 10, `{}`), plot(16000, 0, 10, 10, `{}`), plot(40000, 0, 10, 10, `{}`)))
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{near}, DryRun: true, Widen: true, Near: true})
	counts(t, rep, 3, 2, 0, 0, 0, 1)
	if rep.Place == nil || !rep.Widened {
		t.Fatalf("%+v", rep)
	}
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Widen: true})
	counts(t, rep, 3, 3, 0, 0, 0, 0)
	p, err := s.Place(context.Background())
	if err != nil || rep.Place == nil || p.Bounds.Max[0] < 108.8 {
		t.Fatalf("%+v %v", p, err)
	}
}

// Rows with something wrong in their shape: what is found, and whether they go in.
func TestShapes(t *testing.T) {
	poly := func(points string) string {
		var b strings.Builder
		for i, p := range strings.Fields(points) {
			var x, y float64
			if _, err := fmt.Sscanf(p, "%g,%g", &x, &y); err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "[%v,%v]", east+x, north+y)
		}
		return `{"type":"Polygon","coordinates":[[` + b.String() + `]]}`
	}
	for _, c := range []struct {
		name, geometry string
		want           map[string]int
		in             bool
	}{
		{"clean", poly("0,0 10,0 10,10 0,10 0,0"), map[string]int{}, true},
		{"clockwise", poly("0,0 0,10 10,10 10,0 0,0"), map[string]int{"repaired.ring.turn": 1}, true},
		{"a point twice", poly("0,0 10,0 10,0 10,10 0,10 0,0"), map[string]int{"repaired.ring.repeatedPoint": 1}, true},
		{"bow tie", poly("0,0 10,10 10,0 0,10 0,0"), map[string]int{"ring.selfCrossing": 1}, false},
		{"spike", poly("0,0 10,0 10,10 10,20 10,10 0,10 0,0"), map[string]int{"ring.spike": 1}, false},
		{"null", "null", map[string]int{"geometry.null": 1}, false},
		{"no coordinates", `{"type":"MultiPolygon","coordinates":[]}`, map[string]int{"geometry.empty": 1, "geometry.null": 1}, false},
		{"a point", `{"type":"Point","coordinates":[575000,1320000]}`, map[string]int{"geometry.type": 1}, false},
		{"a line", `{"type":"LineString","coordinates":[[575000,1320000],[575010,1320000]]}`, map[string]int{"geometry.type": 1}, false},
		{"two points", poly("0,0 10,0 0,0"), map[string]int{"ring.tooFewPoints": 1}, false},
		{"one point", poly("0,0 0,0 0,0 0,0"), map[string]int{"ring.tooFewPoints": 1}, false},
		{"flat", poly("0,0 10,0 20,0 0,0"), map[string]int{"ring.zeroArea": 1}, false},
		{"a trace", poly("0,0 0.1,0 0.1,0.05 0,0"), map[string]int{"area.none": 1}, false},
		{"tiny", poly("0,0 0.9,0 0.9,0.9 0,0.9 0,0"), map[string]int{"area.small": 1}, true},
		{"thin", poly("0,0 200,0 200,0.05 0,0.05 0,0"), map[string]int{"sliver": 1}, true},
		{"two parts crossing", `{"type":"MultiPolygon","coordinates":[[[[575000,1320000],[575010,1320000],[575010,1320010],[575000,1320000]]],[[[575005,1320000],[575015,1320000],[575015,1320010],[575005,1320000]]]]}`,
			map[string]int{"polygon.ringsCross": 1}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := open(t), t.TempDir()
			path := write(t, dir, "a.geojson", collection(crs5899, plot(500, 500, 10, 10, ref("1", "1")), feature(c.geometry, ref("1", "2"))))
			rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
			if diff := cmp.Diff(c.want, rep.Counts.Findings); diff != "" {
				t.Fatal(diff)
			}
			if (rep.Counts.Quarantined == 0) != c.in || len(present(t, s, "parcels", "")) != rep.Counts.Added {
				t.Fatalf("%+v", rep.Counts)
			}
			for _, f := range rep.Findings {
				if f.Row != 2 || f.Reference != "24808/1/2" {
					t.Fatalf("%+v", f)
				}
			}
		})
	}
}

// Coordinates that are no numbers: the reader or the pipeline says so, the other
// rows go in.
func TestNonFinite(t *testing.T) {
	s, dir := open(t), t.TempDir()
	bad := carried(t, 5899, east, north)
	bad[1][0] = math.NaN()
	far := carried(t, 5899, east, north)
	far[1][1] = 1e300
	path := writeShapefile(t, dir, "a", vn5899, "", []string{"SHTHUA"}, []shapeRow{
		{rings: []orb.Ring{carried(t, 5899, east, north)}, cells: []string{"1"}}, {rings: []orb.Ring{bad}, cells: []string{"2"}}, {rings: []orb.Ring{far}, cells: []string{"3"}}, {cells: []string{"4"}},
		{rings: []orb.Ring{carried(t, 5899, east+50, north)}, cells: []string{"5"}}, {rings: []orb.Ring{carried(t, 5899, east+90, north)}, cells: []string{"6"}}})
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Quarantine: filepath.Join(dir, "q.geojsonl")})
	counts(t, rep, 6, 3, 0, 0, 0, 3)
	if rep.Counts.Findings["geometry.null"] != 1 || rep.Counts.Findings["geometry.nonFinite"] != 2 {
		t.Fatalf("%v", rep.Counts.Findings)
	}
	text, err := os.ReadFile(filepath.Join(dir, "q.geojsonl"))
	if err != nil || strings.Count(string(text), "\n") != 3 {
		t.Fatalf("%s %v", text, err)
	}
}

// The same rows through an archive, several files and a GeoPackage.
func TestContainers(t *testing.T) {
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Fatal("GDAL is the oracle of the importers: ogr2ogr must be installed to test them")
	}
	dir := t.TempDir()
	a := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 10, 20, ref("1", "2"))))
	b := write(t, dir, "b.geojson", collection(crs5899, plot(20, 0, 10, 20, ref("1", "3")), plot(25, 0, 10, 20, ref("1", "4"))))
	zipped := filepath.Join(dir, "c.zip")
	f, err := os.Create(zipped)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range []string{a, b} {
		w, err := z.Create("data/" + filepath.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	gpkg := filepath.Join(dir, "d.gpkg")
	for _, table := range []string{"a", "b"} {
		args := []string{"-f", "GPKG", gpkg, filepath.Join(dir, table+".geojson"), "-nln", table}
		if table == "b" {
			args = append(args, "-update")
		}
		if text, err := exec.Command("ogr2ogr", args...).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, text)
		}
	}
	for _, c := range []struct {
		req     Request
		rows    int
		dataset string
	}{
		{Request{Files: []string{a, b}}, 4, "parcels:a"},
		{Request{Files: []string{zipped}, Member: "b"}, 2, "parcels:c.b"},
		{Request{Files: []string{gpkg}, Member: "b"}, 2, "parcels:d.b"},
		{Request{Files: []string{gpkg}, Member: "a", Name: "thửa 2030"}, 2, "parcels:thửa 2030"},
	} {
		s := open(t)
		c.req.Layer = "parcels"
		rep := mustRun(t, s, c.req)
		counts(t, rep, c.rows, c.rows, 0, 0, 0, 0)
		fs := present(t, s, "parcels", "")
		if rep.Dataset != c.dataset || rep.CRS != "EPSG:5899" || !strings.HasPrefix(fs[0].Key, "24808/1/") || fs[0].Area != 200 {
			t.Fatalf("%+v", rep)
		}
		if c.rows == 4 {
			// Rows 3 and 4 overlap: both are of the second file.
			if f := rep.Findings[0]; f.Code != "overlap" || f.File != "b.geojson" || f.Row != 2 || f.Other != 1 {
				t.Fatalf("%+v", f)
			}
		}
		counts(t, mustRun(t, s, c.req), c.rows, 0, 0, c.rows, 0, 0)
	}
	_, err = Run(context.Background(), open(t), Request{Layer: "parcels", Files: []string{zipped}})
	refused(t, err, spatial.Invalid, "archive.several")
	_, err = Run(context.Background(), open(t), Request{Layer: "parcels", Files: []string{gpkg}})
	refused(t, err, spatial.Invalid, "gpkg.several")
}
