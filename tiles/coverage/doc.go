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
// Invariant: what is drawn of a tile depends on the parcels on its ground alone. A
// parcel is counted on one tile of each zoom. Areas of one tile neither overlap nor
// leave gaps between each other, their rings are simple, and where two tiles meet
// each pixel of land is drawn up to their border.
package coverage
