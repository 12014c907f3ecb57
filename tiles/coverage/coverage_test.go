package coverage

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/tiles/mvt"
)

// A cell over Da Lat.
const cellX, cellY = 13127, 7644

// lonLat is the place of a pixel of the cell, in parts of pixels.
func lonLat(x, y float64) orb.Point {
	const n = Side << Base
	return orb.Point{(cellX*Side+x)/n*360 - 180, math.Atan(math.Sinh(math.Pi*(1-2*(cellY*Side+y)/n))) * 180 / math.Pi}
}

// block is a parcel that covers pixels x…x+w, y…y+h.
func block(id uint64, use string, x, y, w, h float64) Parcel {
	g := orb.Polygon{{lonLat(x, y), lonLat(x+w, y), lonLat(x+w, y+h), lonLat(x, y+h), lonLat(x, y)}}
	return Parcel{ID: id, Use: use, Area: w * h, Shape: g, Label: lonLat(x+w/2, y+h/2)}
}

// pixels are a cell's pixels of a level, uses by name; "-" = no land.
func pixels(c *Cell, level int) [][]string {
	side := Side >> level
	table := make([]uint16, len(c.uses)+1)
	for i := range table {
		table[i] = uint16(i)
	}
	r := raster{}
	r.reset(side)
	unpack(&r, c.levels[level], 0, 0, side, table)
	out := make([][]string, side)
	for y := range out {
		out[y] = make([]string, side)
		for x := range out[y] {
			out[y][x] = "-"
			if v := r.px[y*side+x]; v > 0 {
				out[y][x] = c.uses[v-1]
			}
		}
	}
	return out
}

func build(parcels ...Parcel) *Cell { return new(Builder).Build(cellX, cellY, parcels) }

// draw is a tile of cells with nothing around it.
func draw(z, x, y uint32, cells ...*Cell) []Area {
	areas, _ := new(Drawer).Draw(z, x, y, cells, nil)
	return areas
}

func TestAPixelIsTheParcelsThatCoversItsMiddle(t *testing.T) {
	c := build(block(2, "B", 100, 100, 20, 20), block(1, "A", 110, 100, 20, 20), block(3, "", 130.6, 100, 9.8, 20), block(4, "tiny", 200.6, 200.6, 0.3, 0.3))
	p := pixels(c, 0)
	for _, want := range []struct {
		x, y int
		use  string
	}{{100, 100, "B"}, {109, 119, "B"}, {110, 100, "A"}, {129, 119, "A"}, {131, 110, ""}, {139, 110, ""}, {140, 110, "-"}, {99, 100, "-"}, {100, 120, "-"}, {200, 200, "-"}} {
		if got := p[want.y][want.x]; got != want.use {
			t.Errorf("pixel %d, %d is %q, want %q", want.x, want.y, got, want.use)
		}
	}
	if build() != nil || build(block(1, "far", -9, -9, 4, 4)) != nil {
		t.Error("empty ground makes a cell")
	}
}

func TestNarrowGapsAreClosedAndWideOnesStay(t *testing.T) {
	c := build(block(1, "A", 100, 100, 50, 100), block(2, "B", 156, 100, 50, 100), block(3, "C", 214, 100, 50, 100))
	p := pixels(c, 0)
	if p[150][152] != "A" || p[150][153] != "B" {
		t.Errorf("a street of six pixels is not shared: %v", p[150][148:158])
	}
	if p[150][210] != "-" || p[150][206] != "-" || p[150][213] != "-" {
		t.Errorf("a gap of eight pixels is closed: %v", p[150][204:216])
	}
	for _, at := range [][2]int{{99, 150}, {150, 99}, {130, 200}, {264, 150}} {
		if p[at[1]][at[0]] != "-" {
			t.Errorf("land has grown outward at %v", at)
		}
	}
}

// scene is random plots with gaps, in pixels from the cell's corner.
func scene(r *rand.Rand, n int) []Parcel {
	var out []Parcel
	for i := range n {
		// Eighths off the middles of pixels: no rounding can tell for another pixel.
		at := func(span int) float64 { return float64(r.IntN(span)) + 0.25 }
		x, y := at(700)-94, at(700)-94
		out = append(out, block(uint64(i+1), string(rune('A'+r.IntN(5))), x, y, float64(1+r.IntN(60)), float64(1+r.IntN(60))))
	}
	return out
}

