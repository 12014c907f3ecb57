package csv

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"golang.org/x/text/encoding/unicode"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/spatial"
)

func read(t testing.TB, text string, lim raw.Limits) (raw.Info, []raw.Feature, []error, error) {
	t.Helper()
	info, seq, err := Open(fstest.MapFS{"a.csv": {Data: []byte(text)}}, "a.csv", lim)
	if err != nil {
		return info, nil, nil, err
	}
	fs, rows, end := rawtest.Rows(seq)
	again, _, _ := rawtest.Rows(seq)
	if len(again) != len(fs) {
		t.Errorf("read again: %d rows, then %d", len(fs), len(again))
	}
	return info, fs, rows, end
}

// shown is a feature as one line.
func shown(fs []raw.Feature) (out []string) {
	for _, f := range fs {
		s := fmt.Sprint(f.Row)
		for _, a := range f.Attrs {
			v := a.Value.String()
			if v == "" && utf8.Valid(a.Raw) {
				v = string(a.Raw)
			} else if a.Raw != nil {
				v = fmt.Sprintf("%x", a.Raw)
			}
			s += " " + a.Name + "=" + v
		}
		if f.Geometry != nil {
			s += fmt.Sprint(" ", f.Geometry)
		}
		out = append(out, s)
	}
	return out
}

func TestTables(t *testing.T) {
	for _, c := range []struct {
		name, text string
		crs, from  string
		faults     []string
		want       []string
	}{
		{"longitude and latitude", "id,lon,lat,ten\n1,108.44,11.94,Chợ\n2,,,\n", "OGC:CRS84", table.LonLatColumns, nil, []string{"1 id=1 ten=Chợ [108.44 11.94]", "2 id=2 ten="}},
		{"Vietnamese names, decimal commas", "Kinh độ;Vĩ độ;Tên\n108,44;11,94;a\n", "OGC:CRS84", table.LonLatColumns, nil, []string{"1 Tên=a [108.44 11.94]"}},
		{"degrees as people write them", "ten,Kinh do,Vi do\na,\"108°26'24\"\"Đ\",\"11°56'24\"\"B\"\n", "OGC:CRS84", table.LonLatColumns, nil, []string{"1 ten=a [108.44 11.94]"}},
		{"northing first, as in Vietnamese tables", "STT\tX\tY\n1\t1320000.5\t575000.25\n2\t1320001\t575001\n", "", "", []string{"table.northingFirst"}, []string{"1 STT=1 [575000.25 1.3200005e+06]", "2 STT=2 [575001 1.320001e+06]"}},
		{"easting first", "stt,x,y\n1,575000.25,1320000.5\n", "", "", nil, []string{"1 stt=1 [575000.25 1.3200005e+06]"}},
		{"thousands and a comma", "stt;Tọa độ X (m);Tọa độ Y (m)\n1;1.320.000,5;575.000,25\n", "", "", []string{"table.northingFirst"}, []string{"1 stt=1 [575000.25 1.3200005e+06]"}},
		{"named by direction", "n,e,a\n1320000,575000,x\n", "", "", nil, []string{"1 a=x [575000 1.32e+06]"}},
		{"WKT", "a,wkt\nx,\"POLYGON((0 0,1 0,1 1,0 0))\"\ny,\n", "", "", nil, []string{"1 a=x [[[0 0] [1 0] [1 1] [0 0]]]", "2 a=y"}},
		{"WKT that says its system", "geom;a\nSRID=5899;b\n", "", "", nil, nil},
		{"WKT with an SRID", "geom\tx_\nSRID=5899;POINT(575000 1320000)\ta\n", "EPSG:5899", "wkt", nil, []string{"1 x_=a [575000 1.32e+06]"}},
		{"WKT beside the degrees it is in", "lon,lat,wkt,a\n108.44,11.94,POINT(108.44 11.94),x\n", "OGC:CRS84", table.LonLatColumns, nil, []string{"1 a=x [108.44 11.94]"}},
		{"WKT beside degrees, in metres", "lon,lat,wkt,a\n108.44,11.94,POINT(575000 1320000),x\n", "", "", nil, []string{"1 a=x [575000 1.32e+06]"}},
		{"WKB in hexadecimal", "geom,a\n0101000020E61000000000000000805B400000000000002840,x\n", "", "", nil, []string{"1 a=x [110 12]"}},
		{"attributes alone", "SHBANDO,SHTHUA,x\n12,345,a\n", "", "", nil, []string{"1 SHBANDO=12 SHTHUA=345 x=a"}},
		{"titles above the head", "DANH SÁCH THỬA ĐẤT,,\n,,\nTờ,Thửa,Loại\n1,2,ODT\n,,\n3,4,CLN\n", "", "", nil, []string{"1 Tờ=1 Thửa=2 Loại=ODT", "2 Tờ=3 Thửa=4 Loại=CLN"}},
		{"a separator that is told", "sep=;\na;b\n1,5;2\n", "", "", nil, []string{"1 a=1,5 b=2"}},
		{"quotes, line ends, a byte order mark", "\ufeffa,b\r\n\"x, \"\"y\"\"\r\nz\",2\r\n", "", "", nil, []string{"1 a=x, \"y\"\nz b=2"}},
		{"a name twice, a column without one", "a,a,,b\n1,2,3,4\n", "", "", []string{"table.columnUnnamed", "table.columnTwice"}, []string{"1 a=1 a (2)=2 b=4"}},
		{"kept from being formulas", "a,b,c,d\n'=1+1,'-5,'abc,''x\n", "", "", nil, []string{"1 a==1+1 b=-5 c='abc d='x"}},
		{"not UTF-8", "ma,ten\n1,\xa7\xb5 L\xb9t\n", "", "", nil, []string{"1 ma=1 ten=a7b5204cb974"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			info, fs, rows, end := read(t, c.text, raw.Limits{})
			if c.want == nil {
				if len(rows) != 1 || spatial.CodeOf(rows[0]) != "wkt.malformed" {
					t.Fatal(fs, rows, end)
				}
				return
			}
			if end != nil || len(rows) > 0 {
				t.Fatal(rows, end)
			}
			var faults []string
			for _, f := range info.Faults {
				faults = append(faults, f.Code)
			}
			if diff := cmp.Diff(c.want, shown(fs)); diff != "" || info.CRS != c.crs || info.CRSFrom != c.from || !sameSet(faults, c.faults) {
				t.Errorf("%s %q %q %v", diff, info.CRS, info.CRSFrom, info.Faults)
			}
		})
	}
}

