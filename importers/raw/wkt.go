package raw

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// wktReader reads one well-known text.
type wktReader struct {
	s      string
	i      int
	lim    Limits
	dims   int // ordinates of a position, as the first one had; 0 = none seen
	points int
	rings  int
	higher bool
	empty  bool // a part had no points
	open   bool // a ring had to be closed
}

// WKT reads a well-known text geometry in any case of letters, with or without Z
// and M, which are dropped with a fault. A leading "SRID=5899;" is told as srid;
// 0 = there is none. A geometry without points is nil with the fault
// "geometry.empty"; a ring left open is closed, with "geometry.ringUnclosed".
//
// Errors: "wkt.malformed" (offset, why), "geometry.type", "geometry.nonFinite",
// "geometry.hollow"; TooLarge "geometry.points", "geometry.rings", "geometry.depth".
func WKT(s string, lim Limits) (g orb.Geometry, srid int, fs []Fault, err error) {
	w := &wktReader{s: s, lim: lim.OrDefault()}
	w.space()
	if rest := w.s[w.i:]; len(rest) > 5 && strings.EqualFold(rest[:5], "SRID=") {
		code, text, ok := strings.Cut(rest[5:], ";")
		n, bad := strconv.ParseUint(strings.TrimSpace(code), 10, 31)
		if !ok || bad != nil {
			return nil, 0, nil, w.bad("SRID")
		}
		srid, w.i = int(n), len(s)-len(text)
	}
	if g, err = w.geometry(0); err != nil {
		return nil, 0, nil, err
	}
	if w.space(); w.i != len(w.s) {
		return nil, 0, nil, w.bad("text after the geometry")
	}
	if w.higher {
		fs = append(fs, Fault{Code: "geometry.dimensionDropped"})
	}
	switch {
	case g == nil:
		fs = append(fs, Fault{Code: "geometry.empty"})
	case w.empty:
		fs = append(fs, Fault{Code: "geometry.emptyPart"})
	}
	if w.open {
		fs = append(fs, Fault{Code: "geometry.ringUnclosed"})
	}
	return g, srid, fs, nil
}

const wktOp = "read WKT"

func (w *wktReader) bad(why string) error {
	return Fail(wktOp, spatial.Invalid, "wkt.malformed", "", "offset", w.i, "why", why)
}

func (w *wktReader) tooLarge(code string, count, limit int) error {
	return Fail(wktOp, spatial.TooLarge, code, "", "count", count, "limit", limit)
}

func (w *wktReader) space() {
	for w.i < len(w.s) && (w.s[w.i] == ' ' || w.s[w.i] == '\n' || w.s[w.i] == '\t' || w.s[w.i] == '\r') {
		w.i++
	}
}

// at reports whether c stands here, and passes over it.
func (w *wktReader) at(c byte) bool {
	if w.space(); w.i < len(w.s) && w.s[w.i] == c {
		w.i++
		return true
	}
	return false
}

// word reads letters, in capitals; "" where none stand here.
func (w *wktReader) word() string {
	w.space()
	from := w.i
	for w.i < len(w.s) && (w.s[w.i]|0x20) >= 'a' && (w.s[w.i]|0x20) <= 'z' {
		w.i++
	}
	if w.i-from > 32 {
		return "?"
	}
	return strings.ToUpper(w.s[from:w.i])
}

// hollow passes over Z, M, ZM and EMPTY, and reports whether EMPTY stood there.
func (w *wktReader) hollow() (bool, error) {
	for {
		from := w.i
		switch w.word() {
		case "":
			return false, nil
		case "Z", "M", "ZM":
			w.higher = true
		case "EMPTY":
			w.empty = true
			return true, nil
		default:
			w.i = from
			return false, w.bad("a word that has no place here")
		}
	}
}

// list reads "(one, one, …)".
func (w *wktReader) list(one func() error) error {
	if !w.at('(') {
		return w.bad("( is missing")
	}
	for {
		if err := one(); err != nil {
			return err
		}
		if w.at(')') {
			return nil
		}
		if !w.at(',') {
			return w.bad(", or ) is missing")
		}
	}
}

func (w *wktReader) number() (float64, error) {
	w.space()
	from := w.i
	for w.i < len(w.s) && strings.IndexByte("+-.eE0123456789nNaAiIfF", w.s[w.i]) >= 0 {
		w.i++
	}
	if w.i == from || w.i-from > 400 {
		return 0, w.bad("a number is missing")
	}
	f, err := strconv.ParseFloat(w.s[from:w.i], 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, w.bad("a number is missing")
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, Fail(wktOp, spatial.Invalid, "geometry.nonFinite", "", "what", w.s[from:min(w.i, from+40)])
	}
	return f, nil
}

