package index

import (
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// deepest is the zoom of the smallest cells that stamps are kept for: some 2.4 km
// across at the equator.
const deepest = 14

// mostCells is how many cells a box may mark one by one. A wider box marks larger
// cells instead, so that a shape the size of a country costs no more than a plot.
const mostCells = 64

// Origin is one load of a model. Snapshots that follow from it by the log have the
// same one. Stamps of different origins say nothing about each other.
type Origin struct{ _ byte } // not of size zero: each has an address of its own

// Origin is the load that the view's snapshot follows from; nil where the view has
// no stamps: it is empty, or was made by With.
func (v View) Origin() *Origin {
	if v.s == nil {
		return nil
	}
	return v.s.origin
}

// Stamp is the highest revision that touched the ground of box (WGS 84) in a layer:
// brought a record there, changed one, or took one away. 0 = no record was ever
// seen there. It counts by cells of tiles, z14 and up, so it may name a revision
// that touched the ground beside the box.
//
// Two views of one origin with the same stamp show the same records on that ground,
// each tier for itself. What was taken away before the load left no stamp, so the
// same stamp may stand for other records after a restart, or on another server: it
// is a key for what one process keeps, never a name to give away. A layer the tier
// may not see is stamped too: the tier is part of every key.
func (v View) Stamp(layer string, box orb.Bound) spatial.Revision {
	if v.s == nil || v.s.origin == nil || Empty(box) {
		return 0
	}
	l := v.s.layers[layer]
	if l == nil {
		return 0
	}
	return l.stamps.highest(box)
}

// Changed is the highest revision that brought, changed or took away any record of a
// layer, those without a shape among them. It is to a whole layer what Stamp is to some
// ground, and means as much.
func (v View) Changed(layer string) spatial.Revision {
	if v.s == nil || v.s.origin == nil || v.s.layers[layer] == nil {
		return 0
	}
	return v.s.layers[layer].changed
}

// ChangedBeside is the same of what stands beside the records: the place, the list of
// layers, the named imports. 0 = they are as they were loaded.
func (v View) ChangedBeside() spatial.Revision {
	if v.s == nil || v.s.origin == nil {
		return 0
	}
	return v.s.beside
}

// stamps is a pyramid of revisions over the cells of tiles, from the world down to
// deepest. It is copied in constant time: nodes of another owner are copied when
// they are to change.
type stamps struct {
	root  *node
	owner *Origin // of the nodes that may be changed in place
}

type node struct {
	owner *Origin
	own   spatial.Revision // marks the whole cell
	max   spatial.Revision // the highest of own and of all below
	below [4]*node         // NW, NE, SW, SE
}

func newStamps() stamps { return stamps{owner: new(Origin)} }

// copy is a pyramid that can be changed without the old one changing. The old one
// must not be changed any more.
func (s stamps) copy() stamps { return stamps{root: s.root, owner: new(Origin)} }

// touch marks the ground of a box with a revision.
func (s *stamps) touch(box orb.Bound, rev spatial.Revision) {
	if Empty(box) {
		return
	}
	c := cellsOf(box)
	z := deepest
	for c.count() > mostCells {
		c = c.wider()
		z--
	}
	for y := c.y0; y <= c.y1; y++ {
		for x := c.x0; x <= c.x1; x++ {
			s.root = s.mark(s.root, z, x, y, rev)
		}
	}
}

// mark sets the cell x, y that lies down levels under n.
func (s *stamps) mark(n *node, down int, x, y uint32, rev spatial.Revision) *node {
	if n == nil {
		n = &node{owner: s.owner}
	} else if n.owner != s.owner {
		c := *n
		c.owner = s.owner
		n = &c
	}
	n.max = max(n.max, rev)
	if down == 0 {
		n.own = max(n.own, rev)
		return n
	}
	i := x>>(down-1)&1 | y>>(down-1)&1<<1
	n.below[i] = s.mark(n.below[i], down-1, x, y, rev)
	return n
}

func (s *stamps) highest(box orb.Bound) spatial.Revision {
	return s.root.highest(deepest, 0, 0, cellsOf(box), 0)
}

// highest is the larger of best and what stands in the part of the cell n, down
// levels above the deepest, that the cells c cover. x, y is n's first deepest cell.
func (n *node) highest(down int, x, y uint32, c cells, best spatial.Revision) spatial.Revision {
	size := uint32(1)<<down - 1
	if n == nil || n.max <= best || x > c.x1 || y > c.y1 || x+size < c.x0 || y+size < c.y0 {
		return best
	}
	if x >= c.x0 && y >= c.y0 && x+size <= c.x1 && y+size <= c.y1 {
		return n.max
	}
	best = max(best, n.own)
	half := uint32(1) << down >> 1
	for i, b := range n.below {
		best = b.highest(down-1, x+half*uint32(i&1), y+half*uint32(i>>1), c, best)
	}
	return best
}

// cells are the cells of one zoom that a box touches, both ends included.
type cells struct{ x0, y0, x1, y1 uint32 }

func (c cells) count() int { return int(c.x1-c.x0+1) * int(c.y1-c.y0+1) }

func (c cells) wider() cells { return cells{c.x0 >> 1, c.y0 >> 1, c.x1 >> 1, c.y1 >> 1} }

func cellsOf(box orb.Bound) cells {
	return cells{cellX(box.Min[0]), cellY(box.Max[1]), cellX(box.Max[0]), cellY(box.Min[1])}
}

func cellX(lon float64) uint32 { return cell((lon + 180) / 360) }

// cellY counts southward; beyond Web Mercator's ends it is the first or last row.
func cellY(lat float64) uint32 {
	s := math.Sin(lat * math.Pi / 180)
	return cell(0.5 - math.Log((1+s)/(1-s))/(4*math.Pi))
}

func cell(share float64) uint32 {
	const n = 1 << deepest
	if !(share > 0) { // NaN too
		return 0
	}
	return uint32(min(share*n, n-1))
}
