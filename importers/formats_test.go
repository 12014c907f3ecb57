package importers

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/export"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// ogr has GDAL write a file.
func ogr(t testing.TB, args ...string) {
	t.Helper()
	if b, err := exec.Command("ogr2ogr", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
}

// The same parcels in whatever format are the same records.
func TestFormats(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	dir := t.TempDir()
	in := write(t, dir, "in.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "5")), plot(20, 0, 10, 20, ref("1", "6a")), plot(40, 0, 10, 20, ref("012", "7"))))
	wgs := filepath.Join(dir, "wgs.geojson")
	s := open(t)
	mustRun(t, s, Request{Layer: "parcels", Files: []string{in}})
	want := present(t, s, "parcels", "")
	to, err := crs.From(5899)
	if err != nil {
		t.Fatal(err)
	}
	// GDAL may shift by another path: what is in degrees is ours.
	var degreed []string
	for i, f := range want {
		degreed = append(degreed, feature(string(appendGeometry(nil, crs.Geometry(f.Legal, to))), ref([]string{"1", "1", "012"}[i], []string{"5", "6a", "7"}[i])))
	}
	if err := os.WriteFile(wgs, []byte(collection("", degreed...)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, driver, from string
		args               []string
		crs, crsFrom       string
		declare            string
		derived            bool
	}{
		{"a.csv", "CSV", in, []string{"-lco", "GEOMETRY=AS_WKT"}, "EPSG:5899", "declared", "EPSG:5899", false},
		{"b.csv", "CSV", in, []string{"-lco", "GEOMETRY=AS_WKT", "-lco", "SEPARATOR=SEMICOLON"}, "EPSG:5899", "declared", "EPSG:5899", false},
		{"a.kml", "KML", wgs, nil, "EPSG:4326", "kml", "", true},
		{"a.kmz", "LIBKML", wgs, nil, "EPSG:4326", "kml", "", true},
		{"a.mif", "MapInfo File", wgs, []string{"-dsco", "FORMAT=MIF"}, "EPSG:4326", "coordsys", "", true},
		{"a.fgb", "FlatGeobuf", in, nil, "EPSG:5899", "gdal", "", false},
		{"a.gml", "GML", in, nil, "EPSG:5899", "gdal", "", false},
		{"a.gdb", "OpenFileGDB", in, nil, "EPSG:5899", "gdal", "", false},
		{"a.tab", "MapInfo File", wgs, nil, "EPSG:4326", "gdal", "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), c.name)
			ogr(t, append([]string{"-f", c.driver, out, c.from}, c.args...)...)
			s := open(t)
			if c.derived {
				if _, err := s.SetPlace(context.Background(), change.Commit{By: "test", Today: "2026-01-01"}, spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: 5899, TimeZone: "Asia/Ho_Chi_Minh"}); err != nil {
					t.Fatal(err)
				}
			}
			req := Request{Layer: "parcels", Files: []string{out}, CRS: c.declare, Widen: true}
			rep := mustRun(t, s, req)
			counts(t, rep, 3, 3, 0, 0, 0, 0)
			if rep.CRS != c.crs || rep.CRSFrom != c.crsFrom || len(rep.Files) == 0 {
				t.Errorf("%s %s %v", rep.CRS, rep.CRSFrom, rep.Files)
			}
			got := map[string]spatial.Feature{}
			for _, f := range present(t, s, "parcels", "") {
				got[f.Key] = f
			}
			for _, w := range want {
				g, ok := got[w.Key]
				if !ok || g.Derived != c.derived {
					t.Fatalf("%s is not there as it should be: %+v", w.Key, g)
				}
				tol := 0.001
				if c.driver != "CSV" {
					tol = 1 // m²: some formats keep centimetres
				}
				if d := g.Area - w.Area; d > tol || d < -tol {
					t.Errorf("%s: %f m², want %f", w.Key, g.Area, w.Area)
				}
				if diff := cmp.Diff(values(layerOf("parcels"), w), values(layerOf("parcels"), g)); diff != "" {
					t.Errorf("%s: %s", w.Key, diff)
				}
			}
			counts(t, mustRun(t, s, req), 3, 0, 0, 3, 0, 0)
		})
	}
}

// A table of points in a plane, northing first: it must be said which plane, the
// answer is offered, and the order is told.
func TestPointsInAPlane(t *testing.T) {
	s, dir := open(t), t.TempDir()
	mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 5000, 5000, `{}`)))}})
	path := write(t, dir, "camera.csv", "\ufeffMã;Tên;X;Y\nC1;Chợ;1321000,5;576000,25\nC2;Hồ;1321010;576010\n")
	_, err := Run(context.Background(), s, Request{Layer: "cameras", Files: []string{path}})
	e := refused(t, err, spatial.Invalid, "crs.missing")
	if e.Args["candidates"] != "EPSG:5899" || e.Args["x"] != 576010.0 {
		t.Errorf("%+v", e.Args)
	}
	rep := mustRun(t, s, Request{Layer: "cameras", Files: []string{path}, CRS: "EPSG:5899"})
	counts(t, rep, 2, 2, 0, 0, 0, 0)
	if rep.Counts.Findings["table.northingFirst"] != 1 || rep.CRSFrom != "declared" {
		t.Errorf("%+v", rep)
	}
	f := present(t, s, "cameras", "")[0]
	if v := values(layerOf("cameras"), f); v["code"] != "C1" || v["name"] != "Chợ" || f.SRID != 5899 || f.Derived {
		t.Errorf("%+v %v", f, v)
	}
	_, err = Run(context.Background(), s, Request{Layer: "cameras", Files: []string{path}, CRS: "EPSG:9218"})
	refused(t, err, spatial.Invalid, "crs.wrongPlace")
	// Degrees by the columns' names need no more; what is said against it stands.
	degrees := write(t, dir, "do.csv", "ma,kinh_do,vi_do\nC3,108.44,11.94\n")
	if rep := mustRun(t, s, Request{Layer: "cameras", Files: []string{degrees}}); rep.CRS != "EPSG:4326" || rep.CRSFrom != "lonlat-columns" {
		t.Errorf("%+v", rep)
	}
	if rep := mustRun(t, s, Request{Layer: "cameras", Files: []string{degrees}, CRS: "EPSG:4756", DryRun: true}); rep.CRS != "EPSG:4756" {
		t.Errorf("%+v", rep)
	}
	metres := write(t, dir, "met.csv", "ma,lon,lat\nC3,576000,1321000\n")
	_, err = Run(context.Background(), s, Request{Layer: "cameras", Files: []string{metres}})
	refused(t, err, spatial.Invalid, "crs.missing")
}

