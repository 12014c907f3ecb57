package demo

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/langbiang/langbiang/parcels"
)

// lot is one parcel with what the land office knows of it.
type lot struct {
	block, plot   int32
	sheet, number int32
	road          int32 // its street, -1 = none
	house         int32
	at            vec
	area          float64 // m², as surveyed
	registered    float64 // 0 = no papers
	uses          []parcels.Use
}

func (c *City) ring(l *lot) []pt { return c.blocks[l.block].plots[l.plot].ring }

// lay makes the register: lots with their uses, sheets, numbers and house numbers.
func (c *City) lay() {
	for i := range c.blocks {
		for j := range c.blocks[i].plots {
			l := lot{block: int32(i), plot: int32(j), road: -1}
			ring := c.ring(&l)
			l.area = math.Round(ringArea(ring)*10) / 10
			l.at = within(metres(ring))
			c.lots = append(c.lots, l)
		}
	}
	c.number()
	c.address()
	for i := range c.lots {
		c.employ(&c.lots[i])
	}
}

// frame is the corner of a sheet's square and its side, metres.
type frame struct{ x, y, side float64 }

// number gives every lot its sheet and its number on it. A commune's ground is cut
// into squares, smaller where plots are many; sheets count from the north-west,
// numbers from the north, to and fro.
func (c *City) number() {
	by := make([][]int32, len(communes()))
	for i := range c.lots {
		k := c.blocks[c.lots[i].block].commune
		by[k] = append(by[k], int32(i))
	}
	for _, ids := range by {
		type sheet struct {
			f   frame
			ids []int32
		}
		var sheets []sheet
		var cut func(f frame, ids []int32)
		cut = func(f frame, ids []int32) {
			if len(ids) == 0 {
				return
			}
			if f.side <= 250 || len(ids) <= 220 && f.side <= 4000 {
				sheets = append(sheets, sheet{f, ids})
				return
			}
			h := f.side / 2
			var part [4][]int32
			for _, i := range ids {
				p, q := c.lots[i].at, 0
				if p.y < f.y+h {
					q = 2
				}
				if p.x >= f.x+h {
					q++
				}
				part[q] = append(part[q], i)
			}
			cut(frame{f.x, f.y + h, h}, part[0])
			cut(frame{f.x + h, f.y + h, h}, part[1])
			cut(frame{f.x, f.y, h}, part[2])
			cut(frame{f.x + h, f.y, h}, part[3])
		}
		cut(frame{0, 0, 64000}, ids)
		slices.SortStableFunc(sheets, func(a, b sheet) int {
			band := func(f frame) float64 { return math.Floor((f.y + f.side/2) / 1000) }
			return cmp.Or(-cmp.Compare(band(a.f), band(b.f)), cmp.Compare(a.f.x, b.f.x), -cmp.Compare(a.f.y, b.f.y))
		})
		for n, s := range sheets {
			row := s.f.side / math.Ceil(math.Sqrt(float64(len(s.ids))))
			slices.SortStableFunc(s.ids, func(a, b int32) int {
				p, q := c.lots[a].at, c.lots[b].at
				ra, rb := math.Floor((s.f.y+s.f.side-p.y)/row), math.Floor((s.f.y+s.f.side-q.y)/row)
				x := cmp.Compare(p.x, q.x)
				if int(ra)%2 == 1 {
					x = -x
				}
				return cmp.Or(cmp.Compare(ra, rb), x, -cmp.Compare(p.y, q.y))
			})
			for k, i := range s.ids {
				c.lots[i].sheet, c.lots[i].number = int32(n+1), int32(k+1)
			}
		}
	}
}

// address numbers the houses along each street: odd on the left, even on the right.
func (c *City) address() {
	type door struct {
		lot  int32
		road int32
		left bool
		pos  float64
	}
	var doors []door
	for i := range c.lots {
		l := &c.lots[i]
		b := &c.blocks[l.block]
		if b.use == farm || b.use == forest || b.use == water || b.use == park {
			continue
		}
		p := &b.plots[l.plot]
		best := 0.0
		var mid vec
		for j, r := range p.roads {
			if r < 0 || c.d.roads[r].name == "" || c.d.roads[r].kind >= track {
				continue
			}
			a, e := p.ring[j].m(), p.ring[(j+1)%len(p.ring)].m()
			n := e.sub(a).len()
			if n < 1.5 {
				continue
			}
			// The better street, then the longer front.
			if v := float64(10-c.d.roads[r].kind)*1000 + n; v > best {
				best, l.road, mid = v, r, a.add(e).mul(.5)
			}
		}
		if l.road >= 0 {
			s, left := c.d.roads[l.road].along(mid)
			doors = append(doors, door{int32(i), l.road, left, s.pos})
		}
	}
	slices.SortStableFunc(doors, func(a, b door) int {
		side := 0
		if a.left != b.left {
			side = 1
			if a.left {
				side = -1
			}
		}
		return cmp.Or(cmp.Compare(a.road, b.road), side, cmp.Compare(a.pos, b.pos), cmp.Compare(a.lot, b.lot))
	})
	for i, n := 0, int32(0); i < len(doors); i++ {
		d := doors[i]
		switch {
		case i > 0 && doors[i-1].road == d.road && doors[i-1].left == d.left:
			n += 2
		case d.left:
			n = 1
		default:
			n = 2
		}
		c.lots[d.lot].house = n
	}
}

