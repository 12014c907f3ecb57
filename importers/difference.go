package importers

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// difference gives what must be written for the store to say what the delivery
// says, row by row in the delivery's order. Counts and findings are complete when
// it ends.
func (r *run) difference(f *flow) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		step := r.progress(StageApply)
		for {
			p, err := f.next()
			if err != nil {
				yield(change.Op{}, err)
				return
			}
			if p == nil {
				break
			}
			if r.report.Counts.Read&1023 == 0 {
				step(r.report.Counts.Read, r.survey.rows)
			}
			op, some, err := r.judge(p)
			if err != nil {
				yield(change.Op{}, err)
				return
			}
			if some && !yield(op, nil) {
				return
			}
		}
		step(r.report.Counts.Read, r.survey.rows)
		if err := r.mostlyOutside(); err != nil {
			yield(change.Op{}, err)
			return
		}
		for i := range r.pending {
			if op, some := r.late(&r.pending[i]); some && !yield(op, nil) {
				return
			}
		}
		r.pending = nil
		// The rows that are not written must be on disk before the others are.
		if r.part == nil {
			if err := r.keep(); err != nil {
				yield(change.Op{}, err)
				return
			}
		}
		for _, h := range r.match.order {
			if h.seen || r.partial {
				continue
			}
			r.report.Counts.Gone++
			r.changes.ended(h)
			if !yield(change.Op{Verb: change.Retire, Feature: spatial.Feature{Layer: r.layer.Name, ID: h.id}, Expect: h.version, From: r.since(h.valid)}, nil) {
				return
			}
		}
		if n := len(r.match.order); n >= 10 && r.report.Counts.Gone*2 > n {
			r.report.note(Finding{Code: "match.mostGone", Severity: Warning, Detail: fmt.Sprintf("%d / %d", r.report.Counts.Gone, n)})
		}
		if err := r.changes.settle(r); err != nil {
			yield(change.Op{}, err)
			return
		}
		r.sheets.check(r.checks.Skipped, r.report.note)
		if err := r.topology.check(r.ctx, r.progress(StageTopology), r.report.note); err != nil {
			yield(change.Op{}, err)
		}
	}
}

// judge decides about one row, in order.
func (r *run) judge(p *prepared) (op change.Op, some bool, err error) {
	c := &r.report.Counts
	c.Read++
	var twin int
	if p.keyed != 0 && r.survey.keyTwice[p.keyed] {
		at := p.src.first + p.row
		if twin = r.twins[p.keyed]; twin == 0 {
			r.twins[p.keyed] = at
		}
	}
	for _, f := range p.findings {
		if f.Code == "reference.duplicate" {
			f.Other = twin
		}
		r.report.note(f)
	}
	r.draw(p)
	r.sheets.add(p)
	if p.outside {
		r.outside++
	}
	if p.refused {
		c.Quarantined++
		// The record it would have changed stays: a broken row is no word of its end.
		if h := r.match.find(p.feature.Key); h != nil && p.feature.Key != "" {
			h.seen = true
		}
		return op, false, r.quarantine.add(p, r.cols)
	}
	r.match.name(p)
	r.reach(p.feature.Display)
	r.topology.add(p)
	if i := r.layer.Index("parent"); i >= 0 && !r.placed && !p.feature.Values[i].IsNull() {
		r.parents[p.feature.Values[i].String()] = true
	}
	if h := r.match.find(p.feature.Key); h != nil {
		op, some = r.against(h, p)
		return op, some, nil
	}
	if len(r.match.order) > 0 {
		// Its ground may be that of a record which no row names: known at the end.
		r.pending = append(r.pending, *p)
		return op, false, nil
	}
	c.Added++
	r.changes.added(&r.report.Difference, p)
	return change.Op{Verb: change.Create, Feature: p.feature}, true, nil
}

