package pages

import (
	"fmt"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/frontage"
)

func TestFrontageInWords(t *testing.T) {
	texts, err := readTexts()
	if err != nil {
		t.Fatal(err)
	}
	name, width, depth := "Trần Phú", 12.0, 20.25
	main := city.FacedStreet{Name: &name, Width: &width, WidthSource: frontage.Record, Length: 1234.56}
	for _, tt := range []struct {
		name       string
		f          *city.Frontage
		lang       string
		value, why string
	}{
		{"no data", nil, "vi", "Chưa có dữ liệu đường", ""},
		{"one street", &city.Frontage{Streets: []city.FacedStreet{main}, Depth: &depth, Confidence: "high"}, "vi",
			"1.234,6 m trên Trần Phú (lộ giới 12 m theo dữ liệu đường)", "sâu 20,2 m · suy ra từ bản đồ, độ tin cậy cao"},
		{"a corner", &city.Frontage{Streets: []city.FacedStreet{main, {Alley: true, Width: &width, WidthSource: frontage.Measured, Length: 5}, {WidthSource: frontage.NoWidth, Length: 3}},
			Corner: true, Confidence: "medium", Notes: []string{frontage.NoteClose, frontage.NoteMeasured, "newCode"}}, "en",
			"1,234.6 m on Trần Phú (12 m wide as recorded); 5.0 m on an alley without a name (about 12 m wide, measured between the parcels); 3.0 m on a street without a name (width not known)",
			"corner plot · inferred from the map, confidence medium · another street of its class is faced by nearly the same length"},
		{"landlocked", &city.Frontage{Landlocked: true, Confidence: "high"}, "vi", "Không giáp đường: các thửa khác bao quanh", "suy ra từ bản đồ, độ tin cậy cao"},
		{"unknown", &city.Frontage{Confidence: "low", Notes: []string{frontage.NoteOpen}}, "en", "No street could be found", "inferred from the map, confidence low · nothing is recorded beside part of the outline"},
		{"a street itself", &city.Frontage{Confidence: "high", Notes: []string{frontage.NoteIsStreet}}, "en", "This parcel is ground of a street", ""},
	} {
		q := &request{language: language{code: tt.lang, texts: texts}}
		if got := q.frontage(tt.f); got.Value != tt.value || got.Note != tt.why {
			t.Errorf("%s: %q, %q", tt.name, got.Value, got.Note)
		}
	}
}

func TestFrontageRow(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	says(t, ok(t, h, fmt.Sprint("/parcels/", d.home)), "Mặt tiền", "m trên Đường Bùi Thị Xuân (lộ giới 12 m theo dữ liệu đường)", "độ tin cậy")
	says(t, ok(t, h, fmt.Sprint("/parcels/", d.home, "?lang=en")), "Frontage", "m on Đường Bùi Thị Xuân (12 m wide as recorded)", "confidence")
}
