package frontage

import (
	"math"
	"slices"
)

// kinds says what each edge is, and what follows of it.
func (w *work) kinds(r *Result, runs []run, place []int) {
	for i := range runs {
		e := &runs[i]
		e.Street = -1
		if e.key.way >= 0 {
			e.Street = place[e.key.way]
		}
	}
	front, part := fronts(runs)
	for i := range runs {
		e := &runs[i]
		e.Faces, e.Beside = e.key.faces, e.key.who
		switch {
		case e.Street >= 0:
			e.Kind = Front
			e.Beside = r.Streets[e.Street].Parcel
		case e.Faces == FacesStreet: // too little of a street to face it
			e.Faces, e.Kind = FacesNothing, Side
		case e.u.right().dot(front[e.Part]) < -along:
			e.Kind = Rear
		default:
			e.Kind = Side
		}
		if len(r.Streets) == 0 {
			e.Kind = Unknown
		}
		if e.mark != nil {
			e.Kind, e.Mark = e.mark.kind, e.mark.id
		}
		e.From, e.To, e.Length = w.frame.plane(e.a), w.frame.plane(e.b), rounded(e.Length, 100)
		r.Edges = append(r.Edges, e.Edge)
	}
	if len(r.Streets) == 0 {
		return
	}
	long := r.Streets[0].Length
	r.Frontage = &long
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, g := range w.self.rings {
		if g.part == part {
			for _, p := range g.at {
				lo, hi = min(lo, p.dot(front[part])), max(hi, p.dot(front[part]))
			}
		}
	}
	deep := rounded(hi-lo, 100)
	r.Depth = &deep
	w.corners(r, runs)
}

// fronts is, for each part, which way its front on the main street looks, and the
// part that has the longest; a part without one looks as that does.
func fronts(runs []run) (look []vec, part int) {
	most := 0.0
	for lo := 0; lo < len(runs); {
		hi, best := lo, -1
		for ; hi < len(runs) && runs[hi].Part == runs[lo].Part; hi++ {
			if e := &runs[hi]; e.Street == 0 && (best < 0 || e.Length > runs[best].Length) {
				best = hi
			}
		}
		var sum vec // with those that look much the same way, so that a bend counts as one front
		for i := lo; best >= 0 && i < hi; i++ {
			if e := &runs[i]; e.Street == 0 && e.u.dot(runs[best].u) > square {
				sum = sum.add(e.u.right().mul(e.Length))
			}
		}
		for len(look) <= runs[lo].Part {
			look = append(look, vec{})
		}
		look[runs[lo].Part] = sum.unit()
		if best >= 0 && runs[best].Length > most {
			most, part = runs[best].Length, runs[lo].Part
		}
		lo = hi
	}
	for i := range look {
		if look[i] == (vec{}) {
			look[i] = look[part]
		}
	}
	return look, part
}

// corners finds fronts on two streets that meet, and fronts back to back.
func (w *work) corners(r *Result, runs []run) {
	for i := range runs {
		a := &runs[i]
		if a.Street < 0 || a.Length < least {
			continue
		}
		for j := range runs {
			b := &runs[j]
			if j == i || b.Street < 0 || b.Part != a.Part || b.Length < least {
				continue
			}
			if a.u.dot(b.u) < -0.7 {
				r.Through = true
			}
		}
		// The next front, past the cut of a corner.
		for j, past := i+1, 0.0; j < i+len(runs) && past <= 3; j++ {
			b := &runs[j%len(runs)]
			if b.Part != a.Part {
				continue
			}
			if b.Street >= 0 && b.Street != a.Street && b.Length >= least {
				if math.Abs(turn(a.u, b.u)) > bend*1.5 {
					r.Corner = true
				}
				break
			}
			past += b.Length
		}
	}
}

// shares is how much of the outline lies beside what, m.
type shares struct{ total, closed, over, street, lane, wet, open float64 }

func (w *work) weigh(pieces []piece) shares {
	var s shares
	for i := range pieces {
		p := &pieces[i]
		l := p.len()
		s.total += l
		switch {
		case p.sight.faces == FacesStreet:
			s.street += l
		case p.told: // no way in, whatever is recorded there
			s.closed += l
		case p.sight.faces == FacesStrip:
			s.lane += l
		case p.sight.faces == FacesWater:
			s.wet += l
		case p.who != nil:
			s.closed += l
			if p.sight.over {
				s.over += l
			}
		default:
			s.open += l
		}
	}
	w.note(NoteOverlap, s.over > touching)
	w.note(NoteWater, s.wet >= least)
	w.note(NoteStripUnknown, s.lane >= least)
	w.note(NoteOpen, s.open >= least)
	return s
}

// judgeClosed says whether a parcel without a street is closed in, and how sure
// that is.
func (w *work) judgeClosed(r *Result, s shares) {
	inside := w.crossedBy()
	w.note(NoteRoadInside, inside)
	if w.v.Count(w.f.roads) == 0 {
		w.note(NoteNoRoads, true)
		r.Confidence = None
		return
	}
	r.Landlocked = !inside && s.street == 0 && s.open < least && s.lane < least && s.over < s.total/10 && s.closed > 0
	w.note(NoteNoStreet, !r.Landlocked)
	switch {
	case !r.Landlocked, s.over > touching:
		r.Confidence = Low
	case s.wet >= least || slices.ContainsFunc(w.near, func(n *shape) bool { return n.inexact && n.shared >= touching }):
		r.Confidence = Medium
	default:
		r.Confidence = High
	}
}

// judgeFront says how sure the main street is.
func (w *work) judgeFront(r *Result, o *way, s shares) {
	m := &r.Streets[0]
	w.note(NoteAlley, m.Alley)
	w.note(NoteStrip, m.Parcel != 0)
	w.note(NoteUnrecorded, m.RoadID == 0)
	w.note(NoteMeasured, m.WidthSource == Measured)
	w.note(NoteNoWidth, m.WidthSource == NoWidth)
	if m.Gap != nil {
		n := len(o.gaps)
		spread := o.gaps[n*3/4] - o.gaps[n/4]
		w.note(NoteRough, m.WidthSource == Measured && (n < 3 || spread > *m.Gap/4))
		off := math.Abs(*m.Gap - *m.Width)
		w.note(NoteDiffers, m.WidthSource == Record && off > 2 && off > *m.Width/4)
	}
	near, behind := o.crossed < 0.7*o.seen, o.behind > o.seen/2
	near, behind = near && !o.told, behind && !o.told
	w.note(NoteNear, near && m.RoadID != 0)
	w.note(NoteBehind, behind)
	close := len(r.Streets) > 1 && rank(r.Streets[1].Class) == rank(m.Class) && r.Streets[1].Length > 0.8*m.Length
	w.note(NoteClose, close)
	switch {
	case !o.told && (m.RoadID == 0 || o.crossed+o.leaning < 0.3*o.seen), s.over > s.total/2:
		r.Confidence = Low
	case near, behind, close, m.Parcel != 0 && !o.told, s.over > touching:
		r.Confidence = Medium
	default:
		r.Confidence = High
	}
}
