package textenc

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
)

const sentence = "Thửa đất số 12, tờ bản đồ 45, Phường Xuân Hương - Đà Lạt, tỉnh Lâm Đồng; đường Nguyễn Thị Minh Khai, hẻm ở giữa vườn ươm, quỹ đất, huỷ, ngõ"

// iconv converts with glibc, the oracle.
func iconv(t *testing.T, from, to string, b []byte) ([]byte, error) {
	t.Helper()
	if _, err := exec.LookPath("iconv"); err != nil {
		t.Fatal("iconv is needed as an oracle")
	}
	cmd := exec.Command("iconv", "-f", from, "-t", to)
	cmd.Stdin = bytes.NewReader(b)
	var out bytes.Buffer
	cmd.Stdout = &out
	err := cmd.Run()
	return out.Bytes(), err
}

// Each byte, alone, is what glibc says it is.
func TestBytesAgainstIconv(t *testing.T) {
	for name, theirs := range map[string]string{VISCII: "VISCII", TCVN3: "TCVN5712-1", CP1258: "CP1258", CP1252: "CP1252", Latin1: "ISO-8859-1"} {
		decode, err := Decoder(name)
		if err != nil {
			t.Fatal(err)
		}
		letters := 0
		for c := 0; c < 256; c++ {
			got, err := decode([]byte{byte(c)})
			want, werr := iconv(t, theirs, "UTF-8", []byte{byte(c)})
			if err != nil {
				if name == TCVN3 { // VN3 has fewer letters than the VN1 that glibc knows
					continue
				}
				if werr == nil {
					t.Errorf("%s %#02x: %v, glibc has %q", name, c, err, want)
				}
				continue
			}
			if name == TCVN3 && c < 0x20 {
				continue // VN1 has capitals there, VN3 has not
			}
			if werr != nil || got != norm.NFC.String(string(want)) {
				t.Errorf("%s %#02x: %q, glibc has %q (%v)", name, c, got, want, werr)
			}
			if c >= 0x80 {
				letters++
			}
		}
		if least := map[string]int{VISCII: 128, TCVN3: 75, CP1258: 119, CP1252: 123, Latin1: 128}[name]; letters < least {
			t.Errorf("%s: only %d high bytes decode", name, letters)
		}
	}
}

// A sentence glibc encoded comes back.
func TestSentenceAgainstIconv(t *testing.T) {
	for name, theirs := range map[string]string{VISCII: "VISCII", TCVN3: "TCVN5712-1", CP1258: "CP1258"} {
		text := sentence
		if name == CP1258 {
			text = decomposed(text)
		}
		b, err := iconv(t, "UTF-8", theirs, []byte(text))
		if err != nil {
			t.Fatal(name, err)
		}
		decode, err := Decoder(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decode(b); err != nil || got != sentence {
			t.Errorf("%s: %q %v", name, got, err)
		}
		if got, sure := Detect([][]byte{b}); got != name || sure < 0.7 {
			t.Errorf("%s was taken for %s, %.2f sure", name, got, sure)
		}
	}
}

// decomposed takes the tones off the letters, as windows-1258 writes them.
func decomposed(s string) string {
	var b strings.Builder
	for _, r := range s {
		d := norm.NFD.String(string(r))
		tone := ""
		var base []rune
		for _, m := range d {
			switch string(m) {
			case grave, acute, tilde, hook, dot:
				tone = string(m)
			default:
				base = append(base, m)
			}
		}
		b.WriteString(norm.NFC.String(string(base)) + tone)
	}
	return b.String()
}

func TestVNI(t *testing.T) {
	decode, err := Decoder(VNI)
	if err != nil {
		t.Fatal(err)
	}
	for latin1, want := range map[string]string{
		"Ñaø Laït, Laâm Ñoàng":             "Đà Lạt, Lâm Đồng",
		"ÑAØ LAÏT":                         "ĐÀ LẠT",
		"Ñöôøng Nguyeãn Thò Minh Khai":     "Đường Nguyễn Thị Minh Khai",
		"Phöôøng 4, thöûa ñaát, quyõ ñaát": "Phường 4, thửa đất, quỹ đất",
		"kyù, lyù, kyø, kî":                "ký, lý, kỳ, kỵ",
		"Aán, AÁn, OÂ, Ôû, ÔÛ, Öa":         "Ấn, Ấn, Ô, Ở, Ở, Ưa",
		"ñaëc bieät, naêng löïc":           "đặc biệt, năng lực",
		"plain 12/3":                       "plain 12/3",
	} {
		b, err := iconv(t, "UTF-8", "ISO-8859-1", []byte(latin1))
		if err != nil {
			t.Fatal(latin1, err)
		}
		if got, err := decode(b); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", latin1, got, want, err)
		}
	}
	if _, err := decode([]byte("x\xF8")); spatial.CodeOf(err) != "text.undecodable" {
		t.Error("a mark on no vowel passed:", err)
	}
	b, err := iconv(t, "UTF-8", "ISO-8859-1", []byte("Ñaø Laït, Laâm Ñoàng, phöôøng Xuaân Höông"))
	if err != nil {
		t.Fatal(err)
	}
	if got, sure := Detect([][]byte{b}); got != VNI || sure < 0.7 {
		t.Errorf("VNI was taken for %s, %.2f sure", got, sure)
	}
}

