package pages

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// spot is a place that was typed as two numbers, and how they were read.
type spot struct {
	at    orb.Point    // WGS 84
	plane spatial.SRID // 0 = typed in degrees
	given orb.Point    // longitude, latitude or easting, northing
}

// readSpot reads two coordinates in either order: degrees, or metres of the
// place's plane. Vietnamese tables write X for northing and Y for easting, so the
// order says nothing: the pair that falls in the place is the one meant.
func readSpot(a, b string, place spatial.Place) (spot, bool) {
	var best spot
	found, inside := false, false
	for _, x := range readNumber(a) {
		for _, y := range readNumber(b) {
			for _, pair := range [][2]float64{{x, y}, {y, x}} {
				s, ok := spotOf(pair[0], pair[1], place)
				if !ok {
					continue
				}
				in := plausible(s.at, place)
				if !found || in && !inside {
					best, found, inside = s, true, in
				}
			}
		}
	}
	return best, found
}

// spotOf takes x as longitude or easting and y as latitude or northing.
func spotOf(x, y float64, place spatial.Place) (spot, bool) {
	if math.Abs(x) <= 180 && math.Abs(y) <= 90 {
		return spot{at: orb.Point{x, y}, given: orb.Point{x, y}}, true
	}
	if x < 1000 || y < 1000 || !crs.Metric(place.Plane) {
		return spot{}, false
	}
	p, err := crs.Inverse(place.Plane, orb.Point{x, y})
	if err != nil {
		return spot{}, false
	}
	return spot{at: p, plane: place.Plane, given: orb.Point{x, y}}, true
}

// plausible reports whether a point lies in the place, or in Vietnam where no
// place is set.
func plausible(p orb.Point, place spatial.Place) bool {
	if b := place.Bounds; b.Max[0] > b.Min[0] && b.Max[1] > b.Min[1] {
		return b.Contains(p)
	}
	return orb.Bound{Min: orb.Point{102, 6}, Max: orb.Point{118, 24}}.Contains(p)
}

// readNumber reads a number as people write it, all ways it can be meant, the
// likeliest first: "11.94", "11,94", "1.320.566,86", "1 320 566.86", "575.187".
func readNumber(s string) []float64 {
	if len(s) > 40 {
		return nil
	}
	s = strings.NewReplacer(" ", "", "\u00a0", "", "\u202f", "", "°", "", "m", "").Replace(strings.TrimSpace(s))
	s = strings.TrimRight(s, "BbNnĐđEe")
	dots, commas := strings.Count(s, "."), strings.Count(s, ",")
	var forms []string
	without := func(cut string) string { return strings.ReplaceAll(s, cut, "") }
	switch {
	case dots > 0 && commas > 0 && strings.LastIndex(s, ",") > strings.LastIndex(s, "."):
		forms = []string{strings.ReplaceAll(without("."), ",", ".")}
	case dots > 0 && commas > 0:
		forms = []string{without(",")}
	case dots > 1:
		forms = []string{without(".")}
	case commas > 1:
		forms = []string{without(",")}
	case commas == 1:
		forms = []string{strings.ReplaceAll(s, ",", "."), without(",")}
	case dots == 1:
		forms = []string{s, without(".")}
	default:
		forms = []string{s}
	}
	var out []float64
	for _, f := range forms {
		if n, err := strconv.ParseFloat(f, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			out = append(out, n)
		}
	}
	return out
}

// pairOf takes two coordinates out of a search text: "11.94, 108.43",
// "11.94 108.43". A sheet and a number are not coordinates: one of the two must
// have a decimal sign, or both be metres.
func pairOf(q string) (a, b string, ok bool) {
	parts := strings.Fields(strings.NewReplacer(";", " ", ", ", " ").Replace(q))
	if len(parts) == 1 && strings.Count(q, ",") == 1 && strings.Count(q, ".") == 2 {
		parts = strings.Split(q, ",")
	}
	if len(parts) != 2 {
		return "", "", false
	}
	for _, p := range parts {
		if strings.Trim(p, "-0123456789.,°") != "" || len(p) < 4 {
			return "", "", false
		}
	}
	return parts[0], parts[1], true
}

// said is how a spot was read, in words.
func (l language) said(s spot) string {
	if s.plane == 0 {
		return l.text("place.readDegrees", l.number(s.given[1], 6), l.number(s.given[0], 6))
	}
	return l.text("place.readPlane", "EPSG:"+strconv.Itoa(int(s.plane)), l.number(s.given[1], 2), l.number(s.given[0], 2))
}
