//go:build bench

package bench

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

var tilesOut = flag.String("tiles-out", "TILES.md", "where to write the figures of baking")

// baked is one program making all tiles of a city.
type baked struct {
	what      string
	wall, cpu float64 // seconds
	resident  int     // MB at most
	bytes     int64
}

// TestBake bakes the whole city from zoom 8 to 17 with ogr2ogr and with langbiang, in
// turns, and writes the page.
func TestBake(t *testing.T) {
	b := newBench(t)
	from := time.Now()
	w := own(t, b.dir, *size)
	store := filepath.Join(b.dir, "city.gpkg")
	b.run("init", "--store", store, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
	b.timed(b.bin, "import", "parcels", w.files["GeoPackage"], "--store", store, "--quarantine", "none")
	build := func(what, file string, args ...string) baked {
		path := filepath.Join(b.dir, file)
		return b.bakes("langbiang tiles build, "+what, path, b.bin, append([]string{"tiles", "build", path, "--store", store, "--maxzoom", "17"}, args...)...)
	}
	city := []string{"--layers", "coverage,parcels"}
	ogr := filepath.Join(b.dir, "ogr.mbtiles")
	// As a map needs it: in each tile no limit that would leave parcels out.
	first := build("coverage and parcels, PMTiles, from a store that was never served", "a.pmtiles", append(city, "--anew")...)
	b.served(store)
	all := []baked{
		build("coverage and parcels, PMTiles", "a.pmtiles", append(city, "--anew")...),
		b.bakes("ogr2ogr -f MVT, parcels, MBTiles", ogr, "ogr2ogr", "-f", "MVT", "-t_srs", "EPSG:3857", "-dsco", "MINZOOM=8", "-dsco", "MAXZOOM=17", "-dsco", "MAX_SIZE=50000000", "-dsco", "MAX_FEATURES=1000000", ogr, w.files["GeoPackage"], "parcels"),
		build("coverage and parcels, MBTiles", "a.mbtiles", append(city, "--anew")...),
		build("parcel labels too, PMTiles", "labels.pmtiles", "--layers", "coverage,parcels,parcel_labels"),
		build("coverage and parcels, nothing changed", "a.pmtiles", city...),
		first,
	}
	verified := b.run("tiles", "verify", filepath.Join(b.dir, "a.pmtiles"), "--store", store)
	var page strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&page, format+"\n", args...) }
	line("# Baking, measured\n")
	line("Written by `%s` in %s%s: the whole city of %d parcels,", alone("TestBake"), time.Since(from).Round(time.Second), busy(), w.count)
	line("zooms 8 to 17, in one run one after the other, each from the start of its process to its end. The machine is shared, so the time of the processors is told too.\n")
	line("- %s\n", strings.Join(facts(t, b), "\n- "))
	line("A server keeps in the store how parcels lie, which the number of floors follows from: the build reads that, where the store was served since it changed.\n")
	line("| program | s | CPU s | most memory MB | MB of the file |")
	line("|---|---|---|---|---|")
	for _, m := range all {
		line("| %s | %.1f | %.1f | %d | %.1f |", m.what, m.wall, m.cpu, m.resident, float64(m.bytes)/1e6)
	}
	line("\n- ≥ 15 × faster than ogr2ogr: %.1f × by the clock, %s; %.1f × by the processors", all[1].wall/all[0].wall, verdict(all[1].wall >= 15*all[0].wall), all[1].cpu/all[0].cpu)
	line("- no larger: %.2f of ogr2ogr's size, %s", float64(all[0].bytes)/float64(all[1].bytes), verdict(all[0].bytes <= all[1].bytes))
	found := regexp.MustCompile(`(\d+) parcels of .* were looked for`).FindStringSubmatch(verified)
	line("- no parcel missing from zoom 15 on (`tiles verify`): %s", verdict(found != nil && found[1] == fmt.Sprint(w.count) && strings.Contains(verified, "Nothing is broken")))
	if err := os.WriteFile(*tilesOut, []byte(page.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + page.String())
}

// served serves a store until all facts of its parcels are worked out, and ends in
// good order, so that they are kept.
func (b *bench) served(store string) {
	p := b.start(store)
	defer p.stop()
	known := regexp.MustCompile(`(?m)^langbiang_facts_revision [1-9]`)
	for b.t.Context().Err() == nil {
		resp, err := http.Get(p.address + "/metrics")
		if err != nil {
			b.t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close() // it was read
		if err != nil {
			b.t.Fatal(err)
		}
		if known.Match(text) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// bakes runs a program that makes a file.
func (b *bench) bakes(what, file, name string, args ...string) baked {
	b.t.Helper()
	cmd := exec.Command(name, args...)
	began := time.Now()
	text, err := cmd.CombinedOutput()
	m := baked{what: what, wall: time.Since(began).Seconds()}
	if err != nil {
		b.t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, text)
	}
	m.cpu = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	m.resident = peak(cmd.ProcessState)
	info, err := os.Stat(file)
	if err != nil {
		b.t.Fatal(err)
	}
	m.bytes = info.Size()
	b.t.Logf("%s: %.1f s, %.1f s of the processors, %d MB, %d bytes", what, m.wall, m.cpu, m.resident, m.bytes)
	return m
}

// peak is the most memory that a process held, MB.
func peak(s *os.ProcessState) int {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return int(u.Maxrss / 1024)
	}
	return 0
}
