package coverage

import (
	"slices"
)

// scale is how a picture is laid out to be traced: its outermost pixels are those
// around the tile, as wide as a tile is drawn beyond its border.
type scale struct {
	grid    int   // pixels across the picture
	corners int   // of pixels, in a row
	pixel   int32 // units across a pixel of the tile
}

func scaleOf(grid int) scale {
	return scale{grid: grid, corners: grid + 1, pixel: int32(extent / (grid - 2))}
}

// Directions from a corner of pixels, clockwise on the screen.
const (
	north = iota
	east
	south
	west
)

// tracer turns a picture into areas. It keeps its memory.
type tracer struct {
	scale
	px    []uint16 // grid × grid, the picture's own
	parts []int32  // by pixel: the connected part it belongs to
	union []int32
	edges []byte  // by corner: a bit for each direction in which a border leaves it
	bound []int32 // the corners that have any
	done  []byte  // by corner: the bits of the borders that are in an arc
	arcs  []arc
	// The arc that leaves a corner in a direction, counted from one, below zero where
	// that is its end; and, of the ring in hand, the side that leaves each corner.
	begin, passed []int32
	line          []Unit
	shape         shaper
}

// arc is a border between two values from one junction to the next, or around.
type arc struct {
	from, to    int32 // corners; equal where it closes
	left, right uint16
	// A pixel on each side, by its place on the grid.
	leftAt, rightAt int32
	exit, enter     uint8 // directions in which its ends leave their corners
	loop            bool  // it meets no junction
	full, short     []Unit
}

// areas traces the picture, whose outermost pixels are those around the tile, and
// gives each area that is on the tile its polygons. Values beyond those of out are
// told apart and not drawn.
func (t *tracer) areas(picture *raster, out []Area) {
	t.scale = scaleOf(picture.side)
	t.px = picture.px
	t.connect()
	t.borders()
	t.follow()
	t.shape.simplify(t.arcs, tolerance*t.pixel/pixel)
	t.rings(out)
}

// connect numbers the parts of equal pixels that share edges.
func (t *tracer) connect() {
	t.parts = slices.Grow(t.parts[:0], t.grid*t.grid)[:t.grid*t.grid]
	t.union = t.union[:0]
	for i, v := range t.px {
		l, u := int32(-1), int32(-1)
		if i%t.grid > 0 && t.px[i-1] == v {
			l = t.root(t.parts[i-1])
		}
		if i >= t.grid && t.px[i-t.grid] == v {
			u = t.root(t.parts[i-t.grid])
		}
		switch {
		case l < 0 && u < 0:
			l = int32(len(t.union))
			t.union = append(t.union, l)
		case l < 0:
			l = u
		case u >= 0 && u != l:
			t.union[max(l, u)] = min(l, u)
			l = min(l, u)
		}
		t.parts[i] = l
	}
}

func (t *tracer) root(i int32) int32 {
	for t.union[i] != i {
		t.union[i] = t.union[t.union[i]]
		i = t.union[i]
	}
	return i
}

// value is a pixel of the grid, 0 outside of it.
func (t *tracer) value(x, y int) uint16 {
	if x < 0 || y < 0 || x >= t.grid || y >= t.grid {
		return 0
	}
	return t.px[y*t.grid+x]
}

// around are the pixels around a corner: north-west, north-east, south-east,
// south-west.
func (t *tracer) around(x, y int) [4]uint16 {
	if x > 0 && y > 0 && x < t.grid && y < t.grid {
		i := y*t.grid + x
		return [4]uint16{t.px[i-t.grid-1], t.px[i-t.grid], t.px[i], t.px[i-1]}
	}
	return [4]uint16{t.value(x-1, y-1), t.value(x, y-1), t.value(x, y), t.value(x-1, y)}
}

// edges are the borders that leave a corner, a bit for each direction. The edge to
// the north lies between the pixels north-west and north-east, and so around.
func edges(a [4]uint16) byte {
	var e byte
	for d := range 4 {
		if a[d] != a[(d+1)%4] {
			e |= 1 << d
		}
	}
	return e
}

