package bake

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// walk gives the tiles of a zoom that something may stand on, in the order of the
// archive: down the quadtree, past all ground that is empty. within bounds the tiles
// (WGS 84), each(...) false ends it; it reports whether it went to its end.
func walk(v index.View, layers []tiles.Layer, z uint32, within orb.Bound, each func(id uint64, c tiles.Coord) bool) bool {
	var sources []string
	for i := range layers {
		if layers[i].At(z) && !slices.Contains(sources, layers[i].Source) {
			sources = append(sources, layers[i].Source)
		}
	}
	return descend(v, sources, z, within, tiles.Coord{}, each)
}

func descend(v index.View, sources []string, z uint32, within orb.Bound, c tiles.Coord, each func(id uint64, c tiles.Coord) bool) bool {
	if !overlaps(c.Box(0), within) || !settled(v, sources, c.Reach()) {
		return true
	}
	if c.Z == z {
		return each(pmtiles.ID(c.Z, c.X, c.Y), c)
	}
	type child struct {
		id uint64
		at tiles.Coord
	}
	var below [4]child
	for i := range below {
		at := tiles.Coord{Z: c.Z + 1, X: 2*c.X + uint32(i&1), Y: 2*c.Y + uint32(i>>1)}
		below[i] = child{pmtiles.ID(at.Z, at.X, at.Y), at}
	}
	slices.SortFunc(below[:], func(a, b child) int { return cmp.Compare(a.id, b.id) })
	for _, b := range below {
		if !descend(v, sources, z, within, b.at, each) {
			return false
		}
	}
	return true
}

// settled reports whether a record of a layer may stand in a box.
func settled(v index.View, sources []string, box orb.Bound) bool {
	for _, s := range sources {
		for range v.Within(s, box) {
			return true
		}
	}
	return false
}

// overlaps reports whether two boxes share ground: more than a border.
func overlaps(a, b orb.Bound) bool {
	return a.Min[0] < b.Max[0] && b.Min[0] < a.Max[0] && a.Min[1] < b.Max[1] && b.Min[1] < a.Max[1]
}

// world is all ground that tiles have.
func world() orb.Bound {
	return orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
}

// shown is the ground of all tiles from zoom z on that overlap a box: theirs is wider
// the lower the zoom.
func shown(z uint32, within orb.Bound) orb.Bound {
	n := math.Exp2(float64(z))
	at := func(p orb.Point) tiles.Coord {
		s := math.Sin(max(-85, min(85, p[1])) * math.Pi / 180)
		cell := func(share float64) uint32 { return uint32(max(0, min(n-1, share*n))) }
		return tiles.Coord{Z: z, X: cell((p[0] + 180) / 360), Y: cell(0.5 - math.Log((1+s)/(1-s))/(4*math.Pi))}
	}
	return within.Union(at(orb.Point{within.Min[0], within.Max[1]}).Reach()).Union(at(orb.Point{within.Max[0], within.Min[1]}).Reach())
}
