// Package cadastre makes a synthetic cadastre to measure with: streets, blocks and
// lots as a hill town has them, as many as wanted.
//
// It is not the demonstration city and holds no real place: only the size, the
// shape and the neighbourhood of parcels are true to life.
//
// Invariant: the same number gives the same parcels, on every machine. Neighbours
// share their corners to the bit, and none overlap.
package cadastre

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/paulmach/orb"
)

// Plane is the EPSG code of the plane that parcels are made in.
const Plane = 5899

// Parcel is one lot.
type Parcel struct {
	Sheet, Number int
	Use           string
	Area          float64     // m² by the papers: the shape's area to 0.1
	Shape         orb.Polygon // easting, northing in Plane, metres to the millimetre; counter-clockwise
}

const (
	side    = 500.0 // of a map sheet, m
	reach   = 40    // sheets from the centre to each edge
	centreE = 575_400.0
	centreN = 1_320_300.0
)

// quarter is how one kind of ground is cut up; lengths in metres.
type quarter struct {
	depth, block, lot, lotMost, street float64
	empty                              float64 // share of lots that are nobody's
	uses                               []string
}

// Parcels gives n lots, sheet by sheet from the centre outwards. It ends early
// where the town is smaller than n (some 180,000); see Towns for more.
func Parcels(n int) iter.Seq[Parcel] {
	return func(yield func(Parcel) bool) {
		given := 0
		for i, s := range sheets() {
			r := rand.New(rand.NewPCG(1893, uint64(i)))
			q := quarterOf(i)
			number := 0
			for ring := range lots(r, q, s) {
				if given == n {
					return
				}
				number++
				given++
				a := math.Round(shoelace(ring)*10) / 10
				if !yield(Parcel{Sheet: i + 1, Number: number, Use: q.uses[r.IntN(len(q.uses))], Area: a, Shape: orb.Polygon{ring}}) {
					return
				}
			}
		}
	}
}

func quarterOf(sheet int) quarter {
	switch {
	case sheet < 62:
		return quarter{depth: 19, block: 95, lot: 5, lotMost: 9.5, street: 7.5, empty: 0.02, uses: []string{"ODT", "ODT", "ODT", "ODT", "TMD", "DGD"}}
	case sheet < 140:
		return quarter{depth: 31, block: 160, lot: 8, lotMost: 24, street: 8.5, empty: 0.08, uses: []string{"ODT", "ONT", "CLN", "HNK", "TMD"}}
	}
	return quarter{depth: 105, block: 320, lot: 60, lotMost: 180, street: 11, empty: 0.15, uses: []string{"CLN", "HNK", "RSX", "RPH", "NTS", "LUC"}}
}

// sheets are the squares of the town by their south-west corner, the centre first.
func sheets() []orb.Point {
	var all []orb.Point
	for x := -reach; x < reach; x++ {
		for y := -reach; y < reach; y++ {
			all = append(all, orb.Point{float64(x) * side, float64(y) * side})
		}
	}
	from := func(p orb.Point) float64 { return math.Hypot(p[0]+side/2+90, 1.15*(p[1]+side/2)) }
	slices.SortStableFunc(all, func(a, b orb.Point) int {
		if d := from(a) - from(b); d != 0 {
			return int(math.Copysign(1, d))
		}
		return 0
	})
	return all
}

// lots cuts one sheet into blocks between streets, and each block into two rows of
// lots back to back. Rows run along x; the ground is bent afterwards.
func lots(r *rand.Rand, q quarter, corner orb.Point) iter.Seq[orb.Ring] {
	between := func(lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
	return func(yield func(orb.Ring) bool) {
		for y := q.street / 2; y+2*q.depth+q.street/2 <= side; {
			depth := between(0.85, 1.1) * q.depth
			if y+2*depth+q.street/2 > side {
				depth = q.depth
			}
			back := y + depth
			for x := q.street / 2; x+q.block/2+q.street/2 <= side; {
				end := min(x+between(0.7, 1.3)*q.block, side-q.street/2)
				for _, front := range []float64{y, y + 2*depth} {
					if !row(r, q, corner, x, end, front, back, yield) {
						return
					}
				}
				x = end + q.street*between(0.9, 1.3)
			}
			y += 2*depth + q.street*between(0.9, 1.2)
		}
	}
}

// row gives the lots between two streets, from the street line front to the line
// back that they share with the row behind.
func row(r *rand.Rand, q quarter, corner orb.Point, x, end, front, back float64, yield func(orb.Ring) bool) bool {
	at := func(px, py float64) orb.Point { return lay(corner, px/side, py/side) }
	left := []float64{x} // x of the boundary at the street, at a bend half way, at the back
	for left[0] < end {
		w := q.lot + (q.lotMost-q.lot)*r.Float64()
		right := []float64{left[0] + w}
		if end-right[0] < q.lot {
			right[0] = end
		} else if r.IntN(2) == 0 {
			right = append(right, right[0]+(r.Float64()-0.5)*0.2*q.lot)
		}
		ring := orb.Ring{at(left[0], front), at(right[0], front)}
		if len(right) > 1 {
			ring = append(ring, at(right[1], (front+back)/2))
		}
		ring = append(ring, at(right[0], back), at(left[0], back))
		if len(left) > 1 {
			ring = append(ring, at(left[1], (front+back)/2))
		}
		ring = append(ring, ring[0])
		if shoelace(ring) < 0 {
			slices.Reverse(ring)
		}
		if r.Float64() >= q.empty && !yield(ring) {
			return false
		}
		left = right
	}
	return true
}

// lay puts the point u, v (0…1) of a sheet on the hills: between the sheet's bent
// corners in both directions, so that straight streets and back lines stay straight
// and what touched still touches.
func lay(corner orb.Point, u, v float64) orb.Point {
	a, b := bend(corner), bend(orb.Point{corner[0] + side, corner[1]})
	c, d := bend(orb.Point{corner[0] + side, corner[1] + side}), bend(orb.Point{corner[0], corner[1] + side})
	mm := func(k int) float64 {
		return math.Round((a[k]*(1-u)*(1-v)+b[k]*u*(1-v)+c[k]*u*v+d[k]*(1-u)*v)*1000) / 1000
	}
	return orb.Point{mm(0), mm(1)}
}

// bend moves the corners of sheets as hills move streets.
func bend(p orb.Point) orb.Point {
	e := p[0] + 190*math.Sin(p[1]/560+0.4) + 30*math.Sin(p[0]/160+p[1]/210)
	n := p[1] + 190*math.Sin(p[0]/610+1.3) + 30*math.Sin(p[1]/170-p[0]/230)
	return orb.Point{centreE + e, centreN + n}
}

// shoelace is a ring's signed area, m², taken about its first corner so that the
// size of the coordinates costs no digits.
func shoelace(ring orb.Ring) float64 {
	var a float64
	o := ring[0]
	for i := 1; i+1 < len(ring); i++ {
		a += (ring[i][0]-o[0])*(ring[i+1][1]-o[1]) - (ring[i+1][0]-o[0])*(ring[i][1]-o[1])
	}
	return a / 2
}
