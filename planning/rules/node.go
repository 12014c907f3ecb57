package rules

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
)

// Bounds of what a pack may hold.
const (
	mostBytes = 1 << 20
	mostDepth = 24
	mostRules = 2000
	mostItems = 400 // of a list
	mostSide  = 24  // bands of a table's side
	mostText  = 2000
)

// reader reads one pack and gathers what is wrong with it.
type reader struct {
	problems Problems
}

func (r *reader) fault(n *yaml.Node, code string, args map[string]any) {
	if len(r.problems) < mostProblems {
		r.problems = append(r.problems, Problem{Line: max(n.Line, 1), Column: max(n.Column, 1), Code: code, Args: args})
	}
}

type args = map[string]any

// field is one entry of a mapping.
type field struct{ key, value *yaml.Node }

// fields are the entries of a mapping whose keys must be among known; need are those
// that must be there.
func (r *reader) fields(n *yaml.Node, known, need []string) map[string]field {
	out := map[string]field{}
	for _, f := range r.entries(n) {
		name := f.key.Value
		if !slices.Contains(known, name) {
			r.fault(f.key, "rules.key", args{"key": name, "known": strings.Join(known, ", ")})
			continue
		}
		out[name] = f
	}
	if n.Kind == yaml.MappingNode {
		for _, name := range need {
			if _, ok := out[name]; !ok {
				r.fault(n, "rules.missing", args{"key": name})
			}
		}
	}
	return out
}

// entries are a mapping's entries in the order of the file. A key stands once.
func (r *reader) entries(n *yaml.Node) []field {
	if n.Kind != yaml.MappingNode {
		r.wrong(n, "rules.wantMapping")
		return nil
	}
	var out []field
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content) && len(out) < mostItems; i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch {
		case k.Kind != yaml.ScalarNode || k.Tag == "!!merge" || k.Anchor != "":
			r.wrong(k, "rules.wantText")
		case seen[k.Value]:
			r.fault(k, "rules.twice", args{"key": k.Value})
		default:
			seen[k.Value] = true
			out = append(out, field{k, v})
		}
	}
	if len(n.Content) > 2*mostItems {
		r.fault(n, "rules.many", args{"most": mostItems})
	}
	return out
}

// wrong notes a node that is not of the kind it must be.
func (r *reader) wrong(n *yaml.Node, code string) {
	if n.Kind == yaml.AliasNode {
		r.fault(n, "rules.alias", nil)
		return
	}
	r.fault(n, code, args{"value": short(n)})
}

func short(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "{…}"
	case yaml.SequenceNode:
		return "[…]"
	}
	return n.Value
}

// list are the items of a sequence.
func (r *reader) list(n *yaml.Node, most int) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		r.wrong(n, "rules.wantList")
		return nil
	}
	if len(n.Content) > most {
		r.fault(n, "rules.many", args{"most": most})
		return n.Content[:most]
	}
	return n.Content
}

// text is a scalar that is not empty, in NFC.
func (r *reader) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Tag == "!!binary" {
		r.wrong(n, "rules.wantText")
		return ""
	}
	s := norm.NFC.String(strings.TrimSpace(n.Value))
	if s == "" || len(s) > mostText || !utf8.ValidString(s) {
		r.wrong(n, "rules.wantText")
		return ""
	}
	return s
}

// word is a text that is one of a few.
func (r *reader) word(n *yaml.Node, of []string) string {
	s := r.text(n)
	if s != "" && !slices.Contains(of, s) {
		r.fault(n, "rules.word", args{"value": s, "known": strings.Join(of, ", ")})
		return ""
	}
	return s
}

// texts is a text or a list of texts, none of them twice.
func (r *reader) texts(n *yaml.Node, of []string) []string {
	one := func(n *yaml.Node) string {
		if of != nil {
			return r.word(n, of)
		}
		return r.text(n)
	}
	if n.Kind == yaml.ScalarNode {
		if s := one(n); s != "" {
			return []string{s}
		}
		return nil
	}
	var out []string
	for _, item := range r.list(n, mostItems) {
		s := one(item)
		switch {
		case s == "":
		case slices.Contains(out, s):
			r.fault(item, "rules.twice", args{"key": s})
		default:
			out = append(out, s)
		}
	}
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		r.wrong(n, "rules.wantText")
	}
	return out
}

// number is a number that is not below zero.
func (r *reader) number(n *yaml.Node) (float64, bool) {
	if n.Kind == yaml.ScalarNode && (n.Tag == "!!int" || n.Tag == "!!float") {
		if f, err := strconv.ParseFloat(n.Value, 64); err == nil && f >= 0 && f <= 1e9 && !math.IsNaN(f) {
			return f, true
		}
	}
	r.wrong(n, "rules.wantNumber")
	return 0, false
}

func (r *reader) flag(n *yaml.Node) *bool {
	if n.Kind == yaml.ScalarNode && n.Tag == "!!bool" {
		if b, err := strconv.ParseBool(strings.ToLower(n.Value)); err == nil {
			return &b
		}
	}
	r.wrong(n, "rules.wantFlag")
	return nil
}

// name is a title in both languages.
func (r *reader) name(n *yaml.Node) spatial.Name {
	f := r.fields(n, []string{"vi", "en"}, []string{"vi", "en"})
	var out spatial.Name
	if v, ok := f["vi"]; ok {
		out.VI = r.text(v.value)
	}
	if v, ok := f["en"]; ok {
		out.EN = r.text(v.value)
	}
	return out
}
