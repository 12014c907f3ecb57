package tiles

import (
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
)

// RenderWith makes the tile c of the given layers with facts, for those who make many
// tiles and keep none; nil where it holds nothing. facts may be nil.
func (r *Renderer) RenderWith(v index.View, facts Facts, layers []Layer, c Coord) []byte {
	return r.render(v, facts, layers, c)
}

// Reach is the box (WGS 84) of all that can be drawn on the tile: its own, and what
// shapes reach beyond it.
func (c Coord) Reach() orb.Bound { return c.Box(buffer) }
