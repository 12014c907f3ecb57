package ledger

import (
	"sync/atomic"
	"testing"

	"github.com/langbiang/langbiang/spatial/index"
)

// Where somebody asks, half of the workers leave and the others do all of the work.
func TestWorkYields(t *testing.T) {
	for _, cores := range []int{1, 2, 3, 8} {
		var asked atomic.Int32
		w := &work{cores: cores, jobs: make([]job, 100), yields: func() bool { asked.Add(1); return true }, v: index.View{}}
		if !w.do(t.Context()) {
			t.Fatalf("%d cores: not done", cores)
		}
		for i := range w.jobs {
			if w.jobs[i].now == nil {
				t.Fatalf("%d cores: page %d was left", cores, i)
			}
		}
		if want := int32(cores - max(1, cores/2)); asked.Load() != want {
			t.Errorf("%d cores: %d workers asked, want %d", cores, asked.Load(), want)
		}
	}
}
