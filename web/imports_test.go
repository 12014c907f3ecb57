package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/api"
	"github.com/langbiang/langbiang/web/live"
)

// reception is a town that takes deliveries.
func reception(t *testing.T, more func(*desk.Config)) *town {
	var tw *town
	var d *desk.Desk
	n := 0
	dir := t.TempDir()
	t.Cleanup(func() { // after the server ended
		d.Close()
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left over: %v %v", left, err)
		}
	})
	tw = newTown(t, func(c *web.Config, _ *live.Config) {
		cfg := desk.Config{Store: c.Edits.(desk.Store), Dir: dir, Now: c.Now, NewID: func() string { n++; return fmt.Sprint("s", n) },
			Shown: func(ctx context.Context, rev spatial.Revision) error { return tw.model.WaitFor(ctx, rev) }}
		if more != nil {
			more(&cfg)
		}
		d = desk.New(cfg)
		c.Desk = d
	})
	return tw
}

// form is a delivery as browsers send it: name, value; a name with a dot is a file.
func form(t testing.TB, parts ...string) (io.Reader, string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		var err error
		if strings.Contains(parts[i], ".") {
			var f io.Writer
			if f, err = w.CreateFormFile("file", parts[i]); err == nil {
				_, err = io.WriteString(f, parts[i+1])
			}
		} else {
			err = w.WriteField(parts[i], parts[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b, w.FormDataContentType()
}

func (tw *town) handOver(role access.Role, parts ...string) reply {
	tw.t.Helper()
	body, media := form(tw.t, parts...)
	return tw.ask("POST", api.StagedPath, body, "Authorization", "Bearer "+tw.keys[role], "Content-Type", media)
}

// stagedAnswer is what is looked at of a delivery.
type stagedAnswer struct {
	ID, State string
	Choice    struct{ CRS, Encoding string }
	Problem   *struct{ Code, Detail string }
	Plan      *struct {
		Name, CRS string
		Counts    struct{ Read, Added, Quarantined int }
		Landings  []struct {
			CRS                  string
			Chosen, Said, Inside bool
			Distance             float64
			Direction, Place     *string
			Outline              struct{ Type string }
		}
		Findings []struct{ Code, Severity, Message string }
		Examples []struct {
			Kind   string
			Fields []struct{ Name, Title string }
		}
		Shown struct{ Rows, Of int }
	}
	Applied *struct {
		Name        string
		Written     bool
		Quarantined bool
	}
}

func (r reply) staged(t testing.TB) stagedAnswer {
	t.Helper()
	var s stagedAnswer
	if err := json.Unmarshal(r.body, &s); err != nil || r.StatusCode >= 300 {
		t.Fatalf("%d %v %.600s", r.StatusCode, err, r.body)
	}
	return s
}

// planOf waits until a delivery is read.
func (tw *town) planOf(role access.Role, id, state string) stagedAnswer {
	tw.t.Helper()
	s := tw.get(api.StagedPath+"/"+id+"?wait=20", tw.as(role)...).staged(tw.t)
	if s.State != state {
		tw.t.Fatalf("%s, not %s: %+v", s.State, state, s.Problem)
	}
	return s
}

// delivery is GeoJSON of a parcel in a plane.
func delivery(epsg int, x float64, number string) string {
	return fmt.Sprintf(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},"features":[{"type":"Feature","properties":{"MAXA":"24808","SOTO":"77","SOTHUA":"%s"},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}]}`,
		epsg, number, east+x, north, east+x+20, north, east+x+20, north+20, east+x, north)
}

func TestImportOverHTTP(t *testing.T) {
	tw := reception(t, nil)
	made := tw.handOver(access.Editor, "layer", "parcels", "document", "BB 5", "to77.geojson", delivery(9218, 1000, "1"))
	if made.StatusCode != 202 || made.Header.Get("Location") != tw.srv.URL+api.StagedPath+"/s1" {
		t.Fatalf("%d %v %s", made.StatusCode, made.Header, made.body)
	}
	s := tw.planOf(access.Editor, "s1", "refused")
	if s.Problem == nil || s.Problem.Code != "crs.wrongPlace" || !strings.Contains(s.Problem.Detail, "EPSG:9218") {
		t.Fatalf("%+v", s.Problem)
	}
	first := s.Plan.Landings[0]
	if first.CRS != "EPSG:5899" || !first.Inside || first.Chosen || first.Distance > 5000 || first.Direction == nil || first.Outline.Type != "Polygon" {
		t.Fatalf("%+v", s.Plan.Landings)
	}
	said := s.Plan.Landings[2]
	for _, l := range s.Plan.Landings {
		if l.Said {
			said = l
		}
	}
	if said.CRS != "EPSG:9218" || !said.Chosen || said.Inside || said.Distance < 80_000 || said.Distance > 84_000 || *said.Direction != "e" {
		t.Fatalf("%+v", said)
	}

	path := api.StagedPath + "/s1"
	json := append(tw.as(access.Editor), "Content-Type", "application/json")
	if r := tw.ask("PUT", path, strings.NewReader(`{"layer":"parcels","crs":"EPSG:5899","insist":true,"document":"BB 5"}`), json...); r.StatusCode != 202 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	s = tw.planOf(access.Editor, "s1", "ready")
	if s.Plan.CRS != "EPSG:5899" || s.Plan.Counts.Added != 1 || s.Choice.CRS != "EPSG:5899" || s.Plan.Shown.Of != 1 || len(s.Plan.Examples) != 1 || s.Plan.Examples[0].Fields[0].Title == "" {
		t.Fatalf("%+v", s.Plan)
	}
	insisted := false
	for _, f := range s.Plan.Findings {
		insisted = insisted || f.Code == "crs.insisted" && f.Severity == "warning" && f.Message != ""
	}
	if !insisted {
		t.Errorf("%+v", s.Plan.Findings)
	}
	for _, part := range []string{"/preview", "/findings"} {
		if r := tw.get(path+part, tw.as(access.Editor)...); r.StatusCode != 200 || r.json(t)["type"] != "FeatureCollection" {
			t.Errorf("%s: %d %s", part, r.StatusCode, r.body)
		}
	}
	tw.get(path+"/quarantine", tw.as(access.Editor)...).problem(t, 404, "staged.noRows")

	// Asked again, nothing is sent again.
	r := tw.get(path, tw.as(access.Editor)...)
	if again := tw.get(path, append(tw.as(access.Editor), "If-None-Match", r.Header.Get("ETag"))...); again.StatusCode != 304 {
		t.Errorf("%d", again.StatusCode)
	}

	if r := tw.ask("POST", path+"/apply", nil, tw.as(access.Editor)...); r.StatusCode != 202 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	s = tw.planOf(access.Editor, "s1", "applied")
	if s.Applied == nil || s.Applied.Name != "to77" || !s.Applied.Written || s.Applied.Quarantined {
		t.Fatalf("%+v", s.Applied)
	}
	// The server shows it when it says so.
	if r := tw.get("/api/search?q=77%2F1"); !strings.Contains(string(r.body), `"kind":"parcel"`) {
		t.Errorf("%s", r.body)
	}
	list := tw.get("/api/imports", tw.as(access.Editor)...)
	if list.StatusCode != 200 || !strings.Contains(string(list.body), `"name":"to77"`) || !strings.Contains(string(list.body), `"by":"key-editor"`) || !strings.Contains(string(list.body), `"undone":null`) {
		t.Errorf("%s", list.body)
	}
	undo := func() reply {
		return tw.ask("POST", "/api/imports/undo", strings.NewReader(`{"name":"to77"}`), json...)
	}
	if r := undo(); r.StatusCode != 200 {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if r := tw.get("/api/search?q=77%2F1"); strings.Contains(string(r.body), `"kind":"parcel"`) {
		t.Errorf("%s", r.body)
	}
	undo().problem(t, 409, "import.undone")
	if r := tw.ask("DELETE", path, nil, tw.as(access.Editor)...); r.StatusCode != 204 {
		t.Errorf("%d", r.StatusCode)
	}
	tw.get(path, tw.as(access.Editor)...).problem(t, 404, "staged.unknown")
}

// Only who may import sees anything of it, and only what is theirs.
func TestWhoMayImport(t *testing.T) {
	tw := reception(t, nil)
	tw.handOver(access.Editor, "layer", "parcels", "a.geojson", delivery(5899, 1000, "1")).staged(t)
	tw.planOf(access.Editor, "s1", "ready")
	one := api.StagedPath + "/s1"
	for _, q := range []struct{ method, path string }{
		{"GET", api.StagedPath}, {"GET", one}, {"PUT", one}, {"DELETE", one}, {"POST", one + "/apply"}, {"GET", one + "/preview"}, {"GET", one + "/findings"}, {"GET", one + "/quarantine"}, {"GET", "/api/imports"}, {"POST", "/api/imports/undo"}, {"POST", api.StagedPath},
	} {
		tw.ask(q.method, q.path, nil).problem(t, 401, "auth.required")
		for _, role := range []access.Role{access.Planner, access.Operator} {
			d := tw.ask(q.method, q.path, nil, tw.as(role)...).problem(t, 403, "auth.denied")
			if d["args"].(map[string]any)["permission"] != "import" {
				t.Errorf("%v", d)
			}
		}
		// An administrator may import, and does not see what an editor handed over.
		if strings.HasPrefix(q.path, one) && q.method != "PUT" {
			tw.ask(q.method, q.path, nil, tw.as(access.Admin)...).problem(t, 404, "staged.unknown")
		}
	}
	if r := tw.get(api.StagedPath, tw.as(access.Admin)...); !strings.Contains(string(r.body), `"staged":[]`) {
		t.Errorf("%s", r.body)
	}
	if r := tw.get(api.StagedPath, tw.as(access.Editor)...); !strings.Contains(string(r.body), `"id":"s1"`) || !strings.Contains(string(r.body), `"limit":`) {
		t.Errorf("%s", r.body)
	}

	// With a session it must come from our own pages.
	in := tw.ask("POST", "/api/session", strings.NewReader(`{"key":"`+tw.keys[access.Editor]+`"}`), "Content-Type", "application/json")
	cookie, _, _ := strings.Cut(in.Header.Get("Set-Cookie"), ";")
	for origin, status := range map[string]int{"https://elsewhere.example": 403, tw.srv.URL: 202} {
		body, media := form(t, "layer", "parcels", "b.geojson", delivery(5899, 2000, "2"))
		if r := tw.ask("POST", api.StagedPath, body, "Cookie", cookie, "Origin", origin, "Content-Type", media); r.StatusCode != status {
			t.Errorf("from %s: %d %s", origin, r.StatusCode, r.body)
		}
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	tw := reception(t, func(c *desk.Config) { c.Bytes = 1 << 20 })
	file := delivery(5899, 1000, "1")
	for _, c := range []struct {
		parts  []string
		status int
		code   string
	}{
		{[]string{"layer", "parcels"}, 400, "file.none"},
		{[]string{"a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "layer", "zones", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "what", "x", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "insist", "perhaps", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "widen", "far", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "map", "number", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "name", "a\nb", "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "date", "yesterday", "a.geojson", file}, 400, "date.malformed"},
		{[]string{"layer", strings.Repeat("x", 20<<10), "a.geojson", file}, 400, "staged.field"},
		{[]string{"layer", "parcels", "a.doc", file}, 400, "file.format"},
		{[]string{"layer", "parcels", "a.geojson", file, "A.geojson", file}, 400, "staged.twice"},
		{[]string{"layer", "parcels", "a.geojson", file + strings.Repeat(" ", 1<<20)}, 413, "staged.tooLarge"},
	} {
		tw.handOver(access.Editor, c.parts...).problem(t, c.status, c.code)
	}
	tw.ask("POST", api.StagedPath, strings.NewReader("{}"), append(tw.as(access.Editor), "Content-Type", "application/json")...).problem(t, 415, "staged.form")
	body, media := form(t, "layer", "parcels", "a.geojson", file)
	tw.ask("POST", api.StagedPath, io.LimitReader(body, 600), append(tw.as(access.Editor), "Content-Type", media)...).problem(t, 422, "body.invalid")
	// A layer nobody knows is said as on the command line.
	tw.handOver(access.Editor, "layer", "nowhere", "a.geojson", file).staged(t)
	if s := tw.get(api.StagedPath+"?", tw.as(access.Editor)...); s.StatusCode != 200 {
		t.Errorf("%d", s.StatusCode)
	}
	for _, body := range []string{"", "[]", `{"layer":1}`, `{"layer":"parcels","x":1}`, `{"layer":"parcels","insist":"yes"}`, `{"layer":"parcels","map":[]}`} {
		tw.ask("PUT", api.StagedPath+"/s1", strings.NewReader(body), append(tw.as(access.Editor), "Content-Type", "application/json")...).problem(t, 400, "query.body")
	}
}

// What waits goes when its time is up.
func TestDeliveriesAreForgotten(t *testing.T) {
	tw := reception(t, nil)
	tw.handOver(access.Editor, "layer", "parcels", "a.geojson", delivery(5899, 1000, "1")).staged(t)
	tw.planOf(access.Editor, "s1", "ready")
	tw.clock.step(31 * time.Minute)
	tw.get(api.StagedPath+"/s1", tw.as(access.Editor)...).problem(t, 404, "staged.unknown")
}

// A server that takes no files says that there is nothing there.
func TestWithoutADesk(t *testing.T) {
	tw := newTown(t)
	tw.get(api.StagedPath, tw.as(access.Editor)...).problem(t, 404, "route.unknown")
}
