package tile

import (
	"encoding/json"
	"math"
	"net/http"

	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
)

// description is a TileJSON 3.0.0.
type description struct {
	TileJSON    string        `json:"tilejson"`
	Tiles       []string      `json:"tiles"`
	Name        string        `json:"name"`
	Attribution string        `json:"attribution,omitempty"`
	MinZoom     uint32        `json:"minzoom"`
	MaxZoom     uint32        `json:"maxzoom"`
	Bounds      *[4]float64   `json:"bounds,omitempty"`
	Layers      []vectorLayer `json:"vector_layers"`
}

type vectorLayer struct {
	ID      string            `json:"id"`
	MinZoom uint32            `json:"minzoom"`
	MaxZoom uint32            `json:"maxzoom"`
	Fields  map[string]string `json:"fields"`
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
		k := vectorLayer{ID: l.Name, MinZoom: l.MinZoom, MaxZoom: l.Last(), Fields: map[string]string{}}
		def, _ := v.Layer(l.Source)
		for _, a := range l.Attrs {
			typ := a.Type
			if a.Field != "" {
				i := def.Index(a.Field)
				if i < 0 {
					continue // a field the caller may not see
				}
				typ = def.Fields[i].Type
			}
			k.Fields[a.Name] = kindOf(typ)
		}
		d.Layers = append(d.Layers, k)
		if b := v.Bounds(l.Source); !index.Empty(b) {
			box = box.Union(b)
		}
	}
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

// kindOf is how TileJSON calls a type.
func kindOf(t spatial.Type) string {
	switch t {
	case spatial.TypeInt, spatial.TypeFloat:
		return "Number"
	case spatial.TypeBool:
		return "Boolean"
	}
	return "String"
}
