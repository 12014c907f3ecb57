package dxf

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// where says of which entity something is told.
func where(e *entity) string {
	if e.handle != "" {
		return fmt.Sprintf("line %d, handle %s: ", e.line, e.handle)
	}
	return fmt.Sprintf("line %d: ", e.line)
}

// common are the attributes that every feature of an entity has.
func (s *sheet) common(e *entity, layer string) []raw.Attr {
	attrs := []raw.Attr{{Name: "layer", Value: textOf(layer)}, {Name: "entity", Value: spatial.Text(e.kind)}}
	if e.handle != "" {
		attrs = append(attrs, raw.Attr{Name: "handle", Value: spatial.Text(s.name(e.handle))})
	}
	return attrs
}

func textOf(s string) spatial.Value {
	if s == "" {
		return spatial.Value{}
	}
	return spatial.Text(s)
}

// add makes a feature of a point or line.
func (s *sheet) add(e *entity, layer string, g orb.Geometry, attrs []raw.Attr) {
	if p, ok := g.(orb.Point); ok && !finite([]orb.Point{p}) {
		s.pass[e.kind+" without a place"]++
		return
	}
	own := fields(e.data)
	if i := slices.IndexFunc(own, func(a raw.Attr) bool { return a.Name == partField }); i >= 0 {
		id, _, _ := strings.Cut(own[i].Value.Text(), "/")
		own = slices.Delete(own, i, i+1)
		if k, seen := s.parts[id]; seen && len(own) == 0 {
			s.out[k].Geometry = with(s.out[k].Geometry, g)
			return
		}
		s.parts[id] = len(s.out)
	}
	s.out = append(s.out, raw.Feature{Geometry: g, Attrs: s.once(slices.Concat(s.common(e, layer), own, attrs))})
}

// with is a shape of points or lines with one more.
func with(g, more orb.Geometry) orb.Geometry {
	switch more := more.(type) {
	case orb.Point:
		switch g := g.(type) {
		case orb.Point:
			return orb.MultiPoint{g, more}
		case orb.MultiPoint:
			return append(g, more)
		}
	case orb.LineString:
		switch g := g.(type) {
		case orb.LineString:
			return orb.MultiLineString{g, more}
		case orb.MultiLineString:
			return append(g, more)
		}
	}
	return g
}

// area makes a polygon of a closed border or a hatch.
func (s *sheet) area(e *entity, layer string, g orb.Geometry, attrs []raw.Attr) {
	s.areas = append(s.areas, area{shape: g, box: g.Bound(), size: overlay.Area(g), layer: layer, from: e.kind, hand: e.handle, attrs: append(fields(e.data), attrs...)})
}

// fields are what an export of ours kept with a shape: "name=value", a name again
// where the value went on.
func fields(data []string) (out []raw.Attr) {
	w := writer{d: &drawing{unicode: true}}
	last := ""
	end := func() {
		if w.flush(); last != "" {
			out = append(out, raw.Attr{Name: last, Value: spatial.Text(w.out.String())})
		}
		w.out.Reset()
	}
	for _, d := range data {
		name, value, ok := strings.Cut(d, "=")
		if !ok || name == "" {
			continue
		}
		if name != last {
			end()
			last = name
		}
		w.escaped(value, false)
	}
	end()
	return out
}

// once leaves the first of attributes of one name, as columns count them.
func (s *sheet) once(attrs []raw.Attr) []raw.Attr {
	seen := map[string]bool{}
	return slices.DeleteFunc(attrs, func(a raw.Attr) bool {
		k := lower(a.Name)
		again := seen[k] || a.Name == ""
		seen[k] = true
		return again
	})
}

// face settles what the polygons are: as drawn, or where borders are open, the
// faces between all of them.
func (s *sheet) face() error {
	s.areas = s.joined(s.areas)
	if !s.open || s.want != spatial.Polygons {
		s.again()
		return nil
	}
	n := &noder{most: min(mostPieces, s.lim.Points)}
	if !n.collect(s.borders) {
		return s.large("span", mostSpan/1_000_000)
	}
	pieces, ok := n.cut()
	if !ok {
		return s.large("crossings", n.most)
	}
	kept, loose, ok := trim(pieces)
	if !ok {
		return s.large("borders in a point", mostDegree)
	}
	if len(loose) > 0 {
		p := n.place(loose[0])
		s.notes = append(s.notes, raw.Fault{Code: "dxf.loose", Detail: fmt.Sprintf("%d, at %.3f, %.3f", len(loose), p[0], p[1])})
	}
	lines := make(orb.MultiLineString, len(kept))
	for i, p := range kept {
		lines[i] = orb.LineString{{float64(p[0].x), float64(p[0].y)}, {float64(p[1].x), float64(p[1].y)}}
	}
	// A closed border with fields of its own stays what it was; the others are
	// among the faces again.
	s.areas = slices.DeleteFunc(s.areas, func(a area) bool { return a.from != "HATCH" && len(a.attrs) == 0 })
	for _, f := range overlay.Faces(lines) {
		for _, r := range f {
			for i, p := range r {
				r[i] = n.place(node{int64(p[0]), int64(p[1])})
			}
		}
		s.areas = append(s.areas, area{shape: f, box: f.Bound(), size: overlay.Area(f), layer: s.border})
	}
	s.again()
	return nil
}

