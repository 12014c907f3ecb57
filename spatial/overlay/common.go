package overlay

import "github.com/paulmach/orb"

// CommonArea is IntersectionArea of the shape and g, m²: where a look at boxes and
// borders settles that g lies inside or outside, nothing is computed.
func (p *Prepared) CommonArea(g orb.Geometry) (float64, error) {
	const name = "intersection area"
	b := box(g)
	if !missing(g) && (empty(b) || !meets(p.box, b)) {
		return 0, nil
	}
	polygon, ok := onlyPolygon(g)
	if !ok || p.fault != nil || !areal(p.shape) {
		return IntersectionArea(p.shape, g)
	}
	if err := check(name, g); err != nil {
		return 0, err
	}
	if p.Side(b) == Inside {
		return Area(g), nil
	}
	meet, cross := p.compare(g)
	if !meet {
		return 0, nil
	}
	if !cross {
		if area, known := p.beside(polygon, b); known {
			return area, nil
		}
	}
	return IntersectionArea(p.shape, g)
}

// onlyPolygon is the one polygon that g is.
func onlyPolygon(g orb.Geometry) (orb.Polygon, bool) {
	switch g := g.(type) {
	case orb.Polygon:
		return g, true
	case orb.MultiPolygon:
		if len(g) == 1 {
			return g[0], true
		}
	}
	return nil, false
}

// beside is the common area with a valid polygon that meets the shape while no
// segment crosses another inside both; known where all of it lies on one side of the
// shape's border.
func (p *Prepared) beside(g orb.Polygon, b orb.Bound) (area float64, known bool) {
	var c course
	for _, r := range g {
		if len(r) > 0 {
			d := p.follow(r, true)
			c = course{c.in || d.in, c.out || d.out, c.on || d.on, c.lost || d.lost}
		}
	}
	if c.lost || c.in == c.out {
		return 0, false
	}
	if inside, lost := p.divides(g, b); lost || inside {
		return 0, false
	}
	if c.in {
		return Area(g), true
	}
	return 0, true
}

// Meets is Intersects of the shape and g: exact, without the engine, where both are
// valid.
func (p *Prepared) Meets(g orb.Geometry) (bool, error) {
	if b := box(g); !missing(g) && (empty(b) || !meets(p.box, b)) {
		return false, nil
	}
	if p.fault != nil || check("intersects", g) != nil {
		return Intersects(p.shape, g)
	}
	return p.Intersects(g), nil
}
