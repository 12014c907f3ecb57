// Package demo builds the demonstration city from a seed: streets, plots, plans and
// city operations that look like Da Lat and belong to nobody.
//
// It is not data about a real place: the names of streets, wards and sights and the
// sights' positions are facts; every outline, plot, number of floors, document and
// event is made up, and says so. It knows no store and no HTTP: it gives records,
// and fills whatever takes them.
//
// Invariant: the same options give the same records in the same order, byte for
// byte. Nothing depends on the clock, on the order of a map or on the number of
// processors.
package demo
