package geopackage

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

func FuzzGeometry(f *testing.F) {
	ring := orb.Ring{{0, 0}, {4, 0}, {4, 4}, {0, 0}}
	for _, g := range []orb.Geometry{orb.Point{1, 2}, orb.LineString{{0, 0}, {1, 1}}, orb.MultiPolygon{{ring}, {ring}}, orb.Collection{orb.Point{1, 2}}} {
		f.Add(blob(5899, g))
		b := blob(4326, g)
		f.Add(append(append(append([]byte{}, b[:3]...), 3), append(b[4:8:8], append(make([]byte, 32), b[8:]...)...)...))
	}
	lim := raw.Limits{Points: 10_000, Rings: 1000, Depth: 8}
	f.Fuzz(func(t *testing.T, b []byte) {
		g, srs, _, err := Geometry(b, lim)
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		if g == nil {
			return
		}
		again, srs2, faults, err := Geometry(raw.AppendWKB([]byte{'G', 'P', 0, 1, byte(srs), byte(srs >> 8), byte(srs >> 16), byte(srs >> 24)}, g), raw.Limits{})
		if err != nil || len(faults) > 0 || srs2 != srs || !orb.Equal(again, g) {
			t.Fatalf("%v became %v: %v %v", g, again, faults, err)
		}
	})
}

// A file damaged anywhere is read or refused, never a crash.
func FuzzFile(f *testing.F) {
	path := made(f, append(layerOf("a", 5899, "fid INTEGER PRIMARY KEY, geom BLOB, x TEXT"), `INSERT INTO a VALUES (1, NULL, 'x'), (2, x'4750', 'y')`)...)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), byte(0), uint32(0), byte(0), uint32(len(whole)))
	f.Add(uint32(100), byte(13), uint32(4200), byte(255), uint32(len(whole)))
	f.Add(uint32(18), byte(2), uint32(19), byte(2), uint32(5000))
	f.Fuzz(func(t *testing.T, at1 uint32, v1 byte, at2 uint32, v2 byte, size uint32) {
		b := append([]byte{}, whole...)
		b[int(at1)%len(b)] ^= v1
		b[int(at2)%len(b)] ^= v2
		b = b[:min(int(size), len(b))]
		path := filepath.Join(t.TempDir(), "a.gpkg")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, seq, err := OpenPath(path, "", raw.Limits{Rows: 1000})
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		for _, err := range seq {
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
		}
	})
}
