package importers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
)

// lot is the properties of a parcel by column.
func lot(pairs ...string) string {
	var b strings.Builder
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + pairs[i] + `":"` + pairs[i+1] + `"`)
	}
	return "{" + b.String() + "}"
}

// Areas by the papers are compared with those of the shapes, by a tolerance that can
// be set.
func TestAreasDiffer(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899,
		plot(0, 0, 10, 20, lot("SHBANDO", "1", "SHTHUA", "1", "MAXA", "1", "DIENTICHPL", "200")),
		plot(10, 0, 10, 20, lot("SHBANDO", "1", "SHTHUA", "2", "MAXA", "1", "DIENTICHPL", "203.9")),
		plot(20, 0, 10, 20, lot("SHBANDO", "1", "SHTHUA", "3", "MAXA", "1", "DIENTICHPL", "210")),
		plot(30, 0, 10, 20, lot("SHBANDO", "1", "SHTHUA", "4", "MAXA", "1"))))
	rep := mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}})
	if rep.Counts.Findings["area.differs"] != 1 {
		t.Fatalf("%+v", rep.Findings)
	}
	for _, f := range rep.Findings {
		if f.Code == "area.differs" && (f.Severity != Warning || f.Row != 3 || f.Area != 200 || f.Detail != "210.0 m², 200.0 m²: -10.0 m² (± 4.2)") {
			t.Fatalf("%+v", f)
		}
	}
	rep = mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}, AreaTolerance: 0.001})
	if rep.Counts.Findings["area.differs"] != 2 {
		t.Fatalf("by a tighter tolerance: %+v", rep.Findings)
	}
}

// Codes of 2014 become those of 2024, and what the file says is kept; the same file
// again is the same.
func TestUsesOfToday(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899,
		plot(0, 0, 10, 20, lot("SHTHUA", "1", "KHLOAIDAT", "ODT+BHK")), plot(10, 0, 10, 20, lot("SHTHUA", "2", "KHLOAIDAT", "SKT")),
		plot(20, 0, 10, 20, lot("SHTHUA", "3", "KHLOAIDAT", "XYZ")), plot(30, 0, 10, 20, lot("SHTHUA", "4", "KHLOAIDAT", "CLN", "uses", "NHK:100;CLN:100"))))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	got := map[string]int{}
	for _, c := range []string{"use.became", "use.dropped", "use.unknown"} {
		got[c] = rep.Counts.Findings[c]
	}
	if diff := cmp.Diff(map[string]int{"use.became": 2, "use.dropped": 1, "use.unknown": 1}, got); diff != "" {
		t.Fatal(diff, rep.Findings)
	}
	fs := present(t, s, "parcels", "")
	l := layerOf("parcels")
	if v := values(l, fs[0]); v["use"] != "ODT+HNK" || fs[0].Extra != `{"KHLOAIDAT":"ODT+BHK"}` {
		t.Fatalf("%v %s", v, fs[0].Extra)
	}
	if v := values(l, fs[3]); v["uses"] != "HNK:100;CLN:100" || fs[3].Extra != `{"uses":"NHK:100;CLN:100"}` {
		t.Fatalf("%v %s", v, fs[3].Extra)
	}
	counts(t, mustRun(t, s, Request{Layer: "parcels", Files: []string{path}}), 4, 0, 0, 4, 0, 0)
	// A zone's use is in words of the plan: no code of land use.
	zones := write(t, dir, "z.geojson", collection(crs5899, plot(0, 0, 10, 20, lot("code", "A-1", "use", "Đất ở hỗn hợp"))))
	if rep := mustRun(t, s, Request{Layer: "zones", Files: []string{zones}}); rep.Counts.Findings["use.unknown"] != 0 {
		t.Fatalf("%+v", rep.Findings)
	}
}

