package pages

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// wellFormed reads a page as XML, which it is written to be.
func wellFormed(t *testing.T, body string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(strings.TrimPrefix(body, "<!DOCTYPE html>")))
	d.Strict, d.Entity = true, xml.HTMLEntity
	ids := map[string]bool{}
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		e, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		if e.Name.Local == "script" || e.Name.Local == "style" {
			t.Errorf("a <%s> element", e.Name.Local)
		}
		for _, a := range e.Attr {
			switch {
			case a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on"):
				t.Errorf("<%s %s=%q>", e.Name.Local, a.Name.Local, a.Value)
			case a.Name.Local == "id" && ids[a.Value]:
				t.Errorf("id %q stands twice", a.Value)
			case a.Name.Local == "id":
				ids[a.Value] = true
			}
		}
	}
}

// visible is a page's text without markup, spaces run together.
func visible(body string) string {
	body = regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(body, " ")
	return strings.Join(strings.Fields(html.UnescapeString(body)), " ")
}

func ok(t *testing.T, h http.Handler, path string, header ...string) string {
	t.Helper()
	w := get(t, h, path, header...)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	wellFormed(t, w.Body.String())
	return w.Body.String()
}

func says(t *testing.T, body string, texts ...string) {
	t.Helper()
	v := visible(body)
	for _, s := range texts {
		if !strings.Contains(v, s) {
			t.Errorf("the page does not say %q:\n%s", s, v)
		}
	}
}

func TestParcelPageSaysEveryFact(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	says(t, ok(t, h, fmt.Sprint("/parcels/", d.home)),
		"Thửa 345, tờ 12", "Phường Xuân Hương - Đà Lạt", "từ 01/07/2025", "44 đường Bùi Thị Xuân",
		"Được xây tối đa 3 tầng", "vì Nhóm nhà ở hiện hữu – Quy hoạch phân khu trung tâm Hoà Bình, ô quy hoạch OM-12, Điều 5, 2221/QĐ-UBND",
		"Mức tin cậy: dữ liệu minh hoạ", "UBND tỉnh Lâm Đồng", "23/10/2014", "100 %",
		"ODT – Đất ở tại đô thị (330,5 m²); CLN – Đất trồng cây lâu năm (41,5 m²)", "Diện tích theo giấy tờ 372,0 m²", "Diện tích theo ranh giới 372,0 m²", "phù hợp",
		"EPSG:5899", "X (Bắc) 1.320.5", "Y (Đông) 575.0", "tờ 7 thửa 88", "Tờ bản đồ lập cho 24784",
		"Chiều cao 13,5 m", "Mật độ xây dựng 80 %", "Hệ số sử dụng đất 2,4", "Khoảng lùi trước (ít nhất) 2 m", "Khoảng lùi bên (ít nhất) Chưa có dữ liệu",
		"đang có hiệu lực", "Không liên quan Hành lang an toàn đường bộ Di tích, di sản", "Chưa có dữ liệu Hành lang lưới điện",
		"Đã phù hợp quy hoạch", "28/02/2026", "BB-12/2026", "theo đo đạc", "Thửa giáp ranh", "Thửa 303, tờ 12",
		"Người sử dụng đất Không công khai", "không có nghĩa là không có", "/thua/24781/12/345")
	if v := visible(ok(t, h, fmt.Sprint("/parcels/", d.home))); strings.Contains(v, "thua-dat") || strings.Contains(v, "Bộ dữ liệu") {
		t.Errorf("the public sees what a file is called:\n%s", v)
	}
	says(t, ok(t, h, fmt.Sprintf("/parcels/%d?lang=en", d.home)),
		"Parcel 345, sheet 12", "May be built: 3 floors at most", "because of Nhóm nhà ở hiện hữu", "How sure: demonstration data", "23 October 2014", "Urban residential land (330.5 m²)",
		"northing (X) 1,320,5", "agrees", "in force", "Adjoining parcels", "Not public")
}

func TestSeveralZones(t *testing.T) {
	d := dalat()
	body := ok(t, serve(t, d), fmt.Sprint("/parcels/", d.divided))
	says(t, body, "Được xây tối đa 3 tầng", "quy định nghiêm ngặt nhất", "Ô quy hoạch HH-03: tối đa 5", "Từng phần của thửa", "HH-03", "chênh lệch đáng kể", "TMD – Đất thương mại, dịch vụ", "Có thể xin chuyển mục đích")
}

