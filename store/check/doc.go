// Package check derives every invariant of a store anew: what the stores promise
// by their constraints, and what only all the records together can show.
//
// It mends nothing, and it knows no store: it reads through the methods that both
// have.
//
// Invariant: a finding is broken only where the store contradicts itself. What the
// world may really be like (parcels that overlap) is a warning.
package check
