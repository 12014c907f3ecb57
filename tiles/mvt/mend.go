package mvt

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// Rounding to the grid can push a corner across an edge beside it, and cutting at
// the tile's border leaves edges that lie on each other. whole tells such shapes,
// and mend makes them so: what the rings wind around once or more stays, what
// turned over or has no width goes.

// segment is one edge of a ring, and where it stands.
type segment struct {
	a, b point
	ring int
	at   int // in its ring, of
	of   int
}

func cross(o, a, b point) int64 {
	return (int64(a.x)-int64(o.x))*(int64(b.y)-int64(o.y)) - (int64(a.y)-int64(o.y))*(int64(b.x)-int64(o.x))
}

func sign(n int64) int { return cmp.Compare(n, 0) }

// whole reports whether open, tidy rings neither cross nor touch, each other or
// themselves, and each hole lies in the outer ring before it and in nothing else.
func (e *Encoder) whole(rings [][]point) bool { return e.simple(rings) && e.nested(rings) }

// extent is what nested looks at of a ring first.
type extent struct {
	lo, hi point
	outer  bool
}

func (e *Encoder) nested(rings [][]point) bool {
	if len(rings) == 1 {
		return true
	}
	all := e.extents[:0]
	for _, r := range rings {
		x := extent{r[0], r[0], signedArea(r) > 0}
		for _, p := range r {
			x.lo, x.hi = point{min(x.lo.x, p.x), min(x.lo.y, p.y)}, point{max(x.hi.x, p.x), max(x.hi.y, p.y)}
		}
		all = append(all, x)
	}
	e.extents = all
	own := -1 // the outer ring that holes follow
	for i, r := range rings {
		// Of rings that do not meet, one place tells where all of it lies: an outer ring
		// in none, a hole in its own outer ring.
		want, p := 0, r[0]
		if all[i].outer {
			own = i
		} else if want = 1; own < 0 {
			return false
		}
		for k, x := range all {
			if k == i || p.x < x.lo.x || p.x > x.hi.x || p.y < x.lo.y || p.y > x.hi.y || !around(rings[k], r[0], r[1]) {
				continue
			}
			if k != own || all[i].outer {
				return false
			}
			want--
		}
		if want != 0 {
			return false
		}
	}
	return true
}

// simple reports whether rings neither cross nor touch, each other or themselves.
func (e *Encoder) simple(rings [][]point) bool {
	if len(rings) == 1 && convex(rings[0]) {
		return true
	}
	l := e.segments[:0]
	for i, r := range rings {
		for k, p := range r {
			l = append(l, segment{p, r[(k+1)%len(r)], i, k, len(r)})
		}
	}
	e.segments = l
	if len(l) > 24 {
		slices.SortFunc(l, func(s, t segment) int { return cmp.Compare(min(s.a.x, s.b.x), min(t.a.x, t.b.x)) })
	}
	for i := range l {
		s := &l[i]
		right, low, high := max(s.a.x, s.b.x), min(s.a.y, s.b.y), max(s.a.y, s.b.y)
		for k := i + 1; k < len(l); k++ {
			t := &l[k]
			if min(t.a.x, t.b.x) > right {
				if len(l) > 24 {
					break
				}
				continue
			}
			if max(t.a.x, t.b.x) < min(s.a.x, s.b.x) || min(t.a.y, t.b.y) > high || max(t.a.y, t.b.y) < low {
				continue
			}
			if s.ring == t.ring && ((s.at+1)%s.of == t.at || (t.at+1)%t.of == s.at) {
				continue // they share a corner, and tidy left no spikes
			}
			if sign(cross(t.a, t.b, s.a))*sign(cross(t.a, t.b, s.b)) <= 0 && sign(cross(s.a, s.b, t.a))*sign(cross(s.a, s.b, t.b)) <= 0 {
				return false
			}
		}
	}
	return true
}

// convex reports whether an open ring turns to one side alone and goes around once.
func convex(r []point) bool {
	n := len(r)
	side, turns := 0, 0
	a, b := r[n-2], r[n-1]
	east := b.x > a.x || b.x == a.x && b.y > a.y
	for _, c := range r {
		s := sign(cross(a, b, c))
		if side == 0 {
			side = s
		}
		if s == 0 || s != side {
			return false
		}
		if e := c.x > b.x || c.x == b.x && c.y > b.y; e != east {
			turns, east = turns+1, e
		}
		a, b = b, c
	}
	return turns <= 2
}

// edge is a directed edge of what is being mended.
type edge struct{ a, b point }

func less(a, b point) int { return cmp.Or(cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x)) }

// mostRounds bounds how often crossings are looked for again: each round puts new
// corners on the grid, and edges move by less than a unit for it.
const mostRounds = 64

