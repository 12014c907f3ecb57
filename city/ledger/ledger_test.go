package ledger_test

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/ledger"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/parcels/frontage"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/planning/rules"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// records is a store as these tests use it.
type records interface {
	index.Source
	demo.Store
	Get(ctx context.Context, layer string, id uint64, a spatial.AsOf) (spatial.Feature, error)
}

// house is a small demonstration city in a store, with the model and the ledger
// that follow it.
type house struct {
	t      testing.TB
	store  records
	model  *index.Model
	city   *city.City
	ledger *ledger.Ledger
	ground []orb.Bound // that was said to have changed
	rev    spatial.Revision
}

func rulesOf(t testing.TB) func(spatial.Place, spatial.Date, []planning.Loaded) planning.Rules {
	shelf, err := rules.NewShelf()
	if err != nil {
		t.Fatal(err)
	}
	return func(p spatial.Place, on spatial.Date, loaded []planning.Loaded) planning.Rules {
		p.Demo = true
		return shelf.Rules(p, on, loaded)
	}
}

func embedded(t testing.TB) *sqlite.Store {
	s, err := sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// live runs a ledger over a store until the test ends.
func live(t testing.TB, s records, cfg ledger.Config) *house {
	h := &house{t: t, store: s, city: city.New(city.Config{Rules: rulesOf(t)})}
	var l *ledger.Ledger
	h.model = index.New(index.Config{Layers: city.Layers(), Publish: func(p index.Published) { l.Publish(p) }})
	cfg.City, cfg.Model = h.city, h.model
	cfg.Changed = func(b orb.Bound, _ spatial.Access) { h.ground = append(h.ground, b) }
	l = ledger.New(cfg)
	h.ledger = l
	if err := h.model.Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	h.rev = h.model.Current().Revision()
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{}, 2)
	go func() { _ = h.model.Follow(ctx, s); done <- struct{}{} }()
	go func() { l.Run(ctx); done <- struct{}{} }()
	t.Cleanup(func() { end(); <-done; <-done })
	h.settle()
	return h
}

func (h *house) settle() {
	h.t.Helper()
	if err := h.model.WaitFor(h.t.Context(), h.rev); err != nil {
		h.t.Fatal(err)
	}
	if err := h.ledger.WaitFor(h.t.Context(), h.rev); err != nil {
		h.t.Fatal(err)
	}
}

// write applies ops and waits until the ledger has seen them.
func (h *house) write(ops ...change.Op) {
	h.t.Helper()
	r, err := h.store.Apply(h.t.Context(), change.Commit{By: "test", Today: "2026-11-25"}, seq(ops))
	if err != nil {
		h.t.Fatal(err)
	}
	h.rev = max(h.rev, r.Last)
	h.settle()
}

func seq(ops []change.Op) iter.Seq2[change.Op, error] {
	return func(yield func(change.Op, error) bool) {
		for _, op := range ops {
			if !yield(op, nil) {
				return
			}
		}
	}
}

// fresh is the book of a ledger that is filled from nothing.
func (h *house) fresh() ledger.Book {
	h.t.Helper()
	l := ledger.New(ledger.Config{City: city.New(city.Config{Rules: rulesOf(h.t)}), Model: h.model})
	ctx, end := context.WithCancel(h.t.Context())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	defer func() { end(); <-done }()
	if err := l.WaitFor(ctx, h.rev); err != nil {
		h.t.Fatal(err)
	}
	return l.Current()
}

