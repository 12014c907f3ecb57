package overlay

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"

	"github.com/langbiang/langbiang/spatial"
)

// SplitByLine cuts a polygon (or several) along a line (or several) and gives the
// pieces in the order of Intersection. Parts of the line that do not cut through,
// such as loose ends, leave no trace; where nothing is cut the polygon comes back
// in one piece. The pieces' areas add up to the polygon's. Errors: overlay.failed
// as of Intersection, with reason "notAPolygon", "notALine", or "piecesDoNotAddUp".
func SplitByLine(polygon, line orb.Geometry) ([]orb.Polygon, error) {
	const name = "split"
	if err := check(name, polygon, line); err != nil {
		return nil, err
	}
	refuse := func(kind spatial.Kind, reason string) error {
		return &spatial.Error{Op: "overlay", Kind: kind, Code: "overlay.failed", Args: map[string]any{"operation": name, "reason": reason}}
	}
	whole := polygonsOf(polygon, nil)
	if len(whole) == 0 || !areal(polygon) {
		return nil, refuse(spatial.Invalid, "notAPolygon")
	}
	if dimension(line) != 1 {
		return nil, refuse(spatial.Invalid, "notALine")
	}
	borders := make(orb.MultiLineString, 0, len(whole))
	for _, p := range whole {
		for _, r := range p {
			if len(r) > 0 {
				borders = append(borders, orb.LineString(r))
			}
		}
	}
	line, err := settled(line)
	if err != nil {
		return nil, err
	}
	noded, err := operate(name, geom.Union, borders, line)
	if err != nil {
		return nil, err
	}
	pieces := parts{}
	sum := 0.0
	for _, face := range faces(noded.lines) {
		p, ok := inPolygon(face)
		if !ok || locateAll(p, whole) <= 0 {
			continue
		}
		pieces.polygons = append(pieces.polygons, face)
		sum += area(face)
	}
	if want := area(whole); math.Abs(sum-want) > 1e-4+1e-9*want {
		return nil, refuse(spatial.Internal, "piecesDoNotAddUp")
	}
	switch g := pieces.of(2).(type) {
	case orb.Polygon:
		return []orb.Polygon{g}, nil
	case orb.MultiPolygon:
		return g, nil
	}
	return nil, nil
}

// Faces is the areas that lines enclose which meet at their points alone, as
// polygons without overlaps, the least first; a face within a face is a hole of
// it. Loose ends and lines that border the same face on both sides leave no trace.
// Lines that cross between their points give faces that are not valid.
func Faces(lines orb.MultiLineString) []orb.Polygon { return faces(lines) }

// planar is a graph of straight segments that meet at their ends alone: for each
// point its neighbours, counter-clockwise by direction.
type planar map[orb.Point][]orb.Point

// faces is the areas that lines, already cut where they meet, enclose.
func faces(lines orb.MultiLineString) []orb.Polygon {
	g := planar{}
	for _, l := range lines {
		for i := 1; i < len(l); i++ {
			g.link(l[i-1], l[i])
		}
	}
	for p := range g {
		g.trim(p)
	}
	g.sort()
	rings, bridges := g.trace()
	for len(bridges) > 0 {
		for _, b := range bridges {
			g.unlink(b[0], b[1])
		}
		rings, bridges = g.trace()
	}
	return nest(rings)
}

func (g planar) link(a, b orb.Point) {
	if a != b && !slices.Contains(g[a], b) {
		g[a], g[b] = append(g[a], b), append(g[b], a)
	}
}

func (g planar) unlink(a, b orb.Point) {
	is := func(q orb.Point) func(orb.Point) bool { return func(p orb.Point) bool { return p == q } }
	g[a], g[b] = slices.DeleteFunc(g[a], is(b)), slices.DeleteFunc(g[b], is(a))
}

// trim takes off the loose end at p, as far back as it is loose.
func (g planar) trim(p orb.Point) {
	for len(g[p]) == 1 {
		q := g[p][0]
		g.unlink(p, q)
		p = q
	}
}

func (g planar) sort() {
	for p, around := range g {
		upper := func(q orb.Point) bool { return q[1] > p[1] || q[1] == p[1] && q[0] > p[0] }
		slices.SortFunc(around, func(a, b orb.Point) int {
			if ua, ub := upper(a), upper(b); ua != ub {
				if ua {
					return -1
				}
				return 1
			}
			return -orient(p, a, b)
		})
	}
}

// trace walks round every face, keeping it to the left, and gives the closed walks,
// and the segments that one walk passes in both directions: they border the same
// face on both sides.
func (g planar) trace() (rings []orb.Ring, bridges [][2]orb.Point) {
	starts := make([]orb.Point, 0, len(g))
	for p := range g {
		starts = append(starts, p)
	}
	slices.SortFunc(starts, before)
	walk := map[[2]orb.Point]int{}
	for _, s := range starts {
		for _, first := range g[s] {
			if walk[[2]orb.Point{s, first}] != 0 {
				continue
			}
			number := len(rings) + 1
			var ring orb.Ring
			for a, b := s, first; walk[[2]orb.Point{a, b}] == 0; {
				walk[[2]orb.Point{a, b}] = number
				if walk[[2]orb.Point{b, a}] == number {
					bridges = append(bridges, [2]orb.Point{a, b})
				}
				ring = append(ring, a)
				around := g[b]
				k := slices.Index(around, a)
				a, b = b, around[(k+len(around)-1)%len(around)]
			}
			rings = append(rings, append(ring, ring[0]))
		}
	}
	return rings, bridges
}

// nest makes polygons of closed walks: those that turn counter-clockwise are faces,
// each of the others is a hole in the smallest face round it, if there is one. A
// walk that meets itself at a point is cut there.
func nest(walks []orb.Ring) []orb.Polygon {
	var shells []orb.Polygon
	var holes []orb.Ring
	for _, w := range walks {
		for _, r := range loops(w) {
			switch a := signed(r); {
			case a > 0:
				shells = append(shells, orb.Polygon{r})
			case a < 0:
				holes = append(holes, r)
			}
		}
	}
	slices.SortStableFunc(shells, func(a, b orb.Polygon) int { return cmp.Compare(signed(a[0]), signed(b[0])) })
	boxes := make([]orb.Bound, len(shells))
	for i, s := range shells {
		boxes[i] = boxOf(s[0])
	}
	for _, h := range holes {
		b, size := boxOf(h), -signed(h)
		for i := range shells {
			if signed(shells[i][0]) > size && holds(boxes[i], b) && encloses(shells[i][0], h) {
				shells[i] = append(shells[i], h)
				break
			}
		}
	}
	return shells
}

// encloses reports whether a ring lies inside an outer one that it may touch.
func encloses(outer, ring orb.Ring) bool {
	c := checker{points: slices.Concat(outer[:len(outer)-1], ring[:len(ring)-1])}
	n := len(outer) - 1
	c.rings = []ringRange{{from: 0, to: n}, {from: n, to: len(c.points)}}
	return c.inside(1, 0)
}

// loops cuts a closed walk into rings that pass each point once.
func loops(w orb.Ring) []orb.Ring {
	var out []orb.Ring
	var path orb.Ring
	at := map[orb.Point]int{}
	for _, p := range w {
		if k, ok := at[p]; ok {
			out = append(out, append(slices.Clone(path[k:]), p))
			for _, q := range path[k+1:] {
				delete(at, q)
			}
			path = path[:k+1]
			continue
		}
		at[p] = len(path)
		path = append(path, p)
	}
	return out
}
