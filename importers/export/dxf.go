package export

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Sizes in a drawing.
const (
	labelHeight = 1.0 // of letters, m, as on a sheet of 1:500
	mostString  = 255 // of one string of extended data, bytes; the format's
	mostData    = 16 << 10
)

// dxfSink writes a drawing of AutoCAD 2000: a ring as a closed LWPOLYLINE, a line
// as an open one, a point as a POINT, on a CAD layer of the layer's name, and for
// what has a number, use or name a TEXT on NAME_LABEL. A record's fields stand
// with its first ring as extended data of LANGBIANG, "name=value"; a drawing has
// no other place for them. Letters beyond ASCII stand as \U+XXXX, which every
// program reads whatever its code page. The CRS is named in a comment alone.
type dxfSink struct {
	w      *bufio.Writer
	layer  string
	fields []spatial.Field
	handle int
	label  [4]int // positions of number, area, use, name; -1 = none
	err    error
}

func newDXF(w *bufio.Writer, j Job, fields []int) (*dxfSink, error) {
	s := &dxfSink{w: w, layer: symbol(j.Layer.Name), handle: 0x100}
	for _, i := range fields {
		s.fields = append(s.fields, j.Layer.Fields[i])
	}
	for i, name := range []string{"number", "area_registered", "use", "name"} {
		s.label[i] = -1
		for k, f := range s.fields {
			if f.Name == name {
				s.label[i] = k
			}
		}
	}
	unit := 6 // metres
	if j.CRS.SRID == spatial.WGS84 {
		unit = 0
	}
	s.put(999, fmt.Sprintf("CRS EPSG:%d", j.CRS.SRID))
	s.put(0, "SECTION", 2, "HEADER", 9, "$ACADVER", 1, "AC1015", 9, "$DWGCODEPAGE", 3, "ANSI_1252", 9, "$INSUNITS", 70, unit, 9, "$MEASUREMENT", 70, 1, 9, "$HANDSEED", 5, "FFFFFFF", 0, "ENDSEC")
	s.put(0, "SECTION", 2, "TABLES")
	s.table("VPORT", 0x08)
	s.table("LTYPE", 0x05, "ByBlock", "ByLayer", "Continuous")
	s.table("LAYER", 0x02, "0", s.layer, s.layer+"_LABEL")
	s.table("STYLE", 0x03, "Standard")
	s.table("VIEW", 0x06)
	s.table("UCS", 0x07)
	s.table("APPID", 0x09, "ACAD", "LANGBIANG")
	s.table("DIMSTYLE", 0x0A)
	s.table("BLOCK_RECORD", 0x01, "*Model_Space", "*Paper_Space")
	s.put(0, "ENDSEC", 0, "SECTION", 2, "BLOCKS")
	for i, name := range []string{"*Model_Space", "*Paper_Space"} {
		owner := hex(0x11 + i) // its record in the table, the ninth
		s.put(0, "BLOCK", 5, s.next(), 330, owner, 100, "AcDbEntity", 8, "0", 100, "AcDbBlockBegin", 2, name, 70, 0, 10, "0.0", 20, "0.0", 30, "0.0", 3, name, 1, "")
		s.put(0, "ENDBLK", 5, s.next(), 330, owner, 100, "AcDbEntity", 8, "0", 100, "AcDbBlockEnd")
	}
	s.put(0, "ENDSEC", 0, "SECTION", 2, "ENTITIES")
	return s, s.err
}

