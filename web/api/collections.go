package api

import (
	"math"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
)

func (a *API) collections() {
	layer := []*huma.Param{layerParameter()}
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections", OperationID: "collections", Tags: []string{"features"}, Summary: "The layers",
			Responses: a.answer(mediaJSON, "The layers that the caller may see", collectionList{})},
		media: mediaJSON, serve: (*call).list,
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}", OperationID: "collection", Tags: []string{"features"}, Summary: "One layer",
			Parameters: layer, Responses: a.answer(mediaJSON, "The layer", collection{})},
		media: mediaJSON, serve: func(c *call) error {
			l, err := c.layer()
			if err != nil {
				return err
			}
			return c.json(mediaJSON, c.collection(l, systems()))
		},
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/queryables", OperationID: "queryables", Tags: []string{"features"},
			Summary: "Properties that records can be filtered by", Parameters: layer},
		media: mediaSchema, serve: func(c *call) error { return c.schema(true) },
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/schema", OperationID: "schema", Tags: []string{"features"},
			Summary: "JSON Schema of a layer's records", Parameters: layer},
		media: mediaSchema, serve: func(c *call) error { return c.schema(false) },
	})
}

type collectionList struct {
	Links       []link       `json:"links"`
	Collections []collection `json:"collections"`
}

type collection struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	ItemType   string   `json:"itemType"`
	Count      int      `json:"count" doc:"records that the caller may see"`
	Shape      string   `json:"shape" doc:"point, line, polygon, any, none"`
	Extent     *extent  `json:"extent,omitempty"`
	CRS        []string `json:"crs"`
	StorageCRS string   `json:"storageCrs"`
	Links      []link   `json:"links"`
}

type extent struct {
	Spatial struct {
		BBox [][4]float64 `json:"bbox"`
		CRS  string       `json:"crs"`
	} `json:"spatial"`
}

func (c *call) list() error {
	base := c.base()
	out := collectionList{Links: []link{{base + "/api/collections", "self", mediaJSON, ""}}, Collections: []collection{}}
	offered := systems()
	for _, l := range c.view.Layers() {
		out.Collections = append(out.Collections, c.collection(l, offered))
	}
	return c.json(mediaJSON, out)
}

func (c *call) collection(l spatial.Layer, offered []string) collection {
	path := c.base() + "/api/collections/" + l.Name
	k := collection{ID: l.Name, Title: l.Title.In(c.lang), ItemType: "feature", Count: c.view.Count(l.Name), Shape: l.Shape.String(),
		CRS: offered, StorageCRS: crs84, Links: []link{
			{path, "self", mediaJSON, ""}, {path + "/items", "items", mediaGeoJSON, l.Title.In(c.lang)},
			{path + "/schema", "http://www.opengis.net/def/rel/ogc/1.0/schema", mediaSchema, ""},
			{path + "/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables", mediaSchema, ""},
		}}
	if _, ok := tileLayer(l.Name); ok {
		k.Links = append(k.Links, link{path + "/tiles", relTilesets, mediaJSON, ""})
	}
	if b := c.view.Bounds(l.Name); !index.Empty(b) {
		// The model's box is already too large by up to a metre, so six decimals lose nothing.
		k.Extent = &extent{}
		k.Extent.Spatial.CRS = crs84
		k.Extent.Spatial.BBox = [][4]float64{{floor(b.Min[0]), floor(b.Min[1]), -floor(-b.Max[0]), -floor(-b.Max[1])}}
	}
	return k
}

func floor(f float64) float64 { return math.Floor(f*1e6) / 1e6 }

