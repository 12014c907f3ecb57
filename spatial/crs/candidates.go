package crs

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"
)

// Candidate is one answer to the question where planar coordinates would lie.
type Candidate struct {
	System  System
	Place   orb.Point // WGS 84 longitude, latitude
	Swapped bool      // read as northing, easting: the order of Vietnamese tables
	Inside  bool      // within the bounds asked for
}

// Candidates says where each VN-2000 plane would put coordinates of an unknown
// zone, in both orders, as far as that is in or near Vietnam. Those inside bounds
// (WGS 84) come first, then those in the order of the file, then by code. They are
// for a message to a person; nothing may choose among them.
func Candidates(p orb.Point, bounds orb.Bound) []Candidate {
	country := orb.Bound{Min: orb.Point{101, 6}, Max: orb.Point{118, 24.5}}
	var found []Candidate
	for _, swapped := range []bool{false, true} {
		q := p
		if swapped {
			q = orb.Point{p[1], p[0]}
		}
		for _, s := range systems {
			if !s.VN2000 || s.Geographic {
				continue
			}
			place := s.from(q)
			if !math.IsNaN(place[0]) && country.Contains(place) {
				found = append(found, Candidate{System: s, Place: place, Swapped: swapped, Inside: bounds.Contains(place)})
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Candidate) int {
		switch {
		case a.Inside == b.Inside:
			return 0
		case a.Inside:
			return -1
		}
		return 1
	})
	return found
}

// Where eastings and northings of the planes lie in Vietnam, metres. The two do not
// meet, so that which is which is not a guess.
const (
	leastEast, mostEast   = 100_000, 900_000
	leastNorth, mostNorth = 900_000, 2_700_000
)

// NorthingFirst reports whether planar coordinates stand in the order of Vietnamese
// tables, X to the north and Y to the east.
func NorthingFirst(p orb.Point) bool {
	return p[0] >= leastNorth && p[0] <= mostNorth && p[1] >= leastEast && p[1] <= mostEast
}

// Label is what people call the system by: the meridian of a TM-3 zone in degrees
// and minutes, "UTM 48", or its name.
func (s System) Label() string {
	switch {
	case !s.transverse():
		return s.Name
	case s.Scale == 0.9996:
		return "UTM " + strconv.Itoa(int(s.Meridian+183)/6)
	}
	whole := math.Floor(s.Meridian)
	return fmt.Sprintf("%.0f°%02.0f′", whole, (s.Meridian-whole)*60)
}
