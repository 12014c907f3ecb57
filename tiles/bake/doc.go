// Package bake makes all tiles of a city at one revision, for an archive: which tiles
// there are, made side by side on all cores, and taken over from an earlier archive
// where the ground is as it was.
//
// It is not the archive (tiles/pmtiles) nor the tiles (package tiles). It reads a view
// of the model, and of that view what is public alone.
//
// How it knows what changed. For each cell of zoom 14 the archive says by a print
// which versions of which records stood on its ground, and what was worked out of
// them. A tile is taken over where the prints of all cells that it shows are those of
// now. So what was deleted, what a day made past and what other rules say counts
// as much as an edit, whichever process, store or log the archive before came from.
//
// Invariant: the bytes of an archive are a function of the view, the facts and the
// job: with an earlier archive or without one, in one go or resumed.
package bake
