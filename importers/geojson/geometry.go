package geojson

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
)

// geometry reads the geometry object, or null, at p.i.
func (p *parser) geometry(depth int) (orb.Geometry, error) {
	if depth > p.lim.Depth {
		return nil, p.tooLarge("json.depth", depth, p.lim.Depth)
	}
	if p.null() {
		return nil, nil
	}
	start := p.i
	var g orb.Geometry
	var kind string
	coordinates, members := -1, -1
	err := p.members(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = p.kind()
			return err
		case "coordinates":
			if kind != "" && kind != "GeometryCollection" {
				g, err = p.shape(kind)
				return err
			}
			coordinates = p.i
		case "geometries":
			if kind == "GeometryCollection" {
				g, err = p.collection(depth)
				return err
			}
			members = p.i
		}
		return p.skip(depth + 1)
	})
	if err != nil {
		return nil, err
	}
	end := p.i
	switch {
	case g != nil:
	case kind == "GeometryCollection" && members >= 0:
		p.i = members
		g, err = p.collection(depth)
	case kind != "GeometryCollection" && coordinates >= 0:
		p.i = coordinates
		g, err = p.shape(kind)
	case isGeometry(kind) && !p.empty: // neither member: an empty one is told apart by p.empty
		err = p.failAt(start, "geometry.noCoordinates", kind)
	case !isGeometry(kind):
		err = p.failAt(start, "geometry.type", kind)
	}
	p.i = end
	return g, err
}

func isGeometry(kind string) bool {
	switch kind {
	case "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection":
		return true
	}
	return false
}

// kind reads the value of a "type" member.
func (p *parser) kind() (string, error) {
	if p.next() != '"' {
		return "", p.syntax()
	}
	at := p.i
	b, err := p.stringBytes()
	if err != nil {
		return "", err
	}
	if len(b) > 64 {
		return "", p.failAt(at, "geojson.type", string(b[:64]))
	}
	for _, k := range [...]string{"Polygon", "MultiPolygon", "Point", "LineString", "MultiLineString", "MultiPoint", "GeometryCollection", "Feature", "FeatureCollection"} {
		if string(b) == k {
			return k, nil
		}
	}
	return string(b), nil
}

func (p *parser) collection(depth int) (orb.Geometry, error) {
	c := orb.Collection{}
	err := p.elements(func() error {
		g, err := p.geometry(depth + 1)
		if err == nil && g != nil {
			c = append(c, g)
			if p.rings++; p.rings > p.lim.Rings {
				err = p.tooLarge("geometry.rings", p.rings, p.lim.Rings)
			}
		}
		return err
	})
	if err == nil && len(c) == 0 {
		p.empty = true
		return nil, nil
	}
	return c, err
}

// shape reads the coordinates of a geometry of one kind; an empty one is nil and
// leaves p.empty.
func (p *parser) shape(kind string) (orb.Geometry, error) {
	switch kind {
	case "Point":
		pt, ok, err := p.position()
		if err != nil || !ok {
			p.empty = p.empty || err == nil
			return nil, err
		}
		return pt, nil
	case "MultiPoint":
		pts, err := p.line()
		if err != nil || pts == nil {
			return nil, err
		}
		return orb.MultiPoint(pts), nil
	case "LineString":
		pts, err := p.line()
		if err != nil || pts == nil {
			return nil, err
		}
		return orb.LineString(pts), nil
	case "MultiLineString":
		var m orb.MultiLineString
		err := p.elements(func() error {
			pts, err := p.line()
			if pts != nil {
				m = append(m, pts)
			}
			return err
		})
		if err != nil || len(m) == 0 {
			p.empty = p.empty || err == nil
			return nil, err
		}
		return m, nil
	case "Polygon":
		g, err := p.polygon()
		if err != nil || g == nil {
			return nil, err
		}
		return g, nil
	case "MultiPolygon":
		var m orb.MultiPolygon
		err := p.elements(func() error {
			g, err := p.polygon()
			if g != nil {
				m = append(m, g)
			}
			return err
		})
		if err != nil || len(m) == 0 {
			p.empty = p.empty || err == nil
			return nil, err
		}
		return m, nil
	}
	return nil, p.fail("geometry.type", kind)
}

