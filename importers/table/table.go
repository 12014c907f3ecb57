// Package table makes features of the rows of a table: which row names the
// columns, which columns say where a row lies, and in what order a pair of plane
// coordinates stands.
//
// It is not a reader of a format: cells come from importers/csv and importers/xlsx.
// It chooses no coordinate system. It tells northing from easting, which in
// Vietnam cannot be taken for one another, and says that it did.
//
// Invariant: a column that says a place is never also an attribute; a column
// without a name is never read, since nobody knows what or whom it is about.
package table

import (
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/fold"
	"github.com/langbiang/langbiang/spatial/spot"
)

// Cell is one cell: Value, or Raw where its text is not decoded; with neither it
// is empty. Name is not used.
type Cell = raw.Attr

// LonLatColumns is Info.CRSFrom where columns are called longitude and latitude:
// that they are WGS 84 is what nearly everybody means, not a statement.
const LonLatColumns = "lonlat-columns"

// Sample is how many rows behind the head a reader should show to New.
const Sample = 256

// headWithin is how many rows are looked at for the head: above it there may be
// titles.
const headWithin = 20

// how a row says where it lies.
type how uint8

const (
	nowhere how = iota
	byWKT
	byLonLat
	byMetres // easting, northing
)

// Layout is what was made of a table's head and first rows. It is not changed
// once made.
type Layout struct {
	Fields []raw.Field // the attributes, in order
	Faults []raw.Fault // what was noticed
	CRS    string      // as raw.Info has it
	From   string      // as raw.Info has it
	at     []int       // for each field its column
	place  how         //
	x, y   int         // columns: of longitude and latitude, of easting and northing; x alone of WKT
	names  map[int]string
	srid   int // of the WKT's own SRID=…; 0 = none
	op     string
	file   string
	width  int
	lim    raw.Limits
	others []int // columns of a place that another one outdoes
}

// Placed reports whether rows say where they lie.
func (l *Layout) Placed() bool { return l.place != nowhere }

// Head is the position of the row that names the columns: the first of those
// given that has no number in it and at least half as many filled cells as the
// fullest of them. -1 where there is none.
func Head(rows [][]Cell) int {
	rows = rows[:min(len(rows), headWithin)]
	most := 0
	for _, r := range rows {
		most = max(most, filled(r))
	}
	for i, r := range rows {
		if n := filled(r); n == 0 || 2*n < most || slices.ContainsFunc(r, numeric) {
			continue
		}
		return i
	}
	return -1
}

func filled(r []Cell) (n int) {
	for i := range r {
		if !Empty(&r[i]) {
			n++
		}
	}
	return n
}

// Empty reports whether a cell has nothing in it.
func Empty(c *Cell) bool {
	if c.Raw != nil {
		return strings.TrimSpace(string(c.Raw)) == ""
	}
	return c.Value.IsNull() || c.Value.Type() == spatial.TypeText && strings.TrimSpace(c.Value.Text()) == ""
}

func numeric(c Cell) bool {
	if c.Raw == nil && c.Value.Type() != spatial.TypeText {
		return !c.Value.IsNull()
	}
	_, ok := number(text(&c))
	return ok
}

// text is a cell's text; undecoded bytes stand for themselves.
func text(c *Cell) string {
	if c.Raw != nil && utf8.Valid(c.Raw) {
		return strings.TrimSpace(string(c.Raw))
	}
	if c.Raw != nil {
		return strings.TrimSpace(latin1(c.Raw))
	}
	return strings.TrimSpace(c.Value.String())
}

