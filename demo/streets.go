package demo

import (
	"math"
	"math/rand/v2"
)

// road is a street, a stream or a shore: one name, one or several stretches.
type road struct {
	name   string
	kind   kind
	code   string
	lines  [][]pt
	length float64
	of     int32 // an alley's street; -1 = none
}

// draft is the city while its streets are being drawn.
type draft struct {
	m      *mesh
	l      *land
	r      *rand.Rand
	roads  []road
	lake   map[int32]int // by face: index into waters
	green  map[int32]bool
	waters []body
}

// body is a lake as drawn.
type body struct {
	name, code string
	ring       []pt
	at         vec
}

func (d *draft) newRoad(name string, k kind) int32 {
	d.roads = append(d.roads, road{name: name, kind: k, of: -1})
	return int32(len(d.roads) - 1)
}

func (r *road) add(line []pt) {
	r.lines = append(r.lines, line)
	for i := 0; i+1 < len(line); i++ {
		r.length += dist(line[i], line[i+1])
	}
}

// weave divides every face by streets until its blocks have the size of their use.
func (d *draft) weave() {
	k := &knife{m: d.m}
	var stack []int32
	for f := len(d.m.faces) - 1; f >= 0; f-- {
		if _, wet := d.lake[int32(f)]; d.m.faces[f] >= 0 && !wet && !d.green[int32(f)] {
			stack = append(stack, int32(f))
		}
	}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		k.take(f)
		blocks, heart, built := d.demand(k.ring)
		if blocks < 1.7 {
			continue
		}
		area := math.Abs(areaOf(k.ring))
		k.lean = d.l.lean(0.012)
		kd := d.class(area, blocks, built)
		s, ok := d.best(k, heart, area, widths[kd])
		if !ok {
			continue
		}
		id := d.newRoad("", kd)
		line := []pt{s.from.p.mm()}
		for _, p := range s.pts {
			line = append(line, p.mm())
		}
		d.roads[id].add(append(line, s.to.p.mm()))
		d.roads[id].of = d.beside(k, &s)
		g := k.carry(&s, id)
		stack = append(stack, f, g)
	}
}

// beside is the named street that a new one leaves from.
func (d *draft) beside(k *knife, s *slit) int32 {
	a, b := k.m.tag[k.hs[s.from.edge]>>1], k.m.tag[k.hs[s.to.edge]>>1]
	if d.roads[b].kind < d.roads[a].kind {
		return b
	}
	return a
}

// demand is how many blocks a face is to become, the middle of that demand, and how
// much of it is built-up ground.
func (d *draft) demand(r []vec) (blocks float64, heart vec, built float64) {
	lo, hi := r[0], r[0]
	for _, p := range r {
		lo, hi = vec{min(lo.x, p.x), min(lo.y, p.y)}, vec{max(hi.x, p.x), max(hi.y, p.y)}
	}
	area := math.Abs(areaOf(r))
	n := 4
	if area > 200000 {
		n = 9
	}
	sum, hits, towns := 0.0, 0, 0
	for i := range n {
		for j := range n {
			p := vec{lo.x + (hi.x-lo.x)*(float64(i)+.5)/float64(n), lo.y + (hi.y-lo.y)*(float64(j)+.5)/float64(n)}
			if !inside(p, r) {
				continue
			}
			u := d.l.useAt(p)
			w := 1 / blockSize[u]
			hits++
			sum += w
			if u <= garden {
				towns++
			}
			heart = heart.add(p.mul(w))
		}
	}
	if hits == 0 {
		heart = within(r)
		return area / blockSize[d.l.useAt(heart)], heart, 0
	}
	return area * sum / float64(hits), heart.mul(1 / sum), float64(towns) / float64(hits)
}

func (d *draft) class(area, blocks, built float64) kind {
	switch {
	case built < 0.15 && blocks < 40:
		return track
	case built < 0.15:
		return residential
	case area > 600000:
		return tertiary
	case area > 26000:
		return residential
	case built < 0.5:
		return track
	}
	return alley
}

// best is the street through a face that leaves the best-shaped blocks.
func (d *draft) best(k *knife, heart vec, area, width float64) (slit, bool) {
	dir, _, _, mid := axes(k.ring)
	size := math.Sqrt(area)
	step := min(24, max(7, size/14))
	clear := min(width/2+4, size/7)
	if !inside(mid, k.ring) {
		mid = within(k.ring)
	}
	type try struct {
		at   vec
		dirs [2]vec
		n    int
	}
	var tries []try
	for _, c := range []vec{heart, heart.add(mid).mul(.5), within(k.ring)} {
		tries = append(tries, try{c, [2]vec{dir.left(), dir}, 2})
	}
	// Long or crooked ground is cut across, square from its border.
	n := len(k.ring)
	for j := range 10 {
		i := (j*n + n/2) / 10
		in := k.ring[(i+1)%n].sub(k.ring[i]).unit().left()
		tries = append(tries, try{k.ring[i].add(k.ring[(i+1)%n]).mul(.5).add(in.mul(min(25, size/12))), [2]vec{in}, 1})
	}
	top, found := 0.0, false
	var chosen slit
	jitter := (d.r.Float64() - .5) * 0.16 * size
	whole := round(k.ring)
	for i, y := range tries {
		if i >= 2 && found && top > 0.3*whole {
			break
		}
		for j, h := range y.dirs[:y.n] {
			c := y.at
			if i < 2 {
				c = c.add(h.left().mul(jitter))
			}
			if !inside(c, k.ring) {
				continue
			}
			s, ok := k.across(c, k.along(c, h), step, min(6, size/14), clear)
			if !ok {
				continue
			}
			a, b := k.halves(&s)
			share := math.Abs(areaOf(a)) / area
			score := min(round(a), round(b)) * (0.5 + min(share, 1-share))
			if j == 1 {
				score *= 0.8
			}
			if score > top {
				top, chosen, found = score, s, true
			}
		}
	}
	return chosen, found && top > min(0.12, 0.25*whole)
}
