package style

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/query"
)

// Config is what styles are served with.
type Config struct {
	Base   func(*http.Request) string                              // scheme and host that the server is called by, as "https://host"
	Refuse func(w http.ResponseWriter, r *http.Request, err error) // answers with a problem
}

type server struct {
	Config
	styles map[form]map[string]map[string]part // by form, name and language
	names  []string
	glyphs assets
	sprite assets
}

// New serves /styles/{name}.json, /fonts/{stack}/{range}.pbf and
// /sprite{,@2x}.{json,png}. It panics where an embedded file is broken, which the
// tests exclude.
func New(cfg Config) http.Handler {
	d, err := readDesign(designFS)
	if err != nil {
		panic("style: " + err.Error())
	}
	s := &server{Config: cfg, names: d.themes.Names}
	s.styles = map[form]map[string]map[string]part{}
	for _, f := range forms() {
		if s.styles[f], err = d.parts(landuse.NewTable().All(), f); err != nil {
			panic("style: " + err.Error())
		}
	}
	if s.glyphs, err = readGlyphs(); err != nil {
		panic("style: " + err.Error())
	}
	if s.sprite, err = readSprite(); err != nil {
		panic("style: " + err.Error())
	}
	r := mux.NewRouter()
	handle := func(path string, h func(http.ResponseWriter, *http.Request) error) {
		r.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := h(w, r); err != nil {
				cfg.Refuse(w, r, err)
			}
		})
	}
	handle("/styles/{name}.json", s.style)
	handle("/fonts/{stack}/{range}.pbf", s.glyphRange)
	handle("/{file:sprite(?:@2x)?\\.(?:json|png)}", s.spriteFile)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cfg.Refuse(w, r, &spatial.Error{Op: "find a route", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": r.URL.Path}})
	})
	return r
}

func (s *server) style(w http.ResponseWriter, r *http.Request) error {
	q, err := query.Parse(r.URL.RawQuery, []string{"lang", "key", "form"})
	if err != nil {
		return err
	}
	lang, asked := q["lang"]
	if !asked {
		lang = languages()[0]
	}
	if !slices.Contains(languages(), lang) {
		return query.Malformed("lang", lang, strings.Join(languages(), ", "))
	}
	styles, ok := s.styles[form(q["form"])]
	if _, asked := q["form"]; !ok || asked && q["form"] == "" {
		return query.Malformed("form", q["form"], string(plain)+", "+string(plainZones))
	}
	name := mux.Vars(r)["name"]
	p, ok := styles[name][lang]
	if !ok {
		return &spatial.Error{Op: "find a style", Kind: spatial.NotFound, Code: "style.unknown", Subject: name,
			Args: map[string]any{"name": name, "known": strings.Join(s.names, ", ")}}
	}
	b, err := p.document(s.Base(r), q["key"], s.glyphs.version, s.sprite.version)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	if q["key"] != "" {
		w.Header().Set("Cache-Control", "private, no-cache")
	}
	w.Header().Set("Content-Language", lang)
	send(w, r, "application/json", b)
	return nil
}

// send answers with bytes whose tag is their hash: 304 to who has them.
func send(w http.ResponseWriter, r *http.Request, media string, b []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("ETag", `"`+hash(b)+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(b))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
