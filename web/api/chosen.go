package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/paulmach/orb"
	"golang.org/x/sync/singleflight"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// Bounds of what is kept: the memory of all sets, in bytes, and how many.
const (
	mostChosen  = 32 << 20
	mostAnswers = 64
)

// chosenKey is a question with all that its answer depends on: the records of a
// revision as a tier sees them, and what was worked out of them.
type chosenKey struct {
	origin   *index.Origin
	revision spatial.Revision
	tier     spatial.Tier
	facts    uint64
	question [sha256.Size]byte
}

// answers are sets of parcels, kept for whoever asks piece by piece, as a map does. It
// is safe for concurrent use; the zero answers is ready.
type answers struct {
	flight singleflight.Group
	mu     sync.Mutex
	kept   []keptAnswer // the last asked for at the end
	size   int          // of their sets, bytes
}

type keptAnswer struct {
	key chosenKey
	set *queries.Set
}

func (a *answers) find(k chosenKey) (*queries.Set, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.kept, func(o keptAnswer) bool { return o.key == k })
	if i < 0 {
		return nil, false
	}
	o := a.kept[i]
	a.kept = append(slices.Delete(a.kept, i, i+1), o)
	return o.set, true
}

// keep keeps a set; the longest unused give way, and of one question the answers of
// before do at once.
func (a *answers) keep(k chosenKey, s *queries.Set) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.kept = slices.DeleteFunc(a.kept, func(o keptAnswer) bool {
		old := o.key.question == k.question && o.key.tier == k.tier
		if old {
			a.size -= o.set.Size()
		}
		return old
	})
	a.kept = append(a.kept, keptAnswer{k, s})
	a.size += s.Size()
	for len(a.kept) > mostAnswers || a.size > mostChosen && len(a.kept) > 1 {
		a.size -= a.kept[0].set.Size()
		a.kept = slices.Delete(a.kept, 0, 1)
	}
}

// world is every place.
func world() orb.Bound {
	return orb.Bound{Min: orb.Point{-180, -90}, Max: orb.Point{180, 90}}
}

// Chosen is the set of parcels that a question means, by the text of its link: sortby,
// limit and after do not matter. The caller has the permission query; the answer is of
// the view and of what is known now. Errors: as of the query itself.
func (a *API) Chosen(ctx context.Context, v index.View, link string) (*queries.Set, error) {
	var book Book
	k := chosenKey{origin: v.Origin(), revision: v.Revision(), tier: v.Tier(), facts: math.MaxUint64, question: sha256.Sum256([]byte(link))}
	if a.cfg.Book != nil {
		if book = a.cfg.Book(v.Tier()); book != nil {
			k.facts = book.Stamp(world())
		}
	}
	if s, ok := a.answers.find(k); ok {
		return s, nil
	}
	type outcome struct {
		set *queries.Set
		err error
	}
	// Whoever asked first may go away; the others still wait.
	done, _, _ := a.answers.flight.Do(fmt.Sprint(k), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.cfg.Timeout)
		defer cancel()
		c := &call{api: a, ctx: ctx, view: v}
		q, err := readLink(link)
		if err != nil {
			return outcome{err: err}, nil
		}
		p, err := c.planWith(q, book)
		if err != nil {
			return outcome{err: err}, nil
		}
		s, err := p.selection.Set(ctx)
		if err == nil && k.origin != nil {
			a.answers.keep(k, s)
		}
		return outcome{s, c.late(err)}, nil
	})
	o := done.(outcome)
	return o.set, o.err
}
