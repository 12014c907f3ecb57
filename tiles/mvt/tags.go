package mvt

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/langbiang/langbiang/spatial"
)

// tag is an attribute as it stands in a tile: up to 14 bytes of the value as the
// format has it, their number, and the position of the attribute's name. So equal
// values are equal numbers, and a tile's values are told apart without a text being
// looked at. A longer value stands in a list, and the tag says where.
type tag struct{ low, high uint64 }

const (
	tagLength   = 48 // bits of high from which the number of bytes stands
	tagPosition = 56
	tagLong     = 0xff // the number of bytes of a longer value
	tagMost     = 14
)

func (t tag) length() int   { return int(t.high >> tagLength & 0xff) }
func (t tag) position() int { return int(t.high >> tagPosition) }

// value is the tag without the name's position.
func (t tag) value() tag { return tag{t.low, t.high & (1<<tagPosition - 1)} }

// tagOf packs a value; where it is a longer one it is put behind long.
func tagOf(position int, v spatial.Value, long []string) (tag, []string) {
	n := valueSize(v)
	if n > tagMost {
		at := len(long)
		return tag{uint64(at), tagLong<<tagLength | uint64(position)<<tagPosition}, append(long, string(appendValue(nil, v)))
	}
	var b [16]byte
	appendValue(b[:0], v)
	return tag{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:]) | uint64(n)<<tagLength | uint64(position)<<tagPosition}, long
}

func (t tag) append(b []byte) []byte {
	var all [16]byte
	binary.LittleEndian.PutUint64(all[:8], t.low)
	binary.LittleEndian.PutUint64(all[8:], t.high)
	return append(b, all[:t.length()]...)
}

// values numbers the values of a layer in the order they are met.
type values struct {
	list  []tag // of a longer value the place in texts
	texts []string
	long  map[string]uint32
	slots []slot // a power of two of them, half empty at least
	round uint32 // of the slots that count
	bytes int    // that the list takes
}

type slot struct {
	low, high uint64
	round     uint32
	index     uint32
}

func (v *values) reset() {
	v.list, v.texts, v.bytes = v.list[:0], v.texts[:0], 0
	if len(v.long) > 0 {
		clear(v.long)
	}
	if v.round++; v.round == 0 { // after four thousand million layers
		clear(v.slots)
		v.round = 1
	}
}

// index is the number of a value. long is the list that its tag speaks of.
func (v *values) index(t tag, long []string) uint32 {
	if t.length() == tagLong {
		text := long[t.low]
		i, ok := v.long[text]
		if !ok {
			if v.long == nil {
				v.long = map[string]uint32{}
			}
			i = v.add(tag{uint64(len(v.texts)), tagLong << tagLength}, len(text))
			v.texts = append(v.texts, text)
			v.long[text] = i
		}
		return i
	}
	t = t.value()
	if 2*len(v.list) >= len(v.slots) {
		v.grow()
	}
	s := v.find(t)
	if s.round != v.round {
		*s = slot{t.low, t.high, v.round, v.add(t, t.length())}
	}
	return s.index
}

func (v *values) add(t tag, n int) uint32 {
	v.bytes += 1 + uvarintSize(uint64(n)) + n
	v.list = append(v.list, t)
	return uint32(len(v.list) - 1)
}

// find is the slot of a value, or the one that is free for it.
func (v *values) find(t tag) *slot {
	mask := uint64(len(v.slots) - 1)
	high, low := bits.Mul64(t.low^0x9e3779b97f4a7c15, t.high^0xd6e8feb86659fd93)
	for i := high ^ low; ; i++ {
		s := &v.slots[i&mask]
		if s.round != v.round || s.low == t.low && s.high == t.high {
			return s
		}
	}
}

func (v *values) grow() {
	v.slots = make([]slot, max(1024, 2*len(v.slots)))
	for i, t := range v.list {
		if t.length() != tagLong {
			*v.find(t) = slot{t.low, t.high, v.round, uint32(i)}
		}
	}
}

// append writes the values as a layer has them.
func (v *values) append(b []byte) []byte {
	for _, t := range v.list {
		b = append(b, 4<<3|2)
		if t.length() == tagLong {
			b = text(b, v.texts[t.low])
		} else {
			b = t.append(append(b, byte(t.length())))
		}
	}
	return b
}

// Values: text (dates and times are text), double, sint, bool.
func valueSize(v spatial.Value) int {
	switch v.Type() {
	case spatial.TypeInt:
		return 1 + uvarintSize(zigzag64(v.Int()))
	case spatial.TypeFloat:
		return 9
	case spatial.TypeBool:
		return 2
	}
	n := len(v.String())
	return 1 + uvarintSize(uint64(n)) + n
}

func appendValue(b []byte, v spatial.Value) []byte {
	switch v.Type() {
	case spatial.TypeInt:
		return binary.AppendUvarint(append(b, 6<<3), zigzag64(v.Int()))
	case spatial.TypeFloat:
		f, _ := v.Number()
		return binary.LittleEndian.AppendUint64(append(b, 3<<3|1), math.Float64bits(f))
	case spatial.TypeBool:
		n := byte(0)
		if v.Bool() {
			n = 1
		}
		return append(b, 7<<3, n)
	}
	return text(append(b, 1<<3|2), v.String())
}
