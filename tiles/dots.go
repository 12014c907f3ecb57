package tiles

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

const (
	dotCells = 64                    // cells across a tile: 8 pixels each
	dotUnits = mvt.Extent / dotCells // units across a cell
)

// dot is what one cell holds: how many records, and the sum of where their middles
// lie, in units.
type dot struct{ n, x, y int64 }

// dots adds one point for each cell of the tile that records lie in, with their
// number. A record lies where the middle of its box does, so on one tile of a zoom:
// over all tiles of it the numbers add up to the records that have a place. The point
// is the mean of theirs, in whole units, so that it does not depend on their order.
func (r *Renderer) dots(enc *mvt.Encoder, v index.View, l *Layer, c Coord) {
	cells := make([]dot, dotCells*dotCells)
	world := math.Exp2(float64(c.Z)) * mvt.Extent
	west, north := int64(c.X)*mvt.Extent, int64(c.Y)*mvt.Extent
	for it := range v.Within(l.Source, c.Box(buffer)) {
		if l.Keep != nil && !l.Keep(it) {
			continue
		}
		p := it.Box().Center()
		s := math.Sin(p[1] * math.Pi / 180)
		x := int64(math.Floor((p[0]+180)/360*world)) - west
		y := int64(math.Floor((0.5-math.Log((1+s)/(1-s))/(4*math.Pi))*world)) - north
		if x < 0 || x >= mvt.Extent || y < 0 || y >= mvt.Extent {
			continue // another tile's
		}
		d := &cells[y/dotUnits*dotCells+x/dotUnits]
		d.n, d.x, d.y = d.n+1, d.x+x, d.y+y
	}
	for i := range cells {
		if d := &cells[i]; d.n > 0 {
			x, y := float64(west+d.x/d.n)+0.5, float64(north+d.y/d.n)+0.5
			at := orb.Point{x/world*360 - 180, math.Atan(math.Sinh(math.Pi*(1-2*y/world))) * 180 / math.Pi}
			enc.Feature(0, at, []mvt.Attr{{Key: "count", Value: spatial.Int(d.n)}})
		}
	}
}
