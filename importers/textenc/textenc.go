// Package textenc turns the bytes of old Vietnamese files into text: UTF-8,
// windows-1258, windows-1252, Latin-1, TCVN3 (.VnTime), VNI and VISCII.
//
// It is not a guesser by itself: Detect says what it thinks and how sure it is,
// and whoever asked decides.
//
// Invariant: a decoder gives NFC or an error. A byte that an encoding has no
// letter for is never dropped or replaced.
package textenc

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
)

// Names of the encodings.
const (
	UTF8   = "utf-8"
	CP1258 = "windows-1258"
	CP1252 = "windows-1252"
	Latin1 = "iso-8859-1"
	TCVN3  = "tcvn3"
	VNI    = "vni"
	VISCII = "viscii"

	// TCVN3H is TCVN3 of a font with an H at the end of its name (.VnTimeH), which
	// draws small letters as capitals: the bytes do not tell it from TCVN3.
	TCVN3H = "tcvn3h"
)

const (
	decodeOp = "decode text"
)

// Names lists the encodings there are decoders for.
func Names() []string { return []string{UTF8, CP1258, CP1252, Latin1, TCVN3, TCVN3H, VNI, VISCII} }

// Decoder is the decoder of an encoding: bytes to text in NFC. It is pure and
// safe to use from many goroutines.
//
// Errors: Invalid "encoding.unknown"; of the decoder "text.notUTF8" and
// "text.undecodable", with the offset.
func Decoder(name string) (func([]byte) (string, error), error) {
	switch name {
	case UTF8:
		return decodeUTF8, nil
	case CP1258:
		return byCharmap(CP1258, charmap.Windows1258), nil
	case CP1252:
		return byCharmap(CP1252, charmap.Windows1252), nil
	case Latin1:
		return byCharmap(Latin1, charmap.ISO8859_1), nil
	case TCVN3:
		return byTable(TCVN3, [32]rune{}, []rune(tcvn3)), nil
	case TCVN3H:
		small := byTable(TCVN3, [32]rune{}, []rune(tcvn3))
		return func(b []byte) (string, error) {
			s, err := small(b)
			return strings.ToUpper(s), err
		}, nil
	case VISCII:
		return byTable(VISCII, [32]rune{2: 'Ẳ', 5: 'Ẵ', 6: 'Ẫ', 0x14: 'Ỷ', 0x19: 'Ỹ', 0x1E: 'Ỵ'}, []rune(viscii)), nil
	case VNI:
		return decodeVNI, nil
	}
	return nil, &spatial.Error{Op: decodeOp, Kind: spatial.Invalid, Code: "encoding.unknown",
		Args: map[string]any{"value": name, "known": strings.Join(Names(), ", ")}}
}

func decodeUTF8(b []byte) (string, error) {
	if !utf8.Valid(b) {
		at := 0
		for at < len(b) {
			r, n := utf8.DecodeRune(b[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return "", &spatial.Error{Op: decodeOp, Kind: spatial.Invalid, Code: "text.notUTF8", Args: map[string]any{"offset": at}}
	}
	return norm.NFC.String(strings.TrimPrefix(string(b), "\ufeff")), nil
}

// ascii is the index of the first byte that is not plain ASCII text, counting
// control characters below space as plain; -1 = none.
func ascii(b []byte) int {
	for i, c := range b {
		if c >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

func undecodable(name string, b []byte, at int) error {
	return &spatial.Error{Op: decodeOp, Kind: spatial.Invalid, Code: "text.undecodable",
		Args: map[string]any{"encoding": name, "offset": at, "byte": int(b[at])}}
}

// byCharmap decodes byte by byte; windows-1258 has its tone marks as combining
// characters behind the letter, which NFC puts together.
func byCharmap(name string, m *charmap.Charmap) func([]byte) (string, error) {
	return func(b []byte) (string, error) {
		if ascii(b) < 0 {
			return string(b), nil
		}
		var s strings.Builder
		s.Grow(2 * len(b))
		for i, c := range b {
			r := m.DecodeByte(c)
			if r == utf8.RuneError {
				return "", undecodable(name, b, i)
			}
			s.WriteRune(r)
		}
		return norm.NFC.String(s.String()), nil
	}
}

// byTable decodes by a table for 0x80…0xFF, where '·' is no letter, and one for
// control characters that stand for letters.
func byTable(name string, low [32]rune, high []rune) func([]byte) (string, error) {
	return func(b []byte) (string, error) {
		var s strings.Builder
		s.Grow(2 * len(b))
		for i, c := range b {
			r := rune(c)
			switch {
			case c < 32 && low[c] != 0:
				r = low[c]
			case c >= 0x80:
				if r = high[c-0x80]; r == '·' {
					return "", undecodable(name, b, i)
				}
			}
			s.WriteRune(r)
		}
		return s.String(), nil
	}
}
