package web_test

import (
	"fmt"
	"testing"

	"github.com/langbiang/langbiang/spatial/access"
)

// TestSchemasAreWorded: a card of any record can be written from its layer's
// schema: each field has a title in the language asked for, each code a word.
func TestSchemasAreWorded(t *testing.T) {
	tw := newTown(t)
	admin := tw.as(access.Admin)
	all := tw.get("/api/collections", admin...).json(t)["collections"].([]any)
	if len(all) < 15 {
		t.Fatalf("%d layers", len(all))
	}
	schema := func(layer, lang string) map[string]any {
		return tw.get("/api/collections/"+layer+"/schema", append([]string{"Accept-Language", lang}, admin...)...).json(t)["properties"].(map[string]any)
	}
	for _, k := range all {
		layer := k.(map[string]any)["id"].(string)
		vi, en := schema(layer, "vi"), schema(layer, "en")
		for name, p := range vi {
			if name == "geometry" {
				continue
			}
			p, e := p.(map[string]any), en[name].(map[string]any)
			if fmt.Sprint(p["title"]) == "" || p["title"] == nil || e["title"] == nil || fmt.Sprint(e["title"]) == "" {
				t.Errorf("%s.%s has no title: %v, %v", layer, name, p, e)
			}
			if _, closed := p["enum"]; closed && p["oneOf"] == nil {
				t.Errorf("%s.%s has codes without words: %v", layer, name, p)
			}
		}
	}
	word := func(layer, field, list string, code any, lang string) string {
		for _, w := range schema(layer, lang)[field].(map[string]any)[list].([]any) {
			if w := w.(map[string]any); fmt.Sprint(w["const"]) == fmt.Sprint(code) {
				return fmt.Sprint(w["title"])
			}
		}
		return ""
	}
	for _, c := range []struct {
		layer, field, list string
		code               any
		vi, en             string
	}{
		{"incidents", "state", "oneOf", "published", "Đã công khai", "Published"},
		{"incidents", "severity", "anyOf", 3, "Cấp 3 – khẩn cấp", "Level 3 – urgent"},
		{"cameras", "kind", "oneOf", "high", "Camera trên cao", "High-mounted camera"},
		{"plans", "level", "oneOf", "zoning", "Quy hoạch phân khu", "Zoning plan"},
		{"roads", "class", "anyOf", "alley", "Hẻm", "Alley"},
		{"places", "kind", "anyOf", "waterfall", "Thác nước", "Waterfall"},
		{"zones", "use", "anyOf", "ODT", "Đất ở tại đô thị", "Urban residential land"},
	} {
		if vi, en := word(c.layer, c.field, c.list, c.code, "vi"), word(c.layer, c.field, c.list, c.code, "en"); vi != c.vi || en != c.en {
			t.Errorf("%s.%s %v: %q, %q", c.layer, c.field, c.code, vi, en)
		}
	}
	if p := schema("cameras", "vi")["heading"].(map[string]any); p["x-ogc-unit"] != "°" || p["title"] != "Hướng" {
		t.Errorf("%v", p)
	}
	if q := tw.get("/api/collections/incidents/queryables", append([]string{"Accept-Language", "en"}, admin...)...).json(t)["properties"].(map[string]any); q["state"].(map[string]any)["oneOf"] == nil {
		t.Errorf("%v", q["state"])
	}
}
