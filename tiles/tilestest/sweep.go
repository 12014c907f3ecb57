// Package tilestest is what every tile must keep, checked over whole zooms of a city.
//
// It makes no tiles: they are given by a function, so that it holds against any maker
// of them. It is for tests alone.
//
// Invariant: what is wrong is told with the tile's address, so that one can look.
package tilestest

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"
	orbmvt "github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

const (
	minZoom = 8
	maxZoom = 18
	// parcelZoom is the first zoom that shows every parcel, areaZoom the first that says
	// how large each is.
	parcelZoom = 15
	areaZoom   = 16
	// parcelsLayer is the model's layer of parcels.
	parcelsLayer = "parcels"
	// few is how many tiles of a zoom are always looked at.
	few = 20
)

// City is a city and its tiles.
type City struct {
	View   index.View
	Groups [][]string // of layers that a map asks for together
	Render func(group []string, z, x, y uint32) []byte
	// Every is which share of tiles is looked at: one in so many, and all where they are
	// few. What is true of a zoom as a whole is looked at where it is 1.
	Every int
	// Exact says that parcels do not overlap, so that what is drawn of them adds up to
	// what they cover.
	Exact bool
	// Heavy is how many bytes a tile may weigh beyond what a demonstration city's may;
	// cities that others drew can be denser.
	Heavy int
	// Known are tiles, as "layer z/x/y", of which it is known what is wrong with the layer.
	// They are told, and do not fail.
	Known []string
}

// Most is what a tile may weigh at a zoom, gzipped as the server sends it.
func Most(z uint32) int {
	if z == 15 {
		return 200_000
	}
	return 150_000
}

// Sweep looks at the tiles of zooms 8 to 18, and tells how many there were.
func Sweep(t *testing.T, c City) {
	t.Helper()
	all, whole := 0, c.Every == 1
	for z := uint32(minZoom); z <= maxZoom; z++ {
		z := zoom{t: t, c: &c, z: z, seen: map[uint64]bool{}, layers: map[string]int{}}
		for _, group := range c.Groups {
			z.group(group)
		}
		if whole {
			z.sums()
		}
		t.Logf("z%d: %d tiles, %d of them with something; the heaviest %d bytes (%s); features %v", z.z, z.tiles, z.full, z.most, z.heaviest, z.layers)
		all += z.tiles
	}
	t.Logf("%d tiles in all", all)
}

// zoom is one zoom as far as it was looked at.
type zoom struct {
	t *testing.T
	c *City
	z uint32

	tiles, full, most int
	heaviest          string
	layers            map[string]int  // features by layer
	seen              map[uint64]bool // parcels
	count, labels     int
	area              int64 // 1e-4 m²
	labelled          int64 // tenths of a square metre
	drawn             float64
	failed            int
}

// mostFailures is how many tiles of a zoom are told.
const mostFailures = 20

func (z *zoom) fail(format string, args ...any) {
	z.t.Helper()
	if z.failed++; z.failed <= mostFailures {
		z.t.Errorf("z%d: %s", z.z, fmt.Sprintf(format, args...))
	}
}

// span is the tiles that a box lies on, from the first to the last column and row.
func span(b orb.Bound, z uint32) (x0, y0, x1, y1 uint32) {
	n := math.Exp2(float64(z))
	at := func(p orb.Point) (uint32, uint32) {
		x, y := world(p)
		return uint32(max(0, min(n-1, math.Floor(x*n)))), uint32(max(0, min(n-1, math.Floor(y*n))))
	}
	x0, y0 = at(orb.Point{b.Min[0], b.Max[1]})
	x1, y1 = at(orb.Point{b.Max[0], b.Min[1]})
	return x0, y0, x1, y1
}

// world is a place on the map of the world, 0…1 each way.
func world(p orb.Point) (x, y float64) {
	s := math.Sin(p[1] * math.Pi / 180)
	return (p[0] + 180) / 360, 0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)
}

// over calls the tiles that are looked at.
func (c *City) over(z uint32, each func(x, y uint32)) {
	box := c.View.Place().Bounds
	if b := c.View.Bounds(parcelsLayer); !index.Empty(b) {
		box = box.Union(b)
	}
	x0, y0, x1, y1 := span(box, z)
	every := uint64(c.Every)
	if (x1-x0+1)*(y1-y0+1) <= few {
		every = 1
	}
	for y := y0; y <= y1; y++ {
		for x := x0; x <= x1; x++ {
			// Spread over the ground, and the same ones each time.
			if h := (uint64(x)*2654435761 ^ uint64(y)*40503) % 4294967291; every <= 1 || h%every == 0 {
				each(x, y)
			}
		}
	}
}

func (z *zoom) group(group []string) {
	has := map[string]bool{}
	for _, name := range group {
		has[name] = true
	}
	z.c.over(z.z, func(x, y uint32) {
		b := z.c.Render(group, z.z, x, y)
		z.tiles++
		count, err := mvt.Check(b)
		if err != nil {
			for _, name := range group {
				if at := fmt.Sprintf("%s %d/%d/%d", name, z.z, x, y); slices.Contains(z.c.Known, at) {
					z.t.Logf("known: %s: %v", at, err)
					return
				}
			}
			z.fail("%v %d/%d: %v", group, x, y, err)
			return
		}
		if len(b) > 0 {
			z.full++
		}
		for name, n := range count {
			z.layers[name] += n
		}
		if n := gzipped(b); n > z.most {
			if z.most, z.heaviest = n, fmt.Sprintf("%v %d/%d", group, x, y); n > Most(z.z)+z.c.Heavy {
				z.fail("%s: %d bytes gzipped", z.heaviest, n)
			}
		}
		if has["coverage"] || has["parcels"] || has["parcel_labels"] {
			z.parcels(b, x, y, has)
		}
	})
}