// New makes the layout of a table from its head and the rows behind it. op and
// file are for errors: "fields.tooMany" (limit), "table.noHead".
func New(op, file string, head []Cell, rows [][]Cell, lim raw.Limits) (*Layout, error) {
	l := &Layout{names: map[int]string{}, op: op, file: file, width: len(head), lim: lim.OrDefault()}
	for l.width > 0 && Empty(&head[l.width-1]) {
		l.width--
	}
	switch {
	case l.width == 0:
		return nil, raw.Fail(op, spatial.Invalid, "table.noHead", file)
	case l.width > l.lim.Fields:
		return nil, raw.Fail(op, spatial.TooLarge, "fields.tooMany", file, "count", l.width, "limit", l.lim.Fields)
	}
	l.name(head, rows)
	l.find()
	l.order(rows)
	taken := l.others
	switch l.place {
	case byWKT:
		taken = append(taken, l.x)
	case byLonLat, byMetres:
		taken = append(taken, l.x, l.y)
	}
	for i := range l.width {
		n, ok := l.names[i]
		if !ok || slices.Contains(taken, i) {
			continue
		}
		f := raw.Field{Name: n, Type: spatial.TypeText}
		if head[i].Raw != nil {
			f.Raw = head[i].Raw
		}
		l.Fields = append(l.Fields, f)
		l.at = append(l.at, i)
	}
	return l, nil
}

// name gives the columns their names. Names that are not UTF-8 are read by what
// encoding the table seems to be in, so that a person's column is known as one.
func (l *Layout) name(head []Cell, rows [][]Cell) {
	var samples [][]byte
	for _, r := range append([][]Cell{head}, rows...) {
		for i := range r {
			if r[i].Raw != nil {
				samples = append(samples, r[i].Raw)
			}
		}
	}
	decode := textenc.Reader("", samples)
	seen := map[string]bool{}
	for i := range l.width {
		n := ""
		if head[i].Raw != nil {
			n = decode(head[i].Raw)
		} else {
			n = head[i].Value.String()
		}
		n = strings.Join(strings.Fields(n), " ")
		if n == "" {
			if slices.ContainsFunc(rows, func(r []Cell) bool { return i < len(r) && !Empty(&r[i]) }) {
				l.Faults = append(l.Faults, raw.Fault{Code: "table.columnUnnamed", Detail: Column(i)})
			}
			continue
		}
		base := n
		for k := 2; seen[n]; k++ {
			n = base + " (" + strconv.Itoa(k) + ")"
		}
		if n != base {
			l.Faults = append(l.Faults, raw.Fault{Code: "table.columnTwice", Detail: base + ": " + n})
		}
		seen[n] = true
		l.names[i] = n
	}
}

func latin1(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}

// Column is a column's name in a spreadsheet: A for 0.
func Column(i int) string {
	s := ""
	for i++; i > 0; i = (i - 1) / 26 {
		s = string(rune('A'+(i-1)%26)) + s
	}
	return s
}

// Names that columns of places have, folded to letters and digits.
var (
	wktNames   = []string{"wkt", "geom", "geometry", "thegeom", "wktgeom", "geomwkt", "wktgeometry", "shapewkt", "wktshape", "hinhwkt"}
	lonNames   = []string{"lon", "lng", "long", "longitude", "kinhdo"}
	latNames   = []string{"lat", "latitude", "vido"}
	eastNames  = []string{"e", "east", "easting", "toadodong", "xeast"}
	northNames = []string{"n", "north", "northing", "toadobac", "ynorth"}
	xNames     = []string{"x", "xm", "toadox", "toadoxm", "xvn2000", "vn2000x", "xcoord", "coordx", "pointx"}
	yNames     = []string{"y", "ym", "toadoy", "toadoym", "yvn2000", "vn2000y", "ycoord", "coordy", "pointy"}
)

