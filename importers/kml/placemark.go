package kml

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// placemarks yields every placemark, whatever it lies in.
func (s *source) placemarks(yield func(raw.Feature, error) bool) error {
	var open []string    // elements that are open, the root left out
	var folders []string // names of the folders among them; "" where not told yet
	for {
		t, err := s.token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.StartElement:
			switch name := t.Name.Local; name {
			case "Placemark":
				s.bytes.next()
				if s.row++; s.row > s.lim.Rows {
					return raw.Fail(op, spatial.TooLarge, "rows.tooMany", s.file, "count", s.row, "limit", s.lim.Rows)
				}
				f, rowErr, err := s.placemark(s.row, t, strings.Trim(strings.Join(folders, "/"), "/"))
				if err != nil {
					return err
				}
				if !yield(f, rowErr) {
					return errStopped
				}
				s.bytes.next()
			case "name":
				text, err := s.text()
				if err != nil {
					return err
				}
				if n := len(open); n > 0 && open[n-1] == "Folder" {
					folders[len(folders)-1] = strings.ReplaceAll(text, "/", "∕")
				}
			case "Style", "StyleMap", "Schema", "GroundOverlay", "ScreenOverlay", "PhotoOverlay", "NetworkLink", "Tour":
				if err := s.skip(); err != nil {
					return err
				}
			default:
				open = append(open, name)
				if name == "Folder" {
					folders = append(folders, "")
				}
				s.bytes.next()
			}
		case xml.EndElement:
			if n := len(open); n > 0 {
				if t.Name.Local == "Folder" {
					folders = folders[:len(folders)-1]
				}
				open = open[:n-1]
			}
		}
	}
}

