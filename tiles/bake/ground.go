package bake

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
)

// cellZoom is the zoom of the cells that prints are of.
const cellZoom = 14

// ground is what stands where: prints by cell, and the box of it all.
type ground struct {
	prints map[string]string
	box    orb.Bound
}

// look prints the ground that tiles from minzoom on within a box show.
func look(v index.View, facts tiles.Facts, layers []tiles.Layer, minzoom uint32, within orb.Bound) ground {
	g := ground{prints: map[string]string{}, box: orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}}
	var sources []string
	worked := map[string][]*tiles.Attr{} // what is worked out of a source's records
	for i := range layers {
		for _, s := range layers[i].Reads() {
			if !slices.Contains(sources, s) {
				sources = append(sources, s)
			}
		}
		for k := range layers[i].Attrs {
			if a := &layers[i].Attrs[k]; a.Fact != nil && facts != nil {
				worked[layers[i].Source] = append(worked[layers[i].Source], a)
			}
		}
	}
	slices.Sort(sources)
	var items []index.Item
	seen := shown(minzoom, within)
	descend(v, sources, cellZoom, seen, tiles.Coord{}, func(_ uint64, c tiles.Coord) bool {
		h := sha256.New()
		var b []byte
		for n, s := range sources {
			items = slices.AppendSeq(items[:0], v.Within(s, c.Reach()))
			slices.SortFunc(items, func(a, b index.Item) int { return cmp.Compare(a.ID(), b.ID()) })
			for _, it := range items {
				b = binary.LittleEndian.AppendUint64(append(b[:0], byte(n)), it.ID())
				b = binary.LittleEndian.AppendUint64(b, uint64(it.Rev()))
				b = binary.LittleEndian.AppendUint32(b, uint32(it.Version()))
				b = binary.LittleEndian.AppendUint64(b, uint64(it.RecordedAt().UnixMilli()))
				box := it.Box()
				for _, f := range [...]float64{it.Area(), box.Min[0], box.Min[1], box.Max[0], box.Max[1]} {
					b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
				}
				for _, a := range worked[s] {
					b = append(b, a.Fact(facts, it.ID()).String()...)
					b = append(b, 0)
				}
				_, _ = h.Write(b) // a hash takes everything
				g.box = g.box.Union(box)
			}
		}
		g.prints[cellName(c.X, c.Y)] = hex.EncodeToString(h.Sum(nil)[:8])
		return true
	})
	return g
}

func cellName(x, y uint32) string { return fmt.Sprintf("%d/%d", x, y) }

// same reports whether a tile shows the same ground by two sets of prints.
func same(was, is map[string]string, c tiles.Coord) bool {
	if c.Z > cellZoom {
		n := cellName(c.X>>(c.Z-cellZoom), c.Y>>(c.Z-cellZoom))
		return was[n] == is[n]
	}
	// What shapes reach beyond a tile is at most a cell, and coverage is drawn by the
	// cells around it, whose prints have in them what lies further and bears on those.
	down := cellZoom - c.Z
	for y := c.Y << down; y <= (c.Y+1)<<down+1; y++ {
		for x := c.X << down; x <= (c.X+1)<<down+1; x++ {
			if n := cellName(x-1, y-1); was[n] != is[n] {
				return false
			}
		}
	}
	return true
}
