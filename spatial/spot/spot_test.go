package spot

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

func dalat() spatial.Place {
	return spatial.Place{Plane: 5899, Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}}}
}

// TestRead: many ways to write two places, and what was read of each.
func TestRead(t *testing.T) {
	const (
		lake   = "11.940400, 108.438300 (WGS 84)"
		arc    = "11.940000, 108.438333 (WGS 84)" // 11°56'24" 108°26'18"
		plot   = "X 1.320.566,86 Y 575.187,16 (VN-2000, 107°45')"
		whole  = "X 1.320.566,00 Y 575.187,00 (VN-2000, 107°45')"
		eastOf = "X 1.320.566,86 Y 493.457,16 (VN-2000, 108°30')"
	)
	for want, texts := range map[string][]string{
		lake: {
			"11.9404, 108.4383", "108.4383, 11.9404", "11.9404 108.4383", "11.9404,108.4383", "11.9404;108.4383", "11.9404 / 108.4383", " ( 11.9404 , 108.4383 ). ",
			"11,9404 108,4383", "11,9404, 108,4383", "11,9404; 108,4383", "11,9404,108,4383", "108,4383 11,9404",
			"11.9404°N 108.4383°E", "11.9404° 108.4383°", "11.9404 N, 108.4383 E", "N 11.9404 E 108.4383", "E108.4383 N11.9404", "11.9404B 108.4383Đ", "11.9404 b 108.4383 d",
			"lat 11.9404 lon 108.4383", "lat=11.9404&lng=108.4383", "longitude: 108.4383, latitude: 11.9404", "vĩ độ 11,9404 kinh độ 108,4383", "Kinh độ: 108,4383°; vĩ độ: 11,9404°",
			"toạ độ 11.9404, 108.4383", "tọa độ 11.9404 – 108.4383", "WGS 84 11.9404 108.4383", "WGS-84: 11.9404, 108.4383", "EPSG:4326 11.9404 108.4383", "geo:11.9404,108.4383",
			"11.9404 độ Bắc, 108.4383 độ Đông", "+11.9404 +108.4383", "X=108.4383 Y=11.9404", "11.9404\u00a0108.4383",
		},
		arc: {
			`11°56'24"N 108°26'18"E`, `11°56'24"B 108°26'18"Đ`, `108°26'18"Đ, 11°56'24"B`, "11°56′24″N 108°26′18″E", "11º56’24”N, 108º26’18”E", `11° 56' 24" B - 108° 26' 18" Đ`,
			`N11°56'24" E108°26'18"`, "11°56'24''N 108°26'18''E", `11°56'24" 108°26'18"`, "11°56'24 108°26'18", "11°56.4'N 108°26.3'E", "11°56,4' 108°26,3'", "11 56 24 N 108 26 18 E", "11 56 24 108 26 18",
			"11:56:24 108:26:18", "11:56:24N, 108:26:18E", "11 độ 56 phút 24 giây Bắc 108 độ 26 phút 18 giây Đông", "vĩ độ 11°56'24\", kinh độ 108°26'18\"", `11°56'24.000"N108°26'18.000"E`,
		},
		plot: {
			"1320566.86 575187.16", "575187.16 1320566.86", "1320566.86, 575187.16", "1320566.86,575187.16", "1320566,86 575187,16", "1320566,86; 575187,16",
			"1.320.566,86 575.187,16", "1,320,566.86 575,187.16", "1,320,566.86, 575,187.16", "1,320,566.86,575,187.16", "1 320 566,86 575 187,16", "1 320 566.86; 575 187.16", "575 187,16 1 320 566,86",
			"X=1320566.86 Y=575187.16", "X: 1.320.566,86; Y: 575.187,16", "X = 1 320 566,86 m, Y = 575 187,16 m", "Y=575187.16 X=1320566.86", "X=575187.16 Y=1320566.86", "x1320566.86y575187.16",
			"N 1320566.86 E 575187.16", "1320566.86N 575187.16E", "Bắc 1320566.86 Đông 575187.16", "VN-2000 X 1320566.86 Y 575187.16", "VN2000: 1320566.86 575187.16",
			"EPSG:5899 1320566.86 575187.16", "KTT 107.75 1320566.86 575187.16", "1320566.86 575187.16 KTT 107°45'", "VN-2000, kinh tuyến trục 107°45', múi chiếu 3°: X = 1.320.566,86, Y = 575.187,16", "KTT 107-45, múi 3: 1320566.86 575187.16",
		},
		whole: {"1320566 575187", "1320566, 575187", "1 320 566 575 187", "1.320.566 575.187", "1,320,566, 575,187"},
		eastOf: {
			"EPSG:9218 1320566.86 493457.16", "epsg 9218: X=1320566.86, Y=493457.16", "kinh tuyến 108°30' 1320566.86 493457.16", "KTT 108.5 1320566.86 493457.16", "1320566,86 493457,16 ktt 108,5",
			"kinh tuyến trục 108 độ 30 phút X 1320566.86 Y 493457.16", "KTT: 108°30', 493457.16 1320566.86",
		},
		"X 1.320.566,86 Y 575.187,16 (VN-2000, 108°00')": {"EPSG:5898 1320566.86 575187.16", "KTT 108 1320566.86 575187.16", "KTT 108° 1320566.86 575187.16", "KTT 108, 1320566.86 575187.16"},
		"X 1.320.566,86 Y 220.000,00 (VN-2000, UTM 49N)": {"EPSG:3406 1320566.86 220000", "VN-2000 UTM zone 49N 1320566.86 220000", "KTT 111 múi 6° 1320566.86 220000"},
		"X 1.320.566,86 Y 220.000,00 (WGS 84, UTM 49N)":  {"UTM 49N 1320566.86 220000", "EPSG:32649 220000 1320566.86"},
		"11.940400, 108.438300 (VN-2000)":                {"VN-2000 11.9404 108.4383", "EPSG:4756 108.4383 11.9404"},
		"21.030000, 105.850000 (WGS 84)":                 {"21.03, 105.85", "105.85 21.03"},
		"40.700000, -74.000000 (WGS 84)":                 {"40.70, -74.00", "40.70N 74.00W", `40°42'N 74°W`},
		"-33.860000, 151.200000 (WGS 84)":                {"-33.86, 151.20", "33.86S 151.20E"},
		"X 1.322.000,00 Y 5.000,00 (VN-2000, 107°45')":   {"X=1322000 Y=5000"},
	} {
		for _, text := range texts {
			for form, f := range map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD} {
				s, ok := Read(f.String(text), dalat())
				if got := s.Text("vi"); !ok || got != want {
					t.Errorf("%s %q: %s %v, want %s", form, text, got, ok, want)
				}
			}
		}
	}
}

