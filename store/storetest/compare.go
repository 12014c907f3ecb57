package storetest

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// alike is same for a rapid test.
func alike(rt *rapid.T, what string, got, want any) {
	if d := cmp.Diff(want, got, equal()); d != "" {
		rt.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// Compare feeds the same random commits to two empty stores that have Layers()
// and compares what they then hold: Load, the log, every record's versions and
// lineage, the imports. Ids, revisions and times must be the same to the last
// digit. It leaves the stores with the same data in them.
func Compare(t *testing.T, a, b Store) {
	rapid.Check(t, func(rt *rapid.T) {
		// every round goes on from what the stores hold: one random history, not many
		at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		p := &player{rt: rt, model: newModel(), today: today}
		follow(rt, a, p.model)
		at = at.Add(time.Duration(p.model.rev) * time.Minute)
		for i := range 1 + p.n("commits", 6) {
			at = at.Add(time.Duration(p.n("ms", 1000)) * time.Millisecond)
			c := change.Commit{By: "tester", Today: p.today, At: at}
			if p.n("due", 5) == 0 {
				p.today = days[2+p.n("today", len(days)-3)]
				ra, ea := a.Due(context.Background(), c, p.today)
				rb, eb := b.Due(context.Background(), c, p.today)
				agree(rt, "due", ra, rb, ea, eb)
				follow(rt, a, p.model)
				continue
			}
			ops := p.commit()
			var imps [2]*change.Import
			if p.n("import", 4) == 0 {
				for k := range imps {
					imps[k] = delivery("đợt " + at.Format(time.RFC3339Nano) + string(rune('a'+i)))
				}
			}
			c.Import = imps[0]
			ra, ea := a.Apply(context.Background(), c, seq(ops...))
			c.Import = imps[1]
			rb, eb := b.Apply(context.Background(), c, seq(ops...))
			agree(rt, "apply", ra, rb, ea, eb)
			follow(rt, a, p.model)
		}
		alike(rt, "everything", everything(rt, b, p.model), everything(rt, a, p.model))
	})
}

func agree(rt *rapid.T, what string, ra, rb change.Result, ea, eb error) {
	if spatial.CodeOf(ea) != spatial.CodeOf(eb) || (ea == nil) != (eb == nil) {
		rt.Fatalf("%s: one store says %v, the other %v", what, ea, eb)
	}
	if ea == nil {
		alike(rt, what, rb, ra)
	}
}

// follow fills the model with the records a store has, so that the player draws
// ops that fit them.
func follow(rt *rapid.T, s Store, m *model) {
	ctx := context.Background()
	b, err := s.Batch(ctx, m.rev, 1<<20)
	if err != nil {
		rt.Fatal(err)
	}
	m.rev = b.Head
	for _, c := range b.Changes {
		rs, ok := m.records[c.Layer]
		if !ok {
			continue
		}
		vs, _, err := s.Versions(ctx, c.Layer, c.ID)
		if err != nil {
			rt.Fatal(err)
		}
		rs[c.ID] = &record{versions: vs}
		m.next = max(m.next, c.ID+1)
	}
}

type holdings struct {
	Load    []spatial.Feature
	Loaded  change.Loaded
	Log     []change.Change
	History map[string][]change.Version
	Lineage map[string][]change.Link
	Touched map[int64][]change.Touched
}

func everything(rt *rapid.T, s Store, m *model) holdings {
	ctx := context.Background()
	h := holdings{History: map[string][]change.Version{}, Lineage: map[string][]change.Link{}, Touched: map[int64][]change.Touched{}}
	var err error
	h.Loaded, err = s.Load(ctx, func(f spatial.Feature) error { h.Load = append(h.Load, f); return nil })
	if err != nil {
		rt.Fatal(err)
	}
	b, err := s.Batch(ctx, 0, 1<<20)
	if err != nil {
		rt.Fatal(err)
	}
	h.Log = b.Changes
	for _, layer := range m.layers {
		for _, id := range slices.Sorted(maps.Keys(m.records[layer])) {
			vs, links, err := s.Versions(ctx, layer, id)
			if err != nil {
				rt.Fatal(err)
			}
			key := layer + "/" + spatial.Int(int64(id)).String()
			h.History[key], h.Lineage[key] = vs, links
		}
	}
	for _, imp := range h.Loaded.Imports {
		for x, err := range s.Touched(ctx, imp.ID) {
			if err != nil {
				rt.Fatal(err)
			}
			h.Touched[imp.ID] = append(h.Touched[imp.ID], x)
		}
	}
	return h
}
