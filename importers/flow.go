package importers

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
)

// batchRows is how many rows travel together between the parts of a flow.
const batchRows = 256

// flow reads sources in one goroutine, prepares rows in others, and gives them in
// the order of the sources. At most a few batches are in memory at a time.
type flow struct {
	ctx    context.Context
	cancel context.CancelFunc
	order  chan *batch
	wait   sync.WaitGroup

	now *batch
	at  int
}

// batch is rows in order; those with an error have no feature.
type batch struct {
	src   []*source
	rows  []raw.Feature
	errs  []error
	ready []prepared
	done  chan struct{}
	err   error // the sources ended with it, after this batch
}

// start begins to read. The caller calls close, always.
func start(ctx context.Context, sources []*source, r *rules) *flow {
	ctx, cancel := context.WithCancel(ctx)
	workers := max(1, runtime.GOMAXPROCS(0))
	f := &flow{ctx: ctx, cancel: cancel, order: make(chan *batch, 2*workers)}
	work := make(chan *batch, 2*workers)
	f.wait.Add(1 + workers)
	go func() {
		defer f.wait.Done()
		defer close(f.order)
		defer close(work)
		f.readAll(sources, work)
	}()
	for range workers {
		go func() {
			defer f.wait.Done()
			w := newWorker(r)
			for b := range work {
				if ctx.Err() == nil {
					b.guarded(func() { b.prepare(w, len(r.layer.Fields)) })
				}
				close(b.done)
			}
		}()
	}
	return f
}

// close ends the goroutines and waits for them.
func (f *flow) close() {
	f.cancel()
	for range f.order {
	}
	f.wait.Wait()
}

// readAll is read, for which a reader that panics over a file ends the import and
// not the program.
func (f *flow) readAll(sources []*source, work chan<- *batch) {
	last := newBatch()
	last.guarded(func() { f.read(sources, work) })
	if last.err == nil {
		return
	}
	for _, to := range []chan<- *batch{work, f.order} {
		select {
		case to <- last:
		case <-f.ctx.Done():
			return
		}
	}
}

// guarded does a part of a batch's work; a panic becomes the batch's error.
func (b *batch) guarded(work func()) {
	defer func() {
		if p := recover(); p != nil {
			b.ready, b.rows, b.errs = nil, nil, nil
			b.err = &spatial.Error{Op: "import", Kind: spatial.Internal, Code: "import.panic", Err: fmt.Errorf("%v\n%s", p, debug.Stack())}
		}
	}()
	work()
}

func (f *flow) read(sources []*source, work chan<- *batch) {
	b := newBatch()
	send := func() bool {
		for _, to := range []chan<- *batch{work, f.order} {
			select {
			case to <- b:
			case <-f.ctx.Done():
				return false
			}
		}
		b = newBatch()
		return true
	}
	for _, src := range sources {
		for row, err := range src.rows {
			if err != nil {
				if fatal := ended(err, row.Row); fatal != nil {
					b.err = fatal
					send()
					return
				}
			}
			b.src = append(b.src, src)
			b.rows = append(b.rows, row)
			b.errs = append(b.errs, err)
			if len(b.rows) == batchRows && !send() {
				return
			}
		}
	}
	send()
}

func newBatch() *batch {
	return &batch{src: make([]*source, 0, batchRows), rows: make([]raw.Feature, 0, batchRows), errs: make([]error, 0, batchRows), done: make(chan struct{})}
}

func (b *batch) prepare(w *worker, fields int) {
	b.ready = make([]prepared, len(b.rows))
	values := make([]spatial.Value, fields*len(b.rows))
	for i := range b.rows {
		p := &b.ready[i]
		if err := b.errs[i]; err != nil {
			p.unreadable(b.src[i], b.rows[i], err, w.many)
			continue
		}
		w.prepare(p, b.src[i], &b.rows[i], values[i*fields:(i+1)*fields:(i+1)*fields])
	}
	b.rows, b.errs = nil, nil
}

// unreadable is a row that its reader could make nothing of.
func (out *prepared) unreadable(src *source, f raw.Feature, err error, many bool) {
	code := spatial.CodeOf(err)
	if code == "" {
		code = "row.unreadable"
	}
	finding := Finding{Code: code, Severity: Error, Row: f.Row, Detail: shorten(err.Error())}
	if many {
		finding.File = src.name
	}
	*out = prepared{src: src, row: f.Row, refused: true, raw: f, findings: []Finding{finding}}
}

// next is the next row; nil at the end, with the error that ended it.
func (f *flow) next() (*prepared, error) {
	for {
		if f.now != nil && f.at < len(f.now.ready) {
			f.at++
			return &f.now.ready[f.at-1], nil
		}
		if f.now != nil && f.now.err != nil {
			return nil, f.now.err
		}
		var open bool
		select {
		case f.now, open = <-f.order:
			if !open {
				return nil, f.ctx.Err()
			}
		case <-f.ctx.Done():
			return nil, f.ctx.Err()
		}
		f.at = 0
		select {
		case <-f.now.done:
		case <-f.ctx.Done():
			return nil, f.ctx.Err()
		}
	}
}
