package tiles

import "github.com/langbiang/langbiang/spatial"

// Find gives the layers of those names, in the order of all: one tile whatever
// order it is asked for in. NotFound "tile.layer" for a name there is none of.
func Find(all []Layer, names []string) ([]Layer, error) {
	asked := make(map[string]bool, len(names))
	for _, n := range names {
		asked[n] = true
	}
	var out []Layer
	for _, l := range all {
		if asked[l.Name] {
			out = append(out, l)
			delete(asked, l.Name)
		}
	}
	for _, n := range names {
		if asked[n] {
			return nil, &spatial.Error{Op: "find a layer of tiles", Kind: spatial.NotFound, Code: "tile.layer", Subject: n, Args: map[string]any{"layer": n}}
		}
	}
	return out, nil
}
