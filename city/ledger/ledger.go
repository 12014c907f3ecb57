package ledger

import (
	"context"
	"log/slog"
	"maps"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"
	"github.com/tidwall/btree"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Model is the read model that a ledger follows.
type Model interface {
	Current() *index.Snapshot
}

// Config is how a ledger is made.
type Config struct {
	City  *city.City
	Model Model
	// Changed hears of ground (WGS 84) on which facts of parcels that an access
	// class may see are others than before. nil = nobody.
	Changed func(ground orb.Bound, of spatial.Access)
	Store   Store // what keeps how parcels lie from one start to the next; nil = nothing
	// Mark names what made the kept bytes: those of another mark are not used.
	Mark  string
	Save  time.Duration // how long after a change it is kept; 0 = a minute
	Log   *slog.Logger  // hears of a store that cannot keep; nil = nobody
	Cores int           // used for the first fill; half of them afterwards. 0 = all
	// Asked reports whether somebody waits for answers of this process: from then on
	// the first fill too leaves half of the cores to them. nil = nobody ever.
	Asked func() bool
}

// Ledger follows a model. One goroutine runs it; any number read it.
type Ledger struct {
	cfg     Config
	current atomic.Pointer[Book]
	bell    chan struct{} // holds one ring

	mu      sync.Mutex
	waiting []index.Published
	raised  chan struct{} // closed and replaced at each book

	// Of the goroutine that runs it.
	dict *dictionary
	view index.View // the whole of the snapshot that the current book is of
	tick uint64     // counts books
	keep keeper
}

// New is a ledger without facts; Run fills it.
func New(cfg Config) *Ledger {
	if cfg.Save == 0 {
		cfg.Save = time.Minute
	}
	if cfg.Cores == 0 {
		cfg.Cores = runtime.GOMAXPROCS(0)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	l := &Ledger{cfg: cfg, bell: make(chan struct{}, 1), raised: make(chan struct{}), dict: newDictionary()}
	l.current.Store(&Book{})
	return l
}

// Current is the newest book; empty before the first fill.
func (l *Ledger) Current() Book { return *l.current.Load() }

// Publish takes what the read model published; it is for index.Config.Publish. It
// never waits.
func (l *Ledger) Publish(p index.Published) {
	if p.From == p.To {
		return // a load: Run reads the model itself
	}
	l.mu.Lock()
	l.waiting = append(l.waiting, p)
	l.mu.Unlock()
	l.ring()
}

func (l *Ledger) ring() {
	select {
	case l.bell <- struct{}{}:
	default: // it rings already
	}
}

// Run fills the ledger from the model, which must be loaded, and keeps it up to date
// until ctx ends.
func (l *Ledger) Run(ctx context.Context) {
	if !l.fill(ctx) {
		return
	}
	l.save(ctx)
	var late *time.Timer
	var due <-chan time.Time
	defer func() {
		if late != nil {
			late.Stop()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			l.saveLast(ctx)
			return
		case <-due:
			due = nil
			l.save(ctx)
		case <-l.bell:
			if l.catchUp(ctx) && due == nil {
				late = time.NewTimer(l.cfg.Save)
				due = late.C
			}
		}
	}
}

// take is what was published since it was last asked for.
func (l *Ledger) take() (events []index.Event, upTo spatial.Revision) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.waiting {
		events, upTo = append(events, p.Events...), p.To
	}
	l.waiting = nil
	return events, upTo
}

// fill makes the first book of the model's current snapshot.
func (l *Ledger) fill(ctx context.Context) bool {
	v := l.whole()
	kept, touched := l.load(ctx, v)
	w := l.work(v, l.cfg.Cores)
	w.yields = l.cfg.Asked
	at := -1
	for it := range v.After(parcels.LayerName, 0) {
		if n := it.ID() / pageSize; at < 0 || w.jobs[at].page != n {
			at = len(w.jobs)
			w.jobs = append(w.jobs, job{page: n, lies: kept[n], parts: map[uint64]city.Part{}})
		}
		// Each is assessed; what is not kept is worked out.
		w.jobs[at].parts[it.ID()] = touched[it.ID()]
	}
	return l.run(ctx, w, &btree.Map[uint64, *page]{})
}

func (l *Ledger) whole() index.View { return l.cfg.Model.Current().View(spatial.TierAll) }

// catchUp makes the next book, where there is something new; it reports whether how
// parcels lie changed.
func (l *Ledger) catchUp(ctx context.Context) bool {
	events, upTo := l.take()
	v := l.whole()
	for upTo < v.Revision() && v.Revision() > l.view.Revision() {
		// The model is ahead of what it has told: that comes at once.
		select {
		case <-l.bell:
		case <-ctx.Done():
			return false
		}
		more, to := l.take()
		events, upTo = append(events, more...), max(upTo, to)
		v = l.whole()
	}
	if v.Revision() <= l.view.Revision() {
		return false
	}
	touched := find(l.view, v, l.Current(), events)
	if len(touched) == 0 {
		l.rename(v)
		return false
	}
	w := l.work(v, max(1, l.cfg.Cores/2))
	pages := l.Current().pages
	at := map[uint64]int{}
	for id, parts := range touched {
		n := id / pageSize
		i, ok := at[n]
		if !ok {
			i = len(w.jobs)
			at[n] = i
			w.jobs = append(w.jobs, l.job(pages, n))
		}
		w.jobs[i].parts[id] |= parts
	}
	return l.run(ctx, w, pages.Copy())
}

func (l *Ledger) job(pages *btree.Map[uint64, *page], n uint64) job {
	j := job{page: n, parts: map[uint64]city.Part{}}
	if p, ok := pages.Get(n); ok {
		j.was = p
		j.lies, _ = decode(p.lies) // our own bytes
	}
	return j
}

// rename says that the book holds at a later revision too.
func (l *Ledger) rename(v index.View) {
	b := l.Current()
	b.rev = v.Revision()
	l.show(v, &b)
}

// show makes b the current book, of the view v.
func (l *Ledger) show(v index.View, b *Book) {
	l.view = v
	l.current.Store(b)
	l.mu.Lock()
	close(l.raised)
	l.raised = make(chan struct{})
	l.mu.Unlock()
}

// WaitFor returns when the book has reached revision r and is complete. Unavailable
// "model.behind" where ctx ends before.
func (l *Ledger) WaitFor(ctx context.Context, r spatial.Revision) error {
	for {
		l.mu.Lock()
		raised := l.raised
		l.mu.Unlock()
		b := l.Current()
		if b.full && b.rev >= r {
			return nil
		}
		select {
		case <-raised:
		case <-ctx.Done():
			return &spatial.Error{Op: "wait for the facts of parcels", Kind: spatial.Unavailable, Code: "model.behind",
				Args: map[string]any{"revision": uint64(r), "reached": uint64(b.rev)}, Err: ctx.Err()}
		}
	}
}

// run works the jobs out and publishes the book; false where ctx ended before.
func (l *Ledger) run(ctx context.Context, w *work, pages *btree.Map[uint64, *page]) bool {
	if !w.do(ctx) {
		return false
	}
	old := l.Current()
	l.tick++
	b := Book{pages: pages, words: l.dict.now(), stamps: make(map[square]uint64, len(old.stamps)), rev: w.v.Revision(), full: true, count: old.count}
	maps.Copy(b.stamps, old.stamps)
	var changed [accesses]orb.Bound
	for i := range changed {
		changed[i] = nowhere()
	}
	for i := range w.jobs {
		j := &w.jobs[i]
		if j.was != nil {
			b.count -= len(j.was.rows)
		}
		b.count += len(j.now.rows)
		if len(j.now.rows) == 0 {
			pages.Delete(j.page)
		} else {
			pages.Set(j.page, j.now)
		}
		for _, c := range j.changed {
			lo, hi := squaresOf(c.box)
			for y := lo.y; y <= hi.y; y++ {
				for x := lo.x; x <= hi.x; x++ {
					b.stamps[square{x, y}] = l.tick
				}
			}
			changed[c.of] = changed[c.of].Union(c.box)
		}
	}
	l.show(w.v, &b)
	for of, ground := range changed {
		if l.cfg.Changed != nil && !index.Empty(ground) {
			l.cfg.Changed(ground, spatial.Access(of))
		}
	}
	return true
}
