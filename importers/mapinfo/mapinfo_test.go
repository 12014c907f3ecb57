package mapinfo

import (
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
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

const headText = "Version 450\nCharset \"Neutral\"\nDelimiter \",\"\nColumns 2\n  so Integer\n  ten Char(20)\nData\n\n"

func read(t testing.TB, mif, mid string, lim raw.Limits) (raw.Info, []raw.Feature, []error, error) {
	t.Helper()
	info, seq, err := Open(fstest.MapFS{"d/a.mif": {Data: []byte(mif)}, "d/A.MID": {Data: []byte(mid)}}, "d/a.mif", lim)
	if err != nil {
		return info, nil, nil, err
	}
	fs, rows, end := rawtest.Rows(seq)
	return info, fs, rows, end
}

func shown(fs []raw.Feature) (out []string) {
	for _, f := range fs {
		s := fmt.Sprint(f.Row)
		for _, a := range f.Attrs {
			v := a.Value.String()
			if a.Raw != nil {
				v = string(a.Raw)
			}
			s += " " + a.Name + "=" + v
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

func TestObjects(t *testing.T) {
	mif := headText + `Point 1 2
    Symbol (34,0,12)
Line 1 2 3 4
    Pen (1,2,0)
Pline 3
1 2
3 4
5 6
    Smooth
Pline Multiple 2
  2
1 2
3 4
  2
5 6
7 8
Region 3
  5
0 0
10 0
10 10
0 10
0 0
  4
1 1
2 1
2 2
1 2
  4
20 0
30 0
30 10
20 0
    Brush (1,0,0)
    Center 5 5
Multipoint 2
1 2
3 4
Rect 0 0 2 1
Roundrect 0 0 2 1 0.5
Ellipse 0 0 2 1
Arc 0 0 2 1
 10 90
Text
    "Lô A-1, Point 3 4"
    0 0 2 1
    Font ("Arial",0,0,0)
none
Collection 2
Region 1
  4
0 0
1 0
1 1
0 0
    Pen (1,2,0)
Multipoint 1
5 5
    Symbol (34,0,12)
`
	mid := "1,\"một\"\n2,\"a, \"\"b\"\"\"\n3,c\n4,\"dòng\\nmới\"\n5,\n,e\n7,g\n8,h\n9,i\n10,j\n11,k\n12,l\n13,m\n"
	_, fs, rows, end := read(t, mif, mid, raw.Limits{})
	want := []string{
		"1 so=1 ten=một Point[1 2]",
		"2 so=2 ten=a, \"b\" LineString[[1 2] [3 4]]",
		"3 so=3 ten=c LineString[[1 2] [3 4] [5 6]]",
		"4 so=4 ten=dòng\nmới MultiLineString[[[1 2] [3 4]] [[5 6] [7 8]]]",
		"5 so=5 ten= MultiPolygon[[[[0 0] [10 0] [10 10] [0 10] [0 0]] [[1 1] [2 1] [2 2] [1 2] [1 1]]] [[[20 0] [30 0] [30 10] [20 0]]]] !geometry.ringUnclosed",
		"6 so= ten=e MultiPoint[[1 2] [3 4]]",
		"7 so=7 ten=g Polygon[[[0 0] [2 0] [2 1] [0 1] [0 0]]]",
		"8 so=8 ten=h Polygon[[[0 0] [2 0] [2 1] [0 1] [0 0]]] !mapinfo.corners",
		"9 so=9 ten=i !mapinfo.unread",
		"10 so=10 ten=j !mapinfo.unread",
		"11 so=11 ten=k !mapinfo.unread",
		"12 so=12 ten=l",
		"13 so=13 ten=m GeometryCollection[[[[0 0] [1 0] [1 1] [0 0]]] [[5 5]]]",
	}
	if diff := cmp.Diff(want, shown(fs)); diff != "" || len(rows) > 0 || end != nil {
		t.Error(diff, rows, end)
	}
}

func TestHead(t *testing.T) {
	mif := "Version 300\nCharset \"WindowsLatin1\"\nUnique 1\nCoordSys NonEarth Units \"m\" Bounds (0, 0) (1, 1)\nTransform 0,0,500000,1000000\nColumns 6\n a SmallInt\n b Decimal(10,2)\n c Date\n d Logical\n e DateTime\n f Float\nData\nPOINT 1,2\n"
	info, fs, rows, end := read(t, mif, "1\t12.50\t20250701\tT\t20250701083000000\tx\t\n", raw.Limits{})
	if end != nil || len(rows) > 0 || info.CRS != "" || info.CRSFrom != "" || info.Encoding != "1252" || len(info.Fields) != 6 || info.Fields[1].Scale != 2 {
		t.Fatal(info, rows, end)
	}
	if diff := cmp.Diff([]string{"1 a=1 b=12.5 c=2025-07-01 d=true e=2025-07-01T08:30:00.000Z f=x Point[500001 1.000002e+06]"}, shown(fs)); diff != "" {
		t.Error(diff)
	}
	// Names of columns in an old encoding are read, so that a person's is known.
	info, _, _, err := read(t, "Version 300\nColumns 2\n T\xaan_ch\xf1 Char(20)\n S\xe8_t\xea Char(3)\nData\nNone\nNone\n", "Nguy\xd4n V\xa8n \xc0\t1\nPh\xb9m Th\xde B\xd7nh\t2\n", raw.Limits{})
	if err != nil || info.Fields[0].Name != "Tên_chủ" {
		t.Error(info.Fields, err)
	}
	if name, ok := textenc.FromCPG("1258"); !ok || name != textenc.CP1258 || charset("WindowsVietnamese") != "1258" {
		t.Error(name, ok)
	}
}

func TestCoordSys(t *testing.T) {
	const vn = "-191.90441429, -39.30318279, -111.45032835, -0.00928836, 0.01975479, -0.00427372, 0.252906278, 0"
	for _, c := range []struct {
		clause string
		srid   spatial.SRID
		code   string // of crs.Parse; "" with srid 0 = it says nothing
	}{
		{`Earth Projection 8, 9999, 28, ` + vn + `, "m", 107.75, 0, 0.9999, 500000, 0`, 5899, ""},
		{`Earth Projection 8, 9999, 28, ` + vn + `, "m", 108.5, 0, 0.9999, 500000, 0 Bounds (0, 0) (1000000, 3000000)`, 9218, ""},
		{`Earth Projection 8, 9999, 28, ` + vn + `, "m", 105, 0, 0.9996, 500000, 0`, 3405, ""},
		{`Earth Projection 1, 9999, 28, ` + vn, 4756, ""},
		{`Earth Projection 1, 104`, 4326, ""},
		// The rotations with the wrong sign: half a metre off.
		{`Earth Projection 8, 9999, 28, -191.90441429, -39.30318279, -111.45032835, 0.00928836, -0.01975479, 0.00427372, 0.252906278, 0, "m", 107.75, 0, 0.9999, 500000, 0`, 0, "crs.helmertSign"},
		// The zone's numbers on the datum of GPS: 225 m off.
		{`Earth Projection 8, 104, "m", 107.75, 0, 0.9999, 500000, 0`, 0, "any"},
		{`Earth Projection 8, 79, "m", 105, 0, 0.9996, 500000, 0`, 0, "crs.unknown"},
		{`Earth Projection 8, 104, "ft", 105, 0, 0.9996, 500000, 0`, 0, "crs.unknown"},
		{`Earth Projection 3, 104, "m", 105, 0, 1, 2, 0, 0`, 0, "crs.unknown"},
		{`Earth Projection 1, 0`, 0, ""},
		{`Earth`, 0, ""},
		{`NonEarth Units "m"`, 0, ""},
		{`Layout Units "in"`, 0, ""},
	} {
		s := coordSys(c.clause)
		if s == "" {
			if c.srid != 0 || c.code != "" {
				t.Errorf("%s says nothing", c.clause)
			}
			continue
		}
		srid, err := crs.Parse(s)
		if code := spatial.CodeOf(err); srid != c.srid || code != c.code && (c.code != "any" || code == "") {
			t.Errorf("%s: %s: %d %v", c.clause, s, srid, err)
		}
	}
}

func TestFaulty(t *testing.T) {
	line := func(n int) string { return fmt.Sprintf("Pline %d\n", n) + strings.Repeat("1 2\n", n) }
	for _, c := range []struct {
		name, mif, mid string
		lim            raw.Limits
		rows           []string
		good           int
		end            string
	}{
		{"a row too few in the .mid", headText + "Point 1 2\nPoint 3 4\n", "1,a\n", raw.Limits{}, nil, 1, "mapinfo.step"},
		{"a row too many", headText + "Point 1 2\n", "1,a\n2,b\n", raw.Limits{}, nil, 1, "mapinfo.step"},
		{"cells missing", headText + "Point 1 2\nPoint 3 4\n", "1\n2,b\n", raw.Limits{}, []string{"mapinfo.cells"}, 1, ""},
		{"cells too many", headText + "Point 1 2\nPoint 3 4\n", "1,a,,,\n2,b,\n", raw.Limits{}, []string{"mapinfo.cells"}, 1, ""},
		{"a row of delimiters", headText + "Point 1 2\nPoint 3 4\n", "1,a\n" + strings.Repeat(",", 2*spareCells) + "\n", raw.Limits{}, nil, 1, "fields.tooMany"},
		{"delimiters in a text", headText + "Point 1 2\n", "1,\"a" + strings.Repeat(",", 2*spareCells) + "\"\n", raw.Limits{}, nil, 1, ""},
		{"an object unknown", headText + "Blob 1 2\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"a number that is none", headText + "Point 1 x\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"cut", headText + "Pline 3\n1 2\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"numbers left over", headText + "Point 1 2 3\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"a count below none", headText + "Region -1\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"not finite", headText + "Point NaN 2\nPoint 1 2\n", "1,a\n2,b\n", raw.Limits{}, []string{"geometry.nonFinite"}, 1, ""},
		{"too many points", headText + line(20) + "Point 1 2\n", "1,a\n2,b\n", raw.Limits{Points: 10}, []string{"geometry.points"}, 1, ""},
		{"too many parts", headText + "Region 20\n" + strings.Repeat("0\n", 20) + "Point 1 2\n", "1,a\n2,b\n", raw.Limits{Rings: 10}, []string{"geometry.rings"}, 1, ""},
		{"a lying count", headText + "Pline 2000000000\n1 2\n", "1,a\n", raw.Limits{}, nil, 0, "mapinfo.shape"},
		{"too many rows", headText + "None\nNone\n", "1,a\n2,b\n", raw.Limits{Rows: 1}, nil, 1, "rows.tooMany"},
		{"too many columns", headText, "", raw.Limits{Fields: 1}, nil, 0, "fields.tooMany"},
		{"too many bytes", headText + line(2000), "1,a\n", raw.Limits{Bytes: 1000}, nil, 0, "file.tooLarge"},
		{"no head", "Point 1 2\n", "", raw.Limits{}, nil, 0, "mapinfo.head"},
		{"nothing", "", "", raw.Limits{}, nil, 0, "mapinfo.head"},
		{"a type unknown", "Version 300\nColumns 1\n a Blob\nData\n", "", raw.Limits{}, nil, 0, "mapinfo.head"},
		{"a line without end", headText + "Point " + strings.Repeat("1", mostLine+10), "1,a\n", raw.Limits{}, nil, 0, "row.tooLarge"},
	} {
		_, fs, rows, end := read(t, c.mif, c.mid, c.lim)
		var codes []string
		for _, e := range rows {
			codes = append(codes, spatial.CodeOf(e))
		}
		if diff := cmp.Diff(c.rows, codes); diff != "" || spatial.CodeOf(end) != c.end || len(fs) != c.good {
			t.Errorf("%s: %s %v %v %v", c.name, diff, shown(fs), rows, end)
		}
	}
	if _, _, err := Open(fstest.MapFS{"a.mif": {Data: []byte(headText)}}, "a.mif", raw.Limits{}); spatial.CodeOf(err) != "mapinfo.noMid" {
		t.Error(err)
	}
	if _, _, err := Open(fstest.MapFS{}, "a.mif", raw.Limits{}); spatial.CodeOf(err) != "file.unknown" {
		t.Error(err)
	}
}

// What GDAL writes is read as GDAL says it is.
func TestAgainstGDAL(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.geojson")
	if err := os.WriteFile(in, []byte(`{"type":"FeatureCollection","features":[
	{"type":"Feature","properties":{"ten":"Hồ \"Xuân Hương\", phường 1","so":1.5,"n":7},"geometry":{"type":"Polygon","coordinates":[[[108.44,11.94],[108.45,11.94],[108.45,11.95],[108.44,11.94]],[[108.445,11.941],[108.446,11.941],[108.446,11.942],[108.445,11.941]]]}},
	{"type":"Feature","properties":{"ten":"b","so":-2,"n":8},"geometry":{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}},
	{"type":"Feature","properties":{"ten":"c","so":0,"n":9},"geometry":{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]],[[5.5,5.2],[5.6,5.2],[5.6,5.3],[5.5,5.2]]]]}},
	{"type":"Feature","properties":{"ten":"d","so":3,"n":10},"geometry":{"type":"Point","coordinates":[108,12]}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "a.mif")
	if b, err := exec.Command("ogr2ogr", "-f", "MapInfo File", "-dsco", "FORMAT=MIF", out, in).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	want := rawtest.OGR(t, out)
	info, seq, err := Open(os.DirFS(dir), "a.mif", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if srid, err := crs.Parse(info.CRS); srid != spatial.WGS84 || err != nil || info.CRSFrom != "coordsys" {
		t.Error(info.CRS, err)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(got) != len(want) || len(rows) > 0 || end != nil {
		t.Fatal(got, rows, end)
	}
	for i, f := range got {
		if d := rawtest.Differ(f.Geometry, want[i].Shape(t), 1e-9); d != "" {
			t.Errorf("row %d: %s", i+1, d)
		}
		for _, a := range f.Attrs {
			v := a.Value.String()
			if a.Raw != nil {
				v = string(a.Raw)
			}
			if w := strings.TrimSuffix(fmt.Sprint(want[i].Properties[a.Name]), ".0"); v != w {
				t.Errorf("row %d: %s is %q, GDAL says %q", i+1, a.Name, v, w)
			}
		}
	}
}

// Whatever the bytes: no panic, errors with codes, and every row once.
func FuzzMapInfo(f *testing.F) {
	f.Add([]byte(headText+"Point 1 2\n Symbol (1,2,3)\nRegion 2\n 4\n0 0\n1 0\n1 1\n0 0\n 3\n5 5\n6 5\n6 6\n"), []byte("1,a\n2,\"b\"\n"))
	f.Add([]byte(headText+"Text\n\"a\"\n1 2 3 4\nArc 1 2 3 4\n5 6\nCollection 1\nPline 2\n1 2\n3 4\n"), []byte("1,a\n2,b\n3,c\n"))
	f.Add([]byte("Version 300\nCoordSys Earth Projection 8, 9999, 28, 1, 2, 3, 4, 5, 6, 7, 0, \"m\", 105, 0, 1, 5, 0\nTransform 2,2,1,1\nColumns 0\nData\nPline Multiple 1\n2\n1 2\n3 4"), []byte(""))
	lim := raw.Limits{Bytes: 1 << 20, Row: 1 << 16, Rows: 1000, Fields: 64, Points: 1000, Rings: 100, Depth: 4}
	f.Fuzz(func(t *testing.T, mif, mid []byte) {
		_, seq, err := Open(fstest.MapFS{"a.mif": {Data: mif}, "a.mid": {Data: mid}}, "a.mif", lim)
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
