package style

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/langbiang/langbiang/parcels/landuse"
)

// groupKey and legendKey are what metadata of ours is called in a style.
const (
	groupKey  = "langbiang:group"
	legendKey = "langbiang:legend"
)

// source is a source of a style: one tile holds its layers.
type source struct{ name, layers string }

// sources are the tiles that styles are drawn from.
func sources() []source {
	return []source{
		{"land", "coverage,parcels,parcel_labels"},
		{"plan", "zones,zone_labels,restrictions,plans"},
		{"cover", "landuse"},
		{"base", "water,roads,wards,ward_labels,water_labels,buildings"},
		{"places", "places"},
		{"ops", "cameras,incidents"},
	}
}

// plainSource is the one source of a style in the plain form: programs that take one
// source a layer have all of the map in it.
func plainSource() source {
	return source{"langbiang", "coverage,zones,water,parcels,buildings,roads,wards,plans,restrictions,parcel_labels,ward_labels,water_labels,zone_labels,places,cameras,incidents"}
}

// form is how much of the style specification a style uses.
type form string

const (
	full  form = ""
	plain form = "plain" // what programs know that read styles without drawing maps in a browser
	// plainZones shows what is planned where plain shows the present use. Those programs
	// draw a layer that is switched off.
	plainZones form = "plain-zones"
)

// forms are all of them.
func forms() []form { return []form{full, plain, plainZones} }

// leaves reports whether a form leaves a group of layers out.
func (f form) leaves(group any) bool {
	switch f {
	case plain:
		return group == "zones" || group == "restrictions"
	case plainZones:
		return group == "landuse"
	}
	return false
}

// selectionSource is where a client puts the exact shape of what is selected.
const selectionSource = "selection"

// part is the part of a style that is the same wherever it is asked for.
type part struct {
	title  string
	light  float64 // how strongly blocks of buildings are shaded
	layers json.RawMessage
	legend json.RawMessage
	from   []source
	choose bool // a client marks what is selected
}

// parts makes every style in every language, in a form.
func (d design) parts(codes []landuse.Code, f form) (map[string]map[string]part, error) {
	out := map[string]map[string]part{}
	for i, name := range d.themes.Names {
		out[name] = map[string]part{}
		for _, lang := range languages() {
			p, err := d.part(i, lang, codes, f)
			if err != nil {
				return nil, fmt.Errorf("%s, %s: %w", name, lang, err)
			}
			out[name][lang] = p
		}
	}
	return out, nil
}

func (d design) part(theme int, lang string, codes []landuse.Code, f form) (part, error) {
	s, colours, err := d.scope(theme, lang, codes)
	if err != nil {
		return part{}, err
	}
	written, from := d.layers, sources()
	if f != full {
		written, from = d.plain, []source{plainSource()}
		if err := s.plainly(codes, colours); err != nil {
			return part{}, err
		}
	}
	layers := make([]any, 0, len(written))
	for _, l := range written {
		if f.leaves(l["group"]) {
			continue
		}
		v, err := s.resolve(l)
		if err != nil {
			return part{}, fmt.Errorf("layer %v: %w", l["id"], err)
		}
		if f != full {
			v = listed(v)
		}
		drawn := v.(map[string]any)
		drawn["metadata"] = map[string]any{groupKey: drawn["group"]}
		delete(drawn, "group")
		layers = append(layers, drawn)
	}
	legend, err := d.legend(theme, lang, codes, s, colours)
	if err != nil {
		return part{}, err
	}
	p := part{title: "Langbiang – " + legend.Theme, from: from, choose: f == full}
	if p.light, err = s.number("building.light"); err != nil {
		return part{}, err
	}
	if p.layers, err = encode(layers); err != nil {
		return part{}, err
	}
	p.legend, err = encode(legend)
	return p, err
}

// document is the style for a server that is called by base. A key is handed on to
// the tiles: their address is then the style's own, which goes before the one that
// their description gives.
func (p part) document(base, key string, glyphs, sprite string) ([]byte, error) {
	query := ""
	if key != "" {
		query = "?" + url.Values{"key": {key}}.Encode()
	}
	from := map[string]any{}
	if p.choose {
		from[selectionSource] = map[string]any{"type": "geojson", "data": map[string]any{"type": "FeatureCollection", "features": []any{}}}
	}
	for _, s := range p.from {
		at := map[string]any{"type": "vector", "url": base + "/tiles/" + s.layers + ".json" + query}
		if key != "" {
			at["tiles"] = []string{base + "/tiles/" + s.layers + "/{z}/{x}/{y}.mvt" + query}
		}
		from[s.name] = at
	}
	return encode(map[string]any{
		"version": 8, "name": p.title,
		"metadata": map[string]any{legendKey: p.legend},
		"light":    map[string]any{"anchor": "viewport", "intensity": p.light},
		"glyphs":   base + "/fonts/{fontstack}/{range}.pbf?v=" + glyphs,
		"sprite":   base + "/sprite?v=" + sprite,
		"sources":  from,
		"layers":   p.layers,
	})
}

// encode writes JSON without escapes for HTML: not every reader of styles undoes
// them.
func encode(v any) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return out.Bytes(), err
}
