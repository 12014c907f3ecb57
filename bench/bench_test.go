//go:build bench

package bench

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

var (
	program = flag.String("binary", "../bin/langbiang", "the langbiang to measure")
	out     = flag.String("out", "RESULTS.md", "where to write the results")
	size    = flag.Int("parcels", 97_751, "how many parcels")
	rounds  = flag.Int("rounds", 4, "rounds of imports, taken in turns")
	seconds = flag.Int("seconds", 5, "how long each burst of clicks lasts")
)

// wholeMinutes is how long `make bench` takes on two cores, for the reader of the report.
const wholeMinutes = 30

// TestBench measures imports, start-up, memory and clicks, and writes the head of the
// report with the sections on them.
func TestBench(t *testing.T) {
	b := newBench(t)
	b.server = pgtest.NewServer(t)
	loads := []workload{own(t, b.dir, *size)}
	if w, ok := peers(t, b.dir, *size); ok {
		loads = append([]workload{w}, loads...)
	}
	p := readPage(t, *out)
	p.head = head(append(facts(t, b), b.postgis()))
	p.write(t, *out)
	s := begin(t)
	var all []imported
	for _, w := range loads {
		all = append(all, b.imports(w)...)
	}
	s.imports(all, loads[0].count)
	s.done(*out, "Import", "TestBench", b)
	s = begin(t)
	var serving []served
	for _, store := range []string{"GeoPackage file", "PostGIS"} {
		serving = append(serving, b.serve(store, loads[0]))
	}
	s.serving(serving, loads[0].count)
	s.done(*out, "Serving", "TestBench", b)
}

func newBench(t *testing.T) *bench {
	bin, err := filepath.Abs(*program)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{t: t, dir: t.TempDir(), bin: bin}
}

type bench struct {
	t      *testing.T
	dir    string
	bin    string
	server *pgtest.Server
	n      int
}

// fresh is a store that is not there yet: a file, or an empty database.
func (b *bench) fresh(store string) string {
	b.n++
	if store == "PostGIS" {
		return b.server.New(b.t)
	}
	return filepath.Join(b.dir, fmt.Sprintf("store%d.gpkg", b.n))
}

// imported is one file imported by all four, the least of all rounds.
type imported struct {
	workload, format    string
	gpkg, copy          float64 // ogr2ogr, seconds
	file, fileTopology  float64 // langbiang into its file: all but topology, and that
	base, baseTopology  float64 // and into PostGIS
	quarantined, stored int
}

func (b *bench) imports(w workload) []imported {
	var all []imported
	for _, format := range formats {
		inf := math.Inf(1)
		m := imported{workload: w.name, format: format, gpkg: inf, copy: inf, file: inf, fileTopology: inf, base: inf, baseTopology: inf}
		source := w.files[format]
		for range *rounds {
			m.gpkg = min(m.gpkg, b.timed("ogr2ogr", "-f", "GPKG", filepath.Join(b.dir, fmt.Sprintf("ogr%d.gpkg", b.next())), source))
			for _, store := range []string{"GeoPackage file", "PostGIS"} {
				rest, topology := b.langbiang(store, source, &m)
				if store == "PostGIS" {
					m.base, m.baseTopology = min(m.base, rest), min(m.baseTopology, topology)
				} else {
					m.file, m.fileTopology = min(m.file, rest), min(m.fileTopology, topology)
				}
			}
			m.copy = min(m.copy, b.timed("ogr2ogr", "-f", "PostgreSQL", "--config", "PG_USE_COPY", "YES", "-nlt", "PROMOTE_TO_MULTI", "-nln", "parcels", keywords(b.t, b.server.New(b.t)), source))
		}
		b.t.Logf("%s %s: ogr2ogr GPKG %.2f s, COPY %.2f s; ours %.2f + %.2f s, PostGIS %.2f + %.2f s", w.name, format, m.gpkg, m.copy, m.file, m.fileTopology, m.base, m.baseTopology)
		all = append(all, m)
	}
	return all
}

func (b *bench) next() int { b.n++; return b.n }

