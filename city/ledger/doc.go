// Package ledger keeps the facts of every parcel (city.Facts) worked out, and up to
// date with the read model: what tiles, filters and sums of a whole city read.
//
// It is not the card, which works its own answer out, and not a record of anything:
// what it keeps in a store is a cache that is made anew where it does not fit.
//
// Invariant: a complete Book holds, for every parcel of the model's revision that it
// names, the facts that city.Facts gives in the view of the least tier that sees the
// parcel: what is public, and what is of the parcel's own class. So whoever may see a
// parcel may see its facts. A Book never changes.
package ledger