// same compares two books.
func same(t testing.TB, what string, got, want ledger.Book) {
	t.Helper()
	a, b := maps.Collect(got.All()), maps.Collect(want.All())
	if len(a) != got.Len() || len(b) != want.Len() || len(b) == 0 {
		t.Fatalf("%s: %d and %d parcels of %d and %d", what, len(a), len(b), got.Len(), want.Len())
	}
	wrong := 0
	for id, w := range b {
		if d := cmp.Diff(w, a[id]); d != "" {
			if wrong++; wrong < 4 {
				t.Errorf("%s: parcel %d (-from nothing +kept up):\n%s", what, id, d)
			}
		}
	}
	if len(a) != len(b) || wrong > 0 {
		t.Fatalf("%s: %d of %d parcels differ, %d are there", what, wrong, len(b), len(a))
	}
	if !got.Complete() || got.Revision() != want.Revision() {
		t.Errorf("%s: complete %v, revision %d of %d", what, got.Complete(), got.Revision(), want.Revision())
	}
}

func small(t testing.TB, s records) {
	if _, err := demo.Fill(t.Context(), s, demo.Options{Seed: 7, Parcels: 1500}, nil); err != nil {
		t.Fatal(err)
	}
}

// The facts of a parcel are the numbers of its card.
func TestFactsAreTheCards(t *testing.T) {
	s := embedded(t)
	small(t, s)
	h := live(t, s, ledger.Config{})
	v := h.model.View(spatial.TierPublic)
	b := h.ledger.Current()
	n, answered, split := 0, 0, 0
	for it := range v.After(parcels.LayerName, 0) {
		if n++; n%3 > 0 {
			continue
		}
		card, err := h.city.Card(v, it.ID(), "vi")
		if err != nil {
			t.Fatal(err)
		}
		got, ok := b.Facts(it.ID())
		direct, err := h.city.Facts(v, it.ID())
		if !ok || err != nil {
			t.Fatal(it.ID(), ok, err)
		}
		if d := cmp.Diff(direct, got); d != "" {
			t.Fatalf("parcel %d (-Facts +book):\n%s", it.ID(), d)
		}
		p := card.Planning
		want := city.Facts{Outcome: p.Floors.Outcome, Floors: p.Floors.Max, Height: p.Height.Max, Density: p.Density.Max, FAR: p.FAR.Max,
			Footprint: p.Footprint.Max, FloorArea: p.FloorArea.Max, Frontage: card.Frontage.Length,
			Zones: got.Zones, PlannedUses: got.PlannedUses, Conversion: got.Conversion, BuiltFloorArea: got.BuiltFloorArea}
		if p.Floors.Max != nil {
			answered++
			want.Status, want.Rule = *p.Floors.Status, p.Floors.Because.Rule
		}
		if len(card.Frontage.Streets) > 0 {
			want.RoadWidth = card.Frontage.Streets[0].Width
		}
		if card.Reference.Commune != nil {
			want.Ward = *card.Reference.Commune
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("parcel %d (-card +facts):\n%s", it.ID(), d)
		}
		var zones []string
		for _, z := range p.Zones {
			if z.LegalStatus == nil || *z.LegalStatus == "inForce" {
				zones = append(zones, *z.Code)
			}
		}
		if d := cmp.Diff(zones, got.Zones); d != "" {
			t.Fatalf("parcel %d (-card +facts):\n%s", it.ID(), d)
		}
		if len(p.Zones) > 1 {
			split++
		}
	}
	if answered < n/6 || split < 50 {
		t.Errorf("%d of %d have floors, %d several zones: the test looks at the wrong city", answered, n, split)
	}
}

// After any edits the ledger holds what one filled from nothing holds.
func TestEdits(t *testing.T) {
	s := embedded(t)
	small(t, s)
	h := live(t, s, ledger.Config{})
	r := rand.New(rand.NewPCG(11, 25))
	e := editor{h, r}
	moved, rounds := 0, 16
	if os.Getenv("LANGBIANG_SOAK") != "" { // make soak
		rounds = 40
	}
	for round := range rounds {
		before := h.ledger.Current()
		h.ground = nil
		ops := e.edits(1 + r.IntN(3))
		h.write(ops...)
		after := h.ledger.Current()
		same(t, fmt.Sprint("round ", round, ": ", told(ops)), after, h.fresh())
		moved += h.heard(before, after)
	}
	if moved < 30 {
		t.Errorf("%d facts changed: the test edits the wrong things", moved)
	}
}

