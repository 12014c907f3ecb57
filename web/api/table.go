package api

import (
	"bytes"
	"iter"
	"net/http"

	"github.com/xuri/excelize/v2"

	"github.com/langbiang/langbiang/spatial"
)

// table answers with rows as a file of a name without ending. CSV is UTF-8 with a
// byte order mark, which spreadsheets know it by, and lines that end as RFC 4180 has
// it; a text that a spreadsheet would take for a formula has an apostrophe before it.
func (c *call) table(f form, name string, heads []string, rows iter.Seq[[]spatial.Value]) error {
	write := c.csv
	if f.media == mediaXLSX {
		write = c.xlsx
	}
	c.w.Header().Set("Content-Disposition", `attachment; filename="`+name+"."+f.name+`"`)
	err := write(heads, rows)
	if err != nil {
		c.w.Header().Del("Content-Disposition")
	}
	return err
}

func (c *call) csv(heads []string, rows iter.Seq[[]spatial.Value]) error {
	p := pen{b: []byte("\uFEFF")}
	for i, h := range heads {
		p.comma(i)
		p.cell(spatial.Text(h))
	}
	p.text("\r\n")
	s := stream{c: c, p: &p, media: mediaCSV + "; charset=utf-8; header=present"}
	for row := range rows {
		for i, v := range row {
			p.comma(i)
			p.cell(v)
		}
		p.text("\r\n")
		s.ease()
	}
	return s.end()
}

// cell writes a value of a CSV file.
func (p *pen) cell(v spatial.Value) {
	switch v.Type() {
	case spatial.TypeNull:
		return
	case spatial.TypeFloat:
		f, _ := v.Number()
		p.number(f)
		return
	case spatial.TypeText:
	default:
		p.text(v.String())
		return
	}
	s := v.Text()
	if s != "" && bytes.IndexByte([]byte("=+-@\t\r"), s[0]) >= 0 {
		s = "'" + s
	}
	quoted := false
	for i := range len(s) {
		quoted = quoted || s[i] == '"' || s[i] == ',' || s[i] == ';' || s[i] == '\n' || s[i] == '\r'
	}
	if !quoted {
		p.text(s)
		return
	}
	p.b = append(p.b, '"')
	for i := range len(s) {
		if s[i] == '"' {
			p.b = append(p.b, '"')
		}
		p.b = append(p.b, s[i])
	}
	p.b = append(p.b, '"')
}

// mostCell is how many characters a cell of a spreadsheet holds.
const mostCell = excelize.TotalCellChars

func (c *call) xlsx(heads []string, rows iter.Seq[[]spatial.Value]) error {
	failed := func(err error) error { return &spatial.Error{Op: "write a spreadsheet", Err: err} }
	f := excelize.NewFile()
	defer f.Close() // its rows may stand in a temporary file
	const sheet = "Sheet1"
	w, err := f.NewStreamWriter(sheet)
	if err != nil {
		return failed(err)
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return failed(err)
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return failed(err)
	}
	cells := make([]any, len(heads))
	for i, h := range heads {
		cells[i] = excelize.Cell{StyleID: bold, Value: h}
	}
	if err := w.SetRow("A1", cells); err != nil {
		return failed(err)
	}
	n := 1
	for row := range rows {
		if n++; n%1024 == 0 && c.ctx.Err() != nil {
			return c.late(c.ctx.Err())
		}
		for i, v := range row {
			cells[i] = sheetValue(v)
		}
		if err := w.SetRow("A"+itoa(n), cells); err != nil {
			return failed(err)
		}
	}
	if err := w.Flush(); err != nil {
		return failed(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return failed(err)
	}
	c.headers(mediaXLSX)
	c.w.Header().Set("Content-Length", itoa(b.Len()))
	c.w.WriteHeader(http.StatusOK)
	_, _ = c.w.Write(b.Bytes()) // the client is gone: nobody is left to tell
	return nil
}

// sheetValue is a value as a spreadsheet holds it; texts stay texts, whatever they
// look like.
func sheetValue(v spatial.Value) any {
	switch v.Type() {
	case spatial.TypeNull:
		return nil
	case spatial.TypeInt:
		return v.Int()
	case spatial.TypeFloat:
		f, _ := v.Number()
		return f
	case spatial.TypeBool:
		return v.Bool()
	}
	s := v.String()
	if r := []rune(s); len(s) > mostCell && len(r) > mostCell {
		s = string(r[:mostCell])
	}
	return s
}
