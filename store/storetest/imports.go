package storetest

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func delivery(name string) *change.Import {
	return &change.Import{Name: name, Dataset: "địa chính", Layer: "things", CRS: "EPSG:5899", CRSFrom: "prj", Encoding: "tcvn3", Document: "QĐ 12/2026",
		Date: "2026-02-15", By: "tester", At: time.Date(2026, 3, 1, 1, 0, 0, 5e6, time.UTC),
		Files: []change.File{{Name: "thua.shp", SHA256: "ab12", Size: 1 << 40}, {Name: "thua.dbf", SHA256: "cd34", Size: 7}}}
}

func imports(t *testing.T, s Store) []change.Import {
	t.Helper()
	is, err := s.Imports(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return is
}

func touched(t *testing.T, s Store, id int64) []change.Touched {
	t.Helper()
	var all []change.Touched
	for x, err := range s.Touched(context.Background(), id) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, x)
	}
	return all
}

// state is every answer about the present and some other days: what an undo must give back.
type state struct {
	Load []spatial.Feature
	Days map[string][]spatial.Feature
}

// answers leaves out the stamps of a version (its number, revision and time),
// which an undo cannot take back: nothing is ever unwritten.
func answers(t *testing.T, s Store) state {
	t.Helper()
	bare := func(fs []spatial.Feature) []spatial.Feature {
		for i := range fs {
			fs[i].Version, fs[i].Rev, fs[i].At = 0, 0, time.Time{}
		}
		return fs
	}
	fs, _ := load(t, s)
	st := state{Load: bare(fs), Days: map[string][]spatial.Feature{}}
	for _, d := range []spatial.Date{"", "2020-01-01", today, "2026-02-20", "2030-01-01"} {
		for _, l := range Layers() {
			st.Days[l.Name+" "+string(d)] = bare(scan(t, s, l.Name, spatial.AsOf{On: d}, nil, 0))
		}
	}
	return st
}

func testImport(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	kept := thing(1, "giữ")
	kept.Key = "K1"
	mustApply(t, s, onDay(today), create(kept))
	imp := delivery("đợt 1")
	ops := func(yield func(change.Op, error) bool) {
		changed := kept
		changed.ID = 1
		for _, op := range []change.Op{updateFrom(changed, "2026-02-01"), create(thing(2, "mới")), create(thing(3, "mới nữa"))} {
			imp.Counts.Read++
			if !yield(op, nil) {
				return
			}
		}
		imp.Counts = change.Counts{Read: 5, Added: 2, Changed: 1, Same: 1, Quarantined: 1, Findings: map[string]int{"ring.selfCrossing": 1}}
	}
	at := c.tick(time.Second)
	com := onDay(today)
	com.Import = imp
	r, err := s.Apply(context.Background(), com, ops)
	if err != nil {
		t.Fatal(err)
	}
	if r.Import == 0 || r.First != 2 || r.Last != 5 {
		t.Fatalf("result %+v", r)
	}
	want := *delivery("đợt 1")
	want.ID, want.Counts, want.First, want.Last = r.Import, imp.Counts, 2, 5
	same(t, "imports", imports(t, s), []change.Import{want})
	log := wholeLog(t, s, 2)
	if len(log) != 5 {
		t.Fatalf("log %+v", log)
	}
	for _, row := range log[1:] {
		if row.Import != r.Import || !row.At.Equal(at) {
			t.Fatalf("log row without its import: %+v", row)
		}
	}
	same(t, "the import's own row", log[4], change.Change{Rev: 5, Layer: change.ImportsLayer, ID: uint64(r.Import), Verb: change.Create, At: at, By: "tester", Import: r.Import})
	b, err := s.Batch(context.Background(), 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "imports in the batch", b.Imports, []change.Import{want})
	_, l := load(t, s)
	same(t, "imports in the load", l.Imports, []change.Import{want})
	for _, v := range versions(t, s, "things", 1) {
		// the days before February are told by the older version, which this import did not write
		if wrote := v.Feature.Valid.From == "2026-02-01"; wrote != (v.Feature.Import == r.Import) {
			t.Fatalf("version %+v", v)
		}
	}
	ts := touched(t, s, r.Import)
	if len(ts) != 3 {
		t.Fatalf("touched %d", len(ts))
	}
	if x := ts[0]; x.Verb != change.Update || x.Before == nil || x.Before.Version != 1 || x.Now.Version != 3 || x.Now.ID != 1 {
		t.Fatalf("touched %+v", x)
	}
	for i, x := range ts[1:] {
		if x.Verb != change.Create || x.Before != nil || x.Now.ID != uint64(i+2) || x.Now.Import != r.Import {
			t.Fatalf("touched %+v", x)
		}
		same(t, "now", x.Now, get(t, s, "things", x.Now.ID, spatial.AsOf{}))
	}
	// an import of nothing is still an import
	com.Import = delivery("đợt 2")
	if r = mustApply(t, s, com); r.First != 6 || r.Last != 6 || r.Import == 0 {
		t.Fatalf("result %+v", r)
	}
	if is := imports(t, s); len(is) != 2 || is[1].Name != "đợt 2" || is[1].First != 6 || is[1].Last != 6 {
		t.Fatalf("imports %+v", is)
	}
	sound(t, s)
}

