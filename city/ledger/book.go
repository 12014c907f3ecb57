package ledger

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/tidwall/btree"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// Book is the facts of the parcels at one revision. It does not change, and is safe
// for concurrent use. The zero Book is empty.
type Book struct {
	pages  *btree.Map[uint64, *page] // by id / pageSize; nil = empty
	words  words
	stamps map[square]uint64
	rev    spatial.Revision
	full   bool
	count  int
}

// pageSize is how many ids one page is for.
const pageSize = 256

// page is the parcels of one run of ids.
type page struct {
	rows []row  // ids rising
	lies []byte // how they lie, as it is kept in a store
}

// The numbers of a row.
const (
	floors = iota
	height
	density
	far
	footprint
	floorArea
	front
	width
	built
	numbers
)

// row is one parcel's facts: some 110 bytes. Texts and lists of texts stand in the
// book's words.
type row struct {
	id                         uint64
	num                        [numbers]float64 // NaN = none
	rule, zones, planned, ward uint32
	outcome, status, converted uint32
}

// Revision is the model's revision that the book was worked out from; 0 = none yet.
func (b Book) Revision() spatial.Revision { return b.rev }

// Complete reports whether every parcel of that revision is in the book.
func (b Book) Complete() bool { return b.full }

// Len is the number of parcels.
func (b Book) Len() int { return b.count }

// row is a parcel's row; nil where it is not in the book.
func (b Book) row(id uint64) *row {
	if b.pages == nil {
		return nil
	}
	p, ok := b.pages.Get(id / pageSize)
	if !ok {
		return nil
	}
	return p.row(id)
}

func (p *page) row(id uint64) *row {
	i, ok := slices.BinarySearchFunc(p.rows, id, func(r row, id uint64) int { return cmp.Compare(r.id, id) })
	if !ok {
		return nil
	}
	return &p.rows[i]
}

// Facts are the facts of one parcel; false where it is not in the book. They point
// into the book and must not be written to. The book does not know who asks: it is
// for callers that have the parcel from a view that shows it.
func (b Book) Facts(id uint64) (city.Facts, bool) {
	r := b.row(id)
	if r == nil {
		return city.Facts{}, false
	}
	return b.words.facts(r), true
}

// All gives the facts of every parcel with its id, ids rising, as Facts does.
func (b Book) All() iter.Seq2[uint64, city.Facts] {
	return func(yield func(uint64, city.Facts) bool) {
		if b.pages == nil {
			return
		}
		b.pages.Scan(func(_ uint64, p *page) bool {
			for i := range p.rows {
				if !yield(p.rows[i].id, b.words.facts(&p.rows[i])) {
					return false
				}
			}
			return true
		})
	}
}

// Floors is the number of floors that may be built on a parcel; false where it has
// no number.
func (b Book) Floors(id uint64) (float64, bool) {
	r := b.row(id)
	if r == nil || math.IsNaN(r.num[floors]) {
		return 0, false
	}
	return r.num[floors], true
}

// wardless are the parcels of which no ward is known, ids rising.
func (b Book) wardless() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if b.pages == nil {
			return
		}
		b.pages.Scan(func(_ uint64, p *page) bool {
			for i := range p.rows {
				if b.words.texts[p.rows[i].ward] == "" && !yield(p.rows[i].id) {
					return false
				}
			}
			return true
		})
	}
}

func (r *row) number(n int) *float64 {
	if math.IsNaN(r.num[n]) {
		return nil
	}
	return &r.num[n]
}

func (w words) facts(r *row) city.Facts {
	return city.Facts{
		Outcome: planning.Outcome(w.texts[r.outcome]), Status: w.texts[r.status], Rule: w.texts[r.rule], Conversion: w.texts[r.converted], Ward: w.texts[r.ward],
		Zones: w.lists[r.zones], PlannedUses: w.lists[r.planned],
		Floors: r.number(floors), Height: r.number(height), Density: r.number(density), FAR: r.number(far),
		Footprint: r.number(footprint), FloorArea: r.number(floorArea), Frontage: r.number(front), RoadWidth: r.number(width), BuiltFloorArea: r.number(built),
	}
}

// same reports whether two rows say the same.
func (r *row) same(o *row) bool {
	for i := range r.num {
		if math.Float64bits(r.num[i]) != math.Float64bits(o.num[i]) {
			return false
		}
	}
	return r.rule == o.rule && r.zones == o.zones && r.planned == o.planned && r.ward == o.ward &&
		r.outcome == o.outcome && r.status == o.status && r.converted == o.converted
}

// square is a piece of ground that changes are counted for: two hundredths of a
// degree, some 2 km.
type square struct{ x, y int32 }

const squaresPerDegree = 50

// mostSquares is how many squares are looked up one by one.
const mostSquares = 256

func squaresOf(b orb.Bound) (lo, hi square) {
	at := func(p orb.Point) square {
		return square{int32(math.Floor(p[0] * squaresPerDegree)), int32(math.Floor(p[1] * squaresPerDegree))}
	}
	return at(b.Min), at(b.Max)
}

// Stamp names the facts on the ground of a box (WGS 84): it is another number
// whenever they are others. It counts by squares of ground, so it may be another for
// a change beside the box. It means something in one process only.
func (b Book) Stamp(box orb.Bound) uint64 {
	most := uint64(0)
	lo, hi := squaresOf(box)
	if (int64(hi.x)-int64(lo.x)+1)*(int64(hi.y)-int64(lo.y)+1) > mostSquares {
		for s, n := range b.stamps {
			if s.x >= lo.x && s.x <= hi.x && s.y >= lo.y && s.y <= hi.y {
				most = max(most, n)
			}
		}
		return most
	}
	for y := lo.y; y <= hi.y; y++ {
		for x := lo.x; x <= hi.x; x++ {
			most = max(most, b.stamps[square{x, y}])
		}
	}
	return most
}
