package main

import (
	"net/http"
	"runtime/debug"
	"sync/atomic"
)

// usual is the runtime's own setting of GOGC, and hasty what a load or an import runs
// with where nobody said otherwise: most of what it leaves behind lives for a moment,
// and the memory of the larger heap is used afterwards.
const (
	usual = 100
	hasty = 200
)

// hastily runs do with a collector that comes half as often. What the operator set by
// GOGC stays; GOMEMLIMIT bounds the memory as always.
func hastily(do func() error) error {
	was := debug.SetGCPercent(hasty)
	defer debug.SetGCPercent(was)
	if was != usual {
		debug.SetGCPercent(was)
	}
	return do()
}

// noticing passes requests on and notes that there was one, those left out that ask
// how the server is.
func noticing(next http.Handler, asked *atomic.Bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metrics", "/livez", "/readyz":
		default:
			if !asked.Load() {
				asked.Store(true)
			}
		}
		next.ServeHTTP(w, r)
	})
}
