package raw

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/langbiang/langbiang/spatial"
)

func shapes() []orb.Geometry {
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	hole := orb.Ring{{2, 1}, {3, 1}, {3, 2}, {2, 1}}
	return []orb.Geometry{
		orb.Point{584000.123, 1322000.5}, orb.LineString{{0, 0}, {1, 1}}, orb.Polygon{ring, hole},
		orb.MultiPoint{{1, 2}, {3, 4}}, orb.MultiLineString{{{0, 0}, {1, 1}}, {{2, 2}, {3, 3}, {4, 4}}},
		orb.MultiPolygon{{ring}, {ring, hole}}, orb.Collection{orb.Point{1, 2}, orb.Collection{orb.LineString{{0, 0}, {1, 1}}}},
	}
}

// Ours writes what orb writes, and reads back what either wrote in either order.
func TestWKBAgainstOrb(t *testing.T) {
	for _, g := range shapes() {
		mine := AppendWKB(nil, g)
		theirs, err := wkb.Marshal(g, binary.LittleEndian)
		if err != nil || string(theirs) != string(mine) {
			t.Errorf("%v: %x, orb writes %x (%v)", g, mine, theirs, err)
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			b, err := wkb.Marshal(g, order)
			if err != nil {
				t.Fatal(err)
			}
			got, faults, err := WKB(b, Limits{})
			if err != nil || len(faults) > 0 || !orb.Equal(got, g) {
				t.Errorf("%v: read as %v, %v, %v", g, got, faults, err)
			}
			for cut := range b {
				if _, _, err := WKB(b[:cut], Limits{}); spatial.KindOf(err) != spatial.Invalid || spatial.CodeOf(err) == "" {
					t.Errorf("%v cut at %d: %v", g, cut, err)
				}
			}
		}
	}
}

func TestWKBCases(t *testing.T) {
	nan := hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.NaN())))
	inf := hex.EncodeToString(binary.LittleEndian.AppendUint64(nil, math.Float64bits(math.Inf(1))))
	const one = "000000000000f03f"
	tests := []struct {
		hex   string
		want  orb.Geometry
		fault string
		err   string
	}{
		{"01e9030000" + one + one + one, orb.Point{1, 1}, "geometry.dimensionDropped", ""},                // ISO Z
		{"01d1070000" + one + one + one, orb.Point{1, 1}, "geometry.dimensionDropped", ""},                // ISO M
		{"01b90b0000" + one + one + one + one, orb.Point{1, 1}, "geometry.dimensionDropped", ""},          // ISO ZM
		{"01010000c0" + one + one + one + one, orb.Point{1, 1}, "geometry.dimensionDropped", ""},          // EWKB ZM
		{"01010000200b170000" + one + one, orb.Point{1, 1}, "", ""},                                       // EWKB with SRID
		{"0101000000" + nan + nan, nil, "geometry.empty", ""},                                             // empty point
		{"010200000000000000", nil, "geometry.empty", ""},                                                 // empty line
		{"010600000000000000", nil, "geometry.empty", ""},                                                 // empty multipolygon
		{"0101000000" + inf + one, nil, "", "geometry.nonFinite"},                                         //
		{"0101000000" + nan + one, nil, "", "geometry.nonFinite"},                                         //
		{"0102000000ffffffff", nil, "", "wkb.malformed"},                                                  // a lying count
		{"0106000000ffffff7f", nil, "", "wkb.malformed"},                                                  //
		{"0107000000ffffff0f", nil, "", "wkb.malformed"},                                                  //
		{"0109000000", nil, "", "geometry.type"},                                                          // curve
		{"0111000000", nil, "", "geometry.type"},                                                          // triangle
		{"0500000000", nil, "", "wkb.malformed"},                                                          // byte order
		{"0101000000" + one + one + "00", nil, "", "wkb.malformed"},                                       // trailing
		{"01040000000100000001020000000000000000", nil, "", "wkb.malformed"},                              // a line among points
		{strings.Repeat("010700000001000000", 100) + "0101000000" + one + one, nil, "", "geometry.depth"}, //
	}
	for _, c := range tests {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		g, faults, err := WKB(b, Limits{})
		fault := ""
		if len(faults) > 0 {
			fault = faults[0].Code
		}
		if spatial.CodeOf(err) != c.err || fault != c.fault || !(g == nil && c.want == nil || orb.Equal(g, c.want)) {
			t.Errorf("%s: %v %v %v", c.hex, g, faults, err)
		}
	}
}

// Whatever the bytes: no panic, no more memory than the bytes warrant, and what
// is read is read again the same once written.
func FuzzWKB(f *testing.F) {
	for _, g := range shapes() {
		f.Add(AppendWKB(nil, g))
		b, _ := wkb.Marshal(g, binary.BigEndian)
		f.Add(b)
	}
	lim := Limits{Points: 10_000, Rings: 1000, Depth: 8}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, _, err := WKB(b, lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		if g == nil {
			return
		}
		again, faults, err := WKB(AppendWKB(nil, g), Limits{})
		if err != nil || len(faults) > 0 || !orb.Equal(again, g) {
			t.Fatalf("%v became %v: %v %v", g, again, faults, err)
		}
	})
}
