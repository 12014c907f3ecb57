package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
)

// onStreet is a town with a plot on a street 12 m wide, and its id.
func onStreet(t *testing.T) (*town, string) {
	tw := newTown(t)
	text := spatial.Text
	done := tw.write(
		change.Op{Verb: change.Create, Feature: parcel(t, "m1", 300, 300, 20, spatial.Public, "20", "1", "ODT")},
		change.Op{Verb: change.Create, Feature: parcel(t, "m2", 320, 300, 20, spatial.Public, "20", "2", "ODT")},
		change.Op{Verb: change.Create, Feature: feature(t, "roads", "r1", spatial.Public, orb.LineString{{east + 200, north + 294}, {east + 500, north + 294}},
			map[string]spatial.Value{"code": text("R1"), "name": text("Trần Phú"), "class": text("secondary"), "width": spatial.Float(12)})},
	)
	return tw, fmt.Sprint(done.Created[0])
}

func (tw *town) frontage(id string) city.Frontage {
	tw.t.Helper()
	r := tw.get("/api/parcels/" + id)
	var c city.Card
	if err := json.Unmarshal(r.body, &c); err != nil || c.Frontage == nil {
		tw.t.Fatalf("%v: %s", err, r.body)
	}
	return *c.Frontage
}

func (tw *town) edges(id string, headers ...string) city.Correctable {
	tw.t.Helper()
	r := tw.get("/api/parcels/"+id+"/frontage-marks", headers...)
	var c city.Correctable
	if err := json.Unmarshal(r.body, &c); err != nil || r.StatusCode != http.StatusOK {
		tw.t.Fatalf("%d %v: %s", r.StatusCode, err, r.body)
	}
	return c
}

func front(t *testing.T, c city.Correctable) city.CorrectableEdge {
	t.Helper()
	i := slices.IndexFunc(c.Edges, func(e city.CorrectableEdge) bool { return e.Kind == "front" })
	if i < 0 {
		t.Fatalf("no front: %+v", c)
	}
	return c.Edges[i]
}

func (tw *town) writer(role access.Role) []string {
	return []string{"Authorization", "Bearer " + tw.keys[role], "Content-Type", "application/json"}
}

func markJSON(at [2]float64, more string) string {
	return fmt.Sprintf(`{"lon":%.9f,"lat":%.9f%s}`, at[0], at[1], more)
}

