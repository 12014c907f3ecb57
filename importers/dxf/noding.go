package dxf

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/paulmach/orb"
)

// grid is the step that borders are cut and joined on: 1 mm.
const grid = 0.001

// Bounds of a drawing's borders.
const (
	mostSpan   = 1 << 29     // steps of the grid, so that products stay exact in 64 bits
	mostTests  = 400_000_000 // pairs looked at
	mostPieces = 4_000_000
	mostDegree = 4096 // borders that meet in a point
)

// node is a point of the grid, from the noder's origin.
type node struct{ x, y int64 }

func (a node) compare(b node) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) }

// noder cuts lines where they meet, by snap rounding: every end and every crossing
// is a point of the grid, and a line that passes within half a step of such a
// point passes through it. What comes out meets at ends alone.
type noder struct {
	origin orb.Point
	places map[node]orb.Point // what was drawn there first
	segs   [][2]node
	most   int // pieces
	tests  int
}

// collect takes in lines; false where they span too far for the grid.
func (n *noder) collect(lines [][]orb.Point) bool {
	n.places = map[node]orb.Point{}
	if len(lines) == 0 {
		return true
	}
	b := orb.Bound{Min: lines[0][0], Max: lines[0][0]}
	for _, l := range lines {
		for _, p := range l {
			b = b.Extend(p)
		}
	}
	n.origin = orb.Point{math.Floor(b.Min[0]), math.Floor(b.Min[1])}
	if !((b.Max[0]-b.Min[0])/grid < mostSpan && (b.Max[1]-b.Min[1])/grid < mostSpan) {
		return false
	}
	for _, l := range lines {
		var last node
		for i, p := range l {
			k := node{int64(math.Round((p[0] - n.origin[0]) / grid)), int64(math.Round((p[1] - n.origin[1]) / grid))}
			if _, ok := n.places[k]; !ok {
				n.places[k] = p
			}
			if i > 0 && k != last {
				n.segs = append(n.segs, ordered(last, k))
			}
			last = k
		}
	}
	n.segs = unique(n.segs)
	return true
}

func ordered(a, b node) [2]node {
	if a.compare(b) > 0 {
		a, b = b, a
	}
	return [2]node{a, b}
}

func unique(segs [][2]node) [][2]node {
	slices.SortFunc(segs, func(a, b [2]node) int { return cmp.Or(a[0].compare(b[0]), a[1].compare(b[1])) })
	return slices.Compact(segs)
}

// place is where a node lies: as it was drawn, or on the grid.
func (n *noder) place(k node) orb.Point {
	if p, ok := n.places[k]; ok {
		return p
	}
	return orb.Point{n.origin[0] + float64(k.x)*grid, n.origin[1] + float64(k.y)*grid}
}

// entry is a segment or a point in a square of the plane.
type entry struct {
	x, y int64
	i    int32
}

func (a entry) compare(b entry) int {
	return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y), cmp.Compare(a.i, b.i))
}

func (a entry) place(b entry) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y, b.y)) }

