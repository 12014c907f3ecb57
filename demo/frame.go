package demo

import (
	"math"
	"slices"
)

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
