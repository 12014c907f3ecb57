package storetest

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

func testEmpty(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	ctx := context.Background()
	if err := s.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	fs, l := load(t, s)
	if len(fs) != 0 || l.Head != 0 || len(l.Imports) != 0 || l.Place.TimeZone != "" || head(t, s) != 0 {
		t.Fatalf("an empty store holds %d features, %+v", len(fs), l)
	}
	same(t, "layers", l.Layers, Layers())
	ls, err := s.Layers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "layers", ls, Layers())
	_, err = s.Place(ctx)
	refused(t, err, spatial.NotFound, "place.unset")
	r := mustApply(t, s, onDay(today))
	if r.First <= r.Last || head(t, s) != 0 {
		t.Fatalf("empty ops wrote something: %+v", r)
	}
	b, err := s.Batch(ctx, 0, 10)
	if err != nil || len(b.Changes) != 0 || b.Head != 0 {
		t.Fatalf("batch of an empty log: %+v, %v", b, err)
	}
	sound(t, s)
}

// full are features of "things" that try the ends of every field type.
func full() []spatial.Feature {
	ms := func(y int, d time.Duration) spatial.Value {
		return spatial.Time(time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC).Add(d))
	}
	all := thing(1, "Thửa đất số 12, đường Nguyễn Thị Minh Khai — 🏔 \"'`;--\\")
	all.Values = []spatial.Value{all.Values[0], spatial.Text("it's"), spatial.Bool(true), spatial.Int(math.MaxInt64), spatial.Int(1000),
		spatial.Float(math.MaxFloat64), spatial.Float(0), spatial.Day("9999-12-31"), ms(2026, 123*time.Millisecond)}
	all.Access, all.Derived, all.Extra = spatial.Personal, true, `{"TENCHU":"Nguyễn Văn A","n":1.50}`
	all.Valid = spatial.Period{From: "1999-12-31", To: "2100-01-01"}
	ends := thing(2, "tab\tnewline\n")
	ends.Values = []spatial.Value{ends.Values[0], spatial.Text("b"), spatial.Bool(false), spatial.Int(math.MinInt64), spatial.Int(-5),
		spatial.Float(-math.SmallestNonzeroFloat64), spatial.Float(0.1), spatial.Day("1900-02-28"), ms(1969, 999*time.Millisecond)}
	ends.Key = ""
	nulls := thing(3, "")
	for i := range nulls.Values {
		nulls.Values[i] = spatial.Value{}
	}
	empty := thing(4, "")
	empty.Values = []spatial.Value{spatial.Text(""), {}, {}, spatial.Int(0), spatial.Int(0), spatial.Float(1), spatial.Float(3), {}, ms(1970, 0)}
	empty.Access = spatial.Official
	return []spatial.Feature{all, ends, nulls, empty}
}

// everywhere checks that a present feature is answered whole by every way to read it.
func everywhere(t *testing.T, s Store, want spatial.Feature) {
	t.Helper()
	same(t, "get", get(t, s, want.Layer, want.ID, spatial.AsOf{}), want)
	same(t, "get on a day", get(t, s, want.Layer, want.ID, spatial.AsOf{On: today}), want)
	same(t, "get as recorded", get(t, s, want.Layer, want.ID, spatial.AsOf{On: today, Recorded: want.At}), want)
	var seen int
	for _, f := range scan(t, s, want.Layer, spatial.AsOf{}, nil, want.ID-1) {
		if f.ID == want.ID {
			same(t, "scan", f, want)
			seen++
		}
	}
	fs, _ := load(t, s)
	for _, f := range fs {
		if f.Layer == want.Layer && f.ID == want.ID {
			same(t, "load", f, light(want))
			seen++
		}
	}
	b, err := s.Batch(context.Background(), want.Rev-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range b.Features {
		if f.ID == want.ID {
			same(t, "batch", f, light(want))
			seen++
		}
	}
	if seen != 3 {
		t.Fatalf("%s %d: found by %d of 3 ways to read", want.Layer, want.ID, seen)
	}
	vs := versions(t, s, want.Layer, want.ID)
	same(t, "versions", vs[len(vs)-1], change.Version{Feature: want, Present: true})
}

func testFields(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	var ops []change.Op
	for _, f := range full() {
		ops = append(ops, create(f))
	}
	r := mustApply(t, s, onDay(today), ops...)
	if len(r.Created) != 4 || r.First != 1 || r.Last != 4 {
		t.Fatalf("result: %+v", r)
	}
	second := h.Again(t, s)
	for i, f := range full() {
		f.ID, f.Version, f.Rev, f.At = r.Created[i], 1, spatial.Revision(i+1), c.Now()
		everywhere(t, s, f)
		everywhere(t, second, f)
	}
	sound(t, s)
}

func testShapes(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	hole := orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}, {{2, 2}, {2, 4}, {4, 4}, {4, 2}, {2, 2}}}
	line := orb.LineString{{1, 2}, {3, 4.5}, {-7, 8.000000001}}
	shapes := map[string][]orb.Geometry{
		"things": {hole, orb.MultiPolygon{hole, square(20, 20, 1)}},
		"spots":  {orb.Point{108.441234567, 11.940000001}, orb.MultiPoint{{1, 2}, {3, 4}}},
		"ways":   {line, orb.MultiLineString{line, {{0, 0}, {1, 1}}}},
		"mixed":  {orb.Point{1, 2}, line, hole, orb.Collection{orb.Point{1, 2}, line, hole}},
	}
	for _, l := range Layers() {
		for _, g := range shapes[l.Name] {
			f := spatial.Feature{Layer: l.Name, Display: g, Legal: g, SRID: 9218, Values: make([]spatial.Value, len(l.Fields))}
			r := mustApply(t, s, onDay(today), create(f))
			f.ID, f.Version, f.Rev, f.At = r.Created[0], 1, r.Last, c.Now()
			everywhere(t, s, f)
			b, err := s.Batch(context.Background(), r.Last-1, 1)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "log", b.Changes, []change.Change{{Rev: r.Last, Layer: l.Name, ID: f.ID, Verb: change.Create, After: boxOf(&f), At: c.Now(), By: "tester"}})
		}
	}
	f := note("không có hình")
	r := mustApply(t, s, onDay(today), create(f))
	f.ID, f.Version, f.Rev, f.At = r.Created[0], 1, r.Last, c.Now()
	everywhere(t, s, f)
	sound(t, s)
}