// again drops polygons that are there twice because one thing was drawn in two
// ways: a border and its hatch, a face and the closed border or hatch that it is.
// Two borders alike are left: they are a finding.
func (s *sheet) again() {
	first := map[[16]byte]int{}
	dropped := 0
	keep := s.areas[:0]
	for _, a := range s.areas {
		h := quality.Hash(a.shape)
		i, seen := first[h]
		if seen && a.manner() != keep[i].manner() && (keep[i].layer == a.layer || a.from == "" || keep[i].from == "") {
			dropped++
			if a.manner() < keep[i].manner() {
				keep[i] = a
			}
			continue
		}
		if !seen {
			first[h] = len(keep)
		}
		keep = append(keep, a)
	}
	s.areas = keep
	if dropped > 0 {
		s.pass["drawn twice, as border and hatch"] += dropped
	}
}

// manner is in which way a polygon was drawn, what says most first.
func (a *area) manner() int {
	switch a.from {
	case "HATCH":
		return 1
	case "":
		return 2
	}
	return 0
}

// partField is an export's own field that says which rings are one shape:
// "ID/PART/RING", ring 0 being the outline.
const partField = "lb:part"

// joined makes one shape again of the rings that an export took apart.
func (s *sheet) joined(in []area) []area {
	out := in[:0:0]
	at := map[string]int{}
	for _, a := range in {
		i := slices.IndexFunc(a.attrs, func(x raw.Attr) bool { return x.Name == partField })
		if i < 0 {
			out = append(out, a)
			continue
		}
		id, rest, _ := strings.Cut(a.attrs[i].Value.Text(), "/")
		_, ring, _ := strings.Cut(rest, "/")
		a.attrs = slices.Delete(a.attrs, i, i+1)
		k, seen := at[id]
		p, isPolygon := a.shape.(orb.Polygon)
		if !seen || !isPolygon || shaped(out[k].shape) == nil {
			at[id] = len(out)
			out = append(out, a)
			continue
		}
		if len(a.attrs) > len(out[k].attrs) {
			out[k].attrs = a.attrs
		}
		m := shaped(out[k].shape)
		if ring == "0" {
			m = append(m, p)
		} else {
			m[len(m)-1] = append(m[len(m)-1], p[0])
		}
		out[k].shape = m
		if len(m) == 1 {
			out[k].shape = m[0]
		}
		out[k].box, out[k].size = out[k].shape.Bound(), overlay.Area(out[k].shape)
	}
	return out
}

// shaped is polygons as a list; nil where they are none.
func shaped(g orb.Geometry) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}
	case orb.MultiPolygon:
		return g
	}
	return nil
}

// naming gives each label to the smallest polygon round it.
func (s *sheet) naming() {
	if len(s.labels) == 0 || len(s.areas) == 0 {
		return
	}
	tree := newStrips(s.areas)
	for i := range s.labels {
		l := &s.labels[i]
		k := tree.smallest(s.areas, l.at)
		if k < 0 {
			k = tree.smallest(s.areas, l.anchor)
		}
		if k >= 0 {
			s.areas[k].has = append(s.areas[k].has, i)
		}
	}
}

// feature is a polygon with what its labels tell.
func (s *sheet) feature(a *area) raw.Feature {
	attrs := []raw.Attr{{Name: "layer", Value: textOf(a.layer)}}
	if a.from != "" {
		attrs = append(attrs, raw.Attr{Name: "entity", Value: spatial.Text(a.from)})
	}
	if a.hand != "" {
		attrs = append(attrs, raw.Attr{Name: "handle", Value: spatial.Text(s.name(a.hand))})
	}
	attrs = append(attrs, a.attrs...)
	f := raw.Feature{Geometry: a.shape}
	var t told
	blocks := 0
	var ofBlock []raw.Attr
	for _, i := range a.has {
		l := &s.labels[i]
		if l.attrs != nil {
			blocks++
			ofBlock = l.attrs
			continue
		}
		t.read(l, math.Abs(a.size))
	}
	if blocks == 1 {
		attrs = append(attrs, ofBlock...)
	}
	words, several := t.attrs()
	attrs = append(attrs, words...)
	if blocks > 1 {
		several = append(several, fmt.Sprintf("%d blocks", blocks))
	}
	for _, what := range several {
		f.Faults = append(f.Faults, raw.Fault{Code: "label.several", Detail: what})
	}
	f.Attrs = s.once(attrs)
	if len(f.Attrs) > s.lim.Fields {
		f.Attrs = f.Attrs[:s.lim.Fields]
	}
	return f
}
