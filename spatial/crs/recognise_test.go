package crs_test

import (
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]spatial.SRID{
		"EPSG:5899": 5899, "epsg:5899": 5899, " 5899\n": 5899, "EPSG::5899": 5899, "[EPSG:5899]": 5899,
		"urn:ogc:def:crs:EPSG::5899": 5899, "urn:ogc:def:crs:EPSG:9.9.1:5899": 5899, "urn:x-ogc:def:crs:EPSG:5899:5899": 5899,
		"http://www.opengis.net/def/crs/EPSG/0/5899": 5899, "https://www.opengis.net/def/crs/EPSG/0/4326": 4326,
		"http://www.opengis.net/gml/srs/epsg.xml#3405": 3405,
		"OGC:CRS84": 4326, "CRS84": 4326, "urn:ogc:def:crs:OGC:1.3:CRS84": 4326, "urn:ogc:def:crs:OGC::CRS84": 4326,
		"http://www.opengis.net/def/crs/OGC/1.3/CRS84": 4326, "ESRI:102100": 3857, "EPSG:3857": 3857,
		"+init=epsg:5899": 5899, "+proj=longlat +datum=WGS84 +no_defs": 4326,
		`GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["Degree",0.017453292519943295]]`: 4326,
	} {
		if got, err := crs.Parse(text); err != nil || got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "crs.unknown", "EPSG:": "crs.unknown", "EPSG:27700": "crs.unknown", "99999999999": "crs.unknown", "EPSG:6959": "crs.deprecated",
		"EPSG:CRS84": "crs.unknown", "OGC:4326": "crs.unknown", "OGC:CRS83": "crs.unknown", "ESRI:5899": "crs.unknown", "VN-2000": "crs.unknown",
		"-5899": "crs.unknown", "5899x": "crs.unknown", "IGNF:5899": "crs.unknown", "EPSG:0005899x": "crs.unknown",
		strings.Repeat("9", 1000): "crs.unknown", "EPSG:9999999999": "crs.unknown", "\xff\xfe": "crs.unknown", "PROJCS[": "crs.malformed",
		"+init=epsg:6956": "crs.deprecated",
	} {
		got, err := crs.Parse(text)
		if spatial.CodeOf(err) != want || spatial.KindOf(err) != spatial.Invalid || got != 0 {
			t.Errorf("%q: %d, %v, want %s", text, got, err, want)
		}
	}
}

