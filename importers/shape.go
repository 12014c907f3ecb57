package importers

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Sizes below which a polygon is remarked on.
const (
	noArea      = 0.01  // m²: no parcel, a trace of drawing
	smallArea   = 1.0   // m²
	sliverWidth = 0.1   // m: twice the area by the perimeter
	sliverShare = 0.004 // area by the square of the perimeter: 1 : 60 and longer
	sliverArea  = 20.0  // m²: a longer strip than this may be a road
)

// check mends what is safe to mend in a legal shape and judges the rest. It gives
// nil where the row cannot be taken, with the finding that says why; else the
// shape, and its area in the row's feature.
func check(out *prepared, g orb.Geometry, want spatial.Shape, spike *spikeRule) orb.Geometry {
	clean := tidy(g, spike)
	if !clean {
		mended, did := overlay.Repair(g)
		for _, code := range did {
			if code == overlay.Turn && out.src.info.Format == raw.Shapefile {
				continue // its rings turn that way by the format: nothing was wrong
			}
			out.add(Finding{Code: "repaired." + code, Severity: Note})
		}
		g = mended
		if trimmed, n := overlay.TrimNeedles(g, spike.Degrees, spike.Mend); n > 0 {
			out.add(Finding{Code: "repaired.ring.spike", Severity: Note, Detail: fmt.Sprintf("%d × < %g m", n, spike.Mend)})
			g = trimmed
		}
	}
	if faults := overlay.Faults(g); len(faults) > 0 {
		f := faults[0]
		detail := fmt.Sprintf("%s, at %.3f, %.3f", f.Detail, f.At[0], f.At[1])
		if n := len(faults) - 1; n > 0 {
			detail += fmt.Sprintf(", and %d more", n)
		}
		out.add(Finding{Code: f.Code, Severity: Error, Detail: detail})
		return nil
	}
	if !polygonal(g) {
		return g
	}
	if !clean {
		for _, n := range overlay.Needles(g, spike.Degrees) {
			out.add(Finding{Code: "spike", Severity: Warning, Detail: fmt.Sprintf("%.3f m × %.3f m, at %.3f, %.3f", n.Length, n.Width, n.At[0], n.At[1])})
		}
	}
	area := overlay.Area(g)
	out.feature.Area = area
	if area < noArea {
		out.add(Finding{Code: "area.none", Severity: Error, Area: area})
		return nil
	}
	if want != spatial.Polygons {
		return g
	}
	if area < smallArea {
		out.add(Finding{Code: "area.small", Severity: Warning, Area: area})
	}
	if around := overlay.Length(g); around > 0 {
		width := 2 * area / around
		if width < sliverWidth || (area < sliverArea && area < sliverShare*around*around) {
			out.add(Finding{Code: "sliver", Severity: Note, Area: area, Detail: fmt.Sprintf("%.2f m × %.1f m", width, around/2)})
		}
	}
	return g
}

func polygonal(g orb.Geometry) bool {
	switch g.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return true
	}
	return false
}

// tidy reports whether Repair would find nothing to do, and no ring turns back on
// itself: a look that copies nothing, since nearly every shape is as it should be.
func tidy(g orb.Geometry, spike *spikeRule) bool {
	sharp := math.Sin(spike.Degrees * math.Pi / 180)
	switch g := g.(type) {
	case orb.Point:
		return true
	case orb.Polygon:
		return tidyPolygon(g, sharp*sharp)
	case orb.MultiPolygon:
		for _, p := range g {
			if !tidyPolygon(p, sharp*sharp) {
				return false
			}
		}
		return true
	}
	return false
}

// tidyPolygon is tidy for one; sharp is the square of the sine of the angle.
func tidyPolygon(p orb.Polygon, sharp float64) bool {
	for i, r := range p {
		n := len(r)
		if n < 4 || r[0] != r[n-1] {
			return false
		}
		o, sum := r[0], 0.0
		for k := 1; k < n; k++ {
			if r[k] == r[k-1] {
				return false
			}
			next := r[1]
			if k < n-1 {
				next = r[k+1]
			}
			ax, ay, bx, by := r[k-1][0]-r[k][0], r[k-1][1]-r[k][1], next[0]-r[k][0], next[1]-r[k][1]
			if ax*bx+ay*by > 0 {
				if cross := ax*by - ay*bx; cross*cross <= sharp*(ax*ax+ay*ay)*(bx*bx+by*by) {
					return false
				}
			}
			sum += (r[k-1][0]-o[0])*(r[k][1]-o[1]) - (r[k-1][1]-o[1])*(r[k][0]-o[0])
		}
		if (sum > 0) != (i == 0) {
			return false
		}
	}
	return true
}

// empty reports whether a geometry has no point at all.
func empty(g orb.Geometry) bool {
	switch g := g.(type) {
	case nil:
		return true
	case orb.MultiPoint:
		return len(g) == 0
	case orb.LineString:
		return len(g) == 0
	case orb.Polygon:
		return len(g) == 0 || len(g[0]) == 0
	case orb.MultiLineString:
		for _, l := range g {
			if len(l) > 0 {
				return false
			}
		}
		return true
	case orb.MultiPolygon:
		for _, p := range g {
			if !empty(p) {
				return false
			}
		}
		return true
	case orb.Collection:
		for _, m := range g {
			if !empty(m) {
				return false
			}
		}
		return true
	}
	return false
}

// fits reports whether a geometry is of a layer's shape.
func fits(s spatial.Shape, g orb.Geometry) bool {
	switch g.(type) {
	case orb.Point, orb.MultiPoint:
		return s == spatial.Points || s == spatial.AnyShape
	case orb.LineString, orb.MultiLineString:
		return s == spatial.Lines || s == spatial.AnyShape
	case orb.Polygon, orb.MultiPolygon:
		return s == spatial.Polygons || s == spatial.AnyShape
	}
	return s == spatial.AnyShape
}

// nonFinite finds a coordinate that is NaN or infinite.
func nonFinite(g orb.Geometry) (orb.Point, bool) {
	for _, p := range paths(g) {
		for _, q := range p {
			if s := q[0] + q[1]; math.IsNaN(s) || math.IsInf(s, 0) {
				return q, true
			}
		}
	}
	return orb.Point{}, false
}

// paths are all runs of points of a geometry, in the geometry's memory.
func paths(g orb.Geometry) [][]orb.Point {
	var out [][]orb.Point
	switch g := g.(type) {
	case orb.Point:
		out = append(out, []orb.Point{g})
	case orb.MultiPoint:
		out = append(out, g)
	case orb.LineString:
		out = append(out, g)
	case orb.MultiLineString:
		for _, l := range g {
			out = append(out, l)
		}
	case orb.Ring:
		out = append(out, g)
	case orb.Polygon:
		for _, r := range g {
			out = append(out, r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				out = append(out, r)
			}
		}
	case orb.Collection:
		for _, m := range g {
			out = append(out, paths(m)...)
		}
	}
	return out
}
