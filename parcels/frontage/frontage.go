package frontage

import (
	"cmp"
	"math"
	"slices"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// Distances in metres, and angles. None is a rule of planning: they say how exact
// maps are, and what a street looks like on them.
const (
	same      = 0.001 // points nearer than this are one
	exact     = 0.05  // a boundary that two parcels share to this is drawn the same
	alike     = 0.005 // of two roads as far off as this the one of the lower id counts
	snap      = 0.05  // what is shorter is no edge
	touching  = 0.5   // parcels nearer than this touch: no lane is so narrow
	least     = 1.0   // the shortest stretch of outline by which a parcel faces a street
	fair      = 2.0   // by so long a front a street can be the main one beside another with a longer
	astray    = 4.0   // how far a road's centre line may lie off its ground
	reach     = 45.0  // how far to look for the parcel across a street of unknown width
	reachRoad = 25.0  // how far to look for a street
	oneStreet = 9.0   // a side shorter than this faces one street
	farRoad   = 20.0  // how far off a road of unknown width may run and still be the street
	farEnd    = 12.0  // how far off a street may end before a parcel
	farWater  = 20.0

	along  = 0.64 // cosine of 50°: a road that turns from an edge by less runs along it
	square = 0.87 // cosine of 30°
	slant  = 0.3  // tangent of 17°: sides that turn from each other by more do not lie along each other
	bend   = 20 * math.Pi / 180
)

// Reach is how far from a parcel's box what bears on its answer can lie, m.
const Reach = reach + 5

// Finder works out frontages. It keeps roads and water unpacked, and is safe for
// concurrent use.
type Finder struct {
	roads, water string
	lines        lines
}

// New is a Finder over the layers of these names; a view without them has no roads
// and no water. A road's record has the fields code, name, class and width (m).
// Marks are read from MarksLayer.
func New(roads, water string) *Finder {
	return &Finder{roads: roads, water: water, lines: lines{limit: 1 << 20}}
}

// Of is how the parcel with an id lies; false where the view has no such parcel.
func (f *Finder) Of(v index.View, id uint64) (Result, bool) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return Result{}, false
	}
	return f.Item(v, it), true
}

// Item is how a parcel of the view lies.
func (f *Finder) Item(v index.View, it index.Item) Result {
	w := work{f: f, v: v, notes: map[string]bool{}}
	return w.item(it)
}

func (w *work) item(it index.Item) Result {
	if b := it.Box(); index.Empty(b) {
		return w.unknown(NoteShape)
	}
	srid := it.SRID()
	if !crs.Metric(srid) {
		srid = w.v.Place().Plane
	}
	if w.frame = newFrame(it.Box().Center(), srid); w.frame.to != nil {
		w.plane = srid
	}
	w.self = readShape(&w.frame, it)
	if len(w.self.rings) == 0 {
		return w.unknown(NoteShape)
	}
	w.note(NoteParts, w.self.parts > 1)
	w.note(NoteHoles, slices.ContainsFunc(w.self.rings, func(r ring) bool { return r.hole }))
	w.near = w.parcels(w.self.box.grown(touching), nil)
	w.note(NoteIsStrip, w.self.laneLike())
	pieces := w.outline()
	if w.self.slim() {
		w.readRoads(w.self.box)
		if w.isStreet(w.self) {
			w.note(NoteIsStreet, true)
			return w.close(w.neighbours(Result{Confidence: High}))
		}
	}
	w.surroundings(pieces)
	return w.assemble(w.look(pieces))
}

// work is one question while it is being answered.
type work struct {
	f     *Finder
	v     index.View
	frame frame
	plane spatial.SRID // the frame's, 0 = none
	self  *shape
	near  []*shape // parcels that touch it, ids rising
	far   []*shape // parcels within reach of what is open, ids rising
	wall  wall     // their sides and its own
	reach float64  // how far to look for the parcel across, m
	roads []stretch
	water []stretch // the edge of water, or its line
	lakes [][]chunk
	notes map[string]bool

	pieces []piece // of the outline, once they are seen
	held   []Held  // the marks that belong to it
}

func (w *work) note(code string, holds bool) {
	if holds {
		w.notes[code] = true
	}
}

func (w *work) unknown(note string) Result {
	w.note(note, true)
	return w.close(Result{Confidence: None})
}

// close adds the plane and the marks, and the notes in order.
func (w *work) close(r Result) Result {
	r.Plane, r.Marks = w.plane, w.held
	for n := range w.notes {
		r.Notes = append(r.Notes, n)
	}
	slices.Sort(r.Notes)
	return r
}

