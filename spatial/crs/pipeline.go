package crs

import (
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// Pipeline is what From does with a point, as a PROJ pipeline: every figure that
// counts, so that what was done can be read, and done again elsewhere, years later.
// It goes from x, y of the system to WGS 84 degrees. "" for a code that is not one
// of All.
func Pipeline(srid spatial.SRID) string {
	s, ok := ByCode(srid)
	if !ok {
		return ""
	}
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	var steps []string
	switch {
	case s.SRID == spatial.WGS84:
		return "+proj=noop"
	case s.SRID == spatial.WebMercator:
		steps = append(steps, "+inv +proj=webmerc +ellps=WGS84")
	case s.Geographic:
		steps = append(steps, "+proj=unitconvert +xy_in=deg +xy_out=rad")
	default:
		steps = append(steps, "+inv +proj=tmerc +lat_0=0 +lon_0="+f(s.Meridian)+" +k="+f(s.Scale)+" +x_0="+f(s.FalseEasting)+" +y_0="+f(s.FalseNorthing)+" +ellps=WGS84")
	}
	if s.VN2000 {
		// EPSG:6960 at height 0: the height goes in as it is and the new one is dropped.
		steps = append(steps, "+proj=push +v_3", "+proj=cart +ellps=WGS84",
			"+proj=helmert +x="+f(shiftX)+" +y="+f(shiftY)+" +z="+f(shiftZ)+" +rx="+f(rotX)+" +ry="+f(rotY)+" +rz="+f(rotZ)+" +s="+f(scale)+" +convention=coordinate_frame",
			"+inv +proj=cart +ellps=WGS84", "+proj=pop +v_3")
	}
	steps = append(steps, "+proj=unitconvert +xy_in=rad +xy_out=deg")
	return "+proj=pipeline +step " + strings.Join(steps, " +step ")
}
