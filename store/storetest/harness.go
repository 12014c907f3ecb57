package storetest

import (
	"context"
	"errors"
	"iter"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Harness is how the suite gets at a store.
type Harness struct {
	// Open gives a fresh, empty store with Layers() configured and the clock now.
	// The store is closed by the harness when the test ends.
	Open func(t *testing.T, now func() time.Time) Store
	// Again gives a second handle on the data of s, with the same clock, as
	// another process would have it.
	Again func(t *testing.T, s Store) Store
}

// Run is the contract. Every part of it runs against its own fresh store.
func Run(t *testing.T, h Harness) {
	for _, part := range []struct {
		name string
		run  func(*testing.T, Harness)
	}{
		{"Empty", testEmpty},
		{"Fields", testFields},
		{"Shapes", testShapes},
		{"Refused", testRefused},
		{"Verbs", testVerbs},
		{"Expect", testExpect},
		{"IDs", testIDs},
		{"Lineage", testLineage},
		{"Box", testBox},
		{"AsOf", testAsOf},
		{"Succession", testSuccession},
		{"Due", testDue},
		{"Overdue", testOverdue},
		{"Import", testImport},
		{"Undo", testUndo},
		{"ImportErrors", testImportErrors},
		{"Place", testPlace},
		{"UserLayers", testUserLayers},
		{"Keys", testKeys},
		{"Sessions", testSessions},
		{"Derived", testDerived},
		{"Batch", testBatch},
		{"Wait", testWait},
		{"Atomic", testAtomic},
		{"Cancelled", testCancelled},
		{"Reading", testReading},
		{"Concurrent", testConcurrent},
		{"Machine", testMachine},
	} {
		t.Run(part.name, func(t *testing.T) { part.run(t, h) })
	}
}

// Layers are the layers the suite works with: every field type, every shape.
func Layers() []spatial.Layer {
	low, high := -5.0, 1000.0
	zero := 0.0
	name := spatial.Field{Name: "name", Type: spatial.TypeText, Title: spatial.Name{VI: "Tên", EN: "Name"}}
	return []spatial.Layer{
		{Name: "things", Title: spatial.Name{VI: "Vật", EN: "Things"}, Shape: spatial.Polygons, Key: []string{"name"}, Fields: []spatial.Field{
			name,
			{Name: "kind", Type: spatial.TypeText, OneOf: []string{"a", "b", "it's"}},
			{Name: "flag", Type: spatial.TypeBool},
			{Name: "big", Type: spatial.TypeInt},
			{Name: "floors", Type: spatial.TypeInt, Min: &low, Max: &high, Access: spatial.Official},
			{Name: "ratio", Type: spatial.TypeFloat, Unit: "%"},
			{Name: "width", Type: spatial.TypeFloat, Min: &zero, Unit: "m"},
			{Name: "day", Type: spatial.TypeDate},
			{Name: "seen", Type: spatial.TypeTime},
		}},
		{Name: "spots", Title: spatial.Name{VI: "Điểm", EN: "Spots"}, Shape: spatial.Points, Fields: []spatial.Field{name, {Name: "order", Type: spatial.TypeInt}}},
		{Name: "ways", Title: spatial.Name{VI: "Đường", EN: "Ways"}, Shape: spatial.Lines, Access: spatial.Operations, Fields: []spatial.Field{name}},
		{Name: "mixed", Title: spatial.Name{VI: "Lẫn", EN: "Mixed"}, Shape: spatial.AnyShape, Fields: []spatial.Field{name}},
		{Name: "notes", Title: spatial.Name{VI: "Ghi chú", EN: "Notes"}, Shape: spatial.NoShape, Fields: []spatial.Field{name, {Name: "seen", Type: spatial.TypeTime}}},
	}
}

// clock is a clock that moves when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// tick moves the clock by d and gives the new instant.
func (c *clock) tick(d time.Duration) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return c.now
}

// today is the civil day the tests begin on.
const today spatial.Date = "2026-03-01"

func onDay(d spatial.Date) change.Commit { return change.Commit{By: "tester", Today: d} }

// seq is ops without an error.
func seq(ops ...change.Op) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	}
}

func create(f spatial.Feature) change.Op { return change.Op{Verb: change.Create, Feature: f} }
func update(f spatial.Feature) change.Op { return change.Op{Verb: change.Update, Feature: f} }
func updateFrom(f spatial.Feature, d spatial.Date) change.Op {
	return change.Op{Verb: change.Update, Feature: f, From: d}
}
func restore(f spatial.Feature) change.Op { return change.Op{Verb: change.Restore, Feature: f} }
func retire(layer string, id uint64, d spatial.Date) change.Op {
	return change.Op{Verb: change.Retire, Feature: spatial.Feature{Layer: layer, ID: id}, From: d}
}
func remove(layer string, id uint64) change.Op {
	return change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: layer, ID: id}}
}

