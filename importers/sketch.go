package importers

import (
	"math"

	"github.com/paulmach/orb"
)

// mostSketched bounds the points that a sketch keeps of rows without a finding.
const mostSketched = 4_000_000

// Sketch keeps the shapes of a delivery's rows, taken and refused, for a report
// that shows where its findings are. Shapes are in WGS 84 with seven decimals
// (1 cm). It is filled by Run, and empty is ready for use.
type Sketch struct {
	points []int32 // longitude and latitude in steps of 1e-7°
	runs   []run32
	rows   []sketched
	index  map[place]int32
	cut    int // rows left out, over the bound
}

// run32 is one run of points.
type run32 struct{ from, to int32 }

// sketched is one row.
type sketched struct {
	place
	shape    byte // 'p' points, 'l' lines, 'a' areas
	from, to int32
}

// place is a row of a file.
type place struct {
	file string
	row  int
}

// add takes in a row. A row with a finding is always kept.
func (s *Sketch) add(file string, row int, g orb.Geometry, found bool) {
	lines := paths(g)
	n := 0
	for _, l := range lines {
		n += len(l)
	}
	if n == 0 || !found && len(s.points)/2+n > mostSketched || len(s.points)/2+n > 4*mostSketched {
		if n > 0 {
			s.cut++
		}
		return
	}
	shape := byte('l')
	switch {
	case polygonal(g):
		shape = 'a'
	case g.Dimensions() == 0:
		shape = 'p'
	}
	from := int32(len(s.runs))
	for _, l := range lines {
		at := int32(len(s.points) / 2)
		for _, p := range l {
			if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= 90) {
				continue
			}
			s.points = append(s.points, int32(math.Round(p[0]*1e7)), int32(math.Round(p[1]*1e7)))
		}
		if to := int32(len(s.points) / 2); to > at {
			s.runs = append(s.runs, run32{at, to})
		}
	}
	if int32(len(s.runs)) == from {
		return
	}
	if s.index == nil {
		s.index = map[place]int32{}
	}
	k := place{file, row}
	if found {
		s.index[k] = int32(len(s.rows))
	}
	s.rows = append(s.rows, sketched{k, shape, from, int32(len(s.runs))})
}

// of is the row that a finding is about; false where the sketch does not have it.
// Rows of overlaps are known to have a finding only at the end: they are looked
// for, once.
func (s *Sketch) of(file string, row int) (*sketched, bool) {
	if s == nil || row == 0 {
		return nil, false
	}
	if i, ok := s.index[place{file, row}]; ok {
		return &s.rows[i], true
	}
	return nil, false
}

// find readies of for the rows of findings.
func (s *Sketch) find(fs []Finding) {
	if s == nil || s.index == nil {
		return
	}
	want := map[place]bool{}
	for _, f := range fs {
		want[place{f.File, f.Row}] = true
	}
	for i := range s.rows {
		if want[s.rows[i].place] {
			s.index[s.rows[i].place] = int32(i)
		}
	}
}

// lines are a row's runs.
func (s *Sketch) lines(r *sketched) [][]orb.Point {
	var out [][]orb.Point
	for _, run := range s.runs[r.from:r.to] {
		l := make([]orb.Point, 0, run.to-run.from)
		for i := run.from; i < run.to; i++ {
			l = append(l, orb.Point{float64(s.points[2*i]) / 1e7, float64(s.points[2*i+1]) / 1e7})
		}
		out = append(out, l)
	}
	return out
}

// first is a row's first point.
func (s *Sketch) first(r *sketched) orb.Point {
	i := s.runs[r.from].from
	return orb.Point{float64(s.points[2*i]) / 1e7, float64(s.points[2*i+1]) / 1e7}
}

// shapeOf is a row's geometry. Which ring is a hole of which part is not kept, so
// an area is its rings as lines.
func (s *Sketch) shapeOf(r *sketched) orb.Geometry {
	lines := s.lines(r)
	switch {
	case r.shape == 'p' && len(lines) == 1 && len(lines[0]) == 1:
		return lines[0][0]
	case r.shape == 'p':
		var m orb.MultiPoint
		for _, l := range lines {
			m = append(m, l...)
		}
		return m
	case r.shape == 'a' && len(lines) == 1:
		return orb.Polygon{lines[0]}
	case len(lines) == 1:
		return orb.LineString(lines[0])
	}
	var m orb.MultiLineString
	for _, l := range lines {
		m = append(m, l)
	}
	return m
}

// draw gives a row to the sketch, where one is asked for: as it is written, or a
// refused one as it came, as far as it has a place.
func (r *run) draw(p *prepared) {
	if r.req.Sketch == nil {
		return
	}
	g := p.feature.Display
	if g == nil && p.raw.Geometry != nil && p.src.crs.toWGS != nil {
		var lines orb.MultiLineString
		for _, l := range paths(p.raw.Geometry) {
			out := make(orb.LineString, 0, len(l))
			for _, q := range l {
				out = append(out, p.src.crs.toWGS(q))
			}
			lines = append(lines, out)
		}
		g = lines
		if polygonal(p.raw.Geometry) && len(lines) == 1 {
			g = orb.Polygon{orb.Ring(lines[0])}
		} else if p.raw.Geometry.Dimensions() == 0 && len(lines) == 1 && len(lines[0]) > 0 {
			g = lines[0][0]
		}
	}
	if g == nil {
		return
	}
	file := ""
	if len(r.sources) > 1 {
		file = p.src.name
	}
	r.req.Sketch.add(file, p.row, g, len(p.findings) > 0)
}
