package sqlite

import (
	"context"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// glance is how often Wait looks whether another process wrote. A look is the head row
// from the page cache, some 10 µs: PRAGMA data_version takes 6, and what the file system
// says of the log behind the file changes before a commit is there to be read.
const glance = 25 * time.Millisecond

// Wait returns when the head is past since, or after the poll interval. A write of
// this store wakes it at once; one of another process is seen at the next glance.
func (s *Store) Wait(ctx context.Context, since spatial.Revision) error {
	poll := time.NewTimer(s.cfg.Poll)
	defer poll.Stop()
	tick := time.NewTicker(min(glance, s.cfg.Poll))
	defer tick.Stop()
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
		case <-tick.C:
		}
	}
}
