package city

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// TestNearest compares with every parcel's distance in the plane.
func TestNearest(t *testing.T) {
	w := &town{t: t, place: spatial.Place{Plane: srid}}
	r := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		x, y, s := 3000*r.Float64(), 3000*r.Float64(), 5+30*r.Float64()
		// An angle, whose box says little of where its edge is.
		w.add(parcels.LayerName, orb.Polygon{{{east + x, north + y}, {east + x + s, north + y}, {east + x + s, north + y + 3}, {east + x + 3, north + y + 3}, {east + x + 3, north + y + s}, {east + x, north + y + s}, {east + x, north + y}}},
			map[string]spatial.Value{"sheet": spatial.Text("1"), "number": spatial.Text("2"), "use": spatial.Text("ODT"), "address": spatial.Text("1 Trần Phú")})
	}
	secret := w.add(parcels.LayerName, rect(-100, -100, 10, 10), nil)
	secret.Access = spatial.Official
	v := w.view(spatial.TierPublic)
	type near struct {
		id  uint64
		far float64
	}
	found, inside := 0, 0
	for i := range 300 {
		at := orb.Point{east - 800 + 4600*r.Float64(), north - 800 + 4600*r.Float64()}
		if i%10 == 0 {
			c := w.features[i].Legal.(orb.Polygon)[0][0]
			at = orb.Point{c[0] + 1, c[1] + 2}
		}
		p, err := crs.Inverse(srid, at)
		if err != nil {
			t.Fatal(err)
		}
		var all []near
		for _, f := range w.features[:400] {
			n := near{id: f.ID}
			if poly := f.Legal.(orb.Polygon); !planar.PolygonContains(poly, at) {
				n.far = planar.DistanceFrom(orb.LineString(poly[0]), at)
			} else {
				inside++
			}
			all = append(all, n)
		}
		slices.SortFunc(all, func(a, b near) int { return cmp.Compare(a.far, b.far) })
		got := Nearest(v, p, 3)
		if len(got) == 0 || len(got) > 3 {
			t.Fatalf("%v: %v", at, got)
		}
		for i, g := range got {
			found++
			if math.Abs(g.Distance-all[i].far) > 0.01+2e-4*all[i].far {
				t.Errorf("%v, %d: %d at %.3f m, want %d at %.3f m", at, i, g.ID, g.Distance, all[i].id, all[i].far)
			}
			if g.Reference.Number != "2" || g.Use != "ODT" || g.Address != "1 Trần Phú" || g.ID == secret.ID {
				t.Errorf("%+v", g)
			}
		}
	}
	if found < 350 || inside == 0 {
		t.Errorf("%d parcels, %d times inside: the test looks at the wrong ground", found, inside)
	}
	if far := Nearest(v, orb.Point{108.0, 11.0}, 3); len(far) != 0 {
		t.Errorf("%v", far)
	}
}

func BenchmarkNearest(b *testing.B) {
	w := &town{t: b, place: spatial.Place{Plane: srid}}
	for i := range 40_000 {
		w.add(parcels.LayerName, rect(float64(i%200)*20+300, float64(i/200)*20, 18, 18), nil)
	}
	v := w.view(spatial.TierPublic)
	for name, x := range map[string]float64{"street": 319, "field": 200, "far": -1500} {
		p, err := crs.Inverse(srid, orb.Point{east + x, north + 2019})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Nearest(v, p, 6)
			}
		})
	}
}
