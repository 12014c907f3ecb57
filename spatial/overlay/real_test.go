package overlay_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

func sharedData() (string, bool) {
	for _, up := range []string{"../../..", "../../../.."} { // a checkout, a work tree one folder deeper
		if dir, err := filepath.Abs(filepath.Join(up, "shared", "data", "dalat")); err == nil {
			if _, err := os.Stat(dir); err == nil {
				return dir, true
			}
		}
	}
	return "", false
}

// readShapes is the shapes of a file that GDAL reads.
func readShapes(t *testing.T, path string) []orb.Geometry {
	t.Helper()
	text, err := exec.Command("ogr2ogr", "-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "/vsistdout/", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []orb.Geometry
	for _, row := range rows[1:] {
		if row[0] == "" {
			continue
		}
		g, err := wkt.Unmarshal(row[0])
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, g)
	}
	return out
}

// realData takes real parcels and zones: all of them for validity, and the pairs
// whose boxes meet, thinned, for overlay.
func realData(t *testing.T, o *oracle) {
	dir, ok := sharedData()
	if !ok {
		t.Skip("../shared is not on this machine: no real parcels and zones are compared")
	}
	parcels := readShapes(t, "/vsizip/"+filepath.Join(dir, "parcels_vn2000_shp.zip"))
	inDegrees := readShapes(t, "/vsigzip/"+filepath.Join(dir, "zones.geojson.gz"))
	to, err := crs.To(5899)
	if err != nil {
		t.Fatal(err)
	}
	var zones []orb.Geometry
	for _, g := range inDegrees {
		zones = append(zones, crs.Geometry(g, to))
	}
	if len(parcels) < 20000 || len(zones) < 2000 {
		t.Fatalf("%d parcels, %d zones", len(parcels), len(zones))
	}
	t.Log(len(parcels), "parcels,", len(zones), "zones, e.g.", parcels[0].Bound(), zones[0].Bound())
	var all [][2]orb.Geometry
	for _, g := range append(append([]orb.Geometry{}, parcels...), zones...) {
		all = append(all, [2]orb.Geometry{g, orb.Point{}})
	}
	invalid, wrong := 0, 0
	for i, a := range o.ask(t, all, "st_isvalid(a), st_isvalidreason(a)") {
		f := overlay.Faults(all[i][0])
		if a[0] != "t" {
			invalid++
		}
		if (len(f) == 0) != (a[0] == "t") {
			if wrong++; wrong <= 5 {
				t.Errorf("shape %d: %v; PostGIS: %s", i, f, a[1])
			}
		}
	}
	t.Logf("%d invalid, %d disagree", invalid, wrong)
	var pairs [][2]orb.Geometry
	boxes := make([]orb.Bound, len(zones))
	for i, z := range zones {
		boxes[i] = z.Bound()
	}
	for i, p := range parcels {
		if i%20 != 0 || len(overlay.Faults(p)) > 0 {
			continue
		}
		b := p.Bound()
		for k, z := range zones {
			if b.Intersects(boxes[k]) && len(overlay.Faults(z)) == 0 {
				pairs = append(pairs, [2]orb.Geometry{p, z})
			}
		}
	}
	if len(pairs) < 500 {
		t.Fatalf("only %d pairs", len(pairs))
	}
	compare(t, o, pairs, false)
}
