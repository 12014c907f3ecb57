package ledger

import (
	"cmp"
	"iter"
	"math"
	"math/bits"
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
	rows []row     // ids rising
	nums []float64 // their numbers
	lies []byte    // how they lie, as it is kept in a store
}

// The numbers that a row may have.
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

// row is one parcel's facts: 12 bytes, and 8 for each number that it has. What many
// parcels have in common stands in the book's words.
type row struct {
	kind uint32
	at   uint16 // of its first number in the page's
	has  uint16 // a bit for each number
	off  uint8  // its id, from the page's first
}

// add puts a parcel's row behind the others.
func (p *page) add(id uint64, kind uint32, nums [numbers]*float64) {
	r := row{kind: kind, at: uint16(len(p.nums)), off: uint8(id % pageSize)}
	for i, n := range nums {
		if n != nil && !math.IsNaN(*n) {
			r.has |= 1 << i
			p.nums = append(p.nums, *n)
		}
	}
	p.rows = append(p.rows, r)
}

// take puts another page's row behind the others.
func (p *page) take(from *page, r row) {
	nums := from.numbers(r)
	r.at = uint16(len(p.nums))
	p.nums, p.rows = append(p.nums, nums...), append(p.rows, r)
}

func (p *page) numbers(r row) []float64 { return p.nums[r.at:][:bits.OnesCount16(r.has)] }

// number is one of a row's numbers, in the page; nil where it has none.
func (p *page) number(r row, n int) *float64 {
	if r.has>>n&1 == 0 {
		return nil
	}
	return &p.nums[int(r.at)+bits.OnesCount16(r.has&(1<<n-1))]
}

// Revision is the model's revision that the book was worked out from; 0 = none yet.
func (b Book) Revision() spatial.Revision { return b.rev }

// Complete reports whether every parcel of that revision is in the book.
func (b Book) Complete() bool { return b.full }

// Len is the number of parcels.
func (b Book) Len() int { return b.count }

// row is a parcel's row and the page that it stands on; false where it is not in the
// book.
func (b Book) row(id uint64) (*page, row, bool) {
	if b.pages == nil {
		return nil, row{}, false
	}
	p, ok := b.pages.Get(id / pageSize)
	if !ok {
		return nil, row{}, false
	}
	r, ok := p.row(id)
	return p, r, ok
}

func (p *page) row(id uint64) (row, bool) {
	i, ok := slices.BinarySearchFunc(p.rows, uint8(id%pageSize), func(r row, off uint8) int { return cmp.Compare(r.off, off) })
	if !ok {
		return row{}, false
	}
	return p.rows[i], true
}

// Facts are the facts of one parcel; false where it is not in the book. They point
// into the book and must not be written to. The book does not know who asks: it is
// for callers that have the parcel from a view that shows it.
func (b Book) Facts(id uint64) (city.Facts, bool) {
	p, r, ok := b.row(id)
	if !ok {
		return city.Facts{}, false
	}
	return b.words.facts(p, r), true
}

// All gives the facts of every parcel with its id, ids rising, as Facts does.
func (b Book) All() iter.Seq2[uint64, city.Facts] {
	return func(yield func(uint64, city.Facts) bool) {
		if b.pages == nil {
			return
		}
		b.pages.Scan(func(n uint64, p *page) bool {
			for _, r := range p.rows {
				if !yield(n*pageSize+uint64(r.off), b.words.facts(p, r)) {
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
	p, r, ok := b.row(id)
	if !ok || r.has>>floors&1 == 0 {
		return 0, false
	}
	return *p.number(r, floors), true
}

// wardless are the parcels of which no ward is known, ids rising.
func (b Book) wardless() iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		if b.pages == nil {
			return
		}
		b.pages.Scan(func(n uint64, p *page) bool {
			for _, r := range p.rows {
				if b.words.texts[b.words.kinds[r.kind].ward] == "" && !yield(n*pageSize+uint64(r.off)) {
					return false
				}
			}
			return true
		})
	}
}

func (w words) facts(p *page, r row) city.Facts {
	k := &w.kinds[r.kind]
	return city.Facts{
		Outcome: planning.Outcome(w.texts[k.outcome]), Status: w.texts[k.status], Rule: w.texts[k.rule], Conversion: w.texts[k.converted], Ward: w.texts[k.ward],
		Zones: w.lists[k.zones], PlannedUses: w.lists[k.planned],
		Floors: p.number(r, floors), Height: p.number(r, height), Density: p.number(r, density), FAR: p.number(r, far),
		Footprint: p.number(r, footprint), FloorArea: p.number(r, floorArea), Frontage: p.number(r, front), RoadWidth: p.number(r, width), BuiltFloorArea: p.number(r, built),
	}
}

// same reports whether rows of two pages say the same.
func same(p *page, r row, q *page, o row) bool {
	return r.kind == o.kind && r.has == o.has && slices.Equal(p.numbers(r), q.numbers(o))
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