// polygon reads rings and closes them; nil where there is none with a point.
func (p *parser) polygon() (orb.Polygon, error) {
	var g orb.Polygon
	hollow := false // the outer ring has no points
	err := p.elements(func() error {
		start := p.i
		pts, err := p.line()
		switch {
		case err != nil:
			return err
		case pts == nil:
			hollow = hollow || g == nil
			return nil
		case hollow:
			return p.failAt(start, "geometry.hollow", snippet(p.b, start))
		}
		if pts[0] != pts[len(pts)-1] {
			pts = append(pts, pts[0])
			p.open = true
		}
		if g == nil {
			g = make(orb.Polygon, 0, 1)
		}
		g = append(g, pts)
		return nil
	})
	if len(g) == 0 && err == nil {
		p.empty = true
	}
	return g, err
}

// line reads an array of positions into memory of its own; nil where it is empty.
func (p *parser) line() ([]orb.Point, error) {
	if err := p.expect('['); err != nil {
		return nil, err
	}
	if p.rings++; p.rings > p.lim.Rings {
		return nil, p.tooLarge("geometry.rings", p.rings, p.lim.Rings)
	}
	if p.next() == ']' {
		p.i++
		p.empty = true
		return nil, nil
	}
	p.pts = p.pts[:0]
	for {
		pt, ok, err := p.position()
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, p.fail("geometry.position", "[]")
		}
		p.pts = append(p.pts, pt)
		switch p.next() {
		case ',':
			p.i++
			continue
		case ']':
			p.i++
		default:
			return nil, p.syntax()
		}
		return append(make([]orb.Point, 0, len(p.pts)+1), p.pts...), nil
	}
}

// position reads one position; ok is false for an empty one.
func (p *parser) position() (pt orb.Point, ok bool, err error) {
	if p.next() != '[' {
		return pt, false, p.fail("geometry.position", snippet(p.b, p.i))
	}
	start := p.i
	p.i++
	if p.next() == ']' {
		p.i++
		return pt, false, nil
	}
	if p.points++; p.points > p.lim.Points {
		return pt, false, p.tooLarge("geometry.points", p.points, p.lim.Points)
	}
	for n := 0; ; n++ {
		if c := p.next(); c != '-' && (c < '0' || c > '9') {
			return pt, false, p.fail("geometry.position", snippet(p.b, start))
		}
		if n > 8 {
			return pt, false, p.fail("geometry.position", snippet(p.b, start))
		}
		v, err := p.number()
		if err != nil {
			return pt, false, err
		}
		if n < 2 {
			pt[n] = v
		}
		switch p.next() {
		case ',':
			p.i++
			continue
		case ']':
			p.i++
		default:
			return pt, false, p.syntax()
		}
		if n == 0 {
			return pt, false, p.failAt(start, "geometry.position", snippet(p.b, start))
		}
		p.dims = p.dims || n > 1
		return pt, true, nil
	}
}

// snippet is a short piece of the source for a message.
func snippet(b []byte, i int) string {
	s := b[min(i, len(b)):min(len(b), i+24)]
	out := make([]rune, 0, len(s))
	for _, r := range string(s) {
		if r < ' ' || r == 0xFFFD {
			r = '?'
		}
		out = append(out, r)
	}
	return string(out)
}

// faults are what reading the geometry left to say.
func (p *parser) faults(isNil bool) []raw.Fault {
	var fs []raw.Fault
	if p.dims {
		fs = append(fs, raw.Fault{Code: "geometry.dimensionDropped", Detail: "z"})
	}
	switch {
	case p.empty && isNil:
		fs = append(fs, raw.Fault{Code: "geometry.empty"})
	case p.empty:
		fs = append(fs, raw.Fault{Code: "geometry.emptyPart"})
	}
	if p.open {
		fs = append(fs, raw.Fault{Code: "geometry.ringUnclosed"})
	}
	return fs
}
