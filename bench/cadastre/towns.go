package cadastre

import (
	"iter"
	"math"

	"github.com/paulmach/orb"
)

const (
	// Town is how many parcels a town of a province has: as many as Da Lat.
	Town = 97_751
	// apart is how far the towns of a province lie from each other, m: more than a
	// town of that size is wide and high.
	apart = 8000.0
	// townSheets is more than the sheets of a town.
	townSheets = 1000
)

// Towns gives n lots of a province: towns of Town lots each, the first of them the one
// that Parcels gives, the others the same on other ground, under other sheet numbers. So
// however many there are, a place in it has as many neighbours. It has no end.
func Towns(n int) iter.Seq[Parcel] {
	return func(yield func(Parcel) bool) {
		for town := 0; n > 0; town++ {
			x, y := around(town)
			for p := range Parcels(min(n, Town)) {
				n--
				p.Sheet += town * townSheets
				for i, c := range p.Shape[0] {
					p.Shape[0][i] = orb.Point{moved(c[0], x), moved(c[1], y)}
				}
				if !yield(p) {
					return
				}
			}
		}
	}
}

// moved is a coordinate so many towns further, to the millimetre.
func moved(v float64, towns int) float64 {
	return math.Round((v+float64(towns)*apart)*1000) / 1000
}

// around gives the place of the n-th town, in squares about the first.
func around(n int) (x, y int) {
	for ring := 1; n > 0; ring++ {
		side := 2 * ring
		if n > 4*side {
			n -= 4 * side
			continue
		}
		along := (n-1)%side + 1 - ring
		switch (n - 1) / side {
		case 0:
			return ring, along
		case 1:
			return -along, ring
		case 2:
			return -ring, -along
		}
		return along, -ring
	}
	return 0, 0
}
