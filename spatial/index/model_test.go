package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func layers() []spatial.Layer {
	return []spatial.Layer{
		{Name: "plots", Shape: spatial.Polygons, Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}, {Name: "owner", Type: spatial.TypeText, Access: spatial.Personal}, {Name: "floors", Type: spatial.TypeInt}}},
		{Name: "files", Shape: spatial.NoShape, Access: spatial.Official, Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}}},
	}
}

func square(x, y, side float64) orb.Polygon {
	return orb.Polygon{{{x, y}, {x + side, y}, {x + side, y + side}, {x, y + side}, {x, y}}}
}

func plot(id uint64, name string, x, y float64) spatial.Feature {
	return spatial.Feature{Layer: "plots", ID: id, Version: 1, Rev: spatial.Revision(id), Display: square(x, y, 0.001), Area: 100,
		Values: []spatial.Value{spatial.Text(name), spatial.Text("owner of " + name), spatial.Int(int64(id))}}
}

// ledger is a Source kept in memory, as the contract of the stores has it.
type ledger struct {
	mu   sync.Mutex
	now  map[uint64]spatial.Feature
	log  []change.Change
	rang chan struct{}
	away error
}

func newLedger() *ledger {
	return &ledger{now: map[uint64]spatial.Feature{}, rang: make(chan struct{}, 1)}
}

func (l *ledger) write(fs ...spatial.Feature) spatial.Revision {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range fs {
		rev := spatial.Revision(len(l.log) + 1)
		c := change.Change{Rev: rev, Layer: f.Layer, ID: f.ID, Verb: change.Update}
		if f.Values == nil {
			delete(l.now, f.ID)
			c.Verb = change.Retire
		} else {
			f.Rev = rev
			l.now[f.ID] = f
		}
		l.log = append(l.log, c)
	}
	select {
	case l.rang <- struct{}{}:
	default:
	}
	return spatial.Revision(len(l.log))
}

func (l *ledger) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.now {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(len(l.log))}, l.away
}

func (l *ledger) Batch(_ context.Context, since spatial.Revision, limit int) (change.Batch, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := l.log[since:]
	rows = rows[:min(limit, len(rows))]
	b := change.Batch{Changes: rows, Head: since + spatial.Revision(len(rows))}
	for _, c := range rows {
		if f, ok := l.now[c.ID]; ok {
			b.Features = append(b.Features, f)
		}
	}
	return b, l.away
}

func (l *ledger) Wait(ctx context.Context, since spatial.Revision) error {
	select {
	case <-l.rang:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func contents(v View) map[string][]any {
	out := map[string][]any{}
	for _, l := range v.Layers() {
		for it := range v.After(l.Name, 0) {
			row := []any{it.ID(), it.Rev(), it.Geometry(), it.Area(), it.Access()}
			for _, val := range it.Attrs() {
				row = append(row, val.Any())
			}
			out[l.Name] = append(out[l.Name], row)
		}
	}
	return out
}

// Following a log ends where a first load of it ends, whatever was written.
func TestFollowEqualsLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLedger()
		cfg := Config{Layers: layers(), Keys: map[string]Keys{"plots": func(i Item) []string { return []string{i.Attr("name").Text()} }}}
		followed := New(cfg)
		if err := followed.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var done sync.WaitGroup
		done.Go(func() { followed.Follow(ctx, l) })
		var last spatial.Revision
		for range rapid.IntRange(1, 20).Draw(t, "commits") {
			var fs []spatial.Feature
			for range rapid.IntRange(1, 5).Draw(t, "rows") {
				id := rapid.Uint64Range(1, 12).Draw(t, "id")
				f := plot(id, rapid.SampledFrom([]string{"a", "ab", "b"}).Draw(t, "name"), rapid.Float64Range(107, 109).Draw(t, "x"), 12)
				f.Access = spatial.Access(rapid.IntRange(0, 3).Draw(t, "access"))
				if rapid.Bool().Draw(t, "gone") {
					f.Values = nil
				}
				fs = append(fs, f)
			}
			last = l.write(fs...)
		}
		if err := followed.WaitFor(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		stop()
		done.Wait()
		loaded := New(cfg)
		if err := loaded.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		for _, tier := range []spatial.Tier{0, spatial.TierPublic, spatial.TierOfficial, spatial.TierAll} {
			a, b := followed.View(tier), loaded.View(tier)
			if d := cmp.Diff(contents(a), contents(b)); d != "" {
				t.Fatal(d)
			}
			if a.Count("plots") != b.Count("plots") || a.Count("plots") != len(contents(a)["plots"]) {
				t.Fatalf("counts %d, %d", a.Count("plots"), b.Count("plots"))
			}
			found := func(v View) (s string) {
				for k, it := range v.Keyed("plots", "a") {
					s += fmt.Sprint(k, it.ID(), ";")
				}
				return s
			}
			if found(a) != found(b) {
				t.Fatalf("keys %q, %q", found(a), found(b))
			}
			for id := range uint64(12) {
				if it, ok := b.Get("plots", id); ok {
					hit := false
					for o := range a.At("plots", it.Box().Center()) {
						hit = hit || o.ID() == id
					}
					if !hit {
						t.Fatalf("%d is not found at its own centre", id)
					}
				}
			}
		}
	})
}

