package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/langbiang/langbiang/spatial"
)

// spot is a place by a street: where a camera hangs or something happens.
type spot struct {
	at      vec
	heading float64 // degrees from north, along the street
	road    int32
	place   string
}

// spots are places along the streets of the town, the main ones more often.
func (c *City) spots(r *rand.Rand, n int, main bool) []spot {
	type run struct {
		road int32
		upto float64
	}
	var runs []run
	total := 0.0
	for i := range c.d.roads {
		rd := &c.d.roads[i]
		if rd.kind >= track || rd.name == "" || len(rd.lines) == 0 || (main && rd.kind > tertiary) {
			continue
		}
		l := rd.lines[0]
		if c.d.l.settled(l[len(l)/2].m()) < .3 {
			continue
		}
		w := rd.length
		if rd.kind <= secondary {
			w *= 3
		}
		total += w
		runs = append(runs, run{int32(i), total})
	}
	var out []spot
	for range n {
		x := r.Float64() * total
		k := 0
		for k+1 < len(runs) && runs[k].upto < x {
			k++
		}
		rd := &c.d.roads[runs[k].road]
		l := rd.lines[r.IntN(len(rd.lines))]
		i := r.IntN(len(l) - 1)
		a, b := l[i].m(), l[i+1].m()
		d := b.sub(a).unit()
		side := sign(r)
		at := a.add(b.sub(a).mul(r.Float64())).add(d.left().mul(side * (widths[rd.kind]/2 - .6)))
		s, _ := rd.along(at)
		name := rd.name
		place := fmt.Sprintf("%d %s", 2*int(s.pos/9)+1, name)
		if a, ok := alleyOf(name); ok {
			place = fmt.Sprintf("hẻm %s %s", a[0], a[1])
		}
		out = append(out, spot{at, math.Round(math.Mod(math.Atan2(d.x, d.y)*180/math.Pi+360, 360)), runs[k].road, place})
	}
	return out
}

func (c *City) cameras(out *sink) bool {
	r := c.stream(0xca3e4a)
	n := 0
	put := func(at vec, kind, name string, heading, fov, reach float64) bool {
		n++
		status := "online"
		switch x := r.Float64(); {
		case x < .05:
			status = "offline"
		case x < .08:
			status = "maintenance"
		}
		owner := "Trung tâm điều hành (minh họa)"
		return out.put(spatial.Feature{Legal: pointAt(at), Values: []spatial.Value{text(fmt.Sprintf("DEMO-CAM-%03d", n)), text(name), text(kind), text(status),
			number(heading), number(fov), number(reach), text(owner), {}}})
	}
	// High ones look over the town from its hills.
	var heights []vec
	for tries := 0; len(heights) < 22 && tries < 40000; tries++ {
		p := c.blocks[r.IntN(len(c.blocks))].at
		far := math.Inf(1)
		for _, q := range heights {
			far = min(far, q.sub(p).len())
		}
		limit := 1500.0
		if tries > 20000 {
			limit = 300
		}
		if far < limit || (tries < 20000 && (c.d.l.height(p) < 60 || c.d.l.settled(p) < .12)) {
			continue
		}
		heights = append(heights, p)
	}
	for i, p := range heights {
		if !put(p, "high", fmt.Sprintf("Camera trên cao số %d", i+1), math.Round(r.Float64()*359), 60, 3000) {
			return false
		}
	}
	kinds := []struct {
		kind, name string
		n          int
		fov, reach float64
	}{
		{"traffic", "Camera giao thông", 96, 70, 120},
		{"anpr", "Camera nhận dạng biển số", 24, 35, 40},
		{"ai", "Camera phân tích hình ảnh", 40, 75, 80},
		{"ptz", "Camera quay quét", 58, 62, 200},
		{"fixed", "Camera cố định", 106, 80, 50},
	}
	for _, k := range kinds {
		for _, s := range c.spots(r, k.n, k.kind == "traffic" || k.kind == "anpr") {
			if !put(s.at, k.kind, k.name+" "+s.place, s.heading, k.fov, k.reach) {
				return false
			}
		}
	}
	return true
}

