package search

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// source feeds hand-made features to a model.
type source []spatial.Feature

func (s source) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for i, f := range s {
		if f.ID == 0 {
			f.ID = uint64(i + 1)
		}
		f.Rev, f.Version, f.At = spatial.Revision(i+1), 1, time.Unix(0, 0)
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(len(s)), Place: spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: 5899,
		Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}}}}, nil
}

func (s source) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (s source) Wait(ctx context.Context, _ spatial.Revision) error {
	<-ctx.Done()
	return ctx.Err()
}

func layers() []spatial.Layer {
	texts := func(name string, shape spatial.Shape, fields ...string) spatial.Layer {
		l := spatial.Layer{Name: name, Shape: shape}
		for _, f := range fields {
			l.Fields = append(l.Fields, spatial.Field{Name: f, Type: spatial.TypeText})
		}
		return l
	}
	return []spatial.Layer{parcels.Layer(),
		texts(roadsLayer, spatial.Lines, "code", "name", "ref"),
		texts(wardsLayer, spatial.Polygons, "code", "name", "formed_from", "successor"),
		texts(placesLayer, spatial.Points, "code", "kind", "name", "name_en", "address"),
		texts(zonesLayer, spatial.Polygons, "code", "name", "use", "plan"),
		worded(texts(plansLayer, spatial.Polygons, "code", "name", "level", "legal_status")),
	}
}

func worded(l spatial.Layer) spatial.Layer {
	l.Fields[l.Index("level")].Words = []spatial.Word{{Code: "zoning", Name: spatial.Name{VI: "Quy hoạch phân khu", EN: "Zoning plan"}}}
	l.Fields[l.Index("legal_status")].Words = []spatial.Word{{Code: "inForce", Name: spatial.Name{VI: "Đang có hiệu lực", EN: "In force"}}, {Code: "draft", Name: spatial.Name{VI: "Dự thảo", EN: "Draft"}}}
	return l
}

// row makes a feature of a layer; fields are name, value, name, value…
func row(layer string, g orb.Geometry, fields ...string) spatial.Feature {
	for _, l := range layers() {
		if l.Name != layer {
			continue
		}
		f := spatial.Feature{Layer: layer, Display: g, Values: make([]spatial.Value, len(l.Fields))}
		for i := 0; i < len(fields); i += 2 {
			n := l.Index(fields[i])
			if n < 0 {
				panic("no field " + fields[i])
			}
			f.Values[n] = spatial.Text(fields[i+1])
		}
		return f
	}
	panic("no layer " + layer)
}

func square(lon, lat, size float64) orb.Polygon {
	return orb.Bound{Min: orb.Point{lon, lat}, Max: orb.Point{lon + size, lat + size}}.ToPolygon()
}

func model(t testing.TB, features []spatial.Feature) index.View {
	t.Helper()
	m := index.New(index.Config{Layers: layers(), Keys: Keys()})
	if err := m.Load(t.Context(), source(features)); err != nil {
		t.Fatal(err)
	}
	return m.View(spatial.TierPublic)
}

