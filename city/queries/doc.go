// Package queries finds parcels by what they are, by what was worked out of them
// and by what lies near: a planner's question over one view of the read model.
//
// It assesses nothing (package city does, and what it found is handed in as Known),
// knows no text that a query is written in beyond package filter's, and no HTTP.
//
// Invariant: a query is answered from one view, so from one revision and one access
// tier, and sees each parcel once. What is not known of a parcel is missing, and a
// condition on it does not hold. Distances are exact, in metres of the place's
// plane, and are never worked out parcel by record: an index lies between.
package queries
