package rules_test

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// desk is a shelf at a store on 2026-06-01.
type desk struct {
	*testing.T
	shelf *rules.Shelf
	book  rules.Book
	now   time.Time
}

func newDesk(t *testing.T) desk {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "store.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	shelf, err := rules.NewShelf()
	if err != nil {
		t.Fatal(err)
	}
	return desk{t, shelf, s, time.Date(2026, 6, 1, 5, 0, 0, 0, time.UTC)}
}

// packFile is a pack of one rule; days as "2026-01-01/2027-01-01", either end may be missing.
func packFile(code, version, days, rule string) []byte {
	from, to, _ := strings.Cut(days, "/")
	valid := ""
	if days != "" {
		valid = "valid: {"
		if from != "" {
			valid += "from: " + from + ", "
		}
		if to != "" {
			valid += "to: " + to
		}
		valid += "}\n"
	}
	return fmt.Appendf(nil, `pack: %s
version: "%s"
title: {vi: Thử, en: Test}
%sapplies: country
documents: [{id: D, title: {vi: Thử, en: Test}, status: demo}]
rules: [{code: %s, title: {vi: Tầng, en: Floors}, limits: floors, value: 3, document: D, status: demo}]
`, code, version, strings.Replace(valid, ", }", "}", 1), rule)
}

func (d desk) load(replace bool, code, version, days, rule string) (rules.Loading, error) {
	return d.shelf.Load(d.Context(), d.book, rules.Delivery{File: "a.yaml", Data: packFile(code, version, days, rule), By: "test", At: d.now, Replace: replace})
}

func (d desk) mustLoad(code, version, days, rule string) rules.Loading {
	d.Helper()
	l, err := d.load(false, code, version, days, rule)
	if err != nil {
		d.Fatal(err)
	}
	return l
}

func (d desk) end(code string, on spatial.Date) (rules.Ending, error) {
	return d.shelf.End(d.Context(), d.book, code, on, "test", d.now)
}

// holds compares what is recorded with "code version from/to, …".
func (d desk) holds(want string) {
	d.Helper()
	all, err := d.shelf.Loaded(d.Context(), d.book)
	if err != nil {
		d.Fatal(err)
	}
	var got []string
	for _, s := range all {
		got = append(got, fmt.Sprintf("%s %s %s/%s", s.Code, s.Version, s.Valid.From, s.Valid.To))
	}
	if g := strings.Join(got, ", "); g != want {
		d.Errorf("recorded %q, want %q", g, want)
	}
}

// refused wants an error of a code, with an argument where one is named.
func (d desk) refused(err error, code, arg, value string) {
	d.Helper()
	if spatial.CodeOf(err) != code {
		d.Fatalf("error %v, want %s", err, code)
	}
	if e, ok := err.(*spatial.Error); arg != "" && (!ok || fmt.Sprint(e.Args[arg]) != value) {
		d.Errorf("%v, want %s %q", err, arg, value)
	}
}

// A version follows the one in use. It takes versions to come, and past days of
// others, only when told to.
func TestLoadDisplaces(t *testing.T) {
	for _, c := range []struct {
		name, version, days string
		lost                string // what the refusal names; "" = none
		want                string
	}{
		{"it follows", "3", "2028-01-01", "", "A 1 2026-01-01/2027-06-01, A 2 2027-06-01/2028-01-01, A 3 2028-01-01/"},
		{"its own first day", "2", "2027-06-01", "", "A 1 2026-01-01/2027-06-01, A 2 2027-06-01/"},
		{"another edition from that day", "2a", "2027-06-01", "", "A 1 2026-01-01/2027-06-01, A 2a 2027-06-01/"},
		{"before one to come", "3", "2026-12-01", "2 (2027-06-01/..)", "A 1 2026-01-01/2026-12-01, A 3 2026-12-01/"},
		{"until one to come", "3", "2026-12-01/2027-06-01", "", "A 1 2026-01-01/2026-12-01, A 3 2026-12-01/2027-06-01, A 2 2027-06-01/"},
		{"over the first days of one to come", "3", "2026-12-01/2027-08-01", "2 (2027-06-01/2027-08-01)", "A 1 2026-01-01/2026-12-01, A 3 2026-12-01/2027-08-01, A 2 2027-08-01/"},
		{"in the past", "3", "2026-03-01/2026-04-01", "1 (2026-03-01/2026-04-01)", "A 1 2026-01-01/2026-03-01, A 3 2026-03-01/2026-04-01, A 1 2026-04-01/2027-06-01, A 2 2027-06-01/"},
		{"from today on", "3", "2026-06-01/2026-09-01", "", "A 1 2026-01-01/2026-06-01, A 3 2026-06-01/2026-09-01, A 1 2026-09-01/2027-06-01, A 2 2027-06-01/"},
		{"without days", "1a", "", "", "A 1a 2026-01-01/2027-06-01, A 2 2027-06-01/"},
		{"all before a day", "0", "/2026-05-01", "1 (2026-01-01/2026-05-01)", "A 0 /2026-05-01, A 1 2026-05-01/2027-06-01, A 2 2027-06-01/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.mustLoad("A", "1", "2026-01-01", "X")
			d.mustLoad("A", "2", "2027-06-01", "X")
			l, err := d.load(false, "A", c.version, c.days, "Y")
			if c.lost != "" {
				d.refused(err, "rules.displaces", "versions", c.lost)
				d.holds("A 1 2026-01-01/2027-06-01, A 2 2027-06-01/")
				l, err = d.load(true, "A", c.version, c.days, "Y")
			}
			if err != nil {
				t.Fatal(err)
			}
			if (len(l.Replaced) > 0) != (c.lost != "") {
				t.Errorf("replaced %+v", l.Replaced)
			}
			d.holds(c.want)
			if l, err := d.load(false, "A", c.version, c.days, "Y"); err != nil || l.Name != "" {
				t.Errorf("again: %q, %v", l.Name, err)
			}
		})
	}
}

