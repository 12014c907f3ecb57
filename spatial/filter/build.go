package filter

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/fold"
)

// builder makes nodes, checks their types and keeps the bounds, for both readers.
type builder struct {
	schema   Schema
	where    func(at int) string // a place as errors name it
	nodes    int
	vertices int
}

// fail is an Invalid error at a place; args are names and values in turn.
func (b *builder) fail(code string, at int, args ...any) error {
	e := &spatial.Error{Op: "read a filter", Kind: spatial.Invalid, Code: code, Args: map[string]any{"where": b.where(at)}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i].(string)] = args[i+1]
	}
	return e
}

// over is the error of a bound.
func (b *builder) over(code string, at, limit int) error {
	return &spatial.Error{Op: "read a filter", Kind: spatial.TooLarge, Code: code, Args: map[string]any{"where": b.where(at), "limit": limit}}
}

// need checks the kind of an operand.
func (b *builder) need(n *node, by op, kinds ...kind) error {
	if slices.Contains(kinds, n.kind) {
		return nil
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.String()
	}
	return b.mismatch(n, by, strings.Join(names, ", "))
}

func (b *builder) mismatch(n *node, by op, expected string) error {
	return b.fail("filter.type", n.at, "operator", by.String(), "found", n.kind.String(), "expected", expected)
}

// add counts a node in.
func (b *builder) add(n *node) (*node, error) {
	if b.nodes++; b.nodes > MaxNodes {
		return nil, b.over("filter.tooMany", n.at, MaxNodes)
	}
	n.depth = 1
	fixed := n.op != opProperty && n.op != opShape
	for _, a := range n.args {
		n.depth = max(n.depth, a.depth+1)
		fixed = fixed && a.fixed
		if a.kind != kindBool { // a condition has looked at every value already
			n.lists = union(n.lists, a.lists)
		}
	}
	if n.depth > MaxDepth {
		return nil, b.over("filter.tooDeep", n.at, MaxDepth)
	}
	if n.op == opLiteral || n.op == opGeometry {
		n.fixed = true
		if n.kind == kindBool {
			n.truth = truthOf(n.value)
		}
	}
	if n.kind.temporal() || n.op >= opAfter {
		n.zone = b.zone()
	}
	if fixed && !n.fixed && n.kind != kindInterval {
		b.settle(n)
	}
	if n.kind.temporal() && n.fixed {
		i := instantOf(n.value)
		i.bound(b.zone())
		n.period = [2]instant{i, i}
	}
	n.fixed = n.fixed || fixed
	return n, nil
}

func (b *builder) zone() *time.Location {
	if b.schema.Zone == nil {
		return time.UTC
	}
	return b.schema.Zone
}

// settle works out what is the same for every row.
func (b *builder) settle(n *node) {
	switch n.kind {
	case kindBool:
		n.truth = n.holds(nil)
		if n.truth != unknown {
			n.value = spatial.Bool(n.truth == yes)
		}
	case kindText:
		if s, how, ok := n.text(nil); ok {
			n.value = spatial.Text(fold.Text(s, how))
		}
	default:
		n.value = n.scalar(nil)
	}
}

func (b *builder) literal(at int, v spatial.Value) (*node, error) {
	return b.add(&node{op: opLiteral, kind: kindOf(v.Type()), at: at, value: v})
}

// number reads a number: whole where that loses nothing.
func (b *builder) number(at int, text string) (*node, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, b.fail("filter.literal", at, "value", text, "expected", "number")
	}
	v := spatial.Float(f)
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		v = spatial.Int(i)
	} else if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		v = spatial.Int(int64(f))
	}
	return b.literal(at, v)
}

func (b *builder) date(at int, text string) (*node, error) {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, b.fail("filter.literal", at, "value", text, "expected", "2026-01-31")
	}
	return b.literal(at, spatial.Day(spatial.Date(d.Format(time.DateOnly))))
}

func (b *builder) timestamp(at int, text string) (*node, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.UTC().Year() < 0 || t.UTC().Year() > 9999 {
		return nil, b.fail("filter.literal", at, "value", text, "expected", "2026-01-31T08:00:00Z")
	}
	return b.literal(at, spatial.Millis(t.UnixMilli()))
}

// instantText reads a date or a timestamp by its form.
func (b *builder) instantText(at int, text string) (*node, error) {
	if strings.Contains(text, "T") {
		return b.timestamp(at, text)
	}
	return b.date(at, text)
}

