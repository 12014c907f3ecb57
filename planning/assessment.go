package planning

import "github.com/langbiang/langbiang/spatial"

// Outcome says whether a question has an answer.
type Outcome string

const (
	Answered     Outcome = "answered"
	NoData       Outcome = "noData"       // nothing is known: not the same as no restriction
	CannotAssess Outcome = "cannotAssess" // something is known and could not be worked out
	NotBuildable Outcome = "notBuildable" // the answer is that nothing may be built
)

// Assessment is what may be built on a site and why: the card's "planning".
type Assessment struct {
	Floors       Limit         `json:"floors"`
	Height       Limit         `json:"height"`  // m
	Density      Limit         `json:"density"` // % of the parcel under main buildings
	FAR          Limit         `json:"far"`
	Footprint    Extent        `json:"footprint"` // what the density comes to
	FloorArea    Extent        `json:"floorArea"` // what the FAR, or density and floors, come to
	Setbacks     []Setback     `json:"setbacks"`
	Requirements []Requirement `json:"requirements"` // least lot, frontage, green share, distances
	Conversion   []Conversion  `json:"conversion"`
	Zones        []ZoneShare   `json:"zones"`
	Findings     []Finding     `json:"findings"` // contradictions in the plans
	Themes       Themes        `json:"themes"`
}

// Limit is one number with its reasons. Max is the strictest over the parcel's
// parts; null unless the outcome is answered or notBuildable.
type Limit struct {
	Outcome        Outcome  `json:"outcome"`
	Max            *float64 `json:"max"`
	Status         *string  `json:"status"` // of the number: verified, secondary, unverified, demo
	Because        *Reason  `json:"because"`
	AlsoConsidered []Also   `json:"alsoConsidered"`
	Unknown        []string `json:"unknown"`     // inputs that were not known
	Could          []Could  `json:"could"`       // what knowing them could change
	Assumptions    []string `json:"assumptions"` // parcelIsLot, heightAsAllowed, roadWidthMeasured
	Parts          []Part   `json:"parts"`
}

// Reason is what a number rests on.
type Reason struct {
	Rule        string    `json:"rule"` // the rule's code: "zone" or "restriction" where one of these says it
	Title       string    `json:"title"`
	Pack        *string   `json:"pack"` // the rule pack it stands in
	Document    *Document `json:"document"`
	Article     *string   `json:"article"`
	Zone        *string   `json:"zone"`        // the zone's code
	Restriction *string   `json:"restriction"` // the restriction's code
	Share       float64   `json:"share"`       // of the parcel, 0…1
}

// Also is a limit that was looked at and did not bind.
type Also struct {
	Max         float64 `json:"max"`
	Rule        string  `json:"rule"`
	Title       string  `json:"title"`
	Zone        *string `json:"zone"`
	Restriction *string `json:"restriction"`
	Status      string  `json:"status"`
	YieldsTo    *string `json:"yieldsTo"` // the zone of the plan that prevails over this one's
}

// Least is a minimum that was looked at and did not bind.
type Least struct {
	Min         float64 `json:"min"`
	Rule        string  `json:"rule"`
	Title       string  `json:"title"`
	Zone        *string `json:"zone"`
	Restriction *string `json:"restriction"`
	Status      string  `json:"status"`
	YieldsTo    *string `json:"yieldsTo"`
}

// Could is what a rule would say if an input were known: something from From to To
// (null = without end). Applies is "yes" where the rule holds and its number alone
// is open, "maybe" where it may not apply at all.
type Could struct {
	Input   string   `json:"input"`
	Rule    string   `json:"rule"`
	Title   string   `json:"title"`
	Limit   string   `json:"limit"`
	From    float64  `json:"from"`
	To      *float64 `json:"to"`
	Unit    string   `json:"unit"`
	Applies string   `json:"applies"`
	Status  string   `json:"status"`
	Could   string   `json:"could"` // the same in one line: "setback.front 0–6 m"
}

// Part is the answer for one part of the parcel: in one zone, under one
// restriction, or outside all zones (both null).
type Part struct {
	Zone        *string  `json:"zone"`
	Restriction *string  `json:"restriction"`
	Area        float64  `json:"area"`
	Share       float64  `json:"share"`
	Max         *float64 `json:"max"`
	Status      *string  `json:"status"`
	Because     *Reason  `json:"because"`
}

