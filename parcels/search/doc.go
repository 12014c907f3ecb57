// Package search finds parcels, streets, addresses, wards, places, zones and plans
// by what people type: with or without Vietnamese marks, in either order of sheet
// and number, by old ward names as well as new. A place typed in numbers (spot
// reads it) is found too, with the parcel there.
//
// It is not an index and holds nothing: Keys says which texts the read model keeps
// for each record, Find reads them back through a view. It knows no store
// and no HTTP.
//
// Invariant: an answer depends on the view and the query alone, and the work for
// it is bounded whatever the query is.
package search
