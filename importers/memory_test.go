package importers

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// memory is a store in maps, by the same rule of versions as the real ones: for
// tests that need to see inside, and for benchmarks of the pipeline by itself.
type memory struct {
	layers  []spatial.Layer
	place   *spatial.Place
	rev     spatial.Revision
	next    uint64
	records map[uint64][]change.Version
	imports []change.Import
	touched map[int64]map[uint64]change.Touched
	discard bool // take ops and keep nothing
}

func newMemory(layers ...spatial.Layer) *memory {
	return &memory{layers: layers, next: 1, records: map[uint64][]change.Version{}, touched: map[int64]map[uint64]change.Touched{}}
}

func (m *memory) Layers(context.Context) ([]spatial.Layer, error) { return m.layers, nil }

func (m *memory) Place(context.Context) (spatial.Place, error) {
	if m.place == nil {
		return spatial.Place{}, &spatial.Error{Kind: spatial.NotFound, Code: "place.unset"}
	}
	return *m.place, nil
}

func (m *memory) SetPlace(_ context.Context, _ change.Commit, p spatial.Place) (change.Result, error) {
	m.place = &p
	m.rev++
	return change.Result{First: m.rev, Last: m.rev}, nil
}

func (m *memory) Imports(context.Context) ([]change.Import, error) {
	return slices.Clone(m.imports), nil
}

func (m *memory) Versions(_ context.Context, _ string, id uint64) ([]change.Version, []change.Link, error) {
	return slices.Clone(m.records[id]), nil, nil
}

func (m *memory) Touched(_ context.Context, imp int64) iter.Seq2[change.Touched, error] {
	return func(yield func(change.Touched, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(m.touched[imp])) {
			t := m.touched[imp][id]
			t.Now = m.records[id][len(m.records[id])-1].Feature
			if !yield(t, nil) {
				return
			}
		}
	}
}

func (m *memory) Scan(_ context.Context, layer string, a spatial.AsOf, _ *orb.Bound, _ uint64) iter.Seq2[spatial.Feature, error] {
	day := cmp.Or(a.On, spatial.DayOf(time.Now(), nil))
	return func(yield func(spatial.Feature, error) bool) {
		for _, id := range slices.Sorted(maps.Keys(m.records)) {
			for _, v := range m.records[id] {
				if v.Feature.Layer == layer && v.RevTo == 0 && v.Feature.Valid.Holds(day) && !yield(v.Feature, nil) {
					return
				}
			}
		}
	}
}

func (m *memory) Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error) {
	rev, next, records := m.rev, m.next, maps.Clone(m.records)
	touched := map[uint64]change.Touched{}
	res := change.Result{First: rev + 1}
	if c.Import != nil {
		res.Import = int64(len(m.imports) + 1)
	}
	for op, err := range ops {
		if err != nil {
			return change.Result{}, err
		}
		if err := ctx.Err(); err != nil {
			return change.Result{}, err
		}
		rev++
		if m.discard {
			continue
		}
		f := op.Feature
		if op.Verb == change.Create && f.ID == 0 {
			f.ID = next
			next++
			res.Created = append(res.Created, f.ID)
		}
		if res.Import != 0 {
			f.Import = res.Import
		}
		op.Feature = f
		var held []spatial.Feature
		for _, v := range records[f.ID] {
			if v.RevTo == 0 {
				held = append(held, v.Feature)
			}
		}
		w, err := store.Plan(held, int32(len(records[f.ID])), op, c.Today)
		if err != nil {
			return change.Result{}, err
		}
		vs := slices.Clone(records[f.ID])
		for i := range vs {
			if slices.Contains(w.Close, vs[i].Feature.Version) {
				vs[i].RevTo = rev
			}
		}
		for _, n := range w.Insert {
			n.Rev = rev
			vs = append(vs, change.Version{Feature: n})
		}
		records[f.ID] = vs
		if _, seen := touched[f.ID]; !seen {
			t := change.Touched{Verb: op.Verb}
			if w.Before != nil {
				b := *w.Before
				t.Before = &b
			}
			touched[f.ID] = t
		}
	}
	if c.Import != nil || c.Undoes != 0 {
		rev++
	}
	res.Last = rev
	if c.Import != nil {
		imp := *c.Import
		imp.ID, imp.First, imp.Last = res.Import, res.First, res.Last
		m.imports = append(m.imports, imp)
		m.touched[imp.ID] = touched
	}
	if c.Undoes != 0 {
		m.imports[c.Undoes-1].Undone = rev
	}
	m.rev, m.next, m.records = rev, next, records
	return res, nil
}
