package overlay_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// shapeOf makes a shape of any bytes: the first says what kind, the rest are
// coordinates, of one byte each on a small grid or of eight as they come.
func shapeOf(b []byte) orb.Geometry {
	if len(b) == 0 {
		return nil
	}
	kind, b := b[0], b[1:]
	var points []orb.Point
	if kind&0x80 == 0 {
		for ; len(b) >= 2; b = b[2:] {
			points = append(points, orb.Point{float64(int8(b[0]) >> 4), float64(int8(b[1]) >> 4)})
		}
	} else {
		for ; len(b) >= 16; b = b[16:] {
			points = append(points, orb.Point{math.Float64frombits(binary.LittleEndian.Uint64(b)), math.Float64frombits(binary.LittleEndian.Uint64(b[8:]))})
		}
	}
	var polygon orb.Polygon
	size := 3 + int(kind>>4&7)
	for rest := points; len(rest) > 0; {
		n := min(size, len(rest))
		ring := append(orb.Ring{}, rest[:n]...)
		if kind&0x08 == 0 {
			ring = append(ring, ring[0])
		}
		polygon, rest = append(polygon, ring), rest[n:]
	}
	switch kind & 7 {
	case 0:
		return polygon
	case 1:
		var m orb.MultiPolygon
		for _, r := range polygon {
			m = append(m, orb.Polygon{r})
		}
		return m
	case 2:
		return orb.LineString(points)
	case 3:
		return orb.MultiPoint(points)
	case 4:
		return orb.Collection{polygon, orb.LineString(points), nil}
	case 5:
		return orb.MultiPolygon{polygon, polygon}
	case 6:
		var m orb.MultiLineString
		for _, r := range polygon {
			m = append(m, orb.LineString(r))
		}
		return m
	}
	if len(points) > 1 {
		return orb.Bound{Min: points[0], Max: points[1]}
	}
	return orb.Polygon{{}}
}

// Nothing panics; a valid shape keeps its area when mended and has its point
// inside; what was trimmed once has nothing left to trim.
func FuzzShape(f *testing.F) {
	f.Add([]byte{0x10, 0, 0, 0x70, 0, 0x70, 0x70, 0, 0x70})
	f.Add([]byte{0x18, 0, 0, 0x70, 0x70, 0x70, 0, 0, 0x70, 0x10, 0x10, 0x20, 0x20})
	f.Fuzz(func(t *testing.T, b []byte) {
		g := shapeOf(b)
		faults := overlay.Faults(g)
		mended, _ := overlay.Repair(g)
		p, err := overlay.InteriorPoint(g)
		if err != nil && spatial.CodeOf(err) != "overlay.noInterior" {
			t.Fatal(err)
		}
		if again, did := overlay.Repair(mended); len(did) > 0 {
			t.Fatalf("repaired twice: %v %v", did, again)
		}
		trimmed, n := overlay.TrimNeedles(g, 1, 0.5)
		if _, again := overlay.TrimNeedles(trimmed, 1, 0.5); again > 0 {
			t.Fatalf("%v: trimmed %d, and %d of what was left", g, n, again)
		}
		if len(faults) > 0 {
			return
		}
		if f := overlay.Faults(mended); len(f) > 0 {
			t.Fatalf("%v made %v: %v", g, mended, f)
		}
		if a, b := overlay.Area(g), overlay.Area(mended); math.Abs(a-b) > 1e-4+1e-9*a {
			t.Fatalf("area %v became %v", a, b)
		}
		if _, areal := g.(orb.Polygon); areal && err == nil && len(overlay.Faults(g)) == 0 {
			if in, err := overlay.Covers(g, p); err != nil || !in {
				t.Fatalf("%v: %v is outside, %v", g, p, err)
			}
		}
	})
}

// Operations on two shapes give an error or a valid result, and never panic.
func FuzzPair(f *testing.F) {
	f.Add([]byte{0x10, 0, 0, 0x70, 0, 0x70, 0x70, 0, 0x70}, []byte{0x10, 0x10, 0x10, 0x50, 0, 0x70, 0x70, 0, 0x70})
	f.Add([]byte{0x10, 0, 0, 0x70, 0, 0x70, 0x70, 0, 0x70}, []byte{0x12, 0xf0, 0x10, 0x70, 0x10})
	f.Fuzz(func(t *testing.T, x, y []byte) {
		if len(x) > 200 || len(y) > 200 {
			return
		}
		a, b := shapeOf(x), shapeOf(y)
		fine := func(err error) bool {
			if err != nil && spatial.CodeOf(err) != "overlay.failed" {
				t.Fatal(err)
			}
			return err == nil
		}
		small := x[:min(1, len(x))]
		grid := len(small) > 0 && small[0]&0x80 == 0 && len(y) > 0 && y[0]&0x80 == 0
		in, err := overlay.Intersection(a, b)
		whole := fine(err)
		out, err := overlay.Difference(a, b)
		whole = fine(err) && whole
		_, err = overlay.Union(a, b)
		whole = fine(err) && whole
		common, err := overlay.IntersectionArea(a, b)
		whole = fine(err) && whole
		_, err = overlay.Covers(a, b)
		fine(err)
		_, err = overlay.Intersects(a, b)
		fine(err)
		_, err = overlay.SplitByLine(a, b)
		fine(err)
		if _, many := a.(orb.Collection); !whole || !grid || many {
			return
		}
		if got, want := overlay.Area(in)+overlay.Area(out), overlay.Area(a); math.Abs(got-want) > 1e-3 {
			if _, areal := b.(orb.Collection); !areal && b.Dimensions() == 2 {
				t.Fatalf("%v\n%v\nparts %v, whole %v", a, b, got, want)
			}
		}
		if d := math.Abs(common - overlay.Area(in)); d > 1e-3 {
			t.Fatalf("%v\n%v\n%v and %v", a, b, common, overlay.Area(in))
		}
	})
}
