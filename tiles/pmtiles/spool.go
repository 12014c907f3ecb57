package pmtiles

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"

	"github.com/langbiang/langbiang/spatial"
)

// Spool holds the tiles of an archive while it is being made: their bodies in the
// file TARGET.part, what they are in the journal TARGET.state. A body that repeats
// is kept once. It is for one goroutine, and takes some 24 bytes of memory an entry.
//
// What was added before a process was killed is found again by the next one, whatever
// of it reached the disk: each line of the journal has a checksum of its own and of
// its body, and what does not fit is cut off.
type Spool struct {
	target  string
	part    *os.File
	journal *os.File
	bodies  *bufio.Writer
	lines   *bufio.Writer
	written int // lines since the last flush

	entries   []Entry
	size      uint64 // bytes of bodies
	contents  uint64 // bodies
	addressed uint64 // tiles
	known     map[[16]byte]Entry
}

const (
	journalHead = 8 + sha256.Size
	journalLine = 32
	// smallBody is up to how many bytes a body is looked for among all earlier ones:
	// larger ones repeat next to each other, if at all.
	smallBody = 4096
	mostKnown = 1 << 20 // bodies that are looked among
	flushed   = 64      // tiles after which what was added is given to the system
)

// OpenSpool begins the tiles of the archive target, or goes on with those begun
// there. what stands for all that they are made of: those begun for something else
// are thrown away, and other says so. Errors: Unavailable "file.unwritable".
func OpenSpool(target string, what []byte) (s *Spool, other bool, err error) {
	s = &Spool{target: target, known: map[[16]byte]Entry{}}
	fail := func(err error) (*Spool, bool, error) {
		s.Close()
		return nil, false, unwritable(target, err)
	}
	if s.part, err = os.OpenFile(target+".part", os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return fail(err)
	}
	if s.journal, err = os.OpenFile(target+".state", os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return fail(err)
	}
	head := append([]byte("LBTILES1"), make([]byte, sha256.Size)...)
	sum := sha256.Sum256(what)
	copy(head[8:], sum[:])
	lines, same, err := s.again(head)
	if err != nil {
		return fail(err)
	}
	if !same {
		info, err := s.journal.Stat()
		if err != nil {
			return fail(err)
		}
		other = info.Size() > 0
		if err := errors.Join(s.journal.Truncate(0), seek(s.journal, 0)); err != nil {
			return fail(err)
		}
		if _, err := s.journal.Write(head); err != nil {
			return fail(err)
		}
	}
	at := int64(journalHead + lines*journalLine)
	if err := errors.Join(s.part.Truncate(int64(s.size)), seek(s.part, int64(s.size)), s.journal.Truncate(at), seek(s.journal, at)); err != nil {
		return fail(err)
	}
	s.bodies, s.lines = bufio.NewWriterSize(s.part, 1<<20), bufio.NewWriter(s.journal)
	return s, other, nil
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

func unwritable(name string, err error) error {
	return &spatial.Error{Op: "write a tile archive", Kind: spatial.Unavailable, Code: "file.unwritable", Subject: name, Err: err}
}

// again reads what was begun: how many lines of the journal stand, and whether it is
// of what is to be made now.
func (s *Spool) again(head []byte) (lines int, same bool, err error) {
	in := bufio.NewReader(s.journal)
	got := make([]byte, journalHead)
	if _, err := io.ReadFull(in, got); err != nil || !bytes.Equal(got, head) {
		return 0, false, nil
	}
	bodies := bufio.NewReaderSize(s.part, 1<<20)
	line := make([]byte, journalLine)
	for {
		if _, err := io.ReadFull(in, line); err != nil {
			return lines, true, nil
		}
		id, offset := binary.LittleEndian.Uint64(line), binary.LittleEndian.Uint64(line[8:])
		length, sum := binary.LittleEndian.Uint32(line[16:]), binary.LittleEndian.Uint32(line[20:])
		if binary.LittleEndian.Uint32(line[24:]) != check(line[:24]) || length == 0 || length > MostTile || id < s.next() {
			return lines, true, nil
		}
		if offset == s.size {
			body := make([]byte, length)
			if _, err := io.ReadFull(bodies, body); err != nil || check(body) != sum {
				return lines, true, nil
			}
			s.put(id, body)
		} else if !s.repeat(id, offset, length) {
			return lines, true, nil
		}
		lines++
	}
}

func check(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// next is the first id that may be added.
func (s *Spool) next() uint64 {
	if len(s.entries) == 0 {
		return 0
	}
	e := s.entries[len(s.entries)-1]
	return e.ID + uint64(e.Run)
}

// Next is the first id that may be added, and Tiles how many were.
func (s *Spool) Next() uint64  { return s.next() }
func (s *Spool) Tiles() uint64 { return s.addressed }

// put takes a body as the next of the file.
func (s *Spool) put(id uint64, body []byte) Entry {
	e := Entry{ID: id, Offset: s.size, Length: uint32(len(body)), Run: 1}
	s.entries = append(s.entries, e)
	if len(body) <= smallBody && len(s.known) < mostKnown {
		s.known[name(body)] = e
	}
	s.size += uint64(len(body))
	s.contents++
	s.addressed++
	return e
}

// repeat takes a body that the file has already.
func (s *Spool) repeat(id, offset uint64, length uint32) bool {
	if uint64(length) > s.size || offset > s.size-uint64(length) {
		return false
	}
	s.addressed++
	if last := &s.entries[len(s.entries)-1]; last.Offset == offset && last.Length == length && last.ID+uint64(last.Run) == id {
		last.Run++
		return true
	}
	s.entries = append(s.entries, Entry{ID: id, Offset: offset, Length: length, Run: 1})
	return true
}

func name(body []byte) [16]byte {
	sum := sha256.Sum256(body)
	return [16]byte(sum[:16])
}

// Add adds the body of a tile; ids rise. Errors: Unavailable "file.unwritable",
// TooLarge "pmtiles.tooLarge", Internal "pmtiles.order".
func (s *Spool) Add(id uint64, body []byte) error {
	switch {
	case len(body) == 0 || id < s.next() || id >= first(Deepest+1):
		return &spatial.Error{Op: "write a tile archive", Kind: spatial.Internal, Code: "pmtiles.order", Err: fmt.Errorf("tile %d of %d bytes after %d", id, len(body), s.next())}
	case len(body) > MostTile:
		return tooLarge(MostTile)
	}
	var e Entry
	was, ok := Entry{}, false
	if len(body) <= smallBody {
		was, ok = s.known[name(body)]
	}
	if ok {
		s.repeat(id, was.Offset, was.Length)
		e = was
	} else {
		e = s.put(id, body)
		if _, err := s.bodies.Write(body); err != nil {
			return unwritable(s.target, err)
		}
	}
	line := binary.LittleEndian.AppendUint64(make([]byte, 0, journalLine), id)
	line = binary.LittleEndian.AppendUint64(line, e.Offset)
	line = binary.LittleEndian.AppendUint32(line, e.Length)
	line = binary.LittleEndian.AppendUint32(line, check(body))
	line = binary.LittleEndian.AppendUint32(line, check(line))
	if _, err := s.lines.Write(append(line, 0, 0, 0, 0)); err != nil {
		return unwritable(s.target, err)
	}
	if s.written++; s.written >= flushed {
		return s.Flush()
	}
	return nil
}

// Flush gives what was added to the system: it outlives the process.
func (s *Spool) Flush() error {
	s.written = 0
	if err := errors.Join(s.bodies.Flush(), s.lines.Flush()); err != nil {
		return unwritable(s.target, err)
	}
	return nil
}

// Each gives the tiles as they were added, ids rising. It is to be called after Flush,
// and nothing is added afterwards.
func (s *Spool) Each(each func(id uint64, body []byte) error) error {
	for _, e := range s.entries {
		body := make([]byte, e.Length)
		if _, err := s.part.ReadAt(body, int64(e.Offset)); err != nil {
			return unwritable(s.target, err)
		}
		for i := range uint64(e.Run) {
			if err := each(e.ID+i, body); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close closes the files and leaves them for whoever goes on.
func (s *Spool) Close() error {
	var errs []error
	if s.bodies != nil {
		errs = append(errs, s.bodies.Flush(), s.lines.Flush())
	}
	for _, f := range []*os.File{s.part, s.journal} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}

// Remove closes the files and takes them away.
func (s *Spool) Remove() error {
	err := s.Close()
	for _, ending := range []string{".part", ".state"} {
		if rerr := os.Remove(s.target + ending); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}
