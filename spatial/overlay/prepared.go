package overlay

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/langbiang/langbiang/spatial"
)

// Prepared is a shape made ready to be compared with many others: its segments
// stand under a tree of boxes. It is not changed after Prepare, so any number of
// readers may use it at once. Its parts may overlap each other: a place is inside
// where it is inside any of them.
type Prepared struct {
	shape    orb.Geometry
	box      orb.Bound
	segments []segment // rings and lines, part by part, in the order they are drawn
	points   []orb.Point
	nodes    []orb.Bound // node k has children 2k+1 and 2k+2; the last `leaves` are leaves
	leaves   int
	areas    int // polygons among the parts

	local  frame
	engine geom.Geometry
	fault  error // why the engine cannot take the shape; nil = it can
}

// segment is a stretch of a line, or of the border of the polygon number area.
type segment struct {
	a, b  orb.Point
	area  int32 // -1 = of a line
	first bool  // a part begins with it
}

// Prepare makes g ready. A shape that is not valid is taken: Intersects, Near and
// Side hold for it, rings read by the even-odd rule, and Is gives the fault as its
// error. Error: overlay.failed where g is missing, empty or not finite.
func Prepare(g orb.Geometry) (*Prepared, error) {
	p, err := Outline(g)
	if err != nil {
		return nil, err
	}
	p.fault = check("prepare", g)
	if p.fault == nil {
		p.fault = p.load()
	}
	return p, nil
}

