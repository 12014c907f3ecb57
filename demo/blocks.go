package demo

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"

	"github.com/langbiang/langbiang/spatial"
)

// mix makes a well-spread number of two.
func mix(a, b uint64) uint64 {
	x := a + b*0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance is a number 0…1 that a, b always give.
func chance(a, b uint64) float64 { return float64(mix(a, b)>>11) / (1 << 53) }

// blocks are the faces of the mesh with what is left of them between the streets.
func (d *draft) blocks(seed uint64) []block {
	var out []block
	var hs []int32
	for f := range d.m.faces {
		if d.m.faces[f] < 0 {
			continue
		}
		hs = d.m.loop(int32(f), hs[:0])
		b := block{face: int32(f), seed: mix(seed, uint64(f)+1)}
		ring := make([]vec, len(hs))
		by := make([]float64, len(hs))
		for i, h := range hs {
			b.outer = append(b.outer, d.m.at(h))
			ring[i] = d.m.at(h).m()
			by[i] = widths[d.roads[d.m.tag[h>>1]].kind] / 2
		}
		b.at = within(ring)
		_, wet := d.lake[b.face]
		switch {
		case wet:
			b.use = water
		case d.green[b.face]:
			b.use = park
		default:
			b.use = d.l.useAt(b.at)
		}
		in, edge, ok := inset(ring, by)
		if ok {
			for i, p := range in {
				q := p.mm()
				if !inside(p, ring) {
					if e, _ := nearRing(ring, p); e > .01 {
						ok = false
					}
				}
				b.ring = append(b.ring, q)
				b.roads = append(b.roads, d.m.tag[hs[edge[i]]>>1])
			}
			ok = ok && areaOf(in) > 60
		}
		if !ok {
			b.ring, b.roads = nil, nil
		}
		out = append(out, b)
	}
	for i := range out {
		b := &out[i]
		a := ringArea(b.ring)
		if b.use <= garden && a > 2200 && a < 40000 && chance(b.seed, 7) < 0.03 {
			b.use = civic
		} else if b.use <= town && chance(b.seed, 8) < 0.012 {
			b.use = park
		}
	}
	return out
}

// dedicate gives the blocks that real sights stand on to what those are.
func (d *draft) dedicate(blocks []block) error {
	for _, s := range sights() {
		code := ""
		switch s.kind {
		case "market":
			code = "DCH"
		case "hospital":
			code = "DYT"
		case "university":
			code = "DGD"
		case "church", "pagoda":
			code = "TON"
		case "museum":
			code = "DVH"
		case "heritage":
			code = "DDD"
		case "station":
			code = "DGT"
		default:
			continue
		}
		at, err := local(s.lon, s.lat)
		if err != nil {
			return err
		}
		for i := range blocks {
			if b := &blocks[i]; b.at.sub(at).len() < 400 && b.ring != nil && b.use <= farm && ringArea(b.ring) < 60000 && inside(at, metres(b.outer)) {
				b.use, b.office = civic, code
			}
		}
	}
	return nil
}

// parcel divides the blocks so that exactly n plots come of them.
func (d *draft) parcel(blocks []block, n int) error {
	each := func(todo []int) {
		var wg sync.WaitGroup
		jobs := make(chan int, 64)
		for range max(2, runtime.GOMAXPROCS(0)) {
			wg.Go(func() {
				c := &carver{l: d.l}
				for i := range jobs {
					c.carve(&blocks[i])
				}
			})
		}
		for _, i := range todo {
			jobs <- i
		}
		close(jobs)
		wg.Wait()
	}
	var all, soft []int
	for i := range blocks {
		if blocks[i].ring != nil {
			all = append(all, i)
		}
	}
	heart, err := local(436.5, 943.7)
	if err != nil {
		return err
	}
	slices.SortStableFunc(all, func(a, b int) int {
		return cmp.Compare(blocks[a].at.sub(heart).len(), blocks[b].at.sub(heart).len())
	})
	if n < natural {
		// A small survey begins in the middle; about 4 plots a block is the least there is.
		kept := all[:0]
		for k := 0; len(all) > 0 && k < n; {
			part := all[:min(len(all), 64)]
			each(part)
			for _, i := range part {
				if k < n {
					kept = append(kept, i)
					k += len(blocks[i].plots)
				} else {
					blocks[i].plots = nil
				}
			}
			all = all[len(part):]
		}
		total := 0
		for _, i := range kept {
			total += len(blocks[i].plots)
		}
		if last := &blocks[kept[len(kept)-1]]; total > n {
			last.plots = last.plots[:len(last.plots)-(total-n)]
		}
		if total < n {
			return &spatial.Error{Op: "build the demonstration city", Kind: spatial.Internal, Code: "demo.count", Args: map[string]any{"want": n, "got": total}}
		}
		return nil
	}
	each(all)
	count := func() (total int) {
		for i := range blocks {
			total += len(blocks[i].plots)
		}
		return total
	}
	for _, i := range all {
		if u := blocks[i].use; u == farm || u == forest || u == garden {
			soft = append(soft, i)
		}
	}
	for range 12 {
		miss := n - count()
		if miss == 0 {
			return nil
		}
		base := 0
		for _, i := range soft {
			base += len(blocks[i].plots)
		}
		// Spread over fields and woods by how many plots they have; what a block cannot
		// take is spread again.
		var todo []int
		left, given := 0.0, 0
		for _, i := range soft {
			b := &blocks[i]
			left += float64(miss) * float64(len(b.plots)) / float64(base)
			step := int(math.Round(left)) - given
			if len(b.plots)+step < 1 {
				step = 1 - len(b.plots)
			}
			if step != 0 {
				given += step
				b.want = len(b.plots) + step
				todo = append(todo, i)
			}
		}
		each(todo)
	}
	if miss := n - count(); miss < 0 || miss > 0 {
		return &spatial.Error{Op: "build the demonstration city", Kind: spatial.Internal, Code: "demo.count", Args: map[string]any{"want": n, "got": count()}}
	}
	return nil
}

// natural is the number of plots of the whole city.
const natural = 97751
