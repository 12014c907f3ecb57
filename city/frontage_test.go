package city

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// street is a town with a row of houses on a street, and what its first card says
// of its frontage, as JSON.
func street(t *testing.T, roads func(w *town)) (*town, string) {
	t.Helper()
	w := &town{t: t}
	w.place = spatial.Place{Plane: srid}
	use := attrs{"use": spatial.Text("ODT")}
	w.add("parcels", rect(0, 6, 5, 20), use)
	w.add("parcels", rect(5, 6, 5, 20), use)
	w.add("parcels", rect(-5, 6, 5, 20), attrs{"use": spatial.Text("TMD")})
	w.add("parcels", rect(-5, 26, 15, 20), attrs{"use": spatial.Text("CLN")})
	roads(w)
	card, err := New(Config{}).Card(w.view(spatial.TierPublic), 1, "vi")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(card.Frontage)
	if err != nil {
		t.Fatal(err)
	}
	return w, string(b)
}

func road(w *town, a attrs, x0, y0, x1, y1 float64) *spatial.Feature {
	return w.add("roads", orb.LineString{{east + x0, north + y0}, {east + x1, north + y1}}, a)
}

func TestFrontageOnCard(t *testing.T) {
	w, got := street(t, func(w *town) {
		road(w, attrs{"name": spatial.Text("Hẻm 5 Trần Phú"), "class": spatial.Text("alley"), "width": spatial.Float(12)}, -100, 0, 100, 0)
	})
	want := `{"length":5,"depth":20,"streets":[{"id":"5","parcel":null,"name":"Hẻm 5 Trần Phú","class":"alley","alley":true,"width":12,"widthSource":"record","gap":null,"length":5}],` +
		`"corner":false,"through":false,"landlocked":false,"edges":[{"kind":"side","faces":"parcel","length":20,"street":null,"beside":"2","mark":null},` +
		`{"kind":"rear","faces":"parcel","length":5,"street":null,"beside":"4","mark":null},{"kind":"side","faces":"parcel","length":20,"street":null,"beside":"3","mark":null},` +
		`{"kind":"front","faces":"street","length":5,"street":0,"beside":null,"mark":null}],"adjoiningSameUse":true,"sameUse":["2"],"confidence":"high","notes":["street.alley"]}`
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	// Where an outline begins is not said.
	for _, f := range []any{a, b} {
		edges := f.(map[string]any)["edges"].([]any)
		for edges[0].(map[string]any)["kind"] != "front" {
			edges = append(edges[1:], edges[0])
		}
		f.(map[string]any)["edges"] = edges
	}
	if d := cmp.Diff(b, a); d != "" {
		t.Error(got, d)
	}
	// The day's neighbours and roads are not at hand for a dated card.
	card, err := New(Config{}).DatedCard(t.Context(), past{w}, w.view(spatial.TierPublic), 1, spatial.AsOf{On: "2024-01-01"}, "vi")
	if err != nil || card.Frontage != nil {
		t.Errorf("a dated card says %+v, %v", card.Frontage, err)
	}
}

// Without a road in the whole store nothing can be said, and nothing is.
func TestNoFrontageWithoutRoads(t *testing.T) {
	if _, got := street(t, func(*town) {}); got != "null" {
		t.Error(got)
	}
}

// What the reader may not see does not show through the frontage.
func TestFrontageOfATier(t *testing.T) {
	w, _ := street(t, func(w *town) {
		road(w, attrs{"name": spatial.Text("Xa")}, 500, 0, 600, 0)
		road(w, attrs{"name": spatial.Text("Đường nội bộ")}, -100, 0, 100, 0).Access = spatial.Official
	})
	for tier, streets := range map[spatial.Tier]int{spatial.TierPublic: 0, spatial.TierOfficial: 1} {
		card, err := New(Config{}).Card(w.view(tier), 1, "vi")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(card.Frontage.Streets); n != streets {
			t.Errorf("tier %b: %d streets", tier, n)
		}
	}
}
