package importers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// open makes an empty embedded store with the product's layers.
func open(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "store.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// write makes a file of a delivery.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const crs5899 = `"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5899"}}`

// east and north are a place in Đà Lạt, EPSG:5899.
const east, north = 575000.0, 1320000.0

// plot is a GeoJSON feature: a rectangle at an offset from east, north.
func plot(x, y, w, h float64, properties string) string {
	return feature(square(x, y, w, h), properties)
}

func square(x, y, w, h float64) string {
	x, y = x+east, y+north
	return fmt.Sprintf(`{"type":"Polygon","coordinates":[[[%[1]v,%[2]v],[%[3]v,%[2]v],[%[3]v,%[4]v],[%[1]v,%[4]v],[%[1]v,%[2]v]]]}`, x, y, x+w, y+h)
}

func feature(geometry, properties string) string {
	return `{"type":"Feature","properties":` + properties + `,"geometry":` + geometry + `}`
}

func collection(head string, features ...string) string {
	if head != "" {
		head += ","
	}
	return `{"type":"FeatureCollection",` + head + `"features":[` + strings.Join(features, ",") + `]}`
}

// ref is the properties of a parcel by its reference.
func ref(sheet, number string) string {
	return fmt.Sprintf(`{"MAXA":"24808","SHBANDO":"%s","SHTHUA":"%s"}`, sheet, number)
}

func mustRun(t testing.TB, s Store, req Request) Report {
	t.Helper()
	rep, err := Run(context.Background(), s, req)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return rep
}

// counts compares read, added, changed, same, gone, quarantined.
func counts(t *testing.T, rep Report, want ...int) {
	t.Helper()
	c := rep.Counts
	if diff := cmp.Diff(want, []int{c.Read, c.Added, c.Changed, c.Same, c.Gone, c.Quarantined}); diff != "" {
		t.Fatalf("read, added, changed, same, gone, quarantined:\n%s%v", diff, rep.Findings)
	}
}

// present are the present records of a layer.
func present(t testing.TB, s Records, layer string, on spatial.Date) []spatial.Feature {
	t.Helper()
	var all []spatial.Feature
	for f, err := range s.Scan(context.Background(), layer, spatial.AsOf{On: on}, nil, 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// bare drops what no undo can take back: number, revision and time of a version.
func bare(fs []spatial.Feature) []spatial.Feature {
	for i := range fs {
		fs[i].Version, fs[i].Rev, fs[i].At = 0, 0, time.Time{}
	}
	return fs
}

func values(l spatial.Layer, f spatial.Feature) map[string]any {
	out := map[string]any{}
	for i, field := range l.Fields {
		if v := f.Values[i]; !v.IsNull() {
			out[field.Name] = v.Any()
		}
	}
	return out
}

func layerOf(name string) spatial.Layer {
	for _, l := range city.Layers() {
		if l.Name == name {
			return l
		}
	}
	panic("no layer " + name)
}

func refused(t *testing.T, err error, kind spatial.Kind, code string) *spatial.Error {
	t.Helper()
	if spatial.CodeOf(err) != code || spatial.KindOf(err) != kind {
		t.Fatalf("error %v, want %v %s", err, kind, code)
	}
	var e *spatial.Error
	errors.As(err, &e)
	return e
}

var equalValues = cmp.Options{cmp.Comparer(func(a, b spatial.Value) bool { return a == b }), cmp.Comparer(func(a, b orb.Geometry) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return orb.Equal(a, b)
})}
