package spot

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Bounds of a text, in bytes: of one as typed, and of one with its words read.
const (
	mostTyped = 300
	mostText  = 100
)

// separators stand between the two coordinates. A minus may be one, too.
const separators = " ,;/|-"

// prepared is a text with its words read: digits and signs remain, and one letter
// for each label: N S E W where a word said it, n s e w where a letter did, x, y.
type prepared struct {
	text  string
	crs   spatial.SRID // the system that the text names; 0 = none
	datum spatial.SRID // VN-2000 or WGS 84, where the text names no more than that
}

// prepare reads the words of a text; false where there is one that it does not know.
func prepare(typed string) (prepared, bool) {
	if len(typed) > mostTyped || !strings.ContainsAny(typed, "0123456789") {
		return prepared{}, false
	}
	text, p, ok := named(folded(typed))
	if !ok {
		return prepared{}, false
	}
	text = strings.NewReplacer("(", " ", ")", " ", "vi do", " lat ", "kinh do", " lon ", "toa do", " ").Replace(text)
	var b strings.Builder
	for text != "" {
		n := strings.IndexFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
		if n < 0 {
			n = len(text)
		}
		if n == 0 {
			b.WriteByte(text[0])
			text = text[1:]
			continue
		}
		sign, known := words[text[:n]]
		if !known {
			return prepared{}, false
		}
		b.WriteString(sign)
		text = text[n:]
	}
	p.text = strings.Join(strings.Fields(b.String()), " ")
	return p, true
}

// words are the words that may stand beside coordinates, folded, and what is
// written for them.
var words = map[string]string{
	"lat": " N ", "latitude": " N ", "north": " N ", "northing": " N ", "bac": " N ",
	"lon": " E ", "lng": " E ", "long": " E ", "longitude": " E ", "east": " E ", "easting": " E ", "dong": " E ",
	"south": " S ", "nam": " S ", "west": " W ", "tay": " W ",
	"n": " n ", "b": " n ", "e": " e ", "d": " e ", "s": " s ", "w": " w ", "t": " w ", "x": " x ", "y": " y ",
	"do": "°", "deg": "°", "degrees": "°", "phut": "'", "min": "'", "giay": `"`, "sec": `"`,
	"m": " ", "met": " ", "metres": " ", "meters": " ", "coordinates": " ", "coords": " ", "geo": " ", "va": " ", "and": " ",
}

// folded is a text in ASCII as far as coordinates need it: lower case without
// marks, one kind of prime, of minus and of space; the degree sign is the only
// other sign left. What has no place here is '?'.
func folded(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToValidUTF8(s, "?")) {
		switch {
		case unicode.Is(unicode.M, r):
		case r == 'đ' || r == 'Đ' || r == 'ð' || r == 'Ð':
			b.WriteByte('d')
		case strings.ContainsRune("°º˚∘", r):
			b.WriteString("°")
		case strings.ContainsRune("'′’‘´ʹ`", r):
			b.WriteByte('\'')
		case strings.ContainsRune("\"″”“ʺ", r):
			b.WriteByte('"')
		case strings.ContainsRune("-−–—‐‑", r):
			b.WriteByte('-')
		case unicode.IsSpace(r) || strings.ContainsRune("[]{}&=", r):
			b.WriteByte(' ')
		case r < unicode.MaxASCII:
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte('?')
		}
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(b.String()), " "), "''", `"`)
}

// The ways a text names its system, in a folded text.
var (
	byCode     = regexp.MustCompile(`\bepsg[ :]*(\d{4,5})\b`)
	byUTM      = regexp.MustCompile(`\butm(?: zone)? *(48|49) *n?\b`)
	byMeridian = regexp.MustCompile(`\b(?:ktt|kttw|kt|kinh tuyen(?: truc| trung uong)?|central meridian|meridian|cm|lon_0)[ :]*(1\d\d)\b(?:[.,](\d{1,4})\b| *(?:°|do\b|-) *(\d{1,2})\b(?: *(?:'|phut\b))?| *°)?`)
	bySaying   = regexp.MustCompile(`\(vn-2000, (1\d\d)°()(\d\d)'\)`) // as Spot.Text writes it
	byWidth    = regexp.MustCompile(`\bmui(?: chieu)? *([36])\b *(?:°|do\b)?|\btm-?3\b`)
	byDatum    = regexp.MustCompile(`\b(vn|wgs) ?-? ?(?:2000|84)\b`)
)

// named takes the system that a text names out of it; false where it names two, or
// one that is not known.
func named(text string) (string, prepared, bool) {
	var p prepared
	ok := true
	name := func(srid spatial.SRID, known bool) {
		ok = ok && known && (p.crs == 0 || p.crs == srid)
		p.crs = srid
	}
	take := func(re *regexp.Regexp, found func([]string)) {
		text = re.ReplaceAllStringFunc(text, func(s string) string {
			found(re.FindStringSubmatch(s))
			return " "
		})
	}
	six := false
	take(bySaying, func(m []string) {
		p.datum = vn2000
		name(zoneOf(m, false))
	})
	take(byDatum, func(m []string) {
		p.datum = spatial.WGS84
		if m[1] == "vn" {
			p.datum = vn2000
		}
	})
	take(byWidth, func(m []string) { six = m[1] == "6" })
	take(byCode, func(m []string) {
		n, err := strconv.Atoi(m[1])
		name(spatial.SRID(n), err == nil && crs.Known(spatial.SRID(n)))
	})
	take(byUTM, func(m []string) {
		srid := map[string]spatial.SRID{"48": 32648, "49": 32649}[m[1]]
		if p.datum == vn2000 {
			srid = map[string]spatial.SRID{"48": 3405, "49": 3406}[m[1]]
		}
		name(srid, true)
	})
	take(byMeridian, func(m []string) {
		name(zoneOf(m, six))
	})
	return text, p, ok
}

// vn2000 is longitude and latitude on the datum Vietnam 2000.
const vn2000 spatial.SRID = 4756

// zoneOf is the VN-2000 plane of a central meridian: degrees, decimals, minutes.
func zoneOf(m []string, six bool) (spatial.SRID, bool) {
	deg, err := strconv.ParseFloat(m[1]+"."+m[2]+"0", 64)
	if err != nil {
		return 0, false
	}
	if m[3] != "" {
		minutes, err := strconv.ParseFloat(m[3], 64)
		if err != nil || minutes >= 60 {
			return 0, false
		}
		deg += minutes / 60
	}
	for _, s := range crs.All() {
		if s.VN2000 && !s.Geographic && (s.Scale < 0.9998) == six && math.Abs(s.Meridian-deg) < 1e-6 {
			return s.SRID, true
		}
	}
	return 0, false
}
