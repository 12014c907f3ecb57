package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// asGDAL runs a statement of SQL over what GDAL opens, and gives the number it comes to.
func asGDAL(t *testing.T, sql, what string, options ...string) int {
	t.Helper()
	args := []string{"-ro", "-q", "-dialect", "SQLITE", "-sql", sql, what}
	for _, o := range options {
		args = append(args, "-oo", o)
	}
	out, err := exec.CommandContext(t.Context(), "ogrinfo", args...).CombinedOutput()
	m := regexp.MustCompile(` = ([0-9]+)\n`).FindSubmatch(out)
	if err != nil || m == nil {
		t.Fatalf("ogrinfo %s: %v\n%s", what, err, out)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// matched is how many records the API says a layer has.
func (s *server) matched(query string) int {
	s.t.Helper()
	var list struct{ NumberMatched int }
	ask(s.t, s, "/api/collections/"+query, &list)
	return list.NumberMatched
}

// GDAL reads tiles from the server itself: one by its address, a zoom by its TileJSON.
// It finds each parcel that the API has.
func TestGDALReadsTiles(t *testing.T) {
	store := filepath.Join(t.TempDir(), "store.gpkg")
	must(t, 0, "demo", "--parcels", "1000", "--store", store)
	s := serve(t, store)
	want := s.matched("parcels/items?limit=1")
	if want != 1000 {
		t.Fatalf("the API has %d parcels", want)
	}
	zoom, options := "MVT:"+s.base+"/tiles/parcels/15", []string{"METADATA_FILE=" + s.base + "/tiles/parcels.json", "TILE_EXTENSION=mvt", "CLIP=NO"}
	if got := asGDAL(t, "SELECT COUNT(DISTINCT mvt_id) FROM parcels", zoom, options...); got != want {
		t.Errorf("GDAL finds %d parcels by the TileJSON, the API has %d", got, want)
	}

	// One tile by its address: a label for each parcel whose label point lies on it, and
	// at least each parcel that lies on it whole.
	var about struct{ Place struct{ Centre orb.Point } }
	ask(t, s, "/api", &about)
	c := tiles.At(about.Place.Centre, 16)
	at := fmt.Sprintf("MVT:%s/tiles/parcels,parcel_labels/%d/%d/%d.mvt", s.base, c.Z, c.X, c.Y)
	labels, drawn := asGDAL(t, "SELECT COUNT(*) FROM parcel_labels", at), asGDAL(t, "SELECT COUNT(*) FROM parcels", at)
	on, near := c.Box(0), c.Box(float64(mvt.Buffer)/mvt.Extent)
	in := func(b orb.Bound) int {
		return s.matched(fmt.Sprintf("parcels/items?limit=1&bbox=%.9f,%.9f,%.9f,%.9f", b.Min[0], b.Min[1], b.Max[0], b.Max[1]))
	}
	if labels == 0 || labels > in(on) || drawn < in(on) || drawn > in(near) {
		t.Errorf("GDAL finds %d parcels and %d labels on a tile; the API has %d parcels that touch it and %d with its buffer", drawn, labels, in(on), in(near))
	}
}

// A tileset of OGC API – Tiles leads a client to its tiles: the address to fill in, the
// tiles that there are, and a matrix set that GDAL reads. What GDAL finds on the tiles is
// every parcel that the API has.
func TestGDALReadsAnOGCTileset(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "store.gpkg")
	must(t, 0, "demo", "--parcels", "1000", "--store", store)
	s := serve(t, store)
	type link struct {
		Href, Rel, Type string
		Templated       bool
	}
	find := func(links []link, rel string) link {
		t.Helper()
		for _, l := range links {
			if l.Rel == rel {
				return l
			}
		}
		t.Fatalf("no link %s among %v", rel, links)
		return link{}
	}
	follow := func(at string, v any) {
		t.Helper()
		a := s.get(strings.TrimPrefix(at, s.base))
		if err := json.Unmarshal([]byte(a.body), v); a.status != 200 || err != nil {
			t.Fatalf("%s: %d, %v", at, a.status, err)
		}
	}
	var collection struct{ Links []link }
	follow("/api/collections/parcels", &collection)
	var list struct {
		Tilesets []struct {
			DataType, TileMatrixSetURI string
			Links                      []link
		}
	}
	follow(find(collection.Links, "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector").Href, &list)
	if len(list.Tilesets) != 1 || list.Tilesets[0].DataType != "vector" {
		t.Fatalf("%+v", list)
	}
	var set struct {
		TileMatrixSetLimits []struct {
			TileMatrix                                     string
			MinTileRow, MaxTileRow, MinTileCol, MaxTileCol int
		}
		Links []link
	}
	follow(find(list.Tilesets[0].Links, "self").Href, &set)
	item := find(set.Links, "item")
	if !item.Templated || item.Type != "application/vnd.mapbox-vector-tile" {
		t.Fatalf("%+v", item)
	}

	// GDAL makes a picture in the matrix set that the tileset names.
	scheme := find(set.Links, "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme").Href
	picture := filepath.Join(dir, "p.tif")
	for _, args := range [][]string{{"gdal_create", "-q", "-of", "GTiff", "-outsize", "64", "64", "-bands", "1", "-a_srs", "EPSG:3857", "-a_ullr", "12070000", "1340000", "12072446", "1337554", picture},
		{"gdal_translate", "-q", "-of", "COG", "-co", "TILING_SCHEME=" + scheme, picture, filepath.Join(dir, "q.tif")}} {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil || strings.Contains(string(out), "ERROR") {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	about, err := exec.CommandContext(t.Context(), "gdalinfo", filepath.Join(dir, "q.tif")).Output()
	if err != nil || !strings.Contains(string(about), "ZOOM_LEVEL=12") || !strings.Contains(string(about), "ID[\"EPSG\",3857]]") {
		t.Errorf("in the matrix set: %v\n%s", err, about)
	}

	first := set.TileMatrixSetLimits[0]
	if first.TileMatrix != "15" || len(set.TileMatrixSetLimits) != 4 {
		t.Fatalf("%+v", set.TileMatrixSetLimits)
	}
	holding := 0
	for row := first.MinTileRow; row <= first.MaxTileRow; row++ {
		for col := first.MinTileCol; col <= first.MaxTileCol; col++ {
			a := s.get(strings.NewReplacer(s.base, "", "{tileMatrix}", first.TileMatrix, "{tileRow}", fmt.Sprint(row), "{tileCol}", fmt.Sprint(col)).Replace(item.Href))
			if a.status == 204 {
				continue
			}
			if a.status != 200 || a.kind != item.Type {
				t.Fatalf("row %d, column %d: %d %s", row, col, a.status, a.kind)
			}
			holding++
			path := filepath.Join(dir, "tiles", first.TileMatrix, fmt.Sprint(col), fmt.Sprint(row)+".pbf")
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(a.body), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := s.matched("parcels/items?limit=1")
	got := asGDAL(t, "SELECT COUNT(DISTINCT mvt_id) FROM parcels", "MVT:"+filepath.Join(dir, "tiles", first.TileMatrix), "METADATA_FILE="+s.base+"/tiles/parcels.json")
	if got != want || holding == 0 {
		t.Errorf("GDAL finds %d parcels on the %d tiles of the tileset, the API has %d", got, holding, want)
	}
}
