package export

import (
	"strconv"

	"github.com/paulmach/orb"
)

// appendWKT writes a shape as well-known text with plain decimals: a northing of
// seven digits is not 1.3e+06 to whoever reads the column.
func appendWKT(b []byte, g orb.Geometry) []byte {
	points := func(b []byte, ps []orb.Point) []byte {
		return listed(b, len(ps), func(b []byte, i int) []byte { return appendPair(b, ps[i]) })
	}
	rings := func(b []byte, p orb.Polygon) []byte {
		return listed(b, len(p), func(b []byte, i int) []byte { return points(b, p[i]) })
	}
	switch g := g.(type) {
	case orb.Point:
		return append(appendPair(append(b, "POINT("...), g), ')')
	case orb.MultiPoint:
		return listed(append(b, "MULTIPOINT"...), len(g), func(b []byte, i int) []byte { return append(appendPair(append(b, '('), g[i]), ')') })
	case orb.LineString:
		return points(append(b, "LINESTRING"...), g)
	case orb.MultiLineString:
		return listed(append(b, "MULTILINESTRING"...), len(g), func(b []byte, i int) []byte { return points(b, g[i]) })
	case orb.Polygon:
		return rings(append(b, "POLYGON"...), g)
	case orb.MultiPolygon:
		return listed(append(b, "MULTIPOLYGON"...), len(g), func(b []byte, i int) []byte { return rings(b, g[i]) })
	case orb.Collection:
		return listed(append(b, "GEOMETRYCOLLECTION"...), len(g), func(b []byte, i int) []byte { return appendWKT(b, g[i]) })
	}
	return b
}

// listed writes n things in brackets, or that there are none.
func listed(b []byte, n int, each func([]byte, int) []byte) []byte {
	if n == 0 {
		return append(b, " EMPTY"...)
	}
	b = append(b, '(')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = each(b, i)
	}
	return append(b, ')')
}

func appendPair(b []byte, p orb.Point) []byte {
	b = strconv.AppendFloat(b, p[0], 'f', -1, 64)
	return strconv.AppendFloat(append(b, ' '), p[1], 'f', -1, 64)
}
