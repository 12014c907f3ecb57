package postgis_test

import (
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// TestLongCommit writes thousands of records in one commit and writes to them
// again, near to and far from where they were made: what was sent, what waits and
// what was read back must come to one history.
func TestLongCommit(t *testing.T) {
	s := open(t, pgtest.New(t), bellOnly(), postgis.Options{Migrate: true})
	const n = 3000
	again := func(i int, number string) spatial.Feature {
		f := plot(i + 7)
		f.ID = uint64(i + 1)
		f.Values[2] = spatial.Text(number)
		return f
	}
	res, err := s.Apply(t.Context(), cityImport("long"), func(yield func(change.Op, error) bool) {
		for i := range n {
			if !yield(change.Op{Verb: change.Create, Feature: plot(i)}, nil) {
				return
			}
			if i%10 == 0 && !yield(change.Op{Verb: change.Update, Feature: again(i, "at once"), Expect: 1}, nil) {
				return
			}
		}
		for i := range n {
			if i%2 == 0 && !yield(change.Op{Verb: change.Update, Feature: again(i, "from May"), From: "2026-05-01"}, nil) {
				return
			}
			if i%3 == 0 && !yield(change.Op{Verb: change.Retire, Feature: spatial.Feature{Layer: "plots", ID: uint64(i + 1)}, From: "2026-03-01"}, nil) {
				return
			}
		}
	})
	const ops = n + n/10 + n/2 + n/3
	if err != nil || len(res.Created) != n || res.First != 1 || res.Last != ops+1 {
		t.Fatalf("%d created, %d to %d, %v", len(res.Created), res.First, res.Last, err)
	}
	sound(t, s)
	for i, want := range map[int]struct{ all, held int }{
		1:    {1, 1}, // made, and left alone
		2:    {3, 2}, // until May, and from May
		10:   {4, 2}, // the same, mended before
		2991: {2, 1}, // made, retired
		2994: {4, 1}, // until May, from May, retired with both
		2970: {5, 1},
	} {
		vs, _, err := s.Versions(t.Context(), "plots", uint64(i+1))
		if err != nil {
			t.Fatal(err)
		}
		held := 0
		for _, v := range vs {
			if v.RevTo == 0 {
				held++
			}
			if v.Feature.Import != res.Import {
				t.Errorf("plot %d: version %d of import %d", i, v.Feature.Version, v.Feature.Import)
			}
		}
		if len(vs) != want.all || held != want.held {
			t.Errorf("plot %d: %d versions, %d held, want %+v", i, len(vs), held, want)
		}
	}
	present := 0
	if _, err := s.Load(t.Context(), func(spatial.Feature) error { present++; return nil }); err != nil || present != n-n/3 {
		t.Errorf("%d present, %v", present, err)
	}
	b, err := s.Batch(t.Context(), 0, ops+10)
	if err != nil || len(b.Changes) != ops+1 || len(b.Features) != present {
		t.Errorf("%d changes, %d features, %v", len(b.Changes), len(b.Features), err)
	}
}