// The parts of a .prj that the cases put together.
const (
	onVN2000 = `GEOGCS["GCS_VN_2000",DATUM["D_Vietnam_2000",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
	onWGS84  = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
)

func custom(geogcs string) string {
	return `GEOGCS["g",` + geogcs + `,PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]`
}

func shifted(datum, towgs84 string) string {
	return custom(`DATUM["` + datum + `",SPHEROID["WGS 84",6378137,298.257223563],TOWGS84[` + towgs84 + `]]`)
}

func tmerc(geogcs, meridian, scale, easting, northing, rest string) string {
	return `PROJCS["VN2000 Lam Dong",` + geogcs + `,PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",` + easting + `],PARAMETER["False_Northing",` + northing +
		`],PARAMETER["Central_Meridian",` + meridian + `],PARAMETER["Scale_Factor",` + scale + `],PARAMETER["Latitude_Of_Origin",0.0]` + rest + `]`
}

const (
	metre    = `,UNIT["Meter",1.0]`
	right7   = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
	wrong7   = "-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,-0.00427372,0.252906278"
	oneWrong = "-191.90441429,-39.30318279,-111.45032835,0.00928836,0.01975479,0.00427372,0.252906278"
	mekong7  = "-192.873,-39.382,-111.202,0.00205,0.0005,-0.00335,0.0188"
	right3   = "-191.90441429,-39.30318279,-111.45032835"
	zeroes7  = "0,0,0,0,0,0,0"
)

func TestFromWKT(t *testing.T) {
	plain := func(geogcs, rest string) string { return tmerc(geogcs, "107.75", "0.9999", "500000", "0", rest) }
	for _, c := range []struct {
		name, wkt string
		want      spatial.SRID
		code      string
	}{
		{"ESRI", plain(onVN2000, metre), 5899, ""},
		{"another zone", tmerc(onVN2000, "108.5", "0.9999", "500000.0", "0.0", metre), 9218, ""},
		{"UTM on VN-2000", tmerc(onVN2000, "105", "0.9996", "500000", "0", metre), 3405, ""},
		{"UTM on WGS 84", tmerc(onWGS84, "111", "0.9996", "500000", "0", metre), 32649, ""},
		{"a code that agrees", plain(onVN2000, metre+`,AUTHORITY["EPSG","5899"]`), 5899, ""},
		{"somebody else's code", plain(onVN2000, metre+`,AUTHORITY["ESRI","5896"]`), 5899, ""},
		{"round brackets, spaces, byte order mark", "\ufeff" + strings.NewReplacer("[", " ( ", "]", "\n)", ",", " ,\t").Replace(plain(onVN2000, metre)), 5899, ""},
		{"lower case", strings.ToLower(plain(onVN2000, metre)), 5899, ""},
		{"right shift on VN-2000", plain(shifted("VN_2000", right7), metre), 5899, ""},
		{"right shift on an unnamed datum", plain(shifted("unknown", right7), metre), 5899, ""},
		{"zero shift on WGS 84", tmerc(shifted("WGS_1984", zeroes7), "105", "0.9996", "500000", "0", metre), 32648, ""},
		{"east, north", plain(onVN2000, metre+`,AXIS["Easting",EAST],AXIS["Northing",NORTH]`), 5899, ""},
		{"compound", `COMPD_CS["both",` + plain(onVN2000, metre) + `,VERT_CS["Hon Dau",VERT_DATUM["Hon Dau",2005],UNIT["metre",1]]]`, 5899, ""},
		{"VN-2000 degrees", onVN2000, 4756, ""},
		{"WGS 84 degrees", onWGS84, 4326, ""},
		{"datum known by its code", custom(`DATUM["x",SPHEROID["WGS 84",6378137,298.257223563],AUTHORITY["EPSG","6756"]]`), 4756, ""},
		{"PROJ extension that agrees", plain(onVN2000, metre+`,EXTENSION["PROJ4","+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84 +towgs84=`+right7+` +units=m +no_defs"]`), 5899, ""},
		{"Web Mercator of ESRI", `PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",` + onWGS84 + `,PROJECTION["Mercator_Auxiliary_Sphere"],PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]`, 3857, ""},

		{"TM-3 on WGS 84", plain(onWGS84, metre), 0, "crs.onWGS84"},
		{"TM-3 on WGS 84 with VN-2000's code", plain(onWGS84, metre+`,AUTHORITY["EPSG","5899"]`), 0, "crs.onWGS84"},
		{"TM-3 on an unnamed datum with a zero shift", plain(shifted("unknown", zeroes7), metre), 0, "crs.onWGS84"},
		{"VN-2000 with a zero shift", plain(shifted("VN_2000", zeroes7), metre), 0, "crs.shift"},
		{"un-negated rotations", plain(shifted("VN_2000", wrong7), metre), 0, "crs.helmertSign"},
		{"un-negated, unnamed datum", plain(shifted("unknown", wrong7), metre), 0, "crs.helmertSign"},
		{"un-negated, called WGS 84", plain(shifted("WGS_1984", wrong7), metre), 0, "crs.helmertSign"},
		{"one of three signs wrong", plain(shifted("VN_2000", oneWrong), metre), 0, "crs.helmertSign"},
		{"WGS 84 with VN-2000's shift", plain(shifted("WGS_1984", right7), metre), 0, "crs.shift"},
		{"the shift of the Mekong blocks", plain(shifted("VN_2000", mekong7), metre), 0, "crs.shift"},
		{"no rotations", plain(shifted("VN_2000", right3), metre), 0, "crs.shift"},
		{"shift of five numbers", plain(shifted("unknown", "1,2,3,4,5"), metre), 0, "crs.datum"},
		{"code of another zone", plain(onVN2000, metre+`,AUTHORITY["EPSG","9218"]`), 0, "crs.disagrees"},
		{"PROJ extension of another zone", plain(onVN2000, metre+`,EXTENSION["PROJ4","+proj=tmerc +lon_0=108.5 +k=0.9999 +x_0=500000 +ellps=WGS84 +towgs84=`+right7+`"]`), 0, "crs.disagrees"},
		{"swapped false origin", tmerc(onVN2000, "107.75", "0.9999", "0", "500000", metre), 0, "crs.swappedOrigin"},
		{"withdrawn code", plain(onVN2000, metre+`,AUTHORITY["EPSG","6959"]`), 0, "crs.deprecated"},
		{"north, east", plain(onVN2000, metre+`,AXIS["X",NORTH],AXIS["Y",EAST]`), 0, "crs.axisOrder"},
		{"no such meridian", tmerc(onVN2000, "107.8", "0.9999", "500000", "0", metre), 0, "crs.unsupported"},
		{"no meridian", strings.Replace(plain(onVN2000, metre), "Central_Meridian", "Nothing", 1), 0, "crs.unsupported"},
		{"scale of neither", tmerc(onVN2000, "107.75", "1", "500000", "0", metre), 0, "crs.unsupported"},
		{"zone number before the easting", tmerc(onVN2000, "107.75", "0.9999", "48500000", "0", metre), 0, "crs.unsupported"},
		{"feet", plain(onVN2000, `,UNIT["Foot_US",0.3048006096012192]`), 0, "crs.unit"},
		{"grads", strings.Replace(onVN2000, "0.0174532925199433", "0.015707963267949", 1), 0, "crs.unit"},
		{"Krasovsky", plain(custom(`DATUM["D_Vietnam_2000",SPHEROID["Krasovsky",6378245,298.3]]`), metre), 0, "crs.datum"},
		{"Hanoi 1972", plain(custom(`DATUM["Hanoi_1972",SPHEROID["Krassowsky 1940",6378245,298.3]]`), metre), 0, "crs.datum"},
		{"a datum nobody named", plain(custom(`DATUM["unknown",SPHEROID["WGS 84",6378137,298.257223563]]`), metre), 0, "crs.datum"},
		{"a datum whose code says otherwise", plain(custom(`DATUM["VN_2000",SPHEROID["WGS 84",6378137,298.257223563],AUTHORITY["EPSG","6326"]]`), metre), 0, "crs.datum"},
		{"Paris", strings.Replace(onVN2000, `PRIMEM["Greenwich",0.0]`, `PRIMEM["Paris",2.33722917]`, 1), 0, "crs.datum"},
		{"no ellipsoid", `GEOGCS["g",DATUM["D_WGS_1984"],UNIT["Degree",0.0174532925199433]]`, 0, "crs.datum"},
		{"Lambert", strings.Replace(plain(onVN2000, metre), "Transverse_Mercator", "Lambert_Conformal_Conic", 1), 0, "crs.unsupported"},
		{"ellipsoidal Mercator", strings.Replace(plain(onWGS84, metre), "Transverse_Mercator", "Mercator_1SP", 1), 0, "crs.unsupported"},
		{"local", `LOCAL_CS["site",UNIT["metre",1]]`, 0, "crs.unsupported"},
		{"no geographic part", `PROJCS["x",PROJECTION["Transverse_Mercator"],UNIT["Meter",1]]`, 0, "crs.malformed"},
		{"a parameter twice", plain(onVN2000, metre+`,PARAMETER["False_Easting",0]`), 0, "crs.malformed"},
		{"cut off", plain(onVN2000, metre)[:200], 0, "crs.malformed"},
		{"text behind", plain(onVN2000, metre) + "x", 0, "crs.malformed"},
		{"empty", "", 0, "crs.malformed"},
		{"deep", strings.Repeat("A[", 1000), 0, "crs.malformed"},
		{"long", strings.Repeat("A", 70000), 0, "crs.malformed"},
		{"bound to nothing", `BOUNDCRS[SOURCECRS[` + onVN2000 + `]]`, 0, "crs.malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := crs.FromWKT(c.wkt)
			if got != c.want || spatial.CodeOf(err) != c.code || err != nil && spatial.KindOf(err) != spatial.Invalid {
				t.Errorf("%d, %v; want %d %s\n%s", got, err, c.want, c.code, c.wkt)
			}
		})
	}
}

