package mvt

// clipRing cuts an open ring to the clip box, one side after the other. Rounding
// is to the unit, as all else on the grid.
func (e *Encoder) clipRing(r []point) []point {
	a, b := r, e.clipped[:0]
	for side := range 4 {
		b = b[:0]
		for i, p := range a {
			q := a[(i+1)%len(a)]
			pin, qin := within(p, side), within(q, side)
			if pin {
				b = append(b, p)
			}
			if pin != qin {
				b = append(b, cut(p, q, side))
			}
		}
		a, b = b, a
		if len(a) == 0 {
			break
		}
	}
	// Four swaps: the result lies in the memory that the ring came in.
	e.ring, e.clipped = a, b
	return a
}

func within(p point, side int) bool {
	switch side {
	case 0:
		return p.x >= low
	case 1:
		return p.x <= high
	case 2:
		return p.y >= low
	}
	return p.y <= high
}

// cut is where the segment meets a side of the clip box. It does not depend on
// which end comes first, so that two neighbours cut a shared edge alike.
func cut(p, q point, side int) point {
	if q.x < p.x || (q.x == p.x && q.y < p.y) {
		p, q = q, p
	}
	switch side {
	case 0:
		return point{low, along(p.y, q.y, p.x, q.x, low)}
	case 1:
		return point{high, along(p.y, q.y, p.x, q.x, high)}
	case 2:
		return point{along(p.x, q.x, p.y, q.y, low), low}
	}
	return point{along(p.x, q.x, p.y, q.y, high), high}
}

// along is the value at t on the line that goes from v0 at t0 to v1 at t1, to the
// nearest unit.
func along(v0, v1, t0, t1, t int32) int32 {
	num := (int64(v1) - int64(v0)) * (int64(t) - int64(t0))
	den := int64(t1) - int64(t0)
	if den < 0 {
		num, den = -num, -den
	}
	if num >= 0 {
		return v0 + int32((num+den/2)/den)
	}
	return v0 - int32((-num+den/2)/den)
}

// clipSegment is the part of a segment in the clip box; false where there is none.
func clipSegment(p, q point) (point, point, bool) {
	for side := range 4 {
		pin, qin := within(p, side), within(q, side)
		switch {
		case !pin && !qin:
			return p, q, false
		case !pin:
			p = cut(p, q, side)
		case !qin:
			q = cut(p, q, side)
		}
	}
	return p, q, true
}
