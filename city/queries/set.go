package queries

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// Set is the parcels of one answer, by id. It does not change, and is safe for
// concurrent use. The zero Set is empty.
type Set struct {
	words []uint64 // ids / 64, rising
	bits  []uint64 // which of the 64 ids of each
	count int
	key   string
}

// Set is all parcels that are meant. Error: ctx's.
func (s *Selection) Set(ctx context.Context) (*Set, error) {
	var ids []uint64
	for r, err := range s.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, r.Item().ID())
	}
	slices.Sort(ids)
	out := &Set{count: len(ids)}
	for _, id := range ids {
		if n := len(out.words); n == 0 || out.words[n-1] != id/64 {
			out.words, out.bits = append(out.words, id/64), append(out.bits, 0)
		}
		out.bits[len(out.bits)-1] |= 1 << (id % 64)
	}
	out.words, out.bits = slices.Clip(out.words), slices.Clip(out.bits)
	h := sha256.New()
	var b [16]byte
	for i := range out.words {
		binary.LittleEndian.PutUint64(b[:8], out.words[i])
		binary.LittleEndian.PutUint64(b[8:], out.bits[i])
		_, _ = h.Write(b[:]) // a hash takes everything
	}
	out.key = base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:18])
	return out, nil
}

// Has reports whether a parcel is in the set.
func (s *Set) Has(id uint64) bool {
	i, ok := slices.BinarySearch(s.words, id/64)
	return ok && s.bits[i]>>(id%64)&1 == 1
}

// Len is the number of parcels.
func (s *Set) Len() int { return s.count }

// Key names the set: sets of the same parcels have the same.
func (s *Set) Key() string { return s.key }

// Size is about how many bytes the set takes.
func (s *Set) Size() int { return 16*cap(s.words) + 128 }
