// Package query reads the query string of a request strictly: every parameter is
// known and stands there once, every value is clean text.
//
// It does not know what a value means beyond numbers, ids and boxes.
//
// Invariant: a parameter that nobody reads is refused, never passed over.
package query

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/langbiang/langbiang/spatial"
)

// Most bounds a query string, in bytes; MostLong one with long parameters.
const (
	Most     = 8192
	MostLong = 48 << 10
)

// Values are the parameters of a request, each once. A parameter without a value
// is there with "".
type Values map[string]string

func invalid(code string, args map[string]any) error {
	return &spatial.Error{Op: "read the query", Kind: spatial.Invalid, Code: code, Args: args}
}

// Malformed is Invalid "parameter.malformed" (args name, value, expected).
func Malformed(name, value, expected string) error {
	return invalid("parameter.malformed", map[string]any{"name": name, "value": value, "expected": expected})
}

// Parse reads a raw query. The parameters in long, texts that people lay out in
// lines, may take it to MostLong and hold tabs and line breaks. Errors, all Invalid:
// "query.malformed" (args limit; bad escapes, control characters, not UTF-8, too
// long), "parameter.unknown" (args name, known), "parameter.repeated" (args name).
func Parse(raw string, known []string, long ...string) (Values, error) {
	most := Most
	if len(long) > 0 {
		most = MostLong
	}
	broken := func() (Values, error) { return nil, invalid("query.malformed", map[string]any{"limit": most}) }
	if len(raw) > most {
		return broken()
	}
	v := Values{}
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		plain := value
		if slices.Contains(long, name) {
			plain = strings.NewReplacer("\t", " ", "\r", " ", "\n", " ").Replace(value)
		} else if len(pair) > Most {
			return broken()
		}
		if errName != nil || errValue != nil || !clean(name) || !clean(plain) || strings.Contains(pair, ";") {
			return broken()
		}
		if !slices.Contains(known, name) {
			return nil, invalid("parameter.unknown", map[string]any{"name": name, "known": strings.Join(known, ", ")})
		}
		if _, twice := v[name]; twice {
			return nil, invalid("parameter.repeated", map[string]any{"name": name})
		}
		v[name] = value
	}
	return v, nil
}

func clean(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// Int is a whole number of min…max in plain decimal digits; otherwise where it is
// not given.
func (v Values) Int(name string, min, max, otherwise int) (int, error) {
	s, ok := v[name]
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < min || n > max || strconv.Itoa(n) != s {
		return 0, Malformed(name, s, strconv.Itoa(min)+"…"+strconv.Itoa(max))
	}
	return n, nil
}

// Float is a finite number.
func Float(s string) (float64, bool) {
	if s == "" || len(s) > 40 || strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false // no hexadecimal, no underscores, no "inf"
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && !math.IsInf(f, 0)
}

// ID reads a record's id: 1…2^53-1 in plain digits, without a leading zero.
// Invalid "id.malformed" (args value).
func ID(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n == 0 || n > spatial.MaxID || strconv.FormatUint(n, 10) != s {
		return 0, invalid("id.malformed", map[string]any{"value": s})
	}
	return n, nil
}
