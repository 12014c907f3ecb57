package demo

import (
	"cmp"
	"slices"

	"github.com/paulmach/orb"
)

// unite gives, for each label, the ground of all faces that carry it: rings of the
// mesh's own vertices, so that neighbouring labels share their border exactly. A
// label below 0 is nobody's. labels has an entry for each face.
func (m *mesh) unite(labels []int32) map[int32]orb.MultiPolygon {
	of := func(h int32) int32 {
		if f := m.face[h]; f >= 0 {
			return labels[f]
		}
		return -1
	}
	seen := make([]bool, len(m.org))
	outer, inner := map[int32][][]pt{}, map[int32][][]pt{}
	var order []int32
	for h := range m.org {
		h := int32(h)
		l := of(h)
		if l < 0 || seen[h] || of(h^1) == l || m.face[h] == m.face[h^1] {
			continue
		}
		var ring []int32
		for e := h; !seen[e]; {
			seen[e] = true
			ring = append(ring, m.org[e])
			n := m.next[e]
			for of(n^1) == l {
				n = m.next[n^1]
			}
			e = n
		}
		for _, r := range untangle(ring) {
			pts := make([]pt, len(r))
			for i, v := range r {
				pts[i] = m.v[v]
			}
			if len(outer[l]) == 0 && len(inner[l]) == 0 {
				order = append(order, l)
			}
			if ringArea(pts) > 0 {
				outer[l] = append(outer[l], pts)
			} else {
				inner[l] = append(inner[l], pts)
			}
		}
	}
	out := make(map[int32]orb.MultiPolygon, len(order))
	for _, l := range order {
		slices.SortStableFunc(outer[l], func(a, b []pt) int { return -cmp.Compare(ringArea(a), ringArea(b)) })
		polys := make(orb.MultiPolygon, len(outer[l]))
		for i, r := range outer[l] {
			polys[i] = orb.Polygon{closeRing(r)}
		}
		for _, hole := range inner[l] {
			slices.Reverse(hole)
			p := within(metres(hole))
			slices.Reverse(hole)
			for i := len(polys) - 1; i >= 0; i-- { // the smallest that holds it
				if ringArea(outer[l][i])+ringArea(hole) > 0 && inside(p, metres(outer[l][i])) {
					polys[i] = append(polys[i], closeRing(hole))
					break
				}
			}
		}
		out[l] = polys
	}
	return out
}

// untangle cuts a ring that comes back to a vertex into rings that do not.
func untangle(ring []int32) [][]int32 {
	at := map[int32]int{}
	var path []int32
	var out [][]int32
	for _, v := range ring {
		if i, again := at[v]; again {
			loop := slices.Clone(path[i:])
			if len(loop) > 2 {
				out = append(out, loop)
			}
			for _, u := range path[i:] {
				delete(at, u)
			}
			path = path[:i]
		}
		at[v] = len(path)
		path = append(path, v)
	}
	if len(path) > 2 {
		out = append(out, path)
	}
	return out
}

// legal is a point of the mesh in the plane's own metres.
func (p pt) legal() orb.Point {
	return orb.Point{float64(originE*1000+int64(p.x)) / 1000, float64(originN*1000+int64(p.y)) / 1000}
}

func closeRing(r []pt) orb.Ring {
	out := make(orb.Ring, 0, len(r)+1)
	for _, p := range r {
		out = append(out, p.legal())
	}
	return append(out, out[0])
}

func line(r []pt) orb.LineString {
	out := make(orb.LineString, len(r))
	for i, p := range r {
		out[i] = p.legal()
	}
	return out
}

func metres(r []pt) []vec {
	out := make([]vec, len(r))
	for i, p := range r {
		out[i] = p.m()
	}
	return out
}

// single is a polygon where there is but one.
func single(m orb.MultiPolygon) orb.Geometry {
	if len(m) == 1 {
		return m[0]
	}
	return m
}
