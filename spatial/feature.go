package spatial

import (
	"time"

	"github.com/paulmach/orb"
)

// Feature is one version of one record, whole.
type Feature struct {
	Layer   string
	ID      uint64    // never changes; 1…MaxID
	Version int32     // counts the record's versions from 1
	Rev     Revision  // the revision that recorded this version
	At      time.Time // when that was, UTC, to the millisecond
	Valid   Period    // the days this version holds for
	Access  Access    // the record's own class; the layer's and a field's class bind besides
	Import  int64     // the named import that wrote it; 0 = none
	Key     string    // how its source names it, unique in its dataset: matches rows of a later delivery

	// Legal is what was surveyed, in metres of the plane SRID, never changed by
	// us; nil where the layer has no shape. Derived says there was no survey: the
	// source was in degrees and the shape was made in the place's plane.
	Legal   orb.Geometry
	SRID    SRID
	Derived bool
	// Display is Legal in WGS 84, longitude and latitude rounded to 1e-9°.
	Display orb.Geometry
	// Area is m² in the legal plane, rounded to 0.0001; 0 for points and lines.
	Area float64

	Values []Value // one for each of the layer's fields, in their order
	Extra  string  // a JSON object of source columns that no field took; "" = none. Access class Official
}

// Place is what a store is about: one record a store.
type Place struct {
	Name        Name      `json:"name"`
	Plane       SRID      `json:"plane"`    // the plane that derived legal shapes are made in
	Bounds      orb.Bound `json:"bounds"`   // WGS 84
	TimeZone    string    `json:"timeZone"` // IANA name
	Attribution string    `json:"attribution"`
	Contact     string    `json:"contact"`
	Demo        bool      `json:"demo"` // holds the demonstration city
}

// Outside reports whether a point (WGS 84) lies outside the place. Nothing is outside
// a place that is not set.
func (p Place) Outside(at orb.Point) bool { return p.Plane != 0 && !p.Bounds.Contains(at) }

// Zone is the place's time zone; UTC where it is unset or unknown.
func (p Place) Zone() *time.Location {
	if z, err := time.LoadLocation(p.TimeZone); err == nil {
		return z
	}
	return time.UTC
}
