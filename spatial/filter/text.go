package filter

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/langbiang/langbiang/spatial"
)

// ParseText reads CQL2 text. Errors, with args where (line:column) and others:
// Invalid filter.syntax (found, expected), filter.ended (expected), filter.property
// (name, known), filter.function (name, known), filter.arrays (name), filter.type
// (operator, found, expected), filter.arguments (name, expected), filter.literal
// (value, expected), filter.geometry (reason), filter.noPlane (name),
// filter.outOfPlane; TooLarge filter.tooLong (limit, size), and with where and
// limit filter.tooDeep, filter.tooMany, filter.longList, filter.tooManyVertices.
func ParseText(s string, schema Schema) (Expr, error) {
	p := &textReader{lexer: lexer{s: s}}
	p.builder = builder{schema: schema, where: p.lineColumn}
	if err := tooLong(len(s)); err != nil {
		return Expr{}, err
	}
	if !utf8.ValidString(s) {
		at := strings.IndexFunc(s, func(r rune) bool { return r == utf8.RuneError })
		return Expr{}, p.fail("filter.syntax", at, "found", "�", "expected", "UTF-8")
	}
	p.step()
	n, err := p.expression(1)
	if err == nil && p.tok.kind != tokenEnd {
		err = p.unexpected("AND, OR")
	}
	if err != nil {
		return Expr{}, err
	}
	return p.whole(n)
}

func tooLong(size int) error {
	if size <= MaxBytes {
		return nil
	}
	return &spatial.Error{Op: "read a filter", Kind: spatial.TooLarge, Code: "filter.tooLong", Args: map[string]any{"limit": MaxBytes, "size": size}}
}

// textReader reads by recursive descent, no deeper than MaxDepth.
type textReader struct {
	builder
	lexer
	tok   token
	depth int
}

func (p *textReader) step() { p.tok = p.lexer.next() }

// lineColumn names a place: "1:12", lines and characters from 1.
func (p *textReader) lineColumn(at int) string {
	before := p.s[:min(at, len(p.s))]
	line := strings.Count(before, "\n")
	return fmt.Sprintf("%d:%d", line+1, utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])+1)
}

func (p *textReader) unexpected(expected string) error {
	if p.tok.kind == tokenEnd {
		return p.fail("filter.ended", p.tok.at, "expected", expected)
	}
	found := p.tok.text
	if r := []rune(found); len(r) > 40 {
		found = string(r[:40]) + "…"
	}
	return p.fail("filter.syntax", p.tok.at, "found", found, "expected", expected)
}

func (p *textReader) expect(sign string) error {
	if !p.tok.is(sign) {
		return p.unexpected(sign)
	}
	p.step()
	return nil
}

// Precedence, the loosest first.
const (
	precOr = 1 + iota
	precAnd
	precNot
	precCompare
	precAdd
	precMultiply
	precPower
	precPrimary
)

// binary is the operator that a token is after an operand, and its precedence; 0
// where it is none.
func (t token) binary() (op, int) {
	if t.kind == tokenSign {
		switch t.text {
		case "=":
			return opEqual, precCompare
		case "<>":
			return opUnequal, precCompare
		case "<":
			return opLess, precCompare
		case ">":
			return opGreater, precCompare
		case "<=":
			return opAtMost, precCompare
		case ">=":
			return opAtLeast, precCompare
		case "+":
			return opAdd, precAdd
		case "-":
			return opSubtract, precAdd
		case "*":
			return opMultiply, precMultiply
		case "/":
			return opDivide, precMultiply
		case "%":
			return opModulo, precMultiply
		case "^":
			return opPower, precPower
		}
	}
	switch {
	case t.is("OR"):
		return opOr, precOr
	case t.is("AND"):
		return opAnd, precAnd
	case t.is("DIV"):
		return opDiv, precMultiply
	case t.is("LIKE"), t.is("IN"), t.is("BETWEEN"), t.is("IS"), t.is("NOT"):
		return opLike, precCompare // one of these: predicate tells which
	}
	return opLiteral, 0
}

// enter counts a level of nesting.
func (p *textReader) enter() error {
	if p.depth++; p.depth > MaxDepth {
		return p.over("filter.tooDeep", p.tok.at, MaxDepth)
	}
	return nil
}

