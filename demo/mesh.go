package demo

import "math"

// pt is a point of the city's plane in whole millimetres from the origin, so that
// shared vertices are equal and orientation tests are exact.
type pt struct{ x, y int32 }

// mesh divides ground into faces without gap or overlap: half-edges, each with its
// twin at h^1. A vertex put on an edge belongs to the faces on both sides, so
// neighbours always share their vertices. Face -1 is the outside.
type mesh struct {
	v                     []pt
	org, next, prev, face []int32 // by half-edge
	tag                   []int32 // by edge, h>>1: what runs along it
	faces                 []int32 // a half-edge of each face
}

// reset makes m one face within a counter-clockwise ring, not closed; tags name what
// runs along each of its edges.
func (m *mesh) reset(ring []pt, tags []int32) {
	n := int32(len(ring))
	m.v = append(m.v[:0], ring...)
	m.org, m.next, m.prev, m.face, m.tag = m.org[:0], m.next[:0], m.prev[:0], m.face[:0], m.tag[:0]
	for i := range n {
		j, k := (i+1)%n, (i+n-1)%n
		m.org = append(m.org, i, j)
		m.next = append(m.next, 2*j, 2*k+1)
		m.prev = append(m.prev, 2*k, 2*j+1)
		m.face = append(m.face, 0, -1)
		m.tag = append(m.tag, tags[i])
	}
	m.faces = append(m.faces[:0], 0)
}

func (m *mesh) at(h int32) pt  { return m.v[m.org[h]] }
func (m *mesh) end(h int32) pt { return m.v[m.org[h^1]] }

// loop appends the half-edges of a face to buf.
func (m *mesh) loop(f int32, buf []int32) []int32 {
	h := m.faces[f]
	for {
		buf = append(buf, h)
		if h = m.next[h]; h == m.faces[f] {
			return buf
		}
	}
}

// splitEdge puts a vertex on an edge: h ends there, the result begins there.
func (m *mesh) splitEdge(h int32, p pt) int32 {
	nv, t := int32(len(m.v)), h^1
	m.v = append(m.v, p)
	n := int32(len(m.org))
	m.org = append(m.org, nv, m.org[t])
	m.face = append(m.face, m.face[h], m.face[t])
	m.tag = append(m.tag, m.tag[h>>1])
	nh, pt := m.next[h], m.prev[t]
	m.next = append(m.next, nh, t)
	m.prev = append(m.prev, h, pt)
	m.prev[nh], m.next[h] = n, n
	m.next[pt], m.prev[t] = n^1, n^1
	m.org[t] = nv
	return n
}

// addChain cuts the face of h1 and h2 along a line from h1's origin through pts to
// h2's origin. The new face lies to the left of that line; the old one keeps the
// right.
func (m *mesh) addChain(h1, h2 int32, pts []pt, tag int32) int32 {
	f, g := m.face[h1], int32(len(m.faces))
	a, b := m.org[h1], m.org[h2]
	p1, p2 := m.prev[h1], m.prev[h2]
	first := int32(len(m.org))
	k := int32(len(pts))
	for i := int32(0); i <= k; i++ {
		from, to := a, b
		if i > 0 {
			from = int32(len(m.v)) - 1
		}
		if i < k {
			to = int32(len(m.v))
			m.v = append(m.v, pts[i])
		}
		h := first + 2*i
		m.org = append(m.org, from, to)
		m.next = append(m.next, h+2, h-1)
		m.prev = append(m.prev, h-2, h+3)
		m.face = append(m.face, g, f)
		m.tag = append(m.tag, tag)
	}
	last := first + 2*k
	m.next[last], m.prev[h2] = h2, last
	m.prev[first], m.next[p1] = p1, first
	m.next[first^1], m.prev[h1] = h1, first^1
	m.prev[last^1], m.next[p2] = p2, last^1
	m.faces = append(m.faces, first)
	for h := h2; h != first; h = m.next[h] {
		m.face[h] = g
	}
	m.faces[f] = h1
	return g
}

