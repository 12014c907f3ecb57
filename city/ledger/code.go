package ledger

import (
	"bytes"
	"encoding/binary"
	"hash/crc64"
	"math"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
)

// How parcels lie is kept as bytes, a page at a time: a version, the parcels, a
// checksum. What cannot be read is worked out anew.
const (
	layout       byte = 2
	mostLies          = pageSize
	mostOnto          = 1 << 12 // zones or restrictions on one parcel
	mostWard          = 1 << 8  // bytes of a ward's code
	checksum          = 8
	flagSure          = 1 << 0
	flagSame          = 1 << 1 // it is known whether a neighbour has the same use
	flagSameYes       = 1 << 2
	flagFront         = 1 << 3
	flagWidth         = 1 << 4
	flagBuilt         = 1 << 5
	flagBroken        = 1 << 6
	flagMeasured      = 1 << 7
)

// lain is how a parcel lies, and the version of its record that it holds for.
type lain struct {
	id      uint64
	rev     spatial.Revision
	version int32
	broken  bool // it has no shape to work with
	city.Lie
}

// failed stands for the overlap that could not be worked out when the bytes were
// made: the reason is not kept.
type failed struct{}

func (failed) Error() string { return "the overlap could not be worked out" }

func sum(b []byte) uint64 { return crc64.Checksum(b, crc64.MakeTable(crc64.ECMA)) }

func encode(all []lain) []byte {
	b := append(make([]byte, 0, 16+80*len(all)), layout)
	b = binary.AppendUvarint(b, uint64(len(all)))
	last := uint64(0)
	for i := range all {
		b = all[i].encode(b, last)
		last = all[i].id
	}
	return bytes.Clone(binary.LittleEndian.AppendUint64(b, sum(b))) // cut to size: there are many
}

func (l *lain) encode(b []byte, last uint64) []byte {
	b = binary.AppendUvarint(b, l.id-last)
	b = binary.AppendUvarint(b, uint64(l.rev))
	b = binary.AppendUvarint(b, uint64(l.version))
	var flags byte
	set := func(yes bool, f byte) {
		if yes {
			flags |= f
		}
	}
	set(l.Sure, flagSure)
	set(l.SameUse != nil, flagSame)
	set(l.SameUse != nil && *l.SameUse, flagSameYes)
	set(l.Frontage != nil, flagFront)
	set(l.RoadWidth != nil, flagWidth)
	set(l.Built != nil, flagBuilt)
	set(l.broken, flagBroken)
	set(l.Measured, flagMeasured)
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(len(l.Ward)))
	b = append(b, l.Ward...)
	for _, n := range [...]*float64{l.Frontage, l.RoadWidth, l.Built} {
		if n != nil {
			b = appendFloat(b, *n)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(l.Zones)))
	for i := range l.Zones {
		z := &l.Zones[i]
		b = binary.AppendUvarint(b, z.ID)
		if z.Failed != nil {
			b = append(b, 1)
			continue
		}
		b = appendFloat(appendFloat(append(b, 0), z.Area), z.Share)
	}
	b = binary.AppendUvarint(b, uint64(len(l.Restrictions)))
	for i := range l.Restrictions {
		r := &l.Restrictions[i]
		b = binary.AppendUvarint(b, r.ID)
		var flags byte
		if r.Share != nil {
			flags |= 1
		}
		if r.Sliver {
			flags |= 2
		}
		b = append(b, flags)
		if r.Share != nil {
			b = appendFloat(b, *r.Share)
		}
	}
	return b
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

// decode reads what encode wrote; false where the bytes are anything else.
func decode(b []byte) ([]lain, bool) {
	n := len(b) - checksum
	if n < 1 || b[0] != layout || binary.LittleEndian.Uint64(b[n:]) != sum(b[:n]) {
		return nil, false
	}
	r := reader{b: b[1:n]}
	count := r.count(mostLies)
	all := make([]lain, 0, count)
	last := uint64(0)
	for range count {
		l := r.lain(last)
		if r.bad || l.id <= last && last > 0 || l.id > spatial.MaxID {
			return nil, false
		}
		last = l.id
		all = append(all, l)
	}
	return all, !r.bad && len(r.b) == 0
}

// reader reads bytes that may be anything: it never reads beyond them, and takes no
// more memory than they have.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) number() uint64 {
	n, w := binary.Uvarint(r.b)
	if w <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[w:]
	return n
}

// count is a number of things that take a byte each at least.
func (r *reader) count(most int) int {
	n := r.number()
	if n > uint64(most) || n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return make([]byte, n)
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

// float is a number that is neither infinite nor none, nor below zero: all of them
// are metres, square metres and shares.
func (r *reader) float() float64 {
	f := math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
	if !(f >= 0 && f <= math.MaxFloat64) {
		r.bad = true
	}
	return f
}

func (r *reader) optional(there bool) *float64 {
	if !there {
		return nil
	}
	f := r.float()
	return &f
}

// flags is a byte of which only known bits are set.
func (r *reader) flags(known byte) byte {
	f := r.bytes(1)[0]
	r.bad = r.bad || f&^known != 0
	return f
}

func (r *reader) lain(last uint64) lain {
	l := lain{id: last + r.number(), rev: spatial.Revision(r.number())}
	version := r.number()
	r.bad = r.bad || version > math.MaxInt32
	l.version = int32(version)
	flags := r.flags(255)
	l.Sure, l.broken, l.Measured = flags&flagSure != 0, flags&flagBroken != 0, flags&flagMeasured != 0
	if flags&flagSame != 0 {
		same := flags&flagSameYes != 0
		l.SameUse = &same
	}
	l.Ward = string(r.bytes(r.count(mostWard)))
	l.Frontage, l.RoadWidth, l.Built = r.optional(flags&flagFront != 0), r.optional(flags&flagWidth != 0), r.optional(flags&flagBuilt != 0)
	if n := r.count(mostOnto); n > 0 {
		l.Zones = make([]city.OnZone, n)
	}
	for i := range l.Zones {
		z := &l.Zones[i]
		z.ID = r.number()
		if r.flags(1) == 1 {
			z.Failed = failed{}
			continue
		}
		z.Area, z.Share = r.float(), r.float()
	}
	if n := r.count(mostOnto); n > 0 {
		l.Restrictions = make([]city.OnRestriction, n)
	}
	for i := range l.Restrictions {
		k := &l.Restrictions[i]
		k.ID = r.number()
		flags := r.flags(3)
		k.Share, k.Sliver = r.optional(flags&1 != 0), flags&2 != 0
	}
	return l
}
