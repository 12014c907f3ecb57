package filter

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// ParseJSON reads CQL2 JSON. Errors are as of ParseText, where a JSON pointer
// written as a fragment (RFC 6901, 6), "#" for the whole.
func ParseJSON(doc []byte, schema Schema) (Expr, error) {
	p := &jsonReader{}
	p.builder = builder{schema: schema, where: p.pointer}
	if err := tooLong(len(doc)); err != nil {
		return Expr{}, err
	}
	root, err := p.open(doc)
	if err != nil {
		return Expr{}, err
	}
	n, err := p.expression(root)
	if err != nil {
		return Expr{}, err
	}
	return p.whole(n)
}

// ParseGeometry reads a GeoJSON geometry within the bounds of a filter, and nothing
// beside it. Errors are as of ParseJSON.
func ParseGeometry(doc []byte) (orb.Geometry, error) {
	p := &jsonReader{}
	p.builder = builder{where: p.pointer}
	root, err := p.open(doc)
	if err != nil {
		return nil, err
	}
	if p.member(root, "type") < 0 {
		return nil, p.unexpected(root, `{"type", "coordinates"}`)
	}
	g, err := p.geoJSON(root, 0)
	if err != nil {
		return nil, err
	}
	if _, err := overlay.Outline(g); err != nil {
		return nil, p.badShape(root, err)
	}
	return g, nil
}

// open reads the one value of a document.
func (p *jsonReader) open(doc []byte) (int, error) {
	if !utf8.Valid(doc) {
		return 0, p.fail("filter.syntax", -1, "found", "�", "expected", "UTF-8")
	}
	p.dec = json.NewDecoder(bytes.NewReader(doc))
	p.dec.UseNumber()
	root, err := p.load(-1, "", 0)
	if err != nil {
		return 0, err
	}
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return 0, p.fail("filter.syntax", root, "found", "…", "expected", "JSON")
	}
	return root, nil
}

// item is one JSON value. Values stand in one slice; parents before what is in them.
type item struct {
	parent int
	key    string // in its parent: a name or a number
	token  any    // string, json.Number, bool, nil; json.Delim of an object or a list
	parts  []int  // of an object or a list
}

type jsonReader struct {
	builder
	dec   *json.Decoder
	items []item
}

// pointer names a place.
func (p *jsonReader) pointer(at int) string {
	var keys []string
	for at > 0 {
		keys = append(keys, "/"+strings.ReplaceAll(strings.ReplaceAll(p.items[at].key, "~", "~0"), "/", "~1"))
		at = p.items[at].parent
	}
	b := &strings.Builder{}
	b.WriteByte('#')
	for i := len(keys) - 1; i >= 0; i-- {
		b.WriteString(keys[i])
	}
	return b.String()
}

// load reads one value and all in it.
func (p *jsonReader) load(parent int, key string, depth int) (int, error) {
	if depth > maxJSONDepth {
		return 0, p.over("filter.tooDeep", parent, MaxDepth)
	}
	broken := func() (int, error) {
		return 0, p.fail("filter.syntax", parent, "found", strconv.FormatInt(p.dec.InputOffset(), 10), "expected", "JSON")
	}
	t, err := p.dec.Token()
	if err != nil {
		return broken()
	}
	at := len(p.items)
	p.items = append(p.items, item{parent: parent, key: key, token: t})
	d, ok := t.(json.Delim)
	if !ok {
		return at, nil
	}
	for i := 0; p.dec.More(); i++ {
		key := strconv.Itoa(i)
		if d == '{' {
			t, err := p.dec.Token()
			name, ok := t.(string)
			if err != nil || !ok {
				return broken()
			}
			if key = name; p.member(at, key) >= 0 {
				return 0, p.fail("filter.syntax", p.member(at, key), "found", key, "expected", "1 × "+key)
			}
		}
		part, err := p.load(at, key, depth+1)
		if err != nil {
			return 0, err
		}
		p.items[at].parts = append(p.items[at].parts, part)
	}
	if _, err := p.dec.Token(); err != nil { // the closing sign
		return broken()
	}
	return at, nil
}

// member is an object's member, -1 where it has none of that name.
func (p *jsonReader) member(at int, key string) int {
	if p.items[at].token == json.Delim('{') {
		for _, i := range p.items[at].parts {
			if p.items[i].key == key {
				return i
			}
		}
	}
	return -1
}

// only refuses members that are not among known.
func (p *jsonReader) only(at int, known ...string) error {
	for _, i := range p.items[at].parts {
		ok := false
		for _, k := range known {
			ok = ok || p.items[i].key == k
		}
		if !ok {
			return p.fail("filter.syntax", i, "found", p.items[i].key, "expected", strings.Join(known, ", "))
		}
	}
	return nil
}