func told(ops []change.Op) (out []string) {
	for _, op := range ops {
		out = append(out, fmt.Sprintf("%s %s %d", op.Verb, op.Feature.Layer, op.Feature.ID))
	}
	return out
}

// heard checks that ground on which facts changed was told of and has another
// stamp, and gives how many parcels changed.
func (h *house) heard(before, after ledger.Book) int {
	h.t.Helper()
	v := h.model.View(spatial.TierAll)
	n := 0
	for id, f := range after.All() {
		was, ok := before.Facts(id)
		if ok && cmp.Equal(was, f) {
			continue
		}
		n++
		it, _ := v.Get(parcels.LayerName, id)
		if !slices.ContainsFunc(h.ground, func(b orb.Bound) bool { return b.Contains(it.Box().Min) && b.Contains(it.Box().Max) }) {
			h.t.Errorf("nobody was told that the facts of %d changed", id)
		}
		if before.Stamp(it.Box()) == after.Stamp(it.Box()) {
			h.t.Errorf("the facts of %d changed, and the stamp of its ground did not", id)
		}
	}
	if n == 0 && len(h.ground) > 0 && before.Len() == after.Len() {
		h.t.Errorf("nothing changed, and %v was told of", h.ground)
	}
	return n
}

// editor makes edits at random.
type editor struct {
	*house
	r *rand.Rand
}

func (e editor) pick(layer string) spatial.Feature {
	e.t.Helper()
	var ids []uint64
	for it := range e.model.View(spatial.TierAll).After(layer, 0) {
		ids = append(ids, it.ID())
	}
	f, err := e.store.Get(e.t.Context(), layer, ids[e.r.IntN(len(ids))], spatial.AsOf{})
	if err != nil {
		e.t.Fatal(err)
	}
	return f
}

// shift moves a feature by some metres.
func (e editor) shift(f *spatial.Feature, most float64) {
	dx, dy := (e.r.Float64()*2-1)*most, (e.r.Float64()*2-1)*most
	f.Legal = crs.Geometry(f.Legal, func(p orb.Point) orb.Point { return orb.Point{p[0] + dx, p[1] + dy} })
	d, err := crs.Display(f.Legal, f.SRID)
	if err != nil {
		e.t.Fatal(err)
	}
	f.Display, f.Area = d, overlay.Area(f.Legal)
}

func (e editor) set(f *spatial.Feature, field string, v spatial.Value) {
	for _, l := range city.Layers() {
		if l.Name == f.Layer {
			f.Values[l.Index(field)] = v
		}
	}
}

// pack loads a rule pack, or another version of it, or one that cannot be read.
func (e editor) pack() change.Op {
	communes := [][]string{nil, {"24781"}, {"24787", "24778"}}[e.r.IntN(3)]
	code := fmt.Sprint("P", e.r.IntN(2))
	op := change.Op{Verb: change.Create, Feature: packOf(0, code, e.r.IntN(6), communes...)}
	for it := range e.model.View(spatial.TierAll).After(planning.RulePacksLayer, 0) {
		if it.Attr("code").Text() == code {
			op.Verb, op.Feature.ID = change.Update, it.ID()
		}
	}
	if e.r.IntN(5) == 0 {
		op.Feature.Values[4] = spatial.Text("pack: [")
	}
	return op
}

// edits are so many, each of another record.
func (e editor) edits(n int) (ops []change.Op) {
	for len(ops) < n {
		op := e.edit()
		if op.Verb == change.Create || !slices.ContainsFunc(ops, func(o change.Op) bool { return o.Feature.Layer == op.Feature.Layer && o.Feature.ID == op.Feature.ID }) {
			ops = append(ops, op)
		}
	}
	return ops
}