// find looks for the columns that say a place.
func (l *Layout) find() {
	of := func(names []string) int {
		for _, want := range names {
			for i := range l.width {
				if n, ok := l.names[i]; ok && strings.ReplaceAll(fold.Words(n, ""), " ", "") == want {
					return i
				}
			}
		}
		return -1
	}
	pair := func(a, b []string, h how) {
		x, y := of(a), of(b)
		switch {
		case x < 0 || y < 0:
		case l.place == nowhere:
			l.place, l.x, l.y = h, x, y
		case l.place == byWKT && h == byLonLat:
			l.others = append(l.others, x, y)
		}
	}
	if i := of(wktNames); i >= 0 {
		l.place, l.x, l.y = byWKT, i, -1
	}
	pair(lonNames, latNames, byLonLat)
	pair(eastNames, northNames, byMetres)
	pair(xNames, yNames, byMetres)
	if l.place == byLonLat {
		l.CRS, l.From = "OGC:CRS84", LonLatColumns
	}
}

// order settles what the first rows say: that x is the northing, as in
// Vietnamese tables; that WKT names its system, or agrees with degrees beside it.
func (l *Layout) order(rows [][]Cell) {
	switch l.place {
	case byMetres:
		var xs, ys []float64
		for _, r := range rows {
			if p, ok, err := l.pair(r); ok && err == nil {
				xs, ys = append(xs, p[0]), append(ys, p[1])
			}
		}
		if len(xs) == 0 {
			return
		}
		slices.Sort(xs)
		slices.Sort(ys)
		x, y := xs[len(xs)/2], ys[len(ys)/2]
		metres := crs.NorthingFirst(orb.Point{x, y})
		degrees := x >= 6 && x <= 24.5 && y >= 101 && y <= 118
		if metres || degrees {
			l.x, l.y = l.y, l.x
			l.Faults = append(l.Faults, raw.Fault{Code: "table.northingFirst",
				Detail: l.names[l.y] + " ≈ " + strconv.FormatFloat(x, 'f', -1, 64) + ", " + l.names[l.x] + " ≈ " + strconv.FormatFloat(y, 'f', -1, 64)})
		}
	case byWKT:
		l.wktSystem(rows)
	}
}

// wktSystem looks at the first rows' WKT for their system.
func (l *Layout) wktSystem(rows [][]Cell) {
	agree, differ := 0, 0
	for _, r := range rows {
		if l.x >= len(r) || Empty(&r[l.x]) {
			continue
		}
		g, srid, _, err := l.shape(text(&r[l.x]))
		if err != nil || g == nil {
			continue
		}
		if srid != 0 && l.srid == 0 {
			l.srid = srid
			l.CRS, l.From = "EPSG:"+strconv.Itoa(srid), "wkt"
		}
		if len(l.others) == 2 {
			p, ok, err := l.degrees(r, l.others[0], l.others[1])
			switch b := g.Bound().Pad(1e-6); {
			case err != nil || !ok:
			case b.Contains(p):
				agree++
			default:
				differ++
			}
		}
	}
	if l.srid == 0 && agree > 0 && differ == 0 {
		l.CRS, l.From = "OGC:CRS84", LonLatColumns
	}
}

// shape reads WKT, or WKB in hexadecimal as PostGIS writes it.
func (l *Layout) shape(s string) (g orb.Geometry, srid int, faults []raw.Fault, err error) {
	if len(s) > 9 && s[0] == '0' && (s[1] == '0' || s[1] == '1') {
		if b, bad := hex.DecodeString(s); bad == nil {
			g, faults, err = raw.WKB(b, l.lim)
			return g, 0, faults, err
		}
	}
	return raw.WKT(s, l.lim)
}