func TestWhatIsMissingIsSaidInWords(t *testing.T) {
	d := dalat()
	body := ok(t, serve(t, d), fmt.Sprint("/parcels/", d.bare))
	says(t, body, "Thửa chưa có số", "Chưa có dữ liệu quy hoạch về số tầng", "không có nghĩa là không có hạn chế", "chưa rõ mục đích", "Chưa ghi nhận", "chưa có diện tích theo giấy tờ",
		"Không có ô quy hoạch nào", "chưa đo đạc", "Không có thửa giáp ranh")
	for _, bad := range []string{"null", "nil", "NaN", "%!", "0001", "{{"} {
		if strings.Contains(visible(body), bad) {
			t.Errorf("the page says %q", bad)
		}
	}
}

// fixed gives the same card for every parcel.
type fixed struct {
	card city.Card
	err  error
}

func (f fixed) Card(index.View, uint64, string) (city.Card, error) { return f.card, f.err }

func (f fixed) At(index.View, orb.Point, string) (city.Card, error) { return f.card, f.err }

func TestOutcomesOfTheAnswer(t *testing.T) {
	d := dalat()
	three, zero, demo := 3.0, 0.0, "demo"
	for name, tt := range map[string]struct {
		limit planning.Limit
		want  []string
	}{
		"no data":       {planning.Limit{Outcome: planning.NoData}, []string{"Chưa có dữ liệu quy hoạch về số tầng"}},
		"cannot assess": {planning.Limit{Outcome: planning.CannotAssess, Unknown: []string{"overlap", "newCode"}}, []string{"Không đánh giá được số tầng", "chưa tính được; newCode."}},
		"not buildable": {planning.Limit{Outcome: planning.NotBuildable, Max: &zero, Status: &demo, Because: &planning.Reason{Rule: "zone", Title: "Cây xanh"}},
			[]string{"Không được xây dựng công trình", "vì Cây xanh", "Chưa ghi nhận văn bản làm căn cứ", "Điều khoản chưa rõ"}},
		"a document with nothing": {planning.Limit{Outcome: planning.Answered, Max: &three, Because: &planning.Reason{Rule: "zone", Title: "A", Document: &planning.Document{ID: "77"}}},
			[]string{"Được xây tối đa 3 tầng", "Văn bản 77", "Cơ quan ban hành chưa rõ", "Ngày ban hành chưa rõ"}},
		"answered without a number": {planning.Limit{Outcome: planning.Answered}, []string{"Không đánh giá được số tầng"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, d, func(c *Config) {
				c.Cards = fixed{card: city.Card{ID: "1", Planning: planning.Assessment{Floors: tt.limit, Zones: []planning.ZoneShare{{ID: "1"}}}}}
			})
			says(t, ok(t, h, fmt.Sprint("/parcels/", d.home)), tt.want...)
		})
	}
}

func TestStartPage(t *testing.T) {
	h := serve(t, dalat())
	body := ok(t, h, "/")
	says(t, body, "Tra cứu đất đai và quy hoạch Đà Lạt", "Thửa đất parcels", "05/03/2026", "Sở Nông nghiệp và Môi trường", "Bản ghi số 6")
	if strings.Contains(body, "langbiang import") {
		t.Error("a store with data is taken for an empty one")
	}
	says(t, ok(t, h, "/tra-cuu", "Accept-Language", "en-GB,en;q=0.9,vi;q=0.2"), "Land and planning of Da Lat")
	says(t, ok(t, h, "/", "Accept-Language", "fr, vi;q=0.9, en;q=0.1"), "Tra cứu")
	says(t, ok(t, h, "/?lang=en", "Accept-Language", "vi"), "Land and planning")
	says(t, ok(t, h, "/?q=to+12+thua+345"), "Kết quả cho “to 12 thua 345”", "Thửa 345, tờ 12")
	says(t, ok(t, h, "/?q=bui+thi+xuan"), "Đường Bùi Thị Xuân")
	says(t, ok(t, h, "/?q=%C4%91%C3%A2u+%C4%91%C3%A2u"), "Không tìm thấy “đâu đâu”")
}

func TestEmptyStore(t *testing.T) {
	h := serve(t, &town{})
	says(t, ok(t, h, "/"), "Kho dữ liệu còn trống", "langbiang import parcels thua-dat.shp --crs EPSG:5899", "langbiang demo", "langbiang init --name", "Bản ghi số 0")
	says(t, ok(t, h, "/?lang=en"), "The store is empty")
	says(t, ok(t, h, "/?x=11.94&y=108.44"), "Không có thửa đất tại đây")
	if w := get(t, h, "/parcels/1"); w.Code != http.StatusNotFound {
		t.Error(w.Code)
	}
}

