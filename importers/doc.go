// Package importers takes deliveries in: files of parcels, plans and city layers,
// read, decoded, placed, checked, compared with what the store holds, and written
// as one named import that can be taken back.
//
// It is not a reader of formats (its sub-packages are), not a store, and it mends
// only what is certain: the turn of a ring, a closing point, a point given twice.
// It never guesses a coordinate system; an encoding that it had to detect, it says.
//
// A delivery is read twice. The first reading learns the columns, the extent, the
// encoding and which keys are there twice; the second prepares rows on all cores,
// in batches, and hands them in order to the store's one transaction. What is held
// for the whole delivery is the polygons' legal shapes, for the topology, and of
// an earlier delivery a few hashes for each record. Where a table of attributes is
// joined to shapes it is held too, and the shapes are read once more.
//
// Deliveries of one dataset, a layer and a name, are compared with each other: a
// row is the record with its key (the layer's key fields, else the source's id,
// else its shape), or else one on the same ground that no row names.
//
// Invariant: every row of the delivery is in the store, or in the quarantine with
// the reason, or the whole import is refused and the store is as it was. The same
// delivery twice writes nothing the second time. A column about a person is never
// stored.
package importers
