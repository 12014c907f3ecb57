package index

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// View is one snapshot as one access tier may see it. It is the only way to read
// the model. The zero View shows nothing.
type View struct {
	s    *Snapshot
	tier spatial.Tier
}

// Revision is the revision the view shows.
func (v View) Revision() spatial.Revision {
	if v.s == nil {
		return 0
	}
	return v.s.rev
}

// Tier is what the view may see.
func (v View) Tier() spatial.Tier { return v.tier }

// Place is the place record; zero where the store has none yet.
func (v View) Place() spatial.Place {
	if v.s == nil {
		return spatial.Place{}
	}
	return v.s.place
}

// Whole is the same snapshot with everything in it: to decide by what a reader may
// not be shown, never to show from.
func (v View) Whole() View { return View{s: v.s, tier: spatial.TierAll} }

// Narrowed is the same snapshot as a tier may see it that sees what both v's and t
// see.
func (v View) Narrowed(t spatial.Tier) View { return View{s: v.s, tier: v.tier & t} }

func (v View) layer(name string) *layer {
	if v.s == nil {
		return nil
	}
	l := v.s.layers[name]
	if l == nil || !v.tier.Sees(l.def.Access) {
		return nil
	}
	return l
}

// Layers are the layers the tier may see, fields it may not see left out.
func (v View) Layers() []spatial.Layer {
	var out []spatial.Layer
	if v.s == nil {
		return nil
	}
	for _, n := range v.s.order {
		if l, ok := v.Layer(n); ok {
			out = append(out, l)
		}
	}
	return out
}

// Layer is one layer the tier may see, fields it may not see left out.
func (v View) Layer(name string) (spatial.Layer, bool) {
	l := v.layer(name)
	if l == nil {
		return spatial.Layer{}, false
	}
	d := *l.def
	d.Fields = nil
	for _, f := range l.def.Fields {
		if v.tier.Sees(f.Access) {
			d.Fields = append(d.Fields, f)
		}
	}
	return d, true
}

// Has reports whether there is a layer of that name that the tier may see.
func (v View) Has(layer string) bool { return v.layer(layer) != nil }

// Import is the named import with an id, as recorded; false where there is none.
func (v View) Import(id int64) (change.Import, bool) {
	if v.s == nil {
		return change.Import{}, false
	}
	i, ok := v.s.imports[id]
	return i, ok
}

// Imports are the named imports, oldest first.
func (v View) Imports() []change.Import {
	if v.s == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(v.s.imports), func(a, b change.Import) int { return cmp.Compare(a.ID, b.ID) })
}

// Get is one record of a layer.
func (v View) Get(layer string, id uint64) (Item, bool) {
	l := v.layer(layer)
	if l == nil {
		return Item{}, false
	}
	r, ok := l.byID.Get(id)
	if !ok || !v.tier.Sees(r.access) {
		return Item{}, false
	}
	return Item{r: r, l: l, tier: v.tier}, true
}

// Count is the number of a layer's records the tier may see.
func (v View) Count(layer string) int {
	if l := v.layer(layer); l != nil {
		return l.count(v.tier)
	}
	return 0
}

// Last is the highest id of a layer's records, those that the tier does not see
// among them; 0 where there are none.
func (v View) Last(layer string) uint64 {
	l := v.layer(layer)
	if l == nil {
		return 0
	}
	id, _, _ := l.byID.Max()
	return id
}

// Bounds is the box (WGS 84) of a layer's records that the tier may see, rounded
// outward by up to a metre; Empty where there are none.
func (v View) Bounds(layer string) orb.Bound {
	l := v.layer(layer)
	if l == nil {
		return emptyBox()
	}
	if l.count(v.tier) == l.byID.Len() && l.tree.Len() > 0 {
		lo, hi := l.tree.Bounds()
		return orb.Bound{Min: orb.Point{float64(lo[0]), float64(lo[1])}, Max: orb.Point{float64(hi[0]), float64(hi[1])}}
	}
	b := emptyBox()
	for it := range v.After(layer, 0) {
		if it.r.placed() {
			b = b.Union(it.r.box)
		}
	}
	return b
}

// Empty reports whether a box holds nothing.
func Empty(b orb.Bound) bool { return b.Min[0] > b.Max[0] }

// After gives a layer's records with an id above after, ids rising.
func (v View) After(layer string, after uint64) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		l := v.layer(layer)
		if l == nil {
			return
		}
		l.byID.Ascend(after+1, func(_ uint64, r *record) bool {
			return !v.tier.Sees(r.access) || yield(Item{r: r, l: l, tier: v.tier})
		})
	}
}

// Within gives a layer's records whose boxes touch b (WGS 84), in no order.
func (v View) Within(layer string, b orb.Bound) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		l := v.layer(layer)
		if l == nil {
			return
		}
		lo, hi := corners(b)
		l.tree.Search(lo, hi, func(_, _ [2]float32, r *record) bool {
			if !v.tier.Sees(r.access) || !r.box.Intersects(b) {
				return true
			}
			return yield(Item{r: r, l: l, tier: v.tier})
		})
	}
}

