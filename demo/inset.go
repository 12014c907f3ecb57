package demo

import "math"

// inset moves each edge of a counter-clockwise ring inwards by its own distance.
// edge tells, for each edge of the result, which one of the ring it came from. ok is
// false where nothing sound is left.
func inset(ring []vec, by []float64) (out []vec, edge []int, ok bool) {
	type moved struct {
		p, d vec // a point on the moved line and its direction
		i    int
		len  float64
	}
	var sides []moved
	for i, p := range ring {
		q := ring[(i+1)%len(ring)]
		d := q.sub(p)
		if l := d.len(); l > 0.05 {
			u := d.mul(1 / l)
			sides = append(sides, moved{p.add(u.left().mul(by[i])), u, i, l})
		}
	}
	for {
		n := len(sides)
		if n < 3 {
			return nil, nil, false
		}
		corner := make([][2]vec, n) // where side i ends and side i+1 begins
		for i, a := range sides {
			b := sides[(i+1)%n]
			end := a.p.add(a.d.mul(a.len))
			c := a.d.cross(b.d)
			wa, wb := by[a.i], by[b.i]
			if (math.Abs(c) < 0.3 && math.Abs(wa-wb) > 0.2 || math.Abs(c) < 0.004) && a.d.dot(b.d) > 0 {
				// Nearly straight on: square to both. A street that grows wider makes a step.
				v := end.sub(a.d.left().mul(wa)).add(b.p.sub(b.d.left().mul(wb))).mul(.5)
				n := a.d.add(b.d).unit().left()
				corner[i] = [2]vec{v.add(n.mul(wa)), v.add(n.mul(wb))}
				continue
			}
			if c == 0 {
				return nil, nil, false
			}
			t := b.p.sub(a.p).cross(b.d) / c
			x := a.p.add(a.d.mul(t))
			if d := x.sub(end).len(); c < 0 && d > 12 { // a sharp corner that juts into the street
				corner[i] = [2]vec{end, b.p}
				continue
			}
			corner[i] = [2]vec{x, x}
		}
		// Sides that have turned round are gone; the shortest first.
		worst, at := 0.0, -1
		for i, s := range sides {
			from, to := corner[(i+n-1)%n][1], corner[i][0]
			if l := to.sub(from).dot(s.d); l < worst {
				worst, at = l, i
			}
		}
		if at >= 0 {
			sides = append(sides[:at], sides[at+1:]...)
			continue
		}
		for i, s := range sides {
			out = append(out, corner[i][0])
			edge = append(edge, sides[(i+1)%n].i)
			if corner[i][0] != corner[i][1] {
				edge[len(edge)-1] = s.i
				out = append(out, corner[i][1])
				edge = append(edge, sides[(i+1)%n].i)
			}
		}
		break
	}
	// Points that would crowd each other go.
	kept, from := out[:0:0], edge[:0:0]
	for i, p := range out {
		if n := len(kept); n > 0 && kept[n-1].sub(p).len() < 0.3 {
			from[n-1] = edge[i]
			continue
		}
		kept, from = append(kept, p), append(from, edge[i])
	}
	for len(kept) > 1 && kept[0].sub(kept[len(kept)-1]).len() < 0.3 {
		kept, from = kept[:len(kept)-1], from[:len(from)-1]
	}
	return kept, from, len(kept) >= 3 && simple(kept) && areaOf(kept) > 0
}

// simple reports whether a ring neither crosses nor comes very near itself.
func simple(r []vec) bool {
	n := len(r)
	for i := range r {
		a, b := r[i], r[(i+1)%n]
		lox, hix, loy, hiy := min(a.x, b.x)-.1, max(a.x, b.x)+.1, min(a.y, b.y)-.1, max(a.y, b.y)+.1
		for j := i + 1; j < n; j++ {
			c, d := r[j], r[(j+1)%n]
			if (c.x < lox && d.x < lox) || (c.x > hix && d.x > hix) || (c.y < loy && d.y < loy) || (c.y > hiy && d.y > hiy) {
				continue
			}
			if j == i+1 || (i == 0 && j == n-1) {
				// Neighbours must not fold back on each other.
				u, v := b.sub(a).unit(), d.sub(c).unit()
				if u.dot(v) < -0.995 {
					return false
				}
				continue
			}
			if _, _, ok := meet(a, b, c, d); ok {
				return false
			}
			e1, _ := nearSegment(a, c, d)
			e2, _ := nearSegment(c, a, b)
			if e1 < .1 || e2 < .1 {
				return false
			}
		}
	}
	return true
}
