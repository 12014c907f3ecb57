// Package tiles serves the city as vector tiles: tile coordinates, which layers
// stand at which zoom, the bytes of a tile and their ETag.
//
// It is not HTTP (web/tile is) and reads the model through a view alone. The
// encoding itself is tiles/mvt, the generalisation of parcels tiles/coverage.
//
// Invariant: a tile is a pure function of a view and a request: what is kept here
// saves time and changes no byte. Features stand in id order, so two stores that
// hold the same records give the same bytes, whatever edits led there.
package tiles

import (
	"math"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// MaxZoom is the deepest zoom that is served; maps overzoom from there.
const MaxZoom = 18

// MinZoom is the first zoom that is served.
const MinZoom = 8

// Coord names a tile of the WebMercatorQuad matrix set: x east, y south.
type Coord struct{ Z, X, Y uint32 }

// ParseCoord reads the three numbers of a tile's address. NotFound "tile.outside"
// for a tile that does not exist or lies outside the zooms that are served.
func ParseCoord(z, x, y string) (Coord, error) {
	a, okZ := number(z)
	b, okX := number(x)
	c, okY := number(y)
	if !okZ || !okX || !okY || a < MinZoom || a > MaxZoom || b >= 1<<a || c >= 1<<a {
		return Coord{}, &spatial.Error{Op: "read a tile's address", Kind: spatial.NotFound, Code: "tile.outside",
			Args: map[string]any{"z": z, "x": x, "y": y, "minzoom": MinZoom, "maxzoom": MaxZoom}}
	}
	return Coord{a, b, c}, nil
}

// number reads plain digits without a leading zero: a tile has one address.
func number(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && (s[0] != '0' || len(s) == 1)
}

// At is the tile of a zoom that a place in WGS 84 lies on. Beyond the map's edges it is
// the tile at the edge.
func At(p orb.Point, z uint32) Coord {
	n := math.Exp2(float64(z))
	s := math.Sin(p[1] * math.Pi / 180)
	within := func(v float64) uint32 { return uint32(max(0, min(n-1, math.Floor(v*n)))) }
	return Coord{z, within((p[0] + 180) / 360), within(0.5 - math.Log((1+s)/(1-s))/(4*math.Pi))}
}

// Box is the tile's box in WGS 84, widened on every side by buffer, a share of
// the tile's width.
func (c Coord) Box(buffer float64) orb.Bound {
	n := math.Exp2(float64(c.Z))
	lon := func(x float64) float64 { return x/n*360 - 180 }
	lat := func(y float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*y/n))) * 180 / math.Pi }
	x, y := float64(c.X), float64(c.Y)
	return orb.Bound{Min: orb.Point{lon(x - buffer), lat(y + 1 + buffer)}, Max: orb.Point{lon(x + 1 + buffer), lat(y - buffer)}}
}