// TestNoSpot: what people search for that is no place in numbers.
func TestNoSpot(t *testing.T) {
	for _, text := range []string{
		"", " ", "12", "12/345", "345,12", "12, 345", "12 345", "24781/12/345", "tờ 12 thửa 345", "thửa 345", "D5-II/7", "12b/34d", "12B 34D", "44 Trần Phú", "p1", "p.10", "Phường 1",
		"108.43", "11°56'", "X=1320566.86", "1320566.86", "11.94, 108.43 hồ", "11.94, 208.43", "95.5 200.5", "1.2.3 4.5.6", "21.11.2026", "0912 345 678", "068012345678", "1/2/3/4", "1,2",
		"NaN NaN", "Inf, 1", "1e5 1e6", "0x10 0x20", "--11.94 108.43", "11°70'24\" 108°26'18\"", "11°56'24\"N 108°26'18\"N", "N 11.94 N 108.43", "X 1320566 X 575187",
		"EPSG:9999 1320566 575187", "EPSG:3857 1320566 575187 EPSG:5899", "KTT 107.8 1320566 575187", "EPSG:5899 11.94 108.43", "KTT 107-99 1320566 575187",
		"vi 11.94 108.43", "\xff\xfe", "11.94\x00108.43?", strings.Repeat("1 ", 200), strings.Repeat("1.", 60) + " " + strings.Repeat("2.", 60), "99999999999 99999999999",
	} {
		if s, ok := Read(text, dalat()); ok {
			t.Errorf("%q: %s", text, s.Text("vi"))
		}
	}
}

