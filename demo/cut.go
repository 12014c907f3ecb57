package demo

import "math"

// knife cuts one face of a mesh in two. It keeps its buffers between faces.
type knife struct {
	m     *mesh
	hs    []int32       // the face's half-edges
	ring  []vec         // their origins, metres
	sides []side        // the border, long ones in fewer and longer pieces, for the field
	lean  func(vec) vec // the ground's own cross, weighted like turn; nil = none
	fwd   []vec
	back  []vec
	child [2][]vec
}

// take makes face f the one to be cut.
func (k *knife) take(f int32) {
	k.hs = k.m.loop(f, k.hs[:0])
	k.ring, k.sides = k.ring[:0], k.sides[:0]
	for _, h := range k.hs {
		k.ring = append(k.ring, k.m.at(h).m())
	}
	n := len(k.ring)
	by := 1 + n/64
	for i := 0; i < n; i += by {
		a, b := k.ring[i], k.ring[min(i+by, n)%n]
		d := b.sub(a)
		k.sides = append(k.sides, side{a, d, fourth(d.unit()), d.len()})
	}
}

// side is a stretch of border: from a along d, its direction to the fourth power
// (a cross has no front) and its length.
type side struct {
	a, d, turn vec
	len        float64
}

// fourth is a direction to the fourth power, as complex numbers are: the four
// directions of a cross become one.
func fourth(d vec) vec {
	x, y := d.x*d.x-d.y*d.y, 2*d.x*d.y
	return vec{x*x - y*y, 2 * x * y}
}

// along is the direction of the cross field at p that is nearest to heading: what
// the face's edges suggest, the near and long ones most, and the ground besides.
func (k *knife) along(p, heading vec) vec {
	var z vec
	for i := range k.sides {
		s := &k.sides[i]
		apx, apy := p.x-s.a.x, p.y-s.a.y
		t := (apx*s.d.x + apy*s.d.y) / (s.len*s.len + 1e-9)
		if t < 0 {
			t = 0
		} else if t > 1 {
			t = 1
		}
		dx, dy := apx-s.d.x*t, apy-s.d.y*t
		w := s.len / (dx*dx + dy*dy + 20)
		z.x += s.turn.x * w
		z.y += s.turn.y * w
	}
	if k.lean != nil {
		z = z.add(k.lean(p))
	}
	a := math.Atan2(z.y, z.x) / 4
	d := vec{math.Cos(a), math.Sin(a)}
	if math.Abs(d.dot(heading)) < math.Abs(d.cross(heading)) {
		d = d.left()
	}
	if d.dot(heading) < 0 {
		d = d.mul(-1)
	}
	return d
}

// hit is where a line meets the face's border.
type hit struct {
	edge int // index into hs
	t    float64
	p    vec
}

// run follows the field from p towards dir until it meets the border; step 0 runs
// straight on.
func (k *knife) run(p, dir vec, step float64, out []vec) ([]vec, hit, bool) {
	n := len(k.ring)
	limit := 600
	for range limit {
		s := step
		if step > 0 {
			dir = k.along(p, dir)
		} else {
			s = 1e5
		}
		q := p.add(dir.mul(s))
		best := hit{edge: -1}
		bt := 2.0
		lox, hix, loy, hiy := min(p.x, q.x), max(p.x, q.x), min(p.y, q.y), max(p.y, q.y)
		for i, a := range k.ring {
			b := k.ring[(i+1)%n]
			if (a.x < lox && b.x < lox) || (a.x > hix && b.x > hix) || (a.y < loy && b.y < loy) || (a.y > hiy && b.y > hiy) {
				continue
			}
			if t, u, ok := meet(p, q, a, b); ok && t < bt {
				bt, best = t, hit{i, u, a.add(b.sub(a).mul(u))}
			}
		}
		if best.edge >= 0 {
			return out, best, true
		}
		if step == 0 {
			return out, best, false
		}
		out = append(out, q)
		p = q
	}
	return out, hit{}, false
}

// slit is a cut that can be made: a line across the face between two points of its
// border.
type slit struct {
	from, to hit
	pts      []vec // between them
}

