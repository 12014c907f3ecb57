// Package ui is the front end as a browser gets it: the files that `make build`
// bundles from src into dist, embedded, each in its smallest encoding.
//
// It is not the pages that work without script (web/pages) and knows no data.
//
// Invariant: what is named by its content is kept for ever by the browser, and
// nothing else is; without a bundle there is no front end, and the program says so
// and goes on.
package ui

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// dist is a bundle, or the placeholder alone where none was built.
//
//go:embed all:dist
var dist embed.FS

// file is one file of the bundle in its encodings.
type file struct {
	kind    string // media type
	tag     string // of the plain bytes
	lasting bool   // its name says its content
	plain   []byte
	brotli  []byte // nil = none
	gzip    []byte // nil = none
}

// encodings from the smallest; the plain bytes come last.
func (f *file) encodings() []struct {
	name  string
	bytes []byte
} {
	return []struct {
		name  string
		bytes []byte
	}{{"br", f.brotli}, {"gzip", f.gzip}}
}

type handler struct {
	files  map[string]*file // by path, "/index.html"
	refuse func(http.ResponseWriter, *http.Request, error)
}

// New serves the embedded bundle: / and what stands under /assets/ and beside it.
// refuse answers with a problem. It is nil, false where the front end was not built.
func New(refuse func(http.ResponseWriter, *http.Request, error)) (http.Handler, bool) {
	return newHandler(dist, refuse)
}

func newHandler(bundle fs.FS, refuse func(http.ResponseWriter, *http.Request, error)) (http.Handler, bool) {
	h := &handler{files: map[string]*file{}, refuse: refuse}
	err := fs.WalkDir(bundle, "dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		kind := mediaType(name)
		if kind == "" || strings.HasSuffix(name, "/placeholder.html") {
			return nil
		}
		plain, err := fs.ReadFile(bundle, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		f := &file{kind: kind, tag: base64.RawURLEncoding.EncodeToString(sum[:12]), plain: plain, lasting: strings.HasPrefix(name, "dist/assets/")}
		if f.brotli, err = optional(bundle, name+".br"); err != nil {
			return err
		}
		if f.gzip, err = optional(bundle, name+".gz"); err != nil {
			return err
		}
		h.files[strings.TrimPrefix(name, "dist")] = f
		return nil
	})
	if err != nil || h.files["/index.html"] == nil {
		return nil, false // embedded files cannot fail to be read: there was no bundle
	}
	return h, true
}

func optional(bundle fs.FS, name string) ([]byte, error) {
	b, err := fs.ReadFile(bundle, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// mediaType is that of a file of the bundle; "" for one that is not served.
func mediaType(name string) string {
	return map[string]string{
		".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
		".woff2": "font/woff2", ".woff": "font/woff", ".svg": "image/svg+xml", ".png": "image/png", ".json": "application/json",
		".webmanifest": "application/manifest+json", ".md": "text/markdown; charset=utf-8",
	}[path.Ext(name)]
}

// ServeHTTP serves one file.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.URL.Path
	if name == "/" {
		name = "/index.html"
	}
	f, ok := h.files[name]
	if !ok {
		h.refuse(w, r, &spatial.Error{Op: "find a route", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": r.URL.Path}})
		return
	}
	head := w.Header()
	head.Set("Content-Type", f.kind)
	head.Set("Cache-Control", "no-cache")
	if f.lasting {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := f.plain, f.tag
	for _, e := range f.encodings() {
		if e.bytes != nil && takes(r.Header.Get("Accept-Encoding"), e.name) {
			body, tag = e.bytes, f.tag+"-"+e.name
			head.Set("Content-Encoding", e.name)
			break
		}
	}
	head.Set("ETag", `"`+tag+`"`)
	if asked := r.Header.Get("If-None-Match"); strings.Contains(asked, `"`+f.tag+`"`) || strings.Contains(asked, `"`+tag+`"`) {
		head.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// takes reports whether Accept-Encoding names an encoding and does not refuse it.
func takes(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			q, ok := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
			return !ok || strings.Trim(q, "0.") != ""
		}
	}
	return false
}
