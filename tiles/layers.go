package tiles

import "github.com/langbiang/langbiang/spatial"

// Layer is one layer of tiles: which layer of the model it is drawn from, at which
// zooms, and which attributes its features carry. Attributes are a contract with
// the operations centre.
type Layer struct {
	Name    string
	Source  string // the model's layer
	MinZoom uint32
	Point   bool // features are drawn as a point inside the shape: labels
	Attrs   []Attr
}

// Attr is one attribute: its name in the tile, the field it is taken from ("area"
// is the record's own area), and the zoom from which it is there.
type Attr struct {
	Name    string
	Field   string
	MinZoom uint32
}

// areaField is the record's area in m², which is no field of a layer.
const areaField = "area"

// Layers are the layers of tiles, in the order they stand in a tile.
func Layers() []Layer {
	same := func(names ...string) []Attr {
		out := make([]Attr, len(names))
		for i, n := range names {
			out[i] = Attr{Name: n, Field: n}
		}
		return out
	}
	parcels := []Attr{{"number", "number", 15}, {"use", "use", 15}, {"sheet", "sheet", 16}, {areaField, areaField, 16}}
	return []Layer{
		{Name: "landuse", Source: "landuse", MinZoom: 12, Attrs: same("use", "name")},
		{Name: "zones", Source: "zones", MinZoom: 10, Attrs: same("code", "name", "use", "floors", "color")},
		{Name: "water", Source: "water", MinZoom: 8, Attrs: same("name", "kind")},
		{Name: "parcels", Source: "parcels", MinZoom: 15, Attrs: parcels},
		{Name: "buildings", Source: "buildings", MinZoom: 14, Attrs: same("levels", "height")},
		{Name: "roads", Source: "roads", MinZoom: 9, Attrs: same("class", "name")},
		{Name: "wards", Source: "wards", MinZoom: 8, Attrs: same("code", "name")},
		{Name: "plans", Source: "plans", MinZoom: 8, Attrs: same("code", "name", "level")},
		{Name: "restrictions", Source: "restrictions", MinZoom: 10, Attrs: same("kind", "name")},
		{Name: "parcel_labels", Source: "parcels", MinZoom: 16, Point: true, Attrs: same("number", "use", areaField)},
		{Name: "places", Source: "places", MinZoom: 10, Attrs: same("kind", "name")},
		{Name: "cameras", Source: "cameras", MinZoom: 10, Attrs: same("kind", "status", "heading")},
		{Name: "incidents", Source: "incidents", MinZoom: 10, Attrs: same("category", "state", "severity", "at")},
		{Name: "permits", Source: "permits", MinZoom: 12, Attrs: same("kind", "state", "floors")},
	}
}

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
