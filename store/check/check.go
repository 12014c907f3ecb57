package check

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Log is the numbered log as the check walks it.
type Log interface {
	Head(ctx context.Context) (spatial.Revision, error)
	Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error)
}

// Records are the records and what became of them.
type Records interface {
	Layers(ctx context.Context) ([]spatial.Layer, error)
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
}

// Self is what a store says about itself.
type Self interface {
	Place(ctx context.Context) (spatial.Place, error)
	Imports(ctx context.Context) ([]change.Import, error)
	Integrity(ctx context.Context, report func(code, subject, detail string)) error
}

// Store is what a check reads.
type Store interface {
	Log
	Records
	Self
}

// Finding is one thing that is not as it must be, or worth a look.
type Finding struct {
	Code    string // "check.display", …
	Warning bool   // the store does not contradict itself
	Layer   string
	ID      uint64 // 0 = no one record
	Other   uint64 // the other record of a pair
	At      *orb.Point
	Detail  string // what was found and what was expected
}

// Stage is a part of the work, as progress names it.
type Stage string

// The stages, in order.
const (
	StageStore    Stage = "store"
	StageLog      Stage = "log"
	StageRecords  Stage = "records"
	StageHistory  Stage = "history"
	StageTopology Stage = "topology"
	StageFurther  Stage = "further"
)

// Options say how a check reports.
type Options struct {
	Overlaps []string      // layers whose records should not overlap
	Today    spatial.Date  // the place's civil day
	Found    func(Finding) // called for each finding, in order; nil = nobody
	// Further finds what can be told only by those who know what the records mean;
	// nil = nothing.
	Further  func(ctx context.Context, found func(Finding)) error
	Progress func(stage Stage, done, total int) // nil = nobody
}

// Summary is what a check came to.
type Summary struct {
	Revision spatial.Revision
	Records  map[string]int // by layer
	Broken   map[string]int // findings by code
	Warnings map[string]int
}

// Sound reports whether the store contradicts itself nowhere.
func (s Summary) Sound() bool { return len(s.Broken) == 0 }

// Run checks a store. It can run beside a server: a record that is written meanwhile
// is looked at for itself, and not held against the log as it was walked. The error
// is the store's or ctx's: the check could not be carried out.
func Run(ctx context.Context, s Store, o Options) (Summary, error) {
	if o.Found == nil {
		o.Found = func(Finding) {}
	}
	if o.Progress == nil {
		o.Progress = func(Stage, int, int) {}
	}
	r := &run{store: s, opt: o, sum: Summary{Records: map[string]int{}, Broken: map[string]int{}, Warnings: map[string]int{}}}
	for _, step := range []func(context.Context) error{r.itself, r.log, r.records, r.histories, r.topology, r.further} {
		if err := step(ctx); err != nil {
			return r.sum, err
		}
	}
	return r.sum, nil
}

// run is one check under way.
type run struct {
	store Store
	opt   Options
	sum   Summary

	layers  []spatial.Layer
	place   spatial.Place
	imports map[int64]change.Import
	walk    walk
}

func (r *run) found(f Finding) {
	if f.Warning {
		r.sum.Warnings[f.Code]++
	} else {
		r.sum.Broken[f.Code]++
	}
	r.opt.Found(f)
}

// broken reports one contradiction about a record (or a layer, or the store).
func (r *run) broken(code, layer string, id uint64, at *orb.Point, detail string, args ...any) {
	r.found(Finding{Code: code, Layer: layer, ID: id, At: at, Detail: fmt.Sprintf(detail, args...)})
}

// itself asks the store what it can see by itself, and for what stands beside the
// records.
func (r *run) itself(ctx context.Context) error {
	r.opt.Progress(StageStore, 0, 0)
	err := r.store.Integrity(ctx, func(code, subject, detail string) {
		r.found(Finding{Code: code, Layer: subject, Detail: detail})
	})
	if err != nil {
		return err
	}
	if r.place, err = r.store.Place(ctx); err != nil && spatial.KindOf(err) != spatial.NotFound {
		return err
	}
	if r.layers, err = r.store.Layers(ctx); err != nil {
		return err
	}
	all, err := r.store.Imports(ctx)
	if err != nil {
		return err
	}
	r.imports = map[int64]change.Import{}
	names := map[string]bool{}
	for _, i := range all {
		r.imports[i.ID] = i
		if names[i.Name] {
			r.broken("check.importName", change.ImportsLayer, uint64(i.ID), nil, "two imports are called %q", i.Name)
		}
		names[i.Name] = true
	}
	for _, l := range r.layers {
		if err := l.Validate(); err != nil {
			r.broken("check.layer", l.Name, 0, nil, "%v", err)
		}
	}
	return nil
}

func (r *run) further(ctx context.Context) error {
	if r.opt.Further == nil {
		return nil
	}
	r.opt.Progress(StageFurther, 0, 0)
	return r.opt.Further(ctx, r.found)
}

// sortedImports are the imports, oldest first.
func (r *run) sortedImports() []change.Import {
	var all []change.Import
	for _, id := range slices.Sorted(maps.Keys(r.imports)) {
		all = append(all, r.imports[id])
	}
	return all
}