// parcels looks at what a tile says of parcels.
func (z *zoom) parcels(b []byte, x, y uint32, has map[string]bool) {
	layers, err := orbmvt.Unmarshal(b)
	if err != nil {
		z.fail("%d/%d: %v", x, y, err)
		return
	}
	here := map[uint64]bool{}
	for _, l := range layers {
		for _, f := range l.Features {
			switch l.Name {
			case "coverage":
				z.count += int(f.Properties["count"].(float64))
				z.area += int64(math.Round(f.Properties["area"].(float64) * 1e4))
			case "parcels":
				id := uint64(f.ID.(float64))
				here[id] = true
				z.seen[id] = true
				z.drawn += OnTile(f.Geometry)
			case "parcel_labels":
				z.labels++
				z.labelled += tenths(f.Properties["area"])
			}
		}
	}
	if z.z < parcelZoom || !has["parcels"] {
		return
	}
	// A parcel with a corner well within the tile is on it.
	n := math.Exp2(float64(z.z))
	for _, it := range z.c.View.AppendWithin(nil, parcelsLayer, tileBox(z.z, x, y)) {
		if !here[it.ID()] && cornerOn(it.Geometry(), n, x, y) {
			z.fail("%d/%d: parcel %d is not there", x, y, it.ID())
		}
	}
}

// tileBox is a tile's box in degrees.
func tileBox(z, x, y uint32) orb.Bound {
	n := math.Exp2(float64(z))
	lat := func(y float64) float64 { return math.Atan(math.Sinh(math.Pi*(1-2*y/n))) * 180 / math.Pi }
	return orb.Bound{Min: orb.Point{float64(x)/n*360 - 180, lat(float64(y) + 1)}, Max: orb.Point{float64(x+1)/n*360 - 180, lat(float64(y))}}
}

func cornerOn(g orb.Geometry, n float64, x, y uint32) bool {
	for _, p := range Polygons(g) {
		for _, r := range p {
			for _, c := range r {
				a, b := world(c)
				if a, b = a*n-float64(x), b*n-float64(y); a > 0.01 && a < 0.99 && b > 0.01 && b < 0.99 {
					return true
				}
			}
		}
	}
	return false
}

// sums holds a whole zoom against the records.
func (z *zoom) sums() {
	n, area, rounded, ground := 0, int64(0), int64(0), 0.0
	unit := math.Exp2(float64(z.z)) * mvt.Extent
	for it := range z.c.View.After(parcelsLayer, 0) {
		if index.Empty(it.Box()) {
			continue
		}
		n++
		area += int64(math.Round(it.Area() * 1e4))
		rounded += int64(math.Round(it.Area() * 10))
		if z.z >= parcelZoom {
			of := inUnits(it.Geometry(), unit)
			ground += of
			if !z.seen[it.ID()] {
				z.fail("parcel %d (%.2f units²) is on no tile", it.ID(), of)
			}
		}
	}
	if z.z < parcelZoom && (z.count != n || z.area != area) {
		z.fail("the coverage adds up to %d parcels of %d e-4 m², there are %d of %d", z.count, z.area, n, area)
	}
	if z.z >= areaZoom && (z.labels != n || z.labelled != rounded) {
		z.fail("%d labels of %d tenths of m², there are %d parcels of %d", z.labels, z.labelled, n, rounded)
	}
	if z.z >= parcelZoom {
		off := z.drawn/ground - 1
		if z.c.Exact && math.Abs(off) > 0.005 {
			z.fail("%.3f %% more is drawn than parcels cover", 100*off)
		}
		z.t.Logf("z%d: drawn %+.4f %% of what parcels cover", z.z, 100*off)
	}
}

func tenths(v any) int64 {
	f, _ := v.(float64)
	return int64(math.Round(f * 10))
}

// inUnits is the area of a shape on the grid of a zoom.
func inUnits(g orb.Geometry, unit float64) float64 {
	sum := 0.0
	for _, p := range Polygons(g) {
		for i, r := range p {
			put := make(orb.Ring, len(r))
			x0, y0 := world(r[0])
			for k, c := range r {
				x, y := world(c)
				put[k] = orb.Point{(x - x0) * unit, (y - y0) * unit}
			}
			if a := math.Abs(planar.Area(put)); i == 0 {
				sum += a
			} else {
				sum -= a
			}
		}
	}
	return sum
}

// OnTile is the area of a shape within its tile, in units.
func OnTile(g orb.Geometry) float64 {
	sum := 0.0
	for _, p := range Polygons(g) {
		for i, r := range p {
			if r = clip.Ring(orb.Bound{Max: orb.Point{mvt.Extent, mvt.Extent}}, orb.Clone(r).(orb.Ring)); i == 0 {
				sum += math.Abs(planar.Area(r))
			} else {
				sum -= math.Abs(planar.Area(r))
			}
		}
	}
	return sum
}

// Polygons are the areas of a shape; none where it is no area.
func Polygons(g orb.Geometry) orb.MultiPolygon {
	switch g := g.(type) {
	case orb.Polygon:
		return orb.MultiPolygon{g}
	case orb.MultiPolygon:
		return g
	}
	return nil
}

// gzipped is a tile's weight as the server sends it.
func gzipped(b []byte) int {
	if len(b) < 20_000 {
		return 0 // light whatever it holds
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is a valid one
	_, _ = z.Write(b)                                 // a bytes.Buffer takes everything
	_ = z.Close()
	return out.Len()
}
