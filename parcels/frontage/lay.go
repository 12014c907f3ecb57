package frontage

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
)

// Span is where an edge lies, longitude and latitude.
type Span struct {
	Line []orb.Point
	At   orb.Point // its middle, a little inside: the place for a mark
}

// NearRoad is a road near a parcel.
type NearRoad struct {
	index.Item
	Distance float64 // of its line from the parcel's outline, m
}

// Lay is how a parcel lies, with what a planner needs to correct it.
type Lay struct {
	Result
	Spans []Span     // of the edges
	Roads []NearRoad // that a mark can name: those within reach that have a code, the nearest first

	work *work
}

// Lay is how a parcel of the view lies, its edges to be pointed at.
func (f *Finder) Lay(v index.View, it index.Item) Lay {
	w := work{f: f, v: v, notes: map[string]bool{}}
	l := Lay{work: &w}
	l.Result = w.item(it)
	if len(l.Edges) == 0 {
		return l
	}
	for k := range l.Edges {
		l.Spans = append(l.Spans, w.span(k))
	}
	for r := range w.roadsNear(func(it index.Item) bool { return it.Attr("code").Text() != "" && street(it.Attr("class").Text()) }) {
		l.Roads = append(l.Roads, r)
	}
	slices.SortFunc(l.Roads, func(a, b NearRoad) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID(), b.ID()))
	})
	return l
}

// roadsNear gives those of the roads wanted that run within reach of the outline.
func (w *work) roadsNear(wanted func(index.Item) bool) iter.Seq[NearRoad] {
	return func(yield func(NearRoad) bool) {
		b := w.self.box.grown(reach)
		around := w.frame.bound(b)
		var lines []stretch
		for it := range w.v.Within(w.f.roads, around) {
			if !wanted(it) {
				continue
			}
			off := math.Inf(1)
			lines = w.f.lines.stretches(&w.frame, it, b, around, nil, lines[:0])
			for i := range w.pieces {
				for _, s := range lines {
					off = min(off, apart(w.pieces[i].a, w.pieces[i].b, s.a, s.b))
				}
			}
			if off <= reach && !yield(NearRoad{it, rounded(off, 10)}) {
				return
			}
		}
	}
}

// apart is how far two segments lie from each other.
func apart(a, b, c, d vec) float64 {
	if u, v := b.sub(a), d.sub(c); u.cross(c.sub(a))*u.cross(d.sub(a)) < 0 && v.cross(a.sub(c))*v.cross(b.sub(c)) < 0 {
		return 0
	}
	least := math.Inf(1)
	for _, x := range [...][3]vec{{a, c, d}, {b, c, d}, {c, a, b}, {d, a, b}} {
		_, e := nearest(x[0], x[1], x[2])
		least = min(least, e)
	}
	return least
}

// Edge is the edge that a mark at a place (WGS 84) would belong to; false where it would
// belong to none of this parcel's.
func (l *Lay) Edge(at orb.Point) (int, bool) {
	if len(l.Edges) == 0 || !slices.Contains(Owners(l.work.v, at), l.work.self.id) {
		return 0, false
	}
	edge, off := l.work.edgeAt(l.work.pieces, l.work.frame.in(at))
	return edge, off <= MarkReach+same
}

// span is where the edge k lies.
func (w *work) span(k int) Span {
	of := w.along(k)
	line := []vec{of[0].a}
	total := 0.0
	for i := range of {
		line = append(line, of[i].b)
		total += of[i].len()
	}
	var s Span
	for _, p := range line {
		s.Line = append(s.Line, w.placed(p))
	}
	left := total / 2
	i := 0
	for ; i+1 < len(of) && of[i].len() < left; i++ {
		left -= of[i].len()
	}
	mid := mix(of[i].a, of[i].b, left/max(of[i].len(), same))
	for _, in := range [...]float64{0.25, 0.1, 0.03, 0.01, 0} {
		p := mid.sub(of[i].u.right().mul(in))
		s.At = w.placed(p)
		if edge, _ := w.edgeAt(w.pieces, p); edge == k && slices.Contains(Owners(w.v, s.At), w.self.id) {
			break
		}
	}
	return s
}

// placed is a place in WGS 84, to 1e-9 degrees as shapes are.
func (w *work) placed(p vec) orb.Point {
	at := w.frame.out(p)
	return orb.Point{rounded(at[0], 1e9), rounded(at[1], 1e9)}
}

// along are the pieces of the edge k in their order.
func (w *work) along(k int) []piece {
	var out []piece
	byPart(w.pieces, func(lo, hi int) {
		n := hi - lo
		at := func(i int) *piece { return &w.pieces[lo+(i+n)%n] }
		first := -1 // where it begins; of one that goes all round anywhere
		for i := range n {
			if at(i).run == k && (at(i-1).run != k || first < 0) {
				if first = i; at(i-1).run != k {
					break
				}
			}
		}
		for i := first; first >= 0 && i < first+n && at(i).run == k; i++ {
			out = append(out, *at(i))
		}
	})
	return out
}
