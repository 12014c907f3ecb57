//go:build bench

package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// clicked is how many places are asked for.
const clicked = 4000

// TestClick measures a click's card beside a prepared query of PostGIS behind a handler,
// and writes the section of the report.
func TestClick(t *testing.T) {
	b := newBench(t)
	b.server = pgtest.NewServer(t)
	s := begin(t)
	store := b.demo()
	dsn := b.server.New(t)
	b.cityTables(dsn, store)
	// Where parcels lie over each other the two sides may name another of them.
	places := b.ask(dsn, fmt.Sprintf(`SELECT ST_X(g) || ',' || ST_Y(g) FROM (SELECT id, ST_PointOnSurface(geom) AS g FROM parcels ORDER BY md5(id::text) LIMIT %d) q
		WHERE (SELECT count(*) FROM parcels p WHERE ST_Intersects(p.geom, g)) = 1 LIMIT %d`, 2*clicked, clicked))
	if len(places) != clicked {
		t.Fatalf("%d places", len(places))
	}
	var ours []string
	theirs := map[string][]string{}
	for _, p := range places {
		lon, lat, _ := strings.Cut(p, ",")
		ours = append(ours, "/api/parcels/at?lon="+lon+"&lat="+lat)
		for how := range cards() {
			theirs[how] = append(theirs[how], "/card/"+how+"/"+lon+"/"+lat)
		}
	}
	p := b.start(store)
	defer p.stop()
	b.settled(p)
	a := b.peer(config{DSN: dsn}, nil)
	defer a.end()
	sizes := b.sameCards(p.address, a.address, ours, theirs)

	other := server{a.address, []int{a.cmd.Process.Pid, b.postmaster(dsn)}}
	var all []compared
	for _, how := range []string{"worked", "kept"} {
		for _, connections := range []int{some, 1} {
			all = append(all, b.compare(fmt.Sprintf("%s, %d at once", how, connections), 3*time.Second, connections, p.server(), other, "identity", ours, theirs[how]))
		}
	}
	s.clicks(all, sizes)
	s.done(*out, "A click beside PostGIS", "TestClick", b)
}

// demo is a store of the demonstration city, in a file.
func (b *bench) demo() string {
	store := b.fresh("GeoPackage file")
	b.run("demo", "--store", store)
	return store
}

// cityTables copies the city's records into tables of a database.
func (b *bench) cityTables(dsn, store string) {
	copy := func(table, shape, query string) {
		command(b.t, "ogr2ogr", "-f", "PostgreSQL", "--config", "PG_USE_COPY", "YES", "-nln", table, "-nlt", shape, "-preserve_fid", "-lco", "GEOMETRY_NAME=geom", "-lco", "FID=id", "-sql", query, keywords(b.t, dsn), store)
	}
	for _, l := range []string{"parcels", "zones", "restrictions", "plans", "wards"} {
		copy(l, "GEOMETRY", "SELECT * FROM "+l)
	}
	copy("documents", "NONE", "SELECT id, code, number, title, authority, date, url, status FROM documents")
	for _, l := range []string{"parcels", "zones", "restrictions"} {
		// The surveyed shapes in metres, which areas are of.
		copy(l+"_plane", "GEOMETRY", "SELECT id, geom FROM "+l+"_5899")
	}
	var steps []string
	for _, l := range []string{"parcels", "zones", "restrictions"} {
		steps = append(steps, shapes(l)...)
	}
	args := []string{"-q", "-v", "ON_ERROR_STOP=1"}
	for _, step := range slices.Concat(steps, []string{"VACUUM ANALYZE"}, lies()) {
		args = append(args, "-c", step)
	}
	command(b.t, "psql", append(args, dsn)...)
}

