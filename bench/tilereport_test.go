//go:build bench

package bench

import (
	"fmt"
	"time"
)

// tileReport is what was measured of tiles.
type tileReport struct {
	name      string
	count     int
	kept      []compared
	keptBytes int
	nginx     string // which it was; "" = there is none here
	files     []compared
	headers   [2]int // of one answer: ours, and nginx's
	fresh     []compared
	memory    int
}

// tiles is the section on tiles.
func (s *part) tiles(r *tileReport) {
	s.line("%s of %d parcels; some 2,500 tiles of z12–z17, more where more parcels are, in a fixed order. Each figure is of %d turns in which ours and the other were asked one after the", r.name, r.count, turns)
	s.line("other, either first in turn; client, server and database share the cores, and the client does next to nothing. Ratios are the middle of the turns', with the least and the most;")
	s.line("requests per second, p99 (ms) and the server's own processor time a request (without PostgreSQL's) are those of the best turn.\n")
	worst := func(all []compared) float64 {
		least := 9.0
		for _, c := range all {
			_, m, _ := c.ratio()
			least = min(least, m)
		}
		return least
	}
	s.line("Kept tiles at %d connections, beside a bare Go handler that answers with the same bytes and headers out of a map, in a server with the same bounds on slow clients (%.1f kB a tile):\n", many, float64(r.keptBytes)/1000)
	s.compared("bare", r.kept)
	s.line("")
	s.goal("≥ 0.9 × a bare handler", worst(r.kept) >= 0.9, "%.2f", worst(r.kept))
	if r.nginx == "" {
		s.line("\nnginx is not here and could not be had (Debian's `nginx`, see `.ci/deps bench`): kept tiles are not measured beside it.")
	} else {
		s.line("\nThe same beside %s that sends the same bytes from plain files, compressed beforehand, with the headers that name type and encoding: 2 workers, `sendfile`, `tcp_nopush`, open files kept,", r.nginx)
		s.line("no log. Its answers have %d headers, ours %d:\n", r.headers[1], r.headers[0])
		s.compared("nginx", r.files)
		s.line("")
		s.goal("≥ 0.8 × nginx", worst(r.files) >= 0.8, "%.2f", worst(r.files))
	}
	s.line("\nTiles made anew (`--tile-cache 0`) at %d connections, beside `ST_AsMVT` through pgx behind a Go handler, which does not compress. Ours are asked for as they are, and", some)
	s.line("compressed. Ours hold the coverage up to z14 and the parcels and their labels from z15; PostGIS has every parcel at every zoom, so z16–z17 is the like beside the like.")
	s.line("What is kept between tiles is what they are made of: parcels as they are drawn at a zoom, and the outlines of the coverage. The server holds %d MB at the end.\n", r.memory)
	s.compared("ST_AsMVT", r.fresh)
	s.line("")
	for _, goal := range []struct {
		row   int
		times float64
	}{{0, 20}, {3, 10}} {
		_, ratio, _ := r.fresh[goal.row].ratio()
		s.goal(fmt.Sprintf("%s ≥ %.0f × raw ST_AsMVT", r.fresh[goal.row].what, goal.times), ratio >= goal.times, "%.1f", ratio)
	}
	p99 := best(r.fresh[0].ours).p99
	s.goal("p99 ≤ 10 ms", p99 <= 10*time.Millisecond, "%s ms", ms(p99))
}

// compared is a table of ours beside another.
func (s *part) compared(other string, all []compared) {
	s.line("| asked for | ours req/s | p99 | CPU µs | %s req/s | p99 | CPU µs | ratio of req/s |", other)
	s.line("|---|---|---|---|---|---|---|---|")
	for _, c := range all {
		low, middle, high := c.ratio()
		a, z := best(c.ours), best(c.theirs)
		s.line("| %s | %.0f | %s | %.0f | %.0f | %s | %.0f | %.2f (%.2f–%.2f) |", c.what, a.perSecond, ms(a.p99), a.cpu, z.perSecond, ms(z.p99), z.cpu, middle, low, high)
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
