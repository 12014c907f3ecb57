package shapefile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// column is one field of a .dbf.
type column struct {
	name   string
	raw    []byte
	kind   byte // 'C', 'N', …
	width  int
	scale  int
	offset int // in the record
}

// table is the head of a .dbf.
type table struct {
	count   int // rows, as declared
	head    int // bytes before the first row
	length  int // bytes of a row
	ldid    byte
	columns []column
	faults  []raw.Fault
}

// spatialType is the type that a column's values mostly have.
func (c *column) spatialType() spatial.Type {
	switch c.kind {
	case 'C', 'M':
		return spatial.TypeText
	case 'L':
		return spatial.TypeBool
	case 'D':
		return spatial.TypeDate
	case '@', 'T':
		return spatial.TypeTime
	case 'I', '+':
		return spatial.TypeInt
	case 'N':
		if c.scale == 0 && c.width < 19 {
			return spatial.TypeInt
		}
		return spatial.TypeFloat
	case 'F', 'O', 'B', 'Y':
		return spatial.TypeFloat
	}
	return spatial.TypeText
}

// binaryWidth is the width that a binary kind must have; 0 = a text kind.
func binaryWidth(kind byte) int {
	switch kind {
	case 'I', '+':
		return 4
	case 'O', 'B', 'Y', '@', 'T':
		return 8
	}
	return 0
}

// readTable reads the head of a .dbf and leaves r at the first row.
func readTable(r *bufio.Reader, file string, lim raw.Limits) (table, error) {
	var t table
	bad := func(why string) (table, error) {
		return table{}, raw.Fail(op, spatial.Invalid, "dbf.malformed", file, "why", why)
	}
	var h [32]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return table{}, ended(file, 0, 0, err)
	}
	count := binary.LittleEndian.Uint32(h[4:])
	t.head, t.length, t.ldid = int(binary.LittleEndian.Uint16(h[8:])), int(binary.LittleEndian.Uint16(h[10:])), h[29]
	switch {
	case h[0]&7 == 4:
		return bad("dBASE 7")
	case h[0]&7 != 3 && h[0]&7 != 0 && h[0]&7 != 5 && h[0]&7 != 2 && h[0]&7 != 1:
		return bad(fmt.Sprintf("version 0x%02x", h[0]))
	case t.head < 33 || t.length < 1:
		return bad("lengths")
	case int64(count) > int64(lim.Rows):
		return table{}, raw.Fail(op, spatial.TooLarge, "rows.tooMany", file, "count", count, "limit", lim.Rows)
	}
	t.count = int(count)
	rest := make([]byte, t.head-len(h)) // at most 64 kB
	if _, err := io.ReadFull(r, rest); err != nil {
		return table{}, ended(file, 0, int64(len(h)), err)
	}
	var cols []column
	for len(rest) >= 32 && rest[0] != 0x0D {
		d := rest[:32]
		rest = rest[32:]
		name, _, _ := bytes.Cut(d[:11], []byte{0})
		name = bytes.TrimRight(name, " ")
		cols = append(cols, column{raw: bytes.Clone(name), kind: d[11], width: int(d[16]), scale: int(d[17])})
		if len(cols) > lim.Fields {
			return table{}, raw.Fail(op, spatial.TooLarge, "fields.tooMany", file, "limit", lim.Fields)
		}
	}
	return t, t.layOut(cols, file)
}

// layOut places the columns in the row, and judges widths that cannot be.
func (t *table) layOut(cols []column, file string) error {
	sum, wide := 1, 1
	for i := range cols {
		c := &cols[i]
		sum += c.width
		wide += c.width
		if c.kind == 'C' {
			wide += 256 * c.scale // long text: the high byte of the width stands where decimals would
		}
	}
	long := sum != t.length && wide == t.length
	at := 1
	for i := range cols {
		c := &cols[i]
		if c.kind == 'C' {
			if long {
				c.width += 256 * c.scale
			}
			c.scale = 0
		}
		c.offset = at
		at += c.width
		if c.offset+c.width > t.length {
			return raw.Fail(op, spatial.Invalid, "dbf.malformed", file, "why", fmt.Sprintf("field %d ends at %d of %d", i+1, c.offset+c.width, t.length))
		}
		if c.kind == '0' {
			continue // null flags of FoxPro
		}
		c.name = readable(string(c.raw))
		if c.name == "" {
			c.name = fmt.Sprintf("field_%d", i+1)
		}
		if isASCII(c.raw) {
			c.raw = nil
		}
		if w := binaryWidth(c.kind); w > 0 && w != c.width || !bytes.ContainsRune([]byte("CNFLDMIO+B@TY"), rune(c.kind)) {
			t.faults = append(t.faults, raw.Fault{Code: "field.unsupported", Detail: fmt.Sprintf("%s (%q, %d)", c.name, rune(c.kind), c.width)})
			c.kind = '?'
		}
		t.columns = append(t.columns, *c)
	}
	return nil
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// fields describes the columns to those outside.
func (t *table) fields() []raw.Field {
	fs := make([]raw.Field, len(t.columns))
	for i := range t.columns {
		c := &t.columns[i]
		fs[i] = raw.Field{Name: c.name, Raw: c.raw, Type: c.spatialType(), Width: c.width, Scale: c.scale}
	}
	return fs
}

// dbfReader walks the rows of a .dbf.
type dbfReader struct {
	file string
	r    *bufio.Reader
	t    table
	row  int
}

// next is the next row as bytes of the caller's own and whether it is marked as
// deleted; io.EOF after the last, whether by the count or by the end mark.
func (d *dbfReader) next() (b []byte, deleted bool, err error) {
	if d.row >= d.t.count {
		return nil, false, io.EOF
	}
	at := int64(d.t.head) + int64(d.row)*int64(d.t.length)
	flag, err := d.r.Peek(1)
	if err == nil && flag[0] == 0x1A {
		return nil, false, io.EOF
	}
	if err == io.EOF {
		return nil, false, io.EOF
	}
	b = make([]byte, d.t.length)
	if _, err := io.ReadFull(d.r, b); err != nil {
		return nil, false, ended(d.file, d.row+1, at, err)
	}
	d.row++
	return b, b[0] == '*', nil
}
