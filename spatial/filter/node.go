package filter

import (
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/fold"
)

// op is what a node does.
type op uint8

const (
	opLiteral op = iota
	opProperty
	opShape    // the row's geometry
	opGeometry // a literal shape
	opInterval
	opOr
	opAnd
	opNot
	opEqual
	opUnequal
	opLess
	opGreater
	opAtMost
	opAtLeast
	opLike
	opBetween
	opIn
	opIsNull
	opAdd
	opSubtract
	opMultiply
	opDivide
	opModulo
	opDiv
	opPower
	opCasei
	opAccenti
	opIntersects
	opDisjoint
	opEquals
	opTouches
	opWithin
	opContains
	opOverlaps
	opCrosses
	opDWithin
	opAfter
	opBefore
	opTContains
	opTDisjoint
	opDuring
	opTEquals
	opFinishedBy
	opFinishes
	opTIntersects
	opMeets
	opMetBy
	opOverlappedBy
	opTOverlaps
	opStartedBy
	opStarts
)

// operator is how an op is written. In text names count in either case.
type operator struct {
	op   op
	json string
	text string
}

// infix are written between their operands, functions before them.
var infix = []operator{
	{opOr, "or", "OR"}, {opAnd, "and", "AND"}, {opNot, "not", "NOT"},
	{opEqual, "=", "="}, {opUnequal, "<>", "<>"}, {opLess, "<", "<"}, {opGreater, ">", ">"}, {opAtMost, "<=", "<="}, {opAtLeast, ">=", ">="},
	{opLike, "like", "LIKE"}, {opBetween, "between", "BETWEEN"}, {opIn, "in", "IN"}, {opIsNull, "isNull", "IS NULL"},
	{opAdd, "+", "+"}, {opSubtract, "-", "-"}, {opMultiply, "*", "*"}, {opDivide, "/", "/"}, {opModulo, "%", "%"}, {opDiv, "div", "DIV"}, {opPower, "^", "^"},
}

var functions = []operator{
	{opCasei, "casei", "CASEI"}, {opAccenti, "accenti", "ACCENTI"},
	{opIntersects, "s_intersects", "S_INTERSECTS"}, {opDisjoint, "s_disjoint", "S_DISJOINT"}, {opEquals, "s_equals", "S_EQUALS"},
	{opTouches, "s_touches", "S_TOUCHES"}, {opWithin, "s_within", "S_WITHIN"}, {opContains, "s_contains", "S_CONTAINS"},
	{opOverlaps, "s_overlaps", "S_OVERLAPS"}, {opCrosses, "s_crosses", "S_CROSSES"}, {opDWithin, "s_dwithin", "S_DWITHIN"},
	{opAfter, "t_after", "T_AFTER"}, {opBefore, "t_before", "T_BEFORE"}, {opTContains, "t_contains", "T_CONTAINS"},
	{opTDisjoint, "t_disjoint", "T_DISJOINT"}, {opDuring, "t_during", "T_DURING"}, {opTEquals, "t_equals", "T_EQUALS"},
	{opFinishedBy, "t_finishedBy", "T_FINISHEDBY"}, {opFinishes, "t_finishes", "T_FINISHES"}, {opTIntersects, "t_intersects", "T_INTERSECTS"},
	{opMeets, "t_meets", "T_MEETS"}, {opMetBy, "t_metBy", "T_METBY"}, {opOverlappedBy, "t_overlappedBy", "T_OVERLAPPEDBY"},
	{opTOverlaps, "t_overlaps", "T_OVERLAPS"}, {opStartedBy, "t_startedBy", "T_STARTEDBY"}, {opStarts, "t_starts", "T_STARTS"},
}

// arrays are the standard's functions that no type of ours has a use for.
var arrays = []string{"a_equals", "a_contains", "a_containedby", "a_overlaps"}

func written(o op) operator {
	for _, list := range [][]operator{infix, functions} {
		for _, w := range list {
			if w.op == o {
				return w
			}
		}
	}
	return operator{}
}

func (o op) String() string { return written(o).text }

// function finds a function by its name in text, or by its name in JSON.
func functionOf(name string, json bool) (op, bool) {
	for _, f := range functions {
		if json && f.json == name || !json && strings.EqualFold(f.text, name) {
			return f.op, true
		}
	}
	return 0, false
}

// node is one part of an expression.
type node struct {
	op    op
	kind  kind
	at    int // where it was read, for errors
	depth int
	args  []*node

	value spatial.Value // of a literal, or of whatever is fixed
	index int           // of a property
	name  string
	geom  orb.Geometry // of a literal shape, as it was written
	lists []int        // the properties of several values that it speaks of

	// What is worked out once, so that a row costs little.
	fixed    bool // the same for every row
	truth    truth
	how      fold.How        // of CASEI, ACCENTI: what does not count
	run      []*node         // of AND, OR: the operands, the cheap ones first
	pattern  *pattern        // of LIKE
	list     []spatial.Value // of IN: the fixed values in order
	rest     []*node         // of IN: the others
	hasNull  bool            // of IN: one of the fixed values is missing
	period   [2]instant      // of what is fixed in time
	zone     *time.Location  // of what is in time: where its days begin
	relation *relation       // of a spatial predicate between the row's shape and a literal
}

// cost orders the operands of AND and OR.
func (n *node) cost() int {
	c := 1
	switch {
	case n.op >= opIntersects && n.op <= opDWithin:
		c = 1000
	case n.op == opLike, n.op == opCasei, n.op == opAccenti:
		c = 5
	}
	for _, a := range n.args {
		c += a.cost()
	}
	return c
}