func testRefused(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	mustApply(t, s, onDay(today), create(thing(1, "một")))
	with := func(i int, v spatial.Value) change.Op {
		f := thing(2, "hai")
		f.Values[i] = v
		return create(f)
	}
	short := thing(2, "hai")
	short.Values = short.Values[:3]
	point := thing(2, "hai")
	point.Display, point.Legal = orb.Point{1, 2}, orb.Point{1, 2}
	shaped := note("x")
	shaped.Display = orb.Point{1, 2}
	upside := thing(2, "hai")
	upside.Valid = spatial.Period{From: "2026-02-01", To: "2026-02-01"}
	taken := thing(2, "hai")
	taken.ID = 1
	unknown := thing(2, "hai")
	unknown.ID = 99
	open, thin, far := thing(2, "hai"), thing(2, "hai"), thing(2, "hai")
	open.Legal = orb.Polygon{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}}
	thin.Display = orb.Polygon{{{0, 0}, {1, 0}, {0, 0}}}
	far.Legal = orb.Polygon{{{0, 0}, {math.Inf(1), 0}, {1, 1}, {0, 0}}}
	torn, broken := thing(2, "hai"), thing(2, "hai")
	torn.Extra, broken.Key = `{"a":`, "a\x00b"
	elsewhere := thing(2, "hai")
	elsewhere.Layer = "nowhere"
	for _, c := range []struct {
		name string
		op   change.Op
		kind spatial.Kind
		code string
	}{
		{"a wrong type", with(3, spatial.Text("3")), spatial.Invalid, ""},
		{"not one of", with(1, spatial.Text("c")), spatial.Invalid, ""},
		{"over the bound", with(4, spatial.Int(1001)), spatial.Invalid, ""},
		{"under the bound", with(6, spatial.Float(-0.001)), spatial.Invalid, ""},
		{"a day that is none", with(7, spatial.Day("2025")), spatial.Invalid, ""},
		{"too few values", create(short), spatial.Invalid, ""},
		{"a point among polygons", create(point), spatial.Invalid, ""},
		{"a shape where there are none", create(shaped), spatial.Invalid, ""},
		{"an open ring", create(open), spatial.Invalid, "record.geometry"},
		{"a ring of two points", create(thin), spatial.Invalid, "record.geometry"},
		{"a coordinate without end", create(far), spatial.Invalid, "record.geometry"},
		{"extra that is not JSON", create(torn), spatial.Invalid, "record.value"},
		{"a NUL in a key", create(broken), spatial.Invalid, "record.value"},
		{"an empty period", create(upside), spatial.Invalid, "record.period"},
		{"a verb", change.Op{Verb: "burn", Feature: spatial.Feature{Layer: "things", ID: 1}}, spatial.Invalid, "record.verb"},
		{"an id that is taken", create(taken), spatial.Conflict, "record.exists"},
		{"update of an unknown id", update(unknown), spatial.NotFound, "record.unknown"},
		{"retire of an unknown id", retire("things", 99, ""), spatial.NotFound, "record.unknown"},
		{"remove of an unknown id", remove("things", 99), spatial.NotFound, "record.unknown"},
		{"restore of an unknown id", restore(unknown), spatial.NotFound, "record.unknown"},
		{"an unknown layer", create(elsewhere), spatial.NotFound, "layer.unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.Apply(context.Background(), onDay(today), seq(create(thing(5, "năm")), c.op))
			refused(t, err, c.kind, c.code)
			if head(t, s) != 1 || len(scan(t, s, "things", spatial.AsOf{}, nil, 0)) != 1 {
				t.Fatal("something of a refused commit stayed")
			}
		})
	}
	_, err := s.Get(context.Background(), "nowhere", 1, spatial.AsOf{})
	refused(t, err, spatial.NotFound, "layer.unknown")
	_, _, err = s.Versions(context.Background(), "things", 99)
	refused(t, err, spatial.NotFound, "record.unknown")
	for _, err := range s.Scan(context.Background(), "nowhere", spatial.AsOf{}, nil, 0) {
		refused(t, err, spatial.NotFound, "layer.unknown")
	}
	if r := mustApply(t, s, onDay(today), create(thing(3, "ba"))); r.Created[0] != 2 {
		t.Fatalf("refused commits used up ids: the next is %d", r.Created[0])
	}
	sound(t, s)
}