// trouble is a kind of thing that citizens report.
type trouble struct {
	category, unit string
	titles         []string
	share          float64
	severity       int
}

func troubles() []trouble {
	return []trouble{
		{"Hạ tầng - giao thông", "Tổ hạ tầng giao thông", []string{"Ổ gà trên mặt đường", "Nắp cống bị vỡ", "Biển báo bị che khuất", "Đèn tín hiệu không hoạt động", "Sụt lún lề đường", "Ùn tắc giờ cao điểm"}, .23, 2},
		{"Rác - môi trường", "Tổ môi trường", []string{"Rác tồn đọng chưa thu gom", "Đổ xà bần không đúng nơi", "Mùi hôi từ mương thoát nước", "Đốt rác ngoài trời"}, .17, 1},
		{"Trật tự đô thị - xây dựng", "Tổ trật tự đô thị", []string{"Lấn chiếm vỉa hè", "Xây dựng có dấu hiệu sai phép", "Vật liệu xây dựng để trên lòng đường", "Bảng quảng cáo không phép"}, .15, 2},
		{"Cấp, thoát nước", "Tổ cấp thoát nước", []string{"Ngập sau mưa lớn", "Rò rỉ ống cấp nước", "Mất nước cục bộ", "Cống tắc"}, .11, 2},
		{"Chiếu sáng", "Tổ chiếu sáng", []string{"Đèn đường không sáng", "Đèn đường nhấp nháy", "Cột đèn nghiêng"}, .09, 1},
		{"Cây xanh", "Tổ cây xanh", []string{"Cành thông gãy đổ", "Cây che khuất đèn", "Cây nghiêng có nguy cơ ngã"}, .09, 2},
		{"Đất đai - lấn chiếm rừng", "Tổ kiểm lâm", []string{"San gạt đất chưa rõ phép", "Dấu hiệu lấn chiếm đất rừng", "Nhà kính dựng trên đất lâm nghiệp"}, .05, 3},
		{"Du lịch - lưu trú", "Tổ du lịch", []string{"Phản ánh giá dịch vụ", "Chèo kéo du khách", "Cơ sở lưu trú chưa niêm yết giá"}, .05, 1},
		{"An ninh trật tự", "Tổ an ninh", []string{"Tiếng ồn ban đêm", "Tụ tập gây mất trật tự"}, .03, 2},
		{"Cháy, cứu hộ", "Đội cứu hộ", []string{"Cháy thực bì ven rừng", "Sạt taluy sau mưa"}, .03, 3},
	}
}

func (c *City) incidents(out *sink) bool {
	r := c.stream(0x17c1de)
	const n = 300
	spots := c.spots(r, n, false)
	ages := make([]time.Duration, n)
	for i := range ages {
		ages[i] = time.Duration(r.Float64() * float64(28*24*time.Hour)).Truncate(time.Minute)
	}
	list := troubles()
	for i, s := range spots {
		x, t := r.Float64(), list[0]
		for _, k := range list {
			if x -= k.share; x < 0 {
				t = k
				break
			}
		}
		at := c.now.Add(-ages[i])
		state := progress(r, ages[i])
		severity := t.severity
		if r.Float64() < .25 {
			severity = max(1, severity-1)
		}
		days := []int{0, 5, 3, 1}[severity]
		due := at.Add(time.Duration(days) * 24 * time.Hour)
		closed := spatial.Value{}
		if state == "resolved" || state == "published" || state == "rejected" {
			end := at.Add(time.Duration((0.15 + 1.1*r.Float64()) * float64(days) * float64(24*time.Hour))).Truncate(time.Minute)
			if end.After(c.now) {
				end = c.now
			}
			closed = spatial.Time(end)
		}
		title := t.titles[r.IntN(len(t.titles))]
		if !out.put(spatial.Feature{Legal: pointAt(s.at), Values: []spatial.Value{text(fmt.Sprintf("DEMO-SC-%04d", i+1)), text(t.category), text(state), whole(severity),
			spatial.Time(at), text(title), text("Dữ liệu minh họa: " + title + " gần " + s.place + "."), text(s.place), text(t.unit), spatial.Time(due), closed}}) {
			return false
		}
	}
	return true
}

