package geojson

import (
	"bytes"
	"errors"
	"io"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

const chunk = 256 << 10

// window is a stretch of the source in memory: what is being looked at, and what
// stands before it back to the mark.
type window struct {
	file  string
	r     io.Reader
	buf   []byte
	pos   int // being looked at
	mark  int // kept from here; -1 = nothing is kept behind pos
	base  int64
	lines int // line ends before buf[seen]
	seen  int
	left  int // bytes still allowed
	lim   raw.Limits
	eof   bool
}

func newWindow(file string, r io.Reader, lim raw.Limits) *window {
	return &window{file: file, r: r, mark: -1, left: lim.Bytes, lim: lim}
}

// offset is where pos stands in the source, in bytes.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// line is the line that buf[i] stands on, from 1. Lines are counted on from
// where they were last asked for.
func (w *window) line(i int) int {
	if i < w.seen {
		return w.lines - bytes.Count(w.buf[i:w.seen], []byte{'\n'}) + 1
	}
	w.lines += bytes.Count(w.buf[w.seen:i], []byte{'\n'})
	w.seen = i
	return w.lines + 1
}

// fail makes an error about the byte at pos.
func (w *window) fail(code, what string) *spatial.Error {
	return raw.Fail(op, spatial.Invalid, code, w.file, "offset", w.offset(), "line", w.line(min(w.pos, len(w.buf))), "what", what)
}

// more reads on; io.EOF where there is no more. Indexes into buf change.
func (w *window) more() error {
	if w.eof {
		return io.EOF
	}
	keep := w.pos
	if w.mark >= 0 {
		keep = w.mark
	}
	if keep > 0 {
		w.line(max(keep, w.seen))
		w.seen -= keep
		w.buf = w.buf[:copy(w.buf, w.buf[keep:])]
		w.base += int64(keep)
		w.pos -= keep
		if w.mark >= 0 {
			w.mark = 0
		}
	}
	if len(w.buf) > w.lim.Row {
		return raw.Fail(op, spatial.TooLarge, "row.tooLarge", w.file, "offset", w.base, "line", w.line(0), "limit", w.lim.Row)
	}
	if cap(w.buf)-len(w.buf) < chunk/2 {
		w.buf = append(make([]byte, 0, 2*cap(w.buf)+chunk), w.buf...)
	}
	n, err := w.r.Read(w.buf[len(w.buf):min(cap(w.buf), len(w.buf)+w.left+1)])
	w.buf = w.buf[:len(w.buf)+n]
	if w.left -= n; w.left < 0 {
		return raw.Fail(op, spatial.TooLarge, "file.tooLarge", w.file, "limit", w.lim.Bytes)
	}
	if n > 0 {
		w.eof = errors.Is(err, io.EOF)
		if w.eof || err == nil {
			return nil
		}
	}
	if errors.Is(err, io.EOF) {
		w.eof = true
		return io.EOF
	}
	if err == nil {
		return w.more()
	}
	var known *spatial.Error
	if errors.As(err, &known) {
		return err
	}
	e := w.fail("file.damaged", "")
	e.Err = err
	return e
}

// at is the byte at pos, reading on where need be; io.EOF at the end.
func (w *window) at() (byte, error) {
	for w.pos >= len(w.buf) {
		if err := w.more(); err != nil {
			return 0, err
		}
	}
	return w.buf[w.pos], nil
}

// need is at where the source must not end.
func (w *window) need() (byte, error) {
	c, err := w.at()
	if err == io.EOF {
		return 0, w.fail("json.truncated", "")
	}
	return c, err
}

// space passes over white space, and over record separators where asked, and
// gives the byte after it.
func (w *window) space(rs bool) (byte, error) {
	for {
		c, err := w.at()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' && (!rs || c != separator) {
			return c, nil
		}
		w.pos++
	}
}

// token is space where the source must not end.
func (w *window) token() (byte, error) {
	c, err := w.space(false)
	if err == io.EOF {
		return 0, w.fail("json.truncated", "")
	}
	return c, err
}

// skip passes over the value that begins at pos. It only finds where the value
// ends; whether it is JSON the parser says.
func (w *window) skip() error {
	for depth := 0; ; {
		c, err := w.need()
		if err != nil {
			return err
		}
		switch {
		case c == '"':
			if err := w.skipString(); err != nil {
				return err
			}
		case c|0x20 == '{': // { and [
			depth++
			w.pos++
		case c|0x20 == '}':
			if depth == 0 {
				return w.fail("json.syntax", string(c))
			}
			depth--
			w.pos++
		case depth == 0: // a number or word
			return w.skipWord()
		default:
			w.pos++
		}
		if depth == 0 {
			return nil
		}
		// The bulk of a value is coordinates: run through what ends nothing.
		i := w.pos
		for i < len(w.buf) && w.buf[i] < '[' && w.buf[i] != '"' {
			i++
		}
		w.pos = i
	}
}

func (w *window) skipWord() error {
	start := w.offset()
	for {
		c, err := w.at()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if c == ',' || c == '}' || c == ']' || c <= ' ' {
			if w.offset() == start {
				return w.fail("json.syntax", string(rune(c)))
			}
			return nil
		}
		w.pos++
	}
}

// skipString passes over the string that begins at pos.
func (w *window) skipString() error {
	w.pos++
	for {
		for i := w.pos; i < len(w.buf); i++ {
			if c := w.buf[i]; c == '"' {
				w.pos = i + 1
				return nil
			} else if c == '\\' {
				i++
				if i >= len(w.buf) { // the escaped byte is not here yet
					w.pos = i - 1
					if err := w.moreOf(2); err != nil {
						return err
					}
					i = w.pos + 1
				}
			}
			w.pos = i + 1
		}
		if _, err := w.need(); err != nil {
			return err
		}
	}
}

// moreOf reads on until n bytes stand from pos.
func (w *window) moreOf(n int) error {
	for len(w.buf)-w.pos < n {
		if err := w.more(); err == io.EOF {
			w.pos = len(w.buf)
			return w.fail("json.truncated", "")
		} else if err != nil {
			return err
		}
	}
	return nil
}

// until moves pos to the next byte c, or to the end of the source.
func (w *window) until(c byte) error {
	for {
		if i := bytes.IndexByte(w.buf[w.pos:], c); i >= 0 {
			w.pos += i
			return nil
		}
		w.pos = len(w.buf)
		if err := w.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
