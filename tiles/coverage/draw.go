package coverage

import (
	"cmp"
	"slices"

	"github.com/langbiang/langbiang/tiles/mvt"
)

// Unit is a place on a tile.
type Unit = mvt.Unit

const (
	extent = mvt.Extent
	beyond = mvt.Buffer    // units that what lies at a tile's border is drawn beyond it
	pixel  = extent / Side // units across a pixel
)

// Area is the ground of one use on a tile.
type Area struct {
	Tally
	// Polygons are the areas: outer rings clockwise on the screen, holes the other
	// way, each ring open. What touches the tile's border goes on beyond it.
	Polygons [][][]Unit
}

// Drawer draws tiles and reuses its memory. It is not safe for concurrent use. The
// zero Drawer is ready.
type Drawer struct {
	picture raster // with the pixels around the tile
	trace   tracer
}

// Draw is the tile z, x, y, Lowest ≤ z ≤ Base, made of its cells and of those around
// it that are not empty, each in any order: its areas by use, rising. A use that is
// counted on the tile has an area on it, be it of one pixel; one that is only around
// it has none. A tile that would get too heavy is drawn in pixels of twice the width,
// or of four times, as far as there are any: coarser is how many times they were
// doubled.
func (d *Drawer) Draw(z, x, y uint32, cells, around []*Cell) (areas []Area, coarser uint32) {
	for ; ; coarser++ {
		out := d.paint(z, x, y, coarser, cells, around)
		if len(out) == 0 {
			return nil, 0
		}
		d.trace.areas(&d.picture, out)
		out = slices.DeleteFunc(out, func(a Area) bool { return len(a.Polygons) == 0 })
		if weight(out) <= heaviest || z-coarser == Lowest {
			return out, coarser
		}
	}
}

// heaviest is the most bytes of geometry that a tile is drawn with: some 130 kB when
// it is sent.
const heaviest = 240_000

// weight is about how many bytes the geometry of areas takes.
func weight(areas []Area) int {
	n := 0
	for _, a := range areas {
		for _, p := range a.Polygons {
			for _, r := range p {
				n += 3 + 2*len(r)
			}
		}
	}
	return n
}

// paint lays the cells of a tile on the picture and the pixels around it on its rim,
// in pixels as coarse as those of so many zooms lower, and sums the tallies of its own.
func (d *Drawer) paint(z, x, y, coarser uint32, cells, around []*Cell) []Area {
	down := Base - z         // zooms below which the cells lie
	level := down + coarser  // of their pixels
	side := Side >> level    // pixels across a cell
	whole := Side >> coarser // and across the tile
	var uses []string
	for _, c := range cells {
		uses = append(uses, c.uses...)
	}
	slices.Sort(uses)
	uses = bounded(slices.Compact(uses))
	out := make([]Area, len(uses))
	anchor := make([]int32, len(uses))
	for i, u := range uses {
		out[i].Use, anchor[i] = u, -1
	}
	d.picture.reset(whole + 2)
	// By place, so that the anchor does not hang on the order cells come in.
	cells = slices.Clone(cells)
	slices.SortFunc(cells, func(a, b *Cell) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	for _, c := range cells {
		cx, cy := int(c.X-x<<down)*side, int(c.Y-y<<down)*side
		table := make([]uint16, len(c.uses)+1)
		for i, u := range c.uses {
			k := rank(uses, u)
			table[i+1] = uint16(k + 1)
			t := &c.tally[i]
			out[k].Count += int(t.count)
			out[k].Area += t.area
			if t.anchor >= 0 && anchor[k] < 0 {
				px, py := int(t.anchor%Side)>>level, int(t.anchor/Side)>>level
				anchor[k] = int32((1+cy+py)*d.picture.side + 1 + cx + px)
			}
		}
		unpack(&d.picture, c.levels[level], 1+cx, 1+cy, side, table)
	}
	d.pin(out, anchor)
	d.surround(z, x, y, coarser, around, uses)
	return out
}

// pin gives each use that is counted and not drawn a pixel: the one with its label,
// else the nearest that is not another use's last. The tile's outermost pixels are
// given last, since the tiles beside it draw by them.
func (d *Drawer) pin(out []Area, anchor []int32) {
	drawn := make([]int, len(out)+1)
	for _, v := range d.picture.px {
		drawn[v]++
	}
	for i := range out {
		if drawn[i+1] > 0 || anchor[i] < 0 {
			continue
		}
		at := d.spare(int(anchor[i]), 2, drawn)
		if at < 0 {
			at = d.spare(int(anchor[i]), 1, drawn)
		}
		if at >= 0 {
			drawn[d.picture.px[at]]--
			d.picture.px[at] = uint16(i + 1)
			drawn[i+1]++
		}
	}
}

// spare is the pixel nearest to one, square by square around it and then in reading
// order, that can be given away; -1 where there is none. It lies at least within
// pixels from the picture's border.
func (d *Drawer) spare(at, within int, drawn []int) int {
	side := d.picture.side
	x, y := at%side, at/side
	for r := range side {
		for dy := -r; dy <= r; dy++ {
			step := 2 * r
			if dy == -r || dy == r || r == 0 {
				step = 1
			}
			for dx := -r; dx <= r; dx += step {
				px, py := x+dx, y+dy
				if px < within || py < within || px >= side-within || py >= side-within {
					continue
				}
				if v := d.picture.px[py*side+px]; v == 0 || drawn[v] > 1 {
					return py*side + px
				}
			}
		}
	}
	return -1
}
