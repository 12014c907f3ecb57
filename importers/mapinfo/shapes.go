package mapinfo

import (
	"encoding/csv"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/rings"
	"github.com/langbiang/langbiang/spatial"
)

// rows yields every row of the two files; the error ends the source.
func (t *table) rows(yield func(raw.Feature, error) bool) error {
	for row := 1; ; row++ {
		t.mif.bytes.next()
		s := &shape{table: t}
		g, err := s.object()
		ended := err == io.EOF
		if err != nil && !ended {
			return t.wrong(t.file, err)
		}
		cells, n, lost, err := t.cells(row)
		switch {
		case err != nil:
			return err
		case ended && lost, ended && t.mid == nil:
			return nil
		case t.mid != nil && ended != lost:
			return raw.Fail(op, spatial.Invalid, "mapinfo.step", t.file, "row", row, "line", t.mif.n)
		case row > t.lim.Rows:
			return raw.Fail(op, spatial.TooLarge, "rows.tooMany", t.file, "count", row, "limit", t.lim.Rows)
		}
		f := raw.Feature{Row: row, Attrs: cells}
		var rowErr error
		if s.err != nil {
			s.err.Args["row"] = row
			rowErr = s.err
		} else {
			f.Geometry, f.Faults = g, s.faults
		}
		if t.mid != nil && n != len(t.columns) && rowErr == nil {
			rowErr = raw.Fail(op, spatial.Invalid, "mapinfo.cells", t.midName, "row", row, "cells", n, "columns", len(t.columns))
		}
		if !yield(f, rowErr) {
			return nil
		}
	}
}

// spareCells is how many more cells than columns a row of the .mid may have before
// the source is refused and not the row.
const spareCells = 1024

// cells reads a row of the .mid of n cells, which are given where they are as many
// as the columns; lost is true at its end.
func (t *table) cells(row int) (out []raw.Attr, n int, lost bool, err error) {
	if t.mid == nil {
		return nil, 0, false, nil
	}
	t.midBytes.next()
	t.midCells.Next()
	texts, err := t.mid.Read()
	var parse *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, 0, true, nil
	case errors.As(err, &parse):
		return nil, 0, false, raw.Fail(op, spatial.Invalid, "mapinfo.step", t.midName, "row", row, "line", parse.Line)
	case err != nil:
		return nil, 0, false, t.wrong(t.midName, err)
	}
	// A row may end with one more delimiter.
	if k := len(t.columns); len(texts) == k+1 && texts[k] == "" {
		texts = texts[:k]
	}
	if len(texts) != len(t.columns) {
		return nil, len(texts), false, nil
	}
	out = make([]raw.Attr, len(texts))
	for i, s := range texts {
		out[i] = t.columns[i].attr(s)
	}
	return out, len(out), false, nil
}

// attr is a cell as a value; text of no settled encoding is left undecoded.
func (c *column) attr(s string) raw.Attr {
	a := raw.Attr{Name: c.Name}
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		return a
	}
	if c.Type != spatial.TypeText {
		text := trimmed
		if c.kind == "datetime" && len(text) >= 14 {
			if d, err := time.Parse("20060102150405", text[:14]); err == nil {
				a.Value = spatial.Time(d)
				return a
			}
		}
		if v, err := spatial.ParseValue(c.Type, text); err == nil {
			a.Value = v
			return a
		}
	}
	// A line end inside a text stands as \n.
	a.Raw = []byte(strings.ReplaceAll(trimmed, `\n`, "\n"))
	return a
}

// shape is one object of a .mif being read.
type shape struct {
	*table
	words  []string // of the current line, not yet taken
	err    *spatial.Error
	faults []raw.Fault
	points int
	parts  int
}

// bad notes what is wrong with a row's shape; the row is read on.
func (s *shape) bad(kind spatial.Kind, code string, pairs ...any) {
	if s.err == nil {
		s.err = raw.Fail(op, kind, code, s.file, append(pairs, "line", s.mif.n)...)
	}
}

