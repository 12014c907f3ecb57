package city

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Seal names the records that a parcel's card of today is made of, all of them: two
// views of one tier with the same seal of a parcel give the same card of it. It counts
// by the cells of stamps, so it may be another for a change beside what the card shows.
// It means something in one process only, and to one City.
type Seal struct {
	origin *index.Origin
	rev    spatial.Revision // the highest that touched any of them
	roads  bool             // there are some, wherever
}

// Seal is the seal of a parcel's card; false where the view has no such parcel, or no
// stamps to tell by.
func (c *City) Seal(v index.View, id uint64) (Seal, bool) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok || v.Origin() == nil || index.Empty(it.Box()) {
		return Seal{}, false
	}
	s := Seal{origin: v.Origin(), rev: v.ChangedBeside(), roads: v.Count(RoadsLayer) > 0}
	// Records that a card looks up wherever they lie: by code, or to know what there is.
	for _, l := range [...]string{planning.PlansLayer, planning.DocumentsLayer, planning.RulePacksLayer, planning.RestrictionsLayer} {
		s.rev = max(s.rev, v.Changed(l))
	}
	for _, l := range [...]string{planning.ZonesLayer, WardsLayer} {
		s.rev = max(s.rev, v.Stamp(l, it.Box()))
	}
	around := sight(it.Box())
	for _, l := range [...]string{parcels.LayerName, RoadsLayer, WaterLayer, MarksLayer} {
		s.rev = max(s.rev, v.Stamp(l, around))
	}
	return s, true
}

// sight is a box (WGS 84) that holds all that bears on a parcel's frontage. It is
// generous: in its own plane a parcel's box is turned by the convergence of meridians,
// by less than a tenth of itself, and stamps have cells much larger than that.
func sight(b orb.Bound) orb.Bound {
	const degree = 110000.0 // m, a little less than one of latitude
	cos := max(0.01, math.Cos(max(math.Abs(b.Min[1]), math.Abs(b.Max[1]))*math.Pi/180))
	far := (2*frontage.Reach + max((b.Max[0]-b.Min[0])*cos, b.Max[1]-b.Min[1])*1.2*degree/10) / degree
	return orb.Bound{Min: orb.Point{b.Min[0] - far/cos, b.Min[1] - far}, Max: orb.Point{b.Max[0] + far/cos, b.Max[1] + far}}
}
