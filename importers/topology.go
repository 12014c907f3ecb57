package importers

import (
	"context"
	"fmt"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/quality"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// topology holds the polygons of the delivery that were taken, to find the ground
// that two of them claim.
type topology struct {
	on     bool
	many   bool // several files: findings name theirs
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

func newTopology(s spatial.Shape, many bool) *topology {
	return &topology{on: s == spatial.Polygons, many: many, timing: Timing{Stage: StageTopology}}
}

func (t *topology) add(p *prepared) {
	if !t.on {
		return
	}
	at, _ := centre(p.feature.Display)
	t.shapes = append(t.shapes, quality.Shape{Geometry: p.feature.Legal, Area: p.feature.Area, Hash: p.shape})
	t.rows = append(t.rows, location{p.src, p.row, p.feature.Key, at})
}

// check notes "duplicate" and "overlap", and "overlap.unknown" where the shared
// area could not be computed.
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
	t.shapes = nil
	t.timing.Seconds, t.timing.Rows = time.Since(began).Seconds(), tally.Measured
	return err
}
