package frontage

import (
	"cmp"
	"math"
	"slices"
)

// way is a street while it is being put together of what is seen of it.
type way struct {
	name    string
	of      []facing // its records
	main    *road    // the record that is faced most; nil = known from a road parcel alone
	strip   *shape   // the road parcel last seen of it; nil = none
	length  float64  // m of outline that face it
	seen    float64  // the same as it was seen, place by place; of that:
	crossed float64  // known by crossing
	leaning float64  // known by crossing a road that runs another way
	paved   float64  // with a road parcel
	behind  float64  // behind a parcel like a lane
	gaps    []float64

	told    bool  // a mark says that an edge faces it
	width   *mark // the mark that says how wide it is; nil = none
	unequal bool  // marks say different widths of it
}

// facing is how much of the outline faces one record, m.
type facing struct {
	road   *road
	length float64
}

// run is an edge while it grows.
type run struct {
	Edge
	key    key
	a, b   vec
	u      vec     // its direction in the mean
	from   vec     // the direction of its first piece
	lo, hi float64 // how its pieces turn from there
	mark   *mark   // what corrects it; nil = nothing
}

// key is what makes two pieces lie beside the same thing.
type key struct {
	faces Faces
	way   int    // index of the street, -1 = none
	who   uint64 // the parcel beside
}

// assemble makes the answer of the pieces.
func (w *work) assemble(pieces []piece) Result {
	ways, of := seenWays(pieces)
	keys := make([]key, len(pieces))
	for i := range pieces {
		keys[i] = keyOf(&pieces[i], of[i])
	}
	byPart(pieces, func(lo, hi int) { absorb(pieces[lo:hi], keys[lo:hi]) })
	var runs []run
	byPart(pieces, func(lo, hi int) { runs = join(runs, pieces[lo:hi], keys[lo:hi]) })
	w.pieces = pieces
	if w.correct(pieces, runs) {
		ways = again(pieces, runs, of)
		w.note(NoteDisagree, slices.ContainsFunc(ways, func(o way) bool { return o.unequal }))
	}
	for i := range pieces {
		if k := runs[pieces[i].run].key.way; k >= 0 {
			ways[k].length += pieces[i].len()
		}
	}
	order := ranked(ways)
	place := make([]int, len(ways))
	for i := range place {
		place[i] = -1
	}
	var r Result
	for i, k := range order {
		place[k] = i
		r.Streets = append(r.Streets, ways[k].street())
	}
	w.kinds(&r, runs, place)
	if s := w.weigh(pieces); len(order) == 0 {
		w.judgeClosed(&r, s)
	} else {
		w.judgeFront(&r, &ways[order[0]], s)
	}
	return w.close(w.neighbours(r))
}

// byPart calls f with the bounds of the pieces of each part.
func byPart(pieces []piece, f func(lo, hi int)) {
	for lo := 0; lo < len(pieces); {
		hi := lo
		for hi < len(pieces) && pieces[hi].part == pieces[lo].part {
			hi++
		}
		f(lo, hi)
		lo = hi
	}
}

func keyOf(p *piece, way int) key {
	switch {
	case way >= 0:
		return key{FacesStreet, way, 0}
	case p.who == nil:
		return key{p.sight.faces, -1, 0}
	case p.sight.faces == "": // no need to look
		return key{FacesParcel, -1, p.who.id}
	}
	return key{p.sight.faces, -1, p.who.id}
}

// seenWays are the streets that the pieces face, and for each piece which one; -1 =
// none. A name makes one street of several road records.
func seenWays(pieces []piece) ([]way, []int) {
	var out []way
	of := make([]int, len(pieces))
	for i := range pieces {
		p := &pieces[i]
		of[i] = -1
		if p.sight.faces != FacesStreet {
			continue
		}
		s := &p.sight
		k := slices.IndexFunc(out, func(o way) bool {
			switch {
			case s.road == nil:
				return len(o.of) == 0 && o.strip == s.strip
			case s.road.name != "":
				return o.name == s.road.name
			}
			return slices.ContainsFunc(o.of, func(f facing) bool { return f.road == s.road })
		})
		if k < 0 {
			k = len(out)
			out = append(out, way{})
		}
		of[i] = k
		out[k].see(s, p.len())
	}
	for i := range out {
		o := &out[i]
		slices.SortFunc(o.of, func(a, b facing) int {
			return cmp.Or(-cmp.Compare(rounded(a.length, 100), rounded(b.length, 100)), cmp.Compare(a.road.id, b.road.id))
		})
		if len(o.of) > 0 {
			o.main = o.of[0].road
		}
	}
	return out, of
}