// surroundings reads what can be seen from the pieces that are open, and from
// those beside what may prove to be a street.
func (w *work) surroundings(pieces []piece) {
	open := func(far float64) (box, bool) {
		b := noBox()
		for i := range pieces {
			if p := &pieces[i]; p.who == nil || p.who.slim() {
				n := p.u.right().mul(far)
				b = b.with(p.a).with(p.b).with(p.a.add(n)).with(p.b.add(n))
			}
		}
		return b.grown(1), b.lo.x <= b.hi.x
	}
	ground := w.self.box.grown(touching)
	close, some := open(reachRoad)
	if some {
		ground = ground.with(close.lo).with(close.hi).grown(farEnd)
	}
	w.readRoads(ground)
	if !some {
		return
	}
	w.readWater(close)
	// The parcels across are looked for as far as the roads there are wide.
	w.reach = reachRoad
	for i := range w.roads {
		if r := w.roads[i].of; r.width == 0 {
			w.reach = reach
		} else {
			w.reach = min(reach, max(w.reach, r.width*1.5))
		}
	}
	view, _ := open(w.reach)
	w.far = w.parcels(view, w.near)
	w.wall = newWall(append(w.far[:len(w.far):len(w.far)], w.self), view)
}

// parcels are the parcels whose boxes meet a box of the frame, ids rising, the one
// asked for left out; those already known are not read again.
func (w *work) parcels(b box, known []*shape) []*shape {
	var out []*shape
	for it := range w.v.Within(parcels.LayerName, w.frame.bound(b)) {
		if it.ID() == w.self.id {
			continue
		}
		if i, ok := slices.BinarySearchFunc(known, it.ID(), func(s *shape, id uint64) int { return cmp.Compare(s.id, id) }); ok {
			out = append(out, known[i])
			continue
		}
		if s := readShape(&w.frame, it); len(s.rings) > 0 {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *shape) int { return cmp.Compare(a.id, b.id) })
	return out
}

// isStreet reports whether a parcel is ground of a street: a strip whose use is
// road, or a thin one with a road running in it.
func (w *work) isStreet(s *shape) bool {
	if s.street == unasked {
		s.street = no
		if s.slim() && w.streetLike(s) {
			s.street = yes
		}
	}
	return s.street == yes
}

func (w *work) streetLike(s *shape) bool {
	if parcels.MainUse(s.item) == roadUse {
		return true
	}
	wide, long := s.slender()
	return wide <= 16 && long >= 10 && w.runsIn(s.box, 12, s.holds)
}

// crossedBy reports whether a road runs through the parcel, and not just along its
// edge: farther inside than its line may be astray.
func (w *work) crossedBy() bool {
	return w.runsIn(w.self.box, 10, func(p vec) bool { return w.self.holds(p) && w.self.beyond(p, astray) })
}

// runsIn reports whether roads run over some ground in a box for as many metres.
func (w *work) runsIn(b box, metres float64, holds func(vec) bool) bool {
	for i := range w.roads {
		p, q, ok := b.clip(w.roads[i].a, w.roads[i].b)
		if !ok {
			continue
		}
		l := q.sub(p).len()
		k := min(500, math.Ceil(l/3))
		for j := 0.5; j < k; j++ {
			if holds(mix(p, q, j/k)) {
				if metres -= l / k; metres <= 0 {
					return true
				}
			}
		}
	}
	return false
}

// neighbours adds the parcels that share an edge.
func (w *work) neighbours(r Result) Result {
	all := append(w.near[:len(w.near):len(w.near)], w.far...)
	slices.SortFunc(all, func(a, b *shape) int { return cmp.Compare(a.id, b.id) })
	all = slices.CompactFunc(all, func(a, b *shape) bool { return a.id == b.id })
	own := parcels.MainUse(w.self.item)
	unknown := own == ""
	for _, s := range all {
		if s.shared < touching {
			continue
		}
		w.note(NoteInexact, s.inexact)
		n := Neighbour{ID: s.id, Shared: rounded(s.shared, 100), Use: parcels.MainUse(s.item), Street: w.isStreet(s)}
		if n.Use != "" && own != "" {
			is := n.Use == own
			n.SameUse = &is
		}
		r.Neighbours = append(r.Neighbours, n)
		switch {
		case n.Street:
		case n.SameUse == nil:
			unknown = true
		case *n.SameUse:
			r.SameUse = append(r.SameUse, n.ID)
		}
	}
	if is := len(r.SameUse) > 0; is || !unknown {
		r.AdjoiningSameUse = &is
	}
	return r
}