// undo takes an import back as the pipeline does: from Touched, with one op a record.
func undo(t *testing.T, s Store, id int64) change.Result {
	t.Helper()
	var ops iter.Seq2[change.Op, error] = func(yield func(change.Op, error) bool) {
		for x, err := range s.Touched(context.Background(), id) {
			op := change.Op{Verb: change.Remove, Feature: x.Now}
			if x.Before != nil {
				op = restore(*x.Before)
			}
			op.Expect = x.Now.Version
			if !yield(op, err) {
				return
			}
		}
	}
	c := onDay(today)
	c.Undoes = id
	r, err := s.Apply(context.Background(), c, ops)
	if err != nil {
		t.Fatalf("undo: %v", err)
	}
	return r
}

func testUndo(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	var first []change.Op
	for n := range 8 {
		f := thing(n, "gốc")
		if n == 3 {
			f.Valid = spatial.Period{From: "2019-01-01", To: "2029-01-01"}
		}
		first = append(first, create(f))
	}
	mustApply(t, s, onDay(today), first...)
	mustApply(t, s, onDay(today), retire("things", 8, "2026-02-10"))
	before := answers(t, s)
	recorded := c.Now()
	c.tick(time.Minute)
	change1 := func(id uint64) spatial.Feature {
		f := thing(int(id)+40, "thay")
		f.ID = id
		return f
	}
	com := onDay(today)
	com.Import = delivery("đợt 1")
	r := mustApply(t, s, com,
		update(change1(1)), updateFrom(change1(2), "2026-02-15"), retire("things", 3, "2026-02-15"), updateFrom(change1(4), "2026-04-01"),
		create(thing(60, "mới")), create(note("ghi")), retire("things", 5, "2027-01-01"), remove("things", 6), update(change1(8)))
	c.tick(time.Minute)
	ts := touched(t, s, r.Import)
	verbs := map[uint64]change.Verb{}
	last := uint64(0)
	for _, x := range ts {
		if x.Now.ID <= last {
			t.Fatalf("ids do not rise: %d after %d", x.Now.ID, last)
		}
		last, verbs[x.Now.ID] = x.Now.ID, x.Verb
		if (x.Before == nil) != (x.Verb == change.Create) {
			t.Fatalf("touched %+v", x)
		}
	}
	same(t, "verbs", verbs, map[uint64]change.Verb{1: change.Update, 2: change.Update, 3: change.Retire, 4: change.Update, 5: change.Retire, 6: change.Remove, 8: change.Update, 9: change.Create, 10: change.Create})
	u := undo(t, s, r.Import)
	if u.Last != u.First+9 {
		t.Fatalf("undo wrote %+v", u)
	}
	same(t, "the state after the undo", answers(t, s), before)
	is := imports(t, s)
	if is[0].Undone != u.Last {
		t.Fatalf("import %+v after %+v", is[0], u)
	}
	log := wholeLog(t, s, 1000)
	row := log[len(log)-1]
	if row.Layer != change.ImportsLayer || row.ID != uint64(r.Import) || row.Verb != change.Update || row.Import != r.Import {
		t.Fatalf("the undo's own row: %+v", row)
	}
	for _, row := range log[u.First-1:] {
		if row.Import != r.Import {
			t.Fatalf("log row of the undo: %+v", row)
		}
	}
	// what was known before the import is still told
	if f := get(t, s, "things", 1, spatial.AsOf{On: today, Recorded: recorded}); nameOf(f) != "gốc" || f.Version != 1 {
		t.Fatalf("%+v", f)
	}
	same(t, "touched is about the import, not its undo", len(touched(t, s, r.Import)), 9)
	again := onDay(today)
	again.Undoes = r.Import
	_, err := s.Apply(context.Background(), again, seq())
	refused(t, err, spatial.Conflict, "import.undone")
	sound(t, s)
}

func testImportErrors(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx := context.Background()
	com := onDay(today)
	com.Import = delivery("đợt 1")
	r := mustApply(t, s, com, create(thing(1, "a")))
	com.Import = delivery("đợt 1")
	_, err := s.Apply(ctx, com, seq(create(thing(2, "b"))))
	refused(t, err, spatial.Conflict, "import.exists")
	com = onDay(today)
	com.Undoes = r.Import + 5
	_, err = s.Apply(ctx, com, seq())
	refused(t, err, spatial.NotFound, "import.unknown")
	for _, err := range s.Touched(ctx, r.Import+5) {
		refused(t, err, spatial.NotFound, "import.unknown")
	}
	f := thing(2, "b")
	f.Import = r.Import + 5
	_, err = s.Apply(ctx, onDay(today), seq(create(f)))
	refused(t, err, spatial.Invalid, "")
	f.Import = r.Import
	mustApply(t, s, onDay(today), create(f))
	if got := get(t, s, "things", 2, spatial.AsOf{}); got.Import != r.Import {
		t.Fatalf("%+v", got)
	}
	if len(imports(t, s)) != 1 || head(t, s) != 3 {
		t.Fatalf("imports %+v", imports(t, s))
	}
	sound(t, s)
}
