// Package disk keeps made things in a folder, from one start of the program to the
// next: each under a name that says what it was made of, so that it is never wrong,
// only no longer asked for.
//
// It is not a database: what it holds can be lost at any moment, and its folder may
// be emptied while it is used. It knows nothing of tiles.
//
// Invariant: what Get gives is, to the byte, what was put under that name; a file
// that was cut short or damaged is not there. Neither Get nor Put waits for the disk
// longer than one file takes, and Put not at all.
package disk

import (
	"container/list"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// Name says what a thing was made of: a digest.
type Name = [32]byte

const (
	ending    = ".lbt"
	head      = 12 // magic, length, checksum
	magic     = "LBT1"
	mostFile  = 32 << 20 // bytes of one thing
	mostWaits = 256      // things that wait to be written; more are not kept
	// A file's time is the last use of it, to this: a read that is repeated is no write.
	fresh = 24 * time.Hour
)

// Folder is such a folder. It is safe for concurrent use; two programs may share one.
type Folder struct {
	dir   string
	limit int64
	log   *slog.Logger
	now   func() time.Time

	mu    sync.Mutex
	files map[Name]*list.Element // of file
	used  *list.List             // the last used in front
	size  int64

	waits  chan thing
	done   chan struct{}
	closed sync.Once
}

type file struct {
	name Name
	size int64
	used time.Time // as the file says
}

type thing struct {
	name Name
	data []byte
	end  bool
}

// Config says where and how much.
type Config struct {
	Dir   string
	Limit int64            // bytes; what was not used for longest gives way
	Now   func() time.Time // nil = time.Now
	Log   *slog.Logger     // hears of a disk that cannot; nil = nobody
}

// Open makes the folder where there is none, and looks at what is in it. Errors:
// Unavailable "disk.folder" where it cannot be made or read. Files that are not ours
// are left alone.
func Open(cfg Config) (*Folder, error) {
	f := &Folder{dir: cfg.Dir, limit: cfg.Limit, log: cfg.Log, now: cfg.Now, files: map[Name]*list.Element{}, used: list.New(), waits: make(chan thing, mostWaits), done: make(chan struct{})}
	if f.now == nil {
		f.now = time.Now
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return nil, unusable(f.dir, err)
	}
	all, err := f.look()
	if err != nil {
		return nil, unusable(f.dir, err)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].used.Before(all[j].used) })
	for _, x := range all {
		f.note(x)
	}
	go f.write()
	return f, nil
}

func unusable(dir string, err error) error {
	return &spatial.Error{Op: "open the tile folder", Kind: spatial.Unavailable, Code: "disk.folder", Subject: dir, Args: map[string]any{"dir": dir}, Err: err}
}

// look lists our files. What a writer that was killed left half written is removed
// once it is a day old.
func (f *Folder) look() ([]file, error) {
	var all []file
	err := filepath.WalkDir(f.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // another program took it away
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if name, ok := nameOf(d.Name()); ok {
			all = append(all, file{name, info.Size(), info.ModTime()})
		} else if strings.HasPrefix(d.Name(), ending) && f.now().Sub(info.ModTime()) > fresh {
			_ = os.Remove(path)
		}
		return nil
	})
	return all, err
}

func nameOf(s string) (n Name, ok bool) {
	s, ok = strings.CutSuffix(s, ending)
	if !ok || len(s) != 2*len(n) {
		return n, false
	}
	_, err := hex.Decode(n[:], []byte(s))
	return n, err == nil
}

func (f *Folder) path(n Name) string {
	s := hex.EncodeToString(n[:])
	return filepath.Join(f.dir, s[:2], s+ending)
}

// note counts a file as just used.
func (f *Folder) note(x file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := f.files[x.name]; ok {
		f.size += x.size - e.Value.(file).size
		e.Value = x
		f.used.MoveToFront(e)
		return
	}
	f.files[x.name] = f.used.PushFront(x)
	f.size += x.size
}

func (f *Folder) forget(n Name) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := f.files[n]; ok {
		f.size -= e.Value.(file).size
		f.used.Remove(e)
		delete(f.files, n)
	}
}

// Get is what was put under a name; false where nothing is there.
func (f *Folder) Get(n Name) ([]byte, bool) {
	f.mu.Lock()
	e, ok := f.files[n]
	var x file
	if ok {
		f.used.MoveToFront(e)
		x = e.Value.(file)
	}
	f.mu.Unlock()
	if !ok {
		return nil, false
	}
	b, err := os.ReadFile(f.path(n))
	data, whole := unwrap(b)
	if err != nil || !whole {
		_ = os.Remove(f.path(n))
		f.forget(n)
		return nil, false
	}
	if now := f.now(); now.Sub(x.used) > fresh && os.Chtimes(f.path(n), now, now) == nil {
		x.used = now
		f.note(x)
	}
	return data, true
}

// Put keeps data under a name, soon. It does not wait, and where the disk is behind it
// keeps nothing. data must not be changed afterwards.
func (f *Folder) Put(n Name, data []byte) {
	if len(data) > mostFile || int64(len(data))+head > f.limit {
		return
	}
	select {
	case f.waits <- thing{name: n, data: data}:
	default:
	}
}

// write writes what was put, until Close.
func (f *Folder) write() {
	defer close(f.done)
	told := false
	for t := range f.waits {
		if t.end {
			return
		}
		err := f.save(t)
		if err != nil && !told { // a full disk would say so at every tile
			f.log.Warn("the tile folder cannot be written to", "dir", f.dir, "err", err)
		}
		told = err != nil
		f.shrink()
	}
}

func (f *Folder) save(t thing) error {
	path := f.path(t.name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ending)
	if err != nil {
		return err
	}
	_, err = tmp.Write(wrap(t.data))
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
		return err
	}
	f.note(file{t.name, int64(len(t.data)) + head, f.now()})
	return nil
}

// shrink removes what was not used for longest, until the rest fits.
func (f *Folder) shrink() {
	for {
		f.mu.Lock()
		e := f.used.Back()
		if f.size <= f.limit || e == nil {
			f.mu.Unlock()
			return
		}
		n := e.Value.(file).name
		f.mu.Unlock()
		_ = os.Remove(f.path(n))
		f.forget(n)
	}
}

// Size is the bytes that are kept now.
func (f *Folder) Size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.size
}

// Close writes what waits and ends. Nothing is kept afterwards; Get goes on.
func (f *Folder) Close() {
	f.closed.Do(func() { f.waits <- thing{end: true} })
	<-f.done
}

func wrap(data []byte) []byte {
	b := make([]byte, head, head+len(data))
	copy(b, magic)
	binary.LittleEndian.PutUint32(b[4:], uint32(len(data)))
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
	return append(b, data...)
}

func unwrap(b []byte) ([]byte, bool) {
	if len(b) < head || string(b[:4]) != magic || binary.LittleEndian.Uint32(b[4:]) != uint32(len(b)-head) {
		return nil, false
	}
	data := b[head:]
	return data, binary.LittleEndian.Uint32(b[8:]) == crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}
