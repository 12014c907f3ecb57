package search

import (
	"strings"

	"github.com/langbiang/langbiang/spatial/fold"
)

// Fold brings a text to the form that texts are compared in: lower case, marks
// dropped, đ as d, anything but letters and digits as single spaces.
func Fold(s string) string { return fold.Words(s, "") }

// part is one part of a reference as keys hold it: "012" is "12", "D5 - II" is "d5-ii".
func part(s string) string {
	s = strings.ReplaceAll(Fold(s), " ", "-")
	if t := strings.TrimLeft(s, "0"); t != "" && t[0] != '-' {
		return t
	}
	return s
}

// squeezed is a code without its signs: "OM-12", "om 12" and "OM.12" are "om12".
func squeezed(s string) string { return strings.ReplaceAll(Fold(s), " ", "") }

// natural is a reference's part in the order of its numbers: as a key, 10 stands
// after 9.
func natural(s string) string {
	var b strings.Builder
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
		if n < 0 {
			n = len(s)
		}
		if n > 0 {
			b.WriteString(strings.Repeat("0", max(0, 16-n)))
			b.WriteString(s[:n])
			s = s[n:]
			continue
		}
		m := strings.IndexAny(s, "0123456789")
		if m < 0 {
			m = len(s)
		}
		b.WriteString(s[:m])
		s = s[m:]
	}
	return b.String()
}

// hasDigit reports whether a text holds a decimal digit.
func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// digits reports whether a text is digits only.
func digits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// suffixes gives the ends of a folded text that begin at its second and later words.
func suffixes(s string) []string {
	var out []string
	for {
		_, rest, found := strings.Cut(s, " ")
		if !found {
			return out
		}
		out = append(out, rest)
		s = rest
	}
}

// street is a folded road name without the word for road, unless that is all of it.
func street(s string) string {
	for _, w := range []string{"duong pho ", "duong ", "pho "} {
		if rest, ok := strings.CutPrefix(s, w); ok {
			return rest
		}
	}
	return s
}

// address is a folded address with the words left out that some write and some do
// not: "Số 44 đường Trần Phú" is "44 tran phu".
func address(s string) string {
	s = Fold(s)
	for _, w := range []string{"so nha ", "nha so ", "so "} {
		if rest, ok := strings.CutPrefix(s, w); ok && hasDigit(firstWord(rest)) {
			s = rest
			break
		}
	}
	words := strings.Fields(s)
	for i, w := range words {
		if !hasDigit(w) && len(w) > 1 {
			if i > 0 && i+1 < len(words) && (w == "duong" || w == "pho") {
				words = append(words[:i:i], words[i+1:]...)
			}
			break
		}
	}
	return strings.Join(words, " ")
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

// ward is a folded ward name with the usual short forms written out: "P.1", "p1"
// are "phuong 1".
func ward(s string) string {
	s = Fold(s)
	if rest, ok := strings.CutPrefix(s, "p"); ok && digits(strings.TrimSpace(rest)) {
		return "phuong " + strings.TrimLeft(strings.TrimSpace(rest), "0")
	}
	for _, w := range [...][2]string{{"p ", "phuong "}, {"tt ", "thi tran "}, {"x ", "xa "}} {
		if rest, ok := strings.CutPrefix(s, w[0]); ok {
			return w[1] + rest
		}
	}
	return s
}

// bare is a ward name without the word for its kind, unless a number is all that
// would be left.
func bare(s string) string {
	for _, w := range []string{"phuong ", "xa ", "thi tran ", "dac khu "} {
		if rest, ok := strings.CutPrefix(s, w); ok && !digits(rest) {
			return rest
		}
	}
	return s
}
