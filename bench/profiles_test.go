//go:build bench

package bench

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// profileFolder is where profiles are left, from here.
const profileFolder = "../tmp/profiles"

// profiled is a hot path with what it spends its time and memory on.
type profiled struct {
	what, file string
	cpu, heap  string // the top lines
}

// TestProfiles takes profiles of the hot paths of the built program at work, leaves them
// in a folder, and writes their top lines into the report.
func TestProfiles(t *testing.T) {
	b := newBench(t)
	b.server = pgtest.NewServer(t)
	s := begin(t)
	if err := os.MkdirAll(profileFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	var all []profiled
	store := b.demo()
	w := own(t, b.dir, *size)
	var clicks []string
	for _, at := range w.places[:4000] {
		clicks = append(clicks, fmt.Sprintf("/api/parcels/at?lon=%.7f&lat=%.7f", at[0], at[1]))
	}
	list := paths(sample(w), "/tiles/"+layers, 12)
	for _, c := range []struct {
		what, file, cache, encoding string
		list                        []string
	}{
		{"A click's card", "click", "0", "identity", clicks},
		{"Tiles made anew", "fresh-tiles", "0", "gzip", list},
		{"Kept tiles", "kept-tiles", "1GiB", "gzip", list},
	} {
		at := free(t)
		p := b.start(store, "--profiles", at, "--tile-cache", c.cache)
		b.settled(p)
		list := b.answered(p.address, c.list)
		ask(t, p.address, c.encoding, list, some, 3*time.Second) // what is made once is made
		all = append(all, b.profile(c.what, c.file, at, 8, func() { ask(t, p.address, c.encoding, list, some, 10*time.Second) }))
		p.stop()
	}
	big := province(t, b.dir, 4**size)
	for _, c := range []struct{ what, file, store string }{{"Import into a file", "import-file", "GeoPackage file"}, {"Import into PostGIS", "import-postgis", "PostGIS"}} {
		name := b.fresh(c.store)
		b.run("init", "--store", name, "--name", "Bench", "--plane", "EPSG:5899", "--bounds", "108,11.5,109,12.4")
		at := free(t)
		all = append(all, b.profile(c.what, c.file, at, 3, func() {
			command(t, b.bin, "import", "parcels", big.files["GeoPackage"], "--store", name, "--quarantine", "none", "--profiles", at)
		}))
	}
	at := free(t)
	all = append(all, b.profile("Baking the city", "bake", at, 2, func() {
		command(t, b.bin, "tiles", "build", filepath.Join(b.dir, "city.pmtiles"), "--store", store, "--maxzoom", "17", "--layers", "coverage,parcels", "--profiles", at)
	}))
	s.profiles(all)
	s.done(*out, "Profiles", "TestProfiles", b)
}

// answered are those of paths that answer with something: the demonstration city and the
// own cadastre do not cover the same ground.
func (b *bench) answered(address string, paths []string) []string {
	var out []string
	for _, p := range paths {
		res, err := http.Get(address + p)
		if err != nil {
			b.t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if err != nil {
			b.t.Fatal(err)
		}
		if res.StatusCode == http.StatusOK {
			out = append(out, p)
		}
	}
	if len(out) < len(paths)/2 {
		b.t.Fatalf("only %d of %d are answered", len(out), len(paths))
	}
	return out
}

// profile takes the profiles of a program while it works: of its processor time for so
// many seconds, and then of what it allocated so far.
func (b *bench) profile(what, file, at string, seconds int, work func()) profiled {
	done := make(chan struct{})
	p := profiled{what: what, file: file}
	stem := filepath.Join(profileFolder, file)
	go func() {
		defer close(done)
		work()
	}()
	cpu, heap := stem+".cpu.pprof", stem+".heap.pprof"
	b.fetch(fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", at, seconds), cpu)
	b.fetch(fmt.Sprintf("http://%s/debug/pprof/heap", at), heap)
	<-done
	p.cpu = b.top("-sample_index=cpu", cpu)
	p.heap = b.top("-sample_index=alloc_space", heap)
	b.t.Logf("%s\n%s\n%s", what, p.cpu, p.heap)
	return p
}

// fetch keeps an answer as a file; a program that begins just now is waited for.
func (b *bench) fetch(url, path string) {
	var res *http.Response
	var err error
	for until := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if res, err = http.Get(url); err == nil {
			break
		}
		if time.Now().After(until) {
			b.t.Errorf("%s: %v", url, err)
			return
		}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		b.t.Errorf("%s: %s, %v", url, res.Status, err)
		return
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		b.t.Error(err)
	}
}

// top is the head of a profile as text: what took most by itself.
func (b *bench) top(index, file string) string {
	text, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount=10", index, file).Output()
	if err != nil {
		b.t.Errorf("go tool pprof %s: %v", file, err)
		return ""
	}
	long := regexp.MustCompile(`github\.com/langbiang/langbiang/|github\.com/|\s+\(inline\)`)
	var out []string
	for _, l := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(l, "Duration:") || strings.Contains(l, "%") {
			out = append(out, strings.TrimRight(long.ReplaceAllString(l, ""), " "))
		}
	}
	return strings.Join(out, "\n")
}

// profiles is the section.
func (s *part) profiles(all []profiled) {
	s.line("Of the built program at work, left in `tmp/profiles` as NAME.cpu.pprof and NAME.heap.pprof: `go tool pprof -http=: tmp/profiles/click.cpu.pprof`. Requests come over %d connections;", some)
	s.line("the demonstration city is served, %d parcels are imported. Shown is what took most by itself: of the processors' time while it was measured, and of all memory allocated so far, start-up", 4**size)
	s.line("among it.")
	for _, p := range all {
		s.line("\n%s: `%s`\n", p.what, p.file)
		s.line("```\n%s\n\n%s\n```", p.cpu, p.heap)
	}
}
