package filter

import (
	"errors"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// shapeNames are the shapes of WKT, with GeoJSON's names for them.
var shapeNames = []struct{ wkt, json string }{
	{"POINT", "Point"}, {"LINESTRING", "LineString"}, {"POLYGON", "Polygon"}, {"MULTIPOINT", "MultiPoint"},
	{"MULTILINESTRING", "MultiLineString"}, {"MULTIPOLYGON", "MultiPolygon"}, {"GEOMETRYCOLLECTION", "GeometryCollection"},
}

func shapeOf(name string) bool {
	for _, s := range shapeNames {
		if strings.EqualFold(s.wkt, name) {
			return true
		}
	}
	return false
}

// geometry is a literal shape.
func (b *builder) geometry(at int, g orb.Geometry) (*node, error) {
	return b.add(&node{op: opGeometry, kind: kindGeometry, at: at, geom: g})
}

// vertex counts a vertex in.
func (b *builder) vertex(at int) error {
	if b.vertices++; b.vertices > MaxVertices {
		return b.over("filter.tooManyVertices", at, MaxVertices)
	}
	return nil
}

// badShape is the error for a literal that overlay does not take.
func (b *builder) badShape(at int, err error) error {
	reason := "?"
	if e := (*spatial.Error)(nil); errors.As(err, &e) {
		if s, ok := e.Args["reason"].(string); ok {
			reason = s
		}
		if x, ok := e.Args["x"].(float64); ok {
			y, _ := e.Args["y"].(float64)
			reason += " " + short(x) + " " + short(y)
		}
	}
	return b.fail("filter.geometry", at, "reason", reason)
}

// short is a number as people and canonical texts write it.
func short(f float64) string { return string(appendNumber(nil, f)) }

func appendNumber(b []byte, f float64) []byte {
	if f == 0 {
		return append(b, '0') // minus zero too
	}
	if a := max(f, -f); a < 1e-9 || a >= 1e21 {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

// boxOf makes a BBOX of its four or six numbers; heights mean nothing.
func (b *builder) boxOf(at int, n []float64) (*node, error) {
	if len(n) == 6 {
		n = []float64{n[0], n[1], n[3], n[4]}
	}
	if len(n) != 4 {
		return nil, b.fail("filter.arguments", at, "name", "BBOX", "expected", "4, 6")
	}
	if n[0] > n[2] || n[1] > n[3] {
		return nil, b.fail("filter.geometry", at, "reason", "BBOX: min > max")
	}
	return b.geometry(at, orb.Bound{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}})
}

// bbox reads the numbers of BBOX, its parenthesis read.
func (p *textReader) bbox(at int) (*node, error) {
	var n []float64
	for {
		f, err := p.ordinate()
		if err != nil {
			return nil, err
		}
		if n = append(n, f); len(n) > 6 || p.tok.is(")") {
			break
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
	if len(n) <= 6 {
		p.step()
	}
	return p.boxOf(at, n)
}

// ordinate reads a number with its sign.
func (p *textReader) ordinate() (float64, error) {
	sign := ""
	if p.tok.is("-") || p.tok.is("+") {
		sign = p.tok.text
		p.step()
	}
	if p.tok.kind != tokenNumber {
		return 0, p.unexpected("12.5")
	}
	f, err := strconv.ParseFloat(sign+p.tok.text, 64)
	if err != nil {
		return 0, p.fail("filter.literal", p.tok.at, "value", p.tok.text, "expected", "number")
	}
	p.step()
	return f, nil
}

// wkt reads a shape, its name read.
func (p *textReader) wkt(name token) (*node, error) {
	g, err := p.shape(name)
	if err != nil {
		return nil, err
	}
	return p.geometry(name.at, g)
}

func (p *textReader) shape(name token) (orb.Geometry, error) {
	if p.tok.is("Z") || p.tok.is("M") || p.tok.is("ZM") {
		p.step()
	}
	if p.tok.is("EMPTY") {
		return nil, p.fail("filter.geometry", name.at, "reason", "EMPTY")
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	switch {
	case name.is("POINT"):
		l, err := p.line()
		if err == nil && len(l) != 1 {
			err = p.fail("filter.geometry", name.at, "reason", "POINT: 1")
		}
		if err != nil {
			return nil, err
		}
		return l[0], nil
	case name.is("LINESTRING"):
		l, err := p.line()
		return orb.LineString(l), err
	case name.is("MULTIPOINT"):
		var m orb.MultiPoint
		err := p.parts(func() error {
			if p.tok.is("(") {
				l, err := p.line()
				m = append(m, l...)
				return err
			}
			q, err := p.point()
			m = append(m, q)
			return err
		})
		return m, err
	case name.is("POLYGON"):
		return p.polygon()
	case name.is("MULTILINESTRING"):
		var m orb.MultiLineString
		err := p.parts(func() error {
			l, err := p.line()
			m = append(m, l)
			return err
		})
		return m, err
	case name.is("MULTIPOLYGON"):
		var m orb.MultiPolygon
		err := p.parts(func() error {
			g, err := p.polygon()
			m = append(m, g)
			return err
		})
		return m, err
	}
	var c orb.Collection
	err := p.parts(func() error {
		t := p.tok
		if t.kind != tokenName || !shapeOf(t.text) {
			return p.unexpected("POINT, LINESTRING, POLYGON")
		}
		p.step()
		g, err := p.shape(t)
		c = append(c, g)
		return err
	})
	return c, err
}

// parts reads a list in parentheses.
func (p *textReader) parts(one func() error) error {
	if err := p.expect("("); err != nil {
		return err
	}
	for {
		if err := one(); err != nil {
			return err
		}
		if !p.tok.is(",") {
			return p.expect(")")
		}
		p.step()
	}
}

func (p *textReader) polygon() (orb.Polygon, error) {
	var g orb.Polygon
	err := p.parts(func() error {
		l, err := p.line()
		g = append(g, l)
		return err
	})
	return g, err
}

func (p *textReader) line() ([]orb.Point, error) {
	var l []orb.Point
	err := p.parts(func() error {
		q, err := p.point()
		l = append(l, q)
		return err
	})
	return l, err
}

// point reads two ordinates, and passes over a height and a measure.
func (p *textReader) point() (q orb.Point, err error) {
	if err := p.vertex(p.tok.at); err != nil {
		return q, err
	}
	for i := range q {
		if q[i], err = p.ordinate(); err != nil {
			return q, err
		}
	}
	for range 2 {
		if p.tok.kind == tokenNumber || p.tok.is("-") || p.tok.is("+") {
			if _, err := p.ordinate(); err != nil {
				return q, err
			}
		}
	}
	return q, nil
}
