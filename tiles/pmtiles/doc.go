// Package pmtiles writes, reads and verifies PMTiles archives of version 3: the
// tiles of a map in one file, found by the curve of Hilbert.
//
// It is not what stands on the tiles (package tiles is), nor who makes them
// (tiles/bake), and knows no HTTP. It reads archives of any making and writes
// those of vector tiles, compressed with gzip, alone.
//
// How it is made. The file is header, root directory, metadata, leaf directories,
// tiles, in this order and without gaps. A body that repeats is written once. While
// an archive is being made its tiles stand in a file beside it, with a journal, so
// that work which was cut off goes on where it ended (Spool).
//
// Invariant: the same tiles and metadata give the same bytes, in one go or in
// several. What is read is never believed: a length, an offset or a count is
// checked before anything is allotted or read by it.
package pmtiles

import "github.com/langbiang/langbiang/spatial"

// Deepest is the deepest zoom of tiles in an archive: ids of all zooms down to it
// fit in 53 bits, so that any client can count with them.
const Deepest = 26

// bad is an error in an archive's bytes: what is wrong with it, in words.
func bad(code, why string) error {
	return &spatial.Error{Op: "read a tile archive", Kind: spatial.Invalid, Code: code, Args: map[string]any{"why": why}}
}