// Rows outside the commune they name, by today's communes and by those of the sheets.
func TestOutsideTheCommune(t *testing.T) {
	s, dir := open(t), t.TempDir()
	parcels := func(code string, x, w float64) string {
		return plot(x, 10, w, 20, lot("MAXA", code, "SHBANDO", "1", "SHTHUA", strings.Repeat("1", int(w)%7+1)))
	}
	path := write(t, dir, "a.geojson", collection(crs5899, parcels("24781", 10, 10), parcels("24805", 200, 11), parcels("24781", 200, 12), parcels("24805", 85, 20), parcels("99999", 10, 15)))
	if rep := mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}}); rep.Counts.Findings["commune.outside"]+rep.Counts.Findings["commune.unknown"] != 0 {
		t.Fatalf("without communes something was compared: %+v", rep.Findings)
	}
	wards := write(t, dir, "w.geojson", collection(crs5899, plot(0, 0, 100, 100, lot("code", "24781", "name", "Xuân Hương")), plot(100, 0, 200, 100, lot("code", "24805", "name", "Xuân Trường"))))
	mustRun(t, s, Request{Layer: "wards", Files: []string{wards}, Date: "2025-07-01"})
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	rows := map[string][]int{}
	for _, f := range rep.Findings {
		if strings.HasPrefix(f.Code, "commune.") {
			rows[f.Code] = append(rows[f.Code], f.Row)
		}
	}
	// The fourth lies across the border, most of it where it says it does not.
	if diff := cmp.Diff(map[string][]int{"commune.outside": {3, 4}, "commune.unknown": {5}}, rows); diff != "" {
		t.Fatal(diff)
	}
	// Before that day the code meant another commune: a sheet of then is in the right.
	old := write(t, dir, "v.geojson", collection(crs5899, plot(0, 0, 300, 100, lot("code", "24781", "name", "Phường 2"))))
	s2 := open(t)
	mustRun(t, s2, Request{Layer: "wards", Files: []string{old}, Date: "2020-01-01"})
	mustRun(t, s2, Request{Layer: "wards", Files: []string{wards}, Name: "v", Date: "2025-07-01"})
	rep = mustRun(t, s2, Request{Layer: "parcels", Files: []string{path}})
	for _, f := range rep.Findings {
		if f.Code == "commune.outside" && f.Row == 3 {
			t.Fatalf("%+v", f)
		}
	}
}

// In a commune whose code nobody wrote down a row may name any.
func TestCommuneWithoutACode(t *testing.T) {
	s, dir := open(t), t.TempDir()
	wards := write(t, dir, "w.geojson", collection(crs5899, plot(0, 0, 100, 100, lot("code", "24781")), plot(100, 0, 200, 100, lot("name", "Xuân Trường")), plot(300, 0, 100, 100, lot("code", "24805"))))
	mustRun(t, s, Request{Layer: "wards", Files: []string{wards}})
	path := write(t, dir, "a.geojson", collection(crs5899, plot(150, 10, 10, 20, lot("MAXA", "24781", "SHTHUA", "1")), plot(350, 10, 10, 20, lot("MAXA", "24781", "SHTHUA", "2"))))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	if rep.Counts.Findings["commune.outside"] != 1 {
		t.Fatalf("%+v", rep.Findings)
	}
	for _, f := range rep.Findings {
		if f.Code == "commune.outside" && f.Row != 2 {
			t.Fatalf("%+v", f)
		}
	}
}

// Breaks in the numbers of a sheet, and in the sheets of a commune.
func TestSkippedNumbers(t *testing.T) {
	dir := t.TempDir()
	var all []string
	add := func(sheet string, numbers ...string) {
		for _, n := range numbers {
			all = append(all, plot(float64(10*len(all)), 0, 10, 20, lot("MAXA", "24808", "SHBANDO", sheet, "SHTHUA", n)))
		}
	}
	add("1", "1", "2", "3", "4", "6", "7", "8", "9", "10", "11", "14", "15", "16", "17", "18")
	add("2", "1", "2", "3")
	add("3", "40", "41") // delivered in part: nothing to say
	for _, n := range []string{"4", "5", "7"} {
		add(n, "1")
	}
	path := write(t, dir, "a.geojson", collection(crs5899, all...))
	rep := mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}})
	got := map[string]string{}
	for _, f := range rep.Findings {
		if strings.HasSuffix(f.Code, ".skipped") {
			got[f.Code+" "+f.Reference] = f.Detail
		}
	}
	want := map[string]string{"number.skipped 24808/1": "5, 12–13 (3 / 18)", "sheet.skipped 24808": "6 (1 / 7)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if rep := mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}, Partial: true}); rep.Counts.Findings["number.skipped"] != 0 {
		t.Fatal("a part of a dataset is said to lack numbers")
	}
}