// Without days, and with none in use, a pack holds on all days: those of others are
// asked about.
func TestLoadWithoutDays(t *testing.T) {
	d := newDesk(t)
	d.mustLoad("A", "1", "", "X")
	d.mustLoad("A", "2", "", "X")
	d.holds("A 2 /")
	d.mustLoad("B", "1", "2020-01-01/2021-01-01", "Y")
	_, err := d.load(false, "B", "2", "", "Y")
	d.refused(err, "rules.displaces", "versions", "1 (2020-01-01/2021-01-01)")
}

func TestEnd(t *testing.T) {
	d := newDesk(t)
	d.mustLoad("A", "1", "2026-01-01", "X")
	d.mustLoad("A", "2", "2027-06-01", "X")
	for _, on := range []spatial.Date{"2025-12-31", "2026-01-01"} {
		_, err := d.end("A", on)
		d.refused(err, "rules.endsBefore", "first", "2026-01-01")
	}
	_, err := d.end("B", "")
	d.refused(err, "rules.unknown", "code", "B")
	e, err := d.end("A", "2027-01-01")
	if err != nil || len(e.Dropped) != 1 || e.Dropped[0].Version != "2" || e.Instead != nil {
		t.Fatalf("%+v, %v", e, err)
	}
	d.holds("A 1 2026-01-01/2027-01-01")
	_, err = d.end("A", "2027-01-01")
	d.refused(err, "rules.unknown", "", "")
}

// The end of a pack in place of the program's is tried like a load: on every day on
// which something begins or ends.
func TestEndBringsBack(t *testing.T) {
	d := newDesk(t)
	d.mustLoad("qcvn-01-2021", "9", "2024-01-01", "NATION-F")
	d.mustLoad("zz", "1", "2028-01-01/2029-01-01", "QCVN-2.8") // a code of the program's pack
	_, err := d.end("qcvn-01-2021", "2027-01-01")
	d.refused(err, "rules.unfit", "day", "2028-01-01")
	e, err := d.end("qcvn-01-2021", "2029-01-01")
	if err != nil || e.Instead == nil || e.Instead.ID != "qcvn-01-2021" || e.From != "2029-01-01" {
		t.Fatalf("%+v, %v", e, err)
	}
	// A load meets the program's pack on the day on which the one in its place ends.
	_, err = d.load(false, "yy", "1", "2028-06-01", "QCVN-2.9")
	d.refused(err, "rules.unfit", "day", "2029-01-01")
	// So does one that replaces it for a time, and another that has come to rely on that.
	_, err = d.load(true, "qcvn-01-2021", "10", "2028-03-01/2028-05-01", "QCVN-2.8")
	d.refused(err, "rules.unfit", "pack", "zz")
}

// Loads at one time make one record.
func TestLoadAtOnce(t *testing.T) {
	d := newDesk(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			if _, err := d.load(true, "A", fmt.Sprint(i%2), "", "X"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	d.mustLoad("A", "last", "", "X")
	d.holds("A last /")
}

// between has another write come between what is read and what is written.
type between struct {
	rules.Book
	first func()
}

func (b *between) Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error) {
	if f := b.first; f != nil {
		b.first = nil
		f()
	}
	return b.Book.Apply(ctx, c, ops)
}

// What came between is seen: a load is worked out anew, and refused where it no longer fits.
func TestLoadMeanwhile(t *testing.T) {
	for _, c := range []struct {
		name       string
		code, rule string // of the other
		refused    string
		want       string
	}{
		{"the same pack", "A", "X", "", "A 1 /"},
		{"a rule of one code", "B", "X", "rules.unfit", "B 0 /"},
		{"another", "B", "Y", "", "A 1 /, B 0 /"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			plain := d
			d.book = &between{d.book, func() { plain.mustLoad(c.code, "0", "", c.rule) }}
			_, err := d.load(false, "A", "1", "", "X")
			if spatial.CodeOf(err) != c.refused {
				t.Fatal(err)
			}
			plain.holds(c.want)
		})
	}
	t.Run("an end", func(t *testing.T) {
		d := newDesk(t)
		d.mustLoad("A", "1", "2026-01-01", "X")
		plain := d
		d.book = &between{d.book, func() { plain.mustLoad("A", "2", "2027-01-01", "X") }}
		e, err := d.end("A", "2026-08-01")
		if err != nil || len(e.Dropped) != 1 {
			t.Fatalf("%+v, %v", e, err)
		}
		d.holds("A 1 2026-01-01/2026-08-01")
	})
}

// A code that is recorded twice, by hand, is made one by a load that says so.
func TestLoadMendsTwins(t *testing.T) {
	d := newDesk(t)
	d.mustLoad("A", "1", "", "X")
	twin := planning.Loaded{Code: "A", Version: "0", Body: string(packFile("A", "0", "", "Y"))}
	_, err := d.book.Apply(t.Context(), change.Commit{By: "test", At: d.now}, func(yield func(change.Op, error) bool) {
		yield(change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: planning.RulePacksLayer, Key: "A", Values: twin.Values("Thử")}}, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	d.holds("A 1 /, A 0 /")
	_, err = d.load(false, "A", "1", "", "X")
	d.refused(err, "rules.displaces", "versions", "0 (../..)")
	if _, err := d.load(true, "A", "1", "", "X"); err != nil {
		t.Fatal(err)
	}
	d.holds("A 1 /")
}