func TestCoordinates(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	card, err := city.New(city.Config{}).Card(model(t, d).View(spatial.TierPublic), d.home, "vi")
	if err != nil {
		t.Fatal(err)
	}
	lon, lat := fmt.Sprintf("%.7f", card.Location.Lon), fmt.Sprintf("%.7f", card.Location.Lat)
	e, n := fmt.Sprintf("%.3f", *card.Location.Easting), fmt.Sprintf("%.3f", *card.Location.Northing)
	comma := func(s string) string { return strings.ReplaceAll(s, ".", ",") }
	vn := language{code: "vi"}
	for _, p := range [][2]string{{lat, lon}, {lon, lat}, {comma(lat), comma(lon)}, {e, n}, {n, e}, {vn.number(*card.Location.Northing, 2), vn.number(*card.Location.Easting, 2)}} {
		path := "/?" + escaped("x", p[0]) + "&" + escaped("y", p[1])
		w := get(t, h, path)
		want := fmt.Sprintf("/parcels/%d?", d.home)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), want) {
			t.Errorf("%v: %d to %s", p, w.Code, w.Header().Get("Location"))
			continue
		}
		says(t, ok(t, h, w.Header().Get("Location")), "Điểm bạn hỏi nằm trong thửa này. Đã hiểu là")
	}
	if w := get(t, h, "/?"+escaped("q", lat+", "+lon)); w.Code != http.StatusSeeOther {
		t.Errorf("coordinates in the search box: %d", w.Code)
	}
	// As people write them in one field; the parcel's page says how it was read.
	for q, said := range map[string]string{
		"X=" + n + " Y=" + e:                  "Đã hiểu là toạ độ EPSG:5899: X (Bắc) 1.320.",
		"KTT 107°45': " + n + " " + e:         "Đã hiểu là toạ độ EPSG:5899",
		lat + "N " + lon + "E":                "Đã hiểu là vĩ độ",
		"vĩ độ " + lat + ", kinh độ " + lon:   "Đã hiểu là vĩ độ",
		"EPSG:4326 " + lon + " " + comma(lat): "Đã hiểu là vĩ độ",
	} {
		w := get(t, h, "/tra-cuu?q="+url.QueryEscape(q))
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), fmt.Sprintf("/parcels/%d?", d.home)) {
			t.Errorf("%q: %d to %s", q, w.Code, w.Header().Get("Location"))
			continue
		}
		says(t, ok(t, h, w.Header().Get("Location")), "Điểm bạn hỏi nằm trong thửa này. "+said)
	}
	says(t, ok(t, h, "/?q="+url.QueryEscape("VN-2000 21.03, 105.85")), "Đã hiểu là 21.030000, 105.850000 (VN-2000).")
	says(t, ok(t, h, "/?x=1322000&y=576900"), "Không có thửa đất tại đây", "Đã hiểu là toạ độ EPSG:5899: X (Bắc) 1.322.000,00 m, Y (Đông) 576.900,00 m")
	says(t, ok(t, h, "/?x=1320560&y=575010"), "Không có thửa đất tại đây", "Các thửa gần nhất", "cách ")
	says(t, ok(t, h, "/?x=21.03&y=105.85"), "nằm ngoài khu vực dữ liệu Đà Lạt", "vĩ độ 21,030000°, kinh độ 105,850000°")
	says(t, ok(t, h, "/?x=a&y=b"), "Không đọc được “a” và “b”")
	says(t, ok(t, h, "/?x=11.9"), "Không đọc được")
}

func escaped(name, value string) string {
	return name + "=" + strings.NewReplacer(" ", "+", ",", "%2C").Replace(value)
}

// TestMap: where there is a map the pages lead to it, in the language asked for.
func TestMap(t *testing.T) {
	d := dalat()
	page := fmt.Sprint("/parcels/", d.home)
	for _, path := range []string{page, "/tra-cuu", "/"} {
		if body := ok(t, serve(t, d), path); strings.Contains(body, "?sel=") || strings.Contains(body, "Mở bản đồ") || strings.Contains(body, "Xem trên bản đồ") {
			t.Errorf("%s leads to a map that is not there", path)
		}
	}
	h := serve(t, d, func(c *Config) { c.Map, c.Home = "/", "/tra-cuu" })
	for path, want := range map[string]string{
		page: fmt.Sprintf(`href="/?sel=%d">Xem trên bản đồ<`, d.home), page + "?lang=en": fmt.Sprintf(`href="/?lang=en&amp;sel=%d">Show on the map<`, d.home),
		"/tra-cuu": `href="/">Mở bản đồ<`, "/tra-cuu?lang=en": `href="/?lang=en">Open the map<`,
	} {
		body := ok(t, h, path)
		if !strings.Contains(body, want) {
			t.Errorf("%s has no %s", path, want)
		}
		if !strings.Contains(body, `action="/tra-cuu`) {
			t.Errorf("%s searches elsewhere", path)
		}
	}
}