func testVerbs(t *testing.T, h Harness) {
	c := newClock()
	s := h.Open(t, c.Now)
	first := thing(1, "đầu")
	id := mustApply(t, s, onDay(today), create(first)).Created[0]
	moved := thing(50, "dời")
	moved.ID = id
	steps := []struct {
		op      change.Op
		present string // the name present afterwards; "" = none
		held    int
		all     int
	}{
		{update(moved), "dời", 1, 2},
		{retire("things", id, today), "", 1, 3},
		{restore(moved), "dời", 1, 4},
		{remove("things", id), "", 0, 4},
		{restore(moved), "dời", 1, 5},
		{retire("things", id, ""), "", 1, 6},
		{update(moved), "dời", 1, 7},
	}
	before, rev := boxOf(&first), spatial.Revision(1)
	for _, step := range steps {
		at := c.tick(time.Second)
		r := mustApply(t, s, change.Commit{By: "ai đó", Today: today}, step.op)
		rev++
		if r.First != rev || r.Last != rev || len(r.Created) != 0 {
			t.Fatalf("%s: result %+v", step.op.Verb, r)
		}
		want := change.Change{Rev: rev, Layer: "things", ID: id, Verb: step.op.Verb, Before: before, At: at, By: "ai đó"}
		if step.present == "" {
			gone(t, s, "things", id, spatial.AsOf{})
			before = nil
		} else {
			f := get(t, s, "things", id, spatial.AsOf{})
			if f.Values[0].Text() != step.present || f.Rev != rev || !f.At.Equal(at) || int(f.Version) != step.all {
				t.Fatalf("%s: present is %+v", step.op.Verb, f)
			}
			before = boxOf(&f)
		}
		want.After = before
		b, err := s.Batch(context.Background(), rev-1, 5)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "log", b.Changes, []change.Change{want})
		if (len(b.Features) == 1) != (step.present != "") {
			t.Fatalf("%s: the batch holds %d features", step.op.Verb, len(b.Features))
		}
		vs := versions(t, s, "things", id)
		held := 0
		for i, v := range vs {
			if int(v.Feature.Version) != i+1 || (v.RevTo == 0) != v.Until.IsZero() {
				t.Fatalf("version %d: %+v", i+1, v)
			}
			if v.RevTo == 0 {
				held++
			}
			if v.Present != (step.present != "" && i == len(vs)-1) {
				t.Fatalf("%s: version %d present: %v", step.op.Verb, i+1, v.Present)
			}
		}
		if held != step.held || len(vs) != step.all {
			t.Fatalf("%s: %d versions, %d held", step.op.Verb, len(vs), held)
		}
	}
	sound(t, s)
}

func testExpect(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	f := thing(1, "đầu")
	f.ID = mustApply(t, s, onDay(today), create(f)).Created[0]
	seen := update(f)
	seen.Expect = 1
	mustApply(t, s, onDay(today), seen)
	_, err := s.Apply(context.Background(), onDay(today), seq(seen))
	refused(t, err, spatial.Precondition, "record.stale")
	end := retire("things", f.ID, "")
	end.Expect = 1
	_, err = s.Apply(context.Background(), onDay(today), seq(end))
	refused(t, err, spatial.Precondition, "record.stale")
	end.Expect = 2
	mustApply(t, s, onDay(today), end)
	if head(t, s) != 3 {
		t.Fatalf("head %d", head(t, s))
	}
	sound(t, s)
}

