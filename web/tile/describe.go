package tile

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
)

// description is a TileJSON 3.0.0.
type description struct {
	TileJSON    string              `json:"tilejson"`
	Tiles       []string            `json:"tiles"`
	Name        string              `json:"name"`
	Attribution string              `json:"attribution,omitempty"`
	MinZoom     uint32              `json:"minzoom"`
	MaxZoom     uint32              `json:"maxzoom"`
	Bounds      *[4]float64         `json:"bounds,omitempty"`
	Layers      []tiles.Description `json:"vector_layers"`
}

func (s *Server) describe(w http.ResponseWriter, r *http.Request) error {
	v, layers, err := s.asked(r)
	if err != nil {
		return err
	}
	names := mux.Vars(r)["layers"]
	d := description{TileJSON: "3.0.0", Name: names, MinZoom: tiles.MaxZoom, MaxZoom: tiles.MinZoom, Attribution: v.Place().Attribution,
		Tiles: []string{s.Base(r) + "/tiles/" + names + "/{z}/{x}/{y}.mvt"}}
	box := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	for _, l := range layers {
		d.MinZoom, d.MaxZoom = min(d.MinZoom, l.MinZoom), max(d.MaxZoom, l.Last())
		if b := v.Bounds(l.Source); !index.Empty(b) {
			box = box.Union(b)
		}
	}
	d.Layers = tiles.Describe(v, layers)
	if !index.Empty(box) {
		d.Bounds = &[4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
	}
	b, err := json.Marshal(d)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(b) // the client is gone: nobody is left to tell
	return nil
}
