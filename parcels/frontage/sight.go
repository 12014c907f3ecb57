package frontage

import "math"

// evidence is what a street is known by at one place of the outline.
type evidence uint8

const (
	bare    evidence = iota // a road parcel lies there, no road record
	nearby                  // a road passes or ends near by
	leaning                 // a line square from the outline crosses a road that runs another way, or behind it
	crossed                 // a line square from the outline crosses the road
	told                    // a mark says so
)

// sight is what is seen from one place of the outline, square from it.
type sight struct {
	faces  Faces
	road   *road
	strip  *shape // the road parcel beside it or across
	who    *shape // the parcel met at once
	over   bool   // which lies over the outline
	how    evidence
	behind bool    // what it touches is like a lane, and the street lies behind that
	gap    float64 // m to the parcel across; +Inf = none within reach
	skew   float64 // cosine of the angle between the outline and the road
}

// look asks what lies beyond the pieces that no plot of land closes, and divides
// those that see several things.
func (w *work) look(in []piece) []piece {
	var out []piece
	for _, p := range in {
		if p.who != nil && !w.isStreet(p.who) && !p.who.laneLike() {
			out = append(out, p)
			continue
		}
		l := p.len()
		k := min(24, max(3, int(math.Ceil(l/3))))
		if l < 0.6 {
			k = 1
		}
		first := len(out)
		for i := range k {
			s := w.see(mix(p.a, p.b, (float64(i)+.5)/float64(k)), p.u, p.who)
			q := piece{a: mix(p.a, p.b, float64(i)/float64(k)), b: mix(p.a, p.b, float64(i+1)/float64(k)), u: p.u, part: p.part, who: s.who, sight: s}
			if s.who != nil && s.who != p.who {
				s.who.share(q.len(), touching)
			}
			out = append(out, q)
		}
		if l < oneStreet {
			agree(out[first:])
		}
	}
	return out
}

// agree makes the pieces of a short side face one street, where each faces one:
// the cut of a corner faces that which more of them see.
func agree(of []piece) {
	best, votes := 0, 0
	for i := range of {
		if of[i].sight.faces != FacesStreet {
			return
		}
		n := 0
		for j := range of {
			if of[j].sight.road == of[i].sight.road {
				n++
			}
		}
		if n > votes {
			best, votes = i, n
		}
	}
	for i := range of {
		if s := &of[i].sight; s.road != of[best].sight.road {
			*s = of[best].sight
		}
	}
}

// see looks from p on the outline, which runs along u, outwards. strip is the
// parcel of a street or like a lane that p touches, nil where there is none.
func (w *work) see(p, u vec, strip *shape) sight {
	n := u.right()
	s := sight{faces: FacesNothing, gap: math.Inf(1)}
	off := p.add(n.mul(exact))
	for _, o := range w.far {
		if o != strip && o.holds(off) && !w.isStreet(o) {
			return sight{faces: FacesParcel, who: o, over: true}
		}
	}
	// The first plot across; before it ground of a street, and what may be.
	var across, ground, lane *shape
	groundAt, laneAt := math.Inf(1), math.Inf(1)
	for x := range w.wall.within(noBox().with(p).with(p.add(n.mul(w.reach)))) {
		t, ok := reach1(p, u, n, x.a, x.b)
		if !ok || t < 0 || t >= s.gap || t > w.reach || x.b.sub(x.a).cross(n) < 0 { // out of a parcel, not into it
			continue
		}
		switch {
		case x.of == w.self:
			s.gap, across = t, x.of
		case w.isStreet(x.of):
			if t < groundAt {
				groundAt, ground = t, x.of
			}
		case x.of.laneLike():
			if t < laneAt && x.of != strip {
				laneAt, lane = t, x.of
			}
		default:
			s.gap, across = t, x.of
		}
	}
	if across != nil && across != w.self && s.gap <= touching && strip == nil {
		return sight{faces: FacesParcel, who: across, gap: s.gap}
	}
	switch {
	case strip != nil && w.isStreet(strip):
		s.strip, groundAt = strip, 0
	case groundAt < s.gap:
		s.strip = ground
	}
	wet := w.shore(p, u, n)
	at := w.cross(&s, p, u, n, min(s.gap, wet))
	if s.road == nil && s.strip == nil && wet <= min(s.gap, farWater) {
		return sight{faces: FacesWater, who: strip}
	}
	if s.road == nil {
		w.pass(&s, p, u, n)
	}
	if s.road == nil && s.strip != nil {
		if groundAt <= astray {
			s.faces, s.how, s.skew = FacesStreet, bare, 1
		} else {
			s.strip = nil
		}
	}
	switch {
	case s.faces != FacesStreet && strip != nil:
		return sight{faces: FacesStrip, who: strip}
	case s.faces != FacesStreet && laneAt <= touching:
		return sight{faces: FacesStrip, who: lane}
	case across == w.self:
		s.gap = math.Inf(1)
	case strip != nil && strip != s.strip:
		s.behind = true
	}
	if laneAt < s.gap && laneAt > max(at, groundAt)+1 { // a ditch beyond the street
		s.gap = laneAt
	}
	return s
}

