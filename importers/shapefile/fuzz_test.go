package shapefile

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

func fuzzLimits() raw.Limits {
	return raw.Limits{Points: 10_000, Rings: 500, Bytes: 4 << 20, Row: 1 << 20, Rows: 2000, Fields: 64}
}

// check reads a shapefile whole and holds what must hold of any bytes.
func check(t *testing.T, fsys fs.FS, name string) {
	info, seq, err := Open(fsys, name, fuzzLimits())
	if err != nil {
		if spatial.CodeOf(err) == "" {
			t.Fatal("an error without a code:", err)
		}
		return
	}
	row, ended := 0, false
	for f, err := range seq {
		if ended {
			t.Fatal("something came after the end")
		}
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			if f.Row == 0 {
				ended = true
				continue
			}
		}
		if f.Row <= row {
			t.Fatalf("row %d after %d", f.Row, row)
		}
		row = f.Row
		if len(f.Attrs) != len(info.Fields) {
			t.Fatalf("%d values of %d fields", len(f.Attrs), len(info.Fields))
		}
		sound(t, f.Geometry)
	}
}

// sound checks that coordinates are finite and rings closed.
func sound(t *testing.T, g orb.Geometry) {
	switch g := g.(type) {
	case orb.Point:
		if !finite(g) {
			t.Fatal(g)
		}
	case orb.Polygon:
		for _, r := range g {
			if len(r) == 0 || r[0] != r[len(r)-1] {
				t.Fatal("an open ring", r)
			}
			for _, p := range r {
				sound(t, p)
			}
		}
	case orb.MultiPolygon:
		for _, p := range g {
			sound(t, p)
		}
	}
}

func FuzzShapefile(f *testing.F) {
	square := []orb.Point{{0, 0}, {0, 4}, {4, 4}, {4, 0}, {0, 0}}
	hole := []orb.Point{{1, 1}, {2, 1}, {2, 2}, {1, 1}}
	fields := []column{{name: "A", kind: 'C', width: 4}, {name: "N", kind: 'N', width: 4}, {name: "D", kind: 'D', width: 8}}
	main, index := shp(shapePolygon, polygonRecord(square), polygonRecord(square, hole), nullRecord())
	f.Add(main, index, dbf(fields, " abc   12 20250701", "*x", ""))
	main, index = shp(shapePoint, pointRecord(1, 2), pointRecord(3, 4))
	f.Add(main, index, dbf(fields[:1], " a", " b"))
	line := polygonRecord(square[:3], hole)
	line[0] = shapePolyLine
	main, index = shp(shapePolyLine, line)
	f.Add(main, index, []byte{})
	multi := append(append(bytes.Clone(line[:36]), 2, 0, 0, 0), line[len(line)-32:]...)
	multi[0] = shapeMultiPoint
	main, index = shp(28, append([]byte{28, 0, 0, 0}, append(multi[4:], make([]byte, 32)...)...))
	f.Add(main, index, []byte{})
	gap, _ := shp(shapePolygon, polygonRecord(square), nullRecord(), polygonRecord(square, hole))
	f.Add(append(append(bytes.Clone(gap[:headerLen+136+8]), 1, 2, 3, 4, 5, 6, 7, 8), gap[headerLen+136+8:]...), []byte{}, []byte{})
	main, _ = shp(shapePolyLine)
	f.Add(main, []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, shp, shx, dbf []byte) {
		fsys := fstest.MapFS{"a.shp": {Data: shp}}
		if len(shx) > 0 {
			fsys["a.SHX"] = &fstest.MapFile{Data: shx}
		}
		if len(dbf) > 0 {
			fsys["a.Dbf"] = &fstest.MapFile{Data: dbf}
		}
		check(t, fsys, "a.shp")
	})
}

func FuzzDBF(f *testing.F) {
	all := []column{{name: "C", kind: 'C', width: 3}, {name: "N", kind: 'N', width: 5, scale: 2}, {name: "F", kind: 'F', width: 6}, {name: "L", kind: 'L', width: 1}, {name: "D", kind: 'D', width: 8},
		{name: "I", kind: 'I', width: 4}, {name: "O", kind: 'O', width: 8}, {name: "T", kind: '@', width: 8}, {name: "M", kind: 'M', width: 10}}
	f.Add(dbf(all, " abc 1.5  2.5T20250701\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\xf0\x3f\x8c\x3d\x25\x00\x00\x00\x00\x00       1 ", "*", " ******"))
	f.Add(dbf(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		check(t, fstest.MapFS{"a.dbf": {Data: b}}, "a.dbf")
	})
}

func FuzzArchive(f *testing.F) {
	for _, name := range []string{"a", "bản đồ/lô"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for ending, body := range parcels(2) {
			w, err := z.Create(name + ending[1:])
			if err != nil {
				f.Fatal(err)
			}
			w.Write(body)
		}
		z.Close()
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		fsys := fstest.MapFS{"a.zip": {Data: b}}
		names, err := List(fsys, "a.zip")
		if err != nil {
			if spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			return
		}
		for _, n := range names[:min(len(names), 3)] {
			check(t, fsys, n)
		}
	})
}
