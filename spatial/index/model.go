package index

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
)

// Source is what the model needs of a store.
type Source interface {
	Load(ctx context.Context, emit func(spatial.Feature) error) (change.Loaded, error)
	Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error)
	Wait(ctx context.Context, since spatial.Revision) error
}

// Keys makes the texts that a record of a layer is found by in View.Keyed. It
// must be pure: the same record gives the same texts.
type Keys func(Item) []string

// Config is how a model is made.
type Config struct {
	Layers  []spatial.Layer  // the product's layers; the store's user layers are added
	Keys    map[string]Keys  // by layer name
	Publish func(Published)  // called after each publish, in order, by the follower; must not block. nil = none
	Retry   time.Duration    // pause after the source failed; 0 = 1 s
	Now     func() time.Time // nil = time.Now
}

// Published is what one publish brought.
type Published struct {
	From, To spatial.Revision // the revisions after From, up to and including To
	Events   []Event          // in the order of the log
}

// Event is one change as the live feed needs it.
type Event struct {
	change.Change
	// Tiers that could see the record before, and that can now. A zero Sees is
	// no record.
	Before, After Sees
}

// Sees is who may see a record: layer and record class together.
type Sees struct {
	Present       bool
	Layer, Record spatial.Access
}

// By reports whether a tier sees it.
func (s Sees) By(t spatial.Tier) bool { return s.Present && t.Sees(s.Layer) && t.Sees(s.Record) }

// Status is how the model stands.
type Status struct {
	Revision spatial.Revision
	Loaded   bool
	Away     error     // the source's last error while it is away; nil = following
	Since    time.Time // since when it is away
}

// Model holds the current snapshot and follows a source. One follower writes;
// any number of readers read.
type Model struct {
	cfg     Config
	current atomic.Pointer[Snapshot]

	mu     sync.Mutex
	raised chan struct{} // closed and replaced at each publish
	away   error
	since  time.Time
	loaded bool
}

// New is an empty model; Load fills it.
func New(cfg Config) *Model {
	if cfg.Retry == 0 {
		cfg.Retry = time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	m := &Model{cfg: cfg, raised: make(chan struct{})}
	m.current.Store(&Snapshot{layers: map[string]*layer{}})
	return m
}

// Current is the newest snapshot; never nil.
func (m *Model) Current() *Snapshot { return m.current.Load() }

// View is the newest snapshot as a tier may see it.
func (m *Model) View(t spatial.Tier) View { return m.Current().View(t) }

// Status is how the model stands.
func (m *Model) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Status{Revision: m.Current().rev, Loaded: m.loaded, Away: m.away, Since: m.since}
}

// WaitFor returns when the model has reached revision r, or with ctx's error.
func (m *Model) WaitFor(ctx context.Context, r spatial.Revision) error {
	for {
		m.mu.Lock()
		raised := m.raised
		m.mu.Unlock()
		if m.Current().rev >= r {
			return nil
		}
		select {
		case <-raised:
		case <-ctx.Done():
			return &spatial.Error{Op: "wait for the model", Kind: spatial.Unavailable, Code: "model.behind",
				Args: map[string]any{"revision": uint64(r), "reached": uint64(m.Current().rev)}, Err: ctx.Err()}
		}
	}
}

// Load fills the model from a source and publishes the first snapshot.
func (m *Model) Load(ctx context.Context, src Source) error {
	s := &Snapshot{origin: new(Origin), layers: map[string]*layer{}}
	s.define(m.cfg.Layers, m.cfg.Keys)
	got, unknown, err := s.fill(ctx, src)
	if err != nil {
		return err
	}
	s.define(got.Layers, m.cfg.Keys)
	for _, e := range unknown {
		if l := s.layers[e.layer]; l != nil {
			l.gather(e.r)
			l.load(e.r)
		}
	}
	for _, l := range s.layers {
		l.loaded()
	}
	s.rev, s.place = got.Head, got.Place
	s.setImports(got.Imports)
	m.publish(s, Published{From: s.rev, To: s.rev})
	return nil
}

// early is a record of a layer that is not known yet.
type early struct {
	layer string
	r     *record
}

// fill reads everything a source has into the snapshot's layers: what the source
// gives is packed here while what is packed is set in order beside. Records of user
// layers come in the same read as the layers themselves, which are known only when
// it ends: they are given back.
func (s *Snapshot) fill(ctx context.Context, src Source) (got change.Loaded, unknown []early, err error) {
	type part struct {
		l *layer
		r *record
	}
	const chunk = 512
	chunks, free := make(chan []part, 8), make(chan []part, 10)
	var done sync.WaitGroup
	done.Go(func() {
		for ps := range chunks {
			for _, p := range ps {
				p.l.load(p.r)
			}
			free <- ps[:0]
		}
	})
	for range cap(free) {
		free <- make([]part, 0, chunk)
	}
	ps := <-free
	var p press
	got, err = src.Load(ctx, func(f spatial.Feature) error {
		r, l := p.pack(&f), s.layers[f.Layer]
		if l == nil {
			unknown = append(unknown, early{f.Layer, r})
			return nil
		}
		l.gather(r)
		if ps = append(ps, part{l, r}); len(ps) == chunk {
			chunks <- ps
			ps = <-free
		}
		return nil
	})
	chunks <- ps
	close(chunks)
	done.Wait()
	return got, unknown, err
}

