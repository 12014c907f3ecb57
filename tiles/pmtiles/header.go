package pmtiles

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/paulmach/orb"
)

const (
	headerLength = 127
	magic        = "PMTiles\x03"
	// rootEnd is where header and root directory must end, so that one request for
	// the first 16 kB brings both.
	rootEnd = 16_384
)

// Compression is how bytes of an archive are compressed.
type Compression uint8

const (
	UnknownCompression Compression = iota
	None
	Gzip
	Brotli
	Zstd
)

// MVT is the type of vector tiles.
const MVT = 1

// Section is a stretch of the file, in bytes.
type Section struct{ Offset, Length uint64 }

func (s Section) end() uint64 { return s.Offset + s.Length }

// Header is an archive's header.
type Header struct {
	Root, Metadata, Leaves, Data Section
	// Addressed are the tiles, Entries what stands in directories for them, Contents
	// their different bodies; 0 = not said.
	Addressed, Entries, Contents uint64
	Clustered                    bool // bodies lie in the order of ids
	Internal, Tiles              Compression
	Type                         uint8
	MinZoom, MaxZoom             uint8
	Bounds                       [4]int32 // west, south, east, north, 1e-7°
	CenterZoom                   uint8
	Center                       [2]int32 // lon, lat, 1e-7°
}

// Box are the bounds in degrees.
func (h *Header) Box() orb.Bound {
	return orb.Bound{Min: orb.Point{float64(h.Bounds[0]) / 1e7, float64(h.Bounds[1]) / 1e7}, Max: orb.Point{float64(h.Bounds[2]) / 1e7, float64(h.Bounds[3]) / 1e7}}
}

// lies sets the bounds, and the center in their middle.
func (h *Header) lies(b orb.Bound) {
	e7 := func(deg, most float64) int32 { return int32(math.Round(max(-most, min(most, deg)) * 1e7)) }
	h.Bounds = [4]int32{e7(b.Min[0], 180), e7(b.Min[1], 90), e7(b.Max[0], 180), e7(b.Max[1], 90)}
	h.center()
}

// center puts the center in the middle of the bounds, at a zoom that shows a city.
func (h *Header) center() {
	for i := range h.Center {
		h.Center[i] = int32((int64(h.Bounds[i]) + int64(h.Bounds[i+2])) / 2)
	}
	h.CenterZoom = min(max(cityZoom, h.MinZoom), h.MaxZoom)
}

const cityZoom = 12

func (h *Header) bytes() []byte {
	b := append(make([]byte, 0, headerLength), magic...)
	for _, s := range []Section{h.Root, h.Metadata, h.Leaves, h.Data} {
		b = binary.LittleEndian.AppendUint64(b, s.Offset)
		b = binary.LittleEndian.AppendUint64(b, s.Length)
	}
	for _, n := range []uint64{h.Addressed, h.Entries, h.Contents} {
		b = binary.LittleEndian.AppendUint64(b, n)
	}
	clustered := byte(0)
	if h.Clustered {
		clustered = 1
	}
	b = append(b, clustered, byte(h.Internal), byte(h.Tiles), h.Type, h.MinZoom, h.MaxZoom)
	for _, n := range h.Bounds {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = append(b, h.CenterZoom)
	for _, n := range h.Center {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return b
}

// readHeader reads a header. Its sections lie within a file of size bytes, and so
// do the root and the header within the first 16 kB. Errors: Invalid
// "pmtiles.notArchive", "pmtiles.version" (args version), "pmtiles.header" (why).
func readHeader(b []byte, size uint64) (Header, error) {
	var h Header
	if len(b) < headerLength || string(b[:7]) != magic[:7] {
		return h, bad("pmtiles.notArchive", "no header")
	}
	if b[7] != magic[7] {
		return h, bad("pmtiles.version", fmt.Sprint(b[7]))
	}
	b = b[8:headerLength]
	word := func() uint64 {
		n := binary.LittleEndian.Uint64(b)
		b = b[8:]
		return n
	}
	signed := func() int32 {
		n := int32(binary.LittleEndian.Uint32(b))
		b = b[4:]
		return n
	}
	octet := func() uint8 {
		n := b[0]
		b = b[1:]
		return n
	}
	for _, s := range []*Section{&h.Root, &h.Metadata, &h.Leaves, &h.Data} {
		s.Offset, s.Length = word(), word()
		if s.Length > size || s.Offset > size-s.Length {
			return h, bad("pmtiles.header", fmt.Sprintf("%d bytes from %d on in a file of %d", s.Length, s.Offset, size))
		}
	}
	h.Addressed, h.Entries, h.Contents = word(), word(), word()
	clustered := octet()
	h.Clustered = clustered == 1
	h.Internal, h.Tiles, h.Type, h.MinZoom, h.MaxZoom = Compression(octet()), Compression(octet()), octet(), octet(), octet()
	for i := range h.Bounds {
		h.Bounds[i] = signed()
	}
	h.CenterZoom = octet()
	for i := range h.Center {
		h.Center[i] = signed()
	}
	switch {
	case h.Root.Length == 0 || h.Root.Offset < headerLength || h.Root.end() > rootEnd:
		return h, bad("pmtiles.header", fmt.Sprintf("the root directory from %d to %d", h.Root.Offset, h.Root.end()))
	case clustered > 1:
		return h, bad("pmtiles.header", fmt.Sprintf("clustered is %d", clustered))
	case h.MinZoom > h.MaxZoom || h.MaxZoom > Deepest:
		return h, bad("pmtiles.header", fmt.Sprintf("zooms %d to %d", h.MinZoom, h.MaxZoom))
	case h.Internal != None && h.Internal != Gzip:
		return h, bad("pmtiles.compression", fmt.Sprint(h.Internal))
	}
	return h, nil
}
