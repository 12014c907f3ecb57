package dxf

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

// script is the encoding that a font has of its own, whatever the drawing's is.
type script struct {
	encoding string // "" = the drawing's
	upper    bool   // all letters are capitals: .VnTimeH
}

// scriptOf tells a font's encoding by its name, as all fonts of TCVN3 and VNI are
// called: ".VnTime", "vnarialh.ttf", "VNI-Times".
func scriptOf(font string) script {
	f := lower(strings.TrimSpace(font))
	if i := strings.LastIndexAny(f, `\/`); i >= 0 {
		f = f[i+1:]
	}
	bare := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(f, ".ttf"), ".shx"), ".ttc")
	switch {
	case strings.HasPrefix(bare, "vni"):
		return script{encoding: textenc.VNI}
	case strings.HasPrefix(bare, ".vn"), strings.HasPrefix(bare, "vn") && len(bare) > 2 && bare != "vntimesnewroman":
		return script{textenc.TCVN3, strings.HasSuffix(bare, "h")}
	}
	return script{}
}

// styled is the script of a text style.
func (d *drawing) styled(style string) script {
	if font, ok := d.fonts[lower(style)]; ok && font != "" {
		if s := scriptOf(font); s.encoding != "" {
			return s
		}
	}
	return scriptOf(style) // a style called .VnTime says it too
}

// writer puts a text together from runs in several encodings.
type writer struct {
	d       *drawing
	script  script
	pending []byte
	out     strings.Builder
	unsure  bool
	mixed   bool
}

// flush decodes what is pending.
func (w *writer) flush() {
	b := w.pending
	w.pending = w.pending[:0]
	if len(b) == 0 {
		return
	}
	text := ""
	switch {
	case w.script.encoding != "":
		text = w.own(b)
	case w.d.unicode:
		text = strings.ToValidUTF8(string(b), "\ufffd")
	case plain(b):
		text = string(b)
	default:
		if name, ok := textenc.FromCPG(w.d.codepage); ok && name != textenc.CP1252 && name != textenc.Latin1 {
			text = decode(name, b)
			break
		}
		w.unsure = true
		w.out.Write(b) // replaced, or decoded at the end
		return
	}
	w.mixed = w.mixed || !plain([]byte(text))
	w.out.WriteString(text)
}

// own decodes a run in its font's encoding. In a drawing of UTF-8 the font's bytes
// stand as the letters of Windows-1252 that have them.
func (w *writer) own(b []byte) string {
	if w.d.unicode {
		back, ok := bytesOf(string(b))
		if !ok {
			return strings.ToValidUTF8(string(b), "\ufffd") // real Vietnamese under an old font's name
		}
		b = back
	}
	text := decode(w.script.encoding, b)
	if w.script.upper {
		text = strings.ToUpper(text)
	}
	return text
}

// bytesOf is a text's bytes in Windows-1252, where each letter has one.
func bytesOf(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case ok:
			out = append(out, c)
		case r >= 0x80 && r < 0xa0:
			out = append(out, byte(r))
		default:
			return nil, false
		}
	}
	return out, true
}

// decode is bytes as text; bytes without a letter stand for Latin-1's.
func decode(name string, b []byte) string {
	if to, err := textenc.Decoder(name); err == nil {
		if s, err := to(b); err == nil {
			return s
		}
	}
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return string(r)
}

