package sketch

import (
	"math"
	"unicode/utf8"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/langbiang/langbiang/spatial/overlay"
)

const (
	letter  = 0.56 // width of a letter, in its size
	longest = 40   // letters of a label
)

func letters(s string) float64 { return float64(utf8.RuneCountInString(s)) }

func shorten(s string) string {
	if utf8.RuneCountInString(s) <= longest {
		return s
	}
	r := []rune(s)
	return string(r[:longest-1]) + "…"
}

// free takes a box for a label where none stands yet and it is in the picture.
func (d *drawing) free(middle orb.Point, w, h float64) bool {
	b := orb.Bound{Min: orb.Point{middle[0] - w/2, middle[1] - h/2}, Max: orb.Point{middle[0] + w/2, middle[1] + h/2}}
	if b.Min[0] < 2 || b.Min[1] < 2 || b.Max[0] > width-2 || b.Max[1] > height-2 {
		return false
	}
	for _, t := range d.taken {
		if t.Intersects(b) {
			return false
		}
	}
	d.taken = append(d.taken, b)
	return true
}

// labels writes the texts, what matters most first: a later one that would cover
// an earlier is left out.
func (d *drawing) labels() {
	d.taken = append(d.taken,
		orb.Bound{Min: orb.Point{0, height - 40}, Max: orb.Point{150, height}}, // the scale bar
		orb.Bound{Min: orb.Point{width - 44, 0}, Max: orb.Point{width, 58}})    // north
	d.put(`<g class="labels" text-anchor="middle" dominant-baseline="central" paint-order="stroke" stroke="#ffffff" stroke-linejoin="round" pointer-events="none">`)
	for i := range d.plots {
		if p := &d.plots[i]; p.item.ID() == d.subject {
			d.label(p.shape, p.number, 20, 700, "#111111")
		}
	}
	d.edges()
	for i, z := range d.zones {
		d.label(d.shapes[i], z.Code, 13, 700, "#4b2e83")
	}
	d.roadNames()
	for i := range d.plots {
		if p := &d.plots[i]; p.item.ID() != d.subject {
			d.label(p.shape, p.number, 11, 400, "#3a362e")
		}
	}
	d.put(`</g>`)
}

// label writes a text inside an area, where it fits.
func (d *drawing) label(m orb.MultiPolygon, s string, size float64, weight int, ink string) {
	if s == "" || len(m) == 0 {
		return
	}
	s = shorten(s)
	view := orb.Bound{Max: orb.Point{width, height}}
	best, most := orb.Polygon(nil), 0.0
	for _, p := range m {
		if a := math.Abs(planar.Area(p)); a > most && p.Bound().Intersects(view) {
			best, most = p, a
		}
	}
	w, h := letters(s)*letter*size+4, size*1.25
	if best == nil || most < w*h*0.8 {
		return
	}
	at, err := overlay.InteriorPoint(best)
	if err != nil {
		return
	}
	if c, _ := planar.CentroidArea(best); planar.PolygonContains(best, c) {
		at = c
	}
	if !d.free(at, w, h) {
		return
	}
	d.put(`<text x="%s" y="%s" font-size="%g" font-weight="%d" fill="%s" stroke-width="3" stroke-opacity="0.85">%s</text>`,
		coordinate(nil, at[0]), coordinate(nil, at[1]), size, weight, ink, esc(s))
}

// edges writes how long the parcel's sides are, m: sides that go on in nearly the
// same direction are one.
func (d *drawing) edges() {
	const size, most, out = 12.0, 24, 11.0
	n := 0
	for _, p := range d.legal {
		if len(p) == 0 {
			continue
		}
		left := p[0].Orientation() == orb.CCW
		for _, e := range sides(p[0]) {
			a, b := d.at(e.from), d.at(e.to)
			text := d.o.Words.Number(e.length, 1)
			room := planar.Distance(a, b)
			if room < letters(text)*letter*size+6 || n == most {
				continue
			}
			turn := math.Atan2(b[1]-a[1], b[0]-a[0])
			// Outside is to the right of a counter-clockwise ring: up is minus y here.
			nx, ny := -math.Sin(turn), math.Cos(turn)
			if !left {
				nx, ny = -nx, -ny
			}
			at := orb.Point{(a[0]+b[0])/2 + nx*out, (a[1]+b[1])/2 + ny*out}
			degrees := turn * 180 / math.Pi
			if degrees > 90 || degrees <= -90 {
				degrees += 180
			}
			w := letters(text) * letter * size
			c, s := math.Abs(math.Cos(turn)), math.Abs(math.Sin(turn))
			if !d.free(at, w*c+size*s, w*s+size*c) {
				continue
			}
			n++
			d.put(`<text x="%s" y="%s" transform="rotate(%s %s %s)" font-size="%g" font-weight="600" fill="#111111" stroke-width="3">%s</text>`,
				coordinate(nil, at[0]), coordinate(nil, at[1]), coordinate(nil, degrees), coordinate(nil, at[0]), coordinate(nil, at[1]), size, esc(text))
		}
	}
}

type side struct {
	from, to orb.Point
	length   float64
}

