package filter

import (
	"bytes"
	"cmp"
	"math"
	"strings"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/fold"
)

// truth is the value of a condition. It is ordered: AND is the least of its
// operands, OR the greatest, NOT turns the sign.
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthIf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func truthOf(v spatial.Value) truth {
	if v.Type() != spatial.TypeBool {
		return unknown
	}
	return truthIf(v.Bool())
}

// shortText is how long a text may be, folded, that is compared without memory of
// its own.
const shortText = 192

// holds is the truth of a condition.
func (n *node) holds(r Row) truth {
	if n.fixed {
		return n.truth
	}
	if len(n.lists) > 0 {
		if l, ok := r.(Lists); ok {
			return n.any(l, 0)
		}
	}
	return n.told(r)
}

// any is the truth of a condition for the values of its lists for which it is most
// true; at says which list is next.
func (n *node) any(r Lists, at int) truth {
	if at == len(n.lists) {
		return n.told(r)
	}
	i := n.lists[at]
	count := r.Len(i)
	if count == 0 {
		r.Pick(i, -1)
		return n.any(r, at+1)
	}
	t := no
	for k := 0; k < count && t != yes; k++ {
		r.Pick(i, k)
		t = max(t, n.any(r, at+1))
	}
	return t
}

// told is the truth of a condition for one value of each of its lists.
func (n *node) told(r Row) truth {
	switch n.op {
	case opProperty:
		return truthOf(r.Value(n.index))
	case opAnd:
		t := yes
		for _, a := range n.run {
			if t = min(t, a.holds(r)); t == no {
				break
			}
		}
		return t
	case opOr:
		t := no
		for _, a := range n.run {
			if t = max(t, a.holds(r)); t == yes {
				break
			}
		}
		return t
	case opNot:
		return -n.args[0].holds(r)
	case opEqual, opUnequal, opLess, opGreater, opAtMost, opAtLeast:
		return n.compare(r)
	case opLike:
		s, how, ok := n.args[0].text(r)
		if !ok {
			return unknown
		}
		var room [shortText]byte
		return truthIf(n.pattern.match(fold.Append(room[:0], s, how)))
	case opBetween:
		x := n.args[0]
		return min(-ordered(x, n.args[1], r).is(below), -ordered(x, n.args[2], r).is(above))
	case opIn:
		return n.among(r)
	case opIsNull:
		return truthIf(n.args[0].null(r))
	case opIntersects, opDisjoint, opEquals, opTouches, opWithin, opContains, opOverlaps, opCrosses, opDWithin:
		return n.lies(r)
	}
	return n.when(r)
}

// relative is how one value stands to another.
type relative int8

const (
	below relative = -1
	equal relative = 0
	above relative = 1
	none  relative = 2 // one of them is missing
)

func (o relative) is(want relative) truth {
	if o == none {
		return unknown
	}
	return truthIf(o == want)
}

func (n *node) compare(r Row) truth {
	x, y := n.args[0], n.args[1]
	if x.kind == kindBool {
		a, b := x.holds(r), y.holds(r)
		if a == unknown || b == unknown {
			return unknown
		}
		return truthIf((a == b) == (n.op == opEqual))
	}
	o := ordered(x, y, r)
	switch n.op {
	case opEqual:
		return o.is(equal)
	case opUnequal:
		return -o.is(equal)
	case opLess:
		return o.is(below)
	case opGreater:
		return o.is(above)
	case opAtMost:
		return -o.is(above)
	}
	return -o.is(below)
}

// ordered compares two scalars of like kinds.
func ordered(x, y *node, r Row) relative {
	switch x.kind {
	case kindText:
		s, how, ok := x.text(r)
		t, howT, okT := y.text(r)
		switch {
		case !ok || !okT:
			return none
		case how == 0 && howT == 0:
			return relative(strings.Compare(s, t))
		}
		var room, roomT [shortText]byte
		return relative(bytes.Compare(fold.Append(room[:0], s, how), fold.Append(roomT[:0], t, howT)))
	case kindNumber:
		v, w := x.scalar(r), y.scalar(r)
		if v.IsNull() || w.IsNull() {
			return none
		}
		return relative(order(v, w))
	}
	a, b := x.instant(r), y.instant(r)
	if a.form == missing || b.form == missing {
		return none
	}
	return relative(a.compare(&b, x.zone))
}

