package raw

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"
)

var errMany = errors.New("too many")

// widths reads a table and is the cells of each row; err is what ended it.
func widths(text string, lazy bool, most int) (out []int, err error) {
	c := NewCells(bufio.NewReaderSize(strings.NewReader(text), 16), ',', most, func(int) error { return errMany })
	r := csv.NewReader(c)
	r.LazyQuotes, r.FieldsPerRecord = lazy, -1
	for {
		c.Next()
		row, err := r.Read()
		var parse *csv.ParseError
		switch {
		case err == io.EOF:
			return out, nil
		case errors.As(err, &parse):
			out = append(out, 0)
		case err != nil:
			return out, err
		default:
			out = append(out, len(row))
		}
	}
}

func TestCells(t *testing.T) {
	for _, c := range []struct {
		text string
		lazy bool
		rows int // before it is refused; -1 = it is not
	}{
		{"a,b,c\n1,2,3\n", false, -1},
		{"a,b,c\n1,2,3,4\n", false, 1},
		{"\"POLYGON((0 0,1 0,1 1,0 0))\",b,c\n", false, -1},
		{"\"one\ntwo,,,,,\",b,c\n,,\n", false, -1},
		{"\"a\"\",,,,,\"\"\",b\r\n,,\r\n", false, -1},
		{"x\"y\n,,,,\n", false, 1}, // a fault does not hide the next row
		{"\"x\"y,\"\n,,,,\n", false, 1},
		{"x\"y,\",\",,,\n", true, 0}, // a quote within a text is a letter
		{"\"x\"y,,,,\",b\n", true, -1},
		{"\"x\"\r\n,,,,\n", true, 1},
		{"\"x\"\r\",,,,\n", true, 0},
		{"a,b\n,,", false, -1},
		{"a,b\n,,,", false, 1},
	} {
		got, err := widths(c.text, c.lazy, 3)
		if (err == nil) != (c.rows < 0) || c.rows >= 0 && len(got) != c.rows {
			t.Errorf("%q: %v %v, want %d", c.text, got, err, c.rows)
		}
	}
}

// It refuses what encoding/csv would read as too wide, and nothing else.
func FuzzCells(f *testing.F) {
	for _, s := range []string{"a,b,c\n1,2,3,4\n", "\"a,,,,\nb\",c\n", "x\"y\n,,,,\n", "\"x\"\r\",,,,\n", "\"\"\"\",,\"\r\n", ",,,,"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, s string, lazy bool) {
		want, err := widths(s, lazy, len(s)+2)
		if err != nil {
			t.Fatal(err)
		}
		got, err := widths(s, lazy, 3)
		for i, n := range got {
			if n > 3 || n != want[i] {
				t.Fatalf("%q: %v, without a bound %v", s, got, want)
			}
		}
		if err == nil && len(got) != len(want) || err != nil && err != errMany {
			t.Fatalf("%q: %v %v, without a bound %v", s, err, got, want)
		}
		// The row that it was at is too wide, or cannot be read at all.
		bad := func(i int) bool { return i >= 0 && i < len(want) && (want[i] == 0 || want[i] > 3) }
		if err != nil && !bad(len(got)) && !bad(len(got)-1) {
			t.Fatalf("%q: %v %v, without a bound %v", s, err, got, want)
		}
	})
}
