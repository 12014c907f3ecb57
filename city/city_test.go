package city

import (
	"context"
	"encoding/json"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/spatial/overlay"
)

const srid = spatial.SRID(5899)

// town is a store's content made by hand, in metres of EPSG:5899 off a corner.
type town struct {
	t        testing.TB
	features []spatial.Feature
	place    spatial.Place
	imports  []change.Import
}

func (w *town) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range w.features {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: 7, Place: w.place, Imports: w.imports}, nil
}
func (w *town) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}
func (w *town) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

const east, north = 575000.0, 1320500.0

func rect(x, y, w, h float64) orb.Polygon {
	x, y = x+east, y+north
	return orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}}
}

func (w *town) add(layer string, legal orb.Geometry, attrs map[string]spatial.Value) *spatial.Feature {
	w.t.Helper()
	f := spatial.Feature{Layer: layer, ID: uint64(len(w.features) + 1), Version: 1, Rev: spatial.Revision(len(w.features) + 1), Legal: legal}
	if legal != nil {
		d, err := crs.Display(legal, srid)
		if err != nil {
			w.t.Fatal(err)
		}
		f.SRID, f.Display, f.Area = srid, d, overlay.Area(legal)
	}
	for _, l := range Layers() {
		if l.Name != layer {
			continue
		}
		f.Values = make([]spatial.Value, len(l.Fields))
		for k, v := range attrs {
			i := l.Index(k)
			if i < 0 {
				w.t.Fatalf("%s has no field %s", layer, k)
			}
			f.Values[i] = v
		}
	}
	w.features = append(w.features, f)
	return &w.features[len(w.features)-1]
}

func (w *town) view(tier spatial.Tier) index.View {
	w.t.Helper()
	m := index.New(index.Config{Layers: Layers()})
	if err := m.Load(context.Background(), w); err != nil {
		w.t.Fatal(err)
	}
	return m.View(tier)
}

func (w *town) lonLat(x, y float64) orb.Point {
	p, err := crs.Inverse(srid, orb.Point{x + east, y + north})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

type attrs = map[string]spatial.Value

func newTown(t testing.TB) *town {
	w := &town{t: t}
	t1 := spatial.Text
	lo, hi := w.lonLat(-1000, -1000), w.lonLat(1000, 1000)
	w.place = spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: srid, Bounds: orb.Bound{Min: lo, Max: hi}, TimeZone: "Asia/Ho_Chi_Minh"}
	w.imports = []change.Import{{ID: 1, Name: "thua-2026", Dataset: "parcels:thua", CRS: "EPSG:5899", Document: "BB 12/2026", Date: "2026-03-01",
		CRSFrom: "prj", Encoding: "tcvn3", By: "lan", Files: []change.File{{Name: "thua.shp", SHA256: "ab12", Size: 7, CRS: "EPSG:5899", Encoding: "tcvn3", Transform: "+proj=pipeline"}}}}
	p := w.add("parcels", rect(0, 0, 10, 20), attrs{"sheet_commune": t1("24784"), "commune": t1("24784"), "sheet": t1("12"), "number": t1("345"),
		"use": t1("ODT"), "area_registered": spatial.Float(199.5), "address": t1("5 Trần Phú")}) // 1
	p.Import = 1
	w.add("parcels", rect(-10, -10, 100, 100), attrs{"use": t1("CLN")}) // 2: under and around 1
	w.add("documents", nil, attrs{"code": t1("D1"), "number": t1("2221/QĐ-UBND"), "authority": t1("UBND tỉnh"), "date": spatial.Day("2014-10-23"), "status": t1("demo")})
	w.add("plans", rect(-500, -500, 1000, 1000), attrs{"code": t1("P"), "name": t1("Phân khu 1"), "legal_status": t1("inForce"), "document": t1("D1"), "level": t1("zoning")})
	w.add("zones", rect(-100, -100, 107, 400), attrs{"code": t1("A"), "plan": t1("P"), "use": t1("ODT"), "floors": spatial.Int(5), "density": spatial.Float(60), "status": t1("demo")})
	w.add("zones", rect(7, -100, 200, 400), attrs{"code": t1("B"), "plan": t1("P"), "use": t1("DGT"), "floors": spatial.Int(3), "status": t1("demo"), "article": t1("Điều 7")})
	w.add("zones", rect(-100, 19.95, 300, 300), attrs{"code": t1("C"), "plan": t1("P"), "floors": spatial.Int(1)}) // 0.25 % of parcel 1
	ward := w.add("wards", rect(-500, -500, 1000, 1000), attrs{"code": t1("24781"), "name": t1("Phường Xuân Hương – Đà Lạt")})
	ward.Valid.From = "2025-07-01"
	w.add("wards", rect(-500, -500, 1000, 1000), attrs{"code": t1("24784"), "name": t1("Phường 1"), "successor": t1("24781")})
	w.add("restrictions", rect(5, 5, 1, 1), attrs{"kind": t1("heritage"), "code": t1("H1")})
	w.add("restrictions", rect(400, 400, 1, 1), attrs{"kind": t1("water"), "code": t1("W1")})
	return w
}

