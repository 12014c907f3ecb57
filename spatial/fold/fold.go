// Package fold brings Vietnamese and other texts to forms in which capitals, tone
// marks or signs do not count.
//
// It knows no language's words: what is a street or a ward is parcels/search's.
//
// Invariant: composed and decomposed input fold to the same text, and folding a
// folded text changes nothing. đ counts as d with a mark, as readers take it to be.
package fold

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words brings a text to the form that names are looked up in: lower case, marks
// dropped, đ as d, anything but letters and digits as single spaces, the ASCII
// signs in keep left as they are. Both placements of a tone mark ("hoà", "hòa")
// fold to the same text. What is not UTF-8 is a space.
func Words(s, keep string) string {
	plain := true
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			plain = false
			break
		}
	}
	if !plain {
		s = norm.NFD.String(strings.ToValidUTF8(s, " "))
	}
	b := make([]byte, 0, len(s))
	gap := false
	for _, r := range s {
		switch {
		case r < utf8.RuneSelf && strings.IndexByte(keep, byte(r)) >= 0 && r != 0:
		case unicode.Is(unicode.M, r):
			continue
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð': // eth stands for đ in old files
			r = 'd'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			r = unicode.ToLower(r)
		default:
			gap = len(b) > 0
			continue
		}
		if gap {
			b = append(b, ' ')
			gap = false
		}
		b = utf8.AppendRune(b, r)
	}
	return string(b)
}

// How says what does not count in a comparison; the zero How is nothing: every
// character counts.
type How uint8

const (
	Case    How = 1 << iota // capitals are small letters (by Unicode's simple mappings; ß is ss)
	Accents                 // marks are dropped, đ is d
)

// Text is a text in NFC without what does not count.
func Text(s string, how How) string {
	if how == 0 {
		return s
	}
	return string(Append(make([]byte, 0, len(s)), s, how))
}

// Append appends Text(s, how) to b.
func Append(b []byte, s string, how How) []byte {
	if how == 0 {
		return append(b, s...)
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if how&Case != 0 && 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			b = append(b, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if how&Accents == 0 {
			b = appendCase(b, r, how)
		} else if d := norm.NFD.PropertiesString(s[i:]).Decomposition(); d != nil {
			for len(d) > 0 {
				r, n := utf8.DecodeRune(d)
				b = appendBare(b, r, how)
				d = d[n:]
			}
		} else {
			b = appendBare(b, r, how)
		}
		i += n
	}
	return b
}

func appendBare(b []byte, r rune, how How) []byte {
	switch {
	case unicode.Is(unicode.M, r):
		return b
	case r == 'đ' || r == 'ð':
		r = 'd'
	case r == 'Đ' || r == 'Ð':
		r = 'D'
	}
	return appendCase(b, r, how)
}

func appendCase(b []byte, r rune, how How) []byte {
	if how&Case == 0 {
		return utf8.AppendRune(b, r)
	}
	if r == 'ß' || r == 'ẞ' {
		return append(b, "ss"...)
	}
	// By way of the capital: of the letters that share one, ς and σ, one stands for all.
	return utf8.AppendRune(b, unicode.ToLower(unicode.ToUpper(r)))
}
