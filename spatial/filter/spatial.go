package filter

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
)

// relation is a spatial predicate of the row's shape and a literal, made ready.
type relation struct {
	op     op // as if the row's shape stood first
	shape  *overlay.Prepared
	metres float64
	plane  *overlay.Prepared // the literal in the plane
	to     func(orb.Point) orb.Point
	reach  orb.Point // a box grown by this much meets the literal if it is near it; NaN = not known
}

// turned is the predicate with its operands the other way round.
func turned(o op) op {
	switch o {
	case opWithin:
		return opContains
	case opContains:
		return opWithin
	}
	return o
}

func relationOf(o op) overlay.Relation {
	switch o {
	case opEquals:
		return overlay.Equal
	case opTouches:
		return overlay.Touching
	case opWithin:
		return overlay.Within
	case opContains:
		return overlay.Holding
	case opOverlaps:
		return overlay.Overlapping
	}
	return overlay.Crossing
}

// exact reports whether a predicate can be told for valid shapes only.
func exact(o op) bool { return o != opIntersects && o != opDisjoint && o != opDWithin }

// relate makes a spatial predicate.
func (b *builder) relate(n *node) (*node, error) {
	metres := 0.0
	if n.op == opDWithin {
		d := n.args[2]
		if err := b.need(d, n.op, kindNumber); err != nil {
			return nil, err
		}
		f, ok := d.value.Number()
		if !d.fixed || !ok || f < 0 || f > MaxDistance {
			return nil, b.fail("filter.literal", d.at, "value", d.value.String(), "expected", "0…100000 m")
		}
		if metres = f; b.schema.Plane == nil {
			return nil, b.fail("filter.noPlane", n.at, "name", n.op.String())
		}
	}
	x, y := n.args[0], n.args[1]
	for _, a := range []*node{x, y} {
		if a.op != opGeometry {
			continue
		}
		p, err := overlay.Prepare(solid(a.geom))
		if err != nil {
			return nil, b.badShape(a.at, err)
		}
		if exact(n.op) && p.Fault() != nil {
			return nil, b.badShape(a.at, p.Fault())
		}
		rel := &relation{op: n.op, shape: p, metres: metres}
		if a == x {
			rel.op = turned(n.op)
		}
		if n.op == opDWithin {
			rel.to = b.schema.Plane.To
			flat := carried(solid(a.geom), rel.to)
			if rel.plane, err = overlay.Prepare(flat); err != nil {
				return nil, b.fail("filter.outOfPlane", a.at)
			}
			rel.reach = b.reach(p.Box(), metres)
		}
		n.relation = rel
	}
	return b.add(n)
}

// reach is how far d metres from a place in box can lie from it, on both axes: more
// is taken than a plane's scale and turn can differ in a box.
func (b *builder) reach(box orb.Bound, d float64) orb.Point {
	var most orb.Point
	for _, p := range []orb.Point{box.Min, box.Max, {box.Min[0], box.Max[1]}, {box.Max[0], box.Min[1]}, box.Center()} {
		q := b.schema.Plane.To(p)
		var sum orb.Point
		for _, step := range []orb.Point{{d, 0}, {0, d}} {
			s := b.schema.Plane.From(orb.Point{q[0] + step[0], q[1] + step[1]})
			sum[0] += math.Abs(s[0] - p[0])
			sum[1] += math.Abs(s[1] - p[1])
		}
		most[0], most[1] = max(most[0], sum[0]), max(most[1], sum[1]) // NaN stays
	}
	return orb.Point{most[0] * 1.05, most[1] * 1.05}
}

func grown(b orb.Bound, by orb.Point) orb.Bound {
	return orb.Bound{Min: orb.Point{b.Min[0] - by[0], b.Min[1] - by[1]}, Max: orb.Point{b.Max[0] + by[0], b.Max[1] + by[1]}}
}

