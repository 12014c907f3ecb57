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
	Floors     Limit        `json:"floors"`
	Height     Limit        `json:"height"`  // m
	Density    Limit        `json:"density"` // % of the parcel under main buildings
	FAR        Limit        `json:"far"`
	Setbacks   []Setback    `json:"setbacks"`
	Conversion []Conversion `json:"conversion"`
	Zones      []ZoneShare  `json:"zones"`
	Themes     Themes       `json:"themes"`
}

// Limit is one number with its reasons. Max is the strictest over the parcel's
// parts; null unless the outcome is answered or notBuildable.
type Limit struct {
	Outcome        Outcome  `json:"outcome"`
	Max            *float64 `json:"max"`
	Status         *string  `json:"status"` // of the number: verified, secondary, unverified, demo
	Because        *Reason  `json:"because"`
	AlsoConsidered []Also   `json:"alsoConsidered"`
	Unknown        []string `json:"unknown"` // inputs that were not known
	Parts          []Part   `json:"parts"`
}

// Reason is what a number rests on.
type Reason struct {
	Rule     string    `json:"rule"` // code of the rule: "zone" where the zone itself says it
	Title    string    `json:"title"`
	Document *Document `json:"document"`
	Article  *string   `json:"article"`
	Zone     *string   `json:"zone"`  // the zone's code
	Share    float64   `json:"share"` // of the parcel, 0…1
}

// Also is a limit that was looked at and did not bind.
type Also struct {
	Max  float64 `json:"max"`
	Rule string  `json:"rule"`
	Zone *string `json:"zone"`
}

// Part is the answer for the part of the parcel in one zone.
type Part struct {
	Zone    *string  `json:"zone"`
	Area    float64  `json:"area"`
	Share   float64  `json:"share"`
	Max     *float64 `json:"max"`
	Because *Reason  `json:"because"`
}

// Setback is how far a building keeps from one side.
type Setback struct {
	Side    string   `json:"side"` // front, side, rear
	Outcome Outcome  `json:"outcome"`
	Min     *float64 `json:"min"` // m
	Because *Reason  `json:"because"`
}

// Conversion compares present use with planned use on one part.
type Conversion struct {
	Part     string    `json:"part"`    // the zone's code
	Outcome  string    `json:"outcome"` // agrees, mayApply, notInPlan, noData
	Present  *string   `json:"present"`
	Planned  *string   `json:"planned"`
	Share    float64   `json:"share"`
	Document *Document `json:"document"`
}

// ZoneShare is one zone the parcel lies in, largest share first.
type ZoneShare struct {
	ID          string    `json:"id"`
	Code        *string   `json:"code"`
	Name        *string   `json:"name"`
	Use         *string   `json:"use"`
	Plan        *string   `json:"plan"`
	LegalStatus *string   `json:"legalStatus"`
	Area        *float64  `json:"area"` // m²; null where it could not be worked out
	Share       *float64  `json:"share"`
	Document    *Document `json:"document"`
	Status      *string   `json:"status"`
}

// Document is a document as cited.
type Document struct {
	ID        string        `json:"id"`
	Number    *string       `json:"number"`
	Title     *string       `json:"title"`
	Authority *string       `json:"authority"`
	Date      *spatial.Date `json:"date"`
	Status    *string       `json:"status"`
}

// Themes lists what was looked at: what concerns the site, what does not, and
// what there is no data about. Only the last means "not known".
type Themes struct {
	Concerned    []string `json:"concerned"`
	NotConcerned []string `json:"notConcerned"`
	NoData       []string `json:"noData"`
}
