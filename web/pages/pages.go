package pages

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"hash/fnv"
	"html/template"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

//go:embed templates/*.html
var templatesFS embed.FS

//go:embed pages.css
var stylesheet []byte

// Model is the read model.
type Model interface {
	View(spatial.Tier) index.View
}

// Cards makes parcel cards.
type Cards interface {
	Card(v index.View, id uint64, lang string) (city.Card, error)
	At(v index.View, p orb.Point, lang string) (city.Card, error)
}

// History reads a record's versions, oldest first, and its lineage both ways.
type History interface {
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
}

// Config is what the pages need.
type Config struct {
	Model   Model
	Cards   Cards
	History History                                         // nil = no history on the page
	Tier    func(*http.Request) spatial.Tier                // nil = everybody is the public
	Problem func(http.ResponseWriter, *http.Request, error) // answers an error to who does not read HTML; nil = HTML to all
	Loaded  func() bool                                     // whether the model holds the store yet; nil = always
	Home    string                                          // address of the start page; "" = "/"
	Map     string                                          // address of the map, which opens at ?sel=ID; "" = there is none
}

type handler struct {
	cfg       Config
	codes     landuse.Table
	texts     dictionary
	templates map[string]*template.Template // by language
	css       string                        // address of the style sheet
}

// New serves GET /, /tra-cuu (the same page, for where / is the map),
// /parcels/{id}, /thua/{commune}/{sheet}/{number} and the pages' style sheet under
// /static/. It panics where an embedded file is broken, which the tests exclude.
func New(cfg Config) http.Handler {
	if cfg.Tier == nil {
		cfg.Tier = func(*http.Request) spatial.Tier { return spatial.TierPublic }
	}
	if cfg.Loaded == nil {
		cfg.Loaded = func() bool { return true }
	}
	if cfg.Home == "" {
		cfg.Home = "/"
	}
	texts, err := readTexts()
	if err != nil {
		panic("pages: texts.json: " + err.Error())
	}
	h := &handler{cfg: cfg, codes: landuse.NewTable(), texts: texts, templates: map[string]*template.Template{}}
	sum := fnv.New64a()
	sum.Write(stylesheet)
	h.css = fmt.Sprintf("/static/pages.%016x.css", sum.Sum64())
	for _, code := range []string{"vi", "en"} {
		l := language{code, texts}
		h.templates[code] = template.Must(template.New("").Funcs(template.FuncMap{
			"t": l.text, "word": l.word, "num": l.number, "short": l.short, "day": l.day,
		}).ParseFS(templatesFS, "templates/*.html"))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", h.page(h.home))
	mux.HandleFunc("GET /tra-cuu", h.page(h.home))
	mux.HandleFunc("GET /parcels/{id}", h.page(h.parcel))
	mux.HandleFunc("GET /thua/{commune}/{sheet}/{number}", h.page(h.reference))
	mux.HandleFunc("GET "+h.css, h.serveCSS)
	mux.HandleFunc("/", h.page(func(*request) (string, any, error) {
		return "", nil, &spatial.Error{Op: "find a page", Kind: spatial.NotFound, Code: "page.unknown"}
	}))
	return mux
}

// request is one request for a page.
type request struct {
	*http.Request
	language
	h     *handler
	asked bool // the address names the language, so links keep it
	view  index.View
}

// redirect is an answer that sends the reader elsewhere.
type redirect struct {
	to   string
	code int
}

// frame is what every page has around its content.
type frame struct {
	Lang, Other, OtherURL string
	CSS, Home             string
	Place                 string
	Title, Description    string
	Keep                  bool // carry the language in forms
	Revision              uint64
	Attribution, Contact  string
	Query                 string
	Body                  any
}

// page answers with the page that a function makes: a template's name and its data.
func (h *handler) page(make func(*request) (string, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		code, asked := chosen(r)
		tier := h.cfg.Tier(r)
		q := &request{Request: r, language: language{code, h.texts}, h: h, asked: asked, view: h.cfg.Model.View(tier)}
		h.headers(w, q, tier)
		if !h.cfg.Loaded() {
			h.fail(w, q, &spatial.Error{Op: "serve a page", Kind: spatial.Unavailable, Code: "model.loading"})
			return
		}
		name, body, err := make(q)
		if err != nil {
			h.fail(w, q, err)
			return
		}
		if to, ok := body.(redirect); ok {
			http.Redirect(w, r, to.to, to.code)
			return
		}
		h.write(w, q, http.StatusOK, name, body)
	}
}

func (h *handler) headers(w http.ResponseWriter, q *request, tier spatial.Tier) {
	head := w.Header()
	head.Set("Content-Security-Policy", "default-src 'self'; style-src 'self'; img-src 'self' data:; script-src 'none'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Content-Language", q.code)
	head.Add("Vary", "Accept-Language, Accept, Authorization, Cookie")
	head.Set("Langbiang-Revision", strconv.FormatUint(uint64(q.view.Revision()), 10))
	if tier == spatial.TierPublic {
		head.Set("Cache-Control", "no-cache")
	} else {
		head.Set("Cache-Control", "private, no-cache")
	}
}

// titled is a page's data that knows its title and what it is about.
type titled interface {
	heading() (title, description string)
}

func (h *handler) write(w http.ResponseWriter, q *request, status int, name string, body any) {
	place := q.view.Place()
	f := frame{Lang: q.code, CSS: h.css, Home: q.link(h.cfg.Home), Place: place.Name.In(q.code), Keep: q.asked, Revision: uint64(q.view.Revision()),
		Attribution: place.Attribution, Contact: place.Contact, Query: query(q.Request), Body: body}
	f.Other = "en"
	if q.code == "en" {
		f.Other = "vi"
	}
	u := *q.URL
	v := u.Query()
	v.Set("lang", f.Other)
	f.OtherURL = u.EscapedPath() + "?" + v.Encode()
	if t, ok := body.(titled); ok {
		f.Title, f.Description = t.heading()
	}
	var out bytes.Buffer
	if err := h.templates[q.code].ExecuteTemplate(&out, name, f); err != nil {
		w.Header().Del("ETag")
		http.Error(w, q.text("error.internal"), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status == http.StatusOK {
		sum := fnv.New128a()
		sum.Write(out.Bytes())
		tag := fmt.Sprintf(`"%x"`, sum.Sum(nil))
		w.Header().Set("ETag", tag)
		if matches(q.Header.Get("If-None-Match"), tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.WriteHeader(status)
	w.Write(out.Bytes()) //nolint:errcheck // the reader has gone
}

// matches reports whether a list of entity tags names tag, weakly compared.
func matches(list, tag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		t = strings.TrimPrefix(strings.TrimSpace(t), "W/")
		if t == tag || t == "*" {
			return true
		}
	}
	return false
}

// query is what was searched for, at most what a search reads.
func query(r *http.Request) string {
	q := strings.ToValidUTF8(r.URL.Query().Get("q"), "")
	if len(q) > 400 {
		q = strings.ToValidUTF8(q[:400], "")
	}
	return strings.TrimSpace(q)
}

// link is an address of ours with the language kept where the reader asked for it.
func (q *request) link(to string, values ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		v.Set(values[i], values[i+1])
	}
	if q.asked {
		v.Set("lang", q.code)
	}
	if len(v) == 0 {
		return to
	}
	return to + "?" + v.Encode()
}

func (q *request) parcelLink(id uint64) string {
	return q.link("/parcels/" + strconv.FormatUint(id, 10))
}

func (h *handler) serveCSS(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(stylesheet) //nolint:errcheck // the reader has gone
}
