package queries_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func circle(c orb.Point, n int, radius float64) orb.Polygon {
	var r orb.Ring
	for i := range n {
		a := 2 * math.Pi * float64(i) / float64(n)
		r = append(r, orb.Point{c[0] + radius*math.Cos(a), c[1] + radius*math.Sin(a)})
	}
	return orb.Polygon{append(r, r[0])}
}

// naive is a query answered parcel by parcel and record by record, with nothing of
// the package: what it must come to.
type naive struct {
	t     testing.TB
	v     index.View
	known book
	to    crs.Transform
	shape map[uint64]orb.Geometry // by id, in the plane
}

func (n *naive) plane(it index.Item) orb.Geometry {
	g, ok := n.shape[it.ID()]
	if !ok {
		g = crs.Geometry(it.Geometry(), n.to)
		n.shape[it.ID()] = g
	}
	return g
}

func rings(g orb.Geometry) (out []orb.LineString) {
	switch g := g.(type) {
	case orb.Point:
		out = append(out, orb.LineString{g, g})
	case orb.LineString:
		out = append(out, g)
	case orb.MultiLineString:
		out = append(out, g...)
	case orb.Polygon:
		for _, r := range g {
			out = append(out, orb.LineString(r))
		}
	case orb.MultiPolygon:
		for _, p := range g {
			out = append(out, rings(p)...)
		}
	}
	return out
}

func holds(g orb.Geometry, p orb.Point) bool {
	switch g := g.(type) {
	case orb.Polygon:
		return planar.PolygonContains(g, p)
	case orb.MultiPolygon:
		return planar.MultiPolygonContains(g, p)
	}
	return false
}

// apart is how far two shapes are from each other.
func apart(a, b orb.Geometry) float64 {
	ra, rb := rings(a), rings(b)
	if len(ra) == 0 || len(rb) == 0 {
		return math.Inf(1)
	}
	if holds(a, rb[0][0]) || holds(b, ra[0][0]) {
		return 0
	}
	d := math.Inf(1)
	for _, l := range ra {
		for _, m := range rb {
			for i := 1; i < len(l); i++ {
				for k := 1; k < len(m); k++ {
					p, q, r, s := l[i-1], l[i], m[k-1], m[k]
					d = min(d, planar.DistanceFromSegment(p, q, r), planar.DistanceFromSegment(p, q, s), planar.DistanceFromSegment(r, s, p), planar.DistanceFromSegment(r, s, q))
					if side(p, q, r)*side(p, q, s) < 0 && side(r, s, p)*side(r, s, q) < 0 {
						return 0
					}
				}
			}
		}
	}
	return d
}

func side(a, b, c orb.Point) float64 { return (b[0]-a[0])*(c[1]-a[1]) - (b[1]-a[1])*(c[0]-a[0]) }

func (n *naive) near(it index.Item, layer string, which func(index.Item) bool, metres float64) bool {
	g := n.plane(it)
	for o := range n.v.After(layer, 0) {
		if !which(o) {
			continue
		}
		if far := n.plane(o); farther(g.Bound(), far.Bound()) <= metres && apart(g, far) <= metres {
			return true
		}
	}
	return false
}

// farther is how far two boxes are from each other.
func farther(a, b orb.Bound) float64 {
	x := max(0, a.Min[0]-b.Max[0], b.Min[0]-a.Max[0])
	y := max(0, a.Min[1]-b.Max[1], b.Min[1]-a.Max[1])
	return math.Hypot(x, y)
}

