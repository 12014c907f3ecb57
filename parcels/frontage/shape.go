package frontage

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// shape is a parcel in the frame. Its rings are open, and turn so that its ground
// lies to the left of them: outlines counter-clockwise, holes clockwise.
type shape struct {
	id     uint64
	item   index.Item
	rings  []ring
	box    box
	area   float64 // m², holes taken out
	length float64 // of all rings, m
	parts  int
	street state
	lane   state

	shared  float64 // m of the outline of the parcel asked for
	inexact bool
}

// ring is one ring of a shape.
type ring struct {
	at   []vec
	part int
	hole bool
}

// state is a thing worked out once, when it is first asked for.
type state uint8

const (
	unasked state = iota
	yes
	no
)

// readShape is a record's areas in the frame. Points that are not finite and those
// that repeat the one before are left out, and so are rings without ground.
func readShape(f *frame, it index.Item) *shape {
	s := &shape{id: it.ID(), item: it, box: noBox()}
	switch g := it.Geometry().(type) {
	case orb.Polygon:
		s.polygon(f, g)
	case orb.MultiPolygon:
		for _, p := range g {
			s.polygon(f, p)
		}
	case orb.Collection:
		for _, m := range g {
			if p, ok := m.(orb.Polygon); ok {
				s.polygon(f, p)
			}
		}
	}
	return s
}

func (s *shape) polygon(f *frame, g orb.Polygon) {
	for i, r := range g {
		at := make([]vec, 0, len(r))
		for _, p := range r {
			v := f.in(p)
			if v.finite() && (len(at) == 0 || v.sub(at[len(at)-1]).len() > same) {
				at = append(at, v)
			}
		}
		for len(at) > 1 && at[0].sub(at[len(at)-1]).len() <= same {
			at = at[:len(at)-1]
		}
		a := signed(at)
		if len(at) < 3 || math.Abs(a) < same {
			if i == 0 {
				return // holes without an outline bound nothing
			}
			continue
		}
		if (a < 0) == (i == 0) {
			for k, l := 0, len(at)-1; k < l; k, l = k+1, l-1 {
				at[k], at[l] = at[l], at[k]
			}
		}
		if i == 0 {
			s.parts++
			s.area += math.Abs(a)
		} else {
			s.area -= math.Abs(a)
		}
		for k, p := range at {
			s.box = s.box.with(p)
			s.length += at[(k+1)%len(at)].sub(p).len()
		}
		s.rings = append(s.rings, ring{at, s.parts - 1, i > 0})
	}
}

func signed(r []vec) float64 {
	sum := 0.0
	for i := 2; i < len(r); i++ {
		sum += r[i-1].sub(r[0]).cross(r[i].sub(r[0]))
	}
	return sum / 2
}

// holds reports whether p lies in the shape.
func (s *shape) holds(p vec) bool {
	if !s.box.holds(p) {
		return false
	}
	in := false
	for _, r := range s.rings {
		b := r.at[len(r.at)-1]
		for _, a := range r.at {
			if (a.y > p.y) != (b.y > p.y) && p.x < a.x+(b.x-a.x)*(p.y-a.y)/(b.y-a.y) {
				in = !in
			}
			b = a
		}
	}
	return in
}

// beyond reports whether p lies farther than d from the shape's rings.
func (s *shape) beyond(p vec, d float64) bool {
	for _, r := range s.rings {
		b := r.at[len(r.at)-1]
		for _, a := range r.at {
			if _, e := nearest(p, a, b); e < d {
				return false
			}
			b = a
		}
	}
	return true
}

// nearest is the point of the segment ab that lies nearest to p, and how far.
func nearest(p, a, b vec) (vec, float64) {
	d := b.sub(a)
	t := 0.0
	if l := d.dot(d); l > 0 {
		t = min(1, max(0, p.sub(a).dot(d)/l))
	}
	q := mix(a, b, t)
	return q, q.sub(p).len()
}

// roadUse is the land-use code of ground for traffic.
const roadUse = "DGT"

// slender is a shape's mean breadth, m, and how many times as long it is: of a
// strip w wide and l long, or of a net of such strips, w and l/w.
func (s *shape) slender() (wide, long float64) {
	if s.length == 0 || s.area <= 0 {
		return math.Inf(1), 0
	}
	return 2 * s.area / s.length, s.length * s.length / (4 * s.area)
}

// slim reports whether a parcel's shape could be that of a street's ground.
func (s *shape) slim() bool {
	wide, long := s.slender()
	return wide <= 30 && long >= 4
}

// laneLike reports whether a parcel is so thin and long that it may well be a lane,
// a ditch or a stream: its use is not recorded.
func (s *shape) laneLike() bool {
	if s.lane == unasked {
		s.lane = no
		if wide, long := s.slender(); wide <= 12 && long >= 16 && parcels.MainUse(s.item) == "" {
			s.lane = yes
		}
	}
	return s.lane == yes
}