// see adds what is seen of the way over l metres of outline.
func (o *way) see(s *sight, l float64) {
	o.seen += l
	if s.road != nil {
		o.name = s.road.name
		k := slices.IndexFunc(o.of, func(f facing) bool { return f.road == s.road })
		if k < 0 {
			k = len(o.of)
			o.of = append(o.of, facing{road: s.road})
		}
		o.of[k].length += l
	}
	if s.strip != nil {
		o.strip = s.strip
		o.paved += l
	}
	switch s.how {
	case crossed, told:
		o.crossed += l
	case leaning:
		o.leaning += l
	}
	if s.behind {
		o.behind += l
	}
	// Square enough to the street for the gap to say how wide it is.
	if s.skew > square && !math.IsInf(s.gap, 1) && s.gap > touching {
		o.gaps = append(o.gaps, s.gap*s.skew)
	}
}

// absorb gives pieces too short to be an edge of their own to the one beside them.
func absorb(pieces []piece, keys []key) {
	n := len(pieces)
	for i := range pieces {
		l := pieces[i].len()
		if l >= touching || keys[i].faces == FacesParcel || keys[i].faces == FacesStrip {
			continue
		}
		beside, after := (i+n-1)%n, (i+1)%n
		if pieces[after].len() > pieces[beside].len() {
			beside = after
		}
		if pieces[beside].len() > l {
			keys[i] = keys[beside]
		}
	}
}

// join makes edges of a part's pieces that follow each other beside the same thing
// and turn little in all. It begins where the thing changes or at the sharpest
// corner, so that it does not matter where the ring was begun.
func join(out []run, pieces []piece, keys []key) []run {
	n := len(pieces)
	start, sharpest := 0, -1.0
	for i := range pieces {
		before := (i + n - 1) % n
		t := math.Abs(turn(pieces[before].u, pieces[i].u))
		if keys[before] != keys[i] {
			t += math.Pi
		}
		if t > sharpest+1e-3 { // rounded points turn by less than that
			start, sharpest = i, t
		}
	}
	first := len(out)
	for j := range n {
		i := (start + j) % n
		p, l := &pieces[i], pieces[i].len()
		if len(out) > first {
			r := &out[len(out)-1]
			t := turn(r.from, p.u)
			if lo, hi := min(r.lo, t), max(r.hi, t); r.key == keys[i] && (hi-lo <= bend || l < touching) {
				if l >= touching {
					r.lo, r.hi = lo, hi
				}
				r.Length += l
				r.u = r.u.add(p.u.mul(l))
				r.b = p.b
				p.run = len(out) - 1
				continue
			}
		}
		r := run{key: keys[i], u: p.u.mul(l), from: p.u, a: p.a, b: p.b}
		r.Length, r.Part = l, p.part
		out = append(out, r)
		p.run = len(out) - 1
	}
	for i := first; i < len(out); i++ {
		out[i].u = out[i].u.unit()
	}
	return out
}

// ranked is the streets that count, the main one first: of those that the parcel
// faces by a fair length the one of the greatest class, then the longest, then
// the one of the lowest id.
func ranked(ways []way) []int {
	var out []int
	most := 0.0
	for i := range ways {
		if ways[i].length >= least || ways[i].told {
			out = append(out, i)
			most = max(most, ways[i].length)
		}
	}
	slight := func(o *way) int {
		if o.length < min(fair, most/2) {
			return 1
		}
		return 0
	}
	slices.SortFunc(out, func(a, b int) int {
		x, y := &ways[a], &ways[b]
		return cmp.Or(slight(x)-slight(y), x.rank()-y.rank(), -cmp.Compare(rounded(x.length, 100), rounded(y.length, 100)), cmp.Compare(x.id(), y.id()))
	})
	return out
}

func (o *way) rank() int {
	if o.main == nil {
		return rank("")
	}
	return rank(o.main.class)
}

func (o *way) id() uint64 {
	if o.main == nil {
		return o.strip.id
	}
	return o.main.id
}

// street is the way as it is given out.
func (o *way) street() Street {
	s := Street{Length: rounded(o.length, 100), WidthSource: NoWidth}
	if o.strip != nil && o.paved > o.seen/2 {
		s.Parcel = o.strip.id
	}
	if o.main != nil {
		s.RoadID, s.Name, s.Class, s.Alley = o.main.id, o.main.name, o.main.class, o.main.alley()
	}
	if len(o.gaps) > 0 {
		slices.Sort(o.gaps)
		g := rounded(o.gaps[len(o.gaps)/2], 2)
		s.Gap, s.Width, s.WidthSource = &g, &g, Measured
	}
	if o.main != nil && o.main.width > 0 {
		width := o.main.width
		s.Width, s.WidthSource = &width, Record
	}
	if o.width != nil {
		width := o.width.width
		s.Width, s.WidthSource = &width, Marked
	}
	return s
}
