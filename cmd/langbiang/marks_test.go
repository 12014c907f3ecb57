package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/city"
)

// roadWidth is what the server has worked out of the road before a parcel.
func (s *server) roadWidth(key, parcel string) float64 {
	s.t.Helper()
	s.untilWorkedOut()
	got := s.do(http.MethodPost, "/api/planning/query?f=json", key, `{"filter-text":"id = `+parcel+`","properties":["road_width"]}`)
	var v struct {
		Rows []struct {
			Width float64 `json:"road_width"`
		}
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil || len(v.Rows) != 1 {
		s.t.Fatalf("%v: %s", err, got.body)
	}
	return v.Rows[0].Width
}

// A correction goes the whole way on both stores: written over HTTP, worked out, kept
// over a restart, exported, imported, found by check where its edge is gone, undone.
func TestCorrections(t *testing.T) {
	eachStore(t, func(t *testing.T, store string) {
		dalat(t, store)
		dir := t.TempDir()
		write := func(name, text string) string {
			path := filepath.Join(dir, name)
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			return path
		}
		must(t, 0, "import", "parcels", lotsFile(t, 5, 0), "--store", store)
		must(t, 0, "import", "roads", "--store", store, write("roads.geojson",
			`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"R1","name":"Trần Phú","class":"secondary","width":12},"geometry":{"type":"LineString","coordinates":[[108.43,11.93995],[108.45,11.93995]]}}]}`))
		key := strings.TrimSpace(must(t, 0, "key", "create", "--role", "planner", "--name", "p", "--store", store).stdout)
		s := serve(t, store)
		var lot struct{ ID string }
		if err := json.Unmarshal([]byte(s.get(inLot).body), &lot); err != nil {
			t.Fatal(err)
		}
		if w := s.roadWidth(key, lot.ID); w != 12 {
			t.Fatalf("the road is %v m wide", w)
		}
		path := "/api/parcels/" + lot.ID + "/frontage-marks"
		var c city.Correctable
		if err := json.Unmarshal([]byte(s.get(path).body), &c); err != nil {
			t.Fatal(err)
		}
		var at [2]float64
		for _, e := range c.Edges {
			if e.Kind == "front" {
				at = e.At
			}
		}
		made := s.do(http.MethodPost, path, key, fmt.Sprintf(`{"lon":%.9f,"lat":%.9f,"kind":"front","width":7}`, at[0], at[1]))
		var m struct{ Mark city.MarkRecord }
		if err := json.Unmarshal([]byte(made.body), &m); err != nil || made.status != http.StatusCreated {
			t.Fatalf("%d %s", made.status, made.body)
		}
		if w := s.roadWidth(key, lot.ID); w != 7 {
			t.Errorf("corrected, the road is %v m wide", w)
		}
		s.stop()
		s = serve(t, store)
		if w := s.roadWidth(key, lot.ID); w != 7 {
			t.Errorf("after a restart the road is %v m wide", w)
		}

		out := filepath.Join(dir, "marks.geojson")
		must(t, 0, "export", city.MarksLayer, out, "--store", store)
		if b, err := os.ReadFile(out); err != nil || !strings.Contains(string(b), `"width":7`) {
			t.Errorf("%v: %s", err, b)
		}
		must(t, 0, "import", city.MarksLayer, "--store", store, "--name", "walked", write("walked.geojson",
			fmt.Sprintf(`{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"kind":"front","width":9},"geometry":{"type":"Point","coordinates":[%.9f,%.9f]}},
{"type":"Feature","properties":{"kind":"rear"},"geometry":{"type":"Point","coordinates":[108.4401,11.95]}}]}`, at[0], at[1])))
		if d := must(t, 0, "check", "--store", store); !strings.Contains(d.stdout, "Nothing is broken") || strings.Count(d.stdout, "check.markGone "+city.MarksLayer+"/") != 1 {
			t.Errorf("%s", d.stdout)
		}
		s.stop()
		s = serve(t, store)
		if w := s.roadWidth(key, lot.ID); w != 9 {
			t.Errorf("with the later mark the road is %v m wide", w)
		}
		if got := s.do(http.MethodGet, "/api/frontage-marks?state=gone", key, ""); strings.Count(got.body, `"state":"gone"`) != 1 {
			t.Errorf("%s", got.body)
		}
		s.stop()
		must(t, 0, "imports", "undo", "walked", "--store", store)
		s = serve(t, store)
		if got := s.do(http.MethodDelete, "/api/frontage-marks/"+m.Mark.ID, key, "", "If-Match", `"1"`); got.status != http.StatusNoContent {
			t.Fatalf("%d %s", got.status, got.body)
		}
		if w := s.roadWidth(key, lot.ID); w != 12 {
			t.Errorf("taken back, the road is %v m wide", w)
		}
		if d := must(t, 0, "check", "--store", store); strings.Contains(d.stdout, "check.mark") {
			t.Errorf("%s", d.stdout)
		}
	})
}
