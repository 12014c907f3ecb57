package sketch

import (
	"cmp"
	"math"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// Size of the drawing in its own units, which are pixels where it is 480 wide.
const (
	width  = 480.0
	height = 420.0
)

// Bounds of the work for one drawing.
const (
	maxParcels   = 300
	maxOthers    = 200   // of zones, roads, water and buildings each
	maxCorners   = 60000 // of all shapes together, before clipping
	maxAdjoining = 60
)

// Layers drawn that belong to no domain package.
const (
	roadsLayer     = "roads"
	waterLayer     = "water"
	buildingsLayer = "buildings"
)

// Words is what the drawing says, in the reader's language.
type Words struct {
	Title, Description string
	Number             func(f float64, decimals int) string // "12,4"
	Parcel             func(sheet, number string) string    // "Thửa 345, tờ 12"
	North              string                               // the letter over the arrow
}

// Options are how a parcel is drawn.
type Options struct {
	Words Words
	Codes landuse.Table
	Link  func(id uint64) string // the address of a parcel's page
}

// Sketch is a drawing and what stands beside it.
type Sketch struct {
	SVG       string // one <svg> element, well-formed XML
	Metres    bool   // drawn in a surveyor's plane; false = only near enough
	Uses      []UseEntry
	Zones     []ZoneEntry
	Roads     bool
	Water     bool
	Buildings bool
	Adjoining []Adjoining // parcels that share a border, by direction from north clockwise
	More      bool        // there were more parcels in view than are drawn
}

// UseEntry is one land use in view, most parcels first.
type UseEntry struct {
	Code   string // "" = not recorded
	Colour string // "#rrggbb"
	Count  int
}

// ZoneEntry is one zone in view, in the order of codes.
type ZoneEntry struct {
	Code, Name, Use string
	Colour          string // "#rrggbb"
	Pattern         string // id of its <pattern> in the drawing
}

// Adjoining is a parcel with a common border.
type Adjoining struct {
	ID            uint64
	Sheet, Number string
	Use           string
	Area          float64 // m²
	Direction     int     // 0 north, 1 north-east … 7 north-west
}

// frame carries WGS 84 to the drawing's plane and on to its units.
type frame struct {
	to     crs.Transform
	middle orb.Point
	metre  float64 // units a metre
}

func (f frame) at(p orb.Point) orb.Point {
	return orb.Point{width/2 + (p[0]-f.middle[0])*f.metre, height/2 - (p[1]-f.middle[1])*f.metre}
}

// Draw draws a parcel. A parcel without a shape gives an empty SVG.
func Draw(v index.View, it index.Item, o Options) Sketch {
	var s Sketch
	shape, ok := it.Geometry().(orb.Polygon)
	var outline orb.MultiPolygon
	if ok {
		outline = orb.MultiPolygon{shape}
	} else if outline, ok = it.Geometry().(orb.MultiPolygon); !ok {
		return s
	}
	box := it.Box()
	f := frame{}
	f.to, s.Metres = plane(v, it)
	legal := crs.Geometry(outline, f.to).(orb.MultiPolygon)
	b := legal.Bound()
	if !(b.Max[0] >= b.Min[0]) || math.IsInf(b.Max[0]-b.Min[0], 0) { // NaN: outside the plane's domain
		f.to, s.Metres = local(box.Center()), false
		legal = crs.Geometry(outline, f.to).(orb.MultiPolygon)
		b = legal.Bound()
	}
	f.middle = b.Center()
	const share = 0.38 // of the drawing, for the parcel itself
	span := max((b.Max[0]-b.Min[0])/width, (b.Max[1]-b.Min[1])/height, 12/width) / share
	f.metre = 1 / span

	d := &drawing{frame: f, o: o, corners: maxCorners}
	d.window = window(box, width*span, height*span)
	d.subject, d.legal = it.ID(), legal
	d.collect(v, it)
	d.paint()
	s.SVG = d.svg()
	s.Uses, s.Zones, s.Adjoining, s.More = d.uses, d.zones, d.adjoining, d.more
	s.Roads, s.Water, s.Buildings = len(d.roads) > 0, len(d.water) > 0, len(d.buildings) > 0
	return s
}

// plane is the plane a parcel is drawn in: its survey's, else the place's, else
// one laid at the spot.
func plane(v index.View, it index.Item) (crs.Transform, bool) {
	for _, srid := range []spatial.SRID{it.SRID(), v.Place().Plane} {
		if !crs.Metric(srid) || srid == spatial.WebMercator {
			continue
		}
		if to, err := crs.To(srid); err == nil {
			return to, true
		}
	}
	return local(it.Box().Center()), false
}

// local is an equirectangular plane around p, metres on a sphere: right to some
// parts in a thousand over a kilometre.
func local(p orb.Point) crs.Transform {
	const degree = 6371008.8 * math.Pi / 180
	k := degree * math.Cos(p[1]*math.Pi/180)
	return func(q orb.Point) orb.Point { return orb.Point{(q[0] - p[0]) * k, (q[1] - p[1]) * degree} }
}

// window is the box in WGS 84 that a drawing of w by h metres shows, a little
// wider so that what is cut off is cut outside it.
func window(box orb.Bound, w, h float64) orb.Bound {
	const degree, wider = 111195.0, 0.55
	c := box.Center()
	dx, dy := wider*w/(degree*max(0.05, math.Cos(c[1]*math.Pi/180))), wider*h/degree
	return orb.Bound{Min: orb.Point{c[0] - dx, c[1] - dy}, Max: orb.Point{c[0] + dx, c[1] + dy}}
}

// plot is one parcel of the drawing.
type plot struct {
	item    index.Item
	shape   orb.MultiPolygon // in the drawing's units
	use     string
	colour  string
	sheet   string
	number  string
	adjoins bool
}

// collect takes from the view what is drawn, nearest first, up to the bounds.
func (d *drawing) collect(v index.View, it index.Item) {
	var found []index.Item
	for n := range v.Within(parcels.LayerName, d.window) {
		found = append(found, n)
	}
	home := it.Box()
	slices.SortFunc(found, func(a, b index.Item) int {
		return cmp.Or(cmp.Compare(apart(home, a.Box()), apart(home, b.Box())), cmp.Compare(a.ID(), b.ID()))
	})
	if len(found) > maxParcels {
		found, d.more = found[:maxParcels], true
	}
	counts := map[string]int{}
	for _, n := range found {
		use := n.Attr("use").Text()
		p := plot{item: n, use: use, colour: d.colour(use), sheet: n.Attr("sheet").Text(), number: n.Attr("number").Text()}
		whole, ok := d.whole(n)
		if !ok {
			continue
		}
		if n.ID() == d.subject {
			whole = d.legal
		} else if len(d.adjoining) < maxAdjoining && adjoins(d.legal, whole) {
			p.adjoins = true
			d.adjoining = append(d.adjoining, Adjoining{ID: n.ID(), Sheet: p.sheet, Number: p.number, Use: use, Area: n.Area(),
				Direction: direction(d.legal.Bound().Center(), nearest(d.legal, whole))})
		}
		p.shape = d.units(whole)
		d.plots = append(d.plots, p)
		counts[use]++
	}
	slices.SortStableFunc(d.plots, func(a, b plot) int { return cmp.Compare(a.item.ID(), b.item.ID()) })
	slices.SortStableFunc(d.adjoining, func(a, b Adjoining) int {
		return cmp.Or(cmp.Compare(a.Direction, b.Direction), cmp.Compare(a.ID, b.ID))
	})
	for use, n := range counts {
		d.uses = append(d.uses, UseEntry{Code: use, Colour: d.colour(use), Count: n})
	}
	slices.SortFunc(d.uses, func(a, b UseEntry) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	d.water = d.others(v, waterLayer)
	d.buildings = d.others(v, buildingsLayer)
	d.roads = d.others(v, roadsLayer)
	for _, z := range d.others(v, planning.ZonesLayer) {
		d.zone(z)
	}
}

// apart is how far the middle of b lies outside a: squared degrees.
func apart(a, b orb.Bound) float64 {
	dx := max(0, a.Min[0]-b.Max[0], b.Min[0]-a.Max[0])
	dy := max(0, a.Min[1]-b.Max[1], b.Min[1]-a.Max[1])
	return dx*dx + dy*dy
}

// direction is the eighth of the compass that q lies in from p.
func direction(p, q orb.Point) int {
	turn := math.Atan2(q[0]-p[0], q[1]-p[1]) / (2 * math.Pi) * 8
	return (int(math.Round(turn)) + 8) % 8
}

// touching is how near two borders are for the parcels to adjoin, m: surveys leave
// gaps of some centimetres.
const touching = 0.3

// adjoins reports whether two shapes share a piece of border, at more than a point.
func adjoins(a, b orb.MultiPolygon) bool {
	ab, bb := a.Bound().Pad(touching), b.Bound()
	if !ab.Intersects(bb) {
		return false
	}
	length := 0.0
	for _, p := range a {
		for _, r := range p {
			for i := 1; i < len(r); i++ {
				length += along(r[i-1], r[i], b)
			}
		}
	}
	return length > 2*touching
}

// along is how much of the edge from p to q runs along the border of shape, m, to
// the sixteenth of the edge.
func along(p, q orb.Point, shape orb.MultiPolygon) float64 {
	edge := orb.Bound{Min: p, Max: p}.Extend(q).Pad(touching)
	if !edge.Intersects(shape.Bound()) {
		return 0
	}
	const steps = 16
	near := 0
	for k := range steps {
		t := (float64(k) + 0.5) / steps
		m := orb.Point{p[0] + t*(q[0]-p[0]), p[1] + t*(q[1]-p[1])}
		if bordered(m, edge, shape) {
			near++
		}
	}
	return planar.Distance(p, q) * float64(near) / steps
}

func bordered(m orb.Point, edge orb.Bound, shape orb.MultiPolygon) bool {
	for _, p := range shape {
		for _, r := range p {
			for i := 1; i < len(r); i++ {
				if edge.Intersects(orb.Bound{Min: r[i-1], Max: r[i-1]}.Extend(r[i])) && planar.DistanceFromSegment(r[i-1], r[i], m) <= touching {
					return true
				}
			}
		}
	}
	return false
}

// nearest is the point of b's middle brought onto a's border's side: the middle of
// the common border's box.
func nearest(a, b orb.MultiPolygon) orb.Point {
	x, y := a.Bound(), b.Bound()
	lo := orb.Point{max(x.Min[0], y.Min[0]), max(x.Min[1], y.Min[1])}
	hi := orb.Point{min(x.Max[0], y.Max[0]), min(x.Max[1], y.Max[1])}
	return orb.Point{(lo[0] + hi[0]) / 2, (lo[1] + hi[1]) / 2}
}
