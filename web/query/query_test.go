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
		if v, err := query.Parse(raw, []string{"a", "b"}, "b"); err == nil {
			if strings.ContainsAny(v["a"], "\n\t") || strings.ContainsRune(v["b"], 0) || !utf8.ValidString(v["b"]) {
				t.Fatalf("%q: %q", raw, v)
			}
		}
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

func TestLongParameters(t *testing.T) {
	known := []string{"a", "b"}
	for raw, want := range map[string]bool{
		"b=" + strings.Repeat("x", query.MostLong-2): true, "b=" + strings.Repeat("x", query.MostLong): false, "b=1%0A%092%0D": true, "b=%00": false,
		"b=1&a=" + strings.Repeat("x", query.Most): false, "b=1&a=" + strings.Repeat("x", query.Most-2): true, "a=1%0A": false, "b=1&b=2": false,
	} {
		if _, err := query.Parse(raw, known, "b"); (err == nil) != want {
			t.Errorf("%.20s… of %d bytes: %v", raw, len(raw), err)
		}
	}
	if _, err := query.Parse("b="+strings.Repeat("x", query.Most), known); spatial.CodeOf(err) != "query.malformed" {
		t.Error(err)
	}
}
