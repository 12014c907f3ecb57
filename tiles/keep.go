package tiles

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/coverage"
)

// Store keeps the cells of the coverage from one start to the next.
type Store interface {
	Derived(ctx context.Context, kind string, each func(change.Derived) error) error
	PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (at spatial.Revision, written bool, err error)
}

// Keeper has the cells of the coverage made before they are asked for, and kept. A
// cell is kept with the print of the records that it was made of: one that is found
// at a start is used where those records stand on its ground still, whatever was
// changed meanwhile and by whom.
type Keeper struct {
	cache *Cache
	cfg   KeeperConfig
	at    spatial.Revision // of the head in the store, as far as is known
	fits  bool             // the head is of this mark
	saved map[uint64][sha256.Size]byte
	bell  chan struct{}
}

// KeeperConfig is how cells are kept.
type KeeperConfig struct {
	Store Store
	Model interface{ Current() *index.Snapshot }
	Mark  string        // what made the kept bytes: those of another mark are not used
	After time.Duration // how long after a change cells are made and kept; 0 = a minute
	Log   *slog.Logger  // hears of a store that cannot keep; nil = nobody
}

// kind names what is kept. Part 0 is the head, with the mark; the others are cells.
const kind = "coverage"

// lastWait is how long keeping may take when the program ends.
const lastWait = 5 * time.Second

// Keep is a Keeper of the cache's cells.
func (c *Cache) Keep(cfg KeeperConfig) *Keeper {
	if cfg.After == 0 {
		cfg.After = time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Keeper{cache: c, cfg: cfg, saved: map[uint64][sha256.Size]byte{}, bell: make(chan struct{}, 1)}
}

// Publish takes what the read model published; it is for index.Config.Publish. It
// never waits.
func (k *Keeper) Publish(index.Published) {
	select {
	case k.bell <- struct{}{}:
	default: // it rings already
	}
}

// Run takes over what is kept, makes what is missing for readers without a key, and
// keeps it up to date until ctx ends. The model must be loaded.
func (k *Keeper) Run(ctx context.Context) {
	k.load(ctx)
	k.warm(ctx)
	k.save(ctx)
	var due <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
			defer cancel()
			k.save(last)
			return
		case <-k.bell:
			if due == nil {
				due = time.After(k.cfg.After)
			}
		case <-due:
			due = nil
			k.warm(ctx)
			k.save(ctx)
		}
	}
}

// part is the number of a cell in the store.
func part(t spatial.Tier, x, y uint32) uint64 {
	return 1 + (uint64(t)<<(2*coverage.Base) | uint64(x)<<coverage.Base | uint64(y))
}

func (k *Keeper) load(ctx context.Context) {
	var head *change.Derived
	found := map[uint64]keptCell{}
	err := k.cfg.Store.Derived(ctx, kind, func(d change.Derived) error {
		if d.Part == 0 {
			head = &d
			return nil
		}
		if len(d.Data) > sha256.Size {
			found[d.Part] = keptCell{of: [sha256.Size]byte(d.Data), code: d.Data[sha256.Size:]}
		}
		return nil
	})
	if err != nil {
		if ctx.Err() == nil {
			k.cfg.Log.Warn("the kept coverage cannot be read and is made anew", "error", err)
		}
		return
	}
	if head == nil {
		return
	}
	k.at = head.Rev
	if string(head.Data) != k.cfg.Mark {
		for n := range found {
			k.saved[n] = [sha256.Size]byte{} // there, and no good
		}
		return
	}
	k.fits = true
	for n, c := range found {
		k.saved[n] = c.of
	}
	k.cache.render.ground.kept.fill(found)
}

// warm makes the cells that a reader without a key sees, and draws the tiles over them.
func (k *Keeper) warm(ctx context.Context) {
	v := k.cfg.Model.Current().View(spatial.TierPublic)
	for _, l := range Layers() {
		b := v.Bounds(l.Source)
		if l.Kind != Coverage || index.Empty(b) {
			continue
		}
		x0, y0 := coverage.At(orb.Point{b.Min[0], b.Max[1]})
		x1, y1 := coverage.At(orb.Point{b.Max[0], b.Min[1]})
		for y := y0; y <= y1; y++ {
			for x := x0; x <= x1; x++ {
				if ctx.Err() != nil {
					return
				}
				k.cache.render.ground.cell(v, l.Source, x, y)
			}
		}
		for z := l.MinZoom; z <= l.Last(); z++ {
			up := coverage.Base - z
			for y := y0 >> up; y <= y1>>up; y++ {
				for x := x0 >> up; x <= x1>>up; x++ {
					if ctx.Err() != nil {
						return
					}
					k.cache.render.ground.draw(v, &l, Coord{z, x, y})
				}
			}
		}
	}
}

// save keeps the cells that are others than those in the store. That it cannot is no
// harm: the next start makes them.
func (k *Keeper) save(ctx context.Context) {
	current := k.cfg.Model.Current()
	rev, origin := current.Revision(), current.View(spatial.TierAll).Origin()
	parts := []change.Derived{{Rev: rev, Data: []byte(k.cfg.Mark)}}
	now := map[uint64][sha256.Size]byte{}
	for key, m := range k.cache.render.ground.cells.All() {
		if m.cell == nil || key.origin != origin {
			continue
		}
		n := part(key.tier, key.x, key.y)
		now[n] = m.of
		if k.saved[n] != m.of {
			parts = append(parts, change.Derived{Part: n, Rev: rev, Data: append(m.of[:], m.cell.Encode()...)})
		}
	}
	if k.fits && len(parts) == 1 {
		return
	}
	at, written, err := k.cfg.Store.PutDerived(ctx, kind, k.at, parts)
	switch {
	case err != nil:
		k.cfg.Log.Warn("the coverage cannot be kept: the next start makes it", "error", err)
	case written:
		k.at, k.fits = rev, true
		for n, of := range now {
			k.saved[n] = of
		}
	default:
		k.at, k.fits = at, false // another server keeps it too: what it wrote is not known
		clear(k.saved)
	}
}

// keptCell is a cell as it was found in the store.
type keptCell struct {
	of   [sha256.Size]byte
	code []byte
}

// keptCells are those that nobody has asked for yet.
type keptCells struct {
	mu    sync.Mutex
	cells map[uint64]keptCell
}

func (k *keptCells) fill(found map[uint64]keptCell) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cells = found
}

// take is the cell that was made of these records; nil where there is none. It is
// given once.
func (k *keptCells) take(t spatial.Tier, x, y uint32, of [sha256.Size]byte) *coverage.Cell {
	n := part(t, x, y)
	k.mu.Lock()
	c, ok := k.cells[n]
	delete(k.cells, n)
	k.mu.Unlock()
	if !ok || c.of != of {
		return nil
	}
	cell, err := coverage.Decode(c.code)
	if err != nil || cell.X != x || cell.Y != y {
		return nil
	}
	return cell
}