func sameSet(a, b []string) bool {
	in := map[string]int{}
	for _, s := range a {
		in[s]++
	}
	for _, s := range b {
		in[s]--
	}
	for _, n := range in {
		if n != 0 {
			return false
		}
	}
	return true
}

// A head in an old encoding is read, so that a column about a person is known.
func TestHeadInTCVN3(t *testing.T) {
	info, _, rows, end := read(t, "S\xe8 t\xea,T\xaan ch\xf1,\x67hi ch\xf3\n1,Nguy\xd4n V\xa8n \xc0,\xaat\n2,Ph\xb9m Th\xde B\xd7nh,\xa7\xb5 L\xb9t\n", raw.Limits{})
	if end != nil || len(rows) > 0 || len(info.Fields) != 3 {
		t.Fatal(rows, end, info.Fields)
	}
	if got := []string{info.Fields[0].Name, info.Fields[1].Name, info.Fields[2].Name}; got[0] != "Số tờ" || got[1] != "Tên chủ" {
		t.Errorf("%q", got)
	}
}

func TestFaultyRows(t *testing.T) {
	for _, c := range []struct {
		text, code string
		args       map[string]any
		good       int
	}{
		{"a,b\n1,2\n\"x\"y,2\n3,4\n", "csv.quote", map[string]any{"line": 3, "row": 2}, 2},
		{"a,b\n1,2\n3\n4,5\n", "csv.cells", map[string]any{"line": 3, "cells": 1, "columns": 2}, 2},
		{"a,b\n1,2\n3,4,5\n4,5\n", "table.wide", map[string]any{"line": 3, "column": "C"}, 2},
		{"a,b\n1,2\n3,4,\n4,5\n", "", nil, 3},
		{"x,y,c\n575000,1320000,1\n57x,1320000,2\n,,3\n575000,,4\n", "table.coordinate", map[string]any{"line": 3, "column": "x", "value": "57x"}, 2},
		{"lon,lat,c\n108,11,1\nabc,11,2\n", "table.coordinate", map[string]any{"column": "lon"}, 1},
		{"wkt,c\nPOINT(1 2),1\nPOINT(1),2\n", "wkt.malformed", map[string]any{"line": 3}, 1},
		{"\ufeffa,b\n1,2\n\xa7,3\n", "text.notUTF8", map[string]any{"line": 3, "column": "A"}, 1},
	} {
		_, fs, rows, end := read(t, c.text, raw.Limits{})
		if c.code == "" {
			if len(rows) > 0 || len(fs) != c.good || end != nil {
				t.Errorf("%q: %v %v %v", c.text, fs, rows, end)
			}
			continue
		}
		if end != nil || len(rows) == 0 || spatial.CodeOf(rows[0]) != c.code || len(fs) != c.good {
			t.Errorf("%q: %v %v %v", c.text, shown(fs), rows, end)
			continue
		}
		for k, v := range c.args {
			if got := rows[0].(*spatial.Error).Args[k]; got != v {
				t.Errorf("%q: %s is %v", c.text, k, got)
			}
		}
	}
}