// fixed reports whether arcs end at a corner: where more than two borders meet, where
// one goes straight across the tile's border, and where one turns at the tile's corner
// or at the end of what is drawn. One that turns elsewhere on the tile's border meets it
// in the middle of a step.
func (t *tracer) fixed(x, y int, e byte) bool {
	switch e {
	case 0:
		return false
	case 1<<north | 1<<south:
		return y == 1 || y == t.grid-1
	case 1<<east | 1<<west:
		return x == 1 || x == t.grid-1
	case 1<<north | 1<<east, 1<<east | 1<<south, 1<<south | 1<<west, 1<<west | 1<<north:
		end := x == 0 || y == 0 || x == t.grid || y == t.grid
		return end || (x == 1 || x == t.grid-1) && (y == 1 || y == t.grid-1)
	}
	return true
}

// borders finds the borders that leave each corner.
func (t *tracer) borders() {
	t.edges = slices.Grow(t.edges[:0], t.corners*t.corners)[:t.corners*t.corners]
	clear(t.edges)
	t.bound = t.bound[:0]
	for y := range t.corners {
		for x := range t.corners {
			if x > 0 && x < t.grid && y > 0 && y < t.grid { // most lie amid equal pixels
				i := y*t.grid + x
				if v := t.px[i]; t.px[i-1] == v && t.px[i-t.grid] == v && t.px[i-t.grid-1] == v {
					continue
				}
			}
			if e := edges(t.around(x, y)); e != 0 {
				t.edges[y*t.corners+x] = e
				t.bound = append(t.bound, int32(y*t.corners+x))
			}
		}
	}
}

// follow finds the arcs: first those between fixed corners, then the loops.
func (t *tracer) follow() {
	t.done = slices.Grow(t.done[:0], t.corners*t.corners)[:t.corners*t.corners]
	clear(t.done)
	t.arcs = t.arcs[:0]
	for _, loops := range [2]bool{false, true} {
		for _, c := range t.bound {
			x, y := int(c)%t.corners, int(c)/t.corners
			e := t.edges[c]
			if !loops && !t.fixed(x, y, e) {
				continue
			}
			for d := range 4 {
				if e&^t.done[c]&(1<<d) != 0 {
					t.arc(x, y, d, loops)
				}
			}
		}
	}
}

// step is the neighbour of a corner in a direction.
func step(x, y, d int) (int, int) {
	switch d {
	case north:
		return x, y - 1
	case east:
		return x + 1, y
	case south:
		return x, y + 1
	}
	return x - 1, y
}

// at is a corner of the grid in units of the tile.
func (t *tracer) at(x, y int) Unit { return Unit{X: t.along(x), Y: t.along(y)} }

func (t *tracer) along(i int) int32 {
	switch i {
	case 0:
		return -beyond
	case t.corners - 1:
		return extent + beyond
	}
	return int32(i-1) * t.pixel
}

// arc follows the border that leaves a corner in a direction to its end.
func (t *tracer) arc(x, y, d int, loop bool) {
	a := arc{from: int32(y*t.corners + x), exit: uint8(d), loop: loop}
	around := t.around(x, y)
	// Looking along the edge: the pixel before it, clockwise, is on the left.
	a.left, a.right = around[d], around[(d+1)%4]
	a.leftAt, a.rightAt = t.beside(x, y, d), t.beside(x, y, (d+1)%4)
	t.line = append(t.line[:0], t.at(x, y))
	for {
		t.done[y*t.corners+x] |= 1 << d
		x, y = step(x, y, d)
		back := (d + 2) % 4
		t.done[y*t.corners+x] |= 1 << back
		t.line = append(t.line, t.at(x, y))
		here := int32(y*t.corners + x)
		e := t.edges[here]
		if loop && here == a.from || !loop && t.fixed(x, y, e) {
			a.to, a.enter = here, uint8(back)
			break
		}
		for k := range 4 {
			if k != back && e&(1<<k) != 0 {
				d = k
				break
			}
		}
	}
	a.full = t.shape.smooth(t.line, loop)
	t.arcs = append(t.arcs, a)
}

// beside is the place on the grid of the k-th pixel around a corner, -1 outside.
func (t *tracer) beside(x, y, k int) int32 {
	if k == 0 || k == 3 {
		x--
	}
	if k < 2 {
		y--
	}
	if x < 0 || y < 0 || x >= t.grid || y >= t.grid {
		return -1
	}
	return int32(y*t.grid + x)
}
