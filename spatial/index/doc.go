// Package index is the read model: immutable snapshots of every present record,
// found by id, by place and by key. It is the only importer of tidwall/rtree.
//
// It is not a store: it keeps no history, no legal shape and no extra columns,
// and a restart loads it anew. It holds the present only.
//
// Which ground changed when is kept beside the records: see View.Stamp.
//
// Invariant: a Snapshot never changes once published, and holds exactly what a
// store held at one revision: never half of a commit. It can be read through a
// View alone, and a View shows only what its access tier may see.
package index
