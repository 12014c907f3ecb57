package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// duer is the store as the clock writes to it.
type duer interface {
	Due(ctx context.Context, c change.Commit, today spatial.Date) (change.Result, error)
}

// calendar is the clock as a writer: at the start, and whenever a civil day begins
// in the place's zone, it has the store move what became present or past. Every
// server of a store may run one: what one has moved another finds done.
type calendar struct {
	store duer
	zone  func() *time.Location // asked anew each time: the place can be set later
	now   func() time.Time
	sleep func(ctx context.Context, d time.Duration) // returns early when ctx ends
	log   *slog.Logger
}

const (
	// A machine that slept, or a clock that was set, is noticed within this time.
	calendarLook = time.Minute
	// The least it sleeps, however the clock is set.
	calendarRest = time.Second
)

// run works until ctx ends.
func (k calendar) run(ctx context.Context) {
	var done spatial.Date
	for ctx.Err() == nil {
		now, zone := k.now(), k.zone()
		if today := spatial.DayOf(now, zone); today != done {
			r, err := k.store.Due(ctx, change.Commit{By: byClock, At: now.UTC(), Today: today}, today)
			switch {
			case err == nil:
				done = today
				if r.Last >= r.First && r.Last > 0 {
					k.log.Info("a day began", "day", string(today), "moved", uint64(r.Last-r.First)+1)
				}
			case ctx.Err() == nil:
				// The store may be away or held by another writer: the next look tries again.
				k.log.Warn("a day began that the store cannot record yet", "day", string(today), "error", err.Error())
			}
		}
		k.sleep(ctx, k.rest(now, zone))
	}
}

// rest is how long to sleep from now: to the next civil midnight, or the next look.
func (k calendar) rest(now time.Time, zone *time.Location) time.Duration {
	y, m, d := now.In(zone).Date()
	midnight := time.Date(y, m, d+1, 0, 0, 0, 0, zone)
	return max(calendarRest, min(calendarLook, midnight.Sub(now)))
}

// sleep is the real one.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
