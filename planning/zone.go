package planning

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/langbiang/langbiang/spatial"
)

// Attributes is what planning records are read from.
type Attributes interface {
	Attr(field string) spatial.Value
}

// Plan is one plan as cited: level, legal status, and the document that approved it.
type Plan struct {
	Code        string
	Name        string
	Level       string // general, zoning, detailed; "" = not stated
	LegalStatus string // draft, consulting, inForce, superseded, repealed; "" = not stated
	Document    string // code of the document of approval
	From, To    spatial.Date
	Replaces    []string // codes of the plans that its decision says it goes before
}

// ReadPlan makes a Plan of a record's attributes.
func ReadPlan(a Attributes) Plan {
	text := func(f string) string { return a.Attr(f).Text() }
	return Plan{Code: text("code"), Name: text("name"), Level: text("level"), LegalStatus: text("legal_status"), Document: text("document"),
		From: a.Attr("period_from").Day(), To: a.Attr("period_to").Day(), Replaces: codes(text("replaces"))}
}

// codes are the codes of a list in one field: apart by commas, semicolons or blanks.
func codes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
}

// Binds reports whether what the plan says holds today: it is in force, or its
// source does not say what its status is. An unstated status is reported as an
// unknown of the answer.
func (p *Plan) Binds() bool {
	return p == nil || p.LegalStatus == "" || p.LegalStatus == "inForce"
}

// Zone is one zone of a plan with what it allows; nil = the zone does not say.
type Zone struct {
	ID                uint64
	Code              string
	Name              string
	Use               string // planned use
	PlanCode          string
	Plan              *Plan    // nil = the zone names no plan, or one that is not recorded
	FloorsMin         *float64 // that are to be built at least
	Floors            *float64
	Height            *float64 // m
	Density           *float64 // %
	FAR               *float64
	Front, Side, Rear *float64  // setbacks, m; Front is the building line's where that lies further back
	Document          *Document // the zone's own, else its plan's
	Article           string
	Status            string // how sure the numbers are; "" = not stated, shown as unverified
}

// label is what a zone is called where something is said of it: its code, else the
// id that it has in the list of zones.
func (z *Zone) label() *string {
	if z.Code != "" {
		return &z.Code
	}
	return optional(strconv.FormatUint(z.ID, 10))
}

// ReadZone makes a Zone of a record's attributes. plan and doc look up what it
// names and give nil where that is not recorded.
func ReadZone(id uint64, a Attributes, plan func(code string) *Plan, doc func(code string) *Document) Zone {
	text := func(f string) string { return a.Attr(f).Text() }
	num := func(f string) *float64 { return numberOf(a, f) }
	z := Zone{ID: id, Code: text("code"), Name: text("name"), Use: text("use"), PlanCode: text("plan"),
		FloorsMin: num("floors_min"), Floors: num("floors"), Height: num("height"), Density: num("density"), FAR: num("far"),
		Front: num("setback_front"), Side: num("setback_side"), Rear: num("setback_rear"),
		Article: text("article"), Status: text("status")}
	if line := num("building_line"); line != nil && (z.Front == nil || *line > *z.Front) {
		z.Front = line // its distance from the plot line is the front setback
	}
	if z.PlanCode != "" {
		z.Plan = plan(z.PlanCode)
	}
	if d := text("document"); d != "" {
		z.Document = doc(d)
	}
	if z.Document == nil && z.Plan != nil && z.Plan.Document != "" {
		z.Document = doc(z.Plan.Document)
	}
	return z
}

func numberOf(a Attributes, field string) *float64 {
	if n, ok := a.Attr(field).Number(); ok {
		return &n
	}
	return nil
}

// ReadDocument makes a Document of a record's attributes.
func ReadDocument(id uint64, a Attributes) Document {
	text := func(f string) *string { return optional(a.Attr(f).Text()) }
	d := Document{ID: strconv.FormatUint(id, 10), Number: text("number"), Title: text("title"), Authority: text("authority"), URL: text("url"), Status: text("status")}
	if day := a.Attr("date").Day(); day != "" {
		d.Date = &day
	}
	return d
}