// A table in an old encoding, with a person's columns: decoded, and these dropped.
func TestTableInTCVN3(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.csv", "M\xb7,T\xaan ch\xf1,\xa7\xfea ch\xd8,lon,lat\nC1,Nguy\xd4n V\xa8n \xc0,Ph\xad\xeang Xu\xa9n H\xad\xacng,108.44,11.94\nC2,Tr\xc7n Th\xde B\xd7nh,Ph\xad\xeang Cam Ly,108.45,11.94\n")
	rep := mustRun(t, s, Request{Layer: "places", Files: []string{path}})
	if rep.Encoding != "tcvn3" || rep.Counts.Findings["personal.dropped"] < 1 {
		t.Fatalf("%+v", rep)
	}
	for _, f := range present(t, s, "places", "") {
		if strings.Contains(f.Extra, "Nguyễn") || strings.Contains(f.Extra, "Trần") || strings.Contains(f.Extra, "\u00d4") {
			t.Errorf("a person is kept: %s", f.Extra)
		}
	}
}

// Attributes that come in a table of their own are joined to the shapes by the
// reference; what names no shape, or several, is quarantined and told.
func TestJoin(t *testing.T) {
	s, dir := open(t), t.TempDir()
	shapes := write(t, dir, "thua.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "5")), plot(20, 0, 10, 20, ref("1", "6")), plot(40, 0, 10, 20, ref("2", "5")),
		plot(60, 0, 10, 20, `{"MAXA":"24809","SHBANDO":"2","SHTHUA":"5"}`)))
	full := write(t, dir, "so.csv", "Mã xã,Số tờ,Số thửa,Loại đất,Diện tích pháp lý,Tên chủ\n24808,1,5,ODT,201.5,A\n24808,1,6,CLN,199,B\n24808,9,9,ODT,1,C\n24808,1,5,BHK,2,D\n")
	quarantine := filepath.Join(dir, "q.quarantine.geojsonl")
	req := Request{Layer: "parcels", Files: []string{full, shapes}, Quarantine: quarantine, Name: "thua"}
	rep := mustRun(t, s, req)
	counts(t, rep, 6, 4, 0, 0, 0, 2)
	if rep.CRS != "EPSG:5899" || rep.Counts.Findings["join.unmatched"] != 1 || rep.Counts.Findings["join.twice"] != 1 {
		t.Errorf("%+v", rep)
	}
	by := map[string]map[string]any{}
	for _, f := range present(t, s, "parcels", "") {
		by[f.Key] = values(layerOf("parcels"), f)
		if strings.Contains(f.Extra, "chủ") {
			t.Errorf("a person is kept: %s", f.Extra)
		}
	}
	if v := by["24808/1/5"]; v["use"] != "ODT" || v["area_registered"] != 201.5 || by["24808/1/6"]["use"] != "CLN" || by["24808/2/5"]["use"] != nil {
		t.Errorf("%+v", by)
	}
	b, err := os.ReadFile(quarantine)
	if err != nil || strings.Count(string(b), "\n") != 2 || strings.Contains(string(b), "chủ") {
		t.Errorf("%s %v", b, err)
	}
	counts(t, mustRun(t, s, req), 6, 0, 0, 4, 0, 2)

	// By sheet and number alone: what two communes have is not chosen between.
	short := write(t, dir, "tat.csv", "so_to;so_thua;loai_dat\n1;5;ONT\n2;5;LUC\n")
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{shapes, short}, DryRun: true, Name: "thua"})
	if rep.Counts.Findings["join.ambiguous"] != 1 || rep.Counts.Quarantined != 1 || rep.Counts.Changed != 2 { // 6 lost its use with this delivery
		t.Errorf("%+v", rep.Counts)
	}
	_, err = Run(context.Background(), s, Request{Layer: "parcels", Files: []string{short}})
	refused(t, err, spatial.Invalid, "table.noPlace")
	_, err = Run(context.Background(), s, Request{Layer: "parcels", Files: []string{shapes, write(t, dir, "khac.csv", "a,b\nx,y\n")}})
	refused(t, err, spatial.Invalid, "table.noKey")
}