// reach1 is how far from p, along n, the segment ab crosses the line square to u.
func reach1(p, u, n, a, b vec) (float64, bool) {
	a, b = a.sub(p), b.sub(p)
	ca, cb := a.dot(u), b.dot(u)
	if (ca < 0) == (cb < 0) {
		return 0, false
	}
	ha, hb := a.dot(n), b.dot(n)
	return ha + (hb-ha)*ca/(ca-cb), true
}

// shore is how far from p the nearest water lies along n; +Inf = none.
func (w *work) shore(p, u, n vec) float64 {
	best := math.Inf(1)
	for _, l := range w.lakes {
		if holds(l, w.frame.out(p.add(n.mul(exact)))) {
			return 0
		}
	}
	for i := range w.water {
		if t, ok := reach1(p, u, n, w.water[i].a, w.water[i].b); ok && t >= -exact && t < best {
			best = max(t, 0)
		}
	}
	return best
}

// cross finds the first road that the line from p along n crosses before upto, one
// that runs along the outline rather than one that runs across it, and gives how
// far off that is; +Inf = there is none.
func (w *work) cross(s *sight, p, u, n vec, upto float64) float64 {
	best, at := math.Inf(1), math.Inf(1)
	for i := range w.roads {
		r := &w.roads[i]
		t, ok := reach1(p, u, n, r.a, r.b)
		if !ok || t < -astray {
			continue
		}
		limit := farRoad
		switch {
		case r.of.width > 0:
			limit = r.of.width/2 + max(3, r.of.width/4)
		case s.strip != nil || !math.IsInf(s.gap, 1):
			limit = farRoad + 5
		}
		if t > limit || t > upto+astray/2 {
			continue
		}
		skew := math.Abs(r.b.sub(r.a).unit().dot(u))
		// A line behind the outline, or one that runs into it, stands back.
		weight := math.Abs(t)
		if t < 0 {
			weight += 50
		}
		if skew < along {
			weight += 100
		}
		if weight < best-alike {
			best, at = weight, t
			s.faces, s.road, s.skew, s.how = FacesStreet, r.of, skew, crossed
			if t < 0 || skew < along {
				s.how = leaning
			}
		}
	}
	return at
}

// pass finds the nearest road outwards of p with no parcel between: the end of a
// street, the middle of a crossing.
func (w *work) pass(s *sight, p, u, n vec) {
	best := math.Inf(1)
	for i := range w.roads {
		r := &w.roads[i]
		q, d := nearest(p, r.a, r.b)
		if d > best-alike || d > max(farEnd, r.of.width/2+3) || q.sub(p).dot(n) < 0.4*d || w.walled(p.add(n.mul(exact)), q, d-astray) {
			continue
		}
		best = d
		s.faces, s.road, s.how, s.skew = FacesStreet, r.of, nearby, math.Abs(r.b.sub(r.a).unit().dot(u))
	}
}

// walled reports whether a parcel stands on the way from p to q, before upto.
func (w *work) walled(p, q vec, upto float64) bool {
	d := q.sub(p).unit()
	for x := range w.wall.within(noBox().with(p).with(q)) {
		if t, ok := reach1(p, d.right(), d, x.a, x.b); ok && t > snap && t < upto && (x.of == w.self || !w.isStreet(x.of)) {
			return true
		}
	}
	return false
}
