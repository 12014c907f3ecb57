package crs

import "math"

// Ellipsoid WGS 84 (EPSG:7030), which VN-2000 uses too.
const (
	semiMajor  = 6378137.0
	inverseF   = 298.257223563
	flattening = 1 / inverseF
	semiMinor  = semiMajor * (1 - flattening)
	ecc2       = flattening * (2 - flattening)         // first eccentricity squared
	secondEcc2 = ecc2 / (1 - ecc2)                     // second eccentricity squared
	n3         = flattening / (2 - flattening)         // third flattening
	rectifying = semiMajor / (1 + n3) * (1 + n3*n3/4*( // radius of the rectifying sphere
	1+n3*n3/16*(1+n3*n3/4)))
	degree = math.Pi / 180
)

// Krüger's series to the sixth order in the third flattening, as in Karney,
// "Transverse Mercator with an accuracy of a few nanometers" (2011), (35) and (36).
const (
	alpha1 = n3 * (1.0/2 + n3*(-2.0/3+n3*(5.0/16+n3*(41.0/180+n3*(-127.0/288+n3*(7891.0/37800))))))
	alpha2 = n3 * n3 * (13.0/48 + n3*(-3.0/5+n3*(557.0/1440+n3*(281.0/630+n3*(-1983433.0/1935360)))))
	alpha3 = n3 * n3 * n3 * (61.0/240 + n3*(-103.0/140+n3*(15061.0/26880+n3*(167603.0/181440))))
	alpha4 = n3 * n3 * n3 * n3 * (49561.0/161280 + n3*(-179.0/168+n3*(6601661.0/7257600)))
	alpha5 = n3 * n3 * n3 * n3 * n3 * (34729.0/80640 + n3*(-3418889.0/1995840))
	alpha6 = n3 * n3 * n3 * n3 * n3 * n3 * (212378941.0 / 319334400)

	beta1 = n3 * (1.0/2 + n3*(-2.0/3+n3*(37.0/96+n3*(-1.0/360+n3*(-81.0/512+n3*(96199.0/604800))))))
	beta2 = n3 * n3 * (1.0/48 + n3*(1.0/15+n3*(-437.0/1440+n3*(46.0/105+n3*(-1118711.0/3870720)))))
	beta3 = n3 * n3 * n3 * (17.0/480 + n3*(-37.0/840+n3*(-209.0/4480+n3*(5569.0/90720))))
	beta4 = n3 * n3 * n3 * n3 * (4397.0/161280 + n3*(-11.0/504+n3*(-830251.0/7257600)))
	beta5 = n3 * n3 * n3 * n3 * n3 * (4583.0/161280 + n3*(-108847.0/3991680))
	beta6 = n3 * n3 * n3 * n3 * n3 * n3 * (20648693.0 / 638668800)
)

// The projection is trusted this far from its meridian, and this far from the
// origin in metres: 30 degrees and the matching easting, a quarter meridian.
const (
	maxFromMeridian = 30 * degree
	maxFromEasting  = 3_600_000.0
	maxNorthing     = 10_002_000.0
	maxLatitude     = 89.9
)

// forward takes longitude and latitude in radians on the system's own datum to
// easting and northing.
func (s System) forward(lon, lat float64) (x, y float64) {
	lon -= s.Meridian * degree
	if !(math.Abs(lon) <= maxFromMeridian) {
		return math.NaN(), math.NaN()
	}
	sin, cos := math.Sincos(lat)
	tau := conformal(sin, cos)
	sinLon, cosLon := math.Sincos(lon)
	h := math.Sqrt(tau*tau + cosLon*cosLon)
	sinXi, cosXi, sinhEta := tau/h, cosLon/h, sinLon/h
	re, im := series(2*sinXi*cosXi, cosXi*cosXi-sinXi*sinXi, 2*sinhEta*math.Sqrt(1+sinhEta*sinhEta), 1+2*sinhEta*sinhEta,
		alpha1, alpha2, alpha3, alpha4, alpha5, alpha6)
	k := s.Scale * rectifying
	return s.FalseEasting + k*(math.Asinh(sinhEta)+im), s.FalseNorthing + k*(math.Atan2(tau, cosLon)+re)
}

// inverse takes easting and northing to longitude and latitude in radians on the
// system's own datum.
func (s System) inverse(x, y float64) (lon, lat float64) {
	x -= s.FalseEasting
	y -= s.FalseNorthing
	if !(math.Abs(x) <= maxFromEasting && math.Abs(y) <= maxNorthing) {
		return math.NaN(), math.NaN()
	}
	k := s.Scale * rectifying
	xi, eta := y/k, x/k
	sin2, cos2 := math.Sincos(2 * xi)
	e := math.Exp(2 * eta)
	re, im := series(sin2, cos2, (e-1/e)/2, (e+1/e)/2, beta1, beta2, beta3, beta4, beta5, beta6)
	sinXi, cosXi := math.Sincos(xi - re)
	sinhEta := math.Sinh(eta - im)
	return s.Meridian*degree + math.Atan2(sinhEta, cosXi), geodetic(sinXi / math.Sqrt(sinhEta*sinhEta+cosXi*cosXi))
}

// conformal is the tangent of the conformal latitude, from the sine and cosine of
// the geodetic one.
func conformal(sin, cos float64) float64 {
	e := math.Sqrt(ecc2)
	sigma := math.Sinh(e * math.Atanh(e*sin))
	return (sin*math.Sqrt(1+sigma*sigma) - sigma) / cos
}

// geodetic is the latitude whose conformal latitude has tangent t: Newton's method,
// which two steps bring to the last bit; the third is for the far north.
func geodetic(t float64) float64 {
	tau := t / (1 - ecc2)
	for range 3 {
		sec := math.Sqrt(1 + tau*tau)
		ti := conformal(tau/sec, 1/sec)
		d := (t - ti) / math.Sqrt(1+ti*ti) * (1 + (1-ecc2)*tau*tau) / ((1 - ecc2) * sec)
		tau += d
		if math.Abs(d) < 1e-12*sec {
			break
		}
	}
	return math.Atan(tau)
}

// series is the sum of c_j sin 2jz over j = 1…6 for the complex z = xi + i eta, by
// Clenshaw's recurrence.
func series(sin, cos, sinh, cosh, c1, c2, c3, c4, c5, c6 float64) (re, im float64) {
	wr, wi := 2*cos*cosh, -2*sin*sinh
	br, bi := c6, 0.0
	ar, ai := 0.0, 0.0
	for _, c := range [5]float64{c5, c4, c3, c2, c1} {
		br, bi, ar, ai = c+wr*br-wi*bi-ar, wr*bi+wi*br-ai, br, bi
	}
	sr, si := sin*cosh, cos*sinh
	return sr*br - si*bi, sr*bi + si*br
}
