// Package xlsx reads one sheet of an Excel workbook (.xlsx) as a table.
//
// It is not an evaluator: of a formula the value is read that the program that
// saved the file had worked out. Where a row lies is importers/table's to find.
// The old .xls and workbooks under a password are refused.
//
// Invariant: rows are streamed; what is in memory of the rest of the workbook is
// bounded before any of it is unpacked. A number keeps all its digits, however few
// its cell shows.
package xlsx

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read a workbook"

// Sheets names the sheets of a workbook that have anything in them, each as Open
// takes it: "book.xlsx:Sheet1".
func Sheets(fsys fs.FS, name string, lim raw.Limits) ([]string, error) {
	b, err := open(fsys, path.Clean(name), lim.OrDefault(), true)
	if err != nil {
		return nil, err
	}
	defer b.close()
	all, err := b.sheets()
	for i := range all {
		all[i] = name + ":" + all[i]
	}
	return all, err
}

// Open reads the beginning of a sheet. name is the file's, followed by ":" and
// the sheet's where several have something in them.
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "xlsx.malformed" (why),
// "xlsx.sealed", "xlsx.large" (what, limit), "xlsx.several" (sheets), "xlsx.noSheet" (sheet, sheets), "table.empty",
// "table.noHead", "fields.tooMany". The sequence gives those again, to end it, with
// "rows.tooMany"; about rows "row.tooLarge" and those of table.Layout.Feature, whose
// line is the sheet's row.
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	file, sheet := name, ""
	if _, err := fs.Stat(fsys, name); err != nil {
		if i := strings.LastIndex(raw.Lower(name), ".xlsx:"); i > 0 {
			file, sheet = name[:i+5], name[i+6:]
		}
	}
	file = path.Clean(file)
	b, err := open(fsys, file, lim, true)
	if err != nil {
		return raw.Info{}, nil, err
	}
	defer b.close()
	if sheet, err = b.choose(sheet); err != nil {
		return raw.Info{}, nil, err
	}
	var rows [][]table.Cell
	err = b.each(sheet, func(_ int, cells []table.Cell) (bool, error) {
		rows = append(rows, cells)
		return len(rows) <= table.Sample, nil
	})
	if err != nil {
		return raw.Info{}, nil, err
	}
	if len(rows) == 0 {
		return raw.Info{}, nil, raw.Fail(op, spatial.Invalid, "table.empty", b.file)
	}
	head := table.Head(rows)
	if head < 0 {
		return raw.Info{}, nil, raw.Fail(op, spatial.Invalid, "table.noHead", b.file)
	}
	l, err := table.New(op, b.file, rows[head], rows[head+1:], lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	info := raw.Info{Name: sheet, Format: raw.XLSX, CRS: l.CRS, CRSFrom: l.From, Encoding: "utf-8", Fields: l.Fields, Bare: !l.Placed(), Count: -1, Members: []string{b.file}, Faults: l.Faults}
	seq := func(yield func(raw.Feature, error) bool) {
		b, err := open(fsys, file, lim, false)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer b.close()
		n := 0
		err = b.each(sheet, func(line int, cells []table.Cell) (bool, error) {
			n++
			row := n - 1 - head
			if row < 1 {
				return true, nil
			}
			if row > lim.Rows {
				return false, raw.Fail(op, spatial.TooLarge, "rows.tooMany", b.file, "count", row, "limit", lim.Rows)
			}
			if size := sizeOf(cells); size > lim.Row {
				return yield(raw.Feature{Row: row}, raw.Fail(op, spatial.TooLarge, "row.tooLarge", b.file, "row", row, "line", line, "length", size, "limit", lim.Row)), nil
			}
			return yield(l.Feature(row, line, cells)), nil
		})
		if err != nil {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

func sizeOf(cells []table.Cell) (n int) {
	for i := range cells {
		n += len(cells[i].Value.Text())
	}
	return n
}

// book is an opened workbook.
type book struct {
	*excelize.File
	file  string
	lim   raw.Limits
	since bool // its days count from 1904
}

func (b *book) close() { _ = b.Close() } // its temporary files: nothing depends on them

// malformed is what any fault in a workbook's inside is.
func malformed(file string, why any) error {
	text := fmt.Sprint(why)
	return raw.Fail(op, spatial.Invalid, "xlsx.malformed", file, "why", text[:min(len(text), 200)])
}

// guard turns a panic of the library, which damaged files can bring about, into
// an error.
func guard(file string, err *error) {
	if r := recover(); r != nil {
		*err = malformed(file, r)
	}
}

// open opens a workbook; whole asks for a look at all of its rows and texts first,
// which it takes once before any are read.
func open(fsys fs.FS, name string, lim raw.Limits, whole bool) (b *book, err error) {
	b = &book{file: path.Base(name), lim: lim}
	f, err := raw.OpenLocal(op, fsys, name, lim.Bytes, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Size > mostPacked {
		return nil, raw.Fail(op, spatial.TooLarge, "file.tooLarge", b.file, "limit", mostPacked)
	}
	packed := make([]byte, f.Size)
	if _, err := f.ReadAt(packed, 0); err != nil && err != io.EOF {
		return nil, raw.FileError(op, name, err)
	}
	if bytes.HasPrefix(packed, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return nil, raw.Fail(op, spatial.Invalid, "xlsx.sealed", b.file)
	}
	if err := b.weigh(packed, whole); err != nil {
		return nil, err
	}
	defer guard(b.file, &err)
	limit := int64(lim.Bytes)
	b.File, err = excelize.OpenReader(bytes.NewReader(packed), excelize.Options{UnzipSizeLimit: limit, UnzipXMLSizeLimit: min(inMemory, limit)})
	if err != nil {
		if b.File != nil {
			b.close()
		}
		return nil, malformed(b.file, err)
	}
	if p, err := b.GetWorkbookProps(); err == nil && p.Date1904 != nil {
		b.since = *p.Date1904
	}
	return b, nil
}

// sheets are those with anything in them.
func (b *book) sheets() (out []string, err error) {
	defer guard(b.file, &err)
	for _, s := range b.GetSheetList() {
		some := false
		err := b.each(s, func(int, []table.Cell) (bool, error) {
			some = true
			return false, nil
		})
		if err != nil && spatial.CodeOf(err) != "xlsx.malformed" {
			return nil, err
		}
		if some {
			out = append(out, s)
		}
	}
	return out, nil
}

func (b *book) choose(want string) (string, error) {
	all, err := b.sheets()
	switch {
	case err != nil:
		return "", err
	case want != "":
		if i := slices.IndexFunc(all, func(s string) bool { return strings.EqualFold(s, want) }); i >= 0 {
			return all[i], nil
		}
		return "", raw.Fail(op, spatial.NotFound, "xlsx.noSheet", b.file, "sheet", want, "sheets", listed(all))
	case len(all) == 0:
		return "", raw.Fail(op, spatial.Invalid, "table.empty", b.file)
	case len(all) > 1:
		return "", raw.Fail(op, spatial.Invalid, "xlsx.several", b.file, "sheets", listed(all))
	}
	return all[0], nil
}

func listed(names []string) string {
	if len(names) > 20 {
		names = append(slices.Clip(names[:20]), "…")
	}
	return strings.Join(names, ", ")
}

// each calls f with every row that has something in it; line is the sheet's row.
// It is read twice side by side: as numbers are kept, and as they are shown.
func (b *book) each(sheet string, f func(line int, cells []table.Cell) (more bool, err error)) (err error) {
	defer guard(b.file, &err)
	kept, err := b.Rows(sheet)
	if err != nil {
		return malformed(b.file, err)
	}
	defer func() { _ = kept.Close() }() // read only
	shown, err := b.Rows(sheet)
	if err != nil {
		return malformed(b.file, err)
	}
	defer func() { _ = shown.Close() }() // read only
	for line := 1; kept.Next() && shown.Next(); line++ {
		values, err := kept.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return malformed(b.file, err)
		}
		texts, err := shown.Columns(excelize.Options{ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss"})
		if err != nil {
			return malformed(b.file, err)
		}
		if len(values) > b.lim.Fields {
			return raw.Fail(op, spatial.TooLarge, "fields.tooMany", b.file, "count", len(values), "limit", b.lim.Fields)
		}
		cells := make([]table.Cell, len(values))
		some := false
		for i, v := range values {
			text := v
			if i < len(texts) {
				text = texts[i]
			}
			cells[i].Value = b.value(v, text)
			some = some || !table.Empty(&cells[i])
		}
		if !some {
			continue
		}
		if more, err := f(line, cells); err != nil || !more {
			return err
		}
	}
	if err := kept.Error(); err != nil {
		return malformed(b.file, err)
	}
	return nil
}

// value is what a cell says: kept is as it is kept, shown as a reader sees it.
// Days and times are kept as numbers and told by how they are shown; so are
// numbers that stand with zeros before them.
func (b *book) value(kept, shown string) spatial.Value {
	if kept == "" {
		return spatial.Value{}
	}
	n, err := strconv.ParseFloat(kept, 64)
	if err != nil || n-n != 0 {
		return spatial.Text(kept)
	}
	switch {
	case kept == shown:
	case (kept == "1" || kept == "0") && (shown == "TRUE" || shown == "FALSE"):
		return spatial.Bool(shown == "TRUE")
	case len(shown) > 1 && shown[0] == '0' && strings.Trim(shown, "0123456789") == "":
		return spatial.Text(shown)
	case dated(shown):
		// Days from 1900 to 9999.
		if n < 1 || n >= 2958466 {
			break
		}
		if t, err := excelize.ExcelDateToTime(n, b.since); err == nil {
			if t = t.Round(time.Second); t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
				return spatial.Day(spatial.Date(t.Format(time.DateOnly)))
			}
			return spatial.Text(t.Format("2006-01-02 15:04:05"))
		}
	}
	// A text of digits looks like a number here: it is one where it is written as
	// that number would be, so that "024" and "12.10" stay as they are.
	switch exact := strconv.FormatFloat(n, 'f', -1, 64); {
	case kept != shown && strings.ContainsAny(kept, "eE"): // a text would be shown as it is
		return spatial.Float(n)
	case exact != kept:
		return spatial.Text(kept)
	case n == math.Trunc(n) && math.Abs(n) < 1<<53:
		return spatial.Int(int64(n))
	}
	return spatial.Float(n)
}

// dated reports whether a number is shown as a day or a time: digits about a
// stroke, a colon or two hyphens.
func dated(s string) bool {
	if _, err := strconv.ParseFloat(strings.TrimSuffix(strings.ReplaceAll(s, ",", ""), "%"), 64); err == nil {
		return false
	}
	digit := strings.ContainsAny(s, "0123456789")
	return digit && (strings.Count(s, "/") == 2 || strings.Contains(s, ":") || strings.Count(s, "-") >= 2)
}