// skip passes over the rest of the element that was just begun.
func (s *source) skip() error {
	for depth := 1; depth > 0; {
		t, err := s.must()
		if err != nil {
			return err
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
	}
	return nil
}

// text is all text of the element that was just begun.
func (s *source) text() (string, error) {
	var b strings.Builder
	for depth := 1; depth > 0; {
		t, err := s.must()
		if err != nil {
			return "", err
		}
		switch t := t.(type) {
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			b.Write(t)
		}
	}
	return strings.TrimSpace(b.String()), nil
}

// placemark reads one placemark. rowErr is about it alone.
func (s *source) placemark(row int, start xml.StartElement, folder string) (f raw.Feature, rowErr, err error) {
	f.Row = row
	for _, a := range start.Attr {
		if a.Name.Local == "id" {
			f.ID = a.Value
		}
	}
	put := func(name, text string) error {
		if name == "" || text == "" {
			return nil
		}
		if len(f.Attrs) >= s.lim.Fields {
			return raw.Fail(op, spatial.TooLarge, "fields.tooMany", s.file, "row", row, "limit", s.lim.Fields)
		}
		f.Attrs = append(f.Attrs, raw.Attr{Name: name, Value: spatial.Text(text)})
		return nil
	}
	if err := put("folder", folder); err != nil {
		return f, nil, err
	}
	g := &shape{source: s}
	for {
		t, err := s.must()
		if err != nil {
			return f, nil, err
		}
		var e xml.StartElement
		switch t := t.(type) {
		case xml.EndElement:
			if g.err == nil {
				f.Geometry, f.Faults = g.all, g.faults()
			}
			if g.err != nil {
				g.err.Args["row"] = row
				return f, g.err, nil
			}
			return f, nil, nil
		case xml.StartElement:
			e = t
		default:
			continue
		}
		switch e.Name.Local {
		case "name", "description", "address", "phoneNumber":
			var text string
			if text, err = s.text(); err == nil {
				err = put(e.Name.Local, text)
			}
		case "ExtendedData":
			err = s.extended(put)
		default:
			var one orb.Geometry
			one, err = g.read(e, 0)
			g.all = joined(g.all, one)
		}
		if err != nil {
			return f, nil, err
		}
	}
}

// extended reads <Data name><value> and <SimpleData name>.
func (s *source) extended(put func(name, text string) error) error {
	data := ""
	for depth := 1; depth > 0; {
		t, err := s.must()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			name := ""
			for _, a := range t.Attr {
				if a.Name.Local == "name" {
					name = strings.TrimSpace(a.Value)
				}
			}
			switch t.Name.Local {
			case "Data":
				data = name
				depth++
			case "SchemaData":
				depth++
			case "value", "SimpleData":
				if t.Name.Local == "value" {
					name = data
				}
				text, err := s.text()
				if err != nil {
					return err
				}
				if err := put(name, text); err != nil {
					return err
				}
			default:
				if err := s.skip(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// shape gathers the geometry of one placemark.
type shape struct {
	*source
	all    orb.Geometry
	err    *spatial.Error // the first thing wrong with it
	points int
	rings  int
	height bool // a height other than 0
	empty  bool
	open   bool
	odd    string // a kind of geometry that is not read
}

func (g *shape) faults() (fs []raw.Fault) {
	if g.height {
		fs = append(fs, raw.Fault{Code: "geometry.dimensionDropped", Detail: "z"})
	}
	if g.empty && g.all == nil {
		fs = append(fs, raw.Fault{Code: "geometry.empty"})
	} else if g.empty {
		fs = append(fs, raw.Fault{Code: "geometry.emptyPart"})
	}
	if g.open {
		fs = append(fs, raw.Fault{Code: "geometry.ringUnclosed"})
	}
	if g.odd != "" {
		fs = append(fs, raw.Fault{Code: "kml.unread", Detail: g.odd})
	}
	return fs
}

func (g *shape) bad(kind spatial.Kind, code string, pairs ...any) {
	if g.err == nil {
		g.err = raw.Fail(op, kind, code, g.file, append(pairs, "line", g.lineNumber())...)
	}
}

// read reads the element that was just begun, if it is a geometry; else it is
// passed over.
func (g *shape) read(e xml.StartElement, depth int) (orb.Geometry, error) {
	if depth > g.lim.Depth {
		g.bad(spatial.TooLarge, "geometry.depth", "limit", g.lim.Depth)
		return nil, g.skip()
	}
	switch e.Name.Local {
	case "Point":
		ps, err := g.positions()
		if len(ps) > 1 {
			g.bad(spatial.Invalid, "kml.coordinates", "what", "a point of several positions")
		}
		if len(ps) == 0 || err != nil {
			return nil, err
		}
		return ps[0], nil
	case "LineString":
		ps, err := g.positions()
		if len(ps) == 0 || err != nil {
			return nil, err
		}
		return orb.LineString(ps), nil
	case "LinearRing":
		ps, err := g.positions()
		if len(ps) == 0 || err != nil {
			return nil, err
		}
		return orb.Polygon{g.closed(ps)}, nil
	case "Polygon":
		return g.polygon()
	case "MultiGeometry":
		var all orb.Geometry
		for {
			t, err := g.must()
			if err != nil {
				return nil, err
			}
			switch t := t.(type) {
			case xml.EndElement:
				return all, nil
			case xml.StartElement:
				if g.rings++; g.rings > g.lim.Rings {
					g.bad(spatial.TooLarge, "geometry.rings", "count", g.rings, "limit", g.lim.Rings)
					if err := g.skip(); err != nil {
						return nil, err
					}
					continue
				}
				one, err := g.read(t, depth+1)
				if err != nil {
					return nil, err
				}
				all = joined(all, one)
			}
		}
	case "Model", "Track", "MultiTrack":
		g.odd = e.Name.Local
	}
	return nil, g.skip()
}

// joined puts two geometries together: to a multi-geometry where they are of one
// kind, else to a collection.
func joined(a, b orb.Geometry) orb.Geometry {
	if a == nil || b == nil {
		if a == nil {
			return b
		}
		return a
	}
	switch x := a.(type) {
	case orb.Point:
		if y, ok := b.(orb.Point); ok {
			return orb.MultiPoint{x, y}
		}
	case orb.MultiPoint:
		if y, ok := b.(orb.Point); ok {
			return append(x, y)
		}
	case orb.LineString:
		if y, ok := b.(orb.LineString); ok {
			return orb.MultiLineString{x, y}
		}
	case orb.MultiLineString:
		if y, ok := b.(orb.LineString); ok {
			return append(x, y)
		}
	case orb.Polygon:
		switch y := b.(type) {
		case orb.Polygon:
			return orb.MultiPolygon{x, y}
		case orb.MultiPolygon:
			return append(orb.MultiPolygon{x}, y...)
		}
	case orb.MultiPolygon:
		switch y := b.(type) {
		case orb.Polygon:
			return append(x, y)
		case orb.MultiPolygon:
			return append(x, y...)
		}
	case orb.Collection:
		return append(x, b)
	}
	return orb.Collection{a, b}
}

func (g *shape) closed(ps []orb.Point) orb.Ring {
	if ps[0] != ps[len(ps)-1] {
		ps, g.open = append(ps, ps[0]), true
	}
	return ps
}

// polygon reads <outerBoundaryIs> and <innerBoundaryIs>.
func (g *shape) polygon() (orb.Geometry, error) {
	var outer orb.Ring
	var holes []orb.Ring
	inner := false
	for depth := 1; depth > 0; {
		t, err := g.must()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			switch t.Name.Local {
			case "outerBoundaryIs", "innerBoundaryIs":
				inner = t.Name.Local == "innerBoundaryIs"
				depth++
			case "LinearRing":
				if g.rings++; g.rings > g.lim.Rings {
					g.bad(spatial.TooLarge, "geometry.rings", "count", g.rings, "limit", g.lim.Rings)
				}
				ps, err := g.positions()
				switch {
				case err != nil:
					return nil, err
				case len(ps) == 0 || g.err != nil:
				case inner:
					holes = append(holes, g.closed(ps))
				case outer != nil:
					g.bad(spatial.Invalid, "kml.coordinates", "what", "a polygon of two outer rings")
				default:
					outer = g.closed(ps)
				}
			default:
				if err := g.skip(); err != nil {
					return nil, err
				}
			}
		}
	}
	switch {
	case outer == nil && holes != nil:
		g.bad(spatial.Invalid, "geometry.hollow")
		return nil, nil
	case outer == nil:
		g.empty = true
		return nil, nil
	}
	return append(orb.Polygon{outer}, holes...), nil
}

// positions reads the <coordinates> of the element that was just begun, to its end.
func (g *shape) positions() (ps []orb.Point, err error) {
	for {
		t, err := g.must()
		if err != nil {
			return nil, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			if len(ps) == 0 {
				g.empty = true
			}
			return ps, nil
		case xml.StartElement:
			if t.Name.Local != "coordinates" {
				if err := g.skip(); err != nil {
					return nil, err
				}
				continue
			}
			text, err := g.text()
			if err != nil {
				return nil, err
			}
			for tuple := range strings.FieldsSeq(text) {
				if g.points++; g.points > g.lim.Points {
					g.bad(spatial.TooLarge, "geometry.points", "count", g.points, "limit", g.lim.Points)
					break
				}
				p, ok := g.position(tuple)
				if !ok {
					break
				}
				ps = append(ps, p)
			}
		}
	}
}

// position reads "lon,lat" or "lon,lat,height".
func (g *shape) position(tuple string) (p orb.Point, ok bool) {
	parts := strings.Split(strings.TrimSuffix(tuple, ","), ",")
	for i, part := range parts {
		f, err := strconv.ParseFloat(part, 64)
		switch {
		case err != nil && !math.IsInf(f, 0) || len(parts) < 2 || len(parts) > 3:
			g.bad(spatial.Invalid, "kml.coordinates", "what", strings.ToValidUTF8(tuple[:min(len(tuple), 60)], "?"))
			return p, false
		case math.IsNaN(f) || math.IsInf(f, 0):
			g.bad(spatial.Invalid, "geometry.nonFinite", "what", tuple[:min(len(tuple), 60)])
			return p, false
		case i < 2:
			p[i] = f
		default:
			g.height = g.height || f != 0
		}
	}
	return p, true
}
