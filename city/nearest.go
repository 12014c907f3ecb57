package city

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geo"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// Near is a parcel near to a place.
type Near struct {
	ID        uint64
	Reference parcels.Reference
	Use       string
	Address   string
	Distance  float64 // to its nearest edge, m; 0 inside
}

// Nearest are the parcels nearest to p (WGS 84), at most so many (one at least), the
// nearest first, then by id. It looks 30 m far, then 150, 600 and 2,500, and is content with the
// first of these within which there is any.
func Nearest(v index.View, p orb.Point, most int) []Near {
	type hit struct {
		item index.Item
		far  float64 // at least
	}
	most = max(most, 1)
	scale := metresPerDegree(p[1])
	for _, reach := range []float64{30, 150, 600, 2500} {
		var hits []hit
		for it := range v.Within(parcels.LayerName, geo.NewBoundAroundPoint(p, reach)) {
			b := it.Box()
			corner := orb.Point{min(max(p[0], b.Min[0]), b.Max[0]), min(max(p[1], b.Min[1]), b.Max[1])}
			hits = append(hits, hit{it, math.Hypot((corner[0]-p[0])*scale[0], (corner[1]-p[1])*scale[1])})
		}
		slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(a.item.ID(), b.item.ID())) })
		// Boxes come nearest first: once one is farther than the last parcel kept, so
		// are all shapes after it.
		var near []Near
		for _, h := range hits {
			if len(near) == most && h.far > near[most-1].Distance {
				break
			}
			d := distanceTo(h.item.Geometry(), p, scale)
			if d > reach {
				continue
			}
			a := parcels.Read(h.item.ID(), h.item.Area(), h.item)
			near = append(near, Near{ID: a.ID, Reference: a.Reference, Use: h.item.Attr("use").Text(), Address: a.Address, Distance: d})
			slices.SortFunc(near, func(a, b Near) int { return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID)) })
			near = near[:min(len(near), most)]
		}
		if len(near) > 0 {
			return near
		}
	}
	return nil
}

// metresPerDegree are the lengths of a degree of longitude and of latitude at a
// latitude: π/180 times the prime vertical radius times its cosine, and times the
// meridional radius, on the ellipsoid WGS 84.
func metresPerDegree(lat float64) orb.Point {
	const a, e2 = 6378137.0, 0.00669437999014
	sin, cos := math.Sincos(lat * math.Pi / 180)
	w := math.Sqrt(1 - e2*sin*sin)
	return orb.Point{a / w * cos * math.Pi / 180, a * (1 - e2) / (w * w * w) * math.Pi / 180}
}

// distanceTo is how far an area's nearest edge is from p, m, on the plane that
// touches the earth there; 0 inside.
func distanceTo(g orb.Geometry, p, scale orb.Point) float64 {
	var all orb.MultiPolygon
	switch g := g.(type) {
	case orb.Polygon:
		all = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		all = g
	}
	if planar.MultiPolygonContains(all, p) {
		return 0
	}
	least := math.Inf(1)
	for _, poly := range all {
		for _, ring := range poly {
			for i := 1; i < len(ring); i++ {
				a := orb.Point{(ring[i-1][0] - p[0]) * scale[0], (ring[i-1][1] - p[1]) * scale[1]}
				b := orb.Point{(ring[i][0] - p[0]) * scale[0], (ring[i][1] - p[1]) * scale[1]}
				least = min(least, planar.DistanceFromSegment(a, b, orb.Point{}))
			}
		}
	}
	return least
}
