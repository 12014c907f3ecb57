//go:build bench

package bench

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/bench/cadastre"
	"github.com/langbiang/langbiang/spatial/crs"
)

// limit is what the Go runtime is told to aim at: what 1.2 GB leave for it, once the
// program itself and what the kernel counts besides are taken off.
const limit = "1100MiB"

var millionParcels = flag.Int("million", 1_000_000, "how many parcels the large store has")

// grown is a store of so many parcels and its server.
type grown struct {
	parcels  int
	imported baked
	ready    []float64 // s, each start
	cpu      float64   // s of the processors until it was ready, the last start
	known    float64   // s from the start until everything is worked out
	resident [3]int    // MB: ready, everything worked out, at the end
	peak     int       // MB
	process  *process
	clicks   []string
	tiles    []string
}

// TestMillion measures what a server of a million parcels takes beside one of a town's,
// and writes the section of the report.
func TestMillion(t *testing.T) {
	b := newBench(t)
	s := begin(t)
	t.Setenv("GOMEMLIMIT", limit)
	big, small := b.grow(*millionParcels), b.grow(cadastre.Town)
	var all []compared
	for _, c := range []struct {
		what, encoding string
		connections    int
		our, their     []string
	}{
		{"fresh tile", "gzip", 1, big.tiles, small.tiles},
		{"fresh tile", "gzip", some, big.tiles, small.tiles},
		{"click", "identity", 1, big.clicks, small.clicks},
		{"click", "identity", some, big.clicks, small.clicks},
	} {
		ask(t, big.process.address, c.encoding, c.our, some, 2*time.Second) // what is made once is made
		ask(t, small.process.address, c.encoding, c.their, some, 2*time.Second)
		all = append(all, b.compare(fmt.Sprintf("%s, %d at once", c.what, c.connections), 3*time.Second, c.connections, big.process.server(), small.process.server(), c.encoding, c.our, c.their))
	}
	for _, g := range []*grown{big, small} {
		g.resident[2], g.peak = g.process.memory("VmRSS"), g.process.memory("VmHWM")
		g.process.stop()
	}
	s.million(big, small, all)
	s.done(*out, "A million parcels", "TestMillion", b)
}

