package queries

import (
	"context"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial/index"
)

// Parcels are asked about in waves, so that whoever wants the first few waits for few,
// and a wave in lots that readers take in turn.
const (
	firstWave = 1024
	wave      = 16384
	lot       = 256
)

// Rows gives the parcels that are meant. It is one Row, changed at each step. Error:
// ctx's, at the end.
func (s *Selection) Rows(ctx context.Context) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		if s.none {
			return
		}
		readers := []*Selection{s}
		for len(readers) < min(Readers, runtime.GOMAXPROCS(0)) {
			r := *s
			r.row = newRow(s.view, s.row.known, s.properties)
			readers = append(readers, &r)
		}
		items, most := make([]index.Item, 0, wave), firstWave
		var meant [wave]bool
		tell := func() bool {
			if err := ask(ctx, readers, items, meant[:len(items)]); err != nil {
				yield(nil, err)
				return false
			}
			for i := range items {
				if !meant[i] {
					continue
				}
				s.row.set(items[i])
				if !yield(s.row, nil) {
					return false
				}
			}
			items, most = items[:0], wave
			return true
		}
		visit := func(it index.Item) bool {
			items = append(items, it)
			return len(items) < most || tell()
		}
		ended := true
		on := func(it index.Item) bool { ended = visit(it); return ended }
		if s.box != nil {
			s.view.Within(parcels.LayerName, *s.box)(on)
		} else {
			s.view.After(parcels.LayerName, 0)(on)
		}
		if ended {
			tell()
		}
	}
}

// ask says which items are meant, with all readers at once. Error: ctx's.
func ask(ctx context.Context, readers []*Selection, items []index.Item, meant []bool) error {
	var next atomic.Int64
	read := func(s *Selection) {
		for ctx.Err() == nil {
			from := int(next.Add(lot)) - lot
			if from >= len(items) {
				return
			}
			for i := from; i < min(from+lot, len(items)); i++ {
				s.row.set(items[i])
				meant[i] = s.meant()
			}
		}
	}
	var wg sync.WaitGroup
	failed := make(chan any, len(readers))
	if len(items) > lot {
		for _, s := range readers[1:] {
			wg.Go(func() {
				defer func() {
					if p := recover(); p != nil { // it is the request's to fail, not the process's
						failed <- p
					}
				}()
				read(s)
			})
		}
	}
	defer func() {
		wg.Wait()
		select {
		case p := <-failed:
			panic(p)
		default:
		}
	}()
	read(readers[0])
	return ctx.Err()
}
