package pages

import (
	"context"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
)

const plane = spatial.SRID(5899)

// town is a store's content, made by hand.
type town struct {
	features []spatial.Feature
	place    spatial.Place
	imports  []change.Import

	// Ids of parcels that the tests speak of.
	home        uint64 // wholly in one zone
	divided     uint64 // in two zones
	bare        uint64 // nothing known of it
	twice, twin uint64 // share their reference
	overlaid    uint64 // another parcel lies over it
}

func (s *town) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range s.features {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(len(s.features)), Place: s.place, Imports: s.imports}, nil
}

func (s *town) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (s *town) Wait(ctx context.Context, _ spatial.Revision) error {
	<-ctx.Done()
	return ctx.Err()
}

// add records a feature: fields are name, value, name, value…
func (s *town) add(layer string, shape orb.Geometry, fields ...any) *spatial.Feature {
	for _, l := range city.Layers() {
		if l.Name != layer {
			continue
		}
		id := uint64(len(s.features) + 1)
		f := spatial.Feature{Layer: layer, ID: id, Version: 1, Rev: spatial.Revision(id), At: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC), SRID: plane, Legal: shape,
			Values: make([]spatial.Value, len(l.Fields))}
		if shape != nil {
			from, err := crs.From(plane)
			if err != nil {
				panic(err)
			}
			f.Display = crs.Geometry(shape, from)
			if p, ok := shape.(orb.Polygon); ok {
				f.Area = area(p)
			}
		}
		for i := 0; i < len(fields); i += 2 {
			n := l.Index(fields[i].(string))
			if n < 0 {
				panic("no field " + fields[i].(string))
			}
			switch v := fields[i+1].(type) {
			case string:
				f.Values[n] = spatial.Text(v)
			case float64:
				f.Values[n] = spatial.Float(v)
			case int:
				f.Values[n] = spatial.Int(int64(v))
			case spatial.Date:
				f.Values[n] = spatial.Day(v)
			}
		}
		s.features = append(s.features, f)
		return &s.features[len(s.features)-1]
	}
	panic("no layer " + layer)
}

func area(p orb.Polygon) float64 {
	sum := 0.0
	for i := 1; i < len(p[0]); i++ {
		sum += p[0][i-1][0]*p[0][i][1] - p[0][i][0]*p[0][i-1][1]
	}
	return math.Round(math.Abs(sum)/2*1e4) / 1e4
}

// At the foot of the hills: the origin of the town's own metres.
const east, north = 575000.0, 1320500.0

// at is a polygon of the town's own metres: x, y, x, y…
func at(c ...float64) orb.Polygon {
	var r orb.Ring
	for i := 0; i < len(c); i += 2 {
		r = append(r, orb.Point{east + c[i], north + c[i+1]})
	}
	return orb.Polygon{append(r, r[0])}
}

func line(c ...float64) orb.LineString { return orb.LineString(at(c...)[0][:len(c)/2]) }

