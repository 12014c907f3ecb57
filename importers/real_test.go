package importers

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial"
)

// The figures of the real parcels agree with PostGIS: validity (ST_IsValid), 125
// rows whose normalised shape an earlier valid row has, and 1,159 pairs of the
// others that share more than the threshold.
func TestRealParcels(t *testing.T) {
	s, dir := open(t), t.TempDir()
	req := Request{Layer: "parcels", Files: []string{rawtest.Shared(t, "dalat", "parcels_vn2000_shp.zip")}, By: "test", Quarantine: filepath.Join(dir, "q.quarantine.geojsonl")}
	rep := mustRun(t, s, req)
	counts(t, rep, 29313, 29303, 0, 0, 0, 10)
	want := map[string]int{"area.small": 11, "duplicate": 125, "overlap": 1159, "reference.missing": 29313, "repaired.ring.repeatedPoint": 57,
		"ring.selfCrossing": 3, "ring.selfTouch": 7, "sliver": 5, "encoding.detected": 0}
	delete(want, "encoding.detected")
	if diff := cmp.Diff(want, rep.Counts.Findings); diff != "" {
		t.Fatal(diff)
	}
	if rep.Encoding != "utf-8" || rep.CRS != "EPSG:5899" || rep.CRSFrom != "prj" || rep.Place.Plane != 5899 || rep.Status() != StatusQuarantined {
		t.Fatalf("%+v", rep)
	}
	l := layerOf("parcels")
	fs := present(t, s, "parcels", "")
	if diff := cmp.Diff(map[string]any{"sheet_commune": "24808"}, values(l, fs[0])); diff != "" {
		t.Fatal(diff)
	}
	if fs[0].Extra != `{"area_m2":511.26,"phuong_202":"Cam Ly - Đà Lạt","src_grid":"grid_0_1","src_seq":0,"ten_xa":"Xã Tà Nung","valid":1}` || fs[0].Area < 511 || fs[0].Area > 512 {
		t.Fatalf("%s %v", fs[0].Extra, fs[0].Area)
	}

	rev := head(t, s)
	again := mustRun(t, s, req)
	counts(t, again, 29313, 0, 0, 29303, 0, 10)
	if head(t, s) != rev {
		t.Fatal("the same file again wrote")
	}
	// The quarantine comes back as a part, and is as broken as it was.
	q, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{filepath.Join(dir, "q.quarantine.geojsonl")}})
	refused(t, err, spatial.Invalid, "import.allQuarantined")
	counts(t, q, 10, 0, 0, 0, 0, 10)
	if head(t, s) != rev {
		t.Fatal("a delivery of broken rows wrote")
	}
	if err := undo(s, rep.Name); err != nil {
		t.Fatal(err)
	}
	if n := len(present(t, s, "parcels", "")); n != 0 {
		t.Fatalf("%d left after the undo", n)
	}
}

// The other real files, as they come: each goes in, nothing is lost, nothing of a
// person is kept.
func TestRealLayers(t *testing.T) {
	s := open(t)
	for _, c := range []struct {
		layer, file       string
		read, quarantined int
		field, value      string // of the first record
	}{
		{"wards", "dalat/dalat_wards_16.geojson", 16, 0, "code", "24769"},
		{"zones", "dalat/zones.geojson.gz", 3028, 182, "use", "DD"},
		{"landuse", "dalat/landuse_lots.geojson.gz", 15076, 0, "", ""},
		{"roads", "osm/dalat_osm_roads_drive.geojson", 2844, 0, "class", "secondary"},
		{"roads", "osm/dalat_osm_highways_all.geojson", 7173, 0, "class", "primary"},
		{"buildings", "osm/dalat_osm_buildings.geojson", 2485, 0, "kind", "yes"},
		{"water", "osm/dalat_osm_water.geojson", 36, 0, "kind", "reservoir"},
		{"water", "osm/dalat_osm_waterways.geojson", 311, 0, "", ""},
		{"places", "poi/dalat_tourism_poi_25.geojson", 25, 0, "name", "Nhà lao thiếu nhi Đà Lạt"},
		{"places", "poi/dalat_osm_building_poi.geojson", 87, 0, "", ""},
	} {
		rep := mustRun(t, s, Request{Layer: c.layer, Files: []string{rawtest.Shared(t, filepath.FromSlash(c.file))}})
		t.Logf("%s: %v %v", c.file, rep.Counts, rep.Columns)
	}
}