// Outline is Prepare for those who need Intersects, Near, Side and Covers alone,
// perhaps of very many shapes at once: the engine is not loaded, nothing is checked,
// and Is gives an error. Error: as of Prepare.
func Outline(g orb.Geometry) (*Prepared, error) {
	const name = "prepare"
	refuse := func(reason string) (*Prepared, error) {
		return nil, &spatial.Error{Op: "overlay", Kind: spatial.Invalid, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": reason}}
	}
	if missing(g) {
		return refuse("missing")
	}
	p := &Prepared{shape: g, box: box(g)}
	if empty(p.box) {
		return refuse("empty")
	}
	if !finite(p.box.Min) || !finite(p.box.Max) {
		return refuse("notFinite")
	}
	p.take(g)
	p.plant()
	p.fault = &spatial.Error{Op: "overlay", Kind: spatial.Invalid, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": "outline"}}
	return p, nil
}

// Covers reports whether q lies inside the shape or on its border.
func (p *Prepared) Covers(q orb.Point) bool { return p.locate(q) >= 0 }

// Box is the shape's box.
func (p *Prepared) Box() orb.Bound { return p.box }

// Fault is the error that Is gives; nil where the shape is valid.
func (p *Prepared) Fault() error { return p.fault }

// load brings the shape to the engine once.
func (p *Prepared) load() error {
	g, err := settled(p.shape)
	if err != nil {
		return err
	}
	p.local = frameOf(g)
	return engine("prepare", func() (err error) {
		p.engine, err = p.local.to(g)
		return err
	})
}

// take collects the parts of g.
func (p *Prepared) take(g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		p.points = append(p.points, g)
	case orb.MultiPoint:
		p.points = append(p.points, g...)
	case orb.LineString:
		p.line(g)
	case orb.MultiLineString:
		for _, l := range g {
			p.line(l)
		}
	case orb.Ring:
		p.take(orb.Polygon{g})
	case orb.Polygon:
		for _, r := range g {
			if len(r) == 0 {
				continue
			}
			a := r[len(r)-1]
			for _, b := range r {
				if a != b {
					p.segments = append(p.segments, segment{a: a, b: b, area: int32(p.areas)})
				}
				a = b
			}
		}
		p.areas++
	case orb.MultiPolygon:
		for _, m := range g {
			p.take(m)
		}
	case orb.Bound:
		p.take(solid(g))
	case orb.Collection:
		for _, m := range g {
			p.take(m)
		}
	}
}

func (p *Prepared) line(l orb.LineString) {
	for i := 1; i < len(l); i++ {
		if l[i] != l[i-1] {
			p.segments = append(p.segments, segment{a: l[i-1], b: l[i], area: -1})
		}
	}
	if len(l) == 1 || len(l) > 1 && boxOf(l).Min == boxOf(l).Max { // a line that never leaves its place
		p.points = append(p.points, l[0])
	}
}

// plant builds the tree of boxes.
func (p *Prepared) plant() {
	if len(p.segments) == 0 {
		return
	}
	p.leaves = 1
	for p.leaves*leafSize < len(p.segments) {
		p.leaves *= 2
	}
	p.nodes = make([]orb.Bound, 2*p.leaves-1)
	for k := range p.nodes {
		p.nodes[k] = nowhere()
	}
	for i := range p.segments {
		// Where a part goes on, its next segment begins where the last one ended.
		p.segments[i].first = i == 0 || p.segments[i].a != p.segments[i-1].b
		k := p.leaves - 1 + i/leafSize
		grow(&p.nodes[k], p.segments[i].a)
		grow(&p.nodes[k], p.segments[i].b)
	}
	for k := p.leaves - 2; k >= 0; k-- {
		p.nodes[k] = p.nodes[2*k+1]
		if c := p.nodes[2*k+2]; !empty(c) {
			grow(&p.nodes[k], c.Min)
			grow(&p.nodes[k], c.Max)
		}
	}
}

// walk is a search of the tree under way: the nodes still to be looked at. A tree
// of 2^20 leaves needs no more than it holds.
type walk struct {
	todo [24]int32
	n    int
}

func (p *Prepared) start() walk {
	if len(p.nodes) == 0 {
		return walk{}
	}
	return walk{n: 1}
}

// next gives the segments of the next leaf that meets b, in the order they are
// drawn; none at the end.
func (p *Prepared) next(w *walk, b *orb.Bound) []segment {
	for w.n > 0 {
		w.n--
		k := int(w.todo[w.n])
		if !meets(p.nodes[k], *b) {
			continue
		}
		if k < p.leaves-1 {
			w.todo[w.n], w.todo[w.n+1] = int32(2*k+2), int32(2*k+1)
			w.n += 2
			continue
		}
		from := (k - p.leaves + 1) * leafSize
		return p.segments[from:min(from+leafSize, len(p.segments))]
	}
	return nil
}

func (s *segment) clear(b *orb.Bound) bool {
	return max(s.a[0], s.b[0]) < b.Min[0] || min(s.a[0], s.b[0]) > b.Max[0] || max(s.a[1], s.b[1]) < b.Min[1] || min(s.a[1], s.b[1]) > b.Max[1]
}

// locate says where a point lies: +1 inside an area, 0 on a border, a line or a
// point, -1 outside.
func (p *Prepared) locate(q orb.Point) int {
	if !p.box.Contains(q) {
		return -1
	}
	for _, r := range p.points {
		if r == q {
			return 0
		}
	}
	// A ray to the right, by whole polygons: they may overlap.
	ray := orb.Bound{Min: q, Max: orb.Point{math.Inf(1), q[1]}}
	if p.areas == 0 {
		ray.Max[0] = q[0]
	}
	inside, odd, area := false, false, int32(-1)
	w := p.start()
	for leaf := p.next(&w, &ray); leaf != nil; leaf = p.next(&w, &ray) {
		for i := range leaf {
			s := &leaf[i]
			if s.clear(&ray) {
				continue
			}
			if s.area != area {
				inside, odd, area = inside || odd, false, s.area
			}
			if (s.a[1] > q[1]) == (s.b[1] > q[1]) { // does not cross the ray's line; may lie on it or end there
				if s.b[1] == q[1] && s.b == q || s.a == q || s.a[1] == q[1] && s.b[1] == q[1] && min(s.a[0], s.b[0]) <= q[0] && q[0] <= max(s.a[0], s.b[0]) {
					return 0
				}
				continue
			}
			switch o := orient(s.a, s.b, q); {
			case o == 0:
				return 0
			case s.area >= 0 && (o > 0) == (s.b[1] > s.a[1]):
				odd = !odd
			}
		}
	}
	if inside || odd {
		return 1
	}
	return -1
}

// Side is where a box lies to a shape.
type Side uint8

const (
	Outside Side = iota // they have no point in common
	Inside              // all of the box is in the shape's interior
	Border              // anything else
)

// Side says where b lies, borders of both included. An empty b is outside.
func (p *Prepared) Side(b orb.Bound) Side {
	if empty(b) || !meets(p.box, b) {
		return Outside
	}
	for _, q := range p.points {
		if b.Contains(q) {
			return Border
		}
	}
	w := p.start()
	for leaf := p.next(&w, &b); leaf != nil; leaf = p.next(&w, &b) {
		for i := range leaf {
			if s := &leaf[i]; !s.clear(&b) && s.cuts(&b) {
				return Border
			}
		}
	}
	if p.areas > 0 && p.locate(b.Min) > 0 {
		return Inside
	}
	return Outside
}

// cuts reports whether the line through s meets b: with their boxes meeting, s does.
func (s *segment) cuts(b *orb.Bound) bool {
	first := orient(s.a, s.b, b.Min)
	return first == 0 || orient(s.a, s.b, b.Max) != first ||
		orient(s.a, s.b, orb.Point{b.Min[0], b.Max[1]}) != first || orient(s.a, s.b, orb.Point{b.Max[0], b.Min[1]}) != first
}

// Intersects reports whether the shape and g have a point in common. A g that is
// missing or empty has none.
func (p *Prepared) Intersects(g orb.Geometry) bool {
	at, _ := p.compare(g)
	return at
}

// compare reports whether the shape and g have a point in common, and whether a
// segment of one crosses a segment of the other inside both.
func (p *Prepared) compare(g orb.Geometry) (meet, cross bool) {
	or := func(m, c bool) { meet, cross = meet || m, cross || c }
	switch g := g.(type) {
	case orb.Point:
		return p.locate(g) >= 0, false
	case orb.MultiPoint:
		for _, q := range g {
			or(p.locate(q) >= 0, false)
		}
	case orb.LineString:
		or(p.along(g, false))
	case orb.MultiLineString:
		for _, l := range g {
			or(p.along(l, false))
		}
	case orb.Ring:
		return p.compare(orb.Polygon{g})
	case orb.Polygon:
		for _, r := range g {
			or(p.along(r, true))
		}
		or(!meet && p.touchesInside(g), false)
	case orb.MultiPolygon:
		for _, m := range g {
			or(p.compare(m))
		}
	case orb.Bound:
		return p.compare(solid(g))
	case orb.Collection:
		for _, m := range g {
			or(p.compare(m))
		}
	}
	return meet, cross
}

// along compares the segments of one line or ring, and the place it begins at.
func (p *Prepared) along(l []orb.Point, ring bool) (meeting, cross bool) {
	if len(l) == 0 {
		return false, false
	}
	if p.locate(l[0]) >= 0 {
		meeting = true
	}
	last := l[0]
	if ring {
		last = l[len(l)-1]
	}
	for _, q := range l {
		a, b := last, q
		last = q
		if a == b {
			continue
		}
		s := segment{a: a, b: b}
		reach := orb.Bound{Min: orb.Point{min(a[0], b[0]), min(a[1], b[1])}, Max: orb.Point{max(a[0], b[0]), max(a[1], b[1])}}
		for _, q := range p.points {
			if !meeting && reach.Contains(q) && orient(a, b, q) == 0 {
				meeting = true
			}
		}
		w := p.start()
		for leaf := p.next(&w, &reach); leaf != nil; leaf = p.next(&w, &reach) {
			for i := range leaf {
				t := &leaf[i]
				if t.clear(&reach) {
					continue
				}
				d1, d2 := orient(s.a, s.b, t.a), orient(s.a, s.b, t.b)
				if d1*d2 > 0 {
					continue
				}
				d3, d4 := orient(t.a, t.b, s.a), orient(t.a, t.b, s.b)
				if d3*d4 > 0 {
					continue
				}
				// On one line, the boxes that meet say that the segments do.
				if meeting = true; d1*d2 < 0 && d3*d4 < 0 {
					return true, true
				}
			}
		}
	}
	return meeting, cross
}

// touchesInside reports whether a part of the shape begins in the polygon g.
func (p *Prepared) touchesInside(g orb.Polygon) bool {
	if len(g) == 0 {
		return false
	}
	b := boxOf(g[0])
	if !meets(p.box, b) {
		return false
	}
	for _, q := range p.points {
		if b.Contains(q) && locatePolygon(q, g) >= 0 {
			return true
		}
	}
	w := p.start()
	for leaf := p.next(&w, &b); leaf != nil; leaf = p.next(&w, &b) {
		for i := range leaf {
			if s := &leaf[i]; s.first && b.Contains(s.a) && locatePolygon(s.a, g) >= 0 {
				return true
			}
		}
	}
	return false
}
