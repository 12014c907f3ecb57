package geojson

import (
	"bytes"
	"errors"
	"io"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// stream walks the texts of a source and yields their features.
type stream struct {
	w     *window
	p     parser
	row   int
	crs   string // of the source, by its survey
	found crs    // in the text being read
	yield func(raw.Feature, error) bool
	peek  func() // set while surveying: called for each feature instead of yield
}

// read yields every feature; the error ends the source.
func (s *stream) read(div layout) error {
	for {
		_, err := s.w.space(true)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch div {
		case byLine:
			err = s.text('\n')
		case bySeparator:
			err = s.text(separator)
		default:
			_, err = s.document()
		}
		if err != nil {
			return err
		}
	}
}

// text reads the text up to the next byte end as a source of its own, so that
// whatever is wrong in it stays in it.
func (s *stream) text(end byte) error {
	w := s.w
	w.mark = w.pos
	if err := w.until(end); err != nil {
		return err
	}
	b := bytes.TrimRight(w.buf[w.mark:w.pos], " \t\r\n")
	at, line := w.base+int64(w.mark), w.line(w.mark)
	w.mark = -1
	if bytes.Contains(b[:min(len(b), 200)], []byte(`"FeatureCollection"`)) || bytes.Contains(b, []byte(`"features"`)) {
		inner := newWindow(w.file, bytes.NewReader(b), w.lim)
		inner.base, inner.lines = at, line-1
		s.w = inner
		_, err := s.document()
		if err == nil {
			if _, more := inner.space(false); more == nil {
				err = inner.fail("json.syntax", snippet(inner.buf, inner.pos))
			}
		}
		s.w = w
		if spatial.KindOf(err) == spatial.Invalid {
			s.row++ // what is left of the text counts as one row
			return s.give(raw.Feature{Row: s.row}, err)
		}
		return err
	}
	return s.feature(b, at, line)
}

// give hands a row on.
func (s *stream) give(f raw.Feature, err error) error {
	var known *spatial.Error
	if err != nil && errors.As(err, &known) && known.Args != nil {
		known.Args["row"] = f.Row
	}
	if !s.yield(f, err) {
		return errStopped
	}
	return nil
}

// feature reads and hands on the feature, or what stands for one, that fills b.
func (s *stream) feature(b []byte, at int64, line int) error {
	s.row++
	if s.row > s.w.lim.Rows {
		return raw.Fail(op, spatial.TooLarge, "rows.tooMany", s.w.file, "count", s.row, "limit", s.w.lim.Rows)
	}
	if s.peek != nil {
		s.peek()
		return nil
	}
	f, c, err := s.p.feature(b, s.row, at, line)
	if err == nil && c.set && c.name != s.crs {
		err = raw.Fail(op, spatial.Invalid, "crs.mixed", s.w.file, "crs", c.name+c.link, "first", s.crs, "offset", at, "line", line)
	}
	return s.give(f, err)
}

// document reads the text at pos: a collection feature by feature (streamed is
// true then), anything else whole.
func (s *stream) document() (streamed bool, err error) {
	w := s.w
	s.found = crs{}
	if c, err := w.token(); err != nil {
		return false, err
	} else if c != '{' {
		return false, w.fail("json.syntax", snippet(w.buf, w.pos))
	}
	w.mark = w.pos
	start, line := w.offset(), w.line(w.pos)
	w.pos++
	var kind string
	err = s.members(func(key string) error {
		if key == "features" && kind != "Feature" && w.buf[w.pos] == '[' {
			w.mark, streamed = -1, true
			return s.features()
		}
		if streamed {
			w.mark = w.pos
			defer func() { w.mark = -1 }()
		}
		from := w.pos - w.mark
		if err := w.skip(); err != nil {
			return err
		}
		if key != "type" && key != "crs" {
			return nil
		}
		s.p.b, s.p.i, s.p.base, s.p.first = w.buf[w.mark+from:w.pos], 0, w.base+int64(w.mark+from), w.line(w.mark+from)
		if at := invalidUTF8(s.p.b); at >= 0 {
			return s.p.failAt(at, "text.notUTF8", "")
		}
		if key == "type" {
			kind, err = s.p.kind()
			return err
		}
		s.found, err = s.p.crs()
		return err
	})
	switch {
	case err != nil:
		return streamed, err
	case streamed && kind != "FeatureCollection":
		return true, w.fail("geojson.type", kind)
	case streamed:
		if s.peek == nil && s.found.set && s.found.name != s.crs {
			return true, raw.Fail(op, spatial.Invalid, "crs.mixed", w.file, "crs", s.found.name+s.found.link, "first", s.crs, "offset", start, "line", line)
		}
		return true, nil
	}
	b := w.buf[w.mark:w.pos]
	w.mark = -1
	if kind != "Feature" && !isGeometry(kind) {
		s.p.b, s.p.i, s.p.base, s.p.first = b, 0, start, line
		return false, s.p.failAt(0, "geojson.type", kind)
	}
	return false, s.feature(b, start, line)
}

// members calls f at the value of each member of the object whose brace is
// passed already; f passes over the value.
func (s *stream) members(f func(key string) error) error {
	w := s.w
	c, err := w.token()
	if err != nil {
		return err
	}
	if c == '}' {
		w.pos++
		return nil
	}
	for {
		if c, err = w.token(); err != nil {
			return err
		}
		if c != '"' {
			return w.fail("json.syntax", snippet(w.buf, w.pos))
		}
		held := w.mark >= 0
		if !held {
			w.mark = w.pos
		}
		from := w.pos - w.mark
		if err := w.skipString(); err != nil {
			return err
		}
		key := string(w.buf[w.mark+from+1 : w.pos-1])
		if !held {
			w.mark = -1
		}
		if c, err = w.token(); err != nil {
			return err
		}
		if c != ':' {
			return w.fail("json.syntax", snippet(w.buf, w.pos))
		}
		w.pos++
		if _, err = w.token(); err != nil {
			return err
		}
		if err := f(key); err != nil {
			return err
		}
		if c, err = w.token(); err != nil {
			return err
		}
		w.pos++
		switch c {
		case ',':
		case '}':
			return nil
		default:
			w.pos--
			return w.fail("json.syntax", snippet(w.buf, w.pos))
		}
	}
}

// features reads the array of features at pos.
func (s *stream) features() error {
	w := s.w
	w.pos++
	c, err := w.token()
	if err != nil {
		return err
	}
	if c == ']' {
		w.pos++
		return nil
	}
	for {
		if _, err = w.token(); err != nil {
			return err
		}
		w.mark = w.pos
		at, line := w.offset(), w.line(w.pos)
		if err := w.skip(); err != nil {
			return err
		}
		b := w.buf[w.mark:w.pos]
		w.mark = -1
		if err := s.feature(b, at, line); err != nil {
			return err
		}
		if c, err = w.token(); err != nil {
			return err
		}
		switch c {
		case ',':
			w.pos++
		case ']':
			w.pos++
			return nil
		default:
			return w.fail("json.syntax", snippet(w.buf, w.pos))
		}
	}
}
