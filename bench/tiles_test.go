//go:build bench

package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// wanted is how many tiles of each zoom are asked for, more where more parcels are.
func wanted() [][2]int {
	return [][2]int{{12, 30}, {13, 120}, {14, 350}, {15, 500}, {16, 700}, {17, 868}}
}

const (
	turns  = 5  // of a comparison, an odd number
	many   = 64 // connections that ask for kept tiles
	some   = 16 // connections that ask for tiles to be made
	layers = "coverage,parcels,parcel_labels"
	peer   = "LANGBIANG_BENCH_PEER" // the peer's files
)

// TestTiles measures kept tiles beside a bare handler that answers with the same bytes
// and headers and beside nginx, and tiles made anew beside ST_AsMVT behind a handler;
// and writes the section on tiles of the report.
func TestTiles(t *testing.T) {
	b := newBench(t)
	b.server = pgtest.NewServer(t)
	p := begin(t)
	w, ok := peers(t, b.dir, *size)
	if !ok {
		w = own(t, b.dir, *size)
	}
	store := b.stored(w)
	dsn := b.server.New(t)
	command(t, "ogr2ogr", "-f", "PostgreSQL", "--config", "PG_USE_COPY", "YES", "-nln", "parcels", "-t_srs", "EPSG:3857", "-lco", "GEOMETRY_NAME=geom", "-lco", "FID=fid", keywords(t, dsn), w.files["GeoPackage"])
	command(t, "psql", "-q", "-c", "CLUSTER parcels USING parcels_geom_geom_idx", "-c", "VACUUM ANALYZE parcels", dsn)
	all := sample(w)

	s := tileReport{count: w.count, name: w.name}
	kept := b.start(store, "--tile-cache", "1GiB")
	b.settled(kept)
	b.besideKept(kept, all, &s)
	kept.stop()
	fresh := b.start(store, "--tile-cache", "0")
	b.settled(fresh)
	s.fresh = b.besideRaw(fresh, dsn, all)
	s.memory = fresh.memory("VmRSS")
	fresh.stop()
	p.tiles(&s)
	p.done(*out, "Tiles", "TestTiles", b)
}

