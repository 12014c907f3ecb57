package crs

import "math"

// EPSG:6960, "VN-2000 to WGS 84 (2)": method 9607, coordinate frame rotation.
// Source: EPSG Dataset v10.076. In a position-vector notation (+towgs84, TOWGS84)
// the three rotations stand with the opposite sign.
const (
	shiftX = -191.90441429 // metres
	shiftY = -39.30318279
	shiftZ = -111.45032835
	rotX   = -0.00928836 // seconds of arc
	rotY   = 0.01975479
	rotZ   = -0.00427372
	scale  = 0.252906278 // parts per million

	second = degree / 3600
	rx     = rotX * second
	ry     = rotY * second
	rz     = rotZ * second
	factor = 1 + scale*1e-6
)

// toWGS84 carries longitude and latitude in radians from VN-2000 to WGS 84, at
// height 0.
func toWGS84(lon, lat float64) (float64, float64) {
	x, y, z := geocentric(lon, lat)
	return geographic(
		shiftX+factor*(x+rz*y-ry*z),
		shiftY+factor*(y-rz*x+rx*z),
		shiftZ+factor*(z+ry*x-rx*y))
}

// toVN2000 is the reverse of toWGS84, at height 0.
func toVN2000(lon, lat float64) (float64, float64) {
	x, y, z := geocentric(lon, lat)
	x, y, z = (x-shiftX)/factor, (y-shiftY)/factor, (z-shiftZ)/factor
	return geographic(x-rz*y+ry*z, y+rz*x-rx*z, z-ry*x+rx*y)
}

func geocentric(lon, lat float64) (x, y, z float64) {
	sin, cos := math.Sincos(lat)
	sinLon, cosLon := math.Sincos(lon)
	n := semiMajor / math.Sqrt(1-ecc2*sin*sin)
	return n * cos * cosLon, n * cos * sinLon, n * (1 - ecc2) * sin
}

// geographic is Bowring's solution, good to 1e-14 rad so near the ellipsoid.
func geographic(x, y, z float64) (lon, lat float64) {
	p := math.Sqrt(x*x + y*y)
	u, v := z*semiMajor, p*semiMinor
	h := math.Sqrt(u*u + v*v)
	sin, cos := u/h, v/h
	return math.Atan2(y, x), math.Atan2(z+secondEcc2*semiMinor*sin*sin*sin, p-ecc2*semiMajor*cos*cos*cos)
}
