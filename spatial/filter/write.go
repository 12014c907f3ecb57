package filter

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Text is e as CQL2 text, in one way of several: keywords in capitals, parentheses
// where they are needed, numbers as short as can be. "" for the zero Expr. Read
// again it is the same expression.
func (e Expr) Text() string {
	if e.root == nil {
		return ""
	}
	return string(e.root.appendText(nil, 0))
}

// JSON is e as CQL2 JSON, compact, in one way of several; nil for the zero Expr.
func (e Expr) JSON() []byte {
	if e.root == nil {
		return nil
	}
	return e.root.appendJSON(nil)
}

func (n *node) precedence() int {
	switch n.op {
	case opOr:
		return precOr
	case opAnd:
		return precAnd
	case opNot:
		if n.negates() {
			return precCompare
		}
		return precNot
	case opEqual, opUnequal, opLess, opGreater, opAtMost, opAtLeast, opLike, opBetween, opIn, opIsNull:
		return precCompare
	case opAdd, opSubtract:
		return precAdd
	case opMultiply, opDivide, opModulo, opDiv:
		return precMultiply
	case opPower:
		return precPower
	}
	return precPrimary
}

// negates reports whether a NOT is written within its operand: NOT LIKE, IS NOT NULL.
func (n *node) negates() bool {
	switch n.args[0].op {
	case opLike, opBetween, opIn, opIsNull:
		return true
	}
	return false
}

// appendText writes the node, in parentheses where it binds less tightly than least.
func (n *node) appendText(b []byte, least int) []byte {
	if n.precedence() < least {
		return append(n.appendText(append(b, '('), 0), ')')
	}
	words := func(s ...string) {
		for _, w := range s {
			b = append(b, w...)
		}
	}
	operand := func(i, least int) { b = n.args[i].appendText(b, least) }
	switch n.op {
	case opLiteral:
		return appendLiteral(b, n.value)
	case opProperty, opShape:
		return appendName(b, n.name)
	case opGeometry:
		return appendWKT(b, n.geom)
	case opInterval:
		words("INTERVAL(")
		b = n.args[0].appendBound(b, "'")
		words(", ")
		b = n.args[1].appendBound(b, "'")
		words(")")
	case opOr, opAnd:
		for i := range n.args {
			if i > 0 {
				words(" ", n.op.String(), " ")
			}
			operand(i, n.precedence()+1)
		}
	case opNot:
		if n.negates() {
			return n.args[0].appendPredicate(b, true)
		}
		words("NOT ")
		operand(0, precCompare)
	case opLike, opBetween, opIn, opIsNull:
		return n.appendPredicate(b, false)
	case opEqual, opUnequal, opLess, opGreater, opAtMost, opAtLeast:
		operand(0, precAdd)
		words(" ", n.op.String(), " ")
		operand(1, precAdd)
	case opAdd, opSubtract, opMultiply, opDivide, opModulo, opDiv, opPower:
		left := n.precedence()
		if n.op == opPower {
			left = precPrimary
		}
		operand(0, left)
		words(" ", n.op.String(), " ")
		operand(1, n.precedence()+1)
	default:
		words(n.op.String(), "(")
		for i := range n.args {
			if i > 0 {
				words(", ")
			}
			operand(i, precAdd)
		}
		words(")")
	}
	return b
}

// appendPredicate writes LIKE, BETWEEN, IN and IS NULL.
func (n *node) appendPredicate(b []byte, negated bool) []byte {
	b = n.args[0].appendText(b, precAdd)
	not := ""
	if negated {
		not = "NOT "
	}
	switch n.op {
	case opIsNull:
		return append(append(append(b, " IS "...), not...), "NULL"...)
	case opIn:
		b = append(append(append(b, ' '), not...), "IN ("...)
		for i, a := range n.args[1:] {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = a.appendText(b, precAdd)
		}
		return append(b, ')')
	}
	b = append(append(append(append(b, ' '), not...), n.op.String()...), ' ')
	b = n.args[1].appendText(b, precAdd)
	if n.op == opBetween {
		b = n.args[2].appendText(append(b, " AND "...), precAdd)
	}
	return b
}

// appendBound writes an end of an interval, a literal in the given quotes.
func (n *node) appendBound(b []byte, quote string) []byte {
	switch {
	case n.op != opLiteral:
		if quote == "'" {
			return n.appendText(b, precAdd)
		}
		return n.appendJSON(b)
	case n.name == "..":
		return append(append(append(b, quote...), ".."...), quote...)
	}
	return append(append(append(b, quote...), instantText(n.value)...), quote...)
}

// instantText is a day, or an instant without a fraction that is zero.
func instantText(v spatial.Value) string {
	return strings.Replace(v.String(), ".000Z", "Z", 1)
}

func appendLiteral(b []byte, v spatial.Value) []byte {
	switch v.Type() {
	case spatial.TypeText:
		return append(append(append(b, '\''), strings.ReplaceAll(v.Text(), "'", "''")...), '\'')
	case spatial.TypeBool:
		return append(b, strings.ToUpper(v.String())...)
	case spatial.TypeDate:
		return append(append(append(b, "DATE('"...), v.String()...), "')"...)
	case spatial.TypeTime:
		return append(append(append(b, "TIMESTAMP('"...), instantText(v)...), "')"...)
	case spatial.TypeInt:
		return append(b, v.String()...)
	}
	f, _ := v.Number()
	return appendNumber(b, f)
}