// ask is the one column that a query gives, as text.
func (b *bench) ask(dsn, query string) []string {
	text, err := exec.Command("psql", "-Atc", query, dsn).Output()
	if err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// postmaster is the database's process, whose children do the work.
func (b *bench) postmaster(dsn string) int {
	text, err := os.ReadFile(filepath.Join(b.ask(dsn, "SHOW data_directory")[0], "postmaster.pid"))
	if err != nil {
		b.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		b.t.Fatal(err)
	}
	return pid
}

// sameCards makes sure that both sides tell the same facts of many places, and gives
// the mean size of their answers, kB: ours, and of each query.
func (b *bench) sameCards(our, their string, ours []string, theirs map[string][]string) map[string]float64 {
	type zone struct {
		Code  string
		Area  float64
		Share float64
	}
	var card struct {
		ID       string
		Use      json.RawMessage
		Planning struct {
			Zones  []zone
			Themes struct{ Concerned []string }
		}
	}
	var facts struct {
		ID           string
		Zones        []zone
		Restrictions []struct{ Kind, Code string }
	}
	named := regexp.MustCompile(`"restriction":"([^"]+)"`)
	get := func(url string, into any) []byte {
		res, err := http.Get(url)
		if err != nil {
			b.t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			b.t.Fatalf("%s: %s, %v: %s", url, res.Status, err, text)
		}
		if err := json.Unmarshal(text, into); err != nil {
			b.t.Fatal(err)
		}
		return text
	}
	sizes := map[string]float64{}
	zones, restrictions := 0, 0
	const looked = 500
	for i := range looked {
		card.Planning.Zones, card.Planning.Themes.Concerned = nil, nil
		text := get(our+ours[i], &card)
		sizes["ours"] += float64(len(text)) / 1000 / looked
		want := map[string]float64{}
		for _, z := range card.Planning.Zones {
			want[z.Code] = z.Area
		}
		for how, list := range theirs {
			facts.Zones, facts.Restrictions = nil, nil
			sizes[how] += float64(len(get(their+list[i], &facts))) / 1000 / looked
			got := map[string]float64{}
			for _, z := range facts.Zones {
				got[z.Code] = z.Area
			}
			if facts.ID != card.ID || !maps.EqualFunc(got, want, func(a, b float64) bool { return math.Abs(a-b) < 0.02+1e-6*a }) {
				b.t.Fatalf("%s: parcel %s with zones %v, %s says parcel %s with %v", ours[i], card.ID, want, how, facts.ID, got)
			}
			codes := map[string]bool{}
			for _, r := range facts.Restrictions {
				codes[r.Code] = true
				if !slices.Contains(card.Planning.Themes.Concerned, r.Kind) {
					b.t.Fatalf("%s: %s names a restriction %s, ours is concerned by %v", ours[i], how, r.Kind, card.Planning.Themes.Concerned)
				}
			}
			for _, m := range named.FindAllSubmatch(text, -1) {
				if !codes[string(m[1])] {
					b.t.Fatalf("%s: ours names the restriction %s, %s says %v", ours[i], m[1], how, codes)
				}
			}
			zones, restrictions = zones+len(got), restrictions+len(codes)
		}
	}
	if zones < looked || restrictions < looked/10 {
		b.t.Fatalf("only %d zones and %d restrictions were compared", zones, restrictions)
	}
	return sizes
}

// clicks is the section.
func (s *part) clicks(all []compared, sizes map[string]float64) {
	s.line("`GET /api/parcels/at` of the demonstration city's 97,751 parcels, at %d places in as many parcels in a fixed order, beside PostGIS through pgx (a pool of %d, prepared statements) behind", clicked, some)
	s.line("a Go handler. PostGIS holds the same records with GiST indexes on both shapes and everything in its memory, and answers with the same facts as JSON: parcel, zones with their plans,")
	s.line("documents and shares, restrictions, shape (%.1f kB and %.1f kB). The first 500 places are compared: parcel, zones, areas and restrictions are the same. *Worked* works out how the parcel lies", sizes["worked"], sizes["kept"])
	s.line("when it is asked, *kept* reads it from a table made beforehand, for whoever never changes a zone. Ours answers with the whole card (%.1f kB): besides, what may be built by every", sizes["ours"])
	s.line("rule and why, setbacks, frontage; a card that was asked for before is kept until something it shows changes, so all but the first turn are of kept cards. %d turns, the one or the other first; ratios are the middle of the turns', with the least and the most; the rest is of the best turn. CPU is of server and database.\n", turns)
	s.line("| beside | ours req/s | p50 ms | p99 ms | CPU µs | PostGIS req/s | p50 ms | p99 ms | CPU µs | ratio of req/s | of CPU |")
	s.line("|---|---|---|---|---|---|---|---|---|---|---|")
	for _, c := range all {
		low, middle, high := c.ratio()
		_, cpu, _ := spread(c, func(a, b measured) float64 { return b.cpu / a.cpu })
		a, z := best(c.ours), best(c.theirs)
		s.line("| %s | %.0f | %s | %s | %.0f | %.0f | %s | %s | %.0f | %.1f (%.1f–%.1f) | %.1f |", c.what, a.perSecond, ms(a.p50), ms(a.p99), a.cpu, z.perSecond, ms(z.p50), ms(z.p99), z.cpu, middle, low, high, cpu)
	}
	s.line("")
	for _, i := range []int{0, 2} {
		_, ratio, _ := all[i].ratio()
		s.goal("≥ 10 × PostGIS, "+all[i].what, ratio >= 10, "%.1f", ratio)
	}
}
