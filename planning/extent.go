package planning

import "math"

// kept is a part of the site on which a restriction allows so many floors.
type kept struct {
	share  float64
	floors float64
}

// keep notes what restrictions say of floors on a part of the site: those that were
// found, and none where nothing may be of any height. Such a part lies in whatever
// zone it does.
func (w *work) keep() {
	for i := range w.found {
		if f := &w.found[i]; f.restriction != nil && !f.restriction.everywhere() {
			w.kept = append(w.kept, kept{f.share, f.value})
		}
	}
	for i := range w.touching {
		if t := &w.touching[i]; t.Height != nil && *t.Height == 0 && t.binds() && !t.everywhere() {
			w.kept = append(w.kept, kept{*t.Share, 0})
		}
	}
}

// free is the ground, m², on which more than so many floors may stand. Whether
// restrictions lie on each other is not known: the largest counts.
func (w *work) free(floors float64) float64 {
	most := 0.0
	for _, k := range w.kept {
		if k.floors <= floors {
			most = max(most, k.share)
		}
	}
	return w.site.Area * (1 - most)
}

// stacked is the floor area, m², of the footprint piled up to as many floors as may
// stand, with the tallest where no restriction is in the way: layer by layer no more
// than the ground on which that floor may stand. Where no number of floors is said,
// the floor area counts as it is.
func (w *work) stacked() float64 {
	total, from := 0.0, 0.0
	for i := range w.grounds {
		if g := &w.grounds[i]; g.answers[kindFloors].best < 0 {
			v, _ := g.floorArea()
			total += v
		}
	}
	for {
		to, layer := math.Inf(1), 0.0
		for i := range w.grounds {
			g := &w.grounds[i]
			if a := &g.answers[kindFloors]; a.best >= 0 && a.value > from {
				v, _ := g.foot()
				layer += v
				to = min(to, a.value)
			}
		}
		if layer == 0 {
			return total
		}
		for _, k := range w.kept {
			if k.floors > from {
				to = min(to, k.floors)
			}
		}
		total += (to - from) * min(layer, w.free(from))
		from = to
	}
}

// barren says which answer lets nothing stand on a piece of ground; "" = none does.
func (g *ground) barren() string {
	for _, k := range [...]kind{kindFloors, kindHeight} {
		if a := &g.answers[k]; a.best >= 0 && a.value == 0 {
			return kindTable[k].Name
		}
	}
	return ""
}

// foot is what may be built over of a piece of ground, m², and what says so; "" where
// nothing does, and it is then the whole of it.
func (g *ground) foot() (float64, string) {
	if by := g.barren(); by != "" {
		return 0, by
	}
	if a := &g.answers[kindDensity]; a.best >= 0 {
		return g.area * a.value / 100, "density"
	}
	return g.area, ""
}

// floorArea is that of a piece of ground by its own numbers, m², and what says so; ""
// where nothing does.
func (g *ground) floorArea() (area float64, by string) {
	if by := g.barren(); by != "" {
		return 0, by
	}
	if a := &g.answers[kindFAR]; a.best >= 0 {
		area, by = g.area*a.value, "far"
	}
	foot, on := g.foot()
	if a := &g.answers[kindFloors]; on != "" && a.best >= 0 {
		if v := foot * a.value; by == "" || v < area-0.005 {
			area, by = v, "density×floors"
		}
	}
	return area, by
}

// extents are the density and the FAR as m². Each part takes its own numbers. The
// whole is their sum, and no more than restrictions on a part of the site leave.
func (w *work) extents() (footprint, floors Extent) {
	footprint.Parts, floors.Parts = make([]Built, 0, len(w.grounds)), make([]Built, 0, len(w.grounds))
	if w.failed {
		return footprint, floors
	}
	sum := [2]float64{}
	whole := [2]bool{w.site.Area > 0 && len(w.grounds) > 0, w.site.Area > 0 && len(w.grounds) > 0}
	add := func(n int, to *Extent, g *ground, v float64, by string) {
		b := Built{Area: round(g.area, 2)}
		if g.lead != nil {
			b.Zone = g.lead.Zone.label()
		}
		if by != "" {
			v = round(v, 2)
			b.Max, b.By = &v, &by
			sum[n] += v
		}
		whole[n] = whole[n] && by != "" && g.exact
		to.Parts = append(to.Parts, b)
	}
	covered := 0.0
	for i := range w.grounds {
		g := &w.grounds[i]
		covered += g.share
		v, by := g.foot()
		add(0, &footprint, g, v, by)
		v, by = g.floorArea()
		add(1, &floors, g, v, by)
	}
	if len(w.kept) > 0 {
		sum[0] = min(sum[0], w.free(0))
		sum[1] = min(sum[1], w.stacked())
	}
	for n, to := range [2]*Extent{&footprint, &floors} {
		if whole[n] && covered >= near {
			v := round(sum[n], 2)
			to.Max = &v
		}
	}
	return footprint, floors
}
