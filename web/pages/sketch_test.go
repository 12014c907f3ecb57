package pages

import (
	"flag"
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/landuse"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/web/pages/sketch"
)

// update rewrites the golden files: go test ./web/pages -update
func TestMain(m *testing.M) {
	flag.Bool("update", false, "rewrite the golden files")
	flag.Parse()
	os.Exit(m.Run())
}

func drawn(t *testing.T, d *town, id uint64) sketch.Sketch {
	t.Helper()
	v := model(t, d).View(spatial.TierPublic)
	it, ok := v.Get(parcels.LayerName, id)
	if !ok {
		t.Fatal("no such parcel")
	}
	l := language{code: "vi"}
	return sketch.Draw(v, it, sketch.Options{Codes: landuse.NewTable(), Link: func(id uint64) string { return fmt.Sprint("/parcels/", id) },
		Words: sketch.Words{Title: "Sơ đồ", Description: "Thử", Number: l.number, North: "B",
			Parcel: func(sheet, number string) string { return "Thửa " + number + ", tờ " + sheet }}})
}

func TestSketchGolden(t *testing.T) {
	d := dalat()
	got := strings.ReplaceAll(drawn(t, d, d.divided).SVG, "><", ">\n<")
	const file = "testdata/sketch.svg"
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the drawing differs from %s; look at it and run with -update", file)
	}
}

func TestSketchIsToScale(t *testing.T) {
	d := dalat()
	for _, id := range []uint64{d.home, d.divided, d.bare} {
		s := drawn(t, d, id)
		wellFormed(t, s.SVG)
		if !s.Metres {
			t.Fatal("not drawn in a plane")
		}
		bar := regexp.MustCompile(`<path d="M16 \d+V\d+H([\d.]+)V\d+"[^>]*/><text [^>]*>([\d.,]+) m<`).FindStringSubmatch(s.SVG)
		outline := regexp.MustCompile(`<path d="(M[^"]+)" stroke="#111111" stroke-width="3"`).FindStringSubmatch(s.SVG)
		if bar == nil || outline == nil {
			t.Fatal("no scale bar or no outline")
		}
		end, _ := strconv.ParseFloat(bar[1], 64)
		long, _ := strconv.ParseFloat(strings.ReplaceAll(bar[2], ",", "."), 64)
		unit := long / (end - 16) // m
		var x, y []float64
		for _, c := range regexp.MustCompile(`[ML]([-\d.]+) ([-\d.]+)`).FindAllStringSubmatch(outline[1], -1) {
			a, _ := strconv.ParseFloat(c[1], 64)
			b, _ := strconv.ParseFloat(c[2], 64)
			x, y = append(x, a), append(y, b)
		}
		sum := 0.0
		for i := range x {
			j := (i + 1) % len(x)
			sum += x[i]*y[j] - x[j]*y[i]
		}
		got, want := math.Abs(sum)/2*unit*unit, d.features[id-1].Area
		if math.Abs(got-want) > 0.01*want {
			t.Errorf("parcel %d is drawn with %.1f m², and has %.1f", id, got, want)
		}
	}
}

func TestSketchWithoutAPlane(t *testing.T) {
	d := dalat()
	d.place.Plane = 0
	for i := range d.features {
		d.features[i].SRID = 0
	}
	s := drawn(t, d, d.home)
	if s.Metres {
		t.Error("a sphere is taken for a survey")
	}
	// A degree on a sphere is right to some parts in a thousand.
	if !strings.Contains(s.SVG, ">24,") && !strings.Contains(s.SVG, ">23,9") {
		t.Error("the side of 24 m is not named")
	}
	says(t, ok(t, serve(t, d), fmt.Sprint("/parcels/", d.home)), "chiều dài chỉ gần đúng")
}

func TestSketchNamesWhatIsAround(t *testing.T) {
	d := dalat()
	s := drawn(t, d, d.divided)
	var got []string
	for _, a := range s.Adjoining {
		got = append(got, fmt.Sprintf("%d %s", a.Direction, a.Number))
	}
	if want := "0 345,1 305,2 313,6 311"; strings.Join(got, ",") != want {
		t.Errorf("adjoining: %s, want %s", strings.Join(got, ","), want)
	}
	if len(s.Zones) != 2 || s.Zones[0].Code != "OM-12" || s.Zones[1].Code != "HH-03" || !s.Buildings {
		t.Errorf("%+v", s.Zones)
	}
	for _, n := range []string{">345</text>", ">361</text>", ">16,0</text>", "OM-12</text>"} {
		if !strings.Contains(s.SVG, n) {
			t.Errorf("the drawing does not say %s", n)
		}
	}
	if strings.Count(s.SVG, "<a ")-strings.Count(s.SVG, `tabindex="-1"`) != 4 {
		t.Error("exactly the adjoining parcels are reached by the keyboard")
	}
}

func TestSketchOfAParcelWithoutShape(t *testing.T) {
	d := dalat()
	f := &d.features[d.bare-1]
	f.Display, f.Legal = nil, nil
	if s := drawn(t, d, d.bare); s.SVG != "" {
		t.Error(s.SVG)
	}
}
