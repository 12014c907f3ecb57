package postgis

import (
	"encoding/binary"
	"io"
	"math"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// PostgreSQL's binary formats, as COPY and parameters take them and results give
// them: all numbers big-endian, dates in days and instants in microseconds since
// 2000-01-01.

const (
	epochDay    = 10957            // 2000-01-01 in days since 1970
	epochMillis = 946684800 * 1000 // the same in milliseconds
)

// row writes one row in COPY's binary format. Its values, cut out again by
// params, serve as parameters of a statement too.
type row struct{ buf []byte }

func (r *row) begin(columns int) { r.buf = binary.BigEndian.AppendUint16(r.buf, uint16(columns)) }
func (r *row) null()             { r.buf = append(r.buf, 0xff, 0xff, 0xff, 0xff) }

func (r *row) int64(v int64) {
	r.buf = append(r.buf, 0, 0, 0, 8)
	r.buf = binary.BigEndian.AppendUint64(r.buf, uint64(v))
}

func (r *row) int32(v int32) {
	r.buf = append(r.buf, 0, 0, 0, 4)
	r.buf = binary.BigEndian.AppendUint32(r.buf, uint32(v))
}

func (r *row) float(v float64) { r.int64(int64(math.Float64bits(v))) }

func (r *row) bool(v bool) {
	b := byte(0)
	if v {
		b = 1
	}
	r.buf = append(r.buf, 0, 0, 0, 1, b)
}

func (r *row) text(s string) {
	r.buf = binary.BigEndian.AppendUint32(r.buf, uint32(len(s)))
	r.buf = append(r.buf, s...)
}

// sized writes what add appends, with its length before it.
func (r *row) sized(add func([]byte) ([]byte, error)) error {
	at := len(r.buf)
	buf, err := add(append(r.buf, 0, 0, 0, 0))
	if err != nil {
		return err
	}
	binary.BigEndian.PutUint32(buf[at:], uint32(len(buf)-at-4))
	r.buf = buf
	return nil
}

// instant writes t to the millisecond; the zero time is null.
func (r *row) instant(t time.Time) {
	if t.IsZero() {
		r.null()
		return
	}
	r.millis(t.UnixMilli())
}

func (r *row) millis(ms int64) { r.int64((ms - epochMillis) * 1000) }

// day writes a civil day; "", and what is not one, is null.
func (r *row) day(d spatial.Date) {
	n, ok := dayNumber(d)
	if !ok {
		r.null()
		return
	}
	r.int32(n)
}

// int64s writes an array of bigint.
func (r *row) int64s(v []int64) {
	n := uint32(len(v))
	r.buf = binary.BigEndian.AppendUint32(r.buf, 20+12*n)
	for _, u := range [...]uint32{1, 0, 20, n, 1} { // dimensions, no nulls, the OID of bigint, length, lower bound
		r.buf = binary.BigEndian.AppendUint32(r.buf, u)
	}
	for _, i := range v {
		r.int64(i)
	}
}

// params are the values of the one row written.
func (r *row) params() [][]byte {
	values, _ := r.cut()
	return values
}

// cut cuts the first row into its values, and gives the bytes behind it.
func (r *row) cut() (values [][]byte, rest []byte) {
	values = make([][]byte, binary.BigEndian.Uint16(r.buf))
	rest = r.buf[2:]
	for i := range values {
		size := int32(binary.BigEndian.Uint32(rest))
		rest = rest[4:]
		if size >= 0 {
			values[i], rest = rest[:size:size], rest[size:]
		}
	}
	return values, rest
}

// dayNumber is a civil day in days since 2000-01-01.
func dayNumber(d spatial.Date) (int32, bool) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil || len(d) != len(time.DateOnly) {
		return 0, false
	}
	return int32(t.Unix()/86400 - epochDay), true
}

func readInt64(b []byte) int64 {
	if len(b) != 8 {
		return 0
	}
	return int64(binary.BigEndian.Uint64(b))
}

func readInt32(b []byte) int32 {
	if len(b) != 4 {
		return 0
	}
	return int32(binary.BigEndian.Uint32(b))
}

func readFloat(b []byte) float64 { return math.Float64frombits(uint64(readInt64(b))) }

func readBool(b []byte) bool { return len(b) == 1 && b[0] != 0 }

func readMillis(b []byte) int64 { return floorDiv(readInt64(b), 1000) + epochMillis }

func readInstant(b []byte) time.Time {
	if b == nil {
		return time.Time{}
	}
	return time.UnixMilli(readMillis(b)).UTC()
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func readDay(b []byte) spatial.Date {
	if b == nil {
		return ""
	}
	t := time.Unix((int64(readInt32(b))+epochDay)*86400, 0).UTC()
	y, m, d := t.Date()
	out := [10]byte{byte('0' + y/1000%10), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10), '-',
		byte('0' + m/10), byte('0' + m%10), '-', byte('0' + d/10), byte('0' + d%10)}
	return spatial.Date(out[:])
}

// stream reads byte slices one after the other.
type stream struct{ parts [][]byte }

func (s *stream) Read(p []byte) (int, error) {
	for len(s.parts) > 0 && len(s.parts[0]) == 0 {
		s.parts = s.parts[1:]
	}
	if len(s.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.parts[0])
	s.parts[0] = s.parts[0][n:]
	return n, nil
}