// square is a polygon of side units with its lower left corner at x, y.
func square(x, y, side float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
}

// thing is the n-th record of layer "things": its shape stands at a place of its own.
func thing(n int, name string) spatial.Feature {
	x, y := float64(n%100), float64(n/100%100)
	return spatial.Feature{
		Layer: "things", Legal: square(570000+x*50, 1320000+y*50, 40.125), SRID: 5899,
		Display: square(108.4+x/1024, 11.9+y/1024, 1.0/2048), Area: 1610.0156, Key: "src-" + name,
		Values: []spatial.Value{spatial.Text(name), spatial.Text("a"), spatial.Bool(n%2 == 0), spatial.Int(int64(n)), spatial.Int(int64(n % 7)),
			spatial.Float(float64(n) / 8), {}, spatial.Day("2025-07-01"), {}},
	}
}

func note(name string) spatial.Feature {
	return spatial.Feature{Layer: "notes", Values: []spatial.Value{spatial.Text(name), {}}}
}

func mustApply(t *testing.T, s Store, c change.Commit, ops ...change.Op) change.Result {
	t.Helper()
	r, err := s.Apply(context.Background(), c, seq(ops...))
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	return r
}

func get(t *testing.T, s Store, layer string, id uint64, a spatial.AsOf) spatial.Feature {
	t.Helper()
	f, err := s.Get(context.Background(), layer, id, a)
	if err != nil {
		t.Fatalf("get %s %d as of %v: %v", layer, id, a, err)
	}
	return f
}

// gone checks that no version of a record holds as of a.
func gone(t *testing.T, s Store, layer string, id uint64, a spatial.AsOf) {
	t.Helper()
	_, err := s.Get(context.Background(), layer, id, a)
	refused(t, err, spatial.NotFound, "record.unknown")
}

func load(t *testing.T, s Store) ([]spatial.Feature, change.Loaded) {
	t.Helper()
	var all []spatial.Feature
	l, err := s.Load(context.Background(), func(f spatial.Feature) error { all = append(all, f); return nil })
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	return all, l
}

func scan(t *testing.T, s Store, layer string, a spatial.AsOf, box *orb.Bound, after uint64) []spatial.Feature {
	t.Helper()
	var all []spatial.Feature
	for f, err := range s.Scan(context.Background(), layer, a, box, after) {
		if err != nil {
			t.Fatalf("scan %s: %v", layer, err)
		}
		all = append(all, f)
	}
	return all
}

func versions(t *testing.T, s Store, layer string, id uint64) []change.Version {
	t.Helper()
	v, _, err := s.Versions(context.Background(), layer, id)
	if err != nil {
		t.Fatalf("versions of %s %d: %v", layer, id, err)
	}
	return v
}

func head(t *testing.T, s Store) spatial.Revision {
	t.Helper()
	r, err := s.Head(context.Background())
	if err != nil {
		t.Fatalf("head: %v", err)
	}
	return r
}

// wholeLog reads the log in batches of limit.
func wholeLog(t *testing.T, s Store, limit int) []change.Change {
	t.Helper()
	var all []change.Change
	for since := spatial.Revision(0); ; {
		b, err := s.Batch(context.Background(), since, limit)
		if err != nil {
			t.Fatalf("batch: %v", err)
		}
		if len(b.Changes) == 0 {
			return all
		}
		all, since = append(all, b.Changes...), b.Head
	}
}

// refused checks an error's kind and code; code "" leaves the code open, but
// there must be one.
func refused(t *testing.T, err error, kind spatial.Kind, code string) {
	t.Helper()
	var e *spatial.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want a spatial error %s %q", err, kind, code)
	}
	if spatial.KindOf(err) != kind || (code != "" && spatial.CodeOf(err) != code) || spatial.CodeOf(err) == "" {
		t.Fatalf("got %s %q (%v), want %s %q", spatial.KindOf(err), spatial.CodeOf(err), err, kind, code)
	}
}

// sound checks that the store finds nothing wrong with itself.
func sound(t *testing.T, s Store) {
	t.Helper()
	err := s.Integrity(context.Background(), func(code, subject, detail string) { t.Errorf("integrity: %s: %s: %s", code, subject, detail) })
	if err != nil {
		t.Fatalf("integrity: %v", err)
	}
}

// light is f as Load and Batch give it.
func light(f spatial.Feature) spatial.Feature {
	f.Legal, f.Extra = nil, ""
	return f
}

// equal are the comparison rules: values by ==, instants by their time, and an
// empty slice is as good as none.
func equal() cmp.Options {
	return cmp.Options{cmp.Comparer(func(a, b spatial.Value) bool { return a == b }), cmpopts.EquateEmpty()}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, equal()); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}
