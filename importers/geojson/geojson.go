// Package geojson reads GeoJSON: a FeatureCollection, a Feature, a geometry, or
// a sequence of them by line or by record separator (RFC 8142), each also gzipped.
//
// It is not a general JSON reader: it knows where features stand and reads one
// at a time. It does not follow links, and does not judge geometry.
//
// Invariant: at most one feature, or one member of the collection's own, is in
// memory at a time, and no more bytes of it than Limits.Row.
package geojson

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/langbiang/langbiang/importers/raw"
)

const op = "read GeoJSON"

// separator stands before each text of an RFC 8142 sequence.
const separator = 0x1E

// layout is how a source is divided.
type layout uint8

const (
	single      layout = iota // one text, or several that only their braces divide
	byLine                    // one text a line
	bySeparator               // a separator before each text
)

// defaultCRS is what GeoJSON is in where it says nothing (RFC 7946).
const defaultCRS = "OGC:CRS84"

// Open reads what a file says about itself. It runs through a FeatureCollection
// once, without reading its features, to count them and because a "crs" member
// may stand behind them.
//
// Errors: "file.unknown", "file.unreadable", "file.damaged", "file.tooLarge",
// "json.syntax", "json.truncated", "text.notUTF8", "geojson.type", "geojson.crs".
// The sequence gives those again, to end it, with "row.tooLarge", "rows.tooMany"
// and "crs.mixed"; about rows: "json.syntax", "json.depth", "text.notUTF8",
// "geojson.notObject", "geojson.type", "geojson.crs", "crs.mixed",
// "geometry.type", "geometry.noCoordinates", "geometry.position",
// "geometry.hollow", "geometry.nonFinite", "geometry.points", "geometry.rings",
// "fields.tooMany". Args offset (bytes) and line say where.
func Open(fsys fs.FS, name string, lim raw.Limits) (raw.Info, iter.Seq2[raw.Feature, error], error) {
	lim = lim.OrDefault()
	name = path.Clean(name)
	info := raw.Info{Name: path.Base(name), Format: raw.GeoJSON, CRS: defaultCRS, CRSFrom: "geojson-default",
		Encoding: "utf-8", Count: -1, Members: []string{path.Base(name)}}
	div, err := survey(fsys, name, lim, &info)
	if err != nil {
		return raw.Info{}, nil, err
	}
	seq := func(yield func(raw.Feature, error) bool) {
		w, done, err := openWindow(fsys, name, lim)
		if err != nil {
			yield(raw.Feature{}, err)
			return
		}
		defer done()
		s := &stream{w: w, p: parser{file: w.file, lim: lim}, crs: info.CRS, yield: yield}
		if err := s.read(div); err != nil && !errors.Is(err, errStopped) {
			yield(raw.Feature{}, err)
		}
	}
	return info, seq, nil
}

// openWindow opens a file, through gzip where its bytes say so, and passes over
// a byte order mark.
func openWindow(fsys fs.FS, name string, lim raw.Limits) (*window, func(), error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, nil, raw.FileError(op, name, err)
	}
	done := func() { f.Close() } // read-only: there is nothing a failed close could lose
	file := path.Base(name)
	b := bufio.NewReaderSize(f, 64<<10)
	head, err := b.Peek(3)
	if err != nil && err != io.EOF {
		done()
		return nil, nil, raw.FileError(op, name, err)
	}
	w := newWindow(file, b, lim)
	if bytes.HasPrefix(head, []byte{0x1F, 0x8B}) {
		z, err := gzip.NewReader(b)
		if err != nil {
			done()
			e := w.fail("file.damaged", "gzip")
			e.Err = err
			return nil, nil, e
		}
		w.r = z
	}
	for len(w.buf) < 3 {
		if err := w.more(); err == io.EOF {
			break
		} else if err != nil {
			done()
			return nil, nil, err
		}
	}
	switch {
	case bytes.HasPrefix(w.buf, []byte{0xEF, 0xBB, 0xBF}):
		w.pos = 3
	case bytes.HasPrefix(w.buf, []byte{0xFF, 0xFE}), bytes.HasPrefix(w.buf, []byte{0xFE, 0xFF}):
		done()
		return nil, nil, w.fail("text.notUTF8", "UTF-16")
	}
	return w, done, nil
}

// survey finds out how the source is divided, its CRS, and, for a collection,
// how many features it has.
func survey(fsys fs.FS, name string, lim raw.Limits, info *raw.Info) (layout, error) {
	w, done, err := openWindow(fsys, name, lim)
	if err != nil {
		return single, err
	}
	defer done()
	lines := slices.Contains([]string{".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".ndgeojson", ".jsonl", ".nljson"}, path.Ext(strings.TrimSuffix(strings.ToLower(name), ".gz")))
	first, err := w.space(false)
	switch {
	case err == io.EOF && lines:
		info.Format, info.Count = raw.GeoJSONSeq, 0
		return byLine, nil
	case err == io.EOF:
		return single, w.fail("json.truncated", "")
	case err != nil:
		return single, err
	}
	div := single
	if lines {
		div = byLine
	}
	if first == separator {
		w.pos++
		div = bySeparator
	}
	n, streamed := 0, false
	s := &stream{w: w, p: parser{file: w.file, lim: lim}, peek: func() { n++ }}
	startLine := w.line(w.pos)
	streamed, err = s.document()
	if s.found.set {
		info.CRS, info.CRSFrom = s.found.name, "geojson"
		if s.found.link != "" {
			info.Faults = append(info.Faults, raw.Fault{Code: "crs.link", Detail: s.found.link})
		}
	}
	if div != single {
		info.Format = raw.GeoJSONSeq
		return div, nil // what is wrong with its first text is said of its first row
	}
	if err != nil {
		if n > 0 {
			return div, nil // rows before the fault are still to be had
		}
		return div, err
	}
	multi := w.line(w.pos) != startLine
	end := w.line(w.pos)
	if c, err := w.space(true); err == nil {
		if c == '{' {
			info.Format = raw.GeoJSONSeq
		}
		if c == '{' && !multi && w.line(w.pos) > end {
			div = byLine
		}
		return div, nil
	}
	info.Count = n
	if !streamed {
		info.Count = 1
	}
	return div, nil
}

// errStopped ends a reading that the consumer wants no more of.
var errStopped = errors.New("stopped")
