package crs_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

// run gives a PROJ program's output. The oracle is part of the test: no PROJ is a
// failure (Debian: proj-bin).
func run(t *testing.T, input, program string, args ...string) string {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %v: %v %s (package proj-bin gives it)", program, args, err, errs.String())
	}
	return out.String()
}

// EPSG:6960 as PROJ writes it, rotations negated for its position-vector notation.
const towgs84 = "+towgs84=-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"

func projString(s crs.System) string {
	datum := "+datum=WGS84"
	if s.VN2000 {
		datum = "+ellps=WGS84 " + towgs84
	}
	switch {
	case s.Geographic:
		return "+proj=longlat " + datum + " +no_defs"
	case s.SRID == spatial.WebMercator:
		return "+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +nadgrids=@null +no_defs"
	}
	return fmt.Sprintf("+proj=tmerc +lat_0=0 +lon_0=%v +k=%v +x_0=500000 +y_0=0 %s +units=m +no_defs", s.Meridian, s.Scale, datum)
}

func cs2cs(t *testing.T, points []orb.Point, format, from, to string) []orb.Point {
	t.Helper()
	var in strings.Builder
	for _, p := range points {
		fmt.Fprintf(&in, "%.12f %.12f\n", p[0], p[1])
	}
	args := append([]string{"-f", format}, strings.Fields(from)...)
	args = append(append(args, "+to"), strings.Fields(to)...)
	lines := strings.Split(strings.TrimSpace(run(t, in.String(), "cs2cs", args...)), "\n")
	if len(lines) != len(points) {
		t.Fatalf("%d points gave %d lines", len(points), len(lines))
	}
	out := make([]orb.Point, len(lines))
	for i, l := range lines {
		if _, err := fmt.Sscan(l, &out[i][0], &out[i][1]); err != nil {
			t.Fatalf("%q: %v", l, err)
		}
	}
	return out
}

// Thousands of places over the whole country agree with PROJ in every system, in
// both directions, each from the same input.
func TestAgreesWithPROJ(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2000, 6960))
	places := make([]orb.Point, 3000)
	for i := range places {
		places[i] = orb.Point{101.5 + 12*rnd.Float64(), 7 + 17*rnd.Float64()}
	}
	for _, s := range crs.All() {
		if s.SRID == spatial.WGS84 {
			continue
		}
		own, format := metres, "%.7f"
		if s.Geographic {
			own, format = degrees, "%.13f"
		}
		theirs := cs2cs(t, places, format, "+proj=longlat +datum=WGS84 +no_defs", projString(s))
		back := cs2cs(t, theirs, "%.13f", projString(s), "+proj=longlat +datum=WGS84 +no_defs")
		to, from := must[crs.Transform](t)(crs.To(s.SRID)), must[crs.Transform](t)(crs.From(s.SRID))
		for i, p := range places {
			if got := to(p); !close2(got, theirs[i], own) {
				t.Errorf("EPSG:%d %v: got %v, PROJ says %v", s.SRID, p, got, theirs[i])
				break
			}
			if got := from(theirs[i]); !close2(got, back[i], degrees) {
				t.Errorf("EPSG:%d %v: got %v, PROJ says %v", s.SRID, theirs[i], got, back[i])
				break
			}
		}
	}
}

// What PROJ writes of each code, in every dialect, is recognised as that code: the
// table's figures are those of the EPSG dataset.
func TestRecognisesWhatPROJWrites(t *testing.T) {
	for _, s := range crs.All() {
		code := fmt.Sprintf("EPSG:%d", s.SRID)
		for _, dialect := range []string{"WKT1:GDAL", "WKT1:ESRI", "WKT2:2015", "WKT2:2019", "PROJ"} {
			text := run(t, "", "projinfo", "-q", "-o", dialect, code)
			got, err := crs.Parse(text)
			if err != nil || got != s.SRID {
				t.Errorf("%s as %s: %d, %v\n%s", code, dialect, got, err, text)
			}
		}
		if s.VN2000 { // and bound to WGS 84 by the transformation
			for _, dialect := range []string{"WKT1:GDAL", "WKT2:2019", "PROJ"} {
				text := run(t, "", "projinfo", "-q", "--boundcrs-to-wgs84", "-o", dialect, code)
				if got, err := crs.Parse(text); err != nil || got != s.SRID {
					t.Errorf("%s bound, as %s: %d, %v\n%s", code, dialect, got, err, text)
				}
			}
		}
	}
}

// Systems that look like ours and are not, as PROJ writes them.
func TestRefusesWhatPROJWrites(t *testing.T) {
	for code, want := range map[string]string{
		"EPSG:6956": "crs.deprecated", "EPSG:6959": "crs.deprecated",
		"EPSG:3395": "crs.unsupported", "EPSG:2045": "crs.datum", "EPSG:3148": "crs.datum", "EPSG:4147": "crs.datum",
		"EPSG:32647": "crs.unsupported", "EPSG:32748": "crs.unsupported", "EPSG:4979": "", "EPSG:4978": "crs.unsupported",
		"EPSG:4258": "crs.datum", "EPSG:2154": "crs.datum",
	} {
		for _, dialect := range []string{"WKT1:GDAL", "WKT2:2015", "WKT2:2019"} {
			if code == "EPSG:4979" && dialect == "WKT1:GDAL" {
				continue // not to be written in that dialect
			}
			text := run(t, "", "projinfo", "-q", "-o", dialect, code)
			got, err := crs.FromWKT(text)
			if want == "" {
				// geographic 3D: the same longitude and latitude, under its own code
				want = "crs.disagrees"
			}
			if spatial.CodeOf(err) != want || spatial.KindOf(err) != spatial.Invalid {
				t.Errorf("%s as %s: %d, %v, want %s\n%s", code, dialect, got, err, want, text)
			}
		}
	}
}
