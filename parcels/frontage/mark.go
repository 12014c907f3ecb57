package frontage

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// MarksLayer is the layer of planners' corrections.
const MarksLayer = "frontage_marks"

// MarkReach is how far from an edge a mark may lie and still belong to it, m.
const MarkReach = 1.0

// Layer describes it. What a mark changes shows on public cards, and so does what it
// says, the note left out: that is for the staff.
func Layer() spatial.Layer {
	zero, most := 0.0, 500.0
	return spatial.Layer{Name: MarksLayer, Title: spatial.Name{VI: "Hiệu chỉnh mặt tiền", EN: "Frontage corrections"}, Shape: spatial.Points,
		Fields: []spatial.Field{
			{Name: "kind", Type: spatial.TypeText, Title: spatial.Name{VI: "Cạnh", EN: "Edge"}, OneOf: []string{string(Front), string(Side), string(Rear)}},
			{Name: "road", Type: spatial.TypeText, Title: spatial.Name{VI: "Mã đường", EN: "Road code"}},
			{Name: "width", Type: spatial.TypeFloat, Unit: "m", Min: &zero, Max: &most, Title: spatial.Name{VI: "Lộ giới", EN: "Width"}},
			{Name: "document", Type: spatial.TypeText, Title: spatial.Name{VI: "Văn bản", EN: "Document"}},
			{Name: "note", Type: spatial.TypeText, Access: spatial.Official, Title: spatial.Name{VI: "Ghi chú", EN: "Note"}},
		}}
}

// Held is a mark that belongs to an edge of the parcel.
type Held struct {
	ID        uint64
	Edge      int  // index in Result.Edges
	Outranked bool // a later mark speaks of the same edge
	NoRoad    bool // no road of the code it names is recorded within reach
}

// mark is a correction in the frame.
type mark struct {
	id    uint64
	rev   spatial.Revision
	at    vec
	kind  Kind
	road  string  // code; "" = it does not say
	width float64 // m; 0 = it does not say
	edge  int
	lost  bool // its road is not recorded near
}

// later orders marks: the one recorded last comes last.
func later(a, b *mark) int { return cmp.Or(cmp.Compare(a.rev, b.rev), cmp.Compare(a.id, b.id)) }

// differs reports whether two marks do not say the same of an edge.
func (m *mark) differs(o *mark) bool {
	return m.kind != o.kind || m.road != o.road || m.width != o.width
}

// PlaceOf is where a mark stands (WGS 84), and what it says its edge is; false where it
// stands nowhere or says nothing.
func PlaceOf(it index.Item) (orb.Point, Kind, bool) {
	kind := Kind(it.Attr("kind").Text())
	if kind != Front && kind != Side && kind != Rear {
		return orb.Point{}, "", false
	}
	switch g := it.Geometry().(type) {
	case orb.Point:
		return g, kind, true
	case orb.MultiPoint:
		if len(g) == 1 {
			return g[0], kind, true
		}
	}
	return orb.Point{}, "", false
}

// readMarks reads the marks that belong to the parcel, the latest last.
func (w *work) readMarks() []*mark {
	var out []*mark
	for it := range w.v.Within(MarksLayer, w.frame.bound(w.self.box.grown(MarkReach+exact))) {
		at, kind, ok := PlaceOf(it)
		if !ok || !slices.Contains(Owners(w.v, at), w.self.id) {
			continue
		}
		m := &mark{id: it.ID(), rev: it.Rev(), at: w.frame.in(at), kind: kind}
		if kind == Front {
			m.road = it.Attr("road").Text()
			if width, ok := it.Attr("width").Number(); ok && width > 0 {
				m.width = width
			}
		}
		out = append(out, m)
	}
	slices.SortFunc(out, later)
	return out
}

// Owners are the parcels that a place (WGS 84) on an edge belongs to, ids rising: those
// within MarkReach of whose outline it lies and on whose ground; where there is none,
// the nearest of those within reach. A strip of road land stands back behind plots.
// All parcels count, those that v may not see included: what is a neighbour's edge for
// one reader is not this parcel's for another.
func Owners(v index.View, at orb.Point) []uint64 {
	frame := newFrame(at, v.Place().Plane)
	around := noBox().with(vec{}).grown(MarkReach)
	type owner struct {
		id   uint64
		back int
		off  float64 // m; 0 on its ground
	}
	var all []owner
	for it := range v.Whole().Within(parcels.LayerName, frame.bound(around)) {
		s := readShape(&frame, it)
		off := math.Inf(1)
		for _, r := range s.rings {
			if r.hole {
				continue
			}
			b := r.at[len(r.at)-1]
			for _, a := range r.at {
				_, d := nearest(vec{}, b, a)
				off = min(off, d)
				b = a
			}
		}
		if off > MarkReach {
			continue
		}
		o := owner{id: it.ID(), off: rounded(off, 1e3), back: 1}
		if s.holds(vec{}) {
			o.off, o.back = 0, 0
		}
		if parcels.MainUse(it) == roadUse && s.slim() {
			o.back += 2
		}
		all = append(all, o)
	}
	rank := func(a, b owner) int { return cmp.Or(a.back-b.back, cmp.Compare(a.off, b.off)) }
	slices.SortFunc(all, func(a, b owner) int { return cmp.Or(rank(a, b), cmp.Compare(a.id, b.id)) })
	var out []uint64
	for _, o := range all {
		if rank(o, all[0]) == 0 {
			out = append(out, o.id)
		}
	}
	return out
}

