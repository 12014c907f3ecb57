package shapefile

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/rings"
	"github.com/langbiang/langbiang/spatial"
)

// shapes turns record contents into geometry.
type shapes struct {
	file    string
	shape   int // of the file, without Z or M
	lim     raw.Limits
	dropped []raw.Fault // shared by every row that loses Z or M
}

func newShapes(file string, shape int, lim raw.Limits) *shapes {
	base, dims, _ := baseShape(shape)
	s := &shapes{file: file, shape: base, lim: lim}
	if dims != "" {
		s.dropped = []raw.Fault{{Code: "geometry.dimensionDropped", Detail: dims}}
	}
	return s
}

// decode reads one record. The error is about the row; faults go with a geometry.
func (s *shapes) decode(b []byte) (g orb.Geometry, faults []raw.Fault, err error) {
	bad := func(code string, pairs ...any) (orb.Geometry, []raw.Fault, error) {
		return nil, nil, raw.Fail(op, spatial.Invalid, code, s.file, pairs...)
	}
	base, dims, ok := baseShape(int32At(b, 0))
	switch {
	case base == shapeNull && ok:
		return nil, nil, nil
	case !ok || base != s.shape:
		return bad("shapefile.recordType", "type", int32At(b, 0), "declared", s.shape)
	}
	if dims != "" {
		faults = s.dropped[:len(s.dropped):len(s.dropped)]
		if faults == nil {
			faults = []raw.Fault{{Code: "geometry.dimensionDropped", Detail: dims}}
		}
	}
	if base == shapePoint {
		if len(b) < 20 {
			return bad("shapefile.record", "length", len(b))
		}
		p := orb.Point{float64At(b, 4), float64At(b, 12)}
		if !finite(p) {
			return bad("geometry.nonFinite", "x", fmt.Sprint(p[0]), "y", fmt.Sprint(p[1]))
		}
		return p, faults, nil
	}

	at, parts := 40, 0
	if base != shapeMultiPoint {
		at = 44
	}
	if len(b) < at {
		return bad("shapefile.record", "length", len(b))
	}
	points := int32At(b, at-4)
	if base != shapeMultiPoint {
		parts = int32At(b, 36)
	}
	switch {
	case points < 0 || parts < 0 || points > (len(b)-at)/16 || parts > (len(b)-at)/4 || at+4*parts+16*points > len(b):
		return bad("shapefile.record", "length", len(b), "points", points, "parts", parts)
	case points > s.lim.Points:
		return nil, nil, raw.Fail(op, spatial.TooLarge, "geometry.points", s.file, "count", points, "limit", s.lim.Points)
	case parts > s.lim.Rings:
		return nil, nil, raw.Fail(op, spatial.TooLarge, "geometry.rings", s.file, "count", parts, "limit", s.lim.Rings)
	case points == 0 || (base != shapeMultiPoint && parts == 0):
		return nil, append(faults, raw.Fault{Code: "geometry.empty"}), nil
	}
	starts, coords := b[at:at+4*parts], b[at+4*parts:]
	// Room for closing every ring, so that no ring is moved for one point.
	pts := make([]orb.Point, points, points+min(parts, 1))
	for i := range pts {
		p := orb.Point{float64At(coords, 16*i), float64At(coords, 16*i+8)}
		if !finite(p) {
			return bad("geometry.nonFinite", "x", fmt.Sprint(p[0]), "y", fmt.Sprint(p[1]), "point", i)
		}
		pts[i] = p
	}
	if base == shapeMultiPoint {
		return orb.MultiPoint(pts), faults, nil
	}
	pieces, empty, ok := split(pts, starts)
	if !ok {
		return bad("shapefile.parts", "parts", parts, "points", points)
	}
	if empty {
		faults = append(faults, raw.Fault{Code: "geometry.emptyPart"})
	}
	if base == shapePolyLine {
		if len(pieces) == 1 {
			return orb.LineString(pieces[0]), faults, nil
		}
		m := make(orb.MultiLineString, len(pieces))
		for i, p := range pieces {
			m[i] = orb.LineString(p)
		}
		return m, faults, nil
	}
	ringed := make([]orb.Ring, len(pieces))
	open := false
	for i, p := range pieces {
		if p[0] != p[len(p)-1] {
			p, open = append(p[:len(p):len(p)], p[0]), true
		}
		ringed[i] = orb.Ring(p)
	}
	if open {
		faults = append(faults, raw.Fault{Code: "geometry.ringUnclosed"})
	}
	if len(ringed) == 1 {
		return orb.Polygon(ringed), faults, nil
	}
	g, turned, err := rings.Assemble(ringed, rings.Work)
	if err != nil {
		return nil, nil, raw.Fail(op, spatial.TooLarge, "geometry.tooComplex", s.file, "rings", len(ringed), "points", points)
	}
	if turned {
		faults = append(faults, raw.Fault{Code: "geometry.ringOrientation"})
	}
	return g, faults, nil
}

// split cuts points at the starts of parts; empty reports parts without points,
// which are left out; ok is false where the starts are not in order.
func split(pts []orb.Point, starts []byte) (pieces [][]orb.Point, empty, ok bool) {
	n := len(starts) / 4
	pieces = make([][]orb.Point, 0, n)
	if int32At(starts, 0) != 0 {
		return nil, false, false
	}
	for i := range n {
		from, to := int32At(starts, 4*i), len(pts)
		if i+1 < n {
			to = int32At(starts, 4*i+4)
		}
		if from < 0 || to < from || to > len(pts) {
			return nil, false, false
		}
		if from == to {
			empty = true
			continue
		}
		pieces = append(pieces, pts[from:to:to])
	}
	return pieces, empty, true
}

func finite(p orb.Point) bool {
	// x-x is 0 for a finite x, NaN for NaN and the infinities.
	return p[0]-p[0] == 0 && p[1]-p[1] == 0 && math.Abs(p[0]) < noData && math.Abs(p[1]) < noData
}

// noData is where the format's "no data" begins (below -1e38), and past any
// coordinate of any plane on Earth.
const noData = 1e38
