package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humamux"
	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/problem"
	"github.com/langbiang/langbiang/web/query"
)

// Media types.
const (
	mediaJSON    = "application/json"
	mediaGeoJSON = "application/geo+json"
	mediaSchema  = "application/schema+json"
	mediaOpenAPI = "application/vnd.oai.openapi+json;version=3.1"
	mediaHTML    = "text/html; charset=utf-8"
)

// call is one request to an operation, with the one view it is answered from.
type call struct {
	api  *API
	w    http.ResponseWriter
	r    *http.Request
	ctx  context.Context
	q    query.Values
	snap *index.Snapshot
	view index.View
	lang string
}

// operation is one operation: its description, and how it is served. The
// parameters described are the parameters known; any other is refused.
type operation struct {
	huma.Operation
	media string // of the answer
	forms []form // further forms of it, for the parameter f and the header Accept
	// more names further parameters, which depend on the layer; nil = none.
	more  func(*call) ([]string, error)
	long  []string // parameters that hold long texts
	serve func(*call) error
}

// add mounts and describes an operation.
func (a *API) add(o operation) {
	op := o.Operation
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	if len(op.Responses) == 0 {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{o.media: {}}}
	}
	problems := map[string]*huma.MediaType{problem.ContentType: {Schema: a.schemaOf(problem.Document{})}}
	op.Responses["default"] = &huma.Response{Description: "A problem (RFC 9457)", Content: problems}
	var known []string
	for _, p := range op.Parameters {
		if p.In == "query" && p.Style != "form" {
			known = append(known, p.Name)
		}
	}
	a.huma.OpenAPI().AddOperation(&op)
	a.huma.Adapter().Handle(&op, func(hc huma.Context) {
		r, w := humamux.Unwrap(hc)
		if err := a.serve(w, r, &o, known); err != nil {
			a.cfg.Problems.Write(w, r, err)
		}
	})
}

func (a *API) serve(w http.ResponseWriter, r *http.Request, o *operation, known []string) error {
	if len(o.forms) == 0 && !accepts(r.Header.Get("Accept"), o.media) {
		return &spatial.Error{Op: "answer", Kind: spatial.Invalid, Code: "accept.none", Args: map[string]any{"media": o.media}}
	}
	ctx, cancel := context.WithTimeout(r.Context(), a.cfg.Timeout)
	defer cancel()
	snap := a.cfg.Model.Current()
	if !a.cfg.Model.Status().Loaded {
		return &spatial.Error{Op: "answer", Kind: spatial.Unavailable, Code: "model.loading"}
	}
	c := &call{api: a, w: w, r: r, ctx: ctx, snap: snap, view: snap.View(auth.Of(r.Context()).Tier()),
		lang: problem.Language(r.Header.Get("Accept-Language"))}
	if o.more != nil {
		more, err := o.more(c)
		if err != nil {
			return err
		}
		known = append(slices.Clip(known), more...)
	}
	var err error
	if c.q, err = query.Parse(r.URL.RawQuery, known, o.long...); err != nil {
		return err
	}
	return o.serve(c)
}

// layer is the layer that the path names.
func (c *call) layer() (spatial.Layer, error) {
	name := mux.Vars(c.r)["layer"]
	l, ok := c.view.Layer(name)
	if !ok {
		return l, &spatial.Error{Op: "find a layer", Kind: spatial.NotFound, Code: "layer.unknown", Args: map[string]any{"name": name}}
	}
	return l, nil
}

// id is the id that the path names.
func (c *call) id() (uint64, error) { return query.ID(mux.Vars(c.r)["id"]) }

// base is the server's own address as the request's links name it.
func (c *call) base() string { return Base(c.api.cfg.Public, c.r) }

