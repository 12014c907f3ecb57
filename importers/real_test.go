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
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	s, dir := open(t), t.TempDir()
	req := Request{Layer: "parcels", Files: []string{rawtest.Shared(t, "dalat", "parcels_vn2000_shp.zip")}, By: "test", Quarantine: filepath.Join(dir, "q.quarantine.geojsonl")}
	rep := mustRun(t, s, req)
	counts(t, rep, 29313, 29303, 0, 0, 0, 10)
	want := map[string]int{"area.small": 11, "duplicate": 125, "overlap": 1159, "gap": 38, "spike": 15, "reference.missing": 29313, "repaired.ring.repeatedPoint": 57,
		"ring.selfCrossing": 3, "ring.selfTouch": 7, "sliver": 5}
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

// The other real files, as they come. The flaws are theirs: PostGIS finds 515 of
// the zones and 1,519 of the lots invalid in degrees.
func TestRealLayers(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	s := open(t)
	for i, c := range []struct {
		layer, file       string
		read, quarantined int
		want              map[string]any // of the first record
	}{
		{"wards", "dalat/dalat_wards_16.geojson", 16, 0, map[string]any{"code": "24769", "name": "Phường 7", "successor": "Lang Biang - Đà Lạt"}},
		{"zones", "dalat/zones.geojson.gz", 3028, 885, map[string]any{"use": "DD", "name": "Đặc dụng", "color": "#FF0000"}},
		{"landuse", "dalat/landuse_lots.geojson.gz", 15076, 1675, nil},
		{"roads", "osm/dalat_osm_roads_drive.geojson", 2844, 0, map[string]any{"class": "secondary", "name": "Yersin", "surface": "asphalt"}},
		{"roads", "osm/dalat_osm_highways_all.geojson", 7173, 19, nil},
		{"buildings", "osm/dalat_osm_buildings.geojson", 2485, 8, map[string]any{"kind": "yes", "name": "Chợ Đà Lạt"}},
		{"water", "osm/dalat_osm_water.geojson", 36, 0, map[string]any{"kind": "reservoir", "name": "Hồ Đan Kia"}},
		{"water", "osm/dalat_osm_waterways.geojson", 311, 2, nil},
		{"places", "poi/dalat_tourism_poi_25.geojson", 25, 0, map[string]any{"code": "DL01", "kind": "museum", "name": "Nhà lao thiếu nhi Đà Lạt", "name_en": "Đà Lạt Youth Prison Museum"}},
		{"places", "poi/dalat_osm_building_poi.geojson", 87, 0, nil},
	} {
		before := present(t, s, c.layer, "")
		rep := mustRun(t, s, Request{Layer: c.layer, Files: []string{rawtest.Shared(t, filepath.FromSlash(c.file))}})
		counts(t, rep, c.read, c.read-c.quarantined, 0, 0, 0, c.quarantined)
		if i == 0 && (rep.Place == nil || rep.Place.Plane != 5899) {
			t.Fatalf("place %+v", rep.Place)
		}
		f := present(t, s, c.layer, "")[len(before)]
		if !f.Derived || f.SRID != 5899 || rep.CRS != "EPSG:4326" {
			t.Fatalf("%s: %+v", c.file, f)
		}
		if diff := cmp.Diff(c.want, values(layerOf(c.layer), f)); c.want != nil && diff != "" {
			t.Fatalf("%s: %s", c.file, diff)
		}
	}
}
