package coverage

import (
	"cmp"
	"slices"
)

// side is an arc as one of the two areas it parts goes along it: with the area on
// its right hand.
type side struct {
	arc      int32
	reversed bool
}

// ring is one ring of an area.
type ring struct {
	part   int32 // the connected part of the picture that it bounds
	area   int64
	points []Unit
}

// rings puts the arcs together, area by area. Of what is nowhere on the tile none are
// made.
func (t *tracer) rings(out []Area) {
	t.begin = slices.Grow(t.begin[:0], 4*t.corners*t.corners)[:4*t.corners*t.corners]
	t.passed = slices.Grow(t.passed[:0], t.corners*t.corners)[:t.corners*t.corners]
	clear(t.begin)
	clear(t.passed)
	for i := range t.arcs {
		if a := &t.arcs[i]; !a.loop {
			t.begin[4*a.from+int32(a.exit)] = int32(i + 1)
			t.begin[4*a.to+int32(a.enter)] = -int32(i + 1)
		}
	}
	on := t.onTile(len(out))
	used := make([][2]bool, len(t.arcs))
	found := make([][]ring, len(out)+1)
	for i := range t.arcs {
		for way := range 2 {
			s := side{int32(i), way == 1}
			v := t.right(s)
			if used[i][way] || int(v) >= len(on) || !on[v] {
				continue
			}
			found[v] = t.walk(s, used, found[v])
		}
	}
	for v := 1; v < len(found); v++ {
		out[v-1].Polygons = polygons(found[v])
	}
}

// onTile says which of the values from one to n are on the tile.
func (t *tracer) onTile(n int) []bool {
	on := make([]bool, n+1)
	for y := 1; y < t.grid-1; y++ {
		for _, v := range t.px[y*t.grid+1 : (y+1)*t.grid-1] {
			if int(v) <= n {
				on[v] = true
			}
		}
	}
	on[0] = false
	return on
}

// right is the value on a side's right hand.
func (t *tracer) right(s side) uint16 {
	if s.reversed {
		return t.arcs[s.arc].left
	}
	return t.arcs[s.arc].right
}

// ends are a side's last corner and the direction in which it would leave it again.
func (t *tracer) ends(s side) (corner int32, back int) {
	a := &t.arcs[s.arc]
	if s.reversed {
		return a.from, int(a.exit)
	}
	return a.to, int(a.enter)
}

// walk goes around from one side until it is back, and adds the rings that makes:
// at a corner that is passed twice the way between is a ring of its own.
func (t *tracer) walk(first side, used [][2]bool, out []ring) []ring {
	mark := func(s side) {
		way := 0
		if s.reversed {
			way = 1
		}
		used[s.arc][way] = true
	}
	part := t.part(first)
	if t.arcs[first.arc].loop {
		mark(first)
		return append(out, t.ring(part, []side{first}))
	}
	var way []side
	for s := first; ; {
		mark(s)
		way = append(way, s)
		t.passed[t.start(s)] = int32(len(way))
		corner, back := t.ends(s)
		if at := t.passed[corner]; at > 0 {
			out = append(out, t.ring(part, way[at-1:]))
			for _, s := range way[at-1:] {
				t.passed[t.start(s)] = 0
			}
			way = way[:at-1]
		}
		// The next border counter-clockwise keeps the area on the right.
		for k := 3; k > 0; k-- {
			if n := t.begin[4*corner+int32((back+k)%4)]; n != 0 {
				s = side{max(n, -n) - 1, n < 0}
				break
			}
		}
		if s == first {
			return out
		}
	}
}

// start is a side's first corner.
func (t *tracer) start(s side) int32 {
	if s.reversed {
		return t.arcs[s.arc].to
	}
	return t.arcs[s.arc].from
}

// part is the connected part on a side's right hand.
func (t *tracer) part(s side) int32 {
	a := &t.arcs[s.arc]
	if s.reversed {
		return t.root(t.parts[a.leftAt])
	}
	return t.root(t.parts[a.rightAt])
}

func (t *tracer) ring(part int32, way []side) ring {
	r := ring{part: part}
	for _, s := range way {
		line := t.arcs[s.arc].short
		if s.reversed {
			for i := len(line) - 1; i > 0; i-- {
				r.points = append(r.points, line[i])
			}
			continue
		}
		r.points = append(r.points, line[:len(line)-1]...)
	}
	r.area = twice(r.points)
	return r
}

// twice is twice a ring's area, above zero where it goes clockwise on the screen.
func twice(r []Unit) int64 {
	var a int64
	for i, p := range r {
		q := r[(i+1)%len(r)]
		a += int64(p.X)*int64(q.Y) - int64(q.X)*int64(p.Y)
	}
	return a
}

// polygons puts rings together: each part has one outer ring, its holes after it.
func polygons(all []ring) [][][]Unit {
	slices.SortStableFunc(all, func(a, b ring) int {
		return cmp.Or(cmp.Compare(a.part, b.part), cmp.Compare(b.area, a.area))
	})
	var out [][][]Unit
	last := int32(-1)
	for _, r := range all {
		if r.part != last || len(out) == 0 {
			out = append(out, nil)
			last = r.part
		}
		out[len(out)-1] = append(out[len(out)-1], r.points)
	}
	return out
}
