package planning

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"math"
	"strconv"
)

// mostFormula bounds a formula's text, and so its depth and the work it makes.
const mostFormula = 200

// Formula is arithmetic over inputs: numbers, names of number inputs, + - * /,
// parentheses, min, max, floor, ceil and round. The zero Formula is none.
type Formula struct {
	text  string
	nodes []node
	reads inputs
}

// String is the formula as it was written.
func (f *Formula) String() string { return f.text }

// Inputs are the names of the inputs it reads.
func (f *Formula) Inputs() []string { return f.reads.names() }

// FormulaFault is what is wrong with a formula, and at which byte.
type FormulaFault struct {
	At   int
	Kind string // "long", "syntax", "name", "call", "operator", "number"
	What string
}

// Error is for logs.
func (f *FormulaFault) Error() string { return "formula: " + f.Kind + " " + f.What }

// node is one step of a formula in the order of reverse Polish notation.
type node struct {
	do    op
	value float64 // of a number
	in    input   // of a name
	args  int     // of a call
}

type op uint8

const (
	opNumber op = iota
	opInput
	opAdd
	opSub
	opMul
	opDiv
	opMin
	opMax
	opFloor
	opCeil
	opRound
)

// ParseFormula reads a formula. The grammar is that of Go's expressions, cut down.
func ParseFormula(text string) (*Formula, *FormulaFault) {
	if len(text) > mostFormula {
		return nil, &FormulaFault{0, "long", ""}
	}
	e, err := parser.ParseExpr(text)
	if err != nil {
		fault := &FormulaFault{0, "syntax", err.Error()}
		var list scanner.ErrorList
		if errors.As(err, &list) && len(list) > 0 {
			fault.At, fault.What = list[0].Pos.Offset, list[0].Msg
		}
		return nil, fault
	}
	f := &Formula{text: text}
	if fault := f.add(e); fault != nil {
		return nil, fault
	}
	return f, nil
}

func (f *Formula) add(e ast.Expr) *FormulaFault {
	at := int(e.Pos()) - 1
	switch e := e.(type) {
	case *ast.ParenExpr:
		return f.add(e.X)
	case *ast.BasicLit:
		v, err := strconv.ParseFloat(e.Value, 64)
		if err != nil || e.Kind != token.INT && e.Kind != token.FLOAT {
			return &FormulaFault{at, "number", e.Value}
		}
		f.nodes = append(f.nodes, node{do: opNumber, value: v})
	case *ast.Ident:
		in, ok := inputOf(e.Name)
		if !ok || inputTable[in].Type != NumberInput {
			return &FormulaFault{at, "name", e.Name}
		}
		f.reads |= in.bit()
		f.nodes = append(f.nodes, node{do: opInput, in: in})
	case *ast.BinaryExpr:
		do := op(0)
		switch e.Op {
		case token.ADD:
			do = opAdd
		case token.SUB:
			do = opSub
		case token.MUL:
			do = opMul
		case token.QUO:
			do = opDiv
		default:
			return &FormulaFault{int(e.OpPos) - 1, "operator", e.Op.String()}
		}
		if fault := f.add(e.X); fault != nil {
			return fault
		}
		if fault := f.add(e.Y); fault != nil {
			return fault
		}
		f.nodes = append(f.nodes, node{do: do})
	case *ast.CallExpr:
		name, _ := e.Fun.(*ast.Ident)
		if name == nil {
			return &FormulaFault{at, "call", ""}
		}
		do, least, most := op(0), 1, 1
		switch name.Name {
		case "min":
			do, least, most = opMin, 2, 8
		case "max":
			do, least, most = opMax, 2, 8
		case "floor":
			do = opFloor
		case "ceil":
			do = opCeil
		case "round":
			do = opRound
		default:
			return &FormulaFault{at, "call", name.Name}
		}
		if len(e.Args) < least || len(e.Args) > most || e.Ellipsis.IsValid() {
			return &FormulaFault{at, "call", name.Name}
		}
		for _, a := range e.Args {
			if fault := f.add(a); fault != nil {
				return fault
			}
		}
		f.nodes = append(f.nodes, node{do: do, args: len(e.Args)})
	default:
		return &FormulaFault{at, "syntax", ""}
	}
	return nil
}

// at is the formula's number over what is known of its inputs. The span may be
// wider than what can be where an input stands in it twice, and is never narrower.
func (f *Formula) at(known *facts) span {
	var room [16]span
	stack := room[:0]
	for i := range f.nodes {
		n := &f.nodes[i]
		switch n.do {
		case opNumber:
			stack = append(stack, exactly(n.value))
			continue
		case opInput:
			stack = append(stack, known.num[n.in])
			continue
		}
		args := max(n.args, 1)
		if n.do <= opDiv {
			args = 2
		}
		from := len(stack) - args
		v := stack[from]
		for _, w := range stack[from+1:] {
			v = combine(n.do, v, w)
		}
		switch n.do {
		case opFloor:
			v = span{math.Floor(v.lo + 1e-9), math.Floor(v.hi + 1e-9)}
		case opCeil:
			v = span{math.Ceil(v.lo - 1e-9), math.Ceil(v.hi - 1e-9)}
		case opRound:
			v = span{math.Round(v.lo), math.Round(v.hi)}
		}
		stack = append(stack[:from], v)
	}
	v := whole(stack[0])
	return span{tidy(max(v.lo, 0)), tidy(max(v.hi, 0))} // no limit is below zero
}

// combine works a step out. A division by nothing gives no number (NaN), and so does
// all that rests on it.
func combine(do op, a, b span) span {
	if math.IsNaN(a.lo) || math.IsNaN(b.lo) {
		return span{math.NaN(), math.NaN()}
	}
	switch do {
	case opAdd:
		return ends(a.lo+b.lo, a.hi+b.hi)
	case opSub:
		return ends(a.lo-b.hi, a.hi-b.lo)
	case opMin:
		return span{min(a.lo, b.lo), min(a.hi, b.hi)}
	case opMax:
		return span{max(a.lo, b.lo), max(a.hi, b.hi)}
	case opDiv:
		if b.lo <= 0 && b.hi >= 0 {
			if b == (span{}) {
				return span{math.NaN(), math.NaN()}
			}
			if b.lo == 0 && b.hi > 0 && a.lo >= 0 { // by a number down to nothing: without end
				return span{a.lo / b.hi, math.Inf(1)}
			}
			return span{math.Inf(-1), math.Inf(1)}
		}
		b = span{1 / b.hi, 1 / b.lo}
	}
	out := span{math.Inf(1), math.Inf(-1)}
	for _, x := range [2]float64{a.lo, a.hi} {
		for _, y := range [2]float64{b.lo, b.hi} {
			p := x * y
			if math.IsNaN(p) { // nothing, times a number without end
				p = 0
			}
			out.lo, out.hi = min(out.lo, p), max(out.hi, p)
		}
	}
	return out
}

// ends is a span; an end that is no number, as of ∞ less ∞, is open.
func ends(lo, hi float64) span {
	if math.IsNaN(lo) {
		lo = math.Inf(-1)
	}
	if math.IsNaN(hi) {
		hi = math.Inf(1)
	}
	return span{lo, hi}
}

// whole is s, or every number where s is none.
func whole(s span) span { return ends(s.lo, s.hi) }