// A reader that holds a snapshot sees it unchanged while the follower writes; a
// commit is seen whole or not at all.
func TestSnapshotsAreWhole(t *testing.T) {
	l := newLedger()
	pair := func(n int) []spatial.Feature {
		a, b := plot(1, fmt.Sprint(n), 108, 12), plot(2, fmt.Sprint(n), 108.1, 12)
		return []spatial.Feature{a, b}
	}
	l.write(pair(0)...)
	m := New(Config{Layers: layers()})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { m.Follow(ctx, l) })
	for range 4 {
		done.Go(func() {
			for ctx.Err() == nil {
				v := m.View(spatial.TierPublic)
				a, _ := v.Get("plots", 1)
				b, _ := v.Get("plots", 2)
				if a.Attr("name") != b.Attr("name") {
					t.Errorf("half a commit: %v, %v", a.Attr("name"), b.Attr("name"))
					return
				}
			}
		})
	}
	var last spatial.Revision
	for n := range 300 {
		last = l.write(pair(n)...)
	}
	if err := m.WaitFor(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	stop()
	done.Wait()
}

func TestTiers(t *testing.T) {
	l := newLedger()
	hidden := plot(2, "hidden", 108.2, 12)
	hidden.Access = spatial.Operations
	file := spatial.Feature{Layer: "files", ID: 3, Version: 1, Values: []spatial.Value{spatial.Text("f")}}
	l.write(plot(1, "open", 108, 12), hidden, file)
	m := New(Config{Layers: layers()})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	public, all := m.View(spatial.TierPublic), m.View(spatial.TierAll)
	if n := public.Count("plots"); n != 1 {
		t.Errorf("the public counts %d plots", n)
	}
	if _, ok := public.Get("plots", 2); ok {
		t.Error("the public gets a record of the operations centre")
	}
	if b := public.Bounds("plots"); b.Max[0] > 108.1 {
		t.Errorf("the public's bounds %v reach a record it may not see", b)
	}
	if _, ok := public.Layer("files"); ok || public.Count("files") != 0 || !Empty(public.Bounds("files")) {
		t.Error("the public sees an official layer")
	}
	it, _ := public.Get("plots", 1)
	if v := it.Attr("owner"); !v.IsNull() {
		t.Errorf("the public reads an owner: %v", v)
	}
	for f := range it.Attrs() {
		if f.Name == "owner" {
			t.Error("the public is told of the owner field")
		}
	}
	it, _ = all.Get("plots", 1)
	if v := it.Attr("owner").Text(); v != "owner of open" {
		t.Errorf("the administrator reads %q", v)
	}
	if n := m.View(0).Count("plots"); n != 0 {
		t.Errorf("no tier sees %d plots", n)
	}
}

