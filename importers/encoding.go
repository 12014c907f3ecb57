package importers

import (
	"fmt"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/importers/textenc"
)

// sureEncoding is how sure a detected encoding must be to be taken without a
// warning, 0…1.
const sureEncoding = 0.7

// Decoding is how the text of one file was read.
type Decoding struct {
	File       string   `json:"file"`
	Encoding   string   `json:"encoding"`
	From       string   `json:"from"`                 // declared, file (its .cpg or header), detected; contradicted: detected against what the file says
	Says       string   `json:"says,omitempty"`       // what the file says
	Detected   string   `json:"detected,omitempty"`   // what its bytes say
	Confidence float64  `json:"confidence,omitempty"` // of that, 0…1
	Samples    []string `json:"samples,omitempty"`    // texts as read, to be looked at; none of a column about persons
}

// Bounds of the samples of a file's text that are shown.
const (
	maxShown  = 5
	maxLetter = 60
)

// decoder settles the encoding of a source's text: what the request says, else what
// the file says unless its bytes contradict that, else what the bytes say. It is
// never guessed silently. Findings: "encoding.detected", "encoding.unsure",
// "encoding.contradicted", and "encoding.differs" where the request stands against
// what the bytes say surely.
func (r *run) decoder(s *source) (func([]byte) (string, error), error) {
	d := r.encodingOf(s)
	decode, err := textenc.Decoder(d.Encoding)
	if err != nil {
		return nil, err
	}
	r.report.Encoding = with(r.report.Encoding, d.Encoding)
	s.encoding = d.Encoding
	if len(s.texts) == 0 {
		return decode, nil
	}
	d.Samples = shown(s.texts, decode)
	if len(r.report.Texts) < maxFrames {
		r.report.Texts = append(r.report.Texts, d)
	}
	note := func(code string, severity Severity, detail string) {
		if len(d.Samples) > 0 {
			detail += ": " + strings.Join(d.Samples, " · ")
		}
		r.report.note(Finding{Code: code, Severity: severity, File: s.name, Detail: shorten(detail)})
	}
	sure := fmt.Sprintf("%s (%.0f %%)", d.Detected, 100*d.Confidence)
	switch {
	case d.From == "declared" && !d.agrees(d.Encoding) && d.Confidence >= sureEncoding:
		note("encoding.differs", Warning, d.Encoding+", "+sure)
	case d.From == "contradicted":
		note("encoding.contradicted", Warning, d.Says+", "+sure)
	case d.From == "detected" && d.Confidence < sureEncoding:
		note("encoding.unsure", Warning, sure)
	case d.From == "detected":
		note("encoding.detected", Note, sure)
	}
	return decode, nil
}

// agrees reports whether the bytes can be of an encoding, as far as they tell: a font
// of capitals has those of the other.
func (d *Decoding) agrees(name string) bool {
	return name == d.Detected || name == textenc.TCVN3H && d.Detected == textenc.TCVN3
}

// encodingOf is decoder's choice.
func (r *run) encodingOf(s *source) Decoding {
	d := Decoding{File: s.name, Encoding: textenc.UTF8, From: "file"}
	if len(s.texts) > 0 {
		all := make([][]byte, len(s.texts))
		for i := range s.texts {
			all[i] = s.texts[i].bytes
		}
		d.Detected, d.Confidence = textenc.Detect(all)
	}
	if e := strings.ToLower(strings.TrimSpace(r.req.Encoding)); e != "" && e != "auto" {
		d.Encoding, d.From = e, "declared"
		return d
	}
	declared, said := textenc.FromCPG(s.info.Encoding)
	if said {
		d.Says, d.Encoding = declared, declared
	}
	switch {
	case len(s.texts) == 0, said && (d.agrees(declared) || d.Confidence < sureEncoding):
	// Old Vietnamese fonts keep their text in files that say Windows-1252.
	case said:
		d.Encoding, d.From = d.Detected, "contradicted"
	default:
		d.Encoding, d.From = d.Detected, "detected"
	}
	return d
}

// shown are the first texts that differ, decoded and cut short. The columns are
// settled by then: those about persons are passed over.
func shown(texts []sampled, decode func([]byte) (string, error)) []string {
	var out []string
	for _, t := range texts {
		if len(out) == maxShown {
			break
		}
		if t.col.personal || t.col.ignored {
			continue
		}
		text, err := decode(t.bytes)
		if err != nil {
			text = latin1(t.bytes)
		}
		text = strings.Join(strings.Fields(text), " ")
		if letters := []rune(text); len(letters) > maxLetter {
			text = string(letters[:maxLetter]) + "…"
		}
		if text != "" && !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// latin1 keeps bytes that no decoder takes, one letter a byte.
func latin1(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}
