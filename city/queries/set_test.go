package queries_test

import (
	"context"
	"errors"
	"testing"

	"github.com/langbiang/langbiang/city/queries"
)

// A set has the parcels of its selection and no other, and a name that other ways of
// asking for the same have too.
func TestSet(t *testing.T) {
	v, known := town(t, 1000)
	open := func(q queries.Query) *queries.Selection {
		s, err := queries.New().Open(t.Context(), v, known, q)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	set := func(q queries.Query) *queries.Set {
		s, err := open(q).Set(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	keys := map[string]int{}
	for _, text := range []string{"id > 0", "area > 150", "floors >= 3", "use = 'ODT' OR floors < 3", "id < 0"} {
		q := queries.Query{Filter: parse(t, v, text)}
		got, want := set(q), ids(t, open(q))
		if got.Len() != len(want) {
			t.Errorf("%s: %d parcels, want %d", text, got.Len(), len(want))
		}
		for it := range v.After("parcels", 0) {
			for _, id := range []uint64{it.ID(), it.ID() + 1_000_000} {
				if got.Has(id) != want[id] {
					t.Errorf("%s: parcel %d: %v", text, id, got.Has(id))
				}
			}
		}
		if again := set(q); again.Key() != got.Key() || got.Key() == "" {
			t.Errorf("%s: named %q, then %q", text, got.Key(), again.Key())
		}
		keys[got.Key()]++
	}
	if len(keys) < 4 {
		t.Errorf("other parcels have the same name: %v", keys)
	}
	// A box finds parcels in no order; the set is the same.
	area := middle(v, 60, 0.5)
	if a, b := set(queries.Query{Area: area}), set(queries.Query{Area: area, Filter: parse(t, v, "id > 0")}); a.Key() != b.Key() || a.Len() == 0 {
		t.Errorf("%d parcels named %q, and %d named %q", a.Len(), a.Key(), b.Len(), b.Key())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	big, _ := town(t, 3000)
	s, err := queries.New().Open(t.Context(), big, nil, queries.Query{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Set(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("given up: %v", err)
	}
}
