package importers

import (
	"context"
	"iter"
	"reflect"
	"slices"
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
// where one of its records was changed since; what was changed and taken back is as
// the import left it. Errors: "import.unknown", "import.undone" (args name,
// revision), "import.later" (args name, count, ids, later) where later imports that
// stand changed such a record, "import.touchedSince" (args name, count, ids) where
// none did, and the store's.
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
	touched := map[record]bool{}
	ids := []string{}
	for t, err := range s.Touched(ctx, imp.ID) {
		if err != nil {
			return change.Result{}, err
		}
		lost := t.Verb != change.Retire && t.Now.Valid.Holds(today) && !present[t.Now.ID]
		if t.Now.Rev <= imp.Last && !lost {
			continue
		}
		as, err := asLeft(ctx, s, imp, t.Now.Layer, t.Now.ID)
		if err != nil {
			return change.Result{}, err
		}
		if as {
			continue
		}
		if touched[record{t.Now.Layer, t.Now.ID}] = true; len(ids) < firstTouched {
			ids = append(ids, spatial.Int(int64(t.Now.ID)).String())
		}
	}
	if len(touched) > 0 {
		later, err := laterImports(ctx, s, imports, imp, touched)
		if err != nil {
			return change.Result{}, err
		}
		told := map[string]any{"count": len(touched), "ids": strings.Join(ids, ", ")}
		if len(later) > 0 {
			told["later"] = strings.Join(later, ", ")
			return fail(spatial.Conflict, "import.later", told)
		}
		return fail(spatial.Conflict, "import.touchedSince", told)
	}

	commit := change.Commit{By: by, At: now, Today: today, Undoes: imp.ID}
	return s.Apply(ctx, commit, back(ctx, s, imp))
}

// record names a record.
type record struct {
	layer string
	id    uint64
}

// asLeft reports whether what is held true of a record is what was when an import
// had written it: nothing was changed since, or all of it was taken back.
func asLeft(ctx context.Context, s Undoer, imp *change.Import, layer string, id uint64) (bool, error) {
	versions, _, err := s.Versions(ctx, layer, id)
	if err != nil {
		return false, err
	}
	var then, now []spatial.Feature
	for _, v := range versions {
		f := v.Feature
		f.Version, f.Rev, f.At, f.Import = 0, 0, time.Time{}, 0
		if v.Feature.Rev <= imp.Last && (v.RevTo == 0 || v.RevTo > imp.Last) {
			then = append(then, f)
		}
		if v.RevTo == 0 {
			now = append(now, f)
		}
	}
	for _, fs := range [][]spatial.Feature{then, now} {
		slices.SortFunc(fs, func(a, b spatial.Feature) int { return strings.Compare(string(a.Valid.From), string(b.Valid.From)) })
	}
	return reflect.DeepEqual(then, now), nil
}

// laterImports are the names of the imports that stand and changed one of an import's
// records after it, the latest first: the order in which they can be taken back.
func laterImports(ctx context.Context, s Undoer, imports []change.Import, imp *change.Import, touched map[record]bool) ([]string, error) {
	var out []string
	for i := range slices.Backward(imports) {
		x := &imports[i]
		if x.First <= imp.Last || x.Undone != 0 || !slices.ContainsFunc(x.Layers(), imp.Of) {
			continue
		}
		for t, err := range s.Touched(ctx, x.ID) {
			if err != nil {
				return nil, err
			}
			if touched[record{t.Now.Layer, t.Now.ID}] {
				out = append(out, x.Name)
				break
			}
		}
	}
	return out, nil
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
