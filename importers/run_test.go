package importers

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func head(t *testing.T, s interface {
	Head(context.Context) (spatial.Revision, error)
}) spatial.Revision {
	t.Helper()
	h, err := s.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// A delivery, the same again, a changed one, and each taken back: the store is as
// it was, on every day.
func TestDeliveries(t *testing.T) {
	s, dir := open(t), t.TempDir()
	first := collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 10, 20, ref("1", "2")), plot(20, 0, 10, 20, ref("1", "3")))
	path := write(t, dir, "thửa.geojson", first)
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, By: "test", Date: "2024-05-01"})
	counts(t, rep, 3, 3, 0, 0, 0, 0)
	if rep.Status() != StatusApplied || rep.Name != "thửa" || rep.Dataset != "parcels:thửa" || rep.CRS != "EPSG:5899" {
		t.Fatalf("%+v", rep)
	}
	if rep.Place == nil || rep.Place.Plane != 5899 || rep.Place.TimeZone != "Asia/Ho_Chi_Minh" {
		t.Fatalf("place %+v", rep.Place)
	}
	fs := present(t, s, "parcels", "")
	if diff := cmp.Diff(map[string]any{"sheet_commune": "24808", "sheet": "1", "number": "1"}, values(layerOf("parcels"), fs[0])); diff != "" {
		t.Fatal(diff)
	}
	if fs[0].Key != "24808/1/1" || fs[0].Area != 200 || fs[0].SRID != 5899 || fs[0].Derived || fs[0].Import != rep.Import {
		t.Fatalf("%+v", fs[0])
	}

	before := head(t, s)
	again := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, By: "test"})
	counts(t, again, 3, 0, 0, 3, 0, 0)
	if head(t, s) != before || again.Import != 0 || again.Status() != StatusApplied {
		t.Fatalf("the same file again wrote: head %d after %d, %+v", head(t, s), before, again)
	}

	states := map[spatial.Date][]spatial.Feature{}
	days := []spatial.Date{"", "2020-01-01", "2025-01-01", "2025-06-01", "2099-01-01"}
	for _, d := range days {
		states[d] = bare(present(t, s, "parcels", d))
	}
	// 1 the same, 2 wider, 3 gone, 4 new; and one has only its number changed.
	second := collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 12, 20, ref("1", "2")), plot(40, 0, 10, 20, ref("1", "4")))
	write(t, dir, "thửa.geojson", second)
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, By: "test", Date: "2025-03-01"})
	counts(t, rep, 3, 1, 1, 1, 1, 0)
	if rep.Name != "thửa-2" {
		t.Fatalf("name %q", rep.Name)
	}
	if n := rep.Counts.Findings["file.again"]; n != 0 {
		t.Fatalf("the dataset's own file is %d times there under another name", n)
	}
	renamed := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, By: "test", Name: "other", DryRun: true})
	if n := renamed.Counts.Findings["file.again"]; n != 1 {
		t.Fatalf("the same file under another name: %+v", renamed.Findings)
	}
	if n := len(present(t, s, "parcels", "")); n != 3 {
		t.Fatalf("%d present", n)
	}
	if n := len(present(t, s, "parcels", "2025-02-28")); n != 3 {
		t.Fatalf("the day before the change: %d", n)
	}

	// a third, so that what the second left is of some days only
	third := collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 13, 20, ref("1", "2")), plot(40, 0, 11, 20, ref("1", "4")))
	middle := map[spatial.Date][]spatial.Feature{}
	for _, d := range days {
		middle[d] = bare(present(t, s, "parcels", d))
	}
	write(t, dir, "thửa.geojson", third)
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, By: "test", Date: "2025-05-01"})
	counts(t, rep, 3, 0, 2, 1, 0, 0)

	e := refused(t, undo(s, "thửa-2"), spatial.Conflict, "import.later")
	if e.Args["count"] != 2 || e.Args["ids"] != "2, 4" || e.Args["later"] != "thửa-3" {
		t.Fatalf("%+v", e.Args)
	}
	if err := undo(s, "thửa-3"); err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		if diff := cmp.Diff(middle[d], bare(present(t, s, "parcels", d)), equalValues); diff != "" {
			t.Fatalf("after the undo, on %q:\n%s", d, diff)
		}
	}
	refused(t, undo(s, "thửa-3"), spatial.Conflict, "import.undone")
	// What came after it is taken back: so can it be.
	if err := undo(s, "thửa-2"); err != nil {
		t.Fatal(err)
	}
	for _, d := range days {
		if diff := cmp.Diff(states[d], bare(present(t, s, "parcels", d)), equalValues); diff != "" {
			t.Fatalf("after both undos, on %q:\n%s", d, diff)
		}
	}
	refused(t, undo(s, "nothing"), spatial.NotFound, "import.unknown")
}