// broken ends the source: where the next object begins is not known any more.
func (s *shape) broken(what string) error {
	return raw.Fail(op, spatial.Invalid, "mapinfo.shape", s.file, "line", s.mif.n, "what", strings.ToValidUTF8(what[:min(len(what), 80)], "?"))
}

// object reads the next object and what stands about its look; io.EOF at the end.
func (s *shape) object() (orb.Geometry, error) {
	line, err := s.mif.next()
	if err != nil {
		return nil, err
	}
	word, rest := cut(line)
	g, err := s.kind(word, rest, 0)
	if err == io.EOF {
		err = s.broken("the file ends too early")
	}
	if err != nil {
		return nil, err
	}
	if len(s.words) > 0 {
		return nil, s.broken(s.words[0])
	}
	if err := s.looks(); err != nil {
		return nil, err
	}
	return g, nil
}

// looks passes over the lines that say how an object looks.
func (s *shape) looks() error {
	for {
		line, err := s.mif.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch word, _ := cut(line); word {
		case "pen", "brush", "symbol", "smooth", "center", "font", "spacing", "justify", "angle", "label":
		default:
			s.mif.back()
			return nil
		}
	}
}

func (s *shape) kind(word, rest string, depth int) (orb.Geometry, error) {
	s.words = words(rest)
	switch word {
	case "none":
		return nil, nil
	case "point":
		ps, err := s.positions(1)
		if err != nil || len(ps) == 0 {
			return nil, err
		}
		return ps[0], nil
	case "multipoint":
		n, err := s.count()
		if err != nil {
			return nil, err
		}
		ps, err := s.positions(n)
		return orb.MultiPoint(ps), err
	case "line":
		ps, err := s.positions(2)
		return orb.LineString(ps), err
	case "pline":
		return s.pline()
	case "region":
		return s.region()
	case "rect", "roundrect":
		ps, err := s.positions(2)
		if err != nil || len(ps) < 2 {
			return nil, err
		}
		if word == "roundrect" {
			if _, err := s.number(); err != nil {
				return nil, err
			}
			s.faults = append(s.faults, raw.Fault{Code: "mapinfo.corners"})
		}
		return orb.MultiPoint(ps).Bound().ToPolygon(), nil
	case "ellipse", "arc", "text":
		if err := s.drawing(word, rest); err != nil {
			return nil, err
		}
		s.faults = append(s.faults, raw.Fault{Code: "mapinfo.unread", Detail: word})
		return nil, nil
	case "collection":
		if depth == 0 {
			return s.collection()
		}
	}
	return nil, s.broken(word)
}

// drawing passes over an object that is no ground.
func (s *shape) drawing(word, rest string) error {
	n := map[string]int{"ellipse": 4, "arc": 6, "text": 4}[word]
	if word == "text" && rest == "" {
		if _, err := s.mif.next(); err != nil { // the text itself
			return err
		}
	}
	if word == "text" {
		s.words = nil
	}
	for range n {
		if _, err := s.number(); err != nil {
			return err
		}
	}
	return nil
}

