package quality

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/paulmach/orb"
)

// GapBounds say which strip between two shapes is a gap. Metres and m².
type GapBounds struct {
	Most  float64 // a wider one is ground of its own: a path, a ditch
	Least float64 // a narrower one is rounding
	Long  float64 // a shorter one is a corner
	Area  float64 // as is a smaller one
}

// Gap is a strip between two shapes that face each other and do not touch, which
// no third shape covers.
type Gap struct {
	A, B   int     // positions, A < B
	Width  float64 // m, where it is widest by its pieces' means
	Length float64 // m
	Area   float64 // m²
	At     orb.Point
}

// facing is how nearly parallel two edges face each other: the cosine of 10°.
const facing = 0.9848

// Gaps emits the gaps among shapes in rising order of (A, B). Edges that two shapes
// share, exactly or to Least, have none between them. Of a shape that is there
// several times the first counts. The only error is ctx's.
func Gaps(ctx context.Context, shapes []Shape, t GapBounds, progress func(done, total int), emit func(Gap)) error {
	if t.Most <= 0 {
		return nil
	}
	s := sweep{boxes: make([]orb.Bound, len(shapes)), skip: make([]bool, len(shapes))}
	first := make(map[[16]byte]bool, len(shapes))
	for i := range shapes {
		if edgesIn(shapes[i].Geometry) == 0 || first[shapes[i].Hash] {
			s.skip[i] = true
			continue
		}
		first[shapes[i].Hash] = true
		s.boxes[i] = shapes[i].Geometry.Bound().Pad(t.Most / 2)
	}
	var found []Gap
	var r relation
	err := s.run(ctx, progress, func(a, b int) {
		if a > b {
			a, b = b, a
		}
		w := meet(s.boxes[a], s.boxes[b]).Pad(t.Most / 2)
		if g, ok := r.gap(shapes[a].Geometry, shapes[b].Geometry, w, t); ok {
			g.A, g.B = a, b
			found = append(found, g)
		}
	})
	if err != nil {
		return err
	}
	if found, err = uncovered(ctx, s, shapes, found); err != nil {
		return err
	}
	slices.SortFunc(found, func(p, q Gap) int { return cmp.Or(cmp.Compare(p.A, q.A), cmp.Compare(p.B, q.B)) })
	for _, g := range found {
		emit(g)
	}
	return nil
}

// gap measures the strips between two shapes along the edges that face each other
// within w.
func (r *relation) gap(a, b orb.Geometry, w orb.Bound, t GapBounds) (Gap, bool) {
	r.a, r.b, r.tol = collect(r.a[:0], a, w), collect(r.b[:0], b, w), t.Most
	var g Gap
	for i := range r.a {
		e := &r.a[i]
		dx, dy := (e.q[0]-e.p[0])/e.long, (e.q[1]-e.p[1])/e.long
		for j := range r.b {
			o := &r.b[j]
			if r.apart(e, o) || e.p == o.q && e.q == o.p {
				continue
			}
			ox, oy := o.q[0]-o.p[0], o.q[1]-o.p[1]
			if dx*ox+dy*oy > -facing*o.long {
				continue
			}
			// Along e, and to its right, where its own ground is not: o's two ends.
			along := func(v orb.Point) (at, off float64) {
				return (v[0]-e.p[0])*dx + (v[1]-e.p[1])*dy, -turn(e.p, e.q, v) / e.long
			}
			at1, off1 := along(o.q)
			at2, off2 := along(o.p)
			from, to := math.Max(0, at1), math.Min(e.long, at2)
			if to-from <= t.Least || at2-at1 <= 0 {
				continue
			}
			off := func(x float64) float64 { return off1 + (off2-off1)*(x-at1)/(at2-at1) }
			d1, d2 := off(from), off(to)
			if d := (d1 + d2) / 2; d > t.Least && math.Max(d1, d2) <= t.Most && math.Min(d1, d2) >= -t.Least {
				g.Length += to - from
				g.Area += (to - from) * d
				if d > g.Width {
					m := (from + to) / 2
					g.Width, g.At = d, orb.Point{e.p[0] + m*dx + d/2*dy, e.p[1] + m*dy - d/2*dx}
				}
			}
		}
	}
	return g, g.Length >= t.Long && g.Area >= t.Area
}

// uncovered leaves out gaps whose middle another shape covers: a narrow parcel.
func uncovered(ctx context.Context, s sweep, shapes []Shape, found []Gap) ([]Gap, error) {
	if len(found) == 0 {
		return nil, nil
	}
	n := len(shapes)
	boxes, skip := slices.Clone(s.boxes), slices.Clone(s.skip)
	for _, g := range found {
		boxes = append(boxes, g.At.Bound().Pad(1e-6))
		skip = append(skip, false)
	}
	covered := make([]bool, len(found))
	err := sweep{boxes: boxes, skip: skip}.run(ctx, nil, func(a, b int) {
		if a > b {
			a, b = b, a
		}
		if a < n && b >= n && !covered[b-n] {
			covered[b-n] = inside(shapes[a].Geometry, found[b-n].At)
		}
	})
	out := found[:0]
	for i, g := range found {
		if !covered[i] {
			out = append(out, g)
		}
	}
	return out, err
}