func TestCard(t *testing.T) {
	w := newTown(t)
	v, c := w.view(spatial.TierPublic), New(Config{})
	card, err := c.At(v, w.lonLat(5, 10), "vi")
	if err != nil {
		t.Fatal(err)
	}
	if card.ID != "1" || len(card.Others) != 1 || card.Others[0] != "2" {
		t.Errorf("parcel %s, others %v: the smaller comes first", card.ID, card.Others)
	}
	r := card.Reference
	if *r.Commune != "24781" || *r.CommuneName != "Phường Xuân Hương – Đà Lạt" || *r.CommuneSince != "2025-07-01" || *r.SheetCommune != "24784" || *r.Sheet != "12" || *r.Number != "345" {
		t.Errorf("reference %+v", r)
	}
	if *card.Area.Computed != 200 || *card.Area.Registered != 199.5 || *card.Area.Difference != 0.5 || card.Area.Flag != "ok" {
		t.Errorf("area %v", card.Area)
	}
	l := card.Location
	if math.Abs(*l.Easting-(east+5)) > 0.01 || *l.CRS != "EPSG:5899" {
		t.Errorf("location %+v", l)
	}
	if len(card.Use) != 1 || *card.Use[0].Name != "Đất ở tại đô thị" || *card.Use[0].Area != 199.5 {
		t.Errorf("use %+v", card.Use)
	}
	f := card.Planning.Floors
	if f.Outcome != planning.Answered || *f.Max != 3 || *f.Because.Zone != "B" || *f.Because.Document.Number != "2221/QĐ-UBND" || f.Because.Share != 0.3 || *f.Because.Article != "Điều 7" {
		t.Errorf("floors %+v because %+v", f, f.Because)
	}
	if len(card.Planning.Zones) != 2 || *card.Planning.Zones[0].Code != "A" || *card.Planning.Zones[0].Area != 140 || *card.Planning.Zones[1].Area != 60 {
		t.Errorf("zones %+v", card.Planning.Zones)
	}
	if d := cmp.Diff([]string{"zoning", "heritage"}, card.Planning.Themes.Concerned); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"water"}, card.Planning.Themes.NotConcerned); d != "" {
		t.Error(d)
	}
	if s := card.Source; s.Dataset != nil || *s.SourceCRS != "EPSG:5899" || *s.Document != "BB 12/2026" || s.Shape != "surveyed" {
		t.Errorf("source %+v", s)
	}
}

// Whence a record came is told whole to staff; the public sees no name of a file or
// of a person.
func TestProvenance(t *testing.T) {
	w, c := newTown(t), New(Config{})
	for _, tier := range []spatial.Tier{spatial.TierPublic, spatial.TierOfficial, spatial.TierAll} {
		card, err := c.Card(w.view(tier), 1, "vi")
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(card.Source)
		if err != nil {
			t.Fatal(err)
		}
		if tier == spatial.TierPublic {
			if card.Source.Import != nil || strings.Contains(string(text), "lan") || strings.Contains(string(text), "thua") {
				t.Errorf("the public sees %s", text)
			}
			continue
		}
		p := card.Source.Import
		if p == nil || *card.Source.Dataset != "parcels:thua" || p.Name != "thua-2026" || *p.By != "lan" || *p.Encoding != "tcvn3" || *p.CRSFrom != "prj" || len(p.Files) != 1 || p.Files[0].SHA256 != "ab12" || p.Files[0].Transform != "+proj=pipeline" {
			t.Errorf("staff see %s", text)
		}
	}
	if card, err := c.Card(w.view(spatial.TierAll), 2, "vi"); err != nil || card.Source.Import != nil {
		t.Errorf("a record without an import: %+v, %v", card.Source.Import, err)
	}
}

