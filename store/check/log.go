package check

import (
	"context"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// name is a record.
type name struct {
	layer string
	id    uint64
}

// last is what the log says of a record at its end.
type last struct {
	changes int32
	edited  bool             // a change that no import made
	rev     spatial.Revision // of the last change
	after   *orb.Bound
}

// walk is what walking the log found.
type walk struct {
	head    spatial.Revision
	of      []name // the record that each revision, from 1, is about
	last    map[name]last
	written map[int64]int // rows about features, by import, undo left out
}

// log walks the log from its first row: revisions without gaps, verbs in an order
// that a record can live through, layers and imports that are known.
func (r *run) log(ctx context.Context) error {
	const step = 5000
	known := map[string]string{change.PlaceLayer: change.PlaceLayer, change.LayersLayer: change.LayersLayer, change.ImportsLayer: change.ImportsLayer}
	features := map[string]bool{}
	for _, l := range r.layers {
		known[l.Name], features[l.Name] = l.Name, true
	}
	w := walk{last: map[name]last{}, written: map[int64]int{}}
	head, err := r.store.Head(ctx)
	if err != nil {
		return err
	}
	r.opt.Progress(StageLog, 0, int(head))
	for w.head < head {
		b, err := r.store.Batch(ctx, w.head, step)
		if err != nil {
			return err
		}
		if len(b.Changes) == 0 {
			r.broken("check.logEnds", "", 0, nil, "the log ends at revision %d, its head is %d", w.head, head)
			break
		}
		for _, c := range b.Changes {
			if c.Rev != w.head+1 {
				r.broken("check.logGap", c.Layer, c.ID, nil, "revision %d follows %d", c.Rev, w.head)
				if c.Rev <= w.head {
					return nil // going on would never end
				}
				w.of = append(w.of, make([]name, c.Rev-w.head-1)...)
			}
			w.head = c.Rev
			layer, ok := known[c.Layer] // one text for all rows of a layer
			if !ok {
				r.broken("check.logLayer", c.Layer, c.ID, nil, "revision %d is about a layer that is not there", c.Rev)
				layer = c.Layer
			}
			if _, ok := r.imports[c.Import]; !ok && c.Import != 0 {
				r.broken("check.logImport", c.Layer, c.ID, nil, "revision %d names import %d, which is not there", c.Rev, c.Import)
			}
			n := name{layer, c.ID}
			w.of = append(w.of, n)
			if features[layer] {
				r.step(&w, n, c)
			}
		}
		r.opt.Progress(StageLog, int(w.head), int(head))
	}
	r.walk, r.sum.Revision = w, w.head
	for _, i := range r.sortedImports() {
		c := i.Counts
		if got, want := w.written[i.ID], c.Added+c.Changed+c.Gone; got != want && i.Last > 0 {
			r.broken("check.importCounts", change.ImportsLayer, uint64(i.ID), nil, "%s says %d added, %d changed and %d gone; the log has %d rows of it", i.Name, c.Added, c.Changed, c.Gone, got)
		}
		if i.Undone > w.head {
			r.broken("check.importUndone", change.ImportsLayer, uint64(i.ID), nil, "%s was undone at revision %d, after the log's end", i.Name, i.Undone)
		}
	}
	return nil
}

// step takes one change of a record.
func (r *run) step(w *walk, n name, c change.Change) {
	l, seen := w.last[n]
	switch c.Verb {
	case change.Create:
		if seen {
			r.broken("check.logTwice", n.layer, n.id, nil, "revision %d creates a record that revision %d knows", c.Rev, l.rev)
		}
	case change.Update, change.Retire, change.Remove, change.Restore, change.Due:
		if !seen {
			r.broken("check.logUnborn", n.layer, n.id, nil, "revision %d is %q of a record that was never created", c.Rev, c.Verb)
		}
	default:
		r.broken("check.logVerb", n.layer, n.id, nil, "revision %d has the verb %q", c.Rev, c.Verb)
	}
	if seen && !sameBox(l.after, c.Before) {
		r.broken("check.logBox", n.layer, n.id, nil, "revision %d begins in another box than revision %d left the record in", c.Rev, l.rev)
	}
	if i, ok := r.imports[c.Import]; ok && c.Import != 0 && c.Rev >= i.First && c.Rev <= i.Last && c.Verb != change.Due {
		w.written[c.Import]++
	}
	l.changes++
	l.edited = l.edited || c.Import == 0 && c.Verb != change.Due
	l.rev, l.after = c.Rev, c.After
	w.last[n] = l
}

func sameBox(a, b *orb.Bound) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
