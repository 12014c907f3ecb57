// Package desk keeps deliveries that somebody handed over and has not yet let in:
// files are taken, read and compared, looked at, read again another way, and then
// written or thrown away.
//
// It is not an importer: importers reads, judges and writes, here as on a command
// line and with the same words. It knows nothing of HTTP and keeps nothing that
// outlives the process: what is not applied is gone when its time is up.
//
// Invariant: a delivery is in one state at a time, and only its owner can see or
// move it. Its files are under one folder of its own, which is gone when the
// delivery is. Nothing is written to the store before Apply, and then all of it or
// nothing.
package desk

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Store is what a desk needs of a store.
type Store interface {
	importers.Store
	importers.Undoer
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
}

// Owner is who handed a delivery over.
type Owner struct {
	ID   int64  // of the key; 0 is nobody and owns nothing
	Name string // as it stands in the log
	Tier spatial.Tier
}

// Config is how a desk is made.
type Config struct {
	Store Store
	Dir   string           // where folders for files are made; "" = the system's temporary folder
	Now   func() time.Time // nil = time.Now
	NewID func() string    // a name nobody can guess, for a delivery
	Life  time.Duration    // how long a delivery that nobody asks about stays; 0 = 30 min
	Bytes int64            // of the files of one delivery; 0 = 256 MiB
	Own   int              // deliveries of one owner; 0 = 4
	All   int              // deliveries in all; 0 = 12
	Jobs  int              // of them read or written at a time; 0 = 2
	// Shown waits until readers see a revision; nil = it is not waited for.
	Shown func(ctx context.Context, rev spatial.Revision) error
}

// Desk is safe for many goroutines.
type Desk struct {
	cfg  Config
	ctx  context.Context // ends with the desk
	stop context.CancelFunc
	jobs chan struct{}

	mu      sync.Mutex
	closed  bool
	all     map[string]*delivery
	running sync.WaitGroup
}

// New is an empty desk. Close ends it.
func New(cfg Config) *Desk {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Life, cfg.Bytes = cmp.Or(cfg.Life, 30*time.Minute), cmp.Or(cfg.Bytes, 256<<20)
	cfg.Own, cfg.All, cfg.Jobs = cmp.Or(cfg.Own, 4), cmp.Or(cfg.All, 12), cmp.Or(cfg.Jobs, 2)
	ctx, stop := context.WithCancel(context.Background())
	return &Desk{cfg: cfg, ctx: ctx, stop: stop, jobs: make(chan struct{}, cfg.Jobs), all: map[string]*delivery{}}
}

// Limit is how many bytes the files of one delivery may have.
func (d *Desk) Limit() int64 { return d.cfg.Bytes }

// Life is how long a delivery that nobody asks about stays.
func (d *Desk) Life() time.Duration { return d.cfg.Life }

// Close ends what runs, an import that is being written with it, and removes all
// files. What comes after is refused.
func (d *Desk) Close() {
	d.mu.Lock()
	d.closed = true
	d.stop()
	d.mu.Unlock()
	d.running.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.all {
		d.remove(id)
	}
}

// Run throws away what nobody asks about, and closes the desk when ctx ends. wait
// returns after a while, or early when ctx ends.
func (d *Desk) Run(ctx context.Context, wait func(ctx context.Context, d time.Duration)) {
	for ctx.Err() == nil {
		d.Sweep()
		wait(ctx, d.cfg.Life/10)
	}
	d.Close()
}

// Sweep throws away what nobody asked about for as long as a delivery may stay.
func (d *Desk) Sweep() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
}

func (d *Desk) sweep() {
	for id, v := range d.all {
		if !v.busy() && d.cfg.Now().Sub(v.touched) > d.cfg.Life {
			d.remove(id)
		}
	}
}

// remove takes a delivery off the desk, with its files, and ends its reading.
func (d *Desk) remove(id string) {
	v := d.all[id]
	delete(d.all, id)
	v.cancel()
	_ = os.RemoveAll(v.dir) // a folder left over is the lesser evil
}

func fail(kind spatial.Kind, code string, args map[string]any) error {
	return &spatial.Error{Op: "stage an import", Kind: kind, Code: code, Args: args}
}