// across finds the line through seed in direction dir and back. snap is how near a
// corner the line's end goes to it, clear how near to anything else it must not come.
func (k *knife) across(seed, dir vec, step, snap, clear float64) (slit, bool) {
	var s slit
	if !inside(seed, k.ring) {
		return s, false
	}
	var ok1, ok2 bool
	var a, b hit
	k.fwd, b, ok1 = k.run(seed, dir, step, k.fwd[:0])
	if !ok1 {
		return s, false
	}
	k.back, a, ok2 = k.run(seed, dir.mul(-1), step, k.back[:0])
	if !ok2 {
		return s, false
	}
	k.snap(&a, snap)
	k.snap(&b, snap)
	for i := len(k.back) - 1; i >= 0; i-- {
		s.pts = append(s.pts, k.back[i])
	}
	if step > 0 {
		s.pts = append(s.pts, seed)
	}
	s.pts = append(s.pts, k.fwd...)
	s.from, s.to = a, b
	// A line's last point before the border must not crowd it.
	for len(s.pts) > 0 && s.pts[0].sub(a.p).len() < step*0.4 {
		s.pts = s.pts[1:]
	}
	for n := len(s.pts); n > 0 && s.pts[n-1].sub(b.p).len() < step*0.4; n-- {
		s.pts = s.pts[:n-1]
	}
	if !k.fits(&s, clear) {
		return s, false
	}
	// Both pieces must be whole: a line that winds around itself leaves one that is not.
	l, r := k.halves(&s)
	x, y, whole := areaOf(l), areaOf(r), areaOf(k.ring)
	return s, x > 0 && y > 0 && math.Abs(x+y-whole) < 1e-6*whole+.01 && !winds(&s)
}

// winds reports whether a slit crosses itself.
func winds(s *slit) bool {
	n := len(s.pts)
	at := func(i int) vec {
		switch {
		case i == 0:
			return s.from.p
		case i <= n:
			return s.pts[i-1]
		}
		return s.to.p
	}
	for i := range n + 1 {
		a, b := at(i), at(i+1)
		lox, hix, loy, hiy := min(a.x, b.x), max(a.x, b.x), min(a.y, b.y), max(a.y, b.y)
		for j := i + 2; j <= n; j++ {
			c, d := at(j), at(j+1)
			if (c.x < lox && d.x < lox) || (c.x > hix && d.x > hix) || (c.y < loy && d.y < loy) || (c.y > hiy && d.y > hiy) {
				continue
			}
			if _, _, ok := meet(a, b, c, d); ok {
				return true
			}
		}
	}
	return false
}

// snap moves a hit to a corner of the face nearby.
func (k *knife) snap(h *hit, tol float64) {
	i, j := h.edge, (h.edge+1)%len(k.ring)
	di, dj := k.ring[i].sub(h.p).len(), k.ring[j].sub(h.p).len()
	switch {
	case di <= dj && di < tol:
		*h = hit{i, 0, k.ring[i]}
	case dj < tol:
		*h = hit{j, 0, k.ring[j]}
	}
}

// fits reports whether a slit keeps clear of the border and of itself.
func (k *knife) fits(s *slit, clear float64) bool {
	n := len(k.ring)
	if s.from.edge == s.to.edge {
		return false
	}
	a, b := s.from, s.to
	// The two ends on one edge's two corners, or a straight line along an edge.
	if len(s.pts) == 0 && ((a.t == 0 && b.t == 0 && ((a.edge+1)%n == b.edge || (b.edge+1)%n == a.edge)) ||
		(a.t == 0 && (b.edge+1)%n == a.edge) || (b.t == 0 && (a.edge+1)%n == b.edge)) {
		return false
	}
	inner, outer := b.p, a.p
	if len(s.pts) > 0 {
		inner, outer = s.pts[0], s.pts[len(s.pts)-1]
	}
	if k.slants(a, inner) || k.slants(b, outer) {
		return false
	}
	prev := a.p
	for i := 0; i <= len(s.pts); i++ {
		q := b.p
		if i < len(s.pts) {
			q = s.pts[i]
		}
		lox, hix, loy, hiy := min(prev.x, q.x)-clear, max(prev.x, q.x)+clear, min(prev.y, q.y)-clear, max(prev.y, q.y)+clear
		for j, c := range k.ring {
			d := k.ring[(j+1)%n]
			if (c.x < lox && d.x < lox) || (c.x > hix && d.x > hix) || (c.y < loy && d.y < loy) || (c.y > hiy && d.y > hiy) {
				continue
			}
			ends := (i == 0 && (j == a.edge || (a.t == 0 && (j+1)%n == a.edge))) ||
				(i == len(s.pts) && (j == b.edge || (b.t == 0 && (j+1)%n == b.edge)))
			if ends {
				continue
			}
			if _, _, ok := meet(prev, q, c, d); ok {
				return false
			}
			atA, atB := a.t == 0 && j == a.edge, b.t == 0 && j == b.edge
			if !atA && !atB {
				if e, _ := nearSegment(c, prev, q); e < clear {
					return false
				}
			}
			if i < len(s.pts) {
				if e, _ := nearSegment(q, c, d); e < clear {
					return false
				}
			}
		}
		prev = q
	}
	return a.p.sub(b.p).len() > clear
}

