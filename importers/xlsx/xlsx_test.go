package xlsx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/spatial"
)

// made is a workbook with rows of cells on its sheets.
func made(t testing.TB, sheets map[string][][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	for name, rows := range sheets {
		if _, err := f.NewSheet(name); err != nil {
			t.Fatal(err)
		}
		for i, r := range rows {
			if err := f.SetSheetRow(name, fmt.Sprintf("A%d", i+1), &r); err != nil {
				t.Fatal(err)
			}
		}
	}
	return written(t, f)
}

func written(t testing.TB, f *excelize.File) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, b []byte, name string, lim raw.Limits) (raw.Info, []raw.Feature, []error, error) {
	t.Helper()
	info, seq, err := Open(fstest.MapFS{"a.xlsx": {Data: b}}, name, lim)
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
			if !a.Value.IsNull() {
				s += fmt.Sprintf(" %s=%v:%s", a.Name, a.Value.Type(), a.Value)
			}
		}
		if f.Geometry != nil {
			s += fmt.Sprint(" ", f.Geometry)
		}
		out = append(out, s)
	}
	return out
}

func TestSheet(t *testing.T) {
	b := made(t, map[string][][]any{"Thửa": {
		{"DANH SÁCH THỬA ĐẤT"}, {},
		{"STT", "Số tờ", "Số thửa", "Diện tích", "X", "Y", "Ghi chú"},
		{1, "012", 5, 120.25, 1320000.125, 575000.5, "'=1+1"},
		{},
		{2, "12.10", 6, 99.1, 1320010.0, 575010.0, "đất ở", ""},
		{3, 7},
		{4, 8, nil, nil, "abc", 575010},
		{5, 8, nil, nil, nil, nil, "a", "thừa"},
	}})
	info, fs, rows, end := read(t, b, "a.xlsx", raw.Limits{})
	if end != nil || info.CRS != "" || info.Name != "Thửa" || len(info.Faults) != 1 || info.Faults[0].Code != "table.northingFirst" {
		t.Fatal(info, end)
	}
	want := []string{
		"1 STT=int:1 Số tờ=text:012 Số thửa=int:5 Diện tích=float:120.25 Ghi chú=text:'=1+1 [575000.5 1.320000125e+06]",
		"2 STT=int:2 Số tờ=text:12.10 Số thửa=int:6 Diện tích=float:99.1 Ghi chú=text:đất ở [575010 1.32001e+06]",
		"3 STT=int:3 Số tờ=int:7",
	}
	if diff := cmp.Diff(want, shown(fs)); diff != "" {
		t.Error(diff)
	}
	if len(rows) != 2 || spatial.CodeOf(rows[0]) != "table.coordinate" || rows[0].(*spatial.Error).Args["line"] != 8 || spatial.CodeOf(rows[1]) != "table.wide" || rows[1].(*spatial.Error).Args["column"] != "H" {
		t.Error(rows)
	}
}

// A path is cut where its bytes are, whatever letters stand before.
func TestPath(t *testing.T) {
	b := made(t, map[string][][]any{"A": {{"a", "b"}, {1, 2}}, "B": {{"c", "d"}, {3, 4}}})
	for _, name := range []string{"Ⱥ.xlsx", "İ.XLSX", "ȺȺȺȺȺȺȺȺ/a.xlsx"} {
		info, _, err := Open(fstest.MapFS{name: {Data: b}}, name+":B", raw.Limits{})
		if err != nil || info.Name != "B" {
			t.Error(name, info, err)
		}
	}
}