// schema serves the JSON Schema of a layer's records, or of what they can be
// filtered by.
func (c *call) schema(queryables bool) error {
	l, err := c.layer()
	if err != nil {
		return err
	}
	properties := map[string]any{}
	for i, f := range l.Fields {
		p := property(f, c.lang)
		if !queryables {
			p["x-ogc-propertySeq"] = i + 1
		}
		properties[f.Name] = p
	}
	path := c.base() + "/api/collections/" + l.Name
	doc := map[string]any{"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "title": l.Title.In(c.lang), "properties": properties}
	if l.Shape != spatial.NoShape {
		properties[shapeName] = shapeSchema(l.Shape)
	}
	if queryables {
		for _, p := range filterable(l)[len(l.Fields):] {
			properties[p.Name] = systemSchema(p, c.lang)
		}
		doc["$id"], doc["additionalProperties"] = path+"/queryables", false
		return c.json(mediaSchema, doc)
	}
	doc["$id"] = path + "/schema"
	titles := map[string]spatial.Name{
		"id": {VI: "Mã bản ghi", EN: "Record"}, "rev": {VI: "Bản ghi số", EN: "Revision"}, "version": {VI: "Phiên bản", EN: "Version"},
		"recorded_at": {VI: "Ghi nhận lúc", EN: "Recorded"}, "valid_from": {VI: "Có hiệu lực từ", EN: "Valid from"}, "valid_to": {VI: "Có hiệu lực đến trước", EN: "Valid until before"},
		"area": {VI: "Diện tích theo ranh giới", EN: "Area of the boundary"},
	}
	for name, p := range map[string]map[string]any{
		"id":          {"type": "string", "x-ogc-role": "id"},
		"rev":         {"type": "integer", "minimum": 1},
		"version":     {"type": "integer", "minimum": 1},
		"recorded_at": {"type": "string", "format": "date-time"},
		"valid_from":  {"type": []string{"string", "null"}, "format": "date", "x-ogc-role": "primary-interval-start"},
		"valid_to":    {"type": []string{"string", "null"}, "format": "date", "x-ogc-role": "primary-interval-end"},
		"area":        {"type": "number", "x-ogc-unit": "m²"},
	} {
		if name == "area" && l.Shape != spatial.Polygons && l.Shape != spatial.AnyShape {
			continue
		}
		p["readOnly"], p["title"] = true, titles[name].In(c.lang)
		properties[name] = p
	}
	return c.json(mediaSchema, doc)
}

// shapeSchema is a layer's shape as JSON Schema.
func shapeSchema(s spatial.Shape) map[string]any {
	format := "geometry-any"
	switch s {
	case spatial.Points:
		format = "geometry-point-or-multipoint"
	case spatial.Lines:
		format = "geometry-linestring-or-multilinestring"
	case spatial.Polygons:
		format = "geometry-polygon-or-multipolygon"
	}
	return map[string]any{"format": format, "x-ogc-role": "primary-geometry"}
}

// property is a field as JSON Schema.
func property(f spatial.Field, lang string) map[string]any {
	p := map[string]any{"title": f.Title.In(lang)}
	switch f.Type {
	case spatial.TypeBool:
		p["type"] = "boolean"
	case spatial.TypeInt:
		p["type"] = "integer"
	case spatial.TypeFloat:
		p["type"] = "number"
	case spatial.TypeDate:
		p["type"], p["format"] = "string", "date"
	case spatial.TypeTime:
		p["type"], p["format"] = "string", "date-time"
	default:
		p["type"] = "string"
	}
	if f.Unit != "" {
		p["x-ogc-unit"] = f.Unit
	}
	if f.OneOf != nil {
		p["enum"] = f.OneOf
	}
	if len(f.Words) > 0 {
		codes := make([]any, 0, len(f.Words)+1)
		for _, w := range f.Words {
			codes = append(codes, map[string]any{"const": constant(f.Type, w.Code), "title": w.In(lang)})
		}
		if f.OneOf != nil {
			p["oneOf"] = codes
		} else {
			p["anyOf"] = append(codes, map[string]any{}) // the usual values; others may stand there
		}
	}
	if f.Min != nil {
		p["minimum"] = *f.Min
	}
	if f.Max != nil {
		p["maximum"] = *f.Max
	}
	return p
}

// constant is a code as its field's values are written in JSON.
func constant(t spatial.Type, code string) any {
	if n, err := strconv.ParseInt(code, 10, 64); err == nil && t == spatial.TypeInt {
		return n
	}
	return code
}

// instant is a time as every answer writes it; null where there is none.
func instant(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := t.UTC().Format("2006-01-02T15:04:05.000Z")
	return &s
}
