package check

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// topology compares the records of the layers that should not overlap with each
// other, plane by plane: what is there twice and what shares ground is a warning.
func (r *run) topology(ctx context.Context) error {
	for _, layer := range r.opt.Overlaps {
		planes := map[spatial.SRID]*sheet{}
		for f, err := range r.store.Scan(ctx, layer, spatial.AsOf{}, nil, 0) {
			if err != nil {
				return err
			}
			// An invalid shape is reported as such; it cannot be laid over another.
			if f.Legal == nil || f.Legal.Dimensions() != 2 || len(overlay.Faults(f.Legal)) > 0 {
				continue
			}
			s := planes[f.SRID]
			if s == nil {
				s = &sheet{}
				planes[f.SRID] = s
			}
			s.ids = append(s.ids, f.ID)
			s.shapes = append(s.shapes, quality.Shape{Geometry: f.Legal, Area: f.Area, Hash: s.hasher.Hash(f.Legal)})
		}
		for _, srid := range slices.Sorted(maps.Keys(planes)) {
			if err := r.overlaps(ctx, layer, planes[srid]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sheet is the shapes of one plane.
type sheet struct {
	hasher quality.Hasher
	ids    []uint64
	shapes []quality.Shape
}

func (r *run) overlaps(ctx context.Context, layer string, s *sheet) error {
	progress := func(done, total int) { r.opt.Progress(StageTopology, done, total) }
	_, err := quality.Check(ctx, s.shapes, quality.DefaultThresholds(), overlay.IntersectionArea, progress, func(p quality.Pair) {
		f := Finding{Layer: layer, ID: s.ids[p.A], Other: s.ids[p.B], Warning: true}
		switch {
		case p.Err != nil:
			f.Code, f.Detail = "check.overlapUnknown", fmt.Sprintf("with %d: it cannot be measured: %v", f.Other, p.Err)
		case p.Duplicate:
			f.Code, f.Detail = "check.duplicate", fmt.Sprintf("the same shape as %d", f.Other)
		default:
			f.Code, f.Detail = "check.overlap", fmt.Sprintf("%.1f m² shared with %d", p.Area, f.Other)
		}
		r.found(f)
	})
	return err
}
