package importers

import (
	"context"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// topology holds the polygons of the delivery that were taken, to find the ground
// that two of them claim.
type topology struct {
	on     bool
	gaps   quality.GapBounds // zero where gaps are none: most layers do not cover the ground
	plane  spatial.SRID      // that shapes are compared in
	many   bool              // several files: findings name theirs
	shapes []quality.Shape
	rows   []location
	timing Timing
}

// location is what a finding says of a row.
type location struct {
	src *source
	row int
	key string
	at  orb.Point
}

func newTopology(l spatial.Layer, plane spatial.SRID, gap gapRule, many bool) *topology {
	t := &topology{on: l.Shape == spatial.Polygons, plane: plane, many: many, timing: Timing{Stage: StageTopology}}
	if l.Name == parcels.LayerName {
		t.gaps = gap.bounds()
	}
	return t
}

func (t *topology) add(p *prepared) {
	if !t.on {
		return
	}
	at, _ := centre(p.feature.Display)
	shape := quality.Shape{Geometry: p.feature.Legal, Area: p.feature.Area, Hash: p.shape}
	// Files of one delivery may be of two zones; their shapes meet in one plane only.
	if p.feature.SRID != t.plane {
		if to, err := crs.To(t.plane); err == nil {
			shape.Geometry = crs.Geometry(shape.Geometry, func(q orb.Point) orb.Point { return to(p.src.crs.toWGS(q)) })
			shape.Hash = quality.Hash(shape.Geometry)
		}
	}
	t.shapes = append(t.shapes, shape)
	t.rows = append(t.rows, location{p.src, p.row, p.feature.Key, at})
}

// check notes "duplicate" and "overlap", "overlap.unknown" where the shared area
// could not be computed, and "gap".
func (t *topology) check(ctx context.Context, progress func(done, total int), note func(Finding)) error {
	if !t.on {
		return nil
	}
	began := time.Now()
	tally, err := quality.Check(ctx, t.shapes, quality.DefaultThresholds(), overlay.IntersectionArea, progress, func(p quality.Pair) {
		a, b := &t.rows[p.A], &t.rows[p.B]
		f := Finding{Code: "overlap", Severity: Warning, Row: b.row, Reference: b.key, At: &b.at, Other: a.row, Area: p.Area}
		switch {
		case p.Duplicate:
			f.Code = "duplicate"
		case p.Err != nil:
			f.Code, f.Detail = "overlap.unknown", shorten(p.Err.Error())
		}
		if t.many {
			f.File = b.src.name
		}
		if a.src != b.src {
			f.Detail = fmt.Sprintf("%s:%d", a.src.name, a.row) // the other row's file
		}
		note(f)
	})
	if err == nil {
		err = quality.Gaps(ctx, t.shapes, t.gaps, progress, func(g quality.Gap) {
			a, b := &t.rows[g.A], &t.rows[g.B]
			f := Finding{Code: "gap", Severity: Warning, Row: b.row, Reference: b.key, At: &b.at, Other: a.row, Area: g.Area, Detail: fmt.Sprintf("%.2f m × %.1f m", g.Width, g.Length)}
			if from, err := crs.From(t.plane); err == nil {
				at := from(g.At)
				f.At = &at
			}
			if t.many {
				f.File = b.src.name
			}
			if a.src != b.src {
				f.Detail += fmt.Sprintf(", %s:%d", a.src.name, a.row)
			}
			note(f)
		})
	}
	t.shapes = nil
	t.timing.Seconds, t.timing.Rows = time.Since(began).Seconds(), tally.Measured
	return err
}
