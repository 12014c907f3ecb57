package city

import (
	"strconv"

	"github.com/langbiang/langbiang/parcels/frontage"
)

// Frontage is how the parcel lies to its streets, inferred from the shapes of
// parcels, roads and water; docs/frontage.md says how. Lengths are metres.
type Frontage struct {
	Length           *float64       `json:"length"` // along the main street; null = none is known
	Depth            *float64       `json:"depth"`  // square from the main front
	Streets          []FacedStreet  `json:"streets"`
	Corner           bool           `json:"corner"`
	Through          bool           `json:"through"`    // fronts back to back
	Landlocked       bool           `json:"landlocked"` // closed in on all sides; false does not say that there is a street
	Edges            []FrontageEdge `json:"edges"`
	AdjoiningSameUse *bool          `json:"adjoiningSameUse"` // a neighbour has the same main use: the lot of a rule may be larger
	SameUse          []string       `json:"sameUse"`          // ids of those neighbours
	Confidence       string         `json:"confidence"`       // high, medium, low
	Notes            []string       `json:"notes"`            // codes that say why
}

// FacedStreet is a street that the parcel faces, the main one first.
type FacedStreet struct {
	ID          *string  `json:"id"`     // of the road's record; null = known from its ground alone
	Parcel      *string  `json:"parcel"` // id of the road parcel it is known from
	Name        *string  `json:"name"`
	Class       *string  `json:"class"`
	Alley       bool     `json:"alley"`
	Width       *float64 `json:"width"`
	WidthSource string   `json:"widthSource"` // record, measured, mark (a planner's correction), unknown
	Gap         *float64 `json:"gap"`         // between the parcels on both sides, measured, whatever the record says
	Length      float64  `json:"length"`
}

// FrontageEdge is a nearly straight run of the outline.
type FrontageEdge struct {
	Kind   string  `json:"kind"`  // front, side, rear, unknown
	Faces  string  `json:"faces"` // street, parcel, strip, water, nothing
	Length float64 `json:"length"`
	Street *int    `json:"street"` // which of the streets, from 0
	Beside *string `json:"beside"` // id of the parcel beside it
	Mark   *string `json:"mark"`   // id of the planner's mark that corrects it; null = it is as inferred
}

// frontageOf is how a parcel lies to its streets; null where the view has nothing
// to tell it from.
func frontageOf(r frontage.Result) *Frontage {
	if r.Confidence == frontage.None {
		return nil
	}
	f := &Frontage{Length: r.Frontage, Depth: r.Depth, Streets: []FacedStreet{}, Corner: r.Corner, Through: r.Through, Landlocked: r.Landlocked,
		Edges: []FrontageEdge{}, AdjoiningSameUse: r.AdjoiningSameUse, SameUse: []string{}, Confidence: string(r.Confidence), Notes: []string{}}
	for _, s := range r.Streets {
		f.Streets = append(f.Streets, FacedStreet{ID: known(s.RoadID), Parcel: known(s.Parcel), Name: optional(s.Name), Class: optional(s.Class),
			Alley: s.Alley, Width: s.Width, WidthSource: s.WidthSource, Gap: s.Gap, Length: s.Length})
	}
	for i := range r.Edges {
		f.Edges = append(f.Edges, edgeOf(&r.Edges[i]))
	}
	for _, id := range r.SameUse {
		f.SameUse = append(f.SameUse, strconv.FormatUint(id, 10))
	}
	f.Notes = append(f.Notes, r.Notes...)
	return f
}

func edgeOf(e *frontage.Edge) FrontageEdge {
	edge := FrontageEdge{Kind: string(e.Kind), Faces: string(e.Faces), Length: e.Length, Beside: known(e.Beside), Mark: known(e.Mark)}
	if e.Street >= 0 {
		edge.Street = &e.Street
	}
	return edge
}

// known is an id as JSON has it; null for 0.
func known(id uint64) *string {
	if id == 0 {
		return nil
	}
	s := strconv.FormatUint(id, 10)
	return &s
}
