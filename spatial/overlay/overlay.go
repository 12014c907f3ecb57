package overlay

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/langbiang/langbiang/spatial"
)

// Intersection is what a and b have in common. Of the result only what has the
// lower of the two's dimensions is kept: two polygons that share a border alone
// give an empty polygon. A collection counts as the union of its members of the
// highest dimension. The result is an orb.Polygon, orb.LineString or orb.Point,
// or where it has several parts or none, the Multi type of that dimension; parts
// and rings begin at their least point and stand in order, oriented as by Orient.
//
// Error: overlay.failed (args operation, reason, and for an invalid operand x, y),
// of kind Invalid where an operand is missing or has Faults, else Internal.
func Intersection(a, b orb.Geometry) (orb.Geometry, error) {
	return combine("intersection", min(dimension(a), dimension(b)), geom.Intersection, a, b)
}

// Difference is what of a lies outside b, in a's dimension. Result and errors are
// as of Intersection.
func Difference(a, b orb.Geometry) (orb.Geometry, error) {
	return combine("difference", dimension(a), geom.Difference, a, b)
}

// Union is the ground that any of the shapes covers, in the highest dimension among
// them; an empty orb.MultiPolygon where there are none. Result and errors are as of
// Intersection.
func Union(gs ...orb.Geometry) (orb.Geometry, error) {
	if len(gs) == 0 {
		return orb.MultiPolygon{}, nil
	}
	highest := 0
	for _, g := range gs {
		highest = max(highest, dimension(g))
	}
	// Two at a time, halves first: the engine's own union of many leaves holes
	// where one polygon's hole is filled by another polygon.
	if err := check("union", gs...); err != nil {
		return nil, err
	}
	p, err := unite(gs, highest)
	if err != nil {
		return nil, err
	}
	return p.of(highest), nil
}

// unite is the union of shapes already checked, in one dimension.
func unite(gs []orb.Geometry, keep int) (parts, error) {
	if len(gs) == 1 {
		if c, ok := gs[0].(orb.Collection); ok {
			return unite(c, keep)
		}
		return partsOf(gs[0], keep), nil
	}
	if len(gs) == 0 {
		return parts{}, nil
	}
	a, err := unite(gs[:len(gs)/2], keep)
	if err != nil {
		return parts{}, err
	}
	b, err := unite(gs[len(gs)/2:], keep)
	if err != nil {
		return parts{}, err
	}
	return operate("union", geom.Union, a.of(keep), b.of(keep))
}

// partsOf is the members of g that have one dimension.
func partsOf(g orb.Geometry, keep int) parts {
	if dimension(g) != keep {
		return parts{}
	}
	switch g := Orient(g).(type) {
	case orb.Point:
		return parts{points: orb.MultiPoint{g}}
	case orb.MultiPoint:
		return parts{points: g}
	case orb.LineString:
		return partsOf(orb.MultiLineString{g}, keep)
	case orb.MultiLineString:
		return parts{lines: slices.DeleteFunc(g, func(l orb.LineString) bool { return len(l) == 0 })}
	default:
		return parts{polygons: polygonsOf(g, nil)}
	}
}

// settled is g, or where g is a collection, the union of its members in the
// highest dimension among them: members may overlap, which the engine does not
// take. g must have been checked.
func settled(g orb.Geometry) (orb.Geometry, error) {
	c, ok := g.(orb.Collection)
	if !ok {
		return g, nil
	}
	keep := dimension(c)
	p, err := unite(c, keep)
	if err != nil {
		return nil, err
	}
	return p.of(keep), nil
}

// combine checks the operands, runs an operation of the engine, and gives the
// parts of one dimension.
func combine(name string, keep int, f func(a, b geom.Geometry) (geom.Geometry, error), a, b orb.Geometry) (orb.Geometry, error) {
	if err := check(name, a, b); err != nil {
		return nil, err
	}
	a, err := settled(a)
	if err != nil {
		return nil, err
	}
	if b, err = settled(b); err != nil {
		return nil, err
	}
	p, err := operate(name, f, a, b)
	if err != nil {
		return nil, err
	}
	return p.of(keep), nil
}

