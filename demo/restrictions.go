package demo

import (
	"fmt"
	"math"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// strip is the ground within by of a line; ok is false where the line doubles back
// so that its strip would cross itself.
func strip(l []vec, by float64) ([]vec, bool) {
	var left, right []vec
	for i, p := range l {
		a, b := l[max(0, i-1)], l[min(len(l)-1, i+1)]
		n := b.sub(a).unit().left().mul(by)
		left, right = append(left, p.add(n)), append(right, p.sub(n))
	}
	slices.Reverse(left)
	ring := append(right, left...)
	return ring, areaOf(ring) > 0 && simple(ring)
}

// strips cuts a line into sections whose strips are sound.
func strips(l []vec, by float64, most int) [][]vec {
	var out [][]vec
	for from := 0; from+1 < len(l); {
		to := min(len(l)-1, from+most)
		for ; to > from; to-- {
			if r, ok := strip(l[from:to+1], by); ok {
				out = append(out, r)
				break
			}
		}
		from = max(to, from+1)
	}
	return out
}

func circle(at vec, r float64, n int) []vec {
	out := make([]vec, n)
	for i := range out {
		a := 2 * math.Pi * float64(i) / float64(n)
		out[i] = at.add(vec{math.Cos(a), math.Sin(a)}.mul(r))
	}
	return out
}

func (c *City) restrictions(out *sink) bool {
	n := map[string]int{}
	put := func(kind, prefix, name string, ring []vec, floors int, height, distance float64) bool {
		n[prefix]++
		null := spatial.Value{}
		f, h, d := null, null, null
		if floors >= 0 {
			f = whole(floors)
		}
		if height >= 0 {
			h = number(height)
		}
		if distance > 0 {
			d = number(distance)
		}
		return out.put(spatial.Feature{Legal: orb.Polygon{closeRing(toRing(ring))}, Values: []spatial.Value{text(kind), text(fmt.Sprintf("DEMO-%s-%03d", prefix, n[prefix])), text(name), {},
			f, h, d, text("DEMO-HL"), text("Điều minh họa 1"), text("inForce"), text("demo")}})
	}
	for i := range c.d.roads {
		r := &c.d.roads[i]
		beyond := 0.0
		switch {
		case r.kind == trunk:
			beyond = 13
		case r.kind == primary:
			beyond = 8
		case r.kind == stream:
			beyond = 10
		default:
			continue
		}
		for _, l := range r.lines {
			by := widths[r.kind]/2 + beyond
			for _, s := range strips(metres(l), by, 24) {
				ok := true
				if r.kind == stream {
					ok = put("water", "HLS", "Hành lang bảo vệ "+r.name, s, 0, -1, beyond)
				} else {
					ok = put("roadCorridor", "HLD", "Hành lang an toàn đường "+r.name, s, -1, -1, beyond)
				}
				if !ok {
					return false
				}
			}
		}
	}
	// Views over the lakes, in a band of the shore.
	for _, w := range c.d.waters {
		by := 30.0
		if w.code == "xuanhuong" || w.code == "tuyenlam" {
			by = 90
		}
		ring := simpler(offsetOut(metres(w.ring), by))
		if simple(ring) && areaOf(ring) > 0 {
			if !put("view", "CQ", "Vùng cảnh quan "+w.name, ring, 3, 12, by) {
				return false
			}
		}
	}
	for _, s := range sights() {
		r := 0.0
		switch s.kind {
		case "heritage", "church":
			r = 90
		case "pagoda":
			r = 60
		default:
			continue
		}
		at, err := local(s.lon, s.lat)
		if err != nil {
			return out.fail(err)
		}
		if !put("heritage", "DT", "Khu vực bảo vệ "+s.name, circle(at, r, 28), 3, 11, r) {
			return false
		}
	}
	// Two power lines of our own drawing.
	for i, l := range [][]float64{{505, 872, 500, 905, 488, 932, 470, 968, 448, 992, 430, 1014}, {345, 958, 372, 962, 402, 946, 422, 926, 446, 912, 470, 905, 500, 905}} {
		p, err := locals(l)
		if err != nil {
			return out.fail(err)
		}
		for j := 0; j+1 < len(p); j++ {
			s, ok := strip(p[j:j+2], 15)
			if ok && !put("powerLine", "HLDIEN", fmt.Sprintf("Hành lang an toàn đường dây 110 kV minh họa số %d", i+1), s, -1, 4, 15) {
				return false
			}
		}
	}
	return true
}

// simpler leaves out the corners at which a ring hardly turns or turns sharply back.
func simpler(r []vec) []vec {
	for range 3 {
		var kept []vec
		n := len(r)
		for i, p := range r {
			u, v := p.sub(r[(i+n-1)%n]).unit(), r[(i+1)%n].sub(p).unit()
			if u.dot(v) < .2 {
				continue
			}
			kept = append(kept, p)
		}
		r = kept
	}
	return r
}
