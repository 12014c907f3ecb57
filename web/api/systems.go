package api

import (
	"math"
	"strconv"
	"strings"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/web/query"
)

// crs84 is longitude, latitude in WGS 84: the default of both crs and bbox-crs.
const crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

// system is a coordinate system as a client names it.
type system struct {
	uri   string
	srid  spatial.SRID
	plane bool // metres, else degrees
	swap  bool // the authority puts latitude first
}

func lonLat() system { return system{uri: crs84, srid: spatial.WGS84} }

func uriOf(srid spatial.SRID) string {
	return "http://www.opengis.net/def/crs/EPSG/0/" + strconv.Itoa(int(srid))
}

// systems are the URIs of all systems offered.
func systems() []string {
	out := []string{crs84}
	for _, s := range crs.All() {
		out = append(out, uriOf(s.SRID))
	}
	return out
}

// system reads the parameter crs or bbox-crs; CRS84 where it is not given.
// Geographic systems of EPSG have latitude first.
func (c *call) system(param string) (system, error) {
	text, ok := c.q[param]
	if !ok {
		return lonLat(), nil
	}
	bad := query.Malformed(param, text, crs84+", "+uriOf(5899)+", …")
	// Names only: a definition in full (WKT, PROJ) has no place in an address.
	if len(text) > 120 || strings.ContainsAny(text, "+\"( ") {
		return system{}, bad
	}
	srid, err := crs.Parse(text)
	if err != nil {
		return system{}, bad
	}
	if strings.HasSuffix(strings.TrimRight(strings.ToUpper(text), "]"), "CRS84") {
		return lonLat(), nil
	}
	s, _ := crs.ByCode(srid)
	return system{uri: uriOf(srid), srid: srid, plane: !s.Geographic, swap: s.Geographic}, nil
}

func (s system) pen() pen {
	if s.plane {
		return pen{decimals: 4}
	}
	return pen{decimals: 9, swap: s.swap}
}

// carry brings a display shape into the system, axes still x before y.
func (s system) carry(g orb.Geometry) orb.Geometry {
	if s.srid == spatial.WGS84 || g == nil {
		return g
	}
	to, err := crs.To(s.srid)
	if err != nil {
		return nil // not reached: the system was read by crs.Parse
	}
	return crs.Geometry(g, to)
}

// window is what the parameters bbox and bbox-crs ask for.
type window struct {
	asked orb.Bound // in sys, x before y
	sys   system
	box   orb.Bound // a box in WGS 84 that holds it
}

// window reads bbox and bbox-crs; nil where bbox is not given. Errors:
// "parameter.malformed", "bbox.reversed", "bbox.antimeridian", "bbox.outOfDomain".
func (c *call) window() (*window, error) {
	sys, err := c.system("bbox-crs")
	if err != nil {
		return nil, err
	}
	text, ok := c.q["bbox"]
	if !ok {
		return nil, nil
	}
	return readWindow(text, sys)
}

func readWindow(text string, sys system) (*window, error) {
	bad := query.Malformed("bbox", text, "minx,miny,maxx,maxy")
	parts := strings.Split(text, ",")
	if len(parts) == 6 { // heights are read and mean nothing: every record lies on the ground
		for _, i := range []int{2, 5} {
			if _, ok := query.Float(strings.TrimSpace(parts[i])); !ok {
				return nil, bad
			}
		}
		parts = []string{parts[0], parts[1], parts[3], parts[4]}
	}
	if len(parts) != 4 {
		return nil, bad
	}
	var n [4]float64
	for i, p := range parts {
		f, ok := query.Float(strings.TrimSpace(p))
		if !ok {
			return nil, bad
		}
		n[i] = f
	}
	w := &window{sys: sys, asked: orb.Bound{Min: orb.Point{n[0], n[1]}, Max: orb.Point{n[2], n[3]}}}
	if sys.swap {
		w.asked = orb.Bound{Min: orb.Point{n[1], n[0]}, Max: orb.Point{n[3], n[2]}}
	}
	refuse := func(code string) (*window, error) {
		return nil, &spatial.Error{Op: "read the query", Kind: spatial.Invalid, Code: code, Args: map[string]any{"value": text}}
	}
	if !sys.plane {
		for _, p := range []orb.Point{w.asked.Min, w.asked.Max} {
			if math.Abs(p[0]) > 180 || math.Abs(p[1]) > 90 {
				return refuse("bbox.outOfDomain")
			}
		}
		if w.asked.Min[0] > w.asked.Max[0] && w.asked.Min[1] <= w.asked.Max[1] {
			return refuse("bbox.antimeridian")
		}
	}
	if w.asked.Min[0] > w.asked.Max[0] || w.asked.Min[1] > w.asked.Max[1] {
		return refuse("bbox.reversed")
	}
	if w.box = w.asked; sys.srid != spatial.WGS84 {
		from, err := crs.From(sys.srid)
		if err != nil {
			return nil, err
		}
		if w.box = around(w.asked, from); math.IsNaN(w.box.Min[0]) {
			return refuse("bbox.outOfDomain")
		}
	}
	return w, nil
}

// around is a box in WGS 84 that holds all of b: its edges are bent there, so they
// are followed in steps, and what lies between two steps is given a margin.
func around(b orb.Bound, from crs.Transform) orb.Bound {
	const steps = 16
	box := orb.Bound{}
	for i := range steps + 1 {
		t := float64(i) / steps
		x, y := b.Min[0]+t*(b.Max[0]-b.Min[0]), b.Min[1]+t*(b.Max[1]-b.Min[1])
		for j, p := range []orb.Point{{x, b.Min[1]}, {x, b.Max[1]}, {b.Min[0], y}, {b.Max[0], y}} {
			q := from(p)
			if math.IsNaN(q[0]) || math.IsNaN(q[1]) {
				return orb.Bound{Min: q, Max: q}
			}
			if i == 0 && j == 0 {
				box = orb.Bound{Min: q, Max: q}
			}
			box = box.Extend(q)
		}
	}
	margin := 1e-6 + (box.Max[0]-box.Min[0]+box.Max[1]-box.Min[1])/steps/steps
	return box.Pad(margin)
}

// holds reports whether a record's shape, in WGS 84, lies in the window at least
// in part. box is the shape's box; shape is asked for only where that does not settle it.
func (w *window) holds(box orb.Bound, shape func() orb.Geometry) bool {
	if !w.box.Intersects(box) {
		return false
	}
	if w.sys.srid == spatial.WGS84 && w.asked.Contains(box.Min) && w.asked.Contains(box.Max) {
		return true
	}
	return touches(w.sys.carry(shape()), w.asked)
}
