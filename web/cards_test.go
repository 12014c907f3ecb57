package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/search"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/web"
	"github.com/langbiang/langbiang/web/auth"
)

// counting counts the cards that are made.
type counting struct {
	*city.City
	made int
}

func (c *counting) Card(v index.View, id uint64, lang string) (city.Card, error) {
	c.made++
	return c.City.Card(v, id, lang)
}

// clicked is a small demonstration city behind an edge that was asked before.
type clicked struct {
	t     testing.TB
	r     *rand.Rand
	store *sqlite.Store
	model *index.Model
	packs *rules.Shelf
	keys  map[access.Role]string
	cards *counting
	edge  http.Handler
	watch []uint64
	fresh int // marks and roads that were added
}

func newClicked(t testing.TB) *clicked {
	c := &clicked{t: t, r: rand.New(rand.NewPCG(3, 25)), keys: map[access.Role]string{}}
	var err error
	if c.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()}); err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Fill(t.Context(), c.store, demo.Options{Seed: 7, Parcels: 3000}, nil); err != nil {
		t.Fatal(err)
	}
	for _, role := range []access.Role{access.Planner, access.Admin} {
		c.keys[role] = auth.NewSecret()
		if _, err := c.store.PutKey(t.Context(), access.Key{Name: string(role), Role: role, Hash: access.Hash(c.keys[role])}); err != nil {
			t.Fatal(err)
		}
	}
	c.model = index.New(index.Config{Layers: city.Layers(), Keys: search.Keys()})
	if err := c.model.Load(t.Context(), c.store); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { _ = c.model.Follow(ctx, c.store); close(done) }()
	t.Cleanup(func() {
		end()
		<-done
		if err := c.store.Close(); err != nil {
			t.Error(err)
		}
	})
	if c.packs, err = rules.NewShelf(); err != nil {
		t.Fatal(err)
	}
	c.cards = c.city()
	c.edge = c.over(c.cards)
	return c
}

func (c *clicked) city() *counting {
	return &counting{City: city.New(city.Config{Rules: c.packs.Rules})}
}

func (c *clicked) over(cards *counting) http.Handler {
	return web.New(web.Config{Model: c.model, Cards: cards, Search: search.Find, History: c.store, Keys: c.store})
}

// ask is an answer with what tells it apart.
func (c *clicked) ask(edge http.Handler, path, lang string, role access.Role) string {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Accept-Language", lang)
	if role != access.Public {
		r.Header.Set("Authorization", "Bearer "+c.keys[role])
	}
	w := httptest.NewRecorder()
	edge.ServeHTTP(w, r)
	h := w.Header()
	body := w.Body.String()
	if w.Code != http.StatusOK { // problems name their request
		body = ""
	}
	return fmt.Sprint(w.Code, h.Get("ETag"), h.Get("Langbiang-Revision"), h.Get("Content-Language"), h.Get("Cache-Control"), "\n", body)
}

