// Package landuse is the list of land-use codes: what "ODT" is called, which group
// it belongs to, and the colour it has on a land-use map.
//
// It is data with a source and a status a row (codes.csv), not law: where a code
// is not in the list, the caller shows the code alone. It decides nothing.
//
// Invariant: a Table never changes once made.
package landuse
