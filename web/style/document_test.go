package style

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles"
)

// drawn is a style as a client reads it.
type drawn struct {
	Version  int                        `json:"version"`
	Name     string                     `json:"name"`
	Glyphs   string                     `json:"glyphs"`
	Sprite   string                     `json:"sprite"`
	Sources  map[string]json.RawMessage `json:"sources"`
	Layers   []layer                    `json:"layers"`
	Metadata struct {
		Legend Legend `json:"langbiang:legend"`
	} `json:"metadata"`
}

type layer struct {
	ID          string         `json:"id"`
	Type        string         `json:"type"`
	Source      string         `json:"source"`
	SourceLayer string         `json:"source-layer"`
	Filter      any            `json:"filter"`
	Layout      map[string]any `json:"layout"`
	Paint       map[string]any `json:"paint"`
	Metadata    struct {
		Group string `json:"langbiang:group"`
	} `json:"metadata"`
}

func theDesign(t *testing.T) design {
	t.Helper()
	d, err := readDesign(designFS)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// every calls f with each style in each language.
func every(t *testing.T, f func(t *testing.T, theme, lang string, s drawn)) {
	t.Helper()
	d := theDesign(t)
	all, err := d.parts(landuse.NewTable().All(), full)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 3 {
		t.Fatalf("%d styles, want 3", len(all))
	}
	for _, theme := range slices.Sorted(maps.Keys(all)) {
		for _, lang := range languages() {
			t.Run(theme+"/"+lang, func(t *testing.T) {
				b, err := all[theme][lang].document("https://map.example", "", "G", "S")
				if err != nil {
					t.Fatal(err)
				}
				var s drawn
				if err := json.Unmarshal(b, &s); err != nil {
					t.Fatal(err)
				}
				f(t, theme, lang, s)
			})
		}
	}
}

func TestStylesAreWhole(t *testing.T) {
	groups := []string{"background", "landuse", "cover", "floors", "parcels", "zones", "restrictions", "buildings", "buildings3d", "roads", "water", "wards", "labels", "places", "cameras", "incidents", "select"}
	hidden := []string{"zones", "cover", "floors", "restrictions", "buildings3d"}
	every(t, func(t *testing.T, _, _ string, s drawn) {
		if s.Version != 8 || !strings.HasPrefix(s.Name, "Langbiang – ") || s.Glyphs != "https://map.example/fonts/{fontstack}/{range}.pbf?v=G" || s.Sprite != "https://map.example/sprite?v=S" {
			t.Errorf("version %d, name %q, glyphs %s, sprite %s", s.Version, s.Name, s.Glyphs, s.Sprite)
		}
		if n := len(s.Layers); n < 45 || n > 60 {
			t.Errorf("%d layers, want 45 to 60", n)
		}
		ids, found := map[string]bool{}, map[string]bool{}
		for _, l := range s.Layers {
			if ids[l.ID] {
				t.Errorf("two layers are called %s", l.ID)
			}
			ids[l.ID], found[l.Metadata.Group] = true, true
			if !slices.Contains(groups, l.Metadata.Group) {
				t.Errorf("%s is in the group %q, which there is not", l.ID, l.Metadata.Group)
			}
			if off := l.Layout["visibility"] == "none"; off != slices.Contains(hidden, l.Metadata.Group) {
				t.Errorf("%s of group %s: hidden is %v", l.ID, l.Metadata.Group, off)
			}
		}
		for _, g := range groups {
			if !found[g] {
				t.Errorf("the group %s has no layer", g)
			}
		}
	})
}

func TestStylesAreTheSameEachTime(t *testing.T) {
	make := func() string {
		all, err := theDesign(t).parts(landuse.NewTable().All(), full)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		for _, theme := range slices.Sorted(maps.Keys(all)) {
			for _, lang := range languages() {
				b, err := all[theme][lang].document("https://map.example", "k", "G", "S")
				if err != nil {
					t.Fatal(err)
				}
				out.Write(b)
			}
		}
		return out.String()
	}
	if first, second := make(), make(); first != second {
		t.Error("two builds of the styles differ")
	}
}

func TestLayersAreDrawnFromTilesThereAre(t *testing.T) {
	attrs := map[string][]string{}
	for _, l := range tiles.Layers() {
		for _, a := range l.Attrs {
			attrs[l.Name] = append(attrs[l.Name], a.Name)
		}
	}
	tilesOf := map[string][]string{}
	for _, s := range sources() {
		tilesOf[s.name] = strings.Split(s.layers, ",")
		for _, l := range tilesOf[s.name] {
			if attrs[l] == nil {
				t.Errorf("the source %s asks for %s, which there is not", s.name, l)
			}
		}
	}
	used := map[string]bool{}
	every(t, func(t *testing.T, _, _ string, s drawn) {
		for _, l := range s.Layers {
			if l.Type == "background" || l.Source == selectionSource {
				continue
			}
			if !slices.Contains(tilesOf[l.Source], l.SourceLayer) {
				t.Errorf("%s: the source %q has no layer %q", l.ID, l.Source, l.SourceLayer)
			}
			used[l.SourceLayer] = true
			for _, name := range attributes([]any{l.Filter, l.Layout, l.Paint}) {
				if !slices.Contains(attrs[l.SourceLayer], name) {
					t.Errorf("%s: %s has no attribute %q", l.ID, l.SourceLayer, name)
				}
			}
		}
		if s.Sources[selectionSource] == nil || len(s.Sources) != len(sources())+1 {
			t.Errorf("sources: %v", slices.Sorted(maps.Keys(s.Sources)))
		}
	})
	for _, layers := range tilesOf {
		for _, l := range layers {
			if !used[l] {
				t.Errorf("%s is asked for and not drawn", l)
			}
		}
	}
}

// attributes are the names that an expression reads of a feature.
func attributes(v any) []string {
	var out []string
	walk(v, func(e []any) {
		if len(e) == 2 && (e[0] == "get" || e[0] == "has") {
			if name, ok := e[1].(string); ok {
				out = append(out, name)
			}
		}
	})
	return out
}

// walk calls f with each list in v.
func walk(v any, f func([]any)) {
	switch v := v.(type) {
	case []any:
		f(v)
		for _, x := range v {
			walk(x, f)
		}
	case map[string]any:
		for _, x := range v {
			walk(x, f)
		}
	}
}

// outputs are the values that an expression can have, as far as its form tells;
// nil for one whose form does not.
func outputs(v any) []any {
	e, ok := v.([]any)
	if !ok || len(e) == 0 {
		return []any{v}
	}
	var of []any
	switch e[0] {
	case "match":
		for i := 3; i < len(e)-1; i += 2 {
			of = append(of, outputs(e[i])...)
		}
		return append(of, outputs(e[len(e)-1])...)
	case "case":
		for i := 2; i < len(e)-1; i += 2 {
			of = append(of, outputs(e[i])...)
		}
		return append(of, outputs(e[len(e)-1])...)
	case "step":
		for i := 2; i < len(e); i += 2 {
			of = append(of, outputs(e[i])...)
		}
		return of
	case "interpolate":
		for i := 4; i < len(e); i += 2 {
			of = append(of, outputs(e[i])...)
		}
		return of
	case "to-color":
		return outputs(e[len(e)-1]) // what comes before is data
	case "concat":
		of = []any{""}
		for _, x := range e[1:] {
			var longer []any
			for _, a := range of {
				for _, b := range outputs(x) {
					longer = append(longer, fmt.Sprint(a, b))
				}
			}
			of = longer
		}
		return of
	}
	return nil
}

func TestLegendsNameEverything(t *testing.T) {
	oneOf := func(layers []spatial.Layer, layer, field string) []string {
		for _, l := range layers {
			if l.Name == layer {
				return l.Fields[l.Index(field)].OneOf
			}
		}
		return nil
	}
	sheet, err := readSprite()
	if err != nil {
		t.Fatal(err)
	}
	images := imagesOf(t, sheet, "sprite.json")
	every(t, func(t *testing.T, _, lang string, s drawn) {
		l := s.Metadata.Legend
		for name, want := range map[string]struct{ have, want int }{
			"codes": {len(l.Use), len(landuse.NewTable().All())}, "zones": {len(l.Zones), len(l.Use)}, "severities": {len(l.Severities), 3}} {
			if want.have != want.want {
				t.Errorf("%d %s, want %d", want.have, name, want.want)
			}
		}
		odt := l.Use[slices.IndexFunc(l.Use, func(u Use) bool { return u.Code == "ODT" })]
		if want := map[string]string{"vi": "Đất ở tại đô thị", "en": "Urban residential land"}[lang]; odt.Name != want || *odt.Colour != "#ffa0ff" || odt.Shown == *odt.Colour {
			t.Errorf("ODT: %+v", odt)
		}
		has := func(kinds []string, symbols []Symbol, what string, of func(Symbol) string) {
			for _, k := range kinds {
				if !slices.ContainsFunc(symbols, func(s Symbol) bool { return of(s) == k }) {
					t.Errorf("the legend has no %s %s", what, k)
				}
			}
			if len(kinds) == 0 {
				t.Errorf("no %s to look for", what)
			}
		}
		has(oneOf(ioc.Layers(), ioc.CamerasLayer, "kind"), l.Cameras, "camera", func(s Symbol) string { return s.Kind })
		has(oneOf(ioc.Layers(), ioc.CamerasLayer, "status"), l.CameraStatuses, "status", func(s Symbol) string { return s.Status })
		has(oneOf(planning.Layers(), planning.RestrictionsLayer, "kind"), l.Restrictions, "restriction", func(s Symbol) string { return s.Kind })
		for _, of := range [][]Symbol{l.Cameras, l.CameraStatuses, l.Incidents, l.Severities, l.Places, l.Restrictions} {
			for _, s := range of {
				if s.Label == "" || s.Icon != "" && images[s.Icon] == (image{}) {
					t.Errorf("%+v has no label, or its icon is not in the sprite", s)
				}
			}
		}
	})
	states := oneOf(ioc.Layers(), ioc.IncidentsLayer, "state")
	for _, done := range theDesign(t).symbols.Incidents.Done {
		if !slices.Contains(states, done) {
			t.Errorf("incidents are never %s", done)
		}
	}
}

// TestNothingIsLeftOver finds what no layer names any more.
func TestNothingIsLeftOver(t *testing.T) {
	d := theDesign(t)
	all, err := encode([]any{d.layers, d.shared})
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := d.scope(0, "vi", landuse.NewTable().All())
	if err != nil {
		t.Fatal(err)
	}
	more, err := encode(s)
	if err != nil {
		t.Fatal(err)
	}
	named := func(name string) bool {
		return bytes.Contains(all, []byte(`"@`+name+`"`)) || bytes.Contains(more, []byte(`"@`+name+`"`))
	}
	for name := range d.shared {
		if !named(name) {
			t.Errorf("shared.json: nobody uses %s", name)
		}
	}
	byTheProgram := []string{"use.chroma", "use.darkest", "use.lightest", "use.unknown", "zone.softening", "building.light"}
	for name := range d.themes.Tokens {
		if !named(name) && !slices.Contains(byTheProgram, name) {
			t.Errorf("themes.json: nobody uses %s", name)
		}
	}
}

func TestBrokenDesignsAreRefused(t *testing.T) {
	const themes = `{"names":["a"],"titles":{},"tokens":{"x":["#ffffff"]}}`
	for name, files := range map[string]map[string]string{
		"no files":         {},
		"not JSON":         {"themes.json": "{", "shared.json": "{}", "symbols.json": "{}"},
		"a value too many": {"themes.json": `{"names":["a"],"tokens":{"x":[1,2]}}`, "shared.json": "{}", "symbols.json": "{}"},
		"layers not JSON":  {"themes.json": themes, "shared.json": "{}", "symbols.json": "{}", "layers/1.json": "{}"},
	} {
		fsys := fstest.MapFS{}
		for f, text := range files {
			fsys[f] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := readDesign(fsys); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	loop := scope{"a": "@b", "b": "@a", "n": 1.0, "t": "x"}
	for _, v := range []any{"@c", "@a", []any{"@c"}, map[string]any{"k": "@c"}} {
		if r, err := loop.resolve(v); err == nil {
			t.Errorf("%v stands for %v", v, r)
		}
	}
	if _, err := loop.text("n"); err == nil {
		t.Error("a number is a text")
	}
	if _, err := loop.number("t"); err == nil {
		t.Error("a text is a number")
	}
}
