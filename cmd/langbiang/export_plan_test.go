package main

import (
	"fmt"
	"iter"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
)

// said is what a record says: all that must come back.
type said struct {
	Values, Extra string
	Access        spatial.Access
	SRID          spatial.SRID
	Shape         [16]byte
}

func saidBy(t *testing.T, store string) map[string][]said {
	t.Helper()
	c := &console{now: time.Now, env: func(string) string { return "" }}
	s, err := openStore(t.Context(), store, c, reading)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out := map[string][]said{}
	for _, l := range []string{"plans", "zones", "restrictions"} {
		for f, err := range s.Scan(t.Context(), l, spatial.AsOf{}, nil, 0) {
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			for _, v := range f.Values {
				fmt.Fprintf(&b, "%s:%s|", v.Type(), v)
			}
			out[l] = append(out[l], said{b.String(), f.Extra, f.Access, f.SRID, quality.Hash(f.Legal)})
		}
		slices.SortFunc(out[l], func(a, b said) int { return strings.Compare(a.Values+a.Extra, b.Values+b.Extra) })
	}
	return out
}

// planRecords are plans, zones and restrictions with every field filled and none,
// every land use there is, and every kind of restriction and shape.
func planRecords(t *testing.T) []spatial.Feature {
	t.Helper()
	var err error
	layers := map[string]spatial.Layer{}
	for _, l := range city.Layers() {
		layers[l.Name] = l
	}
	n := 0
	var all []spatial.Feature
	add := func(layer string, shape func(x float64) orb.Geometry, extra string, set map[string]string) {
		n++
		l := layers[layer]
		f := spatial.Feature{Layer: layer, SRID: 5899, Legal: shape(575000 + float64(n)*20), Extra: extra, Values: make([]spatial.Value, len(l.Fields))}
		for i, field := range l.Fields {
			text, ok := set[field.Name]
			if !ok && set["all"] != "" {
				switch {
				case field.OneOf != nil:
					text = field.OneOf[n%len(field.OneOf)]
				case field.Type == spatial.TypeText:
					text = fmt.Sprintf("Ô “%s” %d", field.Name, n)
				case field.Type == spatial.TypeDate:
					text = "2026-02-0" + fmt.Sprint(1+n%9)
				case field.Type == spatial.TypeFloat:
					text = fmt.Sprint(float64(i) + 0.25)
				default:
					text = fmt.Sprint(i + n)
				}
			}
			if text == "" {
				continue
			}
			if f.Values[i], err = spatial.ParseValue(field.Type, text); err != nil {
				t.Fatal(err)
			}
		}
		if f.Display, err = crs.Display(f.Legal, 5899); err != nil {
			t.Fatal(err)
		}
		if layer == "zones" || layer == "plans" {
			f.Area = 100
		}
		all = append(all, f)
	}
	area := func(x float64) orb.Geometry {
		return orb.Polygon{{{x, 1320000}, {x + 10, 1320000}, {x + 10, 1320010}, {x, 1320010}, {x, 1320000}}}
	}
	two := func(x float64) orb.Geometry {
		return orb.MultiPolygon{area(x).(orb.Polygon), {{{x, 1320100}, {x + 10, 1320100}, {x + 10, 1320110}, {x, 1320110}, {x, 1320100}}}}
	}
	line := func(x float64) orb.Geometry { return orb.LineString{{x, 1320000}, {x + 3, 1320200}} }
	point := func(x float64) orb.Geometry { return orb.Point{x, 1320000} }

	const plan, info = "68QPK0000001", "682521000001"
	add("plans", area, `{"ghiChu":"bản \"sửa\"","maThongTinQH":"682521000001"}`, map[string]string{"all": "1", "code": plan})
	add("plans", two, "", map[string]string{"code": "682631112345", "level": "detailed"})
	add("plans", area, "", map[string]string{"code": "không theo mẫu"})
	for i, c := range landuse.NewTable().All() {
		add("zones", area, "", map[string]string{"code": fmt.Sprint("Z", i), "plan": plan, "use": c.Code})
	}
	add("zones", two, `{"Chủ đầu tư":"UBND","lô":3,"maThongTinQH":"`+info+`","phanLoaiGoc":"Trường THPT","tỷ lệ":0.5,"đã duyệt":true}`, map[string]string{"all": "1", "code": "A", "plan": plan, "use": "DGD"})
	add("zones", area, `{"phanLoaiGoc":"Trường THPT"}`, map[string]string{"all": "1", "code": "B", "plan": plan, "use": "ODT"}) // edited since
	add("zones", area, `{"lopDuLieu":"PhanOQuyHoach_A"}`, map[string]string{"all": "1", "code": "C", "plan": "682631112345", "use": "Đất để đó"})
	add("zones", area, "", map[string]string{"code": "D", "use": "Khu dịch vụ, hỗn hợp"})
	add("zones", area, "", map[string]string{"code": "E", "plan": plan})
	for i, k := range layers["restrictions"].Fields[0].OneOf {
		for j, shape := range []func(float64) orb.Geometry{line, area, two, point} {
			add("restrictions", shape, "", map[string]string{"kind": k, "code": fmt.Sprintf("R%d.%d", i, j), "plan": plan})
		}
	}
	add("restrictions", line, `{"lopDuLieu":"ChiGioiDuongDo_L","phanLoai":"lộ giới"}`, map[string]string{"all": "1", "kind": "roadCorridor", "code": "S1"})
	add("restrictions", line, `{"phanLoai":"Đường dây 110 kV"}`, map[string]string{"all": "1", "kind": "powerLine", "code": "S2"})
	return all
}

