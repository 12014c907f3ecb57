package coverage

import (
	"encoding/binary"
	"slices"
)

// least is the share of a pixel's land, one in so many, that a use must have on it
// to be drawn there.
const least = 8

// most bounds, in pixels, what is owed to a use that is nowhere large enough.
const most = 2

// shrinker makes the levels of a cell. It keeps its memory.
type shrinker struct {
	count []int32 // by value, of the pixel in hand
	owed  []int32 // by value: pixels of Base not drawn so far, above zero, or drawn too many
	seen  []uint16
	row   []uint16
}

// levels fills in a cell's levels from its ground, whose margin is left out, and
// reports whether there is any land on it.
func (s *shrinker) levels(c *Cell, ground *raster) bool {
	s.count = make([]int32, len(c.uses)+1)
	s.owed = make([]int32, len(c.uses)+1)
	var w runs
	land := false
	for y := range Side {
		from := (y+margin)*ground.side + margin
		row := ground.px[from : from+Side]
		land = land || slices.Max(row) > 0
		w.add(row)
	}
	c.levels[0] = w.done()
	for level := 1; level < len(c.levels); level++ {
		c.levels[level] = s.level(ground, level)
	}
	return land
}

// level makes pixels of 2^level × 2^level of the ground each. Rows are gone through
// to and fro, so that what is owed is paid close by.
func (s *shrinker) level(ground *raster, level int) []byte {
	clear(s.owed)
	side := Side >> level
	s.row = append(s.row[:0], make([]uint16, side)...)
	var w runs
	for y := range side {
		for i := range side {
			x := i
			if y%2 == 1 {
				x = side - 1 - i
			}
			s.row[x] = s.pixel(ground, margin+x<<level, margin+y<<level, 1<<level)
		}
		w.add(s.row)
	}
	return w.done()
}

// pixel is the value for the square of ground at x, y: none where less than half of
// it is land; else, of the uses that have a fair share of it, the one to which most
// is owed, the first of equals.
func (s *shrinker) pixel(ground *raster, x, y, size int) uint16 {
	s.seen = s.seen[:0]
	for dy := range size {
		from := (y+dy)*ground.side + x
		row := ground.px[from : from+size]
		for i := 0; i < size; {
			v, k := row[i], i+1
			for k < size && row[k] == v {
				k++
			}
			if s.count[v] == 0 {
				s.seen = append(s.seen, v)
			}
			s.count[v] += int32(k - i)
			i = k
		}
	}
	all := int32(size * size)
	land := all - s.count[0]
	best := uint16(0)
	if 2*land >= all {
		for _, v := range s.seen {
			if v == 0 {
				continue
			}
			s.owed[v] = min(s.owed[v]+s.count[v], most*all)
			if s.count[v]*least >= land && (best == 0 || s.owed[v] > s.owed[best] || s.owed[v] == s.owed[best] && v < best) {
				best = v
			}
		}
		if best == 0 { // many uses, each with less than a fair share
			for _, v := range s.seen {
				if v != 0 && (best == 0 || s.count[v] > s.count[best] || s.count[v] == s.count[best] && v < best) {
					best = v
				}
			}
		}
		s.owed[best] = max(s.owed[best]-land, -most*all)
	}
	for _, v := range s.seen {
		s.count[v] = 0
	}
	return best
}

// runs packs pixel values: each value with how many times it stands in a row.
type runs struct {
	b     []byte
	value uint16
	n     uint64
}

func (w *runs) add(px []uint16) {
	for _, v := range px {
		if v != w.value && w.n > 0 {
			w.flush()
		}
		w.value = v
		w.n++
	}
}

func (w *runs) flush() {
	w.b = binary.AppendUvarint(binary.AppendUvarint(w.b, uint64(w.value)), w.n)
	w.n = 0
}

// done is what was packed, cut to size.
func (w *runs) done() []byte {
	if w.n > 0 {
		w.flush()
	}
	return append([]byte(nil), w.b...)
}

// unpack lays packed pixels of a square of side onto a raster at x, y, their values
// changed by the table.
func unpack(r *raster, packed []byte, x, y, side int, table []uint16) {
	at := 0
	for len(packed) > 0 {
		v, w := binary.Uvarint(packed)
		packed = packed[w:]
		n, w := binary.Uvarint(packed)
		packed = packed[w:]
		value := table[v]
		for n > 0 {
			row, col := at/side, at%side
			k := min(int(n), side-col)
			from := (y+row)*r.side + x + col
			for i := range k {
				r.px[from+i] = value
			}
			at += k
			n -= uint64(k)
		}
	}
}
