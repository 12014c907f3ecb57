package city

import "github.com/langbiang/langbiang/planning"

// Facts is what was worked out of a parcel ahead of being asked: the numbers of its
// assessment, and how it lies. Lengths are metres, areas m²; nil and "" = not known.
type Facts struct {
	Outcome                                            planning.Outcome // of the floors
	Floors, Height, Density, FAR, Footprint, FloorArea *float64
	Status, Rule                                       string   // of the floors: how sure, and what says it
	Zones, PlannedUses                                 []string // codes; the zone of the largest share first
	Conversion                                         string   // agrees, mayApply, notInPlan, noData
	Frontage, RoadWidth                                *float64
	Ward                                               string   // code of the ward that the parcel's inner point lies in
	BuiltFloorArea                                     *float64 // of the buildings on it
}