// dalat is a small piece of a city with everything in it.
func dalat() *town {
	s := &town{place: spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: plane, TimeZone: "Asia/Ho_Chi_Minh",
		Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}}, Attribution: "Sở Nông nghiệp và Môi trường", Contact: "datdai@example.vn"}}
	s.imports = []change.Import{{ID: 1, Name: "thua-dat-2026", Dataset: "thua-dat", Layer: parcels.LayerName, CRS: "EPSG:5899", Document: "BB-12/2026", Date: "2026-02-28",
		At: time.Date(2026, 3, 4, 22, 0, 0, 0, time.UTC)}}
	ward := s.add(city.WardsLayer, at(-2000, -2000, 2000, -2000, 2000, 2000, -2000, 2000), "code", "24781", "name", "Phường Xuân Hương - Đà Lạt", "formed_from", "Phường 1 (24784), Phường 2 (24781)")
	ward.Valid.From = "2025-07-01"
	s.add(planning.DocumentsLayer, nil, "code", "VB1", "number", "2221/QĐ-UBND", "title", "Quy định quản lý theo đồ án quy hoạch chung", "authority", "UBND tỉnh Lâm Đồng", "date", spatial.Date("2014-10-23"), "status", "demo")
	s.add(planning.PlansLayer, nil, "code", "QHPK-07", "name", "Quy hoạch phân khu trung tâm Hoà Bình", "level", "zoning", "legal_status", "inForce", "document", "VB1")
	s.add(planning.PlansLayer, nil, "code", "QHPK-08", "name", "Quy hoạch phân khu phía Nam", "level", "zoning", "legal_status", "consulting")
	s.add(planning.ZonesLayer, at(-60, 22, 130, 22, 130, 120, -60, 120), "code", "OM-12", "name", "Nhóm nhà ở hiện hữu", "use", "ODT", "plan", "QHPK-07", "floors", 3, "height", 13.5, "density", 80.0, "far", 2.4,
		"setback_front", 2.0, "article", "Điều 5", "status", "demo")
	s.add(planning.ZonesLayer, at(-60, -80, 130, -80, 130, 22, -60, 22), "code", "HH-03", "name", "Khu hỗn hợp", "use", "TMD", "plan", "QHPK-07", "floors", 5, "density", 60.0, "article", "Điều 6", "status", "demo")
	s.add(planning.ZonesLayer, at(40, -80, 130, -80, 130, -30, 40, -30), "code", "CX-01", "name", "Cây xanh", "use", "DKV", "plan", "QHPK-08", "floors", 0, "status", "unverified")
	s.add(planning.RestrictionsLayer, at(-60, 55, 130, 55, 130, 62, -60, 62), "kind", "roadCorridor", "code", "LG-1", "name", "Lộ giới")
	s.add(planning.RestrictionsLayer, at(900, 900, 990, 900, 990, 990, 900, 990), "kind", "heritage", "code", "DT-1")
	s.add(city.RoadsLayer, line(-300, 61, -20, 59, 80, 58.5, 300, 64), "code", "r1", "name", "Đường Bùi Thị Xuân", "width", 12.0)
	s.add(city.RoadsLayer, line(-37, -300, -37, 300), "code", "r2", "name", "Hẻm 21", "width", 4.0)
	s.add(city.WaterLayer, at(70, -60, 95, -68, 120, -50, 110, -35, 82, -38), "code", "w1", "name", "Hồ nhỏ")

	uses := []string{"ODT", "ODT", "ODT+CLN", "TMD", "ODT", "CLN"}
	parcel := func(number string, shape orb.Polygon, fields ...any) uint64 {
		f := s.add(parcels.LayerName, shape, append([]any{"commune", "24781", "sheet_commune", "24784", "sheet", "12", "number", number}, fields...)...)
		f.Import = 1
		return f.ID
	}
	n := 300
	for row := range 4 {
		for col := range 8 {
			x, y := float64(col)*16-34, 52-float64(row)*24-float64(row/2)*6
			w, h := 16.0, 24.0
			tilt := math.Sin(float64(col)) * 0.6
			shape := at(x, y-h+tilt, x+w, y-h+tilt, x+w, y+tilt, x, y+tilt)
			n++
			switch {
			case row == 0 && col == 3:
				s.home = parcel("345", at(x, y-h+tilt, x+w, y-h+tilt, x+w, y+tilt-6, x+w-4, y+tilt, x, y+tilt), "use", "ODT", "uses", "ODT:330.5;CLN:41.5", "area_registered", 372.0, "address", "44 đường Bùi Thị Xuân, Phường Xuân Hương - Đà Lạt", "aliases", "tờ 7 thửa 88")
			case row == 1 && col == 3:
				s.divided = parcel("361", at(x, y-h+tilt, x+w, y-h+tilt, x+w, y+tilt, x, y+tilt), "use", "ODT", "area_registered", 420.0)
			case row == 3 && col == 7:
				continue
			default:
				parcel(itoa(n), shape, "use", uses[n%len(uses)], "area_registered", 384.0)
			}
			if row < 2 {
				s.add(city.BuildingsLayer, at(x+2, y-14+tilt, x+w-2, y-14+tilt, x+w-2, y-3+tilt, x+2, y-3+tilt), "levels", 2)
			}
		}
	}
	f := s.add(parcels.LayerName, at(500, 500, 540, 503, 537, 541, 499, 540))
	f.Derived = true
	s.bare = f.ID
	f = s.add(parcels.LayerName, at(600, 0, 620, 0, 620, 20, 600, 20), "commune", "24781", "sheet_commune", "24781", "sheet", "3", "number", "9", "use", "XYZ", "area_registered", 300.0)
	s.twice = f.ID
	f = s.add(parcels.LayerName, at(640, 0, 660, 0, 660, 20, 640, 20), "commune", "24781", "sheet_commune", "24784", "sheet", "3", "number", "9")
	s.twin = f.ID
	f = s.add(parcels.LayerName, at(700, 0, 740, 0, 740, 40, 700, 40), "sheet", "4", "number", "1", "commune", "24781")
	s.overlaid = f.ID
	s.add(parcels.LayerName, at(705, 5, 738, 5, 738, 38, 705, 38), "sheet", "4", "number", "2", "commune", "24781")
	return s
}

func itoa(n int) string { return strings.TrimPrefix(language{code: "en"}.number(float64(n), 0), "+") }

// past is a history that was made by hand.
type past struct {
	versions []change.Version
	links    []change.Link
	err      error
}

func (p past) Versions(context.Context, string, uint64) ([]change.Version, []change.Link, error) {
	return p.versions, p.links, p.err
}

func model(t testing.TB, s *town) *index.Model {
	t.Helper()
	m := index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := m.Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return m
}

func serve(t testing.TB, s *town, change ...func(*Config)) http.Handler {
	t.Helper()
	c := Config{Model: model(t, s), Cards: city.New(city.Config{})}
	for _, f := range change {
		f(&c)
	}
	return New(c)
}

// get asks as a browser does.
func get(t testing.TB, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
