// Package csv reads tables of text: comma, semicolon, tab or bar between cells,
// quoted as RFC 4180 says, in UTF-8, UTF-16 or an old Vietnamese encoding, also
// gzipped.
//
// It is not a guesser of values: every cell is text, which the layer's fields
// type. Where a row lies is importers/table's to find.
//
// Invariant: at most one row, and the sample at the beginning, is in memory.
// A cell that was kept from being a formula reads as what it was.
package csv

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/table"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read CSV"

// sampleBytes are looked at to tell encoding, separator, head and order.
const sampleBytes = 256 << 10

// mostCells bounds the cells of a row, empty ones too: as many as a sheet has columns.
const mostCells = 16_384

// dialect is how a file is written.
type dialect struct {
	comma   rune
	decoded bool // the text is UTF-8, or was made so
	hint    bool // the first line is "sep=;"
	head    int  // rows before the head
	layout  *table.Layout
}

// Open reads the beginning of a table.
//
// Errors: "file.unknown", "file.unreadable", "file.damaged", "table.empty",
// "table.noHead", "fields.tooMany". The sequence gives those again, to end it,
// with "file.tooLarge", "row.tooLarge" and "rows.tooMany"; about rows: "csv.quote"
// (line, column, why), "csv.cells" (line, cells, columns), "text.notUTF8" and those of
// table.Layout.Feature. Rows count from the first behind the head; rows without
// anything in them are passed over, and lines in args are the file's.
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	name = path.Clean(name)
	d, err := survey(fsys, name, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	info := raw.Info{Name: path.Base(name), Format: raw.CSV, CRS: d.layout.CRS, CRSFrom: d.layout.From, Fields: d.layout.Fields,
		Bare: !d.layout.Placed(), Count: -1, Members: []string{path.Base(name)}, Faults: d.layout.Faults}
	if d.decoded {
		info.Encoding = "utf-8"
	}
	seq := func(yield func(raw.Feature, error) bool) {
		s, err := open(fsys, name, lim)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer s.close()
		if err := d.rows(s, lim, yield); err != nil {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

// source is a file as bytes of text, bounded.
type source struct {
	*bufio.Reader
	file  string
	count *counted
	utf8  bool
	close func() error
}

// counted bounds the bytes of a source and of a row.
type counted struct {
	r         io.Reader
	file      string
	left, row int
	limits    raw.Limits
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left <= 0 {
		var one [1]byte
		if n, err := c.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, raw.Fail(op, spatial.TooLarge, "file.tooLarge", c.file, "limit", c.limits.Bytes)
	}
	if c.row <= 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "row.tooLarge", c.file, "limit", c.limits.Row)
	}
	n, err := c.r.Read(p[:min(len(p), c.left, c.row)])
	c.left -= n
	c.row -= n
	return n, err
}

// open opens a file, through gzip and from UTF-16 where its first bytes say so.
func open(fsys fs.FS, name string, lim raw.Limits) (*source, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, raw.FileError(op, name, err)
	}
	s := &source{file: path.Base(name), close: f.Close}
	fail := func(err error) (*source, error) {
		f.Close()
		return nil, err
	}
	b := bufio.NewReader(f)
	if head, _ := b.Peek(2); bytes.HasPrefix(head, []byte{0x1F, 0x8B}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			e := raw.Fail(op, spatial.Invalid, "file.damaged", s.file)
			e.Err = err
			return fail(e)
		}
		b = bufio.NewReader(z)
	}
	head, err := b.Peek(3)
	if err != nil && err != io.EOF {
		return fail(s.wrong(err))
	}
	var text io.Reader = b
	switch {
	case bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}):
		s.utf8 = true
		_, _ = b.Discard(3) // they were seen
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}), bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		s.utf8 = true
		text = transform.NewReader(b, unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder())
	}
	s.count = &counted{r: text, file: s.file, left: lim.Bytes, row: lim.Row, limits: lim}
	s.Reader = bufio.NewReader(s.count)
	return s, nil
}

// wrong gives an error of reading its code.
func (s *source) wrong(err error) error {
	var known *spatial.Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "flate") {
		e := raw.Fail(op, spatial.Invalid, "file.damaged", s.file)
		e.Err = err
		return e
	}
	return raw.FileError(op, s.file, err)
}

// survey tells how a file is written.
func survey(fsys fs.FS, name string, lim raw.Limits) (*dialect, error) {
	s, err := open(fsys, name, lim)
	if err != nil {
		return nil, err
	}
	defer s.close()
	s.count.row = max(lim.Row, sampleBytes+64<<10) // many rows at once, and what is buffered
	b, err := io.ReadAll(io.LimitReader(s, sampleBytes))
	if err != nil {
		return nil, s.wrong(err)
	}
	whole := len(b) < sampleBytes
	if !whole {
		if i := bytes.LastIndexByte(b, '\n'); i > 0 {
			b = b[:i+1]
		}
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, raw.Fail(op, spatial.Invalid, "table.empty", s.file)
	}
	// A file is UTF-8 only where all of it is: undecoded, the importer judges.
	d := &dialect{decoded: s.utf8}
	if rest, comma, ok := hinted(b); ok {
		b, d.comma, d.hint = rest, comma, true
	} else {
		d.comma = separator(b)
	}
	var rows [][]table.Cell
	for cells, err := range d.parse(b) {
		if err != nil {
			continue // said when its row is read
		}
		rows = append(rows, d.cells(cells))
		if len(rows) > table.Sample {
			break
		}
	}
	if d.head = table.Head(rows); d.head < 0 {
		return nil, raw.Fail(op, spatial.Invalid, "table.noHead", s.file)
	}
	d.layout, err = table.New(op, s.file, rows[d.head], rows[d.head+1:], lim)
	return d, err
}

