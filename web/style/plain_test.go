package style

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/tiles"
)

// The plain form says nothing that programs which read styles for their own drawing do
// not know: values, values by zoom that are numbers, and colours looked up by one
// attribute. Filters compare one attribute with values. All of it is drawn from one
// source, which has every layer that it names.
func TestThePlainForm(t *testing.T) {
	for _, f := range []form{plain, plainZones} {
		all, err := theDesign(t).parts(landuse.NewTable().All(), f)
		if err != nil {
			t.Fatal(err)
		}
		for theme, languages := range all {
			b, err := languages["vi"].document("https://map.example", "k", "G", "S")
			if err != nil {
				t.Fatal(err)
			}
			var s drawn
			if err := json.Unmarshal(b, &s); err != nil {
				t.Fatal(err)
			}
			if len(s.Sources) != 1 || s.Sources["langbiang"] == nil || !strings.Contains(string(s.Sources["langbiang"]), "key=k") {
				t.Fatalf("%s: sources %s", theme, s.Sources)
			}
			groups := map[string]bool{}
			for _, l := range s.Layers {
				groups[l.Metadata.Group] = true
				if l.Type == "background" {
					continue
				}
				if !slices.Contains(strings.Split(plainSource().layers, ","), l.SourceLayer) || l.Source != "langbiang" {
					t.Errorf("%s: %s is of %s", theme, l.ID, l.SourceLayer)
				}
				if l.Layout["visibility"] != nil {
					t.Errorf("%s: %s is switched off, which is not seen by all", theme, l.ID)
				}
				for _, of := range []map[string]any{l.Paint, l.Layout} {
					for name, v := range of {
						if why := plainly(name, v); why != "" {
							t.Errorf("%s: %s: %s is %s", theme, l.ID, name, why)
						}
					}
				}
				if l.Filter != nil {
					if e := l.Filter.([]any); !slices.Contains([]any{"in", "!in", "==", "has", "!has"}, e[0]) || fmt.Sprintf("%T", e[1]) != "string" {
						t.Errorf("%s: %s: the filter is %v", theme, l.ID, e)
					}
				}
			}
			if groups["landuse"] != (f == plain) || groups["zones"] != (f == plainZones) || !groups["roads"] || !groups["parcels"] || groups["select"] {
				t.Errorf("%s %s: groups %v", theme, f, groups)
			}
		}
	}
	if _, err := tiles.Find(tiles.Layers(), strings.Split(plainSource().layers, ",")); err != nil {
		t.Error(err)
	}
}

// plainly says what is not plain about a value; "" = nothing.
func plainly(name string, v any) string {
	e, ok := v.([]any)
	if !ok || len(e) == 0 {
		return ""
	}
	switch e[0] {
	case "interpolate":
		for _, stop := range e[3:] {
			if _, ok := stop.(float64); !ok {
				return fmt.Sprint("a stop of ", stop)
			}
		}
	case "match":
		if get, ok := e[1].([]any); !ok || len(get) != 2 || get[0] != "get" {
			return fmt.Sprint("looked up by ", e[1])
		}
		for i := 3; i < len(e); i += 2 {
			if _, ok := e[i-1].([]any); !ok {
				return fmt.Sprint("a match with ", e[i-1], ", which is no list")
			}
			if _, ok := e[i].(string); !ok {
				return fmt.Sprint("a match of ", e[i])
			}
		}
	default:
		if text, ok := e[0].(string); ok && name != "text-font" && len(e) > 1 && !strings.HasPrefix(text, "Be ") {
			return fmt.Sprint("an expression ", text)
		}
	}
	return ""
}
