package queries

import (
	"slices"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/filter"
	"github.com/langbiang/langbiang/spatial/index"
)

// Known tells what was worked out of a parcel; false where nothing was. The facts
// are of the access tier of the view that is asked.
type Known interface {
	Facts(id uint64) (city.Facts, bool)
}

// Property is something that a query can speak of.
type Property struct {
	filter.Property
	Title spatial.Name
	Fact  bool // worked out, not recorded
}

// GeometryName is what a query calls a parcel's shape.
const GeometryName = "geometry"

// fact is a property that is worked out: exactly one of its ways to be read is set.
type fact struct {
	Property
	number func(*city.Facts) (float64, bool)
	text   func(*city.Facts) string
	list   func(*city.Facts) []string
}

func numeric(name, unit, vi, en string, of func(*city.Facts) *float64) fact {
	return fact{Property: Property{filter.Property{Name: name, Type: spatial.TypeFloat, Unit: unit}, spatial.Name{VI: vi, EN: en}, true},
		number: func(f *city.Facts) (float64, bool) {
			if p := of(f); p != nil {
				return *p, true
			}
			return 0, false
		}}
}

func textual(name, vi, en string, of func(*city.Facts) string) fact {
	return fact{Property: Property{filter.Property{Name: name, Type: spatial.TypeText}, spatial.Name{VI: vi, EN: en}, true}, text: of}
}

func listed(name, vi, en string, of func(*city.Facts) []string) fact {
	return fact{Property: Property{filter.Property{Name: name, Type: spatial.TypeText, Many: true}, spatial.Name{VI: vi, EN: en}, true}, list: of}
}

// capacityLeft is the floor area allowed less what is built; below zero where more
// stands there than is allowed.
func capacityLeft(f *city.Facts) (float64, bool) {
	if f.FloorArea == nil || f.BuiltFloorArea == nil {
		return 0, false
	}
	return *f.FloorArea - *f.BuiltFloorArea, true
}

// facts are the properties that are worked out, in the order they are shown.
func facts() []fact {
	return []fact{
		textual("outcome", "Kết quả về số tầng", "Outcome for floors", func(f *city.Facts) string { return string(f.Outcome) }),
		numeric("floors", "", "Số tầng tối đa", "Floors allowed", func(f *city.Facts) *float64 { return f.Floors }),
		textual("rule", "Căn cứ số tầng", "What says the floors", func(f *city.Facts) string { return f.Rule }),
		textual("rule_status", "Độ tin cậy của căn cứ", "How sure that is", func(f *city.Facts) string { return f.Status }),
		numeric("height", "m", "Chiều cao tối đa", "Height allowed", func(f *city.Facts) *float64 { return f.Height }),
		numeric("density", "%", "Mật độ xây dựng tối đa", "Density allowed", func(f *city.Facts) *float64 { return f.Density }),
		numeric("far", "", "Hệ số sử dụng đất tối đa", "Floor-area ratio allowed", func(f *city.Facts) *float64 { return f.FAR }),
		numeric("footprint", "m²", "Diện tích xây dựng tối đa", "Footprint allowed", func(f *city.Facts) *float64 { return f.Footprint }),
		numeric("floor_area", "m²", "Diện tích sàn tối đa", "Floor area allowed", func(f *city.Facts) *float64 { return f.FloorArea }),
		numeric("built_floor_area", "m²", "Diện tích sàn hiện có", "Floor area built", func(f *city.Facts) *float64 { return f.BuiltFloorArea }),
		{Property: Property{filter.Property{Name: "capacity_left", Type: spatial.TypeFloat, Unit: "m²"}, spatial.Name{VI: "Diện tích sàn còn lại", EN: "Floor area left"}, true}, number: capacityLeft},
		listed("zone", "Khu quy hoạch", "Zones", func(f *city.Facts) []string { return f.Zones }),
		listed("planned_use", "Loại đất quy hoạch", "Planned uses", func(f *city.Facts) []string { return f.PlannedUses }),
		textual("conversion", "Hiện trạng so với quy hoạch", "Present against planned use", func(f *city.Facts) string { return f.Conversion }),
		numeric("frontage", "m", "Mặt tiền", "Frontage", func(f *city.Facts) *float64 { return f.Frontage }),
		numeric("road_width", "m", "Lộ giới đường trước", "Width of the road in front", func(f *city.Facts) *float64 { return f.RoadWidth }),
		textual("ward", "Phường, xã", "Ward", func(f *city.Facts) string { return f.Ward }),
	}
}

// Properties are what a query of a view can speak of, but for the shape: the fields
// of parcels that its tier sees, id and area, then what is worked out. A field
// goes before a fact of its name.
func Properties(v index.View) []Property {
	l, ok := v.Layer(parcels.LayerName)
	if !ok {
		return nil
	}
	var out []Property
	taken := map[string]bool{}
	add := func(p Property) {
		if !taken[p.Name] {
			taken[p.Name] = true
			out = append(out, p)
		}
	}
	add(Property{filter.Property{Name: "id", Type: spatial.TypeInt}, spatial.Name{VI: "Mã bản ghi", EN: "Record id"}, false})
	for _, f := range l.Fields {
		add(Property{filter.Property{Name: f.Name, Type: f.Type, Unit: f.Unit}, f.Title, false})
	}
	add(Property{filter.Property{Name: "area", Type: spatial.TypeFloat, Unit: "m²"}, spatial.Name{VI: "Diện tích", EN: "Area"}, false})
	for _, f := range facts() {
		add(f.Property)
	}
	return out
}

// Schema is what a filter of a query may speak of, shapes in WGS 84. plane is where
// metres are measured; nil = S_DWITHIN is refused.
func Schema(v index.View, plane *filter.Plane) filter.Schema {
	s := filter.Schema{Geometry: GeometryName, Zone: v.Place().Zone(), Plane: plane}
	for _, p := range Properties(v) {
		s.Properties = append(s.Properties, p.Property)
	}
	return s
}

// RecordSchema is Schema without what is worked out.
func RecordSchema(v index.View, plane *filter.Plane) filter.Schema {
	s := Schema(v, plane)
	all := Properties(v)
	if i := slices.IndexFunc(all, func(p Property) bool { return p.Fact }); i >= 0 {
		s.Properties = s.Properties[:i] // facts come last
	}
	return s
}

// PlaneOf is where metres of a place are measured, from WGS 84; nil where it has no
// plane yet.
func PlaneOf(p spatial.Place) *filter.Plane {
	if !crs.Metric(p.Plane) {
		return nil
	}
	to, err := crs.To(p.Plane)
	if err != nil {
		return nil
	}
	from, err := crs.From(p.Plane)
	if err != nil {
		return nil
	}
	return &filter.Plane{To: to, From: from}
}
