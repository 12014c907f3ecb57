package check_test

import (
	"context"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/check"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
	"github.com/langbiang/langbiang/store/sqlite"
)

const today spatial.Date = "2026-11-22"

func config() store.Config {
	high := 100.0
	return store.Config{
		Now: func() time.Time { return time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC) },
		Layers: []spatial.Layer{
			{Name: "lots", Title: spatial.Name{VI: "Lô", EN: "Lots"}, Shape: spatial.Polygons, Fields: []spatial.Field{
				{Name: "name", Type: spatial.TypeText}, {Name: "kind", Type: spatial.TypeText, OneOf: []string{"a", "b"}}, {Name: "floors", Type: spatial.TypeInt, Max: &high}}},
			{Name: "posts", Title: spatial.Name{VI: "Cột", EN: "Posts"}, Shape: spatial.Points, Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}}},
		},
	}
}

// both runs a test on either store.
func both(t *testing.T, run func(t *testing.T, s store2)) {
	t.Run("sqlite", func(t *testing.T) {
		s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.gpkg"), config())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		run(t, s)
	})
	t.Run("postgis", func(t *testing.T) {
		s, err := postgis.OpenWith(t.Context(), pgtest.New(t), config(), postgis.Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		run(t, s)
	})
}

// store2 is a store that can be written to as well.
type store2 interface {
	check.Store
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
	SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error)
}

// lot is a square in the plane, 10 m wide.
func lot(t *testing.T, e, n float64, name string) spatial.Feature {
	t.Helper()
	f := spatial.Feature{Layer: "lots", SRID: 5899, Values: []spatial.Value{spatial.Text(name), spatial.Text("a"), spatial.Int(3)},
		Legal: orb.Polygon{{{e, n}, {e + 10, n}, {e + 10, n + 10}, {e, n + 10}, {e, n}}}}
	return derive(t, f)
}

func derive(t *testing.T, f spatial.Feature) spatial.Feature {
	t.Helper()
	var err error
	if f.Display, err = crs.Display(f.Legal, f.SRID); err != nil {
		t.Fatal(err)
	}
	f.Area = overlay.Area(f.Legal)
	return f
}

