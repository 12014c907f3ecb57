package dxf

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// mostNested bounds blocks within blocks.
const mostNested = 16

// place adds an entity as it lies under a frame. within are the blocks it is in;
// attrs those of the insert that brought it; layer is what "0" means there.
func (s *sheet) place(e *entity, f frame, within []string, layer string, attrs []raw.Attr) error {
	if e.kind == "SEQEND" || e.kind == "ATTDEF" || e.kind == "VERTEX" {
		return nil
	}
	on := e.layer
	if on == "0" && layer != "" {
		on = layer
	}
	name := s.name(on)
	switch {
	case e.paper:
		s.pass["paper space"]++
		return nil
	case e.tilted:
		s.pass["tilted "+known(e.kind)]++
		return nil
	}
	if e.turned && e.kind != "LINE" && e.kind != "POINT" && e.kind != "MTEXT" && e.kind != "ELLIPSE" { // these are in the drawing's own coordinates
		f = f.mirrored()
	}
	if err := s.count(len(e.points)); err != nil {
		return err
	}
	switch e.kind {
	case "INSERT":
		return s.insert(e, f, within, on, attrs)
	case "TEXT", "MTEXT", "ATTRIB":
		return s.text(e, f, name, attrs)
	}
	if !s.takes(name) {
		s.pass["on other layers"]++
		return nil
	}
	switch e.kind {
	case "POINT":
		if len(e.points) == 1 && s.holds(spatial.Points) {
			s.add(e, name, f.at(orb.Point{e.points[0].x, e.points[0].y}), attrs)
			return nil
		}
		s.pass[e.kind]++
	case "HATCH":
		return s.hatched(e, f, name, attrs)
	default:
		if !e.borders() || e.mesh {
			s.pass[known(e.kind)]++
			return nil
		}
		return s.course(e, f, name, attrs)
	}
	return nil
}

// known keeps the kinds that are told to those there are.
func known(kind string) string {
	switch kind {
	case "LINE", "LWPOLYLINE", "POLYLINE", "ARC", "CIRCLE", "ELLIPSE", "SPLINE", "SOLID", "TRACE", "3DFACE", "3DSOLID", "DIMENSION", "LEADER", "MLINE", "REGION", "WIPEOUT", "IMAGE", "XLINE", "RAY", "VIEWPORT", "HATCH", "INSERT", "TEXT", "MTEXT", "POINT", "SHAPE", "MULTILEADER", "ACAD_TABLE", "OLE2FRAME":
		return kind
	}
	return "others"
}

func (s *sheet) holds(shape spatial.Shape) bool { return s.want == shape || s.want == spatial.AnyShape }

// course adds a line, or a border.
func (s *sheet) course(e *entity, f frame, name string, attrs []raw.Attr) error {
	points := e.course(s.lim.Points - s.points)
	if err := s.count(len(points)); err != nil {
		return err
	}
	for i := range points {
		points[i] = f.at(points[i])
	}
	if len(points) < 2 || !finite(points) {
		s.pass[e.kind+" without a course"]++
		return nil
	}
	closed := len(points) > 3 && near(points[0], points[len(points)-1]) && (e.closed || e.kind == "CIRCLE" || e.kind == "ELLIPSE" || points[0] == points[len(points)-1])
	if closed {
		points[len(points)-1] = points[0]
	}
	switch {
	case s.want == spatial.Lines, s.want == spatial.AnyShape && !closed:
		s.add(e, name, orb.LineString(points), attrs)
	case s.want == spatial.Points:
		s.pass[e.kind]++
	default:
		if closed {
			s.area(e, name, orb.Polygon{points}, attrs)
		} else {
			s.open = true
		}
		if len(s.borders) == 0 {
			s.border = name
		} else if s.border != name {
			s.border = ""
		}
		s.borders = append(s.borders, points)
	}
	return nil
}

func finite(points []orb.Point) bool {
	for _, p := range points {
		if v := p[0] + p[1]; v-v != 0 {
			return false
		}
	}
	return true
}

// hatched adds a hatch: its paths, those within others as holes.
func (s *sheet) hatched(e *entity, f frame, name string, attrs []raw.Attr) error {
	if !s.holds(spatial.Polygons) {
		s.pass[e.kind]++
		return nil
	}
	var rings []orb.Ring
	for _, b := range e.paths {
		if err := s.count(len(b.edges)); err != nil {
			return err
		}
		if b.broken || len(b.edges) < 4 {
			s.pass["HATCH with a path that cannot be read"]++
			return nil
		}
		ring := make(orb.Ring, len(b.edges))
		for i, p := range b.edges {
			ring[i] = f.at(p)
		}
		if !finite(ring) {
			s.pass["HATCH with a path that cannot be read"]++
			return nil
		}
		rings = append(rings, ring)
		if len(rings) > s.lim.Rings {
			return s.large("rings", s.lim.Rings)
		}
	}
	if g := raw.Nest(rings); g != nil {
		s.area(e, name, g, attrs)
	} else {
		s.pass["HATCH without a path"]++
	}
	return nil
}

// insert adds what a block holds, at each place of the insert, or the place
// itself where points are wanted.
func (s *sheet) insert(e *entity, f frame, within []string, layer string, outer []raw.Attr) error {
	attrs := outer
	for _, a := range e.attribs {
		if v, ok := s.value(a); ok && len(attrs) < s.lim.Fields {
			attrs = append(attrs[:len(attrs):len(attrs)], raw.Attr{Name: s.name(a.tag), Value: v.Value, Raw: v.Raw})
		}
	}
	name := s.name(layer)
	if len(e.points) != 1 {
		s.pass[e.kind+" without a place"]++
		return nil
	}
	at := f.at(orb.Point{e.points[0].x, e.points[0].y})
	if s.holds(spatial.Points) && s.takes(name) && len(within) == 0 {
		s.add(e, name, at, append([]raw.Attr{{Name: "block", Value: spatial.Text(s.name(e.block))}}, attrs...))
	}
	if len(e.attribs) > 0 && s.holds(spatial.Polygons) {
		if err := s.count(1); err != nil {
			return err
		}
		s.labels = append(s.labels, label{at: at, anchor: at, attrs: attrs[len(outer):]})
	}
	b, ok := s.blocks[lower(e.block)]
	if !ok {
		s.pass["INSERT of a block that is not there"]++
		return nil
	}
	for _, w := range within {
		if w == lower(e.block) {
			s.note("dxf.cycle", e, s.name(e.block))
			return nil
		}
	}
	if len(within) >= mostNested {
		s.note("dxf.nested", e, s.name(e.block))
		return nil
	}
	inside := append(within[:len(within):len(within)], lower(e.block))
	for row := range e.rows {
		for col := range e.cols {
			if err := s.count(1); err != nil {
				return err
			}
			g := f.of(e.inserted(b, col, row))
			for _, m := range b.entities {
				if err := s.place(m, g, inside, layer, attrs); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// mostNotes bounds what is said of single entities.
const mostNotes = 100

func (s *sheet) note(code string, e *entity, what string) {
	if len(s.notes) < mostNotes {
		s.notes = append(s.notes, raw.Fault{Code: code, Detail: where(e) + what})
	}
}
