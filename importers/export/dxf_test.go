package export

import (
	"context"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/dxf"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// parcelRows are records of a layer with a reference, as the cadastre has them.
func parcelRows() (spatial.Layer, []spatial.Feature) {
	l := spatial.Layer{Name: "parcels", Shape: spatial.Polygons, Fields: []spatial.Field{
		{Name: "sheet", Type: spatial.TypeText}, {Name: "number", Type: spatial.TypeText}, {Name: "use", Type: spatial.TypeText},
		{Name: "area_registered", Type: spatial.TypeFloat}, {Name: "address", Type: spatial.TypeText}, {Name: "owner", Type: spatial.TypeText, Access: spatial.Personal},
	}}
	ring := func(x, y, d float64) orb.Ring {
		return orb.Ring{{x, y}, {x + d, y}, {x + d, y + d}, {x, y + d}, {x, y}}
	}
	long := strings.Repeat(`Số 5 \U+0041 đường "Trần Phú", 100%%d; `, 12) + "\nhẻm"
	shapes := []orb.Geometry{
		orb.Polygon{ring(569000.123, 1320000.456, 20)},
		orb.Polygon{ring(569100, 1320000, 20), ring(569105, 1320005, 2), ring(569110, 1320005, 2)},
		orb.MultiPolygon{{ring(569200, 1320000, 5)}, {ring(569210, 1320000, 9), ring(569211, 1320001, 1)}},
	}
	var fs []spatial.Feature
	for i, g := range shapes {
		fs = append(fs, spatial.Feature{ID: uint64(i + 5), Legal: g, SRID: plane, Display: orb.Point{108, 11}, Valid: spatial.Period{From: "2020-01-01"},
			Values: []spatial.Value{spatial.Text("12"), spatial.Text("7" + string(rune('a'+i))), spatial.Text("ODT+CLN"), spatial.Float(245.3), spatial.Text(long), spatial.Text("Nguyễn Văn A")}})
	}
	fs[0].Values[4] = spatial.Value{}
	return l, fs
}

// A drawing is read again as the same records, with holes, parts, long texts and
// every letter, and says its CRS; and GDAL reads it.
func TestDrawing(t *testing.T) {
	l, fs := parcelRows()
	path := filepath.Join(t.TempDir(), "a.dxf")
	j := Job{Format: DXF, Layer: l, Tier: spatial.TierPublic, CRS: CRS{SRID: plane, From: toPlane}}
	if n, err := Write(context.Background(), path, j, seqOf(fs)); err != nil || n != len(fs) {
		t.Fatal(n, err)
	}
	info, seq, err := dxf.Reader(spatial.Polygons, "")(os.DirFS(filepath.Dir(path)), "a.dxf", raw.Limits{})
	if err != nil || info.CRS != "EPSG:5899" || info.CRSFrom != "comment" {
		t.Fatalf("%+v %v", info, err)
	}
	got, _, _ := rawtest.Rows(seq)
	if len(got) != len(fs) {
		t.Fatal(len(got), info.Faults)
	}
	for i, f := range fs {
		if d := rawtest.Differ(f.Legal, got[i].Geometry, 0); d != "" {
			t.Errorf("record %d: %s", f.ID, d)
		}
		for k, field := range l.Fields {
			a, there := got[i].Attr(field.Name)
			v, err := spatial.Cast(field.Type, a.Value)
			switch {
			case field.Access == spatial.Personal && there:
				t.Error("a personal field is in the drawing")
			case field.Access != spatial.Personal && (err != nil || v != f.Values[k]):
				t.Errorf("record %d, %s: %q, want %q", f.ID, field.Name, a.Value.String(), f.Values[k].String())
			}
		}
		if id, _ := got[i].Attr("id"); id.Value.String() != spatial.Int(int64(f.ID)).String() {
			t.Error(id)
		}
		if len(got[i].Faults) > 0 {
			t.Error(got[i].Faults)
		}
	}
	outside := rawtest.OGR(t, path)
	rings, labels := 0, 0
	for _, f := range outside {
		switch f.Properties["SubClasses"] {
		case "AcDbEntity:AcDbPolyline":
			rings++
		case "AcDbEntity:AcDbText:AcDbText":
			labels++
			if s, _ := f.Properties["Text"].(string); !strings.HasPrefix(s, "ODT+CLN 7") || !strings.HasSuffix(s, "/245.3") {
				t.Error(f.Properties)
			}
			if f.Properties["Layer"] != "parcels_LABEL" {
				t.Error(f.Properties)
			}
		}
	}
	if rings != 7 || labels != 3 {
		t.Errorf("GDAL reads %d rings and %d labels", rings, labels)
	}
	b, _ := rawtest.Geometry(outside[0].Geometry)
	if line, ok := b.(orb.LineString); !ok || math.Abs(line[0][0]-569000.123) > 1e-9 {
		t.Error(b)
	}
	if out, err := exec.Command("ogrinfo", "-ro", "-al", path).CombinedOutput(); err != nil || strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
		t.Error(err, string(out))
	}
}

// Lines and points, and letters that the code page does not have.
func TestDrawingOfLinesAndPoints(t *testing.T) {
	for _, g := range []orb.Geometry{orb.LineString{{0, 0}, {5.5, 1}, {7, 2}}, orb.MultiLineString{{{0, 0}, {5, 1}}, {{7, 7}, {8, 8}}, {{9, 9}, {10, 8}}}, orb.Point{3, 4}, orb.MultiPoint{{1, 2}, {3, 4}, {5, 6}}} {
		shape := spatial.Lines
		if g.Dimensions() == 0 {
			shape = spatial.Points
		}
		l := spatial.Layer{Name: "roads", Shape: shape, Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}}}
		path := filepath.Join(t.TempDir(), "a.dxf")
		f := spatial.Feature{ID: 3, Legal: g, SRID: plane, Display: orb.Point{108, 11}, Values: []spatial.Value{spatial.Text("Đường Hồ Xuân Hương")}}
		if _, err := Write(context.Background(), path, Job{Format: DXF, Layer: l, Tier: spatial.TierPublic, CRS: CRS{SRID: plane}}, seqOf([]spatial.Feature{f})); err != nil {
			t.Fatal(err)
		}
		_, seq, err := dxf.Reader(shape, "")(os.DirFS(filepath.Dir(path)), "a.dxf", raw.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, _, _ := rawtest.Rows(seq)
		if len(got) != 1 || rawtest.Differ(g, got[0].Geometry, 0) != "" {
			t.Fatal(shape, got)
		}
		if a, _ := got[0].Attr("name"); a.Value.String() != "Đường Hồ Xuân Hương" {
			t.Error(shape, got[0].Attrs)
		}
	}
	if _, err := Write(context.Background(), filepath.Join(t.TempDir(), "a.dxf"), Job{Format: DXF, Layer: spatial.Layer{Name: "t"}, Tier: spatial.TierPublic, CRS: CRS{SRID: plane}}, seqOf([]spatial.Feature{{ID: 1}})); spatial.CodeOf(err) != "export.shape" {
		t.Error(err)
	}
}
