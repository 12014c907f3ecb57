package export

import (
	"bufio"
	stdcsv "encoding/csv"
	"strconv"

	"github.com/langbiang/langbiang/importers/csv"
	"github.com/langbiang/langbiang/spatial"
)

// csvSink writes id, lon, lat, the fields, valid_from, valid_to and wkt. lon and
// lat are always WGS 84, wkt is in the job's CRS. A text that a spreadsheet would
// take for a formula is written as csv.Safe has it.
type csvSink struct {
	w     *stdcsv.Writer
	cells []string
}

// columnNames are the columns of a table of text.
func columnNames(j Job, fields []int) []string {
	out := []string{"id", "lon", "lat"}
	for _, i := range fields {
		out = append(out, j.Layer.Fields[i].Name)
	}
	return append(out, "valid_from", "valid_to", "wkt")
}

func newCSV(w *bufio.Writer, j Job, fields []int) (*csvSink, error) {
	if _, err := w.WriteString("\ufeff"); err != nil {
		return nil, err
	}
	s := &csvSink{w: stdcsv.NewWriter(w), cells: columnNames(j, fields)}
	return s, s.w.Write(s.cells)
}

func (s *csvSink) add(r *row) error {
	c := append(s.cells[:0], strconv.FormatUint(r.id, 10), "", "")
	if r.placed {
		c[1], c[2] = strconv.FormatFloat(r.lonlat[0], 'f', 9, 64), strconv.FormatFloat(r.lonlat[1], 'f', 9, 64)
	}
	for _, v := range r.values {
		text := v.String()
		if v.Type() == spatial.TypeText {
			text = csv.Safe(text)
		}
		c = append(c, text)
	}
	shape := ""
	if r.shape != nil {
		shape = string(appendWKT(nil, r.shape))
	}
	s.cells = append(c, string(r.valid.From), string(r.valid.To), shape)
	return s.w.Write(s.cells)
}

func (s *csvSink) close() error {
	s.w.Flush()
	return s.w.Error()
}
