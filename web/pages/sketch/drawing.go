package sketch

import (
	"slices"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/clip"

	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// drawing is one sketch in the making.
type drawing struct {
	frame
	o       Options
	window  orb.Bound // WGS 84
	subject uint64
	legal   orb.MultiPolygon // the parcel, m in the plane
	corners int              // that may still be read

	plots                   []plot
	roads, water, buildings []thing
	shapes                  []orb.MultiPolygon // of zones, in step with zones

	uses      []UseEntry
	zones     []ZoneEntry
	adjoining []Adjoining
	more      bool

	body  []byte
	taken []orb.Bound // where a label stands
}

// thing is one record of a layer that is drawn as it is.
type thing struct {
	item  index.Item
	shape orb.Geometry // in the drawing's units, clipped to the window
}

// whole is a parcel's shape in the plane.
func (d *drawing) whole(it index.Item) (orb.MultiPolygon, bool) {
	g := it.Geometry()
	if p, ok := g.(orb.Polygon); ok {
		g = orb.MultiPolygon{p}
	}
	m, ok := g.(orb.MultiPolygon)
	if !ok || !d.afford(m) {
		return nil, false
	}
	return crs.Geometry(m, d.to).(orb.MultiPolygon), true
}

// afford takes a shape's corners off the bound.
func (d *drawing) afford(g orb.Geometry) bool {
	switch g := g.(type) {
	case orb.Point:
		d.corners--
	case orb.LineString:
		d.corners -= len(g)
	case orb.MultiLineString:
		for _, l := range g {
			d.corners -= len(l)
		}
	case orb.Polygon:
		for _, r := range g {
			d.corners -= len(r)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			d.afford(p)
		}
	}
	return d.corners > 0
}

// units brings a shape in the plane to the drawing's units.
func (d *drawing) units(m orb.MultiPolygon) orb.MultiPolygon {
	return crs.Geometry(m, d.at).(orb.MultiPolygon)
}

// others are a layer's records in the window, by id, clipped to it.
func (d *drawing) others(v index.View, layer string) []thing {
	var found []index.Item
	for it := range v.Within(layer, d.window) {
		found = append(found, it)
	}
	slices.SortFunc(found, func(a, b index.Item) int { return int(int64(a.ID()) - int64(b.ID())) })
	var out []thing
	for _, it := range found[:min(len(found), maxOthers)] {
		g := it.Geometry()
		if g == nil || !d.afford(g) {
			continue
		}
		if _, ok := g.(orb.Collection); ok {
			continue // a mixture has no one way to be drawn
		}
		if g = clip.Geometry(d.window, g); g == nil {
			continue
		}
		out = append(out, thing{item: it, shape: crs.Geometry(crs.Geometry(g, d.to), d.at)})
	}
	return out
}

// palette colours what no table has a colour for.
func palette(i int) string {
	colours := []string{"#c8553d", "#2f6f8f", "#5b7f3a", "#7a4e9f", "#a8742a", "#3d6fc8", "#8f2f5d", "#2f8f7f"}
	return colours[i%len(colours)]
}

const noUse = "#e6e2d8"

// colour is a land use's colour: of several ("ODT+CLN"), the first one's.
func (d *drawing) colour(use string) string {
	for _, code := range Codes(use) {
		if c, ok := d.o.Codes.Lookup(code); ok && c.Colour != "" {
			return c.Colour
		}
	}
	return noUse
}

// Codes are the land-use codes that a field "use" holds: "ODT+CLN" holds two.
func Codes(use string) []string {
	return strings.FieldsFunc(use, func(r rune) bool { return strings.ContainsRune("+,; ", r) })
}

// hex reports whether s is a colour, "#rrggbb": what is put into markup is nothing else.
func hex(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

func (d *drawing) zone(t thing) {
	var m orb.MultiPolygon
	switch g := t.shape.(type) {
	case orb.Polygon:
		m = orb.MultiPolygon{g}
	case orb.MultiPolygon:
		m = g
	default:
		return
	}
	text := func(f string) string { return t.item.Attr(f).Text() }
	z := ZoneEntry{Code: text("code"), Name: text("name"), Use: text("use")}
	z.Colour = text("color")
	if !hex(z.Colour) {
		z.Colour = palette(len(d.zones))
		if c, ok := d.o.Codes.Lookup(z.Use); ok && c.Colour != "" {
			z.Colour = c.Colour
		}
	}
	z.Pattern = "zone" + string(rune('a'+len(d.zones)%26)) + itoa(len(d.zones)/26)
	d.zones = append(d.zones, z)
	d.shapes = append(d.shapes, m)
}
