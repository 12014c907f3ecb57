package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestARealCity brings the real parcels of Da Lat into each store and holds what
// is there against GDAL and against roads surveyed by others.
func TestARealCity(t *testing.T) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	zip, roads := filepath.Join(dir, "dalat", "parcels_vn2000_shp.zip"), filepath.Join(dir, "osm", "dalat_osm_roads_drive.geojson")
	if _, err := os.Stat(zip); err != nil {
		t.Skip("no ../shared/data here: there are no real parcels to try")
	}
	areas := gdalAreas(t, zip)
	eachStore(t, func(t *testing.T, store string) {
		work := t.TempDir()
		bad := filepath.Join(work, "bad.geojsonl")
		d := must(t, 3, "import", "parcels", zip, "--store", store, "--quarantine", bad)
		for _, want := range []string{"Read: 29313", "Added: 29303", "Quarantined: 10", "error 3 ring.selfCrossing", "error 7 ring.selfTouch",
			"warning 11 area.small", "warning 125 duplicate", "warning 1159 overlap", "note 29313 reference.missing"} {
			if !strings.Contains(strings.Join(strings.Fields(d.stdout), " "), want) {
				t.Errorf("the summary does not say %q:\n%s", want, d.stdout)
			}
		}
		out := rowsOf(t, bad)
		if len(out) != 10 {
			t.Fatalf("%d rows in quarantine", len(out))
		}
		s := serve(t, store)

		// Ids were given in the order of the file, the rows left out passed over.
		id := 0
		for row, want := range areas {
			if out[row+1] {
				continue
			}
			id++
			if id%7 != 0 {
				continue
			}
			var card struct{ Area struct{ Computed *float64 } }
			ask(t, s, fmt.Sprintf("/api/parcels/%d", id), &card)
			if got := card.Area.Computed; got == nil || math.Abs(*got-want) > 0.1 {
				t.Fatalf("row %d, parcel %d: GDAL measures %.3f m², we say %v", row+1, id, want, got)
			}
		}
		if id != 29303 {
			t.Errorf("%d parcels", id)
		}

		// Streets of the cadastre are long thin parcels. Roads that others surveyed
		// run along them, and do not when they are moved by the datum shift.
		on := strips(t, s, roads, 0)
		off := strips(t, s, roads, 0.002) // some 220 m
		t.Logf("%d road midpoints lie on a street's parcel, %d once moved", on, off)
		someTiles(t, s, store)
		if on < 50 || on < 3*off {
			t.Errorf("%d road midpoints lie on a street's parcel, %d once moved by the datum shift", on, off)
		}
	})
}

// gdalAreas are the areas that GDAL measures, m², in the order of the file.
func gdalAreas(t *testing.T, zip string) []float64 {
	t.Helper()
	info, err := exec.Command("ogrinfo", "-q", "/vsizip/"+zip).Output()
	if err != nil {
		t.Fatalf("ogrinfo (package gdal-bin): %v", err)
	}
	_, name, _ := strings.Cut(strings.SplitN(string(info), "\n", 2)[0], ": ")
	name, _, _ = strings.Cut(name, " (")
	text, err := exec.Command("ogr2ogr", "-f", "CSV", "/vsistdout/", "/vsizip/"+zip, "-sql", `SELECT OGR_GEOM_AREA FROM "`+name+`"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1 // GDAL ends the rows of a single column with a comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var areas []float64
	for _, row := range rows[1:] {
		a, err := strconv.ParseFloat(row[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		areas = append(areas, a)
	}
	return areas
}

// rowsOf are the rows that a quarantine file names.
func rowsOf(t *testing.T, path string) map[int]bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[int]bool{}
	for line := range bytes.Lines(text) {
		var f struct {
			Properties struct {
				Row int `json:"lb_row"`
			}
		}
		if err := json.Unmarshal(bytes.TrimLeft(line, "\x1e"), &f); err != nil {
			t.Fatal(err)
		}
		rows[f.Properties.Row] = true
	}
	return rows
}

// ask reads an answer into v; a status other than 200 leaves it as it is.
func ask(t *testing.T, s *server, path string, v any) bool {
	t.Helper()
	a := s.get(path)
	if a.status != 200 {
		return false
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return true
}

// strips counts the midpoints of road pieces, moved by d degrees, that lie in a
// parcel as long and thin as a street.
func strips(t *testing.T, s *server, roads string, d float64) int {
	t.Helper()
	text, err := os.ReadFile(roads)
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Features []struct {
			Geometry struct{ Coordinates [][]float64 }
		}
	}
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range all.Features {
		c := f.Geometry.Coordinates
		if len(c) < 2 {
			continue
		}
		a, b := c[len(c)/2-1], c[len(c)/2]
		var card struct {
			Area     struct{ Computed float64 }
			Geometry struct{ Coordinates json.RawMessage }
		}
		if !ask(t, s, fmt.Sprintf("/api/parcels/at?lon=%.7f&lat=%.7f", (a[0]+b[0])/2+d, (a[1]+b[1])/2+d), &card) {
			continue
		}
		if around := perimeter(t, card.Geometry.Coordinates); around > 200 && 2*card.Area.Computed/around < 12 {
			n++
		}
	}
	return n
}

// perimeter of a GeoJSON polygon or multipolygon, in metres near Da Lat.
func perimeter(t *testing.T, coordinates json.RawMessage) float64 {
	t.Helper()
	var many [][][][2]float64
	if json.Unmarshal(coordinates, &many) != nil {
		var one [][][2]float64
		if err := json.Unmarshal(coordinates, &one); err != nil {
			t.Fatal(err)
		}
		many = [][][][2]float64{one}
	}
	sum := 0.0
	for _, p := range many {
		for _, r := range p {
			for i := 1; i < len(r); i++ {
				sum += math.Hypot((r[i][0]-r[i-1][0])*108_930, (r[i][1]-r[i-1][1])*110_650)
			}
		}
	}
	return sum
}
