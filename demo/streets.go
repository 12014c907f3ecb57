package demo

import (
	"math"
	"math/rand/v2"
	"slices"
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
	names  []string
	used   int
}

// body is a lake as drawn.
type body struct {
	name, code string
	ring       []pt
	at         vec
}

// spline runs a smooth line through points, one vertex every step metres or so.
func spline(p []vec, closed bool, step float64) []vec {
	n := len(p)
	get := func(i int) vec {
		if closed {
			return p[(i+n)%n]
		}
		return p[max(0, min(n-1, i))]
	}
	var out []vec
	last := n - 1
	if closed {
		last = n
	}
	for i := range last {
		a, b, c, d := get(i-1), get(i), get(i+1), get(i+2)
		k := max(1, int(c.sub(b).len()/step))
		for j := range k {
			t := float64(j) / float64(k)
			t2, t3 := t*t, t*t*t
			q := b.mul(2).add(c.sub(a).mul(t)).add(a.mul(2).sub(b.mul(5)).add(c.mul(4)).sub(d).mul(t2)).add(b.mul(3).sub(a).sub(c.mul(3)).add(d).mul(t3))
			out = append(out, q.mul(.5))
		}
	}
	if !closed {
		out = append(out, p[n-1])
	}
	return out
}

// meander bends a line a little, as ground does; its ends stay.
func (d *draft) meander(line []vec, by float64) []vec {
	out := slices.Clone(line)
	for i := 1; i+1 < len(line); i++ {
		end := min(1, min(float64(i), float64(len(line)-1-i))/8)
		n := line[i+1].sub(line[i-1]).unit().left()
		out[i] = line[i].add(n.mul(by * end * d.l.noise(line[i].mul(0.8))))
	}
	return out
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

// frame draws the outline, the main roads and the water, and makes the mesh.
func (d *draft) frame() error {
	w := &web{}
	p, err := locals(outline())
	if err != nil {
		return err
	}
	rim := spline(p, true, 120)
	for i, q := range rim {
		wide := q.mul(.12)
		rim[i] = q.add(vec{d.l.noise(wide), d.l.noise(vec{wide.y, wide.x})}.mul(420)).add(vec{d.l.noise(q), d.l.noise(vec{q.y, q.x})}.mul(70))
	}
	w.add(rim, d.newRoad("", border), true)
	if p, err = locals(xuanHuong()); err != nil {
		return err
	}
	quay := d.lakeside(w, body{name: "Hồ Xuân Hương", code: "xuanhuong"}, p, 20)
	// Trần Quốc Toản runs round the lake, a strip of green between them.
	quay = offsetOut(quay, 36)
	w.add(quay, d.newRoad("Trần Quốc Toản", secondary), true)
	for _, s := range mainRoads() {
		if p, err = locals(s.at); err != nil {
			return err
		}
		w.add(d.meander(spline(p, false, 26), 20), d.newRoad(s.name, s.kind), false)
	}
	for _, s := range streams() {
		if p, err = locals(s.at); err != nil {
			return err
		}
		w.add(d.meander(spline(p, false, 26), 30), d.newRoad(s.name, s.kind), false)
	}
	for _, k := range lakes() {
		if p, err = locals(k.at); err != nil {
			return err
		}
		d.lakeside(w, body{name: k.name, code: k.code}, p, 26)
	}
	w.moor(95)
	w.join()
	m, runs := w.mesh(func(tag int32) int {
		if k := d.roads[tag].kind; k >= shore {
			return -1
		}
		return int(d.roads[tag].kind)
	})
	d.m = m
	for id := range d.roads {
		for _, run := range runs[int32(id)] {
			d.roads[id].add(run)
		}
	}
	d.clip()
	var main [][]pt
	for _, r := range d.roads {
		if r.kind < stream {
			main = append(main, r.lines...)
		}
	}
	d.l.paint(main)
	d.flood(quay)
	return nil
}

// lakeside adds a lake's shore and gives it back, counter-clockwise.
func (d *draft) lakeside(w *web, b body, p []vec, step float64) []vec {
	r := spline(p, true, step)
	if areaOf(r) < 0 {
		slices.Reverse(r)
	}
	b.ring, b.at = toRing(r), within(r)
	d.waters = append(d.waters, b)
	w.add(r, d.newRoad("", shore), true)
	return r
}

// clip takes what of the lines lies in a lake away.
func (d *draft) clip() {
	rings := make([][]vec, len(d.waters))
	for i, b := range d.waters {
		rings[i] = metres(b.ring)
	}
	wet := func(p vec) bool {
		for i := range rings {
			if p.sub(d.waters[i].at).len() < 4000 && inside(p, rings[i]) {
				return true
			}
		}
		return false
	}
	for i := range d.roads {
		r := &d.roads[i]
		if r.kind >= shore {
			continue
		}
		old := r.lines
		r.lines, r.length = nil, 0
		for _, l := range old {
			var run []pt
			for j := 0; j+1 < len(l); j++ {
				if wet(l[j].m().add(l[j+1].m()).mul(.5)) {
					if len(run) > 1 {
						r.add(run)
					}
					run = nil
					continue
				}
				if len(run) == 0 {
					run = append(run, l[j])
				}
				run = append(run, l[j+1])
			}
			if len(run) > 1 {
				r.add(run)
			}
		}
	}
}

func toRing(r []vec) []pt {
	out := make([]pt, len(r))
	for i, p := range r {
		out[i] = p.mm()
	}
	return out
}

func offsetOut(r []vec, by float64) []vec {
	n := len(r)
	out := make([]vec, n)
	for i := range r {
		t := r[(i+2)%n].sub(r[(i+n-2)%n]).unit()
		out[i] = r[i].sub(t.left().mul(by))
	}
	// Where the shore bends in, the offset bunches up: thin it out.
	kept := out[:0]
	for i, p := range out {
		if d, _ := nearRing(r, p); d < by*0.9 {
			continue
		}
		if n := len(kept); n == 0 || kept[n-1].sub(p).len() > 12 {
			kept = append(kept, out[i])
		}
	}
	return kept
}

func nearRing(r []vec, p vec) (float64, int) {
	best, at := math.Inf(1), 0
	for i, a := range r {
		if d, _ := nearSegment(p, a, r[(i+1)%len(r)]); d < best {
			best, at = d, i
		}
	}
	return best, at
}

// flood finds the faces that are lakes, and the green between lake and promenade.
func (d *draft) flood(quay []vec) {
	d.lake, d.green = map[int32]int{}, map[int32]bool{}
	var hs []int32
	for w, b := range d.waters {
		ring := make([]vec, len(b.ring))
		for i, p := range b.ring {
			ring[i] = p.m()
		}
		first := int32(-1)
		for f := range d.m.faces {
			if d.m.faces[f] < 0 {
				continue
			}
			hs = d.m.loop(int32(f), hs[:0])
			var r []vec
			for _, h := range hs {
				r = append(r, d.m.at(h).m())
			}
			if math.Abs(areaOf(r)) > 1.05*math.Abs(areaOf(ring)) || !inside(within(r), ring) {
				continue
			}
			if first < 0 {
				first = int32(f)
			} else {
				d.m.merge(first, int32(f))
			}
		}
		if first >= 0 {
			d.lake[first] = w
		}
	}
	for f := range d.m.faces {
		if _, wet := d.lake[int32(f)]; wet || d.m.faces[f] < 0 {
			continue
		}
		hs = d.m.loop(int32(f), hs[:0])
		var r []vec
		for _, h := range hs {
			r = append(r, d.m.at(h).m())
		}
		if math.Abs(areaOf(r)) < math.Abs(areaOf(quay)) && inside(within(r), quay) {
			d.green[int32(f)] = true
		}
	}
}

// within is a point inside a ring: the middle of the widest stretch of a level line.
func within(r []vec) vec {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range r {
		lo, hi = min(lo, p.y), max(hi, p.y)
	}
	best, at := -1.0, r[0]
	var xs []float64
	for _, k := range []float64{.5, .37, .63, .21, .79} {
		y := lo + (hi-lo)*k + 1e-4
		xs = xs[:0]
		for i, a := range r {
			b := r[(i+1)%len(r)]
			if (a.y > y) != (b.y > y) {
				xs = append(xs, a.x+(b.x-a.x)*(y-a.y)/(b.y-a.y))
			}
		}
		slices.Sort(xs)
		for i := 0; i+1 < len(xs); i += 2 {
			if w := xs[i+1] - xs[i]; w > best {
				best, at = w, vec{(xs[i] + xs[i+1]) / 2, y}
			}
		}
	}
	return at
}

// weave divides every face by streets until its blocks have the size of their use.
func (d *draft) weave() {
	k := &knife{m: d.m}
	type job struct{ f, parent int32 }
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
