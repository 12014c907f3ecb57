package planning

import (
	"math"

	"github.com/langbiang/langbiang/spatial"
)

// Pack is a set of rules that are published together: what a rule pack file says.
// Compile checks it and makes it ready for use.
type Pack struct {
	ID         string
	Version    string
	Title      spatial.Name
	Valid      spatial.Period // days on which it holds
	Communes   []string       // codes of the communes it holds for; empty = the whole country
	Documents  []PackDocument
	Precedence Precedence
	Rules      []Rule
}

// PackDocument is a document that a pack's rules cite.
type PackDocument struct {
	ID, Number string
	Title      spatial.Name
	Authority  string
	Date       spatial.Date // of issue
	URL        string
	Status     string
}

// Precedence says which plan speaks where plans of several levels cover the same
// ground: the levels from the one that prevails down. No levels = none prevails.
type Precedence struct {
	Levels            []string // detailed, zoning, general
	Document, Article string
	Status            string
}

// Rule limits one number under conditions.
type Rule struct {
	Code     string // unique among all packs that are used together
	Title    spatial.Name
	Limits   string      // the limit's name: see Limits
	When     []Condition // all must hold
	Unless   []Condition // where all of these hold, the rule does not apply
	Value    Expression
	Document string // id of one of the pack's documents
	Article  string
	Status   string // verified, secondary, unverified, demo
	Source   string // where the number was read
}

// Condition is what one input must be: in a band, one of a set, or true or false.
type Condition struct {
	Input string
	Band  *Band    // for numbers
	In    []string // for texts
	Is    *bool    // for flags
}

// Expression is a rule's number: one of the three.
type Expression struct {
	Number  *float64
	Table   *Table
	Formula *Formula
}

// Table gives a number by one or two inputs, rows before columns.
type Table struct {
	Axes   []Axis
	Linear bool   // interpolate between the nearest values; else each band has its own
	Cells  []Cell // row by row
}

// Axis is one side of a table. Without interpolation its bands lie side by side and
// leave nothing out. With it, they are points in between a first "<=A" (or "<A")
// and a last ">=B" (or ">B"), which hold beyond the ends.
type Axis struct {
	Input string
	At    []Band
}

// Cell is one number of a table. Status "" = the rule's.
type Cell struct {
	Value  float64
	Status string
}

// kind is a limit, in the order in which limits are worked out: each may rest on
// those before it.
type kind uint8

const (
	kindHeight kind = iota
	kindDensity
	kindFAR
	kindFloors
	kindFront
	kindSide
	kindRear
	kindLotArea
	kindFrontage
	kindMinFloors
	kindGreen
	kindDistanceLong
	kindDistanceGable
	kindCount
)

// LimitInfo describes one thing that a rule can limit.
type LimitInfo struct {
	Name  string
	Unit  string
	Least bool    // the number is a minimum: the larger is the stricter
	Idle  float64 // a number that limits nothing: 100 % of density, 0 m of setback
}

// kindTable describes each kind, by its number.
var kindTable = [kindCount]LimitInfo{
	kindHeight:        {Name: "height", Unit: "m", Idle: math.Inf(1)},
	kindDensity:       {Name: "density", Unit: "%", Idle: 100},
	kindFAR:           {Name: "far", Idle: math.Inf(1)},
	kindFloors:        {Name: "floors", Idle: math.Inf(1)},
	kindFront:         {Name: "setback.front", Unit: "m", Least: true},
	kindSide:          {Name: "setback.side", Unit: "m", Least: true},
	kindRear:          {Name: "setback.rear", Unit: "m", Least: true},
	kindLotArea:       {Name: "minLotArea", Unit: "m²", Least: true},
	kindFrontage:      {Name: "minFrontage", Unit: "m", Least: true},
	kindMinFloors:     {Name: "minFloors", Least: true},
	kindGreen:         {Name: "greenRatio", Unit: "%", Least: true},
	kindDistanceLong:  {Name: "distance.long", Unit: "m", Least: true},
	kindDistanceGable: {Name: "distance.gable", Unit: "m", Least: true},
}

// Limits are the things that a rule can limit.
func Limits() []LimitInfo { return append([]LimitInfo(nil), kindTable[:]...) }

func kindOf(name string) (kind, bool) {
	for k := range kindCount {
		if kindTable[k].Name == name {
			return k, true
		}
	}
	return 0, false
}

