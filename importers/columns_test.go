package importers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
)

// Every layer and field that columns.json speaks of is one of the product's.
func TestColumnRulesNameRealFields(t *testing.T) {
	rules, err := readColumnRules()
	if err != nil {
		t.Fatal(err)
	}
	layers := map[string]spatial.Layer{}
	for _, l := range city.Layers() {
		layers[l.Name] = l
	}
	for name, fields := range rules.Layers {
		l, ok := layers[name]
		if !ok {
			t.Errorf("no layer %q", name)
			continue
		}
		seen := map[string]string{}
		for f, aliases := range fields {
			if l.Index(f) < 0 {
				t.Errorf("%s has no field %q", name, f)
			}
			for _, a := range aliases {
				if other := seen[fold(a)]; other != "" && other != f {
					t.Errorf("%s: column %q would fill %s and %s", name, a, other, f)
				}
				seen[fold(a)] = f
				if rules.private(fold(a)) && a != f {
					t.Errorf("%s: %q is a person's", name, a)
				}
			}
		}
	}
}

// Columns as offices, portals and OpenStreetMap write them.
func TestColumns(t *testing.T) {
	for _, c := range []struct {
		name, layer, properties string
		want                    map[string]any
		extra                   string
		findings                map[string]int
		req                     Request
	}{
		{"ViLIS", "parcels", `{"ID":0,"XAID":24808,"SHBANDO":12,"SHTHUA":345,"DIENTICH":201.5,"DIENTICHPL":200,"KHLOAIDAT":"ODT","DIADANH":"Suối Cát","TENCHU":"Ai đó","DIACHI":"Nhà ai đó","DACAPGCN":1,"CMND":"012345678"}`,
			map[string]any{"sheet_commune": "24808", "sheet": "12", "number": "345", "area_registered": 200.0, "use": "ODT", "address": "Suối Cát"}, `{"DIENTICH":201.5,"ID":0}`, map[string]int{"personal.dropped": 4}, Request{}},
		{"geodatabase", "parcels", `{"OBJECTID":7,"MaXa":"24808","SoThuTuThua":"1","SoHieuToBanDo":"2","DiaChi":"12 Yersin","DienTich":"1.234,5","KyHieuMucDichSuDung":"ODT+CLN"}`,
			map[string]any{"sheet_commune": "24808", "sheet": "2", "number": "1", "use": "ODT+CLN", "address": "12 Yersin"}, `{"DienTich":"1.234,5","OBJECTID":7}`, map[string]int{"value.malformed": 1}, Request{}},
		{"portal", "parcels", `{"so_to":"3","so_thua":"4","ma_xa":"24778","ma_xa_cu":"24772","dientich_ha":0.0123,"chu_su_dung":"Ai","diachi":"x","sđt":"09"}`,
			map[string]any{"commune": "24778", "sheet_commune": "24772", "sheet": "3", "number": "4", "area_registered": 123.0}, ``, map[string]int{"personal.dropped": 3, "area.differs": 1}, Request{}},
		{"after the merger", "parcels", `{"so_to":"3","so_thua":"4","ma_xa":"24778"}`, map[string]any{"commune": "24778", "sheet_commune": "24778", "sheet": "3", "number": "4"}, ``, map[string]int{}, Request{Date: "2025-08-01"}},
		{"before the merger", "parcels", `{"so_to":"3","so_thua":"4","ma_xa":"24778"}`, map[string]any{"sheet_commune": "24778", "sheet": "3", "number": "4"}, ``, map[string]int{}, Request{Date: "2024-08-01"}},
		{"by request", "parcels", `{"so_to":"3","TO_KHAC":"9","so_thua":"4","ma_xa":"1"}`, map[string]any{"sheet_commune": "1", "sheet": "9", "number": "4"}, `{"so_to":"3"}`, map[string]int{}, Request{Map: map[string]string{"sheet": "to_khac"}}},
		{"spaces and nulls", "parcels", `{"so_to":" 3 ","so_thua":"","SHTHUA":"5","ma_xa":null}`, map[string]any{"sheet": "3", "number": "5"}, ``, map[string]int{"reference.missing": 1}, Request{}},
		{"OSM building", "buildings", `{"@id":"way/12","building":"hotel","building:levels":"5","height":"16.5 m","addr:full":"1 Trần Phú","phone":"+84","contact:email":"a@b","roof:shape":"flat"}`,
			map[string]any{"kind": "hotel", "levels": 5.0, "height": 16.5, "address": "1 Trần Phú"}, `{"@id":"way/12","roof:shape":"flat"}`, map[string]int{"personal.dropped": 2}, Request{}},
		{"zone", "zones", `{"maopho":"A-1","chucnangsdd":"ODT","tangcao":"5","matdo":130,"hesosdd":"4,5","danso":1200,"rgbcolor":"255,0,0","status":"Verified"}`,
			map[string]any{"code": "A-1", "use": "ODT", "floors": int64(5), "far": 4.5, "population": int64(1200), "color": "255,0,0", "status": "verified"}, `{"matdo":130}`, map[string]int{"value.malformed": 1}, Request{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, dir := open(t), t.TempDir()
			c.req.Layer, c.req.Files = c.layer, []string{write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, c.properties)))}
			rep := mustRun(t, s, c.req)
			f := present(t, s, c.layer, "")[0]
			if diff := cmp.Diff(c.want, values(layerOf(c.layer), f)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.extra, f.Extra); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.findings, rep.Counts.Findings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A camera's owner is an office: the layer's own field wins over the list of
// personal columns.
func TestOwnerOfACamera(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899, feature(`{"type":"Point","coordinates":[575000,1320000]}`, `{"code":"C1","owner":"Công an","phone":"113"}`)))
	rep := mustRun(t, s, Request{Layer: "cameras", Files: []string{path}})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	if diff := cmp.Diff(map[string]any{"code": "C1", "owner": "Công an"}, values(layerOf("cameras"), present(t, s, "cameras", "")[0])); diff != "" {
		t.Fatal(diff)
	}
}

