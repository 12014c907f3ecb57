package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	engine "modernc.org/sqlite"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
)

// Options say how a file is opened.
type Options struct {
	ReadOnly  bool          // never write; the file must exist and be of this version
	MustExist bool          // do not make a missing file
	Migrate   bool          // bring an older schema and the layers' tables up to date
	Busy      time.Duration // how long a write waits for another writer; 0 = 5 s
}

// Store is an open file. It is safe for many goroutines; one writes at a time.
type Store struct {
	path    string
	cfg     store.Config
	opt     Options
	catalog atomic.Pointer[catalog]

	writeDB *sql.DB
	readers *sql.DB
	writer  *conn
	writing chan struct{} // holds one token while a write runs

	mu     sync.Mutex
	idle   []*conn
	open   int
	woken  chan struct{}
	signs  *os.File      // that somebody wrote; nil = the system does not tell, or nobody waited yet
	heard  chan struct{} // closed when nobody listens to them any more
	closed atomic.Bool
}

// Open opens the store at path and makes it where there is no file. Errors:
// Invalid "store.notOurs" for a file of another kind, "store.newer" for one of a
// later program, Conflict "store.needsMigration" for an older one or where the
// layers have grown (Options.Migrate brings it up to date), Unavailable
// "store.away" where the path cannot be opened.
func Open(ctx context.Context, path string, cfg store.Config) (*Store, error) {
	return OpenWith(ctx, path, cfg, Options{})
}

// OpenExisting is Open for a file that must be there: NotFound "store.missing".
func OpenExisting(ctx context.Context, path string, cfg store.Config) (*Store, error) {
	return OpenWith(ctx, path, cfg, Options{MustExist: true})
}

// Migrate brings the file at path up to date: schema and layers' tables.
func Migrate(ctx context.Context, path string, cfg store.Config) error {
	s, err := OpenWith(ctx, path, cfg, Options{MustExist: true, Migrate: true})
	if err != nil {
		return err
	}
	return s.Close()
}

// OpenWith is Open with options.
func OpenWith(ctx context.Context, path string, cfg store.Config, opt Options) (*Store, error) {
	const op = "open the store"
	if opt.Busy <= 0 {
		opt.Busy = 5 * time.Second
	}
	if cfg.Poll <= 0 {
		cfg.Poll = 200 * time.Millisecond
	}
	for i := range cfg.Layers {
		if err := cfg.Layers[i].Validate(); err != nil {
			return nil, err
		}
	}
	exists, err := looksLike(path)
	if err != nil {
		return nil, err
	}
	if !exists && (opt.MustExist || opt.ReadOnly) {
		return nil, &spatial.Error{Op: op, Kind: spatial.NotFound, Code: "store.missing", Subject: path, Args: map[string]any{"path": path}}
	}
	s := &Store{path: path, cfg: cfg, opt: opt, writing: make(chan struct{}, 1), woken: make(chan struct{})}
	if err := s.connect(ctx); err != nil {
		return nil, wrap(op, path, errors.Join(err, s.Close()))
	}
	return s, nil
}

// looksLike reports whether there is a file with something in it, and refuses
// one that is no SQLite database.
func looksLike(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, &spatial.Error{Op: "open the store", Kind: spatial.Unavailable, Code: "store.away", Subject: path, Err: err}
	}
	defer f.Close()
	var magic [16]byte
	n, err := io.ReadFull(f, magic[:])
	switch {
	case n == 0 && err == io.EOF:
		return false, nil
	case string(magic[:n]) != "SQLite format 3\x00":
		info, serr := f.Stat()
		what := "a file of another kind"
		if serr == nil && info.IsDir() {
			what = "a folder"
		}
		return false, notOurs(path, what)
	}
	return true, nil
}

func notOurs(path, what string) error {
	return &spatial.Error{Op: "open the store", Kind: spatial.Invalid, Code: "store.notOurs", Subject: path, Args: map[string]any{"path": path, "what": what}}
}

// dsn is the connection string. Foreign keys hold on every connection; the
// waiting for the write lock is ours (patiently), so a writer's own busy_timeout
// is ended once the file is open.
func dsn(path, mode string, timeout time.Duration, pragmas ...string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	q := url.Values{"mode": {mode}, "_pragma": {fmt.Sprintf("busy_timeout(%d)", timeout.Milliseconds())}}
	q["_pragma"] = append(q["_pragma"], pragmas...)
	return (&url.URL{Scheme: "file", Path: abs, RawQuery: q.Encode()}).String(), nil
}

func (s *Store) connect(ctx context.Context) error {
	open := func(mode string, timeout time.Duration, pragmas ...string) (*sql.DB, error) {
		name, err := dsn(s.path, mode, timeout, pragmas...)
		if err != nil {
			return nil, err
		}
		connector, err := engine.NewConnector(name)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	}
	var err error
	mode := "rwc"
	if s.opt.ReadOnly {
		mode = "ro"
	}
	if s.writeDB, err = open(mode, s.opt.Busy, "foreign_keys(1)", "cache_size(-65536)", "synchronous(FULL)", "temp_store(MEMORY)"); err != nil {
		return err
	}
	if s.writer, err = connect(ctx, s.writeDB); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if s.opt.ReadOnly {
		s.readers, err = open("ro", s.opt.Busy, "cache_size(-16384)", "temp_store(MEMORY)")
	} else {
		s.readers, err = open("rw", s.opt.Busy, "query_only(1)", "cache_size(-16384)", "temp_store(MEMORY)")
	}
	if err != nil {
		return err
	}
	s.readers.SetMaxIdleConns(0)
	return s.Ping(ctx)
}

// Ping says whether the store answers.
func (s *Store) Ping(ctx context.Context) error {
	_, err := s.Head(ctx)
	return err
}

// Close waits for a write that runs, folds the write-ahead log into the file and
// closes it. Reads that still run keep their connection until they end.
func (s *Store) Close() error {
	s.mu.Lock()
	was := s.closed.Swap(true)
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	if was {
		return nil
	}
	s.deaf()
	s.wake()
	var errs []error
	for _, c := range idle {
		errs = append(errs, c.close())
	}
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	if s.writer != nil {
		if !s.opt.ReadOnly {
			errs = append(errs, s.writer.use(func() error {
				// beside a reader it folds what it can
				if _, err := s.writer.number("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil && !busy(err) {
					return err
				}
				return nil
			}))
		}
		errs = append(errs, s.writer.close())
	}
	for _, db := range []*sql.DB{s.writeDB, s.readers} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return wrap("close the store", s.path, errors.Join(errs...))
}

// today is the civil day of the clock in the place's zone.
func (s *Store) today(t *tx) (spatial.Date, error) {
	p, err := t.place()
	if err != nil && spatial.KindOf(err) != spatial.NotFound {
		return "", err
	}
	return spatial.DayOf(s.cfg.Clock(), p.Zone()), nil
}
