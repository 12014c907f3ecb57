package tiles

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"
	"golang.org/x/sync/singleflight"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/tiles/coverage"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// groundBytes bounds the memory of kept cells. A city of a hundred thousand parcels
// takes some 2 MB a tier.
const groundBytes = 64 << 20

// drawnBytes bounds the memory of kept drawings. A city's take some 5 MB a tier.
const drawnBytes = 32 << 20

// ground makes the coverage layer of tiles. It keeps cells, one a place and tier, and
// makes one anew where the stamp of its ground has risen and other records stand
// there than it was made of. It keeps how a tile's cells are drawn likewise, and draws
// them anew where one of them is another, or the pixels around the tile are.
type ground struct {
	cells    *otter.Cache[cellKey, madeCell]
	drawn    *otter.Cache[drawnKey, drawing]
	flight   singleflight.Group
	builders sync.Pool
	drawers  sync.Pool
	kept     keptCells
}

type drawnKey struct {
	origin *index.Origin
	layer  string // of tiles
	tier   spatial.Tier
	at     Coord
}

// drawing is the coverage of a tile as the tile has it, with what it was drawn of.
type drawing struct {
	stamp   spatial.Revision
	of      [sha256.Size]byte // of the cells under it and the pixels around it
	coarser uint32            // than its pixels must be, in zooms
	layer   []byte            // nil where there are none
}

// drawer is what one drawing is made with.
type drawer struct {
	coverage.Drawer
	enc mvt.Encoder
}

type cellKey struct {
	origin *index.Origin
	tier   spatial.Tier
	x, y   uint32
}

// madeCell is a cell with what it was made of. A nil cell is empty ground.
type madeCell struct {
	stamp spatial.Revision
	of    [sha256.Size]byte // of the records it was made of
	cell  *coverage.Cell
}

// builder is what one cell is made with.
type builder struct {
	coverage.Builder
	items   []index.Item
	parcels []coverage.Parcel
}

func newGround() *ground {
	return &ground{
		cells: otter.Must(&otter.Options[cellKey, madeCell]{MaximumWeight: groundBytes, Weigher: func(_ cellKey, m madeCell) uint32 {
			n := 200
			if m.cell != nil {
				n += m.cell.Size()
			}
			return uint32(n)
		}}),
		drawn: otter.Must(&otter.Options[drawnKey, drawing]{MaximumWeight: drawnBytes, Weigher: func(_ drawnKey, d drawing) uint32 {
			return uint32(200 + len(d.layer))
		}}),
		builders: sync.Pool{New: func() any { return new(builder) }},
		drawers:  sync.Pool{New: func() any { return new(drawer) }},
	}
}

// draw is the coverage layer of the tile c, finished; empty where there is none. It is
// not to be written to.
func (g *ground) draw(v index.View, l *Layer, c Coord) []byte {
	if v.Origin() == nil { // no stamps: nothing can be kept
		cells, around := g.cellsOf(v, l.Source, c)
		layer, _ := g.picture(l, c, cells, around)
		return layer
	}
	if v.Stamp(l.Source, groundOf(c)) == 0 {
		return nil
	}
	stamp := v.Stamp(l.Source, c.coverageBox())
	k := drawnKey{v.Origin(), l.Name, v.Tier(), c}
	was, ok := g.drawn.GetIfPresent(k)
	if ok && was.stamp == stamp {
		return was.layer
	}
	made, _, _ := g.flight.Do(fmt.Sprint("drawn", k, stamp), func() (any, error) {
		cells, around := g.cellsOf(v, l.Source, c)
		d := drawing{stamp: stamp, of: printOf(c, cells, around, was.coarser), coarser: was.coarser, layer: was.layer}
		if !ok || was.of != d.of {
			if d.layer, d.coarser = g.picture(l, c, cells, around); d.coarser != was.coarser {
				d.of = printOf(c, cells, around, d.coarser)
			}
		}
		g.drawn.Set(k, d)
		return d.layer, nil
	})
	return made.([]byte)
}