func bound(method, rx, ry, rz, scale string) string {
	p := func(name, v string) string { return `,PARAMETER["` + name + `",` + v + `]` }
	return `BOUNDCRS[SOURCECRS[` + tmerc(onVN2000, "107.75", "0.9999", "500000", "0", metre) + `],TARGETCRS[` + onWGS84 + `],ABRIDGEDTRANSFORMATION["x",METHOD["` + method + `"]` +
		p("X-axis translation", "-191.90441429") + p("Y-axis translation", "-39.30318279") + p("Z-axis translation", "-111.45032835") +
		p("X-axis rotation", rx) + p("Y-axis rotation", ry) + p("Z-axis rotation", rz) + p("Scale difference", scale) + `]]`
}

func TestFromBoundWKT(t *testing.T) {
	for _, c := range []struct{ name, wkt, code string }{
		{"coordinate frame", bound("Coordinate Frame rotation (geog2D domain)", "-0.00928836", "0.01975479", "-0.00427372", "1.000000252906278"), ""},
		{"position vector", bound("Position Vector transformation (geog2D domain)", "0.00928836", "-0.01975479", "0.00427372", "1.000000252906278"), ""},
		{"own units", bound("Position Vector transformation", `0.00928836,ANGLEUNIT["arc-second",4.84813681109536E-06]`, "-0.01975479", "0.00427372", `0.252906278,SCALEUNIT["parts per million",1E-06]`), ""},
		{"frame's signs under the other name", bound("Position Vector transformation", "-0.00928836", "0.01975479", "-0.00427372", "1.000000252906278"), "crs.helmertSign"},
		{"vector's signs under the other name", bound("Coordinate Frame rotation", "0.00928836", "-0.01975479", "0.00427372", "1.000000252906278"), "crs.helmertSign"},
		{"another scale", bound("Coordinate Frame rotation", "-0.00928836", "0.01975479", "-0.00427372", "1.0"), "crs.shift"},
		{"another method", bound("NTv2", "0", "0", "0", "1"), "crs.malformed"},
	} {
		if got, err := crs.FromWKT(c.wkt); spatial.CodeOf(err) != c.code || err == nil && got != 5899 {
			t.Errorf("%s: %d, %v, want %q", c.name, got, err, c.code)
		}
	}
}