// beside are the parcels that lie on one side of a border between cells of stamps and
// close to it: what bears on them lies partly in the other cell.
func (c *clicked) beside(most int) (ids []uint64) {
	const cells = 1 << 14
	row := func(lat float64) float64 {
		s := math.Sin(lat * math.Pi / 180)
		return (0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * cells
	}
	near := func(lo, hi float64) bool { // of 2.4 km: within 40 m of the border, not over it
		return math.Floor(lo) == math.Floor(hi) && (lo-math.Floor(lo) < 0.016 || math.Ceil(hi)-hi < 0.016)
	}
	for it := range c.model.View(spatial.TierPublic).After(parcels.LayerName, 0) {
		b := it.Box()
		if near((b.Min[0]+180)/360*cells, (b.Max[0]+180)/360*cells) || near(row(b.Max[1]), row(b.Min[1])) {
			ids = append(ids, it.ID())
		}
	}
	c.r.Shuffle(len(ids), func(i, k int) { ids[i], ids[k] = ids[k], ids[i] })
	return ids[:min(most, len(ids))]
}

// A card that is answered again is the same, byte for byte, as one made of nothing: after
// an edit of the parcel, a neighbour, a road, water, a mark, a zone, a plan, a document, a
// rule pack, a ward, an import or the place, for each tier and in each language, and as of
// another day.
func TestKeptCardsAreOfNow(t *testing.T) {
	c := newClicked(t)
	if c.watch = c.beside(24); len(c.watch) < 24 {
		t.Fatalf("only %d parcels lie at a border of cells", len(c.watch))
	}
	rounds := 50
	switch {
	case os.Getenv("LANGBIANG_SOAK") != "": // make soak
		rounds = 600
	case testing.Short(): // the race detector: another run edits more
		rounds = 12
	}
	last := map[string]string{}
	asked, others, changed := 0, map[string]int{}, 0
	for round := range rounds {
		what := c.edit()
		cards := c.city()
		nothing := c.over(cards)
		compare := func(path, lang string, role access.Role) {
			t.Helper()
			got, want := c.ask(c.edge, path, lang, role), c.ask(nothing, path, lang, role)
			if got != want {
				t.Fatalf("round %d, %s: %s for %s in %s (+kept -made now):\n+%s\n-%s", round, what, path, role, lang, got, want)
			}
			body := want[strings.Index(want, "\n"):]
			k := path + lang + string(role)
			if was, ok := last[k]; ok && was != body {
				others[what]++
				changed++
			}
			last[k] = body
		}
		for i, id := range c.watch {
			path := fmt.Sprint("/api/parcels/", id)
			lang := []string{"vi", "en"}[i%2]
			for _, role := range []access.Role{access.Public, []access.Role{access.Planner, access.Admin}[i/2%2]} {
				compare(path, lang, role)
				asked++
			}
			if i%8 > 0 {
				continue
			}
			if round%4 == 0 {
				compare(path+"?datetime=2025-12-31", lang, access.Public)
				compare(path+"?recorded=2026-11-01", lang, access.Public)
			}
			if it, ok := c.model.View(spatial.TierPublic).Get(parcels.LayerName, id); ok {
				if at, err := overlay.InteriorPoint(it.Geometry()); err == nil {
					compare(fmt.Sprintf("/api/parcels/at?lon=%v&lat=%v", at[0], at[1]), lang, access.Planner)
				}
			}
		}
	}
	t.Logf("%d asked, %d made; other than before after: %v", asked, c.cards.made, others)
	if testing.Short() {
		return // too few to say more
	}
	if c.cards.made > asked*9/10 {
		t.Errorf("%d of %d cards were made anew: hardly any is kept", c.cards.made, asked)
	}
	if changed < 60 || len(others) < 8 {
		t.Errorf("%d cards changed by %d kinds of edits: the test edits the wrong things", changed, len(others))
	}
}

// one is one of a list at random.
func one[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// near is a record of a layer close to a parcel that is watched; any of the layer where
// none is.
func (c *clicked) near(layer string) spatial.Feature {
	v := c.model.View(spatial.TierAll)
	it, ok := v.Get(parcels.LayerName, one(c.r, c.watch...))
	var ids []uint64
	if ok {
		for o := range v.Within(layer, it.Box().Pad(0.0005)) {
			ids = append(ids, o.ID())
		}
	}
	if len(ids) == 0 {
		for o := range v.After(layer, 0) {
			ids = append(ids, o.ID())
		}
	}
	if len(ids) == 0 {
		return spatial.Feature{}
	}
	slices.Sort(ids)
	f, err := c.store.Get(c.t.Context(), layer, one(c.r, ids...), spatial.AsOf{})
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

func (c *clicked) placed(f *spatial.Feature, legal orb.Geometry) {
	d, err := crs.Display(legal, f.SRID)
	if err != nil {
		c.t.Fatal(err)
	}
	f.Legal, f.Display, f.Area = legal, d, overlay.Area(legal)
}

// edit writes one change at random and waits until the model shows it.
func (c *clicked) edit() string {
	c.t.Helper()
	commit := change.Commit{By: "test", Today: "2026-11-25"}
	if c.r.IntN(30) == 0 {
		p := c.model.View(spatial.TierAll).Place()
		p.Demo = !p.Demo
		return c.done("the place")(c.store.SetPlace(c.t.Context(), commit, p))
	}
	layers := []string{parcels.LayerName, parcels.LayerName, parcels.LayerName, city.RoadsLayer, city.RoadsLayer, city.RoadsLayer, city.MarksLayer, city.MarksLayer, city.MarksLayer,
		city.WaterLayer, city.WaterLayer, planning.ZonesLayer, planning.ZonesLayer, planning.RestrictionsLayer, planning.PlansLayer, planning.DocumentsLayer, planning.RulePacksLayer, city.WardsLayer,
		city.BuildingsLayer, city.BuildingsLayer, city.BuildingsLayer, city.BuildingsLayer} // these stand on no card
	layer := one(c.r, layers...)
	f := c.near(layer)
	op := change.Op{Verb: change.Update, Feature: f}
	def := layerOf(layer)
	set := func(field string, v spatial.Value) { op.Feature.Values[def.Index(field)] = v }
	switch what := c.r.IntN(6); {
	case layer == planning.RulePacksLayer:
		op = c.pack(f)
	case layer == city.MarksLayer && (f.ID == 0 || what < 3):
		op = c.mark()
	case layer == city.WaterLayer && f.ID == 0:
		return c.edit()
	case what == 0 && layer != city.WardsLayer:
		op = change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: layer, ID: f.ID}}
		if i := slices.Index(c.watch, f.ID); layer == parcels.LayerName && i >= 0 && c.r.IntN(4) > 0 {
			return c.edit() // they would soon be gone
		}
	case what == 1 && f.Legal != nil:
		dx, dy := c.r.Float64()*30-15, c.r.Float64()*30-15
		c.placed(&op.Feature, crs.Geometry(f.Legal, func(p orb.Point) orb.Point { return orb.Point{p[0] + dx, p[1] + dy} }))
	case what == 2:
		op.Feature.Access = one(c.r, spatial.Public, spatial.Public, spatial.Official, spatial.Personal)
	case layer == parcels.LayerName:
		set("use", spatial.Text(one(c.r, "ODT", "CLN", "DGT", "TMD")))
	case layer == city.RoadsLayer:
		set("width", spatial.Float(float64(3+c.r.IntN(20))))
		set("name", spatial.Text(one(c.r, "Trần Phú", "Hẻm 3", "Bùi Thị Xuân")))
	case layer == city.MarksLayer:
		set("kind", spatial.Text(one(c.r, "front", "side", "rear")))
		set("width", spatial.Float(float64(1+c.r.IntN(30))))
	case layer == planning.ZonesLayer:
		set("floors", spatial.Int(c.r.Int64N(9)))
	case layer == planning.RestrictionsLayer:
		set("kind", spatial.Text(one(c.r, "view", "heritage", "water", "forest")))
	case layer == planning.PlansLayer:
		set("legal_status", spatial.Text(one(c.r, "draft", "inForce", "superseded")))
	case layer == planning.DocumentsLayer:
		set("number", spatial.Text(fmt.Sprint(c.r.IntN(1000), "/QĐ")))
	case layer == city.BuildingsLayer:
		set("levels", spatial.Float(float64(c.r.IntN(9))))
	case layer == city.WardsLayer:
		set("name", spatial.Text(one(c.r, "Xuân Hương", "Cam Ly", "Lâm Viên")))
	}
	what := fmt.Sprint(op.Verb, " ", layer)
	if c.r.IntN(8) == 0 && op.Verb == change.Update { // as an import, which the staff's cards name
		c.fresh++
		commit.Import = &change.Import{Name: fmt.Sprint("import ", c.fresh), Dataset: "thử", Layer: layer, At: time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)}
		what = "import " + layer
	}
	return c.done(what)(c.store.Apply(c.t.Context(), commit, func(yield func(change.Op, error) bool) { yield(op, nil) }))
}

