package postgis

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
)

// The fast path of EWKB, for writes and for filling the read model: straight
// between orb and bytes. go-geom is the reference that the tests hold it against,
// and what reads of single records go through (see geom.go).

const (
	wkbPoint = iota + 1
	wkbLineString
	wkbPolygon
	wkbMultiPoint
	wkbMultiLineString
	wkbMultiPolygon
	wkbCollection

	ewkbSRID = 0x20000000
	ewkbZ    = 0x80000000
	ewkbM    = 0x40000000
)

var (
	errShort = errors.New("EWKB ends early")
	errDepth = errors.New("EWKB: collections nested too deep")
)

// appendEWKB appends g with its SRID, little-endian. Rings and bounds become
// polygons: EWKB has no word for them.
func appendEWKB(b []byte, g orb.Geometry, srid spatial.SRID) ([]byte, error) {
	return appendGeometry(b, g, uint32(srid), ewkbSRID, 0)
}

func appendGeometry(b []byte, g orb.Geometry, srid, flag uint32, depth int) ([]byte, error) {
	if depth > store.MaxDepth {
		return nil, errDepth
	}
	head := func(kind uint32) {
		b = binary.LittleEndian.AppendUint32(append(b, 1), kind|flag)
		if flag != 0 {
			b = binary.LittleEndian.AppendUint32(b, srid)
		}
	}
	count := func(n int) { b = binary.LittleEndian.AppendUint32(b, uint32(n)) }
	var err error
	switch g := g.(type) {
	case orb.Point:
		head(wkbPoint)
		b = appendPoint(b, g)
	case orb.LineString:
		head(wkbLineString)
		b = appendPoints(b, g)
	case orb.Polygon:
		head(wkbPolygon)
		count(len(g))
		for _, r := range g {
			b = appendPoints(b, r)
		}
	case orb.MultiPoint:
		head(wkbMultiPoint)
		count(len(g))
		for _, p := range g {
			b = binary.LittleEndian.AppendUint32(append(b, 1), wkbPoint)
			b = appendPoint(b, p)
		}
	case orb.MultiLineString:
		head(wkbMultiLineString)
		count(len(g))
		for _, l := range g {
			b = binary.LittleEndian.AppendUint32(append(b, 1), wkbLineString)
			b = appendPoints(b, l)
		}
	case orb.MultiPolygon:
		head(wkbMultiPolygon)
		count(len(g))
		for _, p := range g {
			b = binary.LittleEndian.AppendUint32(append(b, 1), wkbPolygon)
			count(len(p))
			for _, r := range p {
				b = appendPoints(b, r)
			}
		}
	case orb.Collection:
		head(wkbCollection)
		count(len(g))
		for _, m := range g {
			if b, err = appendGeometry(b, m, 0, 0, depth+1); err != nil {
				return nil, err
			}
		}
	case orb.Ring:
		return appendGeometry(b, orb.Polygon{g}, srid, flag, depth)
	case orb.Bound:
		return appendGeometry(b, g.ToPolygon(), srid, flag, depth)
	default:
		return nil, fmt.Errorf("EWKB: no geometry: %T", g)
	}
	return b, nil
}

func appendPoint(b []byte, p orb.Point) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p[0]))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p[1]))
}

func appendPoints[T ~[]orb.Point](b []byte, ps T) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(ps)))
	for _, p := range ps {
		b = appendPoint(b, p)
	}
	return b
}

// readEWKB reads a geometry and its SRID (0 = none stated). Heights and measures
// are passed over. The result keeps nothing of b.
func readEWKB(b []byte) (orb.Geometry, spatial.SRID, error) {
	r := ewkbReader{b: b}
	g := r.geometry(0)
	if r.err == nil && len(r.b) > 0 {
		r.err = errors.New("EWKB: bytes left over")
	}
	return g, r.srid, r.err
}

type ewkbReader struct {
	b     []byte
	order binary.ByteOrder
	size  int // bytes of one position
	srid  spatial.SRID
	err   error
}

func (r *ewkbReader) uint32() uint32 {
	if len(r.b) < 4 {
		r.fail(errShort)
		return 0
	}
	v := r.order.Uint32(r.b)
	r.b = r.b[4:]
	return v
}

func (r *ewkbReader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
	r.b = nil
}

// head reads byte order, kind and SRID.
func (r *ewkbReader) head() uint32 {
	if len(r.b) < 5 {
		r.fail(errShort)
		return 0
	}
	r.order = binary.BigEndian
	if r.b[0] == 1 {
		r.order = binary.LittleEndian
	}
	r.b = r.b[1:]
	kind := r.uint32()
	r.size = 16
	if kind&ewkbZ != 0 {
		r.size += 8
	}
	if kind&ewkbM != 0 {
		r.size += 8
	}
	if kind&ewkbSRID != 0 {
		r.srid = spatial.SRID(r.uint32())
	}
	return kind &^ (ewkbSRID | ewkbZ | ewkbM)
}

// count reads a number of members that are each at least least bytes long.
func (r *ewkbReader) count(least int) int {
	n := int(r.uint32())
	if n > len(r.b)/least {
		r.fail(errShort)
		return 0
	}
	return n
}

func (r *ewkbReader) point() orb.Point {
	if len(r.b) < r.size {
		r.fail(errShort)
		return orb.Point{}
	}
	p := orb.Point{math.Float64frombits(r.order.Uint64(r.b)), math.Float64frombits(r.order.Uint64(r.b[8:]))}
	r.b = r.b[r.size:]
	return p
}

func (r *ewkbReader) points() []orb.Point {
	ps := make([]orb.Point, r.count(r.size))
	for i := range ps {
		ps[i] = r.point()
	}
	return ps
}

func (r *ewkbReader) polygon() orb.Polygon {
	p := make(orb.Polygon, r.count(4))
	for i := range p {
		p[i] = r.points()
	}
	return p
}

// member reads the head of a member of a multi-geometry.
func (r *ewkbReader) member(kind uint32) bool {
	if got := r.head(); r.err == nil && got != kind {
		r.fail(fmt.Errorf("EWKB: a member of kind %d, want %d", got, kind))
	}
	return r.err == nil
}

func (r *ewkbReader) geometry(depth int) orb.Geometry {
	if depth > store.MaxDepth {
		r.fail(errDepth)
		return nil
	}
	switch kind := r.head(); kind {
	case wkbPoint:
		return r.point()
	case wkbLineString:
		return orb.LineString(r.points())
	case wkbPolygon:
		return r.polygon()
	case wkbMultiPoint:
		g := make(orb.MultiPoint, r.count(5))
		for i := 0; i < len(g) && r.member(wkbPoint); i++ {
			g[i] = r.point()
		}
		return g
	case wkbMultiLineString:
		g := make(orb.MultiLineString, r.count(5))
		for i := 0; i < len(g) && r.member(wkbLineString); i++ {
			g[i] = r.points()
		}
		return g
	case wkbMultiPolygon:
		g := make(orb.MultiPolygon, r.count(5))
		for i := 0; i < len(g) && r.member(wkbPolygon); i++ {
			g[i] = r.polygon()
		}
		return g
	case wkbCollection:
		g := make(orb.Collection, r.count(5))
		for i := 0; i < len(g) && r.err == nil; i++ {
			g[i] = r.geometry(depth + 1)
		}
		return g
	default:
		r.fail(fmt.Errorf("EWKB: kind %d", kind))
		return nil
	}
}
