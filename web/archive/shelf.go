package archive

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// Shelf holds archives by name, open. It is safe for concurrent use.
type Shelf struct {
	log   *slog.Logger
	mu    sync.Mutex
	paths map[string]string
	books map[string]*book
	tried map[string]fs.FileInfo // what could not be opened, by name
}

// book is an archive that is open. It is closed when nobody reads it and it stands on
// no shelf.
type book struct {
	archive  *pmtiles.Archive
	metadata pmtiles.Metadata
	file     *os.File
	info     fs.FileInfo
	size     int64
	modified time.Time
	mark     string // names the bytes

	mu      sync.Mutex
	readers int // the shelf is one
}

// Open opens the archives of a shelf: files by name. log hears of one that was
// replaced by something that is none; nil = nobody. Errors: those of opening a file
// and of package pmtiles, and Invalid "pmtiles.metadata".
func Open(paths map[string]string, log *slog.Logger) (*Shelf, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Shelf{log: log, paths: paths, books: map[string]*book{}, tried: map[string]fs.FileInfo{}}
	for name, path := range paths {
		b, err := open(path)
		if err != nil {
			s.Close()
			return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.KindOf(err), Subject: path, Err: err}
		}
		s.books[name] = b
	}
	return s, nil
}

// Close lets go of all archives; requests that were begun end with them.
func (s *Shelf) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, b := range s.books {
		b.giveBack()
		delete(s.books, name)
	}
}

// take is the archive of a name as its file is now, to be given back. A file that is
// gone, or was replaced by what is no archive, leaves the one before in its place.
func (s *Shelf) take(name string) (*book, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.books[name]
	if !ok {
		return nil, &spatial.Error{Op: "find a tile archive", Kind: spatial.NotFound, Code: "archive.unknown", Args: map[string]any{"name": name}}
	}
	info, err := os.Stat(s.paths[name])
	if err == nil && !sameFile(info, b.info) && (s.tried[name] == nil || !sameFile(info, s.tried[name])) {
		switch now, err := open(s.paths[name]); {
		case err != nil && os.SameFile(info, b.info):
			// It is being written over: what was before is there no more.
			return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "archive.changing", Args: map[string]any{"name": name}, Err: err}
		case err != nil:
			s.tried[name] = info
			s.log.Warn("an archive was replaced by what is none; the one before is served on", "name", name, "error", err)
		default:
			b.giveBack()
			b = now
			s.books[name] = b
			delete(s.tried, name)
		}
	}
	b.mu.Lock()
	b.readers++
	b.mu.Unlock()
	return b, nil
}

// sameFile reports whether two looks at a path saw one file that was not written to.
func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// giveBack says that somebody does not read any more.
func (b *book) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers--; b.readers == 0 {
		_ = b.file.Close() // it was read only
	}
}

func open(path string) (_ *book, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.unreadable", Err: err}
	}
	defer func() {
		if err != nil {
			_ = f.Close() // it was read only
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.unreadable", Err: err}
	}
	b := &book{file: f, info: info, size: info.Size(), modified: info.ModTime(), readers: 1}
	if b.archive, err = pmtiles.Open(f, b.size); err != nil {
		return nil, err
	}
	h := b.archive.Header()
	if h.Type != pmtiles.MVT || h.Tiles != pmtiles.Gzip {
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Invalid, Code: "archive.tiles", Args: map[string]any{"type": h.Type, "compression": h.Tiles}}
	}
	text, err := b.archive.Metadata()
	if err != nil {
		return nil, err
	}
	if b.metadata, err = pmtiles.ParseMetadata(text); err != nil {
		return nil, err
	}
	// The digest in the metadata speaks for the tiles. An archive without one is named
	// by its size and time as well.
	sum := sha256.New()
	_, err = io.Copy(sum, io.NewSectionReader(f, 0, min(b.size, int64(h.Root.Offset+h.Root.Length))))
	if err != nil {
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.damaged", Err: err}
	}
	_, _ = sum.Write(text) // a hash takes everything
	if b.metadata.Made == nil {
		_, _ = fmt.Fprint(sum, b.size, b.modified.UnixNano())
	}
	b.mark = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
	return b, nil
}