// mend gives the rings of the ground that these wind around once or more: outer
// rings have an area above zero, each followed by its holes. The rings come wound
// like that, and may cross. None where nothing is left.
func mend(rings [][]point) [][]point {
	var edges []edge
	for _, r := range rings {
		for i, p := range r {
			edges = append(edges, edge{p, r[(i+1)%len(r)]})
		}
	}
	done := false
	for range mostRounds {
		if edges, done = node(edges); done {
			break
		}
	}
	if !done {
		return nil
	}
	return nest(trace(border(edges)))
}

// node splits edges where they meet others; true where none did.
func node(edges []edge) ([]edge, bool) {
	slices.SortFunc(edges, func(s, t edge) int {
		return cmp.Or(cmp.Compare(min(s.a.x, s.b.x), min(t.a.x, t.b.x)), less(s.a, t.a), less(s.b, t.b))
	})
	splits := map[int][]point{}
	split := func(i int, p point) {
		if p != edges[i].a && p != edges[i].b {
			splits[i] = append(splits[i], p)
		}
	}
	for i, s := range edges {
		right, low, high := max(s.a.x, s.b.x), min(s.a.y, s.b.y), max(s.a.y, s.b.y)
		for k := i + 1; k < len(edges) && min(edges[k].a.x, edges[k].b.x) <= right; k++ {
			t := edges[k]
			if min(t.a.y, t.b.y) > high || max(t.a.y, t.b.y) < low {
				continue
			}
			sa, sb, ta, tb := sign(cross(t.a, t.b, s.a)), sign(cross(t.a, t.b, s.b)), sign(cross(s.a, s.b, t.a)), sign(cross(s.a, s.b, t.b))
			if sa*sb < 0 && ta*tb < 0 {
				p := crossing(s, t)
				split(i, p)
				split(k, p)
				continue
			}
			for _, m := range [4]struct {
				on, edge int
				p        point
			}{{ta, i, t.a}, {tb, i, t.b}, {sa, k, s.a}, {sb, k, s.b}} {
				if m.on == 0 && inBox(edges[m.edge], m.p) {
					split(m.edge, m.p)
				}
			}
		}
	}
	if len(splits) == 0 {
		return edges, true
	}
	out := make([]edge, 0, len(edges)+2*len(splits))
	for i, s := range edges {
		at := splits[i]
		along := func(p point) int64 {
			return (int64(p.x)-int64(s.a.x))*(int64(s.b.x)-int64(s.a.x)) + (int64(p.y)-int64(s.a.y))*(int64(s.b.y)-int64(s.a.y))
		}
		slices.SortFunc(at, func(p, q point) int { return cmp.Or(cmp.Compare(along(p), along(q)), less(p, q)) })
		from := s.a
		for _, p := range append(at, s.b) {
			if p != from {
				out = append(out, edge{from, p})
			}
			from = p
		}
	}
	return out, false
}

func inBox(e edge, p point) bool {
	return p.x >= min(e.a.x, e.b.x) && p.x <= max(e.a.x, e.b.x) && p.y >= min(e.a.y, e.b.y) && p.y <= max(e.a.y, e.b.y)
}

// crossing is where two edges cross, to the nearest unit.
func crossing(s, t edge) point {
	u := float64(cross(t.a, t.b, s.a))
	u /= u - float64(cross(t.a, t.b, s.b))
	// The conversions keep a compiler from joining the steps: every machine rounds alike.
	at := func(a, b int32) int32 { return int32(math.Floor(float64(a) + float64(u*float64(b-a)) + 0.5)) }
	return point{at(s.a.x, s.b.x), at(s.a.y, s.b.y)}
}

// border gives, of edges that meet at their ends alone, those that have ground wound
// around once or more on their left and none on their right. Left is where the area
// of a ring above zero lies.
func border(edges []edge) []edge {
	net := map[edge]int{}
	for _, e := range edges {
		if less(e.a, e.b) < 0 {
			net[e]++
		} else {
			net[edge{e.b, e.a}]--
		}
	}
	maps.DeleteFunc(net, func(_ edge, n int) bool { return n == 0 })
	up := slices.SortedFunc(maps.Keys(net), func(s, t edge) int { return cmp.Or(less(s.a, t.a), less(s.b, t.b)) })
	if len(up) == 0 {
		return nil
	}
	rows := rowsOf(up)
	var out []edge
	for _, e := range up {
		left := 0
		for _, k := range rows.at(int64(e.a.y) + int64(e.b.y)) {
			f := up[k]
			y := int64(e.a.y) + int64(e.b.y) // of the middle, doubled
			if f == e || 2*int64(f.a.y) > y || 2*int64(f.b.y) <= y {
				continue
			}
			// Is the middle of e on the right of f, which goes up?
			mx, my := int64(e.a.x)+int64(e.b.x)-2*int64(f.a.x), y-2*int64(f.a.y)
			if (int64(f.b.x)-int64(f.a.x))*my-(int64(f.b.y)-int64(f.a.y))*mx < 0 {
				left -= net[f]
			}
		}
		switch right := left - net[e]; {
		case left > 0 && right <= 0:
			out = append(out, e)
		case right > 0 && left <= 0:
			out = append(out, edge{e.b, e.a})
		}
	}
	return out
}