// done waits until the model shows what was written.
func (c *clicked) done(what string) func(change.Result, error) string {
	return func(r change.Result, err error) string {
		c.t.Helper()
		if err != nil {
			c.t.Fatalf("%s: %v", what, err)
		}
		if err := c.model.WaitFor(c.t.Context(), r.Last); err != nil {
			c.t.Fatal(err)
		}
		return what
	}
}

// mark is a new correction on an edge of a parcel that is watched, or of a neighbour.
func (c *clicked) mark() change.Op {
	v := c.model.View(spatial.TierAll)
	for {
		at, err := city.New(city.Config{}).Correctable(v, c.near(parcels.LayerName).ID)
		if err != nil {
			c.t.Fatal(err)
		}
		if len(at.Edges) == 0 {
			continue
		}
		f := feature(c.t, city.MarksLayer, "", spatial.Public, nil, map[string]spatial.Value{"kind": spatial.Text(one(c.r, "front", "front", "side")), "width": spatial.Float(float64(2 + c.r.IntN(20)))})
		f.SRID, f.Derived = plane, true
		legal, err := crs.Forward(plane, one(c.r, at.Edges...).At)
		if err != nil {
			c.t.Fatal(err)
		}
		c.placed(&f, legal)
		return change.Op{Verb: change.Create, Feature: f}
	}
}