// Each pixel comes out the same in whichever cell it lies: a border of cells leaves
// no trace.
func TestNoTraceOfCellBorders(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 1))
	ps := scene(r, 150)
	moved := make([]Parcel, len(ps))
	for i, p := range ps { // half a cell to the west
		q := p.Shape.(orb.Polygon).Clone()
		for k := range q[0] {
			q[0][k][0] -= 256.0 / (Side << Base) * 360
		}
		p.Shape = q
		moved[i] = p
	}
	a, b := pixels(build(ps...), 0), pixels(build(moved...), 0)
	east := pixels(new(Builder).Build(cellX+1, cellY, slices.Clone(ps)), 0)
	for y := range Side {
		if d := gocmp.Diff(a[y][256:], b[y][:256]); d != "" {
			t.Fatalf("row %d west of the border: %s", y, d)
		}
		if d := gocmp.Diff(east[y][:256], b[y][256:]); d != "" {
			t.Fatalf("row %d east of the border: %s", y, d)
		}
	}
}

func TestTheOrderOfParcelsLeavesNoTrace(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 2))
	ps := scene(r, 80)
	a := build(slices.Clone(ps)...)
	r.Shuffle(len(ps), func(i, k int) { ps[i], ps[k] = ps[k], ps[i] })
	if d := gocmp.Diff(a, build(ps...), gocmp.AllowUnexported(Cell{}, tally{}), cmpopts.EquateEmpty()); d != "" {
		t.Error(d)
	}
}

// Going down the zooms, a use keeps its share of the ground although its plots get
// smaller than a pixel.
func TestUsesKeepTheirShare(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 3))
	var ps []Parcel
	for i := range 64 * 64 {
		use := "A"
		switch n := r.IntN(10); {
		case n < 2:
			use = "C"
		case n < 4:
			use = "B"
		}
		ps = append(ps, block(uint64(i+1), use, float64(i%64*8), float64(i/64*8), 8, 8))
	}
	c := build(ps...)
	share := func(level int) map[string]float64 {
		n := map[string]float64{}
		p := pixels(c, level)
		for _, row := range p {
			for _, u := range row {
				n[u] += 1 / float64(len(p)*len(p))
			}
		}
		return n
	}
	want := share(0)
	for level := 1; level < len(c.levels)-1; level++ {
		got := share(level)
		for u := range want {
			if math.Abs(got[u]-want[u]) > 0.03 {
				t.Errorf("level %d: %s has %.3f of the ground, %.3f at first", level, u, got[u], want[u])
			}
		}
		if got["-"] > 0 {
			t.Errorf("level %d has holes", level)
		}
	}
}

// drawn is a tile as a table of uses, one a unit square sampled off all corners.
func drawn(areas []Area, x, y float64) []string {
	var in []string
	for _, a := range areas {
		odd := false
		for _, p := range a.Polygons {
			for _, r := range p {
				for i, u := range r {
					v := r[(i+1)%len(r)]
					ux, uy, vx, vy := float64(u.X), float64(u.Y), float64(v.X), float64(v.Y)
					if (uy > y) != (vy > y) && x < ux+(y-uy)/(vy-uy)*(vx-ux) {
						odd = !odd
					}
				}
			}
		}
		if odd {
			in = append(in, a.Use)
		}
	}
	return in
}

// sound checks what is promised of any picture: rings are simple and wound right,
// and what the encoder writes of them passes the check of tiles.
func sound(t interface {
	Fatalf(string, ...any)
}, areas []Area) {
	var enc mvt.Encoder
	enc.Begin(Base, cellX, cellY)
	enc.Layer("coverage")
	for _, a := range areas {
		for _, p := range a.Polygons {
			for i, r := range p {
				if len(r) < 3 || (twice(r) > 0) != (i == 0) {
					t.Fatalf("%s: ring %d of %d corners, area %d", a.Use, i, len(r), twice(r))
				}
				var edges []segment
				for k, u := range r {
					g := segment{a: u, b: r[(k+1)%len(r)]}
					for _, h := range edges {
						if meet(g, h) {
							t.Fatalf("%s: a ring meets itself at %v and %v", a.Use, g, h)
						}
					}
					if slices.Index(r, u) != k {
						t.Fatalf("%s: a ring passes %v twice", a.Use, u)
					}
					edges = append(edges, g)
				}
			}
		}
		enc.Polygons(a.Polygons, []mvt.Attr{})
	}
	if b := enc.Bytes(); len(b) > 0 {
		if _, err := mvt.Check(b); err != nil {
			t.Fatalf("%v", err)
		}
	}
}

