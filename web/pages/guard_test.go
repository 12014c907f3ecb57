package pages

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func TestErrors(t *testing.T) {
	d := dalat()
	away := &spatial.Error{Op: "read", Kind: spatial.Unavailable, Code: "store.away", Err: errors.New("dial /run/secret.sock")}
	problem := func(w http.ResponseWriter, _ *http.Request, err error) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(418)
		json.NewEncoder(w).Encode(map[string]string{"code": spatial.CodeOf(err)})
	}
	h := serve(t, d, func(c *Config) { c.Problem = problem })
	broken := serve(t, d, func(c *Config) { c.Cards = fixed{err: away}; c.Problem = problem })
	bug := serve(t, d, func(c *Config) { c.Cards = fixed{err: errors.New("secret detail")} })
	loading := serve(t, d, func(c *Config) { c.Loaded = func() bool { return false } })
	for _, tt := range []struct {
		h      http.Handler
		path   string
		status int
		text   string
	}{
		{h, "/parcels/999999", 404, "Không có thửa đất nào mang mã số này"}, {h, "/parcels/abc", 400, "số nguyên dương"}, {h, "/parcels/0", 400, "số nguyên dương"},
		{h, "/parcels/-1", 400, "số nguyên dương"}, {h, "/parcels/99999999999999999999", 400, "số nguyên dương"}, {h, "/nowhere", 404, "Không có trang này"},
		{broken, "/parcels/1", 503, "thử lại"}, {bug, "/parcels/1", 500, "Lỗi đã được ghi lại"}, {loading, "/", 503, "đang nạp dữ liệu"},
	} {
		w := get(t, tt.h, tt.path)
		body := w.Body.String()
		if w.Code != tt.status || !strings.Contains(visible(body), tt.text) || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d %s", tt.path, w.Code, visible(body))
		}
		if strings.Contains(body, "secret") {
			t.Errorf("%s: shows what is ours", tt.path)
		}
		wellFormed(t, body)
	}
	for _, accept := range []string{"", "*/*", "application/json"} {
		if w := get(t, h, "/parcels/999999", "Accept", accept); w.Code != 418 || !strings.Contains(w.Body.String(), "parcel.unknown") {
			t.Errorf("Accept %q: %d %s", accept, w.Code, w.Body)
		}
	}
}

func TestHeaders(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	path := fmt.Sprint("/parcels/", d.home)
	w := get(t, h, path)
	csp := w.Header().Get("Content-Security-Policy")
	for _, s := range []string{"default-src 'self'", "style-src 'self'", "img-src 'self' data:", "script-src 'none'"} {
		if !strings.Contains(csp, s) || strings.Contains(csp, "unsafe") {
			t.Errorf("CSP %s", csp)
		}
	}
	if w.Header().Get("Langbiang-Revision") != fmt.Sprint(len(d.features)) || w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("Content-Language") != "vi" {
		t.Error(w.Header())
	}
	tag := w.Header().Get("ETag")
	if w := get(t, h, path, "If-None-Match", `"x", W/`+tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("%d", w.Code)
	}
	if w := get(t, h, path, "If-None-Match", tag, "Accept-Language", "en"); w.Code != http.StatusOK {
		t.Errorf("another language is another page: %d", w.Code)
	}
	r := httptest.NewRequest(http.MethodHead, path, nil)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != http.StatusOK {
		t.Errorf("HEAD: %d", rec.Code)
	}
	staff := serve(t, d, func(c *Config) { c.Tier = func(*http.Request) spatial.Tier { return spatial.TierAll } })
	if w := get(t, staff, path); w.Header().Get("Cache-Control") != "private, no-cache" {
		t.Error(w.Header())
	}
}

func TestTierHidesRecords(t *testing.T) {
	d := dalat()
	for i := range d.features {
		if d.features[i].ID == d.home {
			d.features[i].Access = spatial.Official
		}
	}
	h := serve(t, d)
	if w := get(t, h, fmt.Sprint("/parcels/", d.home)); w.Code != http.StatusNotFound {
		t.Errorf("%d", w.Code)
	}
	for _, path := range []string{"/thua/24781/12/345", "/?q=12/345", fmt.Sprint("/parcels/", d.divided)} {
		if w := get(t, h, path); strings.Contains(w.Body.String(), fmt.Sprintf("/parcels/%d\"", d.home)) {
			t.Errorf("%s leads to a hidden parcel", path)
		}
	}
}

// Lineage does not tell of a parcel that the reader may not see.
func TestTierHidesLineage(t *testing.T) {
	d := dalat()
	p := past{versions: []change.Version{{Feature: d.features[d.home-1], Present: true}},
		links: []change.Link{{Layer: parcels.LayerName, Parent: d.home, Child: d.divided}}}
	with := func(c *Config) { c.History = p }
	child := fmt.Sprint(d.divided)
	says(t, ok(t, serve(t, d, with), fmt.Sprint("/parcels/", d.home)), "Thửa 361, tờ 12")
	d.features[d.divided-1].Access = spatial.Official
	body := visible(ok(t, serve(t, d, with), fmt.Sprint("/parcels/", d.home)))
	if strings.Contains(body, "Mã số bản ghi "+child) || strings.Contains(body, "Thửa 361, tờ 12") {
		t.Error("the page names a parcel that its reader may not see")
	}
}

