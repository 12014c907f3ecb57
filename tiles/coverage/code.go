package coverage

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
	"unicode/utf8"
)

// layout names how cells are written: bytes of another are not read.
const layout = 1

// errNoCell says that bytes are not a cell as Encode writes it.
var errNoCell = errors.New("coverage: these bytes are no cell")

// Encode writes a cell, to be kept. It ends in a checksum.
func (c *Cell) Encode() []byte {
	b := []byte{layout}
	put := func(n uint64) { b = binary.AppendUvarint(b, n) }
	put(uint64(c.X))
	put(uint64(c.Y))
	put(uint64(len(c.uses)))
	for i, u := range c.uses {
		put(uint64(len(u)))
		b = append(b, u...)
		t := &c.tally[i]
		put(uint64(t.count))
		put(uint64(t.anchor + 1))
		b = binary.AppendVarint(b, t.area)
	}
	for _, l := range c.levels {
		put(uint64(len(l)))
		b = append(b, l...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}

// Decode reads a cell that Encode wrote. Whatever it accepts can be drawn.
func Decode(b []byte) (*Cell, error) {
	end := len(b) - 4
	if end < 1 || b[0] != layout || binary.LittleEndian.Uint32(b[end:]) != crc32.Checksum(b[:end], crc32.MakeTable(crc32.Castagnoli)) {
		return nil, errNoCell
	}
	r := decoder{b: b[1:end]}
	c := &Cell{X: uint32(r.up(1<<Base - 1)), Y: uint32(r.up(1<<Base - 1))}
	n := int(r.up(mostUses))
	for range n {
		u := r.bytes()
		if !utf8.Valid(u) || len(c.uses) > 0 && string(u) <= c.uses[len(c.uses)-1] {
			return nil, errNoCell
		}
		t := tally{count: int32(r.up(1<<31 - 1)), anchor: int32(r.up(Side*Side)) - 1}
		t.area = r.signed()
		c.uses, c.tally = append(c.uses, string(u)), append(c.tally, t)
		if r.failed {
			return nil, errNoCell
		}
	}
	for i := range c.levels {
		l := r.bytes()
		side := Side >> i
		if r.failed || !wholeRuns(l, side*side, n) {
			return nil, errNoCell
		}
		c.levels[i] = slices.Clone(l)
	}
	if r.failed || len(r.b) > 0 {
		return nil, errNoCell
	}
	return c, nil
}

// wholeRuns reports whether packed pixels are as many as there should be, of values
// that there are.
func wholeRuns(packed []byte, pixels, uses int) bool {
	r := decoder{b: packed}
	for len(r.b) > 0 && !r.failed {
		r.up(uint64(uses))
		pixels -= int(r.up(uint64(max(pixels, 0))))
	}
	return !r.failed && pixels == 0
}

// decoder reads numbers and texts, and stops at the first that is not as it should be.
type decoder struct {
	b      []byte
	failed bool
}

// up is a number up to most.
func (r *decoder) up(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if r.failed || n <= 0 || v > most {
		r.failed = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *decoder) signed() int64 {
	v, n := binary.Varint(r.b)
	if r.failed || n <= 0 {
		r.failed = true
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *decoder) bytes() []byte {
	n := r.up(uint64(len(r.b)))
	if r.failed || n > uint64(len(r.b)) {
		r.failed = true
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}
