package shapefile

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"time"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// attrs reads the values of one row. Text stays undecoded and shares b.
func (t *table) attrs(b []byte, faults []raw.Fault) ([]raw.Attr, []raw.Fault) {
	as := make([]raw.Attr, len(t.columns))
	for i := range t.columns {
		c := &t.columns[i]
		as[i].Name = c.name
		cell := b[c.offset : c.offset+c.width : c.offset+c.width]
		if c.kind == 'C' {
			if text := bytes.TrimRight(cell, " \x00"); len(text) > 0 {
				as[i].Raw = text
			}
			continue
		}
		v, code := c.value(cell)
		as[i].Value = v
		if code != "" {
			faults = append(faults, raw.Fault{Code: code, Detail: c.name + ": " + readable(string(bytes.TrimSpace(cell)))})
		}
	}
	return as, faults
}

// value reads a cell that is not text; code says what is wrong with a cell that
// became null and was not blank.
func (c *column) value(cell []byte) (v spatial.Value, code string) {
	if binaryWidth(c.kind) > 0 {
		return c.binary(cell)
	}
	s := bytes.Trim(cell, " \x00\t")
	if len(s) == 0 {
		return v, ""
	}
	switch c.kind {
	case 'N', 'F':
		return c.number(s)
	case 'L':
		switch s[0] {
		case 'T', 't', 'Y', 'y', '1':
			return spatial.Bool(true), ""
		case 'F', 'f', 'N', 'n', '0':
			return spatial.Bool(false), ""
		case '?':
			return v, ""
		}
	case 'D':
		if d, ok := day(s); ok {
			return d, ""
		}
	case 'M':
		return v, "value.memo"
	case '?':
		return v, ""
	}
	return v, "value.malformed"
}

func (c *column) number(s []byte) (v spatial.Value, code string) {
	if s[0] == '*' {
		return v, "value.overflow" // what writers put where a number did not fit
	}
	if c.kind == 'N' && c.scale == 0 {
		if i, ok := whole(s); ok {
			return spatial.Int(i), ""
		}
	}
	f, err := strconv.ParseFloat(string(s), 64)
	if err != nil && bytes.Count(s, []byte{','}) == 1 && !bytes.ContainsRune(s, '.') {
		f, err = strconv.ParseFloat(string(bytes.Replace(s, []byte{','}, []byte{'.'}, 1)), 64)
	}
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || !plain(s) {
		return v, "value.malformed"
	}
	return spatial.Float(f), ""
}

// plain reports whether a number is written in decimal: ParseFloat also takes
// "inf", "0x1p4" and "1_000".
func plain(s []byte) bool {
	for _, b := range s {
		if (b < '0' || b > '9') && b != '+' && b != '-' && b != '.' && b != ',' && b != 'e' && b != 'E' {
			return false
		}
	}
	return true
}

// whole reads up to 18 digits with a sign; longer ones are left to strconv.
func whole(s []byte) (int64, bool) {
	neg := s[0] == '-'
	if neg || s[0] == '+' {
		s = s[1:]
	}
	if len(s) == 0 {
		return 0, false
	}
	if len(s) > 18 {
		i, err := strconv.ParseInt(string(s), 10, 64)
		if neg {
			i = -i
		}
		return i, err == nil
	}
	var i int64
	for _, b := range s {
		if b < '0' || b > '9' {
			return 0, false
		}
		i = 10*i + int64(b-'0')
	}
	if neg {
		i = -i
	}
	return i, true
}

// day reads "20060102"; all zeros are null.
func day(s []byte) (spatial.Value, bool) {
	if len(bytes.Trim(s, "0 /-")) == 0 {
		return spatial.Value{}, true
	}
	d, err := time.Parse("20060102", string(s))
	if err != nil {
		return spatial.Value{}, false
	}
	return spatial.Day(spatial.Date(d.Format(time.DateOnly))), true
}

// Julian day numbers of 0001-01-01 and 9999-12-31.
const (
	firstJulian = 1721426
	lastJulian  = 5373484
	unixJulian  = 2440588
)

func (c *column) binary(cell []byte) (v spatial.Value, code string) {
	switch c.kind {
	case 'I', '+':
		return spatial.Int(int64(int32(binary.LittleEndian.Uint32(cell)))), ""
	case 'Y':
		return spatial.Float(float64(int64(binary.LittleEndian.Uint64(cell))) / 1e4), ""
	case 'O', 'B':
		f := math.Float64frombits(binary.LittleEndian.Uint64(cell))
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return v, "value.malformed"
		}
		return spatial.Float(f), ""
	}
	// '@', 'T': a Julian day and the milliseconds of the day.
	if len(bytes.Trim(cell, " \x00")) == 0 {
		return v, ""
	}
	julian, ms := binary.LittleEndian.Uint32(cell), binary.LittleEndian.Uint32(cell[4:])
	if julian < firstJulian || julian > lastJulian || ms >= 86_400_000 {
		return v, "value.malformed"
	}
	return spatial.Time(time.UnixMilli((int64(julian)-unixJulian)*86_400_000 + int64(ms)).UTC()), ""
}
