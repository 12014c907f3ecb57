package importers

import (
	"context"
	"iter"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// A file says nothing of who may see its rows: a camera that does not watch
// traffic and an incident nobody has let through come in closed. What somebody
// decided about a record outlives the next delivery.
func TestAccessOfWhatComesIn(t *testing.T) {
	s, dir := open(t), t.TempDir()
	camera := func(code, kind string) string {
		return `{"type":"Feature","properties":{"code":"` + code + `","kind":"` + kind + `"},"geometry":{"type":"Point","coordinates":[108.44,11.94]}}`
	}
	deliver := func(features ...string) {
		path := write(t, dir, "cams.geojson", collection("", features...))
		mustRun(t, s, Request{Layer: "cameras", Files: []string{path}, By: "test"})
	}
	cameras := layerOf("cameras")
	classes := func() map[string]spatial.Access {
		out := map[string]spatial.Access{}
		for _, f := range present(t, s, "cameras", "") {
			out[f.Values[cameras.Index("code")].Text()] = f.Access
		}
		return out
	}
	want := func(code string, a spatial.Access) {
		t.Helper()
		if got := classes()[code]; got != a {
			t.Errorf("camera %s is %s, not %s", code, got, a)
		}
	}

	deliver(camera("a", "traffic"), camera("b", "ptz"), camera("c", "ptz"))
	want("a", spatial.Public)
	want("b", spatial.Operations)
	want("c", spatial.Operations)

	var shown spatial.Feature
	for _, f := range present(t, s, "cameras", "") {
		if f.Values[cameras.Index("code")].Text() == "b" {
			shown = f
		}
	}
	shown.Access = spatial.Public
	var ops iter.Seq2[change.Op, error] = func(yield func(change.Op, error) bool) {
		yield(change.Op{Verb: change.Update, Feature: shown, Expect: shown.Version}, nil)
	}
	if _, err := s.Apply(context.Background(), change.Commit{By: "test", At: shown.At, Today: "2026-01-01"}, ops); err != nil {
		t.Fatal(err)
	}
	deliver(camera("a", "anpr"), camera("b", "fixed"), camera("c", "traffic"))
	want("a", spatial.Operations) // it watches number plates now
	want("b", spatial.Public)     // somebody said so
	want("c", spatial.Public)

	path := write(t, dir, "inc.geojson", collection("", `{"type":"Feature","properties":{"code":"1","state":"new"},"geometry":{"type":"Point","coordinates":[108.44,11.94]}}`))
	mustRun(t, s, Request{Layer: "incidents", Files: []string{path}, By: "test"})
	if got := present(t, s, "incidents", "")[0].Access; got != spatial.Official {
		t.Errorf("a new incident is %s", got)
	}
}
