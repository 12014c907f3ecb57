//go:build bench

package bench

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"
)

// load is what a burst of requests came to.
type load struct {
	perSecond float64
	p50, p99  time.Duration
	failed    int
}

// burst asks for the paths in turn, over so many connections at once, for so long.
// An answer that is not 200 counts as failed.
func burst(t *testing.T, base, key string, paths []string, connections int, lasts time.Duration) load {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	type result struct {
		took   []time.Duration
		failed int
	}
	results := make([]result, connections)
	began := time.Now()
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			r := &results[c]
			for i := c; time.Since(began) < lasts; i += connections {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+paths[i%len(paths)], nil)
				if err != nil {
					r.failed++
					return
				}
				req.Header.Set("Authorization", "Bearer "+key)
				start := time.Now()
				resp, err := client.Do(req)
				if err != nil {
					r.failed++
					continue
				}
				_, err = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK {
					r.failed++
					continue
				}
				r.took = append(r.took, time.Since(start))
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	var l load
	var every []time.Duration
	for _, r := range results {
		every = append(every, r.took...)
		l.failed += r.failed
	}
	if len(every) == 0 {
		t.Fatalf("no request succeeded, %d failed", l.failed)
	}
	slices.Sort(every)
	l.perSecond = float64(len(every)) / took.Seconds()
	l.p50, l.p99 = every[len(every)/2], every[len(every)*99/100]
	return l
}

func ms(d time.Duration) string { return fmt.Sprintf("%.2f", float64(d.Microseconds())/1000) }