// What a cell shows is not what is kept: digits stay, days are told.
func TestShown(t *testing.T) {
	f := excelize.NewFile()
	style := func(format string) int {
		id, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	set := func(cell string, v any, format string) {
		if err := f.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
		if format != "" {
			if err := f.SetCellStyle("Sheet1", cell, cell, style(format)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, n := range []string{"ngay", "luc", "ma", "dt", "phan tram", "dung", "nghin", "chu", "am", "so dai", "mu", "chu mu"} {
		set(string(rune('A'+i))+"1", n, "")
	}
	set("A2", time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC), "dd/mm/yyyy")
	set("B2", time.Date(2025, 7, 1, 8, 30, 15, 0, time.UTC), "dd/mm/yyyy hh:mm")
	set("C2", 805, "00000")
	set("D2", 120.456789, "0.0")
	set("E2", 0.125, "0%")
	set("F2", true, "")
	set("G2", 1234567.5, "#,##0")
	set("H2", "2025-13-01", "")
	set("I2", -5, "")
	set("J2", "012345678901234567", "")
	set("K2", 1.5e-7, "")
	set("L2", "12E1", "")
	_, fs, rows, end := read(t, written(t, f), "a.xlsx", raw.Limits{})
	want := []string{"1 ngay=date:2025-07-01 luc=text:2025-07-01 08:30:15 ma=text:00805 dt=float:120.456789 phan tram=float:0.125 dung=bool:true nghin=float:1234567.5 chu=text:2025-13-01 am=int:-5 so dai=text:012345678901234567 mu=float:0.00000015 chu mu=text:12E1"}
	if diff := cmp.Diff(want, shown(fs)); diff != "" || len(rows) > 0 || end != nil {
		t.Error(diff, rows, end)
	}
}

func TestChoosing(t *testing.T) {
	b := made(t, map[string][][]any{"A": {{"a", "b"}, {1, 2}}, "B": {{"lon", "lat"}, {108.44, 11.94}}})
	_, _, _, err := read(t, b, "a.xlsx", raw.Limits{})
	if spatial.CodeOf(err) != "xlsx.several" {
		t.Error(err)
	}
	if _, _, _, err := read(t, b, "a.xlsx:C", raw.Limits{}); spatial.CodeOf(err) != "xlsx.noSheet" {
		t.Error(err)
	}
	info, fs, _, err := read(t, b, "a.xlsx:b", raw.Limits{})
	if err != nil || info.CRSFrom != table.LonLatColumns || len(fs) != 1 {
		t.Error(info, fs, err)
	}
	names, err := Sheets(fstest.MapFS{"a.xlsx": {Data: b}}, "a.xlsx", raw.Limits{})
	if err != nil || len(names) != 2 {
		t.Error(names, err)
	}
}

// repacked is a workbook with one part replaced.
func repacked(t testing.TB, b []byte, part string, content func() io.Reader) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		to, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = from
		if f.Name == part {
			r = content()
		}
		if _, err := io.Copy(to, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRefused(t *testing.T) {
	good := made(t, map[string][][]any{"Sheet1": {{"a", "b"}, {1, 2}, {3, 4}}})
	text := func(s string) func() io.Reader { return func() io.Reader { return strings.NewReader(s) } }
	const sheet = "xl/worksheets/sheet1.xml"
	spaces := func(n int64) func() io.Reader {
		return func() io.Reader { return io.LimitReader(blanks{}, n) }
	}
	wide := `<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c><c r="XFD1" t="inlineStr"><is><t>b</t></is></c></row></sheetData></worksheet>`
	entities := `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>`
	for _, c := range []struct {
		name string
		b    []byte
		lim  raw.Limits
		code string
	}{
		{"not a workbook", []byte("PK\x03\x04 no"), raw.Limits{}, "xlsx.malformed"},
		{"nothing", nil, raw.Limits{}, "xlsx.malformed"},
		{"an old one, or under a password", []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 more"), raw.Limits{}, "xlsx.sealed"},
		{"cut", good[:len(good)/2], raw.Limits{}, "xlsx.malformed"},
		{"no rows", made(t, nil), raw.Limits{}, "table.empty"},
		{"too many rows", good, raw.Limits{Rows: 1}, "rows.tooMany"},
		{"a bomb in a sheet", repacked(t, good, sheet, spaces(8<<20)), raw.Limits{Bytes: 1 << 20}, "file.tooLarge"},
		{"a bomb in the styles", repacked(t, good, "xl/styles.xml", spaces(mostSmall+1)), raw.Limits{}, "file.tooLarge"},
		{"16,384 columns", repacked(t, good, sheet, text(wide)), raw.Limits{}, "fields.tooMany"},
		{"entities", repacked(t, good, sheet, text(entities)), raw.Limits{}, "xlsx.malformed"},
		{"a sheet cut short", repacked(t, good, sheet, text(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row><row r="2"><c r="A2"><v>1</v></c></row>`)), raw.Limits{}, "xlsx.malformed"},
		{"a fault in the middle", repacked(t, good, sheet, text(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row></wrong></sheetData></worksheet>`)), raw.Limits{}, "xlsx.malformed"},
	} {
		if _, _, _, err := read(t, c.b, "a.xlsx", c.lim); spatial.CodeOf(err) != c.code {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// What GDAL writes is read as GDAL says it is.
func TestAgainstGDAL(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(in, []byte("ten,so,thuc,ngay,lon,lat\nĐà Lạt,12,1.25,2025/07/01,108.44,11.94\n\"a, b\",-3,100000.125,1999/12/31,108.45,11.95\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "a.xlsx")
	if b, err := exec.Command("ogr2ogr", "-f", "XLSX", "-oo", "AUTODETECT_TYPE=YES", out, in).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, b)
	}
	want := rawtest.OGR(t, out)
	_, seq, err := Open(os.DirFS(dir), "a.xlsx", raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, rows, end := rawtest.Rows(seq)
	if len(rows) > 0 || end != nil || len(got) != len(want) || len(got) != 2 {
		t.Fatal(got, rows, end)
	}
	for i, f := range got {
		if f.Geometry == nil || len(f.Attrs) != 4 {
			t.Fatalf("row %d: %+v", i+1, f)
		}
		for _, a := range f.Attrs {
			w := strings.ReplaceAll(fmt.Sprint(want[i].Properties[a.Name]), "/", "-")
			if a.Value.String() != w {
				t.Errorf("row %d: %s is %q, GDAL says %q", i+1, a.Name, a.Value, w)
			}
		}
	}
}

// A sheet damaged anywhere, and a workbook damaged anywhere, is read or refused.
// A small file cannot make much of little: a text is copied for each of its cells.
func TestBounded(t *testing.T) {
	good := made(t, map[string][][]any{"A": {{"a", "b"}, {1, 2}}})
	part := func(name string, pieces ...any) []byte { // texts and how often each stands
		return repacked(t, good, name, func() io.Reader {
			var rs []io.Reader
			for i := 0; i < len(pieces); i += 2 {
				rs = append(rs, strings.NewReader(strings.Repeat(pieces[i].(string), pieces[i+1].(int))))
			}
			return io.MultiReader(rs...)
		})
	}
	const texts, sheet = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
	lim := raw.Limits{Rows: 1024, Fields: 1024}
	cell := `<c t="s"><v>0</v></c>`
	for what, c := range map[string]struct {
		b    []byte
		code string
	}{
		"a long text":       {part(texts, "<sst><si><t>", 1, "đ", 70_000, "</t></si></sst>", 1), "xlsx.large"},
		"of many runs":      {part(texts, "<sst><si>", 1, "<r><t>aaaaaaaaaa</t></r>", 7_000, "</si></sst>", 1), "xlsx.large"},
		"with one inside":   {part(texts, "<sst><si>", 1, "<si/><r><t>aaaaaaaaaa</t></r>", 7_000, "</si></sst>", 1), "xlsx.large"},
		"many texts":        {part(texts, "<sst>", 1, "<si/>", 1<<20+1, "</sst>", 1), "xlsx.large"},
		"one long token":    {part(sheet, "<worksheet><sheetData><row><c><v>", 1, "1", 2<<20, "</v></c></row></sheetData></worksheet>", 1), "xlsx.large"},
		"deep":              {part(sheet, "<worksheet>", 1, "<a>", 2_000, "</a>", 2_000, "</worksheet>", 1), "xlsx.large"},
		"many cells":        {part(sheet, "<worksheet><sheetData><row>", 1, cell, 1_025, "</row></sheetData></worksheet>", 1), "fields.tooMany"},
		"many in many rows": {part(sheet, "<worksheet><sheetData>", 1, "<row>"+cell+cell+"</row>", 600, "</sheetData></worksheet>", 1), "xlsx.several"},
		"texts cut off":     {part(texts, "<sst><si><t>", 1), "xlsx.malformed"},
	} {
		_, _, err := Open(fstest.MapFS{"a.xlsx": {Data: c.b}}, "a.xlsx", lim)
		if spatial.CodeOf(err) != c.code {
			t.Errorf("%s: %v", what, err)
		}
		if c.code == "xlsx.large" && spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("%s: %v", what, spatial.KindOf(err))
		}
		if c.code == "xlsx.several" { // it was read
			continue
		}
		if _, err := Sheets(fstest.MapFS{"a.xlsx": {Data: c.b}}, "a.xlsx", lim); spatial.CodeOf(err) != c.code {
			t.Errorf("%s: sheets: %v", what, err)
		}
	}
}

func FuzzXLSX(f *testing.F) {
	good := made(f, map[string][][]any{"Sheet1": {{"X", "Y", "ten"}, {1320000, 575000, "đất"}, {1320001.5, 575001, true}}})
	z, err := zip.NewReader(bytes.NewReader(good), int64(len(good)))
	if err != nil {
		f.Fatal(err)
	}
	for _, m := range z.File {
		if m.Name == "xl/worksheets/sheet1.xml" {
			r, err := m.Open()
			if err != nil {
				f.Fatal(err)
			}
			b, err := io.ReadAll(r)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b, true)
		}
	}
	f.Add([]byte(`<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>99</v></c></row><row r="1048577"/></sheetData></worksheet>`), true)
	f.Add([]byte(`<worksheet><sheetData><row><c t="inlineStr"><is><r><t>a</t></r></is></c><c s="7"><v>1e9</v></c></row></sheetData>`), true)
	f.Add(good, false)
	f.Add(good[:300], false)
	lim := raw.Limits{Bytes: 1 << 20, Row: 1 << 16, Rows: 1000, Fields: 64, Points: 1000, Rings: 100, Depth: 4}
	f.Fuzz(func(t *testing.T, b []byte, sheet bool) {
		if len(b) > 1<<16 {
			return
		}
		if sheet {
			b = repacked(t, good, "xl/worksheets/sheet1.xml", func() io.Reader { return bytes.NewReader(b) })
		}
		_, seq, err := Open(fstest.MapFS{"a.xlsx": {Data: b}}, "a.xlsx", lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		for _, err := range seq {
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
		}
	})
}