// slants reports whether a line from a hit to p runs too nearly along the border.
func (k *knife) slants(h hit, p vec) bool {
	n := len(k.ring)
	d := p.sub(h.p).unit()
	before := k.ring[h.edge]
	if h.t == 0 {
		before = k.ring[(h.edge+n-1)%n]
	}
	after := k.ring[(h.edge+1)%n]
	const cosine = 0.96
	return d.dot(before.sub(h.p).unit()) > cosine || d.dot(after.sub(h.p).unit()) > cosine
}

// halves are the two rings that a slit would leave: left of it, and right.
func (k *knife) halves(s *slit) (left, right []vec) {
	n := len(k.ring)
	l, r := k.child[0][:0], k.child[1][:0]
	l = append(l, s.from.p)
	l = append(l, s.pts...)
	l = append(l, s.to.p)
	for i := (s.to.edge + 1) % n; ; i = (i + 1) % n {
		if i == s.from.edge && s.from.t == 0 {
			break
		}
		l = append(l, k.ring[i])
		if i == s.from.edge {
			break
		}
	}
	r = append(r, s.to.p)
	for i := len(s.pts) - 1; i >= 0; i-- {
		r = append(r, s.pts[i])
	}
	r = append(r, s.from.p)
	for i := (s.from.edge + 1) % n; ; i = (i + 1) % n {
		if i == s.to.edge && s.to.t == 0 {
			break
		}
		r = append(r, k.ring[i])
		if i == s.to.edge {
			break
		}
	}
	k.child = [2][]vec{l, r}
	return l, r
}

// carry makes the cut and gives the new face, left of the slit.
func (k *knife) carry(s *slit, tag int32) int32 {
	h1, h2 := k.hs[s.from.edge], k.hs[s.to.edge]
	if s.from.t > 0 {
		h1 = k.m.splitEdge(h1, s.from.p.mm())
	}
	if s.to.t > 0 {
		h2 = k.m.splitEdge(h2, s.to.p.mm())
	}
	pts := make([]pt, len(s.pts))
	for i, p := range s.pts {
		pts[i] = p.mm()
	}
	return k.m.addChain(h1, h2, pts, tag)
}

// round is how compact a ring is: 1 for a circle, 0.785 for a square.
func round(r []vec) float64 {
	p := perimeter(r)
	return 4 * math.Pi * math.Abs(areaOf(r)) / (p * p)
}

// axes is the leanest box around a ring among those that lie along its edges: its
// longer direction, its length and width, and its middle.
func axes(r []vec) (dir vec, long, short float64, mid vec) {
	best := math.Inf(1)
	if len(r) > 48 { // forty corners say enough of a long border
		var few []vec
		for i := 0; i < len(r); i += 1 + len(r)/40 {
			few = append(few, r[i])
		}
		r = few
	}
	for i, p := range r {
		d := r[(i+1)%len(r)].sub(p)
		if d.len() < 1 {
			continue
		}
		d = d.unit()
		lo, hi := vec{math.Inf(1), math.Inf(1)}, vec{math.Inf(-1), math.Inf(-1)}
		for _, q := range r {
			u, v := q.dot(d), d.cross(q)
			lo, hi = vec{min(lo.x, u), min(lo.y, v)}, vec{max(hi.x, u), max(hi.y, v)}
		}
		w, h := hi.x-lo.x, hi.y-lo.y
		if w*h < best {
			best = w * h
			c := lo.add(hi).mul(.5)
			mid = d.mul(c.x).add(d.left().mul(c.y))
			if w >= h {
				dir, long, short = d, w, h
			} else {
				dir, long, short = d.left(), h, w
			}
		}
	}
	return dir, long, short, mid
}
