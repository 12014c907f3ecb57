package demo_test

import (
	"math"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func check(t *testing.T, c *demo.City, recs map[string][]spatial.Feature) {
	t.Helper()
	defs := layers()
	place := c.Place()
	for name, fs := range recs {
		l := defs[name]
		if l == nil {
			t.Fatalf("layer %q is not the product's", name)
		}
		for i := range fs {
			record(t, l, &fs[i], place.Bounds)
		}
		references(t, l, fs)
	}
	for _, name := range []string{"documents", "plans", "wards", "water", "roads", "zones", "restrictions", "landuse", "parcels", "buildings", "places", "cameras", "incidents", "permits", "indicators"} {
		if len(recs[name]) == 0 {
			t.Errorf("no %s", name)
		}
	}
	edges(t, recs["parcels"])
	apart(t, recs["parcels"])
	inWards(t, defs, recs)
	register(t, defs["parcels"], recs["parcels"])
	planned(t, defs, recs)
}

// record checks one record against its layer: values, shape, display, area.
func record(t *testing.T, l *spatial.Layer, f *spatial.Feature, bounds orb.Bound) {
	t.Helper()
	if len(f.Values) != len(l.Fields) {
		t.Fatalf("%s: %d values for %d fields", l.Name, len(f.Values), len(l.Fields))
	}
	for i, v := range f.Values {
		fd := &l.Fields[i]
		if v.IsNull() {
			continue
		}
		if v.Type() != fd.Type {
			t.Errorf("%s.%s: %v is %v", l.Name, fd.Name, v, v.Type())
		}
		if fd.OneOf != nil && !strings.Contains("|"+strings.Join(fd.OneOf, "|")+"|", "|"+v.Text()+"|") {
			t.Errorf("%s.%s: %q is none of %v", l.Name, fd.Name, v, fd.OneOf)
		}
		if n, ok := v.Number(); ok && ((fd.Min != nil && n < *fd.Min) || (fd.Max != nil && n > *fd.Max)) {
			t.Errorf("%s.%s: %v is out of bounds", l.Name, fd.Name, n)
		}
	}
	if f.Legal == nil {
		if l.Shape != spatial.NoShape {
			t.Errorf("%s: no shape", l.Name)
		}
		return
	}
	if faults := overlay.Faults(f.Legal); len(faults) > 0 {
		t.Errorf("%s %v: %v", l.Name, f.Values[:2], faults[0])
	}
	if repaired, codes := overlay.Repair(f.Legal); len(codes) > 0 || !orb.Equal(repaired, f.Legal) {
		t.Errorf("%s %v: would be repaired: %v", l.Name, f.Values[:2], codes)
	}
	display, err := crs.Display(f.Legal, f.SRID)
	if err != nil || !orb.Equal(display, f.Display) {
		t.Errorf("%s: display shape: %v", l.Name, err)
	}
	if f.SRID != 5899 || f.Area != overlay.Area(f.Legal) || f.Derived {
		t.Errorf("%s: srid %d, area %v", l.Name, f.SRID, f.Area)
	}
	b := f.Display.Bound()
	if e := 0.001; l.Name != "restrictions" && (b.Min[0] < bounds.Min[0]-e || b.Min[1] < bounds.Min[1]-e || b.Max[0] > bounds.Max[0]+e || b.Max[1] > bounds.Max[1]+e) {
		t.Errorf("%s %v lies outside the city: %v", l.Name, f.Values[:2], b)
	}
}

// references checks that what refers to a record from outside names one record only.
func references(t *testing.T, l *spatial.Layer, fs []spatial.Feature) {
	t.Helper()
	if l.Key == nil {
		return
	}
	seen := map[string]bool{}
	for i := range fs {
		key := string(fs[i].Valid.From) + "|"
		for _, k := range l.Key {
			v := attrs{l, &fs[i]}.Attr(k)
			if v.IsNull() {
				t.Errorf("%s: a record has no %s", l.Name, k)
			}
			key += v.String() + "|"
		}
		if seen[key] {
			t.Errorf("%s: %s stands twice", l.Name, key)
		}
		seen[key] = true
	}
}

type edge struct{ a, b orb.Point }

// edges checks that parcels share their edges: each runs along one parcel only, or
// two in opposite directions; and no vertex of one lies on another's edge unshared.
func edges(t *testing.T, fs []spatial.Feature) {
	t.Helper()
	count := map[edge]int{}
	mm := map[orb.Point]bool{}
	for i := range fs {
		for _, r := range fs[i].Legal.(orb.Polygon) {
			for j := 0; j+1 < len(r); j++ {
				count[edge{r[j], r[j+1]}]++
				mm[r[j]] = true
				for _, v := range r[j] {
					if math.Round(v*1000)/1000 != v {
						t.Fatalf("parcel %d: %v is not in whole millimetres", i, v)
					}
				}
			}
		}
	}
	shared := 0
	for e, n := range count {
		if n > 1 {
			t.Fatalf("edge %v runs along %d parcels the same way", e, n)
		}
		if count[edge{e.b, e.a}] == 1 {
			shared++
		}
	}
	if share := float64(shared) / float64(len(count)); share < .6 {
		t.Errorf("only %.2f of the edges are shared", share)
	}
	// Vertices by cell, to find those that lie within an edge that does not have them.
	const cell = 20.0
	grid := map[[2]int][]orb.Point{}
	at := func(p orb.Point) [2]int { return [2]int{int(p[0] / cell), int(p[1] / cell)} }
	for p := range mm {
		grid[at(p)] = append(grid[at(p)], p)
	}
	for e := range count {
		l := math.Hypot(e.b[0]-e.a[0], e.b[1]-e.a[1])
		lo, hi := at(orb.Point{min(e.a[0], e.b[0]), min(e.a[1], e.b[1])}), at(orb.Point{max(e.a[0], e.b[0]), max(e.a[1], e.b[1])})
		for x := lo[0]; x <= hi[0]; x++ {
			for y := lo[1]; y <= hi[1]; y++ {
				for _, p := range grid[[2]int{x, y}] {
					if p == e.a || p == e.b {
						continue
					}
					s := ((p[0]-e.a[0])*(e.b[0]-e.a[0]) + (p[1]-e.a[1])*(e.b[1]-e.a[1])) / (l * l)
					d := math.Abs((p[0]-e.a[0])*(e.b[1]-e.a[1])-(p[1]-e.a[1])*(e.b[0]-e.a[0])) / l
					if s > 0 && s < 1 && d < 0.02 {
						t.Errorf("vertex %v lies on edge %v but is not shared", p, e)
					}
				}
			}
		}
	}
}

// apart checks that no two parcels overlap. Neighbours whose boxes meet are tried,
// a fixed share of them exactly.
func apart(t *testing.T, fs []spatial.Feature) {
	t.Helper()
	const cell = 200.0
	grid := map[[2]int][]int{}
	boxes := make([]orb.Bound, len(fs))
	for i := range fs {
		boxes[i] = fs[i].Legal.Bound()
		for x := int(boxes[i].Min[0] / cell); x <= int(boxes[i].Max[0]/cell); x++ {
			for y := int(boxes[i].Min[1] / cell); y <= int(boxes[i].Max[1]/cell); y++ {
				grid[[2]int{x, y}] = append(grid[[2]int{x, y}], i)
			}
		}
	}
	tried, area := 0, 0.0
	stride := 1 + len(fs)/4000
	for i := 0; i < len(fs); i += stride {
		seen := map[int]bool{i: true}
		for x := int(boxes[i].Min[0] / cell); x <= int(boxes[i].Max[0]/cell); x++ {
			for y := int(boxes[i].Min[1] / cell); y <= int(boxes[i].Max[1]/cell); y++ {
				for _, j := range grid[[2]int{x, y}] {
					if seen[j] || !boxes[i].Intersects(boxes[j]) {
						continue
					}
					seen[j] = true
					a, err := overlay.IntersectionArea(fs[i].Legal, fs[j].Legal)
					if err != nil || a > 1e-4 {
						t.Errorf("parcels %v and %v share %v m² (%v)", fs[i].Values[1:4], fs[j].Values[1:4], a, err)
					}
					tried++
					area += a
				}
			}
		}
	}
	if tried < 3000 {
		t.Errorf("only %d pairs were tried", tried)
	}
}

// inWards checks that the wards of today, and those before, divide the ground
// without overlap, and that each parcel lies in the one it names.
func inWards(t *testing.T, defs map[string]*spatial.Layer, recs map[string][]spatial.Feature) {
	t.Helper()
	now, before := map[string]orb.Geometry{}, map[string]orb.Geometry{}
	sum := [2]float64{}
	for i := range recs["wards"] {
		f := &recs["wards"][i]
		code := attrs{defs["wards"], f}.Attr("code").Text()
		if f.Valid.Holds("2026-01-01") {
			now[code] = f.Legal
			sum[0] += f.Area
		} else {
			before[code] = f.Legal
			sum[1] += f.Area
		}
	}
	if len(now) != 5 || len(before) != 18 || math.Abs(sum[0]-sum[1]) > 1 {
		t.Errorf("%d wards now, %d before, of %v m²", len(now), len(before), sum)
	}
	for a, g := range now {
		for b, h := range now {
			if a < b {
				if both, err := overlay.IntersectionArea(g, h); err != nil || both > 1e-3 {
					t.Errorf("wards %s and %s share %v m² (%v)", a, b, both, err)
				}
			}
		}
	}
	stride := 1 + len(recs["parcels"])/1500
	for i := 0; i < len(recs["parcels"]); i += stride {
		f := &recs["parcels"][i]
		p, err := overlay.InteriorPoint(f.Legal)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []struct {
			in   map[string]orb.Geometry
			code string
		}{{now, f.Values[0].Text()}, {before, f.Values[1].Text()}} {
			for code, g := range k.in {
				if in, err := overlay.Intersects(g, p); err != nil || in != (code == k.code) {
					t.Errorf("parcel %v, which names %s: in %s %v (%v)", f.Values[1:4], k.code, code, in, err)
				}
			}
		}
	}
}

// register checks what the land office says of its parcels.
func register(t *testing.T, l *spatial.Layer, fs []spatial.Feature) {
	t.Helper()
	table := landuse.NewTable()
	none, differs := 0, 0
	for i := range fs {
		f := &fs[i]
		p := parcels.Read(1, f.Area, attrs{l, f})
		sum := 0.0
		for _, u := range p.Uses {
			if c, ok := table.Lookup(u.Code); !ok || !c.Current {
				t.Errorf("use %q is not in the list", u.Code)
			}
			sum += u.Area
		}
		switch _, flag := p.Difference(parcels.Tolerance{Share: .01}); flag {
		case "unregistered":
			none++
		case "differs":
			differs++
		}
		if p.Registered > 0 && math.Abs(sum-p.Registered) > .06 {
			t.Errorf("parcel %v: uses come to %v of %v", p.Reference, sum, p.Registered)
		}
		if f.Area < 15 {
			t.Errorf("parcel %v has %v m²", p.Reference, f.Area)
		}
	}
	n := float64(len(fs))
	if a, b := float64(none)/n, float64(differs)/n; a < .002 || a > .02 || b < .01 || b > .05 {
		t.Errorf("%.4f unregistered, %.4f differ", a, b)
	}
}

// planned checks that what plans, zones and restrictions name is there, that a plan's
// zones fill it, and that nothing can be taken for real.
func planned(t *testing.T, defs map[string]*spatial.Layer, recs map[string][]spatial.Feature) {
	t.Helper()
	docs, plans, sum := map[string]bool{}, map[string]float64{}, map[string]float64{}
	status := map[string]bool{}
	for i := range recs["documents"] {
		a := attrs{defs["documents"], &recs["documents"][i]}
		docs[a.Attr("code").Text()] = true
		if !strings.HasPrefix(a.Attr("number").Text(), "DEMO-") || a.Attr("status").Text() != "demo" {
			t.Errorf("document %v looks real", a.Attr("number"))
		}
	}
	for i := range recs["plans"] {
		f := &recs["plans"][i]
		a := attrs{defs["plans"], f}
		plans[a.Attr("code").Text()] = f.Area
		status[a.Attr("legal_status").Text()] = true
		if !docs[a.Attr("document").Text()] || a.Attr("status").Text() != "demo" {
			t.Errorf("plan %v names %v", a.Attr("code"), a.Attr("document"))
		}
	}
	for i := range recs["zones"] {
		f := &recs["zones"][i]
		a := attrs{defs["zones"], f}
		sum[a.Attr("plan").Text()] += f.Area
		if _, ok := plans[a.Attr("plan").Text()]; !ok || !docs[a.Attr("document").Text()] || a.Attr("status").Text() != "demo" {
			t.Errorf("zone %v names plan %v, document %v", a.Attr("code"), a.Attr("plan"), a.Attr("document"))
		}
		if lo, hi := a.Attr("floors_min"), a.Attr("floors"); lo.Int() > hi.Int() {
			t.Errorf("zone %v: %v to %v floors", a.Attr("code"), lo, hi)
		}
	}
	for code, area := range plans {
		if math.Abs(area-sum[code]) > 1e-6*area {
			t.Errorf("the zones of %s come to %v m² of %v", code, sum[code], area)
		}
	}
	if !status["inForce"] || !status["consulting"] || !status["superseded"] {
		t.Errorf("legal statuses %v", status)
	}
	for i := range recs["restrictions"] {
		if a := (attrs{defs["restrictions"], &recs["restrictions"][i]}); !docs[a.Attr("document").Text()] || a.Attr("status").Text() != "demo" {
			t.Errorf("restriction %v names %v", a.Attr("code"), a.Attr("document"))
		}
	}
}

// bounds holds the whole city to what Da Lat is like.
func bounds(t *testing.T, recs map[string][]spatial.Feature) {
	t.Helper()
	defs := layers()
	count := func(layer string, keep func(a attrs) bool) (n int) {
		for i := range recs[layer] {
			if keep(attrs{defs[layer], &recs[layer][i]}) {
				n++
			}
		}
		return n
	}
	between := func(what string, n, lo, hi int) {
		t.Helper()
		if n < lo || n > hi {
			t.Errorf("%s: %d, not %d to %d", what, n, lo, hi)
		}
	}
	high := count("cameras", func(a attrs) bool { return a.Attr("kind").Text() == "high" })
	between("high cameras", high, 22, 22)
	between("other cameras", len(recs["cameras"])-high, 324, 324)
	between("public cameras that are not for traffic", count("cameras", func(a attrs) bool { return a.f.Access == spatial.Public && a.Attr("kind").Text() != "traffic" }), 0, 0)
	between("incidents", len(recs["incidents"]), 250, 400)
	between("new incidents that are public", count("incidents", func(a attrs) bool { return a.f.Access == spatial.Public && a.Attr("state").Text() == "new" }), 0, 0)
	between("incidents out of the four weeks", count("incidents", func(a attrs) bool {
		at := a.Attr("at").Time()
		return at.After(now()) || at.Before(now().AddDate(0, 0, -28))
	}), 0, 0)
	between("places", len(recs["places"]), 55, 80)
	between("buildings", len(recs["buildings"]), 30000, 55000)
	between("plots of 30 to 250 m²", count("parcels", func(a attrs) bool { return a.f.Area < 250 }), 45000, 75000)
	between("villas, gardens and small fields", count("parcels", func(a attrs) bool { return a.f.Area >= 250 && a.f.Area < 1000 }), 8000, 30000)
	between("fields", count("parcels", func(a attrs) bool { return a.f.Area >= 1000 && a.f.Area < 12000 }), 10000, 35000)
	between("woods", count("parcels", func(a attrs) bool { return a.f.Area > 20000 }), 1000, 6000)
	between("mixed uses", count("parcels", func(a attrs) bool { return strings.Contains(a.Attr("use").Text(), "+") }), 5000, 30000)
	between("addresses", count("parcels", func(a attrs) bool { return !a.Attr("address").IsNull() }), 50000, 85000)
	names := map[string]bool{}
	for i := range recs["roads"] {
		names[attrs{defs["roads"], &recs["roads"][i]}.Attr("name").Text()] = true
	}
	for _, n := range []string{"Trần Phú", "Hùng Vương", "Phan Đình Phùng", "Nguyễn Chí Thanh", "3 Tháng 2", "Bùi Thị Xuân", "Hai Bà Trưng", "Hoàng Văn Thụ", "Yersin", "Quang Trung", "Lữ Gia", "Nguyễn Công Trứ"} {
		if !names[n] {
			t.Errorf("no street %s", n)
		}
	}
}