func testIDs(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	own := thing(3, "riêng")
	own.ID = 40
	r := mustApply(t, s, onDay(today), create(thing(1, "a")), create(note("b")), create(own), create(thing(2, "c")))
	same(t, "ids", r.Created, []uint64{1, 2, 40, 41})
	low := note("thấp")
	low.ID = 7
	r = mustApply(t, s, onDay(today), create(low), create(note("sau")))
	same(t, "ids", r.Created, []uint64{7, 42})
	last := note("cuối")
	last.ID = spatial.MaxID
	mustApply(t, s, onDay(today), create(last))
	_, err := s.Apply(context.Background(), onDay(today), seq(create(note("tràn"))))
	refused(t, err, spatial.Invalid, "")
	over := note("quá")
	over.ID = spatial.MaxID + 1
	_, err = s.Apply(context.Background(), onDay(today), seq(create(over)))
	refused(t, err, spatial.Invalid, "")
	// many creates in one commit, mixed with writes to what they made
	s = h.Open(t, newClock().Now)
	var ops []change.Op
	for i := range 1000 {
		ops = append(ops, create(thing(i, "n")))
		if i%100 == 99 {
			f := thing(i, "đổi")
			f.ID = uint64(i + 1)
			ops = append(ops, update(f), create(note("giữa")))
			ops = append(ops, remove("notes", uint64(i+2)))
			f = note("lại")
			f.ID = uint64(i + 2)
			ops = append(ops, restore(f))
			break
		}
	}
	r = mustApply(t, s, onDay(today), ops...)
	if len(r.Created) != 101 || r.Created[100] != 101 || r.Last != spatial.Revision(len(ops)) {
		t.Fatalf("result: %+v", r)
	}
	if got := get(t, s, "things", 100, spatial.AsOf{}); got.Values[0].Text() != "đổi" || got.Version != 2 {
		t.Fatalf("got %+v", got)
	}
	if got := get(t, s, "notes", 101, spatial.AsOf{}); got.Values[0].Text() != "lại" {
		t.Fatalf("got %+v", got)
	}
	sound(t, s)
}

func testLineage(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	mustApply(t, s, onDay(today), create(thing(1, "mẹ")))
	split := []change.Op{retire("things", 1, today), create(thing(1, "con 1")), create(thing(2, "con 2"))}
	split[1].Parents, split[2].Parents = []uint64{1}, []uint64{1}
	mustApply(t, s, onDay(today), split...)
	merge := create(thing(3, "gộp"))
	merge.Parents = []uint64{3, 2}
	mustApply(t, s, onDay(today), retire("things", 2, today), retire("things", 3, today), merge)
	for id, want := range map[uint64][]change.Link{
		1: {{Layer: "things", Parent: 1, Child: 2, Rev: 3}, {Layer: "things", Parent: 1, Child: 3, Rev: 4}},
		2: {{Layer: "things", Parent: 1, Child: 2, Rev: 3}, {Layer: "things", Parent: 2, Child: 4, Rev: 7}},
		4: {{Layer: "things", Parent: 2, Child: 4, Rev: 7}, {Layer: "things", Parent: 3, Child: 4, Rev: 7}},
	} {
		_, links, err := s.Versions(context.Background(), "things", id)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "lineage", links, want)
	}
	sound(t, s)
}

func testBox(t *testing.T, h Harness) {
	s := h.Open(t, newClock().Now)
	var ops []change.Op
	for n := range 50 {
		ops = append(ops, create(thing(n, "n")))
	}
	ops = append(ops, create(note("không có hình")))
	mustApply(t, s, onDay(today), ops...)
	// squares stand every 1/1024° from 108.4, each 1/2048° wide
	box := orb.Bound{Min: orb.Point{108.4 + 9.6/1024, 11.8}, Max: orb.Point{108.4 + 14.2/1024, 12}}
	ids := func(fs []spatial.Feature) (ids []uint64) {
		for _, f := range fs {
			ids = append(ids, f.ID)
		}
		return ids
	}
	same(t, "in the box", ids(scan(t, s, "things", spatial.AsOf{}, &box, 0)), []uint64{11, 12, 13, 14, 15})
	same(t, "after", ids(scan(t, s, "things", spatial.AsOf{}, &box, 12)), []uint64{13, 14, 15})
	same(t, "on a day", ids(scan(t, s, "things", spatial.AsOf{On: today}, &box, 13)), []uint64{14, 15})
	same(t, "no shape", scan(t, s, "notes", spatial.AsOf{}, &box, 0), []spatial.Feature(nil))
	same(t, "whole", ids(scan(t, s, "things", spatial.AsOf{}, nil, 47)), []uint64{48, 49, 50})
	n := 0
	for range s.Scan(context.Background(), "things", spatial.AsOf{}, nil, 0) {
		if n++; n == 3 {
			break
		}
	}
	mustApply(t, s, onDay(today), create(thing(60, "sau khi dừng")))
}