func appendName(b []byte, name string) []byte {
	plain := !reserved(name)
	for i, r := range name {
		plain = plain && (i == 0 && nameStart(r) || i > 0 && namePart(r))
	}
	if plain && name != "" {
		return append(b, name...)
	}
	return append(append(append(b, '"'), strings.ReplaceAll(name, `"`, `""`)...), '"')
}

func appendQuoted(b []byte, s string) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a text into memory: it cannot fail
	return append(b, bytes.TrimRight(out.Bytes(), "\n")...)
}

func (n *node) appendJSON(b []byte) []byte {
	list := func(args []*node) {
		b = append(b, '[')
		for i, a := range args {
			if i > 0 {
				b = append(b, ',')
			}
			b = a.appendJSON(b)
		}
		b = append(b, ']')
	}
	switch n.op {
	case opLiteral:
		switch n.value.Type() {
		case spatial.TypeText:
			return appendQuoted(b, n.value.Text())
		case spatial.TypeDate:
			return append(append(append(b, `{"date":"`...), n.value.String()...), `"}`...)
		case spatial.TypeTime:
			return append(append(append(b, `{"timestamp":"`...), instantText(n.value)...), `"}`...)
		case spatial.TypeBool:
			return append(b, n.value.String()...)
		}
		return appendLiteral(b, n.value)
	case opProperty, opShape:
		return append(appendQuoted(append(b, `{"property":`...), n.name), '}')
	case opGeometry:
		return appendGeoJSON(b, n.geom)
	case opInterval:
		b = n.args[0].appendBound(append(b, `{"interval":[`...), `"`)
		return append(n.args[1].appendBound(append(b, ','), `"`), "]}"...)
	}
	b = append(append(append(b, `{"op":"`...), written(n.op).json...), `","args":`...)
	if n.op == opIn {
		b = n.args[0].appendJSON(append(b, '['))
		b = append(b, ',')
		list(n.args[1:])
		b = append(b, ']')
	} else {
		list(n.args)
	}
	return append(b, '}')
}

// shapeWriter writes points and lists in WKT or in GeoJSON.
type shapeWriter struct {
	open, close, between string
	point                func([]byte, orb.Point) []byte
}

func wktWriter() shapeWriter {
	return shapeWriter{"(", ")", ", ", func(b []byte, p orb.Point) []byte {
		return appendNumber(append(appendNumber(b, p[0]), ' '), p[1])
	}}
}

func jsonWriter() shapeWriter {
	return shapeWriter{"[", "]", ",", func(b []byte, p orb.Point) []byte {
		return append(appendNumber(append(appendNumber(append(b, '['), p[0]), ','), p[1]), ']')
	}}
}

func listed[T any](w shapeWriter, b []byte, all []T, one func([]byte, T) []byte) []byte {
	b = append(b, w.open...)
	for i, v := range all {
		if i > 0 {
			b = append(b, w.between...)
		}
		b = one(b, v)
	}
	return append(b, w.close...)
}

func (w shapeWriter) points(b []byte, l []orb.Point) []byte { return listed(w, b, l, w.point) }

func (w shapeWriter) polygon(b []byte, g orb.Polygon) []byte {
	return listed(w, b, g, func(b []byte, r orb.Ring) []byte { return w.points(b, r) })
}

// body writes what a shape holds, after its name.
func (w shapeWriter) body(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Point:
		if w.open == "[" {
			return w.point(b, g)
		}
		return w.points(b, []orb.Point{g})
	case orb.MultiPoint:
		if w.open == "[" {
			return w.points(b, g)
		}
		return listed(w, b, g, func(b []byte, p orb.Point) []byte { return w.points(b, []orb.Point{p}) })
	case orb.LineString:
		return w.points(b, g)
	case orb.MultiLineString:
		return listed(w, b, g, func(b []byte, l orb.LineString) []byte { return w.points(b, l) })
	case orb.Polygon:
		return w.polygon(b, g)
	case orb.MultiPolygon:
		return listed(w, b, g, w.polygon)
	}
	return b
}

func appendWKT(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Bound:
		b = append(b, "BBOX("...)
		for i, f := range [...]float64{g.Min[0], g.Min[1], g.Max[0], g.Max[1]} {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = appendNumber(b, f)
		}
		return append(b, ')')
	case orb.Collection:
		return listed(wktWriter(), append(b, "GEOMETRYCOLLECTION"...), g, appendWKT)
	}
	i := slices.IndexFunc(shapeNames, func(s struct{ wkt, json string }) bool { return s.json == g.GeoJSONType() })
	return wktWriter().body(append(b, shapeNames[i].wkt...), g)
}

func appendGeoJSON(b []byte, g orb.Geometry) []byte {
	switch g := g.(type) {
	case orb.Bound:
		b = append(b, `{"bbox":[`...)
		for i, f := range [...]float64{g.Min[0], g.Min[1], g.Max[0], g.Max[1]} {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendNumber(b, f)
		}
		return append(b, "]}"...)
	case orb.Collection:
		b = listed(jsonWriter(), append(b, `{"type":"GeometryCollection","geometries":`...), g, appendGeoJSON)
		return append(b, '}')
	}
	b = append(append(append(b, `{"type":"`...), g.GeoJSONType()...), `","coordinates":`...)
	return append(jsonWriter().body(b, g), '}')
}
