// Package kml reads the placemarks of a KML file, or of all of them in a KMZ archive.
//
// It is not a viewer: styles, pictures, tours and models are passed over, and no
// link is followed. A placemark's own time is not read.
//
// Invariant: placemarks are streamed, one in memory at a time. No entity but
// XML's own five is resolved, so that nothing can grow on being read.
package kml

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
)

const op = "read KML"

// mostEntries bounds what is looked through in one KMZ.
const mostEntries = 100_000

// CRSFrom is Info.CRSFrom: KML is in WGS 84 by the format.
const CRSFrom = "kml"

// Open reads the beginning of a file. Attributes are "name", "description",
// "folder" (the folders it lies in, joined by "/"), and the names of its
// extended data, which come as text.
//
// Errors: "file.unknown", "file.unreadable", "file.tooLarge", "archive.malformed",
// "archive.entries", "kml.none" (a KMZ without one), "kml.notOne", "kml.encoding" (name).
// The sequence gives those again, to end it, with "kml.syntax" (line, why),
// "kml.depth", "row.tooLarge", "rows.tooMany" and "fields.tooMany"; about rows:
// "kml.coordinates" (line, what), "geometry.type", "geometry.nonFinite",
// "geometry.points", "geometry.rings", "geometry.depth", "geometry.hollow".
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	name = path.Clean(name)
	info := raw.Info{Name: path.Base(name), Format: raw.KML, CRS: "OGC:CRS84", CRSFrom: CRSFrom, Encoding: "utf-8", Count: -1, Members: []string{path.Base(name)}}
	all, err := open(fsys, name, lim)
	if err != nil {
		return raw.Info{}, nil, err
	}
	defer all.close()
	s, done, err := all.begin(0)
	if err != nil {
		return raw.Info{}, nil, err
	}
	err = s.start()
	done()
	if err != nil {
		return raw.Info{}, nil, err
	}
	seq := func(yield func(raw.Feature, error) bool) {
		if err := read(fsys, name, lim, yield); err != nil && !errors.Is(err, errStopped) {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

// read yields every placemark of every member; the error ends the source.
func read(fsys fs.FS, name string, lim raw.Limits, yield func(raw.Feature, error) bool) error {
	all, err := open(fsys, name, lim)
	if err != nil {
		return err
	}
	defer all.close()
	row := 0
	for i := range all.members {
		s, done, err := all.begin(i)
		if err != nil {
			return err
		}
		s.row = row
		if err = s.start(); err == nil {
			err = s.placemarks(yield)
		}
		row, all.left = s.row, s.bytes.left
		done()
		if err != nil {
			return err
		}
	}
	return nil
}

// errStopped ends a reading that the consumer wants no more of.
var errStopped = errors.New("stopped")

// holder is an opened file or archive.
type holder struct {
	file    string
	lim     raw.Limits
	left    int // bytes that may still be read
	members []func() (io.ReadCloser, error)
	close   func()
}

// source is a KML being read.
type source struct {
	file  string
	lim   raw.Limits
	bytes *bounded
	xml   *xml.Decoder
	depth int
	row   int // placemarks so far
}

// bounded bounds the bytes of a source, and of what is between two calls of next.
type bounded struct {
	r         io.Reader
	file      string
	lim       raw.Limits
	left, row int
}

func (b *bounded) next() { b.row = b.lim.Row }

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p[:min(len(p), max(1, min(b.left, b.row)))])
	if b.left, b.row = b.left-n, b.row-n; b.left < 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "file.tooLarge", b.file, "limit", b.lim.Bytes)
	}
	if b.row < 0 {
		return 0, raw.Fail(op, spatial.TooLarge, "row.tooLarge", b.file, "limit", b.lim.Row)
	}
	return n, err
}

// open looks into a file. In an archive the placemarks may stand in the first KML,
// or in others that it links to: all are members, in the archive's order.
func open(fsys fs.FS, name string, lim raw.Limits) (*holder, error) {
	h := &holder{file: path.Base(name), lim: lim, left: lim.Bytes, close: func() {}}
	if !strings.EqualFold(path.Ext(name), ".kmz") {
		h.members = append(h.members, func() (io.ReadCloser, error) {
			f, err := fsys.Open(name)
			if err != nil {
				return nil, raw.FileError(op, name, err)
			}
			return f, nil
		})
		return h, nil
	}
	f, err := raw.OpenLocal(op, fsys, name, lim.Bytes, false)
	if err != nil {
		return nil, err
	}
	h.close = func() { _ = f.Close() } // read only
	z, err := zip.NewReader(f, f.Size)
	switch {
	case err != nil:
		h.close()
		return nil, h.damaged(err)
	case len(z.File) > mostEntries:
		h.close()
		return nil, raw.Fail(op, spatial.TooLarge, "archive.entries", h.file, "limit", mostEntries)
	}
	for _, e := range z.File {
		if strings.EqualFold(path.Ext(e.Name), ".kml") && !strings.HasPrefix(path.Base(e.Name), "._") {
			h.members = append(h.members, func() (io.ReadCloser, error) {
				r, err := e.Open()
				if err != nil {
					return nil, h.damaged(err)
				}
				return r, nil
			})
		}
	}
	if len(h.members) == 0 {
		h.close()
		return nil, raw.Fail(op, spatial.Invalid, "kml.none", h.file)
	}
	return h, nil
}