// lies is the truth of a spatial predicate. A shape that is missing, or whose
// faults bear on the answer, leaves it unknown.
func (n *node) lies(r Row) truth {
	x, y := n.args[0], n.args[1]
	rel := n.relation
	if rel == nil || x.op == y.op { // two of the row's, or two literals
		return n.pair(r, x, y)
	}
	b := r.Box()
	if !(b.Min[0] <= b.Max[0] && b.Min[1] <= b.Max[1]) {
		return unknown
	}
	if rel.op == opDWithin {
		if !math.IsNaN(rel.reach[0]) && !math.IsNaN(rel.reach[1]) {
			switch rel.shape.Side(grown(b, rel.reach)) {
			case overlay.Outside:
				return no
			case overlay.Inside:
				return yes
			}
		}
		g := r.Geometry()
		if g == nil {
			return unknown
		}
		return truthIf(rel.plane.Near(carried(g, rel.to), rel.metres))
	}
	side := rel.shape.Side(b)
	switch {
	case rel.op == opIntersects && side != overlay.Border:
		return truthIf(side == overlay.Inside)
	case rel.op == opDisjoint && side != overlay.Border:
		return truthIf(side == overlay.Outside)
	case side == overlay.Outside:
		return no
	case side == overlay.Inside:
		return truthIf(rel.op == opWithin)
	}
	return related(rel.op, rel.shape, r.Geometry())
}

// related is the truth of a predicate of g and a shape made ready.
func related(o op, p *overlay.Prepared, g orb.Geometry) truth {
	if g == nil {
		return unknown
	}
	switch o {
	case opIntersects:
		return truthIf(p.Intersects(g))
	case opDisjoint:
		return truthIf(!p.Intersects(g))
	}
	is, err := p.Is(relationOf(o), g)
	if err != nil {
		return unknown
	}
	return truthIf(is)
}

// pair is a predicate of two shapes of which neither, or each, is a literal.
func (n *node) pair(r Row, x, y *node) truth {
	if x.op == opGeometry { // the relation is the second one's
		if n.op == opDWithin {
			return truthIf(n.relation.plane.Near(carried(solid(x.geom), n.relation.to), n.relation.metres))
		}
		return related(n.op, n.relation.shape, solid(x.geom))
	}
	g := r.Geometry()
	if g == nil {
		return unknown
	}
	if n.op == opDWithin {
		return yes // of itself
	}
	p, err := overlay.Prepare(g)
	if err != nil {
		return unknown
	}
	return related(n.op, p, g)
}

// carried is a shape with every point taken to the plane.
func carried(g orb.Geometry, to func(orb.Point) orb.Point) orb.Geometry {
	switch g := g.(type) {
	case orb.Point:
		return to(g)
	case orb.MultiPoint:
		return orb.MultiPoint(points(g, to))
	case orb.LineString:
		return orb.LineString(points(g, to))
	case orb.MultiLineString:
		out := make(orb.MultiLineString, len(g))
		for i, l := range g {
			out[i] = points(l, to)
		}
		return out
	case orb.Ring:
		return orb.Ring(points(g, to))
	case orb.Polygon:
		out := make(orb.Polygon, len(g))
		for i, r := range g {
			out[i] = points(r, to)
		}
		return out
	case orb.MultiPolygon:
		out := make(orb.MultiPolygon, len(g))
		for i, p := range g {
			out[i] = carried(p, to).(orb.Polygon)
		}
		return out
	case orb.Collection:
		out := make(orb.Collection, len(g))
		for i, m := range g {
			out[i] = carried(m, to)
		}
		return out
	case orb.Bound:
		return carried(g.ToPolygon(), to)
	}
	return nil
}

func points(l []orb.Point, to func(orb.Point) orb.Point) []orb.Point {
	out := make([]orb.Point, len(l))
	for i, p := range l {
		out[i] = to(p)
	}
	return out
}

// solid is a literal as it is compared: a box without width or height is a line or
// a point.
func solid(g orb.Geometry) orb.Geometry {
	b, ok := g.(orb.Bound)
	switch {
	case !ok:
		return g
	case b.Min == b.Max:
		return b.Min
	case b.Min[0] == b.Max[0] || b.Min[1] == b.Max[1]:
		return orb.LineString{b.Min, b.Max}
	}
	return b.ToPolygon()
}
