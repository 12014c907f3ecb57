package importers

import (
	"bufio"
	"io"
	"strconv"

	"github.com/langbiang/langbiang/spatial"
)

// Words gives the sentence of a finding's code in a language ("vi" or "en"); ""
// where there is none.
type Words func(code, lang string) string

func (w Words) of(code, lang string) string {
	if w == nil {
		return ""
	}
	return w(code, lang)
}

// mostRepeated bounds the bytes of shapes that are written again, for a row's second
// finding and those behind it.
const mostRepeated = 16 << 20

// WriteGeoJSON writes the report's findings as a FeatureCollection in WGS 84
// (RFC 7946): each with the shape of its row where the sketch has it, else its
// point, else null; a row's shape is not written again where that would be much, and
// its further findings are points; and properties code, severity, message (vi), message_en, file,
// row, reference, detail, other, area.
func (r Report) WriteGeoJSON(w io.Writer, s *Sketch, words Words) error {
	s.find(r.Findings)
	b := bufio.NewWriter(w)
	_, _ = b.WriteString(`{"type":"FeatureCollection","features":[`) // Flush gives the error
	var buf []byte
	written, repeated := map[*sketched]bool{}, 0
	for i, f := range r.Findings {
		buf = buf[:0]
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, "\n{\"type\":\"Feature\",\"geometry\":"...)
		switch row, ok := s.of(f.File, f.Row); {
		case ok && repeated > mostRepeated && written[row] && f.At == nil:
			buf = appendGeometry(buf, s.first(row))
		case ok && (repeated <= mostRepeated || !written[row]):
			from := len(buf)
			if buf = appendGeometry(buf, s.shapeOf(row)); written[row] {
				repeated += len(buf) - from
			}
			written[row] = true
		case f.At != nil:
			buf = appendGeometry(buf, *f.At)
		default:
			buf = append(buf, "null"...)
		}
		buf = append(buf, `,"properties":{"code":`...)
		buf = appendJSON(buf, f.Code)
		text := func(name, value string) {
			if value != "" {
				buf = append(buf, ',', '"')
				buf = append(append(buf, name...), '"', ':')
				buf = appendJSON(buf, value)
			}
		}
		number := func(name string, n int) {
			if n != 0 {
				buf = append(append(append(buf, ',', '"'), name...), '"', ':')
				buf = strconv.AppendInt(buf, int64(n), 10)
			}
		}
		text("severity", string(f.Severity))
		text("message", words.of(f.Code, "vi"))
		text("message_en", words.of(f.Code, "en"))
		text("file", f.File)
		number("row", f.Row)
		text("reference", f.Reference)
		text("detail", f.Detail)
		number("other", f.Other)
		if f.Area != 0 {
			buf = append(append(buf, `,"area":`...), spatial.Float(f.Area).String()...)
		}
		buf = append(buf, "}}"...)
		_, _ = b.Write(buf)
	}
	_, _ = b.WriteString("\n]}\n")
	return b.Flush()
}
