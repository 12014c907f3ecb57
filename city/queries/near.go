package queries

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Near asks for parcels that lie within so many metres of some record of a layer.
type Near struct {
	Layer  string
	Metres float64
	// Holds says which records count; nil = all. Key tells one Holds from another of
	// the same layer and tier: the canonical text of its filter.
	Holds func(index.Item) bool
	Key   string
}

// outlines are the shapes of many records under one index, in degrees and in the
// plane; both nil = there are none.
type outlines struct {
	degrees, plane *overlay.Prepared
	told           *answers
}

type outlineKey struct {
	layer, key string
	revision   spatial.Revision
	tier       spatial.Tier
	srid       spatial.SRID
}

// mostKept is how many outlines a Planner keeps: a planner who builds a query asks
// about the same roads again at each step.
const mostKept = 8

// Planner answers queries. It is safe for concurrent use.
type Planner struct {
	mu   sync.Mutex
	kept []keptOutlines // the last asked for at the end
}

type keptOutlines struct {
	key outlineKey
	of  outlines
}

// New is a Planner.
func New() *Planner { return &Planner{} }

func (p *Planner) find(k outlineKey) (outlines, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.kept, func(o keptOutlines) bool { return o.key == k })
	if i < 0 {
		return outlines{}, false
	}
	o := p.kept[i]
	p.kept = append(slices.Delete(p.kept, i, i+1), o)
	return o.of, true
}

func (p *Planner) keep(k outlineKey, of outlines) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(slices.DeleteFunc(p.kept, func(o keptOutlines) bool { return o.key == k }), keptOutlines{k, of})
	if len(p.kept) > mostKept {
		p.kept = slices.Delete(p.kept, 0, 1)
	}
}

// outlines are those of the records that n asks for. Error: ctx's.
func (p *Planner) outlines(ctx context.Context, v index.View, n *Near, srid spatial.SRID, to crs.Transform) (outlines, error) {
	k := outlineKey{n.Layer, n.Key, v.Revision(), v.Tier(), srid}
	if o, ok := p.find(k); ok {
		return o, nil
	}
	type placed struct {
		at    uint64
		shape orb.Geometry
	}
	var all []placed
	bounds, seen := v.Bounds(n.Layer), 0
	for it := range v.After(n.Layer, 0) {
		if seen++; seen%each == 0 && ctx.Err() != nil {
			return outlines{}, ctx.Err()
		}
		if index.Empty(it.Box()) || n.Holds != nil && !n.Holds(it) {
			continue
		}
		all = append(all, placed{alongCurve(it.Box().Center(), bounds), stretched(it.Geometry())})
	}
	// Neighbours in the list are neighbours on the ground, so that the index has
	// small boxes.
	slices.SortStableFunc(all, func(a, b placed) int {
		switch {
		case a.at < b.at:
			return -1
		case a.at > b.at:
			return 1
		}
		return 0
	})
	var degrees, plane orb.Collection
	for i := range all {
		flat := crs.Geometry(all[i].shape, to)
		if b := flat.Bound(); math.IsNaN(b.Min[0] - b.Min[0] + b.Max[0] - b.Max[0] + b.Min[1] - b.Min[1] + b.Max[1] - b.Max[1]) {
			continue // outside the plane's domain: near to nothing in it
		}
		degrees, plane = append(degrees, all[i].shape), append(plane, flat)
	}
	var o outlines
	if len(degrees) > 0 {
		var err error
		if o.degrees, err = overlay.Outline(degrees); err != nil {
			return outlines{}, err
		}
		if o.plane, err = overlay.Outline(plane); err != nil {
			return outlines{}, err
		}
	}
	o.told = &answers{}
	p.keep(k, o)
	return o, nil
}

// stretched is a shape whose points are lines as short as can be: overlay has
// segments under its index, and points in a list.
func stretched(g orb.Geometry) orb.Geometry {
	line := func(p orb.Point) orb.LineString {
		return orb.LineString{p, {math.Nextafter(p[0], math.Inf(1)), p[1]}}
	}
	switch g := g.(type) {
	case orb.Point:
		return line(g)
	case orb.MultiPoint:
		m := make(orb.MultiLineString, len(g))
		for i, p := range g {
			m[i] = line(p)
		}
		return m
	case orb.Collection:
		c := make(orb.Collection, len(g))
		for i, m := range g {
			c[i] = stretched(m)
		}
		return c
	}
	return g
}