func (p *jsonReader) unexpected(at int, expected string) error {
	found := "{}"
	switch t := p.items[at].token.(type) {
	case string:
		found = strconv.Quote(t)
	case json.Number:
		found = t.String()
	case bool:
		found = strconv.FormatBool(t)
	case nil:
		found = "null"
	case json.Delim:
		if t == '[' {
			found = "[]"
		}
	}
	return p.fail("filter.syntax", at, "found", found, "expected", expected)
}

func (p *jsonReader) text(at int) (string, error) {
	s, ok := p.items[at].token.(string)
	if !ok {
		return "", p.unexpected(at, `"text"`)
	}
	return s, nil
}

func (p *jsonReader) list(at int) ([]int, error) {
	if p.items[at].token != json.Delim('[') {
		return nil, p.unexpected(at, "[…]")
	}
	return p.items[at].parts, nil
}

// expression makes a node of a value.
func (p *jsonReader) expression(at int) (*node, error) {
	switch t := p.items[at].token.(type) {
	case string:
		return p.literal(at, spatial.Text(t))
	case json.Number:
		return p.number(at, t.String())
	case bool:
		return p.literal(at, spatial.Bool(t))
	}
	const any = `{"op", "args"}, {"property"}, {"date"}, {"timestamp"}, {"interval"}, {"bbox"}, {"type", "coordinates"}, "text", 12.5, true`
	if p.items[at].token != json.Delim('{') {
		return nil, p.unexpected(at, any)
	}
	if p.member(at, "op") >= 0 {
		return p.operation(at)
	}
	if p.member(at, "type") >= 0 {
		g, err := p.geoJSON(at, 0)
		if err != nil {
			return nil, err
		}
		return p.geometry(at, g)
	}
	for _, key := range []string{"property", "date", "timestamp", "interval", "bbox"} {
		m := p.member(at, key)
		if m < 0 {
			continue
		}
		if err := p.only(at, key); err != nil {
			return nil, err
		}
		switch key {
		case "interval":
			return p.intervalOf(m)
		case "bbox":
			n, err := p.numbers(m, 7)
			if err != nil {
				return nil, err
			}
			return p.boxOf(m, n)
		}
		s, err := p.text(m)
		switch {
		case err != nil:
			return nil, err
		case key == "property":
			return p.property(m, s)
		case key == "date":
			return p.date(m, s)
		}
		return p.timestamp(m, s)
	}
	return nil, p.unexpected(at, any)
}

func (p *jsonReader) operation(at int) (*node, error) {
	if err := p.only(at, "op", "args"); err != nil {
		return nil, err
	}
	nameAt, argsAt := p.member(at, "op"), p.member(at, "args")
	name, err := p.text(nameAt)
	if err != nil {
		return nil, err
	}
	if argsAt < 0 {
		return nil, p.unexpected(at, `"args"`)
	}
	parts, err := p.list(argsAt)
	if err != nil {
		return nil, err
	}
	for _, w := range infix {
		if w.json == name {
			return p.infixOf(at, argsAt, w, parts)
		}
	}
	o, ok := functionOf(name, true)
	if !ok {
		return nil, p.unknownFunction(nameAt, name)
	}
	if len(parts) > 3 {
		return p.call(argsAt, o, make([]*node, len(parts)))
	}
	args, err := p.each(parts)
	if err != nil {
		return nil, err
	}
	return p.call(at, o, args)
}