func TestReferenceLeadsToTheParcel(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	w := get(t, h, "/thua/24781/12/345?lang=en")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != fmt.Sprintf("/parcels/%d?lang=en", d.home) {
		t.Errorf("%d to %s", w.Code, w.Header().Get("Location"))
	}
	says(t, ok(t, h, "/thua/24781/3/9"), "Có nhiều thửa mang số này", fmt.Sprint("Mã số bản ghi ", d.twice), fmt.Sprint("Mã số bản ghi ", d.twin), "Tờ bản đồ lập cho 24784")
	if w := get(t, h, "/thua/24781/12/9999"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "Không có thửa nào với số tờ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestOverlappingParcels(t *testing.T) {
	d := dalat()
	says(t, ok(t, serve(t, d), fmt.Sprint("/parcels/", d.overlaid)), "Thửa khác cùng phủ lên vị trí này", "Thửa 2, tờ 4")
}

func TestHistory(t *testing.T) {
	d := dalat()
	f := d.features[d.home-1]
	f.Valid = spatial.Period{From: "2025-07-01"}
	old := f
	old.Version, old.Valid = 1, spatial.Period{From: "2020-01-01", To: "2025-07-01"}
	hidden := f
	hidden.Version, hidden.Access = 2, spatial.Official
	f.Version = 3
	p := past{versions: []change.Version{{Feature: old, RevTo: 5, Until: time.Now()}, {Feature: hidden}, {Feature: f, Present: true}},
		links: []change.Link{{Layer: parcels.LayerName, Parent: 4_000_000, Child: d.home}, {Layer: parcels.LayerName, Parent: d.home, Child: d.divided}}}
	body := ok(t, serve(t, d, func(c *Config) { c.History = p }), fmt.Sprint("/parcels/", d.home))
	says(t, body, "Biến động", "3 Thửa 345, tờ 12 · ODT+CLN · 372,0 m² (hiện tại) từ 01/07/2025", "1 Thửa 345, tờ 12 · ODT+CLN · 372,0 m² (đã thay) từ 01/01/2020 đến trước 01/07/2025",
		"Hình thành từ Mã số bản ghi 4000000", "Đã tách hoặc gộp thành Thửa 361, tờ 12")
	if strings.Contains(visible(body), " 2 Thửa 345, tờ 12 · ODT") {
		t.Error("a version of another access class is shown")
	}
	says(t, ok(t, serve(t, d, func(c *Config) { c.History = past{err: errors.New("away")} }), fmt.Sprint("/parcels/", d.home)), "Chưa đọc được lịch sử", "Được xây tối đa 3 tầng")
}

func TestTextsAreWhole(t *testing.T) {
	texts, err := readTexts()
	if err != nil {
		t.Fatal(err)
	}
	verbs := regexp.MustCompile(`%[a-z%]`)
	for key, s := range texts {
		if s[0] == "" || s[1] == "" {
			t.Errorf("%s lacks a language", key)
		}
		if a, b := len(verbs.FindAllString(s[0], -1)), len(verbs.FindAllString(s[1], -1)); a != b {
			t.Errorf("%s: %d arguments in Vietnamese, %d in English", key, a, b)
		}
	}
	used := regexp.MustCompile(`(?:\bt|text\()\s*"([a-z]+[A-Za-z.]*)"`)
	files, err := templatesFS.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := templatesFS.ReadFile("templates/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range used.FindAllStringSubmatch(string(b), -1) {
			if _, ok := texts[m[1]]; !ok {
				t.Errorf("%s says %q, which is not in the dictionary", f.Name(), m[1])
			}
		}
	}
}

func TestNumbersAndDays(t *testing.T) {
	vi, en := language{code: "vi"}, language{code: "en"}
	for _, tt := range []struct {
		f        float64
		decimals int
		vi, en   string
	}{{1448.5, 1, "1.448,5", "1,448.5"}, {-0.04, 1, "0,0", "0.0"}, {-1234567, 0, "−1.234.567", "−1,234,567"}, {0, 0, "0", "0"}, {999.96, 1, "1.000,0", "1,000.0"}} {
		if a, b := vi.number(tt.f, tt.decimals), en.number(tt.f, tt.decimals); a != tt.vi || b != tt.en {
			t.Errorf("%v: %s, %s", tt.f, a, b)
		}
	}
	if vi.short(2.4) != "2,4" || vi.short(3) != "3" || en.short(1.25) != "1.25" || vi.day("2025-07-01") != "01/07/2025" || en.day("2025-07-01") != "1 July 2025" || vi.day("soon") != "soon" {
		t.Error(vi.short(2.4), vi.short(3), en.short(1.25), vi.day("2025-07-01"), en.day("2025-07-01"))
	}
}
