package dxf

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// mostLine bounds one line of a drawing, bytes.
const mostLine = 1 << 16

// tag is a group code and its value.
type tag struct {
	code int
	text string // without spaces around where it is no string value
	line int    // of the value, 1-based
}

func (t tag) float() (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(t.text), 64)
	return f, err == nil && f-f == 0
}

func (t tag) int() int {
	i, err := strconv.Atoi(strings.TrimSpace(t.text))
	if err != nil {
		f, ok := t.float()
		if !ok || f > 1<<31 || f < -1<<31 {
			return 0
		}
		return int(f)
	}
	return i
}

// tags reads a drawing tag by tag.
type tags struct {
	file string
	r    *bufio.Reader
	line int
	lim  raw.Limits
	read int
	held *tag
}

func (t *tags) bad(why string) error {
	return raw.Fail(op, spatial.Invalid, "dxf.malformed", t.file, "line", t.line, "why", why)
}

// next is the next tag; io.EOF at the end.
func (t *tags) next() (tag, error) {
	if h := t.held; h != nil {
		t.held = nil
		return *h, nil
	}
	code, err := t.text()
	if err != nil {
		return tag{}, err
	}
	n, cerr := strconv.Atoi(strings.TrimSpace(code))
	if cerr != nil {
		if strings.Trim(code, " \t\x1a\x00") == "" {
			if _, err := t.text(); err == io.EOF { // blank lines at the end
				return tag{}, io.EOF
			}
		}
		return tag{}, t.bad("group code")
	}
	value, err := t.text()
	if err == io.EOF {
		return tag{}, t.bad("end")
	}
	return tag{code: n, text: value, line: t.line}, err
}

func (t *tags) back(g tag) { t.held = &g }

// text is the next line without its end.
func (t *tags) text() (string, error) {
	b, err := t.r.ReadSlice('\n')
	if len(b) == 0 && err != nil {
		if err == io.EOF {
			return "", err
		}
		return "", raw.FileError(op, t.file, err)
	}
	t.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", t.bad("line over " + strconv.Itoa(mostLine) + " bytes")
	}
	if err != nil && err != io.EOF {
		return "", raw.FileError(op, t.file, err)
	}
	if t.read += len(b); t.read > t.lim.Bytes {
		return "", raw.Fail(op, spatial.TooLarge, "file.tooLarge", t.file, "limit", t.lim.Bytes)
	}
	return string(bytes.TrimRight(b, "\r\n")), nil
}
