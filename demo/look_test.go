package demo

import (
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"slices"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
)

// canvas draws shapes of a plane, for people to look at.
type canvas struct {
	img        *image.RGBA
	w, h       int
	x, y, zoom float64 // left, top, pixels a metre; the picture is drawn twice as large
}

func newCanvas(mid vec, metres float64, px int) *canvas {
	c := &canvas{img: image.NewRGBA(image.Rect(0, 0, 2*px, 2*px)), w: 2 * px, h: 2 * px, x: mid.x - metres/2, y: mid.y + metres/2, zoom: float64(2*px) / metres}
	for i := range c.img.Pix {
		c.img.Pix[i] = 250
	}
	return c
}

func (c *canvas) to(p vec) vec { return vec{(p.x - c.x) * c.zoom, (c.y - p.y) * c.zoom} }

func (c *canvas) fill(rings [][]vec, col color.RGBA) {
	lo, hi := math.Inf(1), math.Inf(-1)
	var pts [][]vec
	lx, hx := math.Inf(1), math.Inf(-1)
	for _, r := range rings {
		var q []vec
		for _, p := range r {
			t := c.to(p)
			q = append(q, t)
			lo, hi = min(lo, t.y), max(hi, t.y)
			lx, hx = min(lx, t.x), max(hx, t.x)
		}
		pts = append(pts, q)
	}
	if hi < 0 || lo > float64(c.h) || hx < 0 || lx > float64(c.w) {
		return
	}
	var xs []float64
	for y := max(0, int(lo)); y <= min(c.h-1, int(hi)); y++ {
		fy := float64(y) + .5
		xs = xs[:0]
		for _, q := range pts {
			for i, a := range q {
				b := q[(i+1)%len(q)]
				if (a.y > fy) != (b.y > fy) {
					xs = append(xs, a.x+(b.x-a.x)*(fy-a.y)/(b.y-a.y))
				}
			}
		}
		slices.Sort(xs)
		for i := 0; i+1 < len(xs); i += 2 {
			for x := max(0, int(math.Ceil(xs[i]-.5))); x <= min(c.w-1, int(xs[i+1]-.5)); x++ {
				c.img.SetRGBA(x, y, col)
			}
		}
	}
}

// line draws a line as wide as metres, at least so many pixels.
func (c *canvas) line(l []vec, metres, least float64, col color.RGBA) {
	half := max(metres*c.zoom, 2*least) / 2 / c.zoom
	for i := 0; i+1 < len(l); i++ {
		d := l[i+1].sub(l[i]).unit()
		n, e := d.left().mul(half), d.mul(half*.6)
		c.fill([][]vec{{l[i].add(n).sub(e), l[i].sub(n).sub(e), l[i+1].sub(n).add(e), l[i+1].add(n).add(e)}}, col)
	}
}

func (c *canvas) save(path string) error {
	out := image.NewRGBA(image.Rect(0, 0, c.w/2, c.h/2))
	for y := range c.h / 2 {
		for x := range c.w / 2 {
			var s [3]int
			for _, d := range [4][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}} {
				p := c.img.RGBAAt(2*x+d[0], 2*y+d[1])
				s[0], s[1], s[2] = s[0]+int(p.R), s[1]+int(p.G), s[2]+int(p.B)
			}
			out.SetRGBA(x, y, color.RGBA{uint8(s[0] / 4), uint8(s[1] / 4), uint8(s[2] / 4), 255})
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := png.Encode(f, out); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func rgb(v uint32) color.RGBA {
	return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 255}
}

// sinkOf draws buildings.
func sinkOf(cv *canvas) func(spatial.Feature) bool {
	return func(f spatial.Feature) bool {
		var r []vec
		for _, p := range f.Legal.(orb.Polygon)[0] {
			r = append(r, vec{p[0] - originE, p[1] - originN})
		}
		cv.fill([][]vec{r}, rgb(0xc8a898))
		cv.line(r, .1, .2, rgb(0x907060))
		return true
	}
}
