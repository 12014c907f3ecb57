package textenc

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// FromCPG is the encoding that the text of a .cpg, or "LDID/…" of a .dbf, names;
// ok is false where it names none there is a decoder for, or means no more than
// "the system's own" (LDID/87, which Vietnamese programs write over anything).
func FromCPG(text string) (name string, ok bool) {
	key := strings.NewReplacer(" ", "", "-", "", "_", "", ".", "", "\x00", "").Replace(strings.ToUpper(strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))))
	switch strings.TrimPrefix(strings.TrimPrefix(key, "ANSI"), "CP") {
	case "65001", "UTF8", "UTF8BOM":
		return UTF8, true
	case "1258", "WINDOWS1258", "WIN1258":
		return CP1258, true
	case "1252", "WINDOWS1252", "WIN1252", "LDID/3", "LDID/88", "LDID/89":
		return CP1252, true
	case "28591", "88591", "ISO88591", "ISO8859", "LATIN1", "819":
		return Latin1, true
	case "TCVN3", "TCVN", "TCVN5712", "TCVN5712:1993", "VN3", "ABC", "TCVN3(ABC)", "VNTIME":
		return TCVN3, true
	case "TCVN3H", "VNTIMEH":
		return TCVN3H, true
	case "VNI", "VNIWINDOWS":
		return VNI, true
	case "VISCII", "VISCII11", "VISCII111":
		return VISCII, true
	}
	return "", false
}

// Detect says which encoding the samples are most likely in, and how sure that
// is, 0…1. Plain ASCII and valid UTF-8 are told by their bytes. For the rest,
// each encoding is tried, and the share of words with marked letters that come
// out as Vietnamese syllables decides; what no Vietnamese encoding makes sense of
// is windows-1252, unsurely. Fewer than three high bytes prove little.
func Detect(samples [][]byte) (name string, confidence float64) {
	high, isUTF8 := 0, true
	for _, s := range samples {
		isUTF8 = isUTF8 && utf8.Valid(s)
		for _, c := range s {
			if c >= 0x80 || isVISCII(c) {
				high++
			}
		}
	}
	if isUTF8 && high == 0 {
		return UTF8, 1
	}
	if isUTF8 && !onlyControls(samples) {
		return UTF8, 0.99
	}
	var first, second share
	var words []string
	for _, e := range []string{TCVN3, CP1258, VNI, VISCII} {
		s, decoded := measure(e, samples)
		switch {
		case s.value > first.value:
			if !same(words, decoded) {
				second = first
			}
			first, words = s, decoded
		case s.value > second.value && !same(words, decoded):
			second = s
		}
	}
	if first.value < 0.5 {
		return CP1252, 0.3
	}
	sure := first.value - second.value/2
	if high < 3 || first.words < 2 {
		sure = min(sure, 0.5)
	}
	return first.name, sure
}

// isVISCII reports the control characters that VISCII has capitals at.
func isVISCII(c byte) bool {
	return c == 2 || c == 5 || c == 6 || c == 0x14 || c == 0x19 || c == 0x1E
}

func onlyControls(samples [][]byte) bool {
	for _, s := range samples {
		if ascii(s) >= 0 {
			return false
		}
	}
	return true
}

type share struct {
	name  string
	value float64 // of words with marks, those that are Vietnamese syllables
	words int
}

// measure decodes the samples and counts. A sample that cannot be decoded counts
// as one word that is no syllable for each of its high bytes.
func measure(name string, samples [][]byte) (share, []string) {
	decode, err := Decoder(name)
	if err != nil {
		return share{}, nil
	}
	s := share{name: name}
	good := 0
	var all []string
	for _, b := range samples {
		text, err := decode(b)
		if err != nil {
			s.words++
			continue
		}
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r < utf8.RuneSelf }) {
			if ascii([]byte(w)) < 0 {
				continue
			}
			all = append(all, w)
			s.words++
			if Syllable(w) {
				good++
			}
		}
	}
	if s.words > 0 {
		s.value = float64(good) / float64(s.words)
	}
	return s, all
}

func same(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// Syllable reports whether a word is built as a Vietnamese syllable is: a known
// beginning, vowels, a known end, one tone at most, and letters of one case
// after the first.
func Syllable(word string) bool {
	runes := []rune(norm.NFC.String(word))
	upper, lower := 0, 0
	for i, r := range runes {
		switch {
		case i == 0:
		case unicode.IsUpper(r):
			upper++
		case unicode.IsLower(r):
			lower++
		}
	}
	if upper > 0 && (lower > 0 || !unicode.IsUpper(runes[0])) {
		return false
	}
	// Tones away, vowels' own marks kept.
	tone := ""
	var plain strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(string(runes))) {
		switch m := string(r); m {
		case grave, acute, tilde, hook, dot:
			if tone != "" {
				return false
			}
			tone = m
		default:
			plain.WriteRune(r)
		}
	}
	s := norm.NFC.String(plain.String())
	for _, start := range [...]string{"ngh", "ng", "nh", "ch", "gh", "gi", "kh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", ""} {
		rest, ok := strings.CutPrefix(s, start)
		if ok && rhyme(rest, tone) {
			return true
		}
	}
	return false
}

// rhyme reports whether s is vowels that stand together and a known end. Before
// c, ch, p and t there are two tones only.
func rhyme(s, tone string) bool {
	vowels := strings.TrimRightFunc(s, func(r rune) bool { return !strings.ContainsRune("aăâeêioôơuưy", r) })
	switch s[len(vowels):] {
	case "", "m", "n", "ng", "nh":
	case "c", "ch", "p", "t":
		if tone != acute && tone != dot {
			return false
		}
	default:
		return false
	}
	switch vowels {
	case "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y",
		"ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "ia", "iê", "iu", "oa", "oă", "oe", "oi", "oo", "ôi", "ơi",
		"ua", "uâ", "uê", "ui", "uô", "uơ", "uy", "ưa", "ưi", "ươ", "ưu", "yê",
		"iêu", "oai", "oao", "oay", "oeo", "uây", "uôi", "uya", "uyê", "uyu", "ươi", "ươu", "yêu":
		return true
	}
	return false
}
