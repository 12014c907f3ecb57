package coverage

import "slices"

const (
	// tolerance is how far, in units, a simplified border may lie from the smoothed
	// one where pixels are not coarser than they must be: three eighths of a pixel.
	tolerance = 3
	// small is up to how many edges of pixels a border around keeps its corners:
	// smoothing would take half of a single pixel away. One that lies at the tile's
	// border is smoothed all the same, since the tile beside cannot know that it is small.
	small = 16
	// bucket is the width, in units, of the squares that segments are sorted into.
	bucket  = 64
	buckets = (extent+2*beyond)/bucket + 1
)

// shaper smooths and simplifies borders. It keeps its memory.
type shaper struct {
	keep     []bool
	stack    [][2]int
	squares  [buckets * buckets][]segment
	restored []int32 // arcs that have their full form back and are not looked at yet
}

type segment struct {
	a, b Unit
	arc  int32
}

// smooth makes of a staircase the line through the middles of its steps. It passes
// through no other corner of pixels than its ends, so lines that part at one stay
// apart. Where it meets a line of the tile's border it has a corner, which hangs on the
// pixels to both sides of that place alone: the tile beside has it too.
func (s *shaper) smooth(line []Unit, loop bool) []Unit {
	out := make([]Unit, 0, 8)
	add := func(p Unit) {
		if n := len(out); n > 1 && straight(out[n-2], out[n-1], p) && onBorder(out[n-1])&^(onBorder(out[n-2])&onBorder(p)) == 0 {
			out[n-1] = p
			return
		}
		out = append(out, p)
	}
	switch {
	case loop && len(line)-1 <= small && !slices.ContainsFunc(line, func(p Unit) bool { return onBorder(p) != 0 }):
		for _, p := range line {
			add(p)
		}
		return out
	case !loop:
		add(line[0])
	}
	for i := 1; i < len(line); i++ {
		add(Unit{X: (line[i-1].X + line[i].X) / 2, Y: (line[i-1].Y + line[i].Y) / 2})
	}
	if loop {
		add(Unit{X: (line[0].X + line[1].X) / 2, Y: (line[0].Y + line[1].Y) / 2})
	} else {
		add(line[len(line)-1])
	}
	return out
}

// onBorder are the lines along the tile's border that a place lies on, a bit for each.
func onBorder(p Unit) (lines byte) {
	if p.X == 0 {
		lines = 1
	} else if p.X == extent {
		lines = 2
	}
	if p.Y == 0 {
		lines |= 4
	} else if p.Y == extent {
		lines |= 8
	}
	return lines
}

// straight reports whether b lies on the way from a to c.
func straight(a, b, c Unit) bool { return cross(a, b, c) == 0 && dot(b, a, c) <= 0 }

// cross is above zero where a → b → c turns clockwise on the screen.
func cross(a, b, c Unit) int64 {
	return int64(b.X-a.X)*int64(c.Y-a.Y) - int64(b.Y-a.Y)*int64(c.X-a.X)
}

// dot is that of the ways from p to a and to b.
func dot(p, a, b Unit) int64 {
	return int64(a.X-p.X)*int64(b.X-p.X) + int64(a.Y-p.Y)*int64(b.Y-p.Y)
}

// simplify gives each arc its short form. Where short forms would meet, the arcs
// concerned keep their full one, of which no two do.
func (s *shaper) simplify(arcs []arc, tolerance int32) {
	for i := range arcs {
		arcs[i].short = s.shorten(arcs[i].full, arcs[i].loop, tolerance)
	}
	s.sort(arcs)
	s.restored = s.restored[:0]
	for _, l := range s.squares {
		for i, g := range l {
			for _, h := range l[i+1:] {
				if (arcs[g.arc].shortened() || arcs[h.arc].shortened()) && meet(g, h) {
					s.restore(arcs, g.arc)
					s.restore(arcs, h.arc)
				}
			}
		}
	}
	// A full form may meet short ones in turn.
	for len(s.restored) > 0 {
		i := s.restored[len(s.restored)-1]
		s.restored = s.restored[:len(s.restored)-1]
		for k := 1; k < len(arcs[i].full); k++ {
			g := segment{arcs[i].full[k-1], arcs[i].full[k], i}
			g.over(func(square int) {
				for _, h := range s.squares[square] {
					if arcs[h.arc].shortened() && meet(g, h) {
						s.restore(arcs, h.arc)
					}
				}
			})
		}
	}
}

