package index

import (
	"math"
	"unsafe"

	"github.com/paulmach/orb"
	"github.com/tidwall/btree"
	"github.com/tidwall/rtree"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// record is one present feature, packed. There are many: what most of them share
// stands beside, and shape and row are one piece of memory.
type record struct {
	id      uint64
	rev     spatial.Revision
	area    float64
	box     orb.Bound
	data    *byte // the shape, then the row; of a press
	split   uint32
	size    uint32
	entry   *entered
	version int32
	srid    spatial.SRID
	access  spatial.Access
	derived bool
}

// entered is what the records of one write have in common.
type entered struct {
	at    int64 // ms
	imp   int64
	valid spatial.Period
}

func (r *record) shape() []byte { return unsafe.Slice(r.data, r.size)[:r.split:r.split] }

func (r *record) row() []byte { return unsafe.Slice(r.data, r.size)[r.split:] }

// emptyBox is the box of nothing: it touches no other.
func emptyBox() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
}

func (r *record) placed() bool { return r.box.Min[0] <= r.box.Max[0] }

// layer is one layer's records in three orders, kept in step by put and drop.
// The boxes in the tree are float32, rounded outward: half the memory, and never a
// false miss.
type layer struct {
	def  *spatial.Layer
	byID *btree.Map[uint64, *record]
	tree *rtree.RTreeGN[float32, *record]
	keys keys
	find Keys
	// stamps say which ground was touched when, changed when any record was; put and
	// drop leave them alone.
	stamps  stamps
	changed spatial.Revision
	// classes counts the records by access class, so that a tier that sees them
	// all is not made to walk them.
	classes [spatial.Personal + 1]int
	// gathered are the keys of a load, until it ends.
	gathered gathering
}

func newLayer(def *spatial.Layer, find Keys) *layer {
	return &layer{def: def, byID: btree.NewMap[uint64, *record](64), tree: &rtree.RTreeGN[float32, *record]{},
		keys: newKeys(), find: find, stamps: newStamps()}
}

// count is the number of records a tier sees.
func (l *layer) count(t spatial.Tier) int {
	n := 0
	for a, k := range l.classes {
		if t.Sees(spatial.Access(a)) {
			n += k
		}
	}
	return n
}

// copy is a layer that can be changed without the old one changing: O(1).
func (l *layer) copy() *layer {
	c := *l
	c.byID, c.tree, c.keys, c.stamps = l.byID.Copy(), l.tree.Copy(), l.keys.copy(), l.stamps.copy()
	return &c
}

func down(f float64) float32 {
	g := float32(f)
	if float64(g) > f {
		g = math.Nextafter32(g, float32(math.Inf(-1)))
	}
	return g
}

func up(f float64) float32 {
	g := float32(f)
	if float64(g) < f {
		g = math.Nextafter32(g, float32(math.Inf(1)))
	}
	return g
}

func corners(b orb.Bound) (lo, hi [2]float32) {
	return [2]float32{down(b.Min[0]), down(b.Min[1])}, [2]float32{up(b.Max[0]), up(b.Max[1])}
}

// drop takes a record out of every order; nil where there was none.
func (l *layer) drop(id uint64) *record {
	old, ok := l.byID.Delete(id)
	if !ok {
		return nil
	}
	l.unindex(old)
	return old
}

func (l *layer) unindex(old *record) {
	l.classes[old.access]--
	if old.placed() {
		lo, hi := corners(old.box)
		l.tree.Delete(lo, hi, old)
	}
	if l.find != nil {
		for _, k := range l.find(Item{r: old, l: l, tier: spatial.TierAll}) {
			l.keys.drop(key{k, old.id})
		}
	}
}

// put sets a record in every order and gives the one it takes the place of.
func (l *layer) put(r *record) *record {
	old, replaced := l.byID.Set(r.id, r)
	if replaced {
		l.unindex(old)
	}
	l.place(r)
	if l.find != nil {
		for _, k := range l.find(Item{r: r, l: l, tier: spatial.TierAll}) {
			l.keys.put(key{k, r.id})
		}
	}
	return old
}

// place sets a record in every order but those of ids and keys.
func (l *layer) place(r *record) {
	l.classes[r.access]++
	if r.placed() {
		lo, hi := corners(r.box)
		l.tree.Insert(lo, hi, r)
	}
}

// load sets a record of a load in every order but that of keys, and stamps its
// ground. No id comes twice; it is quickest where they rise.
func (l *layer) load(r *record) {
	l.byID.Load(r.id, r)
	l.place(r)
	l.stamps.touch(r.box, r.rev)
	l.changed = max(l.changed, r.rev)
}

// gather takes the keys of a record of a load. It touches nothing that load does.
func (l *layer) gather(r *record) {
	if l.find == nil {
		return
	}
	for _, k := range l.find(Item{r: r, l: l, tier: spatial.TierAll}) {
		if e := (key{k, r.id}); !l.gathered.add(e) {
			l.keys.put(e)
		}
	}
}

// loaded ends a load.
func (l *layer) loaded() {
	l.keys.run, l.gathered = l.gathered.run(), gathering{}
}

// touch stamps the ground that a change left and the ground it took.
func (l *layer) touch(ground [2]orb.Bound, rev spatial.Revision) {
	for _, b := range ground {
		l.stamps.touch(b, rev)
	}
	l.changed = max(l.changed, rev)
}

// Snapshot is the present at one revision. Read it through View.
type Snapshot struct {
	origin  *Origin // nil = has no stamps
	rev     spatial.Revision
	place   spatial.Place
	order   []string
	layers  map[string]*layer
	imports map[int64]change.Import
	beside  spatial.Revision // that changed place, layers or imports since the load
}

// View is the snapshot as a tier may see it.
func (s *Snapshot) View(t spatial.Tier) View { return View{s: s, tier: t} }

// Revision is the revision the snapshot holds.
func (s *Snapshot) Revision() spatial.Revision { return s.rev }

func (s *Snapshot) copy() *Snapshot {
	c := *s
	c.layers = make(map[string]*layer, len(s.layers))
	for n, l := range s.layers {
		c.layers[n] = l
	}
	return &c
}

// With is a view of the same place, imports and tier that holds just these
// features: the present of another day, or of a proposal.
func (v View) With(features []spatial.Feature) View {
	s := &Snapshot{layers: map[string]*layer{}}
	if v.s != nil {
		s.rev, s.place, s.order, s.imports = v.s.rev, v.s.place, v.s.order, v.s.imports
		for n, l := range v.s.layers {
			s.layers[n] = newLayer(l.def, l.find)
		}
	}
	var p press
	for i := range features {
		if l := s.layers[features[i].Layer]; l != nil {
			l.put(p.pack(&features[i]))
		}
	}
	return s.View(v.tier)
}
