package overlay_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// anything is a small valid shape of any kind on a grid: shared points, edges and
// corners are the rule.
func anything(r *rand.Rand) orb.Geometry {
	at := func() orb.Point { return orb.Point{float64(r.IntN(9)), float64(r.IntN(9))} }
	for {
		var g orb.Geometry
		switch r.IntN(7) {
		case 0:
			g = at()
		case 1:
			g = orb.MultiPoint{at(), at(), at()}
		case 2:
			g = orb.LineString{at(), at(), at()}
		case 3:
			g = orb.MultiLineString{{at(), at()}, {at(), at(), at()}}
		case 4:
			g = orb.Polygon{box4(0, 0, 8, 8), diamond(4, 4, float64(1+r.IntN(4)))}
		case 5:
			g = orb.Polygon{anyRing(r, 8)}
		default:
			g = orb.MultiPolygon{{anyRing(r, 8)}, {gridBox(r, 8)}}
		}
		if len(overlay.Faults(g)) == 0 {
			return g
		}
	}
}

func TestPreparedAgainstPostGIS(t *testing.T) {
	o := startOracle(t)
	r := rand.New(rand.NewPCG(4, 6))
	pairs := make([][2]orb.Geometry, 6000)
	for i := range pairs {
		pairs[i] = [2]orb.Geometry{anything(r), anything(r)}
	}
	answers := o.ask(t, pairs, `st_intersects(a,b), st_equals(a,b), st_touches(a,b), st_within(a,b), st_contains(a,b), st_overlaps(a,b), st_crosses(a,b),
		st_dwithin(a,b,1), st_dwithin(a,b,1.5), st_distance(a,b)`)
	relations := []overlay.Relation{overlay.Equal, overlay.Touching, overlay.Within, overlay.Holding, overlay.Overlapping, overlay.Crossing}
	seen := map[string]int{}
	for i, pair := range pairs {
		p, err := overlay.Prepare(pair[1])
		if err != nil {
			t.Fatal(err)
		}
		got := []bool{p.Intersects(pair[0])}
		for _, rel := range relations {
			yes, err := p.Is(rel, pair[0])
			if err != nil {
				t.Fatalf("%v %v: %v", pair[0], pair[1], err)
			}
			got = append(got, yes)
		}
		got = append(got, p.Near(pair[0], 1), p.Near(pair[0], 1.5))
		for k, yes := range got {
			if want := answers[i][k] == "t"; yes != want {
				t.Errorf("%v and %v: answer %d is %v, PostGIS %v", pair[0], pair[1], k, yes, want)
			}
			seen[fmt.Sprint(k, yes)]++
		}
		// A box decides only what is so for whatever lies in it.
		switch side := p.Side(pair[0].Bound()); {
		case side == overlay.Outside && got[0], side == overlay.Inside && !(got[0] && got[3]):
			t.Errorf("%v and %v: box on side %d, intersects %v, within %v", pair[0], pair[1], side, got[0], got[3])
		}
	}
	for k := range 9 {
		if seen[fmt.Sprint(k, true)] < 20 || seen[fmt.Sprint(k, false)] < 20 {
			t.Errorf("answer %d: %d yes, %d no: the pairs say little", k, seen[fmt.Sprint(k, true)], seen[fmt.Sprint(k, false)])
		}
	}
}

func TestPreparedFromTheCity(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		// Many segments, so that the tree has several levels.
		big := orb.Polygon{star(r, 575050, 1320050, 300, 200+r.IntN(800))}
		p, err := overlay.Prepare(big)
		if err != nil {
			t.Fatal(err)
		}
		g := plot(r)
		want, err := overlay.Intersects(big, g)
		if err != nil {
			continue // an invalid plot is another test's
		}
		if got := p.Intersects(g); got != want {
			t.Fatalf("intersects: %v, want %v\n%v\n%v", got, want, big, g)
		}
		covers, err := overlay.Covers(big, g)
		if err != nil {
			t.Fatal(err)
		}
		if within, err := p.Is(overlay.Within, g); err != nil || within != covers {
			t.Fatalf("within: %v, %v, want %v\n%v\n%v", within, err, covers, big, g)
		}
	}
}

func TestPreparedOfFaultyShapes(t *testing.T) {
	bowTie := orb.Polygon{{{0, 0}, {4, 4}, {4, 0}, {0, 4}, {0, 0}}}
	p, err := overlay.Prepare(bowTie)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Intersects(orb.Point{3.5, 2}) || p.Intersects(orb.Point{2, 3.5}) || !p.Near(orb.Point{2, 3.5}, 2) {
		t.Error("rings are read by the even-odd rule")
	}
	if _, err := p.Is(overlay.Within, orb.Point{3.5, 2}); spatial.CodeOf(err) != "overlay.failed" {
		t.Errorf("a faulty shape: %v", err)
	}
	for _, g := range []orb.Geometry{nil, orb.Polygon{}, orb.Collection{}, orb.Point{0, 0 / zero()}} {
		if _, err := overlay.Prepare(g); spatial.CodeOf(err) != "overlay.failed" {
			t.Errorf("%v: %v", g, err)
		}
	}
	if overlapping, err := overlay.Prepare(orb.Collection{orb.Polygon{box4(0, 0, 4, 4)}, orb.Polygon{box4(2, 0, 4, 4)}}); err != nil {
		t.Fatal(err)
	} else if !overlapping.Intersects(orb.Point{3, 1}) {
		t.Error("where two parts overlap is inside")
	} else if yes, err := overlapping.Is(overlay.Within, orb.Polygon{box4(1, 1, 4, 2)}); err != nil || !yes {
		t.Errorf("across a border within: %v, %v", yes, err)
	}
}

func zero() float64 { return 0 }

func TestPreparedTakesNoMemory(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p, err := overlay.Prepare(orb.Polygon{star(r, 0, 0, 300, 500)})
	if err != nil {
		t.Fatal(err)
	}
	var g orb.Geometry = orb.Polygon{box4(100, 100, 30, 30)}
	if n := testing.AllocsPerRun(100, func() { p.Intersects(g); p.Near(g, 5); p.Side(orb.Bound{Max: orb.Point{1, 1}}) }); n > 0 {
		t.Errorf("%.0f allocations", n)
	}
}
