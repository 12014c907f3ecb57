package crs

import (
	"slices"

	"github.com/langbiang/langbiang/spatial"
)

// System is one coordinate system. Angles are degrees, lengths metres; the
// projection's figures are zero in a geographic system and in Web Mercator.
type System struct {
	SRID       spatial.SRID
	Name       string // as in the EPSG dataset
	Geographic bool   // longitude and latitude in degrees, else a plane in metres
	VN2000     bool   // on the datum Vietnam 2000, else on WGS 84

	Meridian      float64 // central meridian, degrees east of Greenwich
	Scale         float64 // scale factor on the central meridian
	FalseEasting  float64 // metres
	FalseNorthing float64 // metres
}

// vn2000 is the geographic system under every VN-2000 plane.
const vn2000 spatial.SRID = 4756

// systems is in the order of codes. Source: EPSG Dataset v10.076, EPSG:4756,
// 3405, 3406, 5896-5899, 9205-9218 (VN-2000, ellipsoid WGS 84), 4326, 3857, 32648,
// 32649. All transverse Mercator systems have latitude of origin 0.
var systems = []System{
	utm(3405, "VN-2000 / UTM zone 48N", 105, true),
	utm(3406, "VN-2000 / UTM zone 49N", 111, true),
	{SRID: spatial.WebMercator, Name: "WGS 84 / Pseudo-Mercator"},
	{SRID: spatial.WGS84, Name: "WGS 84", Geographic: true},
	{SRID: vn2000, Name: "VN-2000", Geographic: true, VN2000: true},
	tm3(5896, "VN-2000 / TM-3 zone 481", 102),
	tm3(5897, "VN-2000 / TM-3 zone 482", 105),
	tm3(5898, "VN-2000 / TM-3 zone 491", 108),
	tm3(5899, "VN-2000 / TM-3 107-45", 107.75),
	tm3(9205, "VN-2000 / TM-3 103-00", 103),
	tm3(9206, "VN-2000 / TM-3 104-00", 104),
	tm3(9207, "VN-2000 / TM-3 104-30", 104.5),
	tm3(9208, "VN-2000 / TM-3 104-45", 104.75),
	tm3(9209, "VN-2000 / TM-3 105-30", 105.5),
	tm3(9210, "VN-2000 / TM-3 105-45", 105.75),
	tm3(9211, "VN-2000 / TM-3 106-00", 106),
	tm3(9212, "VN-2000 / TM-3 106-15", 106.25),
	tm3(9213, "VN-2000 / TM-3 106-30", 106.5),
	tm3(9214, "VN-2000 / TM-3 107-00", 107),
	tm3(9215, "VN-2000 / TM-3 107-15", 107.25),
	tm3(9216, "VN-2000 / TM-3 107-30", 107.5),
	tm3(9217, "VN-2000 / TM-3 108-15", 108.25),
	tm3(9218, "VN-2000 / TM-3 108-30", 108.5),
	utm(32648, "WGS 84 / UTM zone 48N", 105, false),
	utm(32649, "WGS 84 / UTM zone 49N", 111, false),
}

// deprecated are codes that EPSG withdrew, with the one that took their place.
// Their false easting and northing were entered the wrong way round.
var deprecated = map[spatial.SRID]spatial.SRID{6956: 5896, 6957: 5897, 6958: 5898, 6959: 5899}

func tm3(srid spatial.SRID, name string, meridian float64) System {
	return System{SRID: srid, Name: name, VN2000: true, Meridian: meridian, Scale: 0.9999, FalseEasting: 500000}
}

func utm(srid spatial.SRID, name string, meridian float64, vn bool) System {
	return System{SRID: srid, Name: name, VN2000: vn, Meridian: meridian, Scale: 0.9996, FalseEasting: 500000}
}

// All is every known system, in the order of codes.
func All() []System { return slices.Clone(systems) }

// ByCode is the system of an EPSG code.
func ByCode(srid spatial.SRID) (System, bool) {
	i, ok := slices.BinarySearchFunc(systems, srid, func(s System, srid spatial.SRID) int { return int(s.SRID) - int(srid) })
	if !ok {
		return System{}, false
	}
	return systems[i], true
}

// Known reports whether a code is one of All.
func Known(srid spatial.SRID) bool {
	_, ok := ByCode(srid)
	return ok
}

// Metric reports whether the system is a plane in metres fit to measure in:
// neither geographic nor Web Mercator.
func Metric(srid spatial.SRID) bool {
	s, ok := ByCode(srid)
	return ok && s.transverse()
}

func (s System) transverse() bool { return s.Scale != 0 }

// known is the system of a code or the error that says why there is none: code
// crs.deprecated (args value, use) or crs.unknown (args value).
func known(op string, srid spatial.SRID, value string) (System, error) {
	if s, ok := ByCode(srid); ok {
		return s, nil
	}
	if use, ok := deprecated[srid]; ok {
		return System{}, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "crs.deprecated", Args: map[string]any{"value": value, "use": epsg(use)}}
	}
	return System{}, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "crs.unknown", Args: map[string]any{"value": value}}
}
