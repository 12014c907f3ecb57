package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial/access"
)

// TestThePublicSeesNothingElse asks everything there is as the public and looks
// for the word that stands in all that is not public.
func TestThePublicSeesNothingElse(t *testing.T) {
	tw := newTown(t)
	paths := []string{"/api", "/api/collections", "/api/search?q=" + secretWord, "/api/openapi.json", "/api/docs", "/metrics"}
	for _, l := range []string{"parcels", "zones", "plans", "documents", "cameras", "incidents", "places", "indicators", "permits", "landuse"} {
		base := "/api/collections/" + l
		paths = append(paths, base, base+"/queryables", base+"/schema", base+"/items?limit=10000", base+"/items?limit=10000&datetime=2026-02-01",
			base+"/items?limit=10000&recorded=2026-03-01T03:00:01Z", base+"/items?bbox=-180,-90,180,90&sortby=-id", base+"/items?number="+secretWord,
			base+"/items?code="+secretWord, base+"/items?owner="+secretWord, base+"/items?stream=rtsp://"+secretWord, base+"/items?sortby=stream", base+"/items?properties=stream,owner",
			base+"/items?limit=10000&filter="+url.QueryEscape("id > 0 OR id IS NULL"), base+"/items?limit=10000&datetime=2026-02-01&filter=true",
			base+"/items?filter="+url.QueryEscape("stream LIKE '%'"), base+"/items?filter="+url.QueryEscape("owner IS NOT NULL"))
	}
	for key, id := range tw.ids {
		for _, l := range []string{"parcels", "cameras", "permits"} {
			paths = append(paths, fmt.Sprintf("/api/collections/%s/items/%d", l, id), fmt.Sprintf("/api/collections/%s/items/%d?datetime=2026-02-01", l, id))
		}
		if key == "official" || key == "personal" {
			for _, q := range []string{"", "?datetime=2026-02-01", "/history"} {
				r := tw.get(fmt.Sprintf("/api/parcels/%d%s", id, q))
				r.problem(t, 404, "parcel.unknown")
			}
		}
	}
	for _, xy := range [][2]float64{{10, 110}, {110, 110}, {5, 5}} {
		p := lonLat(t, xy[0], xy[1])
		paths = append(paths, fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", p[0], p[1]))
	}
	for _, path := range paths {
		r := tw.get(path)
		shown := strings.NewReplacer("="+secretWord, "", "rtsp%3A%2F%2F"+secretWord, "").Replace(string(r.body)) // links repeat what was asked
		if r.StatusCode == 400 {                                                                                 // a problem repeats what was asked
			continue
		}
		if strings.Contains(shown, secretWord) || strings.Contains(shown, `"owner"`) || strings.Contains(shown, `"stream"`) || strings.Contains(shown, "permits") && r.StatusCode == 200 {
			t.Errorf("%s shows the public: %.600s", path, shown)
		}
	}
	// The same as a layer that does not exist, but for its name.
	hidden, absent := tw.get("/api/collections/permits/items"), tw.get("/api/collections/pxrmits/items")
	for _, r := range []reply{hidden, absent} {
		r.problem(t, 404, "layer.unknown")
	}
	// A field that is hidden is an unknown parameter, and is not among those listed.
	d := tw.get("/api/collections/cameras/items?stream=x").problem(t, 400, "parameter.unknown")
	if strings.Contains(fmt.Sprint(d["args"].(map[string]any)["known"]), "stream") {
		t.Errorf("the hidden field is listed: %v", d)
	}
}

func TestTiersSeeWhatTheyMay(t *testing.T) {
	tw := newTown(t)
	count := func(path string, headers ...string) string {
		r := tw.get(path, headers...)
		if r.StatusCode != 200 {
			return fmt.Sprint(r.StatusCode)
		}
		return fmt.Sprint(r.json(t)["numberMatched"])
	}
	for _, c := range []struct {
		layer string
		want  map[access.Role]string
	}{
		{"parcels", map[access.Role]string{access.Public: "4", access.Planner: "5", access.Editor: "5", access.Operator: "5", access.Admin: "6"}},
		{"cameras", map[access.Role]string{access.Public: "1", access.Planner: "1", access.Editor: "1", access.Operator: "2", access.Admin: "2"}},
		{"permits", map[access.Role]string{access.Public: "404", access.Planner: "1", access.Editor: "1", access.Operator: "1", access.Admin: "1"}},
	} {
		for role, want := range c.want {
			for _, query := range []string{"", "?bbox=-180,-90,180,90", "?sortby=id", "?datetime=2026-02-01", "?filter=true", "?filter=id%3E0&datetime=2026-02-01", "?filter=S_INTERSECTS(geometry,BBOX(-180,-90,180,90))"} {
				if got := count("/api/collections/"+c.layer+"/items"+query, tw.as(role)...); got != want {
					t.Errorf("%s%s: %s sees %s, want %s", c.layer, query, role, got, want)
				}
			}
		}
	}
	r := tw.get("/api/collections/cameras/items", tw.as(access.Planner)...)
	if s := string(r.body); !strings.Contains(s, `"owner":"BIMAT"`) || strings.Contains(s, `"stream"`) {
		t.Errorf("a planner sees %s", s)
	}
	r = tw.get("/api/collections/cameras/items", tw.as(access.Operator)...)
	if s := string(r.body); !strings.Contains(s, `"stream":"rtsp://BIMAT"`) {
		t.Errorf("an operator sees %s", s)
	}
	if got := r.Header.Get("Cache-Control"); got != "private, no-cache" {
		t.Errorf("Cache-Control %q of an answer to a key", got)
	}
}

func TestTheTierIsPartOfTheTag(t *testing.T) {
	tw := newTown(t)
	path := "/api/collections/zones/items"
	public, planner := tw.get(path), tw.get(path, tw.as(access.Planner)...)
	if string(public.body) != string(planner.body) {
		t.Fatalf("the test needs a layer that both see alike")
	}
	if public.Header.Get("ETag") == planner.Header.Get("ETag") {
		t.Errorf("both have the tag %s", public.Header.Get("ETag"))
	}
	if r := tw.get(path, append(tw.as(access.Planner), "If-None-Match", public.Header.Get("ETag"))...); r.StatusCode != 200 {
		t.Errorf("a tag of another tier gives %d", r.StatusCode)
	}
}

func TestTags(t *testing.T) {
	tw := newTown(t)
	id := tw.ids["a"]
	for _, path := range []string{"/api", "/api/conformance", "/api/openapi.json", "/api/docs", "/api/collections", "/api/collections/parcels", "/api/collections/parcels/schema",
		"/api/collections/parcels/items", fmt.Sprintf("/api/collections/parcels/items/%d", id), fmt.Sprintf("/api/parcels/%d", id), "/api/search?q=1"} {
		r := tw.get(path)
		tag := r.Header.Get("ETag")
		if r.StatusCode != 200 || !strings.HasPrefix(tag, `"`) {
			t.Fatalf("%s: %d, ETag %q", path, r.StatusCode, tag)
		}
		if again := tw.get(path).Header.Get("ETag"); again != tag {
			t.Errorf("%s: the tag changed from %s to %s", path, tag, again)
		}
		for header, want := range map[string]int{tag: 304, `W/` + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200} {
			n := tw.get(path, "If-None-Match", header)
			if n.StatusCode != want || (want == 304 && (len(n.body) > 0 || n.Header.Get("ETag") != tag || n.Header.Get("Langbiang-Revision") == "")) {
				t.Errorf("%s: If-None-Match %s gives %d, tag %s, %d bytes", path, header, n.StatusCode, n.Header.Get("ETag"), len(n.body))
			}
		}
		z := tw.get(path, "Accept-Encoding", "gzip")
		ztag := z.Header.Get("ETag")
		if string(z.body) != string(r.body) {
			t.Errorf("%s: gzip holds other bytes", path)
		}
		zipped := z.Header.Get("Content-Encoding") == "gzip"
		if zipped == (ztag == tag) {
			t.Errorf("%s: gzip %v, tag %s, plain tag %s", path, zipped, ztag, tag)
		}
		if n := tw.get(path, "Accept-Encoding", "gzip", "If-None-Match", ztag); n.StatusCode != 304 || n.Header.Get("ETag") != ztag {
			t.Errorf("%s: the gzip tag gives %d, %s", path, n.StatusCode, n.Header.Get("ETag"))
		}
		if n := tw.get(path, "If-None-Match", ztag); zipped && n.StatusCode != 200 {
			t.Errorf("%s: the gzip tag gives %d to a client without gzip", path, n.StatusCode)
		}
		vary := strings.Join(r.Header.Values("Vary"), ", ")
		for _, name := range []string{"Accept-Encoding", "Accept-Language", "Authorization", "Cookie"} {
			if !strings.Contains(vary, name) {
				t.Errorf("%s: Vary %q lacks %s", path, vary, name)
			}
		}
		h := tw.ask(http.MethodHead, path, nil)
		if h.StatusCode != 200 || len(h.body) != 0 || h.Header.Get("ETag") != tag || h.Header.Get("Content-Length") != r.Header.Get("Content-Length") {
			t.Errorf("%s: HEAD gives %d, %d bytes, %v", path, h.StatusCode, len(h.body), h.Header)
		}
	}
	path := fmt.Sprintf("/api/parcels/%d", id)
	if vi, en := tw.get(path), tw.get(path, "Accept-Language", "en"); vi.Header.Get("ETag") == en.Header.Get("ETag") {
		t.Errorf("the card has one tag in two languages")
	}
}
