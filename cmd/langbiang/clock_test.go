package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// days records what the calendar asked a store to move, and fails when told to.
type days struct {
	asked []spatial.Date
	fail  int
}

func (d *days) Due(_ context.Context, c change.Commit, today spatial.Date) (change.Result, error) {
	if d.fail > 0 {
		d.fail--
		return change.Result{}, errors.New("away")
	}
	if c.Today != today || c.By == "" {
		return change.Result{}, errors.New("the commit does not say whose day it is")
	}
	d.asked = append(d.asked, today)
	return change.Result{First: 1}, nil
}

func TestCalendarWritesEachCivilDayOnce(t *testing.T) {
	vietnam, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		start time.Time
		zone  *time.Location
		lasts time.Duration
		fail  int
		jump  time.Duration // the machine slept this long in the first rest
		want  []spatial.Date
	}{
		{name: "midnight of the place, not of UTC", start: time.Date(2026, 11, 22, 16, 58, 30, 0, time.UTC), zone: vietnam, lasts: 3 * time.Minute, want: []spatial.Date{"2026-11-22", "2026-11-23"}},
		{name: "the same in UTC is one day", start: time.Date(2026, 11, 22, 16, 58, 30, 0, time.UTC), zone: time.UTC, lasts: 3 * time.Minute, want: []spatial.Date{"2026-11-22"}},
		{name: "a store that is away is asked again", start: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), zone: vietnam, lasts: 5 * time.Minute, fail: 3, want: []spatial.Date{"2026-11-22"}},
		{name: "a machine that slept for three days", start: time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC), zone: vietnam, jump: 72 * time.Hour, lasts: 73 * time.Hour, want: []spatial.Date{"2026-11-22", "2026-11-25"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			now, jump := c.start, c.jump
			d := &days{fail: c.fail}
			calendar{store: d, zone: func() *time.Location { return c.zone }, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler),
				sleep: func(_ context.Context, rest time.Duration) {
					if rest < calendarRest || rest > calendarLook {
						t.Errorf("rests %v", rest)
					}
					now = now.Add(rest + jump)
					jump = 0
					if now.Sub(c.start) > c.lasts {
						cancel()
					}
				}}.run(ctx)
			if !slices.Equal(d.asked, c.want) {
				t.Errorf("days moved: %v, want %v", d.asked, c.want)
			}
		})
	}
}

func TestCalendarWritesTheDayWithinItsFirstSecond(t *testing.T) {
	// In 2018 Brazil's clocks went forward at midnight: the day began at 01:00.
	brazil, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	for _, began := range []time.Time{time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)} {
		now := began.Add(-20 * time.Second)
		day := spatial.DayOf(now, brazil)
		for spatial.DayOf(now, brazil) == day {
			now = now.Add(calendar{}.rest(now, brazil))
		}
		if late := now.Sub(began); late < 0 || late > calendarRest {
			t.Errorf("the day of %v is written %v late", began, late)
		}
	}
}
