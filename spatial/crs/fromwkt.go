package crs

import (
	"math"
	"strconv"
	"strings"

	"github.com/langbiang/langbiang/spatial"
)

var (
	geographicWKT = []string{"GEOGCS", "GEOGCRS", "GEOGRAPHICCRS", "GEODCRS", "GEODETICCRS", "BASEGEOGCRS", "BASEGEODCRS"}
	projectedWKT  = []string{"PROJCS", "PROJCRS", "PROJECTEDCRS"}
	compoundWKT   = []string{"COMPD_CS", "COMPOUNDCRS"}
	unitWKT       = []string{"UNIT", "LENGTHUNIT", "ANGLEUNIT", "SCALEUNIT"}
)

// FromWKT recognises the text of a .prj file: WKT 1 in the dialects of ESRI and
// OGC, and WKT 2. What the text describes decides: projection, central meridian,
// scale, false origin, datum, ellipsoid, and a shift to WGS 84 where it has one. A
// code it carries must agree. Of a compound system the horizontal part is taken.
//
// Every error has what was found in its args (found, projection, meridian, scale,
// falseEasting, falseNorthing, datum, ellipsoid):
//
//	crs.malformed      not well-known text (args value, reason)
//	crs.unsupported    understood, and none of our systems
//	crs.onWGS84        a VN-2000 zone's projection on plain WGS 84 (arg like)
//	crs.datum          datum, ellipsoid or prime meridian is neither VN-2000 nor WGS 84
//	crs.helmertSign    the shift has rotations with the wrong sign (args shift, want)
//	crs.shift          the shift is another one than EPSG:6960 (args shift, want)
//	crs.swappedOrigin  false easting and northing changed places (arg like)
//	crs.axisOrder      the plane's axes are not easting, northing (arg axes)
//	crs.unit           not metres, or not degrees (arg unit)
//	crs.deprecated     a code that EPSG withdrew (args value, use)
//	crs.disagrees      its code is of another system than it describes (args value, like)
func FromWKT(wkt string) (spatial.SRID, error) {
	if len(wkt) > maxText {
		return 0, malformed(wkt, "too long")
	}
	n, why := parseWKT(wkt)
	if why != "" {
		return 0, malformed(wkt, why)
	}
	return fromNode(&n)
}

func fromNode(n *node) (spatial.SRID, error) {
	if is(n, compoundWKT) {
		part := n.child(append(append([]string{"BOUNDCRS"}, projectedWKT...), geographicWKT...)...)
		if part == nil {
			return 0, malformed(n.text(), "a compound system without a horizontal part")
		}
		return fromNode(part)
	}
	d := newDefinition()
	if n.keyword == "BOUNDCRS" {
		source := n.child("SOURCECRS")
		if source == nil || len(source.children) != 1 {
			return 0, malformed(n.text(), "a bound system without a source")
		}
		s, ok := abridged(n.child("ABRIDGEDTRANSFORMATION"))
		if !ok {
			return 0, malformed(n.text(), "a transformation that is not understood")
		}
		d.shift = s
		n = &source.children[0]
	}
	d.name = n.text()
	d.authority, d.code = n.identifier()
	switch {
	case is(n, projectedWKT):
		base := n.child(geographicWKT...)
		if base == nil {
			return 0, malformed(d.name, "a projection without a geographic system")
		}
		angle := d.geographic(base)
		if why := d.projection(n, angle); why != "" {
			return 0, malformed(d.name, why)
		}
	case is(n, geographicWKT):
		d.unit = d.geographic(n)
		if cs := n.child("CS"); cs != nil && len(cs.words) > 0 && !strings.EqualFold(cs.words[0], "ellipsoidal") {
			d.method, d.extra = otherMethod, cs.words[0]
			return 0, d.fail("crs.unsupported", nil)
		}
	default:
		d.method, d.datumName = otherMethod, n.keyword
		return 0, d.fail("crs.unsupported", nil)
	}
	srid, err := d.recognise()
	if err != nil {
		return 0, err
	}
	if ext := n.child("EXTENSION"); ext != nil && len(ext.texts) == 2 && ext.texts[0] == "PROJ4" && srid != spatial.WebMercator {
		said, err := FromProj(ext.texts[1])
		if err != nil {
			return 0, err
		}
		if said != srid {
			return 0, d.fail("crs.disagrees", map[string]any{"value": "EXTENSION " + epsg(said), "like": epsg(srid)})
		}
	}
	return srid, nil
}

func is(n *node, keywords []string) bool {
	for _, k := range keywords {
		if n.keyword == k {
			return true
		}
	}
	return false
}

// geographic fills in datum, ellipsoid, prime meridian and shift, and gives the
// angular unit in degrees.
func (d *definition) geographic(n *node) (unit float64) {
	frame := n.child("DATUM", "GEODETICDATUM", "TRF", "ENSEMBLE")
	if frame == nil {
		frame = &node{}
	}
	d.datumName = frame.text()
	d.datum = datumOf(d.datumName)
	switch authority, code := frame.identifier(); {
	case authority != "EPSG" || code == "":
	case code == "6756" && d.datum != onWGS84:
		d.datum = onVN2000
	case code == "6326" && d.datum != onVN2000:
		d.datum = onWGS84
	default:
		d.datum = unknownDatum
		d.datumName += " EPSG:" + code
	}
	if e := frame.child("SPHEROID", "ELLIPSOID"); e != nil && len(e.numbers) >= 2 {
		d.major, d.inverse = e.numbers[0]*factorOf(e, 1), e.numbers[1]
	}
	if s := frame.child("TOWGS84"); s == nil {
	} else if t, ok := shiftOf(s.numbers); ok {
		d.shift = t
	} else {
		d.datum = unknownDatum
		d.datumName += " TOWGS84 " + strconv.Itoa(len(s.numbers))
	}
	unit = unitOf(n, degree) / degree
	if p := n.child("PRIMEM", "PRIMEMERIDIAN"); p != nil {
		d.greenwich = p.value()
	}
	return unit
}