// rows finds the edges at a height without looking at all of them.
type rows struct {
	low, size int64 // doubled
	of        [][]int32
}

func rowsOf(up []edge) rows {
	low, high := int64(math.MaxInt64), int64(math.MinInt64)
	for _, e := range up {
		low, high = min(low, 2*int64(e.a.y)), max(high, 2*int64(e.b.y))
	}
	n := int64(math.Sqrt(float64(len(up)))) + 1
	r := rows{low: low, size: (high-low)/n + 1, of: make([][]int32, n)}
	for i, e := range up {
		for k := (2*int64(e.a.y) - low) / r.size; k <= (2*int64(e.b.y)-low)/r.size; k++ {
			r.of[k] = append(r.of[k], int32(i))
		}
	}
	return r
}

func (r rows) at(y int64) []int32 { return r.of[(y-r.low)/r.size] }

// trace joins directed edges to rings without a corner that repeats.
func trace(edges []edge) [][]point {
	from := map[point][]int{}
	for i, e := range edges {
		from[e.a] = append(from[e.a], i)
	}
	used := make([]bool, len(edges))
	var out [][]point
	for i := range edges {
		var path []point
		at := map[point]int{}
		for k := i; !used[k]; k = onward(edges, from[edges[k].b], edges[k]) {
			used[k] = true
			p := edges[k].a
			if was, again := at[p]; again { // a ring closes here: it goes off by itself
				out = append(out, slices.Clone(path[was:]))
				for _, q := range path[was:] {
					delete(at, q)
				}
				path = path[:was]
			}
			at[p] = len(path)
			path = append(path, p)
		}
		if len(path) > 0 {
			out = append(out, path)
		}
	}
	return out
}

// onward is the edge by which the border of the same ground goes on where e ends: the
// first clockwise from e's own way back.
func onward(edges []edge, choice []int, e edge) int {
	back := e.a
	half := func(p point) int { // 1 = up to half a turn, 2 = beyond
		if c := cross(e.b, back, p); c < 0 || c == 0 && dot(e.b, back, p) < 0 {
			return 1
		}
		return 2
	}
	best := choice[0]
	for _, k := range choice[1:] {
		p, q := edges[k].b, edges[best].b
		if h, g := half(p), half(q); h < g || h == g && cross(e.b, p, q) < 0 {
			best = k
		}
	}
	return best
}

func dot(o, a, b point) int64 {
	return (int64(a.x)-int64(o.x))*(int64(b.x)-int64(o.x)) + (int64(a.y)-int64(o.y))*(int64(b.y)-int64(o.y))
}

// nest puts each hole behind the outer ring that it lies in.
func nest(rings [][]point) [][]point {
	type outer struct {
		ring  []point
		area  int64
		holes [][]point
	}
	var outers []*outer
	var holes [][]point
	for _, r := range rings {
		if r = tidy(r); len(r) < 3 {
			continue
		}
		switch a := signedArea(r); {
		case a > 0:
			outers = append(outers, &outer{ring: r, area: a})
		case a < 0:
			holes = append(holes, r)
		}
	}
	for _, h := range holes {
		var in *outer
		for _, o := range outers {
			if (in == nil || o.area < in.area) && around(o.ring, h[0], h[1]) {
				in = o
			}
		}
		if in != nil {
			in.holes = append(in.holes, h)
		}
	}
	var out [][]point
	for _, o := range outers {
		out = append(append(out, o.ring), o.holes...)
	}
	return out
}

// around reports whether a ring goes around the middle of a and b.
func around(r []point, a, b point) bool {
	in := false
	x, y := int64(a.x)+int64(b.x), int64(a.y)+int64(b.y)
	for i, p := range r {
		q := r[(i+1)%len(r)]
		if (2*int64(p.y) <= y) == (2*int64(q.y) <= y) {
			continue
		}
		if p.y > q.y {
			p, q = q, p
		}
		if (int64(q.x)-int64(p.x))*(y-2*int64(p.y))-(int64(q.y)-int64(p.y))*(x-2*int64(p.x)) < 0 {
			in = !in
		}
	}
	return in
}
