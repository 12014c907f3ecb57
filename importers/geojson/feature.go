package geojson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// maxNames bounds the property names kept for sharing.
const maxNames = 1 << 16

// names shares property names between features, and knows which a feature has had.
type names struct {
	index map[string]int
	list  []string
	place []int // in the attributes of feature seen[i]
	seen  []int // number of the feature that last had it
	last  []int // the names of the feature before, in their order
	now   []int
}

// find is the index of a name; nth is its position in the feature, where the
// feature before most likely had the same.
func (n *names) find(key []byte, nth int) int {
	if nth < len(n.last) && n.list[n.last[nth]] == string(key) {
		return n.last[nth]
	}
	if i, ok := n.index[string(key)]; ok {
		return i
	}
	i := len(n.list)
	name := string(key)
	n.index[name] = i
	n.list, n.place, n.seen = append(n.list, name), append(n.place, 0), append(n.seen, 0)
	return i
}

// begin readies the names for another feature.
func (n *names) begin() {
	n.last, n.now = n.now, n.last[:0]
	if n.index == nil || len(n.list) > maxNames {
		*n = names{index: map[string]int{}}
	}
}

// crs is a "crs" member: what it names, and whether it names anything.
type crs struct {
	name string
	link string // where a link leads, which is never followed
	set  bool
}

// feature reads the Feature or bare geometry that fills b. row is its number,
// for the error and the result; base and line say where b stands.
func (p *parser) feature(b []byte, row int, base int64, line int) (f raw.Feature, c crs, err error) {
	p.b, p.i, p.base, p.first = b, 0, base, line
	p.rings, p.points, p.dims, p.empty, p.open = 0, 0, false, false, false
	f.Row = row
	if at := invalidUTF8(b); at >= 0 {
		return f, c, p.failAt(at, "text.notUTF8", "")
	}
	if p.next() != '{' {
		return f, c, p.fail("geojson.notObject", snippet(b, p.i))
	}
	p.names.begin()
	var kind string
	bare := false
	start := p.i
	err = p.members(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = p.kind()
			return err
		case "id":
			f.ID, err = p.id()
			return err
		case "geometry":
			f.Geometry, err = p.geometry(1)
			return err
		case "properties":
			f.Attrs, f.Faults, err = p.properties(row, f.Faults)
			return err
		case "crs":
			c, err = p.crs()
			return err
		case "coordinates", "geometries":
			bare = true
		}
		return p.skip(1)
	})
	switch {
	case err != nil:
		return f, c, err
	case p.next() != 0:
		return f, c, p.syntax()
	case bare && isGeometry(kind):
		p.i = start
		if f.Geometry, err = p.geometry(0); err != nil {
			return f, c, err
		}
	case kind != "Feature":
		return f, c, p.failAt(start, "geojson.type", kind)
	}
	f.Faults = append(f.Faults, p.faults(f.Geometry == nil)...)
	return f, c, nil
}

// id reads a feature's id, a string or a number.
func (p *parser) id() (string, error) {
	switch c := p.next(); {
	case c == '"':
		b, err := p.stringBytes()
		return string(b), err
	case c == '-' || (c >= '0' && c <= '9'):
		b, err := p.numberBytes()
		return string(b), err
	}
	return "", p.skip(1)
}

// properties reads the properties object, or null, at p.i. Of a name that stands
// twice the last value holds.
func (p *parser) properties(row int, faults []raw.Fault) ([]raw.Attr, []raw.Fault, error) {
	if p.null() {
		return nil, faults, nil
	}
	attrs := make([]raw.Attr, 0, len(p.names.last))
	err := p.members(func(key []byte) error {
		i := p.names.find(key, len(p.names.now))
		p.names.now = append(p.names.now, i)
		if len(p.names.now) > p.lim.Fields {
			return p.tooLarge("fields.tooMany", len(p.names.now), p.lim.Fields)
		}
		at := p.i
		v, err := p.property()
		if err != nil {
			return err
		}
		if v.IsNull() && p.b[at] != 'n' {
			faults = append(faults, raw.Fault{Code: "value.malformed", Detail: p.names.list[i] + ": " + snippet(p.b, at)})
		}
		if p.names.seen[i] == row {
			faults = append(faults, raw.Fault{Code: "attribute.twice", Detail: p.names.list[i]})
			attrs[p.names.place[i]].Value = v
			return nil
		}
		p.names.seen[i], p.names.place[i] = row, len(attrs)
		attrs = append(attrs, raw.Attr{Name: p.names.list[i], Value: v})
		return nil
	})
	return attrs, faults, err
}

// property reads one value. Objects and arrays become their JSON text; a number
// past any double is null.
func (p *parser) property() (v spatial.Value, err error) {
	switch c := p.next(); {
	case c == '"':
		b, err := p.stringBytes()
		return spatial.Text(string(b)), err
	case c == '-' || (c >= '0' && c <= '9'):
		b, err := p.numberBytes()
		if err != nil {
			return v, err
		}
		return number(b), nil
	case c == '{' || c == '[':
		from := p.i
		if err := p.skip(3); err != nil {
			return v, err
		}
		var text bytes.Buffer
		if err := json.Compact(&text, p.b[from:p.i]); err != nil {
			return v, p.failAt(from, "json.syntax", snippet(p.b, from))
		}
		return spatial.Text(text.String()), nil
	}
	word := p.next()
	if err := p.word(); err != nil || word == 'n' {
		return v, err
	}
	return spatial.Bool(word == 't'), nil
}

// number is a whole number where it is written as one and 64 bits hold it.
func number(b []byte) spatial.Value {
	if !bytes.ContainsAny(b, ".eE") {
		if i, err := strconv.ParseInt(string(b), 10, 64); err == nil {
			return spatial.Int(i)
		}
	}
	if f, ok := exact(b); ok {
		return spatial.Float(f)
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return spatial.Value{}
	}
	return spatial.Float(f)
}

// crs reads a "crs" member of the 2008 specification at p.i. null says that
// nothing may be assumed.
func (p *parser) crs() (crs, error) {
	if p.null() {
		return crs{set: true}, nil
	}
	from := p.i
	if err := p.skip(1); err != nil {
		return crs{}, err
	}
	var c struct {
		Type       string `json:"type"`
		Properties struct {
			Name string      `json:"name"`
			Code json.Number `json:"code"`
			Href string      `json:"href"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(p.b[from:p.i], &c); err != nil {
		return crs{}, p.failAt(from, "geojson.crs", snippet(p.b, from))
	}
	switch {
	case c.Properties.Name != "":
		return crs{name: c.Properties.Name, set: true}, nil
	case c.Type == "EPSG" && c.Properties.Code != "":
		return crs{name: "EPSG:" + c.Properties.Code.String(), set: true}, nil
	case c.Properties.Href != "":
		return crs{link: c.Properties.Href, set: true}, nil
	}
	return crs{}, p.failAt(from, "geojson.crs", snippet(p.b, from))
}

// invalidUTF8 is the position of the first byte that is not UTF-8; -1 = none.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}
