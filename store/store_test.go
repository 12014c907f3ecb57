package store

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func day(n int) spatial.Date {
	if n <= 0 || n > 28 {
		return ""
	}
	return spatial.Date(fmt.Sprintf("2025-01-%02d", n))
}

// After any sequence of writes, each day has at most one version held true, and it
// is the one the last write that spoke for that day set; numbers never repeat.
func TestPlanKeepsOneVersionADay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const today = spatial.Date("2025-01-10")
		var held []spatial.Feature
		var last int32
		want := map[int]string{} // day → state
		for n := range rapid.IntRange(1, 12).Draw(t, "writes") {
			state := fmt.Sprint("s", n)
			op := change.Op{Verb: rapid.SampledFrom([]change.Verb{change.Create, change.Update, change.Update, change.Retire, change.Remove, change.Restore}).Draw(t, "verb"),
				Feature: spatial.Feature{Layer: "l", ID: 1, Key: state, Valid: spatial.Period{From: day(rapid.IntRange(0, 20).Draw(t, "from")), To: day(rapid.IntRange(0, 20).Draw(t, "to"))}},
				From:    day(rapid.IntRange(0, 20).Draw(t, "begin"))}
			w, err := Plan(held, last, op, today)
			if err != nil {
				continue
			}
			closed := map[int32]bool{}
			for _, v := range w.Close {
				closed[v] = true
			}
			var now []spatial.Feature
			for _, v := range held {
				if !closed[v.Version] {
					now = append(now, v)
				}
			}
			for _, v := range w.Insert {
				last++
				if v.Version != last {
					t.Fatalf("version %d follows %d", v.Version, last-1)
				}
				now = append(now, v)
			}
			held = now
			for d := 1; d <= 28; d++ {
				at := day(d)
				span, set := op.Feature.Valid, true
				switch op.Verb {
				case change.Update:
					if op.From != "" {
						span.From = op.From
					}
				case change.Retire:
					span, set = spatial.Period{From: op.From}, false
					if op.From == "" {
						span.From = today
					}
				case change.Remove:
					span, set = spatial.Period{}, false
				case change.Restore:
					delete(want, d)
				}
				if span.Holds(at) {
					delete(want, d)
					if set {
						want[d] = state
					}
				}
				got, n := "", 0
				for _, v := range held {
					if v.Valid.Holds(at) {
						got, n = v.Key, n+1
					}
				}
				if n > 1 || got != want[d] {
					t.Fatalf("day %d after %s %v: %d versions, %q, want %q", d, op.Verb, op.Feature.Valid, n, got, want[d])
				}
			}
			present := ""
			if w.After != nil {
				present = w.After.Key
			}
			if present != want[10] {
				t.Fatalf("After is %q, want %q", present, want[10])
			}
		}
	})
}

func TestPlanRefuses(t *testing.T) {
	v1 := spatial.Feature{Layer: "l", ID: 1, Version: 1}
	for _, c := range []struct {
		held []spatial.Feature
		last int32
		op   change.Op
		code string
	}{
		{[]spatial.Feature{v1}, 1, change.Op{Verb: change.Create, Feature: v1}, "record.exists"},
		{nil, 0, change.Op{Verb: change.Update, Feature: v1}, "record.unknown"},
		{nil, 3, change.Op{Verb: change.Update, Feature: v1}, "record.unknown"},
		{[]spatial.Feature{v1}, 1, change.Op{Verb: change.Update, Feature: v1, Expect: 2}, "record.stale"},
		{[]spatial.Feature{v1}, 1, change.Op{Verb: change.Update, Feature: spatial.Feature{Valid: spatial.Period{From: "2025-01-02", To: "2025-01-02"}}}, "record.period"},
		{[]spatial.Feature{v1}, 1, change.Op{Verb: change.Due, Feature: v1}, "record.verb"},
	} {
		if _, err := Plan(c.held, c.last, c.op, "2025-01-01"); spatial.CodeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", c.op.Verb, err, c.code)
		}
	}
}