// Base is scheme and host that links name: the public address, else as the
// request has it.
func Base(public *url.URL, r *http.Request) string {
	if public != nil {
		return strings.TrimSuffix(public.String(), "/")
	}
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// headers sets what every answer carries.
func (c *call) headers(media string) {
	h := c.w.Header()
	h.Set("Content-Type", media)
	h.Set("Langbiang-Revision", strconv.FormatUint(uint64(c.view.Revision()), 10))
	h.Set("Content-Language", c.lang)
	h.Add("Vary", "Accept-Language, Authorization, Cookie")
	if auth.Of(c.r.Context()).Key != 0 {
		h.Set("Cache-Control", "private, no-cache")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
}

// json answers with v.
func (c *call) json(media string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return &spatial.Error{Op: "write JSON", Err: err}
	}
	return c.body(media, b)
}

// body answers with bytes and a strong ETag, or 304 where the client has them.
func (c *call) body(media string, b []byte) error {
	return c.send(media, b, etag(b, c.view.Tier()))
}

// tagged answers with JSON of which the tag is known.
func (c *call) tagged(b []byte, tag string) error { return c.send(mediaJSON, b, tag) }

func (c *call) send(media string, b []byte, tag string) error {
	c.headers(media)
	c.w.Header().Set("ETag", tag)
	if matches(c.r.Header.Get("If-None-Match"), tag) {
		c.w.WriteHeader(http.StatusNotModified)
		return nil
	}
	c.w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	_, _ = c.w.Write(b) // the client is gone: nobody is left to tell
	return nil
}

// etag is a strong tag of the bytes and the tier they were made for. What encodes
// the bytes adds the encoding to it.
func etag(b []byte, t spatial.Tier) string {
	sum := sha256.Sum256(b)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:15]) + "." + strconv.FormatUint(uint64(t), 16) + `"`
}

// matches reports whether an If-None-Match header names a tag.
func matches(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == tag {
			return true
		}
	}
	return false
}

// accepts reports whether an Accept header lets a media type through. GeoJSON and
// the other +json types are JSON too.
func accepts(header, media string) bool { return quality(header, media) > 0 }

// quality is how much an Accept header likes a media type, 0…1; 0 = not at all.
func quality(header, media string) float64 {
	if strings.TrimSpace(header) == "" {
		return 1
	}
	media, _, _ = strings.Cut(media, ";")
	major, minor, _ := strings.Cut(media, "/")
	best, exact := 0.0, -1
	for part := range strings.SplitSeq(header, ",") {
		t, params, _ := strings.Cut(part, ";")
		q := 1.0
		for p := range strings.SplitSeq(params, ";") {
			if name, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(name, "q") {
				if f, ok := query.Float(value); ok {
					q = f
				}
			}
		}
		rank := -1
		switch t = strings.ToLower(strings.TrimSpace(t)); {
		case t == media:
			rank = 3
		case t == "application/json" && (strings.HasSuffix(minor, "+json") || minor == "json"):
			rank = 2
		case t == major+"/*":
			rank = 1
		case t == "*/*":
			rank = 0
		}
		if rank > exact {
			best, exact = q, rank
		}
	}
	if exact < 0 {
		return 0
	}
	return best
}

// form is one form of an answer: its name for the parameter f, and its media type.
type form struct{ name, media string }

// form is the one asked for: by the parameter f, else by Accept, the first of those
// that are liked best. Errors: "parameter.malformed", "accept.none".
func (c *call) form(forms []form) (form, error) {
	names, medias := make([]string, len(forms)), make([]string, len(forms))
	for i, f := range forms {
		names[i], medias[i] = f.name, f.media
	}
	if name, ok := c.q["f"]; ok {
		if i := slices.Index(names, name); i >= 0 {
			return forms[i], nil
		}
		return form{}, query.Malformed("f", name, strings.Join(names, ", "))
	}
	best, at := 0.0, -1
	for i, f := range forms {
		if q := quality(c.r.Header.Get("Accept"), f.media); q > best {
			best, at = q, i
		}
	}
	if at < 0 {
		return form{}, &spatial.Error{Op: "answer", Kind: spatial.Invalid, Code: "accept.none", Args: map[string]any{"media": strings.Join(medias, ", ")}}
	}
	return forms[at], nil
}
