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
	r        *bufio.Reader
	x        *bufio.Reader // the .shx, nil where there is none or it is of no more use
	pos      int64         // in the .shp
	declared int64
	row      int
	buf      []byte
	max      int
}

// next is the content of the next record, valid until the next call; io.EOF
// after the last.
func (s *shpReader) next() ([]byte, error) {
	var index [recordBytes]byte
	hasIndex := false
	if s.x != nil {
		if _, err := io.ReadFull(s.x, index[:]); err != nil {
			s.x = nil
		} else {
			hasIndex = true
		}
	}
	head, err := s.r.Peek(recordBytes)
	if len(head) < recordBytes {
		if len(head) == 0 && err == io.EOF && s.pos >= s.declared && !hasIndex {
			return nil, io.EOF
		}
		if err == io.EOF && s.pos >= s.declared {
			return nil, io.EOF // stray bytes after the declared end
		}
		return nil, ended(s.file, s.row+1, s.pos, err)
	}
	number, length := binary.BigEndian.Uint32(head), 2*int64(binary.BigEndian.Uint32(head[4:]))
	if hasIndex {
		at, xlen := 2*int64(binary.BigEndian.Uint32(index[:])), 2*int64(binary.BigEndian.Uint32(index[4:]))
		fits := int64(number) == int64(s.row)+1 && length == xlen
		if at > s.pos && !fits { // a gap: the index knows where it ends
			if _, err := io.CopyN(io.Discard, s.r, at-s.pos); err != nil {
				return nil, ended(s.file, s.row+1, s.pos, err)
			}
			s.pos = at
			if head, err = s.r.Peek(recordBytes); len(head) < recordBytes {
				return nil, ended(s.file, s.row+1, s.pos, err)
			}
			number, length = binary.BigEndian.Uint32(head), 2*int64(binary.BigEndian.Uint32(head[4:]))
		}
	}
	if s.pos >= s.declared && int64(number) != int64(s.row)+1 {
		return nil, io.EOF // the file says it ended here, and what follows is no record
	}
	if length < 4 {
		return nil, raw.Fail(op, spatial.Invalid, "shapefile.record", s.file, "row", s.row+1, "offset", s.pos, "length", length)
	}
	if length > int64(s.max) {
		return nil, raw.Fail(op, spatial.TooLarge, "row.tooLarge", s.file, "row", s.row+1, "offset", s.pos, "length", length, "limit", s.max)
	}
	if _, err := s.r.Discard(recordBytes); err != nil {
		return nil, ended(s.file, s.row+1, s.pos, err)
	}
	if err := s.fill(int(length)); err != nil {
		return nil, err
	}
	s.pos += recordBytes + length
	s.row++
	return s.buf, nil
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
