package ui

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/langbiang/langbiang/spatial"
)

func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	http.Error(w, spatial.CodeOf(err), http.StatusNotFound)
}

func bundle() fstest.MapFS {
	return fstest.MapFS{
		"dist/placeholder.html":      {Data: []byte("not built")},
		"dist/index.html":            {Data: []byte("<!doctype html><title>a</title>")},
		"dist/assets/index-1.js":     {Data: []byte("plain")},
		"dist/assets/index-1.js.br":  {Data: []byte("brotli")},
		"dist/assets/index-1.js.gz":  {Data: []byte("gzip")},
		"dist/assets/font-1.woff2":   {Data: []byte("font")},
		"dist/favicon.svg":           {Data: []byte("<svg/>")},
		"dist/assets/index-1.js.map": {Data: []byte("not served")},
	}
}

func get(t *testing.T, h http.Handler, path string, headers ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	b, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(b)
}

func TestServes(t *testing.T) {
	h, ok := newHandler(bundle(), refuse)
	if !ok {
		t.Fatal("the bundle was not seen")
	}
	for _, tt := range []struct{ path, accept, body, encoding, kind, cache string }{
		{"/", "gzip, br", "<!doctype html><title>a</title>", "", "text/html; charset=utf-8", "no-cache"},
		{"/index.html", "", "<!doctype html><title>a</title>", "", "text/html; charset=utf-8", "no-cache"},
		{"/assets/index-1.js", "gzip, br", "brotli", "br", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/index-1.js", "gzip, br;q=0", "gzip", "gzip", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/index-1.js", "", "plain", "", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/font-1.woff2", "br", "font", "", "font/woff2", "public, max-age=31536000, immutable"},
		{"/favicon.svg", "", "<svg/>", "", "image/svg+xml", "no-cache"},
	} {
		r, body := get(t, h, tt.path, "Accept-Encoding", tt.accept)
		if r.StatusCode != http.StatusOK || body != tt.body || r.Header.Get("Content-Encoding") != tt.encoding || r.Header.Get("Content-Type") != tt.kind || r.Header.Get("Cache-Control") != tt.cache {
			t.Errorf("%s (%s): %d %q %v", tt.path, tt.accept, r.StatusCode, body, r.Header)
		}
		again, _ := get(t, h, tt.path, "Accept-Encoding", tt.accept, "If-None-Match", r.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified {
			t.Errorf("%s: asked again, %d", tt.path, again.StatusCode)
		}
	}
}

func TestRefuses(t *testing.T) {
	h, _ := newHandler(bundle(), refuse)
	for _, path := range []string{"/nothing.js", "/assets/", "/assets/../index.html", "/placeholder.html", "/assets/index-1.js.map", "/assets/index-1.js.br", "/dist/index.html"} {
		if r, body := get(t, h, path); r.StatusCode != http.StatusNotFound || strings.TrimSpace(body) != "route.unknown" {
			t.Errorf("%s: %d %s", path, r.StatusCode, body)
		}
	}
}

func TestWithoutABundle(t *testing.T) {
	if _, ok := newHandler(fstest.MapFS{"dist/placeholder.html": {Data: []byte("x")}}, refuse); ok {
		t.Error("there is no bundle, and it is served")
	}
}

// A build copies the placeholder, so that the tree is as it was afterwards.
func TestPlaceholderIsOne(t *testing.T) {
	a, err := os.ReadFile("dist/placeholder.html")
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile("public/placeholder.html")
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("dist/placeholder.html and public/placeholder.html differ (%v)", err)
	}
}