// A planner corrects the width of the street before a plot, thinks better of it, and
// takes it back.
func TestFrontageMarks(t *testing.T) {
	tw, id := onStreet(t)
	path := "/api/parcels/" + id + "/frontage-marks"
	before := tw.frontage(id)
	if w := before.Streets[0].Width; *w != 12 {
		t.Fatalf("%+v", before)
	}
	c := tw.edges(id)
	if len(c.Edges) != 4 || len(c.Marks) > 0 || len(c.Roads) != 1 || c.Roads[0].Code != "R1" || *c.Roads[0].Width != 12 || c.Roads[0].Distance != 6 {
		t.Fatalf("%+v", c)
	}
	at := front(t, c).At

	made := tw.ask("POST", path, strings.NewReader(markJSON(at, `,"kind":"front","road":"R1","width":7.5,"document":"BB 12/2026","note":"`+secretWord+`"`)), tw.writer(access.Planner)...)
	if made.StatusCode != http.StatusCreated || made.Header.Get("ETag") != `"1"` {
		t.Fatalf("%d %v: %s", made.StatusCode, made.Header, made.body)
	}
	var answer struct {
		Parcel   string
		Revision uint64
		Mark     city.MarkRecord
	}
	if err := json.Unmarshal(made.body, &answer); err != nil || answer.Parcel != id || answer.Mark.Note == nil || *answer.Mark.Width != 7.5 || made.Header.Get("Langbiang-Revision") != fmt.Sprint(answer.Revision) {
		t.Fatalf("%v: %s", err, made.body)
	}
	// The answer came when the server showed it.
	f := tw.frontage(id)
	if w := f.Streets[0]; *w.Width != 7.5 || w.WidthSource != "mark" || !slices.Contains(f.Notes, "corrected") {
		t.Errorf("%+v", f)
	}
	if r := tw.get(strings.TrimPrefix(made.Header.Get("Location"), tw.srv.URL)); r.StatusCode != http.StatusOK || !strings.Contains(string(r.body), "BB 12/2026") {
		t.Errorf("%s: %d", made.Header.Get("Location"), r.StatusCode)
	}
	// It is written in the planner's name, and the note is for staff.
	versions, _, err := tw.store.Versions(context.Background(), "frontage_marks", parse(t, answer.Mark.ID))
	if err != nil || len(versions) != 1 || versions[0].Feature.SRID != plane || !versions[0].Feature.Derived {
		t.Fatal(versions, err)
	}
	b, err := tw.store.Batch(context.Background(), versions[0].Feature.Rev-1, 1)
	if err != nil || b.Changes[0].By != "key-planner" {
		t.Errorf("%+v %v", b.Changes, err)
	}
	for _, p := range []string{path, "/api/collections/frontage_marks/items", "/api/parcels/" + id} {
		if r := tw.get(p); r.StatusCode != http.StatusOK || strings.Contains(string(r.body), secretWord) || strings.Contains(string(r.body), "key-planner") {
			t.Errorf("%s shows the public what is not theirs: %s", p, r.body)
		}
	}
	if m := tw.edges(id, tw.writer(access.Planner)...).Marks; len(m) != 1 || m[0].Note == nil || *m[0].Note != secretWord {
		t.Errorf("%+v", m)
	}

	// Another version; the first is no longer one to change.
	one := "/api/frontage-marks/" + answer.Mark.ID
	body := markJSON(at, `,"kind":"front","width":9`)
	if r := tw.ask("PUT", one, strings.NewReader(body), tw.writer(access.Planner)...); r.StatusCode != http.StatusPreconditionRequired {
		t.Errorf("without If-Match: %d %s", r.StatusCode, r.body)
	}
	r := tw.ask("PUT", one, strings.NewReader(body), append(tw.writer(access.Planner), "If-Match", `"1"`)...)
	if r.StatusCode != http.StatusOK || r.Header.Get("ETag") != `"2"` {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if f := tw.frontage(id); *f.Streets[0].Width != 9 {
		t.Errorf("%+v", f)
	}
	for _, method := range []string{"PUT", "DELETE"} {
		if r := tw.ask(method, one, strings.NewReader(body), append(tw.writer(access.Planner), "If-Match", `"1"`)...); r.StatusCode != http.StatusPreconditionFailed {
			t.Errorf("%s of an old version: %d %s", method, r.StatusCode, r.body)
		}
	}

	if r := tw.ask("DELETE", one, nil, append(tw.writer(access.Planner), "If-Match", `"2-gz"`)...); r.StatusCode != http.StatusNoContent { // the tag of the same version, sent gzipped
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if d := cmp.Diff(before, tw.frontage(id)); d != "" {
		t.Error(d)
	}
	if r := tw.ask("DELETE", one, nil, append(tw.writer(access.Planner), "If-Match", `"2"`)...); r.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

func parse(t *testing.T, id string) uint64 {
	var n uint64
	if _, err := fmt.Sscan(id, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// What is wrong is refused, in both languages, and nothing is written.
func TestFrontageMarksRefused(t *testing.T) {
	tw, id := onStreet(t)
	path := "/api/parcels/" + id + "/frontage-marks"
	at := front(t, tw.edges(id)).At
	good := markJSON(at, `,"kind":"front","width":7`)
	away := markJSON([2]float64{at[0], at[1] + 0.0001}, `,"kind":"front"`)
	head := tw.model.Current().Revision()
	for _, tt := range []struct {
		name, path, body string
		headers          []string
		status           int
		code             string
	}{
		{"nobody", path, good, nil, 401, "auth.required"},
		{"an editor of land", path, good, tw.writer(access.Editor), 403, "auth.denied"},
		{"an operator", path, good, tw.writer(access.Operator), 403, "auth.denied"},
		{"no such parcel", "/api/parcels/999999/frontage-marks", good, tw.writer(access.Planner), 404, "parcel.unknown"},
		{"a parcel that is not the planner's to see", fmt.Sprintf("/api/parcels/%d/frontage-marks", tw.ids["personal"]), good, tw.writer(access.Planner), 404, "parcel.unknown"},
		{"another parcel's edge", fmt.Sprintf("/api/parcels/%d/frontage-marks", tw.ids["a"]), good, tw.writer(access.Planner), 400, "mark.away"},
		{"no edge", path, away, tw.writer(access.Planner), 400, "mark.away"},
		{"no place", path, `{"kind":"front"}`, tw.writer(access.Planner), 400, "query.body"},
		{"a place nowhere", path, `{"lon":1e9,"lat":0,"kind":"front"}`, tw.writer(access.Planner), 400, "query.body"},
		{"another kind", path, markJSON(at, `,"kind":"top"`), tw.writer(access.Planner), 400, "query.body"},
		{"no kind", path, markJSON(at, ``), tw.writer(access.Planner), 400, "query.body"},
		{"a member that is not known", path, markJSON(at, `,"kind":"front","by":"x"`), tw.writer(access.Planner), 400, "query.body"},
		{"no width", path, markJSON(at, `,"kind":"front","width":0`), tw.writer(access.Planner), 400, "mark.width"},
		{"a great width", path, markJSON(at, `,"kind":"front","width":501`), tw.writer(access.Planner), 400, "mark.width"},
		{"a rear with a street", path, markJSON(at, `,"kind":"rear","width":5`), tw.writer(access.Planner), 400, "mark.street"},
		{"a road that is not near", path, markJSON(at, `,"kind":"front","road":"R2"`), tw.writer(access.Planner), 400, "mark.road"},
		{"a text of signs", path, markJSON(at, `,"kind":"front","document":"a\u0000b"`), tw.writer(access.Planner), 400, "query.body"},
		{"a long text", path, markJSON(at, `,"kind":"front","document":"`+strings.Repeat("ă", 201)+`"`), tw.writer(access.Planner), 400, "query.body"},
		{"a form", path, good, []string{"Authorization", "Bearer " + tw.keys[access.Planner], "Content-Type", "text/plain"}, 415, "body.media"},
		{"a parameter", path + "?x=1", good, tw.writer(access.Planner), 400, "parameter.unknown"},
	} {
		said := map[string]bool{}
		for _, lang := range []string{"vi", "en"} {
			r := tw.ask("POST", tt.path, strings.NewReader(tt.body), append(tt.headers, "Accept-Language", lang)...)
			v := r.json(t)
			if r.StatusCode != tt.status || v["code"] != tt.code {
				t.Errorf("%s: %d %s", tt.name, r.StatusCode, r.body)
			}
			said[fmt.Sprint(v["detail"])] = true
		}
		if len(said) != 2 {
			t.Errorf("%s: one text for both languages: %v", tt.name, said)
		}
	}
	// Another site's page has the browser's session and may not use it.
	login := tw.ask("POST", "/api/session", strings.NewReader(`{"key":"`+tw.keys[access.Planner]+`"}`), "Content-Type", "application/json")
	cookie, _, _ := strings.Cut(login.Header.Get("Set-Cookie"), ";")
	for origin, status := range map[string]int{"https://elsewhere.example": 403, tw.srv.URL: 201} {
		if origin == tw.srv.URL {
			if now := tw.model.Current().Revision(); now != head {
				t.Errorf("something was written: revision %d, it was %d", now, head)
			}
		}
		r := tw.ask("POST", path, strings.NewReader(good), "Content-Type", "application/json", "Cookie", cookie, "Origin", origin)
		if r.StatusCode != status {
			t.Errorf("from %s: %d %s", origin, r.StatusCode, r.body)
		}
	}
}

// The list says what became of each mark; it is for those who can do something about it.
func TestFrontageMarksList(t *testing.T) {
	tw, id := onStreet(t)
	path := "/api/parcels/" + id + "/frontage-marks"
	at := front(t, tw.edges(id)).At
	for _, more := range []string{`,"kind":"front","width":7`, `,"kind":"front","width":8`} {
		if r := tw.ask("POST", path, strings.NewReader(markJSON(at, more)), tw.writer(access.Planner)...); r.StatusCode != 201 {
			t.Fatalf("%s", r.body)
		}
	}
	text := spatial.Text
	tw.write(
		change.Op{Verb: change.Create, Feature: feature(t, "frontage_marks", "", spatial.Public, orb.Point{east + 310, north + 310}, map[string]spatial.Value{"kind": text("rear")})},
		change.Op{Verb: change.Create, Feature: feature(t, "frontage_marks", "", spatial.Public, orb.Point{east + 310, north + 300}, nil)},
		change.Op{Verb: change.Create, Feature: feature(t, "frontage_marks", "", spatial.Public, orb.Point{east + 310, north + 319.9}, map[string]spatial.Value{"kind": text("front"), "road": text("gone")})},
	)
	list := func(query string) (states []string, next any) {
		r := tw.ask("GET", "/api/frontage-marks"+query, nil, tw.writer(access.Planner)...)
		var v struct {
			Marks []city.MarkState
			Next  any
		}
		if err := json.Unmarshal(r.body, &v); err != nil || r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		for _, m := range v.Marks {
			s := m.State + " " + strings.Join(m.Parcels, ",")
			if m.NoRoad {
				s += " no road"
			}
			states = append(states, s)
		}
		return states, v.Next
	}
	got, next := list("")
	if d := cmp.Diff([]string{"outranked " + id, "holds " + id, "gone ", "empty ", "holds " + id + " no road"}, got); d != "" || next != nil {
		t.Error(d, next)
	}
	if got, next := list("?state=gone&limit=1"); len(got) != 1 || got[0] != "gone " || next != nil {
		t.Error(got, next)
	}
	if got, next := list("?limit=2"); len(got) != 2 || next == nil {
		t.Error(got, next)
	} else if got, next := list("?limit=3&after=" + fmt.Sprint(next)); len(got) != 3 || next != nil {
		t.Error(got, next)
	}
	if r := tw.get("/api/frontage-marks"); r.StatusCode != 401 {
		t.Errorf("%d", r.StatusCode)
	}
	if r := tw.ask("GET", "/api/frontage-marks?state=lost", nil, tw.writer(access.Planner)...); r.StatusCode != 400 {
		t.Errorf("%d", r.StatusCode)
	}
	f := tw.frontage(id)
	if !slices.Contains(f.Notes, "mark.disagree") || !slices.Contains(f.Notes, "mark.road") {
		t.Errorf("%v", f.Notes)
	}
}

// A mark on a parcel that the public may not see is not theirs to see either.
func TestMarkOfAnOfficialParcel(t *testing.T) {
	tw, _ := onStreet(t)
	path := fmt.Sprintf("/api/parcels/%d/frontage-marks", tw.ids["official"])
	at := tw.edges(fmt.Sprint(tw.ids["official"]), tw.writer(access.Planner)...).Edges[0].At
	if r := tw.ask("POST", path, strings.NewReader(markJSON(at, `,"kind":"rear"`)), tw.writer(access.Planner)...); r.StatusCode != 201 {
		t.Fatalf("%s", r.body)
	}
	if r := tw.get("/api/collections/frontage_marks/items"); fmt.Sprint(r.json(t)["numberMatched"]) != "0" {
		t.Errorf("%s", r.body)
	}
}
