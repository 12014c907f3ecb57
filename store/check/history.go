package check

import (
	"cmp"
	"context"
	"slices"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// histories looks at the versions and the lineage of every record that has more
// than the one version its import gave it: those that were edited, or changed twice.
func (r *run) histories(ctx context.Context) error {
	var told []name
	for n, l := range r.walk.last {
		if l.edited || l.changes > 1 {
			told = append(told, n)
		}
	}
	slices.SortFunc(told, func(a, b name) int {
		return cmp.Or(cmp.Compare(a.layer, b.layer), cmp.Compare(a.id, b.id))
	})
	for i, n := range told {
		if i%500 == 0 {
			r.opt.Progress(StageHistory, i, len(told))
		}
		versions, links, err := r.store.Versions(ctx, n.layer, n.id)
		if spatial.KindOf(err) == spatial.NotFound && err != nil {
			r.broken("check.historyMissing", n.layer, n.id, nil, "the log knows the record, its history does not")
			continue
		}
		if err != nil {
			return err
		}
		r.history(n, versions)
		r.lineage(n, links)
	}
	r.opt.Progress(StageHistory, len(told), len(told))
	return nil
}

// history checks one record's versions.
func (r *run) history(n name, versions []change.Version) {
	present, before := 0, int32(0)
	for i, v := range versions {
		f := v.Feature
		if f.Version <= before {
			r.broken("check.versionOrder", n.layer, n.id, nil, "version %d follows version %d", f.Version, before)
		}
		before = f.Version
		if v.RevTo != 0 && v.RevTo < f.Rev {
			r.broken("check.versionTurned", n.layer, n.id, nil, "version %d was recorded at revision %d and superseded at %d", f.Version, f.Rev, v.RevTo)
		}
		if f.Rev == 0 || f.Rev > r.walk.head || r.walk.of[f.Rev-1] != n {
			r.broken("check.recordLog", n.layer, n.id, nil, "version %d says revision %d, whose log row is about something else", f.Version, f.Rev)
		}
		if v.Present {
			present++
			if v.RevTo != 0 {
				r.broken("check.presentSuperseded", n.layer, n.id, nil, "version %d is present, and superseded at revision %d", f.Version, v.RevTo)
			}
		}
		if v.RevTo != 0 {
			continue
		}
		for _, w := range versions[:i] {
			if w.RevTo == 0 && w.Feature.Valid.Overlaps(f.Valid) {
				r.broken("check.versionsOverlap", n.layer, n.id, nil, "versions %d and %d are both held true for the same days", w.Feature.Version, f.Version)
			}
		}
	}
	if present > 1 {
		r.broken("check.presentTwice", n.layer, n.id, nil, "%d versions are present", present)
	}
}

// lineage checks that both ends of each step are records, and no record its own
// ancestor in one step.
func (r *run) lineage(n name, links []change.Link) {
	for _, l := range links {
		for _, id := range []uint64{l.Parent, l.Child} {
			if _, ok := r.walk.last[name{n.layer, id}]; !ok {
				r.broken("check.lineageEnd", n.layer, n.id, nil, "it is linked to record %d, which never was", id)
			}
		}
		if l.Parent == l.Child {
			r.broken("check.lineageSelf", n.layer, n.id, nil, "it is its own parent")
		}
		if l.Rev == 0 || l.Rev > r.walk.head {
			r.broken("check.lineageRevision", n.layer, n.id, nil, "a step of its lineage has revision %d, the log ends at %d", l.Rev, r.walk.head)
		}
	}
}
