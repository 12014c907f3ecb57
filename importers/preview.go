package importers

import (
	"bufio"
	"io"
	"strconv"

	"github.com/paulmach/orb"
)

// Shown is how much of a delivery a preview holds.
type Shown struct {
	Rows int `json:"rows"` // with a shape
	Of   int `json:"of"`   // rows with a shape there are
}

// mostOfShape is how many points a preview keeps of one run of a shape.
const mostOfShape = 256

// WritePreview writes shapes of the sketch as a FeatureCollection in WGS 84 (RFC
// 7946): those of findings first, then others evenly over the delivery, as long as
// there are at most so many rows and points. A long run keeps every n-th point. Of each it says file
// and row, and of one with findings the severity of the worst.
func (s *Sketch) WritePreview(w io.Writer, findings []Finding, mostRows, mostPoints int) (Shown, error) {
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(`{"type":"FeatureCollection","features":[`) // Flush gives the error
	worst := map[place]Severity{}
	for _, f := range findings {
		k := place{f.File, f.Row}
		if old, ok := worst[k]; f.Row > 0 && (!ok || old == Note || f.Severity == Error) {
			worst[k] = f.Severity
		}
	}
	var out Shown
	if s != nil {
		out.Of = len(s.rows) + s.cut
		points := 0
		var buf []byte
		put := func(r *sketched) {
			if out.Rows == mostRows {
				return
			}
			g, n := thinned(s.shapeOf(r))
			if points+n > mostPoints {
				return
			}
			points += n
			buf = buf[:0]
			if out.Rows > 0 {
				buf = append(buf, ',')
			}
			out.Rows++
			buf = append(buf, "\n{\"type\":\"Feature\",\"geometry\":"...)
			buf = appendGeometry(buf, g)
			buf = append(buf, `,"properties":{"row":`...)
			buf = strconv.AppendInt(buf, int64(r.row), 10)
			for _, p := range []struct{ name, text string }{{"file", r.file}, {"severity", string(worst[r.place])}} {
				if p.text != "" {
					buf = append(append(append(buf, ',', '"'), p.name...), '"', ':')
					buf = appendJSON(buf, p.text)
				}
			}
			_, _ = b.Write(append(buf, "}}"...))
		}
		plain := 0
		for i := range s.rows {
			switch worst[s.rows[i].place] {
			case Error, Warning:
				put(&s.rows[i])
			default:
				plain++
			}
		}
		every, at := 1, 0
		if left := mostRows - out.Rows; left > 0 {
			every = (plain + left - 1) / left
		}
		for i := range s.rows {
			if sev := worst[s.rows[i].place]; sev == Error || sev == Warning {
				continue
			}
			if at++; (at-1)%max(1, every) == 0 {
				put(&s.rows[i])
			}
		}
	}
	_, _ = b.WriteString("\n]}\n")
	return out, b.Flush()
}

// thinned is a shape whose long runs keep every n-th point and their ends, and how
// many points it has.
func thinned(g orb.Geometry) (orb.Geometry, int) {
	n := 0
	run := func(l []orb.Point) []orb.Point {
		every := (len(l) + mostOfShape - 1) / mostOfShape
		if every > 1 {
			kept := make([]orb.Point, 0, mostOfShape+1)
			for i := 0; i < len(l)-1; i += every {
				kept = append(kept, l[i])
			}
			l = append(kept, l[len(l)-1])
		}
		n += len(l)
		return l
	}
	switch g := g.(type) {
	case orb.LineString:
		return orb.LineString(run(g)), n
	case orb.MultiLineString:
		out := make(orb.MultiLineString, len(g))
		for i, l := range g {
			out[i] = run(l)
		}
		return out, n
	case orb.Polygon:
		out := make(orb.Polygon, len(g))
		for i, l := range g {
			out[i] = run(l)
		}
		return out, n
	case orb.MultiPoint:
		return orb.MultiPoint(run(g)), n
	}
	return g, 1
}