func TestQueriesAgainstBruteForce(t *testing.T) {
	v, known := town(t, 1500)
	to, err := crs.To(v.Place().Plane)
	if err != nil {
		t.Fatal(err)
	}
	n := &naive{t, v, known, to, map[uint64]orb.Geometry{}}
	width := func(least float64) func(index.Item) bool {
		return func(it index.Item) bool { w, ok := it.Attr("width").Number(); return ok && w >= least }
	}
	all := func(index.Item) bool { return true }
	planned := func(use string) func(index.Item) bool {
		return func(it index.Item) bool { return it.Attr("use").Text() == use }
	}
	ring := middle(v, 9, 0.0015)
	inner := func(it index.Item) orb.Point {
		p, err := overlay.InteriorPoint(it.Geometry())
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	number := func(p *float64, f func(float64) bool) bool { return p != nil && f(*p) }
	wards := city.WardCodes(v)
	for _, c := range []struct {
		name string
		q    queries.Query
		want func(index.Item, city.Facts) bool
	}{
		{"all", queries.Query{}, func(index.Item, city.Facts) bool { return true }},
		{"near", queries.Query{Near: []queries.Near{wide(8, 20)}}, func(it index.Item, _ city.Facts) bool { return n.near(it, city.RoadsLayer, width(8), 20) }},
		{"touching", queries.Query{Near: []queries.Near{{Layer: "zones", Key: "ODT", Holds: planned("ODT")}}}, func(it index.Item, _ city.Facts) bool { return n.near(it, "zones", planned("ODT"), 0) }},
		{"far", queries.Query{Near: []queries.Near{{Layer: "cameras", Metres: 120}}}, func(it index.Item, _ city.Facts) bool { return n.near(it, "cameras", all, 120) }},
		{"points", queries.Query{Near: []queries.Near{{Layer: "places", Metres: 60}}}, func(it index.Item, _ city.Facts) bool { return n.near(it, "places", all, 60) }},
		{"areas", queries.Query{Near: []queries.Near{{Layer: city.WaterLayer, Metres: 35}}}, func(it index.Item, _ city.Facts) bool { return n.near(it, city.WaterLayer, all, 35) }},
		{"overlapping areas", queries.Query{Near: []queries.Near{{Layer: "zones", Metres: 1, Key: "ODT", Holds: planned("ODT")}}},
			func(it index.Item, _ city.Facts) bool { return n.near(it, "zones", planned("ODT"), 1) }},
		{"two", queries.Query{Near: []queries.Near{wide(8, 30), {Layer: "cameras", Metres: 300}}, Filter: parse(t, v, "use = 'ODT'")}, func(it index.Item, _ city.Facts) bool {
			return it.Attr("use").Text() == "ODT" && n.near(it, city.RoadsLayer, width(8), 30) && n.near(it, "cameras", all, 300)
		}},
		{"drawn", queries.Query{Area: ring}, func(it index.Item, _ city.Facts) bool { return planar.PolygonContains(ring, inner(it)) }},
		{"ward", queries.Query{Ward: wards[0]}, func(it index.Item, _ city.Facts) bool { return city.WardAt(v, inner(it)) == wards[0] }},
		{"facts", queries.Query{Filter: parse(t, v, "floors >= 3 AND (conversion = 'agrees' OR planned_use <> use) AND NOT zone IS NULL")}, func(it index.Item, f city.Facts) bool {
			use := it.Attr("use").Text()
			return number(f.Floors, func(x float64) bool { return x >= 3 }) && len(f.Zones) > 0 &&
				(f.Conversion == "agrees" || use != "" && slices.ContainsFunc(f.PlannedUses, func(p string) bool { return p != use }))
		}},
		{"capacity", queries.Query{Filter: parse(t, v, "capacity_left > 50 AND built_floor_area < floor_area * 0.5")}, func(_ index.Item, f city.Facts) bool {
			return f.FloorArea != nil && f.BuiltFloorArea != nil && *f.FloorArea-*f.BuiltFloorArea > 50 && *f.BuiltFloorArea < *f.FloorArea*0.5
		}},
		{"street", queries.Query{Filter: parse(t, v, "road_width >= 8 AND frontage BETWEEN 4 AND 20"), Ward: wards[0]}, func(it index.Item, f city.Facts) bool {
			return number(f.RoadWidth, func(x float64) bool { return x >= 8 }) && number(f.Frontage, func(x float64) bool { return x >= 4 && x <= 20 }) && city.WardAt(v, inner(it)) == wards[0]
		}},
		{"unknown", queries.Query{Filter: parse(t, v, "outcome IS NULL")}, func(_ index.Item, f city.Facts) bool { return f.Outcome == "" }},
	} {
		s, err := queries.New().Open(t.Context(), v, known, c.q)
		if err != nil {
			t.Fatal(err)
		}
		got, want := ids(t, s), map[uint64]bool{}
		for it := range v.After(parcels.LayerName, 0) {
			f, _ := known.Facts(it.ID())
			if c.want(it, f) {
				want[it.ID()] = true
			}
		}
		wrong := 0
		for it := range v.After(parcels.LayerName, 0) {
			if got[it.ID()] != want[it.ID()] {
				wrong++
			}
		}
		if wrong > 0 || c.name != "all" && c.name != "ward" && (len(want) == 0 || len(want) == v.Count(parcels.LayerName)) {
			t.Errorf("%s: %d wrong; %d, want %d", c.name, wrong, len(got), len(want))
		}
	}
	// The wards share the parcels out.
	sum := 0
	for _, w := range wards {
		s, err := queries.New().Open(t.Context(), v, known, queries.Query{Ward: w})
		if err != nil {
			t.Fatal(err)
		}
		n := len(ids(t, s))
		sum += n
		byFact, err := queries.New().Open(t.Context(), v, everyWard{v}, queries.Query{Filter: parse(t, v, "ward = '"+w+"'")})
		if err != nil {
			t.Fatal(err)
		}
		if k := len(ids(t, byFact)); k != n {
			t.Errorf("%d parcels in ward %s, %d say so", n, w, k)
		}
	}
	if outside := v.Count(parcels.LayerName) - sum; outside < 0 {
		t.Errorf("%d parcels in several wards", -outside)
	}
}

// everyWard knows the ward of each parcel.
type everyWard struct{ v index.View }

func (w everyWard) Facts(id uint64) (city.Facts, bool) {
	it, _ := w.v.Get(parcels.LayerName, id)
	p, err := overlay.InteriorPoint(it.Geometry())
	return city.Facts{Ward: city.WardAt(w.v, p)}, err == nil
}

// TestScanAllocates: rows are read without memory of their own.
func TestScanAllocates(t *testing.T) {
	v, known := town(t, 1000)
	s, err := queries.New().Open(t.Context(), v, known, queries.Query{Filter: parse(t, v, sentence+" OR conversion = 'x' OR number = 'y' OR capacity_left > 1e9")})
	if err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(5, func() {
		for range s.Rows(context.Background()) {
		}
	})
	if n > 20 {
		t.Errorf("%v allocations for %d parcels", n, v.Count(parcels.LayerName))
	}
}

func TestTimeRunsOut(t *testing.T) {
	v, known := town(t, 1500)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := queries.New().Open(ctx, v, known, queries.Query{})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	seen := 0
	for _, err = range s.Rows(ctx) {
		seen++
	}
	if !errors.Is(err, context.Canceled) || seen > 1100 {
		t.Errorf("%d rows, %v", seen, err)
	}
	if _, _, err := s.Stats(ctx, []string{"ward"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := queries.New().Open(t.Context(), v, nil, queries.Query{Ward: "nowhere"}); spatial.CodeOf(err) != "query.ward" {
		t.Error(err)
	}
	if _, err := queries.New().Open(t.Context(), v, nil, queries.Query{Area: orb.LineString{{108, 11}, {109, 11}}}); spatial.CodeOf(err) != "query.area" {
		t.Error(err)
	}
}
