package postgis

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/langbiang/langbiang/spatial"
)

// The bell looks for a lost server at growing intervals. A standby refuses LISTEN
// for good: there the poll alone tells.
const (
	firstPause = 100 * time.Millisecond
	mostPause  = 3 * time.Second
)

// bell is the doorbell of the log: one connection that LISTENs for all waiters.
// It carries no truth: whoever it wakes looks at the table.
type bell struct {
	mu   sync.Mutex
	head spatial.Revision // the highest revision heard of
	rung chan struct{}    // closed, and made anew, when something is to be looked at

	stop context.CancelFunc
	done chan struct{}
}

func newBell(cc *pgx.ConnConfig, channel string) *bell {
	ctx, cancel := context.WithCancel(context.Background())
	b := &bell{rung: make(chan struct{}), stop: cancel, done: make(chan struct{})}
	go func() {
		defer close(b.done)
		for pause := firstPause; ctx.Err() == nil; pause = min(2*pause, mostPause) {
			if b.listen(ctx, cc, channel) {
				pause = firstPause
			}
			// Who waits finds out by itself whether the store is away: after a vain try too,
			// since a server that ends may have answered it once more.
			b.ring(0)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
	}()
	return b
}

// listen hears the bell until the connection is lost; false where it never heard.
func (b *bell) listen(ctx context.Context, cc *pgx.ConnConfig, channel string) bool {
	c, err := pgx.ConnectConfig(ctx, cc)
	if err != nil {
		return false
	}
	defer func() {
		end, cancel := context.WithTimeout(context.Background(), rollbackWait)
		defer cancel()
		_ = c.Close(end)
	}()
	if _, err := c.Exec(ctx, "LISTEN "+quote(channel)); err != nil {
		return false
	}
	b.ring(0) // what was written before we heard
	for {
		n, err := c.WaitForNotification(ctx)
		if err != nil {
			return true
		}
		rev, err := strconv.ParseUint(n.Payload, 10, 63)
		if err == nil {
			b.ring(spatial.Revision(rev))
		}
	}
}

// ring wakes all waiters.
func (b *bell) ring(rev spatial.Revision) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.head = max(b.head, rev)
	close(b.rung)
	b.rung = make(chan struct{})
}

// state is the highest revision heard of, and what is closed at the next ring.
func (b *bell) state() (spatial.Revision, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.head, b.rung
}

func (b *bell) close() {
	b.stop()
	<-b.done
}

// Wait returns nil when the head is past since, or after the poll interval. A
// waiter hears of a write by the bell; without it, the poll finds it.
func (s *Store) Wait(ctx context.Context, since spatial.Revision) error {
	poll := time.NewTimer(s.poll)
	defer poll.Stop()
	for {
		heard, rung := s.bell.state()
		head, err := s.Head(ctx)
		if err != nil || head > since {
			return err
		}
		select {
		case <-rung:
			// A revision that was just heard of is committed: to look is the caller's.
			if now, _ := s.bell.state(); now > max(heard, since) {
				return nil
			}
		case <-poll.C:
			return nil
		case <-ctx.Done():
			return s.away(ctx, "wait", ctx.Err())
		}
	}
}
