package filter

import (
	"slices"

	"github.com/paulmach/orb"
)

// Expr is a condition on rows of one Schema. The zero Expr holds for every row.
type Expr struct{ root *node }

// IsZero reports whether e is the zero Expr.
func (e Expr) IsZero() bool { return e.root == nil }

// Match reports whether e is true of a row; not where it is false, and not where
// it cannot be known.
func (e Expr) Match(r Row) bool { return e.root == nil || e.root.holds(r) == yes }

// Properties are the names that e speaks of, the row's shape included, in the
// order in which they first stand.
func (e Expr) Properties() []string {
	var names []string
	var visit func(*node)
	visit = func(n *node) {
		if (n.op == opProperty || n.op == opShape) && !slices.Contains(names, n.name) {
			names = append(names, n.name)
		}
		for _, a := range n.args {
			visit(a)
		}
	}
	if e.root != nil {
		visit(e.root)
	}
	return names
}

// Box is a box, in the coordinates of the rows, that the box of every matching row
// meets; false where there is no such box.
func (e Expr) Box() (orb.Bound, bool) {
	if e.root == nil {
		return orb.Bound{}, false
	}
	return e.root.box()
}

func (n *node) box() (orb.Bound, bool) {
	var out orb.Bound
	found := false
	switch n.op {
	case opAnd:
		// A row may reach from one place to another: it meets each box, and not
		// need meet what they have in common.
		for _, a := range n.args {
			if b, ok := a.box(); ok && (!found || size(b) < size(out)) {
				out, found = b, true
			}
		}
		return out, found
	case opOr:
		for _, a := range n.args {
			b, ok := a.box()
			if !ok {
				return orb.Bound{}, false
			}
			if found {
				b = b.Union(out)
			}
			out, found = b, true
		}
		return out, found
	}
	if n.relation == nil || n.fixed || n.op == opDisjoint {
		return out, false
	}
	out = n.relation.shape.Box()
	if n.op == opDWithin {
		if r := n.relation.reach; r[0]-r[0] != 0 || r[1]-r[1] != 0 {
			return orb.Bound{}, false
		}
		out = grown(out, n.relation.reach)
	}
	return out, true
}

func size(b orb.Bound) float64 { return (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1]) }
