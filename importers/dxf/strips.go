package dxf

import (
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/overlay"
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
			in = in != inRing(r, p)
		}
	case orb.MultiPolygon:
		for _, m := range g {
			in = in || inside(m, p)
		}
	}
	return in
}

// inRing counts the sides that a ray to the right crosses.
func inRing(r []orb.Point, p orb.Point) bool {
	in := false
	for i := 1; i < len(r); i++ {
		a, b := r[i-1], r[i]
		if a[1] > p[1] != (b[1] > p[1]) && p[0] < a[0]+(p[1]-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			in = !in
		}
	}
	return in
}

// mostNesting bounds the work of placing a hatch's rings in each other.
const mostNesting = 50_000_000

// nested makes polygons of rings: those at an even depth are outlines, those
// within at an odd one their holes. nil where there are none, or too many to tell.
func nested(rings []orb.Ring) orb.Geometry {
	if len(rings) == 0 {
		return nil
	}
	if len(rings) == 1 {
		return orb.Polygon{rings[0]}
	}
	type placed struct {
		ring  orb.Ring
		box   orb.Bound
		size  float64
		depth int
		in    int // the smallest ring round it
		out   int // its polygon
	}
	all := make([]placed, len(rings))
	for i, r := range rings {
		all[i] = placed{ring: r, box: r.Bound(), size: math.Abs(overlay.Area(orb.Polygon{r})), in: -1}
	}
	slices.SortStableFunc(all, func(a, b placed) int {
		switch {
		case a.size > b.size:
			return -1
		case a.size < b.size:
			return 1
		}
		return 0
	})
	var out orb.MultiPolygon
	work := 0
	for i := range all {
		a := &all[i]
		for k := i - 1; k >= 0; k-- {
			b := &all[k]
			if work++; work > mostNesting {
				return nil
			}
			if !b.box.Contains(a.box.Min) || !b.box.Contains(a.box.Max) {
				continue
			}
			work += len(b.ring)
			if mostly(a.ring, b.ring) {
				a.in, a.depth = k, b.depth+1
				break
			}
		}
		if a.depth%2 == 1 {
			k := all[a.in].out
			out[k] = append(out[k], a.ring)
			continue
		}
		a.out = len(out)
		out = append(out, orb.Polygon{a.ring})
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

// mostly reports whether most of a few of a ring's points lie in another, which it
// may touch.
func mostly(r, outer orb.Ring) bool {
	in, of := 0, 0
	for i := 0; i < len(r)-1; i += max(1, len(r)/7) {
		of++
		if inRing(outer, r[i]) {
			in++
		}
	}
	return 2*in > of
}