// position reads two to four numbers.
func (w *wktReader) position() (p orb.Point, err error) {
	if w.points++; w.points > w.lim.Points {
		return p, w.tooLarge("geometry.points", w.points, w.lim.Points)
	}
	n := 0
	for ; ; n++ {
		w.space()
		if n >= 2 && (w.i >= len(w.s) || w.s[w.i] == ',' || w.s[w.i] == ')') {
			break
		}
		f, err := w.number()
		if err != nil {
			return p, err
		}
		if n < 2 {
			p[n] = f
		}
	}
	if w.dims == 0 {
		w.dims = n
	}
	if n > 4 || n != w.dims {
		return p, w.bad("positions of different lengths")
	}
	w.higher = w.higher || n > 2
	return p, nil
}

// line reads a run of positions; nil where it is empty.
func (w *wktReader) line() ([]orb.Point, error) {
	if none, err := w.hollow(); none || err != nil {
		return nil, err
	}
	var ps []orb.Point
	err := w.list(func() error {
		p, err := w.position()
		ps = append(ps, p)
		return err
	})
	return ps, err
}

func (w *wktReader) part() error {
	if w.rings++; w.rings > w.lim.Rings {
		return w.tooLarge("geometry.rings", w.rings, w.lim.Rings)
	}
	return nil
}

// polygon reads rings and closes them; nil where it is empty.
func (w *wktReader) polygon() (orb.Polygon, error) {
	if none, err := w.hollow(); none || err != nil {
		return nil, err
	}
	var g orb.Polygon
	first := true
	err := w.list(func() error {
		if err := w.part(); err != nil {
			return err
		}
		ps, err := w.line()
		switch {
		case err != nil:
			return err
		case ps == nil:
			first = false
			return nil
		case g == nil && !first:
			return Fail(wktOp, spatial.Invalid, "geometry.hollow", "", "offset", w.i)
		}
		if ps[0] != ps[len(ps)-1] {
			ps, w.open = append(ps, ps[0]), true
		}
		g, first = append(g, ps), false
		return nil
	})
	return g, err
}

// geometry reads a type's word and what follows; nil where it is empty.
func (w *wktReader) geometry(depth int) (orb.Geometry, error) {
	if depth > w.lim.Depth {
		return nil, w.tooLarge("geometry.depth", depth, w.lim.Depth)
	}
	kind := w.word()
	if kind == "" {
		return nil, w.bad("no geometry")
	}
	bare := kind
	for _, end := range []string{"ZM", "Z", "M"} { // POINTZ, as some write it
		if cut, ok := strings.CutSuffix(kind, end); ok && kind != "GEOM" {
			bare, w.higher = cut, true
			break
		}
	}
	switch bare {
	case "POINT":
		none, err := w.hollow()
		if none || err != nil {
			return nil, err
		}
		var p orb.Point
		n := 0
		err = w.list(func() (err error) {
			if n++; n > 1 {
				return w.bad("a point of several positions")
			}
			p, err = w.position()
			return err
		})
		return p, err
	case "LINESTRING", "LINEARRING":
		ps, err := w.line()
		if err != nil || ps == nil {
			return nil, err
		}
		return orb.LineString(ps), nil
	case "POLYGON":
		p, err := w.polygon()
		if err != nil || p == nil {
			return nil, err
		}
		return p, nil
	case "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION":
		return w.members(bare, depth)
	}
	return nil, Fail(wktOp, spatial.Invalid, "geometry.type", "", "what", kind)
}

// members reads a multi-geometry or a collection; empty members are left out.
func (w *wktReader) members(kind string, depth int) (orb.Geometry, error) {
	if none, err := w.hollow(); none || err != nil {
		return nil, err
	}
	var points orb.MultiPoint
	var lines orb.MultiLineString
	var polygons orb.MultiPolygon
	var all orb.Collection
	err := w.list(func() error {
		switch kind {
		case "MULTIPOINT":
			w.space()
			if w.i < len(w.s) && w.s[w.i] != '(' && (w.s[w.i]|0x20) != 'e' {
				p, err := w.position()
				points = append(points, p)
				return err
			}
			ps, err := w.line()
			if len(ps) > 1 {
				return w.bad("a point of several positions")
			}
			points = append(points, ps...)
			return err
		case "MULTILINESTRING":
			ps, err := w.line()
			if ps != nil {
				lines = append(lines, ps)
			}
			if err == nil {
				err = w.part()
			}
			return err
		case "MULTIPOLYGON":
			p, err := w.polygon()
			if p != nil {
				polygons = append(polygons, p)
			}
			return err
		}
		if err := w.part(); err != nil {
			return err
		}
		g, err := w.geometry(depth + 1)
		if g != nil {
			all = append(all, g)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case points != nil:
		return points, nil
	case lines != nil:
		return lines, nil
	case polygons != nil:
		return polygons, nil
	case all != nil:
		return all, nil
	}
	w.empty = true
	return nil, nil
}