func TestRefusedTables(t *testing.T) {
	bomb := func() string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write([]byte("a,b\n"))
		_, _ = z.Write(bytes.Repeat([]byte("1,2\n"), 1<<20))
		_ = z.Close()
		return b.String()
	}()
	small := raw.Limits{Bytes: 1 << 20, Row: 1 << 16, Rows: 100, Fields: 10}
	for _, c := range []struct {
		name, text, code string
	}{
		{"nothing", "", "table.empty"},
		{"white space", " \n\n", "table.empty"},
		{"numbers alone", "1,2\n3,4\n", "table.noHead"},
		{"too many columns", strings.Repeat("a,", 20) + "\n", "fields.tooMany"},
		{"too many rows", "a,b\n" + strings.Repeat("1,2\n", 101), "rows.tooMany"},
		{"a row of separators", "a,b\n" + strings.Repeat(",", mostCells) + "\n", "fields.tooMany"},
		{"empty cells to the last column", "a,b\n1,2" + strings.Repeat(",", mostCells-2) + "\n", ""},
		{"commas of a shape", "wkt,b\n\"POINT(1 2)" + strings.Repeat(",", 2*mostCells) + "\",2\n", ""},
		{"a quote that never ends", "a,b\n\"" + strings.Repeat("x\n", 300_000), "row.tooLarge"},
		{"more than is allowed, unpacked", bomb, "rows.tooMany"},
		{"gzip cut", bomb[:len(bomb)-200], "file.damaged"},
	} {
		lim := small
		if c.code == "file.damaged" {
			lim = raw.Limits{}
		}
		if _, _, _, err := read(t, c.text, lim); spatial.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	lim := small
	lim.Rows = 1 << 30
	if _, _, _, err := read(t, bomb, lim); spatial.CodeOf(err) != "file.tooLarge" {
		t.Errorf("a bomb: %v", err)
	}
	if _, _, err := Open(fstest.MapFS{}, "none.csv", raw.Limits{}); spatial.CodeOf(err) != "file.unknown" {
		t.Error(err)
	}
}

func TestUTF16(t *testing.T) {
	b, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte("Tên\tKinh độ\tVĩ độ\nĐà Lạt\t108,44\t11,94\n"))
	if err != nil {
		t.Fatal(err)
	}
	info, fs, rows, end := read(t, string(b), raw.Limits{})
	if end != nil || len(rows) > 0 || info.Encoding != "utf-8" || len(fs) != 1 || shown(fs)[0] != "1 Tên=Đà Lạt [108.44 11.94]" {
		t.Error(info, shown(fs), rows, end)
	}
}