// sides joins a ring's edges where the direction changes by less than four degrees.
func sides(r orb.Ring) []side {
	var out []side
	turn := func(a, b orb.Point) float64 { return math.Atan2(b[1]-a[1], b[0]-a[0]) }
	straight := func(a, b float64) bool {
		const four = 4 * math.Pi / 180
		return math.Abs(math.Remainder(a-b, 2*math.Pi)) < four
	}
	for i := 1; i < len(r); i++ {
		l := planar.Distance(r[i-1], r[i])
		if l == 0 {
			continue
		}
		if n := len(out); n > 0 && straight(turn(out[n-1].from, out[n-1].to), turn(r[i-1], r[i])) {
			out[n-1].to, out[n-1].length = r[i], out[n-1].length+l
			continue
		}
		out = append(out, side{r[i-1], r[i], l})
	}
	if n := len(out); n > 2 && straight(turn(out[n-1].from, out[n-1].to), turn(out[0].from, out[0].to)) {
		out[0] = side{out[n-1].from, out[0].to, out[n-1].length + out[0].length}
		out = out[:n-1]
	}
	return out
}

// roadNames writes each road's name once, along the longest straight run of it in
// the picture that has room.
func (d *drawing) roadNames() {
	const size = 12.0
	said := map[string]bool{}
	for _, r := range d.roads {
		name := shorten(r.item.Attr("name").Text())
		if name == "" || said[name] || area(r.shape) {
			continue
		}
		w := letters(name)*letter*size + 6
		a, b, ok := d.run(r.shape, w)
		if !ok {
			continue
		}
		at := orb.Point{(a[0] + b[0]) / 2, (a[1] + b[1]) / 2}
		turn := math.Atan2(b[1]-a[1], b[0]-a[0])
		c, s := math.Abs(math.Cos(turn)), math.Abs(math.Sin(turn))
		if !d.free(at, w*c+size*s, w*s+size*c) {
			continue
		}
		said[name] = true
		degrees := turn * 180 / math.Pi
		if degrees > 90 || degrees <= -90 {
			degrees += 180
		}
		d.put(`<text x="%s" y="%s" transform="rotate(%s %s %s)" font-size="%g" font-style="italic" fill="#4a4538" stroke-width="3">%s</text>`,
			coordinate(nil, at[0]), coordinate(nil, at[1]), coordinate(nil, degrees), coordinate(nil, at[0]), coordinate(nil, at[1]), size, esc(name))
	}
}

// run is the longest straight piece of a line inside the picture, if it has room
// for w units.
func (d *drawing) run(g orb.Geometry, w float64) (a, b orb.Point, ok bool) {
	lines, _ := g.(orb.MultiLineString)
	if l, is := g.(orb.LineString); is {
		lines = orb.MultiLineString{l}
	}
	most := w
	for _, l := range lines {
		for _, e := range sides(orb.Ring(l)) {
			p, q, in := inside(e.from, e.to)
			if n := planar.Distance(p, q); in && n > most {
				a, b, most, ok = p, q, n, true
			}
		}
	}
	return a, b, ok
}

// inside cuts a segment to the picture.
func inside(p, q orb.Point) (orb.Point, orb.Point, bool) {
	lo, hi := 0.0, 1.0
	dx, dy := q[0]-p[0], q[1]-p[1]
	for _, e := range [...][2]float64{{-dx, p[0] - 4}, {dx, width - 4 - p[0]}, {-dy, p[1] - 4}, {dy, height - 4 - p[1]}} {
		switch {
		case e[0] == 0 && e[1] < 0:
			return p, q, false
		case e[0] < 0:
			lo = max(lo, e[1]/e[0])
		case e[0] > 0:
			hi = min(hi, e[1]/e[0])
		}
	}
	return orb.Point{p[0] + lo*dx, p[1] + lo*dy}, orb.Point{p[0] + hi*dx, p[1] + hi*dy}, lo < hi
}

// furniture draws the scale bar and the arrow to north.
func (d *drawing) furniture() {
	long := nice(110 / d.metre)
	w := long * d.metre
	y := height - 14
	d.put(`<g class="scale"><rect x="8" y="%g" width="%s" height="30" rx="4" fill="#ffffff" fill-opacity="0.85"/>`, height-38, coordinate(nil, w+16))
	d.put(`<path d="M16 %gV%gH%sV%g" fill="none" stroke="#111111" stroke-width="2"/>`, y-5, y, coordinate(nil, 16+w), y-5)
	decimals := 0
	if long < 1 {
		decimals = 1
	}
	d.put(`<text x="%s" y="%g" font-size="12" text-anchor="middle" fill="#111111">%s m</text></g>`, coordinate(nil, 16+w/2), y-9, esc(d.o.Words.Number(long, decimals)))
	x := width - 24.0
	d.put(`<g class="north"><circle cx="%g" cy="30" r="19" fill="#ffffff" fill-opacity="0.85"/><path d="M%g 16L%g 44L%g 38L%g 44Z" fill="#111111"/><text x="%g" y="12" font-size="11" font-weight="700" text-anchor="middle" fill="#111111" paint-order="stroke" stroke="#ffffff" stroke-width="3">%s</text></g>`,
		x, x, x+7, x, x-7, x, esc(d.o.Words.North))
}

// nice is the largest of 1, 2, 5 × a power of ten that is not over f.
func nice(f float64) float64 {
	p := math.Pow10(int(math.Floor(math.Log10(f))))
	for _, k := range []float64{5, 2} {
		if k*p <= f {
			return k * p
		}
	}
	return p
}
