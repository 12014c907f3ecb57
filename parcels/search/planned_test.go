package search

import (
	"slices"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
)

func TestPlanned(t *testing.T) {
	v := model(t, town())
	for _, tt := range []struct{ q, want string }{
		{"OM-12", "zone 16, zone 17"}, {"om 12", "zone 16, zone 17"}, {"om12", "zone 16, zone 17"}, {"OM-120", "zone 17"}, {"ô quy hoạch OM-12", "zone 16, zone 17"}, {"zone OM-120", "zone 17"},
		{"nhà ở hiện hữu", "zone 16"}, {"nhom nha o", "zone 16"}, {"khu hỗn hợp", "zone 17"}, {"hien huu nha", "zone 16"}, {"khu hon hpp", "zone 17"}, {"cây xanh", "zone 18"},
		{"QHPK-07", "plan 19"}, {"qhpk 08", "plan 20"}, {"đồ án QHPK-07", "plan 19"}, {"quy hoạch phân khu", "plan 20, plan 19"}, {"phân khu", "plan 20, plan 19"}, {"qhpk", "plan 19, plan 20"},
		{"trung tâm hòa bình", "plan 19"}, {"phan khu phia nan", "plan 20"}, {"phân khu bí mật", "plan 19"}, {"QHPK-09", "plan 19, plan 20"},
	} {
		found := Find(v, tt.q, Options{})
		if got := brief(found); got != tt.want {
			t.Errorf("%q: %s, want %s", tt.q, got, tt.want)
		}
		for _, r := range found {
			if r.ID == 21 {
				t.Errorf("%q finds a plan that the public may not see", tt.q)
			}
		}
	}
	for _, tt := range []struct{ q, lang, title, subtitle string }{
		{"om-12", "vi", "OM-12 – Nhóm nhà ở hiện hữu", "ODT · Phân khu trung tâm Hoà Bình"},
		{"om-120", "vi", "OM-120 – Khu hỗn hợp", "TMD · Phân khu phía Nam · Dự thảo"}, // a reader is told that it does not bind
		{"om-120", "en", "OM-120 – Khu hỗn hợp", "TMD · Phân khu phía Nam · Draft"},
		{"cay xanh canh quan", "vi", "Cây xanh cảnh quan", ""},
		{"qhpk-07", "vi", "Phân khu trung tâm Hoà Bình", "QHPK-07 · Quy hoạch phân khu · Đang có hiệu lực"},
		{"qhpk-08", "en", "Phân khu phía Nam", "QHPK-08 · Zoning plan · Draft"},
	} {
		found := Find(v, tt.q, Options{Lang: tt.lang})
		if len(found) == 0 || found[0].Title != tt.title || found[0].Subtitle != tt.subtitle {
			t.Errorf("%q: %+v", tt.q, found)
		}
	}
}

// TestSheetAlone: the parcels of a sheet stand by number, those of one commune
// together.
func TestSheetAlone(t *testing.T) {
	v := model(t, town())
	for _, q := range []string{"tờ 40", "to 40", "tờ bản đồ số 40", "sheet 40", "tờ 040"} {
		if got := brief(Find(v, q, Options{})); got != "parcel 23, parcel 22, parcel 24, parcel 26, parcel 25" {
			t.Errorf("%q: %s", q, got)
		}
	}
	near := orb.Point{108.55, 11.96}
	if got := brief(Find(v, "tờ 40", Options{Near: &near})); got != "parcel 26, parcel 25, parcel 23, parcel 22, parcel 24" {
		t.Error(got)
	}
	if got := brief(Find(v, "tờ 40 phường 1", Options{})); got != "parcel 23, parcel 22, parcel 24" {
		t.Error(got)
	}
}

func TestKinds(t *testing.T) {
	v := model(t, town())
	for _, tt := range []struct {
		q     string
		kinds []string
		want  string
	}{
		{"xuan huong", []string{KindPlace}, "place 14"}, {"xuan huong", []string{KindWard}, "ward 1"}, {"xuan huong", []string{KindWard, KindPlace}, "ward 1, place 14"},
		{"xuan huong", []string{}, ""}, {"12/345", []string{KindStreet}, ""}, {"12/345", []string{KindParcel}, "parcel 3, parcel 4, parcel 5, parcel 6"}, {"om-12", []string{KindPlan}, ""},
		{"11.94015, 108.43815", []string{KindParcel}, "parcel 3"}, {"11.94015, 108.43815", []string{KindCoordinate}, "coordinate 0"}, {"11.94015, 108.43815", []string{KindWard}, ""},
	} {
		if got := brief(Find(v, tt.q, Options{Kinds: tt.kinds})); got != tt.want {
			t.Errorf("%q of %v: %s, want %s", tt.q, tt.kinds, got, tt.want)
		}
	}
	// More of one kind than stand in the mixture.
	big := model(t, crowd(5000))
	streets := Find(big, "tran", Options{Limit: 50, Kinds: []string{KindStreet}})
	if len(streets) != 50 || slices.ContainsFunc(streets, func(r Result) bool { return r.Kind != KindStreet }) {
		t.Errorf("%d streets: %s", len(streets), brief(streets))
	}
}

