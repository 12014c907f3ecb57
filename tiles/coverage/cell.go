package coverage

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

const (
	Base   = 14  // zoom of cells, the deepest that is drawn
	Lowest = 8   // zoom of the widest tiles that are drawn
	Side   = 512 // pixels across a tile, at every zoom

	// reach is how many pixels of Base land grows into a gap from each side: gaps of
	// up to 2·reach pixels, some 28 m in Vietnam, are closed.
	reach = 3
	// margin is the ground around a cell that decides how its own gaps are closed.
	margin = 2 * reach
	across = Side + 2*margin // pixels across a cell with its margin

	// mostUses bounds how many uses a cell or tile tells apart. The ones beyond it,
	// last in order of their text, count as land without a use.
	mostUses = 4000
)

// Parcel is what is taken from a parcel's record.
type Parcel struct {
	ID    uint64
	Use   string       // "" = none is known
	Area  float64      // m², of the record
	Shape orb.Geometry // WGS 84
	Label orb.Point    // a point inside: the tile that the parcel is counted on
}

// Tally is what the parcels of one use come to.
type Tally struct {
	Use   string
	Count int
	Area  int64 // 1e-4 m², so that sums are exact
}

// Cell is the ground of one tile of zoom Base. It never changes.
type Cell struct {
	X, Y  uint32
	uses  []string // by pixel value less one, rising
	tally []tally  // by pixel value less one
	// levels are the pixels of zoom Base, Base-1, … Lowest: Side>>level across, as
	// runs. Pixel values: 0 = no land, else a use.
	levels [Base - Lowest + 1][]byte
}

type tally struct {
	count  int32
	anchor int32 // pixel of Base that holds the label of the lowest id; -1 = none is counted here
	area   int64
}

// Size is about how many bytes the cell takes in memory.
func (c *Cell) Size() int {
	n := 128
	for _, u := range c.uses {
		n += 40 + len(u)
	}
	for _, l := range c.levels {
		n += len(l)
	}
	return n
}

// Ground is the box (WGS 84) in which parcels bear on the cell x, y of zoom Base.
func Ground(x, y uint32) orb.Bound {
	lon := func(px float64) float64 { return px/(Side<<Base)*360 - 180 }
	lat := func(px float64) float64 {
		return math.Atan(math.Sinh(math.Pi*(1-2*px/(Side<<Base)))) * 180 / math.Pi
	}
	x0, y0 := float64(x)*Side, float64(y)*Side
	return orb.Bound{Min: orb.Point{lon(x0 - margin), lat(y0 + Side + margin)}, Max: orb.Point{lon(x0 + Side + margin), lat(y0 - margin)}}
}

// At is the cell of zoom Base that a place (WGS 84) lies in.
func At(p orb.Point) (x, y uint32) {
	w := world(p)
	cell := func(f float64) uint32 { return uint32(min(max(f/Side, 0), 1<<Base-1)) }
	return cell(w[0]), cell(w[1])
}

// world is a place in pixels of the whole world at zoom Base: x east, y south.
func world(p orb.Point) orb.Point {
	s := math.Sin(p[1] * math.Pi / 180)
	return orb.Point{(p[0] + 180) / 360 * (Side << Base), (0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * (Side << Base)}
}

// Builder makes cells and reuses its memory. It is not safe for concurrent use. The
// zero Builder is ready.
type Builder struct {
	ground raster // with the margin
	closer closer
	shrink shrinker
	fill   filler
}

// Build makes the cell x, y of the parcels whose boxes touch its Ground, in any
// order; nil where they leave nothing to draw or to count on it. The parcels are
// sorted in place.
func (b *Builder) Build(x, y uint32, parcels []Parcel) *Cell {
	slices.SortFunc(parcels, func(a, b Parcel) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	c := &Cell{X: x, Y: y}
	for i := range parcels {
		c.uses = append(c.uses, parcels[i].Use)
	}
	slices.Sort(c.uses)
	c.uses = bounded(slices.Compact(c.uses))
	c.tally = make([]tally, len(c.uses))
	for i := range c.tally {
		c.tally[i].anchor = -1
	}
	b.ground.reset(across)
	b.fill.origin = orb.Point{float64(x)*Side - margin, float64(y)*Side - margin}
	counted := false
	for i := range parcels {
		p := &parcels[i]
		u := rank(c.uses, p.Use)
		b.fill.fill(&b.ground, p.Shape, uint16(u+1))
		at := world(p.Label)
		px, py := math.Floor(at[0])-float64(x)*Side, math.Floor(at[1])-float64(y)*Side
		if px < 0 || py < 0 || px >= Side || py >= Side {
			continue
		}
		t := &c.tally[u]
		if t.anchor < 0 {
			t.anchor = int32(py)*Side + int32(px)
		}
		t.count++
		t.area += int64(math.Round(p.Area * 1e4))
		counted = true
	}
	b.closer.close(&b.ground)
	if land := b.shrink.levels(c, &b.ground); !land && !counted {
		return nil
	}
	return c
}

// bounded is a sorted list of uses cut to what is told apart. What is cut falls to
// "", which then is the list's first.
func bounded(uses []string) []string {
	if len(uses) <= mostUses {
		return uses
	}
	if uses[0] != "" {
		uses = slices.Insert(uses, 0, "")
	}
	return slices.Clip(uses[:mostUses])
}

// rank is a use's place in a bounded list.
func rank(uses []string, use string) int {
	if i, ok := slices.BinarySearch(uses, use); ok {
		return i
	}
	return 0
}
