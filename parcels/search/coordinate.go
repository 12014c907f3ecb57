package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/spatial/spot"
)

// around is how far the box of a typed place reaches to each side, metres.
const around = 50

// coordinate reads a query that is a place in numbers: the place as it was read,
// and the parcel there. False where the query is none.
func (s *search) coordinate(q string, o Options) ([]Result, bool) {
	at, ok := spot.Read(q, s.v.Place())
	if !ok {
		return nil, false
	}
	r := Result{Kind: KindCoordinate, Title: at.Text(o.Lang), Point: at.At, BBox: geo.NewBoundAroundPoint(at.At, around)}
	out := []Result{}
	var hits []index.Item
	for it := range s.v.At(parcels.LayerName, at.At) {
		hits = append(hits, it)
	}
	switch {
	case len(hits) > 0:
		// The same of several as the card of the place is of.
		it := slices.MinFunc(hits, func(a, b index.Item) int {
			return cmp.Or(cmp.Compare(a.Area(), b.Area()), cmp.Compare(a.ID(), b.ID()))
		})
		p := s.result(candidate{name: name{kind: kindParcel, id: it.ID()}, item: it}, o.Lang)
		r.Subtitle = p.Title
		if s.want[kindParcel] {
			out = append(out, p)
		}
	case s.v.Place().Outside(at.At):
		r.Subtitle = pick(o.Lang, "Ngoài khu vực", "Outside the area")
	default:
		r.Subtitle = pick(o.Lang, "Không có thửa đất tại đây", "No parcel here")
	}
	if s.want[kindCoordinate] {
		out = slices.Insert(out, 0, r)
	}
	return out[:min(len(out), o.Limit)], true
}

// mostVertices bounds the shapes that a point inside is worked out for.
const mostVertices = 5000

// pointOf is a point to show a record by: the middle of its box, or where that lies
// beside an area, a point inside it.
func pointOf(it index.Item) orb.Point {
	c := it.Box().Center()
	switch g := it.Geometry().(type) {
	case orb.Polygon:
		c = inside(g, c, len(g) > 0 && planar.PolygonContains(g, c))
	case orb.MultiPolygon:
		c = inside(g, c, planar.MultiPolygonContains(g, c))
	}
	return rounded(c)
}

func inside(g orb.Geometry, c orb.Point, contained bool) orb.Point {
	if contained || vertices(g) > mostVertices {
		return c
	}
	if p, err := overlay.InteriorPoint(g); err == nil {
		return p
	}
	return c
}

func vertices(g orb.Geometry) int {
	n := 0
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			n += len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			n += vertices(p)
		}
	}
	return n
}

// nearestOn is the vertex of a line nearest to p.
func nearestOn(g orb.Geometry, p orb.Point) orb.Point {
	best, far := p, math.Inf(1)
	consider := func(l orb.LineString) {
		for _, v := range l {
			if d := distance(p, orb.Bound{Min: v, Max: v}); d < far {
				best, far = v, d
			}
		}
	}
	switch g := g.(type) {
	case orb.LineString:
		consider(g)
	case orb.MultiLineString:
		for _, l := range g {
			consider(l)
		}
	}
	return best
}

func rounded(p orb.Point) orb.Point {
	return orb.Point{math.Round(p[0]*1e9) / 1e9, math.Round(p[1]*1e9) / 1e9}
}
