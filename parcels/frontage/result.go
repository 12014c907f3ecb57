package frontage

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Kind is what an edge is to its parcel.
type Kind string

const (
	Front   Kind = "front"   // faces a street
	Side    Kind = "side"    // neither front nor rear
	Rear    Kind = "rear"    // lies opposite to the main front
	Unknown Kind = "unknown" // no street is known, so nothing is opposite to it
)

// Faces is what lies on the outer side of an edge.
type Faces string

const (
	FacesStreet  Faces = "street"
	FacesParcel  Faces = "parcel"
	FacesStrip   Faces = "strip" // a parcel so thin that it may be a lane or a ditch
	FacesWater   Faces = "water"
	FacesNothing Faces = "nothing" // no parcel, no street and no water is recorded there
)

// Confidence says how much the answer rests on.
type Confidence string

const (
	High   Confidence = "high"
	Medium Confidence = "medium"
	Low    Confidence = "low"
	None   Confidence = "none" // there was nothing to work it out from
)

// Where a street's width comes from.
const (
	Record   = "record"   // the road's own record
	Measured = "measured" // the gap between the parcels, to half a metre
	Marked   = "mark"     // a planner's correction
	NoWidth  = "unknown"
)

// Codes that explain an answer, as they stand in Result.Notes.
const (
	NoteShape        = "shape.invalid"    // the parcel has no ring that bounds ground
	NoteHoles        = "shape.holes"      // edges round holes are left out
	NoteParts        = "shape.parts"      // the parcel has several parts
	NoteNoRoads      = "roads.noData"     // the view has no roads and no road parcels
	NoteIsStreet     = "parcel.street"    // the parcel is itself ground of a street
	NoteIsStrip      = "parcel.strip"     // the parcel is itself so thin that it may be a lane or a ditch
	NoteRoadInside   = "road.inside"      // a road runs through the parcel
	NoteAlley        = "street.alley"     // the main street is an alley
	NoteNear         = "street.near"      // the main street runs near the edge, not along it
	NoteBehind       = "street.behind"    // between the main street and the parcel lies one that may be a lane or a ditch
	NoteStrip        = "street.parcel"    // the main street is known from a parcel it has as ground
	NoteUnrecorded   = "street.noRecord"  // and no road of the records runs there
	NoteMeasured     = "width.measured"   // of the main street
	NoteRough        = "width.rough"      // measured, and the measures differ much
	NoteDiffers      = "width.differs"    // recorded, and the gap is more than a quarter and 2 m off
	NoteNoWidth      = "width.unknown"    // of the main street
	NoteClose        = "street.close"     // another street of its class is faced by nearly the same length
	NoteInexact      = "boundary.inexact" // neighbours lie up to half a metre off
	NoteOverlap      = "boundary.overlap" // parcels overlap
	NoteOpen         = "edge.nothing"     // nothing is recorded beside part of the outline
	NoteStripUnknown = "edge.strip"       // a parcel beside it may be a lane or a ditch: nothing says which
	NoteWater        = "edge.water"       // part of the outline lies on water
	NoteNoStreet     = "street.none"      // no street is found, and not all of the outline is closed in
	NoteCorrected    = "corrected"        // a planner's mark corrects an edge
	NoteDisagree     = "mark.disagree"    // marks say different things of one edge, or of one street: the later holds
	NoteMarkRoad     = "mark.road"        // a mark names a road that is not recorded near
)

// Edge is a straight run of the outline beside one thing, or nearly straight: its
// pieces turn by no more than 20° in all. Edges of a part follow each other
// counter-clockwise.
type Edge struct {
	From, To orb.Point // in Result.Plane, m
	Length   float64   // m, along the outline
	Kind     Kind
	Faces    Faces
	Street   int    // index in Result.Streets; -1 = faces none of them
	Beside   uint64 // id of the parcel beside it; 0 = none. Of a street's edge: the road parcel between, if any
	Part     int    // which part of the parcel, from 0
	Mark     uint64 // id of the mark that corrects it; 0 = it is as inferred
}

// Street is a street that the parcel faces.
type Street struct {
	RoadID      uint64 // id of the road record with the longest share; 0 = known from a road parcel alone
	Parcel      uint64 // id of the road parcel it is known from; 0 = none
	Name, Class string // as recorded; "" = not recorded
	Alley       bool
	Width       *float64 // m between the parcels on both sides; nil = unknown
	WidthSource string   // Record, Measured, Marked, NoWidth
	Gap         *float64 // m, measured between the parcels, whatever the record says; nil = not closed on the other side
	Length      float64  // m of the parcel's edges that face it
}

// Neighbour is a parcel that shares an edge.
type Neighbour struct {
	ID      uint64
	Shared  float64 // m
	Use     string  // its main use; "" = unknown
	SameUse *bool   // nil = not known
	Street  bool    // it is ground of a street
}

// Result is how one parcel lies. Lengths are metres, rounded to the centimetre.
type Result struct {
	Plane      spatial.SRID // of the edges' ends; 0 = a local frame about the middle of the parcel's box
	Edges      []Edge
	Frontage   *float64 // along the main street; nil = none is known
	Depth      *float64 // of the part that faces the main street, square from its front; nil = unknown
	Streets    []Street // the main one first
	Corner     bool     // edges that face two streets meet
	Through    bool     // fronts lie back to back
	Landlocked bool     // closed in by parcels and water, no road through it; false does not say that there is a street
	// AdjoiningSameUse is whether a neighbour has the same main use, so that the
	// lot of a planning rule may be larger than the parcel; nil = not known.
	AdjoiningSameUse *bool
	SameUse          []uint64    // ids of the neighbours of the same main use, rising
	Neighbours       []Neighbour // ids rising
	Marks            []Held      // the corrections that belong to it, the latest last
	Confidence       Confidence  // of Streets, Frontage and Landlocked
	Notes            []string    // codes of the constants above, sorted
}
