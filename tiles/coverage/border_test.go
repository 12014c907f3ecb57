package coverage

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// crossings are where a use begins and ends along the line of the tile's border on which
// the coordinate of an axis is v, just beside it: before it, or after. Of the tile's
// width alone.
func crossings(areas []Area, use string, axis int, v int32, after bool) (cuts []int32, there bool) {
	at := func(u Unit) (across, along int32) {
		if axis == 0 {
			return u.X, u.Y
		}
		return u.Y, u.X
	}
	over := func(x int32) bool { return x > v || !after && x == v }
	for _, a := range areas {
		if a.Use != use {
			continue
		}
		there = true
		for _, p := range a.Polygons {
			for _, r := range p {
				for i, u := range r {
					x0, y0 := at(u)
					x1, y1 := at(r[(i+1)%len(r)])
					if over(x0) == over(x1) {
						continue
					}
					cut := y0
					if x0 != v {
						cut = y0 + (y1-y0)*(v-x0)/(x1-x0)
					}
					cuts = append(cuts, min(max(cut, 0), extent))
				}
			}
		}
	}
	slices.Sort(cuts)
	var out []int32
	for _, c := range cuts { // what begins where it ends goes on, or is not there
		if n := len(out); n > 0 && out[n-1] == c {
			out = out[:n-1]
		} else {
			out = append(out, c)
		}
	}
	return out, there
}

// agree compares two tiles along the line between them: b lies after a on the axis. It
// gives how many crossings were compared.
func agree(a, b []Area, axis int) (n int, err error) {
	uses := map[string]bool{}
	for _, x := range append(slices.Clone(a), b...) {
		uses[x.Use] = true
	}
	for _, use := range slices.Sorted(maps.Keys(uses)) {
		for _, after := range []bool{false, true} {
			p, inA := crossings(a, use, axis, extent, after)
			q, inB := crossings(b, use, axis, 0, after)
			if inA && inB && !slices.Equal(p, q) {
				return n, fmt.Errorf("%s (axis %d, after the line %v): %v on one, %v on the other", use, axis, after, p, q)
			}
			n += len(p)
		}
	}
	return n, nil
}

// quarters are four tiles of a zoom that meet at one corner, made of cells that a raster
// of uses around that corner is cut into. Rows and columns are counted from the corner,
// from -span to span.
type quarters struct {
	z     uint32
	span  int
	cells []*Cell
}

// The tiles meet over Da Lat.
func (q *quarters) tile(i int) (x, y uint32) {
	down := Base - q.z
	return cellX>>down + uint32(i&1), cellY>>down + uint32(i>>1)
}

// newQuarters is those of a raster of values: 0 = no land, else a use.
func newQuarters(z uint32, level int, span int, uses []string, value func(x, y int) uint16) *quarters {
	q := &quarters{z: z, span: span}
	side := Side >> level
	cx, cy := q.tile(3) // its first cell
	n := (span + side - 1) / side
	for j := -n; j < n; j++ {
		for i := -n; i < n; i++ {
			c := &Cell{X: uint32(int(cx<<(Base-z)) + i), Y: uint32(int(cy<<(Base-z)) + j), uses: uses, tally: make([]tally, len(uses))}
			for k := range c.tally {
				c.tally[k].anchor = -1
			}
			for l := range c.levels {
				row := make([]uint16, (Side>>l)*(Side>>l))
				if l == level {
					for y := range side {
						for x := range side {
							if gx, gy := i*side+x, j*side+y; max(gx, -1-gx) < span && max(gy, -1-gy) < span {
								row[y*side+x] = value(gx, gy)
							}
						}
					}
				}
				var w runs
				w.add(row)
				c.levels[l] = w.done()
			}
			q.cells = append(q.cells, c)
		}
	}
	return q
}

// draw draws one of the tiles by its cells and all others, so many times coarser.
func (q *quarters) draw(d *Drawer, i int, coarser uint32) []Area {
	x, y := q.tile(i)
	var in, out []*Cell
	for _, c := range q.cells {
		if c.X>>(Base-q.z) == x && c.Y>>(Base-q.z) == y {
			in = append(in, c)
		} else {
			out = append(out, c)
		}
	}
	areas := d.paint(q.z, x, y, coarser, in, out)
	d.trace.areas(&d.picture, areas)
	return slices.DeleteFunc(areas, func(a Area) bool { return len(a.Polygons) == 0 })
}

