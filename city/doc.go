// Package city joins the cadastre, planning and operations over one snapshot of
// the read model: the layers, the parcel card, a parcel's zone covers.
//
// It is not a store and not HTTP: it reads a view of the model and gives plain
// values.
//
// Invariant: an answer is made from one view, so from one revision and one access
// tier.
package city