// pieces are shapefiles of one kind, in a folder and in an archive of it.
func pieces(t *testing.T, columns []string) (folder, archive string) {
	t.Helper()
	dir := t.TempDir()
	folder = filepath.Join(dir, "xa")
	if err := os.MkdirAll(filepath.Join(folder, "to 2"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, sub := range []string{"", "to 2"} {
		in := write(t, dir, "in.geojson", collection(crs5899, plot(float64(i)*100, 0, 10, 20, fmt.Sprintf(`{"MAXA":"24808","SHBANDO":"%d","%s":"5"}`, i+1, columns[i]))))
		ogr(t, "-f", "ESRI Shapefile", filepath.Join(folder, sub, fmt.Sprintf("TO%d.shp", i+1)), in)
	}
	archive = filepath.Join(dir, "xa.zip")
	f, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"doc/giay.pdf", "doc/mota.json", "doc/ghichu.csv"} {
		if w, err := z.Create(beside); err != nil {
			t.Fatal(err)
		} else if _, err := io.WriteString(w, "x"); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return folder, archive
}

// A folder is one delivery; so is an archive whose files are alike, or those that a
// pattern names.
func TestManyFiles(t *testing.T) {
	folder, archive := pieces(t, []string{"SHTHUA", "SHTHUA"})
	_, mixed := pieces(t, []string{"SHTHUA", "SO"})
	for _, c := range []struct {
		req     Request
		rows    int
		dataset string
		files   int
	}{
		{Request{Files: []string{folder}}, 2, "parcels:xa", 8},
		{Request{Files: []string{folder}, Member: "TO2"}, 1, "parcels:xa.TO2", 4},
		{Request{Files: []string{archive}}, 2, "parcels:xa", 1},
		{Request{Files: []string{archive}, Member: "TO1.shp"}, 1, "parcels:xa.TO1", 1},
		{Request{Files: []string{mixed}, Member: "TO*"}, 2, "parcels:xa", 1},
		{Request{Files: []string{filepath.Dir(archive)}, Member: "xa.zip"}, 2, "", 1},
	} {
		s := open(t)
		c.req.Layer = "parcels"
		rep := mustRun(t, s, c.req)
		counts(t, rep, c.rows, c.rows, 0, 0, 0, 0)
		if c.dataset != "" && rep.Dataset != c.dataset || len(rep.Files) != c.files || rep.CRS != "EPSG:5899" {
			t.Errorf("%+v: %s %s %v", c.req, rep.Dataset, rep.CRS, rep.Files)
		}
		counts(t, mustRun(t, s, c.req), c.rows, 0, 0, c.rows, 0, 0)
	}
	_, err := Run(context.Background(), open(t), Request{Layer: "parcels", Files: []string{mixed}})
	if e := refused(t, err, spatial.Invalid, "archive.several"); e.Args["members"] != "TO1.shp, to 2/TO2.shp" {
		t.Errorf("%+v", e.Args)
	}
	_, err = Run(context.Background(), open(t), Request{Layer: "parcels", Files: []string{t.TempDir()}})
	refused(t, err, spatial.Invalid, "folder.none")
}

// The drawings of an archive are sheets of one delivery.
func TestSheetsInAnArchive(t *testing.T) {
	sheet := func(x, y int) string {
		return fmt.Sprintf("0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n8\nTHUA\n70\n1\n10\n%d\n20\n%d\n10\n%d\n20\n%d\n10\n%d\n20\n%d\n0\nENDSEC\n0\nEOF\n", x, y, x+10, y, x+10, y+12)
	}
	path := filepath.Join(t.TempDir(), "xa.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, text := range map[string]string{"TO1.dxf": sheet(575000, 1321000), "TO2.dxf": sheet(575100, 1321000)} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	counts(t, mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:5899"}), 2, 2, 0, 0, 0, 0)
}