func plain(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// letter writes a letter that stood as a code.
func (w *writer) letter(r rune) {
	if w.script.encoding != "" && !w.d.unicode {
		if b, ok := bytesOf(string(r)); ok {
			w.pending = append(w.pending, b...)
			return
		}
	}
	if w.script.encoding != "" && w.d.unicode {
		w.pending = utf8.AppendRune(w.pending, r)
		return
	}
	if r < utf8.RuneSelf {
		w.pending = append(w.pending, byte(r))
		return
	}
	w.flush()
	w.mixed = true
	w.out.WriteRune(r)
}

// result is the text as an attribute without a name.
func (w *writer) result() raw.Attr {
	w.flush()
	s := w.out.String()
	if !w.unsure {
		return raw.Attr{Value: spatial.Text(strings.TrimSpace(s))}
	}
	if w.mixed {
		return raw.Attr{Value: spatial.Text(strings.TrimSpace(mend(s)))}
	}
	return raw.Attr{Raw: []byte(strings.TrimSpace(s))}
}

// mend reads what is not UTF-8 in a text as Windows-1252.
func mend(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			b.WriteString(decode(textenc.CP1252, []byte{s[0]}))
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

// name is a name of the drawing: a CAD layer, a block, a tag.
func (d *drawing) name(s string) string {
	w := writer{d: d}
	w.escaped(s, false)
	a := w.result()
	if a.Raw != nil {
		if utf8.Valid(a.Raw) {
			return string(a.Raw)
		}
		return decode(textenc.CP1252, a.Raw)
	}
	return a.Value.Text()
}

// value is what a text entity says; false where that is nothing.
func (d *drawing) value(e *entity) (raw.Attr, bool) {
	w := writer{d: d, script: d.styled(e.style)}
	w.escaped(e.text, e.kind == "MTEXT")
	a := w.result()
	return a, a.Raw != nil || !a.Value.IsNull() && a.Value.Text() != ""
}

// escaped writes a text with its codes: \U+1EA1 and %%d in all, and where rich the
// formatting of an MTEXT, of which only fonts, lines and fractions count.
func (w *writer) escaped(s string, rich bool) {
	var stack []script
	for i := 0; i < len(s); {
		rest := s[i:]
		switch {
		case len(rest) >= 7 && rest[0] == '\\' && (rest[1] == 'U' || rest[1] == 'u') && rest[2] == '+':
			r, err := strconv.ParseUint(rest[3:7], 16, 16)
			if err != nil {
				w.pending = append(w.pending, rest[:3]...)
				i += 3
				continue
			}
			w.letter(rune(r))
			i += 7
		case strings.HasPrefix(rest, "%%"):
			i += w.percent(rest)
		case rich && rest[0] == '\\' && len(rest) > 1:
			i += w.format(rest)
		case rich && rest[0] == '{':
			if len(stack) < mostNested*8 {
				stack = append(stack, w.script)
			}
			i++
		case rich && rest[0] == '}':
			if n := len(stack); n > 0 {
				w.flush()
				w.script, stack = stack[n-1], stack[:n-1]
			}
			i++
		default:
			w.pending = append(w.pending, rest[0])
			i++
		}
	}
}

// percent writes a code that begins with %% and says how long it is.
func (w *writer) percent(s string) int {
	if len(s) < 3 {
		w.pending = append(w.pending, s...)
		return len(s)
	}
	switch s[2] {
	case 'd', 'D':
		w.letter('°')
	case 'c', 'C':
		w.letter('⌀')
	case 'p', 'P':
		w.letter('±')
	case 'u', 'U', 'o', 'O', 'k', 'K': // a line under, over, through
	case '%':
		w.pending = append(w.pending, '%')
	default:
		if len(s) >= 5 {
			if c, err := strconv.ParseUint(s[2:5], 10, 8); err == nil && c >= 32 {
				if c < utf8.RuneSelf || !w.d.unicode {
					w.pending = append(w.pending, byte(c))
				} else {
					w.letter(rune(c))
				}
				return 5
			}
		}
		w.pending = append(w.pending, '%', '%')
		return 2
	}
	return 3
}

// format reads a formatting code of an MTEXT and says how long it is.
func (w *writer) format(s string) int {
	argument := func() (string, int) {
		if end := strings.IndexByte(s, ';'); end >= 0 {
			return s[2:end], end + 1
		}
		return "", 2
	}
	switch s[1] {
	case 'P', 'N', 'X':
		w.pending = append(w.pending, '\n')
	case '~':
		w.pending = append(w.pending, ' ')
	case '\\', '{', '}':
		w.pending = append(w.pending, s[1])
	case 'L', 'l', 'O', 'o', 'K', 'k':
	case 'f', 'F':
		font, n := argument()
		w.flush()
		font, _, _ = strings.Cut(font, "|")
		w.script = scriptOf(font)
		return n
	case 'S': // a fraction
		over, n := argument()
		w.pending = append(w.pending, strings.NewReplacer("^", "/", "#", "/").Replace(over)...)
		return n
	case 'H', 'C', 'c', 'T', 'Q', 'W', 'A', 'p':
		_, n := argument()
		return n
	default:
		w.pending = append(w.pending, s[0])
		return 1
	}
	return 2
}

func lower(s string) string { return strings.ToLower(s) }
