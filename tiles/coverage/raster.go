package coverage

import (
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// raster is a square of pixel values, row by row from the north.
type raster struct {
	side int
	px   []uint16
}

// reset makes it an empty square of that side.
func (r *raster) reset(side int) {
	r.side = side
	r.px = slices.Grow(r.px[:0], side*side)[:side*side]
	clear(r.px)
}

// filler draws shapes on a raster.
type filler struct {
	origin orb.Point // the raster's corner, in pixels of the world
	rows   [][]float64
}

// fill gives the value v to the pixels that are empty and whose middle lies in a
// polygon: by even and odd, and half open, so that of two neighbours exactly one has
// each middle on their border.
func (f *filler) fill(r *raster, g orb.Geometry, v uint16) {
	switch g := g.(type) {
	case orb.Polygon:
		f.polygon(r, g, v)
	case orb.MultiPolygon:
		for _, p := range g {
			f.polygon(r, p, v)
		}
	case orb.Collection:
		for _, m := range g {
			f.fill(r, m, v)
		}
	}
}

func (f *filler) polygon(r *raster, g orb.Polygon, v uint16) {
	if len(f.rows) != r.side {
		f.rows = make([][]float64, r.side)
	}
	first, last := r.side, -1
	for _, ring := range g {
		if len(ring) == 0 {
			continue
		}
		a := f.local(ring[len(ring)-1])
		for _, q := range ring {
			b := f.local(q)
			y0, y1 := f.edge(r.side, a, b)
			first, last = min(first, y0), max(last, y1)
			a = b
		}
	}
	for y := first; y <= last; y++ {
		cuts := f.rows[y]
		slices.Sort(cuts)
		row := r.px[y*r.side : (y+1)*r.side]
		for i := 1; i < len(cuts); i += 2 {
			for x, end := middle(cuts[i-1], r.side), middle(cuts[i], r.side); x < end; x++ {
				if row[x] == 0 {
					row[x] = v
				}
			}
		}
		f.rows[y] = cuts[:0]
	}
}

func (f *filler) local(p orb.Point) orb.Point {
	q := world(p)
	return orb.Point{q[0] - f.origin[0], q[1] - f.origin[1]}
}

// middle is the first pixel whose middle is not left of x, within 0…side.
func middle(x float64, side int) int {
	return int(max(0, min(math.Ceil(x-0.5), float64(side))))
}

// edge notes where the line from a to b crosses the middles of rows, and gives the
// first and last row it crosses. It is worked out the same way in both directions,
// so that neighbours cut their common border alike.
func (f *filler) edge(side int, a, b orb.Point) (int, int) {
	if a[1] > b[1] {
		a, b = b, a
	}
	y0, y1 := middle(a[1], side), middle(b[1], side)-1
	if y0 > y1 || math.IsNaN(a[0]+a[1]+b[0]+b[1]) {
		return side, -1
	}
	slope := (b[0] - a[0]) / (b[1] - a[1])
	for y := y0; y <= y1; y++ {
		f.rows[y] = append(f.rows[y], a[0]+(float64(y)+0.5-a[1])*slope)
	}
	return y0, y1
}

// closer closes narrow gaps. It keeps its memory.
type closer struct {
	up   []int8   // rows to the nearest land of the column, 0…reach; more = none so near
	near []uint16 // the nearest land's value where that is within reach, else 0
	gap  []int8   // rows to the nearest pixel that has no land within reach
}

// far stands for more than reach.
const far = reach + 1

// close gives the pixels of gaps the value of the land nearest to them, the lowest
// of equals: of each empty pixel that lies no further than reach from pixels all of
// which have land within reach. Pixels nearer than margin to the raster's border are
// left as they come out.
func (c *closer) close(r *raster) {
	n := r.side
	c.up = slices.Grow(c.up[:0], n*n)[:n*n]
	c.near = slices.Grow(c.near[:0], n*n)[:n*n]
	c.gap = slices.Grow(c.gap[:0], n*n)[:n*n]
	if !slices.Contains(r.px, 0) {
		return
	}
	c.columns(r)
	c.grow(r)
	c.hollow(n)
	for y := reach; y < n-reach; y++ {
		for x := reach; x < n-reach; x++ {
			if i := y*n + x; r.px[i] == 0 && c.near[i] != 0 && c.inner(i) {
				r.px[i] = c.near[i]
			}
		}
	}
}

// columns finds the nearest land above or below each pixel. Its value goes to near
// for now.
func (c *closer) columns(r *raster) {
	n := r.side
	for i, v := range r.px {
		c.near[i], c.up[i] = v, 0
		if v == 0 {
			c.up[i] = far
			if i >= n && c.up[i-n] < far {
				c.up[i], c.near[i] = c.up[i-n]+1, c.near[i-n]
			}
		}
	}
	for i := len(r.px) - n - 1; i >= 0; i-- {
		if d := c.up[i+n] + 1; d <= reach && (d < c.up[i] || d == c.up[i] && c.near[i+n] < c.near[i]) {
			c.up[i], c.near[i] = d, c.near[i+n]
		}
	}
}

// grow turns near into the value of the land nearest in the plane, 0 where there is
// none within reach.
func (c *closer) grow(r *raster) {
	n := r.side
	row := make([]uint16, n)
	for y := range n {
		up, near := c.up[y*n:(y+1)*n], c.near[y*n:(y+1)*n]
		for x := range n {
			if up[x] == 0 {
				row[x] = near[x]
				continue
			}
			best, value := reach*reach+1, uint16(0)
			for k := max(0, x-reach); k <= min(n-1, x+reach); k++ {
				if up[k] > reach {
					continue
				}
				d := int(up[k])*int(up[k]) + (k-x)*(k-x)
				if d < best || d == best && near[k] < value {
					best, value = d, near[k]
				}
			}
			row[x] = value
		}
		copy(near, row)
	}
}

// hollow finds the nearest pixel above or below each that has no land within reach.
func (c *closer) hollow(n int) {
	for i, v := range c.near {
		c.gap[i] = 0
		if v != 0 {
			c.gap[i] = far
			if i >= n {
				c.gap[i] = min(far, c.gap[i-n]+1)
			}
		}
	}
	for i := len(c.near) - n - 1; i >= 0; i-- {
		c.gap[i] = min(c.gap[i], c.gap[i+n]+1)
	}
}

// inner reports whether all pixels within reach of one have land within reach.
func (c *closer) inner(i int) bool {
	for k := -reach; k <= reach; k++ {
		if g := int(c.gap[i+k]); g*g+k*k <= reach*reach {
			return false
		}
	}
	return true
}