// expression reads operators that bind at least as tightly as least.
func (p *textReader) expression(least int) (*node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	left, err := p.prefix()
	if err != nil {
		return nil, err
	}
	for {
		at := p.tok.at
		o, prec := p.tok.binary()
		if prec == 0 || prec < least {
			return left, nil
		}
		switch {
		case prec <= precAnd:
			left, err = p.junctionOf(o, prec, left)
		case o == opLike:
			left, err = p.predicate(left)
		default:
			p.step()
			var right *node
			if o == opPower {
				right, err = p.expression(prec)
			} else {
				right, err = p.expression(prec + 1)
			}
			if err != nil {
				return nil, err
			}
			if prec == precCompare {
				left, err = p.compare(at, o, left, right)
			} else {
				left, err = p.arithmetic(at, o, left, right)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// junctionOf reads the further operands of AND or OR.
func (p *textReader) junctionOf(o op, prec int, first *node) (*node, error) {
	at := p.tok.at
	args := []*node{first}
	for p.tok.is(o.String()) {
		p.step()
		n, err := p.expression(prec + 1)
		if err != nil {
			return nil, err
		}
		args = append(args, n)
	}
	return p.junction(at, o, args)
}

// predicate reads [NOT] LIKE, IN, BETWEEN, or IS [NOT] NULL after its operand.
func (p *textReader) predicate(x *node) (n *node, err error) {
	at := p.tok.at
	negated := p.tok.is("NOT")
	if negated {
		p.step()
	}
	switch {
	case p.tok.is("LIKE"):
		p.step()
		y, err := p.expression(precAdd)
		if err != nil {
			return nil, err
		}
		if n, err = p.like(at, x, y); err != nil {
			return nil, err
		}
	case p.tok.is("IN"):
		p.step()
		if err := p.expect("("); err != nil {
			return nil, err
		}
		list, err := p.list(at, MaxList)
		if err != nil {
			return nil, err
		}
		if n, err = p.in(at, x, list); err != nil {
			return nil, err
		}
	case p.tok.is("BETWEEN"):
		p.step()
		low, err := p.expression(precAdd)
		if err != nil {
			return nil, err
		}
		if err := p.expect("AND"); err != nil {
			return nil, err
		}
		high, err := p.expression(precAdd)
		if err != nil {
			return nil, err
		}
		if n, err = p.between(at, x, low, high); err != nil {
			return nil, err
		}
	case p.tok.is("IS") && !negated:
		p.step()
		if negated = p.tok.is("NOT"); negated {
			p.step()
		}
		if err := p.expect("NULL"); err != nil {
			return nil, err
		}
		if n, err = p.isNull(at, x); err != nil {
			return nil, err
		}
	default:
		return nil, p.unexpected("LIKE, IN, BETWEEN")
	}
	if negated {
		return p.not(at, n)
	}
	return n, nil
}

// list reads values up to the closing parenthesis.
func (p *textReader) list(at, most int) ([]*node, error) {
	var out []*node
	for {
		n, err := p.expression(precAdd)
		if err != nil {
			return nil, err
		}
		if out = append(out, n); len(out) > most {
			return nil, p.over("filter.longList", at, most)
		}
		if !p.tok.is(",") {
			return out, p.expect(")")
		}
		p.step()
	}
}

const anyValue = "PROPERTY, 'text', 12.5, ("

// prefix reads what an expression begins with.
func (p *textReader) prefix() (*node, error) {
	t := p.tok
	switch {
	case t.is("NOT"):
		p.step()
		x, err := p.expression(precNot)
		if err != nil {
			return nil, err
		}
		return p.not(t.at, x)
	case t.is("-"):
		p.step()
		x, err := p.expression(precPrimary)
		if err != nil {
			return nil, err
		}
		if err := p.builder.need(x, opSubtract, kindNumber); err != nil {
			return nil, err
		}
		return p.negative(t.at, x)
	case t.is("+"):
		if p.step(); p.tok.kind != tokenNumber {
			return nil, p.unexpected("12.5")
		}
		return p.prefix()
	case t.is("("):
		p.step()
		x, err := p.expression(precOr)
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	case t.is("TRUE"), t.is("FALSE"):
		p.step()
		return p.literal(t.at, spatial.Bool(t.is("TRUE")))
	}
	switch t.kind {
	case tokenNumber:
		p.step()
		return p.number(t.at, t.text)
	case tokenText:
		p.step()
		return p.literal(t.at, spatial.Text(t.text))
	case tokenQuoted:
		p.step()
		return p.property(t.at, t.text)
	case tokenName:
		if reserved(t.text) {
			return nil, p.unexpected(anyValue)
		}
		if p.step(); p.tok.is("(") || shapeOf(t.text) && (p.tok.is("Z") || p.tok.is("M") || p.tok.is("ZM") || p.tok.is("EMPTY")) {
			return p.named(t)
		}
		return p.property(t.at, t.text)
	}
	return nil, p.unexpected(anyValue)
}

// reserved reports whether a name is a keyword: as a property it is quoted.
func reserved(name string) bool {
	for _, k := range [...]string{"AND", "OR", "NOT", "LIKE", "IN", "BETWEEN", "IS", "NULL", "TRUE", "FALSE", "DIV"} {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// named reads what a name followed by a parenthesis is: a literal or a function.
func (p *textReader) named(t token) (*node, error) {
	if shapeOf(t.text) {
		return p.wkt(t)
	}
	if err := p.expect("("); err != nil {
		return nil, err
	}
	switch {
	case t.is("BBOX"):
		return p.bbox(t.at)
	case t.is("DATE"), t.is("TIMESTAMP"):
		text := p.tok
		if text.kind != tokenText {
			return nil, p.unexpected("'2026-01-31'")
		}
		p.step()
		if err := p.expect(")"); err != nil {
			return nil, err
		}
		if t.is("DATE") {
			return p.date(text.at, text.text)
		}
		return p.timestamp(text.at, text.text)
	case t.is("INTERVAL"):
		from, err := p.bound(",")
		if err != nil {
			return nil, err
		}
		to, err := p.bound(")")
		if err != nil {
			return nil, err
		}
		return p.interval(t.at, from, to)
	}
	o, ok := functionOf(t.text, false)
	if !ok {
		return nil, p.unknownFunction(t.at, t.text)
	}
	if p.tok.is(")") {
		p.step()
		return p.call(t.at, o, nil)
	}
	args, err := p.list(t.at, 3)
	if spatial.CodeOf(err) == "filter.longList" {
		return p.call(t.at, o, make([]*node, 4))
	}
	if err != nil {
		return nil, err
	}
	return p.call(t.at, o, args)
}

// bound reads one end of an interval and the sign after it; nil is no bound.
func (p *textReader) bound(sign string) (n *node, err error) {
	t := p.tok
	switch {
	case t.kind == tokenText && t.text == "..":
		p.step()
	case t.kind == tokenText:
		p.step()
		n, err = p.instantText(t.at, t.text)
	default:
		n, err = p.expression(precAdd)
	}
	if err != nil {
		return nil, err
	}
	return n, p.expect(sign)
}
