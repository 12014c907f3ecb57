//go:build bench

package bench

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
	"github.com/langbiang/langbiang/store/sqlite"
)

var (
	mapOut      = flag.String("map-out", "MAP.md", "where to write what is measured in a browser")
	editSeconds = flag.Int("edit-seconds", 60, "how long edits are made")
)

const (
	editRate = 20 // edits a second
	edited   = 40 // parcels that take turns in being edited
	lon, lat = 108.43780, 11.94460
)

// uses are what a parcel is changed between: their colours differ on the map.
func uses() [2]string { return [2]string{"ODT", "CLN"} }

// TestEdits measures how long an edit takes to be seen in an open browser, on either
// store, and writes the section of the page on the map. The edits are made by this
// process, through the store, as any other langbiang beside the server would make them.
func TestEdits(t *testing.T) {
	b := newBench(t)
	b.server = pgtest.NewServer(t)
	s := begin(t)
	var all []seen
	for _, kind := range []string{"PostGIS", "GeoPackage file"} {
		name := b.fresh(kind)
		b.run("demo", "--store", name)
		p := b.start(name)
		b.settled(p)
		e := b.editor(name, p.address)
		legs := b.trace(name, p.address)
		m := b.browse(kind, p.address, e)
		m.Noticed, m.Sent = legs.times(e.all)
		b.t.Logf("%s: noticed %+v, sent %+v", kind, m.Noticed, m.Sent)
		all = append(all, m)
		if err := e.store.Close(); err != nil {
			t.Fatal(err)
		}
		p.stop()
	}
	s.edits(all)
	s.done(*mapOut, "An edit, seen", "TestEdits", b)
}

// records is what the editor needs of a store.
type records interface {
	Head(ctx context.Context) (spatial.Revision, error)
	Wait(ctx context.Context, since spatial.Revision) error
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
	Apply(ctx context.Context, c change.Commit, ops iter.Seq2[change.Op, error]) (change.Result, error)
	Close() error
}

// plot is a parcel in view that is edited.
type plot struct {
	ID     string       `json:"id"`
	Points [][2]float64 `json:"points"` // places in it, lon, lat: one of them is looked at
}

// edit is one that was made.
type edit struct {
	Plot   int     `json:"plot"`
	Number string  `json:"number"`
	Use    int     `json:"use"` // of uses
	At     float64 `json:"at"`  // ms since 1970: the transaction is committed
	rev    spatial.Revision
}

// editor edits parcels of a store that a server has open.
type editor struct {
	t        *testing.T
	store    records
	plots    []plot
	features []spatial.Feature
	made     int
	all      []edit // of the run
}