func (b *builder) property(at int, name string) (*node, error) {
	name = norm.NFC.String(name)
	if name == b.schema.Geometry && name != "" {
		return b.add(&node{op: opShape, kind: kindGeometry, at: at, name: name})
	}
	for i, p := range b.schema.Properties {
		if p.Name == name {
			n := &node{op: opProperty, kind: kindOf(p.Type), at: at, name: name, index: i}
			if p.Many {
				n.lists = []int{i}
			}
			return b.add(n)
		}
	}
	var known []string
	for _, p := range b.schema.Properties {
		known = append(known, p.Name)
	}
	if b.schema.Geometry != "" {
		known = append(known, b.schema.Geometry)
	}
	if len(known) > maxKnown {
		known = append(known[:maxKnown:maxKnown], "…")
	}
	return nil, b.fail("filter.property", at, "name", name, "known", strings.Join(known, ", "))
}

// junction is AND or OR of two or more; those of the same kind within it are taken in.
func (b *builder) junction(at int, o op, args []*node) (*node, error) {
	var flat []*node
	for _, a := range args {
		if err := b.need(a, o, kindBool); err != nil {
			return nil, err
		}
		if a.op == o {
			flat = append(flat, a.args...)
			b.nodes--
		} else {
			flat = append(flat, a)
		}
	}
	run := slices.Clone(flat)
	slices.SortStableFunc(run, func(x, y *node) int { return cmp.Compare(x.cost(), y.cost()) })
	return b.add(&node{op: o, kind: kindBool, at: at, args: flat, run: run})
}

func (b *builder) not(at int, x *node) (*node, error) {
	if err := b.need(x, opNot, kindBool); err != nil {
		return nil, err
	}
	return b.add(&node{op: opNot, kind: kindBool, at: at, args: []*node{x}})
}

// alike checks that two values can be compared.
func (b *builder) alike(o op, x, y *node) error {
	order := o != opEqual && o != opUnequal && o != opIn
	for _, a := range []*node{x, y} {
		if err := b.need(a, o, kindNumber, kindText, kindDate, kindTime, kindBool); err != nil {
			return err
		}
	}
	switch {
	case x.kind == kindBool && order:
		return b.mismatch(x, o, "number, text, date, time")
	case x.kind.temporal() && y.kind.temporal():
		return nil
	}
	// The literal is the one to mend.
	if x.kind != y.kind && x.op == opLiteral && y.op != opLiteral {
		return b.mismatch(x, o, y.kind.String())
	}
	return b.need(y, o, x.kind)
}

func (b *builder) compare(at int, o op, x, y *node) (*node, error) {
	if err := b.alike(o, x, y); err != nil {
		return nil, err
	}
	return b.add(&node{op: o, kind: kindBool, at: at, args: []*node{x, y}})
}

func (b *builder) between(at int, x, low, high *node) (*node, error) {
	for _, y := range []*node{low, high} {
		if err := b.alike(opBetween, x, y); err != nil {
			return nil, err
		}
	}
	return b.add(&node{op: opBetween, kind: kindBool, at: at, args: []*node{x, low, high}})
}

func (b *builder) in(at int, x *node, list []*node) (*node, error) {
	if len(list) == 0 {
		return nil, b.fail("filter.arguments", at, "name", "IN", "expected", "≥ 1")
	}
	n := &node{op: opIn, kind: kindBool, at: at, args: append([]*node{x}, list...)}
	for _, y := range list {
		if err := b.alike(opIn, x, y); err != nil {
			return nil, err
		}
		switch {
		case !y.fixed || y.kind != x.kind: // a day among instants has no place in their order
			n.rest = append(n.rest, y)
		case y.value.IsNull():
			n.hasNull = true
		default:
			n.list = append(n.list, y.value)
		}
	}
	slices.SortFunc(n.list, order)
	return b.add(n)
}

func (b *builder) isNull(at int, x *node) (*node, error) {
	return b.add(&node{op: opIsNull, kind: kindBool, at: at, args: []*node{x}})
}

func (b *builder) like(at int, x, pattern *node) (*node, error) {
	if err := b.need(x, opLike, kindText); err != nil {
		return nil, err
	}
	if err := b.need(pattern, opLike, kindText); err != nil {
		return nil, err
	}
	if !pattern.fixed {
		return nil, b.fail("filter.literal", pattern.at, "value", pattern.name, "expected", "LIKE 'text%'")
	}
	return b.add(&node{op: opLike, kind: kindBool, at: at, args: []*node{x, pattern}, pattern: compile(pattern.value.Text())})
}

