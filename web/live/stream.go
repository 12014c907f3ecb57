package live

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/web/query"
)

// Options is what a stream needs beside the hub.
type Options struct {
	// View is the read model as a tier may see it: which layers there are.
	View func(spatial.Tier) index.View
	// Ready says why nothing can be followed yet; nil = it always can.
	Ready func() error
	// Caller tells who asks. It is asked again at each heartbeat, so that a stream
	// ends soon after its key was revoked.
	Caller func(*http.Request) (access.Caller, error)
	// Address names the client for the bound on its streams.
	Address func(*http.Request) string
	// Refuse answers with a problem.
	Refuse func(http.ResponseWriter, *http.Request, error)
	// Ticker makes the heartbeat, a tick every 15 s, and what stops it; nil = real time.
	Ticker func() (<-chan time.Time, func())
}

// heartbeat is how often a silent stream is written to, so that proxies keep it
// open and a dead client is noticed.
const heartbeat = 15 * time.Second

// patience is how long one write may take before the client counts as gone.
const patience = 10 * time.Second

// Handler serves GET /api/live.
func (h *Hub) Handler(o Options) http.Handler {
	if o.Ticker == nil {
		o.Ticker = func() (<-chan time.Time, func()) {
			t := time.NewTicker(heartbeat)
			return t.C, t.Stop
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if o.Ready != nil {
			if err := o.Ready(); err != nil {
				o.Refuse(w, r, err)
				return
			}
		}
		caller, err := o.Caller(r)
		if err != nil {
			o.Refuse(w, r, err)
			return
		}
		ask, err := parse(r, o.View(caller.Tier()))
		if err != nil {
			o.Refuse(w, r, err)
			return
		}
		who := "address " + o.Address(r)
		if caller.Key != 0 {
			who = "key " + strconv.FormatInt(caller.Key, 10)
		}
		sub, begin, err := h.subscribe(who, ask.since)
		if err != nil {
			o.Refuse(w, r, err)
			return
		}
		defer h.leave(sub)
		s := stream{w: w, out: http.NewResponseController(w), tier: caller.Tier(), wanted: ask.wanted, at: begin.at}
		tick, stop := o.Ticker()
		defer stop()
		if s.open(begin) != nil {
			return
		}
		for {
			select {
			case m := <-sub.queue:
				err = s.send(m)
			case <-tick:
				// The id goes with the beat: it moves the browser past revisions that
				// its tier saw nothing of, and fires no event.
				if now, e := o.Caller(r); e != nil || now.Tier() != s.tier {
					return
				}
				err = s.write(": \nid: " + strconv.FormatUint(uint64(s.at), 10) + "\n\n")
			case <-sub.gone:
				return
			case <-r.Context().Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
}

type stream struct {
	w      http.ResponseWriter
	out    *http.ResponseController
	tier   spatial.Tier
	wanted func(layer string) bool
	at     spatial.Revision // told of everything up to here
	b      []byte
}

// open sends the headers, how soon to come back, and what was missed.
func (s *stream) open(begin start) error {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
	// A server's bound on reading a request is no bound on a stream.
	if err := s.out.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	text := "retry: 2000\n"
	if begin.reset {
		rev := strconv.FormatUint(uint64(begin.at), 10)
		text += "event: reset\nid: " + rev + "\ndata: {\"rev\":" + rev + "}\n\n"
	} else if len(begin.missed) == 0 {
		text += "id: " + strconv.FormatUint(uint64(begin.at), 10) + "\n\n"
	} else {
		text += "\n"
	}
	s.b = append(s.b[:0], text...)
	for _, m := range begin.missed {
		s.b = m.frames(s.b, s.tier, s.wanted)
	}
	return s.write(string(s.b))
}

func (s *stream) send(m *summary) error {
	s.at = m.to
	s.b = m.frames(s.b[:0], s.tier, s.wanted)
	if len(s.b) == 0 {
		return nil
	}
	return s.write(string(s.b))
}

func (s *stream) write(text string) error {
	// A writer without deadlines (a test's recorder) is written to without one.
	if err := s.out.SetWriteDeadline(time.Now().Add(patience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.out.Flush()
}

// ask is a request for a stream.
type ask struct {
	wanted func(layer string) bool
	since  *spatial.Revision
}

// parse reads ?layers=a,b, ?last-event-id= and the header Last-Event-ID. A layer
// that is not there and one that the tier may not see are the same to the caller.
func parse(r *http.Request, v index.View) (ask, error) {
	a := ask{wanted: func(string) bool { return true }}
	q, err := query.Parse(r.URL.RawQuery, []string{"layers", "last-event-id"})
	if err != nil {
		return a, err
	}
	if text, ok := q["layers"]; ok {
		layers := strings.Split(text, ",")
		for _, name := range layers {
			if _, ok := v.Layer(name); !ok {
				var known []string
				for _, l := range v.Layers() {
					known = append(known, l.Name)
				}
				return a, &spatial.Error{Op: "follow changes", Kind: spatial.Invalid, Code: "parameter.layer", Args: map[string]any{"name": name, "known": strings.Join(known, ", ")}}
			}
		}
		a.wanted = func(layer string) bool { return slices.Contains(layers, layer) }
	}
	since := r.Header.Get("Last-Event-ID")
	if since == "" {
		since = q["last-event-id"]
	}
	if since != "" {
		n, err := strconv.ParseUint(since, 10, 64)
		if err != nil {
			return a, query.Malformed("last-event-id", since, "0, 1, 2, …")
		}
		rev := spatial.Revision(n)
		a.since = &rev
	}
	return a, nil
}
