package sketch

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/paulmach/orb"
)

func itoa(i int) string { return strconv.Itoa(i) }

// put adds markup. Arguments are ours (numbers, colours, ids); texts go through esc.
func (d *drawing) put(format string, args ...any) { d.body = fmt.Appendf(d.body, format, args...) }

// esc makes a text fit to stand in XML: escaped, without what XML cannot hold.
func esc(s string) string {
	return html.EscapeString(strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, s))
}

// coordinate is a length in units to a tenth, short.
func coordinate(b []byte, f float64) []byte {
	return strconv.AppendFloat(b, math.Round(f*10)/10+0, 'f', -1, 64)
}

func path(b []byte, l []orb.Point, closed bool) []byte {
	if closed && len(l) > 1 && l[0] == l[len(l)-1] {
		l = l[:len(l)-1]
	}
	for i, p := range l {
		if i == 0 {
			b = append(b, 'M')
		} else {
			b = append(b, 'L')
		}
		b = coordinate(b, p[0])
		b = append(b, ' ')
		b = coordinate(b, p[1])
	}
	if closed {
		b = append(b, 'Z')
	}
	return b
}

// data is the path of any shape that is drawn.
func data(g orb.Geometry) string {
	var b []byte
	switch g := g.(type) {
	case orb.LineString:
		b = path(b, g, false)
	case orb.MultiLineString:
		for _, l := range g {
			b = path(b, l, false)
		}
	case orb.Polygon:
		for _, r := range g {
			b = path(b, r, true)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			for _, r := range p {
				b = path(b, r, true)
			}
		}
	}
	return string(b)
}

func area(g orb.Geometry) bool {
	switch g.(type) {
	case orb.Polygon, orb.MultiPolygon:
		return true
	}
	return false
}

// paint draws from the ground up.
func (d *drawing) paint() {
	d.put(`<rect width="%g" height="%g" fill="#f6f3ec"/>`, width, height)
	d.put(`<g class="water">`)
	for _, w := range d.water {
		if area(w.shape) {
			d.put(`<path d="%s" fill="#bfe0ea" fill-rule="evenodd"/>`, data(w.shape))
		} else if s := data(w.shape); s != "" {
			d.put(`<path d="%s" fill="none" stroke="#9fcfdd" stroke-width="3"/>`, s)
		}
	}
	d.put(`</g><g class="roads" fill="none" stroke-linecap="round" stroke-linejoin="round">`)
	for _, pass := range []struct {
		colour string
		wider  float64
	}{{"#d9d4c6", 1.5}, {"#ffffff", 0}} {
		for _, r := range d.roads {
			if s := data(r.shape); s != "" && !area(r.shape) {
				d.put(`<path d="%s" stroke="%s" stroke-width="%s"/>`, s, pass.colour, coordinate(nil, d.roadWidth(r)+pass.wider))
			}
		}
	}
	d.put(`</g><g class="parcels" stroke="#8d8678" stroke-width="0.8" fill-rule="evenodd">`)
	for i := range d.plots {
		d.plot(&d.plots[i])
	}
	d.put(`</g>`)
	if len(d.buildings) > 0 {
		d.put(`<g class="buildings" fill="#5d574a" fill-opacity="0.18" stroke="#5d574a" stroke-opacity="0.45" stroke-width="0.6" fill-rule="evenodd" pointer-events="none">`)
		for _, b := range d.buildings {
			if area(b.shape) {
				d.put(`<path d="%s"/>`, data(b.shape))
			}
		}
		d.put(`</g>`)
	}
	d.paintZones()
	outline := data(d.units(d.legal))
	d.put(`<g class="subject" fill="none" stroke-linejoin="round" pointer-events="none"><path d="%s" stroke="#ffffff" stroke-width="6"/><path d="%s" stroke="#111111" stroke-width="3"/></g>`, outline, outline)
	d.labels()
	d.furniture()
}

// roadWidth is a road's width in units: as recorded, else that of a lane.
func (d *drawing) roadWidth(t thing) float64 {
	w, ok := t.item.Attr("width").Number()
	if !ok || w <= 0 {
		w = 4
	}
	return min(max(w*d.metre, 3), 90)
}

func (d *drawing) plot(p *plot) {
	s := data(p.shape)
	if p.item.ID() == d.subject {
		d.put(`<path d="%s" fill="%s" fill-opacity="0.95"/>`, s, p.colour)
		return
	}
	name := esc(d.o.Words.Parcel(p.sheet, p.number))
	stop := ` tabindex="-1"`
	if p.adjoins {
		stop = ""
	}
	d.put(`<a href="%s"%s aria-label="%s"><path d="%s" fill="%s" fill-opacity="0.5"><title>%s</title></path></a>`,
		esc(d.o.Link(p.item.ID())), stop, name, s, p.colour, name)
}

func (d *drawing) paintZones() {
	if len(d.zones) == 0 {
		return
	}
	d.put(`<defs>`)
	for i, z := range d.zones {
		ink := darker(z.Colour)
		d.put(`<pattern id="%s" width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(%d)"><path d="M0 0V9" stroke="%s" stroke-opacity="0.38" stroke-width="1.3"/></pattern>`,
			z.Pattern, 45+(i%4)*45, ink)
	}
	d.put(`</defs><g class="zones" fill-rule="evenodd" stroke-width="1.6" stroke-dasharray="7 3" pointer-events="none">`)
	for i, z := range d.zones {
		d.put(`<path d="%s" fill="url(#%s)" stroke="%s"/>`, data(d.shapes[i]), z.Pattern, darker(z.Colour))
	}
	d.put(`</g>`)
}

// darker is a colour brought down until a line of it shows on paper.
func darker(c string) string {
	n, err := strconv.ParseUint(strings.TrimPrefix(c, "#"), 16, 32)
	if err != nil {
		return "#444444"
	}
	r, g, b := float64(n>>16&255), float64(n>>8&255), float64(n&255)
	if light := 0.3*r + 0.59*g + 0.11*b; light > 110 {
		k := 110 / light
		r, g, b = r*k, g*k, b*k
	}
	return fmt.Sprintf("#%02x%02x%02x", int(r), int(g), int(b))
}

// svg closes the drawing.
func (d *drawing) svg() string {
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="sketch" viewBox="0 0 %g %g" role="group" aria-labelledby="sketch-title sketch-desc" font-family="system-ui, sans-serif">`+
		`<title id="sketch-title">%s</title><desc id="sketch-desc">%s</desc>%s</svg>`, width, height, esc(d.o.Words.Title), esc(d.o.Words.Description), d.body)
}