// stored is a new store of a file with a workload imported.
func (b *bench) stored(w workload) string {
	store := b.fresh("GeoPackage file")
	b.run("init", "--store", store, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
	b.timed(b.bin, "import", "parcels", w.files["GeoPackage"], "--store", store, "--quarantine", "none")
	return store
}

// tile is a tile's address.
type tile struct{ z, x, y int }

// tileAt is the tile of a zoom that a place lies in.
func tileAt(z int, p orb.Point) tile {
	n, s := math.Exp2(float64(z)), math.Sin(p[1]*math.Pi/180)
	return tile{z, int((p[0] + 180) / 360 * n), int((0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * n)}
}

// sample picks tiles by how many parcels they hold, in a fixed order.
func sample(w workload) []tile {
	r := rand.New(rand.NewPCG(7, 7))
	var all []tile
	for _, want := range wanted() {
		count := map[tile]int{}
		for _, p := range w.places {
			count[tileAt(want[0], p)]++
		}
		type drawn struct {
			tile
			lot float64
		}
		var lots []drawn
		for k := range count {
			lots = append(lots, drawn{tile: k})
		}
		slices.SortFunc(lots, func(a, b drawn) int {
			return strings.Compare(fmt.Sprintf("%9d %9d", a.x, a.y), fmt.Sprintf("%9d %9d", b.x, b.y))
		})
		for i := range lots {
			lots[i].lot = math.Pow(r.Float64(), 1/float64(count[lots[i].tile]))
		}
		slices.SortStableFunc(lots, func(a, b drawn) int {
			if a.lot > b.lot {
				return -1
			}
			return 1
		})
		for _, l := range lots[:min(want[1], len(lots))] {
			all = append(all, l.tile)
		}
	}
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}

func (t tile) path(prefix string) string {
	return fmt.Sprintf("%s/%d/%d/%d.mvt", prefix, t.z, t.x, t.y)
}

func paths(l []tile, prefix string, low int) []string {
	var out []string
	for _, k := range l {
		if k.z >= low {
			out = append(out, k.path(prefix))
		}
	}
	return out
}

// settled waits until a server has worked out what there is to know of the parcels:
// it has both cores to itself until then.
func (b *bench) settled(p *process) {
	done := regexp.MustCompile(`(?m)^langbiang_facts_revision [1-9]`)
	for until := time.Now().Add(10 * time.Minute); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		res, err := http.Get(p.address + "/metrics")
		if err != nil {
			b.t.Fatal(err)
		}
		text, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		if done.Match(text) {
			return
		}
	}
	b.t.Fatal("the server works out facts for more than ten minutes")
}

// answer is a whole answer as it was given.
type answer struct {
	Header http.Header
	Body   []byte
}

// measured is a load with what it cost.
type measured struct {
	load
	cpu float64 // µs of the server's processor time a request
}

// compared are the turns of two that were measured one after the other.
type compared struct {
	what         string
	ours, theirs []measured
}

// ratio is the middle of the turns' ratios, and the least and most of them.
func (c compared) ratio() (low, middle, high float64) {
	return spread(c, func(a, b measured) float64 { return a.perSecond / b.perSecond })
}

func spread(c compared, of func(a, b measured) float64) (low, middle, high float64) {
	var r []float64
	for i := range c.ours {
		r = append(r, of(c.ours[i], c.theirs[i]))
	}
	slices.Sort(r)
	return r[0], r[len(r)/2], r[len(r)-1]
}

// server is where requests go, and the processes that answer them.
type server struct {
	address string
	pids    []int
}

// used is the processor time that processes and those they started have taken, in µs.
func used(t *testing.T, pids []int) float64 {
	var sum float64
	add := func(pid int, waited bool) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if os.IsNotExist(err) && !waited {
			return // it ended just now, and its parent has its time
		}
		if err != nil {
			t.Fatal(err)
		}
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		for _, s := range f[11:15] { // its own in user and system mode, and of children it waited for
			n, err := strconv.ParseFloat(s, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n * 1e4 // the kernel tells hundredths of a second
		}
	}
	for _, pid := range pids {
		add(pid, true)
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, child := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(child)
			if err != nil {
				t.Fatal(err)
			}
			add(n, false)
		}
	}
	return sum
}

func (b *bench) compare(what string, lasts time.Duration, connections int, ours, theirs server, encoding string, our, their []string) compared {
	c := compared{what: what}
	turn := func(of server, paths []string) measured {
		before := used(b.t, of.pids)
		l := ask(b.t, of.address, encoding, paths, connections, lasts)
		return measured{l, (used(b.t, of.pids) - before) / (l.perSecond * lasts.Seconds())}
	}
	for i := range turns {
		first := func() { c.ours = append(c.ours, turn(ours, our)) }
		second := func() { c.theirs = append(c.theirs, turn(theirs, their)) }
		if i%2 == 1 {
			first, second = second, first
		}
		first()
		second()
	}
	low, middle, high := c.ratio()
	_, cpu, _ := spread(c, func(a, b measured) float64 { return a.cpu / b.cpu })
	b.t.Logf("%s: %.2f (%.2f–%.2f); processor time %.2f; %+v %+v", what, middle, low, high, cpu, best(c.ours), best(c.theirs))
	return c
}

func (p *process) server() server { return server{p.address, []int{p.cmd.Process.Pid}} }

func (a *another) server() server { return server{a.address, []int{a.cmd.Process.Pid}} }

