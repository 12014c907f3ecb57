// Package store holds what both stores share: their configuration and the rule
// by which a write rewrites a record's versions.
//
// It is not a store: store/sqlite is the embedded one, store/postgis the
// production one, store/storetest the contract both pass.
//
// Invariant: for one record, at any revision, the versions held true never share
// a day. At most one of them is present.
package store

import (
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Config is what a store is opened with.
type Config struct {
	Layers []spatial.Layer  // the layers of the product; the store adds its user layers
	Now    func() time.Time // the clock; nil = time.Now
	Poll   time.Duration    // how often Wait looks at the log by itself; 0 = the store's default
}

// Clock is the configured clock, to the millisecond in UTC.
func (c Config) Clock() time.Time {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	return now().UTC().Truncate(time.Millisecond)
}

// Box is the box (WGS 84) of what a version shows: what the log says of it. Nil
// where there is no version, or it has no extent.
func Box(f *spatial.Feature) *orb.Bound {
	if f == nil || f.Display == nil {
		return nil
	}
	b := f.Display.Bound()
	if b.Min[0] > b.Max[0] {
		return nil
	}
	return &b
}

// Rewrite is what one op does to a record's versions.
type Rewrite struct {
	Close  []int32           // versions no longer held true from this revision on
	Insert []spatial.Feature // versions held true from now on; numbered, not yet stamped with Rev and At
	Before *spatial.Feature  // the version present before; nil = none
	After  *spatial.Feature  // the version present after; nil = none. One of Insert, or an untouched one
}

// Plan works out the versions of a record after op. held are the versions held
// true now (a record not known has none), last the highest version number ever
// used, today the place's civil day. It is pure; the store carries it out.
func Plan(held []spatial.Feature, last int32, op change.Op, today spatial.Date) (Rewrite, error) {
	var w Rewrite
	refuse := func(kind spatial.Kind, code string) (Rewrite, error) {
		return Rewrite{}, &spatial.Error{Op: string(op.Verb), Kind: kind, Code: code, Subject: op.Feature.Layer,
			Args: map[string]any{"id": op.Feature.ID, "expected": op.Expect, "version": last}}
	}
	for i := range held {
		if held[i].Valid.Holds(today) {
			w.Before = &held[i]
		}
	}
	switch {
	case op.Verb == change.Create && last > 0:
		return refuse(spatial.Conflict, "record.exists")
	case op.Verb == change.Create:
	case last == 0, op.Verb != change.Restore && len(held) == 0:
		return refuse(spatial.NotFound, "record.unknown")
	case op.Expect != 0 && op.Expect != last:
		return refuse(spatial.Precondition, "record.stale")
	}

	span := spatial.Period{} // the days this op speaks for
	var now *spatial.Feature // the state it sets there; nil = none
	switch op.Verb {
	case change.Create, change.Restore:
		span, now = op.Feature.Valid, &op.Feature
		if op.Verb == change.Restore {
			span = spatial.Period{} // an undo speaks for all days
		}
	case change.Update:
		span, now = op.Feature.Valid, &op.Feature
		if op.From != "" {
			span.From = op.From
		}
	case change.Retire:
		span.From = op.From
		if span.From == "" {
			span.From = today
		}
	case change.Remove:
	default:
		return refuse(spatial.Invalid, "record.verb")
	}
	if span.Empty() || (now != nil && now.Valid.Empty()) {
		return refuse(spatial.Invalid, "record.period")
	}

	add := func(f spatial.Feature, p spatial.Period) {
		last++
		f.Version, f.Valid = last, p
		w.Insert = append(w.Insert, f)
	}
	var kept []*spatial.Feature
	for i := range held {
		v := &held[i]
		if !v.Valid.Overlaps(span) {
			kept = append(kept, v)
			continue
		}
		w.Close = append(w.Close, v.Version)
		for _, p := range v.Valid.Minus(span) {
			add(*v, p)
		}
	}
	if now != nil {
		p := span
		if op.Verb == change.Restore {
			p = op.Feature.Valid
		}
		add(*now, p)
	}
	for i := range w.Insert {
		if w.Insert[i].Valid.Holds(today) {
			w.After = &w.Insert[i]
		}
	}
	for _, v := range kept {
		if v.Valid.Holds(today) {
			w.After = v
		}
	}
	return w, nil
}