// grow imports so many parcels into a new store and serves it.
func (b *bench) grow(n int) *grown {
	w := province(b.t, b.dir, n)
	g := &grown{parcels: n}
	store := b.fresh("GeoPackage file")
	b.run("init", "--store", store, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
	g.imported = b.bakes(fmt.Sprintf("import of %d", n), store, b.bin, "import", "parcels", w.files["GeoPackage"], "--store", store, "--quarantine", "none")
	for range 2 {
		p := b.start(store)
		g.ready = append(g.ready, p.ready)
		p.stop()
	}
	began := time.Now()
	g.process = b.start(store, "--tile-cache", "0")
	g.ready = append(g.ready, g.process.ready)
	g.cpu = used(b.t, g.process.server().pids) / 1e6
	g.resident[0] = g.process.memory("VmRSS")
	b.settled(g.process)
	g.known = time.Since(began).Seconds()
	g.resident[1] = g.process.memory("VmRSS")
	r := rand.New(rand.NewPCG(7, 7))
	for range 4000 {
		at := w.places[r.IntN(len(w.places))]
		g.clicks = append(g.clicks, fmt.Sprintf("/api/parcels/at?lon=%.7f&lat=%.7f", at[0], at[1]))
	}
	// The tile of a parcel, whichever it is: the same mix of dense and empty ground,
	// however large the city.
	for _, want := range wanted() {
		for range want[1] {
			g.tiles = append(g.tiles, tileAt(want[0], w.places[r.IntN(len(w.places))]).path("/tiles/"+layers))
		}
	}
	r.Shuffle(len(g.tiles), func(i, k int) { g.tiles[i], g.tiles[k] = g.tiles[k], g.tiles[i] })
	b.t.Logf("%d parcels: imported in %.1f s with %d MB, ready in %v s, all known in %.1f s, %v MB", n, g.imported.wall, g.imported.resident, g.ready, g.known, g.resident)
	return g
}

// province makes a workload of towns, as a GeoPackage alone.
func province(t *testing.T, dir string, n int) workload {
	w := workload{name: "towns", count: n, files: map[string]string{"GeoPackage": filepath.Join(dir, fmt.Sprintf("towns%d.gpkg", n))}}
	inverse, err := crs.From(cadastre.Plane)
	if err != nil {
		t.Fatal(err)
	}
	plane := create(t, filepath.Join(dir, fmt.Sprintf("towns%d.geojsonl", n)))
	for p := range cadastre.Towns(n) {
		plane.text(feature(p.Shape[0], 3, fmt.Sprintf(`{"ma_xa":"24781","so_to":"%d","so_thua":"%d","dien_tich":%.1f,"loai_dat":"%s"}`, p.Sheet, p.Number, p.Area, p.Use)) + "\n")
		w.places = append(w.places, inverse(middle(p.Shape[0])))
	}
	plane.close()
	command(t, "ogr2ogr", "-f", "GPKG", "-s_srs", "EPSG:5899", "-t_srs", "EPSG:5899", "-nln", "parcels", w.files["GeoPackage"], plane.path)
	return w
}

// million is the section.
func (s *part) million(big, small *grown, all []compared) {
	s.line("A town of %d parcels, and %d parcels in towns like it on ground of their own: a place has as many neighbours in both. Each was imported into a GeoPackage file by `langbiang import`,", small.parcels, big.parcels)
	s.line("then served with GOMEMLIMIT=%s and no tile cache, both at once and asked in turns (%d turns, the one or the other first), at places in random parcels and for tiles of random", limit, turns)
	s.line("parcels, of each zoom as many (z12–z17).\n")
	s.line("| parcels | import s | CPU s | most MB | store MB | ready s | CPU s | all worked out after s | MB ready | MB then | MB after all questions | peak MB |")
	s.line("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, g := range []*grown{small, big} {
		s.line("| %d | %.1f | %.1f | %d | %.0f | %.2f–%.2f | %.1f | %.1f | %d | %d | %d | %d |", g.parcels, g.imported.wall, g.imported.cpu, g.imported.resident, float64(g.imported.bytes)/1e6,
			slices.Min(g.ready), slices.Max(g.ready), g.cpu, g.known, g.resident[0], g.resident[1], g.resident[2], g.peak)
	}
	s.line("\n| asked for | %d: req/s | p50 ms | p99 ms | CPU µs | %d: req/s | p50 ms | p99 ms | CPU µs | ratio of p50 |", big.parcels, small.parcels)
	s.line("|---|---|---|---|---|---|---|---|---|---|")
	worst := map[string]float64{}
	for _, c := range all {
		low, middle, high := spread(c, func(a, b measured) float64 { return float64(a.p50) / float64(b.p50) })
		a, z := best(c.ours), best(c.theirs)
		s.line("| %s | %.0f | %s | %s | %.0f | %.0f | %s | %s | %.0f | %.2f (%.2f–%.2f) |", c.what, a.perSecond, ms(a.p50), ms(a.p99), a.cpu, z.perSecond, ms(z.p50), ms(z.p99), z.cpu, middle, low, high)
		what, _, _ := strings.Cut(c.what, ",")
		worst[what] = max(worst[what], middle)
	}
	s.line("")
	s.goal("fresh tile, p50 within 1.2 × of the town's", worst["fresh tile"] <= 1.2, "at worst %.2f", worst["fresh tile"])
	s.goal("click, p50 within 1.2 × of the town's", worst["click"] <= 1.2, "at worst %.2f", worst["click"])
	gb := float64(big.resident[2]) * (1 << 20) / 1e9
	s.goal("≤ 1.2 GB resident", gb <= 1.2, "%.2f GB after all questions", gb)
	s.goal("up in ≤ 5 s", slices.Min(big.ready) <= 5, "%.2f s", slices.Min(big.ready))
	s.line("- imported in bounded memory: %.1f times the parcels in %.1f times the memory (%d MB at most)", float64(big.parcels)/float64(small.parcels), float64(big.imported.resident)/float64(small.imported.resident), big.imported.resident)
}
