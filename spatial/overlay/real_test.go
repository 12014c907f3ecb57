package overlay_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

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
	covers(t, o, parcels, zones)
}

// covers compares how much of each parcel lies in each zone, the invalid ones of both
// among them, as cards are made: each zone prepared once. What our overlay cannot work
// out it must say; what it says must be PostGIS's, which mends invalid shapes first
// (ST_MakeValid). A twentieth of the parcels, all of them in the long tests.
func covers(t *testing.T, o *oracle, parcels, zones []orb.Geometry) {
	step := 20
	if os.Getenv("LANGBIANG_SOAK") != "" {
		step = 1
	}
	var in strings.Builder
	in.WriteString("set client_min_messages = error; create temp table p (n int, g geometry); create temp table z (n int, g geometry);\ncopy p from stdin with (delimiter '|');\n")
	for i := 0; i < len(parcels); i += step {
		fmt.Fprintf(&in, "%d|%s\n", i, hexed(t, parcels[i]))
	}
	in.WriteString("\\.\ncopy z from stdin with (delimiter '|');\n")
	for i, z := range zones {
		fmt.Fprintf(&in, "%d|%s\n", i, hexed(t, z))
	}
	in.WriteString(`\.
create temp table pv as select n, st_isvalid(g) as ok, case when st_isvalid(g) then g else st_makevalid(g) end as g from p;
create temp table zv as select n, st_isvalid(g) as ok, case when st_isvalid(g) then g else st_makevalid(g) end as g from z;
create index on zv using gist (g); analyze zv; set extra_float_digits = 3;
select pv.n, zv.n, pv.ok and zv.ok, st_area(st_intersection(pv.g, zv.g)) from pv join zv on pv.g && zv.g order by 2, 1;
`)
	var ready *overlay.Prepared
	last, pairs, touching, invalid, refused, wrong := -1, 0, 0, 0, 0, 0
	began, ours := time.Now(), time.Duration(0)
	answers := o.sql(t, in.String())
	theirs := time.Since(began)
	began = time.Now()
	for _, line := range answers {
		f := strings.Split(line, "|")
		i, _ := strconv.Atoi(f[0])
		k, _ := strconv.Atoi(f[1])
		want, err := strconv.ParseFloat(f[3], 64)
		if err != nil {
			t.Fatal(line)
		}
		if k != last {
			last = k
			if ready, err = overlay.Prepare(zones[k]); err != nil {
				t.Fatal(k, err)
			}
		}
		pairs++
		if want > 0 {
			touching++
		}
		if f[2] != "t" {
			invalid++
		}
		got, err := ready.CommonArea(parcels[i])
		switch {
		case err != nil && f[2] == "t":
			t.Errorf("parcel %d, zone %d, both valid: %v", i, k, err)
			wrong++
		case err != nil:
			refused++
		case math.Abs(got-want) > 1e-3+1e-6*want:
			if wrong++; wrong <= 10 {
				t.Errorf("parcel %d, zone %d, valid %s: %v m², PostGIS says %v", i, k, f[2], got, want)
			}
		}
	}
	ours = time.Since(began)
	t.Logf("%d pairs, %d share ground, %d with an invalid shape, of these %d refused; %d wrong; PostGIS %v, ours %v", pairs, touching, invalid, refused, wrong, theirs.Round(time.Millisecond), ours.Round(time.Millisecond))
	if touching < 10000/step {
		t.Errorf("only %d pairs share ground", touching)
	}
}