// AppendWithin is Within into memory of the caller's: the records go behind to.
func (v View) AppendWithin(to []Item, layer string, b orb.Bound) []Item {
	l := v.layer(layer)
	if l == nil {
		return to
	}
	lo, hi := corners(b)
	l.tree.Search(lo, hi, func(_, _ [2]float32, r *record) bool {
		if v.tier.Sees(r.access) && r.box.Intersects(b) {
			to = append(to, Item{r: r, l: l, tier: v.tier})
		}
		return true
	})
	return to
}

// At gives a layer's areas that cover the point p (WGS 84), their borders
// included, in no order. Points and lines cover nothing.
func (v View) At(layer string, p orb.Point) iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for it := range v.Within(layer, orb.Bound{Min: p, Max: p}) {
			var inside bool
			switch g := it.Geometry().(type) {
			case orb.Polygon:
				inside = planar.PolygonContains(g, p)
			case orb.MultiPolygon:
				inside = planar.MultiPolygonContains(g, p)
			}
			if inside && !yield(it) {
				return
			}
		}
	}
}

// Keyed gives a layer's records with a key that begins with prefix, keys rising,
// then ids: a record once for each such key. Keys are what Config.Keys makes.
func (v View) Keyed(layer, prefix string) iter.Seq2[string, Item] {
	return func(yield func(string, Item) bool) {
		l := v.layer(layer)
		if l == nil || l.find == nil {
			return
		}
		l.keys.from(prefix, func(k key) bool {
			if !strings.HasPrefix(k.text, prefix) {
				return false
			}
			r, ok := l.byID.Get(k.id)
			if !ok || !v.tier.Sees(r.access) {
				return true
			}
			return yield(k.text, Item{r: r, l: l, tier: v.tier})
		})
	}
}

// Item is one record as a tier may see it. The zero Item is no record.
type Item struct {
	r    *record
	l    *layer
	tier spatial.Tier
}

// ID is the record's id.
func (i Item) ID() uint64 { return i.r.id }

// Layer is the name of its layer.
func (i Item) Layer() string { return i.l.def.Name }

// Rev is the revision that recorded the version shown.
func (i Item) Rev() spatial.Revision { return i.r.rev }

// Version counts the record's versions.
func (i Item) Version() int32 { return i.r.version }

// RecordedAt is when the version was recorded.
func (i Item) RecordedAt() time.Time { return time.UnixMilli(i.r.entry.at).UTC() }

// AppendContent adds all that is shown of the record to b: two items with the same
// content look the same to whoever may see the same fields of one layer.
func (i Item) AppendContent(b []byte) []byte {
	r := i.r
	b = binary.LittleEndian.AppendUint64(b, r.id)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(r.area))
	b = binary.LittleEndian.AppendUint64(b, uint64(r.entry.at))
	b = append(b, byte(r.access))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.shape())))
	b = append(b, r.shape()...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.row())))
	return append(b, r.row()...)
}

// Valid is the period the version holds for.
func (i Item) Valid() spatial.Period { return i.r.entry.valid }

// Access is the record's own class.
func (i Item) Access() spatial.Access { return i.r.access }

// Import is the id of the named import that wrote it; 0 = none.
func (i Item) Import() int64 { return i.r.entry.imp }

// Derived reports that the legal shape was made from degrees: there was no survey.
func (i Item) Derived() bool { return i.r.derived }

// SRID is the plane of the legal shape; 0 where the layer has no shape.
func (i Item) SRID() spatial.SRID { return i.r.srid }

// Area is the record's area in its legal plane, m²; 0 for points and lines.
func (i Item) Area() float64 { return i.r.area }

// Box is the record's box in WGS 84; empty where it has no shape.
func (i Item) Box() orb.Bound { return i.r.box }

// Geometry is the display shape in WGS 84, the caller's own; nil where the layer
// has no shape.
func (i Item) Geometry() orb.Geometry {
	u := unpacker{b: i.r.shape()}
	return u.geometry()
}

// Attr is a field's value by name; null where the tier may not see the field.
func (i Item) Attr(field string) spatial.Value {
	n := i.l.def.Index(field)
	if n < 0 || !i.tier.Sees(i.l.def.Fields[n].Access) {
		return spatial.Value{}
	}
	return rowValue(i.r.row(), n)
}

// Position is where a field's value stands in a layer's records, for Item.Value;
// -1 where there is no such field, or the tier may not see it.
func (v View) Position(layer, field string) int {
	l := v.layer(layer)
	if l == nil {
		return -1
	}
	n := l.def.Index(field)
	if n < 0 || !v.tier.Sees(l.def.Fields[n].Access) {
		return -1
	}
	return n
}

// Value is the value at a Position: Attr for those who ask many records.
func (i Item) Value(position int) spatial.Value {
	if position < 0 || position >= len(i.l.def.Fields) || !i.tier.Sees(i.l.def.Fields[position].Access) {
		return spatial.Value{}
	}
	return rowValue(i.r.row(), position)
}

// Attrs gives the fields the tier may see with their values, in the layer's order.
func (i Item) Attrs() iter.Seq2[*spatial.Field, spatial.Value] {
	return func(yield func(*spatial.Field, spatial.Value) bool) {
		for n := range i.l.def.Fields {
			f := &i.l.def.Fields[n]
			if i.tier.Sees(f.Access) && !yield(f, rowValue(i.r.row(), n)) {
				return
			}
		}
	}
}