// groundOf is the box (WGS 84) in which parcels bear on the coverage of a tile.
func groundOf(c Coord) orb.Bound {
	down := coverage.Base - c.Z
	return coverage.Ground(c.X<<down, c.Y<<down).Union(coverage.Ground((c.X+1)<<down-1, (c.Y+1)<<down-1))
}

// coverageBox is the box (WGS 84) of all ground that bears on how the coverage of the
// tile is drawn. An edit there need not show on it.
func (c Coord) coverageBox() orb.Bound {
	return c.Box(coverage.Beyond / float64(uint32(1)<<(coverage.Base-c.Z)))
}

// printOf stands for the cells of one tile, which it puts in order, and the pixels
// around it that it is drawn by where it is so many times coarser.
func printOf(c Coord, cells, around []madeCell, coarser uint32) (out [sha256.Size]byte) {
	slices.SortFunc(cells, func(a, b madeCell) int {
		return cmp.Or(cmp.Compare(a.cell.Y, b.cell.Y), cmp.Compare(a.cell.X, b.cell.X))
	})
	h := sha256.New()
	for _, m := range cells {
		_ = binary.Write(h, binary.LittleEndian, [2]uint32{m.cell.X, m.cell.Y}) // a hash takes everything
		_, _ = h.Write(m.of[:])
	}
	edge := coverage.Edge(c.Z, c.X, c.Y, coarser, bare(around))
	_, _ = h.Write(edge[:])
	h.Sum(out[:0])
	return out
}

func bare(made []madeCell) []*coverage.Cell {
	out := make([]*coverage.Cell, len(made))
	for i := range made {
		out[i] = made[i].cell
	}
	return out
}

// picture draws cells as the layer of the tile c, and says how much coarser than its
// pixels must be.
func (g *ground) picture(l *Layer, c Coord, cells, around []madeCell) (layer []byte, coarser uint32) {
	d := g.drawers.Get().(*drawer)
	defer g.drawers.Put(d)
	d.enc.Begin(c.Z, c.X, c.Y)
	d.enc.Layer(l.Name)
	areas, coarser := d.Draw(c.Z, c.X, c.Y, bare(cells), bare(around))
	for _, a := range areas {
		use := spatial.Value{}
		if a.Use != "" {
			use = spatial.Normalised(a.Use)
		}
		d.enc.Polygons(a.Polygons, []mvt.Attr{{Key: "use", Value: use}, {Key: "area", Value: spatial.Float(float64(a.Area) / 1e4)}, {Key: "count", Value: spatial.Int(int64(a.Count))}})
	}
	return slices.Clone(d.enc.Bytes()), coarser
}

// cellsOf are the cells of a tile and those around it that are not empty, in no order,
// made side by side.
func (g *ground) cellsOf(v index.View, layer string, c Coord) (under, around []madeCell) {
	n := uint32(1) << (coverage.Base - c.Z)
	x0, y0 := c.X*n, c.Y*n
	next := make(chan [2]uint32)
	var mu sync.Mutex
	var failed any
	var made sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		made.Go(func() {
			defer func() {
				if p := recover(); p != nil { // it is the request's to fail, not the process's
					mu.Lock()
					failed = p
					mu.Unlock()
					for range next {
					}
				}
			}()
			for at := range next {
				if m := g.cell(v, layer, at[0], at[1]); m.cell != nil {
					of := &around
					if at[0]-x0 < n && at[1]-y0 < n {
						of = &under
					}
					mu.Lock()
					*of = append(*of, m)
					mu.Unlock()
				}
			}
		})
	}
	const last = 1<<coverage.Base - 1
	for y := max(y0, 1) - 1; y <= min(y0+n, last); y++ {
		for x := max(x0, 1) - 1; x <= min(x0+n, last); x++ {
			next <- [2]uint32{x, y}
		}
	}
	close(next)
	made.Wait()
	if failed != nil {
		panic(failed)
	}
	return under, around
}