// Texts of the old encodings come out right, with what was settled and how sure.
func TestEncodings(t *testing.T) {
	const tcvn3 = "Ph\xad\xeang Xu\xa9n H\xad\xacng, \xa7\xb5 L\xb9t" // as .VnTime shows it
	ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
	for _, c := range []struct {
		name, cpg, cell, encoding, want string
		findings                        []string
		req                             string
	}{
		{"utf-8 by .cpg", "UTF-8", "Phường Xuân Hương", "utf-8", "Phường Xuân Hương", nil, ""},
		{"tcvn3 unsaid", "", tcvn3, "tcvn3", "Phường Xuân Hương, Đà Lạt", []string{"encoding.detected"}, ""},
		{"tcvn3 said to be 1252", "1252", tcvn3, "tcvn3", "Phường Xuân Hương, Đà Lạt", []string{"encoding.contradicted"}, ""},
		{"tcvn3 by request", "UTF-8", tcvn3, "tcvn3", "Phường Xuân Hương, Đà Lạt", nil, "tcvn3"},
		{"one letter proves nothing", "", "L\xb9t", "", "", []string{"encoding.unsure"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			path := writeShapefile(t, t.TempDir(), "a", vn5899, c.cpg, []string{"DIADANH"}, []shapeRow{{rings: ring, cells: []string{c.cell}}})
			rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Encoding: c.req})
			if c.encoding != "" && !strings.EqualFold(rep.Encoding, c.encoding) {
				t.Fatalf("encoding %s", rep.Encoding)
			}
			if got := present(t, s, "parcels", "")[0].Values[8].Text(); c.want != "" && got != c.want {
				t.Fatalf("%q", got)
			}
			for _, code := range []string{"encoding.detected", "encoding.contradicted", "encoding.unsure"} {
				want := 0
				for _, w := range c.findings {
					if w == code {
						want = 1
					}
				}
				if rep.Counts.Findings[code] != want {
					t.Fatalf("%s: %v", code, rep.Counts.Findings)
				}
			}
		})
	}
}

// A text that its encoding cannot say is kept, letter for byte, beside the fields.
func TestUndecodable(t *testing.T) {
	s := open(t)
	ring := []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}
	path := writeShapefile(t, t.TempDir(), "a", vn5899, "", []string{"DIADANH", "GHICHU"}, []shapeRow{{rings: ring, cells: []string{"a\xff", "b"}}})
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Encoding: "utf-8"})
	f := present(t, s, "parcels", "")[0]
	if rep.Counts.Findings["text.undecodable"] != 1 || !f.Values[8].IsNull() || f.Extra != `{"DIADANH":"aÿ","GHICHU":"b"}` {
		t.Fatalf("%v %q %s", rep.Counts.Findings, f.Values[8].Text(), f.Extra)
	}
}

// A table without shapes is matched by its key, or by what a row says.
func TestTableWithoutShapes(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection("", feature("null", `{"ma":"QD1","so_hieu":"704/QĐ-TTg","ngay_ban_hanh":"12/05/2014"}`), feature("null", `{"so_hieu":"2221"}`)))
	rep := mustRun(t, s, Request{Layer: "documents", Files: []string{path}})
	counts(t, rep, 2, 2, 0, 0, 0, 0)
	fs := present(t, s, "documents", "")
	if diff := cmp.Diff(map[string]any{"code": "QD1", "number": "704/QĐ-TTg", "date": "2014-05-12"}, values(layerOf("documents"), fs[0])); diff != "" {
		t.Fatal(diff)
	}
	if fs[0].Key != "QD1" || !strings.HasPrefix(fs[1].Key, "row:") || fs[0].Legal != nil {
		t.Fatalf("%+v", fs)
	}
	counts(t, mustRun(t, s, Request{Layer: "documents", Files: []string{path}}), 2, 0, 0, 2, 0, 0)
}

func TestPlaneByProvince(t *testing.T) {
	for _, c := range []struct {
		at   orb.Point
		want spatial.SRID
	}{
		{orb.Point{108.4419, 11.9465}, 5899}, // Đà Lạt, though 108°30' is nearer
		{orb.Point{106.70, 10.78}, 9210},     // Hồ Chí Minh
		{orb.Point{105.85, 21.03}, 5897},     // Hà Nội
		{orb.Point{108.22, 16.07}, 5899},     // Đà Nẵng
		{orb.Point{108.05, 12.67}, 9218},     // Buôn Ma Thuột
		{orb.Point{107.58, 16.46}, 9214},     // Huế
		{orb.Point{108.10, 10.93}, 9218},     // Phan Thiết
	} {
		if got, name, err := planeFor(c.at); err != nil || got != c.want {
			t.Errorf("%v: %d (%s) %v, want %d", c.at, got, name, err, c.want)
		}
	}
}
