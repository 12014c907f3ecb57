package crs

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

// maxText bounds what is read as a definition, in bytes.
const maxText = 64 << 10

// names are the ways a system is named by a code, each with the authority and
// the code. The version in between says nothing.
var names = []*regexp.Regexp{
	regexp.MustCompile(`^()(\d{1,9})$`),
	regexp.MustCompile(`^\[?(epsg|ogc|esri):{1,2}(\w{1,9})\]?$`),
	regexp.MustCompile(`^urn:(?:x-)?ogc:def:crs:(epsg|ogc|esri):[\w.]*:(\w{1,9})$`),
	regexp.MustCompile(`^https?://www\.opengis\.net/def/crs/(epsg|ogc|esri)/[\w.]+/(\w{1,9})/?$`),
	regexp.MustCompile(`^https?://www\.opengis\.net/gml/srs/(epsg)\.xml#(\d{1,9})$`),
	regexp.MustCompile(`^()(crs84)$`),
}

// Parse reads the name of a system: "EPSG:5899", "5899",
// "urn:ogc:def:crs:EPSG::5899", "http://www.opengis.net/def/crs/EPSG/0/5899", and
// CRS84 in the same forms, which is 4326. WKT and PROJ strings are handed to
// FromWKT and FromProj. The axis order that a name implies is not told: a format's
// reader knows what its files hold. Errors: crs.unknown (args value),
// crs.deprecated (args value, use).
func Parse(text string) (spatial.SRID, error) {
	const op = "read a coordinate system"
	value := strings.TrimSpace(text)
	if looksLikeWKT.MatchString(value) {
		return FromWKT(value)
	}
	if strings.Contains(value, "+proj=") || strings.Contains(value, "+init=") {
		return FromProj(value)
	}
	lower := strings.ToLower(value)
	if len(lower) <= 200 {
		for _, n := range names {
			m := n.FindStringSubmatch(lower)
			if m == nil {
				continue
			}
			if srid, ok := coded(m[1], m[2]); ok {
				s, err := known(op, srid, value)
				return s.SRID, err
			}
		}
	}
	return 0, &spatial.Error{Op: op, Kind: spatial.Invalid, Code: "crs.unknown", Args: map[string]any{"value": shortened(value)}}
}

var looksLikeWKT = regexp.MustCompile(`^[A-Za-z_]\w*\s*[\[(]`)

// coded is the SRID of an authority's code, in lower case; "" is EPSG. ESRI's
// 102100 is the same system as EPSG:3857; no other code of ESRI is taken.
func coded(authority, code string) (spatial.SRID, bool) {
	switch {
	case code == "crs84" && authority != "epsg" && authority != "esri":
		return spatial.WGS84, true
	case authority == "esri":
		return spatial.WebMercator, code == "102100"
	case authority == "ogc":
		return 0, false
	}
	n, err := strconv.ParseInt(code, 10, 32)
	return spatial.SRID(n), err == nil
}

func epsg(srid spatial.SRID) string { return "EPSG:" + strconv.Itoa(int(srid)) }

// shortened is a text fit for a message: valid UTF-8, at most 80 characters.
func shortened(s string) string {
	s = strings.ToValidUTF8(s, "?")
	if r := []rune(s); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return s
}
