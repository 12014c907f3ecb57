package mvt

import (
	"encoding/binary"
	"math"
	"math/bits"

	"github.com/langbiang/langbiang/spatial"
)

// tag is a value as it stands in a tile: up to 14 bytes as the format has it, and their
// number. So equal values are equal numbers, and a tile's values are told apart without
// a text being looked at. A longer value stands in a list, and the tag says where.
type tag struct{ low, high uint64 }

const (
	tagLength = 48   // bits of high from which the number of bytes stands
	tagLong   = 0xff // the number of bytes of a longer value
	tagMost   = 14
)

func (t tag) length() int { return int(t.high >> tagLength) }

// tagAt is the value of so many bytes, at most tagMost, that b begins with.
func tagAt(b []byte, size int) (t tag) {
	if len(b) >= 16 {
		t = tag{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
	} else {
		var all [16]byte
		copy(all[:], b)
		t = tag{binary.LittleEndian.Uint64(all[:]), binary.LittleEndian.Uint64(all[8:])}
	}
	if size < 8 { // what is behind the value is not the value's
		return tag{t.low & (1<<(8*size) - 1), uint64(size) << tagLength}
	}
	return tag{t.low, t.high&(1<<(8*(size-8))-1) | uint64(size)<<tagLength}
}

// appendTag writes an attribute as a sketch has it: the position of its name, the
// number of bytes of its value, of a longer one that number behind tagLong, the value.
func appendTag(b []byte, position int, v spatial.Value) []byte {
	n := valueSize(v)
	if b = append(b, byte(position)); n > tagMost {
		b = binary.LittleEndian.AppendUint32(append(b, tagLong), uint32(n))
	} else {
		b = append(b, byte(n))
	}
	return appendValue(b, v)
}

// paired adds n attributes of a sketch to those of the feature in hand.
func (e *Encoder) paired(b []byte, n int) {
	for range n {
		position, size := int(b[0]), int(b[1])
		b = b[2:]
		if size == tagLong {
			size = int(binary.LittleEndian.Uint32(b))
			e.pair(position, e.values.longer(b[4:4+size]))
			b = b[4+size:]
			continue
		}
		e.pair(position, e.values.index(tagAt(b, size)))
		b = b[size:]
	}
}

// attribute adds one to those of the feature in hand.
func (e *Encoder) attribute(position int, v spatial.Value) {
	var all [64]byte
	if b := appendValue(all[:0], v); len(b) > tagMost {
		e.pair(position, e.values.longer(b))
	} else {
		e.pair(position, e.values.index(tagAt(b, len(b))))
	}
}

// pair adds the number of a name and that of a value.
func (e *Encoder) pair(position int, value uint32) {
	k := e.numbers[position]
	if k == 0 {
		e.keys = append(e.keys, e.names[position])
		k = uint32(len(e.keys))
		e.numbers[position] = k
	}
	if k <= 0x80 && value < 0x80 {
		e.pairs = append(e.pairs, byte(k-1), byte(value))
		return
	}
	e.pairs = binary.AppendUvarint(binary.AppendUvarint(e.pairs, uint64(k-1)), uint64(value))
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

// longer is the number of a value of more than tagMost bytes.
func (v *values) longer(b []byte) uint32 {
	i, ok := v.long[string(b)]
	if !ok {
		if v.long == nil {
			v.long = map[string]uint32{}
		}
		text := string(b)
		i = v.add(tag{uint64(len(v.texts)), tagLong << tagLength}, len(text))
		v.texts = append(v.texts, text)
		v.long[text] = i
	}
	return i
}

// index is the number of a value of at most tagMost bytes.
func (v *values) index(t tag) uint32 {
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
			n := len(b) + 1 + t.length()
			b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(append(b, byte(t.length())), t.low), t.high)[:n]
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
