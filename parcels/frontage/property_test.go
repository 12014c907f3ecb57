package frontage_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
)

// Turning and moving a scene as a whole changes where edges are and nothing else.
func TestTurnedAndMoved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(scenes).Draw(t, "scene")
		w := newWorld()
		w.turn = rapid.Float64Range(-math.Pi, math.Pi).Draw(t, "turn")
		w.east += rapid.Float64Range(-20000, 20000).Draw(t, "east")
		w.north += rapid.Float64Range(-20000, 20000).Draw(t, "north")
		id := s.draw(w)
		r, _ := newFinder().Of(w.view(t), id)
		if d := cmp.Diff(s.want[1:], describe(r)); d != "" {
			t.Fatalf("%s: %s", s.name, d)
		}
	})
}

// The order in which records were loaded changes nothing at all, nor does what a
// Finder answered before.
func TestOrderOfRecords(t *testing.T) {
	f := newFinder()
	for i, s := range scenes {
		w := newWorld()
		id := s.draw(w)
		want, _ := newFinder().Of(w.view(t), id)
		for n := range 4 {
			r := rand.New(rand.NewPCG(uint64(i), uint64(n)))
			r.Shuffle(len(w.features), func(i, j int) { w.features[i], w.features[j] = w.features[j], w.features[i] })
			for i := range w.features { // another version of the same, so that nothing kept of another scene is meant
				w.features[i].Rev = spatial.Revision(i + n*1000 + len(s.name)*100000)
			}
			got, _ := f.Of(w.view(t), id)
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s: %s", s.name, d)
			}
		}
	}
}

// Whatever stands in the store there is an answer, its edges are as long as the
// outline, and its parts agree with each other.
func TestAnyShapes(t *testing.T) {
	point := rapid.Custom(func(t *rapid.T) orb.Point {
		grid := rapid.IntRange(-4, 4)
		return orb.Point{575000 + 7*float64(grid.Draw(t, "x")), 1320500 + 7*float64(grid.Draw(t, "y"))}
	})
	line := rapid.Custom(func(t *rapid.T) orb.LineString { return rapid.SliceOfN(point, 0, 7).Draw(t, "line") })
	polygon := rapid.Custom(func(t *rapid.T) orb.Polygon {
		var p orb.Polygon
		for _, l := range rapid.SliceOfN(line, 0, 3).Draw(t, "rings") {
			p = append(p, orb.Ring(l))
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		for range rapid.IntRange(1, 8).Draw(t, "parcels") {
			var g orb.Geometry = polygon.Draw(t, "parcel")
			if rapid.Bool().Draw(t, "multi") {
				g = orb.MultiPolygon{g.(orb.Polygon), polygon.Draw(t, "second")}
			}
			w.add(parcels.LayerName, g, false, map[string]string{"use": rapid.SampledFrom([]string{"", "ODT", "DGT"}).Draw(t, "use")})
		}
		n := len(w.features)
		for range rapid.IntRange(0, 4).Draw(t, "roads") {
			w.add(city.RoadsLayer, orb.MultiLineString{line.Draw(t, "road"), nil}, false, map[string]string{"width": rapid.SampledFrom([]string{"", "4", "60"}).Draw(t, "width")})
		}
		w.add(city.WaterLayer, polygon.Draw(t, "water"), false, nil)
		for range rapid.IntRange(0, 4).Draw(t, "marks") {
			p := point.Draw(t, "mark")
			p[0] += rapid.Float64Range(-4, 4).Draw(t, "aside")
			w.add(frontage.MarksLayer, p, false, map[string]string{"kind": rapid.SampledFrom([]string{"front", "side", "rear"}).Draw(t, "kind"),
				"width": rapid.SampledFrom([]string{"", "4", "60"}).Draw(t, "width")})
		}
		v := w.view(t)
		for id := range n {
			if it, ok := v.Get(parcels.LayerName, uint64(id+1)); ok {
				if l := newFinder().Lay(v, it); len(l.Spans) != len(l.Edges) {
					t.Fatalf("%d spans of %d edges", len(l.Spans), len(l.Edges))
				}
			}
			r, ok := newFinder().Of(v, uint64(id+1))
			if !ok {
				t.Fatal("no parcel")
			}
			sound(t, r)
			if len(r.Edges) == 0 {
				continue
			}
			long := 0.0
			for _, e := range r.Edges {
				long += e.Length
			}
			if want := perimeter(w.features[id].Legal); long > want+0.1 {
				t.Fatalf("edges of %v m on an outline of %v m", long, want)
			}
		}
	})
}

// Coordinates that are no numbers at all.
func TestNoNumbers(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, p := range []orb.Point{{nan, nan}, {inf, 11}, {108, -inf}, {0, 0}, {180, 90}, {1e300, 1e300}, {-200, 11.9}} {
		w := newWorld()
		w.place = spatial.Place{}
		bad := orb.Polygon{{{108.44, 11.94}, {108.4401, 11.94}, p, {108.44, 11.9401}, {108.44, 11.94}}}
		w.add(parcels.LayerName, bad, true, nil).SRID = spatial.WGS84
		w.add(parcels.LayerName, orb.Polygon{{{108.44, 11.94}, {108.4401, 11.94}, {108.4401, 11.9401}, {108.44, 11.94}}}, true, nil)
		w.add(city.RoadsLayer, orb.LineString{{108.44, 11.94}, p, {108.4401, 11.94}}, true, nil)
		w.add(parcels.LayerName, nil, true, nil)
		v := w.view(t)
		for id := range 4 {
			if r, ok := newFinder().Of(v, uint64(id+1)); ok {
				sound(t, r)
			}
		}
	}
}

// sound checks what holds of every answer.
func sound(t interface{ Fatalf(string, ...any) }, r frontage.Result) {
	faced := make([]float64, len(r.Streets))
	for _, e := range r.Edges {
		if (e.Kind == frontage.Front) != (e.Faces == frontage.FacesStreet) || (e.Street >= 0) != (e.Kind == frontage.Front) || e.Street >= len(r.Streets) {
			t.Fatalf("an edge that is %+v", e)
		}
		if len(r.Streets) == 0 && e.Mark == 0 && e.Kind != frontage.Unknown {
			t.Fatalf("no street, and an edge that is %s", e.Kind)
		}
		if e.Street >= 0 {
			faced[e.Street] += e.Length
		}
	}
	for i, s := range r.Streets {
		if math.Abs(s.Length-faced[i]) > 0.1 || (s.Width == nil) != (s.WidthSource == frontage.NoWidth) || s.RoadID == 0 && s.Parcel == 0 && len(r.Marks) == 0 {
			t.Fatalf("%v m of edges face %+v", faced[i], s)
		}
	}
	if (r.Frontage == nil) != (len(r.Streets) == 0) || (r.Depth == nil) != (r.Frontage == nil) || r.Landlocked && r.Frontage != nil || r.Corner && len(r.Streets) < 2 {
		t.Fatalf("%+v", r)
	}
	if r.Frontage != nil && *r.Frontage != r.Streets[0].Length {
		t.Fatalf("front %v of %v", *r.Frontage, r.Streets[0].Length)
	}
}

func perimeter(g orb.Geometry) float64 {
	sum := 0.0
	switch g := g.(type) {
	case orb.Polygon:
		for _, r := range g {
			for i, p := range r {
				q := r[(i+1)%len(r)]
				sum += math.Hypot(q[0]-p[0], q[1]-p[1])
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sum += perimeter(p)
		}
	}
	return sum
}
