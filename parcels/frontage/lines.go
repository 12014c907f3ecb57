package frontage

import (
	"sync"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

// chunk is a run of a line's points with its box, WGS 84. Chunks of one line
// overlap by a point.
type chunk struct {
	box orb.Bound
	at  []orb.Point
}

// chunkPoints is how many points stand in a chunk at most.
const chunkPoints = 17

// lines are the lines and areas' borders of records as chunks: a stream of a
// thousand points is not unpacked anew for each of the parcels along it. They hold
// at most limit points and start afresh when they are full.
type lines struct {
	limit int

	mu    sync.RWMutex
	held  map[version][]chunk
	total int
}

// version names one version of a record: what it says never changes.
type version struct {
	layer string
	id    uint64
	rev   spatial.Revision
	count int32
}

// of is a record's lines. A record of no revision is a proposal and not kept.
func (l *lines) of(it index.Item) []chunk {
	k := version{it.Layer(), it.ID(), it.Rev(), it.Version()}
	l.mu.RLock()
	c, ok := l.held[k]
	l.mu.RUnlock()
	if ok {
		return c
	}
	c, n := chunks(it.Geometry(), nil)
	if k.rev == 0 || n > l.limit {
		return c
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held == nil || l.total+n > l.limit {
		l.held, l.total = map[version][]chunk{}, 0
	}
	if _, ok := l.held[k]; !ok {
		l.held[k] = c
		l.total += n
	}
	return c
}

// chunks adds the chunks of a geometry's lines, and says how many points it has.
func chunks(g orb.Geometry, out []chunk) ([]chunk, int) {
	n := 0
	line := func(l []orb.Point) {
		n += len(l)
		for i := 0; i+1 < len(l); i += chunkPoints - 1 {
			c := chunk{at: l[i:min(i+chunkPoints, len(l))]}
			c.box = orb.MultiPoint(c.at).Bound()
			out = append(out, c)
		}
	}
	switch g := g.(type) {
	case orb.LineString:
		line(g)
	case orb.MultiLineString:
		for _, l := range g {
			line(l)
		}
	case orb.Polygon:
		for _, r := range g {
			line(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			var k int
			out, k = chunks(p, out)
			n += k
		}
	case orb.Collection:
		for _, m := range g {
			var k int
			out, k = chunks(m, out)
			n += k
		}
	}
	return out, n
}

// stretches adds the straight pieces of a record's lines that meet a box of the frame.
func (l *lines) stretches(f *frame, it index.Item, b box, around orb.Bound, of *road, out []stretch) []stretch {
	for _, c := range l.of(it) {
		if !c.box.Intersects(around) {
			continue
		}
		p := f.in(c.at[0])
		for _, q := range c.at[1:] {
			v := f.in(q)
			if p.finite() && v.finite() && v != p && b.touches(p, v) {
				out = append(out, stretch{p, v, of})
			}
			p = v
		}
	}
	return out
}

// holds reports whether p (WGS 84) lies in the area that chunks are the border of.
func holds(border []chunk, p orb.Point) bool {
	in := false
	for _, c := range border {
		if p[1] < c.box.Min[1] || p[1] > c.box.Max[1] || p[0] > c.box.Max[0] {
			continue
		}
		b := c.at[0]
		for _, a := range c.at[1:] {
			if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < a[0]+(b[0]-a[0])*(p[1]-a[1])/(b[1]-a[1]) {
				in = !in
			}
			b = a
		}
	}
	return in
}
