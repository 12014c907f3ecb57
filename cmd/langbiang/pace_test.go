package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"sync/atomic"
	"testing"
)

// The collector is as it was afterwards, and what the operator set is left alone.
func TestHastily(t *testing.T) {
	broke := errors.New("broke")
	for was, during := range map[int]int{usual: hasty, 50: 50, -1: -1} {
		before := debug.SetGCPercent(was)
		got := 0
		err := hastily(func() error {
			got = debug.SetGCPercent(during)
			return broke
		})
		after := debug.SetGCPercent(before)
		if got != during || after != was || !errors.Is(err, broke) {
			t.Errorf("GOGC %d: %d meanwhile, %d after, %v", was, got, after, err)
		}
	}
}

func TestNoticing(t *testing.T) {
	for path, want := range map[string]bool{"/metrics": false, "/livez": false, "/readyz": false, "/": true, "/tiles/parcels/15/1/1": true} {
		var asked atomic.Bool
		passed := false
		h := noticing(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true }), &asked)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if asked.Load() != want || !passed {
			t.Errorf("%s: noticed %v, passed %v", path, asked.Load(), passed)
		}
	}
}
