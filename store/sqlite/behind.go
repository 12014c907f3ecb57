package sqlite

import (
	"database/sql/driver"
	"sync"
)

// writeBehind carries out a commit's bulk inserts one after another on a goroutine
// of its own, so that making rows and writing them take a processor each. The
// connection is the goroutine's while something is pending: everything else of the
// commit waits for it first (sync).
type writeBehind struct {
	jobs    chan func() error
	pending sync.WaitGroup
	mu      sync.Mutex
	err     error // the first one; it rolls the commit back, so later jobs do no harm
}

// behind queues a job. It gives the error of an earlier one, if there was any.
func (w *commit) behind(job func() error) error {
	b := &w.writes
	if b.jobs == nil {
		b.jobs = make(chan func() error, 2*inFlight)
		go func() {
			for job := range b.jobs {
				if err := job(); err != nil {
					b.mu.Lock()
					if b.err == nil {
						b.err = err
					}
					b.mu.Unlock()
				}
				b.pending.Done()
			}
		}()
	}
	b.pending.Add(1)
	b.jobs <- job
	return b.failed()
}

func (b *writeBehind) failed() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// sync waits until everything queued is written.
func (w *commit) sync() error {
	w.writes.pending.Wait()
	return w.writes.failed()
}

// stop ends the goroutine. It must run before the transaction ends.
func (w *commit) stop() {
	w.writes.pending.Wait()
	if w.writes.jobs != nil {
		close(w.writes.jobs)
	}
}

// The statements of a commit wait for what is written behind.

func (w *commit) exec(query string, args ...any) error {
	if err := w.sync(); err != nil {
		return err
	}
	return w.tx.exec(query, args...)
}

func (w *commit) query(f func(row []driver.Value) error, query string, args ...any) error {
	if err := w.sync(); err != nil {
		return err
	}
	return w.tx.query(f, query, args...)
}

func (w *commit) number(query string, args ...any) (int64, error) {
	if err := w.sync(); err != nil {
		return 0, err
	}
	return w.tx.number(query, args...)
}

func (w *commit) record(tab *table, id uint64) (record, error) {
	if err := w.sync(); err != nil {
		return record{}, err
	}
	return w.tx.record(tab, id)
}
