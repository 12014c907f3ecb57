package importers

import (
	"fmt"
	"strings"

	"github.com/langbiang/langbiang/importers/textenc"
)

// sureEncoding is how sure a detected encoding must be to be taken without a
// warning, 0…1.
const sureEncoding = 0.7

// decoder settles the encoding of a source's text: what the request says, else what
// the file says unless its bytes contradict that, else what the bytes say. It is
// never guessed silently. Findings: "encoding.detected", "encoding.unsure",
// "encoding.contradicted".
func (r *run) decoder(s *source) (func([]byte) (string, error), error) {
	name := r.encodingOf(s, r.report.note)
	if len(r.report.Encoding) == 0 {
		r.report.Encoding = name
	} else if !strings.Contains(r.report.Encoding, name) {
		r.report.Encoding += ", " + name
	}
	return textenc.Decoder(name)
}

// encodingOf is decoder's choice; tell is told how it came about.
func (r *run) encodingOf(s *source, tell func(Finding)) string {
	if e := strings.ToLower(strings.TrimSpace(r.req.Encoding)); e != "" && e != "auto" {
		return e
	}
	declared, said := textenc.FromCPG(s.info.Encoding)
	if len(s.texts) == 0 {
		if said {
			return declared
		}
		return textenc.UTF8
	}
	found, sure := textenc.Detect(s.texts)
	note := func(code string, severity Severity, detail string) {
		tell(Finding{Code: code, Severity: severity, File: s.name, Detail: detail})
	}
	switch {
	case said && (declared == found || sure < sureEncoding):
		return declared
	// Old Vietnamese fonts keep their text in files that say Windows-1252.
	case said:
		note("encoding.contradicted", Warning, fmt.Sprintf("%s, %s (%.0f %%)", declared, found, 100*sure))
	case sure < sureEncoding:
		note("encoding.unsure", Warning, fmt.Sprintf("%s (%.0f %%)", found, 100*sure))
	default:
		note("encoding.detected", Note, fmt.Sprintf("%s (%.0f %%)", found, 100*sure))
	}
	return found
}

// latin1 keeps bytes that no decoder takes, one letter a byte.
func latin1(b []byte) string {
	out := make([]rune, len(b))
	for i, c := range b {
		out[i] = rune(c)
	}
	return string(out)
}