func TestNothingPersonal(t *testing.T) {
	d := dalat()
	for i := range d.features {
		d.features[i].Extra = `{"TENCHU":"Nguyễn Văn Riêng","CCCD":"068012345678"}`
	}
	everybody := func(c *Config) {
		c.Tier = func(*http.Request) spatial.Tier { return spatial.TierAll }
		c.History = past{versions: []change.Version{{Feature: d.features[d.home-1], Present: true}}}
	}
	for _, h := range []http.Handler{serve(t, d), serve(t, d, everybody)} {
		for _, path := range []string{"/?q=Ri%C3%AAng", "/?q=068012345678", fmt.Sprint("/parcels/", d.home)} {
			if body := ok(t, h, path); strings.Contains(body, "Văn Riêng") || strings.Contains(body, "CCCD") || strings.Contains(visible(body), "Nguyễn") {
				t.Errorf("%s names a person", path)
			}
		}
	}
}

func TestNothingWrittenByOthersIsMarkup(t *testing.T) {
	d := dalat()
	const evil = `"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;`
	for i := range d.features {
		for n, v := range d.features[i].Values {
			if v.Type() == spatial.TypeText && !planningKey(d.features[i].Layer, n) {
				d.features[i].Values[n] = spatial.Text(evil + v.Text())
			}
		}
	}
	d.place.Name = spatial.Name{VI: evil, EN: evil}
	d.place.Attribution, d.place.Contact = evil, evil
	d.imports[0].Dataset, d.imports[0].Document, d.imports[0].CRS = evil, evil, evil
	h := serve(t, d, func(c *Config) {
		c.History = past{versions: []change.Version{{Feature: d.features[d.home-1], Present: true}}}
	})
	q := "?q=" + strings.ReplaceAll(strings.ReplaceAll(evil, "&", "%26"), " ", "+")
	for _, path := range []string{fmt.Sprint("/parcels/", d.home), fmt.Sprint("/parcels/", d.divided), fmt.Sprint("/parcels/", d.home) + q, "/" + q, "/?x=%3Cscript%3E&y=%22%3E", "/thua/%3Cscript%3E/1/2", "/%3Cscript%3E"} {
		w := get(t, h, path)
		wellFormed(t, w.Body.String())
		for _, bad := range []string{"<script", "<img", "onerror=alert(2)>"} {
			if strings.Contains(w.Body.String(), bad) {
				t.Errorf("%s: %q in the page", path, bad)
			}
		}
	}
}

// planningKey reports whether a field only links records, so that spoiling it
// would hide the rest of the page.
func planningKey(layer string, n int) bool {
	for _, l := range city.Layers() {
		if l.Name != layer {
			continue
		}
		switch f := l.Fields[n]; f.Name {
		case "plan", "document", "legal_status", "kind":
			return true
		case "code":
			return layer == planning.PlansLayer || layer == planning.DocumentsLayer
		}
	}
	return false
}

func TestEveryLinkResolves(t *testing.T) {
	d := dalat()
	h := serve(t, d)
	link := regexp.MustCompile(`(?:href|action)="([^"]+)"`)
	for _, path := range []string{"/", "/?lang=en&q=12/3", fmt.Sprint("/parcels/", d.home), fmt.Sprintf("/parcels/%d?lang=en", d.divided), "/thua/24781/3/9", "/nowhere"} {
		for _, m := range link.FindAllStringSubmatch(get(t, h, path).Body.String(), -1) {
			to := strings.ReplaceAll(m[1], "&amp;", "&")
			switch {
			case strings.HasPrefix(to, "#"), strings.HasPrefix(to, "data:"), strings.HasPrefix(to, "/api/parcels/"): // the API's own tests stand for it
			case path == "/nowhere" && strings.HasPrefix(to, "/nowhere"):
			default:
				if w := get(t, h, to); w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
					t.Errorf("%s links to %s: %d", path, to, w.Code)
				}
			}
		}
	}
}

func TestStyleSheet(t *testing.T) {
	h := serve(t, &town{})
	css := regexp.MustCompile(`href="(/static/pages\.[0-9a-f]{16}\.css)"`).FindStringSubmatch(get(t, h, "/").Body.String())
	if css == nil {
		t.Fatal("the page names no style sheet")
	}
	w := get(t, h, css[1])
	if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if strings.Count(string(stylesheet), "{") != strings.Count(string(stylesheet), "}") || strings.Contains(string(stylesheet), "url(") {
		t.Error("the style sheet is broken or asks for more files")
	}
}