// Along the line between two tiles each use begins and ends on both at the same places,
// whatever the pixels, at each zoom, and where both are drawn coarser than they must be.
func TestTilesMeetAlongTheirBorder(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		z := rapid.Uint32Range(Lowest, Base).Draw(t, "zoom")
		coarser := rapid.Uint32Range(0, z-Lowest).Draw(t, "coarser")
		span := min(rapid.SampledFrom([]int{3, 9, 20}).Draw(t, "span"), Side>>coarser)
		uses := []string{"", "A", "B", "C", "D", "E"}[:rapid.IntRange(1, 6).Draw(t, "uses")]
		wide := 2 * span
		px := make([]uint16, wide*wide)
		if rapid.Bool().Draw(t, "full") {
			for i := range px {
				px[i] = 1
			}
		}
		for range rapid.IntRange(0, 12).Draw(t, "blobs") {
			x, y, w, h, v, slope := r.IntN(wide), r.IntN(wide), 1+r.IntN(span), 1+r.IntN(span), uint16(r.IntN(len(uses)+1)), r.IntN(3)
			for dy := range min(h, wide-y) {
				for dx := range w {
					if at := x + dx + slope*dy/2; at < wide {
						px[(y+dy)*wide+at] = v
					}
				}
			}
		}
		for range rapid.IntRange(0, wide*wide/4).Draw(t, "specks") {
			px[r.IntN(len(px))] = uint16(r.IntN(len(uses) + 1))
		}
		q := newQuarters(z, int(Base-z+coarser), span, uses, func(x, y int) uint16 { return px[(y+span)*wide+x+span] })
		var d Drawer
		var tiles [4][]Area
		for i := range tiles {
			tiles[i] = q.draw(&d, i, coarser)
			sound(t, tiles[i])
		}
		for _, pair := range [][3]int{{0, 1, 0}, {2, 3, 0}, {0, 2, 1}, {1, 3, 1}} {
			n, err := agree(tiles[pair[0]], tiles[pair[1]], pair[2])
			if err != nil {
				t.Fatalf("z%d, %d times coarser, tiles %v: %v", z, coarser, pair, err)
			}
			compared += n
		}
	})
	want := 1000
	if testing.Short() { // a fifth of the tries
		want = 200
	}
	if compared < want {
		t.Errorf("%d places were compared", compared)
	}
}

// A tile of one use is drawn to its corners whatever lies around it, and what lies around
// it alone is neither drawn nor counted.
func TestWhatIsAroundATileIsNotOnIt(t *testing.T) {
	for _, uses := range [][2]string{{"A", "A"}, {"A", "B"}, {"B", "A"}, {"A", ""}, {"", "A"}} {
		own := build(block(1, uses[0], -9, -9, 530, 530))
		var around []*Cell
		for i := range 9 {
			if c := (&Builder{}).Build(cellX+uint32(i%3)-1, cellY+uint32(i/3)-1, []Parcel{block(2, uses[1], -600, -600, 1700, 1700)}); i != 4 {
				around = append(around, c)
			}
		}
		for _, beside := range [][]*Cell{nil, around[:1], around[3:5], around} {
			areas, coarser := new(Drawer).Draw(Base, cellX, cellY, []*Cell{own}, beside)
			if len(areas) != 1 || coarser != 0 || areas[0].Use != uses[0] || areas[0].Count != 1 {
				t.Fatalf("%q with %d cells around: %v", uses, len(beside), areas)
			}
			sound(t, areas)
			ring := areas[0].Polygons[0][0]
			if uses[0] != uses[1] && twice(ring) != 2*extent*extent {
				t.Errorf("%q with %d cells around: %v", uses, len(beside), ring)
			}
			if uses[0] == uses[1] && len(beside) == 8 && twice(ring) != 2*(extent+2*beyond)*(extent+2*beyond) {
				t.Errorf("it does not go on beyond the tile: %v", ring)
			}
		}
	}
	areas, _ := new(Drawer).Draw(Base, cellX+1, cellY, nil, []*Cell{build(block(1, "A", 0, 0, 512, 512))})
	if len(areas) != 0 {
		t.Errorf("a tile without land has %v", areas)
	}
}

// The print of what lies around a tile is another where a pixel that touches it is, and
// only then.
func TestEdge(t *testing.T) {
	cell := func(x, y float64, use string) []*Cell {
		c := build(block(1, "A", 0, 0, 512, 512), block(0, use, x, y, 1, 1))
		return []*Cell{c}
	}
	for _, c := range []struct {
		dx, dy int // where the tile lies from the cell
		x, y   float64
		same   bool
	}{{1, 0, 511, 100, false}, {1, 0, 510, 100, true}, {-1, 0, 0, 100, false}, {-1, 0, 1, 100, true}, {0, 1, 7, 511, false}, {0, 1, 7, 510, true},
		{0, -1, 7, 0, false}, {0, -1, 7, 1, true}, {1, 1, 511, 511, false}, {1, 1, 511, 510, true}, {1, 1, 510, 511, true}, {-1, 1, 0, 511, false}, {2, 0, 511, 100, true}} {
		x, y := uint32(cellX+c.dx), uint32(cellY+c.dy)
		a, b, again := Edge(Base, x, y, 0, cell(c.x, c.y, "B")), Edge(Base, x, y, 0, cell(c.x, c.y, "C")), Edge(Base, x, y, 0, cell(c.x, c.y, "B"))
		if (a == b) != c.same || a != again {
			t.Errorf("%+v: the same: %v", c, a == b)
		}
	}
}
