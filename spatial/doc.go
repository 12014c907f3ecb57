// Package spatial holds the words every other package speaks: geometry with its
// SRID, civil dates, revisions, typed values, layers and their fields, features,
// who may see what, and the one error type.
//
// It is not a place for algorithms: reprojection is spatial/crs, overlay is
// spatial/overlay, the read model is spatial/index.
//
// Invariant: plain values only. Nothing here does I/O, holds state, or imports
// another package of ours.
//
// Geometry is github.com/paulmach/orb throughout: x before y, so longitude
// before latitude in WGS 84 and easting before northing in a plane.
package spatial