// projection fills in the method, its parameters, unit and axes; angle is the
// geographic system's unit in degrees. It gives "" or what is wrong with the text.
func (d *definition) projection(n *node, angle float64) string {
	d.projected = true
	conversion := n
	if c := n.child("CONVERSION", "DERIVINGCONVERSION"); c != nil {
		conversion = c
	}
	d.method = methodOf(conversion.child("PROJECTION", "METHOD").text())
	if d.method == mercator {
		if ext := n.child("EXTENSION"); ext != nil && len(ext.texts) == 2 && isWebMercatorProj(ext.texts[1]) {
			d.method = pseudoMercator
		}
	}
	d.unit = unitOf(n, 1)
	seen := map[string]bool{}
	for i := range conversion.children {
		p := &conversion.children[i]
		if p.keyword != "PARAMETER" {
			continue
		}
		name := squeeze(p.text())
		if seen[name] || len(p.numbers) == 0 {
			return "parameter " + shortened(p.text()) + " twice or without a number"
		}
		seen[name] = true
		degrees := p.value() * factorOf(p, angle*degree) / degree
		metres := p.value() * factorOf(p, d.unit)
		switch name {
		case "latitudeoforigin", "latitudeofnaturalorigin", "latitudeofcenter":
			d.origin = degrees
		case "centralmeridian", "longitudeofnaturalorigin", "longitudeofcenter", "longitudeoforigin":
			d.meridian = degrees
		case "scalefactor", "scalefactoratnaturalorigin":
			d.scale = p.value() * factorOf(p, 1)
		case "falseeasting":
			d.easting = metres
		case "falsenorthing":
			d.northing = metres
		default: // ESRI's Web Mercator has parameters that stand at zero
			if p.value() != 0 {
				d.extra = p.text()
			}
		}
	}
	for _, holder := range []*node{n.child("CS"), n} {
		for i := 0; holder != nil && i < len(holder.children); i++ {
			if a := &holder.children[i]; a.keyword == "AXIS" {
				d.axes = append(d.axes, strings.ToLower(strings.Join(a.words, " ")))
			}
		}
	}
	return ""
}

func methodOf(name string) method {
	switch squeeze(name) {
	case "transversemercator", "gausskruger":
		return transverseMercator
	case "popularvisualisationpseudomercator", "mercatorauxiliarysphere":
		return pseudoMercator
	case "mercator1sp":
		return mercator
	}
	return otherMethod
}

// factorOf is the unit a value carries itself, in SI, or else the unit around it.
func factorOf(n *node, around float64) float64 {
	if u := n.child(unitWKT...); u != nil {
		return u.value()
	}
	return around
}

// unitOf is the unit of a system in SI, as it stands in the system or in its axes.
func unitOf(n *node, otherwise float64) float64 {
	if u := n.child(unitWKT...); u != nil {
		return u.value()
	}
	if a := n.child("AXIS"); a != nil {
		return factorOf(a, otherwise)
	}
	return otherwise
}

// shiftOf is TOWGS84's three or seven numbers.
func shiftOf(v []float64) (*shift, bool) {
	if len(v) != 3 && len(v) != 7 {
		return nil, false
	}
	var s shift
	copy(s[:], v)
	return &s, true
}

// abridged is the shift of WKT 2's BOUNDCRS, brought to position-vector signs.
func abridged(n *node) (*shift, bool) {
	if n == nil {
		return nil, false
	}
	var s shift
	at := map[string]int{"xaxistranslation": 0, "yaxistranslation": 1, "zaxistranslation": 2, "xaxisrotation": 3, "yaxisrotation": 4, "zaxisrotation": 5, "scaledifference": 6}
	for i := range n.children {
		p := &n.children[i]
		if p.keyword != "PARAMETER" {
			continue
		}
		k, ok := at[squeeze(p.text())]
		if !ok || len(p.numbers) == 0 {
			return nil, false
		}
		v, si := p.value(), factorOf(p, math.NaN())
		switch own := !math.IsNaN(si); {
		case k >= 3 && k < 6 && own:
			v *= si / second
		case k == 6 && own:
			v *= si * 1e6
		case k == 6: // a ratio near one
			v = (v - 1) * 1e6
		case own:
			v *= si
		}
		s[k] = v
	}
	switch m := squeeze(n.child("METHOD").text()); {
	case strings.HasPrefix(m, "positionvector"), strings.HasPrefix(m, "geocentrictranslations"):
	case strings.HasPrefix(m, "coordinateframe"):
		s[3], s[4], s[5] = -s[3], -s[4], -s[5]
	default:
		return nil, false
	}
	return &s, true
}