// Extent is a limit as ground or floor, m². Max is null where a part of the parcel
// has no number, or it is not known how large the parts are. It is less than the sum
// of the parts where restrictions keep ground clear or low, whichever part that is in.
type Extent struct {
	Max   *float64 `json:"max"`
	Parts []Built  `json:"parts"`
}

// Built is what may be built on one part.
type Built struct {
	Zone *string  `json:"zone"`
	Area float64  `json:"area"` // of the part, m²
	Max  *float64 `json:"max"`  // m²
	By   *string  `json:"by"`   // density, far, density×floors, or floors or height where nothing may stand
}

// Setback is how far a building keeps from one side.
type Setback struct {
	Side           string   `json:"side"` // front, side, rear
	Outcome        Outcome  `json:"outcome"`
	Min            *float64 `json:"min"` // m
	Status         *string  `json:"status"`
	Because        *Reason  `json:"because"`
	AlsoConsidered []Least  `json:"alsoConsidered"`
	Unknown        []string `json:"unknown"`
	Could          []Could  `json:"could"`
	Assumptions    []string `json:"assumptions"`
}

// Requirement is a minimum that is not a setback: of the lot, its frontage, its
// green share, or the distance between buildings.
type Requirement struct {
	Limit          string   `json:"limit"` // minLotArea, minFrontage, minFloors, greenRatio, distance.long, distance.gable
	Unit           string   `json:"unit"`
	Outcome        Outcome  `json:"outcome"`
	Min            *float64 `json:"min"`
	Has            *float64 `json:"has"` // what the parcel has, where that is known
	Met            *bool    `json:"met"` // null = not known
	Status         *string  `json:"status"`
	Because        *Reason  `json:"because"`
	AlsoConsidered []Least  `json:"alsoConsidered"`
	Unknown        []string `json:"unknown"`
	Could          []Could  `json:"could"`
	Assumptions    []string `json:"assumptions"`
}

// Conversion compares present use with planned use on one part.
type Conversion struct {
	Part     string    `json:"part"`    // the zone's code
	Outcome  string    `json:"outcome"` // agrees, mayApply, notInPlan, noData
	Present  *string   `json:"present"`
	Planned  *string   `json:"planned"`
	Share    float64   `json:"share"`
	Plan     *string   `json:"plan"`
	Period   Years     `json:"period"` // of the plan
	Document *Document `json:"document"`
	Status   *string   `json:"status"`
	YieldsTo *string   `json:"yieldsTo"` // the zone of the plan whose use prevails over this one's
}

// Years are the days that a plan is made for; null = it does not say.
type Years struct {
	From *spatial.Date `json:"from"`
	To   *spatial.Date `json:"to"`
}

// ZoneShare is one zone the parcel lies in, largest share first.
type ZoneShare struct {
	ID          string    `json:"id"`
	Code        *string   `json:"code"`
	Name        *string   `json:"name"`
	Use         *string   `json:"use"`
	Plan        *string   `json:"plan"`
	Level       *string   `json:"level"`
	LegalStatus *string   `json:"legalStatus"`
	Area        *float64  `json:"area"` // m²; null where it could not be worked out
	Share       *float64  `json:"share"`
	Document    *Document `json:"document"`
	Status      *string   `json:"status"`
}

// Finding is something for people to settle: "plansOverlap"
// where several plans of one level speak of the same ground and none says that it
// prevails, "zonesOverlap" where zones of one plan do. The stricter holds until then.
// "rulesUnread" names rule packs that are recorded and cannot be read: what they say
// is missing from the answer.
type Finding struct {
	Kind  string   `json:"kind"`
	Level *string  `json:"level"`
	Plans []string `json:"plans"`
	Zones []string `json:"zones"`
	Packs []string `json:"packs"`
}

// Document is a document as cited.
type Document struct {
	ID        string        `json:"id"`
	Number    *string       `json:"number"`
	Title     *string       `json:"title"`
	Authority *string       `json:"authority"`
	Date      *spatial.Date `json:"date"`
	URL       *string       `json:"url"`
	Status    *string       `json:"status"`
}

// Themes lists what was looked at: what concerns the site, what does not, and
// what there is no data about. Only the last means "not known".
type Themes struct {
	Concerned    []string `json:"concerned"`
	NotConcerned []string `json:"notConcerned"`
	NoData       []string `json:"noData"`
}
