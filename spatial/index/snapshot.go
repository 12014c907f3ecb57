package index

import (
	"math"

	"github.com/paulmach/orb"
	"github.com/tidwall/btree"
	"github.com/tidwall/rtree"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// record is one present feature, packed.
type record struct {
	id      uint64
	rev     spatial.Revision
	at      int64 // ms
	area    float64
	shape   []byte
	row     []byte
	box     orb.Bound
	valid   *spatial.Period // nil = always
	imp     int64
	version int32
	srid    spatial.SRID
	access  spatial.Access
	derived bool
}

func pack(f *spatial.Feature) *record {
	r := &record{id: f.ID, rev: f.Rev, at: f.At.UnixMilli(), area: f.Area, shape: packGeometry(f.Display), row: packRow(f.Values),
		imp: f.Import, version: f.Version, srid: f.SRID, access: min(f.Access, spatial.Personal), derived: f.Derived}
	if f.Valid != (spatial.Period{}) {
		v := f.Valid
		r.valid = &v
	}
	r.box = emptyBox()
	if f.Display != nil {
		r.box = f.Display.Bound()
	}
	return r
}

// emptyBox is the box of nothing: it touches no other.
func emptyBox() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
}

func (r *record) placed() bool { return r.box.Min[0] <= r.box.Max[0] }

// key is one entry of a layer's key index: a text and the record it leads to.
type key struct {
	text string
	id   uint64
}

func keyLess(a, b key) bool {
	if a.text != b.text {
		return a.text < b.text
	}
	return a.id < b.id
}

// layer is one layer's records in three orders, kept in step by put and drop.
// The boxes in the tree are float32, rounded outward: half the memory, and never a
// false miss.
type layer struct {
	def  *spatial.Layer
	byID *btree.Map[uint64, *record]
	tree *rtree.RTreeGN[float32, *record]
	keys *btree.BTreeG[key]
	find Keys
	// stamps say which ground was touched when, changed when any record was; put and
	// drop leave them alone.
	stamps  stamps
	changed spatial.Revision
	// classes counts the records by access class, so that a tier that sees them
	// all is not made to walk them.
	classes [spatial.Personal + 1]int
}

func newLayer(def *spatial.Layer, find Keys) *layer {
	return &layer{def: def, byID: btree.NewMap[uint64, *record](64), tree: &rtree.RTreeGN[float32, *record]{},
		keys: btree.NewBTreeGOptions(keyLess, btree.Options{NoLocks: true}), find: find, stamps: newStamps()}
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
	c.byID, c.tree, c.keys, c.stamps = l.byID.Copy(), l.tree.Copy(), l.keys.Copy(), l.stamps.copy()
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
			l.keys.Delete(key{k, old.id})
		}
	}
}

// put sets a record in every order and gives the one it takes the place of.
func (l *layer) put(r *record) *record {
	old, replaced := l.byID.Set(r.id, r)
	if replaced {
		l.unindex(old)
	}
	l.classes[r.access]++
	if r.placed() {
		lo, hi := corners(r.box)
		l.tree.Insert(lo, hi, r)
	}
	if l.find != nil {
		for _, k := range l.find(Item{r: r, l: l, tier: spatial.TierAll}) {
			l.keys.Set(key{k, r.id})
		}
	}
	return old
}

// load puts a record that was there when the snapshot was loaded.
func (l *layer) load(r *record) {
	l.put(r)
	l.stamps.touch(r.box, r.rev)
	l.changed = max(l.changed, r.rev)
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
	for i := range features {
		if l := s.layers[features[i].Layer]; l != nil {
			l.put(pack(&features[i]))
		}
	}
	return s.View(v.tier)
}
