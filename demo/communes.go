package demo

import "math"

// commune is one of the wards and communes before 2025-07-01. Sheets of the
// cadastral map were made for these.
type commune struct {
	code, name string
	ward       int // index into wards()
	rural      bool
	seeds      []float64
}

// ward is one of the wards since 2025-07-01.
type ward struct {
	code, name, kind, formed string
}

func wards() []ward {
	return []ward{
		{"24781", "Phường Xuân Hương - Đà Lạt", "phường", "Phường 1 (24784), Phường 2 (24781), Phường 3 (24802), Phường 4 (24793), Phường 10 (24796)"},
		{"24787", "Phường Cam Ly - Đà Lạt", "phường", "Phường 5 (24790), Phường 6 (24787), Xã Tà Nung (24808)"},
		{"24778", "Phường Lâm Viên - Đà Lạt", "phường", "Phường 8 (24772), Phường 9 (24778), Phường 12 (24775)"},
		{"24805", "Phường Xuân Trường - Đà Lạt", "phường", "Phường 11 (24799), Xã Xuân Thọ (24805), Xã Xuân Trường (24811), Xã Trạm Hành (24810)"},
		{"24846", "Phường Lang Biang - Đà Lạt", "phường", "Phường 7 (24769), Thị trấn Lạc Dương (24846), Xã Lát (24862)"},
	}
}

// communes are where they roughly are: each takes the ground nearest to its seeds.
func communes() []commune {
	return []commune{
		{"24784", "Phường 1", 0, false, []float64{435.5, 945.5, 437.5, 942.5, 434, 949}},
		{"24781", "Phường 2", 0, false, []float64{440, 951, 441.5, 957, 436.5, 956}},
		{"24802", "Phường 3", 0, false, []float64{449, 929, 452, 920, 445, 908, 460, 905, 455, 890, 462, 868, 440, 885, 478, 880}},
		{"24793", "Phường 4", 0, false, []float64{434, 931, 430, 921, 425, 908, 418, 897, 410, 887, 432, 872}},
		{"24796", "Phường 10", 0, false, []float64{455, 937, 464, 934, 470, 924, 450, 942, 478, 912}},
		{"24790", "Phường 5", 1, false, []float64{424, 945, 412, 948, 405, 938, 395, 960, 420, 936, 400, 915, 388, 950}},
		{"24787", "Phường 6", 1, false, []float64{427, 953, 423, 960, 415, 964, 430, 949.5}},
		{"24808", "Xã Tà Nung", 1, true, []float64{352, 924, 340, 905, 370, 930, 345, 950, 375, 905, 355, 890}},
		{"24772", "Phường 8", 2, false, []float64{446, 966, 450, 974, 440, 970, 447, 958, 457, 978, 460, 966}},
		{"24778", "Phường 9", 2, false, []float64{459, 949, 468, 953, 464, 958, 471, 948.5}},
		{"24775", "Phường 12", 2, false, []float64{480, 968, 477, 958, 488, 974, 474, 980, 495, 968}},
		{"24799", "Phường 11", 3, false, []float64{490, 946, 498, 943, 486, 938, 494, 953, 488, 926}},
		{"24805", "Xã Xuân Thọ", 3, true, []float64{520, 945, 535, 940, 512, 930, 545, 958, 515, 962, 505, 915, 525, 985}},
		{"24811", "Xã Xuân Trường", 3, true, []float64{540, 888, 525, 895, 555, 915, 515, 880, 500, 880}},
		{"24810", "Xã Trạm Hành", 3, true, []float64{566, 858, 550, 840, 535, 855, 580, 880, 510, 850}},
		{"24769", "Phường 7", 4, false, []float64{425, 980, 432, 975, 415, 985, 440, 985, 428, 990, 400, 985, 450, 990}},
		{"24846", "Thị trấn Lạc Dương", 4, false, []float64{424, 1007, 430, 1012, 415, 1005, 440, 1010}},
		{"24862", "Xã Lát", 4, true, []float64{380, 1015, 370, 1040, 400, 1035, 430, 1045, 460, 1040, 490, 1040, 480, 1010, 350, 1000, 335, 980, 500, 1010, 345, 970, 370, 980, 455, 1065}},
	}
}

// settle gives each block its former commune.
func (d *draft) settle(blocks []block) error {
	type seed struct {
		at vec
		of int
	}
	var seeds []seed
	for i, c := range communes() {
		at, err := locals(c.seeds)
		if err != nil {
			return err
		}
		for _, p := range at {
			seeds = append(seeds, seed{p, i})
		}
	}
	label := make([]int32, len(d.m.faces))
	for i := range label {
		label[i] = -1
	}
	for i := range blocks {
		b := &blocks[i]
		p := b.at.add(vec{d.l.noise(b.at), d.l.noise(vec{b.at.y, b.at.x})}.mul(90))
		best := math.Inf(1)
		for _, s := range seeds {
			if d := p.sub(s.at).len(); d < best {
				best, b.commune = d, s.of
			}
		}
		label[b.face] = int32(b.commune)
	}
	// A patch cut off from its commune goes to the one around it.
	for range 8 {
		if !d.m.absorb(label, len(communes())) {
			break
		}
	}
	for i := range blocks {
		blocks[i].commune = int(label[blocks[i].face])
	}
	return nil
}

// absorb gives all but the largest connected patch of each label to the neighbour it
// shares most border with. It reports whether it changed anything.
func (m *mesh) absorb(label []int32, n int) bool {
	patch := make([]int32, len(label))
	for i := range patch {
		patch[i] = -1
	}
	var size []float64
	var of []int32
	var hs []int32
	for f := range label {
		if label[f] < 0 || patch[f] >= 0 {
			continue
		}
		id := int32(len(size))
		size, of = append(size, 0), append(of, label[f])
		todo := []int32{int32(f)}
		patch[f] = id
		for len(todo) > 0 {
			g := todo[len(todo)-1]
			todo = todo[:len(todo)-1]
			hs = m.loop(g, hs[:0])
			var ring []pt
			for _, h := range hs {
				ring = append(ring, m.at(h))
				if k := m.face[h^1]; k >= 0 && label[k] == label[f] && patch[k] < 0 {
					patch[k] = id
					todo = append(todo, k)
				}
			}
			size[id] += ringArea(ring)
		}
	}
	largest := make([]int32, n)
	for i := range largest {
		largest[i] = -1
	}
	for id, l := range of {
		if k := largest[l]; k < 0 || size[id] > size[k] {
			largest[l] = int32(id)
		}
	}
	// The border each stray patch shares with each label.
	shared := make([][]float64, len(of))
	changed := false
	for h := range m.org {
		f, g := m.face[h], m.face[h^1]
		if f < 0 || g < 0 || label[f] < 0 || label[g] < 0 || patch[f] == patch[g] || largest[label[f]] == patch[f] {
			continue
		}
		if shared[patch[f]] == nil {
			shared[patch[f]] = make([]float64, n)
		}
		shared[patch[f]][label[g]] += dist(m.at(int32(h)), m.end(int32(h)))
	}
	for f := range label {
		if label[f] < 0 || largest[label[f]] == patch[f] {
			continue
		}
		best, to := 0.0, int32(-1)
		for l, s := range shared[patch[f]] {
			if s > best {
				best, to = s, int32(l)
			}
		}
		if to >= 0 {
			label[f], changed = to, true
		}
	}
	return changed
}