// merge takes the edges between faces f and g away where they form one line; g is
// gone afterwards (its entry is -1) and f is both.
func (m *mesh) merge(f, g int32) {
	var keep int32 = -1
	for _, h := range m.loop(g, nil) {
		m.face[h] = f
	}
	for _, start := range []int32{m.faces[f], m.faces[g]} {
		h := start
		for {
			if m.face[h^1] != f {
				keep = h
			}
			if h = m.next[h]; h == start {
				break
			}
		}
	}
	if keep < 0 {
		return
	}
	// Walk the outer border of the two, skipping over edges that lie between them.
	h := keep
	for {
		n := m.next[h]
		for m.face[n^1] == f {
			n = m.next[n^1]
		}
		m.next[h], m.prev[n] = n, h
		if h = n; h == keep {
			break
		}
	}
	m.faces[f], m.faces[g] = keep, -1
}

// ringArea is the signed area of a ring in m², positive counter-clockwise.
func ringArea(r []pt) float64 {
	var sum int64
	if len(r) == 0 {
		return 0
	}
	o := r[0]
	for i, p := range r {
		q := r[(i+1)%len(r)]
		sum += int64(p.x-o.x)*int64(q.y-o.y) - int64(p.y-o.y)*int64(q.x-o.x)
	}
	return float64(sum) / 2e6
}

// vec is a point or direction in metres.
type vec struct{ x, y float64 }

func (p pt) m() vec               { return vec{float64(p.x) / 1000, float64(p.y) / 1000} }
func (a vec) mm() pt              { return pt{int32(math.Round(a.x * 1000)), int32(math.Round(a.y * 1000))} }
func (a vec) add(b vec) vec       { return vec{a.x + b.x, a.y + b.y} }
func (a vec) sub(b vec) vec       { return vec{a.x - b.x, a.y - b.y} }
func (a vec) mul(k float64) vec   { return vec{a.x * k, a.y * k} }
func (a vec) dot(b vec) float64   { return a.x*b.x + a.y*b.y }
func (a vec) cross(b vec) float64 { return a.x*b.y - a.y*b.x }
func (a vec) len() float64        { return math.Sqrt(a.x*a.x + a.y*a.y) }
func (a vec) left() vec           { return vec{-a.y, a.x} }

func (a vec) unit() vec {
	if l := a.len(); l > 0 {
		return a.mul(1 / l)
	}
	return vec{1, 0}
}

func dist(a, b pt) float64 { return a.m().sub(b.m()).len() }

// nearSegment is the distance of p to the segment ab and how far along it lies, 0…1.
func nearSegment(p, a, b vec) (d, t float64) {
	ab := b.sub(a)
	l := ab.dot(ab)
	if l > 0 {
		t = min(1, max(0, p.sub(a).dot(ab)/l))
	}
	return p.sub(a.add(ab.mul(t))).len(), t
}

// meet is where segments ab and cd cross: how far along each; ok only for a
// crossing, not for parallels.
func meet(a, b, c, d vec) (t, u float64, ok bool) {
	r, s := b.sub(a), d.sub(c)
	den := r.cross(s)
	if den == 0 {
		return 0, 0, false
	}
	q := c.sub(a)
	t, u = q.cross(s)/den, q.cross(r)/den
	return t, u, t >= 0 && t <= 1 && u >= 0 && u <= 1
}

// inside reports whether p lies within the ring.
func inside(p vec, ring []vec) bool {
	in := false
	for i, j := 0, len(ring)-1; i < len(ring); j, i = i, i+1 {
		a, b := ring[i], ring[j]
		if (a.y > p.y) != (b.y > p.y) && p.x < (b.x-a.x)*(p.y-a.y)/(b.y-a.y)+a.x {
			in = !in
		}
	}
	return in
}

func areaOf(r []vec) float64 {
	s := 0.0
	for i, p := range r {
		s += p.sub(r[0]).cross(r[(i+1)%len(r)].sub(r[0]))
	}
	return s / 2
}

func perimeter(r []vec) float64 {
	s := 0.0
	for i, p := range r {
		s += r[(i+1)%len(r)].sub(p).len()
	}
	return s
}