// An office's sheets have the same .prj and .cpg; that is not the same delivery.
func TestSameProjectionFile(t *testing.T) {
	eachStore(t, func(t *testing.T, s undoable) {
		dir := t.TempDir()
		sheets, columns := town(4), []string{"MAXA", "SHBANDO", "SHTHUA", "KHLOAIDAT", "DIENTICHPL", "GHICHU"}
		first := writeShapefile(t, dir, "to1", vn5899, "UTF-8", columns, sheets[:2])
		second := writeShapefile(t, dir, "to2", vn5899, "UTF-8", columns, sheets[2:])
		mustRun(t, s, Request{Layer: "parcels", Files: []string{first}})
		if rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{second}}); rep.Counts.Findings["file.again"] != 0 {
			t.Fatalf("%+v", rep.Findings)
		}
		if rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{first}, Name: "other", DryRun: true}); rep.Counts.Findings["file.again"] != 2 { // .shp and .dbf
			t.Fatalf("%+v", rep.Findings)
		}
	})
}

func undo(s Undoer, name string) error {
	_, err := Undo(context.Background(), s, name, "test")
	return err
}

// What an undo gives back is what was there before the import that it undoes.
func TestUndoGivesBack(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 10, 20, ref("1", "2"))))
	mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	before := bare(present(t, s, "parcels", ""))
	write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(12, 0, 10, 20, ref("1", "3"))))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 2, 1, 0, 1, 1, 0)
	res, err := Undo(context.Background(), s, rep.Name, "test")
	if err != nil {
		t.Fatal(err)
	}
	if res.Last <= res.First {
		t.Fatalf("%+v", res)
	}
	if diff := cmp.Diff(before, bare(present(t, s, "parcels", "")), equalValues); diff != "" {
		t.Fatal(diff)
	}
	// The file can come again after its undo.
	counts(t, mustRun(t, s, Request{Layer: "parcels", Files: []string{path}}), 2, 1, 0, 1, 1, 0)

	// A record that somebody removed since is in the way of an undo.
	first := present(t, s, "parcels", "")[0]
	ops := func(yield func(change.Op, error) bool) {
		yield(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: "parcels", ID: first.ID}}, nil)
	}
	if _, err := s.Apply(context.Background(), change.Commit{By: "test", Today: "2026-06-01"}, ops); err != nil {
		t.Fatal(err)
	}
	e := refused(t, undo(s, "a"), spatial.Conflict, "import.later")
	if e.Args["ids"] != "1, 2" || e.Args["later"] != "a-3" {
		t.Fatalf("%+v", e.Args)
	}
	if err := undo(s, "a-3"); err != nil {
		t.Fatal(err)
	}
	e = refused(t, undo(s, "a"), spatial.Conflict, "import.touchedSince")
	if e.Args["ids"] != "1" || e.Args["count"] != 1 {
		t.Fatalf("%+v", e.Args)
	}
}

// An edited record is still the dataset's, and a delivery that disagrees with it
// says so.
func TestEditedRecordIsMatched(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 10, 20, ref("1", "2"))))
	mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	f := present(t, s, "parcels", "")[0]
	f.Import = 0
	f.Values[9] = spatial.Text("7/12")
	ops := func(yield func(change.Op, error) bool) { yield(change.Op{Verb: change.Update, Feature: f}, nil) }
	if _, err := s.Apply(context.Background(), change.Commit{By: "test", Today: "2026-06-01"}, ops); err != nil {
		t.Fatal(err)
	}
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 2, 0, 1, 1, 0, 0)
	if rep.Counts.Findings["match.edited"] != 1 {
		t.Fatalf("%v", rep.Counts.Findings)
	}
}