// What is not known is null or an empty list, never left out.
func TestCardOfLittleKnown(t *testing.T) {
	w := &town{t: t}
	w.place = spatial.Place{Plane: srid}
	w.add("parcels", rect(0, 0, 10, 10), nil)
	card, err := New(Config{}).Card(w.view(spatial.TierPublic), 1, "en")
	if err != nil {
		t.Fatal(err)
	}
	if card.Planning.Floors.Outcome != planning.NoData || card.Planning.Floors.Max != nil || card.Area.Flag != "unregistered" {
		t.Errorf("%+v", card)
	}
	b, err := json.Marshal(card)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	for _, k := range []string{"code", "address"} {
		if v, there := m[k]; !there || v != nil {
			t.Errorf("%s is %v, there %v", k, v, there)
		}
	}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				walk(path+"."+k, x)
			}
		case nil:
			switch path { // a list that is null would break whoever walks it
			case ".others", ".use", ".planning.zones", ".planning.setbacks", ".planning.conversion", ".reference.aliases":
				t.Errorf("%s is null", path)
			}
		}
	}
	walk("", m)
}

func TestAtFindsNothing(t *testing.T) {
	w := newTown(t)
	v, c := w.view(spatial.TierPublic), New(Config{})
	if _, err := c.At(v, w.lonLat(500, 500), "vi"); spatial.CodeOf(err) != "parcel.none" {
		t.Errorf("inside the place: %v", err)
	}
	if _, err := c.At(v, orb.Point{105.85, 21.03}, "vi"); spatial.CodeOf(err) != "place.outside" {
		t.Errorf("Hanoi: %v", err)
	}
	if _, err := c.Card(v, 99, "vi"); spatial.CodeOf(err) != "parcel.unknown" {
		t.Errorf("no such id: %v", err)
	}
	if _, err := c.Card(w.view(0), 1, "vi"); spatial.CodeOf(err) != "parcel.unknown" {
		t.Errorf("no tier: %v", err)
	}
}

// A draft that the public may not see neither shows nor binds for the public.
func TestHiddenPlan(t *testing.T) {
	w := newTown(t)
	draft := w.add("plans", rect(-500, -500, 1000, 1000), attrs{"code": spatial.Text("DRAFT"), "legal_status": spatial.Text("draft")})
	draft.Access = spatial.Official
	w.add("zones", rect(-100, -100, 400, 400), attrs{"code": spatial.Text("X"), "plan": spatial.Text("DRAFT"), "floors": spatial.Int(1)})
	for tier, zones := range map[spatial.Tier]int{spatial.TierPublic: 2, spatial.TierOfficial: 3} {
		card, err := New(Config{}).Card(w.view(tier), 1, "vi")
		if err != nil {
			t.Fatal(err)
		}
		if f := card.Planning.Floors; len(card.Planning.Zones) != zones || *f.Max != 3 {
			t.Errorf("tier %b: %d zones, at most %v floors", tier, len(card.Planning.Zones), *f.Max)
		}
	}
}

// past answers dated reads with a town as it was.
type past struct{ *town }

func (p past) Get(_ context.Context, layer string, id uint64, _ spatial.AsOf) (spatial.Feature, error) {
	for _, f := range p.features {
		if f.Layer == layer && f.ID == id {
			return f, nil
		}
	}
	return spatial.Feature{}, &spatial.Error{Kind: spatial.NotFound, Code: "record.unknown"}
}

func (p past) Scan(_ context.Context, layer string, _ spatial.AsOf, box *orb.Bound, after uint64) iter.Seq2[spatial.Feature, error] {
	return func(yield func(spatial.Feature, error) bool) {
		for _, f := range p.features {
			if f.Layer == layer && f.ID > after && (box == nil || f.Display.Bound().Intersects(*box)) && !yield(f, nil) {
				return
			}
		}
	}
}

func TestDatedCard(t *testing.T) {
	then, now := newTown(t), newTown(t)
	then.features[0].Legal = rect(0, 0, 5, 20)
	then.features[0].Display, _ = crs.Display(then.features[0].Legal, srid)
	then.features[0].Area = 100
	card, err := New(Config{}).DatedCard(t.Context(), past{then}, now.view(spatial.TierPublic), 1, spatial.AsOf{On: "2024-01-01"}, "vi")
	if err != nil {
		t.Fatal(err)
	}
	if *card.Area.Computed != 100 || card.Area.Flag != "differs" || *card.Planning.Floors.Max != 5 {
		t.Errorf("area %v, floors %v", *card.Area.Computed, *card.Planning.Floors.Max)
	}
}

