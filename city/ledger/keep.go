package ledger

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// Store keeps how parcels lie from one start to the next.
type Store interface {
	Derived(ctx context.Context, kind string, each func(change.Derived) error) error
	PutDerived(ctx context.Context, kind string, was spatial.Revision, parts []change.Derived) (at spatial.Revision, written bool, err error)
	Batch(ctx context.Context, since spatial.Revision, limit int) (change.Batch, error)
}

// kind names what is kept. Part 0 is the head: the revision that all pages are of
// and the mark; part n+1 is page n.
const kind = "lies"

// farBehind is how many changes may have passed since the pages were kept. Beyond,
// working everything out is as quick as finding what they touched.
const farBehind = 20_000

// lastWait is how long keeping may take when the program ends.
const lastWait = 5 * time.Second

// keeper is what a ledger knows of what is kept.
type keeper struct {
	at   spatial.Revision // the head's
	sums map[uint64]print // pages as they stand in the store
	fits bool             // what stands there is right at that revision
}

// print tells the bytes of pages apart.
type print struct {
	sum  uint64
	size int
}

func printOf(lies []byte) print {
	return print{binary.LittleEndian.Uint64(lies[len(lies)-checksum:]), len(lies)}
}

// mark names what the pages of a view are made by, beside the records near each
// parcel.
func (l *Ledger) mark(v index.View) string {
	return fmt.Sprintf("%d %d %v %v %s", layout, v.Place().Plane, some(v, city.RoadsLayer), some(v, city.BuildingsLayer), l.cfg.Mark)
}

// load gives the pages that are kept and still stand for the view, and what the
// changes since then touched. What cannot be used is left out, whatever the reason.
func (l *Ledger) load(ctx context.Context, v index.View) (map[uint64][]lain, touched) {
	l.keep = keeper{sums: map[uint64]print{}}
	if l.cfg.Store == nil {
		return nil, nil
	}
	var head *change.Derived
	pages, whole := map[uint64][]lain{}, true
	err := l.cfg.Store.Derived(ctx, kind, func(d change.Derived) error {
		if d.Part == 0 {
			head = &d
		} else if lies, ok := decode(d.Data); ok {
			pages[d.Part-1] = lies
			l.keep.sums[d.Part-1] = printOf(d.Data)
		} else {
			l.keep.sums[d.Part-1], whole = print{}, false
		}
		return nil
	})
	if err != nil {
		l.cfg.Log.Warn("what was kept of parcels cannot be read and is made anew", "error", err)
		return nil, nil
	}
	if head == nil {
		return nil, nil
	}
	l.keep.at = head.Rev
	if string(head.Data) != l.mark(v) || head.Rev > v.Revision() || v.Revision()-head.Rev > farBehind {
		return nil, nil
	}
	s := newSearch(index.View{}, v)
	for at := head.Rev; at < v.Revision(); {
		b, err := l.cfg.Store.Batch(ctx, at, 5000)
		if err != nil || b.Head <= at {
			l.cfg.Log.Warn("the changes since parcels were kept cannot be read; all is made anew", "error", err)
			return nil, nil
		}
		for i := range b.Changes {
			s.change(&b.Changes[i])
		}
		at = b.Head
	}
	l.keep.fits = whole
	return pages, s.end()
}

// save keeps the pages that are others than those in the store. That it cannot is no
// harm: the next start works them out.
func (l *Ledger) save(ctx context.Context) {
	if l.cfg.Store == nil {
		return
	}
	b := l.Current()
	parts := []change.Derived{{Rev: b.rev, Data: []byte(l.mark(l.view))}}
	sums := make(map[uint64]print, b.pages.Len())
	b.pages.Scan(func(n uint64, p *page) bool {
		sums[n] = printOf(p.lies)
		if l.keep.sums[n] != sums[n] {
			parts = append(parts, change.Derived{Part: n + 1, Rev: b.rev, Data: p.lies})
		}
		return true
	})
	for n := range l.keep.sums {
		if _, ok := sums[n]; !ok {
			parts = append(parts, change.Derived{Part: n + 1, Rev: b.rev})
		}
	}
	if l.keep.fits && l.keep.at == b.rev && len(parts) == 1 {
		return
	}
	at, written, err := l.cfg.Store.PutDerived(ctx, kind, l.keep.at, parts)
	switch {
	case err != nil:
		l.cfg.Log.Warn("how parcels lie cannot be kept: the next start works it out", "error", err)
	case written:
		l.keep = keeper{at: b.rev, sums: sums, fits: true}
	default:
		// Another server keeps them too. What it wrote is not known: where it falls
		// behind, all of it is written anew.
		l.keep = keeper{at: at, sums: map[uint64]print{}}
	}
}

// saveLast is save when the program ends.
func (l *Ledger) saveLast(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWait)
	defer cancel()
	l.save(ctx)
}