// correct lays the marks over the edges that were inferred: it changes what the pieces
// of a marked edge see, and tells the runs their mark. It reports whether there is one.
func (w *work) correct(pieces []piece, runs []run) bool {
	marks := w.readMarks()
	for _, m := range marks {
		m.edge, _ = w.edgeAt(pieces, m.at)
		r := &runs[m.edge]
		w.note(NoteDisagree, r.mark != nil && r.mark.differs(m))
		r.mark = m
	}
	if len(marks) == 0 {
		return false
	}
	w.note(NoteCorrected, true)
	unnamed := map[string]*road{}
	for i := range runs {
		if m := runs[i].mark; m != nil && m.kind == Front {
			w.toFront(pieces, i, m, unnamed)
		} else if m != nil {
			toSide(pieces, i, &runs[i])
		}
	}
	for _, m := range marks {
		w.note(NoteMarkRoad, m.lost)
		w.held = append(w.held, Held{m.id, m.edge, runs[m.edge].mark != m, m.lost})
	}
	return true
}

// edgeAt is the edge that a place lies nearest to, and how far off that is, m.
func (w *work) edgeAt(pieces []piece, at vec) (int, float64) {
	edge, best := 0, math.Inf(1)
	for i := range pieces {
		if _, d := nearest(at, pieces[i].a, pieces[i].b); d < best-same {
			edge, best = pieces[i].run, d
		}
	}
	return edge, best
}

// toFront has the pieces of an edge face the street that its mark names; where it
// names none the one they are seen to face, else one that is not recorded.
func (w *work) toFront(pieces []piece, edge int, m *mark, unnamed map[string]*road) {
	var on *road
	if m.road != "" {
		if on = w.roadOf(m.road); on == nil {
			m.lost = true
			if on = unnamed[m.road]; on == nil {
				on = &road{}
				unnamed[m.road] = on
			}
		}
	}
	var seen sight // what most of the edge that faces a street is seen to face
	longest := 0.0
	for i := range pieces {
		if p := &pieces[i]; p.run == edge && p.sight.faces == FacesStreet && p.len() > longest {
			seen, longest = p.sight, p.len()
		}
	}
	if on == nil && longest == 0 {
		on = &road{}
	}
	for i := range pieces {
		p := &pieces[i]
		if p.run != edge {
			continue
		}
		s := p.sight
		switch {
		case s.faces != FacesStreet:
			s = sight{faces: FacesStreet, road: seen.road, strip: seen.strip, gap: math.Inf(1)}
		case on == nil:
			s.road, s.strip = seen.road, seen.strip
		}
		if on != nil {
			s.road = on
		}
		s.how, s.behind = told, false
		p.sight, p.told = s, true
	}
}

// toSide has the pieces of an edge face no street, but what lies beside them.
func toSide(pieces []piece, edge int, r *run) {
	longest := -1.0
	for i := range pieces {
		p := &pieces[i]
		if p.run != edge {
			continue
		}
		s := sight{faces: FacesNothing, who: p.who}
		switch {
		case p.who != nil:
			s.faces = FacesParcel
		case p.sight.faces == FacesWater:
			s.faces = FacesWater
		}
		p.sight, p.told = s, true
		if p.len() > longest {
			longest = p.len()
			r.key = keyOf(p, -1)
		}
	}
}

// roadOf is the road of a code within reach of the parcel, of several the one of the
// lowest id; nil = none is recorded there.
func (w *work) roadOf(code string) *road {
	var best index.Item
	found := false
	for r := range w.roadsNear(func(it index.Item) bool { return it.Attr("code").Text() == code }) {
		if !found || r.ID() < best.ID() {
			best, found = r.Item, true
		}
	}
	if !found {
		return nil
	}
	for i := range w.roads {
		if r := w.roads[i].of; r.id == best.ID() {
			return r
		}
	}
	r := &road{id: best.ID()}
	r.read(best)
	return r
}

// again is the streets after the marks were laid over the edges. Edges stay as they
// were inferred, so that a place goes on belonging to the same one.
func again(pieces []piece, runs []run, before []int) []way {
	ways, of := seenWays(pieces)
	now := map[int]int{} // the place of a street before → its place now
	for i := range pieces {
		if p := &pieces[i]; !p.told && before[i] >= 0 {
			now[before[i]] = of[i]
		}
	}
	first := make([]int, len(runs))
	for i := range pieces {
		first[pieces[i].run] = i
	}
	for i := range runs {
		r := &runs[i]
		switch m := r.mark; {
		case m != nil && m.kind == Front:
			r.key = key{FacesStreet, of[first[i]], 0}
			ways[r.key.way].tell(m)
		case m == nil && r.key.way >= 0:
			k, ok := now[r.key.way]
			if !ok { // what it took for its street is none
				k = -1
			}
			r.key.way = k
		}
	}
	return ways
}

// tell notes a mark on one of the street's edges.
func (o *way) tell(m *mark) {
	o.told = true
	if m.width == 0 {
		return
	}
	if w := o.width; w != nil {
		o.unequal = o.unequal || w.width != m.width
		if later(w, m) > 0 {
			return
		}
	}
	o.width = m
}