// A key that is there twice is no key; shapes then tell rows apart, over deliveries.
func TestMatching(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899,
		plot(0, 0, 10, 20, ref("1", "1")), plot(10, 0, 10, 20, ref("1", "1")), plot(20, 0, 10, 20, `{}`), plot(20, 0, 10, 20, `{}`), plot(40, 0, 10, 20, `{"@id":"way/7","name":"x"}`)))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 5, 5, 0, 0, 0, 0)
	want := map[string]int{"reference.duplicate": 2, "reference.missing": 3, "duplicate": 1}
	if diff := cmp.Diff(want, rep.Counts.Findings); diff != "" {
		t.Fatal(diff)
	}
	for _, f := range rep.Findings {
		if (f.Code == "reference.duplicate" && f.Row == 2 && f.Other != 1) || (f.Code == "duplicate" && (f.Row != 4 || f.Other != 3 || f.Area != 200)) {
			t.Fatalf("%+v", f)
		}
	}
	fs := present(t, s, "parcels", "")
	if !strings.HasPrefix(fs[0].Key, "shape:") || fs[3].Key != fs[2].Key+"#2" || fs[4].Key != "osm:way/7" {
		t.Fatalf("%q %q %q %q", fs[0].Key, fs[2].Key, fs[3].Key, fs[4].Key)
	}
	// A changed reference over the same ground is the same parcel.
	write(t, dir, "a.geojson", collection(crs5899,
		plot(0, 0, 10, 20, ref("1", "8")), plot(10, 0, 10, 20, ref("1", "9")), plot(20, 0, 10, 20, `{}`), plot(20, 0, 10, 20, `{}`), plot(40, 0, 10, 20, `{"@id":"way/7","name":"y"}`)))
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 5, 0, 3, 2, 0, 0)
	if got := present(t, s, "parcels", ""); got[0].ID != fs[0].ID || got[0].Key != "24808/1/8" || got[4].Extra != `{"@id":"way/7","name":"y"}` {
		t.Fatalf("%+v", got[0])
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1"))))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, DryRun: true})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	if head(t, s) != 0 || rep.Import != 0 || rep.Status() != StatusApplied || rep.Place == nil {
		t.Fatalf("head %d, %+v", head(t, s), rep)
	}
}

func TestCancelledWritesNothing(t *testing.T) {
	s, dir := open(t), t.TempDir()
	var plots []string
	for i := range 3000 {
		plots = append(plots, plot(float64(i)*10, 0, 10, 20, `{}`))
	}
	path := write(t, dir, "a.geojson", collection(crs5899, plots...))
	for _, stage := range []Stage{StageSurvey, StageApply, StageTopology} {
		ctx, cancel := context.WithCancel(context.Background())
		q := filepath.Join(dir, "q.geojsonl")
		rep, err := Run(ctx, s, Request{Layer: "parcels", Files: []string{path}, Quarantine: q, Progress: func(at Stage, done, _ int) {
			if at == stage && (done > 1000 || at == StageTopology) {
				cancel()
			}
		}})
		cancel()
		if err == nil || rep.Status() != StatusNothing || rep.Problem == nil {
			t.Fatalf("%s: %v %+v", stage, err, rep.Problem)
		}
		if h := head(t, s); h != 0 {
			t.Fatalf("%s: head %d", stage, h)
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".quarantine*")); err != nil || len(left) > 0 {
			t.Fatalf("left %v, %v", left, err)
		}
	}
}

