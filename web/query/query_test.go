package query_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/query"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "a=1", "a=1&b=2", "a=1&a=2", "c=1", "a=%", "a=%00", "a=\xff", "a;b", "&&&", "=", "a", "a=%F0%9F%8C%B2", "a=1+2%2B3", strings.Repeat("a", 9000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := query.Parse(raw, []string{"a", "b"})
		if err != nil {
			var e *spatial.Error
			if !errors.As(err, &e) || e.Kind != spatial.Invalid || e.Code == "" {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		for name, value := range v {
			if name != "a" && name != "b" {
				t.Fatalf("%q: parameter %q", raw, name)
			}
			if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
				t.Fatalf("%q: value %q", raw, value)
			}
		}
	})
}

func FuzzID(f *testing.F) {
	for _, s := range []string{"1", "0", "-1", "+1", "01", "9007199254740991", "9007199254740992", "1e3", "", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		id, err := query.ID(s)
		plain := len(s) > 0 && len(s) <= 16 && strings.Trim(s, "0123456789") == "" && s[0] != '0' && (len(s) < 16 || s <= "9007199254740991")
		if plain != (err == nil) || (err == nil && (id < 1 || id > spatial.MaxID)) {
			t.Fatalf("%q: %d, %v", s, id, err)
		}
	})
}

func TestFloat(t *testing.T) {
	for s, want := range map[string]bool{"1": true, "-1.5e3": true, ".5": true, "": false, "NaN": false, "inf": false, "0x1p2": false, "1_0": false, "1e999": false, " 1": false, strings.Repeat("1", 41): false} {
		if _, ok := query.Float(s); ok != want {
			t.Errorf("%q: %v", s, ok)
		}
	}
}

func TestInt(t *testing.T) {
	v := query.Values{"n": "7", "bad": "+7", "long": "7777"}
	if n, err := v.Int("n", 1, 10, 3); n != 7 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := v.Int("none", 1, 10, 3); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, name := range []string{"bad", "long"} {
		if _, err := v.Int(name, 1, 10, 3); spatial.CodeOf(err) != "parameter.malformed" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