// town is a hand-made piece of a city.
func town() []spatial.Feature {
	const p = parcels.LayerName
	hidden := row(p, square(108.4400, 11.9400, 0.0001), "sheet", "12", "number", "999", "commune", "24781", "address", "1 Trần Phú")
	hidden.Access = spatial.Official
	secret := row(plansLayer, square(108.4, 11.7, 0.1), "code", "QHPK-09", "name", "Phân khu bí mật", "legal_status", "draft")
	secret.Access = spatial.Official
	return []spatial.Feature{
		row(wardsLayer, square(108.39, 11.85, 0.10), "code", "24781", "name", "Phường Xuân Hương - Đà Lạt",
			"formed_from", "Phường 1 (24784), Phường 2 (24781), Phường 10 (24796)"), // 1
		row(wardsLayer, square(108.49, 11.85, 0.10), "code", "24787", "name", "Phường Cam Ly - Đà Lạt",
			"formed_from", "P5 (24790); P6 (24787); Xã Tà Nung (24808)"), // 2
		row(p, square(108.4381, 11.9401, 0.0001), "sheet", "12", "number", "345", "commune", "24781", "sheet_commune", "24784", "use", "ODT",
			"address", "44 đường Bùi Thị Xuân, Phường Xuân Hương - Đà Lạt"), // 3
		row(p, square(108.5000, 11.9000, 0.0001), "sheet", "12", "number", "345", "commune", "24787", "sheet_commune", "24790", "use", "CLN"), // 4
		row(p, square(108.4390, 11.9402, 0.0001), "sheet", "345", "number", "12", "commune", "24781", "sheet_commune", "24781"),               // 5
		row(p, square(108.4392, 11.9402, 0.0001), "sheet", "012", "number", "3450", "commune", "24781", "sheet_commune", "24784",
			"aliases", "tờ 7 thửa 88; 24784/9/10", "code", "TD-0001"), // 6
		row(p, square(108.4394, 11.9402, 0.0001), "sheet", "D5-II", "number", "7", "commune", "24781", "address", "Số 2 Trần Phú"), // 7
		hidden, // 8
		row(roadsLayer, orb.LineString{{108.43, 11.93}, {108.44, 11.94}}, "code", "r1", "name", "Đường Trần Phú", "ref", "QL20"),                          // 9
		row(roadsLayer, orb.LineString{{108.44, 11.94}, {108.45, 11.945}}, "code", "r2", "name", "Trần Phú"),                                              // 10
		row(roadsLayer, orb.LineString{{108.41, 11.91}, {108.42, 11.92}}, "code", "r3", "name", "Đường Bùi Thị Xuân"),                                     // 11
		row(roadsLayer, orb.LineString{{108.46, 11.95}, {108.47, 11.95}}, "code", "r4", "name", "Đường Hoà Bình"),                                         // 12
		row(roadsLayer, orb.LineString{{108.48, 11.95}, {108.49, 11.95}}, "code", "r5", "name", "Đường Phú Đông"),                                         // 13
		row(placesLayer, orb.Point{108.4456, 11.9401}, "code", "p1", "kind", "lake", "name", "Hồ Xuân Hương", "name_en", "Xuan Huong Lake"),               // 14
		row(placesLayer, orb.Point{108.4383, 11.9405}, "code", "p2", "kind", "market", "name", "Chợ Đà Lạt", "address", "Nguyễn Thị Minh Khai"),           // 15
		row(zonesLayer, square(108.43, 11.93, 0.01), "code", "OM-12", "name", "Nhóm nhà ở hiện hữu", "use", "ODT", "plan", "QHPK-07"),                     // 16
		row(zonesLayer, square(108.44, 11.93, 0.01), "code", "OM-120", "name", "Khu hỗn hợp", "use", "TMD", "plan", "QHPK-08"),                            // 17
		row(zonesLayer, square(108.45, 11.93, 0.01), "name", "Cây xanh cảnh quan"),                                                                        // 18
		row(plansLayer, square(108.4, 11.9, 0.1), "code", "QHPK-07", "name", "Phân khu trung tâm Hoà Bình", "level", "zoning", "legal_status", "inForce"), // 19
		row(plansLayer, square(108.4, 11.8, 0.1), "code", "QHPK-08", "name", "Phân khu phía Nam", "level", "zoning", "legal_status", "draft"),             // 20
		secret, // 21
		row(p, square(108.4500, 11.9600, 0.0001), "sheet", "40", "number", "10", "sheet_commune", "24784"),                                                                                     // 22
		row(p, square(108.4502, 11.9600, 0.0001), "sheet", "40", "number", "9", "sheet_commune", "24784"),                                                                                      // 23
		row(p, square(108.4504, 11.9600, 0.0001), "sheet", "40", "number", "100", "sheet_commune", "24784"),                                                                                    // 24
		row(p, square(108.5504, 11.9600, 0.0001), "sheet", "40", "number", "2", "sheet_commune", "24790"),                                                                                      // 25
		row(p, square(108.5502, 11.9600, 0.0001), "sheet", "40", "number", "1", "sheet_commune", "24790"),                                                                                      // 26
		row(p, orb.Polygon{{{108.46, 11.96}, {108.461, 11.96}, {108.461, 11.9601}, {108.4601, 11.9601}, {108.4601, 11.961}, {108.46, 11.961}, {108.46, 11.96}}}, "sheet", "41", "number", "1"), // 27: an angle
	}
}

// crowd is n parcels of a big town, with streets, wards and places.
func crowd(n int) []spatial.Feature {
	first := []string{"Trần", "Nguyễn", "Lê", "Phạm", "Hoàng", "Võ", "Bùi", "Đặng", "Phan", "Huỳnh"}
	middle := []string{"Thị", "Văn", "Đình", "Quang", "Hữu", "Công", "Bá", "Xuân", "Minh", "Ngọc"}
	last := []string{"Phú", "Hương", "Trãi", "Lợi", "Đạo", "Học", "Xuân", "Khai", "Cừ", "Trỗi"}
	street := func(i int) string {
		i %= 1000
		return first[i%10] + " " + middle[i/10%10] + " " + last[i/100]
	}
	var all []spatial.Feature
	for i := range 19 {
		all = append(all, row(wardsLayer, square(108.3+0.01*float64(i), 11.9, 0.01), "code", fmt.Sprint(24700+i), "name", fmt.Sprintf("Phường %s %d", street(i*37), i)))
	}
	for i := range 8000 {
		x := 108.3 + float64(i%100)*0.002
		all = append(all, row(roadsLayer, orb.LineString{{x, 11.9}, {x + 0.001, 11.9}}, "name", "Đường "+street(i)))
	}
	for i := range 2000 {
		all = append(all, row(placesLayer, orb.Point{108.3 + float64(i)*0.0001, 11.9}, "name", "Khách sạn "+street(i*7)))
	}
	for i := range n {
		all = append(all, row(parcels.LayerName, square(108.3+float64(i%400)*0.0004, 11.9+float64(i/400)*0.0004, 0.0003),
			"sheet", fmt.Sprint(i/500+1), "number", fmt.Sprint(i%500+1), "commune", fmt.Sprint(24700+i%19), "sheet_commune", fmt.Sprint(24700+i%19),
			"use", "ODT", "address", fmt.Sprintf("%d %s, Phường %d", i%300+1, street(i/90), i%19)))
	}
	return all
}
