package export

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/importers/csv"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/importers/xlsx"
	"github.com/langbiang/langbiang/spatial"
)

// awkward are texts that tables of text may come to harm by.
func awkward() []string {
	return []string{"=1+1", "+84 263", "-5", "@SUM(A1)", "'", "''", "'=x", "012", "12.10", "1E5", "NaN", "TRUE", "2025-07-01", "a;b,c\t\"d\"", "dòng\nmới", "_x0041_", "1.234,5", "12345678901234567890"}
}

// What is written as a table is read again as the same records: values, shapes
// and days, in both systems, for every tier; no text became a formula.
func TestTables(t *testing.T) {
	fs := features()
	for i, s := range awkward() {
		f := fs[1]
		f.ID, f.Display = uint64(100+i), orb.Point{108.4 + float64(i)/1000, 11.9}
		f.Values = append([]spatial.Value{spatial.Text(s)}, f.Values[1:]...)
		fs = append(fs, f)
	}
	for _, format := range []Format{CSV, XLSX} {
		for _, srid := range []spatial.SRID{spatial.WGS84, plane} {
			for _, tier := range []spatial.Tier{spatial.TierPublic, spatial.TierAll} {
				dir := t.TempDir()
				name := "a." + string(format)
				n, err := Write(context.Background(), filepath.Join(dir, name), job(format, srid, tier), seqOf(fs))
				if err != nil {
					t.Fatal(err)
				}
				open := raw.Opener(csv.Open)
				if format == XLSX {
					open = xlsx.Open
				}
				info, seq, err := open(os.DirFS(dir), name, raw.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				want := table.LonLatColumns
				if srid != spatial.WGS84 {
					want = "" // lon and lat stand beside, and disagree
				}
				if info.CRSFrom != want {
					t.Errorf("%s %d: CRS %q from %q", format, srid, info.CRS, info.CRSFrom)
				}
				got, rows, end := rawtest.Rows(seq)
				if len(rows) > 0 || end != nil || len(got) != n {
					t.Fatal(format, len(got), n, rows, end)
				}
				i := 0
				for _, w := range fs {
					if !tier.Sees(w.Access) {
						continue
					}
					g := got[i]
					i++
					if d := rawtest.Differ(shapeIn(w, srid), g.Geometry, 0); d != "" {
						t.Errorf("%s %d, record %d: %s", format, srid, w.ID, d)
					}
					check := func(name string, typ spatial.Type, want spatial.Value) {
						a, ok := g.Attr(name)
						v, err := spatial.Cast(typ, a.Value)
						if !ok || err != nil || v != want {
							t.Errorf("%s, record %d, %s: %v, want %v", format, w.ID, name, a.Value, want)
						}
					}
					check("id", spatial.TypeInt, spatial.Int(int64(w.ID)))
					for k, f := range layer().Fields {
						if tier.Sees(f.Access) {
							check(f.Name, f.Type, w.Values[k])
						} else if _, ok := g.Attr(f.Name); ok {
							t.Errorf("%s: %s is there", format, f.Name)
						}
					}
					for name, d := range map[string]spatial.Date{"valid_from": w.Valid.From, "valid_to": w.Valid.To} {
						want := spatial.Value{}
						if d != "" {
							want = spatial.Day(d)
						}
						check(name, spatial.TypeDate, want)
					}
				}
				if entries, _ := os.ReadDir(dir); len(entries) != 1 {
					t.Error("something was left beside the file", entries)
				}
				harmless(t, filepath.Join(dir, name), format)
			}
		}
	}
}

// harmless says whether a file has a cell that a spreadsheet works out.
func harmless(t *testing.T, path string, f Format) {
	t.Helper()
	if f == CSV {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range strings.Split(string(b), "\n") {
			for _, cell := range strings.Split(line, ",") {
				if cell = strings.Trim(cell, `"`); strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "+8") {
					t.Errorf("the cell %q is a formula", cell)
				}
			}
		}
		return
	}
	book, err := excelize.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	rows, err := book.GetRows("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows {
		for k := range r {
			cell, err := excelize.CoordinatesToCellName(k+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := book.GetCellFormula("Sheet1", cell); err != nil || formula != "" {
				t.Errorf("%s is the formula %q, %v", cell, formula, err)
			}
		}
	}
}

// GDAL reads what is written as a workbook.
func TestXLSXAgainstGDAL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.xlsx")
	if _, err := Write(context.Background(), path, job(XLSX, plane, spatial.TierPublic), seqOf(features())); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ogrinfo", "-ro", "-al", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Feature Count: 4") || !strings.Contains(string(out), `registered (Real) = 120.5`) || !strings.Contains(string(out), "POLYGON((569000.123 1320000.456") {
		t.Errorf("%v %s", err, out)
	}
}

func TestXLSXCell(t *testing.T) {
	f := features()[0]
	ring := orb.Ring{}
	for i := range 3000 {
		ring = append(ring, orb.Point{108 + float64(i)/1e6, 11.123456789})
	}
	f.Display = orb.Polygon{append(ring, ring[0])}
	dir := t.TempDir()
	_, err := Write(context.Background(), filepath.Join(dir, "a.xlsx"), job(XLSX, spatial.WGS84, spatial.TierPublic), seqOf([]spatial.Feature{f}))
	if spatial.CodeOf(err) != "export.cell" || spatial.KindOf(err) != spatial.TooLarge {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Error("something was left", entries)
	}
}