// edge stands for what lies around a tile as far as it can bear on how it is drawn.
func (g *ground) edge(v index.View, layer string, c Coord) [sha256.Size]byte {
	if v.Stamp(layer, groundOf(c)) == 0 {
		return [sha256.Size]byte{} // nothing is drawn
	}
	_, around := g.cellsOf(v, layer, c)
	return coverage.Edge(c.Z, c.X, c.Y, coverage.Base, bare(around))
}

// cell is the cell x, y as the view shows it; without one where it is empty.
func (g *ground) cell(v index.View, layer string, x, y uint32) madeCell {
	if v.Origin() == nil { // no stamps: nothing can be kept
		return g.make(v, layer, x, y, madeCell{})
	}
	stamp := v.Stamp(layer, coverage.Ground(x, y))
	if stamp == 0 {
		return madeCell{}
	}
	k := cellKey{v.Origin(), v.Tier(), x, y}
	was, ok := g.cells.GetIfPresent(k)
	if ok && was.stamp == stamp {
		return was
	}
	made, _, _ := g.flight.Do(fmt.Sprint(k, stamp), func() (any, error) {
		m := g.make(v, layer, x, y, was)
		m.stamp = stamp
		g.cells.Set(k, m)
		return m, nil
	})
	return made.(madeCell)
}

// make makes a cell, or takes over the cell that was made of the same records: the
// one before, or another tier's.
func (g *ground) make(v index.View, layer string, x, y uint32, was madeCell) madeCell {
	b := g.builders.Get().(*builder)
	defer func() {
		clear(b.items) // a pool must not hold a snapshot's records
		clear(b.parcels)
		g.builders.Put(b)
	}()
	b.items = slices.AppendSeq(b.items[:0], v.Within(layer, coverage.Ground(x, y)))
	slices.SortFunc(b.items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
	m := madeCell{of: b.print(v, layer)}
	if len(b.items) == 0 {
		return m
	}
	if v.Origin() != nil {
		if was.of == m.of {
			m.cell = was.cell
			return m
		}
		for t := spatial.Tier(1); t <= spatial.TierAll; t++ {
			if other, ok := g.cells.GetIfPresent(cellKey{v.Origin(), t, x, y}); ok && other.of == m.of {
				m.cell = other.cell
				return m
			}
		}
	}
	if m.cell = g.kept.take(v.Tier(), x, y, m.of); m.cell != nil {
		return m
	}
	b.parcels = b.parcels[:0]
	for _, it := range b.items {
		p := coverage.Parcel{ID: it.ID(), Use: it.Attr("use").Text(), Area: it.Area(), Shape: it.Geometry()}
		var err error
		if p.Label, err = overlay.InteriorPoint(p.Shape); err != nil {
			p.Label = it.Box().Center() // too thin to have an inside: it is counted all the same
		}
		b.parcels = append(b.parcels, p)
	}
	m.cell = b.Build(x, y, b.parcels)
	return m
}

// print stands for the records in hand and what the view shows of them: versions are
// never changed, so their names are enough.
func (b *builder) print(v index.View, layer string) (out [sha256.Size]byte) {
	def, _ := v.Layer(layer)
	h := sha256.New()
	buf := binary.LittleEndian.AppendUint64(nil, uint64(def.Index("use")+1))
	for _, it := range b.items {
		buf = binary.LittleEndian.AppendUint64(buf, it.ID())
		buf = binary.LittleEndian.AppendUint64(buf, uint64(it.Rev()))
		buf = binary.LittleEndian.AppendUint32(buf, uint32(it.Version()))
		if len(buf) > 4096 {
			_, _ = h.Write(buf) // a hash takes everything
			buf = buf[:0]
		}
	}
	_, _ = h.Write(buf)
	h.Sum(out[:0])
	return out
}
