// Package coverage generalises parcels to a gapless picture of the ground for the
// zooms at which single parcels are too small to draw: areas of one use each, in
// which streets and other narrow gaps belong to their neighbours.
//
// It is not a survey and measures nothing that is drawn: what it says of an area in
// numbers is summed over the records. It knows nothing of views, of bytes on the
// wire or of HTTP.
//
// How it is made. A Cell is the ground of one tile of zoom Base, 512 × 512 pixels. A
// pixel belongs to the parcel that covers its middle, of several to the one of the
// lowest id. Gaps up to 2·reach pixels wide are closed: each of their pixels goes to
// the nearest parcel. A pixel of a lower zoom is land where at least half of the
// ground under it is; which use it gets is settled pixel by pixel so that the shares
// of uses over the cell stay what they are. The pixels of a tile are then traced
// into arcs between junctions, each arc is smoothed and simplified once for both of
// its sides, and arcs are put together to rings.
//
// How tiles meet. A tile is traced with the pixels that touch it, of the cells around
// it. Where a border between two uses, or of the land, meets the line between two tiles,
// and where it leaves it, is decided by the pixels at that place alone, and no
// simplifying takes that corner away. So both tiles have the same corners on their
// line, and a border runs on across it as if there were none. What is drawn beyond a
// tile's border is as wide as its buffer and is right at the border alone.
//
// Invariant: what is drawn of a tile depends on the parcels on its ground and on the
// pixels around it alone. A parcel is counted on one tile of each zoom. Areas of one
// tile neither overlap nor leave gaps between each other, and their rings are simple.
// Along the line between two tiles each use that both draw begins and ends at the same
// places. There are three exceptions: where one of the two is drawn coarser for its
// weight, they differ by up to a pixel of the coarser one; where a tile has more uses to
// pin than inner pixels to give them; and where one has more uses than are told apart.
package coverage
