package rules

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Book is what keeps loaded packs: a store.
type Book interface {
	Place(ctx context.Context) (spatial.Place, error)
	Imports(ctx context.Context) ([]change.Import, error)
	Scan(ctx context.Context, layer string, a spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error]
	Touched(ctx context.Context, imp int64) iter.Seq2[change.Touched, error]
	Versions(ctx context.Context, layer string, id uint64) ([]change.Version, []change.Link, error)
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
}

// Stretch is a time in which one version of a loaded pack holds.
type Stretch struct {
	planning.Loaded
	Title string
	Valid spatial.Period
}

// Loaded are the packs that a book holds for any day, by code and day.
func (s *Shelf) Loaded(ctx context.Context, b Book) ([]Stretch, error) {
	records, err := recordsOf(ctx, b)
	if err != nil {
		return nil, err
	}
	var out []Stretch
	for _, r := range records {
		out = append(out, r.stretches()...)
	}
	return out, nil
}

func (r *record) stretches() []Stretch {
	var out []Stretch
	for _, v := range r.held {
		out = append(out, Stretch{planning.ReadLoaded(attributes(v.Feature.Values)), v.Feature.Values[2].Text(), v.Feature.Valid})
	}
	return out
}

// named is stretches in a sentence: each with its version and days, as
// "2 (2027-06-01/..)".
func named(all []Stretch) string {
	out := make([]string, len(all))
	for i, s := range all {
		open := func(d spatial.Date) string {
			if d == "" {
				return ".."
			}
			return string(d)
		}
		out[i] = fmt.Sprintf("%s (%s/%s)", s.Version, open(s.Valid.From), open(s.Valid.To))
	}
	return strings.Join(out, ", ")
}

func placeOf(ctx context.Context, b Book, at time.Time) (spatial.Place, spatial.Date, error) {
	p, err := b.Place(ctx)
	if spatial.CodeOf(err) == "place.unset" {
		err = nil
	}
	return p, spatial.DayOf(at, p.Zone()), err
}

// record is a pack's record with the versions that are held true, by day.
type record struct {
	id   uint64
	code string
	held []change.Version
	last int32 // the highest number of a version
}

// recordsOf are the records of packs, those of which every version is past or to
// come included, by code.
func recordsOf(ctx context.Context, b Book) ([]record, error) {
	ids := map[uint64]bool{}
	for f, err := range b.Scan(ctx, planning.RulePacksLayer, spatial.AsOf{}, nil, 0) {
		if err != nil {
			return nil, err
		}
		ids[f.ID] = true
	}
	imports, err := b.Imports(ctx)
	if err != nil {
		return nil, err
	}
	for _, i := range imports {
		if i.Layer != planning.RulePacksLayer {
			continue
		}
		for t, err := range b.Touched(ctx, i.ID) {
			if err != nil {
				return nil, err
			}
			ids[t.Now.ID] = true
		}
	}
	var out []record
	for id := range ids {
		all, _, err := b.Versions(ctx, planning.RulePacksLayer, id)
		if err != nil {
			return nil, err
		}
		r := record{id: id}
		for _, v := range all {
			r.last = max(r.last, v.Feature.Version)
			if v.RevTo == 0 {
				r.held = append(r.held, v)
			}
		}
		if len(r.held) == 0 {
			continue // taken back
		}
		slices.SortFunc(r.held, func(a, b change.Version) int {
			return strings.Compare(string(a.Feature.Valid.From), string(b.Feature.Valid.From))
		})
		r.code = planning.ReadLoaded(attributes(r.held[0].Feature.Values)).Code
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b record) int {
		return cmp.Or(strings.Compare(a.code, b.code), cmp.Compare(a.id, b.id))
	})
	return out, nil
}

// sameRecords reports whether nothing was written between two readings: a
// write of a record adds a version or takes one away.
func sameRecords(a, b []record) bool {
	return slices.EqualFunc(a, b, func(x, y record) bool {
		return x.id == y.id && x.last == y.last && slices.EqualFunc(x.held, y.held, func(v, w change.Version) bool { return v.Feature.Version == w.Feature.Version })
	})
}

// mostTurns bounds how often a write is worked out anew because another came before it.
const mostTurns = 20

// write works out what to write from the records as they are, and writes it unless
// they have changed by then: a store lets one writer in at a time, and has him make
// his ops while the others wait. Then it is worked out anew. Conflict
// "rules.meanwhile" where others never cease.
func write(ctx context.Context, b Book, c change.Commit, work func([]record) ([]change.Op, *change.Import, error)) (change.Result, *change.Import, error) {
	for range mostTurns {
		records, err := recordsOf(ctx, b)
		if err != nil {
			return change.Result{}, nil, err
		}
		ops, imp, err := work(records)
		if err != nil || len(ops) == 0 {
			return change.Result{}, nil, err
		}
		if imp.Name, err = freeName(ctx, b, imp.Name); err != nil {
			return change.Result{}, nil, err
		}
		c.Import = imp
		late := false
		res, err := b.Apply(ctx, c, func(yield func(change.Op, error) bool) {
			now, err := recordsOf(ctx, b)
			if late = err == nil && !sameRecords(records, now); late {
				err = meanwhile()
			}
			if err != nil {
				yield(change.Op{}, err)
				return
			}
			for _, op := range ops {
				if !yield(op, nil) {
					return
				}
			}
		})
		if !late && spatial.CodeOf(err) != "import.exists" {
			return res, imp, err
		}
	}
	return change.Result{}, nil, meanwhile()
}

func meanwhile() error {
	return &spatial.Error{Op: "write a rule pack", Kind: spatial.Conflict, Code: "rules.meanwhile"}
}

// freeName makes a name of an import unique in a store.
func freeName(ctx context.Context, b Book, base string) (string, error) {
	all, err := b.Imports(ctx)
	name := base
	for n := 2; slices.ContainsFunc(all, func(i change.Import) bool { return i.Name == name }); n++ {
		name = fmt.Sprintf("%s-%d", base, n)
	}
	return name, err
}

// attributes are a record's values by the names of its fields.
type attributes []spatial.Value

func (a attributes) Attr(field string) spatial.Value {
	for i, name := range [...]string{"code", "edition", "title", "applies", "body"} {
		if name == field && i < len(a) {
			return a[i]
		}
	}
	return spatial.Value{}
}
