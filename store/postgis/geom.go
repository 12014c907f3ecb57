package postgis

import (
	"fmt"

	"github.com/paulmach/orb"
	"github.com/twpayne/go-geom"
	"github.com/twpayne/go-geom/encoding/ewkb"

	"github.com/langbiang/langbiang/spatial"
)

// decodeEWKB reads a geometry through go-geom: what single records are read with,
// so that a table filled by another program (heights, measures, either byte
// order) is read as its format says.
func decodeEWKB(b []byte) (orb.Geometry, spatial.SRID, error) {
	t, err := ewkb.Unmarshal(b)
	if err != nil {
		return nil, 0, err
	}
	g, err := fromGeom(t)
	return g, spatial.SRID(t.SRID()), err
}

// fromGeom brings a go-geom value to orb; heights and measures are dropped.
func fromGeom(t geom.T) (orb.Geometry, error) {
	step := t.Stride()
	// cut turns flat coordinates up to end into points.
	cut := func(flat []float64) []orb.Point {
		ps := make([]orb.Point, 0, len(flat)/max(step, 2))
		for i := 0; i+1 < len(flat); i += step {
			ps = append(ps, orb.Point{flat[i], flat[i+1]})
		}
		return ps
	}
	polygon := func(flat []float64, from int, ends []int) orb.Polygon {
		p := make(orb.Polygon, 0, len(ends))
		for _, end := range ends {
			p, from = append(p, cut(flat[from:end])), end
		}
		return p
	}
	switch t := t.(type) {
	case *geom.Point:
		if t.Empty() {
			return orb.MultiPoint{}, nil // orb has no empty point
		}
		return orb.Point{t.X(), t.Y()}, nil
	case *geom.LineString:
		return orb.LineString(cut(t.FlatCoords())), nil
	case *geom.Polygon:
		return polygon(t.FlatCoords(), 0, t.Ends()), nil
	case *geom.MultiPoint:
		return orb.MultiPoint(cut(t.FlatCoords())), nil
	case *geom.MultiLineString:
		m, from := make(orb.MultiLineString, 0, len(t.Ends())), 0
		for _, end := range t.Ends() {
			m, from = append(m, cut(t.FlatCoords()[from:end])), end
		}
		return m, nil
	case *geom.MultiPolygon:
		m, from := make(orb.MultiPolygon, 0, len(t.Endss())), 0
		for _, ends := range t.Endss() {
			m = append(m, polygon(t.FlatCoords(), from, ends))
			if len(ends) > 0 {
				from = ends[len(ends)-1]
			}
		}
		return m, nil
	case *geom.GeometryCollection:
		c := make(orb.Collection, 0, t.NumGeoms())
		for _, m := range t.Geoms() {
			g, err := fromGeom(m)
			if err != nil {
				return nil, err
			}
			c = append(c, g)
		}
		return c, nil
	}
	return nil, fmt.Errorf("EWKB: no geometry of orb: %T", t)
}
