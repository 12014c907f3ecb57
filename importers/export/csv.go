package export

import (
	"bufio"
	"encoding/csv"
	"strconv"
)

// csvSink writes id, lon, lat, the fields, valid_from, valid_to and wkt. lon and
// lat are always WGS 84, wkt is in the job's CRS.
type csvSink struct {
	w     *csv.Writer
	cells []string
}

func newCSV(w *bufio.Writer, j Job, fields []int) (*csvSink, error) {
	if _, err := w.WriteString("\ufeff"); err != nil {
		return nil, err
	}
	s := &csvSink{w: csv.NewWriter(w)}
	s.cells = append(s.cells, "id", "lon", "lat")
	for _, i := range fields {
		s.cells = append(s.cells, j.Layer.Fields[i].Name)
	}
	s.cells = append(s.cells, "valid_from", "valid_to", "wkt")
	return s, s.w.Write(s.cells)
}

func (s *csvSink) add(r *row) error {
	c := append(s.cells[:0], strconv.FormatUint(r.id, 10), "", "")
	if r.placed {
		c[1], c[2] = strconv.FormatFloat(r.lonlat[0], 'f', 9, 64), strconv.FormatFloat(r.lonlat[1], 'f', 9, 64)
	}
	for _, v := range r.values {
		c = append(c, v.String())
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
