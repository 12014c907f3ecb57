package fold_test

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial/fold"
)

func TestText(t *testing.T) {
	for _, c := range []struct{ in, folded, bare, both string }{
		{"", "", "", ""},
		{"Đường Trần Phú", "đường trần phú", "Duong Tran Phu", "duong tran phu"},
		{"ĐÀ LẠT", "đà lạt", "DA LAT", "da lat"},
		{"Hoà / hòa", "hoà / hòa", "Hoa / hoa", "hoa / hoa"},
		{"Straße STRASSE", "strasse strasse", "Straße STRASSE", "strasse strasse"},
		{"ΣΊΣΥΦΟΣ σίσυφος", "σίσυφοσ σίσυφοσ", "ΣΙΣΥΦΟΣ σισυφος", "σισυφοσ σισυφοσ"},
		{"Beyoncé 100%_\\", "beyoncé 100%_\\", "Beyonce 100%_\\", "beyonce 100%_\\"},
		{"한글", "한글", "한글", "한글"},
	} {
		in := norm.NFC.String(c.in)
		for how, want := range map[fold.How]string{0: c.in, fold.Case: c.folded, fold.Accents: c.bare, fold.Case | fold.Accents: c.both} {
			if got := fold.Text(in, how); got != norm.NFC.String(want) {
				t.Errorf("%q by %d: %q, want %q", c.in, how, got, want)
			}
		}
	}
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ in, keep, want string }{
		{"Đà  Lạt – Lâm Đồng!", "", "da lat lam dong"},
		{"12/3-b", "/-", "12/3-b"},
		{"ho\u0300a hoà", "", "hoa hoa"},
		{"a\xffb", "", "a b"},
	} {
		if got := fold.Words(c.in, c.keep); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "Đà Lạt", "hòa", "ẞ", "İI", "\u0344", "ĥ", "ﬁ", "각"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return
		}
		s = norm.NFC.String(s)
		for how := range fold.How(4) {
			once := fold.Text(s, how)
			if twice := fold.Text(once, how); twice != once {
				t.Errorf("%q by %d: %q, then %q", s, how, once, twice)
			}
			if !utf8.ValidString(once) {
				t.Errorf("%q by %d: %q is not UTF-8", s, how, once)
			}
		}
	})
}
