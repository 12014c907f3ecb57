package api

import (
	"iter"
	"slices"

	"github.com/langbiang/langbiang/spatial/index"
)

// chosen is one page of records.
type chosen struct {
	items   []index.Item
	matched int  // all that match, this page and every other
	more    bool // there are some after this page
}

// choose takes the first limit records of src after a place, in order, and counts
// all that match. sorted says that src gives ids rising. It keeps at most twice
// the limit at a time, however many there are.
func choose(src iter.Seq2[index.Item, error], sorted bool, match func(index.Item) bool, o order, after *place, limit int) (chosen, error) {
	type candidate struct {
		place place
		item  index.Item
	}
	var c chosen
	byID := len(o.columns) == 0
	var kept []candidate
	following := 0
	compare := func(a, b candidate) int { return o.compare(a.place, b.place) }
	var worst *place // past this one nothing is kept
	for it, err := range src {
		if err != nil {
			return chosen{}, err
		}
		if !match(it) {
			continue
		}
		c.matched++
		p := place{id: it.ID()}
		if !byID {
			p = o.place(it)
		}
		if after != nil && o.compare(p, *after) <= 0 {
			continue
		}
		following++
		if byID && sorted {
			if len(c.items) < limit {
				c.items = append(c.items, it)
			}
			continue
		}
		if worst != nil && o.compare(p, *worst) > 0 {
			continue
		}
		if kept = append(kept, candidate{p, it}); len(kept) >= 2*limit+16 {
			slices.SortFunc(kept, compare)
			kept = kept[:limit]
			w := kept[limit-1].place
			worst = &w
		}
	}
	slices.SortFunc(kept, compare)
	for _, k := range kept[:min(limit, len(kept))] {
		c.items = append(c.items, k.item)
	}
	c.more = following > len(c.items)
	return c, nil
}