// A row in quarantine is in its file whole, and comes back from there mended.
func TestQuarantineComesBack(t *testing.T) {
	s, dir := open(t), t.TempDir()
	bow := `{"type":"Polygon","coordinates":[[[575100,1320000],[575110,1320010],[575110,1320000],[575100,1320010],[575100,1320000]]]}`
	path := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")),
		feature(bow, `{"MAXA":"24808","SHBANDO":"1","SHTHUA":"2","TENCHU":"Ẩn danh","DIACHI":"Hẻm 3","ghi chú":"\"x\""}`)))
	q := filepath.Join(dir, "a.quarantine.geojsonl")
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Quarantine: q})
	counts(t, rep, 2, 1, 0, 0, 0, 1)
	if rep.Status() != StatusQuarantined || rep.Counts.Findings["ring.selfCrossing"] != 1 || rep.Counts.Findings["personal.dropped"] != 2 {
		t.Fatalf("%+v", rep.Counts)
	}
	text, err := os.ReadFile(q)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "Ẩn danh") || strings.Contains(string(text), "Hẻm") {
		t.Fatalf("a person in the quarantine file: %s", text)
	}
	var line struct {
		Properties map[string]any
		Geometry   json.RawMessage
	}
	if err := json.Unmarshal(text, &line); err != nil {
		t.Fatal(err)
	}
	if line.Properties["lb_code"] != "ring.selfCrossing" || line.Properties["lb_row"] != 2.0 || line.Properties["ghi chú"] != `"x"` || string(line.Geometry) != bow {
		t.Fatalf("%s", text)
	}
	mended := strings.Replace(string(text), `[575110,1320010],[575110,1320000]`, `[575110,1320000],[575110,1320010]`, 1)
	write(t, dir, "a.quarantine.geojsonl", mended)
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{q}})
	counts(t, rep, 1, 1, 0, 0, 0, 0)
	if rep.Dataset != "parcels:a" || !rep.Partial {
		t.Fatalf("%+v", rep)
	}
	if fs := present(t, s, "parcels", ""); len(fs) != 2 || fs[1].Key != "24808/1/2" || fs[1].Extra != `{"ghi chú":"\"x\""}` {
		t.Fatalf("%+v", fs)
	}
	// The broken row again does not end what it stands for.
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	counts(t, rep, 2, 0, 0, 1, 0, 1)
	if n := len(present(t, s, "parcels", "")); n != 2 {
		t.Fatalf("%d", n)
	}
}

func TestReportWrites(t *testing.T) {
	s, dir := open(t), t.TempDir()
	path := write(t, dir, "a.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), plot(5, 0, 10, 20, ref("1", "2")), feature("null", ref("1", "3"))))
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	var b bytes.Buffer
	if err := rep.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rep, back); diff != "" {
		t.Fatal(diff)
	}
	for lang, want := range map[string]string{"vi": "Cách ly:           1", "en": "Quarantined:       1"} {
		b.Reset()
		if err := rep.WriteText(&b, lang, func(code string) string { return "<" + code + ">" }); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "overlap  <overlap>") {
			t.Fatalf("%s", b.String())
		}
	}
	for _, f := range rep.Findings {
		if f.Code == "overlap" && (f.Area != 100 || f.Row != 2 || f.Other != 1 || f.At == nil) {
			t.Fatalf("%+v", f)
		}
	}
}

// A delivery that is broken from end to end ends nothing, and one that names few of
// its dataset's records says so.
func TestBrokenDeliveryEndsNothing(t *testing.T) {
	s, dir := open(t), t.TempDir()
	var plots, broken []string
	for i := range 12 {
		plots = append(plots, plot(float64(i)*20, 0, 10, 20, `{}`))
		broken = append(broken, feature("null", `{}`))
	}
	path := write(t, dir, "a.geojson", collection(crs5899, plots...))
	mustRun(t, s, Request{Layer: "parcels", Files: []string{path}})
	before := head(t, s)
	q := filepath.Join(dir, "q.geojsonl")
	write(t, dir, "a.geojson", collection(crs5899, broken...))
	rep, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}, Quarantine: q})
	refused(t, err, spatial.Invalid, "import.allQuarantined")
	var summary strings.Builder
	if err := rep.WriteText(&summary, "en", func(string) string { return "All {rows} rows" }); err != nil || !strings.Contains(summary.String(), "Not imported:      All 12 rows\n") {
		t.Fatalf("%v\n%s", err, summary.String())
	}
	if text, err := os.ReadFile(q); err != nil || strings.Count(string(text), "\n") != 12 || head(t, s) != before {
		t.Fatalf("%s %v", text, err)
	}
	write(t, dir, "a.geojson", collection(crs5899, plots[:3]...))
	rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, DryRun: true})
	counts(t, rep, 3, 0, 0, 3, 9, 0)
	if rep.Counts.Findings["match.mostGone"] != 1 {
		t.Fatalf("%v", rep.Counts.Findings)
	}
	counts(t, mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Partial: true}), 3, 0, 0, 3, 0, 0)
}
