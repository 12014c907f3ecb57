package crs

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// Transform carries one point. A point outside the domain of the systems gives
// NaN in both coordinates.
type Transform func(orb.Point) orb.Point

// Forward carries p from WGS 84 longitude, latitude to the system's own
// coordinates: easting, northing in metres or longitude, latitude in degrees.
// Errors: crs.unknown, crs.deprecated, and crs.outOfDomain (args x, y, crs) where
// a coordinate is not finite, the latitude is beyond 89.9°, or the place is
// farther than 30° from the central meridian.
func Forward(srid spatial.SRID, p orb.Point) (orb.Point, error) {
	return apply("project", srid, p, System.to)
}

// Inverse carries p from the system's own coordinates to WGS 84 longitude,
// latitude. Errors are those of Forward.
func Inverse(srid spatial.SRID, p orb.Point) (orb.Point, error) {
	return apply("unproject", srid, p, System.from)
}

// To is Forward for many points: the system is looked up once.
func To(srid spatial.SRID) (Transform, error) {
	s, err := known("project", srid, epsg(srid))
	if err != nil {
		return nil, err
	}
	return s.to, nil
}

// From is Inverse for many points.
func From(srid spatial.SRID) (Transform, error) {
	s, err := known("unproject", srid, epsg(srid))
	if err != nil {
		return nil, err
	}
	return s.from, nil
}

func apply(op string, srid spatial.SRID, p orb.Point, f func(System, orb.Point) orb.Point) (orb.Point, error) {
	s, err := known(op, srid, epsg(srid))
	if err != nil {
		return orb.Point{}, err
	}
	q := f(s, p)
	if math.IsNaN(q[0]) {
		return orb.Point{}, outOfDomain(op, srid, p)
	}
	return q, nil
}

func outOfDomain(op string, srid spatial.SRID, p orb.Point) error {
	return &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "crs.outOfDomain", Args: map[string]any{"x": p[0], "y": p[1], "crs": epsg(srid)}}
}

func nowhere() orb.Point { return orb.Point{math.NaN(), math.NaN()} }

// to is Forward without a lookup; NaN outside the domain.
func (s System) to(p orb.Point) orb.Point {
	if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= maxLatitude) {
		return nowhere()
	}
	if s.SRID == spatial.WGS84 {
		return p
	}
	lon, lat := p[0]*degree, p[1]*degree
	if s.SRID == spatial.WebMercator {
		if math.Abs(p[1]) > mercatorLatitude {
			return nowhere()
		}
		return orb.Point{semiMajor * lon, semiMajor * math.Asinh(math.Tan(lat))}
	}
	if s.VN2000 {
		lon, lat = toVN2000(lon, lat)
	}
	if s.Geographic {
		return orb.Point{lon / degree, lat / degree}
	}
	x, y := s.forward(lon, lat)
	return orb.Point{x, y}
}

// from is Inverse without a lookup; NaN outside the domain.
func (s System) from(p orb.Point) orb.Point {
	if s.Geographic {
		if !(math.Abs(p[0]) <= 180 && math.Abs(p[1]) <= maxLatitude) {
			return nowhere()
		}
		if !s.VN2000 {
			return p
		}
		lon, lat := toWGS84(p[0]*degree, p[1]*degree)
		return orb.Point{lon / degree, lat / degree}
	}
	if s.SRID == spatial.WebMercator {
		if !(math.Abs(p[0]) <= mercatorEdge && math.Abs(p[1]) <= mercatorEdge) {
			return nowhere()
		}
		return orb.Point{p[0] / semiMajor / degree, math.Atan(math.Sinh(p[1]/semiMajor)) / degree}
	}
	lon, lat := s.inverse(p[0], p[1])
	if s.VN2000 {
		lon, lat = toWGS84(lon, lat)
	}
	if !(math.Abs(lat) <= maxLatitude*degree) {
		return nowhere()
	}
	return orb.Point{lon / degree, lat / degree}
}

// The edge of the world's square in Web Mercator, with a hair for rounding.
const (
	mercatorLatitude = 85.0511287799
	mercatorEdge     = semiMajor*math.Pi + 1e-3
)
