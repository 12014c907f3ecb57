package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func nameOf(f spatial.Feature) string { return f.Values[0].Text() }

// testAsOf reads both axes of time: what held on a day, as known at an instant.
func testAsOf(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	t0 := c.Now()
	f := thing(1, "A")
	f.Valid.From = "2020-01-01"
	f.ID = mustApply(t, s, onDay(today), create(f)).Created[0]
	t1 := c.tick(time.Hour)
	f.Values[0] = spatial.Text("B")
	mustApply(t, s, onDay(today), updateFrom(f, "2025-07-01")) // became B that summer
	t2 := c.tick(time.Hour)
	f.Values[0] = spatial.Text("A mended")
	f.Valid = spatial.Period{From: "2020-01-01", To: "2025-07-01"}
	mustApply(t, s, onDay(today), update(f)) // the years before were recorded wrongly
	t3 := c.tick(time.Hour)
	mustApply(t, s, onDay(today), retire("things", f.ID, "2026-02-01"))
	now := time.Time{}
	for _, q := range []struct {
		on       spatial.Date
		recorded time.Time
		want     string
	}{
		{"2019-12-31", now, ""}, {"2020-01-01", now, "A mended"}, {"2025-06-30", now, "A mended"}, {"2025-07-01", now, "B"},
		{"2026-01-31", now, "B"}, {"2026-02-01", now, ""}, {today, now, ""},
		{"2024-01-01", t0.Add(-time.Millisecond), ""}, {"2024-01-01", t0, "A"}, {today, t0, "A"}, {today, t1.Add(-time.Millisecond), "A"},
		{today, t1, "B"}, {"2024-01-01", t1, "A"}, {"2024-01-01", t2.Add(-time.Millisecond), "A"}, {"2024-01-01", t2, "A mended"},
		{today, t2, "B"}, {today, t3.Add(-time.Millisecond), "B"}, {today, t3, ""}, {"2026-01-31", t3, "B"}, {"", t2, "B"}, {"", t3, ""},
	} {
		a := spatial.AsOf{On: q.on, Recorded: q.recorded}
		fs := scan(t, s, "things", a, nil, 0)
		if q.want == "" {
			gone(t, s, "things", f.ID, a)
			if len(fs) != 0 {
				t.Fatalf("scan as of %v: %+v", a, fs)
			}
			continue
		}
		got := get(t, s, "things", f.ID, a)
		if nameOf(got) != q.want || len(fs) != 1 {
			t.Fatalf("as of %v: get %q, want %q; scan gives %d", a, nameOf(got), q.want, len(fs))
		}
		same(t, "scan", fs[0], got)
	}
	gone(t, s, "things", f.ID, spatial.AsOf{})
	sound(t, s)
}

// testSuccession follows the versions of one record through a change from a day.
func testSuccession(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	f := thing(1, "cũ")
	f.Import = 0
	f.ID = mustApply(t, s, onDay(today), create(f)).Created[0]
	t1 := c.tick(time.Minute)
	g := thing(7, "mới")
	g.ID = f.ID
	mustApply(t, s, onDay(today), updateFrom(g, "2026-02-01"))
	vs := versions(t, s, "things", f.ID)
	type row struct {
		name    string
		valid   spatial.Period
		rev, to spatial.Revision
		present bool
	}
	var got []row
	for _, v := range vs {
		got = append(got, row{nameOf(v.Feature), v.Feature.Valid, v.Feature.Rev, v.RevTo, v.Present})
	}
	want := []row{{"cũ", spatial.Period{}, 1, 2, false}, {"cũ", spatial.Period{To: "2026-02-01"}, 2, 0, false}, {"mới", spatial.Period{From: "2026-02-01"}, 2, 0, true}}
	if len(got) != len(want) {
		t.Fatalf("versions %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("version %d: %+v, want %+v", i+1, got[i], want[i])
		}
	}
	if !vs[0].Until.Equal(t1) || !vs[1].Feature.At.Equal(t1) {
		t.Fatalf("times: %v, %v", vs[0].Until, vs[1].Feature.At)
	}
	same(t, "the remainder keeps its shape", vs[1].Feature.Legal, f.Legal)
	same(t, "the remainder keeps its display shape", vs[1].Feature.Display, f.Display)
	// a second day splits the present version once more
	mustApply(t, s, onDay(today), updateFrom(f, "2026-06-01"))
	if got := get(t, s, "things", f.ID, spatial.AsOf{}); nameOf(got) != "mới" || got.Valid != (spatial.Period{From: "2026-02-01", To: "2026-06-01"}) {
		t.Fatalf("present: %+v", got)
	}
	if got := get(t, s, "things", f.ID, spatial.AsOf{On: "2026-06-01"}); nameOf(got) != "cũ" {
		t.Fatalf("in June: %+v", got)
	}
	sound(t, s)
}

