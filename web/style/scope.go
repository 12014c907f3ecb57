package style

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/langbiang/langbiang/parcels/landuse"
)

// palette is the land-use colours as a theme draws them.
type palette struct {
	tone    tone
	ground  colour  // the background under the fills
	land    float64 // opacity of land use and parcels
	zones   float64 // opacity of zones
	pale    float64 // what share of a zone's colour gives way to chalk
	chalk   colour
	unknown string // the fill of a code that has no colour
}

// fill is the colour that a code is filled with, before its opacity.
func (p palette) fill(c landuse.Code) (string, error) {
	if c.Colour == "" {
		return p.unknown, nil
	}
	official, err := parseColour(c.Colour)
	if err != nil {
		return "", err
	}
	return p.tone.soften(official).String(), nil
}

// shown is what is seen of a fill on the ground, as land use and as a zone.
func (p palette) shown(fill string) (land, zone string, err error) {
	c, err := parseColour(fill)
	if err != nil {
		return "", "", err
	}
	return c.over(p.ground, p.land).String(), p.chalk.over(c, p.pale).over(p.ground, p.zones).String(), nil
}

func (d design) palette(s scope) (palette, error) {
	var p palette
	for name, into := range map[string]*float64{"use.chroma": &p.tone.chroma, "use.darkest": &p.tone.darkest, "use.lightest": &p.tone.lightest,
		"use.opacity": &p.land, "zone.opacity": &p.zones, "zone.softening": &p.pale} {
		n, err := s.number(name)
		if err != nil {
			return palette{}, err
		}
		*into = n
	}
	for name, into := range map[string]*colour{"background": &p.ground, "zone.ground": &p.chalk} {
		text, err := s.text(name)
		if err != nil {
			return palette{}, err
		}
		if *into, err = parseColour(text); err != nil {
			return palette{}, err
		}
	}
	var err error
	p.unknown, err = s.text("use.unknown")
	return p, err
}

// scope is all that layers may name, in a theme and a language: the theme's tokens,
// the shared expressions, and those that are made of the tables.
func (d design) scope(theme int, lang string, codes []landuse.Code) (scope, palette, error) {
	s := scope{}
	maps.Copy(s, d.shared)
	for name, values := range d.themes.Tokens {
		if _, twice := s[name]; twice {
			return nil, palette{}, fmt.Errorf("%s stands for two things", name)
		}
		s[name] = values[theme]
	}
	s["lang"] = lang
	for name, word := range d.symbols.Words {
		s["word."+name] = word.In(lang)
	}
	p, err := d.palette(s)
	if err != nil {
		return nil, palette{}, err
	}
	if s["use.colour"], err = useColour(codes, p); err != nil {
		return nil, palette{}, err
	}
	// Plans bring colours of their own, which are softened as they come.
	s["zone.colour"] = list("interpolate", list("linear"), p.pale, 0, list("to-color", list("to-string", get("color")), "@use.colour"), 1, "@zone.ground")
	floors := list("step", get("floors"))
	for i, f := range d.symbols.Floors {
		if i > 0 {
			floors = append(floors, f.From)
		}
		floors = append(floors, f.Colour)
	}
	s["floors.colour"] = floors
	d.symbols.into(s)
	return s, p, nil
}

func list(of ...any) []any { return of }

func get(name string) []any { return list("get", name) }

// useColour is the fill of a land-use code. The first code decides where there are
// several ("ODT+CLN"). Codes of one colour stand together.
func useColour(codes []landuse.Code, p palette) (any, error) {
	var order []string
	by := map[string][]any{}
	for _, c := range codes {
		fill, err := p.fill(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Code, err)
		}
		if fill == p.unknown {
			continue
		}
		if by[fill] == nil {
			order = append(order, fill)
		}
		by[fill] = append(by[fill], c.Code)
	}
	out := list("match", list("slice", list("to-string", get("use")), 0, 3))
	for _, fill := range order {
		out = append(out, by[fill], fill)
	}
	return append(out, p.unknown), nil
}

// plainly puts in scope what the plain form draws by a code alone: a colour is looked up
// and not worked out.
func (s scope) plainly(codes []landuse.Code, p palette) error {
	use, zone := list("match", get("use")), list("match", get("use"))
	for _, c := range codes {
		fill, err := p.fill(c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Code, err)
		}
		if fill == p.unknown {
			continue
		}
		own, err := parseColour(fill)
		if err != nil {
			return err
		}
		keys := list(c.Code)
		for _, garden := range codes { // a house with its garden, "ODT+CLN": the first code decides
			if c.Group == "PNN" && garden.Group == "NNP" {
				keys = append(keys, c.Code+"+"+garden.Code)
			}
		}
		use, zone = append(use, keys, fill), append(zone, keys, p.chalk.over(own, p.pale).String())
	}
	s["use.colour"], s["zone.colour"] = append(use, p.unknown), append(zone, p.chalk.String())
	return nil
}

// listed makes a list of every value that a match compares with: some programs read no
// other form.
func listed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = listed(x)
		}
	case []any:
		for i, x := range v {
			v[i] = listed(x)
		}
		if len(v) > 0 && v[0] == "match" {
			for i := 2; i+1 < len(v); i += 2 {
				if _, ok := v[i].([]any); !ok {
					v[i] = list(v[i])
				}
			}
		}
	}
	return v
}

// into puts the expressions in scope that draw each kind by its symbol.
func (y symbols) into(s scope) {
	kind, status := list("match", get("kind")), list("match", get("status"))
	for _, k := range y.Cameras.Kinds {
		if k.Kind != y.Cameras.Otherwise {
			kind = append(kind, k.Kind, "camera-"+k.Kind)
		}
	}
	tint := list("match", get("status"))
	for i, st := range y.Cameras.Statuses {
		if i < len(y.Cameras.Statuses)-1 {
			status = append(status, st.Status)
			tint = append(tint, st.Status)
		}
		status, tint = append(status, st.Form), append(tint, "@"+st.Colour)
	}
	s["camera.icon"] = list("concat", append(kind, "camera-"+y.Cameras.Otherwise), status)
	s["camera.colour"] = tint

	category := list("match", get("category"))
	for _, c := range y.Incidents.Categories {
		category = append(category, c.Category, "incident-"+c.Glyph)
	}
	level, hue := list("match", get("severity")), list("match", get("severity"))
	for i, v := range y.Incidents.Severities {
		if i < len(y.Incidents.Severities)-1 {
			level, hue = append(level, v.Severity), append(hue, v.Severity)
		}
		level, hue = append(level, "-"+strconv.Itoa(v.Severity)), append(hue, "@"+v.Colour)
	}
	s["incident.icon"] = list("concat", append(category, "incident-"+y.Incidents.Otherwise), list("case", "@incident.open", level, "-done"))
	s["incident.colour"] = hue
	done := make([]any, len(y.Incidents.Done))
	for i, state := range y.Incidents.Done {
		done[i] = state
	}
	s["incident.done"] = done

	glyph, tints := list("match", get("kind")), list("match", get("kind"))
	classes := map[string][]any{}
	for _, p := range y.Places {
		glyph = append(glyph, p.Kind, p.Glyph)
		classes[p.Class] = append(classes[p.Class], p.Kind)
	}
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		tints = append(tints, classes[class], "@place."+class)
	}
	s["place.icon"] = append(glyph, "dot")
	s["place.colour"] = append(tints, "@text")

	line := list("match", get("kind"))
	for i, r := range y.Restrictions {
		if i < len(y.Restrictions)-1 {
			line = append(line, r.Kind)
		}
		line = append(line, "@"+r.Colour)
	}
	s["restriction.colour"] = line
}
