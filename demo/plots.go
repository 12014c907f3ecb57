package demo

import (
	"cmp"
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
)

// block is ground between streets, and the plots on it.
type block struct {
	face    int32
	use     use
	outer   []pt // to the middle of the streets
	ring    []pt // what is left for plots
	roads   []int32
	at      vec
	want    int // plots; 0 = as many as come
	plots   []plot
	commune int
	office  string // the land-use code of a civic block, where a real place says it
	seed    uint64
}

// plot is one parcel to be: its ring counter-clockwise, and the street of each edge,
// -1 within the block.
type plot struct {
	ring  []pt
	roads []int32
}

// carver divides blocks; one for each worker.
type carver struct {
	m      mesh
	k      knife
	l      *land
	r      *rand.Rand
	hs     []int32
	strips bool // fields lie in long strips
}

// carve fills b.plots. The same block gives the same plots.
func (c *carver) carve(b *block) {
	c.r = rand.New(rand.NewPCG(b.seed, 0x70107))
	c.m.reset(b.ring, b.roads)
	c.k.m, c.k.lean = &c.m, nil
	area := ringArea(b.ring)
	c.strips = b.use == farm && chance(b.seed, 21) < .35
	switch b.use {
	case core:
		c.rows(area, 4.0+3.6*c.r.Float64(), 37)
	case town:
		c.rows(area, 5.5+6.5*c.r.Float64(), 52)
	case villa:
		c.rows(area, 14+11*c.r.Float64(), 62)
	case garden:
		c.fields(b, area, 450+650*c.r.Float64())
	case farm:
		c.k.lean = c.l.lean(0.02)
		c.fields(b, area, 1900+4600*c.r.Float64())
	case forest:
		c.k.lean = c.l.lean(0.05)
		c.fields(b, area, 90000+80000*c.r.Float64())
	case civic:
		c.fields(b, area, max(3500, area/2.5))
	case park, water:
	}
	b.plots = b.plots[:0]
	for f := range c.m.faces {
		c.hs = c.m.loop(int32(f), c.hs[:0])
		p := plot{make([]pt, len(c.hs)), make([]int32, len(c.hs))}
		for i, h := range c.hs {
			p.ring[i], p.roads[i] = c.m.at(h), c.m.tag[h>>1]
		}
		b.plots = append(b.plots, p)
	}
}

// rows divides a block into rows of plots that each have a street: one row, or two
// back to back where it is deep enough.
func (c *carver) rows(area, width, deep float64) {
	todo := []int32{0}
	// First into pieces no deeper than two rows.
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		c.k.take(f)
		dir, _, short, mid := axes(c.k.ring)
		if !inside(mid, c.k.ring) {
			mid = within(c.k.ring)
		}
		if short > deep*0.62 && short < deep*1.75 || short >= deep*1.75 {
			if s, ok := c.k.across(mid, c.k.along(mid, dir), min(9, short/4), 2, 1.2); ok {
				a, b := c.k.halves(&s)
				if share := math.Abs(areaOf(a)) / (math.Abs(areaOf(a)) + math.Abs(areaOf(b))); share > 0.22 && share < 0.78 {
					g := c.k.carry(&s, -1)
					if short > deep*1.75 {
						todo = append(todo, f, g)
					}
				}
			}
		}
	}
	for f := len(c.m.faces) - 1; f >= 0; f-- {
		c.row(int32(f), width, deep)
	}
}

// row cuts a row into plots about width wide, square from its street.
func (c *carver) row(f int32, width, deep float64) {
	todo := []int32{f}
	for len(todo) > 0 {
		f := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		c.k.take(f)
		front, long := c.front()
		lo, near, far := math.Inf(1), math.Inf(1), math.Inf(-1)
		for _, p := range c.k.ring {
			lo = min(lo, p.dot(front))
			near, far = min(near, front.cross(p)), max(far, front.cross(p))
		}
		if depth := far - near; depth > deep*.9 {
			// Too deep for one row: back to back.
			if at, ok := c.slice(front.left(), (near+far)/2); ok {
				if s, ok := c.k.across(at, c.k.along(at, front), min(9, depth/5), 1.5, 1); ok {
					a, b := c.k.halves(&s)
					if share := areaOf(a) / (areaOf(a) + areaOf(b)); share > .25 && share < .75 {
						todo = append(todo, f, c.k.carry(&s, -1))
						continue
					}
				}
			}
		}
		k := int(math.Round(long / width))
		if k < 2 || (k == 2 && c.r.Float64() < 0.12) || (k < 5 && c.r.Float64() < 0.02) {
			continue
		}
		cut := false
		for range 3 {
			share := (float64(k/2) + 0.34*(c.r.Float64()-.5)) / float64(k)
			at, ok := c.slice(front, lo+long*share)
			if !ok {
				continue
			}
			s, ok := c.k.across(at, c.k.along(at, front.left()), 0, 0.7, 0.5)
			if !ok {
				continue
			}
			a, b := c.k.halves(&s)
			if min(math.Abs(areaOf(a)), math.Abs(areaOf(b))) < 22 || min(round(a), round(b)) < 0.16 {
				continue
			}
			g := c.k.carry(&s, -1)
			todo = append(todo, f, g)
			cut = true
			break
		}
		if !cut && k > 3 {
			// Crooked ground: halve it the plain way.
			dir, _, _, mid := axes(c.k.ring)
			if s, ok := c.k.across(mid, dir.left(), 0, 0.7, 0.5); ok {
				a, b := c.k.halves(&s)
				if min(round(a), round(b)) > 0.2 && min(math.Abs(areaOf(a)), math.Abs(areaOf(b))) > 30 {
					todo = append(todo, f, c.k.carry(&s, -1))
				}
			}
		}
	}
}