// late decides about a row whose key the store does not know.
func (r *run) late(p *prepared) (change.Op, bool) {
	if h := r.match.sameGround(p.shape); h != nil {
		return r.against(h, p)
	}
	r.report.Counts.Added++
	r.changes.added(&r.report.Difference, p)
	p.feature.Valid.From = r.since(spatial.Period{})
	return change.Op{Verb: change.Create, Feature: p.feature}, true
}

// against compares a row with the record it is.
func (r *run) against(h *held, p *prepared) (change.Op, bool) {
	h.seen = true
	if r.match.same(h, p) {
		r.report.Counts.Same++
		return change.Op{}, false
	}
	if h.edited {
		r.report.note(Finding{Code: "match.edited", Severity: Warning, Row: p.row, Reference: p.feature.Key})
	}
	r.report.Counts.Changed++
	r.changes.changed(h, p)
	f := p.feature
	f.ID, f.Valid = h.id, h.valid
	return change.Op{Verb: change.Update, Feature: f, Expect: h.version, From: r.since(h.valid)}, true
}

// since is the day from which a later delivery speaks: the data's own date, or
// today where it has none or claims one to come; never before the record began.
func (r *run) since(valid spatial.Period) spatial.Date {
	d := r.req.Date
	if d == "" || d > r.today {
		d = r.today
	}
	return max(d, valid.From)
}

// reach widens what the delivery covers.
func (r *run) reach(g orb.Geometry) {
	if g == nil {
		return
	}
	b := g.Bound()
	if r.reached == nil {
		r.reached = &b
		return
	}
	*r.reached = r.reached.Union(b)
}

// mostlyOutside refuses a delivery of which more rows lie outside than inside.
func (r *run) mostlyOutside() error {
	if r.outside*2 <= r.report.Counts.Read {
		return nil
	}
	s := r.sources[0]
	mid, _ := s.samples.middle()
	return wrongPlace(s.name, epsg(s.crs.srid), s.crs.toWGS(mid), mid, r.outside, r.report.Counts.Read, r.within, r.known())
}

// keep puts the quarantine file in its place, and refuses a delivery of which
// nothing else is left: it would end every record of its dataset.
func (r *run) keep() error {
	written, err := r.quarantine.keep()
	if err != nil {
		return err
	}
	if written {
		r.report.Quarantine = filepath.Base(r.req.Quarantine)
	}
	if c := r.report.Counts; c.Quarantined == c.Read && c.Read > 0 {
		return &spatial.Error{Op: "import", Kind: spatial.Invalid, Code: "import.allQuarantined", Subject: r.report.Name, Args: map[string]any{"rows": c.Read}}
	}
	return nil
}

// settlePlace writes the place where the store had none, or where it grew. The
// records are in the store by then, so a failure is a finding: "place.notSet".
func (r *run) settlePlace() {
	if r.reached == nil || r.report.Counts.Added+r.report.Counts.Changed == 0 {
		return
	}
	p := r.place
	switch {
	case !r.placed:
		p.Bounds = *r.reached
		// Wards say what they are part of. A file's name is no name of a place: it
		// stays unnamed until somebody names it.
		for parent := range r.parents {
			if len(r.parents) == 1 {
				p.Name = spatial.Name{VI: parent, EN: parent}
			}
		}
	case r.req.Widen && p.Bounds.Union(*r.reached) != p.Bounds:
		p.Bounds = p.Bounds.Union(*r.reached)
	default:
		return
	}
	r.report.Place, r.report.Widened = &p, r.placed
	if r.req.DryRun {
		return
	}
	commit := change.Commit{By: r.req.By, At: time.Now().UTC().Truncate(time.Millisecond), Today: r.today}
	if _, err := r.store.SetPlace(context.WithoutCancel(r.ctx), commit, p); err != nil {
		r.report.Place = nil
		r.report.note(Finding{Code: "place.notSet", Severity: Warning, Detail: shorten(err.Error())})
	}
}
