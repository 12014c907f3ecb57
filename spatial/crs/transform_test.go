package crs_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/crs"
)

const (
	degrees = 1e-9 // the agreement asked for in degrees
	metres  = 1e-4 // and in metres
)

func rows(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: %v, %d rows", path, err, len(all))
	}
	return all
}

func numbers(t testing.TB, row []string, at ...int) []float64 {
	t.Helper()
	var out []float64
	for _, i := range at {
		f, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func close2(a, b orb.Point, tolerance float64) bool {
	return math.Abs(a[0]-b[0]) <= tolerance && math.Abs(a[1]-b[1]) <= tolerance
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// tolerances gives the agreement asked for in the system's own unit, and how far a
// point may lie off after going to WGS 84 and back at height 0.
func tolerances(srid spatial.SRID) (own, back float64) {
	if s, _ := crs.ByCode(srid); s.Geographic {
		return degrees, 2e-8
	}
	return metres, 2e-3
}

// Every system agrees with the committed vectors of PROJ, inverse and forward.
func TestAgreesWithCommittedVectors(t *testing.T) {
	covered := map[spatial.SRID]bool{spatial.WGS84: true}
	for _, row := range rows(t, "testdata/proj.csv") {
		v := numbers(t, row, 0, 1, 2, 3, 4)
		srid, own, geo := spatial.SRID(v[0]), orb.Point{v[1], v[2]}, orb.Point{v[3], v[4]}
		covered[srid] = true
		if got := must[orb.Point](t)(crs.Inverse(srid, own)); !close2(got, geo, degrees) {
			t.Errorf("EPSG:%d %v: got %v, PROJ says %v", srid, own, got, geo)
		}
		_, tolerance := tolerances(srid)
		if got := must[orb.Point](t)(crs.Forward(srid, geo)); !close2(got, own, tolerance) {
			t.Errorf("EPSG:%d back from %v: got %v, want %v", srid, geo, got, own)
		}
	}
	for _, s := range crs.All() {
		if !covered[s.SRID] {
			t.Errorf("EPSG:%d has no vector", s.SRID)
		}
	}
}

// The two mistakes made everywhere, wrong rotation signs and no shift at all, are
// told apart from the right answer.
func TestAgreesWithSharedVectors(t *testing.T) {
	path := filepath.Join("..", "..", "..", "shared", "domain", "vn2000_test_vectors.csv")
	if _, err := os.Stat(path); err != nil {
		path = "../" + path // a work tree one folder deeper
	}
	if _, err := os.Stat(path); err != nil {
		t.Skip("../shared is not on this machine: its vectors are not checked")
	}
	all := rows(t, path)
	for _, row := range all[1:] {
		v := numbers(t, row, 2, 3, 6, 7, 8, 9, 10, 11, 12, 13)
		plane, geo, back := orb.Point{v[0], v[1]}, orb.Point{v[2], v[3]}, orb.Point{v[4], v[5]}
		bare, wrong := orb.Point{v[6], v[7]}, orb.Point{v[8], v[9]}
		got := must[orb.Point](t)(crs.Inverse(5899, plane))
		if !close2(got, geo, degrees) {
			t.Errorf("%s: got %v, want %v", row[1], got, geo)
		}
		if close2(got, wrong, 1e-7) {
			t.Errorf("%s: %v is the result of un-negated rotations", row[1], got)
		}
		if close2(got, bare, 1e-4) {
			t.Errorf("%s: %v is the result of no shift", row[1], got)
		}
		if got := must[orb.Point](t)(crs.Forward(5899, geo)); !close2(got, back, metres) {
			t.Errorf("%s back: got %v, want %v", row[1], got, back)
		}
		if got := must[orb.Point](t)(crs.Forward(4756, geo)); !close2(got, bare, degrees) {
			t.Errorf("%s in VN-2000 degrees: got %v, want %v", row[1], got, bare)
		}
	}
	if len(all) < 10 {
		t.Errorf("only %d vectors", len(all))
	}
}

func TestRoundTrip(t *testing.T) {
	systems := crs.All()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(systems).Draw(t, "system")
		p := orb.Point{rapid.Float64Range(101, 118).Draw(t, "lon"), rapid.Float64Range(6, 24).Draw(t, "lat")}
		q, err := crs.Forward(s.SRID, p)
		if err != nil {
			t.Fatal(err)
		}
		r, err := crs.Inverse(s.SRID, q)
		if err != nil {
			t.Fatal(err)
		}
		tolerance := 1e-12 * 180
		if s.VN2000 { // height is dropped on the way
			tolerance = 2e-8
		}
		if !close2(p, r, tolerance) {
			t.Fatalf("EPSG:%d: %v → %v → %v", s.SRID, p, q, r)
		}
	})
}

func TestRoundTripInLamDong(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := orb.Point{rapid.Float64Range(430000, 640000).Draw(t, "E"), rapid.Float64Range(1200000, 1380000).Draw(t, "N")}
		lonlat, err := crs.Inverse(5899, p)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := crs.Forward(5899, lonlat); err != nil || !close2(p, q, 2e-4) {
			t.Fatalf("%v → %v → %v, %v", p, lonlat, q, err)
		}
	})
}

