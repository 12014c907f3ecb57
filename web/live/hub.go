package live

import (
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Config bounds a hub; a zero field takes the value named.
type Config struct {
	Ring   int // publishes kept for those who resume: 1024
	Queue  int // publishes a subscriber may lag behind before it is dropped: 64
	Total  int // subscribers at once: 2000
	Single int // subscribers of one address or key: 64
}

// Hub hands publishes of the read model to subscribers. It is safe for many
// goroutines.
type Hub struct {
	cfg Config

	mu     sync.Mutex
	ring   []*summary // oldest first
	at     spatial.Revision
	subs   map[*subscriber]struct{}
	single map[string]int
	closed bool
}

type subscriber struct {
	who   string
	queue chan *summary
	gone  chan struct{} // closed when dropped or at shutdown
}

// New is a hub without subscribers.
func New(cfg Config) *Hub {
	for _, f := range []struct {
		p *int
		n int
	}{{&cfg.Ring, 1024}, {&cfg.Queue, 64}, {&cfg.Total, 2000}, {&cfg.Single, 64}} {
		if *f.p <= 0 {
			*f.p = f.n
		}
	}
	return &Hub{cfg: cfg, subs: map[*subscriber]struct{}{}, single: map[string]int{}}
}

// Publish takes what the read model published; it is index.Config.Publish. It
// never waits: a subscriber whose queue is full is dropped, to come back and
// resume.
func (h *Hub) Publish(p index.Published) {
	s := summarise(p)
	h.mu.Lock()
	defer h.mu.Unlock()
	if p.From != h.at {
		h.ring = h.ring[:0] // a first load, or a store put back: what was before does not lead here
	}
	h.at = p.To
	if p.From == p.To {
		return
	}
	h.send(s)
}

// Refresh says that what is worked out of a layer's records on some ground (WGS 84)
// is another than before, for those who see such records. No record changed, so
// the event has the revision reached already, and names no ids.
func (h *Hub) Refresh(layer string, ground orb.Bound, sees index.Sees) {
	seen := seenBy(sees)
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ring) == 0 && h.at == 0 {
		return // nothing was published yet
	}
	h.send(&summary{from: h.at, to: h.at, groups: []group{{layer: layer, seenNow: seen, before: nothing(), now: ground}}})
}

// send is called with the lock held.
func (h *Hub) send(s *summary) {
	if len(h.ring) >= h.cfg.Ring {
		n := copy(h.ring, h.ring[1:])
		h.ring[n] = nil
		h.ring = h.ring[:n]
	}
	h.ring = append(h.ring, s)
	for sub := range h.subs {
		select {
		case sub.queue <- s:
		default:
			h.drop(sub)
		}
	}
}

// Subscribers is how many there are.
func (h *Hub) Subscribers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.subs)
}

// Close ends every stream and takes no more.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for sub := range h.subs {
		h.drop(sub)
	}
}

// drop is called with the lock held.
func (h *Hub) drop(sub *subscriber) {
	if _, ok := h.subs[sub]; !ok {
		return
	}
	delete(h.subs, sub)
	if h.single[sub.who]--; h.single[sub.who] <= 0 {
		delete(h.single, sub.who)
	}
	close(sub.gone)
}

func (h *Hub) leave(sub *subscriber) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(sub)
}

// start is where a new stream begins.
type start struct {
	at     spatial.Revision // the revision it is up to date with, after missed
	missed []*summary
	reset  bool // what it missed is no longer known
}

// subscribe adds a subscriber that has seen everything up to since (nil = it
// starts now).
func (h *Hub) subscribe(who string, since *spatial.Revision) (*subscriber, start, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	refuse := func(kind spatial.Kind, code string, most int) (*subscriber, start, error) {
		return nil, start{}, &spatial.Error{Op: "follow changes", Kind: kind, Code: code, Args: map[string]any{"limit": most, "retryAfter": 30}}
	}
	switch {
	case h.closed:
		return refuse(spatial.Unavailable, "live.closing", 0)
	case len(h.subs) >= h.cfg.Total:
		return refuse(spatial.Unavailable, "live.full", h.cfg.Total)
	case h.single[who] >= h.cfg.Single:
		return refuse(spatial.Limited, "live.tooMany", h.cfg.Single)
	}
	sub := &subscriber{who: who, queue: make(chan *summary, h.cfg.Queue), gone: make(chan struct{})}
	h.subs[sub] = struct{}{}
	h.single[who]++
	s := start{at: h.at}
	if since == nil {
		return sub, s, nil
	}
	if *since > h.at || *since < h.at && (len(h.ring) == 0 || *since < h.ring[0].from) {
		s.reset = true
		return sub, s, nil
	}
	for _, m := range h.ring {
		// A refresh comes after the revision that it names: whether it was heard cannot
		// be told, and hearing it twice does no harm.
		if m.to > *since || m.from == m.to && m.to == *since {
			s.missed = append(s.missed, m)
		}
	}
	return sub, s, nil
}
