package importers

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Undoer is what Undo needs of a store beside the ledger: the place's clock, a
// record's versions, and the write.
type Undoer interface {
	Ledger
	Records
	Place(ctx context.Context) (spatial.Place, error)
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
}

// firstTouched bounds the ids an error names.
const firstTouched = 10

// Undo takes a named import back: what it created was never recorded, what it
// changed or ended is again as it was before, for every day. Nothing is written
// where one of its records was changed since. Errors: "import.unknown",
// "import.undone" (args name, revision), "import.touchedSince" (args name, count,
// ids), and the store's.
func Undo(ctx context.Context, s Undoer, name, by string) (change.Result, error) {
	fail := func(kind spatial.Kind, code string, args map[string]any) (change.Result, error) {
		args["name"] = name
		return change.Result{}, &spatial.Error{Op: "undo an import", Kind: kind, Code: code, Subject: name, Args: args}
	}
	imports, err := s.Imports(ctx)
	if err != nil {
		return change.Result{}, err
	}
	var imp *change.Import
	for i := range imports {
		if imports[i].Name == name {
			imp = &imports[i]
		}
	}
	switch {
	case imp == nil:
		return fail(spatial.NotFound, "import.unknown", map[string]any{"import": name})
	case imp.Undone != 0:
		return fail(spatial.Conflict, "import.undone", map[string]any{"revision": imp.Undone})
	}

	place, err := s.Place(ctx)
	if err != nil && spatial.CodeOf(err) != "place.unset" {
		return change.Result{}, err
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	today := spatial.DayOf(now, place.Zone())

	// A record that was removed since has no newer version to show for it: it is
	// not present where its last version says it should be.
	present := map[uint64]bool{}
	for _, layer := range imp.Layers() {
		for f, err := range s.Scan(ctx, layer, spatial.AsOf{}, nil, 0) {
			if err != nil {
				return change.Result{}, err
			}
			present[f.ID] = true
		}
	}
	touched, ids := 0, []string{}
	for t, err := range s.Touched(ctx, imp.ID) {
		if err != nil {
			return change.Result{}, err
		}
		lost := t.Verb != change.Retire && t.Now.Valid.Holds(today) && !present[t.Now.ID]
		if t.Now.Rev > imp.Last || lost {
			if touched++; touched <= firstTouched {
				ids = append(ids, spatial.Int(int64(t.Now.ID)).String())
			}
		}
	}
	if touched > 0 {
		return fail(spatial.Conflict, "import.touchedSince", map[string]any{"count": touched, "ids": strings.Join(ids, ", ")})
	}

	commit := change.Commit{By: by, At: now, Today: today, Undoes: imp.ID}
	return s.Apply(ctx, commit, back(ctx, s, imp))
}

// back gives the ops that take an import back.
func back(ctx context.Context, s Undoer, imp *change.Import) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for t, err := range s.Touched(ctx, imp.ID) {
			if err != nil {
				yield(change.Op{}, err)
				return
			}
			if t.Before == nil {
				if !yield(change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: t.Now.Layer, ID: t.Now.ID}, Expect: t.Now.Version}, nil) {
					return
				}
				continue
			}
			if !yield(change.Op{Verb: change.Restore, Feature: *t.Before, Expect: t.Now.Version}, nil) {
				return
			}
			if (t.Before.Valid == spatial.Period{}) {
				continue // it spoke for all days: nothing else was held true
			}
			// Restore speaks for all days. What was held true of other days then
			// comes back as versions of its own.
			versions, _, err := s.Versions(ctx, t.Now.Layer, t.Now.ID)
			if err != nil {
				yield(change.Op{}, err)
				return
			}
			for _, v := range versions {
				held := v.Feature.Rev < imp.First && (v.RevTo == 0 || v.RevTo >= imp.First)
				if !held || v.Feature.Version == t.Before.Version {
					continue
				}
				if !yield(change.Op{Verb: change.Update, Feature: v.Feature}, nil) {
					return
				}
			}
		}
	}
}
