package demo

import (
	"math"
	"math/rand/v2"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// plane is the city's coordinate system, and the origin its millimetres count from.
const (
	plane = spatial.SRID(5899)

	originE = 560000
	originN = 1305000
)

// use is what a block of ground is.
type use uint8

const (
	core use = iota // row houses, streets full of shops
	town            // row houses and houses with a garden
	villa
	garden // houses among vegetable plots
	farm
	forest
	park
	water
	civic // schools, offices, churches, hotels: few large plots
)

// blockSize is the ground between streets that a use has, m².
var blockSize = [...]float64{core: 4600, town: 6400, villa: 12000, garden: 19000, farm: 60000, forest: 1400000, park: 160000}

type wave struct{ kx, ky, phase, amp float64 }

// blob is a settlement or a farming valley: how strong at its middle, how wide.
type blob struct {
	at     vec
	r, amp float64
}

// land is the ground before anything is built: hills, and where people settle.
type land struct {
	hills, grain         []wave
	towns, farms, slopes []blob
	greens               []blob
	growth               float64
	near                 []float32 // distance to a main road, m, on a coarse grid
}

const (
	cell  = 80.0
	cells = 450
)

// local is a place given in thousandths of a degree beyond 108 E, 11 N.
func local(lon, lat float64) (vec, error) {
	p, err := crs.Forward(plane, [2]float64{108 + lon/1000, 11 + lat/1000})
	if err != nil {
		return vec{}, err
	}
	return vec{p[0] - originE, p[1] - originN}, nil
}

func locals(at []float64) ([]vec, error) {
	out := make([]vec, 0, len(at)/2)
	for i := 0; i+1 < len(at); i += 2 {
		p, err := local(at[i], at[i+1])
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func newLand(r *rand.Rand, growth float64) (*land, error) {
	l := &land{growth: growth}
	for i := range 14 {
		length := 700 * math.Pow(1.28, float64(i)) // wave lengths of 0.7 to 17 km
		a := r.Float64() * 2 * math.Pi
		l.hills = append(l.hills, wave{math.Cos(a) * 2 * math.Pi / length, math.Sin(a) * 2 * math.Pi / length, r.Float64() * 2 * math.Pi, length / 40})
	}
	for i := range 10 {
		length := 260 * math.Pow(1.35, float64(i))
		a := r.Float64() * 2 * math.Pi
		l.grain = append(l.grain, wave{math.Cos(a) * 2 * math.Pi / length, math.Sin(a) * 2 * math.Pi / length, r.Float64() * 2 * math.Pi, 1})
	}
	// Longitude, latitude, radius in metres, strength.
	for _, t := range []struct {
		to   *[]blob
		rows [][4]float64
	}{
		{&l.towns, [][4]float64{{436, 945, 1500, 1.05}, {439, 955, 1500, .85}, {429, 954, 1400, .8}, {444, 965, 1500, .66}, {458, 948.5, 1500, .72}, {434, 931, 1300, .55}, {466, 952, 1200, .62},
			{432, 966, 1300, .6}, {425, 944, 1100, .6}, {494, 945, 1200, .62}, {424, 1008, 1500, .6}, {481, 966, 1400, .58}, {476, 958, 1200, .55}, {452, 931, 1200, .5}, {441, 977, 1200, .5}, {422, 974, 1200, .48},
			{409, 949, 1100, .5}, {352, 924, 1400, .5}, {540, 889, 1200, .48}, {566, 858, 1000, .45}, {520, 943, 1300, .47}, {463, 934, 1200, .48}, {420, 934, 1000, .48}, {437, 919, 900, .4}, {490, 958, 1000, .45}}},
		{&l.farms, [][4]float64{{482, 968, 2400, 1}, {505, 950, 2500, 1}, {530, 942, 2600, .95}, {410, 955, 2300, .9}, {425, 985, 2600, .95}, {445, 985, 2000, .95}, {424, 1008, 3000, 1}, {352, 922, 3600, 1},
			{540, 885, 3000, .9}, {565, 862, 2600, .9}, {465, 965, 2200, .9}, {395, 985, 2200, .7}, {497, 932, 2000, .8}, {425, 930, 1800, .7}, {460, 930, 1700, .75}, {440, 965, 3600, .8}, {515, 910, 2000, .6}, {345, 900, 2000, .7}, {400, 1012, 1700, .7}, {470, 985, 2000, .8}}},
		{&l.slopes, [][4]float64{{441, 933, 1500, 1}, {431, 931, 1200, .9}, {452, 939.5, 1000, .9}, {447, 957, 800, .5}, {466, 944, 900, .8}, {424, 938, 800, .5}, {430, 949, 500, .4}}},
		// The golf hill and the flower garden by the lake, the square south of it.
		{&l.greens, [][4]float64{{445, 947.3, 330, 1}, {444.7, 949.6, 270, 1}, {449.4, 951.6, 150, 1}, {445, 938.7, 110, 1}}},
	} {
		for _, row := range t.rows {
			p, err := local(row[0], row[1])
			if err != nil {
				return nil, err
			}
			*t.to = append(*t.to, blob{p, row[2], row[3]})
		}
	}
	return l, nil
}

// slope is the gradient of the hills.
func (l *land) slope(p vec) vec {
	var g vec
	for _, w := range l.hills {
		c := math.Cos(p.x*w.kx+p.y*w.ky+w.phase) * w.amp
		g.x += w.kx * c
		g.y += w.ky * c
	}
	return g
}

func (l *land) height(p vec) float64 {
	h := 0.0
	for _, w := range l.hills {
		h += math.Sin(p.x*w.kx+p.y*w.ky+w.phase) * w.amp
	}
	return h
}

// noise is about -1…1.
func (l *land) noise(p vec) float64 {
	h := 0.0
	for _, w := range l.grain {
		h += math.Sin(p.x*w.kx + p.y*w.ky + w.phase + math.Sin(p.y*w.kx*1.7-p.x*w.ky*1.3))
	}
	return h / 3.2
}

// lean is the cross of contour and fall line, as knife.along wants it.
func (l *land) lean(weight float64) func(vec) vec {
	return func(p vec) vec {
		g := l.slope(p)
		s := g.len()
		return fourth(g.unit()).mul(weight * min(1, s*3))
	}
}

func strength(bs []blob, p vec, grow float64) float64 {
	s := 0.0
	for _, b := range bs {
		d := p.sub(b.at).len() / (b.r * grow)
		s = max(s, b.amp*math.Exp(-d*d))
	}
	return s
}

// paint notes the distance to the main roads, once they are drawn.
func (l *land) paint(lines [][]pt) {
	l.near = make([]float32, cells*cells)
	for i := range l.near {
		l.near[i] = 1e6
	}
	var queue []int32
	for _, line := range lines {
		for _, p := range line {
			x, y := int(p.m().x/cell), int(p.m().y/cell)
			if x >= 0 && y >= 0 && x < cells && y < cells && l.near[y*cells+x] > 0 {
				l.near[y*cells+x] = 0
				queue = append(queue, int32(y*cells+x))
			}
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, d := range [4]int32{1, -1, cells, -cells} {
			j := i + d
			if j >= 0 && j < int32(len(l.near)) && l.near[j] > l.near[i]+cell {
				l.near[j] = l.near[i] + cell
				if l.near[j] < 1500 {
					queue = append(queue, j)
				}
			}
		}
	}
}

func (l *land) toRoad(p vec) float64 {
	x, y := int(p.x/cell), int(p.y/cell)
	if l.near == nil || x < 0 || y < 0 || x >= cells || y >= cells {
		return 1e6
	}
	return float64(l.near[y*cells+x])
}

// settled is how built-up the ground is, 0…1 and a little more.
func (l *land) settled(p vec) float64 {
	u := strength(l.towns, p, l.growth)
	u += 0.13 * l.noise(p) * min(1, 2*u)
	u += 0.22 * math.Exp(-l.toRoad(p)/140) * min(1, 3*u)
	return u
}

// useAt is what the ground at p becomes.
func (l *land) useAt(p vec) use {
	if strength(l.greens, p, 1) > .37 {
		return park
	}
	u := l.settled(p)
	steep := l.slope(p).len()
	v := strength(l.slopes, p, 1) + 0.2*l.noise(vec{p.y, p.x})
	switch {
	case v > 0.5 && u > 0.12 && u < 0.93:
		return villa
	case u > 0.78:
		return core
	case u > 0.5:
		return town
	case u > 0.36:
		return garden
	}
	f := strength(l.farms, p, math.Sqrt(l.growth)) + 0.18*l.noise(vec{p.x * .7, p.y * .7}) - 0.25*steep
	if f > 0.42 {
		if l.toRoad(p) < 2*cell && l.noise(p.mul(.5)) > -.15 {
			return garden // houses line the roads out of town
		}
		return farm
	}
	return forest
}
