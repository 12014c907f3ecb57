// Package ioc is the city's operations over the same map: cameras, incidents,
// tourist places, permits, indicators.
//
// It knows nothing of parcels or planning (city joins them), of stores or of HTTP.
//
// Invariant: what is not public by law or by moderation is not public here by
// default: a camera's exact place, an incident nobody has looked at, a stream's
// address. A record says its own access class; the layers' classes bind besides.
package ioc

import "github.com/langbiang/langbiang/spatial"

// Layer names.
const (
	CamerasLayer    = "cameras"
	IncidentsLayer  = "incidents"
	PlacesLayer     = "places"
	PermitsLayer    = "permits"
	IndicatorsLayer = "indicators"
)

// States an incident goes through.
func states() []string {
	return []string{"new", "accepted", "assigned", "inProgress", "awaitingApproval", "resolved", "published", "rejected", "escalated", "needsInfo", "reopened"}
}

// Layers are the operations layers' definitions.
func Layers() []spatial.Layer {
	text := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeText, Title: spatial.Name{VI: vi, EN: en}}
	}
	closed := func(a spatial.Access, f spatial.Field) spatial.Field { f.Access = a; return f }
	one := func(name, vi, en string, of ...string) spatial.Field {
		f := text(name, vi, en)
		f.OneOf = of
		return f
	}
	when := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeTime, Title: spatial.Name{VI: vi, EN: en}}
	}
	num := func(name, unit, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeFloat, Unit: unit, Title: spatial.Name{VI: vi, EN: en}}
	}
	count := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeInt, Title: spatial.Name{VI: vi, EN: en}}
	}
	one3, three := 1.0, 3.0
	severity := count("severity", "Mức độ", "Severity")
	severity.Min, severity.Max = &one3, &three
	return []spatial.Layer{
		// Traffic cameras are public; the record's class hides the others.
		{Name: CamerasLayer, Title: spatial.Name{VI: "Camera", EN: "Cameras"}, Shape: spatial.Points, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã", "Code"), text("name", "Tên", "Name"),
				one("kind", "Loại", "Kind", "fixed", "ptz", "high", "anpr", "traffic", "ai"),
				one("status", "Tình trạng", "Status", "online", "offline", "maintenance"),
				num("heading", "°", "Hướng", "Heading"), num("fov", "°", "Góc nhìn", "Field of view"), num("range", "m", "Tầm nhìn", "Range"),
				closed(spatial.Official, text("owner", "Đơn vị quản lý", "Owner")), closed(spatial.Operations, text("stream", "Luồng hình", "Stream")),
			}},
		{Name: IncidentsLayer, Title: spatial.Name{VI: "Sự cố", EN: "Incidents"}, Shape: spatial.Points, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã", "Code"), text("category", "Lĩnh vực", "Category"),
				one("state", "Trạng thái", "State", states()...), severity, when("at", "Thời điểm", "At"),
				text("title", "Tiêu đề", "Title"), text("description", "Mô tả", "Description"), text("address", "Địa điểm", "Address"),
				closed(spatial.Official, text("unit", "Đơn vị xử lý", "Unit")), when("due_at", "Hạn xử lý", "Due"), when("closed_at", "Hoàn thành", "Closed"),
			}},
		{Name: PlacesLayer, Title: spatial.Name{VI: "Địa danh, du lịch", EN: "Places"}, Shape: spatial.AnyShape, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã", "Code"), text("kind", "Loại", "Kind"), text("name", "Tên", "Name"), text("name_en", "Tên tiếng Anh", "English name"),
				text("address", "Địa chỉ", "Address"), text("website", "Trang web", "Website"), text("opening_hours", "Giờ mở cửa", "Opening hours"),
				count("rooms", "Số phòng", "Rooms"), text("source", "Nguồn", "Source"),
			}},
		{Name: PermitsLayer, Title: spatial.Name{VI: "Giấy phép xây dựng", EN: "Building permits"}, Shape: spatial.AnyShape, Access: spatial.Official, Key: []string{"number"},
			Fields: []spatial.Field{
				text("number", "Số giấy phép", "Number"), text("kind", "Loại", "Kind"),
				{Name: "date", Type: spatial.TypeDate, Title: spatial.Name{VI: "Ngày cấp", EN: "Date"}},
				count("floors", "Số tầng", "Floors"), num("floor_area", "m²", "Diện tích sàn", "Floor area"), text("address", "Địa chỉ", "Address"),
				one("state", "Trạng thái", "State", "applied", "issued", "refused", "expired", "completed"),
			}},
		{Name: IndicatorsLayer, Title: spatial.Name{VI: "Chỉ số", EN: "Indicators"}, Shape: spatial.NoShape, Key: []string{"code", "area_code", "at"},
			Fields: []spatial.Field{
				text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("area_code", "Địa bàn", "Area"),
				num("value", "", "Giá trị", "Value"), text("unit", "Đơn vị", "Unit"), when("at", "Thời điểm", "At"), text("source", "Nguồn", "Source"),
			}},
	}
}