func TestUTF8(t *testing.T) {
	decode, err := Decoder(UTF8)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decode([]byte("\ufeffĐa\u0300 Lạt")); err != nil || got != "Đà Lạt" {
		t.Error(got, err)
	}
	_, err = decode([]byte("ab\xffc"))
	if e, ok := err.(*spatial.Error); !ok || e.Code != "text.notUTF8" || e.Args["offset"] != 2 {
		t.Error(err)
	}
	if _, err := Decoder("EBCDIC"); spatial.CodeOf(err) != "encoding.unknown" {
		t.Error(err)
	}
}

func TestTCVN3SoftHyphen(t *testing.T) {
	decode, err := Decoder(TCVN3)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decode([]byte("M\xAD\xEAng \xA7\xB5 L\xB9t")); err != nil || got != "Mường Đà Lạt" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := decode([]byte{0x80}); spatial.CodeOf(err) != "text.undecodable" {
		t.Error(err)
	}
}

func TestFromCPG(t *testing.T) {
	for text, want := range map[string]string{"UTF-8": UTF8, "65001": UTF8, "utf8\r\n": UTF8, "1258": CP1258, "ANSI 1258": CP1258, "windows-1258": CP1258, "cp1252": CP1252, "88591": Latin1, "ISO-8859-1": Latin1,
		"TCVN3": TCVN3, "VISCII": VISCII, "VNI": VNI, "LDID/3": CP1252, "LDID/87": "", "LDID/0": "", "": "", "Big5": ""} {
		if got, ok := FromCPG(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v, want %q", text, got, ok, want)
		}
	}
}

func TestDetectHonestly(t *testing.T) {
	if name, sure := Detect([][]byte{[]byte("plain"), []byte("12")}); name != UTF8 || sure != 1 {
		t.Error(name, sure)
	}
	if name, sure := Detect([][]byte{[]byte("Đà Lạt")}); name != UTF8 || sure < 0.9 {
		t.Error(name, sure)
	}
	french := []byte("\xc9v\xeach\xe9, ch\xe2teau, gar\xe7on, l'\xe9t\xe9, na\xefve, B\xfbche, No\xebl")
	if name, sure := Detect([][]byte{french}); sure > 0.6 {
		t.Error("French taken for", name, sure)
	}
	if _, sure := Detect([][]byte{[]byte("L\xb9t")}); sure > 0.5 {
		t.Error("one letter proves nothing", sure)
	}
	if name, sure := Detect(nil); name != UTF8 || sure != 1 {
		t.Error(name, sure)
	}
}

func TestSyllable(t *testing.T) {
	for _, w := range strings.FieldsFunc(sentence+" nghiêng khuỷu giếng Ở ĐƯỜNG thuở quốc yếu", func(r rune) bool { return strings.ContainsRune(" ,;-0123456789", r) }) {
		if !Syllable(w) {
			t.Error(w, "is a syllable")
		}
	}
	for _, w := range []string{"Lât¹", "ÐàLạt", "strength", "çà", "àả", "lạT", "", "b"} {
		if Syllable(w) {
			t.Error(w, "is none")
		}
	}
}

// Whatever the bytes: no panic, NFC or an error with a code.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xA7\xB5 L\xB9t"))
	f.Add([]byte("\xD1a\xF8 La\xEFt"))
	f.Add([]byte("\xef\xbb\xbfĐà Lạt"))
	f.Add([]byte("D\xCC\xCC\xD2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, name := range Names() {
			decode, err := Decoder(name)
			if err != nil {
				t.Fatal(err)
			}
			s, err := decode(b)
			if err != nil && spatial.CodeOf(err) == "" {
				t.Fatal("an error without a code:", err)
			}
			if err == nil && !norm.NFC.IsNormalString(s) {
				t.Fatalf("%s: %q is not NFC", name, s)
			}
		}
		if name, sure := Detect([][]byte{b}); name == "" || !(sure >= 0 && sure <= 1) {
			t.Fatal(name, sure)
		}
		FromCPG(string(b))
		Syllable(string(b))
	})
}

// A font that draws small letters as capitals is told by its name alone.
func TestCapitalsOfTheFont(t *testing.T) {
	name, ok := FromCPG(".VnTimeH")
	decode, err := Decoder(name)
	if err != nil || !ok {
		t.Fatal(name, ok, err)
	}
	if got, err := decode([]byte("ph\xad\xeang xu\xa9n h\xad\xacng, \xae\xb5 l\xb9t")); err != nil || got != "PHƯỜNG XUÂN HƯƠNG, ĐÀ LẠT" {
		t.Fatalf("%q, %v", got, err)
	}
	if name, _ := FromCPG(".VnTime"); name != TCVN3 {
		t.Fatalf(".VnTime is %q", name)
	}
}
