package frontage_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers/geojson"
	"github.com/langbiang/langbiang/importers/raw"
	"github.com/langbiang/langbiang/importers/raw/rawtest"
	"github.com/langbiang/langbiang/importers/shapefile"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/spatial"
)

var look = flag.String("look", "", "a folder to leave pictures of real parcels in")

func (s *scene) read(t *testing.T, layer, path string, open raw.Opener, degrees bool, columns map[string]string) {
	_, rows, err := open(os.DirFS(filepath.Dir(path)), filepath.Base(path), raw.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range rows {
		if err != nil {
			if row.Row > 0 {
				continue
			}
			t.Fatal(err)
		}
		values := map[string]string{}
		for field, column := range columns {
			if a, ok := row.Attr(column); ok {
				values[field] = a.Value.String()
			}
		}
		s.add(layer, row.Geometry, degrees, values)
	}
}

// The real parcels with the roads of OpenStreetMap, which have no widths and leave
// many lanes out. Their thin strips have no use recorded. With -look pictures are
// left of some, to be looked at.
func TestReal(t *testing.T) {
	s := &scene{place: spatial.Place{Plane: plane}}
	s.read(t, parcels.LayerName, rawtest.Shared(t, "dalat", "parcels_vn2000_shp.zip"), shapefile.Open, false, nil)
	s.read(t, city.RoadsLayer, rawtest.Shared(t, "osm", "dalat_osm_highways_all.geojson"), geojson.Open, true, map[string]string{"name": "name", "class": "highway"})
	for _, w := range []string{"dalat_osm_water.geojson", "dalat_osm_waterways.geojson"} {
		s.read(t, city.WaterLayer, rawtest.Shared(t, "osm", w), geojson.Open, true, nil)
	}
	v, f := s.view(t), newFinder()
	count, how, notes, seen := map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}
	for it := range v.After(parcels.LayerName, 0) {
		r := f.Item(v, it)
		sound(t, r)
		kind, every := "open", 5000
		switch {
		case slices.Contains(r.Notes, frontage.NoteIsStreet):
			kind, every = "street", 200
		case r.Frontage != nil:
			kind, every = "front", 430
			if r.Streets[0].WidthSource == frontage.Record {
				t.Errorf("parcel %d: a recorded width, and no road has one", it.ID())
			}
		case r.Landlocked:
			kind, every = "landlocked", 1700
		}
		count[kind]++
		how[kind+" "+string(r.Confidence)]++
		for _, n := range r.Notes {
			notes[n]++
		}
		if seen[kind]++; *look != "" && seen[kind]%every == every/2 {
			draw(t, v, it, r, filepath.Join(*look, fmt.Sprintf("%s-%d.png", kind, it.ID())))
			t.Logf("%s %d\n%s", kind, it.ID(), describe(r))
		}
	}
	t.Log(count, how)
	t.Log(notes)
	// As counted when pictures of 21 were looked at: all fronts lay on the street named.
	if count["front"] < 5500 || count["landlocked"] < 5000 || count["landlocked"] > 7000 || count["street"] < 300 {
		t.Error("the real parcels lie otherwise than when they were looked at")
	}
}
