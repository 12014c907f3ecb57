package importers

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/spatial/change"
)

// reported is a report with findings of each severity, and what was sketched.
func reported() (Report, *Sketch) {
	square := func(x, y float64) orb.Polygon {
		return orb.Polygon{{{x, y}, {x + 1e-3, y}, {x + 1e-3, y + 1e-3}, {x, y + 1e-3}, {x, y}}}
	}
	s := &Sketch{}
	s.add("", 1, square(108.43, 11.94), false)
	s.add("", 2, square(108.431, 11.94), true)
	s.add("", 3, square(108.4305, 11.94), false)
	r := Report{Name: `thửa <script>alert("1")</script>`, Dataset: "parcels:a", Layer: "parcels", CRS: "EPSG:5899", CRSFrom: "prj", Bounds: &orb.Bound{Min: orb.Point{108.43, 11.94}, Max: orb.Point{108.432, 11.941}},
		Files: []change.File{{Name: "a.dxf", SHA256: "ab", Size: 12345}}, Columns: []Column{{Name: "tenchu", Fate: "personal"}, {Name: "so_to", Field: "sheet", Fate: "field"}},
		Counts: change.Counts{Read: 29313, Added: 2, Quarantined: 1}}
	r.note(Finding{Code: "ring.selfTouch", Severity: Error, Row: 2, At: &orb.Point{108.4315, 11.9405}, Detail: "<b>here</b> & there"})
	r.note(Finding{Code: "overlap", Severity: Warning, Row: 3, Other: 1, At: &orb.Point{108.431, 11.9405}, Area: 12.345, Reference: "24781/12/7"})
	r.note(Finding{Code: "personal.dropped", Severity: Note, Detail: "tenchu"})
	r.note(Finding{Code: "place.outside", Severity: Error, Row: 9, At: &orb.Point{12, 50}})
	return r, s
}

func testWords(code, lang string) string { return lang + " of " + code }

// The page is well formed, whole by itself, in both languages, Vietnamese first,
// and lets no text of the file become markup.
func TestPage(t *testing.T) {
	r, s := reported()
	var b bytes.Buffer
	if err := r.WriteHTML(&b, s, testWords); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, want := range []string{"<html lang=\"vi\">", "vi of ring.selfTouch", "en of ring.selfTouch", "29\u202f313", "&lt;script&gt;", "&lt;b&gt;here&lt;/b&gt; &amp; there", `href="#f2"`, `id="f1"`, "12.35", "24781/12/7",
		"thông tin cá nhân: không lưu", "EPSG:5899 (prj)", `class="ground" d="M`, `class="found error" d="M`, `class="found warning" d="M`, "@page"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, no := range []string{"<script", "http:", "https:", "url(", "@import", "src=", "ZgotmplZ", "<link"} {
		if strings.Contains(page, no) {
			t.Errorf("%q in the page", no)
		}
	}
	if strings.Index(page, "vi of overlap") > strings.Index(page, "en of overlap") {
		t.Error("English stands before Vietnamese")
	}
	// What lies far off is in the table and does not shrink the map.
	if strings.Count(page, `class="mark `) != 2 || !strings.Contains(page, "12.000000, 50.000000") {
		t.Error("marks", strings.Count(page, `class="mark `))
	}
	svg := page[strings.Index(page, "<svg") : strings.Index(page, "</svg>")+6]
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	// Without a place there is no map, and without findings none are listed.
	b.Reset()
	if err := (Report{Name: "b", Problem: &Problem{Code: "crs.missing", Text: "why"}}).WriteHTML(&b, nil, nil); err != nil || strings.Contains(b.String(), "<svg") || !strings.Contains(b.String(), "why") {
		t.Error(err, b.String())
	}
}

// Findings come with the shapes of their rows, or their points.
func TestFindingsAsGeoJSON(t *testing.T) {
	r, s := reported()
	var b bytes.Buffer
	if err := r.WriteGeoJSON(&b, s, testWords); err != nil {
		t.Fatal(err)
	}
	fs, err := rawtest.Collection(b.Bytes())
	if err != nil || len(fs) != 4 {
		t.Fatal(err, len(fs), b.String())
	}
	for i, kind := range []string{"Polygon", "Polygon", "", "Point"} {
		g := fs[i].Shape(t)
		if kind == "" && g != nil || kind != "" && (g == nil || g.GeoJSONType() != kind) {
			t.Errorf("%d: %v", i, g)
		}
	}
	if p := fs[1].Properties; p["code"] != "overlap" || p["severity"] != "warning" || p["message"] != "vi of overlap" || p["message_en"] != "en of overlap" || p["reference"] != "24781/12/7" {
		t.Error(p)
	}
	if p := fs[1].Shape(t).(orb.Polygon)[0][0]; p != (orb.Point{108.4305, 11.94}) {
		t.Error(p)
	}
}

// A row of many findings is drawn once, and outlines have a bound together; as
// GeoJSON a row's shape is not repeated without end.
func TestOutlinesAreBounded(t *testing.T) {
	const rows, points = 8, 150_000
	zigzag := make(orb.LineString, points)
	for i := range zigzag {
		zigzag[i] = orb.Point{108.43 + 0.01*float64(i%2), 11.94 + 0.01*float64(i)/points}
	}
	s := &Sketch{}
	r := Report{Bounds: &orb.Bound{Min: orb.Point{108.43, 11.94}, Max: orb.Point{108.44, 11.95}}}
	for row := range rows {
		s.add("", row+1, zigzag, true)
		for _, code := range []string{"ring.selfTouch", "overlap"} {
			r.note(Finding{Code: code, Severity: Error, Row: row + 1})
		}
	}
	for range 10 {
		r.note(Finding{Code: "again", Severity: Error, Row: 1})
	}
	var b bytes.Buffer
	if err := r.WriteHTML(&b, s, testWords); err != nil {
		t.Fatal(err)
	}
	n, one := strings.Count(b.String(), `class="found `), strings.Index(b.String(), `"><title>`)-strings.Index(b.String(), `class="found `)
	if n < 1 || n >= rows || (n-1)*one > mostFound || !strings.Contains(b.String(), "shapes are not drawn") {
		t.Errorf("%d outlines of %d bytes", n, one)
	}
	b.Reset()
	if err := r.WriteGeoJSON(&b, s, testWords); err != nil {
		t.Fatal(err)
	}
	lines, at := strings.Count(b.String(), `"LineString"`), strings.Count(b.String(), `"Point"`)
	if lines+at != 2*rows+10 || lines < rows || at == 0 {
		t.Error(lines, "lines and", at, "points")
	}
}

// A sketch stays within its bound, and keeps rows with findings longer.
func TestSketchIsBounded(t *testing.T) {
	long := make(orb.LineString, mostSketched/2)
	for i := range long {
		long[i] = orb.Point{108, 11}
	}
	s := &Sketch{}
	for row := range 4 {
		s.add("", row+1, long, false)
	}
	s.add("", 9, orb.Point{108, 11}, true)
	if len(s.rows) != 3 || s.cut != 2 {
		t.Error(len(s.rows), s.cut)
	}
	if _, ok := s.of("", 9); !ok {
		t.Error("the row with a finding was left out")
	}
}