// hinted reads the line "sep=;" that spreadsheets put first.
func hinted(b []byte) (rest []byte, comma rune, ok bool) {
	line, rest, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimRight(line, "\r")
	if len(line) == 5 && strings.EqualFold(string(line[:4]), "sep=") && slices.Contains([]byte(",;\t|"), line[4]) {
		return rest, rune(line[4]), true
	}
	return b, 0, false
}

// separator is the sign that divides the first rows most often into the same
// number of cells, more than one.
func separator(b []byte) rune {
	best, comma := 0.0, ','
	for _, c := range []rune{',', ';', '\t', '|'} {
		d := dialect{comma: c}
		widths, n := map[int]int{}, 0
		for cells, err := range d.parse(b) {
			if err == nil {
				widths[len(cells)]++
			}
			if n++; n == 50 {
				break
			}
		}
		for w, k := range widths {
			if score := float64(w-1) * float64(k) * float64(k) / float64(n*n); score > best {
				best, comma = score, c
			}
		}
	}
	return comma
}

func (d *dialect) reader(r io.Reader) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord, c.ReuseRecord = d.comma, -1, true
	return c
}

func (d *dialect) parse(b []byte) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		r := d.reader(bytes.NewReader(b))
		for {
			cells, err := r.Read()
			if err == io.EOF || !yield(cells, err) {
				return
			}
		}
	}
}

// cells makes cells of texts.
func (d *dialect) cells(texts []string) []table.Cell {
	out := make([]table.Cell, len(texts))
	for i, t := range texts {
		switch t = Plain(t); {
		case t == "":
		case d.decoded, ascii(t):
			out[i].Value = spatial.Text(t)
		default:
			out[i].Raw = []byte(t)
		}
	}
	return out
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] < ' ' && s[i] != '\n' && s[i] != '\r' && s[i] != '\t' {
			return false
		}
	}
	return true
}

// rows yields every row behind the head; the error ends the source.
func (d *dialect) rows(s *source, lim raw.Limits, yield func(raw.Feature, error) bool) error {
	if d.hint {
		if _, err := s.ReadSlice('\n'); err != nil && err != io.EOF {
			return s.wrong(err)
		}
	}
	// A sheet saved as text may have empty cells out to its last column.
	most := max(lim.Fields, mostCells)
	cells := raw.NewCells(s.Reader, byte(d.comma), most, func(n int) error {
		return raw.Fail(op, spatial.TooLarge, "fields.tooMany", s.file, "count", n, "limit", most)
	})
	r := d.reader(cells)
	row, before := 0, 0
	if d.hint {
		before = 1
	}
	for n := 0; ; n++ {
		s.count.row = lim.Row
		cells.Next()
		texts, err := r.Read()
		if err == io.EOF {
			return nil
		}
		var parse *csv.ParseError
		if err != nil && !errors.As(err, &parse) {
			return s.wrong(err)
		}
		if n <= d.head && err == nil {
			continue
		}
		if err == nil && !slices.ContainsFunc(texts, func(t string) bool { return strings.TrimSpace(t) != "" }) {
			continue
		}
		if row++; row > lim.Rows {
			return raw.Fail(op, spatial.TooLarge, "rows.tooMany", s.file, "count", row, "limit", lim.Rows)
		}
		f := raw.Feature{Row: row}
		if err != nil {
			err = raw.Fail(op, spatial.Invalid, "csv.quote", s.file, "row", row, "line", parse.StartLine+before, "column", parse.Column, "why", parse.Err.Error())
		} else {
			line, _ := r.FieldPos(0)
			f, err = d.feature(s, row, line+before, texts)
		}
		if !yield(f, err) {
			return nil
		}
	}
}

func (d *dialect) feature(s *source, row, line int, texts []string) (raw.Feature, error) {
	if d.decoded {
		for i, t := range texts {
			if !utf8.ValidString(t) {
				return raw.Feature{Row: row}, raw.Fail(op, spatial.Invalid, "text.notUTF8", s.file, "row", row, "line", line, "column", table.Column(i), "offset", 0)
			}
		}
	}
	width := d.layout.Width()
	for len(texts) > width && strings.TrimSpace(texts[len(texts)-1]) == "" {
		texts = texts[:len(texts)-1]
	}
	f, err := d.layout.Feature(row, line, d.cells(texts))
	if err == nil && len(texts) < width {
		err = raw.Fail(op, spatial.Invalid, "csv.cells", s.file, "row", row, "line", line, "cells", len(texts), "columns", width)
	}
	return f, err
}

// formulaSigns begin a cell that a spreadsheet takes for a formula.
const formulaSigns = "=+-@\t\r\n"

// Safe is a text as it is written into a cell, so that no spreadsheet takes it for
// a formula: with an apostrophe before it where it begins with one of = + - @, a tab,
// a return or a line end, or with an apostrophe that Plain would take for such a mark.
func Safe(s string) string {
	if s != "" && (strings.IndexByte(formulaSigns, s[0]) >= 0 || marked(s)) {
		return "'" + s
	}
	return s
}

// Plain is the text that Safe was given.
func Plain(s string) string {
	if marked(s) {
		return s[1:]
	}
	return s
}

func marked(s string) bool {
	return len(s) > 1 && s[0] == '\'' && (s[1] == '\'' || strings.IndexByte(formulaSigns, s[1]) >= 0)
}
