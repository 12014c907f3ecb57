package geojson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// parser reads one feature or geometry that stands whole in memory. Its scratch
// space and the names it knows are kept from feature to feature; nothing of the
// source's bytes is.
type parser struct {
	file  string
	lim   raw.Limits
	b     []byte
	i     int
	base  int64
	first int // the line of b[0]
	names names

	pts    []orb.Point // of the geometry being read
	rings  int         // of the geometry being read, nested ones together
	points int         // likewise
	dims   bool
	empty  bool
	open   bool
}

// fail makes an error about the byte at p.i.
func (p *parser) fail(code, what string) error { return p.failAt(p.i, code, what) }

func (p *parser) failAt(i int, code, what string) error {
	i = min(i, len(p.b))
	return raw.Fail(op, spatial.Invalid, code, p.file, "offset", p.base+int64(i), "line", p.first+bytes.Count(p.b[:i], []byte{'\n'}), "what", what)
}

func (p *parser) tooLarge(code string, count, limit int) error {
	return raw.Fail(op, spatial.TooLarge, code, p.file, "offset", p.base+int64(p.i), "count", count, "limit", limit)
}

// next passes over white space and gives the byte there; 0 at the end.
func (p *parser) next() byte {
	for p.i < len(p.b) {
		if c := p.b[p.i]; c > ' ' || (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
			return c
		}
		p.i++
	}
	return 0
}

// expect passes over white space and the byte c.
func (p *parser) expect(c byte) error {
	if p.next() != c {
		return p.syntax()
	}
	p.i++
	return nil
}

func (p *parser) syntax() error {
	if p.i >= len(p.b) {
		return p.fail("json.truncated", "")
	}
	r, _ := utf8.DecodeRune(p.b[p.i:])
	return p.fail("json.syntax", string(r))
}

// members calls f at the value of each member of the object at p.i; f passes
// over the value. The key is valid until f moves on.
func (p *parser) members(f func(key []byte) error) error {
	if err := p.expect('{'); err != nil {
		return err
	}
	if p.next() == '}' {
		p.i++
		return nil
	}
	for {
		if p.next() != '"' {
			return p.syntax()
		}
		key, err := p.stringBytes()
		if err != nil {
			return err
		}
		if err := p.expect(':'); err != nil {
			return err
		}
		p.next()
		if err := f(key); err != nil {
			return err
		}
		switch p.next() {
		case ',':
			p.i++
		case '}':
			p.i++
			return nil
		default:
			return p.syntax()
		}
	}
}

// elements calls f at each element of the array at p.i.
func (p *parser) elements(f func() error) error {
	if err := p.expect('['); err != nil {
		return err
	}
	if p.next() == ']' {
		p.i++
		return nil
	}
	for {
		p.next()
		if err := f(); err != nil {
			return err
		}
		switch p.next() {
		case ',':
			p.i++
		case ']':
			p.i++
			return nil
		default:
			return p.syntax()
		}
	}
}

// skip passes over any value, checking that it is JSON.
func (p *parser) skip(depth int) error {
	if depth > p.lim.Depth {
		return p.tooLarge("json.depth", depth, p.lim.Depth)
	}
	switch c := p.next(); {
	case c == '"':
		_, err := p.stringBytes()
		return err
	case c == '{':
		return p.members(func([]byte) error { return p.skip(depth + 1) })
	case c == '[':
		return p.elements(func() error { return p.skip(depth + 1) })
	case c == '-' || (c >= '0' && c <= '9'):
		_, err := p.numberBytes()
		return err
	}
	return p.word()
}

// word passes over true, false and null.
func (p *parser) word() error {
	for _, w := range [...]string{"null", "true", "false"} {
		if len(p.b)-p.i >= len(w) && string(p.b[p.i:p.i+len(w)]) == w {
			p.i += len(w)
			return nil
		}
	}
	return p.syntax()
}

// null reports whether null stands here, and passes over it.
func (p *parser) null() bool {
	if p.next() == 'n' && len(p.b)-p.i >= 4 && string(p.b[p.i:p.i+4]) == "null" {
		p.i += 4
		return true
	}
	return false
}

// stringBytes reads the string at p.i, its escapes resolved. It shares the
// source's bytes where there are no escapes.
func (p *parser) stringBytes() ([]byte, error) {
	start := p.i + 1
	for i := start; i < len(p.b); i++ {
		switch c := p.b[i]; {
		case c == '"':
			p.i = i + 1
			return p.b[start:i], nil
		case c == '\\':
			return p.escaped(start, i)
		case c < ' ':
			p.i = i
			return nil, p.syntax()
		}
	}
	p.i = len(p.b)
	return nil, p.syntax()
}

// escaped reads a string with escapes, the first at i.
func (p *parser) escaped(start, i int) ([]byte, error) {
	for ; i < len(p.b); i++ {
		switch c := p.b[i]; {
		case c == '\\':
			i++
		case c < ' ':
			p.i = i
			return nil, p.syntax()
		case c == '"':
			var s string
			if err := json.Unmarshal(p.b[start-1:i+1], &s); err != nil {
				return nil, p.failAt(start-1, "json.syntax", string(p.b[start-1:min(i+1, start+40)]))
			}
			p.i = i + 1
			return []byte(s), nil
		}
	}
	p.i = len(p.b)
	return nil, p.syntax()
}

// numberBytes passes over the number at p.i, as JSON writes numbers.
func (p *parser) numberBytes() ([]byte, error) {
	start := p.i
	digits := func() int {
		from := p.i
		for p.i < len(p.b) && p.b[p.i] >= '0' && p.b[p.i] <= '9' {
			p.i++
		}
		return p.i - from
	}
	if p.i < len(p.b) && p.b[p.i] == '-' {
		p.i++
	}
	zero := p.i < len(p.b) && p.b[p.i] == '0'
	if n := digits(); n == 0 || (zero && n > 1) {
		return nil, p.syntax()
	}
	if p.i < len(p.b) && p.b[p.i] == '.' {
		p.i++
		if digits() == 0 {
			return nil, p.syntax()
		}
	}
	if p.i < len(p.b) && (p.b[p.i] == 'e' || p.b[p.i] == 'E') {
		p.i++
		if p.i < len(p.b) && (p.b[p.i] == '+' || p.b[p.i] == '-') {
			p.i++
		}
		if digits() == 0 {
			return nil, p.syntax()
		}
	}
	return p.b[start:p.i], nil
}

// powers of ten that a double holds exactly.
var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// number reads the number at p.i as a finite double.
func (p *parser) number() (float64, error) {
	text, err := p.numberBytes()
	if err != nil {
		return 0, err
	}
	if f, ok := exact(text); ok {
		return f, nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, p.fail("geometry.nonFinite", string(text[:min(len(text), 40)]))
	}
	return f, nil
}

// exact converts a number without exponent whose digits make an integer that a
// double holds: the quotient of two exact doubles is correctly rounded.
func exact(text []byte) (f float64, ok bool) {
	if len(text) > 18 {
		return 0, false
	}
	var m uint64
	point := len(text)
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9':
			m = 10*m + uint64(c-'0')
		case c == '.':
			point = i + 1
		case c != '-':
			return 0, false
		}
	}
	if m > 1<<53 {
		return 0, false
	}
	f = float64(m) / powers[len(text)-point]
	if text[0] == '-' {
		f = -f
	}
	return f, true
}
