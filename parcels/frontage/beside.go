package frontage

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// piece is a part of the outline beside one thing.
type piece struct {
	a, b  vec
	u     vec // its direction
	part  int
	who   *shape // the parcel beside it; nil = none touches it
	sight sight  // what is seen from it where no parcel closes it
	run   int    // the edge that it is of
	told  bool   // a mark says what it is beside
}

func (p *piece) len() float64 { return p.b.sub(p.a).len() }

// side is one straight side of a parcel near by.
type side struct {
	a, b vec
	of   *shape
}

// wall are the straight sides of shapes that meet a box, found by place: columns
// of the box hold the numbers of the sides that touch them.
type wall struct {
	sides []side
	lo    float64
	perM  float64 // columns a metre
	ends  []int32 // of each column in found; nil = few enough to walk
	found []int32
}

// newWall stands up the sides of shapes.
func newWall(of []*shape, b box) wall {
	w := wall{lo: b.lo.x}
	most := 0
	for _, s := range of {
		if s.box.meets(b) {
			for _, r := range s.rings {
				most += len(r.at)
			}
		}
	}
	w.sides = make([]side, 0, most)
	for _, s := range of {
		if !s.box.meets(b) {
			continue
		}
		for _, r := range s.rings {
			p := r.at[len(r.at)-1]
			for _, q := range r.at {
				if b.touches(p, q) {
					w.sides = append(w.sides, side{p, q, s})
				}
				p = q
			}
		}
	}
	n := min(128, len(w.sides)/16)
	if n < 32 || !(b.hi.x > b.lo.x) {
		return w
	}
	w.ends, w.perM = make([]int32, n), float64(n)/(b.hi.x-b.lo.x)
	for i := range w.sides {
		for lo, hi := w.columns(&w.sides[i]); lo <= hi; lo++ {
			w.ends[lo]++
		}
	}
	for c := 1; c < n; c++ {
		w.ends[c] += w.ends[c-1]
	}
	w.found = make([]int32, w.ends[n-1])
	for i := len(w.sides) - 1; i >= 0; i-- { // each column from its end: then its ends are where they begin
		for lo, hi := w.columns(&w.sides[i]); lo <= hi; lo++ {
			w.ends[lo]--
			w.found[w.ends[lo]] = int32(i)
		}
	}
	copy(w.ends, w.ends[1:])
	w.ends[n-1] = int32(len(w.found))
	return w
}

// columns are those that a side touches.
func (w *wall) columns(s *side) (lo, hi int) {
	return w.span(min(s.a.x, s.b.x), max(s.a.x, s.b.x))
}

// span is the columns that a range of x touches.
func (w *wall) span(x0, x1 float64) (lo, hi int) {
	last := float64(len(w.ends) - 1)
	at := func(x float64) int { return int(max(0, min(last, (x-w.lo)*w.perM))) }
	return at(x0), at(x1)
}

// within gives the sides that meet a box, some of them more than once.
func (w *wall) within(b box) iter.Seq[*side] {
	return func(yield func(*side) bool) {
		if w.ends == nil {
			for i := range w.sides {
				if s := &w.sides[i]; b.touches(s.a, s.b) && !yield(s) {
					return
				}
			}
			return
		}
		lo, hi := w.span(b.lo.x, b.hi.x)
		from := int32(0)
		if lo > 0 {
			from = w.ends[lo-1]
		}
		for _, i := range w.found[from:w.ends[hi]] {
			if s := &w.sides[i]; b.touches(s.a, s.b) && !yield(s) {
				return
			}
		}
	}
}

// claim is a stretch of a side of the outline that a neighbour lies along.
type claim struct {
	from, to float64 // m from the side's beginning
	off      float64 // how far away, m
	who      *shape
}

// outline cuts the outline into pieces beside one neighbour each, or none. Each
// neighbour is told how much of the outline it shares.
func (w *work) outline() []piece {
	near := newWall(w.near, w.self.box.grown(touching))
	var out []piece
	var claims []claim
	for _, r := range w.self.rings {
		if r.hole {
			continue
		}
		for i, a := range r.at {
			b := r.at[(i+1)%len(r.at)]
			claims = claimed(claims[:0], &near, a, b)
			out = cut(out, claims, a, b, r.part)
		}
	}
	return out
}

// claimed finds the neighbours along the side ab, each from the other side of it.
func claimed(out []claim, near *wall, a, b vec) []claim {
	d := b.sub(a)
	l := d.len()
	u := d.mul(1 / l)
	for s := range near.within(noBox().with(a).with(b).grown(touching)) {
		p, q := s.b.sub(a), s.a.sub(a) // it runs the other way
		s0, h0, s1, h1 := p.dot(u), u.cross(p), q.dot(u), u.cross(q)
		if (s1-s0)*slant <= math.Abs(h1-h0) { // the same way, or across
			continue
		}
		// Where it lies along ab, and within touching distance of it.
		lo, hi := max(0, s0), min(l, s1)
		if h0 != h1 {
			at := func(h float64) float64 { return s0 + (s1-s0)*(h-h0)/(h1-h0) }
			x, y := at(-touching), at(touching)
			lo, hi = max(lo, min(x, y)), min(hi, max(x, y))
		} else if math.Abs(h0) > touching {
			continue
		}
		if lo < snap {
			lo = 0
		}
		if hi > l-snap {
			hi = l
		}
		if hi-lo < min(snap, l/2) {
			continue
		}
		mid := h0 + (h1-h0)*((lo+hi)/2-s0)/(s1-s0)
		out = append(out, claim{lo, hi, math.Abs(mid), s.of})
	}
	return out
}

// share notes that the shape lies along l metres of the outline, off metres away.
func (s *shape) share(l, off float64) {
	s.shared += l
	s.inexact = s.inexact || off > exact
}

// cut adds the pieces of the side ab that its claims make. The nearer claim
// stands, of two as near the one of the lower id.
func cut(out []piece, claims []claim, a, b vec, part int) []piece {
	d := b.sub(a)
	l := d.len()
	u := d.mul(1 / l)
	if len(claims) == 0 {
		return append(out, piece{a: a, b: b, u: u, part: part})
	}
	if c := claims[0]; len(claims) == 1 && c.from == 0 && c.to == l {
		c.who.share(l, c.off)
		return append(out, piece{a: a, b: b, u: u, part: part, who: c.who})
	}
	stops := []float64{0, l}
	for _, c := range claims {
		stops = append(stops, c.from, c.to)
	}
	slices.Sort(stops)
	first := len(out)
	last := 0.0
	for _, s := range stops[1:] {
		if s-last < snap && s < l || s == last {
			continue
		}
		mid := (last + s) / 2
		var who *shape
		best := claim{off: math.Inf(1)}
		for _, c := range claims {
			if c.from <= mid && mid <= c.to && (who == nil || cmp.Or(cmp.Compare(rounded(c.off, 1e3), rounded(best.off, 1e3)), cmp.Compare(c.who.id, who.id)) < 0) {
				best, who = c, c.who
			}
		}
		if who != nil {
			who.share(s-last, best.off)
		}
		if n := len(out); n > first && out[n-1].who == who {
			out[n-1].b = mix(a, b, s/l)
		} else {
			out = append(out, piece{a: mix(a, b, last/l), b: mix(a, b, s/l), u: u, part: part, who: who})
		}
		last = s
	}
	return out
}