// An error says enough to act on.
func TestErrorNamesWhatWasFound(t *testing.T) {
	_, err := crs.FromWKT(tmerc(onWGS84, "107.75", "0.9999", "500000", "0", metre))
	for _, part := range []string{"Transverse Mercator", "107.75", "0.9999", "D_WGS_1984", "like=EPSG:5899", "VN2000 Lam Dong"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
}

func TestFromProj(t *testing.T) {
	const base = "+proj=tmerc +lat_0=0 +lon_0=107.75 +k=0.9999 +x_0=500000 +y_0=0 +units=m +no_defs "
	for _, c := range []struct {
		text string
		want spatial.SRID
		code string
	}{
		{base + "+ellps=WGS84 +towgs84=" + right7, 5899, ""},
		{strings.ReplaceAll(base, "+k=", "+k_0=") + "+ellps=WGS84 +towgs84=" + right7 + " +type=crs +wktext", 5899, ""},
		{strings.ReplaceAll(base, "107.75", "107d45'E") + "+ellps=WGS84 +towgs84=" + right7, 5899, ""},
		{"+proj=utm +zone=48 +ellps=WGS84 +towgs84=" + right7, 3405, ""},
		{"+proj=utm +zone=49 +datum=WGS84 +units=m +no_defs", 32649, ""},
		{"+proj=longlat +ellps=WGS84 +towgs84=" + right7, 4756, ""},
		{"+proj=longlat +datum=WGS84", 4326, ""},
		{"+proj=longlat +ellps=WGS84 +towgs84=0,0,0", 4326, ""},
		{"+proj=merc +a=6378137 +b=6378137 +lat_ts=0.0 +lon_0=0.0 +x_0=0.0 +y_0=0 +k=1.0 +units=m +nadgrids=@null +wktext +no_defs", 3857, ""},

		{base + "+ellps=WGS84 +towgs84=" + wrong7, 0, "crs.helmertSign"},
		{base + "+ellps=WGS84 +towgs84=" + oneWrong, 0, "crs.helmertSign"},
		{base + "+datum=WGS84 +towgs84=" + wrong7, 0, "crs.helmertSign"},
		{base + "+ellps=WGS84 +towgs84=" + mekong7, 0, "crs.shift"},
		{base + "+ellps=WGS84 +towgs84=191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278", 0, "crs.shift"},
		{base + "+ellps=WGS84", 0, "crs.datum"},
		{base + "+datum=WGS84", 0, "crs.onWGS84"},
		{base + "+ellps=WGS84 +towgs84=0,0,0,0,0,0,0", 0, "crs.onWGS84"},
		{base + "+ellps=krass +towgs84=" + right7, 0, "crs.unsupported"},
		{base + "+ellps=WGS84 +pm=paris +towgs84=" + right7, 0, "crs.malformed"},
		{base + "+ellps=WGS84 +pm=2.33 +towgs84=" + right7, 0, "crs.datum"},
		{base + "+ellps=WGS84 +axis=neu +towgs84=" + right7, 0, "crs.unsupported"},
		{base + "+ellps=WGS84 +nadgrids=vn.gsb", 0, "crs.unsupported"},
		{base + "+ellps=WGS84 +k_0=1 +towgs84=" + right7, 0, "crs.malformed"},
		{base + "+ellps=WGS84 +lon_0=105 +towgs84=" + right7, 0, "crs.malformed"},
		{base + "+ellps=WGS84 +towgs84=1,2", 0, "crs.malformed"},
		{base + "+ellps=WGS84 +towgs84=1,2,NaN", 0, "crs.malformed"},
		{strings.ReplaceAll(base, "units=m", "units=km") + "+ellps=WGS84 +towgs84=" + right7, 0, "crs.unit"},
		{"+proj=tmerc +lon_0=107.75 +k=0.9999 +x_0=0 +y_0=500000 +ellps=WGS84 +towgs84=" + right7, 0, "crs.swappedOrigin"},
		{"+proj=utm +zone=48 +lon_0=107.75 +ellps=WGS84 +towgs84=" + right7, 0, "crs.unsupported"},
		{"+proj=utm +zone=48 +south +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=utm +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=utm +zone=47 +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=longlat +lon_0=5 +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=merc +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=lcc +datum=WGS84", 0, "crs.unsupported"},
		{"+proj=pipeline +step +proj=tmerc", 0, "crs.malformed"},
		{"", 0, "crs.unsupported"},
	} {
		got, err := crs.FromProj(c.text)
		if got != c.want || spatial.CodeOf(err) != c.code || err != nil && spatial.KindOf(err) != spatial.Invalid {
			t.Errorf("%s\n%d, %v; want %d %q", c.text, got, err, c.want, c.code)
		}
	}
}

// Whatever is read, the answer is a known system or an error of kind Invalid with
// a code, the same every time.
func fuzzed(t *testing.T, f func(string) (spatial.SRID, error), s string) {
	srid, err := f(s)
	if err == nil && !crs.Known(srid) {
		t.Fatalf("%q: unknown system %d", s, srid)
	}
	if err != nil && (srid != 0 || spatial.KindOf(err) != spatial.Invalid || !strings.HasPrefix(spatial.CodeOf(err), "crs.")) {
		t.Fatalf("%q: %d, %v", s, srid, err)
	}
	if again, err2 := f(s); again != srid || err != nil && err.Error() != err2.Error() {
		t.Fatalf("%q: %d, %v and then %d, %v", s, srid, err, again, err2)
	}
}

func FuzzFromWKT(f *testing.F) {
	f.Add(onVN2000)
	f.Add(tmerc(onVN2000, "107.75", "0.9999", "500000", "0", metre))
	f.Add(tmerc(shifted("VN_2000", wrong7), "107.75", "0.9999", "500000", "0", metre))
	f.Add(bound("Coordinate Frame rotation", "-0.00928836", "0.01975479", "-0.00427372", "1.000000252906278"))
	f.Fuzz(func(t *testing.T, s string) { fuzzed(t, crs.FromWKT, s) })
}

func FuzzFromProj(f *testing.F) {
	f.Add("+proj=tmerc +lat_0=0 +lon_0=107d45'E +k=0.9999 +x_0=500000 +ellps=WGS84 +towgs84=" + right7)
	f.Add("+proj=utm +zone=48 +datum=WGS84")
	f.Fuzz(func(t *testing.T, s string) { fuzzed(t, crs.FromProj, s) })
}

func FuzzParse(f *testing.F) {
	f.Add("urn:ogc:def:crs:EPSG::5899")
	f.Add("http://www.opengis.net/def/crs/OGC/1.3/CRS84")
	f.Add("+init=epsg:5899")
	f.Fuzz(func(t *testing.T, s string) { fuzzed(t, crs.Parse, s) })
}

// Every definition we write is one we recognise.
func TestWKTReadsBack(t *testing.T) {
	for _, s := range crs.All() {
		if got, err := crs.FromWKT(s.WKT()); err != nil || got != s.SRID {
			t.Errorf("EPSG:%d reads back as %d: %v", s.SRID, got, err)
		}
	}
}
