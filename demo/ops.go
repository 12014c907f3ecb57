package demo

import (
	"fmt"
	"iter"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// Names of the base layers, as the product has them.
const (
	landuseLayer   = "landuse"
	roadsLayer     = "roads"
	buildingsLayer = "buildings"
	waterLayer     = "water"
	wardsLayer     = "wards"
)

// merged is the day the wards of today began.
const merged spatial.Date = "2025-07-01"

// sink takes records of one layer. put gives false where no more are wanted, and so
// does what writes them.
type sink struct {
	put func(f spatial.Feature) bool
	err error
}

func (s *sink) fail(err error) bool {
	s.err = err
	return false
}

// stage is one layer's records in the order they are written.
type stage struct {
	layer string
	write func(*City, *sink) bool
}

func stages() []stage {
	return []stage{
		{planning.DocumentsLayer, (*City).documents},
		{planning.PlansLayer, (*City).plans},
		{wardsLayer, (*City).wardRecords},
		{waterLayer, (*City).waterRecords},
		{roadsLayer, (*City).roadRecords},
		{planning.ZonesLayer, (*City).zones},
		{planning.RestrictionsLayer, (*City).restrictions},
		{landuseLayer, (*City).landuseRecords},
		{parcels.LayerName, (*City).parcelRecords},
		{buildingsLayer, (*City).buildings},
		{ioc.PlacesLayer, (*City).places},
		{ioc.CamerasLayer, (*City).cameras},
		{ioc.IncidentsLayer, (*City).incidents},
		{ioc.PermitsLayer, (*City).permits},
		{ioc.IndicatorsLayer, (*City).indicators},
	}
}

// Ops gives all records as creations, layer by layer. An error comes last and ends
// them: a shape that could not be carried to the map.
func (c *City) Ops() iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		operations := map[string]spatial.Layer{}
		for _, l := range ioc.Layers() {
			operations[l.Name] = l
		}
		for _, s := range stages() {
			var out sink
			out.put = func(f spatial.Feature) bool {
				f.Layer = s.layer
				if l, ok := operations[s.layer]; ok {
					f.Access = ioc.Access(&l, f.Values)
				}
				if f.Legal != nil {
					display, err := crs.Display(f.Legal, plane)
					if err != nil {
						return out.fail(err)
					}
					f.SRID, f.Display, f.Area = plane, display, overlay.Area(f.Legal)
				}
				return yield(change.Op{Verb: change.Create, Feature: f}, nil)
			}
			if !s.write(c, &out) {
				if out.err != nil {
					yield(change.Op{}, out.err)
				}
				return
			}
		}
	}
}

func text(s string) spatial.Value {
	if s == "" {
		return spatial.Value{}
	}
	return spatial.Text(s)
}

func number(f float64) spatial.Value { return spatial.Float(math.Round(f*100) / 100) }

func whole(i int) spatial.Value { return spatial.Int(int64(i)) }

// pointAt is a place as a legal point, to the millimetre.
func pointAt(p vec) orb.Point { return p.mm().legal() }

func (c *City) wardRecords(out *sink) bool {
	of := communes()
	now := make([]int32, len(c.labels))
	for f, l := range c.labels {
		now[f] = -1
		if l >= 0 {
			now[f] = int32(of[l].ward)
		}
	}
	ground := c.d.m.unite(now)
	for i, w := range wards() {
		if g := ground[int32(i)]; len(g) > 0 && !out.put(spatial.Feature{Legal: single(g), Valid: spatial.Period{From: merged}, Values: []spatial.Value{
			text(w.code), text(w.name), text(w.kind), text("Tỉnh Lâm Đồng"), text(w.formed), {}}}) {
			return false
		}
	}
	before := c.d.m.unite(c.labels)
	for i, k := range of {
		kind, parent := "phường", "Thành phố Đà Lạt"
		switch {
		case k.code == "24846" || k.code == "24862":
			parent = "Huyện Lạc Dương"
			kind = "thị trấn"
			if k.rural {
				kind = "xã"
			}
		case k.rural:
			kind = "xã"
		}
		if g := before[int32(i)]; len(g) > 0 && !out.put(spatial.Feature{Legal: single(g), Valid: spatial.Period{To: merged}, Values: []spatial.Value{
			text(k.code), text(k.name), text(kind), text(parent), {}, text(wards()[k.ward].code)}}) {
			return false
		}
	}
	return true
}

