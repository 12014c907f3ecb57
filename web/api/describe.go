package api

import (
	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/web/problem"
)

// Describe adds the event stream, which is served elsewhere at a path.
func (a *API) Describe(live string) {
	a.describe(live, huma.Operation{OperationID: "live", Tags: []string{"live"}, Summary: "What changes, as server-sent events",
		Description: "event: change, id: a revision, data: {layer, bbox, rev, ids} with at most 100 ids, else their count. event: reset means that what was missed is no longer known: load everything again.",
		Parameters: []*huma.Param{parameter("layers", "Only these layers, joined by commas.", stringSchema()),
			parameter("last-event-id", "Resume after a revision, as the header Last-Event-ID does.", stringSchema())}},
		"The stream", "text/event-stream")
}

// DescribeTiles adds the vector tiles and their description, which are served
// elsewhere.
func (a *API) DescribeTiles() {
	layers := inPath("layers", "One or several layers of tiles, joined by commas.", stringSchema(), "parcels,zones")
	key := parameter("key", "A key that may read, for clients that cannot send a header.", stringSchema())
	filter := parameter("filter", "Of parcels, parcel_labels and parcel_dots: only those that a CQL2 text holds for, over the fields of parcels, id, area and geometry.", stringSchema())
	question := parameter("q", "Of the same layers: only what a planner's question means, as the link of /api/planning/query has it. For callers with the permission query.", stringSchema())
	whole := &huma.Schema{Type: "integer", Minimum: number(0)}
	coordinates := []*huma.Param{inPath("z", "Zoom; TileJSON says which there are.", whole, 15), inPath("x", "Column, from the west.", whole, 26254), inPath("y", "Row, from the north.", whole, 15290)}
	a.describe("/tiles/{layers}/{z}/{x}/{y}.mvt", huma.Operation{OperationID: "tile", Tags: []string{"tiles"}, Summary: "A vector tile of one or several layers",
		Description: "Mapbox Vector Tile 2.1 in WebMercatorQuad. 204 where nothing is there, 304 to If-None-Match where the bytes are the same.",
		Parameters:  append([]*huma.Param{layers}, append(coordinates, filter, question, key)...)},
		"The tile", "application/vnd.mapbox-vector-tile")
	a.describe("/tiles/{layers}.json", huma.Operation{OperationID: "tileJSON", Tags: []string{"tiles"}, Summary: "TileJSON 3.0 of one or several layers",
		Parameters: []*huma.Param{layers, key}}, "The description", mediaJSON)
	a.describe("/api/collections/{layer}/tiles/WebMercatorQuad/{z}/{y}/{x}", huma.Operation{OperationID: "collectionTile", Tags: []string{"tiles"}, Summary: "A vector tile of a layer (OGC API – Tiles)",
		Description: "The same as /tiles/{layer}/{z}/{x}/{y}.mvt.",
		Parameters:  append([]*huma.Param{layerParameter()}, append(coordinates, filter, question, key)...)},
		"The tile", "application/vnd.mapbox-vector-tile")
}

// DescribeStyles adds the map styles, glyphs and icons, for where they are served.
func (a *API) DescribeStyles() {
	a.describe("/styles/{name}.json", huma.Operation{OperationID: "style", Tags: []string{"styles"}, Summary: "A map style",
		Description: "MapLibre style specification, version 8.",
		Parameters: []*huma.Param{inPath("name", "Name of a style.", stringSchema(), nil), parameter("lang", "Language of names on the map: vi or en.", stringSchema()),
			parameter("form", "plain or plain-zones: the same with the simplest means, from one source, for QGIS and its like; by present use or by planned use.", stringSchema()),
			parameter("key", "A key that may read, for clients that cannot send a header.", stringSchema())}}, "The style", mediaJSON)
	a.describe("/fonts/{stack}/{range}.pbf", huma.Operation{OperationID: "glyphs", Tags: []string{"styles"}, Summary: "Glyphs of a font",
		Parameters: []*huma.Param{inPath("stack", "Name of a font.", stringSchema(), nil), inPath("range", "256 characters.", &huma.Schema{Type: "string", Pattern: "^[0-9]+-[0-9]+$"}, "0-255")}},
		"Signed distance fields, empty where the font has none of these characters", "application/x-protobuf")
	for _, s := range []struct{ path, id, summary, what, media string }{
		{"/sprite.json", "sprite", "Where the icons lie on their sheet", "The index", mediaJSON}, {"/sprite.png", "spriteSheet", "The sheet of icons", "The sheet", "image/png"},
		{"/sprite@2x.json", "sprite2x", "Where the icons lie on their sheet, for dense screens", "The index", mediaJSON}, {"/sprite@2x.png", "spriteSheet2x", "The sheet of icons, for dense screens", "The sheet", "image/png"},
	} {
		a.describe(s.path, huma.Operation{OperationID: s.id, Tags: []string{"styles"}, Summary: s.summary}, s.what, s.media)
	}
}

// describe adds to the document what is served by others.
func (a *API) describe(path string, op huma.Operation, what, media string) {
	op.Method, op.Path = "GET", path
	op.Responses = map[string]*huma.Response{"200": {Description: what, Content: map[string]*huma.MediaType{media: {}}},
		"default": {Description: "A problem (RFC 9457)", Content: map[string]*huma.MediaType{problem.ContentType: {Schema: a.schemaOf(problem.Document{})}}}}
	a.huma.OpenAPI().AddOperation(&op)
}

func inPath(name, what string, s *huma.Schema, example any) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: what, Schema: s, Example: example}
}
