// Package frontage works out how a parcel lies to its streets: which of its edges
// face a street, which street and how wide it is, which edges are side and rear,
// and what lies beside each.
//
// It is not a survey and knows no rule of planning: it reads shapes, roads, water
// and planners' marks of one view, and says how sure it is and why. A recorded road
// width is given as recorded; one measured between parcels is never given as a record.
//
// Invariant: the answer depends on the view's records alone, not on their order,
// and any shape gives an answer: what cannot be worked out is said to be unknown.
// One thing is decided by all records of the snapshot: which parcel a mark belongs to.
//
// # The frame
//
// All measuring is done in metres of the parcel's own legal plane (the place's
// where it has none, else a local one), made linear about the middle of the
// parcel's box. A length L at a distance d from there is wrong by less than
// L·d/R·tan φ: in Vietnam under 0.1 mm on an edge of 10 m in a parcel of 200 m,
// and 2 cm at most on one of 300 m at the end of a parcel of 2 km. Positions given
// out are exact.
//
// # Corrections
//
// What is inferred can be wrong, and a planner who has stood in front of the plot
// knows better. A correction is a record of the layer MarksLayer: a point on the edge
// it speaks of, with the fields kind (front, side, rear), road (a road's code), width
// (m), document and note. A mark belongs to the edge of a present parcel that it lies
// nearest to, within a metre, and outranks what is inferred for that edge; of two the
// later revision holds. The answer then carries the note "corrected" and the width the
// source "mark". A layer, and not fields of the parcel, because one parcel has several
// edges, and because a layer has history, days, access, import, export and undo
// already. A point, and not the number of an edge, because edges are renumbered when a
// neighbour is divided and a place stays where it is. A mark whose edge is gone is a
// finding, not an error.
package frontage
