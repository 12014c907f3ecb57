package overlay

import (
	"slices"

	"github.com/paulmach/orb"
)

// most is how many points of one shape may lie on one segment of another before
// the engine is asked.
const most = 24

// course is where a line runs to an area: its pieces between the points that the
// two borders share.
type course struct{ in, out, on, lost bool }

// pieces cuts the segment a b where the points lie on it, and gives each piece.
func pieces(a, b orb.Point, points []orb.Point, piece func(u, v orb.Point)) {
	axis := 0
	if dx, dy := b[0]-a[0], b[1]-a[1]; dx*dx < dy*dy {
		axis = 1
	}
	slices.SortFunc(points, func(p, q orb.Point) int {
		switch {
		case p[axis] == q[axis]:
			return 0
		case (p[axis] < q[axis]) == (a[axis] < b[axis]):
			return -1
		}
		return 1
	})
	u := a
	for _, v := range points {
		if v != u {
			piece(u, v)
		}
		u = v
	}
	if u != b {
		piece(u, b)
	}
}

func middle(u, v orb.Point) orb.Point { return orb.Point{u[0]/2 + v[0]/2, u[1]/2 + v[1]/2} }

// follow is the course of a line or ring to the areas of p, whose borders it does
// not cross inside a segment of both. A piece touches a border at its ends alone or
// lies on it, so its middle speaks for it; a middle that rounding put on a border
// is lost.
func (p *Prepared) follow(l []orb.Point, ring bool) course {
	var c course
	last := l[0]
	if ring {
		last = l[len(l)-1]
	}
	for _, q := range l {
		a, b := last, q
		if last = q; a == b {
			continue
		}
		reach := boxOf([]orb.Point{a, b})
		var room [most]orb.Point
		on := room[:0]
		w := p.start()
		for leaf := p.next(&w, &reach); leaf != nil; leaf = p.next(&w, &reach) {
			for i := range leaf { // every corner of a ring begins a segment
				if v := leaf[i].a; reach.Contains(v) && v != a && v != b && orient(a, b, v) == 0 {
					if len(on) == most {
						return course{lost: true}
					}
					on = append(on, v)
				}
			}
		}
		pieces(a, b, on, func(u, v orb.Point) {
			if p.borders(u, v) {
				c.on = true
				return
			}
			switch p.locate(middle(u, v)) {
			case 1:
				c.in = true
			case -1:
				c.out = true
			default:
				c.lost = true
			}
		})
	}
	return c
}

// borders reports whether the segment u v lies on one segment of the border.
func (p *Prepared) borders(u, v orb.Point) bool {
	reach := boxOf([]orb.Point{u, v})
	w := p.start()
	for leaf := p.next(&w, &reach); leaf != nil; leaf = p.next(&w, &reach) {
		for i := range leaf {
			if s := &leaf[i]; covers(s.a, s.b, u, v) {
				return true
			}
		}
	}
	return false
}

// covers reports whether the segment u v lies on the segment a b.
func covers(a, b, u, v orb.Point) bool {
	return within(a, b, u) && within(a, b, v) && orient(a, b, u) == 0 && orient(a, b, v) == 0
}

// divides reports whether a piece of p's border lies inside the polygon g, whose
// borders p's do not cross; b is g's box. Lost is as of follow.
func (p *Prepared) divides(g orb.Polygon, b orb.Bound) (yes, lost bool) {
	w := p.start()
	for leaf := p.next(&w, &b); leaf != nil; leaf = p.next(&w, &b) {
		for i := range leaf {
			s := &leaf[i]
			if s.clear(&b) {
				continue
			}
			var room [most]orb.Point
			on := room[:0]
			for _, r := range g {
				for k, v := range r {
					if k == 0 && len(r) > 1 && r[len(r)-1] == v || v == s.a || v == s.b || !within(s.a, s.b, v) || orient(s.a, s.b, v) != 0 {
						continue
					}
					if len(on) == most {
						return false, true
					}
					on = append(on, v)
				}
			}
			pieces(s.a, s.b, on, func(u, v orb.Point) {
				switch locatePolygon(middle(u, v), g) {
				case 1:
					yes = true
				case 0:
					lost = lost || !runsAlong(g, u, v)
				}
			})
			if yes {
				return true, false
			}
		}
	}
	return false, lost
}

// runsAlong reports whether the segment u v lies on an edge of g.
func runsAlong(g orb.Polygon, u, v orb.Point) bool {
	for _, r := range g {
		if len(r) == 0 {
			continue
		}
		a := r[len(r)-1]
		for _, b := range r {
			if a != b && covers(a, b, u, v) {
				return true
			}
			a = b
		}
	}
	return false
}

// touched answers for a valid g that meets the areas of p while no segment crosses
// another inside both: known where the pieces of the borders settle it.
func (p *Prepared) touched(r Relation, g orb.Geometry, b orb.Bound) (yes, known bool) {
	var c course
	also := func(l []orb.Point, ring bool) {
		if len(l) == 0 {
			return
		}
		d := p.follow(l, ring)
		c = course{c.in || d.in, c.out || d.out, c.on || d.on, c.lost || d.lost}
	}
	switch g := g.(type) {
	case orb.LineString:
		also(g, false)
	case orb.MultiLineString:
		for _, l := range g {
			also(l, false)
		}
	case orb.MultiPolygon:
		if len(g) != 1 {
			return false, false
		}
		return p.touched(r, g[0], b)
	case orb.Polygon:
		for _, ring := range g {
			also(ring, true)
		}
		return p.touchedArea(r, g, b, c)
	default:
		return false, false
	}
	if c.lost {
		return false, false
	}
	switch r {
	case Within:
		return c.in && !c.out, true
	case Touching:
		return !c.in, true
	case Crossing:
		return c.in && c.out, true
	}
	return false, true
}

// touchedArea is touched for a polygon, by the course of its rings.
func (p *Prepared) touchedArea(r Relation, g orb.Polygon, b orb.Bound, c course) (yes, known bool) {
	if c.lost {
		return false, false
	}
	if c.in && c.out { // ground of g inside and outside p, and beside the piece inside, of p outside g
		return r == Overlapping, true
	}
	inside, lost := p.divides(g, b)
	switch {
	case lost, !c.in && !c.out: // all of g's border on p's
		return false, false
	case c.in && !inside: // g's ground is whole, and in p where its border is
		return r == Within, true
	case c.in:
		return r == Overlapping, true
	case !inside: // and outside p here
		return r == Touching, true
	case !holds(b, p.box): // p reaches into g, and beyond its box
		return r == Overlapping, true
	}
	return false, false
}
