package queries

import (
	"context"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Bounds of one query.
const (
	MaxNear     = 3
	MaxDistance = filter.MaxDistance // m
)

// each is how many records go by between two looks at the clock.
const each = 1024

// Readers is how many processors one query uses at most.
const Readers = 4

// Query says which parcels are meant: those that all of it holds for.
type Query struct {
	Filter filter.Expr // of Schema; zero = every parcel
	Near   []Near
	Ward   string       // code: only parcels that lie in it; "" = anywhere
	Area   orb.Geometry // in WGS 84: only parcels that lie in it; nil = anywhere
}

// Selection is a query made ready for one view. It is for one reader.
type Selection struct {
	view       index.View
	properties []Property
	row        *Row
	filter     filter.Expr
	box        *orb.Bound // met by whatever is meant; nil = none is known
	ward       *inside
	area       *inside
	near       []nearby
	none       bool // nothing can be meant
}

// inside tells which parcels lie in a shape: those whose inner point does, so that
// a parcel lies in one of several areas that leave no gap.
type inside struct {
	shape *overlay.Prepared
	at    func(orb.Point) bool
}

func (s *inside) holds(r *Row) bool {
	switch s.shape.Side(r.Box()) {
	case overlay.Outside:
		return false
	case overlay.Inside:
		return true
	}
	p, err := overlay.InteriorPoint(r.Geometry())
	return err == nil && s.at(p)
}

// Open makes a query ready for a view. known may be nil. Errors: Invalid "query.ward"
// (args ward, known), "query.area" for a shape that holds no ground, "query.noPlane"
// where metres cannot be measured, and ctx's.
func (p *Planner) Open(ctx context.Context, v index.View, known Known, q Query) (*Selection, error) {
	s := &Selection{view: v, properties: Properties(v), filter: q.Filter}
	s.row = newRow(v, known, s.properties)
	if b, ok := q.Filter.Box(); ok {
		s.narrow(b)
	}
	if q.Ward != "" {
		o, err := p.ward(v, q.Ward)
		if err != nil {
			return nil, err
		}
		s.ward = &inside{o, func(at orb.Point) bool { return city.WardAt(v, at) == q.Ward }}
		s.narrow(o.Box())
	}
	if q.Area != nil {
		o, err := overlay.Outline(q.Area)
		if err != nil || planar.Area(q.Area) == 0 {
			return nil, refused("query.area", nil)
		}
		s.area = &inside{o, o.Covers}
		s.narrow(o.Box())
	}
	for i := range q.Near {
		if err := s.beside(ctx, p, &q.Near[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// ward is the outline of a ward of today.
func (p *Planner) ward(v index.View, code string) (*overlay.Prepared, error) {
	k := outlineKey{city.WardsLayer, code, v.Revision(), v.Tier(), spatial.WGS84}
	if o, ok := p.find(k); ok {
		return o.degrees, nil
	}
	shapes := city.WardShapes(v, code)
	if len(shapes) == 0 {
		codes := city.WardCodes(v)
		if len(codes) > 60 {
			codes = append(codes[:60:60], "…")
		}
		return nil, refused("query.ward", map[string]any{"ward": code, "known": strings.Join(codes, ", ")})
	}
	o, err := overlay.Outline(shapes)
	if err != nil {
		return nil, err
	}
	p.keep(k, outlines{degrees: o})
	return o, nil
}

func refused(code string, args map[string]any) error {
	return &spatial.Error{Op: "read a query", Kind: spatial.Invalid, Code: code, Args: args}
}

// narrow takes note of a box that whatever is meant meets. Two such boxes need not
// meet each other: the smaller one is kept.
func (s *Selection) narrow(b orb.Bound) {
	if s.box == nil || ground(b) < ground(*s.box) {
		s.box = &b
	}
}

func ground(b orb.Bound) float64 { return (b.Max[0] - b.Min[0]) * (b.Max[1] - b.Min[1]) }

// beside makes a Near ready.
func (s *Selection) beside(ctx context.Context, p *Planner, n *Near) error {
	srid := s.view.Place().Plane
	if !crs.Metric(srid) {
		return refused("query.noPlane", nil)
	}
	to, err := crs.To(srid)
	if err != nil {
		return err
	}
	from, err := crs.From(srid)
	if err != nil {
		return err
	}
	o, err := p.outlines(ctx, s.view, n, srid, to)
	if err != nil {
		return err
	}
	if o.degrees == nil {
		s.none = true
		return nil
	}
	near := nearby{outlines: o, memo: o.told.of(n.Metres, s.view.Last(parcels.LayerName)), metres: n.Metres, to: to, reach: reach(s.view.Bounds(parcels.LayerName), n.Metres, to, from)}
	s.near = append(s.near, near)
	b := o.degrees.Box()
	if r := near.reach; !math.IsNaN(r[0] + r[1]) {
		s.narrow(orb.Bound{Min: orb.Point{b.Min[0] - r[0], b.Min[1] - r[1]}, Max: orb.Point{b.Max[0] + r[0], b.Max[1] + r[1]}})
	}
	return nil
}

// Properties are those that the rows have, in the order of their values.
func (s *Selection) Properties() []Property { return s.properties }

// Index is where a property stands among Properties; -1 where there is none.
func (s *Selection) Index(name string) int {
	for i := range s.properties {
		if s.properties[i].Name == name {
			return i
		}
	}
	return -1
}

// Show makes the rows' Row another parcel's, to read its values.
func (s *Selection) Show(it index.Item) *Row {
	s.row.set(it)
	return s.row
}

// Holds reports whether a parcel is one of those asked for.
func (s *Selection) Holds(it index.Item) bool {
	s.row.set(it)
	return !s.none && s.meant()
}

// Sorted reports whether Rows come with ids rising.
func (s *Selection) Sorted() bool { return s.box == nil }

// meant reports whether the row is one of those asked for; what is dear is asked
// last.
func (s *Selection) meant() bool {
	if !s.filter.Match(s.row) {
		return false
	}
	if s.ward != nil && !s.ward.holds(s.row) || s.area != nil && !s.area.holds(s.row) {
		return false
	}
	for i := range s.near {
		if !s.near[i].holds(s.row) {
			return false
		}
	}
	return true
}
