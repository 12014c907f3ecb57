package sqlite

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// Wait returns when the head is past since, or after the poll interval. A write of
// this store wakes it at once, and one of another process within some milliseconds
// where the system tells of writes to files; elsewhere the poll sees it.
func (s *Store) Wait(ctx context.Context, since spatial.Revision) error {
	s.listen()
	poll := time.NewTimer(s.cfg.Poll)
	defer poll.Stop()
	for {
		s.mu.Lock()
		woken := s.woken
		s.mu.Unlock()
		rev, err := s.Head(ctx)
		if err != nil || rev > since {
			return err
		}
		select {
		case <-ctx.Done():
			return wrap("wait for a change", s.path, ctx.Err())
		case <-woken:
		case <-poll.C:
			return nil
		}
	}
}

// A commit is written to the log beside the file, brought to the disk, and only then
// can be read. So after a sign of writing the waiters look again and again.
const (
	firstLook = 2 * time.Millisecond  // after the sign; also how far apart looks are at least
	laterLook = 25 * time.Millisecond // the pauses double up to this
	lastLook  = time.Second           // this long after the last sign; a commit that takes longer is for the poll
)

// listen has waiters woken when somebody writes to the file's log, from the first Wait
// on: a command that reads the file once has no use for it. While nobody writes it
// costs nothing, unlike a look every so often.
func (s *Store) listen() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.heard != nil || s.closed.Load() {
		return
	}
	s.heard = make(chan struct{})
	signs, err := signsOf(s.path + "-wal")
	if err != nil {
		close(s.heard) // the poll alone tells
		return
	}
	s.signs = signs
	go func() {
		defer close(s.heard)
		s.hear(signs)
	}()
}

// hear wakes waiters at each sign and for a while after it, until signs is closed.
func (s *Store) hear(signs *os.File) {
	buf := make([]byte, 4096)
	var last time.Time
	pause := time.Duration(0) // 0 = all is quiet
	for {
		var until time.Time
		if pause > 0 {
			until = time.Now().Add(pause)
		}
		if signs.SetReadDeadline(until) != nil {
			return
		}
		switch _, err := signs.Read(buf); {
		case err == nil:
			last, pause = time.Now(), firstLook
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return
		case time.Since(last) > lastLook:
			pause = 0
			continue
		default:
			pause = min(2*pause, laterLook)
		}
		s.wake()
		time.Sleep(firstLook) // an import writes without end
	}
}

// deaf ends listening.
func (s *Store) deaf() {
	s.mu.Lock()
	signs, heard := s.signs, s.heard
	s.mu.Unlock()
	if signs != nil {
		_ = signs.Close() // nothing was written to it
	}
	if heard != nil {
		<-heard
	}
}