func (c *City) waterRecords(out *sink) bool {
	for f := range c.d.m.faces {
		w, wet := c.d.lake[int32(f)]
		if !wet {
			continue
		}
		var ring []pt
		for _, h := range c.d.m.loop(int32(f), nil) {
			ring = append(ring, c.d.m.at(h))
		}
		b := c.d.waters[w]
		if !out.put(spatial.Feature{Legal: orb.Polygon{closeRing(ring)}, Values: []spatial.Value{text("DEMO-H-" + b.code), text(b.name), text("lake")}}) {
			return false
		}
	}
	n := 0
	for i := range c.d.roads {
		r := &c.d.roads[i]
		if r.kind != stream || len(r.lines) == 0 {
			continue
		}
		n++
		if !out.put(spatial.Feature{Legal: linesOf(r), Values: []spatial.Value{text(fmt.Sprintf("DEMO-S%02d", n)), text(r.name), text("stream")}}) {
			return false
		}
	}
	return true
}

func linesOf(r *road) orb.Geometry {
	if len(r.lines) == 1 {
		return line(r.lines[0])
	}
	m := make(orb.MultiLineString, len(r.lines))
	for i, l := range r.lines {
		m[i] = line(l)
	}
	return m
}

func (c *City) roadRecords(out *sink) bool {
	for i := range c.d.roads {
		r := &c.d.roads[i]
		if r.code == "" {
			continue
		}
		surface, ref := "bê tông nhựa", ""
		switch r.kind {
		case alley:
			surface = "bê tông xi măng"
		case track:
			surface = "đất"
		}
		switch r.name {
		case "Quốc lộ 20", "Tự Phước", "Hùng Vương", "Khe Sanh", "Đèo Mimosa":
			ref = "QL20"
		case "Quốc lộ 27C", "Huỳnh Tấn Phát":
			ref = "QL27C"
		case "Đường tỉnh 725", "Vạn Thành":
			ref = "ĐT725"
		case "Đường tỉnh 726":
			ref = "ĐT726"
		}
		if !out.put(spatial.Feature{Legal: linesOf(r), Values: []spatial.Value{text(r.code), text(r.name), text(classNames[r.kind]), number(widths[r.kind]),
			text(surface), text(ref), spatial.Bool(r.kind == secondary && r.length < 420)}}) {
			return false
		}
	}
	return true
}

// mainUse is the land-use code that stands for a whole block.
func (c *City) mainUse(b *block) string {
	home := "ODT"
	if communes()[b.commune].rural {
		home = "ONT"
	}
	switch b.use {
	case core, town, villa, garden:
		return home
	case farm:
		if chance(b.seed, 5) < .62 {
			return "HNK"
		}
		return "CLN"
	case forest:
		return c.wood(b.at, c.stream(b.seed))
	case park:
		return "DKV"
	case water:
		return "MNC"
	}
	return c.office(b)
}

// landuseRecords are the present use of the ground, block by block to the middle of
// the streets: a cover without gaps, surveyed or not.
func (c *City) landuseRecords(out *sink) bool {
	labels := make([]int32, len(c.labels))
	for i := range labels {
		labels[i] = -1
	}
	for i := range c.blocks {
		labels[c.blocks[i].face] = int32(i)
	}
	ground := c.d.m.unite(labels)
	for i := range c.blocks {
		b := &c.blocks[i]
		name := ""
		if w, wet := c.d.lake[b.face]; wet {
			name = c.d.waters[w].name
		}
		if !out.put(spatial.Feature{Legal: single(ground[int32(i)]), Values: []spatial.Value{text(c.mainUse(b)), text(name), {}, {}, {}}}) {
			return false
		}
	}
	return true
}

func (c *City) parcelRecords(out *sink) bool {
	of, now := communes(), wards()
	for i := range c.lots {
		l := &c.lots[i]
		k := of[c.blocks[l.block].commune]
		use := l.uses[0].Code
		for _, u := range l.uses[1:] {
			use += "+" + u.Code
		}
		registered := spatial.Value{}
		if l.registered > 0 {
			registered = spatial.Float(l.registered)
		}
		if !out.put(spatial.Feature{Legal: orb.Polygon{closeRing(c.ring(l))}, Valid: spatial.Period{From: merged}, Values: []spatial.Value{
			text(now[k.ward].code), text(k.code), text(fmt.Sprint(l.sheet)), text(fmt.Sprint(l.number)), {}, text(use), text(parcels.FormatUses(l.uses)),
			registered, text(c.addressOf(l)), {}}}) {
			return false
		}
	}
	return true
}
