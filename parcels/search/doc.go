// Package search finds parcels, streets, addresses, wards and places by what
// people type: with or without Vietnamese marks, in either order of sheet and
// number, by old ward names as well as new.
//
// It is not an index and holds nothing: Keys says which texts the read model keeps
// for each record, Find reads them back through a view. It knows no store, no HTTP
// and no coordinates typed as text.
//
// Invariant: an answer depends on the view and the query alone, and the work for
// it is bounded whatever the query is.
package search
