package demo

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// house is how buildings of a kind of ground stand on their plots.
type house struct {
	share             float64 // of the plots have one
	front, side, rear float64 // metres from the plot's edges
	density           float64 // of the plot, at most
	levels            [2]int
	kind              string
}

func houseOn(u use) house {
	switch u {
	case core:
		return house{.72, .3, .15, 1.6, .92, [2]int{2, 5}, "townhouse"}
	case town:
		return house{.58, 1.8, .25, 2.4, .74, [2]int{1, 4}, "house"}
	case villa:
		return house{.72, 5.5, 3, 4, .32, [2]int{1, 3}, "villa"}
	case garden:
		return house{.42, 5, 2, 4, .2, [2]int{1, 2}, "house"}
	case civic:
		return house{.9, 9, 6, 7, .38, [2]int{2, 4}, "public"}
	case farm:
		return house{.12, 3, 2.5, 3, .5, [2]int{1, 1}, "greenhouse"}
	}
	return house{}
}

// footprint is where a building stands on its plot; ok is false where none fits.
func (c *City) footprint(l *lot, h house) ([]pt, bool) {
	p := &c.blocks[l.block].plots[l.plot]
	ring := metres(p.ring)
	by := make([]float64, len(ring))
	edge := func(i int) vec { return ring[(i+1)%len(ring)].sub(ring[i]) }
	front, longest := -1, 0.0
	for i := range ring {
		if n := edge(i).len(); p.roads[i] >= 0 && n > longest {
			front, longest = i, n
		}
	}
	for i := range ring {
		switch {
		case p.roads[i] >= 0:
			by[i] = h.front
		case front >= 0 && edge(i).unit().dot(edge(front).unit()) < -.7:
			by[i] = h.rear
		default:
			by[i] = h.side
		}
	}
	for range 7 {
		in, _, ok := inset(ring, by)
		if !ok {
			return nil, false
		}
		a := areaOf(in)
		if a < 18 {
			return nil, false
		}
		if a <= h.density*l.area*1.03 {
			out := toRing(in)
			for _, q := range in {
				if !inside(q, ring) {
					return nil, false
				}
			}
			return out, true
		}
		// Too much of the plot: draw in the sides and the back.
		more := math.Sqrt(l.area) * .045
		for i := range by {
			if p.roads[i] < 0 {
				by[i] += more
			} else {
				by[i] += more * .35
			}
		}
	}
	return nil, false
}

func (c *City) buildings(out *sink) bool {
	n := 0
	for i := range c.lots {
		l := &c.lots[i]
		b := &c.blocks[l.block]
		h := houseOn(b.use)
		r := rand.New(rand.NewPCG(b.seed, uint64(l.plot)+0xb11d))
		if r.Float64() >= h.share {
			continue
		}
		if b.use == farm && l.area > 6000 {
			continue
		}
		if b.use == garden && (l.uses[0].Code == "HNK" || l.uses[0].Code == "CLN") {
			continue
		}
		ring, ok := c.footprint(l, h)
		if !ok {
			continue
		}
		levels := h.levels[0] + int(r.Float64()*r.Float64()*float64(h.levels[1]-h.levels[0]+1)*1.25)
		levels = min(levels, h.levels[1])
		if b.use == core && l.road >= 0 && c.d.roads[l.road].kind <= secondary {
			levels = min(h.levels[1]+2, levels+1+r.IntN(2))
		}
		kind := h.kind
		if l.uses[0].Code == "TMD" && b.use != farm {
			kind = "hotel"
			levels++
		}
		height := 3.4*float64(levels) + 1.8*r.Float64()
		if kind == "greenhouse" {
			height = 4.2
		}
		n++
		if !out.put(spatial.Feature{Legal: orb.Polygon{closeRing(ring)}, Values: []spatial.Value{text(fmt.Sprintf("DEMO-N%06d", n)), {}, text(kind),
			spatial.Float(float64(levels)), number(math.Round(height*10) / 10), text(c.addressOf(l))}}) {
			return false
		}
	}
	return true
}
