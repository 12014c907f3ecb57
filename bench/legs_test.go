//go:build bench

package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

func now() float64 { return float64(time.Now().UnixMicro()) / 1000 }

// legs is when revisions came by on their way from the store to a browser.
type legs struct {
	mu            sync.Mutex
	noticed, sent []arrival
}

// arrival is everything up to a revision, at an instant (ms since 1970).
type arrival struct {
	rev spatial.Revision
	at  float64
}

// trace waits at a store as a server does, and follows the server's feed, until the
// test ends.
func (b *bench) trace(name, address string) *legs {
	l := &legs{}
	s := b.open(name)
	ctx, cancel := context.WithCancel(b.t.Context())
	var both sync.WaitGroup
	b.t.Cleanup(func() {
		cancel()
		both.Wait()
		s.Close()
	})
	add := func(to *[]arrival, rev spatial.Revision) {
		l.mu.Lock()
		defer l.mu.Unlock()
		*to = append(*to, arrival{rev, now()})
	}
	both.Go(func() {
		var rev spatial.Revision
		for ctx.Err() == nil {
			if s.Wait(ctx, rev) != nil {
				return
			}
			if head, err := s.Head(ctx); err == nil && head > rev {
				rev = head
				add(&l.noticed, rev)
			}
		}
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/api/live", nil)
	if err != nil {
		b.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	both.Go(func() {
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			var said struct{ Rev uint64 }
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok && json.Unmarshal([]byte(data), &said) == nil {
				add(&l.sent, spatial.Revision(said.Rev))
			}
		}
	})
	return l
}

// times are from the commits of edits until each leg had them.
func (l *legs) times(edits []edit) (noticed, sent times) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := func(all []arrival) (t times) {
		var took []float64
		for _, e := range edits {
			if i := slices.IndexFunc(all, func(a arrival) bool { return a.rev >= e.rev }); i >= 0 {
				took = append(took, all[i].at-e.At)
			} else {
				t.Missing++
			}
		}
		slices.Sort(took)
		if t.N = len(took); t.N > 0 {
			t.P50, t.P99, t.Most = took[t.N/2], took[t.N*99/100], took[t.N-1]
		}
		return t
	}
	return of(l.noticed), of(l.sent)
}