func write(t *testing.T, s store2, imp *change.Import, ops ...change.Op) change.Result {
	t.Helper()
	r, err := s.Apply(t.Context(), change.Commit{By: "tester", Today: today, Import: imp}, func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// filled is a store with an import, edits, a split, a retirement and a place.
func filled(t *testing.T, s store2) {
	t.Helper()
	if _, err := s.SetPlace(t.Context(), change.Commit{By: "tester", Today: today}, spatial.Place{Name: spatial.Name{VI: "Đà Lạt"}, Plane: 5899, TimeZone: "Asia/Ho_Chi_Minh",
		Bounds: orb.Bound{Min: orb.Point{108, 11}, Max: orb.Point{109, 13}}}); err != nil {
		t.Fatal(err)
	}
	var ops []change.Op
	for i := range 6 {
		ops = append(ops, change.Op{Verb: change.Create, Feature: lot(t, 575000+20*float64(i), 1320000, "lô")})
	}
	post := derive(t, spatial.Feature{Layer: "posts", SRID: 5899, Legal: orb.Point{575003, 1320003}, Values: []spatial.Value{spatial.Text("cột")}})
	ops = append(ops, change.Op{Verb: change.Create, Feature: post})
	r := write(t, s, &change.Import{Name: "first", Dataset: "lots", Layer: "lots", Counts: change.Counts{Read: 7, Added: 7}}, ops...)
	moved := lot(t, 575002, 1320050, "dời")
	moved.ID = r.Created[1]
	write(t, s, nil, change.Op{Verb: change.Update, Feature: moved, From: today})
	half, rest := lot(t, 575300, 1320000, "tách 1"), lot(t, 575310, 1320000, "tách 2")
	gone := spatial.Feature{Layer: "lots", ID: r.Created[2]}
	write(t, s, nil, change.Op{Verb: change.Retire, Feature: gone}, change.Op{Verb: change.Create, Feature: half, Parents: []uint64{gone.ID}}, change.Op{Verb: change.Create, Feature: rest, Parents: []uint64{gone.ID}})
}

func run(t *testing.T, s check.Store) (check.Summary, []check.Finding) {
	t.Helper()
	var found []check.Finding
	stages := map[check.Stage]bool{}
	sum, err := check.Run(t.Context(), s, check.Options{Overlaps: []string{"lots"}, Today: today,
		Found: func(f check.Finding) { found = append(found, f) }, Progress: func(s check.Stage, _, _ int) { stages[s] = true }})
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range []check.Stage{check.StageStore, check.StageLog, check.StageRecords, check.StageHistory} {
		if !stages[st] {
			t.Errorf("nothing was said of the stage %q", st)
		}
	}
	return sum, found
}

func TestSoundStoreIsSound(t *testing.T) {
	both(t, func(t *testing.T, s store2) {
		filled(t, s)
		sum, found := run(t, s)
		if !sum.Sound() || len(found) > 0 {
			t.Fatalf("found in a sound store: %+v", found)
		}
		if want := map[string]int{"lots": 7, "posts": 1}; !maps.Equal(sum.Records, want) {
			t.Errorf("records %v, want %v", sum.Records, want)
		}
		if head, err := s.Head(t.Context()); err != nil || sum.Revision != head {
			t.Errorf("checked to revision %d, head %d, %v", sum.Revision, head, err)
		}
	})
}

func TestOverlapsAreWarnings(t *testing.T) {
	both(t, func(t *testing.T, s store2) {
		a, b, c := lot(t, 575000, 1320000, "a"), lot(t, 575005, 1320000, "b"), lot(t, 575000, 1320000, "c")
		write(t, s, nil, change.Op{Verb: change.Create, Feature: a}, change.Op{Verb: change.Create, Feature: b}, change.Op{Verb: change.Create, Feature: c})
		sum, found := run(t, s)
		if !sum.Sound() || !maps.Equal(sum.Warnings, map[string]int{"check.duplicate": 1, "check.overlap": 1}) {
			t.Errorf("broken %v, warnings %v: %+v", sum.Broken, sum.Warnings, found)
		}
	})
}

// lying is a real store that says something else in one place.
type lying struct {
	check.Store
	record  func(*spatial.Feature)
	hide    uint64
	log     func([]change.Change) []change.Change
	version func([]change.Version) []change.Version
	link    func([]change.Link) []change.Link
	imports func([]change.Import) []change.Import
	itself  string
}

func (l lying) Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error] {
	return func(yield func(spatial.Feature, error) bool) {
		for f, err := range l.Store.Scan(ctx, layer, a, box, after) {
			if err == nil && f.ID == l.hide && layer == "lots" {
				continue
			}
			if err == nil && l.record != nil && layer == "lots" && f.ID == 1 {
				f.Values = slices.Clone(f.Values)
				l.record(&f)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

func (l lying) Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error) {
	b, err := l.Store.Batch(ctx, since, limit)
	if l.log != nil {
		b.Changes = l.log(b.Changes)
	}
	return b, err
}

func (l lying) Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error) {
	v, k, err := l.Store.Versions(ctx, layer, id)
	if l.version != nil {
		v = l.version(v)
	}
	if l.link != nil {
		k = l.link(k)
	}
	return v, k, err
}

func (l lying) Imports(ctx context.Context) ([]change.Import, error) {
	all, err := l.Store.Imports(ctx)
	if l.imports != nil {
		all = l.imports(all)
	}
	return all, err
}

func (l lying) Integrity(ctx context.Context, report func(code, subject, detail string)) error {
	if l.itself != "" {
		report(l.itself, "lots", "a page")
	}
	return l.Store.Integrity(ctx, report)
}

func TestEveryInvariantIsDerivedAnew(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.gpkg"), config())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	filled(t, s)
	bow := orb.Polygon{{{0, 0}, {10, 10}, {10, 0}, {0, 10}, {0, 0}}}
	for _, c := range []struct {
		name string
		lie  lying
		want string
	}{
		{"the store's own word", lying{itself: "store.page"}, "store.page"},
		{"display moved by 0.1 mm", lying{record: func(f *spatial.Feature) {
			g := orb.Clone(f.Display).(orb.Polygon)
			g[0][0][0] += 1e-9
			f.Display = g
		}}, "check.display"},
		{"area", lying{record: func(f *spatial.Feature) { f.Area += 0.0001 }}, "check.area"},
		{"half a shape", lying{record: func(f *spatial.Feature) { f.Display = nil }}, "check.shapeHalf"},
		{"bow tie", lying{record: func(f *spatial.Feature) { f.Legal = bow }}, "check.invalid"},
		{"type of shape", lying{record: func(f *spatial.Feature) { f.Legal = orb.Point{575000, 1320000} }}, "check.shapeType"},
		{"a plane of degrees", lying{record: func(f *spatial.Feature) { f.SRID = 4326 }}, "check.plane"},
		{"a value missing", lying{record: func(f *spatial.Feature) { f.Values = f.Values[:2] }}, "check.values"},
		{"a value's type", lying{record: func(f *spatial.Feature) { f.Values[2] = spatial.Text("ba") }}, "check.valueType"},
		{"a value out of range", lying{record: func(f *spatial.Feature) { f.Values[2] = spatial.Int(101) }}, "check.valueRange"},
		{"a value not in the list", lying{record: func(f *spatial.Feature) { f.Values[1] = spatial.Text("z") }}, "check.valueOneOf"},
		{"letters in parts", lying{record: func(f *spatial.Feature) { f.Values[0] = spatial.Normalised("Đa\u0300") }}, "check.valueText"},
		{"a revision of another record", lying{record: func(f *spatial.Feature) { f.Rev++ }}, "check.recordLog"},
		{"an import that is not there", lying{record: func(f *spatial.Feature) { f.Import = 99 }}, "check.recordImport"},
		{"valid from tomorrow", lying{record: func(f *spatial.Feature) { f.Valid.From = "2026-11-23" }}, "check.recordEarly"},
		{"a record that is gone", lying{hide: 1}, "check.recordMissing"},
		{"a gap in the log", lying{log: func(c []change.Change) []change.Change { return append(slices.Clone(c[:2]), c[3:]...) }}, "check.logGap"},
		{"a log that ends early", lying{log: func(c []change.Change) []change.Change { return c[:0] }}, "check.logEnds"},
		{"a verb", lying{log: func(c []change.Change) []change.Change { c[3].Verb = "smudge"; return c }}, "check.logVerb"},
		{"created twice", lying{log: func(c []change.Change) []change.Change { c[3].ID = c[2].ID; return c }}, "check.logTwice"},
		{"changed before it was", lying{log: func(c []change.Change) []change.Change { c[2].Verb = change.Update; return c }}, "check.logUnborn"},
		{"a layer that is not there", lying{log: func(c []change.Change) []change.Change { c[2].Layer = "clouds"; return c }}, "check.logLayer"},
		{"a log of another import", lying{log: func(c []change.Change) []change.Change { c[2].Import = 99; return c }}, "check.logImport"},
		{"a box that jumps", lying{log: func(c []change.Change) []change.Change {
			for i := range c {
				if c[i].Verb == change.Update {
					c[i].Before = &orb.Bound{}
				}
			}
			return c
		}}, "check.logBox"},
		{"an import's counts", lying{imports: func(i []change.Import) []change.Import { i[0].Counts.Added--; return i }}, "check.importCounts"},
		{"undone in the future", lying{imports: func(i []change.Import) []change.Import { i[0].Undone = 1000; return i }}, "check.importUndone"},
		{"two imports of one name", lying{imports: func(i []change.Import) []change.Import {
			j := i[0]
			j.ID, j.Last = 77, 0
			return append(i, j)
		}}, "check.importName"},
		{"two versions of one day", lying{version: func(v []change.Version) []change.Version {
			for i := range v {
				v[i].RevTo, v[i].Feature.Valid = 0, spatial.Period{}
			}
			return v
		}}, "check.versionsOverlap"},
		{"present and superseded", lying{version: func(v []change.Version) []change.Version {
			for i := range v {
				v[i].Present, v[i].RevTo = true, v[i].Feature.Rev
			}
			return v
		}}, "check.presentSuperseded"},
		{"versions out of order", lying{version: func(v []change.Version) []change.Version { slices.Reverse(v); return v }}, "check.versionOrder"},
		{"a parent that never was", lying{link: func(l []change.Link) []change.Link {
			for i := range l {
				l[i].Parent = 4711
			}
			return l
		}}, "check.lineageEnd"},
		{"its own parent", lying{link: func(l []change.Link) []change.Link {
			for i := range l {
				l[i].Parent = l[i].Child
			}
			return l
		}}, "check.lineageSelf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.lie.Store = s
			sum, found := run(t, c.lie)
			if sum.Sound() || sum.Broken[c.want] == 0 {
				t.Errorf("want %s; found %+v", c.want, found)
			}
			for _, f := range found {
				if !f.Warning && f.Detail == "" {
					t.Errorf("%s says nothing", f.Code)
				}
			}
		})
	}
}

func TestCancelled(t *testing.T) {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.gpkg"), config())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	filled(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := check.Run(ctx, s, check.Options{}); err == nil {
		t.Error("a check that was not carried out has no error")
	}
}
