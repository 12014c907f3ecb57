package shapefile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// Shape types of the main file.
const (
	shapeNull       = 0
	shapePoint      = 1
	shapePolyLine   = 3
	shapePolygon    = 5
	shapeMultiPoint = 8
	shapeMultiPatch = 31
)

const (
	headerLen   = 100
	grow        = 1 << 20 // a record's buffer grows by so much as its bytes really come
	recordBytes = 8
)

// shpHeader is the head of a .shp or .shx.
type shpHeader struct {
	size  int64 // bytes, as declared
	shape int   // 0…31
}

func readHeader(r io.Reader, file string) (shpHeader, error) {
	var b [headerLen]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return shpHeader{}, ended(file, 0, 0, err)
	}
	if binary.BigEndian.Uint32(b[:]) != 9994 || binary.LittleEndian.Uint32(b[28:]) != 1000 {
		return shpHeader{}, raw.Fail(op, spatial.Invalid, "shapefile.notOne", file)
	}
	return shpHeader{size: 2 * int64(binary.BigEndian.Uint32(b[24:])), shape: int(int32(binary.LittleEndian.Uint32(b[32:])))}, nil
}

// ended is the error for a file that stops inside something. An error of the
// file system, or of a damaged archive, keeps its own words.
func ended(file string, row int, offset int64, err error) error {
	var known *spatial.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return raw.Fail(op, spatial.Invalid, "shapefile.truncated", file, "row", row, "offset", offset)
	}
	e := raw.Fail(op, spatial.Invalid, "shapefile.damaged", file, "row", row, "offset", offset)
	e.Err = err
	return e
}

// baseShape is the shape type without its Z or M, whether it has z or m, and
// whether there is such a type.
func baseShape(t int) (base int, dims string, ok bool) {
	switch t {
	case shapeNull, shapePoint, shapePolyLine, shapePolygon, shapeMultiPoint, shapeMultiPatch:
		return t, "", true
	case 11, 13, 15, 18:
		return t - 10, "z", true
	case 21, 23, 25, 28:
		return t - 20, "m", true
	}
	return 0, "", false
}

// shpReader walks the records of a .shp in the order of their numbers, with the
// .shx to help where records do not follow each other.
type shpReader struct {
	file     string
	r        *bufio.Reader // its buffer is at least 64 bytes
	x        *bufio.Reader // the .shx, nil where there is none or it is of no more use
	shape    int           // without Z or M
	pos      int64         // in the .shp
	declared int64         // where it ends, by its header
	size     int64         // where it ends, by the file system or archive
	row      int           // records read
	odd      bool          // record numbers are not to be relied on
	gap      int64         // bytes passed over before the last record
	buf      []byte
	max      int
}

// record is the head of a record and the first word of its content.
type record struct {
	number       uint32
	length, kind int64
}

// peek looks at the head of a record at the reader's place; ok is false where
// the file ends before it.
func (s *shpReader) peek() (h record, ok bool, err error) {
	b, err := s.r.Peek(recordBytes + 4)
	if len(b) < recordBytes+4 {
		if err == io.EOF {
			err = nil
		}
		return record{}, false, err
	}
	return recordAt(b), true, nil
}

func recordAt(b []byte) record {
	return record{binary.BigEndian.Uint32(b), 2 * int64(binary.BigEndian.Uint32(b[4:])), int64(int32At(b, 8))}
}

// plausible reports whether h can be the head of a record at offset at.
func (s *shpReader) plausible(h record, at int64) bool {
	base, _, ok := baseShape(int(h.kind))
	return ok && (base == shapeNull || base == s.shape) && s.fits(h, at)
}

// fits reports whether a record at offset at ends inside the file.
func (s *shpReader) fits(h record, at int64) bool {
	return h.length >= 4 && at+recordBytes+h.length <= max(s.declared, s.size)
}

