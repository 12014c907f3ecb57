// Package gpkg reads and writes the GeoPackage geometry blob: a header with the
// SRID and an envelope, then well-known binary.
//
// It is not a GeoPackage file: the store and the importer know its tables. It
// does not reproject, check validity or keep Z and M, which are dropped.
//
// Invariant: a blob from outside never makes it panic, recurse without bound, or
// allocate more than a small multiple of the blob's own length.
package gpkg

import (
	"encoding/binary"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// MaxDepth bounds how deep collections may nest.
const MaxDepth = 16

// WKB geometry types.
const (
	wkbPoint = iota + 1
	wkbLine
	wkbPolygon
	wkbMultiPoint
	wkbMultiLine
	wkbMultiPolygon
	wkbCollection
)

// Bits of the header's flag byte.
const (
	flagLittle   = 1 << 0
	flagEnvelope = 7 << 1
	flagEmpty    = 1 << 4
	flagExtended = 1 << 5
	envelopeXY   = 1 << 1
)

const headerSize = 8

func malformed(why string) error {
	return &spatial.Error{Op: "read a geometry", Kind: spatial.Invalid, Code: "gpkg.malformed", Args: map[string]any{"why": why}}
}

func unfit(code string, args map[string]any) error {
	return &spatial.Error{Op: "write a geometry", Kind: spatial.Invalid, Code: code, Args: args}
}

// Append writes g as a blob after dst and gives the longer slice: little endian,
// with the XY envelope unless g is a point or empty. Points, lines, polygons,
// their multis and collections of those can be written; anything else is Invalid
// "gpkg.type", a coordinate that is not finite Invalid "gpkg.notFinite". On an
// error dst is given back as it was.
func Append(dst []byte, g orb.Geometry, srid spatial.SRID) ([]byte, error) {
	start := len(dst)
	b, ok := boundOf(g)
	flags := byte(flagLittle)
	_, point := g.(orb.Point)
	switch {
	case !ok && !point:
		flags |= flagEmpty
	case !point:
		flags |= envelopeXY
	}
	dst = append(dst, 'G', 'P', 0, flags)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(srid))
	if flags&flagEnvelope != 0 {
		for _, v := range [4]float64{b.Min[0], b.Max[0], b.Min[1], b.Max[1]} {
			dst = appendFloat(dst, v)
		}
	}
	dst, err := appendWKB(dst, g, 0)
	if err != nil {
		return dst[:start], err
	}
	return dst, nil
}

func appendFloat(dst []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
}

func appendHead(dst []byte, typ, n int) []byte {
	dst = append(dst, 1)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(typ))
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}

func appendWKB(dst []byte, g orb.Geometry, depth int) ([]byte, error) {
	var err error
	switch g := g.(type) {
	case orb.Point:
		dst = append(dst, 1)
		dst = binary.LittleEndian.AppendUint32(dst, wkbPoint)
		return appendPoint(dst, g)
	case orb.LineString:
		return appendPoints(appendHead(dst, wkbLine, len(g)), g, false)
	case orb.Polygon:
		dst = appendHead(dst, wkbPolygon, len(g))
		for _, r := range g {
			if dst, err = appendPoints(dst, r, true); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case orb.MultiPoint:
		dst = appendHead(dst, wkbMultiPoint, len(g))
		for _, p := range g {
			if dst, err = appendWKB(dst, p, depth); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case orb.MultiLineString:
		dst = appendHead(dst, wkbMultiLine, len(g))
		for _, l := range g {
			if dst, err = appendWKB(dst, l, depth); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case orb.MultiPolygon:
		dst = appendHead(dst, wkbMultiPolygon, len(g))
		for _, p := range g {
			if dst, err = appendWKB(dst, p, depth); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case orb.Collection:
		if depth == MaxDepth {
			return dst, unfit("gpkg.depth", map[string]any{"most": MaxDepth})
		}
		dst = appendHead(dst, wkbCollection, len(g))
		for _, m := range g {
			if dst, err = appendWKB(dst, m, depth+1); err != nil {
				return dst, err
			}
		}
		return dst, nil
	case nil:
		return dst, unfit("gpkg.type", map[string]any{"type": "none"})
	}
	return dst, unfit("gpkg.type", map[string]any{"type": g.GeoJSONType()})
}

// appendPoints writes points, with their count before them where counted.
func appendPoints[S ~[]orb.Point](dst []byte, ps S, counted bool) ([]byte, error) {
	if counted {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(len(ps)))
	}
	for _, p := range ps {
		var err error
		if dst, err = appendPoint(dst, p); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

func appendPoint(dst []byte, p orb.Point) ([]byte, error) {
	// x - x is 0 for every finite x, and NaN for the others
	if p[0]-p[0] != 0 || p[1]-p[1] != 0 {
		return dst, unfit("gpkg.notFinite", map[string]any{"x": p[0], "y": p[1]})
	}
	return appendFloat(appendFloat(dst, p[0]), p[1]), nil
}

// boundOf is the box over every vertex of g, holes included, and whether there
// is any.
func boundOf(g orb.Geometry) (orb.Bound, bool) {
	b := orb.Bound{Min: orb.Point{math.Inf(1), math.Inf(1)}, Max: orb.Point{math.Inf(-1), math.Inf(-1)}}
	grow(&b, g, 0)
	return b, b.Min[0] <= b.Max[0]
}

func grow(b *orb.Bound, g orb.Geometry, depth int) {
	switch g := g.(type) {
	case orb.Point:
		growPoints(b, []orb.Point{g})
	case orb.LineString:
		growPoints(b, g)
	case orb.MultiPoint:
		growPoints(b, g)
	case orb.Polygon:
		for _, r := range g {
			growPoints(b, r)
		}
	case orb.MultiLineString:
		for _, l := range g {
			growPoints(b, l)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				growPoints(b, r)
			}
		}
	case orb.Collection:
		if depth < MaxDepth {
			for _, m := range g {
				grow(b, m, depth+1)
			}
		}
	}
}

func growPoints(b *orb.Bound, ps []orb.Point) {
	for _, p := range ps {
		b.Min[0], b.Min[1] = min(b.Min[0], p[0]), min(b.Min[1], p[1])
		b.Max[0], b.Max[1] = max(b.Max[0], p[0]), max(b.Max[1], p[1])
	}
}
