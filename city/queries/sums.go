package queries

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/langbiang/langbiang/spatial"
)

// Sums are what parcels come to. Areas are m², added in steps of a square
// centimetre, so that they do not depend on the order.
type Sums struct {
	Count int
	// of the parcels of which each is known
	Area, FloorArea, Built, Left tally
}

// tally is a sum and of how many.
type tally struct {
	steps int64 // of 0.0001 m²
	N     int
}

// Sum is the sum, m².
func (t tally) Sum() float64 { return float64(t.steps) / 1e4 }

func (t *tally) add(f float64) {
	t.steps += int64(math.Round(f * 1e4))
	t.N++
}

// Add counts a parcel in.
func (s *Sums) Add(r *Row) {
	s.Count++
	s.Area.add(r.item.Area())
	if r.known == nil {
		return
	}
	f := r.Facts()
	if f.FloorArea != nil {
		s.FloorArea.add(*f.FloorArea)
	}
	if f.BuiltFloorArea != nil {
		s.Built.add(*f.BuiltFloorArea)
	}
	if left, ok := capacityLeft(f); ok {
		s.Left.add(left)
	}
}

// Groups are the words that parcels can be grouped by.
func Groups() []string {
	return []string{"ward", "use", "zone", "planned_use", "conversion", "floors"}
}

// MaxGroups bounds the words of one grouping.
const MaxGroups = 2

// Group is the parcels that have one value of each word; null = they have none.
type Group struct {
	Values []spatial.Value
	Sums   Sums
}

// Stats are the sums by group, in the order of the groups' values, what has none
// last, and those of all together. A parcel stands in one group: of several uses
// or zones the main one counts. by are words of Groups.
func (s *Selection) Stats(ctx context.Context, by []string) ([]Group, Sums, error) {
	type key [MaxGroups]spatial.Value
	of := make([]func(*Row) spatial.Value, len(by))
	for i, name := range by {
		n := s.Index(name)
		of[i] = func(r *Row) spatial.Value { return r.First(n) }
		if name == "use" {
			of[i] = (*Row).MainUse
		}
	}
	var all Sums
	groups := map[key]*Sums{}
	for r, err := range s.Rows(ctx) {
		if err != nil {
			return nil, Sums{}, err
		}
		var k key
		for i := range of {
			k[i] = of[i](r)
		}
		g := groups[k]
		if g == nil {
			g = &Sums{}
			groups[k] = g
		}
		g.Add(r)
		all.Add(r)
	}
	out := make([]Group, 0, len(groups))
	for k, sums := range groups {
		out = append(out, Group{slices.Clone(k[:len(by)]), *sums})
	}
	slices.SortFunc(out, func(a, b Group) int {
		for i := range a.Values {
			if c := compare(a.Values[i], b.Values[i]); c != 0 {
				return c
			}
		}
		return 0
	})
	return out, all, nil
}

// compare orders the values of one word, null last.
func compare(a, b spatial.Value) int {
	switch {
	case a == b:
		return 0
	case a.IsNull():
		return 1
	case b.IsNull():
		return -1
	}
	if x, ok := a.Number(); ok {
		y, _ := b.Number()
		return cmp.Compare(x, y)
	}
	return cmp.Compare(a.Text(), b.Text())
}