// restore gives an arc its full form back.
func (s *shaper) restore(arcs []arc, i int32) {
	if arcs[i].shortened() {
		arcs[i].short = arcs[i].full
		s.restored = append(s.restored, i)
	}
}

func (a *arc) shortened() bool { return len(a.short) < len(a.full) }

// shorten is a line without the points that lie within tolerance of what is left
// (Douglas and Peucker). A line around keeps the point furthest from its first, and
// each keeps those on the tile's border.
func (s *shaper) shorten(line []Unit, loop bool, tolerance int32) []Unit {
	n := len(line)
	if n < 3 || loop && n < 6 {
		return line
	}
	s.keep = slices.Grow(s.keep[:0], n)[:n]
	clear(s.keep)
	s.keep[0], s.keep[n-1] = true, true
	for i, p := range line {
		s.keep[i] = s.keep[i] || onBorder(p) != 0
	}
	if loop {
		far, most := 0, int64(0)
		for i, p := range line {
			if d := dot(line[0], p, p); d > most {
				far, most = i, d
			}
		}
		s.keep[far] = true
	}
	s.stack = s.stack[:0]
	kept, last := 1, 0
	for i := 1; i < n; i++ {
		if s.keep[i] {
			s.stack = append(s.stack, [2]int{last, i})
			kept++
			last = i
		}
	}
	for len(s.stack) > 0 {
		from, to := s.stack[len(s.stack)-1][0], s.stack[len(s.stack)-1][1]
		s.stack = s.stack[:len(s.stack)-1]
		at, most := -1, float64(tolerance*tolerance)
		for i := from + 1; i < to; i++ {
			if d := apart(line[i], line[from], line[to]); d > most {
				at, most = i, d
			}
		}
		if at >= 0 {
			s.keep[at] = true
			kept++
			s.stack = append(s.stack, [2]int{from, at}, [2]int{at, to})
		}
	}
	out := make([]Unit, 0, kept+1)
	for i, k := range s.keep {
		if k {
			out = append(out, line[i])
		}
	}
	if loop && (len(out) < 4 || twice(out[:len(out)-1]) == 0) {
		return line
	}
	return out
}

// apart is the square of the distance from p to the segment a, b.
func apart(p, a, b Unit) float64 {
	long := dot(a, b, b)
	if along := dot(a, p, b); along <= 0 || long == 0 {
		return float64(dot(a, p, p))
	} else if along >= long {
		return float64(dot(b, p, p))
	}
	c := float64(cross(a, b, p))
	return c * c / float64(long)
}

// sort puts the segments of short forms into the squares that their boxes touch.
func (s *shaper) sort(arcs []arc) {
	for i := range s.squares {
		s.squares[i] = s.squares[i][:0]
	}
	for i := range arcs {
		for k := 1; k < len(arcs[i].short); k++ {
			g := segment{arcs[i].short[k-1], arcs[i].short[k], int32(i)}
			g.over(func(square int) { s.squares[square] = append(s.squares[square], g) })
		}
	}
}

// over calls the squares that the box of a segment touches.
func (g segment) over(each func(square int)) {
	x0, x1 := square(min(g.a.X, g.b.X)), square(max(g.a.X, g.b.X))
	y0, y1 := square(min(g.a.Y, g.b.Y)), square(max(g.a.Y, g.b.Y))
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			each(y*buckets + x)
		}
	}
}

func square(v int32) int { return int(v+beyond) / bucket }

// meet reports whether two segments share a place other than one end of both.
func meet(g, h segment) bool {
	if max(g.a.X, g.b.X) < min(h.a.X, h.b.X) || max(h.a.X, h.b.X) < min(g.a.X, g.b.X) ||
		max(g.a.Y, g.b.Y) < min(h.a.Y, h.b.Y) || max(h.a.Y, h.b.Y) < min(g.a.Y, g.b.Y) {
		return false
	}
	if g.a == h.b || g.b == h.b {
		h.a, h.b = h.b, h.a
	}
	if g.b == h.a {
		g.a, g.b = g.b, g.a
	}
	if g.a == h.a { // one goes on along the other, or they are the same
		return cross(g.a, g.b, h.b) == 0 && dot(g.a, g.b, h.b) > 0
	}
	a, b := cross(g.a, g.b, h.a), cross(g.a, g.b, h.b)
	c, d := cross(h.a, h.b, g.a), cross(h.a, h.b, g.b)
	if a == 0 && b == 0 { // on one line, and their boxes touch
		return true
	}
	return (a <= 0 && b >= 0 || a >= 0 && b <= 0) && (c <= 0 && d >= 0 || c >= 0 && d <= 0)
}