// What GDAL writes is read as GDAL says it is.
func TestAgainstGDAL(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.geojson")
	if err := os.WriteFile(in, []byte(`{"type":"FeatureCollection","features":[
	{"type":"Feature","properties":{"ten":"Hồ \"Xuân Hương\", phường 1","so":1.5},"geometry":{"type":"Polygon","coordinates":[[[108.44,11.94],[108.45,11.94],[108.45,11.95],[108.44,11.94]],[[108.445,11.941],[108.446,11.941],[108.446,11.942],[108.445,11.941]]]}},
	{"type":"Feature","properties":{"ten":"dòng\nmới","so":null},"geometry":{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}},
	{"type":"Feature","properties":{"ten":null,"so":-2},"geometry":null}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, sep := range []string{"COMMA", "SEMICOLON", "TAB"} {
		out := filepath.Join(dir, sep+".csv")
		if b, err := exec.Command("ogr2ogr", "-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-lco", "SEPARATOR="+sep, out, in).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, b)
		}
		want := rawtest.OGR(t, in)
		_, seq, err := Open(os.DirFS(dir), sep+".csv", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, rows, end := rawtest.Rows(seq)
		if len(rows) > 0 || end != nil || len(got) != len(want) {
			t.Fatal(got, rows, end)
		}
		for i, f := range got {
			if d := rawtest.Differ(f.Geometry, want[i].Shape(t), 1e-9); d != "" {
				t.Errorf("%s row %d: %s", sep, i+1, d)
			}
			for _, a := range f.Attrs {
				w := ""
				if v := want[i].Properties[a.Name]; v != nil {
					w = fmt.Sprint(v)
				}
				if a.Raw != nil {
					a.Value = spatial.Text(string(a.Raw))
				}
				if a.Value.String() != strings.TrimSuffix(w, ".0") && a.Value.String() != w {
					t.Errorf("%s row %d: %s is %q, GDAL says %q", sep, i+1, a.Name, a.Value, w)
				}
			}
		}
	}
}

func TestSafe(t *testing.T) {
	for _, s := range []string{"", "a", "=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'\nx", "'", "''", "'a", "'=x", "''=x", "'''", "-", "đ", "' =1"} {
		safe := Safe(s)
		if Plain(safe) != s {
			t.Errorf("%q is written %q and read %q", s, safe, Plain(safe))
		}
		if safe != "" && strings.ContainsRune(formulaSigns, rune(safe[0])) {
			t.Errorf("%q is written %q", s, safe)
		}
	}
}

// Whatever the bytes: no panic, no endless reading, errors with codes, and every
// row once.
func FuzzCSV(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "lon;lat;x\n108,4;11,9;\"a\nb\"\n", "X\tY\n1320000\t575000\n", "wkt,a\n\"POLYGON((0 0,1 0,1 1,0 0))\",x\n", "sep=|\na|b\n'=1|2\n",
		"\ufeffa,b\n\"x\"y,\xa7\n", "\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00", "\x1f\x8b\x08\x00", "a,a,,\n1,2,3,4,5\n"} {
		f.Add([]byte(s))
	}
	lim := raw.Limits{Bytes: 1 << 20, Row: 1 << 16, Rows: 1000, Fields: 64, Points: 1000, Rings: 100, Depth: 4}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, seq, err := Open(fstest.MapFS{"a.csv": {Data: b}}, "a.csv", lim)
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
			if p, ok := f.Geometry.(orb.Point); ok && (p[0] != p[0] || p[1] != p[1]) {
				t.Fatal("a point that is not one")
			}
		}
	})
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"=1", "'", "''=", "a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if Plain(Safe(s)) != s {
			t.Fatalf("%q became %q", s, Plain(Safe(s)))
		}
	})
}
