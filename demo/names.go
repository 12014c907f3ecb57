package demo

import (
	"cmp"
	"fmt"
	"slices"
)

// christen names the streets and numbers every road: the longest of the smaller
// streets in town carry names from the list, what leaves a named street is an alley
// of it, tracks have no name.
func (d *draft) christen() {
	urban := func(r *road) bool {
		if len(r.lines) == 0 {
			return false
		}
		l := r.lines[0]
		return d.l.useAt(l[len(l)/2].m()) <= garden
	}
	var wide []int32
	taken := map[string]bool{}
	for i := range d.roads {
		r := &d.roads[i]
		taken[r.name] = true
		if r.name == "" && r.kind <= residential && len(r.lines) > 0 && urban(r) {
			wide = append(wide, int32(i))
		}
	}
	slices.SortStableFunc(wide, func(a, b int32) int { return -cmp.Compare(d.roads[a].length, d.roads[b].length) })
	var names []string
	for _, n := range streetNames() {
		if !taken[n] {
			taken[n] = true
			names = append(names, n)
		}
	}
	for i, id := range wide {
		if i < len(names) {
			d.roads[id].name = names[i]
		}
	}
	given := map[string]bool{}
	for i := range d.roads {
		r := &d.roads[i]
		if len(r.lines) == 0 || r.kind >= track {
			continue
		}
		if r.name == "" && r.of >= 0 {
			host, number := d.host(r)
			if host == nil {
				continue
			}
			name := ""
			for { // two alleys that would have the same number take the next one
				name = fmt.Sprintf("Hẻm %d %s", number, host.name)
				if s, ok := alleyOf(host.name); ok {
					name = fmt.Sprintf("Hẻm %s/%d %s", s[0], number, s[1])
				}
				if !given[name] {
					break
				}
				number += 2
			}
			given[name] = true
			r.name = name
		}
	}
	// A road is numbered where it has ground: the outline and shores are none.
	n := 0
	for i := range d.roads {
		if r := &d.roads[i]; len(r.lines) > 0 && r.kind < stream {
			n++
			r.code = fmt.Sprintf("DEMO-D%05d", n)
		}
	}
}

// alleyOf splits "Hẻm 12/5 Trần Phú" into "12/5" and "Trần Phú".
func alleyOf(name string) ([2]string, bool) {
	const prefix = "Hẻm "
	if len(name) <= len(prefix) || name[:len(prefix)] != prefix {
		return [2]string{}, false
	}
	rest := name[len(prefix):]
	for i, r := range rest {
		if r == ' ' {
			return [2]string{rest[:i], rest[i+1:]}, true
		}
	}
	return [2]string{}, false
}

// host is the named street that a road leaves, and the house number where it does.
func (d *draft) host(r *road) (*road, int) {
	h := &d.roads[r.of]
	if h.name == "" || h.kind >= track {
		return nil, 0
	}
	if s, ok := alleyOf(h.name); ok && countSlashes(s[0]) >= 2 {
		return nil, 0 // an alley of an alley of an alley has no name of its own
	}
	l := r.lines[0]
	at, left := h.along(l[0].m())
	if a2, l2 := h.along(l[len(l)-1].m()); a2.off < at.off {
		at, left = a2, l2
	}
	n := 2*int(at.pos/9) + 1
	if !left {
		n++
	}
	return h, n
}

func countSlashes(s string) (n int) {
	for _, r := range s {
		if r == '/' {
			n++
		}
	}
	return n
}

// station is a place along a road: how far from its beginning, how far off it.
type station struct{ pos, off float64 }

// along is the station of p on a road and whether p lies left of it.
func (r *road) along(p vec) (station, bool) {
	best := station{0, 1e12}
	left := false
	run := 0.0
	for _, l := range r.lines {
		for i := 0; i+1 < len(l); i++ {
			a, b := l[i].m(), l[i+1].m()
			d := b.sub(a)
			n := d.len()
			if off, t := nearSegment(p, a, b); off < best.off {
				best = station{run + t*n, off}
				left = d.cross(p.sub(a)) > 0
			}
			run += n
		}
	}
	return best, left
}
