package search

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

func TestFold(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"Đà Lạt", "da lat"}, {"da lat", "da lat"}, {"DA  LAT", "da lat"}, {" Đà-Lạt! ", "da lat"},
		{"hoà", "hoa"}, {"hòa", "hoa"}, {"Thuỷ", "thuy"}, {"Thủy", "thuy"},
		{"ựỵẵỗừ", "uyaou"}, {"ÐƯỜNG", "duong"}, {"a\x00b\x1bc", "a b c"}, {"ab\xff\xfecd", "ab cd"}, {"%_'\"", ""}, {"", ""},
	} {
		for form, f := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD} {
			if got := Fold(f.String(tt.in)); got != tt.want {
				t.Errorf("%s %q: %q, want %q", form, tt.in, got, tt.want)
			}
		}
	}
}

func brief(found []Result) string {
	var out []string
	for _, r := range found {
		out = append(out, fmt.Sprintf("%s %d", r.Kind, r.ID))
	}
	return strings.Join(out, ", ")
}

func TestFind(t *testing.T) {
	v := model(t, town())
	for _, tt := range []struct{ q, want string }{
		// Sheet and number, every way round.
		{"tờ 12 thửa 345", "parcel 3, parcel 4, parcel 6"},
		{"to 12 thua 345", "parcel 3, parcel 4, parcel 6"},
		{"Thửa 345 tờ 12", "parcel 3, parcel 4, parcel 6"},
		{"thửa đất số 345, tờ bản đồ số 12", "parcel 3, parcel 4, parcel 6"},
		{"sheet 12 parcel 345", "parcel 3, parcel 4, parcel 6"},
		{"to12 thua345", "parcel 3, parcel 4, parcel 6"},
		{"12/345", "parcel 3, parcel 4, parcel 5, parcel 6"},
		{"12 / 345", "parcel 3, parcel 4, parcel 5, parcel 6"},
		{"0012/0345", "parcel 3, parcel 4, parcel 5, parcel 6"},
		{"345,12", "parcel 5, parcel 3, parcel 4"},
		{"thửa 345", "parcel 3, parcel 4"},
		{"tờ D5-II thửa 7", "parcel 7"},
		{"tờ 7 thửa 88", "parcel 6"}, // by an earlier reference
		{"9/10", "parcel 6"},
		{"TD-0001", "parcel 6"},
		// With the commune.
		{"12/345 Xuân Hương", "parcel 3, parcel 5, parcel 6"},
		{"12/345 cam ly", "parcel 4"},
		{"24781/12/345", "parcel 3, parcel 6"},
		{"24790/12/345", "parcel 4"},
		{"tờ 12 thửa 345 phường 1", "parcel 3, parcel 6"},
		{"tờ 12 thửa 345, Phường 5", "parcel 4"},
		{"12/345, Tà Nung", "parcel 4"},
		{"tờ 12 thửa 345 Hà Nội", ""},
		// Streets: one result a name, by any word of it.
		{"Trần Phú", "street 9"},
		{"đường trần phú", "street 9"},
		{"tran ph", "street 9"},
		{"phu", "street 13, street 9"},
		{"phú trần", "street 9"},
		{"bùi xuân", "street 11"},
		{"hòa bình", "street 12, plan 19"},
		{"hoa binh", "street 12, plan 19"},
		{"ql20", "street 9"},
		{"tran phi", "street 9"},         // one letter off
		{"99 Trần Phú", "street 9"},      // no such address
		{"Trần Phú, Đà Lạt", "street 9"}, // more than the name
		{"tran phu da lat", "street 9"},
		// Addresses.
		{"44 Bùi Thị Xuân", "address 3"},
		{"số 44 đường bui thi xuan phuong xuan", "address 3"},
		{"2 tran phu", "address 7"},
		// Wards, of today and of before.
		{"Phường 1", "ward 1"},
		{"P.1", "ward 1"},
		{"p10", "ward 1"},
		{"Tà Nung", "ward 2"},
		{"24781", "ward 1"},
		{"24784", "ward 1"},
		{"cam ly", "ward 2"},
		{"xuan huong", "ward 1, place 14"},
		{"đà lạt", "ward 1, ward 2, place 15"},
		// Places.
		{"chợ đà lạt", "place 15"},
		{"Xuan Huong Lake", "place 14"},
		{"lake xuan", "place 14"},
		// Nothing.
		{"", ""}, {"%", ""}, {"   ", ""}, {"\x00\x01", ""}, {"\xff\xfe", ""}, {"/", ""}, {"//", ""}, {",", ""}, {"tờ", ""}, {"không có gì như thế", ""},
		{"999", ""}, {"12/999", ""}, // a record of another access class
	} {
		for form, f := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD} {
			if got := brief(Find(v, f.String(tt.q), Options{})); got != tt.want {
				t.Errorf("%s %q: %s, want %s", form, tt.q, got, tt.want)
			}
		}
	}
}