// addressOf is a lot's address, "" where it has none.
func (c *City) addressOf(l *lot) string {
	if l.road < 0 {
		return ""
	}
	name := c.d.roads[l.road].name
	if s, ok := alleyOf(name); ok {
		return fmt.Sprintf("%s/%d %s", s[0], l.house, s[1])
	}
	return fmt.Sprintf("%d %s", l.house, name)
}

// employ says what a lot is used for, and what its papers say of its area.
func (c *City) employ(l *lot) {
	b := &c.blocks[l.block]
	r := rand.New(rand.NewPCG(b.seed, uint64(l.plot)+0x0a5e))
	dwell := "ODT"
	if communes()[b.commune].rural {
		dwell = "ONT"
	}
	switch x := r.Float64(); {
	case x < 0.01:
		l.registered = 0
	case x < 0.04:
		l.registered = math.Round(l.area*(1+(0.03+0.12*r.Float64())*sign(r))*10) / 10
	default:
		l.registered = l.area
	}
	total := l.registered
	if total == 0 {
		total = l.area
	}
	one := func(code string) []parcels.Use { return []parcels.Use{{Code: code, Area: total}} }
	// So much of it to live on, the rest to grow things on.
	with := func(most float64, other string) []parcels.Use {
		most = math.Round(most/10) * 10
		if total-most < 20 {
			return one(dwell)
		}
		return []parcels.Use{{Code: dwell, Area: most}, {Code: other, Area: math.Round((total-most)*10) / 10}}
	}
	pick := func(shares ...any) string {
		x := r.Float64()
		for i := 0; i+1 < len(shares); i += 2 {
			if x -= shares[i+1].(float64); x < 0 {
				return shares[i].(string)
			}
		}
		return shares[0].(string)
	}
	switch b.use {
	case core:
		l.uses = one(pick(dwell, .9, "TMD", .08, "DSK", .02))
	case town:
		l.uses = one(pick(dwell, .96, "TMD", .03, "SKC", .01))
		if l.uses[0].Code == dwell && total > 190 && r.Float64() < .55 {
			l.uses = with(90+60*r.Float64(), "CLN")
		}
	case villa:
		switch pick("home", .9, "TMD", .07, "DSK", .015, "TSC", .015) {
		case "home":
			l.uses = one(dwell)
			if total > 320 && r.Float64() < .8 {
				l.uses = with(total*(.35+.35*r.Float64()), "CLN")
			}
		default:
			l.uses = one("TMD")
		}
	case garden:
		switch x := r.Float64(); {
		case x < .55:
			l.uses = with(100+200*r.Float64(), pick("CLN", .5, "HNK", .5))
		case x < .8:
			l.uses = one("HNK")
		default:
			l.uses = one("CLN")
		}
	case farm:
		l.uses = one(pick("HNK", .6, "CLN", .375, "NKH", .02, "NTS", .005))
	case forest:
		l.uses = one(c.wood(l.at, r))
	case park:
		l.uses = one("DKV")
	case water:
		l.uses = one("MNC")
	case civic:
		l.uses = one(c.office(b))
	}
}

func sign(r *rand.Rand) float64 {
	if r.IntN(2) == 0 {
		return -1
	}
	return 1
}

// wood is the kind of forest: special-use on the mountain and about the great lake,
// protective on slopes, else productive.
func (c *City) wood(p vec, r *rand.Rand) string {
	n := c.d.l.noise(p.mul(.25))
	switch {
	case p.y > 24500+800*n:
		return "RDD"
	case c.d.l.slope(p).len()+.15*n > .42:
		return "RPH"
	case r.Float64() < .02:
		return "CLN"
	}
	return "RSX"
}

// office is what a public block is for.
func (c *City) office(b *block) string {
	if b.office != "" {
		return b.office
	}
	codes := strings.Fields("DGD DGD DGD DGD TSC TSC TON TON DYT DVH DTT TMD TMD TMD DCH DKH CAN DSK")
	return codes[int(chance(b.seed, 11)*float64(len(codes)))]
}
