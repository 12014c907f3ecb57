// Package archive serves baked tiles over HTTP: an archive as a file, by ranges, and
// its tiles and description one by one. An archive is a file here, or on another server
// that gives ranges of it.
//
// It bakes nothing (tiles/bake does) and knows no model: what stands in an archive is
// for everybody.
//
// Invariant: an answer is of one archive as it stood at one moment. A file that is
// replaced is noticed by the next request; those that were begun end with the file
// that they began with, and no ETag of the old one fits the new one. One on another
// server that is replaced is noticed by whatever is read of it next, and within half a
// minute; a file that was begun is cut off then, never mixed.
package archive

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/pmtiles"
	"github.com/langbiang/langbiang/web/accept"
	"github.com/langbiang/langbiang/web/query"
)

// Config is what archives are served from.
type Config struct {
	Shelf  *Shelf
	Refuse func(w http.ResponseWriter, r *http.Request, err error) // answers with a problem
	Base   func(*http.Request) string                              // scheme and host that the server is called by, as "https://host"
}

type server struct{ Config }

const (
	mediaType = "application/vnd.pmtiles"
	tileType  = "application/vnd.mapbox-vector-tile"
	// forever is for an address that names the bytes.
	forever = "public, max-age=31536000, immutable"
)

// New serves /archives/{name}.pmtiles, /archives/{name}.json and
// /archives/{name}/{z}/{x}/{y}.mvt. Each takes the parameter v, the archive's mark: an
// address with the mark of now may be kept forever.
func New(cfg Config) http.Handler {
	s := &server{cfg}
	r := mux.NewRouter()
	handle := func(path string, h func(http.ResponseWriter, *http.Request, *book) error) {
		r.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			if err := s.with(w, r, h); err != nil {
				w.Header().Del("Cache-Control") // which was for the answer that did not come
				cfg.Refuse(w, r, err)
			}
		})
	}
	handle("/archives/{name}.pmtiles", s.file)
	handle("/archives/{name}.json", s.describe)
	handle("/archives/{name}/{z}/{x}/{y}.mvt", s.tile)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cfg.Refuse(w, r, &spatial.Error{Op: "find a route", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": r.URL.Path}})
	})
	return r
}

// with answers from the archive that the request names, as it is now.
func (s *server) with(w http.ResponseWriter, r *http.Request, h func(http.ResponseWriter, *http.Request, *book) error) error {
	q, err := query.Parse(r.URL.RawQuery, []string{"v"})
	if err != nil {
		return err
	}
	for again := false; ; again = true {
		b, err := s.Shelf.take(mux.Vars(r)["name"])
		if err != nil {
			return err
		}
		w.Header().Set("Cache-Control", "no-cache")
		if q["v"] == b.mark {
			w.Header().Set("Cache-Control", forever)
		}
		err = answer(w, r, b, h)
		if err == nil {
			return nil
		}
		if replaced := b.changed(err); replaced && !again {
			continue // the answer is of the archive that stands there now
		}
		if b.remote != nil && spatial.KindOf(err) != spatial.NotFound {
			return unavailable(err)
		}
		return err
	}
}

// answer answers from an archive and gives it back.
func answer(w http.ResponseWriter, r *http.Request, b *book, h func(http.ResponseWriter, *http.Request, *book) error) error {
	defer b.giveBack()
	return h(w, r, b)
}

// file answers with the archive, or ranges of it.
func (s *server) file(w http.ResponseWriter, r *http.Request, b *book) error {
	h := w.Header()
	h.Set("Content-Type", mediaType)
	h.Set("ETag", `"`+b.mark+`"`)
	if b.remote != nil {
		return relay(w, r, b)
	}
	http.ServeContent(w, r, "", b.modified, io.NewSectionReader(b.bytes, 0, b.size))
	return nil
}

// description is a TileJSON 3.0.0.
type description struct {
	TileJSON    string                `json:"tilejson"`
	Tiles       []string              `json:"tiles"`
	Name        string                `json:"name,omitempty"`
	Attribution string                `json:"attribution,omitempty"`
	Version     string                `json:"version"`
	MinZoom     uint8                 `json:"minzoom"`
	MaxZoom     uint8                 `json:"maxzoom"`
	Bounds      [4]float64            `json:"bounds"`
	Center      [3]float64            `json:"center"`
	Layers      []pmtiles.VectorLayer `json:"vector_layers"`
}

func (s *server) describe(w http.ResponseWriter, r *http.Request, b *book) error {
	h, box := b.archive.Header(), [4]float64{}
	for i, n := range h.Bounds {
		box[i] = float64(n) / 1e7
	}
	name := url.PathEscape(mux.Vars(r)["name"])
	d := description{TileJSON: "3.0.0", Tiles: []string{fmt.Sprintf("%s/archives/%s/{z}/{x}/{y}.mvt?v=%s", s.Base(r), name, b.mark)},
		Name: b.metadata.Name, Attribution: b.metadata.Attribution, Version: "1.0.0", MinZoom: h.MinZoom, MaxZoom: h.MaxZoom, Bounds: box,
		Center: [3]float64{float64(h.Center[0]) / 1e7, float64(h.Center[1]) / 1e7, float64(h.CenterZoom)}, Layers: b.metadata.Layers}
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	// It names the host it was asked at, so it is never kept forever.
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // the client is gone: nobody is left to tell
	return nil
}

func (s *server) tile(w http.ResponseWriter, r *http.Request, b *book) error {
	vars := mux.Vars(r)
	var c [3]uint32
	for i, k := range []string{"z", "x", "y"} {
		n, err := strconv.ParseUint(vars[k], 10, 32)
		if err != nil || strconv.FormatUint(n, 10) != vars[k] { // one address a tile
			return b.outside(vars)
		}
		c[i] = uint32(n)
	}
	if h := b.archive.Header(); c[0] < uint32(h.MinZoom) || c[0] > uint32(h.MaxZoom) || c[1] >= 1<<c[0] || c[2] >= 1<<c[0] {
		return b.outside(vars)
	}
	body, err := b.archive.Tile(c[0], c[1], c[2])
	if err != nil {
		return err
	}
	if len(body) == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	h := w.Header()
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	if accept.Gzip(r.Header.Get("Accept-Encoding")) {
		h.Set("Content-Encoding", tiles.Gzip.String())
		tag += "-gz"
	} else if body, err = pmtiles.Unzip(body, pmtiles.MostTile); err != nil {
		return err
	}
	h.Set("ETag", `"`+tag+`"`)
	// The edge may have taken the encoding's mark off the tags a client names.
	if asked := r.Header.Get("If-None-Match"); asked != "" && (strings.Contains(asked, `"`+tag+`"`) || strings.Contains(asked, `"`+strings.TrimSuffix(tag, "-gz")+`"`)) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", tileType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
	return nil
}

// outside says that there is no such tile.
func (b *book) outside(vars map[string]string) error {
	h := b.archive.Header()
	return &spatial.Error{Op: "read a tile's address", Kind: spatial.NotFound, Code: "tile.outside",
		Args: map[string]any{"z": vars["z"], "x": vars["x"], "y": vars["y"], "minzoom": h.MinZoom, "maxzoom": h.MaxZoom}}
}