func (h *holder) damaged(err error) error {
	e := raw.Fail(op, spatial.Invalid, "archive.malformed", h.file)
	e.Err = err
	return e
}

// begin opens a member; done closes it.
func (h *holder) begin(i int) (s *source, done func(), err error) {
	r, err := h.members[i]()
	if err != nil {
		return nil, nil, err
	}
	b := bufio.NewReader(r)
	if head, _ := b.Peek(3); bytes.HasPrefix(head, []byte{0xEF, 0xBB, 0xBF}) {
		_, _ = b.Discard(3) // they were seen
	}
	s = &source{file: h.file, lim: h.lim, bytes: &bounded{r: b, file: h.file, lim: h.lim, left: h.left}}
	s.bytes.next()
	s.xml = xml.NewDecoder(s.bytes)
	s.xml.CharsetReader = charset
	return s, func() { _ = r.Close() }, nil // read only
}

// charset reads XML in an encoding that textenc knows, where a letter is a byte.
func charset(name string, r io.Reader) (io.Reader, error) {
	known, ok := textenc.FromCPG(name)
	if known == textenc.UTF8 || strings.EqualFold(name, "us-ascii") {
		return r, nil
	}
	if !ok || known == textenc.VNI {
		return nil, raw.Fail(op, spatial.Invalid, "kml.encoding", "", "name", name)
	}
	decode, err := textenc.Decoder(known)
	return &decoding{r: bufio.NewReader(r), decode: decode}, err
}

type decoding struct {
	r      *bufio.Reader
	decode func([]byte) (string, error)
	left   string
}

func (d *decoding) Read(p []byte) (int, error) {
	for d.left == "" {
		// A line at a time, so that combining marks meet their letters.
		b, err := d.r.ReadSlice('\n')
		if len(b) == 0 {
			return 0, err
		}
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return 0, err
		}
		if d.left, err = d.decode(b); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.left)
	d.left = d.left[n:]
	return n, nil
}

// token is the next token; the error has a code.
func (s *source) token() (xml.Token, error) {
	t, err := s.xml.Token()
	if err == nil {
		switch t.(type) {
		case xml.StartElement:
			if s.depth++; s.depth > s.lim.Depth+32 {
				return nil, raw.Fail(op, spatial.TooLarge, "kml.depth", s.file, "limit", s.lim.Depth+32)
			}
		case xml.EndElement:
			s.depth--
		}
		return t, nil
	}
	var known *spatial.Error
	switch {
	case err == io.EOF:
		return nil, err
	case errors.As(err, &known):
		known.Subject = s.file
		return nil, known
	}
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return nil, raw.Fail(op, spatial.Invalid, "kml.syntax", s.file, "line", syntax.Line, "why", syntax.Msg)
	}
	if errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "flate") {
		e := raw.Fail(op, spatial.Invalid, "archive.malformed", s.file)
		e.Err = err
		return nil, e
	}
	return nil, raw.FileError(op, s.file, err)
}

// must is token where the end of the file is an error.
func (s *source) must() (xml.Token, error) {
	t, err := s.token()
	if err == io.EOF {
		return nil, s.syntax("the file ends too early")
	}
	return t, err
}

func (s *source) syntax(why string) error {
	return raw.Fail(op, spatial.Invalid, "kml.syntax", s.file, "line", s.lineNumber(), "why", why)
}

func (s *source) lineNumber() int {
	line, _ := s.xml.InputPos()
	return line
}

// start passes over what is before the root, which must be of a KML.
func (s *source) start() error {
	for {
		t, err := s.token()
		if err == io.EOF {
			return raw.Fail(op, spatial.Invalid, "kml.notOne", s.file)
		}
		if err != nil {
			return err
		}
		if e, ok := t.(xml.StartElement); ok {
			switch e.Name.Local {
			case "kml", "Document", "Folder":
				return nil
			}
			return raw.Fail(op, spatial.Invalid, "kml.notOne", s.file)
		}
	}
}