// Follow keeps the model up to date until ctx ends. While the source is away the
// model goes on answering from what it has, and says so in Status.
func (m *Model) Follow(ctx context.Context, src Source) error {
	const limit = 5000
	var next *Snapshot // being built; published when the log is read to its end, so never within a commit
	var events []Event
	for {
		at := m.Current().rev
		if next != nil {
			at = next.rev
		}
		b, err := src.Batch(ctx, at, limit)
		if err == nil && len(b.Changes) > 0 {
			if next == nil {
				next = m.Current().copy()
			}
			events = append(events, next.apply(b, m.cfg.Keys)...)
			if len(b.Changes) >= limit {
				continue
			}
		}
		if err == nil {
			m.back()
			if next != nil {
				m.publish(next, Published{From: m.Current().rev, To: next.rev, Events: events})
				next, events = nil, nil
			}
			err = src.Wait(ctx, m.Current().rev)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			m.gone(err)
			select {
			case <-time.After(m.cfg.Retry):
			case <-ctx.Done():
				return nil
			}
		}
	}
}

func (m *Model) publish(s *Snapshot, p Published) {
	m.current.Store(s)
	m.mu.Lock()
	m.loaded = true
	close(m.raised)
	m.raised = make(chan struct{})
	m.mu.Unlock()
	if m.cfg.Publish != nil {
		m.cfg.Publish(p)
	}
}

func (m *Model) gone(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away == nil {
		m.since = m.cfg.Now()
	}
	if !errors.Is(err, context.Canceled) {
		m.away = err
	}
}

func (m *Model) back() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away, m.since = nil, time.Time{}
}

// define adds layers that the snapshot does not have yet.
func (s *Snapshot) define(layers []spatial.Layer, keys map[string]Keys) {
	for i := range layers {
		l := layers[i]
		if s.layers[l.Name] == nil {
			s.layers[l.Name] = newLayer(&l, keys[l.Name])
			s.order = append(slices.Clip(s.order), l.Name)
		}
	}
}

func (s *Snapshot) setImports(all []change.Import) {
	s.imports = make(map[int64]change.Import, len(all))
	for _, i := range all {
		s.imports[i.ID] = i
	}
}

// apply brings an unpublished snapshot up to a batch's head.
func (s *Snapshot) apply(b change.Batch, keys map[string]Keys) []Event {
	if b.Layers != nil {
		s.define(b.Layers, keys)
	}
	if b.Place != nil {
		s.place = *b.Place
	}
	if b.Imports != nil {
		s.setImports(b.Imports)
	}
	if b.Layers != nil || b.Place != nil || b.Imports != nil {
		s.beside = b.Head
	}
	type name struct {
		layer string
		id    uint64
	}
	present := make(map[name]*spatial.Feature, len(b.Features))
	for i := range b.Features {
		f := &b.Features[i]
		present[name{f.Layer, f.ID}] = f
	}
	own := map[string]*layer{} // layers copied for this batch
	var p press
	type outcome struct {
		Event
		ground [2]orb.Bound // the old box and the new one
	}
	done := make(map[name]outcome, len(b.Changes))
	events := make([]Event, 0, len(b.Changes))
	for _, c := range b.Changes {
		e := Event{Change: c}
		n := name{c.Layer, c.ID}
		if s.layers[c.Layer] == nil {
			events = append(events, e) // place, layers, imports: beside the features
			continue
		}
		if d, ok := done[n]; ok { // the row already stands as it is after the last change
			e.Before, e.After = d.Before, d.After
			own[c.Layer].touch(d.ground, c.Rev)
			events = append(events, e)
			continue
		}
		l := own[c.Layer]
		if l == nil {
			l = s.layers[c.Layer].copy()
			own[c.Layer], s.layers[c.Layer] = l, l
		}
		var old *record
		ground := [2]orb.Bound{emptyBox(), emptyBox()}
		if f := present[n]; f != nil {
			now := p.pack(f)
			old, ground[1] = l.put(now), now.box
			e.After = Sees{true, l.def.Access, f.Access}
		} else {
			old = l.drop(c.ID)
		}
		if old != nil {
			e.Before = Sees{true, l.def.Access, old.access}
			ground[0] = old.box
		}
		l.touch(ground, c.Rev)
		done[n] = outcome{e, ground}
		events = append(events, e)
	}
	s.rev = b.Head
	return events
}
