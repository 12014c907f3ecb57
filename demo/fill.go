package demo

import (
	"context"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"

	"iter"
)

// Store is what Fill needs of a store.
type Store interface {
	Head(ctx context.Context) (spatial.Revision, error)
	SetPlace(ctx context.Context, c change.Commit, p spatial.Place) (change.Result, error)
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
}

// Fill builds the city and writes it into an empty store: the records in one
// transaction, all or none, then the place. progress, which may be nil, hears of each
// stage: "build", then each layer by name; total is 0 where it is not known before.
// The result spans all revisions written. Errors: store.notEmpty (args head) of kind
// Conflict where the store holds data, those of Build, and the store's own.
func Fill(ctx context.Context, s Store, o Options, progress func(stage string, done, total int)) (change.Result, error) {
	if progress == nil {
		progress = func(string, int, int) {}
	}
	head, err := s.Head(ctx)
	if err != nil {
		return change.Result{}, err
	}
	if head > 0 {
		return change.Result{}, &spatial.Error{Op: "fill with the demonstration city", Kind: spatial.Conflict, Code: "store.notEmpty", Args: map[string]any{"head": uint64(head)}}
	}
	progress("build", 0, 1)
	c, err := Build(o)
	if err != nil {
		return change.Result{}, err
	}
	progress("build", 1, 1)
	place := c.Place()
	commit := change.Commit{By: "demo", At: c.now, Today: spatial.DayOf(c.now, place.Zone())}
	layer, done := "", 0
	result, err := s.Apply(ctx, commit, func(yield func(change.Op, error) bool) {
		for op, err := range c.Ops() {
			if err == nil {
				if err = ctx.Err(); err == nil && op.Feature.Layer != layer {
					if layer != "" {
						progress(layer, done, c.total(layer))
					}
					layer, done = op.Feature.Layer, 0
				}
			}
			if err != nil {
				yield(op, err)
				return
			}
			if done++; done%1000 == 0 {
				progress(layer, done, c.total(layer))
			}
			if !yield(op, nil) {
				return
			}
		}
		progress(layer, done, c.total(layer))
	})
	if err != nil {
		return change.Result{}, err
	}
	set, err := s.SetPlace(ctx, commit, place)
	if err != nil {
		return change.Result{}, err
	}
	result.Last = set.Last
	return result, nil
}

// total is how many records a layer will have, 0 where that shows only at the end.
func (c *City) total(layer string) int {
	switch layer {
	case "parcels":
		return len(c.lots)
	}
	return 0
}