// Tiny spikes are taken away and listed, longer ones are told, and neighbours with a
// strip between them are, with where it is.
func TestSpikesAndGaps(t *testing.T) {
	s, dir := open(t), t.TempDir()
	ring := func(points string) string {
		return feature(`{"type":"Polygon","coordinates":[[`+points+`]]}`, `{}`)
	}
	tiny := `[575000,1320000],[575010,1320000],[575010,1320005],[575010.0005,1320005],[575010,1320005],[575010,1320020],[575000,1320020],[575000,1320000]`
	long := `[575100,1320000],[575110,1320000],[575110,1320005],[575112,1320005.005],[575110,1320005.01],[575110,1320020],[575100,1320020],[575100,1320000]`
	path := write(t, dir, "a.geojson", collection(crs5899, ring(tiny), ring(long), plot(200, 0, 10, 20, `{}`), plot(210.2, 0, 10, 20, `{}`)))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 4, 4, 0, 0, 0, 0)
	found := map[string]Finding{}
	for _, f := range rep.Findings {
		found[f.Code] = f
	}
	if f := found["repaired.ring.spike"]; f.Row != 1 || f.Severity != Note {
		t.Errorf("%+v", rep.Findings)
	}
	if f := found["spike"]; f.Row != 2 || f.Severity != Warning || !strings.HasPrefix(f.Detail, "2.000 m × 0.010 m") {
		t.Errorf("%+v", f)
	}
	if f := found["gap"]; f.Row != 4 || f.Other != 3 || f.Detail != "0.20 m × 20.0 m" || f.At == nil || f.Area < 3.99 || f.Area > 4.01 {
		t.Errorf("%+v", f)
	}
	if g := present(t, s, "parcels", "")[0]; g.Area != 200 {
		t.Errorf("area %v", g.Area)
	}
	// Buildings stand apart: a strip between two is none of the survey's gaps.
	if rep := mustRun(t, open(t), Request{Layer: "buildings", Files: []string{path}}); rep.Counts.Findings["gap"] != 0 {
		t.Errorf("%+v", rep.Findings)
	}
}

// Files of two zones in one delivery are compared on the ground, not by their numbers.
func TestTwoZonesMeet(t *testing.T) {
	s, dir := open(t), t.TempDir()
	a := writeShapefile(t, dir, "a", vn5899, "", []string{"A"}, []shapeRow{{rings: []orb.Ring{carried(t, 5899, east, north)}, cells: []string{"1"}}})
	b := writeShapefile(t, dir, "b", strings.NewReplacer("107-45", "108-30", "107.75", "108.5").Replace(vn5899), "", []string{"A"}, []shapeRow{{rings: []orb.Ring{carried(t, 9218, east+5, north)}, cells: []string{"2"}}})
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{a, b}})
	counts(t, rep, 2, 2, 0, 0, 0, 0)
	if rep.Counts.Findings["overlap"] != 1 {
		t.Fatalf("%+v", rep.Findings)
	}
	for _, f := range rep.Findings {
		if f.Code == "overlap" && (f.Area < 49.5 || f.Area > 50.5) {
			t.Fatalf("%+v", f)
		}
	}
	var told strings.Builder
	if err := rep.WriteText(&told, "en", nil); err != nil || !strings.Contains(told.String(), "EPSG:5899 (prj)") || !strings.Contains(told.String(), "EPSG:9218 (prj)") {
		t.Errorf("%v\n%s", err, told.String())
	}
	for _, f := range rep.Files {
		if want := map[string]string{"a.shp": "EPSG:5899", "b.shp": "EPSG:9218"}[f.Name]; f.CRS != want {
			t.Errorf("%+v", f)
		}
	}
}