// symbol is a name as CAD layers may be called.
func symbol(name string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>/\":;?*|=,`+"`", r) || r < ' ' {
			return '_'
		}
		return r
	}, name)
}

func hex(n int) string { return strings.ToUpper(strconv.FormatInt(int64(n), 16)) }

func (s *dxfSink) next() string {
	s.handle++
	return hex(s.handle)
}

// put writes groups, a code and its value each.
func (s *dxfSink) put(groups ...any) {
	for i := 0; i+1 < len(groups) && s.err == nil; i += 2 {
		_, s.err = fmt.Fprintf(s.w, "%3d\n%v\n", groups[i], groups[i+1])
	}
}

// table writes a symbol table with its records.
func (s *dxfSink) table(name string, handle int, records ...string) {
	s.put(0, "TABLE", 2, name, 5, hex(handle), 330, 0, 100, "AcDbSymbolTable", 70, len(records))
	if name == "DIMSTYLE" {
		s.put(100, "AcDbDimStyleTable")
	}
	for i, r := range records {
		own := s.next
		if name == "BLOCK_RECORD" {
			own = func() string { return hex(0x11 + i) }
		}
		s.put(0, name, 5, own(), 330, hex(handle), 100, "AcDbSymbolTableRecord")
		switch name {
		case "LTYPE":
			s.put(100, "AcDbLinetypeTableRecord", 2, r, 70, 0, 3, "", 72, 65, 73, 0, 40, "0.0")
		case "LAYER":
			s.put(100, "AcDbLayerTableRecord", 2, escape(r), 70, 0, 62, 7, 6, "Continuous")
		case "STYLE":
			s.put(100, "AcDbTextStyleTableRecord", 2, r, 70, 0, 40, "0.0", 41, "1.0", 50, "0.0", 71, 0, 42, "1.0", 3, "arial.ttf", 4, "")
		case "APPID":
			s.put(100, "AcDbRegAppTableRecord", 2, r, 70, 0)
		case "BLOCK_RECORD":
			s.put(100, "AcDbBlockTableRecord", 2, r)
		}
	}
	s.put(0, "ENDTAB")
}

// escape writes what is not plain as \U+XXXX.
func escape(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r > 0xffff: // beyond what the escape can say
			b.WriteString(`\U+FFFD`)
		case r < ' ' || r > '~' || r == '\\' || r == '%' || r == '^':
			fmt.Fprintf(&b, `\U+%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (s *dxfSink) add(r *row) error {
	lines, closed, err := rings(r)
	if err != nil {
		return err
	}
	part, ring := -1, 0
	for i, l := range lines {
		kind, sub := "LWPOLYLINE", "AcDbPolyline"
		if len(l.points) == 1 {
			kind, sub = "POINT", "AcDbPoint"
		}
		s.put(0, kind, 5, s.next(), 330, "11", 100, "AcDbEntity", 8, escape(s.layer), 100, sub)
		switch {
		case kind == "POINT":
			s.put(10, number(l.points[0][0]), 20, number(l.points[0][1]), 30, "0.0")
		default:
			points := l.points
			if closed && len(points) > 1 && points[0] == points[len(points)-1] {
				points = points[:len(points)-1]
			}
			s.put(90, len(points), 70, map[bool]int{true: 1}[closed])
			for _, p := range points {
				s.put(10, number(p[0]), 20, number(p[1]))
			}
		}
		if ring++; !l.hole {
			part, ring = part+1, 0
		}
		s.put(1001, "LANGBIANG")
		if len(lines) > 1 {
			s.put(1000, fmt.Sprintf("lb:part=%d/%d/%d", r.id, part, ring))
		}
		if i == 0 {
			if err := s.data(r); err != nil {
				return err
			}
		}
	}
	s.text(r)
	return s.err
}

// data writes the fields as extended data of the entity before.
func (s *dxfSink) data(r *row) error {
	size := 0
	pair := func(name, value string) error {
		if value == "" {
			return nil
		}
		value = escape(value)
		for first := true; first || value != ""; first = false {
			n := min(len(value), mostString-len(name)-1)
			if cut := strings.LastIndex(value[:n], `\U`); n < len(value) && cut > n-7 && cut > 0 {
				n = cut // an escape stays whole
			}
			if size += n + len(name) + 4; size > mostData {
				return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.cell", Args: map[string]any{"id": r.id, "field": name, "length": size, "limit": mostData}}
			}
			s.put(1000, name+"="+value[:n])
			value = value[n:]
		}
		return nil
	}
	if err := pair("id", strconv.FormatUint(r.id, 10)); err != nil {
		return err
	}
	for i, v := range r.values {
		if err := pair(s.fields[i].Name, v.String()); err != nil {
			return err
		}
	}
	if err := pair("valid_from", string(r.valid.From)); err != nil {
		return err
	}
	return pair("valid_to", string(r.valid.To))
}

// text writes a label: number over area and the use under it, as on a sheet, else
// the name.
func (s *dxfSink) text(r *row) {
	if r.shape == nil {
		return
	}
	said := func(k int) string {
		if s.label[k] < 0 {
			return ""
		}
		return r.values[s.label[k]].String()
	}
	words := said(0)
	if a := said(1); a != "" && words != "" {
		words += "/" + a
	}
	words = strings.TrimSpace(said(2) + " " + words)
	if words == "" {
		words = said(3)
	}
	if words == "" {
		return
	}
	at, err := overlay.InteriorPoint(r.shape)
	if err != nil {
		at = r.shape.Bound().Center()
	}
	x, y := number(at[0]), number(at[1])
	// In the middle both ways, so that it stands within what it labels.
	s.put(0, "TEXT", 5, s.next(), 330, "11", 100, "AcDbEntity", 8, escape(s.layer+"_LABEL"), 100, "AcDbText",
		10, x, 20, y, 30, "0.0", 40, labelHeight, 1, escape(words), 72, 1, 11, x, 21, y, 31, "0.0", 100, "AcDbText", 73, 2)
}

func number(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.ContainsRune(s, '.') {
		s += ".0"
	}
	return s
}

func (s *dxfSink) close() error {
	s.put(0, "ENDSEC", 0, "SECTION", 2, "OBJECTS", 0, "DICTIONARY", 5, "C", 330, 0, 100, "AcDbDictionary", 281, 1, 3, "ACAD_GROUP", 350, "D", 0, "DICTIONARY", 5, "D", 330, "C", 100, "AcDbDictionary", 281, 1, 0, "ENDSEC", 0, "EOF")
	return s.err
}

// path is one run of points of a shape.
type path struct {
	points []orb.Point
	hole   bool
}

// rings takes a shape apart; closed where its paths are rings. A record without a
// shape has no place in a drawing: Invalid "export.shape".
func rings(r *row) (out []path, closed bool, err error) {
	var take func(g orb.Geometry) bool
	take = func(g orb.Geometry) bool {
		switch g := g.(type) {
		case orb.Point:
			out = append(out, path{points: []orb.Point{g}})
		case orb.MultiPoint:
			for _, p := range g {
				out = append(out, path{points: []orb.Point{p}})
			}
		case orb.LineString:
			out = append(out, path{points: g})
		case orb.MultiLineString:
			for _, l := range g {
				out = append(out, path{points: l})
			}
		case orb.Ring:
			return take(orb.Polygon{g})
		case orb.Polygon:
			closed = true
			for i, ring := range g {
				out = append(out, path{points: ring, hole: i > 0})
			}
		case orb.MultiPolygon:
			for _, p := range g {
				take(p)
			}
		default:
			return false
		}
		return true
	}
	if !take(r.shape) || len(out) == 0 {
		name := "null"
		if r.shape != nil {
			name = r.shape.GeoJSONType()
		}
		return nil, false, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "export.shape", Args: map[string]any{"id": r.id, "shape": name}}
	}
	return out, closed, nil
}
