package style

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/parcels/landuse"
)

// legible is the least contrast of text, as WCAG 2.2 AA asks.
const legible = 4.5

// contrast is the ratio of two colours as WCAG 2.2 defines it, 1…21.
func contrast(a, b colour) float64 {
	luminance := func(c colour) float64 {
		return 0.2126*linear(c.r) + 0.7152*linear(c.g) + 0.0722*linear(c.b)
	}
	x, y := luminance(a), luminance(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

// parsed reads "#rrggbb" or "rgba(…)"; the opacity is 1 where none is said.
func parsed(s string) (colour, float64, error) {
	if !strings.HasPrefix(s, "rgba(") {
		c, err := parseColour(s)
		return c, 1, err
	}
	var r, g, b, a float64
	if _, err := fmt.Sscanf(s, "rgba(%g,%g,%g,%g)", &r, &g, &b, &a); err != nil || max(r, g, b) > 255 || a > 1 {
		return colour{}, 0, fmt.Errorf("colour %q: %v", s, err)
	}
	return colour{r / 255, g / 255, b / 255}, a, nil
}

func TestColoursAreValid(t *testing.T) {
	every(t, func(t *testing.T, _, _ string, s drawn) {
		n := 0
		for _, l := range s.Layers {
			for name, v := range l.Paint {
				if !strings.HasSuffix(name, "-color") {
					continue
				}
				all := outputs(v)
				if len(all) == 0 {
					t.Errorf("%s: %s has a form this test does not know: %v", l.ID, name, v)
				}
				for _, c := range all {
					n++
					text, _ := c.(string)
					if _, _, err := parsed(text); err != nil {
						t.Errorf("%s: %s: %v", l.ID, name, err)
					}
				}
			}
		}
		if n < 100 {
			t.Errorf("only %d colours were looked at", n)
		}
	})
}

// TestLabelsAreLegible measures text against its halo, and where that lets the fill
// through, against every fill there is.
func TestLabelsAreLegible(t *testing.T) {
	every(t, func(t *testing.T, theme, _ string, s drawn) {
		d := theDesign(t)
		sc, p, err := d.scope(slices.Index(d.themes.Names, theme), "vi", landuse.NewTable().All())
		if err != nil {
			t.Fatal(err)
		}
		floor, err := sc.number("building.opacity")
		if err != nil {
			t.Fatal(err)
		}
		house, err := sc.text("building.fill")
		if err != nil {
			t.Fatal(err)
		}
		roof, err := parseColour(house)
		if err != nil {
			t.Fatal(err)
		}
		grounds := []colour{p.ground, roof.over(p.ground, floor)}
		for _, u := range s.Metadata.Legend.Use {
			c, err := parseColour(u.Shown)
			if err != nil {
				t.Fatal(err)
			}
			grounds = append(grounds, c, roof.over(c, floor)) // a house stands on it
		}
		labels := 0
		for _, l := range s.Layers {
			if l.Layout["text-field"] == nil {
				continue
			}
			labels++
			halo, share, err := parsed(l.Paint["text-halo-color"].(string))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range outputs(l.Paint["text-color"]) {
				text, _, err := parsed(v.(string))
				if err != nil {
					t.Fatal(err)
				}
				for _, ground := range grounds {
					if r := contrast(text, halo.over(ground, share)); r < legible {
						t.Errorf("%s: %v on %v: contrast %.2f, want %.1f", l.ID, text, halo.over(ground, share), r, legible)
					}
				}
			}
		}
		if labels < 8 {
			t.Errorf("only %d layers with labels", labels)
		}
	})
}

// TestSelectionStandsOut: the outline of what is selected is seen on every fill, by
// its line or by its casing.
func TestSelectionStandsOut(t *testing.T) {
	every(t, func(t *testing.T, _, _ string, s drawn) {
		paint := map[string]colour{}
		for _, l := range s.Layers {
			if v, ok := l.Paint["line-color"].(string); ok {
				paint[l.ID], _ = parseColour(v)
			}
		}
		line, casing := paint["selection-line"], paint["selection-case"]
		if line != paint["parcel-selected"] || casing != paint["parcel-selected-case"] || contrast(line, casing) < 15 {
			t.Errorf("lines %v and %v, casings %v and %v", line, paint["parcel-selected"], casing, paint["parcel-selected-case"])
		}
		for _, u := range s.Metadata.Legend.Use {
			c, _ := parseColour(u.Shown)
			if r := contrast(line, c); r < legible {
				t.Errorf("%s: contrast %.2f", u.Code, r)
			}
		}
	})
}

func TestFontsAndIconsAreThere(t *testing.T) {
	glyphs, err := readGlyphs()
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := readSprite()
	if err != nil {
		t.Fatal(err)
	}
	images := imagesOf(t, sheet, "sprite.json")
	fonts, icons := map[string]bool{}, map[string]bool{}
	every(t, func(t *testing.T, _, _ string, s drawn) {
		font := func(id string, v any) {
			stack, _ := v.([]any)
			if len(stack) != 1 {
				t.Errorf("%s: font %v, want one", id, v)
				return
			}
			name := stack[0].(string)
			fonts[name] = true
			if glyphs.files[name+"/0-255.pbf"] == nil {
				t.Errorf("%s: no glyphs of %s", id, name)
			}
		}
		for _, l := range s.Layers {
			if l.Layout["text-field"] != nil {
				font(l.ID, l.Layout["text-font"])
			}
			walk(l.Layout, func(e []any) {
				for _, x := range e {
					if m, ok := x.(map[string]any); ok && m["text-font"] != nil {
						font(l.ID, m["text-font"].([]any)[1])
					}
				}
			})
			if v := l.Layout["icon-image"]; v != nil {
				all := outputs(v)
				if len(all) == 0 {
					t.Errorf("%s: icon-image has a form this test does not know: %v", l.ID, v)
				}
				for _, name := range all {
					icons[name.(string)] = true
					if images[name.(string)] == (image{}) {
						t.Errorf("%s: no image %s", l.ID, name)
					}
				}
			}
		}
	})
	if want := []string{"Be Vietnam Pro Regular", "Be Vietnam Pro SemiBold"}; !slices.Equal(slices.Sorted(maps.Keys(fonts)), want) {
		t.Errorf("fonts %v", fonts)
	}
	if len(icons) < 90 {
		t.Errorf("only %d icons are used", len(icons))
	}
}

func TestSoften(t *testing.T) {
	whole := tone{chroma: 1, darkest: 0, lightest: 1}
	grey, _ := parseColour("#808080")
	if got := whole.soften(grey).String(); got != "#808080" {
		t.Errorf("grey becomes %s", got)
	}
	official, _ := parseColour("#ffa0ff")
	if got := (tone{chroma: 0, darkest: 0, lightest: 1}).soften(official); math.Abs(got.r-got.g) > .01 || math.Abs(got.g-got.b) > .01 {
		t.Errorf("without chroma %v is not grey", got)
	}
	soft := whole.soften(official)
	if soft.g <= official.g || soft.r < soft.g || soft.b < soft.g {
		t.Errorf("%v becomes %v: not the same hue, softer", official, soft)
	}
	black, white := colour{}, colour{1, 1, 1}
	if got := white.over(black, .25).String(); got != "#404040" {
		t.Errorf("a quarter of white on black is %s", got)
	}
	for _, bad := range []string{"", "#fff", "ffa0ff", "#ffa0fg", "#ffa0ff0", "#+fa0ff"} {
		if c, err := parseColour(bad); err == nil {
			t.Errorf("%q is %v", bad, c)
		}
	}
}
