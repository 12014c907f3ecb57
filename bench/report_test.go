//go:build bench

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// report is everything measured, to be written as one page.
type report struct {
	t       *testing.T
	facts   []string
	imports []imported
	serving []served
}

// facts are what a reader needs to know of the machine, without its name.
func facts(t *testing.T, b *bench) []string {
	first := func(name string, args ...string) string {
		text, err := exec.Command(name, args...).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		line, _, _ := strings.Cut(string(text), "\n")
		return strings.TrimSpace(line)
	}
	memory := "?"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		if m := regexp.MustCompile(`MemTotal:\s+(\d+) kB`).FindStringSubmatch(string(text)); m != nil {
			var kb int
			if _, err := fmt.Sscan(m[1], &kb); err == nil {
				memory = fmt.Sprintf("%d GB", (kb+1<<19)>>20)
			}
		}
	}
	return []string{
		fmt.Sprintf("%s, %d cores, %s memory, %s/%s", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), memory, runtime.GOOS, runtime.GOARCH),
		first(b.bin, "version"),
		first("ogr2ogr", "--version"),
	}
}

func (b *bench) postgis() string {
	dsn := b.server.New(b.t)
	text, err := exec.Command("psql", "-Atc", "SELECT 'PostgreSQL ' || current_setting('server_version') || ', PostGIS ' || postgis_lib_version()", dsn).Output()
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// write writes the page.
func (r *report) write(path string, loads []workload) {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	verdict := func(ok bool) string {
		if ok {
			return "met"
		}
		return "**not met**"
	}
	line("# Measured\n")
	line("Written by `make bench`; run it to have the figures of your own machine. Rounds are taken in turns (ogr2ogr, ours, …) and the least of %d counts; clients, server and", *rounds)
	line("database share the cores. Figures drift with the machine, ratios within one run hold.\n")
	for _, f := range r.facts {
		line("- %s", f)
	}
	line("\n## Import\n")
	line("Seconds from the start of the process to its end, %d parcels, into a new store. Ours reads the file twice, checks and repairs every row, computes areas, reprojects,", loads[0].count)
	line("writes history, log and provenance; `ogr2ogr` copies. The topology report (duplicates, overlaps) is shown apart: checks + apply is the whole time less that stage.\n")
	line("| workload, format | ogr2ogr GPKG | ogr2ogr COPY | file: checks + apply | topology | ratio | PostGIS: checks + apply | topology | ratio |")
	line("|---|---|---|---|---|---|---|---|---|")
	worst := [3]float64{}
	for _, m := range r.imports {
		a, c := m.file/m.gpkg, m.base/m.copy
		line("| %s, %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |", m.workload, m.format, m.gpkg, m.copy, m.file, m.fileTopology, a, m.base, m.baseTopology, c)
		worst = [3]float64{max(worst[0], a), max(worst[1], c), max(worst[2], m.fileTopology, m.baseTopology)}
	}
	line("\n- file ≤ 2 × ogr2ogr GPKG: at worst %.2f, %s", worst[0], verdict(worst[0] <= 2))
	line("- PostGIS ≤ 3 × ogr2ogr COPY: at worst %.2f, %s", worst[1], verdict(worst[1] <= 3))
	line("- topology ≤ 10 s: at worst %.2f s, %s", worst[2], verdict(worst[2] <= 10))
	for _, m := range r.imports {
		if m.quarantined > 0 {
			line("- %s, %s: %d rows stored, %d in quarantine", m.workload, m.format, m.stored, m.quarantined)
		}
	}
	line("\n## Serving\n")
	line("From the start of the process to its printed address (best and worst of three), with %d parcels; `GET /api/parcels/at` over HTTP for places in random parcels, with a key.\n", loads[0].count)
	line("| store | ready s | memory ready MB | peak MB | after the clicks MB | c=1: req/s | p50 ms | p99 ms | c=16: req/s | p50 ms | p99 ms | failed |")
	line("|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, s := range r.serving {
		line("| %s | %.2f–%.2f | %d | %d | %d | %.0f | %s | %s | %.0f | %s | %s | %d |", s.store, slices.Min(s.ready), slices.Max(s.ready), s.resident, s.peak, s.after,
			s.one.perSecond, ms(s.one.p50), ms(s.one.p99), s.many.perSecond, ms(s.many.p50), ms(s.many.p99), s.one.failed+s.many.failed)
	}
	ready, resident, click := 0.0, 0, time.Duration(0)
	for _, s := range r.serving {
		ready, resident, click = max(ready, slices.Min(s.ready)), max(resident, s.resident), max(click, s.one.p99)
	}
	line("\n- up in ≤ 1 s: %.2f s, %s", ready, verdict(ready <= 1))
	line("- ≤ 150 MB: %d MB, %s", resident, verdict(resident <= 150))
	line("- click → card ≤ 5 ms: p99 %s ms at one connection, %s", ms(click), verdict(click <= 5*time.Millisecond))
	if was, err := os.ReadFile(path); err == nil { // tiles are measured by another test
		if _, tiles, ok := strings.Cut(string(was), tilesSection); ok {
			b.WriteString(tilesSection + tiles)
		}
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.t.Log("\n" + b.String())
}
