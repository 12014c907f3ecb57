package api

import (
	"math"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gorilla/mux"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
)

const (
	relTilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	relScheme   = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
	relSchemes  = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"

	webMercator = "http://www.opengis.net/def/crs/EPSG/0/3857"
	quad        = "WebMercatorQuad"
	quadURI     = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
	mediaTile   = "application/vnd.mapbox-vector-tile"
)

// tilesets adds what OGC API – Tiles says about tiles. The tiles themselves are
// served elsewhere.
func (a *API) tilesets() {
	layer := []*huma.Param{layerParameter()}
	a.add(operation{
		Operation: huma.Operation{Path: "/api/tileMatrixSets", OperationID: "tileMatrixSets", Tags: []string{"tiles"}, Summary: "Tile matrix sets",
			Responses: a.answer(mediaJSON, "The sets", matrixSets{})},
		media: mediaJSON, serve: func(c *call) error {
			at := c.base() + "/api/tileMatrixSets"
			return c.json(mediaJSON, matrixSets{Links: []link{{at, "self", mediaJSON, ""}},
				Sets: []aboutSet{{ID: quad, Title: quadTitle, URI: quadURI, CRS: webMercator, Links: []link{{at + "/" + quad, "self", mediaJSON, quadTitle}}}}})
		},
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/tileMatrixSets/" + quad, OperationID: "tileMatrixSet", Tags: []string{"tiles"}, Summary: "The tile matrix set WebMercatorQuad",
			Responses: a.answer(mediaJSON, "The set", matrixSet{})},
		media: mediaJSON, serve: func(c *call) error { return c.json(mediaJSON, webMercatorQuad()) },
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/tiles", OperationID: "tilesets", Tags: []string{"tiles"}, Summary: "A layer's tilesets (OGC API – Tiles)",
			Parameters: layer, Responses: a.answer(mediaJSON, "The tilesets", tilesetList{})},
		media: mediaJSON, serve: func(c *call) error {
			l, _, err := c.tiled()
			if err != nil {
				return err
			}
			path := c.base() + "/api/collections/" + l.Name + "/tiles"
			return c.json(mediaJSON, tilesetList{Links: []link{{path, "self", mediaJSON, ""}},
				Tilesets: []aboutTileset{c.aboutTileset(l, []link{{path + "/" + quad, "self", mediaJSON, ""}})}})
		},
	})
	a.add(operation{
		Operation: huma.Operation{Path: "/api/collections/{layer}/tiles/" + quad, OperationID: "tileset", Tags: []string{"tiles"}, Summary: "A layer's tileset in WebMercatorQuad (OGC API – Tiles)",
			Parameters: layer, Responses: a.answer(mediaJSON, "The tileset", tileset{})},
		media: mediaJSON, serve: (*call).tileset,
	})
}

type matrixSets struct {
	Links []link     `json:"links"`
	Sets  []aboutSet `json:"tileMatrixSets"`
}

type aboutSet struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	URI   string `json:"uri"`
	CRS   string `json:"crs"`
	Links []link `json:"links"`
}

// matrixSet is a tile matrix set as OGC's Two Dimensional Tile Matrix Set 2.0 has it
// in JSON, and beside it as 1.0 had it: programs of before 2022 read nothing else, and
// the members of one are further ones to the other.
type matrixSet struct {
	ID       string   `json:"id"`
	Title    string   `json:"title"`
	URI      string   `json:"uri"`
	CRS      string   `json:"crs"`
	Axes     []string `json:"orderedAxes"`
	ScaleSet string   `json:"wellKnownScaleSet"`
	Box      worldBox `json:"boundingBox"`
	Matrices []matrix `json:"tileMatrices"`

	Type1     string    `json:"type" doc:"of 1.0"`
	ID1       string    `json:"identifier" doc:"of 1.0"`
	CRS1      string    `json:"supportedCRS" doc:"of 1.0"`
	Matrices1 []matrix1 `json:"tileMatrix" doc:"of 1.0"`
}

