package demo

import (
	"cmp"
	"math"
	"slices"
)

// web is a set of lines on their way to become a mesh: where they cross or come
// near each other they are joined.
type web struct {
	v     []pt
	lines [][]int32 // vertices of each line
	tags  []int32
	ends  []bool // may the line's ends be moved to what is near
	cells map[[2]int32][]int32
}

const (
	weldTol  = 9.0  // points nearer than this are one
	touchTol = 6.0  // a vertex nearer to a line than this is on it
	cellSize = 60.0 // of the search grid
)

func cellOf(p vec) [2]int32 {
	return [2]int32{int32(math.Floor(p.x / cellSize)), int32(math.Floor(p.y / cellSize))}
}

func (w *web) weld(p vec, tol float64) int32 {
	c := cellOf(p)
	best, at := tol, int32(-1)
	for dx := int32(-1); dx <= 1; dx++ {
		for dy := int32(-1); dy <= 1; dy++ {
			for _, i := range w.cells[[2]int32{c[0] + dx, c[1] + dy}] {
				if d := w.v[i].m().sub(p).len(); d < best {
					best, at = d, i
				}
			}
		}
	}
	if at >= 0 {
		return at
	}
	at = int32(len(w.v))
	w.v = append(w.v, p.mm())
	w.cells[c] = append(w.cells[c], at)
	return at
}

// add puts a line in. Where its ends should join something within reach they do.
func (w *web) add(line []vec, tag int32, closed bool) {
	if w.cells == nil {
		w.cells = map[[2]int32][]int32{}
	}
	var ids []int32
	for _, p := range line {
		if i := w.weld(p, weldTol); len(ids) == 0 || ids[len(ids)-1] != i {
			ids = append(ids, i)
		}
	}
	if closed && ids[0] != ids[len(ids)-1] {
		ids = append(ids, ids[0])
	}
	w.lines = append(w.lines, ids)
	w.tags = append(w.tags, tag)
	w.ends = append(w.ends, !closed)
}

// moor joins the loose ends of lines to the nearest other line within reach.
func (w *web) moor(reach float64) {
	for li, line := range w.lines {
		if !w.ends[li] {
			continue
		}
		for _, tail := range []bool{false, true} {
			end := line[0]
			if tail {
				end = line[len(line)-1]
			}
			p := w.v[end].m()
			best, to, met := reach, int32(-1), false
			for lj, other := range w.lines {
				if li == lj {
					continue
				}
				for _, v := range other {
					if v == end {
						met = true
					}
					if d := w.v[v].m().sub(p).len(); d < best && v != end {
						best, to = d, v
					}
				}
			}
			if met || to < 0 {
				continue
			}
			if tail {
				line = append(line, to)
			} else {
				line = append([]int32{to}, line...)
			}
		}
		w.lines[li] = line
	}
}

type piece struct{ line, at int32 }

// join splits lines where they meet until none cross.
func (w *web) join() {
	for range 8 {
		if !w.joinOnce() {
			return
		}
	}
}