func TestResults(t *testing.T) {
	v := model(t, town())
	first := func(q, lang string) Result {
		t.Helper()
		found := Find(v, q, Options{Lang: lang})
		if len(found) == 0 {
			t.Fatalf("%q: nothing", q)
		}
		return found[0]
	}
	for _, tt := range []struct{ q, lang, title, subtitle, layer string }{
		{"12/345 xuan huong", "vi", "Thửa 345, tờ 12", "ODT · 44 đường Bùi Thị Xuân, Phường Xuân Hương - Đà Lạt · Phường Xuân Hương - Đà Lạt", "parcels"},
		{"12/345 cam ly", "en", "Parcel 345, sheet 12", "CLN · Phường Cam Ly - Đà Lạt", "parcels"},
		{"44 bui thi xuan", "vi", "44 đường Bùi Thị Xuân, Phường Xuân Hương - Đà Lạt", "Thửa 345, tờ 12 · ODT", "parcels"},
		{"phuong 1", "vi", "Phường Xuân Hương - Đà Lạt", "Trước đây: Phường 1", "wards"},
		{"phuong 1", "en", "Phường Xuân Hương - Đà Lạt", "Formerly: Phường 1", "wards"},
		{"ho xuan huong", "en", "Xuan Huong Lake", "Phường Xuân Hương - Đà Lạt", "places"},
		{"bui thi xuan", "vi", "Đường Bùi Thị Xuân", "Phường Xuân Hương - Đà Lạt", "roads"},
	} {
		if r := first(tt.q, tt.lang); r.Title != tt.title || r.Subtitle != tt.subtitle || r.Layer != tt.layer {
			t.Errorf("%q: %+v", tt.q, r)
		}
	}
	want := orb.Bound{Min: orb.Point{108.43, 11.93}, Max: orb.Point{108.45, 11.945}}
	if r := first("tran phu", "vi"); r.BBox != want {
		t.Errorf("the box of a street is %v, want that of all its pieces %v", r.BBox, want)
	}
}

func TestNearest(t *testing.T) {
	v := model(t, town())
	near := orb.Point{108.5, 11.9}
	if got := brief(Find(v, "tờ 12 thửa 345", Options{Near: &near})); got != "parcel 4, parcel 3, parcel 6" {
		t.Error(got)
	}
}

func TestTierDecides(t *testing.T) {
	m := index.New(index.Config{Layers: layers(), Keys: Keys()})
	if err := m.Load(t.Context(), source(town())); err != nil {
		t.Fatal(err)
	}
	if got := brief(Find(m.View(spatial.TierOfficial), "12/999", Options{})); got != "parcel 8" {
		t.Error(got)
	}
	if got := Find(m.View(0), "12/345", Options{}); len(got) != 0 {
		t.Error(got)
	}
	if got := Find(index.View{}, "12/345 xuan huong", Options{}); len(got) != 0 {
		t.Error(got)
	}
}

func TestLimitAndMixture(t *testing.T) {
	v := model(t, crowd(5000))
	for _, limit := range []int{1, 3, 5, 10, 50} {
		if got := len(Find(v, "tran", Options{Limit: limit})); got != limit {
			t.Errorf("limit %d: %d results", limit, got)
		}
	}
	if got := len(Find(v, "t", Options{Limit: 1 << 30})); got > maxLimit {
		t.Errorf("%d results", got)
	}
	kinds := map[string]int{}
	for _, r := range Find(v, "thi", Options{Limit: 10}) {
		kinds[r.Kind]++
	}
	if kinds[KindStreet] == 0 || kinds[KindPlace] == 0 || kinds[KindWard] == 0 {
		t.Errorf("one kind crowds out the others: %v", kinds)
	}
}

