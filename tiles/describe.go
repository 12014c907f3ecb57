package tiles

import (
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Description is a layer as TileJSON 3.0 has it under vector_layers.
type Description struct {
	ID      string            `json:"id"`
	MinZoom uint32            `json:"minzoom"`
	MaxZoom uint32            `json:"maxzoom"`
	Fields  map[string]string `json:"fields"`
}

// Describe describes layers as a view shows them: a field that it may not see is not
// there.
func Describe(v index.View, layers []Layer) []Description {
	out := make([]Description, 0, len(layers))
	for _, l := range layers {
		k := Description{ID: l.Name, MinZoom: l.MinZoom, MaxZoom: l.Last(), Fields: map[string]string{}}
		def, _ := v.Layer(l.Source)
		for _, a := range l.Attrs {
			typ := a.Type
			if a.Field != "" {
				i := def.Index(a.Field)
				if i < 0 {
					continue
				}
				typ = def.Fields[i].Type
			}
			k.Fields[a.Name] = kindOf(typ)
		}
		out = append(out, k)
	}
	return out
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