// front is the direction of the street a piece of ground has most of, and how long
// it is that way.
func (c *carver) front() (vec, float64) {
	var z vec // doubled, so that opposite sides add up
	for i, h := range c.k.hs {
		if c.m.tag[h>>1] < 0 {
			continue
		}
		e := c.k.ring[(i+1)%len(c.k.ring)].sub(c.k.ring[i])
		l := e.len()
		u := e.unit()
		z = z.add(vec{u.x*u.x - u.y*u.y, 2 * u.x * u.y}.mul(l * l))
	}
	if z.len() < 4 {
		dir, long, _, _ := axes(c.k.ring)
		return dir, long
	}
	a := math.Atan2(z.y, z.x) / 2
	d := vec{math.Cos(a), math.Sin(a)}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, p := range c.k.ring {
		lo, hi = min(lo, p.dot(d)), max(hi, p.dot(d))
	}
	return d, hi - lo
}

// slice is the middle of the face's widest stretch on the line square to d at v.
func (c *carver) slice(d vec, v float64) (vec, bool) {
	e := d.left()
	var xs [16]float64
	n := 0
	for i, a := range c.k.ring {
		b := c.k.ring[(i+1)%len(c.k.ring)]
		da, db := a.dot(d), b.dot(d)
		if (da > v) != (db > v) && n < len(xs) {
			xs[n] = a.dot(e) + (b.dot(e)-a.dot(e))*(v-da)/(db-da)
			n++
		}
	}
	slices.Sort(xs[:n])
	best, at := 0.0, 0.0
	for i := 0; i+1 < n; i += 2 {
		if w := xs[i+1] - xs[i]; w > best {
			best, at = w, (xs[i]+xs[i+1])/2
		}
	}
	return d.mul(v).add(e.mul(at)), best > 1
}

// fields divides ground by halving the largest piece again and again, until there are
// b.want pieces, or as many as pieces of the size asked for come to.
func (c *carver) fields(b *block, area, size float64) {
	want := b.want
	if want == 0 {
		want = max(1, int(math.Round(area/size)))
	}
	q := pieces{{0, area, 0}}
	for len(c.m.faces) < want && len(q) > 0 {
		p := heap.Pop(&q).(field)
		c.k.take(p.f)
		s, ok := c.halve(p.area)
		if !ok {
			continue // it stays whole
		}
		g := c.k.carry(&s, -1)
		// What is a little larger by chance need not be cut next.
		luck := func() float64 { return 0.6 + 0.8*c.r.Float64() }
		heap.Push(&q, field{p.f, c.areaOf(p.f) * luck(), p.no})
		heap.Push(&q, field{g, c.areaOf(g) * luck(), len(c.m.faces)})
	}
}

// field is a piece of ground that may be halved: its face, its area as it is weighed,
// its place in time.
type field struct {
	f    int32
	area float64
	no   int
}

// pieces is a heap, the largest field on top.
type pieces []field

func (p pieces) Len() int { return len(p) }
func (p pieces) Less(i, j int) bool {
	return cmp.Or(-cmp.Compare(p[i].area, p[j].area), cmp.Compare(p[i].no, p[j].no)) < 0
}
func (p pieces) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *pieces) Push(x any)   { *p = append(*p, x.(field)) }

func (p *pieces) Pop() any {
	n := len(*p) - 1
	x := (*p)[n]
	*p = (*p)[:n]
	return x
}

func (c *carver) areaOf(f int32) float64 {
	c.hs = c.m.loop(f, c.hs[:0])
	s := 0.0
	o := c.m.at(c.hs[0]).m()
	for _, h := range c.hs {
		s += c.m.at(h).m().sub(o).cross(c.m.end(h).m().sub(o))
	}
	return s / 2
}

// halve finds a cut across the longer way of a piece of ground, along the contours or
// the fall line where the ground says so.
func (c *carver) halve(area float64) (slit, bool) {
	dir, long, short, mid := axes(c.k.ring)
	step := 0.0
	if area > 2500 {
		step = max(8, math.Sqrt(area)/9)
	}
	floor := min(14, math.Sqrt(area)/9)
	for try := range 6 {
		at := mid.add(dir.mul(long * 0.2 * (c.r.Float64() - .5)))
		if try > 2 {
			at = within(c.k.ring).add(dir.mul(long * 0.1 * (c.r.Float64() - .5)))
		}
		if !inside(at, c.k.ring) {
			continue
		}
		h := dir.left()
		if try == 2 || try == 5 || (long < 1.25*short && c.r.Float64() < .5) {
			h = dir
		}
		if c.strips && short > 26 && long < 4.5*short && try != 2 && try != 5 {
			h = dir
		}
		h = c.k.along(at, h)
		if step == 0 { // hands, not rulers, drew it
			h = h.add(h.left().mul(0.34 * (c.r.Float64() - .5))).unit()
		}
		s, ok := c.k.across(at, h, step, min(floor, 4), min(2, floor/2))
		if !ok {
			continue
		}
		a, b := c.k.halves(&s)
		x, y := math.Abs(areaOf(a)), math.Abs(areaOf(b))
		if min(x, y) < 0.2*(x+y) || min(round(a), round(b)) < 0.22 || min(x, y) < 40 {
			continue
		}
		return s, true
	}
	return slit{}, false
}
