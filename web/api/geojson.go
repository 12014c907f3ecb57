package api

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// pen writes GeoJSON straight to bytes: no tree is built. decimals bounds the
// digits of a coordinate: 9 for degrees, 4 for metres. swap writes the second
// coordinate first, as the authority of a geographic system orders them.
type pen struct {
	b        []byte
	decimals int
	swap     bool
}

func (p *pen) text(s string) { p.b = append(p.b, s...) }

// geometry writes a geometry object; null for none, and for one with a coordinate
// that is no number.
func (p *pen) geometry(g orb.Geometry) {
	if g == nil || !finite(g) {
		p.text("null")
		return
	}
	if c, ok := g.(orb.Collection); ok {
		p.text(`{"type":"GeometryCollection","geometries":[`)
		for i, m := range c {
			p.comma(i)
			p.geometry(m)
		}
		p.text("]}")
		return
	}
	if b, ok := g.(orb.Bound); ok {
		g = b.ToPolygon()
	}
	if r, ok := g.(orb.Ring); ok {
		g = orb.Polygon{r}
	}
	p.text(`{"type":"`)
	p.text(g.GeoJSONType())
	p.text(`","coordinates":`)
	switch g := g.(type) {
	case orb.Point:
		p.point(g)
	case orb.MultiPoint:
		p.points(g)
	case orb.LineString:
		p.points(g)
	case orb.MultiLineString:
		p.b = append(p.b, '[')
		for i, l := range g {
			p.comma(i)
			p.points(l)
		}
		p.b = append(p.b, ']')
	case orb.Polygon:
		p.polygon(g)
	case orb.MultiPolygon:
		p.b = append(p.b, '[')
		for i, m := range g {
			p.comma(i)
			p.polygon(m)
		}
		p.b = append(p.b, ']')
	}
	p.b = append(p.b, '}')
}

func (p *pen) comma(i int) {
	if i > 0 {
		p.b = append(p.b, ',')
	}
}

func (p *pen) polygon(g orb.Polygon) {
	p.b = append(p.b, '[')
	for i, r := range g {
		p.comma(i)
		p.points(r)
	}
	p.b = append(p.b, ']')
}

func (p *pen) points(l []orb.Point) {
	p.b = append(p.b, '[')
	for i, q := range l {
		p.comma(i)
		p.point(q)
	}
	p.b = append(p.b, ']')
}

func (p *pen) point(q orb.Point) {
	if p.swap {
		q[0], q[1] = q[1], q[0]
	}
	p.b = append(p.b, '[')
	p.b = appendFixed(p.b, q[0], p.decimals)
	p.b = append(p.b, ',')
	p.b = appendFixed(p.b, q[1], p.decimals)
	p.b = append(p.b, ']')
}

// appendFixed writes f rounded to so many decimals, without trailing zeros.
func appendFixed(b []byte, f float64, decimals int) []byte {
	scale := math.Pow10(decimals)
	if math.Abs(f) >= 1e15/scale { // past what a scaled double holds exactly
		return strconv.AppendFloat(b, f, 'f', -1, 64)
	}
	n := int64(math.Round(f * scale))
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	unit := int64(scale)
	b = strconv.AppendInt(b, n/unit, 10)
	rest := n % unit
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for unit /= 10; rest > 0; unit /= 10 {
		b = append(b, byte('0'+rest/unit))
		rest %= unit
	}
	return b
}

func finite(g orb.Geometry) bool {
	ok := true
	each(g, func(p orb.Point) bool {
		ok = !math.IsNaN(p[0]-p[0]) && !math.IsNaN(p[1]-p[1]) // infinity less itself is NaN too
		return ok
	})
	return ok
}

// each calls f with every point of g until it says false.
func each(g orb.Geometry, f func(orb.Point) bool) bool {
	all := func(l []orb.Point) bool {
		for _, p := range l {
			if !f(p) {
				return false
			}
		}
		return true
	}
	switch g := g.(type) {
	case orb.Point:
		return f(g)
	case orb.MultiPoint:
		return all(g)
	case orb.LineString:
		return all(g)
	case orb.Ring:
		return all(g)
	case orb.Bound:
		return f(g.Min) && f(g.Max)
	case orb.MultiLineString:
		for _, l := range g {
			if !all(l) {
				return false
			}
		}
	case orb.Polygon:
		for _, r := range g {
			if !all(r) {
				return false
			}
		}
	case orb.MultiPolygon:
		for _, m := range g {
			if !each(m, f) {
				return false
			}
		}
	case orb.Collection:
		for _, m := range g {
			if !each(m, f) {
				return false
			}
		}
	}
	return true
}

// value writes an attribute.
func (p *pen) value(v spatial.Value) {
	switch v.Type() {
	case spatial.TypeNull:
		p.text("null")
	case spatial.TypeBool, spatial.TypeInt:
		p.text(v.String())
	case spatial.TypeFloat:
		f, _ := v.Number()
		p.number(f)
	default:
		p.quote(v.String())
	}
}

// number writes a finite number in its shortest form.
func (p *pen) number(f float64) {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		p.b = strconv.AppendInt(p.b, int64(f), 10)
		return
	}
	p.b = strconv.AppendFloat(p.b, f, 'g', -1, 64)
}

const hex = "0123456789abcdef"

// quote writes a JSON string. What is not UTF-8 becomes U+FFFD; the two line
// separators that JavaScript once stumbled over are escaped.
func (p *pen) quote(s string) {
	p.b = append(p.b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c >= ' ' && c != '"' && c != '\\' && c != 0x7f {
				i++
				continue
			}
			p.text(s[from:i])
			switch c {
			case '"', '\\':
				p.b = append(p.b, '\\', c)
			case '\n':
				p.text(`\n`)
			case '\t':
				p.text(`\t`)
			case '\r':
				p.text(`\r`)
			default:
				p.b = append(p.b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
			i++
			from = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if (r == utf8.RuneError && n == 1) || r == '\u2028' || r == '\u2029' {
			p.text(s[from:i])
			switch r {
			case utf8.RuneError:
				p.text("\uFFFD")
			case '\u2028':
				p.text(`\u2028`)
			case '\u2029':
				p.text(`\u2029`)
			}
			i += n
			from = i
			continue
		}
		i += n
	}
	p.text(s[from:])
	p.b = append(p.b, '"')
}
