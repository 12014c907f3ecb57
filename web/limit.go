package web

import (
	"container/list"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/langbiang/langbiang/spatial"
)

// Limit bounds the requests of callers without a key to the interface and the
// pages; a zero field takes the value named.
type Limit struct {
	PerSecond float64 // lasting rate of one client: 50
	Burst     int     // requests at once: 300
	Clients   int     // clients remembered, the least recent forgotten: 65,536
	Local     bool    // limit clients of this very machine too
}

// limiter counts requests by client.
type limiter struct {
	cfg Limit
	now func() time.Time

	mu      sync.Mutex
	clients map[netip.Prefix]*list.Element
	recent  *list.List // front = most recent
}

type client struct {
	network netip.Prefix
	bucket  *rate.Limiter
}

func newLimiter(cfg Limit, now func() time.Time) *limiter {
	if cfg.PerSecond <= 0 {
		cfg.PerSecond = 50
	}
	if cfg.Burst <= 0 {
		cfg.Burst = 300
	}
	if cfg.Clients <= 0 {
		cfg.Clients = 1 << 16
	}
	return &limiter{cfg: cfg, now: now, clients: map[netip.Prefix]*list.Element{}, recent: list.New()}
}

// take charges a client n requests and says how long it has to wait; 0 = go on.
func (l *limiter) take(a netip.Addr, n int) time.Duration {
	now, key := l.now(), network(a)
	l.mu.Lock()
	defer l.mu.Unlock()
	e, ok := l.clients[key]
	if ok {
		l.recent.MoveToFront(e)
	} else {
		if l.recent.Len() >= l.cfg.Clients {
			last := l.recent.Back()
			delete(l.clients, last.Value.(*client).network)
			l.recent.Remove(last)
		}
		e = l.recent.PushFront(&client{key, rate.NewLimiter(rate.Limit(l.cfg.PerSecond), l.cfg.Burst)})
		l.clients[key] = e
	}
	reservation := e.Value.(*client).bucket.ReserveN(now, min(n, l.cfg.Burst))
	wait := reservation.DelayFrom(now)
	if wait > 0 {
		reservation.CancelAt(now)
	}
	return wait
}

// exempt reports whether a request comes from this machine itself and from no
// proxy on it: a person at the console, a probe, a benchmark.
func (l *limiter) exempt(r *http.Request, a netip.Addr) bool {
	if l.cfg.Local {
		return false
	}
	return (a.IsLoopback() || !a.IsValid()) && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

func limited(wait time.Duration) error {
	seconds := int((wait + time.Second - 1) / time.Second)
	return &spatial.Error{Op: "take a request", Kind: spatial.Limited, Code: "request.limited", Args: map[string]any{"retryAfter": seconds}}
}
