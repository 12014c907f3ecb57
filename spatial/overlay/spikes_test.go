package overlay

import (
	"math"
	"testing"

	"github.com/paulmach/orb"
)

func TestNeedles(t *testing.T) {
	plot := func(more ...orb.Point) orb.Polygon {
		r := append(orb.Ring{{0, 0}, {10, 0}}, more...)
		return orb.Polygon{append(r, orb.Point{10, 10}, orb.Point{0, 10}, orb.Point{0, 0})}
	}
	for _, c := range []struct {
		name    string
		g       orb.Geometry
		needles int
		trimmed int
		area    float64 // after
	}{
		{"none", plot(), 0, 0, 100},
		{"out and back, half a millimetre", plot(orb.Point{10.0005, 5}, orb.Point{10, 5}), 0, 0, 100},
		{"along the edge, half a millimetre", plot(orb.Point{10, 5}, orb.Point{10, 4.9995}), 2, 1, 100},
		{"back to the very point", plot(orb.Point{10, 5}, orb.Point{10.0004, 5}, orb.Point{10, 5}), 1, 1, 100},
		{"a metre, to the very point", plot(orb.Point{10, 5}, orb.Point{11, 5}, orb.Point{10, 5}), 1, 0, 100},
		{"a metre long, a millimetre wide", plot(orb.Point{10, 5}, orb.Point{11, 5}, orb.Point{10, 5.001}), 1, 0, 100},
		{"a wedge of two degrees", orb.Polygon{{{0, 0}, {100, 0}, {100, 3.5}, {0, 0}}}, 0, 0, 175},
		{"in a hole", orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 4}, {4, 4}, {4, 3}, {4.0003, 3}, {4, 3}, {4, 2}, {2, 2}}}, 1, 1, 96},
		{"at the ring's own end", orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, -0.0005}, {0, 0}}}, 1, 1, 100},
		{"of several", orb.MultiPolygon{{{{20, 0}, {30, 0}, {30, 10}, {20, 10}, {20, 0}}}, plot(orb.Point{10, 5}, orb.Point{10, 4.9995})}, 2, 1, 200},
		{"a line has none", orb.LineString{{0, 0}, {1, 0}, {0, 0}}, 0, 0, 0},
	} {
		if n := Needles(c.g, 1); len(n) != c.needles {
			t.Errorf("%s: needles %+v, want %d", c.name, n, c.needles)
		}
		before := Length(c.g)
		got, n := TrimNeedles(c.g, 1, 0.001)
		if n != c.trimmed || math.Abs(Area(got)-c.area) > 0.01 {
			t.Errorf("%s: %d trimmed, area %v, want %d and %v", c.name, n, Area(got), c.trimmed, c.area)
		}
		if Length(c.g) != before {
			t.Errorf("%s: the shape given was changed", c.name)
		}
		if f := Faults(got); c.trimmed > 0 && len(f) > 0 {
			t.Errorf("%s: %+v after the trim", c.name, f)
		}
	}
	// What sticks out is measured.
	if n := Needles(plot(orb.Point{10, 5}, orb.Point{11, 5}, orb.Point{10, 5.001}), 1); math.Abs(n[0].Length-1) > 1e-6 || math.Abs(n[0].Width-0.001) > 1e-6 || n[0].At != (orb.Point{11, 5}) {
		t.Errorf("%+v", n)
	}
	// A triangle of which nothing would be left stays.
	if _, n := TrimNeedles(orb.Polygon{{{0, 0}, {0.0005, 0}, {0.0002, 0.0000001}, {0, 0}}}, 1, 0.001); n != 0 {
		t.Errorf("%d points of a triangle trimmed", n)
	}
}