// Whatever the picture, rings are sound and every place of land lies in exactly one
// area: neighbours share their borders after smoothing and simplifying.
func TestAreasNeitherOverlapNorLeaveGaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		var d Drawer
		d.picture.reset(Side + 2)
		at := func(x, y int) *uint16 { return &d.picture.px[(y+1)*(Side+2)+x+1] }
		uses := rapid.IntRange(1, 6).Draw(t, "uses")
		full := rapid.Bool().Draw(t, "full")
		// Blobs, single pixels and diagonals, in a corner of the tile and beside it, so that
		// many meet.
		span := rapid.SampledFrom([]int{8, 24, 60}).Draw(t, "span")
		base := uint16(0)
		if full {
			base = 1
		}
		for i := range d.picture.px {
			d.picture.px[i] = base
		}
		for range rapid.IntRange(0, 60).Draw(t, "blobs") {
			x, y, w, h, v := r.IntN(span), r.IntN(span), 1+r.IntN(span/2), 1+r.IntN(span/2), uint16(r.IntN(uses+1))
			slope := r.IntN(3)
			for dy := range h {
				for dx := range w {
					*at(x+dx+slope*dy/2-1, y+dy-1) = max(v, base)
				}
			}
		}
		for range rapid.IntRange(0, 200).Draw(t, "specks") {
			*at(r.IntN(span)-1, r.IntN(span)-1) = max(uint16(r.IntN(uses+1)), base)
		}
		areas := make([]Area, uses)
		for i := range areas {
			areas[i].Use = string(rune('A' + i))
		}
		d.trace.areas(&d.picture, areas)
		sound(t, areas)
		on := map[uint16]bool{}
		for y := range Side {
			for x := range Side {
				on[*at(x, y)] = true
			}
		}
		for i, a := range areas {
			if (len(a.Polygons) > 0) != on[uint16(i+1)] {
				t.Fatalf("%s has %d polygons", a.Use, len(a.Polygons))
			}
		}
		// The sum of what is drawn is what the outline of the land holds, where all that is
		// beside the tile is on it too.
		all := true
		for _, v := range d.picture.px {
			all = all && on[v]
		}
		var sum int64
		for _, a := range areas {
			for _, p := range a.Polygons {
				for _, r := range p {
					sum += twice(r)
				}
			}
		}
		const whole = 2 * (extent + 2*beyond) * (extent + 2*beyond)
		if full && all && sum != whole {
			t.Fatalf("areas of %d of %d", sum, whole)
		}
		for range 150 {
			x, y := float64(r.IntN(span*pixel*2))+0.37, float64(r.IntN(span*pixel*2))+0.59
			in := drawn(areas, x, y)
			if len(in) > 1 || full && len(in) != 1 {
				t.Fatalf("%v, %v lies in %v", x, y, in)
			}
			if v := *at(int(x)/pixel, int(y)/pixel); v > 0 && len(in) == 1 && in[0] != areas[v-1].Use {
				// Smoothing moves borders by less than a pixel: a neighbour has it then.
				near := false
				for dy := -1; dy <= 1; dy++ {
					for dx := -1; dx <= 1; dx++ {
						w := *at(int(x)/pixel+dx, int(y)/pixel+dy)
						near = near || w > 0 && areas[w-1].Use == in[0]
					}
				}
				if !near {
					t.Fatalf("%v, %v lies in %v, and its pixel is %s", x, y, in, areas[v-1].Use)
				}
			}
		}
	})
}

// A use that is counted and has no pixel is given one, and that does not cost another
// use its last.
func TestNothingCountedIsLost(t *testing.T) {
	ps := []Parcel{block(1, "A", 0, 0, 512, 512)}
	for i := range 3 { // three slivers on one pixel, none over its middle
		ps = append(ps, block(uint64(i+2), fmt.Sprint("sliver", i), 300.6+float64(i)/10, 300.6, 0.05, 0.3))
	}
	c := build(ps...)
	for z := uint32(Lowest); z <= Base; z++ {
		level := Base - z
		areas := draw(z, cellX>>level, cellY>>level, c)
		if len(areas) != 4 {
			t.Fatalf("z%d: %d areas", z, len(areas))
		}
		sound(t, areas)
		for _, a := range areas[1:] {
			if a.Count != 1 || len(a.Polygons) != 1 || twice(a.Polygons[0][0]) < pixel*pixel {
				t.Errorf("z%d: %s is counted %d times, with %v", z, a.Use, a.Count, a.Polygons)
			}
		}
		if a := areas[0]; a.Use != "A" || a.Count != 1 || a.Area != 512*512*1e4 {
			t.Errorf("z%d: %s, %d, %d", z, a.Use, a.Count, a.Area)
		}
	}
}

// Smoothing leaves the smallest things their area.
func TestASinglePixelKeepsItsArea(t *testing.T) {
	for w := 1.0; w < 4; w++ {
		areas := draw(Base, cellX, cellY, build(block(1, "A", 0, 0, 512, 512), block(2, "B", 100, 100, w, 1)))
		if len(areas) != 2 || twice(areas[1].Polygons[0][0]) != 2*pixel*pixel { // the lowest id has the ground, all but one pixel
			t.Fatalf("%d areas", len(areas))
		}
		areas = draw(Base, cellX, cellY, build(block(2, "A", 0, 0, 512, 512), block(1, "B", 100, 100, w, 1)))
		if got := twice(areas[1].Polygons[0][0]); got != int64(2*w*pixel*pixel) {
			t.Errorf("%v pixels have an area of %d units", w, got/2)
		}
	}
}