func TestOutOfDomain(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, s := range crs.All() {
		forward := []orb.Point{{nan, 12}, {108, nan}, {inf, 12}, {108, -inf}, {108, 89.95}, {108, -90}, {181, 12}, {1e300, 12}}
		if crs.Metric(s.SRID) {
			forward = append(forward, orb.Point{2.35, 48.8}, orb.Point{-72, 10})
		}
		to, from := must[crs.Transform](t)(crs.To(s.SRID)), must[crs.Transform](t)(crs.From(s.SRID))
		for _, p := range forward {
			if q, err := crs.Forward(s.SRID, p); spatial.CodeOf(err) != "crs.outOfDomain" || spatial.KindOf(err) != spatial.Invalid {
				t.Errorf("EPSG:%d forward %v: %v, %v", s.SRID, p, q, err)
			}
			if q := to(p); !math.IsNaN(q[0]) || !math.IsNaN(q[1]) {
				t.Errorf("EPSG:%d to %v: %v", s.SRID, p, q)
			}
		}
		inverse := []orb.Point{{nan, 1}, {1, nan}, {inf, 1}, {1, -inf}, {1e9, 1e6}, {5e5, 1e9}, {-1e300, 1e300}}
		for _, p := range inverse {
			if q, err := crs.Inverse(s.SRID, p); spatial.CodeOf(err) != "crs.outOfDomain" {
				t.Errorf("EPSG:%d inverse %v: %v, %v", s.SRID, p, q, err)
			}
			if q := from(p); !math.IsNaN(q[0]) || !math.IsNaN(q[1]) {
				t.Errorf("EPSG:%d from %v: %v", s.SRID, p, q)
			}
		}
	}
}

// Whatever comes in, a result is finite or NaN in both coordinates.
func FuzzTransform(f *testing.F) {
	f.Add(int32(5899), 575187.164, 1320566.863)
	f.Add(int32(3857), 1e7, 2e7)
	f.Add(int32(4756), 108.4, 89.9)
	f.Fuzz(func(t *testing.T, srid int32, x, y float64) {
		for _, forms := range []func(spatial.SRID) (crs.Transform, error){crs.To, crs.From} {
			tr, err := forms(spatial.SRID(srid))
			if err != nil {
				return
			}
			q := tr(orb.Point{x, y})
			if math.IsInf(q[0], 0) || math.IsInf(q[1], 0) || math.IsNaN(q[0]) != math.IsNaN(q[1]) {
				t.Fatalf("EPSG:%d (%v, %v) → %v", srid, x, y, q)
			}
		}
	})
}

func TestUnknownSystem(t *testing.T) {
	for srid, code := range map[spatial.SRID]string{0: "crs.unknown", 2105: "crs.unknown", 6959: "crs.deprecated", -5899: "crs.unknown"} {
		_, e1 := crs.Forward(srid, orb.Point{108, 12})
		_, e2 := crs.Inverse(srid, orb.Point{5e5, 1e6})
		_, e3 := crs.To(srid)
		_, e4 := crs.From(srid)
		_, e5 := crs.Display(orb.Point{5e5, 1e6}, srid)
		for _, err := range []error{e1, e2, e3, e4, e5} {
			if spatial.CodeOf(err) != code {
				t.Errorf("EPSG:%d: %v, want %s", srid, err, code)
			}
		}
		if crs.Known(srid) || crs.Metric(srid) {
			t.Errorf("EPSG:%d is known", srid)
		}
	}
}

func TestMetric(t *testing.T) {
	if len(crs.All()) != 25 {
		t.Errorf("%d systems", len(crs.All()))
	}
	for _, s := range crs.All() {
		want := !s.Geographic && s.SRID != spatial.WebMercator
		if crs.Metric(s.SRID) != want || !crs.Known(s.SRID) {
			t.Errorf("EPSG:%d: metric %v", s.SRID, !want)
		}
	}
}

