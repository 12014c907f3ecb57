// Package crs names the coordinate systems of Vietnam and carries points between
// each of them and WGS 84: the VN-2000 TM-3 and UTM zones, VN-2000 and WGS 84
// geographic, the two WGS 84 UTM zones of the country, and Web Mercator. It
// recognises them in EPSG codes, OGC names, .prj files and PROJ strings.
//
// It is not a general projection library, and it does not guess: a definition
// that is none of these systems is an error which names what was found.
//
// Invariant: every function is pure, and the same point gives the same result
// everywhere. VN-2000 and WGS 84 are joined by one transformation only,
// EPSG:6960 at height 0. Because the height it yields is dropped, going there and
// back is exact to 0.2 mm in Lâm Đồng and to 2 mm in the whole country.
//
// Axes are x before y in both directions: longitude, latitude in degrees; easting,
// northing in metres. What a name says about axis order is for a file format's
// reader to obey, not for this package.
package crs
