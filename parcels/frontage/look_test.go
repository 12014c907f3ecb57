package frontage_test

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

// draw leaves a picture of a parcel among its neighbours: fronts red, rears blue,
// sides green, unknown black; roads orange, water light blue.
func draw(t testing.TB, v index.View, it index.Item, r frontage.Result, path string) {
	t.Helper()
	to, err := crs.To(5899)
	if err != nil {
		t.Fatal(err)
	}
	own := crs.Geometry(it.Geometry(), to).Bound()
	span := max(own.Max[0]-own.Min[0], own.Max[1]-own.Min[1])*1.3 + 60
	mid := own.Center()
	const px = 700
	img := image.NewRGBA(image.Rect(0, 0, px, px))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	line := func(a, b orb.Point, c color.RGBA, wide float64) {
		x0, y0 := (a[0]-mid[0]+span/2)/span*px, (mid[1]+span/2-a[1])/span*px
		x1, y1 := (b[0]-mid[0]+span/2)/span*px, (mid[1]+span/2-b[1])/span*px
		n := int(math.Hypot(x1-x0, y1-y0)) + 1
		if n > 20000 {
			return
		}
		for i := range n + 1 {
			f := float64(i) / float64(n)
			x, y := x0+(x1-x0)*f, y0+(y1-y0)*f
			for dx := -wide; dx <= wide; dx++ {
				for dy := -wide; dy <= wide; dy++ {
					img.SetRGBA(int(x+dx), int(y+dy), c)
				}
			}
		}
	}
	var walk func(g orb.Geometry, c color.RGBA, wide float64)
	walk = func(g orb.Geometry, c color.RGBA, wide float64) {
		path := func(l []orb.Point) {
			for i := 1; i < len(l); i++ {
				line(l[i-1], l[i], c, wide)
			}
		}
		switch g := g.(type) {
		case orb.LineString:
			path(g)
		case orb.MultiLineString:
			for _, l := range g {
				path(l)
			}
		case orb.Polygon:
			for _, l := range g {
				path(l)
			}
		case orb.MultiPolygon:
			for _, p := range g {
				walk(p, c, wide)
			}
		}
	}
	b := it.Box().Pad(span / 90000)
	for o := range v.Within(parcels.LayerName, b) {
		walk(crs.Geometry(o.Geometry(), to), color.RGBA{170, 170, 170, 255}, 0)
	}
	for o := range v.Within(city.WaterLayer, b) {
		walk(crs.Geometry(o.Geometry(), to), color.RGBA{90, 190, 255, 255}, 1)
	}
	for o := range v.Within(city.RoadsLayer, b) {
		walk(crs.Geometry(o.Geometry(), to), color.RGBA{255, 160, 30, 255}, 1)
	}
	colours := map[frontage.Kind]color.RGBA{frontage.Front: {220, 0, 0, 255}, frontage.Rear: {0, 0, 220, 255}, frontage.Side: {0, 140, 0, 255}, frontage.Unknown: {0, 0, 0, 255}}
	for _, e := range r.Edges {
		line(e.From, e.To, colours[e.Kind], 1)
		line(orb.Point{e.From[0], e.From[1]}, orb.Point{e.From[0], e.From[1]}, color.RGBA{0, 0, 0, 255}, 2)
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}
