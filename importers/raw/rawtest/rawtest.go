// Package rawtest is for the tests of readers and writers: where the real data
// lies, and GDAL as an oracle, read through the standard library's JSON only.
//
// It is a test package: nothing of the product imports it.
//
// Invariant: nothing here uses a reader of ours, so that agreement means something.
package rawtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/importers/raw"
)

// Shared is a path in the shared data folder beside the repository. A test that
// needs it is skipped, loudly, where a user's machine has none.
func Shared(t testing.TB, elem ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	shared := filepath.Join(dir, "..", "shared", "data")
	if _, err := os.Stat(shared); err != nil {
		if alt := filepath.Join(dir, "..", "..", "shared", "data"); exists(alt) { // a worktree beside the main one
			shared = alt
		} else {
			t.Skipf("the shared data folder %s is absent: real data is not tested here", shared)
		}
	}
	return filepath.Join(append([]string{shared}, elem...)...)
}

func exists(p string) bool {
	_, err := os.Stat(p)
	return err == nil
}

// Feature is one feature as GDAL wrote it.
type Feature struct {
	ID         any             `json:"id"`
	Geometry   json.RawMessage `json:"geometry"`
	Properties map[string]any  `json:"properties"`
}

// Shape is the feature's geometry; nil where it is null.
func (f Feature) Shape(t testing.TB) orb.Geometry {
	t.Helper()
	g, err := Geometry(f.Geometry)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// OGR reads a source with ogr2ogr, in the source's own coordinates. args stand
// after the source: a layer's name, "-sql", ….
func OGR(t testing.TB, source string, args ...string) []Feature {
	t.Helper()
	fs, err := TryOGR(t, source, args...)
	if err != nil {
		t.Fatal(err)
	}
	return fs
}

// TryOGR is OGR for sources that GDAL may refuse.
func TryOGR(t testing.TB, source string, args ...string) ([]Feature, error) {
	t.Helper()
	if _, err := exec.LookPath("ogr2ogr"); err != nil {
		t.Fatal("ogr2ogr is needed as an oracle: install gdal-bin")
	}
	cmd := exec.Command("ogr2ogr", append([]string{"-f", "GeoJSON", "-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=17", "-lco", "SIGNIFICANT_FIGURES=17", "/vsistdout/", source}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("ogr2ogr %s: %w\n%s", source, err, errs.Bytes()[:min(errs.Len(), 600)])
	}
	return Collection(out.Bytes())
}

// Collection reads a FeatureCollection with the standard library.
func Collection(b []byte) ([]Feature, error) {
	var c struct {
		Features []Feature `json:"features"`
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err := d.Decode(&c)
	return c.Features, err
}

// Geometry reads a GeoJSON geometry with the standard library, x and y only.
func Geometry(b json.RawMessage) (orb.Geometry, error) {
	if len(b) == 0 || string(b) == "null" {
		return nil, nil
	}
	var g struct {
		Type        string            `json:"type"`
		Coordinates json.RawMessage   `json:"coordinates"`
		Geometries  []json.RawMessage `json:"geometries"`
	}
	if err := json.Unmarshal(b, &g); err != nil {
		return nil, err
	}
	var err error
	read := func(into any) { err = json.Unmarshal(g.Coordinates, into) }
	switch g.Type {
	case "Point":
		var c []float64
		if read(&c); err != nil || len(c) < 2 {
			return nil, err
		}
		return orb.Point{c[0], c[1]}, nil
	case "MultiPoint":
		var c [][]float64
		read(&c)
		return orb.MultiPoint(points(c)), err
	case "LineString":
		var c [][]float64
		read(&c)
		return orb.LineString(points(c)), err
	case "MultiLineString":
		var c [][][]float64
		read(&c)
		m := orb.MultiLineString{}
		for _, l := range c {
			m = append(m, points(l))
		}
		return m, err
	case "Polygon":
		var c [][][]float64
		read(&c)
		return polygon(c), err
	case "MultiPolygon":
		var c [][][][]float64
		read(&c)
		m := orb.MultiPolygon{}
		for _, p := range c {
			m = append(m, polygon(p))
		}
		return m, err
	case "GeometryCollection":
		c := orb.Collection{}
		for _, m := range g.Geometries {
			one, err := Geometry(m)
			if err != nil {
				return nil, err
			}
			c = append(c, one)
		}
		return c, nil
	}
	return nil, fmt.Errorf("geometry type %q", g.Type)
}

func points(c [][]float64) []orb.Point {
	ps := make([]orb.Point, len(c))
	for i, p := range c {
		copy(ps[i][:], p)
	}
	return ps
}

func polygon(c [][][]float64) orb.Polygon {
	p := orb.Polygon{}
	for _, r := range c {
		p = append(p, points(r))
	}
	return p
}

// Rows gathers a sequence: features, the errors about rows, and the error that
// ended it.
func Rows(seq iter.Seq2[raw.Feature, error]) (fs []raw.Feature, rows []error, end error) {
	for f, err := range seq {
		switch {
		case err != nil && f.Row == 0:
			end = err
		case err != nil:
			rows = append(rows, err)
		default:
			fs = append(fs, f)
		}
	}
	return fs, rows, end
}

// Differ says where two geometries differ by more than tol in a coordinate, or
// in structure; "" where they are the same.
func Differ(a, b orb.Geometry, tol float64) string {
	la, lb := "", ""
	var pa, pb []orb.Point
	walk(a, &la, &pa)
	walk(b, &lb, &pb)
	if la != lb {
		return fmt.Sprintf("structures %.120s and %.120s", la, lb)
	}
	for i := range pa {
		if !(math.Abs(pa[i][0]-pb[i][0]) <= tol && math.Abs(pa[i][1]-pb[i][1]) <= tol) {
			return fmt.Sprintf("point %d of %d: %v and %v", i, len(pa), pa[i], pb[i])
		}
	}
	return ""
}

// walk writes a geometry's structure as text and gathers its points.
func walk(g orb.Geometry, s *string, ps *[]orb.Point) {
	var lines [][]orb.Point
	switch g := g.(type) {
	case nil:
		*s += "nil"
		return
	case orb.Point:
		lines = [][]orb.Point{{g}}
	case orb.MultiPoint:
		lines = [][]orb.Point{g}
	case orb.LineString:
		lines = [][]orb.Point{g}
	case orb.MultiLineString:
		for _, l := range g {
			lines = append(lines, l)
		}
	case orb.Polygon:
		for _, r := range g {
			lines = append(lines, r)
		}
	case orb.MultiPolygon:
		*s += "MultiPolygon["
		for _, p := range g {
			walk(p, s, ps)
		}
		*s += "]"
		return
	case orb.Collection:
		*s += "Collection["
		for _, m := range g {
			walk(m, s, ps)
		}
		*s += "]"
		return
	}
	*s += g.GeoJSONType()
	for _, l := range lines {
		*s += fmt.Sprintf("(%d)", len(l))
		*ps = append(*ps, l...)
	}
}