func (w *web) joinOnce() bool {
	grid := map[[2]int32][]piece{}
	var keys [][2]int32
	for li, line := range w.lines {
		for i := 0; i+1 < len(line); i++ {
			a, b := w.v[line[i]].m(), w.v[line[i+1]].m()
			lo, hi := cellOf(vec{min(a.x, b.x), min(a.y, b.y)}), cellOf(vec{max(a.x, b.x), max(a.y, b.y)})
			for x := lo[0]; x <= hi[0]; x++ {
				for y := lo[1]; y <= hi[1]; y++ {
					k := [2]int32{x, y}
					if len(grid[k]) == 0 {
						keys = append(keys, k)
					}
					grid[k] = append(grid[k], piece{int32(li), int32(i)})
				}
			}
		}
	}
	type split struct {
		p piece
		t float64
		v int32
	}
	var splits []split
	seg := func(p piece) (a, b int32) { return w.lines[p.line][p.at], w.lines[p.line][p.at+1] }
	for _, k := range keys {
		for i, p := range grid[k] {
			a, b := seg(p)
			pa, pb := w.v[a].m(), w.v[b].m()
			for dx := int32(-1); dx <= 1; dx++ {
				for dy := int32(-1); dy <= 1; dy++ {
					for _, v := range w.cells[[2]int32{k[0] + dx, k[1] + dy}] {
						if v == a || v == b {
							continue
						}
						if d, t := nearSegment(w.v[v].m(), pa, pb); d < touchTol && t > 0 && t < 1 {
							splits = append(splits, split{p, t, v})
						}
					}
				}
			}
			for _, q := range grid[k][i+1:] {
				c, d := seg(q)
				if a == c || a == d || b == c || b == d {
					continue
				}
				pc, pd := w.v[c].m(), w.v[d].m()
				t, u, ok := meet(pa, pb, pc, pd)
				if !ok {
					continue
				}
				v := w.weld(pa.add(pb.sub(pa).mul(t)), weldTol)
				if v != a && v != b {
					splits = append(splits, split{p, t, v})
				}
				if v != c && v != d {
					splits = append(splits, split{q, u, v})
				}
			}
		}
	}
	if len(splits) == 0 {
		return false
	}
	slices.SortStableFunc(splits, func(a, b split) int {
		return cmp.Or(cmp.Compare(a.p.line, b.p.line), cmp.Compare(a.p.at, b.p.at), cmp.Compare(a.t, b.t), cmp.Compare(a.v, b.v))
	})
	i := 0
	for li, line := range w.lines {
		var out []int32
		put := func(v int32) {
			if len(out) == 0 || out[len(out)-1] != v {
				out = append(out, v)
			}
		}
		for at, v := range line {
			put(v)
			for ; i < len(splits) && splits[i].p == (piece{int32(li), int32(at)}); i++ {
				put(splits[i].v)
			}
		}
		w.lines[li] = out
	}
	return true
}

// mesh is the ground that the lines divide. Ends that lead nowhere are left out, as
// is what does not hang together with line 0, the outline. rank tells which of two
// tags an edge keeps that both run along. The tags' lines come back as they lie in
// the mesh.
func (w *web) mesh(rank func(int32) int) (*mesh, map[int32][][]pt) {
	type edge struct {
		a, b, tag int32
		gone      bool
	}
	index := map[[2]int32]int32{}
	var edges []edge
	for li, line := range w.lines {
		for i := 0; i+1 < len(line); i++ {
			a, b := line[i], line[i+1]
			if a == b {
				continue
			}
			k := [2]int32{min(a, b), max(a, b)}
			if e, ok := index[k]; ok {
				if rank(w.tags[li]) < rank(edges[e].tag) {
					edges[e].tag = w.tags[li]
				}
				continue
			}
			index[k] = int32(len(edges))
			edges = append(edges, edge{a, b, w.tags[li], false})
		}
	}
	// What still crosses after joining goes, the later line first.
	w.dropCrossings(func(i int) (a, b int32, gone bool) { return edges[i].a, edges[i].b, edges[i].gone }, len(edges), func(i int) { edges[i].gone = true })
	var m *mesh
	for {
		w.prune(func(i int) (a, b int32, gone bool) { return edges[i].a, edges[i].b, edges[i].gone }, len(edges), func(i int) { edges[i].gone = true })
		m = &mesh{v: w.v}
		var of []int
		for i, e := range edges {
			if !e.gone {
				m.org = append(m.org, e.a, e.b)
				m.tag = append(m.tag, e.tag)
				of = append(of, i)
			}
		}
		m.close()
		again := false
		for e, i := range of {
			if m.face[2*e] == m.face[2*e+1] {
				edges[i].gone, again = true, true
			}
		}
		if !again {
			break
		}
	}
	runs := map[int32][][]pt{}
	for li, line := range w.lines {
		var run []pt
		for i := 0; i < len(line); i++ {
			if i+1 < len(line) && line[i] != line[i+1] {
				if e := edges[index[[2]int32{min(line[i], line[i+1]), max(line[i], line[i+1])}]]; !e.gone && e.tag == w.tags[li] {
					if len(run) == 0 {
						run = append(run, w.v[line[i]])
					}
					run = append(run, w.v[line[i+1]])
					continue
				}
			}
			if len(run) > 1 {
				runs[w.tags[li]] = append(runs[w.tags[li]], run)
			}
			run = nil
		}
	}
	return m, runs
}