// stricter reports whether a limits more than b.
func (k kind) stricter(a, b float64) bool {
	if kindTable[k].Least {
		return a > b
	}
	return a < b
}

// idle reports whether v limits nothing.
func (k kind) idle(v float64) bool { return !k.stricter(v, kindTable[k].Idle) }

// input is what the limit's answer becomes for the limits after it.
func (k kind) input() (input, bool) { return inHeight + input(k), k <= kindFloors }

// InputType is what kind of value an input has.
type InputType uint8

const (
	NumberInput InputType = iota
	TextInput
	FlagInput
)

// InputInfo describes one thing that a rule can ask about.
type InputInfo struct {
	Name  string
	Type  InputType
	Unit  string
	OneOf []string // texts it can be; nil = any
	place bool     // it differs from one part of a site to another
}

// input is what a rule can ask about: numbers first (the answers of the first kinds
// in the order of those), then texts, then flags. The last is never asked about; it
// says whether the parcel is the whole lot.
type input uint8

const (
	inLotArea input = iota
	inFrontage
	inRoadWidth
	inHeight
	inDensity
	inFAR
	inFloors
	inUse
	inPlannedUse
	inZone
	inPlan
	inCommune
	inRoadClass
	inKind
	inExisting
	inAdjoining
	noInput
)

const (
	numbers = int(inFloors) + 1
	texts   = int(inKind) - int(inUse) + 1
)

var inputTable = [noInput]InputInfo{
	inLotArea:    {Name: "lotArea", Unit: "m²"},
	inFrontage:   {Name: "frontage", Unit: "m"},
	inRoadWidth:  {Name: "roadWidth", Unit: "m"},
	inHeight:     {Name: "height", Unit: "m", place: true},
	inDensity:    {Name: "density", Unit: "%", place: true},
	inFAR:        {Name: "far", place: true},
	inFloors:     {Name: "floors", place: true},
	inUse:        {Name: "use", Type: TextInput},
	inPlannedUse: {Name: "plannedUse", Type: TextInput, place: true},
	inZone:       {Name: "zone", Type: TextInput, place: true},
	inPlan:       {Name: "plan", Type: TextInput, place: true},
	inCommune:    {Name: "commune", Type: TextInput},
	inRoadClass: {Name: "roadClass", Type: TextInput, OneOf: []string{
		"expressway", "trunk", "primary", "interArea", "mainArea", "area", "subArea", "group", "path"}},
	inKind: {Name: "buildingKind", Type: TextInput, OneOf: []string{
		"townHouse", "gardenTerrace", "semiDetached", "detached", "villa", "ruralHouse",
		"apartment", "commercial", "mixedUse", "publicService", "education", "health", "culture", "office", "factory"}},
	inExisting:  {Name: "existingArea", Type: FlagInput},
	inAdjoining: {Name: "adjoiningSameUse", Type: FlagInput},
}

// Inputs are the things that a rule can ask about.
func Inputs() []InputInfo {
	return append([]InputInfo(nil), inputTable[:inAdjoining]...)
}

func inputOf(name string) (input, bool) {
	for i := range inAdjoining {
		if inputTable[i].Name == name {
			return i, true
		}
	}
	return noInput, false
}

// MayRead reports whether a rule for a limit can ask about an input: the answer of
// a limit can be asked about only by limits that are worked out after it.
func MayRead(limit, in string) bool {
	k, ok := kindOf(limit)
	i, known := inputOf(in)
	return ok && known && mayRead(k, i)
}

func mayRead(k kind, i input) bool { return i < inHeight || i > inFloors || i < inHeight+input(k) }

// Statuses a number or document can have, from the least sure to the surest.
func Statuses() []string { return []string{"demo", "unverified", "secondary", "verified"} }

// sureness is a status as a number: the lower, the less sure.
type sureness uint8

const (
	demo sureness = iota
	unverified
	secondary
	verified
)

// sure is how sure a status is; one that is not stated is unverified.
func sure(status string) sureness {
	switch status {
	case "demo":
		return demo
	case "secondary":
		return secondary
	case "verified":
		return verified
	}
	return unverified
}

func (s sureness) String() string {
	return [...]string{"demo", "unverified", "secondary", "verified"}[s]
}
