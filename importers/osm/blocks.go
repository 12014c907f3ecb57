package osm

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// full fills b; io.EOF alone where nothing was left.
func (p *pbf) full(b []byte, begin bool) error {
	n, err := io.ReadFull(p.r, b)
	switch {
	case err == nil:
		return nil
	case err == io.EOF && begin:
		return io.EOF
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return p.fault("end")
	}
	_ = n
	return err
}

// take is a length of the buffer.
func (p *pbf) take(n int) []byte {
	if cap(p.buf) < n {
		p.buf = make([]byte, n)
	}
	return p.buf[:n]
}

// block is the next block's type and unpacked bytes.
func (p *pbf) block() (string, []byte, error) {
	var size [4]byte
	if err := p.full(size[:], true); err != nil {
		return "", nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > mostHeader {
		return "", nil, p.fault("header length")
	}
	head := p.take(int(n))
	if err := p.full(head, false); err != nil {
		return "", nil, err
	}
	kind, length := "", int64(-1)
	if !fields(head, func(num protowire.Number, v uint64, b []byte) bool {
		switch num {
		case 1:
			kind = string(b)
		case 3:
			length = int64(v)
		}
		return true
	}) || length < 0 || length > mostBlob {
		return "", nil, p.fault("block header")
	}
	blob := p.take(int(length))
	if err := p.full(blob, false); err != nil {
		return "", nil, err
	}
	data, err := p.unpack(blob)
	p.at += 4 + int64(n) + length
	return kind, data, err
}

// unpack gives a blob's content, no more than the format allows.
func (p *pbf) unpack(blob []byte) ([]byte, error) {
	var plain, packed []byte
	how := protowire.Number(0)
	if !fields(blob, func(num protowire.Number, _ uint64, b []byte) bool {
		switch num {
		case 1:
			plain, how = b, num
		case 3, 4, 5, 6, 7:
			packed, how = b, num
		}
		return true
	}) {
		return nil, p.fault("blob")
	}
	var r io.Reader
	switch how {
	case 1:
		return plain, nil
	case 3:
		z, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			return nil, p.fault("zlib")
		}
		r = z
	case 7:
		z, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(4*mostBlob))
		if err != nil {
			return nil, p.fault("zstd")
		}
		defer z.Close()
		r = z
	case 0:
		return nil, p.fault("blob without data")
	default:
		return nil, raw.Fail(op, spatial.Invalid, "osm.compression", p.file)
	}
	p.data.Reset()
	if _, err := p.data.ReadFrom(io.LimitReader(r, mostBlob+1)); err != nil || p.data.Len() > mostBlob {
		return nil, p.fault("unpacked block")
	}
	return p.data.Bytes(), nil
}

// header refuses what a reader must know and this one does not.
func (p *pbf) header(data []byte) error {
	unknown := ""
	if !fields(data, func(num protowire.Number, _ uint64, b []byte) bool {
		if s := string(b); num == 4 && s != "OsmSchema-V0.6" && s != "DenseNodes" {
			unknown = s
		}
		return true
	}) {
		return p.fault("header")
	}
	if unknown != "" {
		return raw.Fail(op, spatial.Invalid, "osm.feature", p.file, "feature", unknown)
	}
	return nil
}

// fields calls f for each field of a message: v of a number, b of bytes; false
// where the message is not whole or f said so.
func fields(m []byte, f func(num protowire.Number, v uint64, b []byte) bool) bool {
	for len(m) > 0 {
		num, typ, n := protowire.ConsumeTag(m)
		if n < 0 {
			return false
		}
		m = m[n:]
		var v uint64
		var b []byte
		switch typ {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(m)
		case protowire.BytesType:
			b, n = protowire.ConsumeBytes(m)
		default:
			n = protowire.ConsumeFieldValue(num, typ, m)
		}
		if n < 0 || !f(num, v, b) {
			return false
		}
		m = m[n:]
	}
	return true
}
