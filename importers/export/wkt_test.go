package export

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
)

func TestWKTReadsBackAndIsPlain(t *testing.T) {
	ring := orb.Ring{{564973.8500279138, 1315956.5599614487}, {564980.5, 1315954.25}, {564990, 1315960}, {564973.8500279138, 1315956.5599614487}}
	for want, g := range map[string]orb.Geometry{
		"POINT(564973.5 1315956.25)":     orb.Point{564973.5, 1315956.25},
		"MULTIPOINT((1 2),(3 4))":        orb.MultiPoint{{1, 2}, {3, 4}},
		"LINESTRING(0.000000001 2,3 4)":  orb.LineString{{1e-9, 2}, {3, 4}},
		"POLYGON EMPTY":                  orb.Polygon{},
		"":                               orb.MultiPolygon{{ring}, {ring, ring}},
		"MULTILINESTRING((1 2,3 4))":     orb.MultiLineString{{{1, 2}, {3, 4}}},
		"GEOMETRYCOLLECTION(POINT(1 2))": orb.Collection{orb.Point{1, 2}},
	} {
		text := string(appendWKT(nil, g))
		if want != "" && text != want {
			t.Errorf("%s, want %s", text, want)
		}
		back, err := wkt.Unmarshal(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if d := cmp.Diff(g, back); d != "" {
			t.Error(d)
		}
	}
}
