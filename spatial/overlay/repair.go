package overlay

import (
	"slices"

	"github.com/paulmach/orb"
)

// Codes of what Repair did, beside NotClosed: what was found and put right.
const (
	RepeatedPoint = "ring.repeatedPoint" // the same point twice running, in a ring
	Turn          = "ring.turn"          // outer ring clockwise or hole counter-clockwise
	LineRepeated  = "line.repeatedPoint"
)

// Orient is g with outer rings counter-clockwise, holes clockwise (RFC 7946) and
// every ring closed. A lone ring is an outer one. Other shapes are as they were.
// The result shares no memory with g.
func Orient(g orb.Geometry) orb.Geometry {
	m := mender{}
	return m.geometry(g)
}

// Repair does what is safe and changes no shape: it closes rings, turns them as
// Orient does, and drops points that repeat the one before exactly. The codes say
// what it did, each once, sorted; none where g is as it should be. What is still
// wrong, Faults tells. The result shares no memory with g.
func Repair(g orb.Geometry) (orb.Geometry, []string) {
	m := mender{dedupe: true}
	mended := m.geometry(g)
	slices.Sort(m.did)
	return mended, slices.Compact(m.did)
}

type mender struct {
	dedupe bool
	did    []string
}

func (m *mender) geometry(g orb.Geometry) orb.Geometry {
	switch g := g.(type) {
	case orb.LineString:
		return orb.LineString(m.line(g))
	case orb.MultiLineString:
		out := slices.Clone(g)
		for i := range out {
			out[i] = m.line(out[i])
		}
		return out
	case orb.Ring:
		return m.ring(g, false)
	case orb.Polygon:
		return m.polygon(g)
	case orb.MultiPolygon:
		out := slices.Clone(g)
		for i := range out {
			out[i] = m.polygon(out[i])
		}
		return out
	case orb.Collection:
		out := slices.Clone(g)
		for i := range out {
			out[i] = m.geometry(out[i])
		}
		return out
	case orb.MultiPoint:
		return slices.Clone(g)
	}
	return g
}

func (m *mender) polygon(p orb.Polygon) orb.Polygon {
	out := slices.Clone(p)
	for i := range out {
		out[i] = m.ring(out[i], i > 0)
	}
	return out
}

func (m *mender) line(l []orb.Point) []orb.Point {
	out := slices.Clone(l)
	if m.dedupe {
		if short := slices.Compact(slices.Clone(l)); len(short) < len(l) && len(short) >= 2 {
			out = short
			m.did = append(m.did, LineRepeated)
		}
	}
	return out
}

func (m *mender) ring(r orb.Ring, hole bool) orb.Ring {
	out := slices.Clone(r)
	if len(out) < 3 {
		return out
	}
	if out[0] != out[len(out)-1] && finite(out[0]) { // NaN is never the same point again
		out = append(out, out[0])
		m.did = append(m.did, NotClosed)
	}
	if m.dedupe {
		if short := slices.Compact(slices.Clone(out)); len(short) < len(out) && len(short) >= 4 {
			out = short
			m.did = append(m.did, RepeatedPoint)
		}
	}
	if a := signed(out); a < 0 && !hole || a > 0 && hole {
		slices.Reverse(out)
		m.did = append(m.did, Turn)
	}
	return out
}
