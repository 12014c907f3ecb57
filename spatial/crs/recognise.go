package crs

import (
	"fmt"
	"math"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// definition is what a file says of its coordinate system, whatever its dialect,
// in degrees and metres. NaN is "not said".
type definition struct {
	name      string
	authority string // "EPSG" or what else stands there
	code      string
	method    method
	projected bool
	origin    float64 // latitude of origin
	meridian  float64
	scale     float64
	easting   float64
	northing  float64
	unit      float64 // of the axes, in metres or, geographic, in degrees
	axes      []string
	datum     datum
	datumName string
	major     float64
	inverse   float64 // inverse flattening
	greenwich float64 // longitude of the prime meridian, degrees
	shift     *shift
	extra     string // a parameter that none of our systems has
}

type datum uint8

const (
	unknownDatum datum = iota
	onWGS84
	onVN2000
)

type method uint8

const (
	noMethod method = iota
	transverseMercator
	pseudoMercator
	mercator // on the ellipsoid, or GDAL's way of writing Web Mercator
	otherMethod
)

// shift is a transformation to WGS 84 in position-vector signs: metres, seconds
// of arc, parts per million.
type shift [7]float64

var vn2000Shift = shift{shiftX, shiftY, shiftZ, -rotX, -rotY, -rotZ, scale}

func (s *shift) near(want shift, negate [3]bool) bool {
	for i := range s {
		w := want[i]
		tolerance := 0.002
		if i >= 3 {
			tolerance = 2e-6
		}
		if i >= 3 && i < 6 && negate[i-3] {
			w = -w
		}
		if i == 6 {
			tolerance = 1e-3
		}
		if !(math.Abs(s[i]-w) <= tolerance) {
			return false
		}
	}
	return true
}

// wrongSigns reports whether the rotations are those of EPSG:6960 with one or more
// of the signs the wrong way.
func (s *shift) wrongSigns() bool {
	for bits := 1; bits < 8; bits++ {
		if s.near(vn2000Shift, [3]bool{bits&1 != 0, bits&2 != 0, bits&4 != 0}) {
			return true
		}
	}
	return false
}

// String is the shift as in +towgs84.
func (s *shift) String() string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(s[:]), " ", ","), "[]")
}

// recognise is the system a definition describes, by what it describes and not by
// what it is called; a code it carries must agree.
func (d *definition) recognise() (spatial.SRID, error) {
	isEPSG := strings.EqualFold(d.authority, "EPSG")
	if n, ok := coded(strings.ToLower(d.authority), strings.ToLower(d.code)); ok && isEPSG {
		if use, ok := deprecated[n]; ok {
			return 0, d.fail("crs.deprecated", map[string]any{"value": "EPSG:" + d.code, "use": epsg(use)})
		}
	}
	srid, err := d.match()
	if err != nil {
		return 0, err
	}
	if isEPSG && d.code != "" && epsg(srid) != "EPSG:"+d.code {
		return 0, d.fail("crs.disagrees", map[string]any{"value": "EPSG:" + d.code, "like": epsg(srid)})
	}
	return srid, nil
}

// match finds the system by parameters alone.
func (d *definition) match() (spatial.SRID, error) {
	if d.method == pseudoMercator || d.method == mercator && strings.EqualFold(d.authority, "EPSG") && d.code == "3857" {
		if d.central(0, 0, 0) && (math.IsNaN(d.scale) || d.scale == 1) && d.unit == 1 && d.greenwich == 0 && d.datum != onVN2000 && d.extra == "" {
			return spatial.WebMercator, nil
		}
		return 0, d.fail("crs.unsupported", nil)
	}
	if err := d.settleDatum(); err != nil {
		return 0, err
	}
	if !d.projected {
		switch {
		case !near(d.unit, 1, 1e-9):
			return 0, d.fail("crs.unit", nil)
		case d.datum == onVN2000:
			return vn2000, nil
		}
		return spatial.WGS84, nil
	}
	if d.method != transverseMercator || d.extra != "" {
		return 0, d.fail("crs.unsupported", nil)
	}
	if d.unit != 1 {
		return 0, d.fail("crs.unit", nil)
	}
	if len(d.axes) >= 2 && !(d.axes[0] == "east" && d.axes[1] == "north") {
		return 0, d.fail("crs.axisOrder", map[string]any{"axes": strings.Join(d.axes, ", ")})
	}
	var like System
	for _, s := range systems {
		if !s.transverse() || !near(d.meridian, s.Meridian, 1e-8) || !near(d.scale, s.Scale, 1e-9) || !near(d.origin, 0, 1e-9) {
			continue
		}
		if d.central(s.Meridian, s.FalseEasting, s.FalseNorthing) {
			if s.VN2000 == (d.datum == onVN2000) {
				return s.SRID, nil
			}
			like = s
		} else if near(d.easting, s.FalseNorthing, 1e-4) && near(d.northing, s.FalseEasting, 1e-4) {
			return 0, d.fail("crs.swappedOrigin", map[string]any{"like": epsg(s.SRID)})
		}
	}
	if like.VN2000 {
		return 0, d.fail("crs.onWGS84", map[string]any{"like": epsg(like.SRID)})
	}
	return 0, d.fail("crs.unsupported", nil)
}

