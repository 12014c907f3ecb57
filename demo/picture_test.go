package demo

import (
	"flag"
	"image/color"
	"path/filepath"
	"testing"
	"time"
)

var look = flag.String("look", "", "a folder to leave pictures of the city in")

// picture draws what lies about a place.
func (c *City) picture(mid vec, size float64) *canvas {
	colours := map[string]uint32{"ODT": 0xffc4d8, "ONT": 0xffdce6, "TMD": 0xf4a0a8, "HNK": 0xfdf3c0, "CLN": 0xf7d9a4, "NKH": 0xf3eaa8, "RSX": 0xbfe3b0, "RPH": 0xa6d89a, "RDD": 0x8ccb86,
		"DKV": 0x8fd47a, "MNC": 0x9cc8f0, "NTS": 0xaadcf0, "DGD": 0xf2b880, "TSC": 0xeaa890}
	cv := newCanvas(mid, size, 1100)
	back := rgb(0xe6e4e0)
	for i := range cv.img.Pix {
		cv.img.Pix[i] = [4]uint8{back.R, back.G, back.B, 255}[i%4]
	}
	colour := func(code string) color.RGBA {
		if v, ok := colours[code]; ok {
			return rgb(v)
		}
		return rgb(0xf0a070)
	}
	if size > 5000 {
		for i := range c.blocks {
			cv.fill([][]vec{metres(c.blocks[i].outer)}, colour(c.mainUse(&c.blocks[i])))
		}
	}
	for i := range c.lots {
		r := metres(c.ring(&c.lots[i]))
		cv.fill([][]vec{r}, colour(c.lots[i].uses[0].Code))
		if size < 12000 {
			cv.line(append(r, r[0]), .12, .22, rgb(0x8a7a70))
		}
	}
	for i := range c.d.roads {
		r := &c.d.roads[i]
		for _, l := range r.lines {
			switch {
			case r.kind == stream:
				cv.line(metres(l), 5, .5, rgb(0x6aa8e8))
			case r.kind <= tertiary && size > 5000:
				cv.line(metres(l), widths[r.kind]*.9, 1.2, rgb(0xffffff))
			case r.kind < stream && size > 5000 && size < 12000:
				cv.line(metres(l), widths[r.kind]*.8, .4, rgb(0xffffff))
			}
		}
	}
	if size < 5000 {
		var out sink
		out.put = sinkOf(cv)
		c.buildings(&out)
	}
	return cv
}

// The city can be drawn, and the drawing shows land, water and built-up ground. With
// -look the pictures are kept, to be looked at.
func TestPictures(t *testing.T) {
	c, err := daLat()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	n := 0
	for _, err := range c.Ops() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	t.Logf("%d records in %v", n, time.Since(start))
	for _, v := range []struct {
		name           string
		lon, lat, size float64
	}{{"whole", 450, 945, 33000}, {"town", 443, 947, 10000}, {"centre", 439, 944, 2400}, {"quarter", 433, 949, 800}, {"villas", 450, 936, 1100}, {"farms", 483, 972, 2400}, {"village", 494, 945, 1800}, {"block", 437, 951, 260}} {
		at, err := local(v.lon, v.lat)
		if err != nil {
			t.Fatal(err)
		}
		cv := c.picture(at, v.size)
		seen := map[color.RGBA]int{}
		for y := 0; y < cv.h; y += 7 {
			for x := 0; x < cv.w; x += 7 {
				seen[cv.img.RGBAAt(x, y)]++
			}
		}
		if len(seen) < 4 {
			t.Errorf("%s shows %d colours", v.name, len(seen))
		}
		if *look != "" {
			if err := cv.save(filepath.Join(*look, v.name+".png")); err != nil {
				t.Fatal(err)
			}
		}
	}
}
