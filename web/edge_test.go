package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// logged is the access log so far. The log of an answer is written after the
// answer, so another request's answer is awaited first.
func (tw *town) logged() string {
	tw.srv.Config.SetKeepAlivesEnabled(false)
	tw.srv.CloseClientConnections()
	tw.srv.Close()
	return tw.log.String()
}

func TestHeaders(t *testing.T) {
	tw := newTown(t)
	for _, path := range []string{"/", "/api", "/nowhere", "/livez", "/static/boom", "/metrics", "/api/parcels/x"} {
		r := tw.get(path)
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src", "Referrer-Policy": "strict-origin", "X-Request-Id": "", "Langbiang-Revision": ""} {
			if got := r.Header.Get(name); got == "" || !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		if csp := r.Header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.Contains(csp, "frame-ancestors") {
			t.Errorf("%s: policy %q", path, csp)
		}
	}
	if csp := tw.get("/api/docs").Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sha256-") {
		t.Errorf("the page's policy is %q", csp)
	}
	if r := tw.get("/api", "Origin", "https://other.example"); r.Header.Get("Access-Control-Allow-Origin") != "*" || r.Header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("CORS %v", r.Header)
	}
	pre := tw.ask(http.MethodOptions, "/api/session", nil, "Origin", "https://other.example", "Access-Control-Request-Method", "POST")
	if pre.Header.Get("Access-Control-Allow-Methods") != "" {
		t.Errorf("another site may POST: %v", pre.Header)
	}
}

func TestPanicsAreHidden(t *testing.T) {
	tw := newTown(t)
	r := tw.get("/static/boom")
	r.problem(t, 500, "")
	if strings.Contains(string(r.body), "secret cause") || strings.Contains(string(r.body), "goroutine") {
		t.Errorf("the answer shows the cause: %s", r.body)
	}
	if s := tw.logged(); !strings.Contains(s, "secret cause") || !strings.Contains(s, r.Header.Get("X-Request-Id")) {
		t.Errorf("the log lacks the cause: %s", s)
	}
}

func TestMethods(t *testing.T) {
	tw := newTown(t)
	r := tw.ask(http.MethodDelete, "/api/collections", nil)
	r.problem(t, 405, "route.method")
	if got := r.Header.Get("Allow"); got != "GET, HEAD, OPTIONS" {
		t.Errorf("Allow %q", got)
	}
	r = tw.ask(http.MethodPut, "/api/session", nil)
	if got := r.Header.Get("Allow"); got != "DELETE, GET, HEAD, POST, OPTIONS" {
		t.Errorf("Allow %q", got)
	}
	if r := tw.ask(http.MethodOptions, "/api", nil); r.StatusCode != 204 || r.Header.Get("Allow") == "" {
		t.Errorf("OPTIONS %d %v", r.StatusCode, r.Header)
	}
	tw.ask("FOO", "/api", nil).problem(t, 405, "route.method")
	tw.get("/api", "Accept", "image/png").problem(t, 406, "accept.none")
	tw.get("/api", "Accept", "application/json;q=0").problem(t, 406, "accept.none")
	for _, accept := range []string{"*/*", "application/json", "text/html,application/xhtml+xml,*/*;q=0.8", "application/*", "application/geo+json, application/json;q=0.5"} {
		if r := tw.get("/api/collections/parcels/items", "Accept", accept); r.StatusCode != 200 {
			t.Errorf("Accept %s: %d", accept, r.StatusCode)
		}
	}
}

func TestLanguages(t *testing.T) {
	tw := newTown(t)
	for header, want := range map[string]string{"": "vi", "vi": "vi", "en": "en", "en-GB,en;q=0.9": "en", "fr,de": "vi", "en;q=0.3, vi;q=0.8": "vi", "vi;q=0, en;q=0.1": "en", "*": "vi", "EN": "en", "en;q=abc": "vi", strings.Repeat("x,", 5000): "vi"} {
		r := tw.get("/api/parcels/9999999", "Accept-Language", header)
		d := r.problem(t, 404, "parcel.unknown")
		if got := r.Header.Get("Content-Language"); got != want {
			t.Errorf("%.30q: language %s, want %s", header, got, want)
		}
		if english := strings.HasPrefix(d["detail"].(string), "There is"); english != (want == "en") {
			t.Errorf("%.30q: %v", header, d["detail"])
		}
	}
}

