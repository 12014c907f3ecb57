package spot

import (
	"cmp"
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Spot is a place that was typed, and how it was read.
type Spot struct {
	At    orb.Point    // WGS 84 longitude, latitude, to 1e-9°
	CRS   spatial.SRID // the system that it was typed in
	Given orb.Point    // as typed in that system: longitude, latitude in degrees, or easting, northing in metres
}

// Degrees reports whether the spot was typed as longitude and latitude.
func (s Spot) Degrees() bool {
	c, ok := crs.ByCode(s.CRS)
	return ok && c.Geographic
}

// Read reads a text that is a place and nothing else: "11.94, 108.43", "11,94
// 108,43", "11°56'24\"N 108°26'18\"E" also with B and Đ, "X=1320566.86
// Y=575187.16", "1.320.566,86 575.187,16". Metres are of the place's plane unless
// the text names another: "EPSG:5898 …", "KTT 107.75 …", "kinh tuyến 108°30' …".
//
// The order of the two says nothing: the pair that falls in the place is the one
// meant, else the one in Vietnam, else latitude first and northing (X in Vietnamese
// tables) first. Two plain whole numbers are a sheet and a number, not degrees.
func Read(text string, place spatial.Place) (Spot, bool) {
	p, ok := prepare(text)
	if !ok || len(p.text) > mostText {
		return Spot{}, false
	}
	best, found := guess{}, false
	for i := range len(p.text) {
		if strings.IndexByte(separators, p.text[i]) < 0 {
			continue
		}
		a, b := readings(p.text[:i]), readings(p.text[i+1:])
		if g, ok := p.choose(a, b, place, true); ok && (!found || g.before(best)) {
			best, found = g, true
		}
	}
	return best.spot, found
}

// Pair reads two coordinates that were typed apart, as in two fields of a form.
// What they are needs no further sign here.
func Pair(a, b string, place spatial.Place) (Spot, bool) {
	pa, oka := prepare(a)
	pb, okb := prepare(b)
	if !oka || !okb || pa.crs != 0 && pb.crs != 0 && pa.crs != pb.crs {
		return Spot{}, false
	}
	pa.crs, pa.datum = cmp.Or(pa.crs, pb.crs), cmp.Or(pa.datum, pb.datum)
	g, ok := pa.choose(readings(pa.text), readings(pb.text), place, false)
	return g.spot, ok
}

// Inside reports whether a point lies in the place, or in Vietnam where no place is
// set.
func Inside(p orb.Point, place spatial.Place) bool {
	if b := place.Bounds; b.Max[0] > b.Min[0] && b.Max[1] > b.Min[1] {
		return b.Contains(p)
	}
	return inVietnam(p)
}

func inVietnam(p orb.Point) bool {
	return orb.Bound{Min: orb.Point{102, 6}, Max: orb.Point{118, 24}}.Contains(p)
}

// guess is one way to read a text, with what speaks for it, most telling first.
type guess struct {
	spot  Spot
	where int // 2 in the place, 1 in the country, 0 elsewhere
	order int // 0 = the usual order
	form  int // 0 = the likeliest reading of the digits
}

func (g guess) before(o guess) bool {
	return cmp.Or(-cmp.Compare(g.where, o.where), cmp.Compare(g.order, o.order), cmp.Compare(g.form, o.form)) < 0
}

// choose is the likeliest way to take a and b as the two coordinates of a place.
// strict asks for a sign in the text that they are coordinates at all.
func (p prepared) choose(as, bs []reading, place spatial.Place, strict bool) (guess, bool) {
	best, found := guess{}, false
	for i, a := range as {
		for j, b := range bs {
			if a.axis == b.axis && a.axis != anyAxis || strict && !a.marked && !b.marked && a.parts != b.parts {
				continue
			}
			for order, pair := range [][2]reading{{a, b}, {b, a}} {
				north, east := pair[0], pair[1]
				if north.axis == eastward || east.axis == northward {
					continue
				}
				s, ok := p.spot(north, east, place)
				if !ok {
					continue
				}
				g := guess{spot: s, order: 2 * order, form: i + j}
				if !s.Degrees() && (north.axis == axisX || east.axis == axisY) {
					g.order = 0 // X is northing in Vietnamese tables
				} else if !s.Degrees() && (north.axis == axisY || east.axis == axisX) {
					g.order = 1
				}
				if inVietnam(s.At) {
					g.where = 1
				}
				if Inside(s.At, place) {
					g.where = 2
				}
				if strict && !telling(a, b, s, g.where, p) {
					continue
				}
				if !found || g.before(best) {
					best, found = g, true
				}
			}
		}
	}
	return best, found
}

// spot takes two readings as northing and easting, or latitude and longitude.
func (p prepared) spot(north, east reading, place spatial.Place) (Spot, bool) {
	s := Spot{Given: orb.Point{east.value, north.value}}
	switch {
	case math.Abs(north.value) <= 90 && math.Abs(east.value) <= 180:
		s.CRS = cmp.Or(p.crs, p.datum, spatial.WGS84)
		if !s.Degrees() {
			return Spot{}, false
		}
	case north.metres() && east.metres():
		s.CRS = cmp.Or(p.crs, place.Plane)
		if !crs.Metric(s.CRS) {
			return Spot{}, false
		}
	default:
		return Spot{}, false
	}
	at, err := crs.Inverse(s.CRS, s.Given)
	if err != nil || math.Abs(at[0]) > 180 || math.Abs(at[1]) > 90 {
		return Spot{}, false
	}
	s.At = orb.Point{math.Round(at[0]*1e9) / 1e9, math.Round(at[1]*1e9) / 1e9}
	return s, true
}

// telling reports whether there is a sign that two numbers are coordinates: "12/345"
// is a sheet and a number, "12b/34d" two houses.
func telling(a, b reading, s Spot, where int, p prepared) bool {
	if a.marked && b.marked || a.worded && b.worded || p.crs != 0 {
		return true
	}
	if !s.Degrees() {
		return where > 0 || a.axis != anyAxis && b.axis != anyAxis
	}
	if a.parts > 1 || b.parts > 1 || where > 0 {
		return where > 0 && (a.parts > 1 && b.parts > 1 || a.decimals > 0 || b.decimals > 0 || a.marked || b.marked)
	}
	return a.decimals > 1 && b.decimals > 1
}

// Text is how the spot was read: "11.940400, 108.438300 (WGS 84)", latitude first
// and with points, as such pairs are copied; "X 1.320.566,86 Y 575.187,16 (VN-2000,
// 107°45')". lang is "en" or anything else for Vietnamese.
func (s Spot) Text(lang string) string {
	c, _ := crs.ByCode(s.CRS)
	datum := "WGS 84"
	if c.VN2000 {
		datum = "VN-2000"
	}
	if c.Geographic {
		return degrees(s.Given[1]) + ", " + degrees(s.Given[0]) + " (" + datum + ")"
	}
	zone := meridian(c.Meridian)
	if _, utm, ok := strings.Cut(c.Name, "UTM zone "); ok {
		zone = "UTM " + utm
	}
	return "X " + metres(s.Given[1], lang) + " Y " + metres(s.Given[0], lang) + " (" + datum + ", " + zone + ")"
}

func degrees(f float64) string { return strconv.FormatFloat(f, 'f', 6, 64) }

// meridian is 107.75 as "107°45'".
func meridian(deg float64) string {
	minutes := int(math.Round(deg * 60))
	return strconv.Itoa(minutes/60) + "°" + strconv.Itoa(100 + minutes%60)[1:] + "'"
}

// metres writes to the centimetre, thousands grouped.
func metres(f float64, lang string) string {
	s := strconv.FormatFloat(math.Abs(f), 'f', 2, 64)
	whole, part := s[:len(s)-3], s[len(s)-2:]
	group, point := ".", ","
	if lang == "en" {
		group, point = ",", "."
	}
	var b strings.Builder
	if f < 0 {
		b.WriteByte('-')
	}
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(group)
		}
		b.WriteRune(r)
	}
	return b.String() + point + part
}