func TestOrderOfRecordsDoesNotMatter(t *testing.T) {
	rows := crowd(2000)
	for i := range rows {
		rows[i].ID = uint64(i + 1)
	}
	a := model(t, rows)
	slices.Reverse(rows)
	b := model(t, rows)
	near := orb.Point{108.31, 11.9}
	for _, q := range []string{"tran", "p", "12", "tran thi phu", "1/2", "5 tran", "khach san nguyen", "phu"} {
		for _, o := range []Options{{}, {Limit: 50}, {Near: &near, Limit: 30}} {
			x, y := Find(a, q, o), Find(b, q, o)
			if !slices.Equal(x, y) {
				t.Errorf("%q: %s / %s", q, brief(x), brief(y))
			}
		}
	}
}

func TestByReference(t *testing.T) {
	v := model(t, town())
	for _, tt := range []struct {
		commune, sheet, number string
		want                   []uint64
	}{
		{"24781", "12", "345", []uint64{3}}, {"24784", "12", "345", []uint64{3}}, {"24787", "012", "0345", []uint64{4}},
		{"24781", "D5-II", "7", []uint64{7}}, {"24781", "12", "346", nil}, {"", "", "", nil}, {"24781", "12", "", nil},
		{"24784", "9", "10", []uint64{6}}, {"24781", "12", "999", nil},
	} {
		if got := ByReference(v, tt.commune, tt.sheet, tt.number); !slices.Equal(got, tt.want) {
			t.Errorf("%s/%s/%s: %v, want %v", tt.commune, tt.sheet, tt.number, got, tt.want)
		}
	}
}

func TestOneOff(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"tran phu", "tran phu", true}, {"tran phu", "tran phi", true}, {"tran phu", "trn phu", true}, {"tran phu", "tran phuu", true},
		{"tran phu", "tarn phu", true}, {"tran phu", "tran pi", false}, {"tran", "trnaa", false}, {"", "a", true}, {"ab", "ba", true}, {"abc", "cba", false},
	} {
		if oneOff(tt.a, tt.b) != tt.want || oneOff(tt.b, tt.a) != tt.want {
			t.Errorf("%q, %q: want %v", tt.a, tt.b, tt.want)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, q := range []string{"tờ 12 thửa 345", "12/345 Xuân Hương", "345,12", "%", "p1", "\xff", strings.Repeat("a ", 300), "tờ tờ thửa", "1/2/3/4", "44 Trần Phú, Phường 1", "//,,--", "11.94015, 108.43815", "X=1320566.86 Y=575187.16 KTT 108", "tờ 40", "OM-12", "đồ án QHPK"} {
		f.Add(q)
	}
	v := model(f, town())
	f.Fuzz(func(t *testing.T, q string) {
		once := Find(v, q, Options{Limit: 5})
		if len(once) > 5 {
			t.Fatalf("%d results", len(once))
		}
		if !slices.Equal(once, Find(v, q, Options{Limit: 5})) {
			t.Fatal("two answers to one query")
		}
		for _, r := range once {
			if r.Title == "" || !slices.Contains(Kinds(), r.Kind) || !index.Empty(r.BBox) && !r.BBox.Contains(r.Point) {
				t.Fatalf("%+v", r)
			}
		}
		if s := Fold(q); Fold(s) != s {
			t.Fatalf("folding twice differs: %q, %q", s, Fold(s))
		}
	})
}

func BenchmarkFind(b *testing.B) {
	v := model(b, crowd(100_000))
	near := orb.Point{108.35, 11.95}
	for _, q := range []string{"tờ 12 thửa 345", "12/345", "thửa 1", "t", "1", "tran thi phu", "phu", "khach san", "44 tran thi phu", "phuong", "khong co gi nhu the", strings.Repeat("t ", 200), "24705/12/345"} {
		b.Run(fmt.Sprintf("%.20s", q), func(b *testing.B) {
			for b.Loop() {
				Find(v, q, Options{Near: &near})
			}
		})
	}
}
