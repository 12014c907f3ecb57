package queries

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Where the properties that are no fields stand.
const (
	idColumn   = -1
	areaColumn = -2
	factColumn = -3
)

// column says where a property's value is.
type column struct {
	at   int // a position in the record, or one of the above
	fact *fact
}

// Row is one parcel with what is known of it. It is the query's own, and another
// parcel after the next step: keep what Item and Value give, not the Row.
type Row struct {
	item    index.Item
	known   Known
	columns []column
	picks   []int
	facts   city.Facts
	asked   bool // facts are of this item
	shape   orb.Geometry
	shown   bool // shape is of this item
	use     [2]int
}

// newRow is a row of the properties of a view.
func newRow(v index.View, known Known, properties []Property) *Row {
	r := &Row{known: known, columns: make([]column, len(properties)), picks: make([]int, len(properties)),
		use: [2]int{v.Position(parcels.LayerName, "use"), v.Position(parcels.LayerName, "uses")}}
	all := facts()
	for i, p := range properties {
		switch {
		case p.Fact:
			for k := range all {
				if all[k].Name == p.Name {
					r.columns[i] = column{factColumn, &all[k]}
				}
			}
		case p.Name == "id":
			r.columns[i].at = idColumn
		case p.Name == "area":
			r.columns[i].at = areaColumn
		default:
			r.columns[i].at = v.Position(parcels.LayerName, p.Name)
		}
	}
	return r
}

// set makes the row another parcel's.
func (r *Row) set(it index.Item) {
	if r.item != it {
		r.item, r.asked, r.shown = it, false, false
	}
}

// Item is the parcel's record.
func (r *Row) Item() index.Item { return r.item }

// Facts are what was worked out of the parcel; zero where nothing was.
func (r *Row) Facts() *city.Facts {
	if !r.asked {
		r.asked, r.facts = true, city.Facts{}
		if r.known != nil {
			r.facts, _ = r.known.Facts(r.item.ID())
		}
	}
	return &r.facts
}

// Value is the value of the i-th of Properties: of several, the one that was picked.
func (r *Row) Value(i int) spatial.Value {
	switch c := &r.columns[i]; c.at {
	case idColumn:
		return spatial.Int(int64(r.item.ID()))
	case areaColumn:
		return spatial.Float(r.item.Area())
	case factColumn:
		return r.factValue(c.fact, r.picks[i])
	default:
		return r.item.Value(c.at)
	}
}

func (r *Row) factValue(f *fact, pick int) spatial.Value {
	k := r.Facts()
	switch {
	case f.number != nil:
		if n, ok := f.number(k); ok {
			return spatial.Float(n)
		}
	case f.text != nil:
		if s := f.text(k); s != "" {
			return spatial.Normalised(s)
		}
	default:
		if l := f.list(k); pick >= 0 && pick < len(l) {
			return spatial.Normalised(l[pick])
		}
	}
	return spatial.Value{}
}

// Len is how many values the i-th of Properties has.
func (r *Row) Len(i int) int {
	if f := r.columns[i].fact; f != nil && f.list != nil {
		return len(f.list(r.Facts()))
	}
	return 1
}

// Pick chooses among the values of the i-th of Properties.
func (r *Row) Pick(i, k int) { r.picks[i] = k }

// First is the first value of the i-th of Properties: of zones, that of the largest
// share.
func (r *Row) First(i int) spatial.Value {
	r.picks[i] = 0
	return r.Value(i)
}

// List are the values of the i-th of Properties, where it may have several.
func (r *Row) List(i int) []string {
	if f := r.columns[i].fact; f != nil && f.list != nil {
		return f.list(r.Facts())
	}
	return nil
}

// MainUse is the code of the parcel's main use; null where none is recorded.
func (r *Row) MainUse() spatial.Value {
	// Nearly all parcels have one use, written as it is.
	if v := r.item.Value(r.use[0]); r.item.Value(r.use[1]).Text() == "" && plainCode(v.Text()) {
		return v
	}
	if code := parcels.MainUse(r.item); code != "" {
		return spatial.Text(code)
	}
	return spatial.Value{}
}

func plainCode(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return s != ""
}

// Geometry is the parcel's shape in WGS 84.
func (r *Row) Geometry() orb.Geometry {
	if !r.shown {
		r.shape, r.shown = r.item.Geometry(), true
	}
	return r.shape
}

// Box is the shape's box.
func (r *Row) Box() orb.Bound { return r.item.Box() }
