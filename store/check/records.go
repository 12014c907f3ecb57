package check

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"golang.org/x/text/unicode/norm"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// records reads every present record of every layer and derives again what was
// derived when it was written.
func (r *run) records(ctx context.Context) error {
	total, done := 0, 0
	for _, l := range r.walk.last {
		if l.after != nil {
			total++
		}
	}
	for i := range r.layers {
		l := &r.layers[i]
		present := map[uint64]bool{}
		var before uint64
		for f, err := range r.store.Scan(ctx, l.Name, spatial.AsOf{}, nil, 0) {
			if err != nil {
				return err
			}
			if f.ID <= before {
				r.broken("check.scanOrder", l.Name, f.ID, nil, "it follows record %d", before)
			}
			before, present[f.ID] = f.ID, true
			r.record(l, &f)
			if done++; done%1000 == 0 {
				r.opt.Progress(StageRecords, done, max(total, done))
			}
		}
		r.sum.Records[l.Name] = len(present)
		if err := r.absent(ctx, l.Name, present); err != nil {
			return err
		}
	}
	r.opt.Progress(StageRecords, done, done)
	return nil
}

// absent looks for records that the log shows present and the scan did not: only
// where nothing was written since the log was walked.
func (r *run) absent(ctx context.Context, layer string, present map[uint64]bool) error {
	var missing []uint64
	for n, l := range r.walk.last {
		if n.layer == layer && l.after != nil && !present[n.id] {
			missing = append(missing, n.id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	head, err := r.store.Head(ctx)
	if err != nil || head != r.walk.head {
		return err
	}
	slices.Sort(missing)
	for _, id := range missing {
		r.broken("check.recordMissing", layer, id, nil, "the log shows it present, and it is not there")
	}
	return nil
}

// record checks one present record.
func (r *run) record(l *spatial.Layer, f *spatial.Feature) {
	at := pointOf(f.Display)
	bad := func(code, detail string, args ...any) { r.broken(code, l.Name, f.ID, at, detail, args...) }

	if f.ID == 0 || f.ID > spatial.MaxID || f.Version < 1 {
		bad("check.recordName", "id %d, version %d", f.ID, f.Version)
	}
	if f.Rev <= r.walk.head { // else it was written after the log was walked
		n := name{l.Name, f.ID}
		if f.Rev == 0 || r.walk.of[f.Rev-1] != n {
			bad("check.recordLog", "it says revision %d, whose log row is about something else", f.Rev)
		} else if w := r.walk.last[n]; !sameBox(w.after, boxOf(f.Display)) {
			bad("check.recordBox", "it lies elsewhere than revision %d of the log says", w.rev)
		}
	}
	if _, ok := r.imports[f.Import]; !ok && f.Import != 0 && f.Rev <= r.walk.head {
		bad("check.recordImport", "it names import %d, which is not there", f.Import)
	}
	if r.opt.Today != "" && f.Valid.From > r.opt.Today {
		bad("check.recordEarly", "it is present, and valid only from %s", f.Valid.From)
	}
	r.shape(l, f, bad)
	r.values(l, f, bad)
}

// shape checks that display shape and area follow from the legal shape.
func (r *run) shape(l *spatial.Layer, f *spatial.Feature, bad func(string, string, ...any)) {
	if (f.Legal == nil) != (f.Display == nil) || (f.Legal == nil) != (f.SRID == 0) {
		bad("check.shapeHalf", "legal shape %t, display shape %t, plane EPSG:%d", f.Legal != nil, f.Display != nil, f.SRID)
		return
	}
	if f.Legal == nil {
		if l.Shape != spatial.NoShape && f.Area != 0 {
			bad("check.area", "it has no shape and an area of %v m²", f.Area)
		}
		return
	}
	if !fits(l.Shape, f.Legal) {
		bad("check.shapeType", "a layer of shape %q holds a %s", l.Shape, f.Legal.GeoJSONType())
	}
	if !crs.Metric(f.SRID) {
		bad("check.plane", "EPSG:%d is no plane to measure in", f.SRID)
		return
	}
	if f.Derived && r.place.Plane != 0 && f.SRID != r.place.Plane {
		r.found(Finding{Code: "check.derivedPlane", Warning: true, Layer: l.Name, ID: f.ID, At: pointOf(f.Display),
			Detail: fmt.Sprintf("its shape was made in EPSG:%d, the place's plane is now EPSG:%d", f.SRID, r.place.Plane)})
	}
	display, err := crs.Display(f.Legal, f.SRID)
	switch {
	case err != nil:
		bad("check.display", "its legal shape cannot be shown: %v", err)
	case !orb.Equal(display, f.Display):
		bad("check.display", "its display shape is not that of its legal shape")
	}
	if a := overlay.Area(f.Legal); a != f.Area {
		bad("check.area", "its area is %v m², its legal shape has %v m²", f.Area, a)
	}
	for _, fault := range overlay.Faults(f.Legal) {
		bad("check.invalid", "%s", fault.Code)
	}
}

// fits reports whether a layer of a shape may hold a geometry.
func fits(s spatial.Shape, g orb.Geometry) bool {
	switch s {
	case spatial.AnyShape:
		return true
	case spatial.NoShape:
		return false
	}
	dims := map[spatial.Shape]int{spatial.Points: 0, spatial.Lines: 1, spatial.Polygons: 2}
	return g.Dimensions() == dims[s]
}

// values checks each attribute against its field.
func (r *run) values(l *spatial.Layer, f *spatial.Feature, bad func(string, string, ...any)) {
	if len(f.Values) != len(l.Fields) {
		bad("check.values", "%d values for %d fields", len(f.Values), len(l.Fields))
		return
	}
	for i, v := range f.Values {
		d := &l.Fields[i]
		if v.IsNull() {
			continue
		}
		if v.Type() != d.Type {
			bad("check.valueType", "%s is a %s, not a %s", d.Name, v.Type(), d.Type)
			continue
		}
		if n, ok := v.Number(); ok && (math.IsNaN(n) || d.Min != nil && n < *d.Min || d.Max != nil && n > *d.Max) {
			bad("check.valueRange", "%s is %v", d.Name, v)
		}
		if d.Type == spatial.TypeText {
			if s := v.Text(); !norm.NFC.IsNormalString(s) {
				bad("check.valueText", "%s is not in composed letters (NFC)", d.Name)
			} else if d.OneOf != nil && !slices.Contains(d.OneOf, s) {
				bad("check.valueOneOf", "%s is %q, which is none of %v", d.Name, s, d.OneOf)
			}
		}
	}
}

func boxOf(g orb.Geometry) *orb.Bound {
	if g == nil {
		return nil
	}
	b := g.Bound()
	return &b
}

// pointOf is a place to look at: the middle of the shape's box, WGS 84.
func pointOf(g orb.Geometry) *orb.Point {
	if g == nil || g.Bound().IsEmpty() {
		return nil
	}
	c := g.Bound().Center()
	return &c
}
