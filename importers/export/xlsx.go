package export

import (
	"bufio"
	"strconv"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/spatial"
)

// xlsxSink writes one sheet with the columns of csvSink. Numbers and truth values
// are cells of their kind, everything else is text, which no program takes for a
// formula. Rows go to a temporary file until the end.
type xlsxSink struct {
	w     *bufio.Writer
	book  *excelize.File
	sheet *excelize.StreamWriter
	names []string
	cells []any
	row   int
}

func newXLSX(w *bufio.Writer, j Job, fields []int) (s *xlsxSink, err error) {
	s = &xlsxSink{w: w, book: excelize.NewFile()}
	defer func() {
		if err != nil {
			s.drop()
		}
	}()
	s.names = columnNames(j, fields)
	const sheet = "Sheet1" // of a new workbook
	if s.sheet, err = s.book.NewStreamWriter(sheet); err != nil {
		return s, err
	}
	if err = s.sheet.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return s, err
	}
	for _, n := range s.names {
		s.cells = append(s.cells, n)
	}
	return s, s.put()
}

// drop removes what is temporary.
func (s *xlsxSink) drop() { _ = s.book.Close() }

// put writes the cells as the next row.
func (s *xlsxSink) put() error {
	s.row++
	if s.row > excelize.TotalRows {
		return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.rows", Args: map[string]any{"limit": excelize.TotalRows - 1}}
	}
	cell, err := excelize.CoordinatesToCellName(1, s.row)
	if err != nil {
		return err
	}
	return s.sheet.SetRow(cell, s.cells)
}

func (s *xlsxSink) add(r *row) error {
	c := append(s.cells[:0], strconv.FormatUint(r.id, 10), nil, nil)
	if r.placed {
		c[1], c[2] = r.lonlat[0], r.lonlat[1]
	}
	for _, v := range r.values {
		n, numeric := v.Number()
		switch {
		case v.IsNull():
			c = append(c, nil)
		case v.Type() == spatial.TypeBool:
			c = append(c, v.Bool())
		case v.Type() == spatial.TypeInt && numeric && n == float64(v.Int()) && n < 1e15 && n > -1e15:
			c = append(c, v.Int())
		case v.Type() == spatial.TypeFloat && numeric:
			c = append(c, n)
		default:
			c = append(c, v.String())
		}
	}
	shape := ""
	if r.shape != nil {
		shape = string(appendWKT(nil, r.shape))
	}
	s.cells = append(c, string(r.valid.From), string(r.valid.To), shape)
	for i, v := range s.cells {
		// The library would cut a longer text and say nothing.
		if text, ok := v.(string); ok && len(text) > excelize.TotalCellChars {
			if n := len(utf16.Encode([]rune(text))); n > excelize.TotalCellChars {
				return &spatial.Error{Op: op, Kind: spatial.TooLarge, Code: "export.cell",
					Args: map[string]any{"id": r.id, "field": s.names[i], "length": n, "limit": excelize.TotalCellChars}}
			}
		}
	}
	return s.put()
}

func (s *xlsxSink) close() error {
	if err := s.sheet.Flush(); err != nil {
		return err
	}
	return s.book.Write(s.w)
}