// Cover is the part of a site that lies in one zone.
type Cover struct {
	Zone  Zone
	Area  float64 // m², in the site's plane
	Share float64 // of the site, 0…1
	// Failed says the overlap could not be worked out. Its area is then not zero
	// but unknown, and nothing that depends on it is answered.
	Failed error
}

// zoned reports whether zones say such a limit.
func (k kind) zoned() bool { return k <= kindRear || k == kindMinFloors }

// value is what the zone says of a limit.
func (z *Zone) value(k kind) *float64 {
	switch k {
	case kindHeight:
		return z.Height
	case kindDensity:
		return z.Density
	case kindFAR:
		return z.FAR
	case kindFloors:
		return z.Floors
	case kindFront:
		return z.Front
	case kindSide:
		return z.Side
	case kindRear:
		return z.Rear
	case kindMinFloors:
		return z.FloorsMin
	}
	return nil
}

// plan is the plan's name, else its code.
func (z *Zone) plan() *string {
	if z.Plan != nil && z.Plan.Name != "" {
		return &z.Plan.Name
	}
	return optional(z.PlanCode)
}

// Restriction is one restriction that touches the site, with what it limits.
type Restriction struct {
	ID          uint64
	Kind        string
	Code        string
	Name        string
	Floors      *float64
	Height      *float64 // m above ground
	LegalStatus string   // as a plan's
	Document    *Document
	Article     string
	Status      string
	// Share is how much of the site it covers, 0…1. nil = it is not known (a line, a
	// point, an overlap that could not be worked out): it then holds on all of it.
	Share *float64
}

// ReadRestriction makes a Restriction of a record's attributes.
func ReadRestriction(id uint64, a Attributes, doc func(code string) *Document) Restriction {
	text := func(f string) string { return a.Attr(f).Text() }
	r := Restriction{ID: id, Kind: text("kind"), Code: text("code"), Name: text("name"), Floors: numberOf(a, "floors"), Height: numberOf(a, "height"),
		LegalStatus: text("legal_status"), Article: text("article"), Status: text("status")}
	if d := text("document"); d != "" {
		r.Document = doc(d)
	}
	return r
}

func (r *Restriction) binds() bool { return r.LegalStatus == "" || r.LegalStatus == "inForce" }

// everywhere reports whether it holds on the whole site.
func (r *Restriction) everywhere() bool { return r.Share == nil || *r.Share >= near }

func (r *Restriction) label() *string {
	if r.Code != "" {
		return &r.Code
	}
	return optional(strconv.FormatUint(r.ID, 10))
}

func (r *Restriction) value(k kind) *float64 {
	switch k {
	case kindFloors:
		return r.Floors
	case kindHeight:
		return r.Height
	}
	return nil
}

// Site is the plot that is asked about. nil and "" = not known.
type Site struct {
	Area     float64  // m²; 0 = unknown
	Uses     []string // present uses, codes, the main one first
	Commune  string   // code
	Frontage *float64 // m along the road
	// RoadWidth is that of the road in front, from line to line, m.
	RoadWidth *float64
	// RoadMeasured: that width is what lies between the plots today, which no record
	// says to be the road's. What rests on it is unverified, and says so.
	RoadMeasured bool
	RoadClass    *string
	// ExistingArea: it lies in a built-up area, not one that is newly laid out.
	ExistingArea *bool
	// AdjoiningSameUse: parcels of the same use adjoin it, so that the lot that rules
	// speak of may be larger than the parcel.
	AdjoiningSameUse *bool
	BuildingKind     *string
	Height           *float64 // m, of the building that is meant; nil = one as high as allowed
}

// Known says which themes the store holds any data of, so that an absence can be
// told from an absence of data.
type Known struct {
	Restrictions map[string]bool // by kind
}

// Tolerance says below what a cover is a sliver: digitising noise along a border,
// not a zone the site lies in. These are thresholds of presentation, not legal
// numbers.
type Tolerance struct {
	Share float64 // of the site
	Area  float64 // m²
}

// Sliver reports whether a cover is to be folded away. On a site so small that the
// area alone would fold everything, the share decides.
func (t Tolerance) Sliver(c Cover, site float64) bool {
	if c.Failed != nil {
		return false
	}
	return c.Share < t.Share || (c.Area < t.Area && c.Area < 0.1*site)
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