// Receive opens a tray for files. Errors: "store.demo" where the store takes no
// imports, "staged.own" and "staged.full" (args limit) where there is no room,
// "staged.closed", and the store's.
func (d *Desk) Receive(ctx context.Context, who Owner) (*Tray, error) {
	place, err := d.cfg.Store.Place(ctx)
	switch {
	case err != nil && spatial.CodeOf(err) != "place.unset":
		return nil, err
	case err == nil && place.Demo:
		return nil, &spatial.Error{Op: "import", Kind: spatial.Conflict, Code: "store.demo", Subject: place.Name.VI}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, fail(spatial.Unavailable, "staged.closed", nil)
	}
	d.sweep()
	own, written := 0, (*delivery)(nil)
	for _, v := range d.all {
		if v.owner.ID != who.ID {
			continue
		}
		own++
		if v.state == Applied && (written == nil || v.came.Before(written.came)) {
			written = v
		}
	}
	if own >= d.cfg.Own && written != nil { // it is in the store: it makes room
		d.remove(written.id)
		own--
	}
	switch {
	case own >= d.cfg.Own:
		return nil, fail(spatial.Limited, "staged.own", map[string]any{"limit": d.cfg.Own})
	case len(d.all) >= d.cfg.All:
		return nil, fail(spatial.Limited, "staged.full", map[string]any{"limit": d.cfg.All})
	}
	dir, err := os.MkdirTemp(d.cfg.Dir, "langbiang-import-*")
	if err == nil {
		err = os.Mkdir(filepath.Join(dir, filesFolder), 0o700)
	}
	if err != nil {
		_ = os.RemoveAll(dir) // "" where it was not made
		return nil, folderError(err)
	}
	// The place on the desk is taken from here on, so that many at once cannot have more.
	v := &delivery{id: d.cfg.NewID(), owner: who, dir: dir, state: Receiving, touched: d.cfg.Now(), cancel: func() {}}
	d.all[v.id] = v
	return &Tray{desk: d, delivery: v, left: d.cfg.Bytes, names: map[string]bool{}}, nil
}

// find is a delivery of an owner: NotFound "staged.unknown" where they have no such.
func (d *Desk) find(who Owner, id string) (*delivery, error) {
	d.sweep()
	if d.closed {
		return nil, fail(spatial.Unavailable, "staged.closed", nil)
	}
	v := d.all[id]
	if v == nil || v.owner.ID != who.ID || who.ID == 0 || v.state == Receiving {
		return nil, &spatial.Error{Op: "find a staged import", Kind: spatial.NotFound, Code: "staged.unknown", Args: map[string]any{"staged": id}}
	}
	v.touched = d.cfg.Now()
	return v, nil
}

// Get tells a delivery. Errors: "staged.unknown".
func (d *Desk) Get(who Owner, id string) (Staged, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	if err != nil {
		return Staged{}, err
	}
	return v.told(), nil
}

// Settled is Get once a delivery is neither read nor written, or when ctx ends.
func (d *Desk) Settled(ctx context.Context, who Owner, id string) (Staged, error) {
	for {
		d.mu.Lock()
		v, err := d.find(who, id)
		if err != nil {
			d.mu.Unlock()
			return Staged{}, err
		}
		out, done := v.told(), v.done
		d.mu.Unlock()
		if out.State != Planning && out.State != Applying {
			return out, nil
		}
		select {
		case <-done:
		case <-ctx.Done():
			return out, nil
		}
	}
}

// List are an owner's deliveries, the oldest first.
func (d *Desk) List(who Owner) []Staged {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweep()
	out := []Staged{}
	for _, v := range d.all {
		if who.ID != 0 && v.owner.ID == who.ID && v.state != Receiving {
			out = append(out, v.told())
		}
	}
	slices.SortFunc(out, func(a, b Staged) int { return cmp.Or(a.Came.Compare(b.Came), cmp.Compare(a.ID, b.ID)) })
	return out
}

// Choose has a delivery read again in another way; what was found before is gone.
// Errors: "staged.unknown", "staged.state" (args state) where it is being or was
// written.
func (d *Desk) Choose(who Owner, id string, c Choice) (Staged, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	if err != nil {
		return Staged{}, err
	}
	if v.state == Applying || v.state == Applied {
		return Staged{}, fail(spatial.Conflict, "staged.state", map[string]any{"state": string(v.state)})
	}
	d.plan(v, c)
	return v.told(), nil
}

// Apply begins to write a delivery that is ready, as it was seen: where the store has
// changed since so that another difference would be written, it is refused with
// "import.otherDifference" and can be read again. Errors: "staged.unknown",
// "staged.state" (args state).
func (d *Desk) Apply(who Owner, id string) (Staged, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	if err != nil {
		return Staged{}, err
	}
	if v.state != Ready {
		return Staged{}, fail(spatial.Conflict, "staged.state", map[string]any{"state": string(v.state)})
	}
	req := v.request(d.cfg.Bytes)
	req.Expect = v.plan.Report.Difference.Digest // what was seen, and nothing else
	d.begin(v, Applying, func(ctx context.Context, tell teller) result { return d.write(ctx, req, tell) })
	return v.told(), nil
}

// Discard throws a delivery away. Errors: "staged.unknown", "staged.state" where it
// is being written.
func (d *Desk) Discard(who Owner, id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v, err := d.find(who, id)
	if err != nil {
		return err
	}
	if v.state == Applying {
		return fail(spatial.Conflict, "staged.state", map[string]any{"state": string(v.state)})
	}
	d.remove(id)
	return nil
}

// Undo takes a named import back, and waits until readers see it. Errors: those of
// importers.Undo.
func (d *Desk) Undo(ctx context.Context, who Owner, name string) (change.Result, error) {
	r, err := importers.Undo(ctx, d.cfg.Store, name, who.Name)
	if err == nil && d.cfg.Shown != nil {
		err = d.cfg.Shown(ctx, r.Last)
	}
	return r, err
}
