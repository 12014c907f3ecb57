package mvt

// clipRing cuts an open ring to the clip box, one side after the other, and puts what
// is left at the end of e.arena. Rounding is to the unit, as all else on the grid.
// Where the ring leaves the box and comes back the result runs along the border, there
// and back: mend takes that apart.
func (e *Encoder) clipRing(r []point) []point {
	a, b, free := r, e.clipped, e.spare
	for side := range 4 {
		if !anyBeyond(a, side) {
			continue
		}
		b = b[:0]
		for i, p := range a {
			q := a[(i+1)%len(a)]
			pin, qin := within(p, side), within(q, side)
			if pin {
				b = append(b, p)
			}
			if pin != qin {
				b = append(b, cutAt(p, q, side))
			}
		}
		a, b, free = b, free, b
		if len(a) == 0 {
			break
		}
	}
	e.clipped, e.spare = b[:0], free[:0]
	from := len(e.arena)
	e.arena = append(e.arena, a...)
	return e.arena[from:]
}

func anyBeyond(r []point, side int) bool {
	for _, p := range r {
		if !within(p, side) {
			return true
		}
	}
	return false
}

// clip is what of a shape lies on the tile in hand, written as a tile has it. The bytes
// are the encoder's own.
func (e *Encoder) clip(h *shape) []byte {
	p := pen{b: e.drawn[:0]}
	parts := e.parts(h, point{e.ox, e.oy})
	if h.kind == kindLine {
		for _, l := range parts {
			e.clipLine(&p, l)
		}
	} else {
		rings := e.kept[:0]
		cut, drawn := false, false
		for _, r := range parts {
			outer := signedArea(r) > 0
			if !outer && !drawn {
				continue // a hole of what is not drawn
			}
			if !allOnTile(r) {
				r, cut = tidy(e.clipRing(r)), true
			}
			ok := len(r) > 2
			if ok { // of a sliver rounding can leave less than nothing: a ring turned over
				area := signedArea(r)
				ok = area != 0 && (area > 0) == outer
			}
			if outer {
				drawn = ok
			}
			if ok {
				rings = append(rings, r)
			}
		}
		e.kept = rings
		if cut && len(rings) > 0 && !e.whole(rings) {
			rings = mend(rings)
		}
		for _, r := range rings {
			p.ring(r)
		}
	}
	e.drawn = p.b
	return p.b
}

func allOnTile(r []point) bool {
	for _, p := range r {
		if !onTile(p) {
			return false
		}
	}
	return true
}

// clipLine draws the pieces of a line that lie in the clip box.
func (e *Encoder) clipLine(p *pen, l []point) {
	run := e.clipped[:0]
	for i := 1; i < len(l); i++ {
		a, b, ok := clipSegment(l[i-1], l[i])
		if !ok || len(run) > 0 && run[len(run)-1] != a {
			p.line(run)
			run = run[:0]
		}
		if !ok {
			continue
		}
		if len(run) == 0 {
			run = append(run, a)
		}
		if b != a {
			run = append(run, b)
		}
	}
	p.line(run)
	e.clipped = run[:0]
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

// cutAt is where the segment meets a side of the clip box. It does not depend on
// which end comes first, so that two neighbours cut a shared edge alike.
func cutAt(p, q point, side int) point {
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
			p = cutAt(p, q, side)
		case !qin:
			q = cutAt(p, q, side)
		}
	}
	return p, q, true
}
