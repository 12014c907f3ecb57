package pmtiles

// ID numbers the tile z, x, y: the tiles of lower zooms come first, those of one
// zoom in the order of the Hilbert curve. z ≤ Deepest, and x and y are on the map.
func ID(z, x, y uint32) uint64 {
	var along uint64
	for s := uint32(1) << z >> 1; s > 0; s >>= 1 {
		var rx, ry uint32
		if x&s != 0 {
			rx = 1
		}
		if y&s != 0 {
			ry = 1
		}
		along += uint64(s) * uint64(s) * uint64(3*rx^ry)
		x, y = turn(s, x, y, rx, ry)
	}
	return first(z) + along
}

// Place is the tile with an id; false beyond Deepest.
func Place(id uint64) (z, x, y uint32, ok bool) {
	for first(z+1) <= id {
		if z++; z > Deepest {
			return 0, 0, 0, false
		}
	}
	along := id - first(z)
	for s := uint32(1); s < 1<<z; s <<= 1 {
		rx := uint32(along>>1) & 1
		ry := uint32(along^uint64(rx)) & 1
		x, y = turn(s, x, y, rx, ry)
		x, y = x+s*rx, y+s*ry
		along >>= 2
	}
	return z, x, y, true
}

// first is the id of a zoom's first tile: (4^z − 1) / 3.
func first(z uint32) uint64 { return (1<<(2*z) - 1) / 3 }

// turn turns a quarter of the curve of s tiles across so that it joins the next.
func turn(s, x, y, rx, ry uint32) (uint32, uint32) {
	if ry != 0 {
		return x, y
	}
	x, y = x&(s-1), y&(s-1)
	if rx == 1 {
		x, y = s-1-x, s-1-y
	}
	return y, x
}