// An archive may hold any format that is read.
func TestArchiveOfAnything(t *testing.T) {
	for name, text := range map[string]string{
		"a.csv":      "ma,lon,lat\nC1,108.44,11.94\n",
		"deep/a.kml": `<kml><Placemark><name>a</name><Point><coordinates>108.44,11.94</coordinates></Point></Placemark></kml>`,
		"a.gpx":      `<gpx version="1.1" creator="x"><wpt lat="11.94" lon="108.44"><name>a</name></wpt></gpx>`,
	} {
		path := filepath.Join(t.TempDir(), "c.zip")
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		z := zip.NewWriter(f)
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		rep, err := Run(context.Background(), open(t), Request{Layer: "cameras", Files: []string{path}, Member: map[bool]string{true: "waypoints"}[name == "a.gpx"]})
		if name == "a.gpx" {
			if err == nil {
				t.Error("a layer within a file within an archive is not to be had")
			}
			continue
		}
		if err != nil || rep.Counts.Added != 1 {
			t.Errorf("%s: %+v %v", name, rep, err)
		}
	}
}

// Export and import again: the same records, in every format written.
func TestExportAndImport(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	dir := t.TempDir()
	s := open(t)
	properties := func(n, use string) string {
		return fmt.Sprintf(`{"MAXA":"24808","SHBANDO":"012","SHTHUA":%q,"KHLOAIDAT":%q,"DIENTICHPL":200.25,"DIACHITHUADAT":"=1+1, \"đường\"\n3/4"}`, n, use)
	}
	mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, properties("5", "ODT")), plot(20.123, 0, 10, 20, properties("1E5", "CLN"))))}})
	want := present(t, s, "parcels", "")
	to, err := crs.To(5899)
	if err != nil {
		t.Fatal(err)
	}
	system, _ := crs.ByCode(5899)
	for _, ext := range []string{".geojson", ".geojsonl", ".csv", ".xlsx", ".gpkg", ".zip"} {
		for _, plane := range []bool{true, false} {
			path := filepath.Join(dir, "out"+ext)
			format, err := export.FormatOf(path)
			if err != nil {
				t.Fatal(err)
			}
			job := export.Job{Format: format, Layer: layerOf("parcels"), Tier: spatial.TierAll, CRS: export.CRS{SRID: spatial.WGS84}}
			req := Request{Layer: "parcels", Files: []string{path}}
			if plane {
				job.CRS = export.CRS{SRID: 5899, WKT: system.WKT(), From: to}
				if ext == ".csv" || ext == ".xlsx" {
					req.CRS = "EPSG:5899" // a table cannot say it
				}
			}
			if _, err := export.Write(context.Background(), path, job, s.Scan(context.Background(), "parcels", spatial.AsOf{}, nil, 0)); err != nil {
				t.Fatal(err)
			}
			again := open(t)
			if _, err := again.SetPlace(context.Background(), change.Commit{By: "test", Today: "2026-01-01"}, spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: 5899, TimeZone: "Asia/Ho_Chi_Minh"}); err != nil {
				t.Fatal(err)
			}
			req.Widen = true
			counts(t, mustRun(t, again, req), 2, 2, 0, 0, 0, 0)
			got := present(t, again, "parcels", "")
			for i, w := range want {
				g := got[i]
				if g.Key != w.Key || g.Derived == plane || g.SRID != w.SRID {
					t.Errorf("%s: %s %v %d", path, g.Key, g.Derived, g.SRID)
				}
				if diff := cmp.Diff(values(layerOf("parcels"), w), values(layerOf("parcels"), g)); diff != "" {
					t.Errorf("%s: %s", path, diff)
				}
				if d := g.Area - w.Area; d > 0.001 || d < -0.001 {
					t.Errorf("%s: area %f, want %f", path, g.Area, w.Area)
				}
				if m, ok := g.Legal.(orb.MultiPolygon); ok && ext == ".gpkg" && len(m) == 1 { // its column is of these
					g.Legal = m[0]
				}
				if plane && !cmp.Equal(g.Legal, w.Legal, equalValues) {
					t.Errorf("%s: shape %v, want %v", path, g.Legal, w.Legal)
				}
			}
		}
	}
}
