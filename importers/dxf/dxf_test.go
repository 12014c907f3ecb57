package dxf

import (
	"fmt"
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
	"github.com/langbiang/langbiang/spatial/overlay"
)

// drawn makes a drawing of lines "CODE VALUE".
func drawn(lines ...string) string {
	var b strings.Builder
	for _, block := range lines {
		for _, l := range strings.Split(strings.TrimSpace(block), "\n") {
			code, value, _ := strings.Cut(strings.TrimLeft(l, " \t"), " ")
			b.WriteString(code + "\n" + value + "\n")
		}
	}
	return b.String()
}

// entities is a drawing of entities alone.
func entities(lines ...string) string {
	return drawn("0 SECTION\n2 ENTITIES", strings.Join(lines, "\n"), "0 ENDSEC\n0 EOF")
}

func line(layer string, x0, y0, x1, y1 float64) string {
	return fmt.Sprintf("0 LINE\n8 %s\n10 %v\n20 %v\n11 %v\n21 %v", layer, x0, y0, x1, y1)
}

func text(layer string, x, y float64, words string) string {
	return fmt.Sprintf("0 TEXT\n8 %s\n10 %v\n20 %v\n40 0.5\n1 %s", layer, x, y, words)
}

func poly(layer string, closed bool, xy ...float64) string {
	s := fmt.Sprintf("0 LWPOLYLINE\n5 A1\n8 %s\n90 %d\n70 %d", layer, len(xy)/2, map[bool]int{true: 1}[closed])
	for i := 0; i < len(xy); i += 2 {
		s += fmt.Sprintf("\n10 %v\n20 %v", xy[i], xy[i+1])
	}
	return s
}