// settleDatum decides between VN-2000 and WGS 84 from name, ellipsoid and shift,
// or says why it cannot.
func (d *definition) settleDatum() error {
	if d.greenwich != 0 || !near(d.major, semiMajor, 1e-3) || !near(d.inverse, inverseF, 1e-6) {
		return d.fail("crs.datum", nil)
	}
	if d.shift == nil {
		if d.datum == unknownDatum {
			return d.fail("crs.datum", nil)
		}
		return nil
	}
	switch none := *d.shift == (shift{}); {
	case none && d.datum != onVN2000:
		d.datum = onWGS84
	case d.datum != onWGS84 && d.shift.near(vn2000Shift, [3]bool{}):
		d.datum = onVN2000
	case d.shift.wrongSigns():
		return d.fail("crs.helmertSign", map[string]any{"shift": d.shift.String(), "want": vn2000Shift.String()})
	default:
		return d.fail("crs.shift", map[string]any{"shift": d.shift.String(), "want": vn2000Shift.String()})
	}
	return nil
}

// central reports whether the projection has this meridian and false origin.
func (d *definition) central(meridian, easting, northing float64) bool {
	return near(d.meridian, meridian, 1e-8) && near(d.origin, 0, 1e-9) && near(d.easting, easting, 1e-4) && near(d.northing, northing, 1e-4)
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

var methodNames = [...]string{"geographic", "Transverse Mercator", "Pseudo-Mercator", "Mercator", "another projection"}

// fail names what was found: args found, projection, meridian, scale,
// falseEasting, falseNorthing, datum, ellipsoid, beside those given.
func (d *definition) fail(code string, more map[string]any) error {
	args := map[string]any{"found": shortened(d.name), "projection": methodNames[d.method], "datum": shortened(d.datumName),
		"ellipsoid": fmt.Sprintf("%v/%v", d.major, d.inverse)}
	if d.projected {
		args["meridian"], args["scale"], args["falseEasting"], args["falseNorthing"] = figure(d.meridian), figure(d.scale), figure(d.easting), figure(d.northing)
	}
	if d.extra != "" {
		args["parameter"] = shortened(d.extra)
	}
	if d.unit != 1 {
		args["unit"] = figure(d.unit)
	}
	for k, v := range more {
		args[k] = v
	}
	return &spatial.Error{Op: "recognise a coordinate system", Kind: spatial.Invalid, Code: code, Args: args}
}

// figure is a number as text, "?" where it was not said.
func figure(f float64) string {
	if math.IsNaN(f) {
		return "?"
	}
	return fmt.Sprint(f)
}

// newDefinition says nothing yet.
func newDefinition() definition {
	nan := math.NaN()
	return definition{origin: 0, meridian: nan, scale: nan, easting: nan, northing: nan, unit: 1, major: nan, inverse: nan}
}

// datumOf knows the names that files give the two datums.
func datumOf(name string) datum {
	n := squeeze(name)
	for _, prefix := range []string{"gcs", "d"} {
		n = strings.TrimPrefix(n, prefix)
	}
	switch n {
	case "vietnam2000", "vn2000":
		return onVN2000
	case "wgs84", "wgs1984", "worldgeodeticsystem1984", "worldgeodeticsystem1984ensemble", "worldgeodeticsystem84":
		return onWGS84
	}
	return unknownDatum
}

// squeeze is a name in lower case with letters and digits alone.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, s)
}