func TestPair(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"11.94", "108.44", "11.940000, 108.440000 (WGS 84)"}, {"108.44°", "11.94°", "11.940000, 108.440000 (WGS 84)"},
		{"12", "108", "12.000000, 108.000000 (WGS 84)"}, // two fields for coordinates say enough
		{"1.320.566,86", "575.187", "X 1.320.566,86 Y 575.187,00 (VN-2000, 107°45')"}, {"575187 m", "1320566 m", "X 1.320.566,00 Y 575.187,00 (VN-2000, 107°45')"},
		{"EPSG:9218 1320566", "493457", "X 1.320.566,00 Y 493.457,00 (VN-2000, 108°30')"}, {`11°56'24"B`, `108°26'18"Đ`, "11.940000, 108.438333 (WGS 84)"},
		{"11.94", "575187", ""}, {"", "108.44", ""}, {"a", "b", ""}, {"EPSG:5898 1320566", "EPSG:5899 493457", ""}, {strings.Repeat("9", 100), "1", ""}, {"11.94", "1e400", ""},
	} {
		s, ok := Pair(tt.a, tt.b, dalat())
		if got := s.Text("vi"); ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("%q, %q: %s %v, want %s", tt.a, tt.b, got, ok, tt.want)
		}
	}
}

func TestWithoutAPlace(t *testing.T) {
	if s, ok := Read("1320566.86 575187.16", spatial.Place{}); ok {
		t.Errorf("metres of no plane: %s", s.Text("en"))
	}
	if s, ok := Read("108.4383 11.9404", spatial.Place{}); !ok || s.At != (orb.Point{108.4383, 11.9404}) {
		t.Errorf("%v %v", s, ok)
	}
	if s, ok := Read("EPSG:5899 1320566.86 575187.16", spatial.Place{}); !ok || s.Text("en") != "X 1,320,566.86 Y 575,187.16 (VN-2000, 107°45')" {
		t.Errorf("%s %v", s.Text("en"), ok)
	}
}

func TestAt(t *testing.T) {
	s, ok := Read("X=1320566.86 Y=575187.16", dalat())
	want, err := crs.Inverse(5899, orb.Point{575187.16, 1320566.86})
	if err != nil || !ok || math.Abs(s.At[0]-want[0]) > 1e-9 || math.Abs(s.At[1]-want[1]) > 1e-9 || !Inside(s.At, dalat()) || s.Degrees() {
		t.Errorf("%v %v, want %v %v", s, ok, want, err)
	}
}

func FuzzRead(f *testing.F) {
	for _, text := range []string{"11.94, 108.43", "11,94 108,43", `11°56'24"N 108°26'18"E`, "X=1320566.86 Y=575187.16", "X: 1.320.566,86; Y: 575.187,16", "1 320 566,86 575 187,16",
		"EPSG:5898 1320566.86 575187.16", "KTT 107°45' 1320566.86 575187.16", "kinh tuyến trục 108 độ 30 phút 1,2", "12/345", "--1 -2", "11:56:24 108:26:18", "\xff", "° ' \"", "n n n 1 1", "vĩ độ 1 kinh độ 2"} {
		f.Add(text)
	}
	place := dalat()
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := Read(text, place)
		again, okAgain := Read(text, place)
		if s != again || ok != okAgain {
			t.Fatal("two readings of one text")
		}
		if a, b, found := strings.Cut(text, ";"); found {
			if s, ok := Pair(a, b, place); ok && !sane(s) {
				t.Fatalf("%+v", s)
			}
		}
		if !ok {
			return
		}
		if !sane(s) {
			t.Fatalf("%+v", s)
		}
		// What it says is read back as the same place.
		back, ok := Read(s.Text("vi"), place)
		if !ok || back.CRS != s.CRS || math.Abs(back.At[0]-s.At[0]) > 1e-3 && s.Degrees() {
			t.Fatalf("%q was read as %s, and that as %s", text, s.Text("vi"), back.Text("vi"))
		}
	})
}

func sane(s Spot) bool {
	return math.Abs(s.At[0]) <= 180 && math.Abs(s.At[1]) <= 90 && crs.Known(s.CRS) && !math.IsNaN(s.Given[0]+s.Given[1])
}

func BenchmarkRead(b *testing.B) {
	place := dalat()
	for name, text := range map[string]string{"degrees": "11.94, 108.43", "plane": "VN-2000, kinh tuyến trục 107°45', múi chiếu 3°: X = 1.320.566,86, Y = 575.187,16", "street": "44 Trần Phú", "hostile": strings.Repeat("1 ", 50), "commas": strings.Repeat("1,", 50)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Read(text, place)
			}
		})
	}
}
