package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

var errClosed = errors.New("the store is closed")

// tx is one transaction with what it began from.
type tx struct {
	*conn
	*catalog
	head head
	bulk bool // it went through so many rows that its page cache is not worth keeping
}

// shrink gives back the pages a connection holds; a server that has loaded or
// imported a city does not need them again.
func (t *tx) shrink() error {
	if !t.bulk {
		return nil
	}
	return t.exec("PRAGMA shrink_memory")
}

type head struct {
	rev    spatial.Revision
	next   uint64
	layers int64
	day    spatial.Date
}

// begin reads the head row, which for a reader fixes the snapshot, and takes the
// layers that belong to it.
func (s *Store) begin(c *conn) (*tx, error) {
	t := &tx{conn: c}
	err := c.query(func(row []driver.Value) error {
		t.head = head{spatial.Revision(row[0].(int64)), uint64(row[1].(int64)), row[2].(int64), spatial.Date(row[3].(string))}
		return io.EOF
	}, `SELECT rev, next_id, layers, day FROM lb_head`)
	if err != nil {
		return nil, err
	}
	if t.catalog = s.catalog.Load(); t.catalog == nil || t.catalog.version != t.head.layers {
		if t.catalog, err = s.readCatalog(c, t.head.layers); err != nil {
			return nil, err
		}
		s.catalog.Store(t.catalog)
	}
	return t, nil
}

// read runs f in a read transaction on a connection of its own.
func (s *Store) read(ctx context.Context, op string, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return wrap(op, s.path, err)
	}
	c, err := s.reader(ctx)
	if err != nil {
		return wrap(op, s.path, err)
	}
	defer s.release(c)
	return wrap(op, s.path, c.use(func() error {
		if err := c.exec("BEGIN"); err != nil {
			return err
		}
		defer c.exec("ROLLBACK")
		t, err := s.begin(c)
		if err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		return t.shrink()
	}))
}

// write runs f in the file's one write transaction and commits, unless f gives an
// error or errNothing, which rolls back and is no error.
func (s *Store) write(ctx context.Context, op string, f func(*tx) error) error {
	if s.opt.ReadOnly {
		return &spatial.Error{Op: op, Kind: spatial.Denied, Code: "store.readOnly", Subject: s.path}
	}
	timer := time.NewTimer(s.opt.Busy)
	defer timer.Stop()
	deadline := time.Now().Add(s.opt.Busy)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return s.busy(op, nil)
	case s.writing <- struct{}{}:
	}
	defer func() { <-s.writing }()
	if s.closed.Load() {
		return errClosed
	}
	if s.writer.lost {
		c, err := connect(ctx, s.writeDB)
		if err != nil {
			return err
		}
		s.writer.close()
		s.writer = c
	}
	committed := false
	err := s.writer.use(func() error {
		begin := func() error { return s.writer.exec("BEGIN IMMEDIATE") }
		if err := s.patiently(ctx, op, deadline, begin); err != nil {
			return err
		}
		ended := false
		defer func() {
			if !ended {
				s.writer.exec("ROLLBACK")
			}
		}()
		t, err := s.begin(s.writer)
		if err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.writer.exec("COMMIT"); err != nil {
			return err
		}
		ended, committed = true, true
		_ = t.shrink() // what is written is written, whatever becomes of the cache
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	if committed {
		s.wake()
	}
	return err
}

// errNothing ends a write that had nothing to do.
var errNothing = errors.New("nothing to write")

// patiently tries for a lock until the deadline. SQLite's own waiting sleeps ever
// longer and starves beside a busy process, so we look again every few
// milliseconds ourselves.
func (s *Store) patiently(ctx context.Context, op string, deadline time.Time, try func() error) error {
	pause := 200 * time.Microsecond
	for {
		err := try()
		if err == nil || !busy(err) {
			return err
		}
		left := time.Until(deadline)
		if left <= 0 {
			return s.busy(op, err)
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(2*pause, 3*time.Millisecond)
	}
}

func (s *Store) busy(op string, err error) error {
	return &spatial.Error{Op: op, Kind: spatial.Unavailable, Code: "store.busy", Subject: s.path,
		Args: map[string]any{"seconds": s.opt.Busy.Seconds()}, Err: err}
}

// reader is a connection for a read transaction: an idle one, else a new one.
func (s *Store) reader(ctx context.Context) (*conn, error) {
	s.mu.Lock()
	if s.closed.Load() {
		s.mu.Unlock()
		return nil, errClosed
	}
	s.open++
	if n := len(s.idle); n > 0 {
		c := s.idle[n-1]
		s.idle = s.idle[:n-1]
		s.mu.Unlock()
		return c, nil
	}
	s.mu.Unlock()
	c, err := connect(ctx, s.readers)
	if err != nil {
		s.mu.Lock()
		s.open--
		s.mu.Unlock()
	}
	return c, err
}

// maxIdle bounds the read connections kept for later.
const maxIdle = 4

func (s *Store) release(c *conn) {
	s.mu.Lock()
	s.open--
	keep := !s.closed.Load() && !c.lost && len(s.idle) < maxIdle
	if keep {
		s.idle = append(s.idle, c)
	}
	s.mu.Unlock()
	if !keep {
		c.close()
	}
}

// wake tells those who wait that this process wrote.
func (s *Store) wake() {
	s.mu.Lock()
	close(s.woken)
	s.woken = make(chan struct{})
	s.mu.Unlock()
}
