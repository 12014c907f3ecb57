// Package overlay measures, checks and combines shapes in a plane: area, length,
// validity with its place and reason, safe repair, an interior point,
// intersection, difference, union, the split of a polygon by a line, and how one
// prepared shape lies to many others. It is the only importer of
// github.com/peterstace/simplefeatures.
//
// It is not for degrees: coordinates are metres of one plane, the same for both
// operands, as spatial/crs gives them. Geographic input gives no error and no
// sense; only Side, Intersects and Is of a Prepared hold in degrees too, where a
// straight edge is one that is straight on the map.
//
// Invariant: an operation that cannot be carried out is an error, never an empty
// or zero result. Operations on two shapes refuse an invalid one (Faults) wherever
// its faults could bear on the answer, so that a bow tie is not measured as if it
// were a parcel; two shapes whose boxes or borders do not meet are told apart
// without looking for faults. Inputs are never changed; the same inputs always give
// the same result.
//
// The tests on points and segments are exact: they have no tolerance, and a point
// on a line is on it.
package overlay