// operate runs an operation of the engine in a local frame, on operands already
// checked and settled.
func operate(name string, f func(a, b geom.Geometry) (geom.Geometry, error), a, b orb.Geometry) (parts, error) {
	var p parts
	err := engine(name, func() error {
		local := frameOf(a, b)
		ga, err := local.to(a)
		if err != nil {
			return err
		}
		gb, err := local.to(b)
		if err != nil {
			return err
		}
		result, err := f(ga, gb)
		if err != nil {
			return err
		}
		return local.from(result, &p)
	})
	return p, err
}

// engine calls into simplefeatures, which may panic, and makes an error of it.
func engine(name string, call func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			err = &spatial.Error{Op: "overlay", Kind: spatial.Internal, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": "engine"}, Err: err}
		}
	}()
	return call()
}

// check refuses operands that are missing or not valid.
func check(name string, gs ...orb.Geometry) error {
	for _, g := range gs {
		if missing(g) {
			return &spatial.Error{Op: "overlay", Kind: spatial.Invalid, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": "missing"}}
		}
		if f := Faults(g); len(f) > 0 {
			return &spatial.Error{Op: "overlay", Kind: spatial.Invalid, Code: "overlay.failed",
				Args: map[string]any{"operation": name, "reason": f[0].Code, "x": f[0].At[0], "y": f[0].At[1]}}
		}
	}
	return nil
}

// missing reports a shape that is not there, which is another thing than an empty
// one.
func missing(g orb.Geometry) bool {
	if c, ok := g.(orb.Collection); ok {
		return slices.ContainsFunc(c, missing)
	}
	return g == nil
}

// dimension is 0 for points, 1 for lines, 2 for polygons, the highest of a
// collection's.
func dimension(g orb.Geometry) int {
	switch g := g.(type) {
	case orb.LineString, orb.MultiLineString:
		return 1
	case orb.Ring, orb.Polygon, orb.MultiPolygon, orb.Bound:
		return 2
	case orb.Collection:
		d := 0
		for _, m := range g {
			d = max(d, dimension(m))
		}
		return d
	}
	return 0
}

// of is the parts of one dimension in their canonical order.
func (p *parts) of(dimension int) orb.Geometry {
	switch dimension {
	case 0:
		slices.SortFunc(p.points, before)
		if len(p.points) == 1 {
			return p.points[0]
		}
		return append(orb.MultiPoint{}, p.points...)
	case 1:
		for _, l := range p.lines {
			if before(l[len(l)-1], l[0]) < 0 {
				slices.Reverse(l)
			}
		}
		slices.SortFunc(p.lines, func(a, b orb.LineString) int { return slices.CompareFunc(a, b, before) })
		if len(p.lines) == 1 {
			return p.lines[0]
		}
		return append(orb.MultiLineString{}, p.lines...)
	}
	all := make(orb.MultiPolygon, 0, len(p.polygons))
	for _, g := range p.polygons {
		all = append(all, canonical(g))
	}
	slices.SortFunc(all, func(a, b orb.Polygon) int { return slices.CompareFunc(a[0], b[0], before) })
	if len(all) == 1 {
		return all[0]
	}
	return all
}

// canonical is a polygon oriented, each ring begun at its least point, the holes
// in the order of theirs.
func canonical(g orb.Polygon) orb.Polygon {
	out := slices.DeleteFunc(Orient(g).(orb.Polygon), func(r orb.Ring) bool { return len(r) == 0 })
	for i, r := range out {
		open := r[:len(r)-1]
		least := 0
		for k := range open {
			if before(open[k], open[least]) < 0 {
				least = k
			}
		}
		turned := make(orb.Ring, 0, len(r))
		turned = append(append(turned, open[least:]...), open[:least]...)
		out[i] = append(turned, turned[0])
	}
	slices.SortFunc(out[1:], func(a, b orb.Ring) int { return slices.CompareFunc(a, b, before) })
	return out
}

// before orders points by x, then y.
func before(a, b orb.Point) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}