// progress is how far something that was reported so long ago has come.
func progress(r *rand.Rand, age time.Duration) string {
	x := r.Float64()
	switch days := age.Hours() / 24; {
	case x < .03:
		return "rejected"
	case x < .05:
		return "escalated"
	case x < .07:
		return "needsInfo"
	case x < .085 && days > 4:
		return "reopened"
	case days < .3:
		return "new"
	case days < 1:
		return []string{"new", "accepted", "assigned"}[r.IntN(3)]
	case days < 4:
		return []string{"assigned", "inProgress", "inProgress", "awaitingApproval", "resolved"}[r.IntN(5)]
	case days < 9:
		return []string{"inProgress", "awaitingApproval", "resolved", "resolved", "published"}[r.IntN(5)]
	}
	return []string{"resolved", "published", "published", "published"}[r.IntN(4)]
}

func (c *City) permits(out *sink) bool {
	r := c.stream(0x9e4317)
	n := min(420, max(12, len(c.lots)/230))
	for i, tries := 0, 0; i < n && tries < 100*n; tries++ {
		l := &c.lots[r.IntN(len(c.lots))]
		b := &c.blocks[l.block]
		if b.use > garden || l.road < 0 {
			continue
		}
		i++
		day := spatial.DayOf(c.now.AddDate(0, 0, -r.IntN(420)), c.zone())
		floors := 1 + r.IntN(ruleFor(b.use).floors)
		kind := []string{"xây mới", "xây mới", "xây mới", "sửa chữa, cải tạo"}[r.IntN(4)]
		state := []string{"issued", "issued", "issued", "completed", "completed", "applied", "refused", "expired"}[r.IntN(8)]
		if !out.put(spatial.Feature{Legal: pointAt(l.at), Values: []spatial.Value{text(fmt.Sprintf("DEMO-GP-%04d", i)), text(kind), spatial.Day(day), whole(floors),
			number(math.Round(l.area * ruleFor(b.use).density / 100 * float64(floors) * .8)), text(c.addressOf(l)), text(state)}}) {
			return false
		}
	}
	return true
}

func (c *City) indicators(out *sink) bool {
	r := c.stream(0x1d1ca7)
	for _, k := range []struct {
		code, name, unit string
		base, spread     float64
	}{
		{"visitors", "Lượt khách trong tuần (minh họa)", "lượt", 38000, 14000},
		{"reports", "Phản ánh của người dân (minh họa)", "phản ánh", 15, 12},
		{"onTime", "Tỷ lệ xử lý đúng hạn (minh họa)", "%", 84, 13},
		{"pm25", "Bụi mịn PM2.5 trung bình (minh họa)", "µg/m³", 13, 8},
		{"rain", "Lượng mưa tuần (minh họa)", "mm", 34, 30},
		{"waste", "Rác thu gom trong tuần (minh họa)", "tấn", 230, 60},
	} {
		for _, w := range wards() {
			for week := 3; week >= 0; week-- {
				at := c.now.AddDate(0, 0, -7*week).Truncate(24 * time.Hour)
				v := math.Round((k.base+k.spread*(r.Float64()-.5))*10) / 10
				if !out.put(spatial.Feature{Values: []spatial.Value{text(k.code), text(k.name), text(w.code), number(v), text(k.unit), spatial.Time(at), text("Số liệu minh họa")}}) {
					return false
				}
			}
		}
	}
	return true
}
