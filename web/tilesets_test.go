package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/live"
)

// What the interface says of itself by OGC API – Tiles, and what it leads to.
func TestTilesets(t *testing.T) {
	tw := newTown(t)
	classes := fmt.Sprint(tw.get("/api/conformance").json(t)["conformsTo"])
	for _, c := range []string{"ogcapi-tiles-1/1.0/conf/core", "ogcapi-tiles-1/1.0/conf/tileset", "ogcapi-tiles-1/1.0/conf/tilesets-list", "ogcapi-tiles-1/1.0/conf/geodata-tilesets", "ogcapi-tiles-1/1.0/conf/mvt", "tms/2.0/conf/json-tilematrixset"} {
		if !strings.Contains(classes, "http://www.opengis.net/spec/"+c) {
			t.Errorf("conformance lacks %s", c)
		}
	}
	if s := string(tw.get("/api").body); !strings.Contains(s, `{"href":"`+tw.srv.URL+`/api/tileMatrixSets","rel":"http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"`) {
		t.Errorf("the landing page does not lead to the tile matrix sets: %s", s)
	}
	var set struct {
		ID, URI, CRS string
		TileMatrices []struct {
			ID                                               string
			ScaleDenominator, CellSize                       float64
			PointOfOrigin                                    [2]float64
			TileWidth, TileHeight, MatrixWidth, MatrixHeight int
		}
	}
	if err := json.Unmarshal(tw.get("/api/tileMatrixSets/WebMercatorQuad").body, &set); err != nil {
		t.Fatal(err)
	}
	// As the register has it.
	if m := set.TileMatrices; len(m) != 25 || set.URI != "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad" || fmt.Sprintf("%.5f %.8f", m[0].ScaleDenominator, m[0].CellSize) != "559082264.02872 156543.03392804" ||
		fmt.Sprintf("%.7f", m[24].PointOfOrigin) != "[-20037508.3427892 20037508.3427892]" || m[18].MatrixWidth != 1<<18 || m[18].ID != "18" || fmt.Sprintf("%.6f", m[18].ScaleDenominator) != "2132.729584" {
		t.Errorf("%+v", set)
	}

	r := tw.get("/api/collections/parcels/tiles/WebMercatorQuad").json(t)
	layer := r["layers"].([]any)[0].(map[string]any)
	if r["dataType"] != "vector" || r["crs"] != "http://www.opengis.net/def/crs/EPSG/0/3857" || layer["id"] != "parcels" || fmt.Sprint(layer["minTileMatrix"], "-", layer["maxTileMatrix"], " ", layer["geometryDimension"]) != "15-18 2" ||
		fmt.Sprint(layer["propertiesSchema"]) != "map[properties:map[area:map[type:number] floors:map[type:number] number:map[type:string] sheet:map[type:string] use:map[type:string]] type:object]" {
		t.Errorf("%v", r)
	}
	// The tiles within the limits show every parcel.
	limits := r["tileMatrixSetLimits"].([]any)[0].(map[string]any)
	at := func(name string) int {
		n, err := strconv.Atoi(fmt.Sprint(limits[name]))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	found := 0
	for y := at("minTileRow"); y <= at("maxTileRow"); y++ {
		for x := at("minTileCol"); x <= at("maxTileCol"); x++ {
			a := tw.get(fmt.Sprintf("/api/collections/parcels/tiles/WebMercatorQuad/15/%d/%d", y, x))
			n, err := mvt.Check(a.body)
			if err != nil || a.Header.Get("Content-Type") != "application/vnd.mapbox-vector-tile" {
				t.Errorf("%d/%d: %d, %v, %v", y, x, a.StatusCode, err, a.Header)
			}
			found += n["parcels"]
		}
	}
	if found < 4 {
		t.Errorf("%d parcels within the limits", found)
	}

	// What has no tiles says so and has no link to any; what the public may not see is not there.
	if s := string(tw.get("/api/collections/documents").body); strings.Contains(s, "tilesets-vector") || !strings.Contains(string(tw.get("/api/collections/wards").body), "tilesets-vector") {
		t.Errorf("links to tiles: %s", s)
	}
	tw.get("/api/collections/documents/tiles").problem(t, 404, "tile.layer")
	tw.get("/api/collections/permits/tiles").problem(t, 404, "layer.unknown")
	tw.get("/api/collections/nope/tiles/WebMercatorQuad").problem(t, 404, "layer.unknown")
	tw.get("/api/collections/parcels/tiles/WorldCRS84Quad").problem(t, 404, "route.unknown")
	if a := tw.get("/api/collections/permits/tiles/WebMercatorQuad", tw.as(access.Admin)...); a.StatusCode != 200 {
		t.Errorf("permits, for an administrator: %d", a.StatusCode)
	}
}

// Each layer of tiles that a collection has is described by both, alike.
func TestTilesetsAndTileJSONSayTheSame(t *testing.T) {
	tw := newTown(t)
	n := 0
	for _, l := range tiles.Layers() {
		a := tw.get("/api/collections/" + l.Name + "/tiles/WebMercatorQuad")
		if a.StatusCode != 200 {
			continue
		}
		n++
		layer := a.json(t)["layers"].([]any)[0].(map[string]any)
		told := tw.get("/tiles/" + l.Name + ".json").json(t)["vector_layers"].([]any)[0].(map[string]any)
		properties := layer["propertiesSchema"].(map[string]any)["properties"].(map[string]any)
		fields := told["fields"].(map[string]any)
		if len(properties) != len(fields) || fmt.Sprintf("%v %v", layer["minTileMatrix"], layer["maxTileMatrix"]) != fmt.Sprintf("%v %v", told["minzoom"], told["maxzoom"]) {
			t.Errorf("%s: %v and %v", l.Name, layer, told)
		}
		for name, kind := range fields {
			if p, _ := properties[name].(map[string]any); p == nil || !strings.EqualFold(fmt.Sprint(p["type"]), fmt.Sprint(kind)) {
				t.Errorf("%s: %s is %v and %v", l.Name, name, p, kind)
			}
		}
	}
	if n < 12 {
		t.Errorf("%d layers only", n)
	}
}

// All that a map of another site reads may be read by it; addresses are those that
// people use, whatever a client says of the way it came.
func TestForMapsOfOtherSites(t *testing.T) {
	tw := newTown(t, func(c *web.Config, _ *live.Config) { c.Public, _ = url.Parse("https://map.example.vn") })
	z, x, y := tileOf(t, 15, 10, 10)
	paths := []string{fmt.Sprintf("/tiles/parcels/%d/%d/%d.mvt", z, x, y), fmt.Sprintf("/api/collections/parcels/tiles/WebMercatorQuad/%d/%d/%d", z, y, x),
		"/tiles/parcels.json", "/styles/sang.json", "/fonts/Be%20Vietnam%20Pro%20Regular/0-255.pbf", "/sprite.json", "/sprite@2x.png", "/api/collections/parcels/tiles/WebMercatorQuad", "/api/tileMatrixSets"}
	for _, path := range paths {
		for range 2 { // made, and kept
			a := tw.get(path, "Origin", "https://other.example", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "http", "Forwarded", "host=evil.example;proto=http")
			if a.StatusCode != 200 || a.Header.Get("Access-Control-Allow-Origin") != "*" || !slices.ContainsFunc(a.Header.Values("Access-Control-Expose-Headers"), func(s string) bool { return strings.Contains(strings.ToLower(s), "etag") }) {
				t.Errorf("%s: %d, %v", path, a.StatusCode, a.Header)
			}
			if s := string(a.body); strings.Contains(s, "evil.example") || strings.Contains(s, tw.srv.URL) {
				t.Errorf("%s names another address: %.200s", path, s)
			}
		}
		if pre := tw.ask("OPTIONS", path, nil, "Origin", "https://other.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "if-none-match,range"); pre.StatusCode != 204 || pre.Header.Get("Access-Control-Allow-Origin") != "*" || pre.Header.Get("Access-Control-Allow-Headers") == "" {
			t.Errorf("%s, asked before: %d, %v", path, pre.StatusCode, pre.Header)
		}
	}
	for path, want := range map[string]string{"/tiles/parcels.json": `"tiles":["https://map.example.vn/tiles/parcels/{z}/{x}/{y}.mvt"]`, "/styles/sang.json": `"glyphs":"https://map.example.vn/fonts/`,
		"/api/collections/parcels/tiles/WebMercatorQuad": `"href":"https://map.example.vn/api/collections/parcels/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}"`} {
		if s := string(tw.get(path).body); !strings.Contains(s, want) {
			t.Errorf("%s does not say %s: %.300s", path, want, s)
		}
	}
}
