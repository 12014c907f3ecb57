package crs

import (
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// FromProj recognises a PROJ string ("+proj=tmerc +lon_0=107.75 …") by the same
// rules and with the same errors as FromWKT; "+init=epsg:5899" is read as a code. A
// key that is not understood is crs.unsupported (arg parameter). An ellipsoid
// without a datum or +towgs84 is crs.datum: it does not say where it lies.
func FromProj(s string) (spatial.SRID, error) {
	if len(s) > maxText {
		return 0, malformed(s, "too long")
	}
	keys := map[string]string{}
	for _, f := range strings.Fields(s) {
		k, v, _ := strings.Cut(strings.TrimPrefix(f, "+"), "=")
		if _, twice := keys[k]; twice {
			return 0, malformed(s, "+"+shortened(k)+" stands twice")
		}
		keys[k] = v
	}
	if _, twice := keys["k_0"]; twice && keys["k"] != "" {
		return 0, malformed(s, "both +k and +k_0")
	}
	if code, ok := keys["init"]; ok && len(keys) <= 2 {
		return Parse(code)
	}
	d := newDefinition()
	d.name, d.axes = s, []string{"east", "north"}
	d.easting, d.northing, d.scale, d.meridian = 0, 0, 1, 0
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if why := d.key(k, keys[k]); why != "" {
			return 0, malformed(s, why)
		}
	}
	switch keys["proj"] {
	case "longlat", "latlong", "lonlat", "latlon":
		d.refuse(keys, "zone", "south", "lat_0", "lon_0", "x_0", "y_0", "k", "k_0")
	case "tmerc", "etmerc", "gauss":
		d.projected, d.method = true, transverseMercator
		d.refuse(keys, "zone", "south")
	case "utm":
		d.refuse(keys, "lat_0", "lon_0", "x_0", "y_0", "k", "k_0")
		d.projected, d.method = true, transverseMercator
		zone, ok := number(keys["zone"])
		if _, south := keys["south"]; !ok || south || zone != math.Trunc(zone) || zone < 1 || zone > 60 {
			return 0, d.fail("crs.unsupported", nil)
		}
		d.meridian, d.scale, d.easting = 6*zone-183, 0.9996, 500000
	case "merc":
		d.projected, d.method = true, mercator
		if isWebMercatorProj(s) {
			d.method, d.extra = pseudoMercator, ""
		}
	default:
		d.method = otherMethod
		return 0, d.fail("crs.unsupported", nil)
	}
	if d.extra != "" {
		return 0, d.fail("crs.unsupported", nil)
	}
	return d.recognise()
}

// refuse notes a key that has no business beside this projection.
func (d *definition) refuse(keys map[string]string, names ...string) {
	for _, k := range names {
		if _, ok := keys[k]; ok && d.extra == "" {
			d.extra = "+" + k
		}
	}
}

// key takes one +key=value in; "" or why not.
func (d *definition) key(k, v string) string {
	target := map[string]*float64{"lat_0": &d.origin, "lon_0": &d.meridian, "k": &d.scale, "k_0": &d.scale, "x_0": &d.easting,
		"y_0": &d.northing, "pm": &d.greenwich}[k]
	switch {
	case target != nil:
		f, ok := angle(v)
		if k == "pm" && strings.EqualFold(v, "greenwich") {
			f, ok = 0, true
		}
		if !ok {
			return "+" + k + " is not a number"
		}
		*target = f
	case k == "datum":
		d.datumName, d.datum, d.major, d.inverse = v, datumOf(v), semiMajor, inverseF
	case k == "ellps":
		if d.datumName == "" {
			d.datumName = "+ellps=" + v
		}
		if strings.EqualFold(v, "WGS84") {
			d.major, d.inverse = semiMajor, inverseF
		} else {
			d.extra = "+ellps=" + v
		}
	case k == "towgs84":
		var values []float64
		for _, part := range strings.Split(v, ",") {
			f, ok := number(part)
			if !ok {
				return "+towgs84 is not a list of numbers"
			}
			values = append(values, f)
		}
		s, ok := shiftOf(values)
		if !ok {
			return "+towgs84 has neither three nor seven numbers"
		}
		d.shift = s
	case k == "units":
		if v != "m" {
			d.unit = math.NaN()
		}
	case k == "proj", k == "zone", k == "south", k == "no_defs", k == "type", k == "wktext", k == "over", k == "approx", k == "vunits", k == "":
	default: // +a, +b, +nadgrids, +axis, +to_meter and the rest
		d.extra = "+" + k
	}
	return ""
}

var (
	dms         = regexp.MustCompile(`^(-?\d+(?:\.\d+)?)d(?:(\d+(?:\.\d+)?)')?(?:(\d+(?:\.\d+)?)")?([NSEW]?)$`)
	webMercator = regexp.MustCompile(`^(\+proj=merc|\+a=6378137(\.0*)?|\+b=6378137(\.0*)?|\+(lat_ts|lon_0|x_0|y_0)=0(\.0*)?|\+k(_0)?=1(\.0*)?|\+units=m|\+nadgrids=@null|\+wktext|\+no_defs|\+over|\+type=crs)$`)
)

// angle reads 107.75 and 107d45'E, in degrees; lengths and ratios are plain numbers.
func angle(s string) (float64, bool) {
	m := dms.FindStringSubmatch(s)
	if m == nil {
		return number(s)
	}
	deg, _ := number(m[1])
	minutes, _ := number("0" + m[2])
	seconds, _ := number("0" + m[3])
	v := math.Copysign(math.Abs(deg)+minutes/60+seconds/3600, deg)
	if m[4] == "S" || m[4] == "W" {
		v = -v
	}
	return v, true
}

// isWebMercatorProj reports whether s is the sphere that Web Mercator is in PROJ.
func isWebMercatorProj(s string) bool {
	sphere := 0
	for _, f := range strings.Fields(s) {
		if !webMercator.MatchString(f) {
			return false
		}
		if strings.HasPrefix(f, "+a=") || strings.HasPrefix(f, "+b=") {
			sphere++
		}
	}
	return sphere == 2
}