type worldBox struct {
	LowerLeft   [2]float64 `json:"lowerLeft"`
	UpperRight  [2]float64 `json:"upperRight"`
	CRS         string     `json:"crs"`
	LowerCorner [2]float64 `json:"lowerCorner" doc:"of 1.0"`
	UpperCorner [2]float64 `json:"upperCorner" doc:"of 1.0"`
}

// grid is what both versions say of a matrix in the same words.
type grid struct {
	Scale   float64 `json:"scaleDenominator"`
	Width   int     `json:"tileWidth"`
	Height  int     `json:"tileHeight"`
	Columns int     `json:"matrixWidth"`
	Rows    int     `json:"matrixHeight"`
}

type matrix struct {
	ID       string     `json:"id"`
	CellSize float64    `json:"cellSize"`
	Corner   string     `json:"cornerOfOrigin"`
	Origin   [2]float64 `json:"pointOfOrigin"`
	grid
}

type matrix1 struct {
	ID     string     `json:"identifier"`
	Origin [2]float64 `json:"topLeftCorner"`
	grid
}

const (
	quadTitle = "Google Maps Compatible for the World"
	// quadZooms is how many zooms the registered set has.
	quadZooms = 25
	// half is half the width of the world in web Mercator, metres.
	half = math.Pi * 6378137
	// screen is how wide a cell is shown, metres: the standard's pixel.
	screen = 0.00028
)

// webMercatorQuad is the set as it is registered with the OGC.
func webMercatorQuad() matrixSet {
	low, high := [2]float64{-half, -half}, [2]float64{half, half}
	s := matrixSet{ID: quad, Title: quadTitle, URI: quadURI, CRS: webMercator, Axes: []string{"X", "Y"}, ScaleSet: "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
		Box: worldBox{low, high, webMercator, low, high}, Type1: "TileMatrixSetType", ID1: quad, CRS1: webMercator}
	origin := [2]float64{-half, half}
	for z := range quadZooms {
		id, n := strconv.Itoa(z), 1<<z
		cell := 2 * half / 256 / float64(n)
		g := grid{cell / screen, 256, 256, n, n}
		s.Matrices = append(s.Matrices, matrix{id, cell, "topLeft", origin, g})
		s.Matrices1 = append(s.Matrices1, matrix1{id, origin, g})
	}
	return s
}

type tilesetList struct {
	Links    []link         `json:"links"`
	Tilesets []aboutTileset `json:"tilesets"`
}

type aboutTileset struct {
	Title string `json:"title"`
	Type  string `json:"dataType"`
	CRS   string `json:"crs"`
	URI   string `json:"tileMatrixSetURI"`
	Links []link `json:"links"`
}

// tileset is what a layer's tiles hold, as the standard's tileset metadata.
type tileset struct {
	Title       string         `json:"title"`
	Type        string         `json:"dataType"`
	CRS         string         `json:"crs"`
	URI         string         `json:"tileMatrixSetURI"`
	Attribution string         `json:"attribution,omitempty"`
	Limits      []tileLimits   `json:"tileMatrixSetLimits"`
	Box         *tileBox       `json:"boundingBox,omitempty"`
	Layers      []tilesetLayer `json:"layers"`
	Links       []templated    `json:"links"`
}

type tileLimits struct {
	Matrix   string `json:"tileMatrix"`
	FirstRow uint32 `json:"minTileRow"`
	LastRow  uint32 `json:"maxTileRow"`
	FirstCol uint32 `json:"minTileCol"`
	LastCol  uint32 `json:"maxTileCol"`
}

type tileBox struct {
	LowerLeft  [2]float64 `json:"lowerLeft"`
	UpperRight [2]float64 `json:"upperRight"`
	CRS        string     `json:"crs"`
}

type tilesetLayer struct {
	ID         string         `json:"id"`
	Title      string         `json:"title"`
	Type       string         `json:"dataType"`
	Dimension  *int           `json:"geometryDimension,omitempty"`
	First      string         `json:"minTileMatrix"`
	Last       string         `json:"maxTileMatrix"`
	Properties map[string]any `json:"propertiesSchema"`
}

// templated is a link whose address may have places to fill in.
type templated struct {
	link
	Template bool `json:"templated,omitempty"`
}

