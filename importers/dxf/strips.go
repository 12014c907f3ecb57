package dxf

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
)

// strips finds the polygons round a point: squares over the drawing with the
// polygons whose boxes meet them, and those that meet too many.
type strips struct {
	box    orb.Bound
	n      int
	cells  [][]int32
	always []int32
}

// mostCells is in how many squares a polygon is written.
const mostCells = 1024

func newStrips(areas []area) *strips {
	t := &strips{box: areas[0].box, n: min(512, int(math.Sqrt(float64(len(areas))))+1)}
	for i := range areas {
		t.box = t.box.Union(areas[i].box)
	}
	t.cells = make([][]int32, t.n*t.n)
	for i := range areas {
		x0, y0 := t.cell(areas[i].box.Min)
		x1, y1 := t.cell(areas[i].box.Max)
		if (x1-x0+1)*(y1-y0+1) > mostCells {
			t.always = append(t.always, int32(i))
			continue
		}
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				t.cells[y*t.n+x] = append(t.cells[y*t.n+x], int32(i))
			}
		}
	}
	return t
}

func (t *strips) cell(p orb.Point) (x, y int) {
	at := func(k int) int {
		w := t.box.Max[k] - t.box.Min[k]
		if !(w > 0) {
			return 0
		}
		return max(0, min(t.n-1, int(float64(t.n)*((p[k]-t.box.Min[k])/w))))
	}
	return at(0), at(1)
}

// smallest is the smallest polygon round a point; -1 = none.
func (t *strips) smallest(areas []area, p orb.Point) int {
	if !t.box.Contains(p) {
		return -1
	}
	best := -1
	x, y := t.cell(p)
	for _, list := range [2][]int32{t.cells[y*t.n+x], t.always} {
		for _, i := range list {
			a := &areas[i]
			if a.box.Contains(p) && (best < 0 || a.size < areas[best].size) && inside(a.shape, p) {
				best = int(i)
			}
		}
	}
	return best
}

// inside reports whether a point is in a polygon, holes left out.
func inside(g orb.Geometry, p orb.Point) bool {
	in := false
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			in = in != raw.InRing(r, p)
		}
	case orb.MultiPolygon:
		for _, m := range g {
			in = in || inside(m, p)
		}
	}
	return in
}
