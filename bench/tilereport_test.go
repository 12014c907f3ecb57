//go:build bench

package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// tilesSection is the heading under which the tiles stand, at the end of the report.
const tilesSection = "\n## Tiles\n"

// tileReport is what was measured of tiles.
type tileReport struct {
	name      string
	count     int
	kept      []compared
	keptBytes int
	fresh     []compared
	memory    int
}

// write puts the section in place of the one that is there.
func (r *tileReport) write(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	before, _, _ := strings.Cut(string(text), tilesSection)
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	verdict := func(ok bool) string {
		if ok {
			return "met"
		}
		return "**not met**"
	}
	b.WriteString(strings.TrimRight(before, "\n") + "\n" + tilesSection + "\n")
	line("    make build && go test -tags bench -count=1 -timeout 60m -run TestTiles -v ./bench -binary $PWD/bin/langbiang\n")
	line("%s, %d cores%s; %s of %d parcels; some 2,500 tiles of z12–z17, more where more parcels are, in a fixed order. Each figure is of %d turns in which ours and the", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), busy(), r.name, r.count, turns)
	line("other were asked one after the other, either first in turn; client, server and database share the cores, and the client does next to nothing. Ratios are the middle of")
	line("the turns', with the least and the most; requests per second, p99 (ms) and the server's own processor time a request (without PostgreSQL's) are those of the best turn.\n")
	table := func(other string, all []compared) {
		line("| asked for | ours req/s | p99 | CPU µs | %s req/s | p99 | CPU µs | ratio of req/s |", other)
		line("|---|---|---|---|---|---|---|---|")
		for _, c := range all {
			low, middle, high := c.ratio()
			a, z := best(c.ours), best(c.theirs)
			line("| %s | %.0f | %s | %.0f | %.0f | %s | %.0f | %.2f (%.2f–%.2f) |", c.what, a.perSecond, ms(a.p99), a.cpu, z.perSecond, ms(z.p99), z.cpu, middle, low, high)
		}
	}
	line("Kept tiles at %d connections, beside a bare Go handler that answers with the same bytes and headers out of a map, in a server with the same bounds on slow clients (%.1f kB a tile):\n", many, float64(r.keptBytes)/1000)
	table("bare", r.kept)
	worst := 9.0
	for _, c := range r.kept {
		_, m, _ := c.ratio()
		worst = min(worst, m)
	}
	line("\n- ≥ 0.9 × a bare handler: %.2f, %s\n", worst, verdict(worst >= 0.9))
	line("Tiles made anew (`--tile-cache 0`) at %d connections, beside `ST_AsMVT` through pgx behind a Go handler, which does not compress. Ours are asked for as they are, and", some)
	line("compressed. Ours hold the coverage up to z14 and the parcels and their labels from z15; PostGIS has every parcel at every zoom, so z16–z17 is the like beside the like.")
	line("What is kept between tiles is what they are made of: parcels as they are drawn at a zoom, and the outlines of the coverage. The server holds %d MB at the end.\n", r.memory)
	table("ST_AsMVT", r.fresh)
	line("")
	for _, goal := range []struct {
		row   int
		times float64
	}{{0, 20}, {3, 10}} {
		_, ratio, _ := r.fresh[goal.row].ratio()
		line("- %s ≥ %.0f × raw ST_AsMVT: %.1f, %s", r.fresh[goal.row].what, goal.times, ratio, verdict(ratio >= goal.times))
	}
	p99 := best(r.fresh[0].ours).p99
	line("- p99 ≤ 10 ms: %s ms, %s", ms(p99), verdict(p99 <= 10*time.Millisecond))
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func best(l []measured) measured {
	b := l[0]
	for _, x := range l {
		if x.perSecond > b.perSecond {
			b = x
		}
	}
	return b
}

// busy says how busy the machine was.
func busy() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	return ", load " + strings.Fields(string(text))[0]
}