func (w *web) dropCrossings(get func(int) (int32, int32, bool), n int, drop func(int)) {
	grid := map[[2]int32][]int{}
	for i := range n {
		a, b, gone := get(i)
		if gone {
			continue
		}
		pa, pb := w.v[a], w.v[b]
		lo := cellOf(vec{min(pa.m().x, pb.m().x), min(pa.m().y, pb.m().y)})
		hi := cellOf(vec{max(pa.m().x, pb.m().x), max(pa.m().y, pb.m().y)})
		bad := false
		for x := lo[0]; x <= hi[0] && !bad; x++ {
			for y := lo[1]; y <= hi[1] && !bad; y++ {
				for _, j := range grid[[2]int32{x, y}] {
					c, d, _ := get(j)
					if a == c || a == d || b == c || b == d {
						continue
					}
					if _, _, ok := meet(pa.m(), pb.m(), w.v[c].m(), w.v[d].m()); ok {
						bad = true
					}
				}
			}
		}
		if bad {
			drop(i)
			continue
		}
		for x := lo[0]; x <= hi[0]; x++ {
			for y := lo[1]; y <= hi[1]; y++ {
				grid[[2]int32{x, y}] = append(grid[[2]int32{x, y}], i)
			}
		}
	}
}

func (w *web) prune(get func(int) (int32, int32, bool), n int, drop func(int)) {
	degree := make([]int, len(w.v))
	of := make([][]int, len(w.v))
	for i := range n {
		if a, b, gone := get(i); !gone {
			degree[a]++
			degree[b]++
			of[a], of[b] = append(of[a], i), append(of[b], i)
		}
	}
	var loose []int32
	for v := range degree {
		if degree[v] == 1 {
			loose = append(loose, int32(v))
		}
	}
	for len(loose) > 0 {
		v := loose[len(loose)-1]
		loose = loose[:len(loose)-1]
		for _, i := range of[v] {
			a, b, gone := get(i)
			if gone {
				continue
			}
			drop(i)
			degree[a]--
			degree[b]--
			for _, u := range []int32{a, b} {
				if degree[u] == 1 {
					loose = append(loose, u)
				}
			}
		}
	}
	seen := make([]bool, len(w.v))
	todo := []int32{w.lines[0][0]}
	seen[todo[0]] = true
	for len(todo) > 0 {
		v := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, i := range of[v] {
			a, b, gone := get(i)
			if gone {
				continue
			}
			for _, u := range []int32{a, b} {
				if !seen[u] {
					seen[u] = true
					todo = append(todo, u)
				}
			}
		}
	}
	for i := range n {
		if a, _, gone := get(i); !gone && !seen[a] {
			drop(i)
		}
	}
}

// close links half-edges whose origins are set into faces: around each vertex by
// angle, each face counter-clockwise, the outside as -1.
func (m *mesh) close() {
	n := len(m.org)
	m.next, m.prev, m.face = make([]int32, n), make([]int32, n), make([]int32, n)
	out := make([][]int32, len(m.v))
	for h := range m.org {
		out[m.org[h]] = append(out[m.org[h]], int32(h))
	}
	for _, hs := range out {
		slices.SortFunc(hs, func(a, b int32) int {
			da, db := m.end(a).m().sub(m.at(a).m()), m.end(b).m().sub(m.at(b).m())
			return cmp.Or(cmp.Compare(math.Atan2(da.y, da.x), math.Atan2(db.y, db.x)), cmp.Compare(a, b))
		})
		for i, h := range hs {
			// Arriving along h's twin, the face on its left leaves by the edge next
			// clockwise from h.
			c := hs[(i+len(hs)-1)%len(hs)]
			m.next[h^1], m.prev[c] = c, h^1
		}
	}
	for h := range m.face {
		m.face[h] = -2
	}
	m.faces = m.faces[:0]
	var ring []pt
	for h := range m.face {
		if m.face[h] != -2 {
			continue
		}
		ring = ring[:0]
		for e := int32(h); ; {
			ring = append(ring, m.at(e))
			if e = m.next[e]; e == int32(h) {
				break
			}
		}
		f := int32(-1)
		if ringArea(ring) > 0 {
			f = int32(len(m.faces))
			m.faces = append(m.faces, int32(h))
		}
		for e := int32(h); m.face[e] == -2; e = m.next[e] {
			m.face[e] = f
		}
	}
}
