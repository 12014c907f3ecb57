package textenc

import (
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

const (
	grave      = "\u0300"
	acute      = "\u0301"
	circumflex = "\u0302"
	tilde      = "\u0303"
	breve      = "\u0306"
	hook       = "\u0309"
	dot        = "\u0323"
)

// vniSingle are the letters that VNI writes as one byte.
func vniSingle(c byte) rune {
	switch c {
	case 0xF4:
		return 'ơ'
	case 0xF6:
		return 'ư'
	case 0xF1:
		return 'đ'
	case 0xEC:
		return 'ì'
	case 0xE6:
		return 'ỉ'
	case 0xF3:
		return 'ĩ'
	case 0xED:
		return 'í'
	case 0xF2:
		return 'ị'
	case 0xEE:
		return 'ỵ'
	case 0xD4, 0xD6, 0xD1, 0xCC, 0xC6, 0xD3, 0xCD, 0xD2, 0xCE:
		return unicode.ToUpper(vniSingle(c + 0x20))
	}
	return 0
}

// vniMark is what a mark byte, small or capital, puts on the letter before it.
func vniMark(c byte) string {
	switch c | 0x20 {
	case 0xF8:
		return grave
	case 0xF9:
		return acute
	case 0xFB:
		return hook
	case 0xF5:
		return tilde
	case 0xEF:
		return dot
	case 0xE2:
		return circumflex
	case 0xE0:
		return circumflex + grave
	case 0xE1:
		return circumflex + acute
	case 0xE5:
		return circumflex + hook
	case 0xE3:
		return circumflex + tilde
	case 0xE4:
		return dot + circumflex
	case 0xEA:
		return breve
	case 0xE8:
		return breve + grave
	case 0xE9:
		return breve + acute
	case 0xFA:
		return breve + hook
	case 0xFC:
		return breve + tilde
	case 0xEB:
		return dot + breve
	}
	return ""
}

// vniTakes reports whether a base letter can bear a mark: ă only of a; â ê ô of
// a e o; tones of any vowel that has no byte of its own for them.
func vniTakes(base byte, mark string) bool {
	var bases string
	switch {
	case strings.Contains(mark, breve):
		bases = "aA"
	case strings.Contains(mark, circumflex):
		bases = "aAeEoO"
	case mark == dot: // ỵ has a byte of its own
		bases = "aAeEoOuU\xF4\xD4\xF6\xD6"
	default:
		bases = "aAeEoOuUyY\xF4\xD4\xF6\xD6"
	}
	return strings.IndexByte(bases, base) >= 0
}

// decodeVNI reads VNI for Windows: a base letter and a mark byte behind it, or
// one byte. A capital base may bear a small mark, not the other way round.
// Bytes of neither kind are as in windows-1252.
func decodeVNI(b []byte) (string, error) {
	var s strings.Builder
	s.Grow(2 * len(b))
	for i := 0; i < len(b); i++ {
		c := b[i]
		base := rune(c)
		if c >= 0x80 {
			if base = vniSingle(c); base == 0 {
				base = charmap.Windows1252.DecodeByte(c)
				if base == unicode.ReplacementChar || unicode.IsLetter(base) {
					return "", undecodable(VNI, b, i) // a mark without its letter, or no letter of VNI
				}
			}
		}
		s.WriteRune(base)
		if i+1 < len(b) {
			mark := vniMark(b[i+1])
			small := b[i+1]&0x20 != 0
			if mark != "" && vniTakes(c, mark) && (small || unicode.IsUpper(base)) {
				s.WriteString(mark)
				i++
			}
		}
	}
	return norm.NFC.String(s.String()), nil
}
