package pmtiles

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"sync"

	"github.com/langbiang/langbiang/spatial"
)

const (
	mostMetadata = 64 << 20 // bytes, not compressed
	mostKept     = 1 << 20  // entries of leaves that are kept, 24 bytes each
	// MostTile is the most bytes of a tile, compressed or not.
	MostTile = 64 << 20
)

func tooLarge(limit uint64) error {
	return &spatial.Error{Op: "read a tile archive", Kind: spatial.TooLarge, Code: "pmtiles.tooLarge", Args: map[string]any{"limit": limit}}
}

// Archive is an archive that is read. It is safe for concurrent use.
type Archive struct {
	r    io.ReaderAt
	h    Header
	root []Entry

	mu     sync.Mutex
	leaves map[uint64][]Entry // by offset
	kept   int                // entries in leaves
}

// Open reads the header and root directory of an archive of size bytes. Errors:
// Invalid "pmtiles.…" where it is none or broken, Unavailable "file.damaged" where
// it cannot be read.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	if size < headerLength {
		return nil, bad("pmtiles.notArchive", "no header")
	}
	a := &Archive{r: r, leaves: map[uint64][]Entry{}}
	b, err := a.read(Section{Length: headerLength})
	if err != nil {
		return nil, err
	}
	if a.h, err = readHeader(b, uint64(size)); err != nil {
		return nil, err
	}
	if a.root, err = a.directory(a.h.Root); err != nil {
		return nil, err
	}
	return a, nil
}

// Header is the archive's header.
func (a *Archive) Header() Header { return a.h }

// read reads a stretch that is known to lie within the file. An error that the reader
// has a code for is handed on as it is.
func (a *Archive) read(s Section) ([]byte, error) {
	b := make([]byte, s.Length)
	if n, err := a.r.ReadAt(b, int64(s.Offset)); n < len(b) {
		if spatial.CodeOf(err) != "" {
			return nil, err
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, &spatial.Error{Op: "read a tile archive", Kind: spatial.Unavailable, Code: "file.damaged", Err: err}
	}
	return b, nil
}

// inner reads a stretch that is compressed as directories are.
func (a *Archive) inner(s Section, most int) ([]byte, error) {
	if s.Length > uint64(most) {
		return nil, tooLarge(uint64(most))
	}
	b, err := a.read(s)
	if err != nil || a.h.Internal == None {
		return b, err
	}
	return Unzip(b, most)
}

func (a *Archive) directory(s Section) ([]Entry, error) {
	b, err := a.inner(s, mostDirectory)
	if err != nil {
		return nil, err
	}
	return readDirectory(b, a.h.Data.Length, a.h.Leaves.Length)
}

// leaf is the leaf directory that an entry of a directory names.
func (a *Archive) leaf(e Entry) ([]Entry, error) {
	a.mu.Lock()
	entries, ok := a.leaves[e.Offset]
	a.mu.Unlock()
	if ok {
		return entries, nil
	}
	entries, err := a.directory(Section{a.h.Leaves.Offset + e.Offset, uint64(e.Length)})
	if err != nil {
		return nil, err
	}
	if entries[0].ID < e.ID {
		return nil, bad("pmtiles.directory", fmt.Sprintf("a leaf of tiles from %d on begins with %d", e.ID, entries[0].ID))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.kept += len(entries); a.kept > mostKept {
		clear(a.leaves)
		a.kept = len(entries)
	}
	a.leaves[e.Offset] = entries
	return entries, nil
}

// Metadata is the archive's metadata as it is written: JSON, not read yet.
func (a *Archive) Metadata() ([]byte, error) {
	if a.h.Metadata.Length == 0 {
		return nil, bad("pmtiles.metadata", "there is none")
	}
	return a.inner(a.h.Metadata, mostMetadata)
}

// Tile is a tile as it stands in the archive, compressed as its header says; nil
// where there is none.
func (a *Archive) Tile(z, x, y uint32) ([]byte, error) {
	if z > Deepest || x >= 1<<z || y >= 1<<z {
		return nil, nil
	}
	id := ID(z, x, y)
	entries := a.root
	for range mostSteps {
		e, ok := find(entries, id)
		if !ok {
			return nil, nil
		}
		if e.Run > 0 {
			return a.Body(e)
		}
		var err error
		if entries, err = a.leaf(e); err != nil {
			return nil, err
		}
	}
	return nil, bad("pmtiles.directory", "leaves lead to leaves without an end")
}

// Body is what an entry of tiles stands for.
func (a *Archive) Body(e Entry) ([]byte, error) {
	if e.Length > MostTile {
		return nil, tooLarge(MostTile)
	}
	return a.read(Section{a.h.Data.Offset + e.Offset, uint64(e.Length)})
}

// Entries are the entries of tiles, ids rising, through all directories. It ends
// with an error where a directory is broken, or tiles stand twice.
func (a *Archive) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		next := uint64(0) // the first tile that may come
		var walk func(entries []Entry, steps int) bool
		walk = func(entries []Entry, steps int) bool {
			for _, e := range entries {
				switch {
				case e.ID < next:
					yield(Entry{}, bad("pmtiles.directory", fmt.Sprintf("tile %d stands twice", e.ID)))
					return false
				case e.Run > 0:
					next = e.ID + uint64(e.Run)
					if !yield(e, nil) {
						return false
					}
				case steps == mostSteps:
					yield(Entry{}, bad("pmtiles.directory", "leaves lead to leaves without an end"))
					return false
				default:
					below, err := a.leaf(e)
					if err != nil {
						yield(Entry{}, err)
						return false
					}
					if !walk(below, steps+1) {
						return false
					}
				}
			}
			return true
		}
		walk(a.root, 1)
	}
}