// open opens a store as another process than the server would.
func (b *bench) open(name string) records {
	cfg := store.Config{Layers: city.Layers(), Now: time.Now}
	var s records
	var err error
	if strings.HasPrefix(name, "postgres") {
		s, err = postgis.OpenWith(b.t.Context(), name, cfg, postgis.Options{})
	} else {
		s, err = sqlite.OpenWith(b.t.Context(), name, cfg, sqlite.Options{MustExist: true})
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *bench) editor(name, address string) *editor {
	e := &editor{t: b.t, store: b.open(name)}
	e.choose(address)
	for _, p := range e.plots {
		id, err := strconv.ParseUint(p.ID, 10, 64)
		if err != nil {
			b.t.Fatal(err)
		}
		f, err := e.store.Get(b.t.Context(), parcels.LayerName, id, spatial.AsOf{})
		if err != nil {
			b.t.Fatal(err)
		}
		e.features = append(e.features, f)
	}
	return e
}

// choose takes parcels that lie within a window of 900 × 500 px at zoom 18.
func (e *editor) choose(address string) {
	const x, y = 0.0012, 0.00065 // degrees from the middle
	query := url.Values{"bbox": {fmt.Sprintf("%f,%f,%f,%f", lon-x, lat-y, lon+x, lat+y)}, "limit": {"1000"}}
	res, err := http.Get(address + "/api/collections/parcels/items?" + query.Encode())
	if err != nil {
		e.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		e.t.Fatalf("parcels in view: %s, %v: %s", res.Status, err, text)
	}
	found, err := geojson.UnmarshalFeatureCollection(text)
	if err != nil {
		e.t.Fatal(err)
	}
	window := orb.Bound{Min: orb.Point{lon - x, lat - y}, Max: orb.Point{lon + x, lat + y}}
	for _, f := range found.Features {
		box := f.Geometry.Bound()
		shape, ok := f.Geometry.(orb.Polygon)
		if !ok || !window.Contains(box.Min) || !window.Contains(box.Max) || len(e.plots) == edited {
			continue
		}
		m := middle(shape[0])
		p := plot{ID: fmt.Sprint(f.ID), Points: [][2]float64{m}}
		for _, c := range shape[0][1:] { // half way to each corner too: a number is written in the middle
			p.Points = append(p.Points, [2]float64{(m[0] + c[0]) / 2, (m[1] + c[1]) / 2})
		}
		e.plots = append(e.plots, p)
	}
	if len(e.plots) < edited {
		e.t.Fatalf("only %d parcels are whole in view", len(e.plots))
	}
}

// edit gives parcels another number and use, in one transaction.
func (e *editor) edit(ctx context.Context, use int, plots ...int) (edit, error) {
	layer := parcels.Layer()
	set := func(f *spatial.Feature, field, text string) {
		for i, l := range layer.Fields {
			if l.Name == field {
				f.Values[i] = spatial.Text(text)
			}
		}
	}
	var ops []change.Op
	e.made++
	number := fmt.Sprintf("S%05d", e.made) // all as wide as each other on the map
	for _, i := range plots {
		f := &e.features[i]
		set(f, "number", number)
		set(f, "use", uses()[use])
		set(f, "uses", uses()[use])
		ops = append(ops, change.Op{Verb: change.Update, Feature: *f})
	}
	did, err := e.store.Apply(ctx, change.Commit{By: "bench"}, func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	})
	return edit{Plot: plots[len(plots)-1], Number: number, Use: use, At: now(), rev: did.Last}, err
}

