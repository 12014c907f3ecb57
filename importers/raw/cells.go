package raw

import (
	"bufio"
	"bytes"
)

// Cells gives the bytes of a table of text to encoding/csv, and fails before a row
// has more cells than a bound: that reader makes all of a row's cells before
// anybody can count them. It gives at most one line a call, so that nothing of the
// next row is read when a row is done. For one goroutine.
type Cells struct {
	r       *bufio.Reader
	comma   byte
	most    int
	tooMany func(count int) error

	state cellState
	count int // separators of the row so far
	held  []byte
	err   error // once held is given
}

type cellState uint8

// Where in a row the bytes are, as encoding/csv takes quotes: also with LazyQuotes,
// where a quote within a text is a letter.
const (
	beginsCell cellState = iota
	plain
	quoted
	quoteSeen  // within a quoted cell: its end, or the first of two
	returnSeen // behind that, a carriage return
)

// NewCells reads r, in which comma, of one byte, is between cells. tooMany makes the
// error for a row of more than most cells.
func NewCells(r *bufio.Reader, comma byte, most int, tooMany func(count int) error) *Cells {
	return &Cells{r: r, comma: comma, most: most, tooMany: tooMany}
}

// Next begins a row.
func (c *Cells) Next() { c.state, c.count = beginsCell, 0 }

// Read gives what is left of a line.
func (c *Cells) Read(p []byte) (int, error) {
	if len(c.held) == 0 && c.err == nil {
		// A part of a line longer than the buffer comes without an end.
		if c.held, c.err = c.r.ReadSlice('\n'); c.err == bufio.ErrBufferFull {
			c.err = nil
		}
		if err := c.take(c.held); err != nil {
			c.held, c.err = nil, err
		}
	}
	n := copy(p, c.held)
	if c.held = c.held[n:]; len(c.held) > 0 {
		return n, nil
	}
	return n, c.err
}

// take counts the cells of bytes.
func (c *Cells) take(b []byte) error {
	for i := 0; i < len(b); i++ {
		ch := b[i]
		switch c.state {
		case quoted:
			k := bytes.IndexByte(b[i:], '"')
			if k < 0 {
				return nil
			}
			i += k
			c.state = quoteSeen
			continue
		case quoteSeen:
			switch ch {
			case '"':
				c.state = quoted
				continue
			case '\r':
				c.state = returnSeen
				continue
			case '\n', c.comma:
			default:
				c.state = quoted
				continue
			}
		case returnSeen:
			if ch == '"' {
				c.state = quoteSeen
				continue
			}
			if ch != '\n' {
				c.state = quoted
				continue
			}
		}
		switch {
		case ch == c.comma:
			c.state = beginsCell
			if c.count++; c.count >= c.most {
				return c.tooMany(c.count + 1)
			}
		case ch == '\n':
			c.state = beginsCell
		case ch == '"' && c.state == beginsCell:
			c.state = quoted
		default:
			c.state = plain
		}
	}
	return nil
}