// pack is a new rule pack, or another version of one.
func (c *clicked) pack(was spatial.Feature) change.Op {
	body := fmt.Sprintf(`pack: THU
version: "1"
title: {vi: Thử, en: Test}
applies: country
documents: [{id: D, title: {vi: Thử, en: Test}, status: demo}]
rules:
  - {code: THU-F, title: {vi: Tầng, en: Floors}, limits: floors, value: %d, document: D, status: demo}
`, c.r.IntN(9))
	l := planning.Loaded{Code: "THU", Version: "1", Body: body}
	op := change.Op{Verb: change.Create, Feature: spatial.Feature{Layer: planning.RulePacksLayer, Values: l.Values("Thử")}}
	if was.ID > 0 {
		op.Verb, op.Feature.ID = change.Update, was.ID
	}
	return op
}

// What bears on a card from over the border of a cell of stamps is part of its seal: a
// road before the parcel, and the parcel beside it.
func TestKeptCardsSeeOverTheBorder(t *testing.T) {
	tw := newTown(t)
	const cells = 1 << 14
	border := func(y float64) float64 { // x of it: it is turned by the convergence of meridians
		at := lonLat(t, 2000, y)
		p, err := crs.Forward(plane, orb.Point{math.Ceil((at[0]+180)/360*cells)/cells*360 - 180, at[1]})
		if err != nil {
			t.Fatal(err)
		}
		return p[0] - east
	}
	y := 3000.0
	x, x2 := border(y+10), border(y+510)
	text := spatial.Text
	line := orb.LineString{{east + x + 8, north + y - 50}, {east + x + 8, north + y + 70}}
	road := feature(t, city.RoadsLayer, "", spatial.Public, line, map[string]spatial.Value{"code": text("R"), "name": text("Trần Phú"), "width": spatial.Float(9)})
	made := tw.write(
		change.Op{Verb: change.Create, Feature: parcel(t, "w1", x-23, y, 20, spatial.Public, "70", "1", "ODT")},
		change.Op{Verb: change.Create, Feature: road},
		change.Op{Verb: change.Create, Feature: parcel(t, "w2", x2-20.2, y+500, 20, spatial.Public, "70", "2", "ODT")},
		change.Op{Verb: change.Create, Feature: parcel(t, "e2", x2+0.2, y+500, 20, spatial.Public, "70", "3", "ODT")}).Created
	road.ID, road.Values[layerPosition(city.RoadsLayer, "width")] = made[1], spatial.Float(17)
	beside := parcel(t, "e2", x2+0.2, y+500, 20, spatial.Public, "70", "3", "CLN")
	beside.ID = made[3]
	for _, c := range []struct {
		id uint64
		op change.Op
	}{{made[0], change.Op{Verb: change.Update, Feature: road}}, {made[2], change.Op{Verb: change.Update, Feature: beside}}} {
		path := fmt.Sprint("/api/parcels/", c.id)
		before := string(tw.get(path).body)
		if again := string(tw.get(path).body); again != before {
			t.Fatal("the same card is another when it is asked for again")
		}
		own, _ := tw.model.View(spatial.TierPublic).Get(parcels.LayerName, c.id)
		if cell := func(lon float64) float64 { return math.Floor((lon + 180) / 360 * cells) }; cell(own.Box().Max[0]) == cell(c.op.Feature.Display.Bound().Min[0]) {
			t.Fatal("both lie in one cell: the test looks at the wrong place")
		}
		tw.write(c.op)
		after := string(tw.get(path).body)
		fresh, err := city.New(city.Config{}).Card(tw.model.View(spatial.TierPublic), c.id, "vi")
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(fresh.Frontage)
		if err != nil {
			t.Fatal(err)
		}
		if after == before || !strings.Contains(after, string(want)) {
			t.Errorf("after %s of %s the card of %d still says\n%s, not\n%s", c.op.Verb, c.op.Feature.Layer, c.id, after, want)
		}
	}
}

func layerPosition(layer, field string) int {
	l := layerOf(layer)
	return l.Index(field)
}
