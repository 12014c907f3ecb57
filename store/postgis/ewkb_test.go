package postgis

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"
	"pgregory.net/rapid"
)

func drawPoints(t *rapid.T, most int) []orb.Point {
	ps := make([]orb.Point, rapid.IntRange(0, most).Draw(t, "points"))
	for i := range ps {
		ps[i] = orb.Point{rapid.Float64Range(-1e7, 1e7).Draw(t, "x"), rapid.Float64Range(-1e7, 1e7).Draw(t, "y")}
	}
	return ps
}

func drawPolygon(t *rapid.T) orb.Polygon {
	p := make(orb.Polygon, rapid.IntRange(0, 3).Draw(t, "rings"))
	for i := range p {
		p[i] = drawPoints(t, 6)
	}
	return p
}

func drawGeometry(t *rapid.T, depth int) orb.Geometry {
	many := func() int { return rapid.IntRange(0, 3).Draw(t, "members") }
	switch rapid.IntRange(0, 6-min(depth, 1)).Draw(t, "kind") {
	case 0:
		return orb.Point{rapid.Float64Range(-180, 180).Draw(t, "x"), rapid.Float64Range(-90, 90).Draw(t, "y")}
	case 1:
		return orb.LineString(drawPoints(t, 6))
	case 2:
		return drawPolygon(t)
	case 3:
		return orb.MultiPoint(drawPoints(t, 4))
	case 4:
		m := make(orb.MultiLineString, many())
		for i := range m {
			m[i] = drawPoints(t, 4)
		}
		return m
	case 5:
		m := make(orb.MultiPolygon, many())
		for i := range m {
			m[i] = drawPolygon(t)
		}
		return m
	}
	c := make(orb.Collection, many())
	for i := range c {
		c[i] = drawGeometry(t, depth+1)
	}
	return c
}

// TestEWKBAgainstGoGeom holds the fast path against the reference: go-geom reads
// what we write to the same geometry, and we read what go-geom writes, in either
// byte order.
func TestEWKBAgainstGoGeom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGeometry(t, 0)
		b, err := appendEWKB(nil, g, 5899)
		if err != nil {
			t.Fatal(err)
		}
		same := func(what string, got orb.Geometry, srid any, err error) {
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if d := cmp.Diff(g, got, cmpopts.EquateEmpty()); d != "" {
				t.Fatalf("%s:\n%s", what, d)
			}
		}
		own, srid, err := readEWKB(b)
		same("own reader", own, srid, err)
		reference, refSRID, err := decodeEWKB(b)
		same("go-geom", reference, refSRID, err)
		if srid != 5899 || refSRID != 5899 {
			t.Fatalf("SRIDs %d, %d", srid, refSRID)
		}
		parsed, err := ewkb.Unmarshal(b)
		if err != nil {
			t.Fatal(err)
		}
		for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
			theirs, err := ewkb.Marshal(parsed, order)
			if err != nil {
				t.Fatal(err)
			}
			own, _, err = readEWKB(theirs)
			same("what go-geom wrote", own, nil, err)
			if _, flat := parsed.(*geom.GeometryCollection); order == binary.LittleEndian && !flat && !bytes.Equal(theirs, b) {
				t.Fatalf("other bytes than go-geom's: %x, %x", b, theirs)
			}
		}
	})
}

func TestEWKBHeights(t *testing.T) {
	p := geom.NewLineStringFlat(geom.XYZM, []float64{1, 2, 3, 4, 5, 6, 7, 8}).SetSRID(4326)
	b, err := ewkb.Marshal(p, binary.BigEndian)
	if err != nil {
		t.Fatal(err)
	}
	want := orb.LineString{{1, 2}, {5, 6}}
	for name, read := range map[string]geometryReader{"own": readEWKB, "go-geom": decodeEWKB} {
		g, srid, err := read(b)
		if err != nil || srid != 4326 || !orb.Equal(g, want) {
			t.Errorf("%s: %v, %d, %v", name, g, srid, err)
		}
	}
}

// FuzzReadEWKB: bytes from anywhere are read or refused, and what is read is
// written and read again the same.
func FuzzReadEWKB(f *testing.F) {
	for _, g := range []orb.Geometry{orb.Point{1, 2}, orb.LineString{{1, 2}, {3, 4}}, orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 0}}},
		orb.MultiPoint{{1, 2}}, orb.MultiLineString{{{1, 2}, {3, 4}}}, orb.MultiPolygon{}, orb.Collection{orb.Point{1, 2}, orb.Collection{}}} {
		b, err := appendEWKB(nil, g, 5899)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte{1, 7, 0, 0, 0, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		g, srid, err := readEWKB(b)
		if err != nil {
			return
		}
		first, err := appendEWKB(nil, g, srid)
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := readEWKB(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := appendEWKB(nil, again, srid)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%x is read as %v, then as %v (%v)", b, g, again, err)
		}
	})
}