// testDue lets days pass: the clock is a writer too.
func testDue(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	ctx := context.Background()
	future, ending, twice := thing(1, "sẽ có"), thing(2, "sẽ hết"), thing(3, "đổi")
	future.Valid.From = "2026-03-05"
	ending.Valid.To = "2026-03-05"
	r := mustApply(t, s, onDay(today), create(future), create(ending), create(twice), create(note("đứng yên")))
	future.ID, ending.ID, twice.ID = r.Created[0], r.Created[1], r.Created[2]
	next := thing(30, "đã đổi")
	next.ID = twice.ID
	mustApply(t, s, onDay(today), updateFrom(next, "2026-03-05"))
	log := wholeLog(t, s, 100)
	if log[0].Before != nil || log[0].After != nil {
		t.Fatalf("a record of the future is in the log with a box: %+v", log[0])
	}
	same(t, "log of a change to come", log[4], change.Change{Rev: 5, Layer: "things", ID: twice.ID, Verb: change.Update, Before: boxOf(&twice), After: boxOf(&twice), At: c.Now(), By: "tester"})
	gone(t, s, "things", future.ID, spatial.AsOf{})
	if f := get(t, s, "things", future.ID, spatial.AsOf{On: "2026-03-05"}); nameOf(f) != "sẽ có" {
		t.Fatalf("%+v", f)
	}
	for _, d := range []spatial.Date{today, "2026-03-04"} {
		r, err := s.Due(ctx, change.Commit{By: "clock"}, d)
		if err != nil || r.First <= r.Last {
			t.Fatalf("due on %s wrote %+v, %v", d, r, err)
		}
	}
	at := c.tick(4 * 24 * time.Hour)
	r, err := s.Due(ctx, change.Commit{By: "clock"}, "2026-03-05")
	if err != nil || r.First != 6 || r.Last != 8 {
		t.Fatalf("due: %+v, %v", r, err)
	}
	same(t, "log", wholeLog(t, s, 100)[5:], []change.Change{
		{Rev: 6, Layer: "things", ID: future.ID, Verb: change.Due, After: boxOf(&future), At: at, By: "clock"},
		{Rev: 7, Layer: "things", ID: ending.ID, Verb: change.Due, Before: boxOf(&ending), At: at, By: "clock"},
		{Rev: 8, Layer: "things", ID: twice.ID, Verb: change.Due, Before: boxOf(&twice), After: boxOf(&next), At: at, By: "clock"},
	})
	// nothing was rewritten: the versions are the same, another one is present
	if f := get(t, s, "things", future.ID, spatial.AsOf{}); f.Version != 1 || f.Rev != 1 {
		t.Fatalf("%+v", f)
	}
	gone(t, s, "things", ending.ID, spatial.AsOf{})
	if vs := versions(t, s, "things", ending.ID); len(vs) != 1 || vs[0].RevTo != 0 || vs[0].Present {
		t.Fatalf("%+v", vs)
	}
	if r, err = s.Due(ctx, change.Commit{By: "clock"}, "2026-03-05"); err != nil || r.First <= r.Last || head(t, s) != 8 {
		t.Fatalf("a second call on the day wrote %+v, %v", r, err)
	}
	// a record that is past can be written again
	ending.Valid = spatial.Period{}
	mustApply(t, s, onDay("2026-03-05"), update(ending))
	if f := get(t, s, "things", ending.ID, spatial.AsOf{}); f.Version != 2 {
		t.Fatalf("%+v", f)
	}
	// a clock that was wrong is put right
	if r, err = s.Due(ctx, change.Commit{By: "clock"}, today); err != nil || r.Last-r.First != 1 {
		t.Fatalf("back: %+v, %v", r, err)
	}
	gone(t, s, "things", future.ID, spatial.AsOf{})
	sound(t, s)
}

// testOverdue writes to a record whose day has passed before Due was called: the
// log's Before is what the model shows until then, so that its ground is redrawn.
func testOverdue(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	f := thing(1, "hết hạn")
	f.Valid.To = "2026-03-02"
	f.ID = mustApply(t, s, onDay(today), create(f)).Created[0]
	at := c.tick(48 * time.Hour)
	g := thing(20, "nơi khác")
	g.ID = f.ID
	mustApply(t, s, onDay("2026-03-03"), updateFrom(g, "2026-03-03"))
	same(t, "log", wholeLog(t, s, 10)[1], change.Change{Rev: 2, Layer: "things", ID: f.ID, Verb: change.Update, Before: boxOf(&f), After: boxOf(&g), At: at, By: "tester"})
	vs := versions(t, s, "things", f.ID)
	if len(vs) != 2 || vs[0].RevTo != 0 || vs[0].Present || !vs[1].Present {
		t.Fatalf("versions: %+v", vs)
	}
	r, err := s.Due(context.Background(), change.Commit{By: "clock"}, "2026-03-03")
	if err != nil || r.First <= r.Last {
		t.Fatalf("due: %+v, %v", r, err)
	}
	sound(t, s)
}