// langbiang imports a file into a fresh store: seconds of all but topology, and of
// topology.
func (b *bench) langbiang(store, source string, m *imported) (rest, topology float64) {
	name := b.fresh(store)
	b.run("init", "--store", name, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
	path := filepath.Join(b.dir, fmt.Sprintf("report%d.json", b.next()))
	took := b.timed(b.bin, "import", "parcels", source, "--store", name, "--report", path, "--quarantine", "none")
	text, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	var r struct {
		Counts  struct{ Added, Quarantined int }
		Timings []struct {
			Stage   string
			Seconds float64
		}
	}
	if err := json.Unmarshal(text, &r); err != nil {
		b.t.Fatal(err)
	}
	m.stored, m.quarantined = r.Counts.Added, r.Counts.Quarantined
	for _, s := range r.Timings {
		if s.Stage == "topology" {
			topology += s.Seconds
		}
	}
	return took - topology, topology
}

// timed runs a program and gives the seconds it took. Status 3 is an import with
// rows left out.
func (b *bench) timed(name string, args ...string) float64 {
	b.t.Helper()
	began := time.Now()
	text, err := exec.Command(name, args...).CombinedOutput()
	took := time.Since(began).Seconds()
	if exit, ok := err.(*exec.ExitError); err != nil && !(ok && name == b.bin && exit.ExitCode() == 3) {
		b.t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, text)
	}
	return took
}

func (b *bench) run(args ...string) string {
	b.t.Helper()
	text, err := exec.Command(b.bin, args...).Output()
	if err != nil {
		b.t.Fatalf("langbiang %s: %v", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(text))
}

// keywords is a PostgreSQL address as GDAL wants it.
func keywords(t *testing.T, dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("PG:host=%s port=%s user=%s dbname=%s", u.Hostname(), u.Port(), u.User.Username(), strings.Trim(u.Path, "/"))
}

// served is a server with the workload in it.
type served struct {
	store      string
	ready      []float64 // seconds from the start of the process to its address, each start
	resident   int       // MB when ready
	peak       int       // MB at most until then
	after      int       // MB after the clicks
	one, many  load
	connection int
}

func (b *bench) serve(store string, w workload) served {
	name := b.fresh(store)
	b.run("init", "--store", name, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
	b.timed(b.bin, "import", "parcels", w.files["GeoPackage"], "--store", name, "--quarantine", "none")
	key := b.run("key", "create", "--store", name, "--role", "admin", "--name", "bench")
	s := served{store: store, connection: 16}
	for i := range 3 {
		p := b.start(name)
		s.ready = append(s.ready, p.ready)
		if i == 2 {
			s.resident, s.peak = p.memory("VmRSS"), p.memory("VmHWM")
			r := rand.New(rand.NewPCG(7, 7))
			paths := make([]string, 2000)
			for k := range paths {
				at := w.places[r.IntN(len(w.places))]
				paths[k] = fmt.Sprintf("/api/parcels/at?lon=%.7f&lat=%.7f", at[0], at[1])
			}
			lasts := time.Duration(*seconds) * time.Second
			s.one = burst(b.t, p.address, key, paths, 1, lasts)
			s.many = burst(b.t, p.address, key, paths, s.connection, lasts)
			s.after = p.memory("VmRSS")
		}
		p.stop()
	}
	b.t.Logf("%s: ready in %v s, %d MB; c=1 p50 %v p99 %v, c=16 p50 %v p99 %v", store, s.ready, s.resident, s.one.p50, s.one.p99, s.many.p50, s.many.p99)
	return s
}

// process is a running server.
type process struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	ready   float64
}

var address = regexp.MustCompile(`http://\S+`)

func (b *bench) start(store string, more ...string) *process {
	cmd := exec.Command(b.bin, append([]string{"serve", "--store", store, "--addr", "127.0.0.1:0"}, more...)...)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.t.Fatal(err)
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = cmd.Process.Kill() }) // a test that fails leaves nothing behind
	line, err := bufio.NewReader(stdout).ReadString('\n')
	p := &process{t: b.t, cmd: cmd, address: address.FindString(line), ready: time.Since(began).Seconds()}
	if err != nil || p.address == "" {
		p.stop()
		b.t.Fatalf("the server said %q: %v", line, err)
	}
	return p
}

func (p *process) stop() {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Fatalf("the server ended with %v", err)
	}
}

// memory is a line of the process's status, MB.
func (p *process) memory(line string) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	m := regexp.MustCompile(line + `:\s+(\d+) kB`).FindStringSubmatch(string(text))
	if m == nil {
		p.t.Fatalf("no %s in the process's status", line)
	}
	kb, err := strconv.Atoi(m[1])
	if err != nil {
		p.t.Fatal(err)
	}
	return kb / 1024
}