func TestGeometry(t *testing.T) {
	half := func(p orb.Point) orb.Point { return orb.Point{p[0] / 2, p[1] / 2} }
	ring := orb.Ring{{0, 0}, {2, 0}, {2, 2}, {0, 0}}
	halved := orb.Ring{{0, 0}, {1, 0}, {1, 1}, {0, 0}}
	for _, c := range []struct{ in, want orb.Geometry }{
		{nil, nil},
		{orb.Point{2, 4}, orb.Point{1, 2}},
		{orb.MultiPoint{{2, 4}}, orb.MultiPoint{{1, 2}}},
		{orb.LineString{{2, 4}, {6, 8}}, orb.LineString{{1, 2}, {3, 4}}},
		{orb.MultiLineString{{{2, 4}}, {}}, orb.MultiLineString{{{1, 2}}, {}}},
		{ring, halved},
		{orb.Polygon{ring}, orb.Polygon{halved}},
		{orb.MultiPolygon{{ring}, nil}, orb.MultiPolygon{{halved}, nil}},
		{orb.Collection{orb.Point{2, 4}, orb.Polygon{ring}, nil}, orb.Collection{orb.Point{1, 2}, orb.Polygon{halved}, nil}},
		{orb.Bound{Min: orb.Point{2, 2}, Max: orb.Point{4, 6}}, orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{2, 3}}},
		{orb.Polygon(nil), orb.Polygon(nil)},
	} {
		if got := crs.Geometry(c.in, half); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v: got %#v", c.in, got)
		}
	}
	if !reflect.DeepEqual(ring, orb.Ring{{0, 0}, {2, 0}, {2, 2}, {0, 0}}) {
		t.Error("the input was changed")
	}
}

func TestDisplay(t *testing.T) {
	legal := orb.Collection{orb.Polygon{{{575187.164, 1320566.863}, {575200, 1320566}, {575200, 1320600}, {575187.164, 1320566.863}}}, orb.Point{575187.164, 1320566.863}}
	shown := must[orb.Geometry](t)(crs.Display(legal, 5899)).(orb.Collection)
	again := must[orb.Geometry](t)(crs.Display(legal, 5899))
	if !reflect.DeepEqual(orb.Geometry(shown), again) {
		t.Error("not the same twice")
	}
	want := orb.Point{108.442100001, 11.9404}
	if ring := shown[0].(orb.Polygon)[0]; ring[0] != want || ring[3] != want || shown[1] != want {
		t.Errorf("got %v", shown)
	}
	if _, err := crs.Display(orb.LineString{{575187, 1320566}, {math.NaN(), 1}}, 5899); spatial.CodeOf(err) != "crs.outOfDomain" {
		t.Error(err)
	}
	if g, err := crs.Display(nil, 5899); g != nil || err != nil {
		t.Error(g, err)
	}
}

func TestCandidates(t *testing.T) {
	daLat := orb.Bound{Min: orb.Point{108.2, 11.7}, Max: orb.Point{108.75, 12.2}}
	lake := orb.Point{575187.164, 1320566.863}
	for _, p := range []orb.Point{lake, {lake[1], lake[0]}} {
		c := crs.Candidates(p, daLat)
		if len(c) != 20 {
			t.Fatalf("%d candidates for %v", len(c), p)
		}
		var right *crs.Candidate
		for i := range c {
			if i > 0 && c[i].Inside && !c[i-1].Inside {
				t.Error("those inside do not come first")
			}
			if c[i].System.SRID == 5899 {
				right = &c[i]
			}
		}
		if right == nil || !right.Inside || right.Swapped != (p != lake) || !close2(right.Place, orb.Point{108.4421, 11.9404}, 1e-6) {
			t.Errorf("%v: %+v", p, right)
		}
	}
	if c := crs.Candidates(orb.Point{math.NaN(), 1}, daLat); len(c) != 0 {
		t.Errorf("NaN lies at %v", c)
	}
	if c := crs.Candidates(orb.Point{108.4, 11.9}, daLat); len(c) != 0 {
		t.Errorf("degrees lie at %v", c)
	}
}

func BenchmarkForward(b *testing.B) {
	to := must[crs.Transform](b)(crs.To(5899))
	p := orb.Point{108.4421, 11.9404}
	b.ReportAllocs()
	for b.Loop() {
		p[0] += 1e-9
		to(p)
	}
}

func BenchmarkInverse(b *testing.B) {
	from := must[crs.Transform](b)(crs.From(5899))
	p := orb.Point{575187.164, 1320566.863}
	b.ReportAllocs()
	for b.Loop() {
		p[0] += 1e-3
		from(p)
	}
}