func TestCoordinates(t *testing.T) {
	v := model(t, town())
	for _, tt := range []struct{ q, lang, want, title, subtitle string }{
		{"11.94015, 108.43815", "vi", "coordinate 0, parcel 3", "11.940150, 108.438150 (WGS 84)", "Thửa 345, tờ 12"},
		{"108,43815 11,94015", "en", "coordinate 0, parcel 3", "11.940150, 108.438150 (WGS 84)", "Parcel 345, sheet 12"},
		{"11.95, 108.45", "vi", "coordinate 0", "11.950000, 108.450000 (WGS 84)", "Không có thửa đất tại đây"},
		{"X=1320566.86 Y=575187.16", "en", "coordinate 0", "X 1,320,566.86 Y 575,187.16 (VN-2000, 107°45')", "No parcel here"},
		{"21.03, 105.85", "vi", "coordinate 0", "21.030000, 105.850000 (WGS 84)", "Ngoài khu vực"},
		{"40.70 -74.00", "en", "coordinate 0", "40.700000, -74.000000 (WGS 84)", "Outside the area"},
		{"11.94005, 108.44005", "vi", "coordinate 0", "11.940050, 108.440050 (WGS 84)", "Không có thửa đất tại đây"}, // one that the public may not see
	} {
		found := Find(v, tt.q, Options{Lang: tt.lang})
		if got := brief(found); got != tt.want || found[0].Title != tt.title || found[0].Subtitle != tt.subtitle {
			t.Errorf("%q: %s %+v", tt.q, got, found)
		}
	}
	r := Find(v, "11.94015, 108.43815", Options{})[0]
	if r.Point != (orb.Point{108.43815, 11.94015}) || !r.BBox.Contains(r.Point) || r.BBox.Max[0]-r.BBox.Min[0] > 0.002 {
		t.Errorf("%+v", r)
	}
	if got := Find(v, "11.94015, 108.43815", Options{Limit: 1}); len(got) != 1 || got[0].Kind != KindCoordinate {
		t.Errorf("%+v", got)
	}
	// Of several parcels at one place the one whose card the place has.
	twice := append(town(), row("parcels", square(108.4380, 11.9400, 0.001), "sheet", "50", "number", "1"))
	for i := range twice {
		twice[i].Area = 100
	}
	twice[len(twice)-1].Area = 10
	if got := brief(Find(model(t, twice), "11.94015, 108.43815", Options{})); got != "coordinate 0, parcel 28" {
		t.Error(got)
	}
	if got := brief(Find(index.View{}, "11.94015, 108.43815", Options{})); got != "coordinate 0" {
		t.Error(got)
	}
}

// TestPointsLieOnWhatWasFound: a pin at the point stands on the thing.
func TestPointsLieOnWhatWasFound(t *testing.T) {
	v := model(t, town())
	for _, q := range []string{"tờ 41 thửa 1", "12/345 xuan huong", "om-12", "qhpk-07", "cam ly"} {
		r := Find(v, q, Options{})[0]
		on := false
		for it := range v.At(r.Layer, r.Point) {
			on = on || it.ID() == r.ID
		}
		if !on || !r.BBox.Contains(r.Point) {
			t.Errorf("%q: %v is not on %s %d", q, r.Point, r.Kind, r.ID)
		}
	}
	r := Find(v, "trần phú", Options{})[0]
	if r.Point != (orb.Point{108.44, 11.94}) {
		t.Errorf("%v is not on the street", r.Point)
	}
}

func TestNatural(t *testing.T) {
	in := []string{"12/10", "12/9", "12/9a", "12/100", "2/1", "d5-ii/7", ""}
	slices.SortFunc(in, func(a, b string) int { return slices.Compare([]byte(natural(a)), []byte(natural(b))) })
	if want := []string{"", "2/1", "12/9", "12/9a", "12/10", "12/100", "d5-ii/7"}; !slices.Equal(in, want) {
		t.Errorf("%q", in)
	}
}
