package demo

import (
	"fmt"
	"math"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// scheme is one plan: what ground it speaks of and how finely.
type scheme struct {
	code, name, level, scale string
	document                 string
	legal                    string
	from, to                 spatial.Date
	lon, lat, radius         float64 // its ground: about a place, in metres; radius 0 = the whole city
	grain                    float64 // how large its zones are, metres; 0 = block by block
	extra                    int     // floors more than the ordinary
}

func schemes() []scheme {
	return []scheme{
		{"DEMO-QHC", "Đồ án minh họa: quy hoạch chung thành phố", "general", "1/10.000", "DEMO-01", "inForce", "2021-01-01", "2041-01-01", 0, 0, 0, 1500, 0},
		{"DEMO-PK-A", "Đồ án minh họa: phân khu trung tâm Hòa Bình - hồ Xuân Hương", "zoning", "1/2.000", "DEMO-02", "inForce", "2023-01-01", "2033-01-01", 438, 944.5, 2100, 230, 0},
		{"DEMO-PK-B", "Đồ án minh họa: phân khu phía Đông - Chi Lăng", "zoning", "1/2.000", "DEMO-03", "inForce", "2023-01-01", "2033-01-01", 470, 953, 1800, 260, 0},
		{"DEMO-PK-C", "Đồ án minh họa: phân khu phía Bắc - Phù Đổng Thiên Vương", "zoning", "1/2.000", "DEMO-04", "consulting", "2026-01-01", "2036-01-01", 441, 968, 1500, 260, 1},
		{"DEMO-PK-A0", "Đồ án minh họa: phân khu trung tâm, bản trước", "zoning", "1/2.000", "DEMO-05", "superseded", "2014-01-01", "2023-01-01", 438, 944.5, 1500, 300, -1},
		{"DEMO-CT-1", "Đồ án minh họa: chi tiết khu Hòa Bình", "detailed", "1/500", "DEMO-06", "inForce", "2024-01-01", "2029-01-01", 436.3, 944.2, 360, 0, 0},
		{"DEMO-CT-2", "Đồ án minh họa: chi tiết khu Phan Đình Phùng - Nguyễn Công Trứ", "detailed", "1/500", "DEMO-07", "inForce", "2024-01-01", "2029-01-01", 434.5, 955.6, 340, 0, 0},
		{"DEMO-CT-3", "Đồ án minh họa: chi tiết khu biệt thự Trần Hưng Đạo", "detailed", "1/500", "DEMO-08", "inForce", "2024-01-01", "2029-01-01", 452.5, 937.2, 420, 0, 0},
		{"DEMO-CT-4", "Đồ án minh họa: chi tiết khu Trại Mát", "detailed", "1/500", "DEMO-09", "inForce", "2025-01-01", "2030-01-01", 494, 945.5, 380, 0, 0},
		{"DEMO-CT-5", "Đồ án minh họa: chi tiết khu Lạc Dương", "detailed", "1/500", "DEMO-10", "inForce", "2025-01-01", "2030-01-01", 423.5, 1008, 400, 0, 0},
		{"DEMO-CT-6", "Đồ án minh họa: chi tiết khu Nguyên Tử Lực", "detailed", "1/500", "DEMO-11", "draft", "", "", 450.5, 962, 330, 0, 0},
	}
}

// rule is what a plan allows on a kind of ground. All are demonstration values.
type rule struct {
	letter, name, use, colour string
	floorsMin, floors         int // floors -1 = the plan does not say
	density, far              float64
	front, side, rear         float64 // setbacks, metres; -1 = not said
	people                    float64 // per hectare
}

func ruleFor(u use) rule {
	switch u {
	case core:
		return rule{"O", "Đất ở đô thị hiện hữu cải tạo, nhà phố", "ODT", "#ffa0ff", 2, 5, 90, 4.5, 0, 0, 1, 260}
	case town:
		return rule{"L", "Đất ở nhà liên kế có sân vườn", "ODT", "#ffb4ff", 2, 4, 80, 3.2, 2.4, 0, 2, 160}
	case villa:
		return rule{"B", "Đất ở biệt thự", "ODT", "#ffc8ff", 1, 3, 30, 0.9, 6, 3, 3, 45}
	case garden:
		return rule{"V", "Đất ở mật độ thấp, làng đô thị xanh", "ODT", "#ffd2e6", 1, 3, 50, 1.5, 4, 2, 2, 40}
	case farm:
		return rule{"N", "Đất sản xuất nông nghiệp, trồng rau hoa", "NNP", "#fff0b4", 0, 1, 5, 0.05, -1, -1, -1, 2}
	case forest:
		return rule{"R", "Đất rừng cảnh quan", "LNP", "#beff1e", 0, -1, 0, 0, -1, -1, -1, 0}
	case park:
		return rule{"X", "Đất cây xanh sử dụng công cộng", "DKV", "#66cc00", 0, 1, 5, 0.05, 6, 6, 6, 0}
	case water:
		return rule{"M", "Mặt nước", "MNC", "#a0ffff", 0, -1, 0, 0, -1, -1, -1, 0}
	}
	return rule{"C", "Đất công trình công cộng, dịch vụ", "DSN", "#ffa0aa", 1, 4, 40, 1.6, 6, 4, 4, 0}
}

// covers labels the faces that a plan speaks of with the zone they belong to.
func (c *City) covers(s scheme) (labels []int32, of []use, err error) {
	heart, err := local(s.lon, s.lat)
	if err != nil {
		return nil, nil, err
	}
	labels = make([]int32, len(c.labels))
	for i := range labels {
		labels[i] = -1
	}
	in := make([]int32, len(c.labels)) // 0 in the plan, 1 out of it, -1 no ground
	for i := range in {
		in[i] = -1
	}
	for i := range c.blocks {
		b := &c.blocks[i]
		if s.radius > 0 && b.at.sub(heart).len() > s.radius*(1+.1*c.d.l.noise(b.at.mul(.4))) {
			in[b.face] = 1
		} else {
			in[b.face] = 0
		}
	}
	// A plan's ground hangs together and has no holes.
	for n := 0; s.radius > 0 && n < 8 && c.d.m.absorb(in, 2); n++ {
	}
	type key struct {
		x, y int32
		u    use
	}
	ids := map[key]int32{}
	for i := range c.blocks {
		b := &c.blocks[i]
		if in[b.face] != 0 {
			continue
		}
		k := key{int32(i), -1, b.use}
		if s.grain > 0 {
			k.x, k.y = nearestCell(b.at, s.grain, c.opt.Seed)
		}
		id, known := ids[k]
		if !known {
			id = int32(len(of))
			ids[k] = id
			of = append(of, b.use)
		}
		labels[b.face] = id
	}
	return labels, of, nil
}

// nearestCell is the cell of an uneven grid that p lies in.
func nearestCell(p vec, size float64, seed uint64) (int32, int32) {
	x, y := int32(math.Floor(p.x/size)), int32(math.Floor(p.y/size))
	best, bx, by := math.Inf(1), x, y
	for dx := int32(-1); dx <= 1; dx++ {
		for dy := int32(-1); dy <= 1; dy++ {
			h := mix(seed, uint64(uint32(x+dx))<<32|uint64(uint32(y+dy)))
			q := vec{(float64(x+dx) + .2 + .6*chance(h, 1)) * size, (float64(y+dy) + .2 + .6*chance(h, 2)) * size}
			if d := p.sub(q).len(); d < best {
				best, bx, by = d, x+dx, y+dy
			}
		}
	}
	return bx, by
}

func (c *City) documents(out *sink) bool {
	for i, s := range schemes() {
		title := "Văn bản minh họa, không có thật: phê duyệt " + s.name
		if s.legal == "consulting" || s.legal == "draft" {
			title = "Văn bản minh họa, không có thật: lấy ý kiến " + s.name
		}
		day := s.from
		if day == "" {
			day = "2026-01-01"
		}
		if !out.put(spatial.Feature{Values: []spatial.Value{text(s.document), text(fmt.Sprintf("DEMO-%02d/QĐ", i+1)), text(title),
			text("Cơ quan minh họa"), spatial.Day(day), spatial.Day(s.from), spatial.Day(s.to), {}, text("demo")}}) {
			return false
		}
	}
	return out.put(spatial.Feature{Values: []spatial.Value{text("DEMO-HL"), text("DEMO-20/QĐ"), text("Văn bản minh họa, không có thật: hành lang bảo vệ và vùng hạn chế"),
		text("Cơ quan minh họa"), spatial.Day("2022-06-01"), spatial.Day("2022-07-01"), {}, {}, text("demo")}})
}

func (c *City) plans(out *sink) bool {
	for _, s := range schemes() {
		labels, _, err := c.covers(s)
		if err != nil {
			return out.fail(err)
		}
		for i := range labels {
			labels[i] = min(labels[i], 0)
		}
		ground := c.d.m.unite(labels)[0]
		if len(ground) == 0 {
			continue
		}
		if !out.put(spatial.Feature{Legal: single(ground), Values: []spatial.Value{text(s.code), text(s.name), text(s.level), text(s.scale), text(s.document),
			text(s.legal), spatial.Day(s.from), spatial.Day(s.to), text("demo"), {}}}) {
			return false
		}
	}
	return true
}

func (c *City) zones(out *sink) bool {
	for _, s := range schemes() {
		labels, of, err := c.covers(s)
		if err != nil {
			return out.fail(err)
		}
		ground := c.d.m.unite(labels)
		count := map[string]int{}
		for id, u := range of {
			for _, p := range ground[int32(id)] {
				r := ruleFor(u)
				count[r.letter]++
				if !out.put(c.zone1(s, r, u, p, count[r.letter])) {
					return false
				}
			}
		}
	}
	return true
}

// zone1 is the n-th zone of its kind in a plan.
func (c *City) zone1(s scheme, r rule, u use, p orb.Polygon, n int) spatial.Feature {
	code := fmt.Sprintf("%s%03d", r.letter, n)
	luck := chance(mix(c.opt.Seed, uint64(n)), uint64(len(s.code))+uint64(u)*31+uint64(s.code[len(s.code)-1]))
	floors, density, far := r.floors, r.density, r.far
	if u <= garden && floors > 0 {
		// Here and there a floor more or less; a detailed plan says it more finely.
		switch {
		case luck < .15 && floors > 3:
			floors--
		case luck > .93 && u == core:
			floors += 2
		}
		floors += s.extra
		density = math.Max(20, density-5*math.Floor(luck*3))
		far = math.Round(float64(floors)*density*.92/10) / 10
	}
	area := overlay.Area(p)
	null := spatial.Value{}
	limit := func(v float64) spatial.Value {
		if v < 0 {
			return null
		}
		return number(v)
	}
	floorsMin, floorsMost, height, line := null, null, null, null
	if floors >= 0 {
		floorsMin, floorsMost = whole(r.floorsMin), whole(floors)
		height = number(math.Round((float64(floors)*3.6+2.4)*10) / 10)
	}
	if s.level == "detailed" && r.front >= 0 {
		line = number(r.front)
	}
	people := null
	if r.people > 0 {
		people = whole(int(math.Round(area / 1e4 * r.people)))
	}
	far0 := number(far)
	if s.level == "general" && u <= garden {
		far0 = null // a general plan says less
	}
	return spatial.Feature{Legal: p, Values: []spatial.Value{
		text(code), text(r.name), text(r.use), text(s.code), floorsMin, floorsMost, height, number(density), far0,
		limit(r.front), limit(r.side), limit(r.rear), line, people, text(s.document), text("Điều minh họa " + fmt.Sprint(2+int(u))), text("demo"), text(r.colour)}}
}