// walk calls f for each square of a width that a segment may pass, or come within
// a step of, until f says no.
func walk(s [2]node, step int64, f func(x, y int64) bool) {
	const pad = 1
	x0, x1 := floorDiv(s[0].x-pad, step), floorDiv(s[1].x+pad, step)
	dx, dy := float64(s[1].x-s[0].x), float64(s[1].y-s[0].y)
	for x := x0; x <= x1; x++ {
		lo, hi := float64(min(s[0].y, s[1].y)), float64(max(s[0].y, s[1].y))
		if dx != 0 && x0 != x1 {
			// The heights at which the segment enters and leaves the column.
			at := func(x int64) float64 {
				return float64(s[0].y) + dy*math.Max(0, math.Min(1, float64(x-s[0].x)/dx))
			}
			a, b := at(x*step-pad), at((x+1)*step+pad)
			lo, hi = math.Min(a, b), math.Max(a, b)
		}
		for y := floorDiv(int64(math.Floor(lo))-pad, step); y <= floorDiv(int64(math.Ceil(hi))+pad, step); y++ {
			if !f(x, y) {
				return
			}
		}
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// spread puts all segments into squares about as wide as a segment is long on
// average, wider where that would make too many, and gives the width.
func spread(segs [][2]node) ([]entry, int64) {
	sum, longest := 0.0, int64(0)
	for _, s := range segs {
		w, h := s[1].x-s[0].x, max(s[1].y-s[0].y, s[0].y-s[1].y)
		sum += float64(w + h)
		longest = max(longest, w, h)
	}
	step := max(16, int64(sum/float64(max(1, len(segs)))), longest>>12)
	most := 8*len(segs) + 1<<16
	for {
		out := make([]entry, 0, 3*len(segs))
		for i, s := range segs {
			walk(s, step, func(x, y int64) bool {
				out = append(out, entry{x, y, int32(i)})
				return len(out) <= most
			})
			if len(out) > most {
				break
			}
		}
		if len(out) <= most {
			slices.SortFunc(out, entry.compare)
			return out, step
		}
		step *= 4
	}
}

// squares calls f with the entries of each square.
func squares(in []entry, f func([]entry) bool) bool {
	for from := 0; from < len(in); {
		to := from + 1
		for to < len(in) && in[to].place(in[from]) == 0 {
			to++
		}
		if !f(in[from:to]) {
			return false
		}
		from = to
	}
	return true
}

// cut gives the pieces; ok is false where the lines are too dense. Rounding can
// make pieces cross that did not, so it goes on until nothing changes.
func (n *noder) cut() (pieces [][2]node, ok bool) {
	for range mostRounds {
		pieces, ok = n.round()
		if !ok || slices.Equal(pieces, n.segs) {
			return pieces, ok
		}
		n.segs = pieces
	}
	return pieces, ok
}

const mostRounds = 8

func (n *noder) round() ([][2]node, bool) {
	if len(n.segs) > n.most {
		return nil, false
	}
	in, step := spread(n.segs)
	points := make([]node, 0, 2*len(n.segs))
	for _, s := range n.segs {
		points = append(points, s[0], s[1])
	}
	enough := squares(in, func(square []entry) bool {
		if n.tests += len(square) * len(square) / 2; n.tests > mostTests || len(points) > 4*n.most {
			return false
		}
		for i, s := range square {
			for _, t := range square[:i] {
				if k, yes := crossing(n.segs[s.i], n.segs[t.i]); yes {
					points = append(points, k)
				}
			}
		}
		return true
	})
	if !enough {
		return nil, false
	}
	slices.SortFunc(points, node.compare)
	points = slices.Compact(points)
	stands := make([]entry, len(points))
	for i, k := range points {
		stands[i] = entry{floorDiv(k.x, step), floorDiv(k.y, step), int32(i)}
	}
	slices.SortFunc(stands, entry.compare)

	// Each segment through the points on its way: both stand in the same square.
	type meeting struct{ seg, point int32 }
	var ways []meeting
	at := 0
	enough = squares(in, func(square []entry) bool {
		for at < len(stands) && stands[at].place(square[0]) < 0 {
			at++
		}
		end := at
		for end < len(stands) && stands[end].place(square[0]) == 0 {
			end++
		}
		if n.tests += len(square) * (end - at); n.tests > mostTests || len(ways) > 4*n.most {
			return false
		}
		for _, s := range square {
			for _, p := range stands[at:end] {
				if touches(n.segs[s.i], points[p.i]) {
					ways = append(ways, meeting{s.i, p.i})
				}
			}
		}
		at = end
		return true
	})
	if !enough {
		return nil, false
	}
	slices.SortFunc(ways, func(a, b meeting) int { return cmp.Compare(a.seg, b.seg) })
	pieces := make([][2]node, 0, len(ways))
	var way []node
	for i := 0; i < len(ways); {
		seg := ways[i].seg
		for way = way[:0]; i < len(ways) && ways[i].seg == seg; i++ {
			way = append(way, points[ways[i].point])
		}
		sortAlong(n.segs[seg], way)
		for k := 1; k < len(way); k++ {
			if way[k] != way[k-1] {
				pieces = append(pieces, ordered(way[k-1], way[k]))
			}
		}
	}
	return unique(pieces), true
}

// sortAlong orders points by their place along a segment.
func sortAlong(s [2]node, way []node) {
	dx, dy := s[1].x-s[0].x, s[1].y-s[0].y
	slices.SortFunc(way, func(a, b node) int {
		return cmp.Or(cmp.Compare((a.x-s[0].x)*dx+(a.y-s[0].y)*dy, (b.x-s[0].x)*dx+(b.y-s[0].y)*dy), a.compare(b))
	})
}

// crossing is the point of the grid next to where two segments cross inside both.
func crossing(s, t [2]node) (node, bool) {
	side := func(a, b, p node) int64 { return (b.x-a.x)*(p.y-a.y) - (b.y-a.y)*(p.x-a.x) }
	a, b := side(s[0], s[1], t[0]), side(s[0], s[1], t[1])
	if a == 0 || b == 0 || a > 0 == (b > 0) {
		return node{}, false // ends that touch are points already
	}
	c, d := side(t[0], t[1], s[0]), side(t[0], t[1], s[1])
	if c == 0 || d == 0 || c > 0 == (d > 0) {
		return node{}, false
	}
	return node{s[0].x + share(c, d, s[1].x-s[0].x), s[0].y + share(c, d, s[1].y-s[0].y)}, true
}

// share is the part c/(c-d) of w, rounded half up, without an error: two lines that
// cross between four points of the grid must fall on the same one. c and d are of
// different signs.
func share(c, d, w int64) int64 {
	u, whole := uint64(max(c, -c)), uint64(max(c, -c)+max(d, -d))
	hi, lo := bits.Mul64(u, 2*uint64(max(w, -w)))
	add := whole
	if w < 0 {
		add-- // half up is towards zero here
	}
	lo, carry := bits.Add64(lo, add, 0)
	q, _ := bits.Div64(hi+carry, lo, 2*whole)
	if w < 0 {
		return -int64(q)
	}
	return int64(q)
}

// touches reports whether a segment passes the square of half a step round a
// point: with its left and lower sides, without the others, so that each place is
// in one square.
func touches(s [2]node, p node) bool {
	if p == s[0] || p == s[1] {
		return true
	}
	// In half steps, so that the square's corners are whole numbers.
	ax, ay := 2*(s[0].x-p.x), 2*(s[0].y-p.y)
	bx, by := 2*(s[1].x-p.x), 2*(s[1].y-p.y)
	if min(ax, bx) > 1 || max(ax, bx) < -1 || min(ay, by) > 1 || max(ay, by) < -1 {
		return false
	}
	dx, dy := bx-ax, by-ay
	// The corners' sides of the line: all the same where it passes by. The right and
	// the upper corners are less than any number nearer, which counts where the line
	// goes through where they were.
	left, right := 0, 0
	for _, c := range [4][2]int64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		v := dx*(c[1]-ay) - dy*(c[0]-ax)
		if v == 0 {
			if c[1] > 0 {
				v -= dx
			}
			if c[0] > 0 {
				v += dy
			}
		}
		if v > 0 {
			left++
		} else if v < 0 {
			right++
		}
	}
	return left < 4 && right < 4
}

// trim takes off pieces with a loose end, as far back as they are loose, and gives
// what is left with the ends that were loose first; false where too many meet in
// one point.
func trim(pieces [][2]node) (kept [][2]node, loose []node, ok bool) {
	around := map[node][]int32{}
	for i, p := range pieces {
		around[p[0]] = append(around[p[0]], int32(i))
		around[p[1]] = append(around[p[1]], int32(i))
	}
	degree := make(map[node]int, len(around))
	var free []node
	for k, in := range around {
		degree[k] = len(in)
		if len(in) == 1 {
			free = append(free, k)
		}
	}
	slices.SortFunc(free, node.compare)
	loose = slices.Clone(free)
	gone := make([]bool, len(pieces))
	for len(free) > 0 {
		k := free[len(free)-1]
		free = free[:len(free)-1]
		if degree[k] != 1 {
			continue
		}
		for _, i := range around[k] {
			if gone[i] {
				continue
			}
			gone[i] = true
			degree[k]--
			other := pieces[i][0]
			if other == k {
				other = pieces[i][1]
			}
			if degree[other]--; degree[other] == 1 {
				free = append(free, other)
			}
		}
	}
	for i, p := range pieces {
		if !gone[i] {
			kept = append(kept, p)
		}
	}
	for _, d := range degree {
		if d > mostDegree {
			return nil, nil, false
		}
	}
	return kept, loose, true
}