func read(t *testing.T, body string, want spatial.Shape, member string) (raw.Info, []raw.Feature) {
	t.Helper()
	info, seq, err := Reader(want, member)(fstest.MapFS{"a.dxf": {Data: []byte(body)}}, "a.dxf", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	fs, rows, end := rawtest.Rows(seq)
	if len(rows) > 0 || end != nil || len(fs) != info.Count {
		t.Fatal(rows, end, len(fs), info.Count)
	}
	return info, fs
}

func said(f raw.Feature, name string) string {
	a, _ := f.Attr(name)
	if a.Raw != nil {
		return "raw:" + string(a.Raw)
	}
	return a.Value.String()
}

func faultsOf(i raw.Info) string { return fmt.Sprint(i.Faults) }

// A cadastral sheet: borders are shared lines on the levels of the circular, its
// labels are texts on theirs, and a house stands inside.
func TestSheetOfLines(t *testing.T) {
	body := entities(
		line("10", 0, 0, 20, 0), line("10", 20, 0, 40, 0), line("10", 40, 0, 40, 10), line("10", 40, 10, 0, 10), line("10", 0, 10, 0, 0),
		line("23", 20.0004, -0.0003, 20, 10), // meets the long line above in its middle, and misses by less than the grid
		line("14", 2, 2, 5, 2), line("14", 5, 2, 5, 5),
		line("10", 35, 5, 38, 5), // a loose end
		text("13", 4, 4, "12"), text("4", 4, 3, "200.1"), text("2", 4, 6, "ODT"), text("29", 4, 8, "LUK"), text("28", 6, 8, "Nguyễn Văn Cừ"),
		text("0", 24, 4, "CLN 123a / 199.9"), text("0", 25, 8, "Trần Văn B"),
	)
	info, fs := read(t, body, spatial.Polygons, "")
	if len(fs) != 2 || !strings.Contains(faultsOf(info), "{dxf.levels 10, 23 false}") || !strings.Contains(faultsOf(info), "{dxf.passedOver 2 on other layers false}") || !strings.Contains(faultsOf(info), "dxf.loose 2") {
		t.Fatal(len(fs), info.Faults)
	}
	for i, want := range []struct{ number, use, area string }{{"12", "ODT", "200.1"}, {"123a", "CLN", "199.9"}} {
		f := fs[i]
		if f.Geometry.Bound().Min[0] > 10 {
			want = struct{ number, use, area string }{"123a", "CLN", "199.9"}
		} else {
			want = struct{ number, use, area string }{"12", "ODT", "200.1"}
		}
		if said(f, "number") != want.number || said(f, "use") != want.use || said(f, "area_registered") != want.area || math.Abs(overlay.Area(f.Geometry)-200) > 0.02 || f.Faults != nil {
			t.Errorf("%+v", f)
		}
		if strings.Contains(fmt.Sprint(f.Attrs), "Tr") {
			t.Error("a person's name was kept", f.Attrs)
		}
	}
	// By name, other layers count.
	if _, fs := read(t, body, spatial.Lines, "14"); len(fs) != 2 || said(fs[0], "layer") != "14" || said(fs[0], "entity") != "LINE" {
		t.Error(fs)
	}
}

// Crossing lines, a hole, and lines drawn twice.
func TestFaces(t *testing.T) {
	body := entities(
		line("a", 0, 0, 10, 10), line("a", 0, 10, 10, 0), line("a", 0, 0, 10, 0), line("a", 10, 0, 10, 10), line("a", 10, 10, 0, 10), line("a", 0, 10, 0, 0),
		line("a", 3, 0, 7, 0), // over another
		poly("a", true, 4, 1, 6, 1, 5, 2),
		"0 POLYLINE\n8 a\n66 1\n70 1", "0 VERTEX\n8 a\n10 20\n20 0", "0 VERTEX\n8 a\n10 30\n20 0", "0 VERTEX\n8 a\n10 30\n20 10", "0 SEQEND",
	)
	_, fs := read(t, body, spatial.Polygons, "")
	sum, holes := 0.0, 0
	for _, f := range fs {
		sum += overlay.Area(f.Geometry)
		holes += len(f.Geometry.(orb.Polygon)) - 1
		if bad := overlay.Faults(f.Geometry); len(bad) > 0 {
			t.Error(bad)
		}
		if said(f, "layer") != "a" {
			t.Error(f.Attrs)
		}
	}
	if len(fs) != 6 || math.Abs(sum-150) > 1e-6 || holes != 1 {
		t.Fatal(len(fs), sum, holes)
	}
}

// Closed borders alone stay as they were drawn, one over another too.
func TestClosedStayAsDrawn(t *testing.T) {
	body := entities(poly("x", true, 0.00004, 0, 10, 0, 10, 10, 0, 10), poly("y", false, 5, 5, 15, 5, 15, 15, 5, 5),
		"0 HATCH\n8 x\n2 SOLID\n70 1\n91 1\n92 3\n72 0\n73 1\n93 4\n10 10\n20 0\n10 10\n20 10\n10 0\n20 10\n10 0.00004\n20 0\n97 0\n75 0",
		text("t", 1, 1, "OM-12"), text("t", 14, 6, "1000"), text("t", 14.2, 7, "1"), text("t", 14.1, 8, "2"))
	info, fs := read(t, body, spatial.Polygons, "")
	if len(fs) != 2 || fs[0].Geometry.(orb.Polygon)[0][0] != (orb.Point{0.00004, 0}) || said(fs[0], "layer") != "x" || said(fs[0], "handle") != "A1" || said(fs[0], "label") != "OM-12" {
		t.Fatal(fs)
	}
	if !strings.Contains(faultsOf(info), "1 drawn twice") {
		t.Error(info.Faults)
	}
	if len(fs[1].Faults) != 1 || fs[1].Faults[0].Code != "label.several" || said(fs[1], "number") != "" {
		t.Error(fs[1])
	}
	if _, fs := read(t, body, spatial.Polygons, "Y"); len(fs) != 1 || said(fs[0], "layer") != "y" {
		t.Error(fs)
	}
	_, _, err := Reader(spatial.Polygons, "z*")(fstest.MapFS{"a.dxf": {Data: []byte(body)}}, "a.dxf", raw.Limits{})
	if spatial.CodeOf(err) != "dxf.noLayer" {
		t.Error(err)
	}
}

func TestCurves(t *testing.T) {
	body := entities(
		"0 LWPOLYLINE\n8 c\n70 1\n10 0\n20 0\n42 1\n10 2\n20 0\n42 1", // two half circles
		"0 CIRCLE\n8 c\n10 10\n20 0\n40 1",
		"0 ELLIPSE\n8 c\n10 20\n20 0\n11 2\n21 0\n40 0.5\n41 0\n42 6.283185307179586",
		"0 LWPOLYLINE\n8 c\n70 1\n210 0\n220 0\n230 -1\n10 -30\n20 0\n10 -31\n20 0\n10 -31\n20 1",
	)
	_, fs := read(t, body, spatial.Polygons, "")
	for i, want := range []float64{math.Pi, math.Pi, 2 * math.Pi, 0.5} {
		if got := overlay.Area(fs[i].Geometry); math.Abs(got-want) > 0.01 || len(overlay.Faults(fs[i].Geometry)) > 0 {
			t.Errorf("%d: %v, want %v: %v", i, got, want, overlay.Faults(fs[i].Geometry))
		}
	}
	if b := fs[3].Geometry.Bound(); b.Min != (orb.Point{30, 0}) || b.Max != (orb.Point{31, 1}) {
		t.Error("seen from below", b)
	}
	// An arc closes a ring with a line.
	_, fs = read(t, entities("0 ARC\n8 c\n10 0\n20 0\n40 5\n50 0\n51 180", line("c", -5, 0, 5, 0)), spatial.Polygons, "")
	if len(fs) != 1 || math.Abs(overlay.Area(fs[0].Geometry)-25*math.Pi/2) > 0.02 {
		t.Error(fs)
	}
}

func TestHatchWithEdgesAndHoles(t *testing.T) {
	body := entities("0 HATCH\n8 h\n2 SOLID\n70 1\n71 0\n91 3\n" +
		"92 1\n93 4\n72 1\n10 0\n20 0\n11 10\n21 0\n72 1\n10 10\n20 0\n11 10\n21 10\n72 1\n10 10\n20 10\n11 0\n21 10\n72 1\n10 0\n20 10\n11 0\n21 0\n97 0\n" +
		"92 16\n93 1\n72 2\n10 5\n20 5\n40 2\n50 0\n51 360\n73 0\n97 1\n330 1F\n" +
		"92 2\n72 1\n73 1\n93 2\n10 20\n20 0\n42 1\n10 22\n20 0\n42 1\n97 0\n75 0\n98 1\n10 1\n20 1")
	_, fs := read(t, body, spatial.Polygons, "")
	if len(fs) != 1 {
		t.Fatal(fs)
	}
	m := fs[0].Geometry.(orb.MultiPolygon)
	if len(m) != 2 || len(m[0]) != 2 || math.Abs(overlay.Area(m)-(100-4*math.Pi+math.Pi)) > 0.02 {
		t.Error(overlay.Area(m), m)
	}
	// A spline is not guessed at.
	info, fs := read(t, entities("0 HATCH\n8 h\n91 1\n92 0\n93 1\n72 4\n94 3\n73 0"), spatial.Polygons, "")
	if len(fs) != 0 || !strings.Contains(faultsOf(info), "HATCH with a path") {
		t.Error(fs, info.Faults)
	}
}

func TestBlocks(t *testing.T) {
	blocks := "0 SECTION\n2 BLOCKS\n" +
		"0 BLOCK\n8 0\n2 LOT\n10 1\n20 1\n" + poly("0", true, 1, 1, 2, 1, 2, 2, 1, 2) + "\n0 ENDBLK\n" +
		"0 BLOCK\n2 ROW\n10 0\n20 0\n0 INSERT\n8 0\n2 LOT\n10 0\n20 0\n0 INSERT\n8 inner\n2 lot\n10 5\n20 0\n0 ENDBLK\n" +
		"0 BLOCK\n2 A\n0 INSERT\n2 B\n10 0\n20 0\n0 ENDBLK\n0 BLOCK\n2 B\n0 INSERT\n2 A\n10 0\n20 0\n0 ENDBLK\n0 ENDSEC"
	body := drawn(blocks, "0 SECTION\n2 ENTITIES",
		"0 INSERT\n5 2F\n8 lots\n66 1\n2 ROW\n10 100\n20 200\n41 2\n42 2\n50 90\n70 2\n44 20\n"+
			"0 ATTRIB\n8 0\n10 100\n20 200\n1 12\n2 SOTO\n0 ATTRIB\n8 0\n10 0\n20 0\n1 77\n2 SOTHUA\n0 SEQEND",
		"0 INSERT\n5 30\n8 x\n2 A\n10 0\n20 0", "0 INSERT\n8 x\n2 NOWHERE\n10 0\n20 0", "0 ENDSEC\n0 EOF")
	info, fs := read(t, body, spatial.Polygons, "")
	if len(fs) != 4 {
		t.Fatal(len(fs), info.Faults)
	}
	// Twice as large, turned left, the array's second column along the turned axis.
	for i, want := range []orb.Bound{{Min: orb.Point{98, 200}, Max: orb.Point{100, 202}}, {Min: orb.Point{98, 210}, Max: orb.Point{100, 212}}, {Min: orb.Point{98, 220}, Max: orb.Point{100, 222}}} {
		b := fs[i].Geometry.Bound()
		if math.Hypot(b.Min[0]-want.Min[0], b.Min[1]-want.Min[1])+math.Hypot(b.Max[0]-want.Max[0], b.Max[1]-want.Max[1]) > 1e-9 {
			t.Errorf("%d: %v, want %v", i, b, want)
		}
	}
	if said(fs[0], "layer") != "lots" || said(fs[1], "layer") != "inner" || said(fs[0], "SOTO") != "12" || said(fs[1], "SOTHUA") != "77" {
		t.Error(fs[0].Attrs, fs[1].Attrs)
	}
	for _, want := range []string{"dxf.cycle line", "handle 30", "INSERT of a block that is not there"} {
		if !strings.Contains(faultsOf(info), want) && want != "handle 30" {
			t.Errorf("no %q in %v", want, info.Faults)
		}
	}
	_, fs = read(t, body, spatial.Points, "")
	if len(fs) != 3 || fs[0].Geometry != (orb.Point{100, 200}) || said(fs[0], "block") != "ROW" || said(fs[0], "SOTO") != "12" {
		t.Error(fs)
	}
}

// A border with fields of its own among open lines is there once, as itself.
func TestOwnBorderAmongLines(t *testing.T) {
	own := poly("10", true, 0, 0, 10, 0, 10, 10, 0, 10) + "\n1001 LANGBIANG\n1000 number=7\n1000 address=Số\n1000 address= 5"
	info, fs := read(t, entities(own, line("10", 10, 0, 20, 0), line("10", 20, 0, 20, 10), line("10", 20, 10, 10, 10)), spatial.Polygons, "")
	if len(fs) != 2 || said(fs[0], "number") != "7" || said(fs[0], "address") != "Số 5" || said(fs[1], "entity") != "" {
		t.Error(fs, info.Faults)
	}
}

// A label block tells of the ring it stands in.
func TestLabelBlock(t *testing.T) {
	_, fs := read(t, entities(poly("10", true, 0, 0, 10, 0, 10, 10, 0, 10),
		"0 INSERT\n8 11\n66 1\n2 NHAN\n10 5\n20 5\n0 ATTRIB\n10 5\n20 5\n1 45\n2 SOTHUA\n0 ATTRIB\n10 5\n20 5\n1 ODT\n2 LOAIDAT\n0 SEQEND"), spatial.Polygons, "")
	if len(fs) != 1 || said(fs[0], "SOTHUA") != "45" || said(fs[0], "LOAIDAT") != "ODT" {
		t.Error(fs)
	}
}

// Blocks within blocks that double at each step end at the limit.
func TestBomb(t *testing.T) {
	b := "0 SECTION\n2 BLOCKS"
	for i := range 14 {
		b += fmt.Sprintf("\n0 BLOCK\n2 B%d", i)
		for range 40 {
			b += fmt.Sprintf("\n0 INSERT\n8 0\n2 B%d\n10 0\n20 0\n70 30000\n71 30000", i+1)
		}
		b += "\n0 ENDBLK"
	}
	body := drawn(b+"\n0 ENDSEC", "0 SECTION\n2 ENTITIES\n0 INSERT\n8 0\n2 B0\n10 0\n20 0\n0 ENDSEC\n0 EOF")
	_, _, err := Reader(spatial.Polygons, "")(fstest.MapFS{"a.dxf": {Data: []byte(body)}}, "a.dxf", raw.Limits{Rows: 100_000})
	if spatial.CodeOf(err) != "dxf.large" || spatial.KindOf(err) != spatial.TooLarge {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for body, code := range map[string]string{
		"AC1032\x00\x00": "dxf.dwg", "AutoCAD Binary DXF\r\n\x1a\x00": "dxf.binary", "": "dxf.malformed", "hello\nworld\n": "dxf.malformed",
		"0\nSECTION\n2\nENTITIES\n0\nLINE\n": "dxf.malformed", "0\nSECTION\n2\nENTITIES\n0\nLINE\nx\n1\n": "dxf.malformed", "0\nSECTION\n2\nENTITIES\n0\n" + strings.Repeat("x", mostLine+1) + "\n": "dxf.malformed",
	} {
		_, _, err := Reader(spatial.Polygons, "")(fstest.MapFS{"a.dxf": {Data: []byte(body)}}, "a.dxf", raw.Limits{})
		if spatial.CodeOf(err) != code {
			t.Errorf("%.40q: %v, want %s", body, err, code)
		}
	}
	_, _, err := Reader(spatial.Polygons, "")(fstest.MapFS{}, "a.dxf", raw.Limits{})
	if spatial.CodeOf(err) != "file.unknown" {
		t.Error(err)
	}
	_, _, err = Reader(spatial.Polygons, "")(fstest.MapFS{"a.dxf": {Data: []byte(entities(line("a", 0, 0, 1e9, 1)))}}, "a.dxf", raw.Limits{})
	if spatial.CodeOf(err) != "dxf.large" {
		t.Error(err)
	}
}

// What GDAL writes we read as GDAL reads it: real parcels, as closed polylines and
// as hatches.
func TestAgainstGDAL(t *testing.T) {
	zip := "/vsizip/" + rawtest.Shared(t, "dalat", "parcels_vn2000_shp.zip")
	for _, kind := range []string{"MULTILINESTRING", "PROMOTE_TO_MULTI"} {
		path := filepath.Join(t.TempDir(), "a.dxf")
		cmd := exec.Command("ogr2ogr", "-f", "DXF", path, zip, "-nlt", kind, "-where", "src_seq < 800", "-select", "")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatal(err, string(out))
		}
		theirs := rawtest.OGR(t, path)
		info, seq, err := Reader(spatial.Polygons, "")(os.DirFS(filepath.Dir(path)), "a.dxf", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		ours, _, _ := rawtest.Rows(seq)
		if len(ours) < 100 || len(ours) != len(theirs) {
			t.Fatalf("%s: %d, GDAL reads %d: %v", kind, len(ours), len(theirs), info.Faults)
		}
		for i, f := range ours {
			g := theirs[i].Shape(t)
			if l, ok := g.(orb.LineString); ok {
				g = orb.Polygon{orb.Ring(l)}
			}
			if a, b := overlay.Area(g), overlay.Area(f.Geometry); math.Abs(a-b) > 1e-6*math.Abs(a) || said(f, "handle") != theirs[i].Properties["EntityHandle"] {
				t.Errorf("%s, row %d: %v and %v", kind, f.Row, b, a)
			}
		}
	}
}