// order compares two values that are not null: numbers by size, texts and days by
// their code points, instants by time.
func order(v, w spatial.Value) int {
	switch v.Type() {
	case spatial.TypeText, spatial.TypeDate:
		return strings.Compare(v.String(), w.String())
	case spatial.TypeTime:
		return v.Time().Compare(w.Time())
	case spatial.TypeInt:
		if w.Type() == spatial.TypeInt {
			return cmp.Compare(v.Int(), w.Int())
		}
	case spatial.TypeBool:
		return cmp.Compare(truthOf(v), truthOf(w))
	}
	f, _ := v.Number()
	g, _ := w.Number()
	return cmp.Compare(f, g)
}

// among is IN: true where a value is equal, unknown where one might be.
func (n *node) among(r Row) truth {
	x := n.args[0]
	found := false
	if len(n.list) > 0 {
		switch x.kind {
		case kindText:
			s, how, ok := x.text(r)
			if !ok {
				return unknown
			}
			if how == 0 {
				found = n.listedText(s)
			} else {
				var room [shortText]byte
				found = listedBytes(n.list, fold.Append(room[:0], s, how))
			}
		default:
			v := x.scalar(r)
			if v.IsNull() {
				return unknown
			}
			found = n.listed(v)
		}
	}
	if found {
		return yes
	}
	t := no
	if n.hasNull {
		t = unknown
	}
	for _, y := range n.rest {
		if x.kind == kindBool {
			a, b := x.holds(r), y.holds(r)
			if a != unknown && a == b {
				return yes
			}
			if a == unknown || b == unknown {
				t = unknown
			}
			continue
		}
		switch o := ordered(x, y, r); o {
		case equal:
			return yes
		case none:
			t = unknown
		}
	}
	return t
}

func (n *node) listed(v spatial.Value) bool {
	lo, hi := 0, len(n.list)
	for lo < hi {
		mid := (lo + hi) / 2
		switch c := order(n.list[mid], v); {
		case c == 0:
			return true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return false
}

func (n *node) listedText(s string) bool {
	lo, hi := 0, len(n.list)
	for lo < hi {
		mid := (lo + hi) / 2
		switch c := strings.Compare(n.list[mid].Text(), s); {
		case c == 0:
			return true
		case c < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return false
}

func listedBytes(list []spatial.Value, b []byte) bool {
	lo, hi := 0, len(list)
	for lo < hi {
		mid := (lo + hi) / 2
		s := list[mid].Text()
		switch {
		case s == string(b):
			return true
		case s < string(b):
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return false
}

// null reports whether an operand of IS NULL is missing.
func (n *node) null(r Row) bool {
	switch {
	case n.op == opShape:
		return r.Geometry() == nil
	case n.op == opGeometry:
		return false
	case n.op == opInterval:
		a, b := n.interval(r)
		return a.form == missing || b.form == missing
	case n.kind == kindBool:
		return n.holds(r) == unknown
	case n.kind == kindText:
		_, _, ok := n.text(r)
		return !ok
	}
	return n.scalar(r).IsNull()
}

// text is the value of a text operand, what does not count in it, and whether
// there is one.
func (n *node) text(r Row) (string, fold.How, bool) {
	if n.fixed {
		return n.value.Text(), 0, !n.value.IsNull()
	}
	how := fold.How(0)
	for n.op == opCasei || n.op == opAccenti {
		how |= n.how
		n = n.args[0]
	}
	v := n.value
	if n.op == opProperty {
		v = r.Value(n.index)
	}
	return v.Text(), how, v.Type() == spatial.TypeText
}

// scalar is the value of a number, a date or a time.
func (n *node) scalar(r Row) spatial.Value {
	switch {
	case n.fixed, n.op == opLiteral:
		return n.value
	case n.op == opProperty:
		return r.Value(n.index)
	case n.kind != kindNumber:
		return spatial.Value{}
	}
	x, okX := n.args[0].scalar(r).Number()
	y, okY := n.args[1].scalar(r).Number()
	if !okX || !okY {
		return spatial.Value{}
	}
	switch n.op {
	case opAdd:
		return spatial.Float(x + y)
	case opSubtract:
		return spatial.Float(x - y)
	case opMultiply:
		return spatial.Float(x * y)
	case opDivide:
		return spatial.Float(x / y)
	case opModulo:
		return spatial.Float(math.Mod(x, y))
	case opDiv:
		return spatial.Float(math.Trunc(x / y))
	}
	return spatial.Float(math.Pow(x, y))
}
