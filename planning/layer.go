package planning

import "github.com/langbiang/langbiang/spatial"

// Layer names.
const (
	ZonesLayer        = "zones"
	PlansLayer        = "plans"
	RestrictionsLayer = "restrictions"
	DocumentsLayer    = "documents"
	RulePacksLayer    = "rule_packs"
)

// LegalStatuses a plan can have, from draft to repealed.
func legalStatuses() []string {
	return []string{"draft", "consulting", "inForce", "superseded", "repealed"}
}

// Layers are the planning layers' definitions.
func Layers() []spatial.Layer {
	zero, hundred := 0.0, 100.0
	text := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeText, Title: spatial.Name{VI: vi, EN: en}}
	}
	one := func(name, vi, en string, of []string) spatial.Field {
		f := text(name, vi, en)
		f.OneOf = of
		return f
	}
	date := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeDate, Title: spatial.Name{VI: vi, EN: en}}
	}
	num := func(name, unit, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeFloat, Unit: unit, Min: &zero, Title: spatial.Name{VI: vi, EN: en}}
	}
	count := func(name, vi, en string) spatial.Field {
		return spatial.Field{Name: name, Type: spatial.TypeInt, Min: &zero, Title: spatial.Name{VI: vi, EN: en}}
	}
	percent := func(name, vi, en string) spatial.Field {
		f := num(name, "%", vi, en)
		f.Max = &hundred
		return f
	}
	return []spatial.Layer{
		{Name: ZonesLayer, Title: spatial.Name{VI: "Khu chức năng quy hoạch", EN: "Planning zones"}, Shape: spatial.Polygons, Key: []string{"plan", "code"},
			Fields: []spatial.Field{
				text("code", "Mã ô quy hoạch", "Zone code"), text("name", "Tên", "Name"),
				text("use", "Sử dụng đất quy hoạch", "Planned use"), text("plan", "Đồ án", "Plan"),
				count("floors_min", "Tầng cao tối thiểu", "Floors, least"), count("floors", "Tầng cao tối đa", "Floors, most"),
				num("height", "m", "Chiều cao tối đa", "Height, most"),
				percent("density", "Mật độ xây dựng tối đa", "Building density, most"),
				num("far", "", "Hệ số sử dụng đất tối đa", "Floor area ratio, most"),
				num("setback_front", "m", "Khoảng lùi trước", "Front setback"), num("setback_side", "m", "Khoảng lùi bên", "Side setback"), num("setback_rear", "m", "Khoảng lùi sau", "Rear setback"),
				num("building_line", "m", "Chỉ giới xây dựng", "Building line"),
				count("population", "Dân số", "Population"), text("document", "Văn bản", "Document"), text("article", "Điều khoản", "Article"),
				one("status", "Mức tin cậy", "Status", Statuses()), text("color", "Màu", "Colour"),
			}},
		{Name: PlansLayer, Title: spatial.Name{VI: "Đồ án quy hoạch", EN: "Plans"}, Shape: spatial.Polygons, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã hồ sơ quy hoạch", "Plan code"), text("name", "Tên", "Name"),
				one("level", "Cấp", "Level", []string{"general", "zoning", "detailed"}), text("scale", "Tỷ lệ", "Scale"),
				text("document", "Văn bản phê duyệt", "Document of approval"),
				one("legal_status", "Hiệu lực", "Legal status", legalStatuses()),
				date("period_from", "Kỳ từ", "Period from"), date("period_to", "Kỳ đến", "Period to"),
				one("status", "Mức tin cậy", "Status", Statuses()),
				text("replaces", "Thay thế đồ án", "Replaces the plans"), // codes, apart by commas
			}},
		{Name: RestrictionsLayer, Title: spatial.Name{VI: "Hạn chế sử dụng đất", EN: "Restrictions"}, Shape: spatial.AnyShape, Key: []string{"kind", "code"},
			Fields: []spatial.Field{
				one("kind", "Loại", "Kind", []string{"roadCorridor", "powerLine", "water", "heritage", "view", "airport", "forest", "slope", "other"}),
				text("code", "Mã", "Code"), text("name", "Tên", "Name"), text("plan", "Đồ án", "Plan"),
				count("floors", "Tầng cao tối đa", "Floors, most"), num("height", "m", "Chiều cao tối đa", "Height, most"),
				num("distance", "m", "Khoảng cách", "Distance"),
				text("document", "Văn bản", "Document"), text("article", "Điều khoản", "Article"),
				one("legal_status", "Hiệu lực", "Legal status", legalStatuses()), one("status", "Mức tin cậy", "Status", Statuses()),
			}},
		{Name: DocumentsLayer, Title: spatial.Name{VI: "Văn bản", EN: "Documents"}, Shape: spatial.NoShape, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã", "Code"), text("number", "Số hiệu", "Number"), text("title", "Trích yếu", "Title"),
				text("authority", "Cơ quan ban hành", "Authority"), date("date", "Ngày ban hành", "Date"),
				date("effective_from", "Hiệu lực từ", "Effective from"), date("effective_to", "Hiệu lực đến", "Effective to"),
				text("url", "Liên kết", "Link"), one("status", "Mức tin cậy", "Status", Statuses()),
			}},
		{Name: RulePacksLayer, Title: spatial.Name{VI: "Bộ quy tắc", EN: "Rule packs"}, Shape: spatial.NoShape, Key: []string{"code"},
			Fields: []spatial.Field{
				text("code", "Mã bộ", "Pack code"), text("edition", "Phiên bản", "Version"), text("title", "Tên", "Title"),
				text("applies", "Áp dụng ở", "Applies in"), // codes of communes, apart by commas; none = the whole country
				text("body", "Nội dung", "Content"),
			}},
	}
}
