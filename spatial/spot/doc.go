// Package spot reads a place that a person typed: latitude and longitude in any
// of the ways they are written, or metres of a VN-2000 plane, in either order.
//
// It is not a projection (crs carries the points) and not a search: it finds no
// name, and a text that holds a word it does not know is no place for it.
//
// Invariant: reading is pure and bounded, the same text at the same place gives
// the same spot, and a spot says how it was read, since two numbers alone say
// little.
package spot
