package style

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed layers/*.json plain.json shared.json symbols.json themes.json
var designFS embed.FS

// Languages a style's words can be in; the first is that of who names none.
func languages() []string { return []string{"vi", "en"} }

// design is the files that styles are made of, as they are written.
type design struct {
	themes  themes
	shared  map[string]any
	symbols symbols
	layers  []map[string]any
	plain   []map[string]any // the same in the plain form
}

// themes are the values of each theme: a token has one a theme, in their order.
type themes struct {
	Names  []string                `json:"names"`
	Titles map[string]spatial.Name `json:"titles"`
	Tokens map[string][]any        `json:"tokens"`
}

// symbols say what stands for what on the map, and what it is called.
type symbols struct {
	Words   map[string]spatial.Name `json:"words"`
	Cameras struct {
		Kinds []struct {
			Kind  string `json:"kind"`
			Glyph string `json:"glyph"`
			spatial.Name
		} `json:"kinds"`
		Otherwise string `json:"otherwise"` // the kind that a camera of none of these is drawn as
		Statuses  []struct {
			Status string `json:"status"`
			Form   string `json:"form"` // ending of the image's name
			Colour string `json:"colour"`
			spatial.Name
		} `json:"statuses"` // the last is for what is none of these
	} `json:"cameras"`
	Incidents struct {
		Categories []struct {
			Category string `json:"category"`
			Glyph    string `json:"glyph"`
			spatial.Name
		} `json:"categories"`
		Otherwise  string `json:"otherwise"` // the glyph of any other category
		Severities []struct {
			Severity int    `json:"severity"`
			Colour   string `json:"colour"`
			spatial.Name
		} `json:"severities"` // the last is for what is none of these
		Done []string `json:"done"` // states in which nothing is left to do
	} `json:"incidents"`
	Places []struct {
		Kind  string `json:"kind"`
		Glyph string `json:"glyph"`
		Class string `json:"class"`
		spatial.Name
	} `json:"places"`
	Restrictions []struct {
		Kind   string `json:"kind"`
		Colour string `json:"colour"`
		spatial.Name
	} `json:"restrictions"` // the last is for what is none of these
	Floors []struct {
		From   int    `json:"from"`
		Colour string `json:"colour"`
		spatial.Name
	} `json:"floors"` // rising; the same in every theme
}

// readDesign reads the files. Layers stand in the order of their files' names.
func readDesign(files fs.FS) (design, error) {
	var d design
	read := func(name string, into any) error {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, into); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	}
	if err := errors.Join(read("themes.json", &d.themes), read("shared.json", &d.shared), read("symbols.json", &d.symbols), read("plain.json", &d.plain)); err != nil {
		return design{}, err
	}
	for name, values := range d.themes.Tokens {
		if len(values) != len(d.themes.Names) {
			return design{}, fmt.Errorf("themes.json: %s has %d values for %d themes", name, len(values), len(d.themes.Names))
		}
	}
	names, err := fs.Glob(files, "layers/*.json")
	if err != nil {
		return design{}, err
	}
	slices.Sort(names)
	for _, name := range names {
		var layers []map[string]any
		if err := read(name, &layers); err != nil {
			return design{}, err
		}
		d.layers = append(d.layers, layers...)
	}
	return d, nil
}

// scope is what the names in a layer stand for, in one theme and one language.
type scope map[string]any

// deepest is how many names may stand behind one another.
const deepest = 12

// resolve puts what it stands for in the place of every "@name" in v.
func (s scope) resolve(v any) (any, error) { return s.at(v, 0) }

func (s scope) at(v any, depth int) (any, error) {
	switch v := v.(type) {
	case string:
		name, ok := strings.CutPrefix(v, "@")
		if !ok {
			return v, nil
		}
		found, ok := s[name]
		if !ok || depth > deepest {
			return nil, fmt.Errorf("%s stands for nothing", v)
		}
		return s.at(found, depth+1)
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			r, err := s.at(x, depth)
			if err != nil {
				return nil, err
			}
			out[i] = r
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			r, err := s.at(x, depth)
			if err != nil {
				return nil, err
			}
			out[k] = r
		}
		return out, nil
	}
	return v, nil
}

// text is the value of a token that is a text.
func (s scope) text(name string) (string, error) {
	v, err := s.resolve("@" + name)
	if err != nil {
		return "", err
	}
	t, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%s is no text", name)
	}
	return t, nil
}

// number is the value of a token that is a number.
func (s scope) number(name string) (float64, error) {
	v, err := s.resolve("@" + name)
	if err != nil {
		return 0, err
	}
	n, ok := v.(float64)
	if !ok {
		return 0, fmt.Errorf("%s is no number", name)
	}
	return n, nil
}
