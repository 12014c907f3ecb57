package overlay

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"
	"github.com/peterstace/simplefeatures/geom"
)

// frame moves shapes to a local origin: the engine merges nodes nearer than a few
// hundred units in the last place, which are metres' millionths at the origin and
// not at a northing of seven digits. The origin is whole metres, so that going
// there loses nothing and an input's vertex comes back as it was.
type frame struct{ x, y float64 }

func frameOf(gs ...orb.Geometry) frame {
	b := nowhere()
	for _, g := range gs {
		if o := box(g); !empty(o) {
			grow(&b, o.Min)
			grow(&b, o.Max)
		}
	}
	if empty(b) {
		return frame{}
	}
	return frame{math.Floor(b.Min[0]/2 + b.Max[0]/2), math.Floor(b.Min[1]/2 + b.Max[1]/2)}
}

// to brings a shape of ours to the engine.
func (f frame) to(g orb.Geometry) (geom.Geometry, error) {
	switch g := g.(type) {
	case orb.Point:
		return geom.NewPoint(geom.Coordinates{XY: geom.XY{X: g[0] - f.x, Y: g[1] - f.y}, Type: geom.DimXY}).AsGeometry(), nil
	case orb.MultiPoint:
		all := make([]geom.Point, len(g))
		for i, p := range g {
			all[i] = geom.NewPoint(geom.Coordinates{XY: geom.XY{X: p[0] - f.x, Y: p[1] - f.y}, Type: geom.DimXY})
		}
		return geom.NewMultiPoint(all).AsGeometry(), nil
	case orb.LineString:
		return geom.NewLineString(f.sequence(g)).AsGeometry(), nil
	case orb.MultiLineString:
		all := make([]geom.LineString, len(g))
		for i, l := range g {
			all[i] = geom.NewLineString(f.sequence(l))
		}
		return geom.NewMultiLineString(all).AsGeometry(), nil
	case orb.Ring:
		return f.polygon(orb.Polygon{g}).AsGeometry(), nil
	case orb.Polygon:
		return f.polygon(g).AsGeometry(), nil
	case orb.MultiPolygon:
		all := make([]geom.Polygon, 0, len(g))
		for _, p := range g {
			all = append(all, f.polygon(p))
		}
		return geom.NewMultiPolygon(all).AsGeometry(), nil
	case orb.Bound:
		return f.to(solid(g))
	case orb.Collection:
		all := make([]geom.Geometry, len(g))
		for i, m := range g {
			var err error
			if all[i], err = f.to(m); err != nil {
				return geom.Geometry{}, err
			}
		}
		return geom.NewGeometryCollection(all).AsGeometry(), nil
	}
	return geom.Geometry{}, fmt.Errorf("no shape: %T", g)
}

func (f frame) polygon(p orb.Polygon) geom.Polygon {
	rings := make([]geom.LineString, 0, len(p))
	for _, r := range p {
		if len(r) > 0 {
			rings = append(rings, geom.NewLineString(f.sequence(r)))
		}
	}
	return geom.NewPolygon(rings)
}

func (f frame) sequence(points []orb.Point) geom.Sequence {
	flat := make([]float64, 0, 2*len(points))
	for _, p := range points {
		flat = append(flat, p[0]-f.x, p[1]-f.y)
	}
	return geom.NewSequence(flat, geom.DimXY)
}

// parts collects what an operation gave, by dimension.
type parts struct {
	polygons orb.MultiPolygon
	lines    orb.MultiLineString
	points   orb.MultiPoint
}

// from takes the engine's result apart.
func (f frame) from(g geom.Geometry, into *parts) error {
	switch g.Type() {
	case geom.TypeGeometryCollection:
		c := g.MustAsGeometryCollection()
		for i := range c.NumGeometries() {
			if err := f.from(c.GeometryN(i), into); err != nil {
				return err
			}
		}
	case geom.TypeMultiPolygon:
		m := g.MustAsMultiPolygon()
		for i := range m.NumPolygons() {
			if err := f.from(m.PolygonN(i).AsGeometry(), into); err != nil {
				return err
			}
		}
	case geom.TypePolygon:
		p := g.MustAsPolygon()
		if p.IsEmpty() {
			return nil
		}
		out := make(orb.Polygon, 0, p.NumRings())
		for _, r := range p.Coordinates() {
			out = append(out, f.points(r))
		}
		into.polygons = append(into.polygons, out)
	case geom.TypeMultiLineString:
		m := g.MustAsMultiLineString()
		for i := range m.NumLineStrings() {
			into.lines = append(into.lines, f.points(m.LineStringN(i).Coordinates()))
		}
	case geom.TypeLineString:
		if l := g.MustAsLineString(); !l.IsEmpty() {
			into.lines = append(into.lines, f.points(l.Coordinates()))
		}
	case geom.TypeMultiPoint:
		m := g.MustAsMultiPoint()
		for i := range m.NumPoints() {
			if xy, ok := m.PointN(i).XY(); ok {
				into.points = append(into.points, f.back(xy))
			}
		}
	case geom.TypePoint:
		if xy, ok := g.MustAsPoint().XY(); ok {
			into.points = append(into.points, f.back(xy))
		}
	default:
		return fmt.Errorf("result of type %v", g.Type())
	}
	return nil
}

func (f frame) back(p geom.XY) orb.Point { return orb.Point{p.X + f.x, p.Y + f.y} }

func (f frame) points(s geom.Sequence) []orb.Point {
	out := make([]orb.Point, s.Length())
	for i := range out {
		out[i] = f.back(s.GetXY(i))
	}
	return out
}