// alongCurve is where a place stands on Hilbert's curve of order 16 over a box.
func alongCurve(p orb.Point, b orb.Bound) uint64 {
	const side = 1 << 16
	cell := func(axis int) uint64 {
		w := b.Max[axis] - b.Min[axis]
		if !(w > 0) {
			return 0
		}
		return uint64(min(max((p[axis]-b.Min[axis])/w, 0), 1) * (side - 1))
	}
	x, y := cell(0), cell(1)
	var d uint64
	for s := uint64(side / 2); s > 0; s /= 2 {
		var rx, ry uint64
		if x&s > 0 {
			rx = 1
		}
		if y&s > 0 {
			ry = 1
		}
		d += s * s * ((3 * rx) ^ ry)
		if ry == 0 {
			if rx == 1 {
				x, y = side-1-x, side-1-y
			}
			x, y = y, x
		}
	}
	return d
}

// answers are what was found out about parcels of one revision, by distance. A
// planner who builds a question asks it at each step.
type answers struct {
	mu sync.Mutex
	by map[float64]memo
}

// of is what was found out for a distance among parcels with ids up to last; nil
// where the ids are too far apart to be kept.
func (a *answers) of(metres float64, last uint64) memo {
	if last >= mostMemo {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m, ok := a.by[metres]
	if !ok {
		if len(a.by) >= mostKept || a.by == nil {
			a.by = map[float64]memo{}
		}
		m = make(memo, last/perWord+1)
		a.by[metres] = m
	}
	return m
}

// memo holds two bits a parcel, by id: asked, and near.
type memo []atomic.Uint32

const (
	perWord  = 16
	mostMemo = 1 << 25 // ids: 8 MB
)

func (m memo) get(id uint64) (near, asked bool) {
	if id/perWord >= uint64(len(m)) {
		return false, false
	}
	bits := m[id/perWord].Load() >> (id % perWord * 2)
	return bits&2 != 0, bits&1 != 0
}

func (m memo) set(id uint64, near bool) {
	if id/perWord >= uint64(len(m)) {
		return
	}
	bits := uint32(1)
	if near {
		bits = 3
	}
	m[id/perWord].Or(bits << (id % perWord * 2))
}

// nearby is one Near made ready.
type nearby struct {
	outlines
	memo   memo
	metres float64
	reach  orb.Point // degrees: a box grown by it meets what is near; NaN = not known
	to     crs.Transform
}

func (n *nearby) holds(r *Row) bool {
	id := r.item.ID()
	near, asked := n.memo.get(id)
	if !asked {
		near = n.find(r)
		n.memo.set(id, near)
	}
	return near
}

// find is holds, worked out.
func (n *nearby) find(r *Row) bool {
	if n.degrees == nil || index.Empty(r.Box()) {
		return false
	}
	if !math.IsNaN(n.reach[0] + n.reach[1]) {
		b := r.Box()
		b.Min[0], b.Min[1], b.Max[0], b.Max[1] = b.Min[0]-n.reach[0], b.Min[1]-n.reach[1], b.Max[0]+n.reach[0], b.Max[1]+n.reach[1]
		switch n.degrees.Side(b) {
		case overlay.Outside:
			return false
		case overlay.Inside:
			return true
		}
	}
	g := r.Geometry()
	if p, ok := corner(g); ok && n.plane.Near(n.to(p), n.metres) {
		return true // as most that come so far are
	}
	return n.plane.Near(crs.Geometry(g, n.to), n.metres)
}

// corner is some corner of a parcel.
func corner(g orb.Geometry) (orb.Point, bool) {
	switch g := g.(type) {
	case orb.Polygon:
		if len(g) > 0 && len(g[0]) > 0 {
			return g[0][0], true
		}
	case orb.MultiPolygon:
		if len(g) > 0 {
			return corner(g[0])
		}
	}
	return orb.Point{}, false
}

// reach is how many degrees d metres can be, anywhere in a box: more is taken than a
// plane's scale and turn can differ in it.
func reach(box orb.Bound, d float64, to, from crs.Transform) orb.Point {
	var most orb.Point
	for _, p := range []orb.Point{box.Min, box.Max, {box.Min[0], box.Max[1]}, {box.Max[0], box.Min[1]}, box.Center()} {
		q := to(p)
		var sum orb.Point
		for _, step := range []orb.Point{{d, 0}, {0, d}} {
			s := from(orb.Point{q[0] + step[0], q[1] + step[1]})
			sum[0] += math.Abs(s[0] - p[0])
			sum[1] += math.Abs(s[1] - p[1])
		}
		most[0], most[1] = max(most[0], sum[0]), max(most[1], sum[1]) // NaN stays
	}
	return orb.Point{most[0] * 1.05, most[1] * 1.05}
}