// besideKept asks for kept tiles, and the same answers of a bare handler and of nginx.
func (b *bench) besideKept(p *process, all []tile, s *tileReport) {
	list := paths(all, "/tiles/"+layers, 12)
	binary, version := nginx(b.t)
	s.nginx = version
	for _, encoding := range []string{"gzip", "zstd"} {
		answers := map[string]answer{}
		bytes := 0
		for _, path := range list {
			req, err := http.NewRequest(http.MethodGet, p.address+path, nil)
			if err != nil {
				b.t.Fatal(err)
			}
			req.Header.Set("Accept-Encoding", encoding)
			for range 2 { // the second answer is of a kept tile
				res, err := http.DefaultTransport.RoundTrip(req)
				if err != nil {
					b.t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusOK {
					b.t.Fatalf("%s: %d, %v", path, res.StatusCode, err)
				}
				res.Header.Del("Date") // every server says its own
				answers[path] = answer{res.Header, body}
			}
			bytes += len(answers[path].Body)
		}
		s.keptBytes = max(s.keptBytes, bytes/len(list))
		bare := b.peer(config{}, answers)
		s.kept = append(s.kept, b.compare("kept, "+encoding, 2*time.Second, many, p.server(), bare.server(), encoding, list, list))
		bare.end()
		if binary != "" {
			files := b.files(binary, encoding, answers)
			s.headers = [2]int{len(answers[list[0]].Header) + 1, b.sameAs(files, encoding, list[0], answers[list[0]])}
			s.files = append(s.files, b.compare("kept, "+encoding+", beside nginx", 2*time.Second, many, p.server(), files.server(), encoding, list, list))
			files.end()
		}
	}
}

// besideRaw has tiles made, and made by PostGIS.
func (b *bench) besideRaw(p *process, dsn string, all []tile) []compared {
	raw := b.peer(config{DSN: dsn}, nil)
	defer raw.end()
	var out []compared
	for _, c := range []struct {
		what     string
		low      int
		encoding string
	}{{"z12–z17", 12, "identity"}, {"z12–z17, gzip", 12, "gzip"}, {"z12–z17, zstd", 12, "zstd"},
		{"z16–z17", 16, "identity"}, {"z16–z17, gzip", 16, "gzip"}} {
		out = append(out, b.compare(c.what, 2*time.Second, some, p.server(), raw.server(), c.encoding, paths(all, "/tiles/"+layers, c.low), paths(all, "/raw", c.low)))
	}
	return out
}

// ask asks for paths in turn over so many connections for so long, by a client that
// does as little as one can: the cores are the server's.
func ask(t *testing.T, base, encoding string, paths []string, connections int, lasts time.Duration) load {
	host := strings.TrimPrefix(base, "http://")
	requests := make([][]byte, len(paths))
	for i, p := range paths {
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: %s\r\n\r\n", p, host, encoding)
	}
	took := make([][]time.Duration, connections)
	failed := make([]error, connections)
	began := time.Now()
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			conn, err := net.Dial("tcp", host)
			if err != nil {
				failed[c] = err
				return
			}
			defer conn.Close()
			in := bufio.NewReaderSize(conn, 64<<10)
			for i := c * len(paths) / connections; time.Since(began) < lasts; i++ {
				start := time.Now()
				if _, err := conn.Write(requests[i%len(paths)]); err != nil {
					failed[c] = err
					return
				}
				if err := skip(in); err != nil {
					failed[c] = fmt.Errorf("%s: %w", paths[i%len(paths)], err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	all.Wait()
	lasted := time.Since(began)
	if err := errors.Join(failed...); err != nil {
		t.Fatal(err)
	}
	every := slices.Concat(took...)
	slices.Sort(every)
	if len(every) == 0 {
		t.Fatal("nothing was answered")
	}
	return load{perSecond: float64(len(every)) / lasted.Seconds(), p50: every[len(every)/2], p99: every[len(every)*99/100]}
}

// skip reads one answer.
func skip(in *bufio.Reader) error {
	n := -1
	for first := true; ; first = false {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200 ")) {
			return fmt.Errorf("answered %q", line)
		}
		if len(line) <= 2 {
			break
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if n, err = strconv.Atoi(string(bytes.TrimSpace(v))); err != nil {
				return err
			}
		}
	}
	if n < 0 {
		return errors.New("an answer without its length")
	}
	_, err := in.Discard(n)
	return err
}
