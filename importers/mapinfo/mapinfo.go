// Package mapinfo reads MapInfo interchange files: shapes from a .mif, attributes
// from the .mid beside it.
//
// It is not a reader of .tab tables (GDAL is). Curves, ellipses and texts are
// drawing, not ground: they come without a shape and say so.
//
// Invariant: a row of the .mif goes with the row of the .mid in the same place;
// where one of them ends before the other, or is out of step, the source is
// refused, since attributes would be another's.
package mapinfo

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read MapInfo"

// mostLine bounds one line of a .mif, in bytes.
const mostLine = 1 << 20

// sampleBytes of the .mid are looked at to read names of columns by.
const sampleBytes = 64 << 10

// Open reads the head of a .mif.
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "mapinfo.head" (line,
// what), "mapinfo.noMid" (the file has columns and there is no .mid), "fields.tooMany".
// The sequence gives those again, to end it, with "mapinfo.shape" (line, what),
// "mapinfo.step" (row: the .mid ends before the .mif, or the other way round),
// "row.tooLarge" and "rows.tooMany"; about rows: "mapinfo.cells" (row, cells, columns),
// "geometry.points", "geometry.rings", "geometry.nonFinite", "geometry.tooComplex".
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	name = path.Clean(name)
	t, err := openTable(fsys, name, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	t.close()
	info := raw.Info{Name: path.Base(name), Format: raw.MapInfo, CRS: t.crs, Encoding: t.encoding, Count: -1, Members: []string{path.Base(name)}}
	if t.crs != "" {
		info.CRSFrom = "coordsys"
	}
	if t.mid != nil {
		info.Members = append(info.Members, t.midName)
	}
	for _, c := range t.columns {
		info.Fields = append(info.Fields, c.Field)
	}
	seq := func(yield func(raw.Feature, error) bool) {
		t, err := openTable(fsys, name, lim)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer t.close()
		if err := t.rows(yield); err != nil {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

// column is one column of the .mid.
type column struct {
	raw.Field
	kind string // lower case: "char", "integer", …
}

// table is a pair of files being read.
type table struct {
	file     string
	midName  string
	lim      raw.Limits
	files    []fs.File
	mif      *lines
	mid      *csv.Reader
	midBytes *bounded
	midCells *raw.Cells

	crs        string
	encoding   string // as declared, for textenc.FromCPG
	delimiter  byte
	columns    []column
	mulX, mulY float64
	addX, addY float64
}

func (t *table) close() {
	for _, f := range t.files {
		_ = f.Close() // read only
	}
}

// bounded bounds the bytes of both files together, and of what is between two
// calls of next.
type bounded struct {
	r    io.Reader
	file string
	lim  raw.Limits
	left *int
	row  int
}

func (b *bounded) next() { b.row = b.lim.Row }

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), max(1, min(*b.left, b.row)))])
	*b.left -= n
	if b.row -= n; *b.left < 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "file.tooLarge", b.file, "limit", b.lim.Bytes)
	}
	if b.row < 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "row.tooLarge", b.file, "limit", b.lim.Row)
	}
	return n, err
}

func openTable(fsys fs.FS, name string, lim raw.Limits) (t *table, err error) {
	t = &table{file: path.Base(name), lim: lim, delimiter: '\t', mulX: 1, mulY: 1}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	left := lim.Bytes
	open := func(name string) (*bounded, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, raw.FileError(op, name, err)
		}
		t.files = append(t.files, f)
		b := &bounded{r: f, file: path.Base(name), lim: lim, left: &left}
		b.next()
		return b, nil
	}
	mif, err := open(name)
	if err != nil {
		return t, err
	}
	t.mif = &lines{r: bufio.NewReader(mif), bytes: mif, file: t.file}
	names, err := t.head()
	if err != nil {
		return t, err
	}
	var sample []byte
	if mid, ok := beside(fsys, name); ok {
		if t.midBytes, err = open(mid); err != nil {
			return t, err
		}
		t.midName = path.Base(mid)
		look := min(sampleBytes, lim.Row)
		b := bufio.NewReaderSize(t.midBytes, look)
		if sample, err = b.Peek(look); err != nil && err != io.EOF {
			return t, t.wrong(t.midName, err)
		}
		sample = bytes.Clone(sample) // Peek's bytes are the buffer's
		most := len(t.columns) + spareCells
		t.midCells = raw.NewCells(b, t.delimiter, most, func(n int) error {
			return raw.Fail(op, spatial.TooLarge, "fields.tooMany", t.midName, "count", n, "limit", most)
		})
		t.mid = csv.NewReader(t.midCells)
		t.mid.Comma, t.mid.LazyQuotes, t.mid.FieldsPerRecord, t.mid.ReuseRecord = rune(t.delimiter), true, -1, true
	} else if len(t.columns) > 0 {
		return t, raw.Fail(op, spatial.NotFound, "mapinfo.noMid", t.file)
	}
	read := textenc.Reader(t.encoding, append(names, sample))
	for i, n := range names {
		t.columns[i].Name = read(n)
		if textual(n) {
			t.columns[i].Raw = n
		}
	}
	return t, nil
}

// beside finds the .mid of a .mif, in whatever case.
func beside(fsys fs.FS, name string) (string, bool) {
	stem := strings.TrimSuffix(name, path.Ext(name))
	for _, ext := range []string{".mid", ".MID", ".Mid"} {
		if st, err := fs.Stat(fsys, stem+ext); err == nil && !st.IsDir() {
			return stem + ext, true
		}
	}
	all, err := fs.ReadDir(fsys, path.Dir(name))
	if err != nil {
		return "", false
	}
	for _, e := range all {
		if strings.EqualFold(e.Name(), path.Base(stem)+".mid") && !e.IsDir() {
			return path.Join(path.Dir(name), e.Name()), true
		}
	}
	return "", false
}

