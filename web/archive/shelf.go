package archive

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/tiles/pmtiles"
	"github.com/langbiang/langbiang/tiles/remote"
)

// Stock says what stands on a shelf.
type Stock struct {
	// Places are where archives are, by name: files, or addresses of http and https.
	Places map[string]string
	Log    *slog.Logger     // hears of what was replaced by something that is no archive; nil = nobody
	Now    func() time.Time // nil = time.Now
	Remote remote.Config    // of addresses
}

// Shelf holds archives by name, open. It is safe for concurrent use.
type Shelf struct {
	stands map[string]*stand
	asking sync.WaitGroup
}

// stand is a place on the shelf, and the archive that was found there last.
type stand struct {
	name  string
	place place
	mu    sync.Mutex
	book  *book // nil = none was there yet, or the shelf is closed
}

// place is where an archive comes from.
type place interface {
	// open opens what stands there now.
	open(ctx context.Context) (*book, error)
	// renew gives what is to be answered from: b, or what stands there instead. b is nil
	// where nothing could be opened so far.
	renew(b *book) (*book, error)
}

// book is an archive that is open. It is closed when nobody reads it and it stands on
// no shelf.
type book struct {
	archive  *pmtiles.Archive
	metadata pmtiles.Metadata
	bytes    io.ReaderAt
	size     int64
	modified time.Time
	mark     string // names the bytes

	file   *os.File // nil = it is remote
	info   fs.FileInfo
	remote *remote.File
	gone   atomic.Bool // another file stands at its address

	mu      sync.Mutex
	readers int // the shelf is one
}

// Open opens the archives of a shelf. An archive whose server is away does not keep
// others from being served: it is asked for again. Errors: those of opening a file and
// of packages pmtiles and remote, and Invalid "pmtiles.metadata".
func Open(ctx context.Context, stock Stock) (*Shelf, error) {
	if stock.Log == nil {
		stock.Log = slog.New(slog.DiscardHandler)
	}
	if stock.Now == nil {
		stock.Now = time.Now
	}
	s := &Shelf{stands: map[string]*stand{}}
	for name, where := range stock.Places {
		var p place = &onDisk{name: name, path: where, log: stock.Log}
		if IsAddress(where) {
			p = &onServer{name: name, address: where, stock: stock, asking: &s.asking}
		}
		b, err := p.open(ctx)
		switch code := spatial.CodeOf(err); {
		case code == "remote.away", code == "remote.short":
			stock.Log.Warn("the server of an archive is away; it is asked again", "name", name, "error", err)
		case err != nil:
			s.Close()
			return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.KindOf(err), Subject: name, Err: err}
		}
		s.stands[name] = &stand{name: name, place: p, book: b}
	}
	return s, nil
}

// IsAddress reports whether a place is an address, and not a file.
func IsAddress(place string) bool {
	return strings.HasPrefix(place, "http://") || strings.HasPrefix(place, "https://")
}

// Close lets go of all archives; requests that were begun end with them.
func (s *Shelf) Close() {
	for _, st := range s.stands {
		st.mu.Lock()
		if st.book != nil {
			st.book.giveBack()
		}
		st.book, st.place = nil, nil
		st.mu.Unlock()
	}
	s.asking.Wait()
}

// take is the archive of a name as it stands now, to be given back.
func (s *Shelf) take(name string) (*book, error) {
	st, ok := s.stands[name]
	if !ok {
		return nil, unknown(name)
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.place == nil { // closed
		return nil, unknown(name)
	}
	now, err := st.place.renew(st.book)
	if err != nil {
		return nil, err
	}
	if now != st.book {
		if st.book != nil {
			st.book.giveBack()
		}
		st.book = now
	}
	now.mu.Lock()
	now.readers++
	now.mu.Unlock()
	return now, nil
}

func unknown(name string) error {
	return &spatial.Error{Op: "find a tile archive", Kind: spatial.NotFound, Code: "archive.unknown", Args: map[string]any{"name": name}}
}

// giveBack says that somebody does not read any more.
func (b *book) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.readers--; b.readers > 0 {
		return
	}
	if b.file != nil {
		_ = b.file.Close() // it was read only
	}
	if b.remote != nil {
		b.remote.Close()
	}
}

// onDisk is a file.
type onDisk struct {
	name, path string
	log        *slog.Logger
	tried      fs.FileInfo // what could not be opened
}

// renew gives what stands at the path. A file that is gone, or was replaced by what is
// no archive, leaves the one before in its place.
func (p *onDisk) renew(b *book) (*book, error) {
	info, err := os.Stat(p.path)
	if err != nil || sameFile(info, b.info) || p.tried != nil && sameFile(info, p.tried) {
		return b, nil
	}
	now, err := p.open(context.Background())
	switch {
	case err != nil && os.SameFile(info, b.info):
		// It is being written over: what was before is there no more.
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "archive.changing", Args: map[string]any{"name": p.name}, Err: err}
	case err != nil:
		p.tried = info
		p.log.Warn("an archive was replaced by what is none; the one before is served on", "name", p.name, "error", err)
		return b, nil
	}
	p.tried = nil
	return now, nil
}

// sameFile reports whether two looks at a path saw one file that was not written to.
func sameFile(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

func (p *onDisk) open(context.Context) (*book, error) {
	f, err := os.Open(p.path)
	if err != nil {
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.unreadable", Err: err}
	}
	info, err := f.Stat()
	if err != nil {
		_ = f.Close() // it was read only
		return nil, &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.unreadable", Err: err}
	}
	b := &book{bytes: f, file: f, info: info, size: info.Size(), modified: info.ModTime(), readers: 1}
	if err := b.read(fmt.Sprint(b.size, b.modified.UnixNano())); err != nil {
		_ = f.Close() // it was read only
		return nil, err
	}
	return b, nil
}

// read reads what is kept of an archive. version names its bytes where it does not do
// so itself.
func (b *book) read(version string) (err error) {
	if b.archive, err = pmtiles.Open(b.bytes, b.size); err != nil {
		return err
	}
	h := b.archive.Header()
	if h.Type != pmtiles.MVT || h.Tiles != pmtiles.Gzip {
		return &spatial.Error{Op: "open a tile archive", Kind: spatial.Invalid, Code: "archive.tiles", Args: map[string]any{"type": h.Type, "compression": h.Tiles}}
	}
	text, err := b.archive.Metadata()
	if err != nil {
		return err
	}
	if b.metadata, err = pmtiles.ParseMetadata(text); err != nil {
		return err
	}
	// The digest in the metadata speaks for the tiles. An archive without one is named
	// by its version as well.
	sum := sha256.New()
	_, err = io.Copy(sum, io.NewSectionReader(b.bytes, 0, min(b.size, int64(h.Root.Offset+h.Root.Length))))
	if err != nil {
		return &spatial.Error{Op: "open a tile archive", Kind: spatial.Unavailable, Code: "file.damaged", Err: err}
	}
	_, _ = sum.Write(text) // a hash takes everything
	if b.metadata.Made == nil {
		_, _ = io.WriteString(sum, version)
	}
	b.mark = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:12])
	return nil
}