func words(line string) []string {
	return strings.FieldsFunc(line, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// word takes the next word, of a later line where this one has no more.
func (s *shape) word() (string, error) {
	for len(s.words) == 0 {
		line, err := s.mif.next()
		if err != nil {
			return "", err
		}
		s.words = words(line)
	}
	w := s.words[0]
	s.words = s.words[1:]
	return w, nil
}

func (s *shape) number() (float64, error) {
	w, err := s.word()
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(w, 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, s.broken(w)
	}
	return f, nil
}

func (s *shape) count() (int, error) {
	w, err := s.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < 0 {
		return 0, s.broken(w)
	}
	return n, nil
}

// positions reads n positions. Where they are too many they are read and dropped.
func (s *shape) positions(n int) ([]orb.Point, error) {
	ps := make([]orb.Point, 0, min(n, 1024)+1) // room to close a ring
	for range n {
		var p orb.Point
		for k := range p {
			f, err := s.number()
			if err != nil {
				return nil, err
			}
			p[k] = f
		}
		p = orb.Point{p[0]*s.mulX + s.addX, p[1]*s.mulY + s.addY}
		switch s.points++; {
		case s.points > s.lim.Points:
			s.bad(spatial.TooLarge, "geometry.points", "count", s.points, "limit", s.lim.Points)
			ps = ps[:0]
		case p[0]-p[0] != 0 || p[1]-p[1] != 0:
			s.bad(spatial.Invalid, "geometry.nonFinite", "what", strconv.FormatFloat(p[0], 'g', -1, 64)+" "+strconv.FormatFloat(p[1], 'g', -1, 64))
		default:
			ps = append(ps, p)
		}
	}
	return ps, nil
}

// part counts one part of a shape.
func (s *shape) part() {
	if s.parts++; s.parts > s.lim.Rings {
		s.bad(spatial.TooLarge, "geometry.rings", "count", s.parts, "limit", s.lim.Rings)
	}
}

// pline reads "Pline 3" and "Pline Multiple 2", whose parts have counts of their own.
func (s *shape) pline() (orb.Geometry, error) {
	w, err := s.word()
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(w, "multiple") {
		s.words = append([]string{w}, s.words...)
		n, err := s.count()
		if err != nil {
			return nil, err
		}
		ps, err := s.positions(n)
		return orb.LineString(ps), err
	}
	parts, err := s.sections(false)
	if err != nil {
		return nil, err
	}
	m := make(orb.MultiLineString, len(parts))
	for i, p := range parts {
		m[i] = p
	}
	return m, nil
}

// sections reads a count and that many runs of positions, empty ones left out.
func (s *shape) sections(close bool) ([][]orb.Point, error) {
	n, err := s.count()
	if err != nil {
		return nil, err
	}
	var out [][]orb.Point
	empty, open := false, false
	for range n {
		s.part()
		k, err := s.count()
		if err != nil {
			return nil, err
		}
		ps, err := s.positions(k)
		if err != nil {
			return nil, err
		}
		if len(ps) == 0 {
			empty = true
			continue
		}
		if close && ps[0] != ps[len(ps)-1] {
			ps, open = append(ps, ps[0]), true
		}
		if s.err == nil {
			out = append(out, ps)
		}
	}
	if empty {
		s.faults = append(s.faults, raw.Fault{Code: "geometry.emptyPart"})
	}
	if open {
		s.faults = append(s.faults, raw.Fault{Code: "geometry.ringUnclosed"})
	}
	return out, nil
}

// region reads rings, which stand side by side: holes are told by where they lie.
func (s *shape) region() (orb.Geometry, error) {
	parts, err := s.sections(true)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	all := make([]orb.Ring, len(parts))
	for i, p := range parts {
		all[i] = p
	}
	if len(all) == 1 {
		return orb.Polygon(all), nil
	}
	g, _, err := rings.Assemble(all, rings.Work)
	if err != nil {
		s.bad(spatial.TooLarge, "geometry.tooComplex", "rings", len(all), "points", s.points)
		return nil, nil
	}
	return g, nil
}

// collection reads at most one region, one polyline and one multipoint.
func (s *shape) collection() (orb.Geometry, error) {
	n, err := s.count()
	if err != nil {
		return nil, err
	}
	if n > 3 {
		return nil, s.broken("Collection")
	}
	var out orb.Collection
	for range n {
		if len(s.words) > 0 {
			return nil, s.broken(s.words[0])
		}
		line, err := s.mif.next()
		if err != nil {
			return nil, err
		}
		word, rest := cut(line)
		if !slices.Contains([]string{"region", "pline", "multipoint"}, word) {
			return nil, s.broken(line)
		}
		g, err := s.kind(word, rest, 1)
		if err != nil {
			return nil, err
		}
		if g != nil {
			out = append(out, g)
		}
		if len(s.words) > 0 {
			return nil, s.broken(s.words[0])
		}
		if err := s.looks(); err != nil {
			return nil, err
		}
	}
	switch len(out) {
	case 0:
		return nil, nil
	case 1:
		return out[0], nil
	}
	return out, nil
}
