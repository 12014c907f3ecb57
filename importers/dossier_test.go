package importers

import (
	"archive/zip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// runGDAL runs one of GDAL's programs.
func runGDAL(t testing.TB, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}

const plan = "68QPK0000001"

// row is the properties of a row of a dossier, "k=v" each.
func row(code string, more ...string) string {
	m := map[string]any{"maThongTinQH": "682521000001", "maHoSoQH": plan, "maDoiTuong": code, "tenDoiTuong": nil, "phanLoai": nil, "ghiChu": nil}
	for _, kv := range more {
		k, v, _ := strings.Cut(kv, "=")
		m[k] = v
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func line(x, y, length float64) string {
	return fmt.Sprintf(`{"type":"LineString","coordinates":[[%v,%v],[%v,%v]]}`, east+x, north+y, east+x+length, north+y)
}

// lots are the rows of the class of lots.
func dossierLots() []string {
	return []string{
		plot(0, 0, 100, 100, row("O-1", "tenDoiTuong=Nhóm nhà ở 1", "phanLoai=DAT_O_Nhomnhao", "ghiChu=ven hồ", "tangCaoMax=5", "matDoXayDung=60", "Chủ đầu tư=UBND")),
		plot(100, 0, 100, 100, row("O-2", "phanLoai=Trường THPT")),
		plot(200, 0, 100, 100, row("O-3", "phanLoai=Hỗn hợp nhóm nhà ở và dịch vụ")),
		plot(300, 0, 100, 100, row("O-4", "phanLoai=Đất để đó")),
		feature(`{"type":"Polygon","coordinates":[[[575400,1320000],[575500,1320100],[575500,1320000],[575400,1320100],[575400,1320000]]]}`, row("O-5", "phanLoai=HT_DAT_Coquan")),
	}
}

// makeDossier makes a dossier by GDAL and gives its folder.
func makeDossier(t testing.TB, lots []string) string {
	t.Helper()
	dir := t.TempDir()
	gis := filepath.Join(dir, "68QPK0000001", "HoSoGIS")
	if err := os.MkdirAll(gis, 0o700); err != nil {
		t.Fatal(err)
	}
	add := func(pack, class string, features ...string) {
		src := write(t, dir, "in.geojson", collection(crs5899, features...))
		to := filepath.Join(gis, pack+".gpkg")
		args := []string{"-q", "-f", "GPKG", "-nln", class}
		if _, err := os.Stat(to); err == nil {
			args = append(args, "-update")
		}
		if features == nil {
			args = append(args, "-nlt", "POLYGON")
		}
		runGDAL(t, "ogr2ogr", append(args, to, src)...)
	}
	add("QuyHoach", "RanhGioiQuyHoach_A", plot(0, 0, 600, 100, row("RG", "tenDoiTuong=Phân khu phường 1", "tyLe=1/2000")))
	add("QuyHoach", "ChucNangSuDungDat_A", lots...)
	add("QuyHoach", "PhanOQuyHoach_A", plot(0, 0, 400, 100, row("I")))
	add("QuyHoach", "PhanKhuQuyHoach_A", plot(0, 0, 600, 100, row("A")))
	add("QuyHoach", "HANHLANGANTOAN_L", feature(line(0, 50, 600), row("HL-1", "phanLoai=Hành lang an toàn lưới điện 110 kV")), feature(line(0, 60, 600), row("HL-2", "phanLoai=Vành đai")))
	add("QuyHoach", "ChiGioiDuongDo_L", feature(line(0, 1, 600), row("DD-1")))
	add("QuyHoach", "ChiGioiXayDung_L", feature(line(0, 4, 600), row("XD-1")))
	add("QuyHoach", "Bang_La_P", feature(`{"type":"Point","coordinates":[575000,1320000]}`, row("P")))
	add("HienTrang", "MatNuoc_A", plot(0, 0, 50, 50, row("N-1", "tenDoiTuong=Hồ Xuân Hương")))
	add("HienTrang", "ChucNangSuDungDat_A", plot(0, 0, 50, 50, row("H-1", "phanLoai=DAT_KHAC_Honuoc")))
	return filepath.Join(dir, "68QPK0000001")
}

func runDossier(t testing.TB, s Store, req Request) Report {
	t.Helper()
	rep, err := RunDossier(context.Background(), s, req)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

type undoable interface {
	Store
	Undoer
}

// A dossier, the same again, a changed one, and the undo, in both stores.
func TestDossier(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	pg, err := postgis.OpenWith(t.Context(), pgtest.New(t), store.Config{Layers: city.Layers()}, postgis.Options{Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Close()
	for name, s := range map[string]undoable{"sqlite": open(t), "postgis": pg} {
		t.Run(name, func(t *testing.T) { testDossier(t, s) })
	}
}

func testDossier(t *testing.T, s undoable) {
	dir := makeDossier(t, dossierLots())
	dry := runDossier(t, s, Request{Files: []string{dir}, DryRun: true})
	counts(t, dry, 10, 9, 0, 0, 0, 1)
	first := runDossier(t, s, Request{Files: []string{dir}, By: "test", Name: "first"})
	if first.Place == nil || first.Place.Plane != 5899 {
		t.Fatalf("place %+v", first.Place)
	}
	if _, err := Undo(context.Background(), s, "first", "test"); err != nil {
		t.Fatal(err)
	}
	for layer, left := range state(t, s) {
		if len(left) > 0 {
			t.Errorf("%d %s are left", len(left), layer)
		}
	}

	q := filepath.Join(t.TempDir(), "68QPK0000001.quarantine.geojsonl")
	rep := runDossier(t, s, Request{Files: []string{dir}, By: "test", Quarantine: q})
	counts(t, rep, 10, 9, 0, 0, 0, 1)
	if rep.Name != plan || rep.Dataset != "plan:"+plan || rep.Layer != "plans,zones,restrictions" || rep.Status() != StatusQuarantined || len(rep.Files) != 1 || rep.CRS != "EPSG:5899" {
		t.Fatalf("%+v", rep)
	}
	want := map[string]int{"dossier.code": 2, "dossier.useUnknown": 1, "dossier.kindUnknown": 1, "dossier.classUnheld": 1, "dossier.classUnknown": 1,
		"dossier.classPassedOver": 1, "dossier.packageUnread": 1, "ring.selfCrossing": 1}
	if diff := cmp.Diff(want, rep.Counts.Findings); diff != "" {
		t.Fatal(diff)
	}
	if p := rep.Parts[1]; p.Layer != "zones" || p.Counts.Read != 5 || !slices.Contains(p.Columns, Column{Name: "tangCaoMax", Field: "floors", Fate: "field"}) || !slices.Contains(p.Columns, Column{Name: "ghiChu", Fate: "extra"}) {
		t.Fatalf("%+v", p)
	}

	if diff := cmp.Diff(map[string]any{"code": plan, "name": "Phân khu phường 1", "level": "zoning", "scale": "1/2000"}, values(layerOf("plans"), present(t, s, "plans", "")[0])); diff != "" {
		t.Fatal(diff)
	}
	zones := present(t, s, "zones", "")
	for i, want := range []map[string]any{
		{"code": "O-1", "name": "Nhóm nhà ở 1", "plan": plan, "use": "ODT", "floors": int64(5), "density": 60.0},
		{"code": "O-2", "plan": plan, "use": "DGD"}, {"code": "O-3", "plan": plan, "use": "Hỗn hợp nhóm nhà ở và dịch vụ"}, {"code": "O-4", "plan": plan, "use": "Đất để đó"},
	} {
		if diff := cmp.Diff(want, values(layerOf("zones"), zones[i])); diff != "" {
			t.Fatal(diff)
		}
	}
	if got := zones[0].Extra; got != `{"Chủ đầu tư":"UBND","ghiChu":"ven hồ","maThongTinQH":"682521000001"}` {
		t.Fatal(got)
	}
	if got := zones[1].Extra; got != `{"maThongTinQH":"682521000001","phanLoaiGoc":"Trường THPT"}` || zones[1].Key != plan+"/O-2" {
		t.Fatal(got, zones[1].Key)
	}
	kinds := map[string]string{}
	for _, f := range present(t, s, "restrictions", "") {
		v := values(layerOf("restrictions"), f)
		kinds[v["code"].(string)] = v["kind"].(string)
		if !strings.HasSuffix(f.Key, "/"+v["code"].(string)) {
			t.Errorf("key %q", f.Key)
		}
	}
	if diff := cmp.Diff(map[string]string{"HL-1": "powerLine", "HL-2": "other", "DD-1": "roadCorridor", "XD-1": "other"}, kinds); diff != "" {
		t.Fatal(diff)
	}

	// The same again, also zipped.
	before := head(t, s.(header))
	again := runDossier(t, s, Request{Files: []string{dir}})
	counts(t, again, 10, 0, 0, 9, 0, 1)
	counts(t, runDossier(t, s, Request{Files: []string{zipped(t, dir)}, Name: plan}), 10, 0, 0, 9, 0, 1)
	if h := head(t, s.(header)); h != before {
		t.Fatalf("the same dossier again wrote: %d after %d", h, before)
	}

	// The row in quarantine, mended.
	text, err := os.ReadFile(q)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"lb_class":"QuyHoach/ChucNangSuDungDat_A"`) {
		t.Fatalf("%s", text)
	}
	mended := strings.NewReplacer("[575500,1320100],[575500,1320000]", "[575500,1320000],[575500,1320100]").Replace(string(text))
	if err := os.WriteFile(q, []byte(mended), 0o600); err != nil {
		t.Fatal(err)
	}
	rep = runDossier(t, s, Request{Files: []string{q}})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	if rep.Dataset != "plan:"+plan || !rep.Partial {
		t.Fatalf("%+v", rep)
	}
	if v := values(layerOf("zones"), present(t, s, "zones", "")[4]); v["use"] != "TSC" || v["code"] != "O-5" {
		t.Fatalf("%v", v)
	}

	// A later delivery: one lot changed, one gone, the broken one still broken.
	all := state(t, s)
	later := dossierLots()
	later[0] = plot(0, 0, 100, 100, row("O-1", "phanLoai=DAT_O_Nhomnhao", "tangCaoMax=4"))
	rep = runDossier(t, s, Request{Files: []string{makeDossier(t, slices.Delete(later, 1, 2))}})
	counts(t, rep, 9, 0, 1, 7, 1, 1)
	if _, err := Undo(context.Background(), s, rep.Name, "test"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, state(t, s), equalValues); diff != "" {
		t.Fatal(diff)
	}
}

type header interface {
	Head(context.Context) (spatial.Revision, error)
}

func state(t *testing.T, s Records) map[string][]spatial.Feature {
	t.Helper()
	out := map[string][]spatial.Feature{}
	for _, l := range []string{"plans", "zones", "restrictions"} {
		out[l] = bare(present(t, s, l, ""))
	}
	return out
}

// zipped is an archive of a folder.
func zipped(t testing.TB, dir string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hồ sơ.zip")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is there now, one class, and what is refused.
func TestDossierMembers(t *testing.T) {
	s := open(t)
	dir := makeDossier(t, dossierLots())
	rep := runDossier(t, s, Request{Files: []string{dir}, Member: "HienTrang"})
	counts(t, rep, 2, 2, 0, 0, 0, 0)
	if rep.Name != plan+".HienTrang" || rep.Layer != "landuse,water" {
		t.Fatalf("%+v", rep)
	}
	if v := values(layerOf("landuse"), present(t, s, "landuse", "")[0]); v["use"] != "MNC" {
		t.Fatalf("%v", v)
	}
	rep = runDossier(t, s, Request{Files: []string{filepath.Join(dir, "HoSoGIS", "QuyHoach.gpkg")}, Member: "phanoquyhoach_a"})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	if f := present(t, s, "zones", "")[0]; f.Extra != `{"lopDuLieu":"PhanOQuyHoach_A","maThongTinQH":"682521000001"}` {
		t.Fatalf("%s", f.Extra)
	}
	_, err := RunDossier(t.Context(), s, Request{Files: []string{dir}, Member: "CayXanh_P"})
	refused(t, err, spatial.NotFound, "dossier.member")
	_, err = RunDossier(t.Context(), s, Request{Files: []string{dir}, Map: map[string]string{"a": "b"}})
	refused(t, err, spatial.Invalid, "dossier.map")
	_, err = RunDossier(t.Context(), s, Request{Files: []string{t.TempDir()}})
	refused(t, err, spatial.NotFound, "dossier.none")
	_, err = RunDossier(t.Context(), s, Request{Files: []string{write(t, t.TempDir(), "a.geojson", "{}")}})
	refused(t, err, spatial.Invalid, "file.format")
	gdb := filepath.Join(t.TempDir(), "QuyHoach.gdb")
	if err := os.Mkdir(gdb, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = RunDossier(t.Context(), s, Request{Files: []string{gdb}})
	refused(t, err, spatial.Invalid, "dossier.geodatabase")
	_, err = RunDossier(t.Context(), s, Request{Files: []string{archive(t, "HoSoGIS/QuyHoach.gdb/a0001.gdbtable")}})
	refused(t, err, spatial.Invalid, "dossier.geodatabase")
	_, err = RunDossier(t.Context(), s, Request{Files: []string{write(t, t.TempDir(), "a.zip", "PK")}})
	refused(t, err, spatial.Invalid, "archive.malformed")
}

// Shapefiles keep ten letters of a column's name; folders are the packages.
func TestDossierOfShapefiles(t *testing.T) {
	s, dir := open(t), t.TempDir()
	folder := filepath.Join(dir, "HoSoGIS", "quyhoach")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	src := write(t, dir, "in.geojson", collection(crs5899, plot(0, 0, 100, 100, row("O-1", "tenDoiTuong=Khu ở", "phanLoai=Nhóm nhà ở", "tangCaoMax=5", "heSoSuDungDat=2.5"))))
	runGDAL(t, "ogr2ogr", "-q", "-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8", filepath.Join(folder, "CHUCNANGSUDUNGDAT_A.shp"), src)
	rep := runDossier(t, s, Request{Files: []string{dir}, Name: "x"})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	f := present(t, s, "zones", "")[0]
	if diff := cmp.Diff(map[string]any{"code": "O-1", "name": "Khu ở", "plan": plan, "use": "ODT", "floors": int64(5), "far": 2.5}, values(layerOf("zones"), f)); diff != "" {
		t.Fatal(diff)
	}
	if f.Extra != `{"maThongTinQH":"682521000001","phanLoaiGoc":"Nhóm nhà ở"}` || len(rep.Files) < 4 {
		t.Fatalf("%s %v", f.Extra, rep.Files)
	}
}

// An empty table says that there is nothing any more; an absent one says nothing.
func TestDossierEmptied(t *testing.T) {
	s := open(t)
	dir := makeDossier(t, dossierLots()[:4])
	runDossier(t, s, Request{Files: []string{dir}})
	gpkg := filepath.Join(dir, "HoSoGIS", "QuyHoach.gpkg")
	runGDAL(t, "ogrinfo", "-q", gpkg, "-sql", `DELETE FROM "RanhGioiQuyHoach_A"`)
	for _, class := range []string{"HANHLANGANTOAN_L", "ChiGioiDuongDo_L", "ChiGioiXayDung_L"} {
		runGDAL(t, "ogrinfo", "-q", gpkg, "-sql", "DROP TABLE "+class)
	}
	rep := runDossier(t, s, Request{Files: []string{dir}})
	counts(t, rep, 4, 0, 0, 4, 1, 0)
	if rep.Counts.Findings["dossier.layerAbsent"] != 1 || len(present(t, s, "restrictions", "")) != 4 {
		t.Fatalf("%v", rep.Counts.Findings)
	}
}
