package raw

import (
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/langbiang/langbiang/spatial"
)

// What orb writes is read as the same, and cut anywhere it is refused.
func TestWKTAgainstOrb(t *testing.T) {
	for _, g := range shapes() {
		s := wkt.MarshalString(g)
		got, srid, faults, err := WKT(s, Limits{})
		if err != nil || srid != 0 || len(faults) > 0 || !orb.Equal(got, g) {
			t.Errorf("%s: read as %v, %v, %v", s, got, faults, err)
		}
		for cut := range len(s) - 1 {
			if g, _, _, err := WKT(s[:cut], Limits{}); spatial.KindOf(err) != spatial.Invalid || spatial.CodeOf(err) == "" {
				t.Errorf("%s: %v %v", s[:cut], g, err)
			}
		}
	}
}

func TestWKTCases(t *testing.T) {
	square := orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}}
	for _, c := range []struct {
		text  string
		want  orb.Geometry
		srid  int
		fault string
		err   string
	}{
		{"POINT(1 2)", orb.Point{1, 2}, 0, "", ""},
		{" srid = 1;POINT(1 2)", nil, 0, "", "geometry.type"},
		{"SRID=5899;point ( 575000.5 1.32e6 ) ", orb.Point{575000.5, 1320000}, 5899, "", ""},
		{"SRID=x;POINT(1 2)", nil, 0, "", "wkt.malformed"},
		{"POINT Z (1 2 3)", orb.Point{1, 2}, 0, "geometry.dimensionDropped", ""},
		{"POINTZM(1 2 3 4)", orb.Point{1, 2}, 0, "geometry.dimensionDropped", ""},
		{"POINT(1 2 3)", orb.Point{1, 2}, 0, "geometry.dimensionDropped", ""},
		{"LINESTRING(1 2 3, 4 5)", nil, 0, "", "wkt.malformed"},
		{"POINT(1 2 3 4 5)", nil, 0, "", "wkt.malformed"},
		{"POINT EMPTY", nil, 0, "geometry.empty", ""},
		{"MULTIPOLYGON(EMPTY)", nil, 0, "geometry.empty", ""},
		{"MULTIPOLYGON(EMPTY,((0 0,1 0,1 1,0 0)))", orb.MultiPolygon{square}, 0, "geometry.emptyPart", ""},
		{"MULTIPOINT(1 2,3 4)", orb.MultiPoint{{1, 2}, {3, 4}}, 0, "", ""},
		{"MULTIPOINT((1 2),(3 4))", orb.MultiPoint{{1, 2}, {3, 4}}, 0, "", ""},
		{"POLYGON((0 0,1 0,1 1))", square, 0, "geometry.ringUnclosed", ""},
		{"POLYGON(EMPTY,(0 0,1 0,1 1,0 0))", nil, 0, "", "geometry.hollow"},
		{"POINT(NaN 1)", nil, 0, "", "geometry.nonFinite"},
		{"POINT(1e999 1)", nil, 0, "", "geometry.nonFinite"},
		{"POINT(1 2),", nil, 0, "", "wkt.malformed"},
		{"POINT(1)", nil, 0, "", "wkt.malformed"},
		{"POINT(1 2,3 4)", nil, 0, "", "wkt.malformed"},
		{"CIRCULARSTRING(0 0,1 1,2 0)", nil, 0, "", "geometry.type"},
		{"Nguyễn Văn A", nil, 0, "", "geometry.type"},
		{"", nil, 0, "", "wkt.malformed"},
		{strings.Repeat("GEOMETRYCOLLECTION(", 100) + "POINT(1 1)" + strings.Repeat(")", 100), nil, 0, "", "geometry.depth"},
	} {
		g, srid, faults, err := WKT(c.text, Limits{})
		fault := ""
		if len(faults) > 0 {
			fault = faults[0].Code
		}
		if spatial.CodeOf(err) != c.err || fault != c.fault || srid != c.srid || !(g == nil && c.want == nil || orb.Equal(g, c.want)) {
			t.Errorf("%.60s: %v %d %v %v", c.text, g, srid, faults, err)
		}
	}
	for _, s := range []string{"MULTIPOINT(1 1,2 2,3 3)", "MULTILINESTRING((0 0,1 1),(0 0,1 1),(0 0,1 1))"} {
		if _, _, _, err := WKT(s, Limits{Points: 2, Rings: 2}); spatial.KindOf(err) != spatial.TooLarge {
			t.Errorf("%s: %v", s, err)
		}
	}
}

// Whatever the text: no panic, and what is read is read again the same once written.
func FuzzWKT(f *testing.F) {
	for _, g := range shapes() {
		f.Add(wkt.MarshalString(g))
	}
	for _, s := range []string{"SRID=5899;POINT Z(1 2 3)", "MULTIPOINT(1 2,EMPTY)", "POLYGON EMPTY", "GEOMETRYCOLLECTION(POINT(1 1),POLYGON((0 0,1 0,1 1)))"} {
		f.Add(s)
	}
	lim := Limits{Points: 10_000, Rings: 1000, Depth: 8}
	f.Fuzz(func(t *testing.T, s string) {
		g, _, _, err := WKT(s, lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		if g == nil {
			return
		}
		again, _, faults, err := WKT(wkt.MarshalString(g), Limits{})
		if err != nil || len(faults) > 0 || !orb.Equal(again, g) {
			t.Fatalf("%v became %v: %v %v", g, again, faults, err)
		}
	})
}
