package mapinfo

import (
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/importers/raw"
)

// Numbers of MapInfo's projections, datums and ellipsoids that are understood.
const (
	longLat            = 1
	transverseMercator = 8
	datumNone          = 0
	datumWGS84         = 104
	datumThree         = 999  // an ellipsoid and a shift of three
	datumSeven         = 9999 // an ellipsoid and a shift of seven
	ellipsoidWGS84     = 28
)

// coordSys is the PROJ string of what stands behind "CoordSys": "" where it says
// nothing of where on Earth it is, the clause itself where it is not understood.
//
// "Earth Projection 8, 9999, 28, dx, dy, dz, rx, ry, rz, ds, pm, "m", lon0, lat0, k,
// fe, fn": MapInfo's rotations are those of a coordinate frame, which PROJ's
// +towgs84 has with the opposite sign (MapInfo Professional Reference, "CoordSys
// clause"; GDAL's mitab reads them so).
func coordSys(clause string) string {
	whole := "CoordSys " + clause
	lower := raw.Lower(clause)
	if !strings.HasPrefix(lower, "earth") {
		return "" // "NonEarth", "Layout", "Table": a plane of somebody's own
	}
	i := strings.Index(lower, "projection")
	if i < 0 {
		return "" // "Earth" alone: degrees of no datum
	}
	rest := clause[i+len("projection"):]
	if j := strings.Index(raw.Lower(rest), "bounds"); j >= 0 {
		rest = rest[:j] // how far coordinates may go: nothing to us
	}
	if strings.Contains(strings.ToLower(rest), "affine") {
		return whole
	}
	unit := ""
	var v []float64
	for _, f := range strings.Split(rest, ",") {
		f = strings.TrimSpace(f)
		if strings.HasPrefix(f, `"`) {
			unit = strings.ToLower(strings.Trim(f, `"`))
			continue
		}
		n, err := strconv.ParseFloat(f, 64)
		if err != nil {
			return whole
		}
		v = append(v, n)
	}
	take := func(n int) (out []float64, ok bool) {
		if len(v) < n {
			return nil, false
		}
		out, v = v[:n], v[n:]
		return out, true
	}
	projection, ok := take(1)
	if !ok {
		return whole
	}
	datum, ok := take(1)
	if !ok {
		return whole
	}
	text := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	var p []string
	switch datum[0] {
	case datumNone:
		return ""
	case datumWGS84:
		p = append(p, "+datum=WGS84")
	case datumThree, datumSeven:
		n := 4
		if datum[0] == datumSeven {
			n = 9
		}
		d, ok := take(n)
		if !ok || d[0] != ellipsoidWGS84 || n == 9 && d[8] != 0 {
			return whole
		}
		shift := append([]float64{}, d[1:4]...)
		if n == 9 {
			shift = append(shift, -d[4], -d[5], -d[6], d[7])
		}
		s := make([]string, len(shift))
		for i, f := range shift {
			s[i] = text(f)
		}
		p = append(p, "+ellps=WGS84", "+towgs84="+strings.Join(s, ","))
	default:
		return whole
	}
	switch {
	case projection[0] == longLat && len(v) == 0 && (unit == "" || unit == "degree"):
		p = append([]string{"+proj=longlat"}, p...)
	case projection[0] == transverseMercator && len(v) == 5 && unit == "m":
		p = append([]string{"+proj=tmerc", "+lat_0=" + text(v[1]), "+lon_0=" + text(v[0]), "+k=" + text(v[2]), "+x_0=" + text(v[3]), "+y_0=" + text(v[4])}, p...)
		p = append(p, "+units=m")
	default:
		return whole
	}
	return strings.Join(append(p, "+no_defs"), " ")
}