// What is hidden from the reader today was never there for them: neither the plan, nor
// what its zones say, nor the parcel. Of the neighbours of the day nothing is known.
func TestDatedCardKeepsSecrets(t *testing.T) {
	then, now := newTown(t), newTown(t)
	hide := func(layer string) {
		for i := range now.features {
			if now.features[i].Layer == layer {
				now.features[i].Access = spatial.Official
			}
		}
	}
	card := func() (Card, error) {
		return New(Config{}).DatedCard(t.Context(), past{then}, now.view(spatial.TierPublic), 1, spatial.AsOf{On: "2024-01-01"}, "vi")
	}
	open, err := card()
	if err != nil || len(open.Planning.Zones) == 0 || open.Planning.Floors.Max == nil {
		t.Fatal(err, open.Planning.Zones)
	}
	hide("plans")
	shut, err := card()
	if err != nil || shut.Planning.Floors.Max != nil || len(shut.Planning.Zones) != 0 {
		t.Errorf("a plan that is hidden today shows on another day: %v, %+v", err, shut.Planning.Zones)
	}
	hide("parcels")
	if _, err := card(); spatial.CodeOf(err) != "parcel.unknown" {
		t.Errorf("a parcel that is hidden today: %v", err)
	}
}

func BenchmarkCard(b *testing.B) {
	w := newTown(b)
	v, c := w.view(spatial.TierPublic), New(Config{})
	p := w.lonLat(5, 10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.At(v, p, "vi"); err != nil {
			b.Fatal(err)
		}
	}
}

// The card asks the rules that hold at its place, in its language, and knows how much
// of the parcel a restriction covers.
func TestCardByRules(t *testing.T) {
	w := newTown(t)
	half := func(code string, x, width float64, floors int64, plan string) {
		w.add("restrictions", rect(x, 0, width, 20), attrs{"kind": spatial.Text("view"), "code": spatial.Text(code), "floors": spatial.Int(floors),
			"document": spatial.Text("D1"), "article": spatial.Text("Điều 9"), "status": spatial.Text("demo"), "plan": spatial.Text(plan)})
	}
	half("V1", 0, 4, 2, "")
	half("V2", 9.97, 5, 0, "") // 0.3 % of the parcel: noise
	hidden := w.add("plans", rect(-500, -500, 1000, 1000), attrs{"code": spatial.Text("HIDDEN"), "legal_status": spatial.Text("inForce")})
	hidden.Access = spatial.Official
	half("V3", 0, 10, 1, "HIDDEN")
	forty := 40.0
	pack := planning.Pack{ID: "test", Rules: []planning.Rule{{Code: "R1", Title: spatial.Name{VI: "Mật độ", EN: "Density"}, Limits: "density", Status: "verified",
		When: []planning.Condition{{Input: "commune", In: []string{"24781"}}, {Input: "use", In: []string{"ODT"}}}, Value: planning.Expression{Number: &forty}}}}
	rules, err := planning.Compile([]planning.Pack{pack})
	if err != nil {
		t.Fatal(err)
	}
	c := New(Config{Rules: func(p spatial.Place, _ spatial.Date, _ []planning.Loaded) planning.Rules {
		if p.Name.EN != "Da Lat" {
			t.Errorf("rules of %v", p.Name)
		}
		return rules
	}})
	card, err := c.Card(w.view(spatial.TierPublic), 1, "en")
	if err != nil {
		t.Fatal(err)
	}
	d := card.Planning.Density
	if *d.Max != 40 || d.Because.Rule != "R1" || d.Because.Title != "Density" || *d.Because.Pack != "test" || *d.Status != "verified" || d.AlsoConsidered[0].Max != 60 {
		t.Errorf("density %+v because %+v", d, d.Because)
	}
	f := card.Planning.Floors
	if *f.Max != 2 || f.Because.Rule != "restriction" || *f.Because.Restriction != "V1" || f.Because.Share != 0.4 || *f.Because.Document.Number != "2221/QĐ-UBND" || *f.Because.Article != "Điều 9" {
		t.Errorf("floors %+v because %+v", f, f.Because)
	}
	if last := f.Parts[len(f.Parts)-1]; len(f.Parts) != 3 || *last.Restriction != "V1" || last.Area != 80 || *last.Max != 2 {
		t.Errorf("parts %+v", f.Parts)
	}
}
