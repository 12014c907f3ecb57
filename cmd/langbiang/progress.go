package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// everyLine is how often work that is not watched on a terminal says how far it is.
const everyLine = 5 * time.Second

// progress shows how far long work is: a bar on a terminal, else a line every few
// seconds. It is safe for several goroutines.
type progress struct {
	c     *console
	mu    sync.Mutex
	stage string
	bar   *progressbar.ProgressBar
	total int
	said  time.Time
}

func (c *console) progress() *progress { return &progress{c: c, said: c.now()} }

// at says that a stage of the work has done so much; total < 1 = not known.
func (p *progress) at(stage string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.c.terminal {
		if now := p.c.now(); now.Sub(p.said) >= everyLine {
			p.said = now
			if total > 0 {
				fmt.Fprintf(p.c.err, "%s: %d / %d (%d %%)\n", stage, done, total, 100*min(done, total)/total)
			} else {
				fmt.Fprintf(p.c.err, "%s: %d\n", stage, done)
			}
		}
		return
	}
	if p.bar == nil || stage != p.stage || total != p.total {
		p.clear()
		n := total
		if n < 1 {
			n = -1
		}
		p.stage, p.total = stage, total
		p.bar = progressbar.NewOptions(n, progressbar.OptionSetWriter(p.c.err), progressbar.OptionSetDescription(stage),
			progressbar.OptionShowCount(), progressbar.OptionSetWidth(30), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	if total > 0 {
		done = min(done, total)
	}
	// A bar that cannot be drawn is no reason to stop the work.
	_ = p.bar.Set(done)
}

// end takes the bar away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}

func (p *progress) clear() {
	if p.bar != nil {
		_ = p.bar.Clear()
		p.bar = nil
	}
}
