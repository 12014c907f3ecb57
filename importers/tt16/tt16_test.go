package tt16

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
)

func load(t testing.TB) *Standard {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func layerOf(t testing.TB, name string) spatial.Layer {
	t.Helper()
	for _, l := range city.Layers() {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("there is no layer %s", name)
	return spatial.Layer{}
}

// The tables hold together: with the circular's own counts, with the layers, and
// with the list of land uses.
func TestTables(t *testing.T) {
	s := load(t)
	for pack, want := range map[string]int{"HienTrang": 67, "QuyHoach": 79, "MocGioi": 3, "NenDiaHinh": 0} {
		if n := len(s.packages[pack]); n != want {
			t.Errorf("%s has %d classes, want %d", pack, n, want)
		}
	}
	for _, c := range s.classes {
		if (s.Known(c.Package, c.Name) == "") != c.Ours {
			t.Errorf("%s/%s: the circular's or ours?", c.Package, c.Name)
		}
		l := layerOf(t, c.Layer)
		if c.Means != "" && l.Index(c.Means) < 0 {
			t.Errorf("%s says %s, which %s has not", c.Name, c.Means, c.Layer)
		}
		if want := suffix(c.Name); l.Shape != spatial.AnyShape && l.Shape != want {
			t.Errorf("%s lands in %s", c.Name, c.Layer)
		}
	}
	for layer, columns := range s.columns {
		l := layerOf(t, layer)
		cut := map[string]string{}
		taken := map[string]bool{}
		for _, c := range columns {
			if c.Field != "" && l.Index(c.Field) < 0 {
				t.Errorf("%s: %s fills %s, which is no field", layer, c.Name, c.Field)
			}
			taken[c.Field] = true
			k := key(c.Name[:min(len(c.Name), shortName)])
			if cut[k] != "" {
				t.Errorf("%s: a .dbf takes %s for %s", layer, c.Name, cut[k])
			}
			cut[k] = c.Name
		}
		for _, m := range s.min {
			if !slices.ContainsFunc(columns, func(c Column) bool { return c.Name == m.Name }) {
				t.Errorf("%s has no %s", layer, m.Name)
			}
		}
		for _, f := range l.Fields {
			if slices.Contains([]string{"plans", "zones", "restrictions"}, layer) && !taken[f.Name] {
				t.Errorf("%s: no column holds %s", layer, f.Name)
			}
		}
	}
	codes := landuse.NewTable()
	for _, y := range s.symbols {
		if y.use != "" {
			if _, ok := codes.Lookup(y.use); !ok {
				t.Errorf("%s: %s is no land use", y.code, y.use)
			}
		}
	}
	restrictions := layerOf(t, "restrictions")
	kinds := restrictions.Fields[restrictions.Index("kind")].OneOf
	for _, k := range s.kinds {
		if !slices.Contains(kinds, k.Kind) {
			t.Errorf("%s is no kind", k.Kind)
		}
	}
	if len(s.kinds) != len(kinds) {
		t.Errorf("%d kinds of %d", len(s.kinds), len(kinds))
	}
}

// The tables say what their source says.
func TestTablesAreTheSources(t *testing.T) {
	s := load(t)
	text, err := os.ReadFile("../../../shared/domain/tt16_planning_gis.json")
	if err != nil {
		t.Skip("the source is not here: ", err)
	}
	var source struct {
		QuyHoach, HienTrang, MocGioi map[string][]string
		MinFields                    []struct {
			Name     string
			Len      int
			Required bool
		} `json:"min_fields"`
	}
	if err := json.Unmarshal(text, &source); err != nil {
		t.Fatal(err)
	}
	for pack, groups := range map[string]map[string][]string{"QuyHoach": source.QuyHoach, "HienTrang": source.HienTrang, "MocGioi": source.MocGioi} {
		for _, classes := range groups {
			for _, c := range classes {
				if s.Known(pack, strings.ToUpper(c)) != c {
					t.Errorf("%s/%s is missing", pack, c)
				}
			}
		}
	}
	for i, f := range source.MinFields {
		if s.Minimum()[i] != (Minimum{f.Name, f.Len, f.Required}) {
			t.Errorf("%+v", f)
		}
	}
	f, err := os.Open("../../../shared/domain/tt16_zoning_symbols.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range rows[1:] {
		if s.symbols[i].code != r[0] || s.symbols[i].name != r[1] {
			t.Errorf("%v is %+v", r, s.symbols[i])
		}
	}
}

func TestCodes(t *testing.T) {
	s := load(t)
	d, ok := s.Dossier(" 68qpk0010001 ")
	if !ok || d.Level != "zoning" || d.Province != "68" || d.Adjustment != "0/01" || d.Serial != "0001" {
		t.Errorf("%+v %v", d, ok)
	}
	i, ok := s.Info("682521000001")
	if !ok || i.Level != "zoning" || i.Province != "68" || i.Year != "25" || i.Area != "1" || i.Adjustment != "0" || i.Serial != "00001" {
		t.Errorf("%+v %v", i, ok)
	}
	if got := i.String(); got != "682521000001, level zoning, province 68, year 25, area 1, adjustment 0, serial 00001" {
		t.Error(got)
	}
	for _, bad := range []string{"", "68QPX0000001", "68QPK000000", "68QPK00000011", "六八QPK0000001", "68QPK0000001\n1"} {
		if _, ok := s.Dossier(bad); ok {
			t.Errorf("%q is a code", bad)
		}
		if _, ok := s.Info(bad); ok {
			t.Errorf("%q is a code", bad)
		}
	}
	for _, bad := range []string{"682551000001", "682526000001", "682521300001"} {
		if _, ok := s.Info(bad); ok {
			t.Errorf("%q is a code", bad)
		}
	}
}

func TestUses(t *testing.T) {
	s, codes := load(t), landuse.NewTable()
	for text, want := range map[string]string{
		"DAT_O_Nhomnhao": "ODT", "dat_o_NHOMNHAO": "ODT", "Nhóm nhà ở": "ODT", "ĐẤT NHÓM NHÀ Ở": "ODT", "odt": "ODT", "HT_DAT_Coquan": "TSC", "QHDH_Coquan": "TSC",
		"Trường THPT": "DGD", "Cây xanh chuyên dụng": "Cây xanh chuyên dụng", "DAT_Cayxanhchuyendung": "Cây xanh chuyên dụng", "LUC": "LUC",
	} {
		if use, known := s.Use(text, codes); use != want || !known {
			t.Errorf("%q: %q %v", text, use, known)
		}
	}
	for _, text := range []string{"", "Đất", "DAT_", "HT_", "X", "ODT+CLN"} {
		if use, known := s.Use(text, codes); known || use != text {
			t.Errorf("%q: %q %v", text, use, known)
		}
	}
	// What a use is written as says that use again, for each there is.
	for _, c := range codes.All() {
		if use, known := s.Use(s.Symbol(c.Code), codes); use != c.Code || !known {
			t.Errorf("%s as %s is %s", c.Code, s.Symbol(c.Code), use)
		}
	}
	for _, y := range s.symbols {
		if use, _ := s.Use(s.Symbol(y.says()), codes); use != y.says() {
			t.Errorf("%+v is %s", y, use)
		}
	}
}

func TestKinds(t *testing.T) {
	s := load(t)
	for text, want := range map[string]string{
		"Hành lang an toàn lưới điện cao thế 110kV": "powerLine", "HL bảo vệ đường sắt": "roadCorridor", "Khu vực bảo vệ di tích": "heritage", "Hành lang bảo vệ suối": "water",
		"Tĩnh không sân bay Liên Khương": "airport", "rừng phòng hộ": "forest",
	} {
		if kind, known := s.RestrictionKind(text); kind != want || !known {
			t.Errorf("%q: %s %v", text, kind, known)
		}
	}
	for _, text := range []string{"", "Vành đai", "hồi", "songbird"} {
		if kind, known := s.RestrictionKind(text); kind != "other" || known {
			t.Errorf("%q: %s", text, kind)
		}
	}
	for _, k := range s.kinds {
		if kind, known := s.RestrictionKind(s.KindName(k.Kind)); kind != k.Kind || !known {
			t.Errorf("%s is written %q, which is %s", k.Kind, k.Name, kind)
		}
	}
}

// rowsOf gives rows as a reader does.
func rowsOf(all ...raw.Feature) func(func(raw.Feature, error) bool) {
	return func(yield func(raw.Feature, error) bool) {
		for _, f := range all {
			f.Attrs = slices.Clone(f.Attrs)
			if !yield(f, nil) {
				return
			}
		}
	}
}

func texts(pairs ...string) raw.Feature {
	f := raw.Feature{Row: 1}
	for i := 0; i < len(pairs); i += 2 {
		f.Attrs = append(f.Attrs, raw.Attr{Name: pairs[i], Value: spatial.Text(pairs[i+1])})
	}
	return f
}

func TestRows(t *testing.T) {
	s := load(t)
	for _, c := range []struct {
		name, class string
		in          raw.Feature
		want        map[string]string
		faults      []string
	}{
		{"codes that disagree", "RanhGioiQuyHoach_A", texts("maHoSoQH", "68QCT0000001", "MATHONGTIN", "672521000001"),
			map[string]string{"maHoSoQH": "68QCT0000001", "maThongTinQH": "672521000001", "capDo": "detailed"},
			[]string{"dossier.code", "dossier.code", "dossier.codesDisagree: 68QCT0000001, 672521000001: province, level"}},
		{"called by the other code", "RanhGioiQuyHoach_A", texts("maThongTinQH", "682531000001"), map[string]string{"maHoSoQH": "682531000001", "capDo": "detailed"},
			[]string{"dossier.code", "dossier.codeMissing"}},
		{"a level of its own", "RanhGioiQuyHoach_A", texts("maHoSoQH", "68QPK0000001", "CAPDO", "general"), map[string]string{"maHoSoQH": "68QPK0000001", "capDo": "general"}, []string{"dossier.code"}},
		{"a broken code", "ChucNangSuDungDat_A", texts("maHoSoQH", "QPK-1"), map[string]string{"maHoSoQH": "QPK-1"}, []string{"dossier.codeMalformed: maHoSoQH = QPK-1"}},
		{"no code", "ChucNangSuDungDat_A", texts("phanLoai", "ONT"), map[string]string{"phanLoai": "ONT"}, []string{"dossier.codeMissing"}},
		{"two uses", "ChucNangSuDungDat_A", texts("maHoSoQH", "68QPK0000001", "phanLoai", "DAT_Coquan", "maLoaiDat", "ODT"), map[string]string{"maHoSoQH": "68QPK0000001", "maLoaiDat": "ODT", "phanLoaiGoc": "DAT_Coquan"},
			[]string{"dossier.useDisagrees: DAT_Coquan, ODT"}},
		{"columns in one", "ChucNangSuDungDat_A", texts("maHoSoQH", "68QPK0000001", "thuocTinhKhac", `{"n":1.5,"b":true,"z":null,"l":[1],"maHoSoQH":"x"}`),
			map[string]string{"maHoSoQH": "68QPK0000001", "n": "1.5", "b": "true", "l": "[1]"}, nil},
		{"no columns in one", "ChucNangSuDungDat_A", texts("maHoSoQH", "68QPK0000001", "thuocTinhKhac", `{"n":1}x`), map[string]string{"maHoSoQH": "68QPK0000001", "thuocTinhKhac": `{"n":1}x`}, []string{"dossier.othersMalformed"}},
		{"a line of a road", "ChiGioiDuongDo_L", texts("maHoSoQH", "68QPK0000001", "phanLoai", "đỏ"), map[string]string{"maHoSoQH": "68QPK0000001", "phanLoai": "đỏ", "loaiHanChe": "roadCorridor", "lopDuLieu": "ChiGioiDuongDo_L"}, nil},
	} {
		class, ok := s.Class(Planned, c.class)
		if !ok {
			t.Fatal(c.class)
		}
		for range 2 { // the rows may be read again
			for f, err := range s.Rows(class, rowsOf(c.in)) {
				if err != nil {
					t.Fatal(err)
				}
				got := map[string]string{}
				for _, a := range f.Attrs {
					if !a.Value.IsNull() {
						got[a.Name] = a.Value.String()
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s: %s", c.name, diff)
				}
				if len(f.Faults) != len(c.faults) {
					t.Fatalf("%s: %v", c.name, f.Faults)
				}
				for i, want := range c.faults {
					if have := f.Faults[i].Code + ": " + f.Faults[i].Detail; !strings.HasPrefix(have, want) {
						t.Errorf("%s: %s, want %s", c.name, have, want)
					}
				}
			}
		}
	}
}

// Codes are told of once, however many rows have them.
func TestCodesAreToldOnce(t *testing.T) {
	s := load(t)
	class, _ := s.Class(Planned, "ChucNangSuDungDat_A")
	n := 0
	for f := range s.Rows(class, rowsOf(texts("maHoSoQH", "x"), texts("maHoSoQH", "x"), texts("maHoSoQH", "y"))) {
		n += len(f.Faults)
	}
	if n != 2 {
		t.Fatalf("%d", n)
	}
}

// Whatever stands in a row, nothing of it is lost: each text is there still, or in
// the words of the layer.
func FuzzRows(f *testing.F) {
	f.Add("68QPK0000001", "682521000001", "DAT_O_Nhomnhao", "", `{"a":"b"}`, uint8(1))
	f.Add("", "682521000001", "HT_Coquan", "ODT", `{"phanLoaiGoc":"x","maHoSoQH":1}`, uint8(0))
	f.Add("\xff", "0", "Hành lang lưới điện", "", `{"a":{"b":[1,2]},"a":1e999}`, uint8(3))
	f.Add("x", "", "Đất nhóm nhà ở", "ngoài bảng", "[]", uint8(4))
	s, err := Load()
	if err != nil {
		f.Fatal(err)
	}
	codes := landuse.NewTable()
	f.Fuzz(func(t *testing.T, dossier, info, sort, land, others string, which uint8) {
		class := s.classes[int(which)%len(s.classes)]
		row := texts(DossierCode, dossier, InfoCode, info, "PHANLOAI", sort, LandUse, land, Others, others, "riêng", "giữ")
		row.Attrs = append(row.Attrs, raw.Attr{Name: "bytes", Raw: []byte(sort)})
		for out := range s.Rows(class, rowsOf(row)) {
			have := map[string]string{}
			for _, a := range out.Attrs {
				if _, twice := have[a.Name]; twice {
					t.Fatalf("%s stands twice", a.Name)
				}
				have[a.Name] = strings.TrimSpace(a.Value.String())
			}
			if have["riêng"] != "giữ" {
				t.Fatalf("%v", have)
			}
			for _, code := range []string{dossier, info} {
				if c := strings.TrimSpace(spatial.Text(code).Text()); c != "" && have[DossierCode] != c && have[InfoCode] != c {
					t.Fatalf("%q is lost: %v", c, have)
				}
			}
			text := strings.TrimSpace(spatial.Text(sort).Text())
			says, _ := s.Use(text, codes)
			if have[LandUse] != "" {
				says = have[LandUse]
			}
			if text != "" && class.Means == "use" && !slices.Contains([]string{have[Sort], have[SourceSort], s.Symbol(says), says}, text) {
				t.Fatalf("%q is lost: %v", text, have)
			}
			if text != "" && class.Means != "use" && have[Sort] != text && text != s.KindName(have[Kind]) {
				t.Fatalf("%q is lost: %v", text, have)
			}
		}
	})
}
