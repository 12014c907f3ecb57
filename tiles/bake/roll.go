package bake

import (
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// Roll notes which records of a layer stand on which zoom of an archive, to hold
// them against the model. It is safe for concurrent use.
type Roll struct {
	layer tiles.Layer
	mu    sync.Mutex
	seen  map[uint64]uint32 // by id; a bit a zoom
}

// NewRoll is a roll for a layer of tiles that draws every record.
func NewRoll(l tiles.Layer) *Roll { return &Roll{layer: l, seen: map[uint64]uint32{}} }

// Tile notes what stands on a tile. One that cannot be read is left out: Verify has
// found it.
func (r *Roll) Tile(z, _, _ uint32, tile []byte) {
	if !r.layer.At(z) {
		return
	}
	ids, err := mvt.IDs(tile, r.layer.Name)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range ids {
		r.seen[id] |= 1 << z
	}
}

// Gap is a record that an archive does not show as the model does.
type Gap struct {
	ID    uint64
	Zoom  uint32 // at which it is not there; 0 = it is there and should not be
	Place orb.Point
}

// Compare calls gap for each record that stands in the view and not at each zoom of
// the archive, and each that stands in the archive and that the public may not see.
// Records that changed says are others than when it was made are left out, and those
// beyond its bounds. It gives the number of records held against the archive.
func (r *Roll) Compare(v index.View, made pmtiles.Made, changed func(id uint64) bool, gap func(Gap)) (records int) {
	within := world()
	if a := made.Asked; len(a) == 4 {
		within = orb.Bound{Min: orb.Point{a[0], a[1]}, Max: orb.Point{a[2], a[3]}}
	}
	known := make(map[uint64]bool, len(r.seen))
	for it := range v.After(r.layer.Source, 0) {
		known[it.ID()] = true
		box := it.Box()
		if index.Empty(box) || !within.Contains(box.Min) || !within.Contains(box.Max) || changed(it.ID()) {
			continue
		}
		records++
		for z := max(made.MinZoom, r.layer.MinZoom); z <= min(made.MaxZoom, r.layer.Last()); z++ {
			if r.seen[it.ID()]&(1<<z) == 0 {
				gap(Gap{ID: it.ID(), Zoom: z, Place: box.Center()})
				break
			}
		}
	}
	for id := range r.seen {
		if !known[id] && !changed(id) {
			gap(Gap{ID: id})
		}
	}
	return records
}