// tileLayer is the layer of tiles that shows a layer record by record; false where
// there is none.
func tileLayer(name string) (tiles.Layer, bool) {
	for _, l := range tiles.Layers() {
		if l.Name == name && l.Source == name && l.Kind == tiles.Shapes {
			return l, true
		}
	}
	return tiles.Layer{}, false
}

// tiled is the layer that the path names, and how tiles show it. A layer without
// tiles is NotFound "tile.layer".
func (c *call) tiled() (spatial.Layer, tiles.Layer, error) {
	l, err := c.layer()
	if err != nil {
		return l, tiles.Layer{}, err
	}
	shown, ok := tileLayer(l.Name)
	if !ok {
		return l, shown, &spatial.Error{Op: "find a layer of tiles", Kind: spatial.NotFound, Code: "tile.layer", Subject: l.Name, Args: map[string]any{"layer": mux.Vars(c.r)["layer"]}}
	}
	return l, shown, nil
}

func (c *call) aboutTileset(l spatial.Layer, links []link) aboutTileset {
	return aboutTileset{Title: l.Title.In(c.lang), Type: "vector", CRS: webMercator, URI: quadURI,
		Links: append(links, link{c.base() + "/api/tileMatrixSets/" + quad, relScheme, mediaJSON, quadTitle})}
}

func (c *call) tileset() error {
	l, shown, err := c.tiled()
	if err != nil {
		return err
	}
	base := c.base()
	path := base + "/api/collections/" + l.Name + "/tiles/" + quad
	about := c.aboutTileset(l, []link{{path, "self", mediaJSON, ""}, {base + "/tiles/" + l.Name + ".json", "describedby", mediaJSON, "TileJSON 3.0"}})
	out := tileset{Title: about.Title, Type: about.Type, CRS: about.CRS, URI: about.URI, Attribution: c.view.Place().Attribution, Limits: []tileLimits{},
		Layers: []tilesetLayer{c.tilesetLayer(l, shown)}}
	for _, k := range about.Links {
		out.Links = append(out.Links, templated{link: k})
	}
	out.Links = append(out.Links, templated{link{path + "/{tileMatrix}/{tileRow}/{tileCol}", "item", mediaTile, ""}, true})
	if b := c.view.Bounds(l.Name); !index.Empty(b) {
		out.Box = &tileBox{LowerLeft: [2]float64{b.Min[0], b.Min[1]}, UpperRight: [2]float64{b.Max[0], b.Max[1]}, CRS: crs84}
		for z := shown.MinZoom; z <= shown.Last(); z++ {
			out.Limits = append(out.Limits, limitsOf(b, z))
		}
	}
	return c.json(mediaJSON, out)
}

// limitsOf are the tiles of a zoom that a box lies on.
func limitsOf(b orb.Bound, z uint32) tileLimits {
	first, last := tiles.At(orb.Point{b.Min[0], b.Max[1]}, z), tiles.At(orb.Point{b.Max[0], b.Min[1]}, z)
	return tileLimits{Matrix: strconv.FormatUint(uint64(z), 10), FirstRow: first.Y, LastRow: last.Y, FirstCol: first.X, LastCol: last.X}
}

func (c *call) tilesetLayer(l spatial.Layer, shown tiles.Layer) tilesetLayer {
	d := tiles.Describe(c.view, []tiles.Layer{shown})[0]
	properties := map[string]any{}
	for name, kind := range d.Fields {
		properties[name] = map[string]any{"type": map[string]string{"Number": "number", "Boolean": "boolean"}[kind]}
		if kind == "String" {
			properties[name] = map[string]any{"type": "string"}
		}
	}
	out := tilesetLayer{ID: d.ID, Title: l.Title.In(c.lang), Type: "vector", First: strconv.FormatUint(uint64(d.MinZoom), 10), Last: strconv.FormatUint(uint64(d.MaxZoom), 10),
		Properties: map[string]any{"type": "object", "properties": properties}}
	if n, ok := map[spatial.Shape]int{spatial.Points: 0, spatial.Lines: 1, spatial.Polygons: 2}[l.Shape]; ok {
		out.Dimension = &n
	}
	return out
}