func (p *jsonReader) each(parts []int) ([]*node, error) {
	out := make([]*node, len(parts))
	for i, part := range parts {
		var err error
		if out[i], err = p.expression(part); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *jsonReader) infixOf(at, argsAt int, w operator, parts []int) (*node, error) {
	want, expected := 2, "2"
	switch w.op {
	case opNot, opIsNull:
		want, expected = 1, "1"
	case opBetween:
		want, expected = 3, "3"
	case opAnd, opOr:
		want, expected = max(2, len(parts)), "≥ 2"
	}
	if len(parts) != want {
		return nil, p.fail("filter.arguments", argsAt, "name", w.json, "expected", expected)
	}
	if w.op == opIn {
		x, err := p.expression(parts[0])
		if err != nil {
			return nil, err
		}
		values, err := p.list(parts[1])
		if err != nil {
			return nil, err
		}
		if len(values) > MaxList {
			return nil, p.over("filter.longList", parts[1], MaxList)
		}
		list, err := p.each(values)
		if err != nil {
			return nil, err
		}
		return p.in(at, x, list)
	}
	args, err := p.each(parts)
	if err != nil {
		return nil, err
	}
	switch w.op {
	case opAnd, opOr:
		return p.junction(at, w.op, args)
	case opNot:
		return p.not(at, args[0])
	case opIsNull:
		return p.isNull(at, args[0])
	case opBetween:
		return p.between(at, args[0], args[1], args[2])
	case opLike:
		return p.like(at, args[0], args[1])
	case opEqual, opUnequal, opLess, opGreater, opAtMost, opAtLeast:
		return p.compare(at, w.op, args[0], args[1])
	}
	return p.arithmetic(at, w.op, args[0], args[1])
}

func (p *jsonReader) intervalOf(at int) (*node, error) {
	parts, err := p.list(at)
	if err != nil {
		return nil, err
	}
	if len(parts) != 2 {
		return nil, p.fail("filter.arguments", at, "name", "interval", "expected", "2")
	}
	var ends [2]*node
	for i, part := range parts {
		if s, ok := p.items[part].token.(string); !ok {
			ends[i], err = p.expression(part)
		} else if s != ".." {
			ends[i], err = p.instantText(part, s)
		}
		if err != nil {
			return nil, err
		}
	}
	return p.interval(at, ends[0], ends[1])
}

// numbers reads a list of numbers.
func (p *jsonReader) numbers(at, most int) ([]float64, error) {
	parts, err := p.list(at)
	if err != nil {
		return nil, err
	}
	var out []float64
	for _, part := range parts[:min(len(parts), most)] {
		t, ok := p.items[part].token.(json.Number)
		if !ok {
			return nil, p.unexpected(part, "12.5")
		}
		f, err := t.Float64()
		if err != nil {
			return nil, p.fail("filter.literal", part, "value", t.String(), "expected", "number")
		}
		out = append(out, f)
	}
	return out, nil
}

// geoJSON reads a shape.
func (p *jsonReader) geoJSON(at, depth int) (orb.Geometry, error) {
	typ, err := p.text(p.member(at, "type"))
	if err != nil {
		return nil, err
	}
	body := "coordinates"
	if typ == "GeometryCollection" {
		body = "geometries"
	}
	if err := p.only(at, "type", body, "bbox"); err != nil {
		return nil, err
	}
	m := p.member(at, body)
	if m < 0 {
		return nil, p.unexpected(at, `"`+body+`"`)
	}
	switch typ {
	case "Point":
		return p.position(m)
	case "MultiPoint":
		l, err := p.positions(m)
		return orb.MultiPoint(l), err
	case "LineString":
		l, err := p.positions(m)
		return orb.LineString(l), err
	case "MultiLineString":
		g, err := eachOf(p, m, func(at int) (orb.LineString, error) {
			l, err := p.positions(at)
			return l, err
		})
		return orb.MultiLineString(g), err
	case "Polygon":
		return p.rings(m)
	case "MultiPolygon":
		g, err := eachOf(p, m, p.rings)
		return orb.MultiPolygon(g), err
	case "GeometryCollection":
		if depth > MaxDepth {
			return nil, p.over("filter.tooDeep", at, MaxDepth)
		}
		g, err := eachOf(p, m, func(at int) (orb.Geometry, error) {
			if p.member(at, "type") < 0 {
				return nil, p.unexpected(at, `{"type", "coordinates"}`)
			}
			return p.geoJSON(at, depth+1)
		})
		return orb.Collection(g), err
	}
	return nil, p.unexpected(p.member(at, "type"), "Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon, GeometryCollection")
}

func eachOf[T any](p *jsonReader, at int, one func(int) (T, error)) ([]T, error) {
	parts, err := p.list(at)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return nil, p.fail("filter.geometry", at, "reason", "[]")
	}
	out := make([]T, 0, len(parts))
	for _, part := range parts {
		v, err := one(part)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (p *jsonReader) rings(at int) (orb.Polygon, error) {
	return eachOf(p, at, func(at int) (orb.Ring, error) {
		l, err := p.positions(at)
		return l, err
	})
}

func (p *jsonReader) positions(at int) ([]orb.Point, error) { return eachOf(p, at, p.position) }

func (p *jsonReader) position(at int) (orb.Point, error) {
	if err := p.vertex(at); err != nil {
		return orb.Point{}, err
	}
	n, err := p.numbers(at, 5)
	if err != nil {
		return orb.Point{}, err
	}
	if len(n) < 2 || len(n) > 4 {
		return orb.Point{}, p.fail("filter.geometry", at, "reason", "[x, y]")
	}
	return orb.Point{n[0], n[1]}, nil
}