func (b *builder) arithmetic(at int, o op, x, y *node) (*node, error) {
	for _, a := range []*node{x, y} {
		if err := b.need(a, o, kindNumber); err != nil {
			return nil, err
		}
	}
	return b.add(&node{op: o, kind: kindNumber, at: at, args: []*node{x, y}})
}

// negative is -x: a number of its own, or as JSON can say it, -1 times x.
func (b *builder) negative(at int, x *node) (*node, error) {
	if x.op == opLiteral && x.kind == kindNumber {
		f, _ := x.value.Number()
		if x.value = spatial.Float(-f); x.value.Type() == spatial.TypeFloat && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			x.value = spatial.Int(-int64(f))
		}
		x.at = at
		return x, nil
	}
	minus, err := b.literal(at, spatial.Int(-1))
	if err != nil {
		return nil, err
	}
	return b.arithmetic(at, opMultiply, minus, x)
}

// interval is a stretch of time; nil is no bound.
func (b *builder) interval(at int, from, to *node) (*node, error) {
	n := &node{op: opInterval, kind: kindInterval, at: at}
	for _, x := range []*node{from, to} {
		if x == nil {
			var err error
			if x, err = b.add(&node{op: opLiteral, kind: kindTime, at: at, name: ".."}); err != nil {
				return nil, err
			}
		} else if err := b.need(x, opTIntersects, kindDate, kindTime); err != nil {
			return nil, err
		}
		n.args = append(n.args, x)
	}
	n.fixed = n.args[0].fixed && n.args[1].fixed
	if n.fixed {
		n.period = [2]instant{n.args[0].period[0], n.args[1].period[0]}
		if from == nil {
			n.period[0] = instant{form: always, sign: -1}
		}
		if to == nil {
			n.period[1] = instant{form: always, sign: 1}
		}
		if n.period[0].compare(&n.period[1], b.zone()) > 0 {
			return nil, b.fail("filter.literal", at, "value", "INTERVAL", "expected", "INTERVAL('2026-01-01', '2026-12-31')")
		}
	}
	return b.add(n)
}

// call is a function of the standard, or ours, by its op.
func (b *builder) call(at int, o op, args []*node) (*node, error) {
	want := 2
	switch o {
	case opCasei, opAccenti:
		want = 1
	case opDWithin:
		want = 3
	}
	if len(args) != want {
		return nil, b.fail("filter.arguments", at, "name", o.String(), "expected", strconv.Itoa(want))
	}
	switch {
	case want == 1:
		if err := b.need(args[0], o, kindText); err != nil {
			return nil, err
		}
		how := fold.Case
		if o == opAccenti {
			how = fold.Accents
		}
		return b.add(&node{op: o, kind: kindText, at: at, args: args, how: how})
	case o >= opAfter:
		for _, a := range args {
			if err := b.need(a, o, kindDate, kindTime, kindInterval); err != nil {
				return nil, err
			}
		}
		return b.add(&node{op: o, kind: kindBool, at: at, args: args})
	}
	for _, a := range args[:2] {
		if err := b.need(a, o, kindGeometry); err != nil {
			return nil, err
		}
	}
	return b.relate(&node{op: o, kind: kindBool, at: at, args: args})
}

// unknownFunction is the error for a name that is none of ours.
func (b *builder) unknownFunction(at int, name string) error {
	if slices.Contains(arrays, strings.ToLower(name)) {
		return b.fail("filter.arrays", at, "name", name)
	}
	known := make([]string, len(functions))
	for i, f := range functions {
		known[i] = f.text
	}
	return b.fail("filter.function", at, "name", name, "known", strings.Join(known, ", "))
}

// whole is the expression of a node that is a condition.
func (b *builder) whole(n *node) (Expr, error) {
	if n.kind != kindBool {
		return Expr{}, b.fail("filter.type", n.at, "operator", "filter", "found", n.kind.String(), "expected", kindBool.String())
	}
	return Expr{n}, nil
}

// union is the numbers that stand in either list.
func union(a, b []int) []int {
	for _, i := range b {
		if !slices.Contains(a, i) {
			a = append(slices.Clip(a), i)
		}
	}
	return a
}