func (e editor) edit() change.Op {
	e.t.Helper()
	one := func(of ...string) spatial.Value { return spatial.Text(of[e.r.IntN(len(of))]) }
	if e.r.IntN(4) == 0 {
		return e.mark()
	}
	layers := []string{parcels.LayerName, parcels.LayerName, planning.ZonesLayer, planning.ZonesLayer, planning.RestrictionsLayer, planning.PlansLayer, planning.DocumentsLayer,
		city.RoadsLayer, city.RoadsLayer, city.BuildingsLayer, city.WardsLayer, city.WaterLayer}
	if e.r.IntN(10) == 0 {
		return e.pack()
	}
	f := e.pick(layers[e.r.IntN(len(layers))])
	what := e.r.IntN(4)
	switch {
	case what == 0 && f.Layer != city.WardsLayer:
		return change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: f.Layer, ID: f.ID}}
	case what == 1 && f.Legal != nil:
		e.shift(&f, 30)
	case what == 2:
		f.Access = spatial.Access(e.r.IntN(3))
	default:
		switch f.Layer {
		case parcels.LayerName:
			e.set(&f, "use", one("ODT", "CLN", "DGT", "TMD"))
		case planning.ZonesLayer:
			e.set(&f, "floors", spatial.Int(e.r.Int64N(9)))
			e.set(&f, "use", one("ODT", "CLN", "DKV"))
		case planning.RestrictionsLayer:
			e.set(&f, "floors", spatial.Int(e.r.Int64N(3)))
		case planning.PlansLayer:
			e.set(&f, "legal_status", one("draft", "inForce", "superseded"))
			e.set(&f, "replaces", one("DEMO-QHC", "DEMO-PK-A", ""))
		case planning.DocumentsLayer:
			e.set(&f, "number", one("1/QĐ", "2/QĐ"))
		case city.RoadsLayer:
			e.set(&f, "width", spatial.Float(float64(3+e.r.IntN(20))))
		case city.BuildingsLayer:
			e.set(&f, "levels", spatial.Float(float64(e.r.IntN(12))))
		case city.WardsLayer:
			e.set(&f, "code", one("24781", "24787"))
		}
	}
	return change.Op{Verb: change.Update, Feature: f}
}

// mark corrects an edge, or edits a correction.
func (e editor) mark() change.Op {
	e.t.Helper()
	v := e.model.View(spatial.TierAll)
	one := func(of ...string) spatial.Value { return spatial.Text(of[e.r.IntN(len(of))]) }
	f := spatial.Feature{Layer: frontage.MarksLayer, SRID: v.Place().Plane, Derived: true, Values: make([]spatial.Value, len(frontage.Layer().Fields))}
	verb := change.Create
	if v.Count(f.Layer) > 2 && e.r.IntN(2) == 0 {
		verb, f = change.Update, e.pick(f.Layer)
		switch e.r.IntN(4) {
		case 0:
			return change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: f.Layer, ID: f.ID}}
		case 1:
			f.Access = spatial.Access(e.r.IntN(3))
		case 2:
			e.shift(&f, 6)
		}
	} else {
		it, _ := v.Get(parcels.LayerName, e.pick(parcels.LayerName).ID)
		l := frontage.New(city.RoadsLayer, city.WaterLayer).Lay(v, it)
		if len(l.Spans) == 0 {
			return e.mark()
		}
		legal, err := crs.Forward(f.SRID, l.Spans[e.r.IntN(len(l.Spans))].At)
		if err != nil {
			e.t.Fatal(err)
		}
		f.Legal = legal
		e.shift(&f, 0)
		for _, road := range l.Roads {
			if e.r.IntN(3) == 0 {
				e.set(&f, "road", road.Attr("code"))
			}
		}
	}
	e.set(&f, "kind", one("front", "front", "side", "rear"))
	e.set(&f, "width", spatial.Float(float64(e.r.IntN(30))))
	return change.Op{Verb: verb, Feature: f}
}
