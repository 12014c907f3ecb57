//go:build bench

package bench

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/bench/cadastre"
	"github.com/langbiang/langbiang/spatial/crs"
)

// workload is one cadastre as files.
type workload struct {
	name  string
	count int
	// files by format. Planar ones are in EPSG:5899, GeoJSON in degrees.
	files  map[string]string
	places []orb.Point // a corner region of each parcel: the mean of its corners, WGS 84
}

// formats in the order of the report.
var formats = []string{"GeoPackage", "Shapefile", "GeoJSON"}

// own makes the workload that everybody can make.
func own(t *testing.T, dir string, n int) workload {
	w := workload{name: "own cadastre", count: n, files: map[string]string{}}
	inverse, err := crs.From(cadastre.Plane)
	if err != nil {
		t.Fatal(err)
	}
	plane, globe := create(t, filepath.Join(dir, "plane.geojsonl")), create(t, filepath.Join(dir, "own.geojson"))
	globe.text(`{"type":"FeatureCollection","features":[` + "\n")
	i := 0
	for p := range cadastre.Parcels(n) {
		props := fmt.Sprintf(`{"ma_xa":"24781","so_to":"%d","so_thua":"%d","dien_tich":%.1f,"loai_dat":"%s"}`, p.Sheet, p.Number, p.Area, p.Use)
		plane.text(feature(p.Shape[0], 3, props) + "\n")
		ring := make(orb.Ring, len(p.Shape[0]))
		for k, c := range p.Shape[0] {
			ring[k] = inverse(c)
		}
		if i > 0 {
			globe.text(",\n")
		}
		globe.text(feature(ring, 9, props))
		w.places = append(w.places, middle(ring))
		i++
	}
	globe.text("\n]}\n")
	plane.close()
	globe.close()
	w.files["GeoJSON"] = globe.path
	convert(t, &w, plane.path, "EPSG:5899", filepath.Join(dir, "own"))
	return w
}

// peers makes the workload that the peers were measured with, where its generator
// and Python are there.
func peers(t *testing.T, dir string, n int) (workload, bool) {
	gen := filepath.Join("..", "..", "shared", "bench", "gen.py")
	if _, err := os.Stat(gen); err != nil {
		t.Log("no ../shared/bench/gen.py here: the peers' workload is left out")
		return workload{}, false
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Log("no python3 here: the peers' workload is left out")
		return workload{}, false
	}
	tsv := filepath.Join(dir, "p.tsv")
	command(t, "python3", gen, strconv.Itoa(n), tsv)
	w := workload{name: "peers' cadastre", count: n, files: map[string]string{}}
	in, err := os.Open(tsv)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out := create(t, filepath.Join(dir, "peers.geojson"))
	out.text(`{"type":"FeatureCollection","features":[` + "\n")
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<20)
	for i := 0; sc.Scan(); i++ {
		f := strings.Split(sc.Text(), "\t")
		ring := ringOf(t, f[8])
		if i > 0 {
			out.text(",\n")
		}
		out.text(feature(ring, 9, fmt.Sprintf(`{"so_to":%q,"so_thua":%q,"dien_tich":%s,"loai_dat":%q}`, f[2], f[3], f[4], f[5])))
		w.places = append(w.places, middle(ring))
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	out.text("\n]}\n")
	out.close()
	w.files["GeoJSON"] = out.path
	convert(t, &w, out.path, "EPSG:4326", filepath.Join(dir, "peers"))
	return w, true
}

// convert has GDAL write the other formats, so that each is what other programs write.
func convert(t *testing.T, w *workload, from, srs, stem string) {
	for format, ending := range map[string]string{"GPKG": ".gpkg", "ESRI Shapefile": ".shp"} {
		path := stem + ending
		command(t, "ogr2ogr", "-f", format, "-s_srs", srs, "-t_srs", "EPSG:5899", "-nln", "parcels", path, from)
		if format == "GPKG" {
			w.files["GeoPackage"] = path
		} else {
			w.files["Shapefile"] = path
		}
	}
}

// ringOf reads the hex EWKB of a polygon of one ring.
func ringOf(t *testing.T, text string) orb.Ring {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) < 17 {
		t.Fatalf("a shape that is no EWKB: %v", err)
	}
	n := int(binary.LittleEndian.Uint32(b[13:]))
	ring := make(orb.Ring, n)
	for i := range ring {
		for k := range 2 {
			ring[i][k] = math.Float64frombits(binary.LittleEndian.Uint64(b[17+16*i+8*k:]))
		}
	}
	return ring
}

func feature(ring orb.Ring, digits int, props string) string {
	var b strings.Builder
	b.WriteString(`{"type":"Feature","properties":` + props + `,"geometry":{"type":"Polygon","coordinates":[[`)
	for i, c := range ring {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("[" + strconv.FormatFloat(c[0], 'f', digits, 64) + "," + strconv.FormatFloat(c[1], 'f', digits, 64) + "]")
	}
	b.WriteString("]]}}")
	return b.String()
}

// middle is the mean of a ring's corners: inside, for lots as these are.
func middle(r orb.Ring) orb.Point {
	var m orb.Point
	for _, c := range r[1:] {
		m[0] += c[0] / float64(len(r)-1)
		m[1] += c[1] / float64(len(r)-1)
	}
	return m
}

// file is a file being written; its errors end the test.
type file struct {
	t    *testing.T
	path string
	f    *os.File
	w    *bufio.Writer
}

func create(t *testing.T, path string) *file {
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return &file{t: t, path: path, f: f, w: bufio.NewWriter(f)}
}

func (f *file) text(s string) {
	if _, err := f.w.WriteString(s); err != nil {
		f.t.Fatal(err)
	}
}

func (f *file) close() {
	if err := f.w.Flush(); err != nil {
		f.t.Fatal(err)
	}
	if err := f.f.Close(); err != nil {
		f.t.Fatal(err)
	}
}

// command runs a program to its end.
func command(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
