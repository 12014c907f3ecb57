package problem

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed texts/*.json
var texts embed.FS

// Text is one sentence in both languages, with {name} where an argument goes.
type Text struct {
	VI     string `json:"vi"`
	EN     string `json:"en"`
	Status int    `json:"status,omitempty"` // 0 = the kind's
}

// In is the sentence in a language, "en" or anything else for Vietnamese.
func (t Text) In(lang string) string {
	if lang == "en" {
		return t.EN
	}
	return t.VI
}

// Catalogue holds the sentences of every known code. It does not change.
type Catalogue struct {
	codes map[string]Text
	kinds map[string]kindText
}

type kindText struct {
	Title  spatial.Name `json:"title"`
	Detail spatial.Name `json:"detail"`
	Status int          `json:"status"`
}

// Load reads the embedded catalogue. Its error is a fault of the build: a file
// that is not JSON, a code said twice, a sentence missing in one language.
func Load() (*Catalogue, error) {
	c := &Catalogue{codes: map[string]Text{}, kinds: map[string]kindText{}}
	files, err := texts.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		b, err := texts.ReadFile("texts/" + f.Name())
		if err != nil {
			return nil, err
		}
		if f.Name() == "kinds.json" {
			if err := json.Unmarshal(b, &c.kinds); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name(), err)
			}
			continue
		}
		var area map[string]Text
		if err := json.Unmarshal(b, &area); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		for code, t := range area {
			if _, twice := c.codes[code]; twice {
				return nil, fmt.Errorf("%s: code %s stands in two files", f.Name(), code)
			}
			if t.VI == "" || t.EN == "" {
				return nil, fmt.Errorf("%s: code %s lacks a language", f.Name(), code)
			}
			c.codes[code] = t
		}
	}
	for k := spatial.Internal; k <= spatial.Unavailable; k++ {
		t := c.kinds[k.String()]
		if t.Status == 0 || t.Title.VI == "" || t.Title.EN == "" || t.Detail.VI == "" || t.Detail.EN == "" {
			return nil, fmt.Errorf("kinds.json: kind %s is incomplete", k)
		}
	}
	return c, nil
}

// Text is a code's sentence.
func (c *Catalogue) Text(code string) (Text, bool) {
	t, ok := c.codes[code]
	return t, ok
}

// Finding is the sentence of a finding's code in a language; "" where there is none.
// It stands for all findings of the code: where the code is an error's too, whose
// sentence tells one case, the findings have their own under "finding."; what only one
// case would say is "…".
func (c *Catalogue) Finding(code, lang string) string {
	t, ok := c.codes["finding."+code]
	if !ok {
		t = c.codes[code]
	}
	return fill(t.In(lang), nil)
}

// Codes are all known codes, sorted.
func (c *Catalogue) Codes() []string { return slices.Sorted(maps.Keys(c.codes)) }

// fill puts arguments into a sentence. An argument that is not given becomes "…".
func fill(template string, args map[string]any) string {
	if !strings.Contains(template, "{") {
		return template
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("{" + rest)
			return b.String()
		}
		if v, ok := args[name]; ok && v != nil {
			b.WriteString(plain(v))
		} else {
			b.WriteString("…")
		}
		template = after
	}
}

// plain is an argument as it stands in a sentence: bounded, valid UTF-8, without
// control characters.
func plain(v any) string {
	s := fmt.Sprint(v)
	if f, ok := v.(float64); ok {
		s = spatial.Float(f).String()
	}
	return shorten(s)
}

func shorten(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	const most = 300
	if len(s) <= most {
		return s
	}
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
