package gpkg_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store/gpkg"
)

var (
	ring  = orb.Ring{{570000.125, 1320000}, {570040, 1320000}, {570040, 1320030.5}, {570000.125, 1320000}}
	hole  = orb.Ring{{570010, 1320001}, {570011, 1320001}, {570011, 1320002}, {570010, 1320001}}
	every = []orb.Geometry{
		orb.Point{108.44, 11.94}, orb.MultiPoint{{1, 2}, {3, 4}}, orb.LineString{{1, 2}, {-3, 4.5}}, orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}},
		orb.Polygon{ring, hole}, orb.MultiPolygon{{ring, hole}, {ring}}, orb.Collection{orb.Point{1, 2}, orb.Polygon{ring}, orb.Collection{orb.LineString{{0, 0}, {1, 1}}}},
		orb.Polygon{}, orb.LineString{}, orb.MultiPolygon{}, orb.Collection{},
	}
)

func TestRoundTrip(t *testing.T) {
	for _, g := range every {
		b, err := gpkg.Append([]byte("before"), g, 5899)
		if err != nil {
			t.Fatal(err)
		}
		got, srid, err := gpkg.Decode(b[6:])
		if err != nil || srid != 5899 {
			t.Fatalf("%v: %v, srid %d", g, err, srid)
		}
		if d := cmp.Diff(g, got); d != "" {
			t.Fatal(d)
		}
		box, ok, err := gpkg.Bound(b[6:])
		if err != nil {
			t.Fatal(err)
		}
		if want := g.Bound(); ok && box != want {
			t.Fatalf("%v: box %v, want %v", g, box, want)
		}
		// orb's own encoder is the oracle for the part after the header
		want, err := wkb.Marshal(g)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.HasSuffix(b, want) {
			t.Fatalf("%v: %x does not end in %x", g, b, want)
		}
	}
}

// TestOthers reads blobs that other programs write.
func TestOthers(t *testing.T) {
	for _, c := range []struct {
		name, blob string
		want       orb.Geometry
	}{
		{"big endian point", "47500000" + "0000170b" + "0000000001" + "3ff0000000000000" + "4000000000000000", orb.Point{1, 2}},
		{"point with z (ISO)", "47500001" + "0b170000" + "01e9030000" + "000000000000f03f" + "0000000000000040" + "0000000000000840", orb.Point{1, 2}},
		{"point with z (EWKB)", "47500001" + "0b170000" + "0101000080" + "000000000000f03f" + "0000000000000040" + "0000000000000840", orb.Point{1, 2}},
		{"line with zm", "47500001" + "0b170000" + "01ba0b0000" + "01000000" + "000000000000f03f" + "0000000000000040" + "0000000000000840" + "0000000000000840", orb.LineString{{1, 2}}},
		{"empty point", "47500011" + "0b170000" + "0101000000" + "000000000000f87f" + "000000000000f87f", nil},
	} {
		b, err := hex.DecodeString(c.blob)
		if err != nil {
			t.Fatal(err)
		}
		got, srid, err := gpkg.Decode(b)
		if err != nil || srid != 5899 {
			t.Fatalf("%s: %v, srid %d", c.name, err, srid)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Fatalf("%s: %s", c.name, d)
		}
	}
}

func TestRefused(t *testing.T) {
	deep := orb.Collection{}
	for range gpkg.MaxDepth + 1 {
		deep = orb.Collection{deep}
	}
	for code, g := range map[string]orb.Geometry{
		"gpkg.type": ring, "gpkg.notFinite": orb.LineString{{1, math.NaN()}}, "gpkg.depth": deep,
	} {
		b, err := gpkg.Append([]byte("x"), g, 4326)
		if spatial.CodeOf(err) != code || spatial.KindOf(err) != spatial.Invalid || string(b) != "x" {
			t.Errorf("%v: %v, %q", g, err, b)
		}
	}
	if _, err := gpkg.Append(nil, nil, 4326); spatial.CodeOf(err) != "gpkg.type" {
		t.Error(err)
	}
	whole, err := gpkg.Append(nil, orb.MultiPolygon{{ring, hole}}, 5899)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, _, err := gpkg.Decode(whole[:n]); spatial.CodeOf(err) != "gpkg.malformed" {
			t.Fatalf("cut to %d bytes: %v", n, err)
		}
	}
	if _, _, err := gpkg.Decode(append(whole, 0)); spatial.CodeOf(err) != "gpkg.malformed" {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range every {
		b, err := gpkg.Append(nil, g, 5899)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, srid, err := gpkg.Decode(b)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		if g == nil {
			return
		}
		again, err := gpkg.Append(nil, g, srid)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, srid2, err := gpkg.Decode(again)
		if err != nil || srid2 != srid || !orb.Equal(g, back) {
			t.Fatalf("%v became %v (%v)", g, back, err)
		}
		if _, _, err := gpkg.Bound(b); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	blob, err := gpkg.Append(nil, orb.Polygon{ring}, 5899)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := gpkg.Decode(blob); err != nil {
			b.Fatal(err)
		}
	}
}