// Feature makes a feature of a row. row is its position behind the head, line
// where it stands in the file, both from 1. An error is about the row: "table.wide"
// (column), "table.coordinate" (column, value, line), "crs.mixed" and those of
// raw.WKT and raw.WKB; the feature then has its attributes.
func (l *Layout) Feature(row, line int, cells []Cell) (raw.Feature, error) {
	f := raw.Feature{Row: row, Attrs: make([]raw.Attr, len(l.at))}
	for i, at := range l.at {
		f.Attrs[i].Name = l.Fields[i].Name
		if at < len(cells) && !Empty(&cells[at]) {
			f.Attrs[i].Value, f.Attrs[i].Raw = cells[at].Value, cells[at].Raw
		}
	}
	for i := l.width; i < len(cells); i++ {
		if !Empty(&cells[i]) {
			return f, raw.Fail(l.op, spatial.Invalid, "table.wide", l.file, "row", row, "line", line, "column", Column(i), "columns", l.width)
		}
	}
	var err error
	switch l.place {
	case byWKT:
		if l.x >= len(cells) || Empty(&cells[l.x]) {
			return f, nil
		}
		var srid int
		if f.Geometry, srid, f.Faults, err = l.shape(text(&cells[l.x])); err == nil && srid != l.srid {
			err = raw.Fail(l.op, spatial.Invalid, "crs.mixed", l.file, "line", line, "first", l.CRS, "crs", "EPSG:"+strconv.Itoa(srid))
		}
	case byLonLat, byMetres:
		var p orb.Point
		var ok bool
		if p, ok, err = l.pair(cells); ok && err == nil {
			f.Geometry = p
		}
	}
	if e := (*spatial.Error)(nil); errors.As(err, &e) {
		e.Op, e.Subject = l.op, l.file
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args["row"], e.Args["line"] = row, line
		f.Geometry = nil
	}
	return f, err
}

// pair is the point that a row's two columns say; ok is false where they are empty.
func (l *Layout) pair(r []Cell) (p orb.Point, ok bool, err error) {
	if l.place == byLonLat {
		return l.degrees(r, l.x, l.y)
	}
	var v [2]string
	for k, i := range [2]int{l.x, l.y} {
		if i < len(r) {
			v[k] = text(&r[i])
		}
	}
	if v[0] == "" && v[1] == "" {
		return p, false, nil
	}
	for k, i := range [2]int{l.x, l.y} {
		if p[k], ok = number(v[k]); !ok {
			return p, false, l.bad(i, v[k])
		}
	}
	return p, true, nil
}

// degrees is pair for degrees in any form that people write.
func (l *Layout) degrees(r []Cell, lon, lat int) (p orb.Point, ok bool, err error) {
	var v [2]string
	for k, i := range [2]int{lon, lat} {
		if i < len(r) {
			v[k] = text(&r[i])
		}
	}
	if v[0] == "" && v[1] == "" {
		return p, false, nil
	}
	x, okX := number(v[0])
	y, okY := number(v[1])
	if okX && okY {
		return orb.Point{x, y}, true, nil
	}
	if s, found := spot.Pair(v[1], v[0], spatial.Place{}); found && s.Degrees() && v[0] != "" && v[1] != "" {
		return s.At, true, nil
	}
	if okX {
		return p, false, l.bad(lat, v[1])
	}
	return p, false, l.bad(lon, v[0])
}

func (l *Layout) bad(column int, value string) error {
	if r := []rune(value); len(r) > 40 {
		value = string(r[:40]) + "…"
	}
	return raw.Fail(l.op, spatial.Invalid, "table.coordinate", l.file, "column", l.names[column], "value", strings.ToValidUTF8(value, "?"))
}

// number reads a number with a decimal point or comma, and with points between
// thousands where a comma stands behind them: "1.320.566,86".
func number(s string) (float64, bool) {
	v, err := spatial.ParseValue(spatial.TypeFloat, s)
	if err != nil {
		whole, rest, ok := strings.Cut(s, ",")
		groups := strings.Split(whole, ".")
		if !ok || len(groups) < 2 || slices.ContainsFunc(groups[1:], func(g string) bool { return len(g) != 3 }) || len(groups[0]) > 4 {
			return 0, false
		}
		if v, err = spatial.ParseValue(spatial.TypeFloat, strings.Join(groups, "")+"."+rest); err != nil {
			return 0, false
		}
	}
	return v.Number()
}

// Width is how many columns the head has.
func (l *Layout) Width() int { return l.width }
