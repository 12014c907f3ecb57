package storetest

import (
	"maps"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
)

// model is a store in plain maps: what the state machine measures the real ones by.
type model struct {
	rev     spatial.Revision
	next    uint64
	layers  []string
	records map[string]map[uint64]*record
	log     []change.Change
}

type record struct {
	versions []change.Version // oldest first
}

func newModel() *model {
	m := &model{next: 1, records: map[string]map[uint64]*record{}}
	for _, l := range Layers() {
		m.layers = append(m.layers, l.Name)
		m.records[l.Name] = map[uint64]*record{}
	}
	return m
}

func (m *model) clone() *model {
	c := &model{rev: m.rev, next: m.next, layers: m.layers, records: map[string]map[uint64]*record{}, log: slices.Clone(m.log)}
	for name, rs := range m.records {
		c.records[name] = map[uint64]*record{}
		for id, r := range rs {
			c.records[name][id] = &record{versions: slices.Clone(r.versions)}
		}
	}
	return c
}

// apply carries ops out; on an error the model is as it was.
func (m *model) apply(c change.Commit, at time.Time, ops []change.Op) (change.Result, error) {
	w := m.clone()
	res := change.Result{First: m.rev + 1}
	for _, op := range ops {
		if op.Verb == change.Create && op.Feature.ID == 0 {
			op.Feature.ID = w.next
		}
		r := w.records[op.Feature.Layer][op.Feature.ID]
		if r == nil {
			r = &record{}
		}
		plan, err := store.Plan(r.held(), r.last(), op, c.Today)
		if err != nil {
			return change.Result{}, err
		}
		w.next = max(w.next, op.Feature.ID+1)
		if op.Verb == change.Create {
			res.Created = append(res.Created, op.Feature.ID)
		}
		w.rev++
		before := r.present()
		for i := range r.versions {
			if slices.Contains(plan.Close, r.versions[i].Feature.Version) {
				r.versions[i].RevTo, r.versions[i].Until = w.rev, at
			}
		}
		for _, f := range plan.Insert {
			f.Rev, f.At, f.ID = w.rev, at, op.Feature.ID
			r.versions = append(r.versions, change.Version{Feature: f})
		}
		r.show(c.Today)
		w.records[op.Feature.Layer][op.Feature.ID] = r
		w.log = append(w.log, change.Change{Rev: w.rev, Layer: op.Feature.Layer, ID: op.Feature.ID, Verb: op.Verb,
			Before: boxOf(before), After: boxOf(r.present()), At: at, By: c.By})
	}
	res.Last = w.rev
	*m = *w
	return res, nil
}

// due moves what became present or past.
func (m *model) due(c change.Commit, at time.Time, day spatial.Date) change.Result {
	res := change.Result{First: m.rev + 1}
	for _, layer := range m.layers {
		for _, id := range slices.Sorted(maps.Keys(m.records[layer])) {
			r := m.records[layer][id]
			before := r.present()
			r.show(day)
			after := r.present()
			if (before == nil) == (after == nil) && (before == nil || before.Version == after.Version) {
				continue
			}
			m.rev++
			m.log = append(m.log, change.Change{Rev: m.rev, Layer: layer, ID: id, Verb: change.Due, Before: boxOf(before), After: boxOf(after), At: at, By: c.By})
		}
	}
	res.Last = m.rev
	return res
}

func (r *record) held() []spatial.Feature {
	var held []spatial.Feature
	for _, v := range r.versions {
		if v.RevTo == 0 {
			held = append(held, v.Feature)
		}
	}
	return held
}

func (r *record) last() int32 {
	if len(r.versions) == 0 {
		return 0
	}
	return r.versions[len(r.versions)-1].Feature.Version
}

func (r *record) present() *spatial.Feature {
	for i := range r.versions {
		if r.versions[i].Present {
			f := r.versions[i].Feature
			return &f
		}
	}
	return nil
}

func (r *record) show(day spatial.Date) {
	for i := range r.versions {
		v := &r.versions[i]
		v.Present = v.RevTo == 0 && v.Feature.Valid.Holds(day)
	}
}

// asOf is the version that held on a day as known at an instant; the zero
// instant is now.
func (r *record) asOf(on spatial.Date, recorded time.Time) *spatial.Feature {
	for i := len(r.versions) - 1; i >= 0; i-- {
		v := &r.versions[i]
		known := v.RevTo == 0
		if !recorded.IsZero() {
			known = !v.Feature.At.After(recorded) && (v.RevTo == 0 || v.Until.After(recorded))
		}
		if known && v.Feature.Valid.Holds(on) {
			f := v.Feature
			return &f
		}
	}
	return nil
}

// load is what Load gives.
func (m *model) load() []spatial.Feature {
	var all []spatial.Feature
	for _, layer := range m.layers {
		for _, id := range slices.Sorted(maps.Keys(m.records[layer])) {
			if f := m.records[layer][id].present(); f != nil {
				all = append(all, light(*f))
			}
		}
	}
	return all
}

// scan is what Scan gives.
func (m *model) scan(layer string, on spatial.Date, recorded time.Time, box *orb.Bound, after uint64) []spatial.Feature {
	var all []spatial.Feature
	for _, id := range slices.Sorted(maps.Keys(m.records[layer])) {
		if id <= after {
			continue
		}
		r := m.records[layer][id]
		f := r.present()
		if on != "" || !recorded.IsZero() {
			f = r.asOf(on, recorded)
		}
		if f == nil || (box != nil && (f.Display == nil || !f.Display.Bound().Intersects(*box))) {
			continue
		}
		all = append(all, *f)
	}
	return all
}

func boxOf(f *spatial.Feature) *orb.Bound {
	if f == nil || f.Display == nil {
		return nil
	}
	b := f.Display.Bound()
	return &b
}
