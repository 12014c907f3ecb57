package crs

import (
	"math"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// node is one KEYWORD["text", number, WORD, CHILD[…]] of well-known text.
type node struct {
	keyword  string // upper case
	texts    []string
	numbers  []float64
	words    []string // bare words, as in AXIS["x",east]
	children []node
}

// Bounds on what is read.
const (
	maxDepth = 32
	maxNodes = 4096
)

type wktReader struct {
	s     string
	at    int
	nodes int
}

// parseWKT reads one node and demands that nothing follows; "" or why not.
func parseWKT(s string) (node, string) {
	r := &wktReader{s: strings.TrimPrefix(s, "\ufeff")}
	n, why := r.node(0)
	if why == "" {
		if r.space(); r.at < len(r.s) {
			why = "text after the end"
		}
	}
	return n, why
}

func (r *wktReader) space() {
	for r.at < len(r.s) && strings.IndexByte(" \t\r\n\x00", r.s[r.at]) >= 0 {
		r.at++
	}
}

func (r *wktReader) word() string {
	start := r.at
	for r.at < len(r.s) {
		c := r.s[r.at]
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '+' || c == '-') {
			break
		}
		r.at++
	}
	return r.s[start:r.at]
}

func (r *wktReader) text() (string, bool) {
	var b strings.Builder
	for r.at++; r.at < len(r.s); r.at++ {
		if r.s[r.at] != '"' {
			b.WriteByte(r.s[r.at])
		} else if strings.HasPrefix(r.s[r.at:], `""`) {
			b.WriteByte('"')
			r.at++
		} else {
			r.at++
			return b.String(), true
		}
	}
	return "", false
}

func (r *wktReader) node(depth int) (node, string) {
	if r.nodes++; depth > maxDepth || r.nodes > maxNodes {
		return node{}, "too deep or too long"
	}
	r.space()
	n := node{keyword: strings.ToUpper(r.word())}
	r.space()
	if n.keyword == "" || r.at >= len(r.s) || r.s[r.at] != '[' && r.s[r.at] != '(' {
		return node{}, "no keyword with a bracket"
	}
	end := byte(']')
	if r.s[r.at] == '(' {
		end = ')'
	}
	for r.at++; ; r.at++ {
		r.space()
		if r.at >= len(r.s) {
			return node{}, "a bracket is not closed"
		}
		if r.s[r.at] == '"' {
			t, ok := r.text()
			if !ok {
				return node{}, "a quote is not closed"
			}
			n.texts = append(n.texts, t)
		} else {
			start := r.at
			w := r.word()
			if w == "" {
				return node{}, "an unexpected character"
			}
			r.space()
			if r.at < len(r.s) && (r.s[r.at] == '[' || r.s[r.at] == '(') {
				r.at = start
				child, why := r.node(depth + 1)
				if why != "" {
					return node{}, why
				}
				n.children = append(n.children, child)
			} else if f, ok := number(w); ok {
				n.numbers = append(n.numbers, f)
			} else {
				n.words = append(n.words, w)
			}
		}
		r.space()
		if r.at < len(r.s) && r.s[r.at] == end {
			r.at++
			return n, ""
		}
		if r.at >= len(r.s) || r.s[r.at] != ',' {
			return node{}, "no comma or closing bracket"
		}
	}
}

// number reads a finite decimal number and no other of Go's spellings.
func number(s string) (float64, bool) {
	if s == "" || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// child is the first child with one of the keywords.
func (n *node) child(keywords ...string) *node {
	for i := range n.children {
		for _, k := range keywords {
			if n.children[i].keyword == k {
				return &n.children[i]
			}
		}
	}
	return nil
}

func (n *node) text() string {
	if n == nil || len(n.texts) == 0 {
		return ""
	}
	return n.texts[0]
}

// value is the first number, NaN where there is none.
func (n *node) value() float64 {
	if n == nil || len(n.numbers) == 0 {
		return math.NaN()
	}
	return n.numbers[0]
}

// identifier is the authority and code of AUTHORITY["EPSG","5899"] or
// ID["EPSG",5899].
func (n *node) identifier() (authority, code string) {
	id := n.child("AUTHORITY", "ID")
	if id == nil {
		return "", ""
	}
	if len(id.texts) > 1 {
		return id.texts[0], id.texts[1]
	}
	if len(id.numbers) > 0 {
		return id.text(), strconv.FormatFloat(id.numbers[0], 'f', -1, 64)
	}
	return id.text(), ""
}

func malformed(value, reason string) error {
	return &spatial.Error{Op: "recognise a coordinate system", Kind: spatial.Invalid, Code: "crs.malformed", Args: map[string]any{"value": shortened(value), "reason": reason}}
}