// next is the content of the next record, valid until the next call; io.EOF
// after the last.
func (s *shpReader) next() ([]byte, error) {
	s.gap = 0
	want := int64(s.row) + 1
	h, ok, err := s.peek()
	if err != nil {
		return nil, ended(s.file, s.row+1, s.pos, err)
	}
	if at, indexed := s.indexed(); indexed && at > s.pos && (!ok || int64(h.number) != want || !s.plausible(h, s.pos)) {
		// A gap, and the index knows where it ends.
		if err := s.skip(at - s.pos); err != nil {
			return nil, err
		}
		if h, ok, err = s.peek(); err != nil {
			return nil, ended(s.file, s.row+1, s.pos, err)
		}
	}
	switch {
	case !ok && s.pos >= s.declared:
		return nil, io.EOF // perhaps with stray bytes after the declared end
	case !ok:
		return nil, ended(s.file, s.row+1, s.pos, io.ErrUnexpectedEOF)
	case s.plausible(h, s.pos) && (int64(h.number) == want || s.follows(h)):
	case int64(h.number) == want && s.fits(h, s.pos) && s.behind(h): // of another type, which is for the row to say
	case s.pos >= s.declared:
		return nil, io.EOF // the file says it ended here, and what follows is no record
	default:
		if h, err = s.search(h); err != nil {
			return nil, err
		}
	}
	if h.length > int64(s.max) {
		return nil, raw.Fail(op, spatial.TooLarge, "row.tooLarge", s.file, "row", s.row+1, "offset", s.pos, "length", h.length, "limit", s.max)
	}
	if _, err := s.r.Discard(recordBytes); err != nil {
		return nil, ended(s.file, s.row+1, s.pos, err)
	}
	if err := s.fill(int(h.length)); err != nil {
		return nil, err
	}
	s.pos += recordBytes + h.length
	s.row++
	return s.buf, nil
}

// indexed is where the .shx puts the next record.
func (s *shpReader) indexed() (at int64, ok bool) {
	if s.x == nil {
		return 0, false
	}
	var b [recordBytes]byte
	if _, err := io.ReadFull(s.x, b[:]); err != nil {
		s.x = nil
		return 0, false
	}
	at = 2 * int64(binary.BigEndian.Uint32(b[:]))
	return at, at < max(s.declared, s.size)
}

// follows decides about a plausible record whose number is not the next: it is
// one where another record, or the end, comes right behind it. From then on
// numbers are not asked for.
func (s *shpReader) follows(h record) bool {
	s.odd = s.odd || s.behind(h)
	return s.odd
}

// behind reports whether a record, or the end, comes right behind a record at
// the reader's place; false where that is too far to see.
func (s *shpReader) behind(h record) bool {
	n := recordBytes + h.length
	end := s.pos + n
	if end+recordBytes+4 > max(s.declared, s.size) {
		return true
	}
	if n+recordBytes+4 > int64(s.r.Size()) {
		return false
	}
	b, _ := s.r.Peek(int(n) + recordBytes + 4)
	return len(b) == int(n)+recordBytes+4 && s.plausible(recordAt(b[n:]), end)
}

// search passes over bytes that are no record, as some writers leave behind when
// they edit in place, to the record of the next number.
func (s *shpReader) search(h record) (record, error) {
	from, first := s.pos, h
	for {
		if err := s.skip(4); err != nil {
			return record{}, err
		}
		h, ok, err := s.peek()
		if err != nil {
			return record{}, ended(s.file, s.row+1, s.pos, err)
		}
		if !ok {
			return record{}, raw.Fail(op, spatial.Invalid, "shapefile.record", s.file, "row", s.row+1, "offset", from, "length", first.length)
		}
		if int64(h.number) == int64(s.row)+1 && s.plausible(h, s.pos) {
			return h, nil
		}
	}
}

func (s *shpReader) skip(n int64) error {
	for left := n; left > 0; {
		step, err := s.r.Discard(int(min(left, grow)))
		left -= int64(step)
		s.pos += int64(step)
		s.gap += int64(step)
		if err != nil {
			return ended(s.file, s.row+1, s.pos, err)
		}
	}
	return nil
}

// fill reads n bytes into the buffer, trusting n only as far as bytes come.
func (s *shpReader) fill(n int) error {
	s.buf = s.buf[:0]
	for len(s.buf) < n {
		have := len(s.buf)
		step := min(n-have, max(grow, cap(s.buf)-have))
		if cap(s.buf) < have+step {
			s.buf = append(make([]byte, 0, max(have+step, 2*cap(s.buf))), s.buf...)
		}
		s.buf = s.buf[:have+step]
		if got, err := io.ReadFull(s.r, s.buf[have:]); err != nil {
			return ended(s.file, s.row+1, s.pos+recordBytes+int64(have+got), err)
		}
	}
	return nil
}

func float64At(b []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b[i:]))
}

func int32At(b []byte, i int) int { return int(int32(binary.LittleEndian.Uint32(b[i:]))) }