func TestMoreUsesThanAreToldApart(t *testing.T) {
	var ps []Parcel
	for i := range mostUses + 50 {
		ps = append(ps, block(uint64(i+1), fmt.Sprintf("use %05d", i), float64(i%100*4), float64(i/100*4), 4, 4))
	}
	areas := draw(Base, cellX, cellY, build(ps...))
	n := 0
	for _, a := range areas {
		n += a.Count
	}
	if len(areas) != mostUses || areas[0].Use != "" || areas[0].Count != 51 || n != mostUses+50 {
		t.Errorf("%d areas, the first is %q of %d parcels; %d counted", len(areas), areas[0].Use, areas[0].Count, n)
	}
	if !slices.IsSortedFunc(areas, func(a, b Area) int { return cmp.Compare(a.Use, b.Use) }) {
		t.Error("areas are out of order")
	}
}

// Ground as mottled as can be is drawn in coarser pixels: the tile stays light, and
// without gaps.
func TestHeavyTilesAreCoarser(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	c := &Cell{X: cellX, Y: cellY, uses: []string{"A", "B", "C", "D"}, tally: []tally{{anchor: -1}, {anchor: -1}, {anchor: -1}, {count: 1, anchor: 77*Side + 5, area: 5}}}
	var ground raster
	ground.reset(across)
	for i := range ground.px {
		ground.px[i] = uint16(1 + r.IntN(3))
	}
	new(shrinker).levels(c, &ground)
	for _, z := range []uint32{Base, Lowest} {
		areas := draw(z, cellX>>(Base-z), cellY>>(Base-z), c)
		if n := weight(areas); len(areas) != 4 || n > heaviest || z == Base && n < heaviest/8 {
			t.Errorf("z%d: %d areas of %d bytes", z, len(areas), n)
		}
		var enc mvt.Encoder
		enc.Begin(z, cellX, cellY)
		enc.Layer("coverage")
		var sum int64
		for _, a := range areas {
			enc.Polygons(a.Polygons, nil)
			for _, p := range a.Polygons {
				for _, r := range p {
					sum += twice(r)
				}
			}
		}
		if _, err := mvt.Check(enc.Bytes()); err != nil {
			t.Errorf("z%d: %v", z, err)
		}
		if z == Base && sum != 2*extent*extent { // and nothing beside
			t.Errorf("%d units of ground are drawn", sum/2)
		}
	}
}

// Shapes that are no areas, are empty or are not finite draw nothing and break nothing.
func TestOddShapes(t *testing.T) {
	nan := math.NaN()
	for _, g := range []orb.Geometry{nil, orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.Polygon{}, orb.Polygon{{}}, orb.MultiPolygon{{}},
		orb.Polygon{{{nan, nan}, {nan, 1}, {1, nan}}}, orb.Polygon{{lonLat(1, 1), lonLat(300, math.Inf(1)), lonLat(9, 9)}}, orb.Polygon{{{0, 90}, {180, -90}, {-180, 90}}}} {
		c := build(Parcel{ID: 1, Use: "A", Shape: g, Label: orb.Point{nan, nan}}, block(2, "B", 10, 10, 20, 20))
		areas := draw(Base, cellX, cellY, c)
		sound(t, areas)
		if len(areas) == 0 || areas[len(areas)-1].Use != "B" {
			t.Errorf("%v: %d areas", g, len(areas))
		}
	}
	hole := orb.MultiPolygon{{block(0, "", 100, 100, 60, 60).Shape.(orb.Polygon)[0], block(0, "", 120, 120, 20, 20).Shape.(orb.Polygon)[0]}}
	c := build(Parcel{ID: 1, Use: "A", Shape: orb.Collection{hole}, Label: lonLat(105, 105)})
	areas := draw(Base, cellX, cellY, c)
	if p := pixels(c, 0); p[130][130] != "-" || p[110][110] != "A" || len(areas[0].Polygons) != 1 || len(areas[0].Polygons[0]) != 2 {
		t.Errorf("a hole is not left open: %d polygons", len(areas[0].Polygons))
	}
}

func BenchmarkBuild(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 6))
	ps := scene(r, 1000)
	var builder Builder
	b.ReportAllocs()
	for b.Loop() {
		builder.Build(cellX, cellY, ps)
	}
}

func BenchmarkDraw(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 6))
	cells := []*Cell{build(scene(r, 1000)...)}
	var d Drawer
	b.ReportAllocs()
	for b.Loop() {
		d.Draw(Base, cellX, cellY, cells, nil)
	}
}
