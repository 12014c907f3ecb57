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

func (b *bench) version() string {
	text, err := exec.Command(b.bin, "version").Output()
	if err != nil {
		b.t.Fatalf("langbiang version: %v", err)
	}
	return strings.TrimSpace(string(text))
}

// head is what stands above the sections.
func head(facts []string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Measured\n")
	line("Written by `make bench`; run it to have the figures of your own machine. Each section says what writes it alone, how long that took, on which build and how busy the machine was.")
	line("What is compared takes turns in one run; clients, server and database share the cores. Figures drift with the machine, ratios within one run hold. All parts together take some")
	line("%d minutes on two cores; [the map in a browser](MAP.md) and [baking](TILES.md) stand by themselves.\n", wholeMinutes)
	for _, f := range facts {
		line("- %s", f)
	}
	return b.String()
}

// imports is the section on imports.
func (s *part) imports(all []imported, parcels int) {
	s.line("Seconds from the start of the process to its end, %d parcels, into a new store, the least of %d rounds. Ours reads the file twice, checks and repairs every row, computes areas,", parcels, *rounds)
	s.line("reprojects, writes history, log and provenance; `ogr2ogr` copies. The topology report (duplicates, overlaps) is shown apart: checks + apply is the whole time less that stage.\n")
	s.line("| workload, format | ogr2ogr GPKG | ogr2ogr COPY | file: checks + apply | topology | ratio | PostGIS: checks + apply | topology | ratio |")
	s.line("|---|---|---|---|---|---|---|---|---|")
	worst := [3]float64{}
	for _, m := range all {
		a, c := m.file/m.gpkg, m.base/m.copy
		s.line("| %s, %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f |", m.workload, m.format, m.gpkg, m.copy, m.file, m.fileTopology, a, m.base, m.baseTopology, c)
		worst = [3]float64{max(worst[0], a), max(worst[1], c), max(worst[2], m.fileTopology, m.baseTopology)}
	}
	s.line("")
	s.goal("file ≤ 1.5 × ogr2ogr GPKG", worst[0] <= 1.5, "at worst %.2f", worst[0])
	s.goal("PostGIS ≤ 1.5 × ogr2ogr COPY", worst[1] <= 1.5, "at worst %.2f", worst[1])
	s.goal("topology ≤ 10 s", worst[2] <= 10, "at worst %.2f s", worst[2])
	for _, m := range all {
		if m.quarantined > 0 {
			s.line("- %s, %s: %d rows stored, %d in quarantine", m.workload, m.format, m.stored, m.quarantined)
		}
	}
}

// serving is the section on start-up, memory and clicks.
func (p *part) serving(all []served, parcels int) {
	p.line("From the start of the process to its printed address (best and worst of three), with %d parcels; `GET /api/parcels/at` over HTTP for places in random parcels, with a key.\n", parcels)
	p.line("| store | ready s | memory ready MB | peak MB | after the clicks MB | c=1: req/s | p50 ms | p99 ms | c=16: req/s | p50 ms | p99 ms | failed |")
	p.line("|---|---|---|---|---|---|---|---|---|---|---|---|")
	ready, resident, click := 0.0, 0, time.Duration(0)
	for _, s := range all {
		p.line("| %s | %.2f–%.2f | %d | %d | %d | %.0f | %s | %s | %.0f | %s | %s | %d |", s.store, slices.Min(s.ready), slices.Max(s.ready), s.resident, s.peak, s.after,
			s.one.perSecond, ms(s.one.p50), ms(s.one.p99), s.many.perSecond, ms(s.many.p50), ms(s.many.p99), s.one.failed+s.many.failed)
		ready, resident, click = max(ready, slices.Min(s.ready)), max(resident, s.resident), max(click, s.one.p99)
	}
	p.line("")
	p.goal("up in ≤ 1 s", ready <= 1, "%.2f s", ready)
	p.goal("≤ 150 MB", resident <= 150, "%d MB", resident)
	p.goal("click → card ≤ 5 ms", click <= 5*time.Millisecond, "p99 %s ms at one connection", ms(click))
}
