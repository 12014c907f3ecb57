package pages

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

//go:embed texts.json
var textsFile []byte

// dictionary holds every text in Vietnamese and English, by key.
type dictionary map[string][2]string

func readTexts() (dictionary, error) {
	var d dictionary
	return d, json.Unmarshal(textsFile, &d)
}

// language writes texts, numbers and dates for a reader of one language.
type language struct {
	code  string // vi, en
	texts dictionary
}

// text is the text of a key, filled in; a key that is not in the dictionary stands
// for itself, so that a code we do not know is shown and not lost.
func (l language) text(key string, args ...any) string {
	t, ok := l.texts[key]
	if !ok {
		return key
	}
	s := t[0]
	if l.code == "en" {
		s = t[1]
	}
	if len(args) > 0 {
		s = fmt.Sprintf(s, args...)
	}
	return s
}

// word is the text of a code of some family, or the code itself.
func (l language) word(family, code string) string {
	if _, ok := l.texts[family+"."+code]; ok {
		return l.text(family + "." + code)
	}
	return code
}

// number writes f with decimals, thousands grouped: "1.448,5" or "1,448.5".
func (l language) number(f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', decimals, 64)
	whole, part, _ := strings.Cut(s, ".")
	group, point := ".", ","
	if l.code == "en" {
		group, point = ",", "."
	}
	var b strings.Builder
	if f < 0 && strings.Trim(s, "0.") != "" {
		b.WriteString("−")
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	if part != "" {
		b.WriteString(point + part)
	}
	return b.String()
}

// short writes f with as many decimals as it has, up to two.
func (l language) short(f float64) string {
	for d := range 2 {
		if r := math.Round(f * math.Pow10(d)); math.Abs(f*math.Pow10(d)-r) < 1e-9 {
			return l.number(f, d)
		}
	}
	return l.number(f, 2)
}

// day writes a civil day: "01/07/2025" or "1 July 2025".
func (l language) day(d spatial.Date) string {
	p := strings.Split(string(d), "-")
	if len(p) != 3 {
		return string(d)
	}
	if l.code != "en" {
		return p[2] + "/" + p[1] + "/" + p[0]
	}
	months := []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	m, err := strconv.Atoi(p[1])
	if err != nil || m < 1 || m > 12 {
		return string(d)
	}
	return strings.TrimPrefix(p[2], "0") + " " + months[m-1] + " " + p[0]
}

// chosen is the language of a request: ?lang= before Accept-Language, Vietnamese
// where neither names one. asked reports that the address itself says so.
func chosen(r *http.Request) (code string, asked bool) {
	switch l := r.URL.Query().Get("lang"); l {
	case "vi", "en":
		return l, true
	}
	best, code := 0.0, "vi"
	for i, tag := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		if i == 32 {
			break
		}
		tag, params, _ := strings.Cut(strings.ToLower(tag), ";")
		q := 1.0
		if _, v, ok := strings.Cut(params, "q="); ok {
			f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil {
				continue
			}
			q = f
		}
		primary, _, _ := strings.Cut(strings.TrimSpace(tag), "-")
		if (primary == "vi" || primary == "en") && q > best {
			best, code = q, primary
		}
	}
	return code, false
}
