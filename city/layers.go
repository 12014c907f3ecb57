package city

import (
	"slices"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
)

// Names of the base layers, which belong to no one domain.
const (
	LanduseLayer   = "landuse"
	RoadsLayer     = "roads"
	BuildingsLayer = "buildings"
	WaterLayer     = "water"
	WardsLayer     = "wards"
)

// Layers are all layers of the product, in the order they are shown and loaded.
func Layers() []spatial.Layer {
	text := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeText, Title: spatial.Name{VI: vi, EN: en}}
	}
	zero := 0.0
	num := func(name, unit, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeFloat, Unit: unit, Min: &zero, Title: spatial.Name{VI: vi, EN: en}}
	}
	base := []spatial.Layer{
		{Name: LanduseLayer, Title: spatial.Name{VI: "Hiện trạng sử dụng đất", EN: "Land use"}, Shape: spatial.Polygons,
			Fields: []spatial.Field{text("use", "Loại đất", "Land use"), text("name", "Tên", "Name"),
				text("sheet", "Số tờ", "Sheet"), text("number", "Số thửa", "Number"), num("area_registered", "m²", "Diện tích pháp lý", "Registered area")}},
		{Name: RoadsLayer, Title: spatial.Name{VI: "Đường", EN: "Roads"}, Shape: spatial.Lines, Key: []string{"code"},
			Fields: []spatial.Field{text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("class", "Cấp", "Class"),
				num("width", "m", "Lộ giới", "Width"), text("surface", "Mặt đường", "Surface"), text("ref", "Số hiệu", "Route number"),
				{Name: "oneway", Type: spatial.TypeBool, Title: spatial.Name{VI: "Một chiều", EN: "One way"}}}},
		{Name: BuildingsLayer, Title: spatial.Name{VI: "Công trình", EN: "Buildings"}, Shape: spatial.Polygons, Key: []string{"code"},
			Fields: []spatial.Field{text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("kind", "Loại", "Kind"),
				num("levels", "", "Số tầng", "Levels"), num("height", "m", "Chiều cao", "Height"), text("address", "Địa chỉ", "Address")}},
		{Name: WaterLayer, Title: spatial.Name{VI: "Mặt nước", EN: "Water"}, Shape: spatial.AnyShape, Key: []string{"code"},
			Fields: []spatial.Field{text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("kind", "Loại", "Kind")}},
		{Name: WardsLayer, Title: spatial.Name{VI: "Phường, xã", EN: "Wards"}, Shape: spatial.Polygons, Key: []string{"code"},
			Fields: []spatial.Field{text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("kind", "Cấp", "Kind"),
				text("parent", "Thuộc", "Parent"), text("formed_from", "Hình thành từ", "Formed from"), text("successor", "Nay là", "Successor")}},
	}
	return worded(slices.Concat([]spatial.Layer{parcels.Layer()}, base[:1], planning.Layers(), base[1:], []spatial.Layer{frontage.Layer()}, ioc.Layers()))
}