// While the source is away the model answers from what it has and says so.
func TestSourceAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLedger()
		l.write(plot(1, "a", 108, 12))
		m := New(Config{Layers: layers(), Retry: time.Second})
		if err := m.Load(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go m.Follow(ctx, l)
		synctest.Wait()
		l.mu.Lock()
		l.away = errors.New("gone")
		l.mu.Unlock()
		l.rang <- struct{}{}
		synctest.Wait()
		if s := m.Status(); s.Away == nil || m.View(spatial.TierPublic).Count("plots") != 1 {
			t.Errorf("away, and the status is %+v", s)
		}
		l.mu.Lock()
		l.away = nil
		l.mu.Unlock()
		rev := l.write(plot(2, "b", 108, 12))
		if err := m.WaitFor(t.Context(), rev); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := m.Status(); s.Away != nil {
			t.Errorf("back, and the status is %+v", s)
		}
	})
}

func TestWithShowsAnotherPresent(t *testing.T) {
	l := newLedger()
	l.write(plot(1, "now", 108, 12))
	m := New(Config{Layers: layers()})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	old := plot(1, "then", 108, 12)
	v := m.View(spatial.TierPublic).With([]spatial.Feature{old})
	if it, ok := v.Get("plots", 1); !ok || it.Attr("name").Text() != "then" {
		t.Errorf("got %v", ok)
	}
	if it, _ := m.View(spatial.TierPublic).Get("plots", 1); it.Attr("name").Text() != "now" {
		t.Error("the model's own snapshot changed")
	}
}

// Every shape and value comes back as it went in.
func TestPack(t *testing.T) {
	ring := orb.Ring{{108.123456789, -11.5}, {108.2, -11.5}, {108.2, 11.9}, {108.123456789, -11.5}}
	for _, g := range []orb.Geometry{nil, orb.Point{179.999999999, -89.999999999}, orb.MultiPoint{{1, 2}, {3, 4}}, orb.LineString{{1, 2}, {3, 4}},
		orb.MultiLineString{{{1, 2}, {3, 4}}, {{5, 6}, {7, 8}}}, orb.Polygon{ring, ring}, orb.MultiPolygon{{ring}, {ring, ring}},
		orb.Polygon{}, orb.MultiPolygon{}, orb.Collection{orb.Point{1, 2}, orb.Polygon{ring}}} {
		var p packer
		p.geometry(g)
		u := unpacker{b: p.b}
		if d := cmp.Diff(g, u.geometry()); d != "" {
			t.Error(d)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) spatial.Value {
			return rapid.SampledFrom([]spatial.Value{{}, spatial.Bool(true), spatial.Bool(false), spatial.Int(rapid.Int64().Draw(t, "i")),
				spatial.Float(rapid.Float64().Draw(t, "f")), spatial.Text(rapid.String().Draw(t, "s")), spatial.Day("2025-07-01"),
				spatial.Time(time.UnixMilli(rapid.Int64Range(-1e12, 1e13).Draw(t, "t")))}).Draw(t, "v")
		}), 0, 12).Draw(t, "row")
		b := appendRow(nil, row)
		for i, want := range row {
			if got := rowValue(b, i); got != want {
				t.Fatalf("value %d of %v is %v", i, row, got)
			}
		}
		if got := rowValue(b, len(row)); !got.IsNull() {
			t.Fatalf("past the end: %v", got)
		}
	})
}

func TestBoxesRoundOutward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64Range(-180, 180).Draw(t, "f")
		if d, u := float64(down(f)), float64(up(f)); d > f || u < f || u-d > 1e-4 || math.IsNaN(d) {
			t.Fatalf("%v lies outside %v…%v", f, d, u)
		}
	})
}

func BenchmarkLoad(b *testing.B) {
	l := newLedger()
	for i := range 100_000 {
		f := plot(uint64(i+1), "Trần Phú", 108+float64(i%400)*0.001, 11.8+float64(i/400)*0.001)
		l.now[f.ID] = f
	}
	for b.Loop() {
		if err := New(Config{Layers: layers()}).Load(b.Context(), l); err != nil {
			b.Fatal(err)
		}
	}
}