// textual reports whether bytes are beyond ASCII.
func textual(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return true
		}
	}
	return false
}

// wrong gives an error of reading its code.
func (t *table) wrong(file string, err error) error {
	var known *spatial.Error
	if errors.As(err, &known) {
		return known
	}
	return raw.FileError(op, file, err)
}

// lines are the lines of a .mif with their numbers.
type lines struct {
	r     *bufio.Reader
	bytes *bounded
	file  string
	n     int
	again bool
	last  string
}

// next is the next line that is not empty, trimmed; io.EOF at the end.
func (l *lines) next() (string, error) {
	if l.again {
		l.again = false
		return l.last, nil
	}
	for {
		var line []byte
		for {
			part, err := l.r.ReadSlice('\n')
			line = append(line, part...)
			if len(line) > mostLine {
				return "", raw.Fail(op, spatial.TooLarge, "row.tooLarge", l.file, "row", 0, "line", l.n+1, "limit", mostLine)
			}
			if err == bufio.ErrBufferFull {
				continue
			}
			if err != nil && (err != io.EOF || len(line) == 0) {
				return "", err
			}
			break
		}
		l.n++
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
		if l.last = strings.TrimSpace(string(line)); l.last != "" {
			return l.last, nil
		}
	}
}

// back gives the last line again.
func (l *lines) back() { l.again = true }

// cut parts a line into its first word, in lower case, and the rest.
func cut(line string) (word, rest string) {
	i := strings.IndexAny(line, " \t(,")
	if i < 0 {
		return strings.ToLower(line), ""
	}
	return strings.ToLower(line[:i]), strings.TrimSpace(line[i:])
}

// head reads up to the line "Data" and gives the columns' names undecoded.
func (t *table) head() (names [][]byte, err error) {
	bad := func(what string) error {
		return raw.Fail(op, spatial.Invalid, "mapinfo.head", t.file, "line", t.mif.n, "what", strings.ToValidUTF8(what[:min(len(what), 80)], "?"))
	}
	for first := true; ; first = false {
		line, err := t.mif.next()
		if err == io.EOF {
			return nil, bad("Data")
		}
		if err != nil {
			return nil, t.wrong(t.file, err)
		}
		word, rest := cut(line)
		if first && word != "version" {
			return nil, bad(line)
		}
		switch word {
		case "version", "unique", "index":
		case "charset":
			t.encoding = charset(strings.Trim(rest, `"`))
		case "delimiter":
			if rest = strings.TrimSuffix(strings.TrimPrefix(rest, `"`), `"`); rest == "" {
				rest = "\t" // trimmed away
			}
			if len(rest) != 1 || rest[0] >= 0x80 || rest == `"` {
				return nil, bad(line)
			}
			t.delimiter = rest[0]
		case "coordsys":
			t.crs = coordSys(rest)
		case "transform":
			v, ok := numbers(rest)
			if !ok || len(v) != 4 {
				return nil, bad(line)
			}
			t.mulX, t.mulY, t.addX, t.addY = v[0], v[1], v[2], v[3]
			if t.mulX == 0 {
				t.mulX = 1
			}
			if t.mulY == 0 {
				t.mulY = 1
			}
		case "columns":
			n, err := strconv.Atoi(rest)
			if err != nil || n < 0 {
				return nil, bad(line)
			}
			if n > t.lim.Fields {
				return nil, raw.Fail(op, spatial.TooLarge, "fields.tooMany", t.file, "count", n, "limit", t.lim.Fields)
			}
			for range n {
				line, err := t.mif.next()
				if err != nil {
					return nil, bad("Columns")
				}
				c, name, ok := columnOf(line)
				if !ok {
					return nil, bad(line)
				}
				t.columns, names = append(t.columns, c), append(names, name)
			}
		case "data":
			return names, nil
		default:
			return nil, bad(line)
		}
	}
}

// columnOf reads "name Char(20)".
func columnOf(line string) (c column, name []byte, ok bool) {
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return c, nil, false
	}
	word, rest := cut(strings.TrimSpace(line[i:]))
	c.kind = word
	if size, _, found := strings.Cut(strings.TrimPrefix(rest, "("), ")"); found {
		w, s, _ := strings.Cut(size, ",")
		c.Width, _ = strconv.Atoi(strings.TrimSpace(w)) // a width is no more than a hint
		c.Scale, _ = strconv.Atoi(strings.TrimSpace(s))
	}
	switch word {
	case "char", "time":
		c.Type = spatial.TypeText
	case "integer", "smallint", "largeint":
		c.Type = spatial.TypeInt
	case "float", "decimal":
		c.Type = spatial.TypeFloat
	case "date":
		c.Type = spatial.TypeDate
	case "datetime":
		c.Type = spatial.TypeTime
	case "logical":
		c.Type = spatial.TypeBool
	default:
		return c, nil, false
	}
	return c, []byte(line[:i]), true
}

// charset is a MapInfo charset as textenc.FromCPG reads it; "" where it says
// nothing.
func charset(name string) string {
	switch strings.ToLower(name) {
	case "neutral", "":
		return ""
	case "windowslatin1":
		return "1252"
	case "windowsvietnamese":
		return "1258"
	case "iso8859_1":
		return "88591"
	}
	return name
}

// numbers reads numbers between commas and white space.
func numbers(s string) ([]float64, bool) {
	var out []float64
	for f := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		v, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return nil, false
		}
		out = append(out, v)
	}
	return out, true
}
