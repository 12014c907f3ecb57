package live

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// maxIDs is how many ids one event lists; beyond, it gives their number.
const maxIDs = 100

// tiers is how many different tiers there are: every subset of the classes.
const tiers = int(spatial.TierAll) + 1

// summary is one publish, small whatever its size was.
type summary struct {
	from, to spatial.Revision
	groups   []group
}

// group is the records of one layer that the same tiers could see before, and can
// see now.
type group struct {
	layer               string
	seenBefore, seenNow uint32 // bit t: tier t
	before, now         orb.Bound
	ids                 []uint64 // rising; nil where there are more than maxIDs
	count               int
}

func nothing() orb.Bound {
	return orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
}

func seenBy(s index.Sees) uint32 {
	var m uint32
	for t := range tiers {
		if s.By(spatial.Tier(t)) {
			m |= 1 << t
		}
	}
	return m
}

// summarise groups a publish's events.
func summarise(p index.Published) *summary {
	type kind struct {
		layer               string
		seenBefore, seenNow uint32
	}
	masks := map[index.Sees]uint32{} // few distinct ones
	mask := func(s index.Sees) uint32 {
		m, ok := masks[s]
		if !ok {
			m = seenBy(s)
			masks[s] = m
		}
		return m
	}
	s := &summary{from: p.From, to: p.To}
	at := map[kind]int{}
	for i := range p.Events {
		e := &p.Events[i]
		k := kind{e.Layer, mask(e.Before), mask(e.After)}
		if k.seenBefore|k.seenNow == 0 {
			continue
		}
		n, ok := at[k]
		if !ok {
			n = len(s.groups)
			at[k] = n
			s.groups = append(s.groups, group{layer: k.layer, seenBefore: k.seenBefore, seenNow: k.seenNow, before: nothing(), now: nothing()})
		}
		g := &s.groups[n]
		if e.Change.Before != nil {
			g.before = g.before.Union(*e.Change.Before)
		}
		if e.Change.After != nil {
			g.now = g.now.Union(*e.Change.After)
		}
		g.ids = append(g.ids, e.ID)
	}
	for i := range s.groups {
		g := &s.groups[i]
		slices.Sort(g.ids)
		g.ids = slices.Compact(g.ids)
		g.count = len(g.ids)
		if g.count > maxIDs {
			g.ids = nil
		} else {
			g.ids = slices.Clone(g.ids) // let the long backing array go
		}
	}
	return s
}

// event is the data of one "change" event.
type event struct {
	Layer string           `json:"layer"`
	BBox  *[4]float64      `json:"bbox"` // west, south, east, north in WGS 84; null where nothing has a place
	Rev   spatial.Revision `json:"rev"`
	IDs   []string         `json:"ids,omitempty"`
	Count int              `json:"count,omitempty"` // in the place of more than 100 ids
}

// events are the summary's events for a tier, one a layer, layers in name order.
func (s *summary) events(t spatial.Tier, wanted func(layer string) bool) []event {
	var out []event
	all := map[string][]*group{}
	var names []string
	bit := uint32(1) << t
	for i := range s.groups {
		g := &s.groups[i]
		if (g.seenBefore|g.seenNow)&bit == 0 || !wanted(g.layer) {
			continue
		}
		if all[g.layer] == nil {
			names = append(names, g.layer)
		}
		all[g.layer] = append(all[g.layer], g)
	}
	slices.Sort(names)
	for _, name := range names {
		e := event{Layer: name, Rev: s.to}
		box, whole := nothing(), true
		var ids []uint64
		for _, g := range all[name] {
			if g.seenBefore&bit != 0 {
				box = box.Union(g.before)
			}
			if g.seenNow&bit != 0 {
				box = box.Union(g.now)
			}
			ids = append(ids, g.ids...)
			e.Count += g.count
			whole = whole && g.ids != nil
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
		if whole && len(ids) <= maxIDs {
			e.Count = 0
			for _, id := range ids {
				e.IDs = append(e.IDs, strconv.FormatUint(id, 10))
			}
		}
		if !index.Empty(box) {
			e.BBox = &[4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}
		}
		out = append(out, e)
	}
	return out
}

// frames are the events as they go over the wire, all of them in one piece. Only
// the last carries the summary's own revision as its id: a browser that was cut
// off before it asks again from the one before.
func (s *summary) frames(b []byte, t spatial.Tier, wanted func(layer string) bool) []byte {
	all := s.events(t, wanted)
	for i := range all {
		id := s.from
		if i == len(all)-1 {
			id = s.to
		}
		data, err := json.Marshal(all[i])
		if err != nil {
			continue // numbers and texts only: it does not happen
		}
		b = append(b, "event: change\nid: "...)
		b = strconv.AppendUint(b, uint64(id), 10)
		b = append(b, "\ndata: "...)
		b = append(b, data...)
		b = append(b, "\n\n"...)
	}
	return b
}
