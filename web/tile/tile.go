// Package tile serves vector tiles and their description over HTTP.
//
// It is not the tiles (package tiles) and knows no store.
//
// Invariant: an ETag names the bytes, so it is the same on every replica and after
// a restart; a tile is never stale, for it is asked for again each time and
// answered with 304 where its bytes are the same.
package tile

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/web/auth"
	"github.com/langbiang/langbiang/web/query"
)

// Model is the read model.
type Model interface {
	View(t spatial.Tier) index.View
}

// Chosen is parcels that something was asked of.
type Chosen interface {
	Has(id uint64) bool
	Key() string // the same for the same parcels
}

// Choose gives the parcels that a planner's question means, as a view and what is
// known now have them; question is the text of its link.
type Choose func(ctx context.Context, v index.View, question string) (Chosen, error)

// Config is what tiles are served from.
type Config struct {
	Model  Model
	Cache  *tiles.Cache                                            // makes the tiles
	Ready  func() error                                            // nil once the model is loaded
	Caller func(*http.Request) (access.Caller, error)              // who asks; may take the parameter key
	Refuse func(w http.ResponseWriter, r *http.Request, err error) // answers with a problem
	Base   func(*http.Request) string                              // scheme and host that the server is called by, as "https://host"
	Choose Choose                                                  // nil = no questions are taken
}

// Server serves tiles as a handler, and those that are kept by a shorter way.
type Server struct {
	Config
	all   []tiles.Layer
	known lists
	http.Handler
}

// mediaType is that of a vector tile.
const mediaType = "application/vnd.mapbox-vector-tile"

// New serves /tiles/{layers}/{z}/{x}/{y}.mvt, /tiles/{layers}.json, and a
// collection's tiles in the matrix set WebMercatorQuad.
func New(cfg Config) *Server {
	s := &Server{Config: cfg, all: tiles.Layers()}
	r := mux.NewRouter()
	handle := func(path string, h func(http.ResponseWriter, *http.Request) error) {
		r.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			err := cfg.Ready()
			if err == nil {
				err = h(w, r)
			}
			if err != nil {
				cfg.Refuse(w, r, err)
			}
		})
	}
	handle("/tiles/{layers}.json", s.describe)
	handle("/tiles/{layers}/{z}/{x}/{y}.mvt", s.tile)
	handle("/api/collections/{layers}/tiles/WebMercatorQuad/{z}/{y}/{x}", s.tile)
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cfg.Refuse(w, r, &spatial.Error{Op: "find a route", Kind: spatial.NotFound, Code: "route.unknown", Args: map[string]any{"path": r.URL.Path}})
	})
	s.Handler = r
	return s
}

// asked is the view and the layers of a request. A layer that the caller may not
// see is not there. known are the parameters it may have beside key.
func (s *Server) asked(r *http.Request, known ...string) (index.View, []tiles.Layer, error) {
	q, err := query.Parse(r.URL.RawQuery, append(known, "key"), known...)
	if err != nil {
		return index.View{}, nil, err
	}
	caller, err := s.Caller(r)
	if err != nil {
		return index.View{}, nil, err
	}
	v := s.Model.View(caller.Tier())
	layers, err := s.known.find(s.all, mux.Vars(r)["layers"])
	if err != nil {
		return index.View{}, nil, err
	}
	if i := hidden(v, layers); i >= 0 {
		_, err = tiles.Find(nil, []string{layers[i].Name}) // answered like a name that is none
		return index.View{}, nil, err
	}
	if text, ok := q["filter"]; ok {
		layers = slices.Clone(layers)
		if err := keep(r.Context(), v, layers, text); err != nil {
			return v, nil, err
		}
	}
	if text, ok := q["q"]; ok {
		if err := auth.Require(caller, access.Query); err != nil {
			return v, nil, err
		}
		layers = slices.Clone(layers)
		if err := s.choose(r.Context(), v, layers, text); err != nil {
			return v, nil, err
		}
	}
	return v, layers, nil
}

// choose makes layers of parcels draw those alone that a planner's question means,
// and a filter beside it holds for. The key of a tile names the parcels, not the
// question: an edit that leaves the answer as it was leaves the tile.
func (s *Server) choose(ctx context.Context, v index.View, layers []tiles.Layer, question string) error {
	if err := ofParcels(layers); err != nil {
		return err
	}
	chosen, err := s.Choose(ctx, v, question)
	if err != nil {
		return err
	}
	for i := range layers {
		also := layers[i].Keep
		layers[i].Keep = func(it index.Item) bool { return chosen.Has(it.ID()) && (also == nil || also(it)) }
		layers[i].KeepKey += " in " + chosen.Key()
	}
	return nil
}

// ofParcels is Invalid "tile.filter" (args layer) where one of the layers is not drawn
// parcel by parcel.
func ofParcels(layers []tiles.Layer) error {
	for i := range layers {
		if layers[i].Source != parcels.LayerName || layers[i].Kind == tiles.Coverage {
			return &spatial.Error{Op: "filter a tile", Kind: spatial.Invalid, Code: "tile.filter", Args: map[string]any{"layer": layers[i].Name}}
		}
	}
	return nil
}

// keep makes layers of parcels draw those alone that a CQL2 text holds for. Errors:
// Invalid "tile.filter" (args layer) for another layer, and those of package filter.
func keep(ctx context.Context, v index.View, layers []tiles.Layer, text string) error {
	if err := ofParcels(layers); err != nil {
		return err
	}
	expr, err := filter.ParseText(text, queries.RecordSchema(v, queries.PlaneOf(v.Place())))
	if err != nil {
		return err
	}
	chosen, err := queries.New().Open(ctx, v, nil, queries.Query{Filter: expr})
	if err != nil {
		return err
	}
	for i := range layers {
		// The day and the metres of a filter are the place's.
		layers[i].Keep, layers[i].KeepKey = chosen.Holds, fmt.Sprintf("%d %s %s", v.Place().Plane, v.Place().TimeZone, expr.Text())
	}
	return nil
}

func (s *Server) tile(w http.ResponseWriter, r *http.Request) error {
	known := []string{"filter"}
	if s.Choose != nil {
		known = append(known, "q")
	}
	v, layers, err := s.asked(r, known...)
	if err != nil {
		return err
	}
	vars := mux.Vars(r)
	c, err := tiles.ParseCoord(vars["z"], vars["x"], vars["y"])
	if err != nil {
		return err
	}
	encoding := choose(r.Header.Get("Accept-Encoding"))
	t := s.Cache.Tile(v, layers, c, encoding)
	if len(t.Bytes) == 0 {
		cacheable(w.Header(), v.Tier())
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	named := `"` + t.Tag + mark(encoding) + `"`
	// The edge may have taken the encoding's mark off the tags a client names.
	asked := r.Header.Get("If-None-Match")
	same := asked != "" && (strings.Contains(asked, named) || strings.Contains(asked, `"`+t.Tag+`"`))
	send(w, t, encoding, v.Tier(), named, same)
	return nil
}
