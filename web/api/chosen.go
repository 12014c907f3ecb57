package api

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math"

	"github.com/maypok86/otter/v2"
	"github.com/paulmach/orb"
	"golang.org/x/sync/singleflight"

	"github.com/langbiang/langbiang/city/queries"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// mostChosen bounds the memory for answers that are kept as sets, in bytes.
const mostChosen = 32 << 20

// chosenKey is a question with all that its answer depends on: the records of a
// revision as a tier sees them, and what was worked out of them.
type chosenKey struct {
	origin   *index.Origin
	revision spatial.Revision
	tier     spatial.Tier
	facts    uint64
	question [sha256.Size]byte
}

// answers are sets of parcels, kept for whoever asks piece by piece, as a map does.
type answers struct {
	kept   *otter.Cache[chosenKey, *queries.Set]
	flight singleflight.Group
}

func newAnswers() *answers {
	return &answers{kept: otter.Must(&otter.Options[chosenKey, *queries.Set]{MaximumWeight: mostChosen,
		Weigher: func(_ chosenKey, s *queries.Set) uint32 { return uint32(min(s.Size(), mostChosen)) }})}
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
	if s, ok := a.answers.kept.GetIfPresent(k); ok && k.origin != nil {
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
			a.answers.kept.Set(k, s)
		}
		return outcome{s, c.late(err)}, nil
	})
	o := done.(outcome)
	return o.set, o.err
}
