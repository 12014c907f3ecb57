package demo

import (
	"math/rand/v2"
	"time"

	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// Options say which city to build. The zero Options build the usual one.
type Options struct {
	Seed    uint64
	Parcels int       // how many plots; 0 = 97,751. From 1,000 to 1,000,000
	Now     time.Time // incidents lie in the four weeks before it; zero = the start of 2026
}

// City is the demonstration city, laid out. It is safe for concurrent reads.
type City struct {
	opt    Options
	d      *draft
	blocks []block
	lots   []lot
	labels []int32 // by face of the mesh: its former commune, -1 = none
	now    time.Time
}

// Build lays the city out. Errors: demo.parcels (args parcels, least, most) of kind
// Invalid where the number asked for is out of bounds.
func Build(o Options) (*City, error) {
	if o.Parcels == 0 {
		o.Parcels = natural
	}
	if o.Parcels < 1000 || o.Parcels > 1_000_000 {
		return nil, &spatial.Error{Op: "build the demonstration city", Kind: spatial.Invalid, Code: "demo.parcels",
			Args: map[string]any{"parcels": o.Parcels, "least": 1000, "most": 1_000_000}}
	}
	if o.Now.IsZero() {
		o.Now = time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC)
	}
	growth := 0.52 * math.Pow(max(1, float64(o.Parcels)/natural), 0.22)
	l, err := newLand(rand.New(rand.NewPCG(o.Seed, 0x1a4d)), growth)
	if err != nil {
		return nil, err
	}
	c := &City{opt: o, now: o.Now.UTC().Truncate(time.Minute)}
	c.d = &draft{l: l, r: rand.New(rand.NewPCG(o.Seed, 0x57ee7))}
	if err := c.d.frame(); err != nil {
		return nil, err
	}
	c.d.weave()
	c.blocks = c.d.blocks(o.Seed)
	if err := c.d.dedicate(c.blocks); err != nil {
		return nil, err
	}
	if err := c.d.settle(c.blocks); err != nil {
		return nil, err
	}
	if err := c.d.parcel(c.blocks, o.Parcels); err != nil {
		return nil, err
	}
	c.labels = make([]int32, len(c.d.m.faces))
	for i := range c.labels {
		c.labels[i] = -1
	}
	for i := range c.blocks {
		c.labels[c.blocks[i].face] = int32(c.blocks[i].commune)
	}
	c.d.christen()
	c.lay()
	return c, nil
}

// timeZone is the city's.
const timeZone = "Asia/Ho_Chi_Minh"

// Place is the record that says what the store is about.
func (c *City) Place() spatial.Place {
	var b orb.Bound
	first := true
	for h := range c.d.m.org {
		if c.d.m.face[h] >= 0 {
			continue
		}
		p, err := crs.Inverse(plane, c.d.m.at(int32(h)).legal())
		if err != nil {
			continue // the outline lies within the plane's domain: Build has carried every corner there
		}
		if first {
			b, first = orb.Bound{Min: p, Max: p}, false
		}
		b = b.Extend(p)
	}
	for _, v := range []*float64{&b.Min[0], &b.Min[1], &b.Max[0], &b.Max[1]} {
		*v = math.Round(*v*1e6) / 1e6
	}
	return spatial.Place{
		Name:  spatial.Name{VI: "Đà Lạt (thành phố minh họa)", EN: "Da Lat (demonstration city)"},
		Plane: plane, Bounds: b, TimeZone: timeZone, Demo: true,
		Attribution: "Dữ liệu minh họa tự sinh · tên và vị trí địa danh © OpenStreetMap contributors",
	}
}

func (c *City) zone() *time.Location { return c.Place().Zone() }

// stream is a source of chance for one purpose.
func (c *City) stream(purpose uint64) *rand.Rand {
	return rand.New(rand.NewPCG(c.opt.Seed, purpose))
}