// run makes edits at the rate, the parcels one after the other, each time of the other use.
func (e *editor) run(ctx context.Context, lasts time.Duration) ([]edit, error) {
	var all []edit
	tick := time.NewTicker(time.Second / editRate)
	defer tick.Stop()
	for i := range int(lasts.Seconds() * editRate) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		d, err := e.edit(ctx, (i/edited+1)%2, i%edited)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// ServeHTTP is what the browser's script asks: GET /plots; POST /all?use=0 and POST
// /run answer when they are done.
func (e *editor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var out any
	var err error
	switch r.URL.Path {
	case "/plots":
		out = e.plots
	case "/all":
		every := make([]int, len(e.plots))
		for i := range every {
			every[i] = i
		}
		use, convErr := strconv.Atoi(r.URL.Query().Get("use"))
		if convErr != nil || use < 0 || use > 1 {
			http.Error(w, "use", http.StatusBadRequest)
			return
		}
		out, err = e.edit(r.Context(), use, every...)
	case "/run":
		e.all, err = e.run(r.Context(), time.Duration(*editSeconds)*time.Second)
		out = e.all
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(out) // the script is gone: it says so itself
}

// times are of the edits that came to something, ms.
type times struct {
	N       int     `json:"n"`
	P50     float64 `json:"p50"`
	P99     float64 `json:"p99"`
	Most    float64 `json:"most"`
	Missing int     `json:"missing"`
}

func (t times) String() string { return fmt.Sprintf("%.0f / %.0f", t.P50, t.P99) }

// seen is what a browser saw of the edits.
type seen struct {
	store      string
	Edits      int     `json:"edits"`
	Lasted     float64 `json:"lasted"` // s
	Noticed    times   `json:"-"`      // another handle on the store knows of the commit, as the server's does
	Sent       times   `json:"-"`      // the event is with a follower that is no browser: it is published, and sent
	Told       times   `json:"told"`   // the event is in the page
	Asked      times   `json:"asked"`  // the tile that has the edit is asked for
	Bytes      times   `json:"bytes"`  // a tile that has the edit is in the browser
	Painted    times   `json:"painted"`
	Watched    int     `json:"watched"`    // parcels whose colour could be seen
	Tiles      int     `json:"tiles"`      // tiles fetched
	StaleTiles int     `json:"staleTiles"` // parcels that are not as last edited in a tile, at the end
	StalePaint int     `json:"stalePaint"` // parcels of another colour on the screen than the page has when it is loaded anew
	Frames     float64 `json:"frames"`     // a second
}

// browse opens the map in Chromium and makes the edits.
func (b *bench) browse(kind, address string, e *editor) seen {
	control := httptest.NewServer(e)
	defer control.Close()
	file := filepath.Join(b.dir, fmt.Sprintf("seen%d.json", b.next()))
	ui, err := filepath.Abs(filepath.Join("..", "web", "ui"))
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command("npx", "--no-install", "playwright", "test", "-c", "playwright.edits.config.ts")
	cmd.Dir = ui
	cmd.Env = append(os.Environ(), "LANGBIANG_URL="+address, "LANGBIANG_EDITOR="+control.URL, "LANGBIANG_SEEN="+file, fmt.Sprintf("LANGBIANG_CENTRE=%f,%f", lon, lat))
	said, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("the browser: %v\n%s", err, said)
	}
	text, err := os.ReadFile(file)
	s := seen{store: kind}
	if err := errors.Join(err, json.Unmarshal(text, &s)); err != nil {
		b.t.Fatal(err)
	}
	b.t.Logf("%s: %+v", kind, s)
	return s
}

// edits is the section.
func (s *part) edits(all []seen) {
	s.line("A page at zoom 18 in the centre of the demonstration city, %d parcels in view edited one after the other (another number, another use) at %d edits/s by another process than the server,", edited, editRate)
	s.line("through the store. Measured from the commit of an edit, by this machine's one clock, p50 / p99 in ms (software renderer; server, database, browser and measuring share the cores). Each leg holds those before it:")
	s.line("noticed is another handle on the store that waits as the server does; sent is a follower of the feed beside the browser, so the model has it; told is the event in the page; asked, the tile that")
	s.line("holds it is asked for; bytes, that tile is whole in Chromium; painted, the canvas has the parcel's new colour. A tile is asked for at once, then at most every 80 ms, never twice together.\n")
	s.line("| store | edits | noticed | sent | told | asked | bytes | most | painted | never seen | stale at the end: tiles, screen | tiles fetched | frames/s |")
	s.line("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
	for _, m := range all {
		s.line("| %s | %d in %.0f s | %s | %s | %s | %s | %s | %.0f | %s | %d | %d, %d | %d | %.0f |", m.store, m.Edits, m.Lasted, m.Noticed, m.Sent, m.Told, m.Asked, m.Bytes, m.Bytes.Most,
			m.Painted, m.Bytes.Missing, m.StaleTiles, m.StalePaint, m.Tiles, m.Frames)
	}
	s.line("")
	for _, m := range all {
		s.goal(m.store+": commit → bytes p50 ≤ 100 ms", m.Bytes.P50 <= 100, "%.0f ms", m.Bytes.P50)
		s.goal(m.store+": commit → bytes p99 ≤ 200 ms", m.Bytes.P99 <= 200, "%.0f ms", m.Bytes.P99)
		s.goal(m.store+": none stale at the end", m.StaleTiles+m.StalePaint+m.Bytes.Missing == 0, "%d in tiles, %d on the screen", m.StaleTiles, m.StalePaint)
	}
	s.line("- painting was watched at %d and %d of the %d parcels: where the colour shows under buildings and numbers", all[0].Watched, all[1].Watched, edited)
}
