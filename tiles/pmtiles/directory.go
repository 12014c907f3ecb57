package pmtiles

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/gzip"
)

const (
	mostEntries = 1 << 18 // of one directory
	// mostDirectory is the most bytes of a directory that is not compressed: entries
	// of 24 bytes, well over what varints take.
	mostDirectory = 24 * mostEntries
	// mostSteps is how many directories a look-up reads: the root and those below it.
	mostSteps = 4
	// leafEntries is how many entries a leaf gets, unless the root has no room for
	// that many leaves.
	leafEntries = 4096
)

// Entry is a line of a directory: a body that Run tiles from ID on have; with a Run
// of 0 a leaf directory, whose first tile is ID. Offset counts from the beginning of
// the tiles, or of the leaves.
type Entry struct {
	ID, Offset  uint64
	Length, Run uint32
}

// appendDirectory writes entries as they stand before compression.
func appendDirectory(b []byte, entries []Entry) []byte {
	b = binary.AppendUvarint(b, uint64(len(entries)))
	last := uint64(0)
	for _, e := range entries {
		b = binary.AppendUvarint(b, e.ID-last)
		last = e.ID
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.Run))
	}
	for _, e := range entries {
		b = binary.AppendUvarint(b, uint64(e.Length))
	}
	next := uint64(0)
	for i, e := range entries {
		if i > 0 && e.Offset == next {
			b = append(b, 0)
		} else {
			b = binary.AppendUvarint(b, e.Offset+1)
		}
		next = e.Offset + uint64(e.Length)
	}
	return b
}

// readDirectory reads entries: at least one, ids rising, none within the run before
// it, each of at least one byte and within the tiles' or the leaves' section, whose
// lengths are given. Errors: Invalid "pmtiles.directory" (why).
func readDirectory(b []byte, tiles, leaves uint64) ([]Entry, error) {
	broken := func(format string, args ...any) ([]Entry, error) {
		return nil, bad("pmtiles.directory", fmt.Sprintf(format, args...))
	}
	word := func() (uint64, bool) {
		n, w := binary.Uvarint(b)
		if w <= 0 {
			return 0, false
		}
		b = b[w:]
		return n, true
	}
	n, ok := word()
	if !ok || n == 0 || n > mostEntries || n > uint64(len(b))/4 { // four numbers an entry
		return broken("%d entries in %d bytes", n, len(b))
	}
	entries := make([]Entry, n)
	id := uint64(0)
	for i := range entries {
		step, ok := word()
		if !ok || step > first(Deepest+1) || id+step >= first(Deepest+1) || i > 0 && step == 0 {
			return broken("entry %d: a step of %d from tile %d", i, step, id)
		}
		id += step
		entries[i].ID = id
	}
	for i := range entries {
		run, ok := word()
		e := &entries[i]
		end := uint64(first(Deepest + 1))
		if i+1 < len(entries) {
			end = entries[i+1].ID
		}
		if !ok || run > math.MaxUint32 || run > end-e.ID {
			return broken("entry %d: a run of %d from tile %d, the next is %d", i, run, e.ID, end)
		}
		e.Run = uint32(run)
	}
	for i := range entries {
		length, ok := word()
		if !ok || length == 0 || length > math.MaxUint32 {
			return broken("entry %d: %d bytes", i, length)
		}
		entries[i].Length = uint32(length)
	}
	next := uint64(0)
	for i := range entries {
		e := &entries[i]
		at, ok := word()
		switch {
		case !ok || at == 0 && i == 0:
			return broken("entry %d: no offset", i)
		case at == 0:
			e.Offset = next
		default:
			e.Offset = at - 1
		}
		within := tiles
		if e.Run == 0 {
			within = leaves
		}
		if uint64(e.Length) > within || e.Offset > within-uint64(e.Length) {
			return broken("entry %d: %d bytes from %d on, of %d", i, e.Length, e.Offset, within)
		}
		next = e.Offset + uint64(e.Length)
	}
	if len(b) > 0 {
		return broken("%d bytes after the last entry", len(b))
	}
	return entries, nil
}

// find is the entry that speaks for a tile: the last one that does not begin after it.
func find(entries []Entry, id uint64) (Entry, bool) {
	lo, hi := 0, len(entries)
	for lo < hi {
		if m := (lo + hi) / 2; entries[m].ID <= id {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == 0 {
		return Entry{}, false
	}
	e := entries[lo-1]
	return e, e.Run == 0 || id-e.ID < uint64(e.Run)
}

// directories lays entries out as a root that ends within 16 kB, and leaves.
func directories(entries []Entry) (root, leaves []byte) {
	root = zip(appendDirectory(nil, entries))
	if len(entries) <= leafEntries && headerLength+len(root) <= rootEnd {
		return root, nil
	}
	for size := leafEntries; ; size *= 2 {
		var top []Entry
		leaves = leaves[:0]
		for i := 0; i < len(entries); i += size {
			leaf := zip(appendDirectory(nil, entries[i:min(i+size, len(entries))]))
			top = append(top, Entry{ID: entries[i].ID, Offset: uint64(len(leaves)), Length: uint32(len(leaf))})
			leaves = append(leaves, leaf...)
		}
		if root = zip(appendDirectory(nil, top)); headerLength+len(root) <= rootEnd {
			return root, leaves
		}
	}
}

// zip compresses as small as gzip can: directories and metadata are read by all.
func zip(b []byte) []byte {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is a valid one
	_, _ = z.Write(b)                                       // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// Unzip is what gzip made of at most most bytes; all of b is one gzip member.
// Errors: Invalid "pmtiles.gzip" (why), TooLarge "pmtiles.tooLarge" (limit).
func Unzip(b []byte, most int) ([]byte, error) {
	in := bytes.NewReader(b)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, bad("pmtiles.gzip", err.Error())
	}
	z.Multistream(false)
	out := bytes.NewBuffer(make([]byte, 0, min(most, 4*len(b)+64)))
	if _, err := io.Copy(out, io.LimitReader(z, int64(most)+1)); err != nil {
		return nil, bad("pmtiles.gzip", err.Error())
	}
	switch {
	case out.Len() > most:
		return nil, tooLarge(uint64(most))
	case in.Len() > 0:
		return nil, bad("pmtiles.gzip", fmt.Sprintf("%d bytes after its end", in.Len()))
	}
	return out.Bytes(), nil
}
