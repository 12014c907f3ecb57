package dxf

import (
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Whatever the bytes: no panic, coded errors, rows in order, closed rings of finite
// points; and the faces between borders do not overlap.
func FuzzDXF(f *testing.F) {
	square := poly("10", true, 0, 0, 10, 0, 10, 10, 0, 10)
	for _, s := range []string{
		entities(square, text("13", 4, 4, "ODT 123 / 100.0")),
		entities(line("a", 0, 0, 10, 10), line("a", 0, 10, 10, 0), line("a", 0, 0, 10, 0), line("a", 10, 0, 10, 10)),
		entities("0 LWPOLYLINE\n8 c\n70 1\n10 0\n20 0\n42 1\n10 2\n20 0\n42 1", "0 ARC\n10 0\n20 0\n40 5\n50 0\n51 180", "0 ELLIPSE\n10 20\n20 0\n11 2\n21 0\n40 0.5\n41 0\n42 6.28"),
		entities("0 HATCH\n8 h\n91 2\n92 1\n93 2\n72 1\n10 0\n20 0\n11 9\n21 0\n72 2\n10 5\n20 5\n40 2\n50 0\n51 360\n73 0\n92 2\n72 1\n73 1\n93 2\n10 20\n20 0\n42 1\n10 22\n20 0\n42 1"),
		drawn("0 SECTION\n2 BLOCKS\n0 BLOCK\n2 A\n10 1\n20 1\n"+square+"\n0 INSERT\n2 A\n10 1\n20 1\n0 ENDBLK\n0 ENDSEC", "0 SECTION\n2 ENTITIES\n0 INSERT\n2 A\n66 1\n10 1\n20 1\n50 30\n70 2\n44 3\n0 ATTRIB\n10 1\n20 1\n1 5\n2 SO\n0 SEQEND\n0 ENDSEC\n0 EOF"),
		drawn("999 CRS EPSG:5899", "0 SECTION\n2 HEADER\n9 $ACADVER\n1 AC1021\n0 ENDSEC", "0 SECTION\n2 ENTITIES\n0 MTEXT\n10 1\n20 1\n1 {\\f.VnTime|b0;§µ}\\P\\U+1EA1%%d%%065\n0 ENDSEC\n0 EOF"),
		entities("0 POLYLINE\n66 1\n70 1", "0 VERTEX\n10 20\n20 0", "0 VERTEX\n10 30\n20 0", "0 VERTEX\n10 30\n20 10", "0 SEQEND"),
	} {
		for k := range 4 {
			f.Add([]byte(s), byte(k))
		}
	}
	lim := raw.Limits{Points: 2000, Rings: 100, Bytes: 1 << 20, Row: 1 << 16, Fields: 32, Rows: 500}
	f.Fuzz(func(t *testing.T, body []byte, shape byte) {
		want := []spatial.Shape{spatial.Polygons, spatial.Lines, spatial.Points, spatial.AnyShape}[shape%4]
		info, seq, err := Reader(want, "")(fstest.MapFS{"a.dxf": {Data: body}}, "a.dxf", lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		row, sum := 0, 0.0
		var all orb.Bound
		faces := true
		for f, err := range seq {
			if err != nil || f.Row != row+1 {
				t.Fatal(f.Row, row, err)
			}
			row++
			sound(t, f.Geometry)
			b := f.Geometry.Bound()
			if row == 1 {
				all = b
			}
			all = all.Union(b)
			_, drawn := f.Attr("entity")
			faces = faces && !drawn
			sum += overlay.Area(f.Geometry)
		}
		if row != info.Count {
			t.Fatal(row, info.Count)
		}
		if size := (all.Max[0] - all.Min[0]) * (all.Max[1] - all.Min[1]); faces && row > 0 && sum > size*(1+1e-6)+1 {
			t.Fatalf("faces of %v m² in a box of %v", sum, size)
		}
	})
}

func sound(t *testing.T, g orb.Geometry) {
	points := func(ps []orb.Point) {
		if !finite(ps) {
			t.Fatal("not finite", ps)
		}
	}
	switch g := g.(type) {
	case orb.Point:
		points([]orb.Point{g})
	case orb.LineString:
		points(g)
	case orb.Polygon:
		for _, r := range g {
			points(r)
			if len(r) < 4 || r[0] != r[len(r)-1] {
				t.Fatal("an open ring", r)
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sound(t, p)
		}
	default:
		t.Fatalf("%T", g)
	}
}
