package coverage

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Beyond is how much ground beyond a tile bears on how it is drawn, in cells: those
// around it whole, and what decides how their gaps are closed.
const Beyond = 1 + float64(margin)/Side

// Edge stands for the pixels around the tile z, x, y that it is drawn by where it is
// drawn up to so many times coarser. Where they and the tile's own cells are the same,
// so is what Draw makes. around are the cells around the tile that are not empty, in
// any order.
func Edge(z, x, y, coarser uint32, around []*Cell) (out [sha256.Size]byte) {
	h := sha256.New()
	var b []byte
	for more := uint32(0); more <= min(coarser, z-Lowest); more++ {
		cells := slices.Clone(around)
		slices.SortFunc(cells, func(a, b *Cell) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
		for _, c := range cells {
			w := windowOf(z, x, y, more, c)
			b = binary.AppendUvarint(b, uint64(more))
			b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(c.X)), uint64(c.Y))
			value, n := uint64(0), uint64(0)
			flush := func() {
				b = binary.AppendUvarint(b, n)
				if value == 0 {
					b = append(b, 0)
				} else if n > 0 {
					u := c.uses[value-1]
					b = append(binary.AppendUvarint(b, 1+uint64(len(u))), u...)
				}
				n = 0
			}
			w.each(c, func(_, _, k int, v uint64) {
				if v != value && n > 0 {
					flush()
				}
				value = v
				n += uint64(k)
			})
			flush()
		}
	}
	_, _ = h.Write(b) // a hash takes everything
	h.Sum(out[:0])
	return out
}

// surround lays the pixels around a tile on the picture's rim. What is of a use that
// the tile has not gets a value beyond those of uses.
func (d *Drawer) surround(z, x, y, coarser uint32, around []*Cell, uses []string) {
	var further map[string]uint16
	for _, c := range around {
		w := windowOf(z, x, y, coarser, c)
		last, value := uint64(0), uint16(0)
		w.each(c, func(px, py, n int, v uint64) {
			if v != last {
				last, value = v, 0
				if v > 0 {
					u := c.uses[v-1]
					if i, ok := slices.BinarySearch(uses, u); ok {
						value = uint16(i + 1)
					} else if value = further[u]; value == 0 {
						if further == nil {
							further = map[string]uint16{}
						}
						value = uint16(len(uses) + len(further) + 1) // there are not more of them than pixels around
						further[u] = value
					}
				}
			}
			for i := range n {
				d.picture.px[(1+py)*d.picture.side+1+px+i] = value
			}
		})
	}
}

// window is the part of a cell that touches a tile, in pixels of the cell.
type window struct {
	level          int
	x0, y0, x1, y1 int // the ends are not in it; empty where the cell does not touch the tile
	west, north    int // of the cell, in pixels from the tile's corner
}

// windowOf is that of a cell beside the tile z, x, y, in pixels so many times coarser.
func windowOf(z, x, y, coarser uint32, c *Cell) window {
	down := Base - z
	w := window{level: int(down + coarser)}
	side, whole := Side>>w.level, Side>>coarser
	w.west, w.north = (int(c.X)-int(x<<down))*side, (int(c.Y)-int(y<<down))*side
	// The pixels of the row or column that touches the tile, none where it is another.
	part := func(from int) (int, int) { return max(0, -1-from), min(side, whole+1-from) }
	w.x0, w.x1 = part(w.west)
	w.y0, w.y1 = part(w.north)
	return w
}

// each calls for the pixels of the window row by row, n of one value v at a time, with
// the place of the first from the tile's corner.
func (w window) each(c *Cell, each func(x, y, n int, v uint64)) {
	if w.x0 >= w.x1 || w.y0 >= w.y1 {
		return
	}
	shift := bits.TrailingZeros(Side) - w.level
	packed, at := c.levels[w.level], 0
	for len(packed) > 0 && at < w.y1<<shift {
		v, k := binary.Uvarint(packed)
		packed = packed[k:]
		n, k := binary.Uvarint(packed)
		packed = packed[k:]
		end := at + int(n)
		for y := max(w.y0, at>>shift); y < w.y1 && y<<shift < end; y++ {
			x0, x1 := max(w.x0, at-y<<shift), min(w.x1, end-y<<shift)
			if x0 < x1 {
				each(w.west+x0, w.north+y, x1-x0, v)
			}
		}
		at = end
	}
}