func fill(t *testing.T, store string, all []spatial.Feature) {
	t.Helper()
	c := &console{now: time.Now, env: func(string) string { return "" }}
	s, err := openStore(t.Context(), store, c, writing)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var ops iter.Seq2[change.Op, error] = func(yield func(change.Op, error) bool) {
		for _, f := range all {
			if !yield(change.Op{Verb: change.Create, Feature: f}, nil) {
				return
			}
		}
	}
	if _, err := s.Apply(t.Context(), change.Commit{By: "test", Today: "2026-06-01"}, ops); err != nil {
		t.Fatal(err)
	}
}

// What goes out as a dossier comes in again as the same records.
func TestDossierOutAndIn(t *testing.T) {
	dir := t.TempDir()
	a, b, file := filepath.Join(dir, "a.gpkg"), filepath.Join(dir, "b.gpkg"), filepath.Join(dir, "QuyHoach.gpkg")
	dalat(t, a)
	fill(t, a, planRecords(t))
	if d := must(t, 0, "export", "plan", file, "--for", "planner", "--store", a); strings.Contains(d.stderr, "left out") {
		t.Fatal(d.stderr)
	}
	dalat(t, b)
	in := must(t, 0, "import", "plan", file, "--name", "x", "--store", b)
	for _, code := range []string{"useUnknown", "useDisagrees", "kindUnknown", "othersMalformed", "classUnheld", "classPassedOver"} {
		if strings.Contains(in.stdout, "dossier."+code) {
			t.Errorf("%s:\n%s", code, in.stdout)
		}
	}
	want, got := saidBy(t, a), saidBy(t, b)
	if len(want["zones"]) < 80 || len(want["restrictions"]) < 30 {
		t.Fatalf("%d zones, %d restrictions", len(want["zones"]), len(want["restrictions"]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}

	// One plan alone.
	one := filepath.Join(dir, "one.gpkg")
	if d := must(t, 0, "export", "plan", one, "--plan", "682631112345", "--for", "planner", "--store", a); !strings.Contains(d.stdout, "2 ") {
		t.Fatal(d.stdout)
	}

	// The public gets the same classes and columns, without what it may not see.
	open := filepath.Join(dir, "public.gpkg")
	must(t, 0, "export", "plan", open, "--store", a)
	text := ogr(t, "-ro", "-al", "-geom=NO", open)
	for _, hidden := range []string{"UBND", "ven hồ", "bản \"sửa\"", "Trường THPT"} {
		if strings.Contains(text, hidden) {
			t.Errorf("the public sees %q", hidden)
		}
	}
}

func ogr(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command("ogrinfo", args...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Warning") || strings.Contains(string(out), "ERROR") {
		t.Fatalf("ogrinfo %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// GDAL reads the dossier: classes, columns with their lengths, plane, counts.
func TestGDALReadsTheDossier(t *testing.T) {
	dir := t.TempDir()
	a, file := filepath.Join(dir, "a.gpkg"), filepath.Join(dir, "QuyHoach.gpkg")
	dalat(t, a)
	records := planRecords(t)
	fill(t, a, records)
	must(t, 0, "export", "plan", file, "--for", "planner", "--store", a)
	want := map[string]string{"RanhGioiQuyHoach_A": "Multi Polygon", "ChucNangSuDungDat_A": "Multi Polygon", "PhanOQuyHoach_A": "Multi Polygon", "HanhLangAnToan_L": "Multi Line String",
		"HanhLangAnToan_A": "Multi Polygon", "HanhLangAnToan_P": "Point", "ChiGioiDuongDo_L": "Multi Line String", "ChiGioiXayDung_L": "Multi Line String"}
	total := 0
	for _, l := range strings.Split(ogr(t, "-ro", "-so", "-al", file), "\nLayer name: ")[1:] {
		name, text, _ := strings.Cut(l, "\n")
		if !strings.Contains(text, "Geometry: "+want[name]+"\n") || !strings.Contains(text, `ID["EPSG",5899]]`) {
			t.Errorf("%s: %s", name, text)
		}
		delete(want, name)
		var n int
		_, count, _ := strings.Cut(text, "Feature Count: ")
		if _, err := fmt.Sscan(count, &n); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		total += n
		if !strings.Contains(text, "\nmaThongTinQH: String (15.0)\nmaHoSoQH: String (15.0)\nmaDoiTuong: String (100.0)\ntenDoiTuong: String (100.0)\nphanLoai: String (250.0)\nghiChu: String (250.0)\n") {
			t.Errorf("%s has not the minimum columns first:\n%s", name, text)
		}
		if name == "ChucNangSuDungDat_A" && !strings.Contains(text, "\ntangCaoMax: Integer") {
			t.Errorf("%s", text)
		}
	}
	if len(want) > 0 || total != len(records) {
		t.Errorf("missing %v, %d of %d records", want, total, len(records))
	}
}
