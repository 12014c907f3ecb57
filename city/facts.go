package city

import (
	"slices"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial/index"
)

// Facts are what is worked out of a parcel beyond its record: the numbers of its
// card, for those who ask about many parcels. nil and "" = no number, not known.
type Facts struct {
	Outcome                                            planning.Outcome // of the floors
	Floors, Height, Density, FAR, Footprint, FloorArea *float64         // the strictest; m, %, –, m², m²
	Status                                             string           // of the floors' number
	Rule                                               string           // the rule that binds the floors
	Zones                                              []string         // codes of the zones that bind, largest share first
	PlannedUses                                        []string         // their uses in the same order, each once
	// Conversion is the least favourable of the parts: agrees, mayApply, notInPlan,
	// noData, in this order. Zones that do not bind count where none does.
	Conversion          string
	Frontage, RoadWidth *float64 // along the main street, and its width, as on the card, m
	Ward                string   // code
	// BuiltFloorArea is that of the buildings on the parcel, each by its ground there
	// times its levels, m²; nil = the view has no buildings.
	BuiltFloorArea *float64
}

// Facts are the facts of one parcel, worked out from nothing. NotFound
// "parcel.unknown"; Internal "parcel.shape" where its shape is none.
func (c *City) Facts(v index.View, id uint64) (Facts, error) {
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		return Facts{}, unknownParcel("work out a parcel's facts", id)
	}
	s := c.scene(v)
	l, err := s.Lie(it, Lie{}, Whole)
	if err != nil {
		return Facts{}, err
	}
	return s.Facts(it, l), nil
}

// Facts are the facts of a parcel of the scene's view that lies so.
func (s *Scene) Facts(it index.Item, l Lie) Facts {
	a := s.assess(parcels.Read(it.ID(), it.Area(), it), &l, "vi")
	f := Facts{Outcome: a.Floors.Outcome, Floors: a.Floors.Max, Height: a.Height.Max, Density: a.Density.Max, FAR: a.FAR.Max,
		Footprint: a.Footprint.Max, FloorArea: a.FloorArea.Max,
		Frontage: l.Frontage, RoadWidth: l.RoadWidth, Ward: l.Ward, BuiltFloorArea: l.Built}
	if a.Floors.Status != nil {
		f.Status = *a.Floors.Status
	}
	if a.Floors.Because != nil {
		f.Rule = a.Floors.Because.Rule
	}
	f.zones(&a)
	return f
}

// zones tells of the zones that bind, and how the present use agrees with them. An
// assessment's conversions are those of its zones whose share is known.
func (f *Facts) zones(a *planning.Assessment) {
	var bound, other string
	n := 0
	for i := range a.Zones {
		z := &a.Zones[i]
		if z.Share == nil {
			continue
		}
		k := &a.Conversion[n]
		n++
		if z.LegalStatus != nil && *z.LegalStatus != "inForce" {
			other = worse(other, k.Outcome)
			continue
		}
		bound = worse(bound, k.Outcome)
		f.Zones = append(f.Zones, k.Part)
		if z.Use != nil && !slices.Contains(f.PlannedUses, *z.Use) {
			f.PlannedUses = append(f.PlannedUses, *z.Use)
		}
	}
	switch {
	case bound != "":
		f.Conversion = bound
	case other != "":
		f.Conversion = other
	default:
		f.Conversion = "noData"
	}
}

// worse is the less favourable of two outcomes of a conversion; "" is none.
func worse(a, b string) string {
	order := [...]string{"", "agrees", "mayApply", "notInPlan", "noData"}
	if slices.Index(order[:], b) > slices.Index(order[:], a) {
		return b
	}
	return a
}