func TestRateLimit(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) {
		c.Limit = web.Limit{PerSecond: 1, Burst: 3, Local: true, Clients: 4}
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	from := func(a string) []string { return []string{"X-Forwarded-For", a} }
	for range 3 {
		if r := tw.get("/api", from("203.0.113.1")...); r.StatusCode != 200 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	r := tw.get("/api", from("203.0.113.1")...)
	r.problem(t, 429, "request.limited")
	if r.Header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", r.Header.Get("Retry-After"))
	}
	if r := tw.get("/api", from("203.0.113.2")...); r.StatusCode != 200 {
		t.Errorf("another client: %d", r.StatusCode)
	}
	tw.get("/parcels/1", from("203.0.113.1")...).problem(t, 429, "request.limited") // a page is a card, drawn
	// What the client itself wrote to the left of the proxy's entry counts nothing.
	tw.get("/api", from("198.51.100.7, 203.0.113.1")...).problem(t, 429, "request.limited")
	if r := tw.get("/api", append(from("203.0.113.1"), "Authorization", "Bearer "+tw.keys["planner"])...); r.StatusCode != 200 {
		t.Errorf("a key is limited too: %d", r.StatusCode)
	}
	if r := tw.get("/livez", from("203.0.113.1")...); r.StatusCode != 200 {
		t.Errorf("probes are limited: %d", r.StatusCode)
	}
	tw.clock.step(time.Second)
	if r := tw.get("/api", from("203.0.113.1")...); r.StatusCode != 200 {
		t.Errorf("a second later: %d", r.StatusCode)
	}
	for i := range 3 { // one customer's whole /64 is one client
		tw.get("/api", from(fmt.Sprintf("2001:db8:1:2::%x", i+1))...)
	}
	tw.get("/api", from("2001:db8:1:2:ffff::9")...).problem(t, 429, "request.limited")
	if r := tw.get("/api", from("2001:db8:1:3::1")...); r.StatusCode != 200 {
		t.Errorf("the next /64: %d", r.StatusCode)
	}
}

func TestReadiness(t *testing.T) {
	tw := newTown(t)
	if r := tw.get("/readyz"); r.StatusCode != 200 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	tw.get("/api/parcels/x")
	body := string(tw.get("/metrics").body)
	for _, want := range []string{"langbiang_http_requests_total{", `route="/api/parcels/{id}"`, `status="400"`, "langbiang_model_revision ", "langbiang_model_lag_seconds 0", "langbiang_live_subscribers 0", "langbiang_http_request_seconds_bucket"} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

// TestOpenAPI: the document is JSON, of version 3.1, every operation it describes
// is served, and every reference in it leads somewhere.
func TestOpenAPI(t *testing.T) {
	tw := newTown(t)
	r := tw.get("/api/openapi.json")
	var doc map[string]any
	if err := json.Unmarshal(r.body, &doc); err != nil {
		t.Fatal(err)
	}
	if doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", doc["openapi"])
	}
	z, x, y := tileOf(t, 16, 10, 10)
	fill := strings.NewReplacer("{layer}", "parcels", "{layers}", "parcels,zones", "{id}", fmt.Sprint(tw.ids["a"]), "{z}", fmt.Sprint(z), "{x}", fmt.Sprint(x), "{y}", fmt.Sprint(y), "{name}", "sang", "{stack}", "Be%20Vietnam%20Pro%20Regular", "{range}", "0-255")
	seen := map[string]bool{}
	for path, item := range doc["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			id := fmt.Sprint(op.(map[string]any)["operationId"])
			if seen[id] {
				t.Errorf("operation %s stands twice", id)
			}
			seen[id] = true
			for _, p := range regexp.MustCompile(`\{\w+\}`).FindAllString(path, -1) {
				if strings.Contains(path, p) && !strings.Contains(fmt.Sprint(op.(map[string]any)["parameters"]), "name:"+strings.Trim(p, "{}")) {
					t.Errorf("%s does not describe %s", path, p)
				}
			}
			if path == "/api/live" {
				continue // a stream: its own tests
			}
			a := tw.ask(strings.ToUpper(method), fill.Replace(path), nil)
			if a.StatusCode == 405 || a.StatusCode == 404 {
				t.Errorf("%s %s is not served: %d", method, path, a.StatusCode)
			}
		}
	}
	if len(seen) < 19 || !seen["tile"] || !seen["tileJSON"] || !seen["collectionTile"] {
		t.Errorf("%d operations only", len(seen))
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				at := any(doc)
				for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
					m, _ := at.(map[string]any)
					at = m[name]
				}
				if at == nil {
					t.Errorf("%s leads nowhere", ref)
				}
			}
			for _, w := range v {
				walk(w)
			}
		case []any:
			for _, w := range v {
				walk(w)
			}
		}
	}
	walk(doc)
	page := string(tw.get("/api/docs").body)
	if strings.Contains(page, "http://") && strings.Contains(page, "<script") || !strings.Contains(page, "/api/parcels/at") {
		t.Errorf("the page: %.300s", page)
	}
}

// TestLinks follows every link of the landing page and the collections.
func TestLinks(t *testing.T) {
	tw := newTown(t)
	todo, seen := []string{"/api"}, map[string]bool{}
	for len(todo) > 0 {
		path := todo[0]
		todo = todo[1:]
		if seen[path] {
			continue
		}
		seen[path] = true
		r := tw.get(path)
		if r.StatusCode != 200 {
			t.Errorf("%s: %d", path, r.StatusCode)
			continue
		}
		if strings.Contains(path, "/items") || !strings.Contains(r.Header.Get("Content-Type"), "json") || strings.HasSuffix(path, "openapi.json") {
			continue
		}
		var walk func(v any)
		walk = func(v any) {
			switch v := v.(type) {
			case map[string]any:
				if href, ok := v["href"].(string); ok && v["templated"] != true {
					todo = append(todo, strings.TrimPrefix(href, tw.srv.URL))
				}
				for _, w := range v {
					walk(w)
				}
			case []any:
				for _, w := range v {
					walk(w)
				}
			}
		}
		walk(map[string]any(r.json(t)))
	}
	if len(seen) < 40 {
		t.Errorf("%d links only", len(seen))
	}
}
