package importers

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// The box of a delivery is that of its shapes, whichever system is asked about, and
// one stray row among many does not stretch it.
func TestLandings(t *testing.T) {
	var src source
	for i := range 200 {
		p := orb.Point{east + 10*float64(i%20), north + 10*float64(i/20)}
		if i == 77 {
			p = orb.Point{0, 0}
		}
		src.samples.add(p)
		src.samples.extent[0] += 10
		src.samples.extent[1] += 10
	}
	within := orb.Bound{Min: orb.Point{108.4, 11.9}, Max: orb.Point{108.5, 12}}
	got := landings([]*source{&src}, within)
	if got[0].System.SRID != 5899 || !got[0].Inside || got[0].Said {
		t.Fatalf("%+v", got[0])
	}
	for _, l := range got[1:] {
		if l.Inside && !l.Swapped {
			t.Errorf("%+v", l)
		}
	}
	back, err := crs.To(5899)
	if err != nil {
		t.Fatal(err)
	}
	a, b := back(got[0].Outline[0][0]), back(got[0].Outline[0][2])
	for _, d := range []float64{a[0] - (east - 5), a[1] - (north - 5), b[0] - (east + 195), b[1] - (north + 95)} {
		if d < -0.01 || d > 0.01 {
			t.Errorf("box %v %v", a, b)
			break
		}
	}
	if got := landings([]*source{{}}, within); got != nil {
		t.Errorf("%+v", got)
	}
}

func TestPreviewIsBounded(t *testing.T) {
	s := &Sketch{}
	for i := range 1000 {
		x := 108.4 + float64(i)/1e5
		s.add("", i+1, orb.Polygon{{{x, 11.9}, {x + 1e-5, 11.9}, {x + 1e-5, 11.90001}, {x, 11.9}}}, false)
	}
	long := make(orb.LineString, 5000)
	for i := range long {
		long[i] = orb.Point{108.4 + float64(i)/1e6, 11.8}
	}
	s.add("", 1001, long, true)
	found := []Finding{{Code: "overlap", Severity: Warning, Row: 1001}, {Code: "x", Severity: Note, Row: 1001}, {Code: "y", Severity: Error, Row: 5}, {Code: "z", Severity: Warning, Row: 5}}
	type told struct {
		Features []struct {
			Geometry   struct{ Coordinates json.RawMessage }
			Properties struct {
				Row      int
				Severity string
			}
		}
	}
	write := func(rows, points int) (told, Shown) {
		t.Helper()
		var b bytes.Buffer
		shown, err := s.WritePreview(&b, found, rows, points)
		if err != nil {
			t.Fatal(err)
		}
		var v told
		if err := json.Unmarshal(b.Bytes(), &v); err != nil || len(v.Features) != shown.Rows || shown.Of != 1001 {
			t.Fatalf("%v %+v: %s", err, shown, b.Bytes())
		}
		return v, shown
	}
	v, shown := write(100, 1e6)
	if shown.Rows < 90 || shown.Rows > 100 {
		t.Errorf("%+v", shown)
	}
	if p := v.Features[0].Properties; p.Row != 5 || p.Severity != "error" {
		t.Errorf("%+v", p)
	}
	if p := v.Features[1].Properties; p.Row != 1001 || p.Severity != "warning" {
		t.Errorf("%+v", p)
	}
	var line [][2]float64
	if err := json.Unmarshal(v.Features[1].Geometry.Coordinates, &line); err != nil || len(line) > mostOfShape+1 || line[0][0] != 108.4 || line[len(line)-1][0] != 108.404999 {
		t.Errorf("%v %d points, %v … %v", err, len(line), line[0], line[len(line)-1])
	}
	if last := v.Features[len(v.Features)-1].Properties.Row; last < 900 {
		t.Errorf("the sample ends at row %d", last)
	}
	if _, shown := write(1e6, 40); shown.Rows != 10 {
		t.Errorf("%+v", shown)
	}
	if _, shown := write(1e6, 1e6); shown.Rows != 1001 {
		t.Errorf("%+v", shown)
	}
	var none *Sketch
	var b bytes.Buffer
	if shown, err := none.WritePreview(&b, nil, 1, 1); err != nil || shown != (Shown{}) || !json.Valid(b.Bytes()) {
		t.Errorf("%v %+v %s", err, shown, b.Bytes())
	}
}

// A reader that panics in the second reading, which other goroutines do, ends the
// import and not the program.
func TestAReaderThatPanics(t *testing.T) {
	src := &source{name: "a", rows: func(yield func(raw.Feature, error) bool) {
		if yield(raw.Feature{Row: 1}, &spatial.Error{Op: "read", Kind: spatial.Invalid, Code: "row.unreadable"}) {
			panic("a broken file")
		}
	}}
	f := start(context.Background(), []*source{src}, &rules{layer: &spatial.Layer{}})
	defer f.close()
	for {
		p, err := f.next()
		if err != nil {
			refused(t, err, spatial.Internal, "import.panic")
			return
		}
		if p == nil {
			t.Fatal("it ended as if all were well")
		}
	}
}

// A choice against the file's word is taken from whoever insists, and told.
func TestInsisting(t *testing.T) {
	s, dir := open(t), t.TempDir()
	here := []shapeRow{{rings: []orb.Ring{{{east, north}, {east, north + 10}, {east + 10, north + 10}, {east + 10, north}, {east, north}}}, cells: []string{"1"}}}
	path := writeShapefile(t, dir, "a", vn5899, "", []string{"A"}, here)
	_, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:9218"})
	refused(t, err, spatial.Invalid, "crs.contradiction")
	rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:9218", Insist: true})
	if rep.CRS != "EPSG:9218" || rep.Counts.Findings["crs.insisted"] != 1 || rep.Severity["crs.insisted"] != Warning {
		t.Errorf("%+v", rep)
	}
	again := mustRun(t, open(t), Request{Layer: "parcels", Files: []string{path}, CRS: "EPSG:5899", Insist: true})
	if again.Counts.Findings["crs.insisted"] != 0 {
		t.Errorf("%+v", again)
	}
}
