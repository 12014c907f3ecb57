package desk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/importers"
	"github.com/langbiang/langbiang/importers/desk"
	"github.com/langbiang/langbiang/importers/textenc"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

// The south-west corner of what is handed over, metres in EPSG:5899.
const (
	east  = 575000.0
	north = 1320000.0
)

type room struct {
	*testing.T
	desk  *desk.Desk
	store *sqlite.Store
	dir   string
	mu    sync.Mutex
	now   time.Time
}

var (
	lan = desk.Owner{ID: 7, Name: "lan", Tier: spatial.TierOfficial}
	an  = desk.Owner{ID: 8, Name: "an", Tier: spatial.TierOfficial}
)

func (r *room) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *room) step(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func open(t *testing.T, more func(*desk.Config, *spatial.Place)) *room {
	t.Helper()
	r := &room{T: t, dir: t.TempDir(), now: time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
	var err error
	if r.store, err = sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "s.gpkg"), store.Config{Layers: city.Layers()}); err != nil {
		t.Fatal(err)
	}
	place := spatial.Place{Name: spatial.Name{VI: "Đà Lạt"}, Plane: 5899, TimeZone: "Asia/Ho_Chi_Minh", Bounds: orb.Bound{Min: orb.Point{108.35, 11.85}, Max: orb.Point{108.55, 12.05}}}
	n := 0
	cfg := desk.Config{Store: r.store, Dir: r.dir, Now: r.clock, NewID: func() string { n++; return "d" + strconv.Itoa(n) }}
	if more != nil {
		more(&cfg, &place)
	}
	if _, err := r.store.SetPlace(t.Context(), change.Commit{By: "test", Today: "2026-03-01"}, place); err != nil {
		t.Fatal(err)
	}
	r.desk = desk.New(cfg)
	t.Cleanup(func() {
		r.desk.Close()
		if left := r.folders(); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// folders are those that deliveries have.
func (r *room) folders() []string {
	r.Helper()
	es, err := os.ReadDir(r.dir)
	if err != nil {
		r.Fatal(err)
	}
	var out []string
	for _, e := range es {
		out = append(out, e.Name())
	}
	return out
}

// lay hands one file over.
func (r *room) lay(who desk.Owner, name string, body []byte, c desk.Choice) desk.Staged {
	r.Helper()
	tray, err := r.desk.Receive(r.Context(), who)
	if err != nil {
		r.Fatal(err)
	}
	defer tray.Abandon()
	if err := tray.Add(name, bytes.NewReader(body)); err != nil {
		r.Fatal(err)
	}
	s, err := tray.Lay(c)
	if err != nil {
		r.Fatal(err)
	}
	return s
}

func (r *room) settled(who desk.Owner, id string, want desk.State) desk.Staged {
	r.Helper()
	s, err := r.desk.Settled(r.Context(), who, id)
	if err != nil {
		r.Fatal(err)
	}
	if s.State != want {
		r.Fatalf("state %s, not %s: %v", s.State, want, s.Err)
	}
	return s
}

func refused(t *testing.T, err error, kind spatial.Kind, code string) {
	t.Helper()
	if spatial.KindOf(err) != kind || spatial.CodeOf(err) != code {
		t.Errorf("%v (%s %s), not %s %s", err, spatial.KindOf(err), spatial.CodeOf(err), kind, code)
	}
}

// plots are parcels of 20 × 20 m in a row, as GeoJSON in a plane.
func plots(epsg int, x float64, sheet string, n int) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::%d"}},"features":[`, epsg)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		e, s := east+x+20*float64(i), north
		fmt.Fprintf(&b, `{"type":"Feature","properties":{"MAXA":"24808","SOTO":"%s","SOTHUA":"%d","chusudung":"Nguyễn Văn A"},"geometry":{"type":"Polygon","coordinates":[[[%g,%g],[%g,%g],[%g,%g],[%g,%g],[%g,%g]]]}}`,
			sheet, i+1, e, s, e+20, s, e+20, s+20, e, s+20, e, s)
	}
	b.WriteString("]}")
	return []byte(b.String())
}

func (r *room) parcels() map[int64]int {
	r.Helper()
	out := map[int64]int{}
	for f, err := range r.store.Scan(r.Context(), "parcels", spatial.AsOf{}, nil, 0) {
		if err != nil {
			r.Fatal(err)
		}
		out[f.Import]++
	}
	return out
}

// A delivery is looked at, applied, and a second one shows what it would change.
func TestADeliveryIsLookedAtAndApplied(t *testing.T) {
	r := open(t, nil)
	s := r.lay(lan, "to12.geojson", plots(5899, 0, "12", 3), desk.Choice{Layer: "parcels", Document: "BB 1"})
	if s.State != desk.Planning {
		t.Fatalf("%+v", s)
	}
	s = r.settled(lan, s.ID, desk.Ready)
	p := s.Plan
	if c := p.Report.Counts; c.Read != 3 || c.Added != 3 || p.Report.Name != "to12" || p.Report.CRS != "EPSG:5899" || !p.Report.DryRun {
		t.Fatalf("%+v", p.Report)
	}
	if len(r.parcels()) != 0 {
		t.Fatal("something was written")
	}
	var preview struct {
		Features []struct{ Properties map[string]any }
	}
	if err := json.Unmarshal(p.Preview, &preview); err != nil || len(preview.Features) != 3 || p.Shown.Rows != 3 || p.Shown.Of != 3 {
		t.Fatalf("%v %+v %s", err, p.Shown, p.Preview)
	}
	if len(p.Examples) != 3 || p.Examples[0].Kind != desk.Added || p.Examples[0].Key != "24808/12/1" || p.Examples[0].At == nil {
		t.Fatalf("%+v", p.Examples)
	}
	if b := fmt.Sprintf("%+v %s", p.Sight.Text, p.Preview); strings.Contains(b, "Nguyễn") {
		t.Errorf("a person is shown: %s", b)
	}

	if _, err := r.desk.Apply(lan, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "zones"}); err == nil {
		t.Error("read another way while it is written")
	}
	s = r.settled(lan, s.ID, desk.Applied)
	if s.Report.Import == 0 || s.Report.Counts.Added != 3 || s.Report.DryRun || r.parcels()[s.Report.Import] != 3 {
		t.Fatalf("%+v", s.Report)
	}
	_, err := r.desk.Apply(lan, s.ID)
	refused(t, err, spatial.Conflict, "staged.state")
	all, err := r.store.Imports(t.Context())
	if err != nil || len(all) != 1 || all[0].By != "lan" || all[0].Document != "BB 1" || all[0].Name != "to12" {
		t.Fatalf("%+v %v", all, err)
	}

	later := r.lay(lan, "to12.geojson", plots(5899, 0.5, "12", 2), desk.Choice{Layer: "parcels"})
	later = r.settled(lan, later.ID, desk.Ready)
	if c := later.Plan.Report.Counts; c.Changed != 2 || c.Gone != 1 || later.Plan.Report.Name != "to12-2" {
		t.Fatalf("%+v", later.Plan.Report)
	}
	kinds := ""
	for _, e := range later.Plan.Examples {
		kinds += string(e.Kind) + strconv.FormatBool(e.Shape) + " "
		if e.ID == 0 || e.At == nil || e.Kind == desk.Gone && e.Key != "24808/12/3" {
			t.Errorf("%+v", e)
		}
	}
	if kinds != "changedtrue changedtrue gonefalse " {
		t.Error(kinds)
	}
	if _, err := r.desk.Undo(t.Context(), lan, "to12"); err != nil {
		t.Fatal(err)
	}
	if len(r.parcels()) != 0 {
		t.Error("not taken back")
	}
}

// Data of another zone: the guard speaks, what each zone would make of it is told,
// and the right one is chosen without another upload, also against the file's word.
func TestAnotherZoneIsChosen(t *testing.T) {
	r := open(t, nil)
	s := r.lay(lan, "a.geojson", plots(9218, 0, "1", 2), desk.Choice{Layer: "parcels"})
	s = r.settled(lan, s.ID, desk.Refused)
	refused(t, s.Err, spatial.Invalid, "crs.wrongPlace")
	var right, said bool
	for i, l := range s.Plan.Sight.Landings {
		if i == 0 && l.System.SRID == 5899 && l.Inside && !l.Said && !l.Swapped {
			right = true
		}
		if l.System.SRID == 9218 && l.Said && !l.Inside && l.Middle[0] > 109 && len(l.Outline[0]) == 5 {
			said = true
		}
	}
	if !right || !said {
		t.Fatalf("%+v", s.Plan.Sight.Landings)
	}
	_, err := r.desk.Apply(lan, s.ID)
	refused(t, err, spatial.Conflict, "staged.state")

	if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "parcels", CRS: "EPSG:5899"}); err != nil {
		t.Fatal(err)
	}
	s = r.settled(lan, s.ID, desk.Refused)
	refused(t, s.Err, spatial.Invalid, "crs.contradiction")
	if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "parcels", CRS: "EPSG:5899", Insist: true}); err != nil {
		t.Fatal(err)
	}
	s = r.settled(lan, s.ID, desk.Ready)
	if rep := s.Plan.Report; rep.CRS != "EPSG:5899" || rep.CRSFrom != "declared" || rep.Counts.Findings["crs.insisted"] != 1 || rep.Counts.Added != 2 {
		t.Fatalf("%+v", rep)
	}
	if _, err := r.desk.Apply(lan, s.ID); err != nil {
		t.Fatal(err)
	}
	r.settled(lan, s.ID, desk.Applied)
	for f, err := range r.store.Scan(t.Context(), "parcels", spatial.AsOf{}, nil, 0) {
		if err != nil || f.SRID != 5899 || f.Display.Bound().Min[0] > 108.5 {
			t.Fatalf("%+v %v", f, err)
		}
	}
}

// A table whose columns are in northing, easting order of an unknown plane says so.
func TestSwappedAxesAreTold(t *testing.T) {
	r := open(t, nil)
	swapped := []byte(`{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::5899"}},"features":[{"type":"Feature","properties":{"code":"a"},"geometry":{"type":"Point","coordinates":[1320000,575000]}}]}`)
	s := r.lay(lan, "p.geojson", swapped, desk.Choice{Layer: "places"})
	s = r.settled(lan, s.ID, desk.Refused)
	refused(t, s.Err, spatial.Invalid, "crs.northingFirst")
	if !slices.ContainsFunc(s.Plan.Sight.Landings, func(l importers.Landing) bool { return l.Swapped && l.Inside && l.System.SRID == 5899 }) {
		t.Errorf("%+v", s.Plan.Sight.Landings)
	}
	if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "places", CRS: "EPSG:5899", NorthingFirst: true}); err != nil {
		t.Fatal(err)
	}
	if s = r.settled(lan, s.ID, desk.Ready); s.Plan.Report.Counts.Added != 1 {
		t.Errorf("%+v", s.Plan.Report.Counts)
	}
}

// Old Vietnamese text is shown in every encoding, without what is about a person.
func TestTextIsReadInEveryEncoding(t *testing.T) {
	r := open(t, nil)
	// "Hồ Xuân Hương" and an owner, in TCVN3.
	csv := []byte("code,name,chu so huu,lon,lat\n1,H\xe5 Xu\xa9n H\xad\xacng,Nguy\xd4n V\xa8n Sang,108.44,11.94\n2,Th\xb8c Cam Ly,L\xaa Th\xde B\xd7,108.42,11.95\n")
	s := r.lay(lan, "d.csv", csv, desk.Choice{Layer: "places"})
	s = r.settled(lan, s.ID, desk.Ready)
	x := s.Plan.Sight.Text
	if x.Detected != textenc.TCVN3 || x.Chosen != textenc.TCVN3 || x.Sure <= 0 || len(x.Readings) != len(textenc.Names()) {
		t.Fatalf("%+v", x)
	}
	for _, y := range x.Readings {
		if y.Encoding == textenc.TCVN3 && (y.Failed != 0 || !slices.Equal(y.Texts, []string{"Hồ Xuân Hương", "Thác Cam Ly"})) {
			t.Errorf("%+v", y)
		}
		if strings.Contains(strings.Join(y.Texts, " "), "Sang") {
			t.Errorf("a person's name is shown: %+v", y)
		}
	}
	if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "places", Encoding: textenc.CP1252}); err != nil {
		t.Fatal(err)
	}
	s = r.settled(lan, s.ID, desk.Ready)
	if s.Plan.Sight.Text.Chosen != textenc.CP1252 || s.Choice.Encoding != textenc.CP1252 {
		t.Errorf("%+v", s.Plan.Sight.Text)
	}
}

func TestNobodyElseSeesADelivery(t *testing.T) {
	r := open(t, nil)
	s := r.lay(lan, "a.geojson", plots(5899, 0, "1", 1), desk.Choice{Layer: "parcels"})
	r.settled(lan, s.ID, desk.Ready)
	for _, who := range []desk.Owner{an, {}} {
		_, err := r.desk.Get(who, s.ID)
		refused(t, err, spatial.NotFound, "staged.unknown")
		_, err = r.desk.Preview(who, s.ID)
		refused(t, err, spatial.NotFound, "staged.unknown")
		_, err = r.desk.Findings(who, s.ID)
		refused(t, err, spatial.NotFound, "staged.unknown")
		_, err = r.desk.Apply(who, s.ID)
		refused(t, err, spatial.NotFound, "staged.unknown")
		_, err = r.desk.Choose(who, s.ID, desk.Choice{})
		refused(t, err, spatial.NotFound, "staged.unknown")
		refused(t, r.desk.Discard(who, s.ID), spatial.NotFound, "staged.unknown")
		if l := r.desk.List(who); len(l) != 0 {
			t.Errorf("%+v", l)
		}
	}
	if l := r.desk.List(lan); len(l) != 1 || l[0].ID != s.ID {
		t.Errorf("%+v", l)
	}
	if err := r.desk.Discard(lan, s.ID); err != nil || len(r.folders()) != 0 {
		t.Error(err, r.folders())
	}
}

// What was applied does not stand in the way of what comes.
func TestWhatIsAppliedMakesRoom(t *testing.T) {
	r := open(t, func(c *desk.Config, _ *spatial.Place) { c.Own = 1 })
	for i := range 3 {
		s := r.lay(lan, "a.geojson", plots(5899, 100*float64(i), strconv.Itoa(i), 1), desk.Choice{Layer: "parcels", Name: strconv.Itoa(i)})
		r.settled(lan, s.ID, desk.Ready)
		if _, err := r.desk.Receive(t.Context(), lan); err == nil {
			t.Fatal("what waits was thrown away")
		}
		if _, err := r.desk.Apply(lan, s.ID); err != nil {
			t.Fatal(err)
		}
		r.settled(lan, s.ID, desk.Applied)
	}
	if len(r.parcels()) != 3 || len(r.folders()) != 1 {
		t.Errorf("%v %v", r.parcels(), r.folders())
	}
}

// Two editors press apply at the same moment: both are in, each whole.
func TestTwoAtOnceDoNotMix(t *testing.T) {
	r := open(t, nil)
	const n = 400
	one := r.lay(lan, "one.geojson", plots(5899, 0, "1", n), desk.Choice{Layer: "parcels"})
	two := r.lay(an, "two.geojson", plots(5899, 20*n, "2", n), desk.Choice{Layer: "parcels"})
	r.settled(lan, one.ID, desk.Ready)
	r.settled(an, two.ID, desk.Ready)
	for who, id := range map[desk.Owner]string{lan: one.ID, an: two.ID} {
		if _, err := r.desk.Apply(who, id); err != nil {
			t.Fatal(err)
		}
	}
	a, b := r.settled(lan, one.ID, desk.Applied).Report, r.settled(an, two.ID, desk.Applied).Report
	if got := r.parcels(); got[a.Import] != n || got[b.Import] != n || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if a.Last >= b.First && b.Last >= a.First {
		t.Errorf("their revisions mix: %d–%d and %d–%d", a.First, a.Last, b.First, b.Last)
	}
}

// What is chosen last counts, however many readings were begun before.
func TestTheLastChoiceCounts(t *testing.T) {
	r := open(t, nil)
	s := r.lay(lan, "a.geojson", plots(5899, 0, "1", 200), desk.Choice{Layer: "parcels"})
	for i := range 20 {
		if _, err := r.desk.Choose(lan, s.ID, desk.Choice{Layer: "parcels", Name: "n" + strconv.Itoa(i)}); err != nil {
			t.Fatal(err)
		}
	}
	s = r.settled(lan, s.ID, desk.Ready)
	if s.Plan.Report.Name != "n19" || s.Choice.Name != "n19" {
		t.Errorf("%s %+v", s.Plan.Report.Name, s.Choice)
	}
}

func TestRowsLeftOutCanBeMended(t *testing.T) {
	r := open(t, nil)
	body := plots(5899, 0, "1", 2)
	body = bytes.Replace(body, []byte(`"SOTHUA":"2"`), []byte(`"SOTHUA":"2","x":1`), 1)
	body = bytes.Replace(body, []byte(`"features":[`), []byte(`"features":[{"type":"Feature","properties":{"SOTO":"1","SOTHUA":"9","chusudung":"Nguyễn Văn B"},"geometry":null},`), 1)
	s := r.lay(lan, "to1.geojson", body, desk.Choice{Layer: "parcels"})
	s = r.settled(lan, s.ID, desk.Ready)
	if s.Plan.Report.Counts.Quarantined != 1 {
		t.Fatalf("%+v", s.Plan.Report)
	}
	rows := func(who desk.Owner, id string) string {
		f, name, err := r.desk.Quarantine(who, id)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		b, err := io.ReadAll(f)
		if err != nil || name != "to1.quarantine.geojsonl" || strings.Contains(string(b), "Nguyễn") || strings.Count(string(b), "\n") != 1 {
			t.Fatalf("%s %v %s", name, err, b)
		}
		return string(b)
	}
	if !strings.Contains(rows(lan, s.ID), `"SOTHUA":"9"`) {
		t.Error("another row")
	}
	if _, err := r.desk.Apply(lan, s.ID); err != nil {
		t.Fatal(err)
	}
	r.settled(lan, s.ID, desk.Applied)
	rows(lan, s.ID)
	clean := r.lay(lan, "b.geojson", plots(5899, 500, "3", 1), desk.Choice{Layer: "parcels"})
	r.settled(lan, clean.ID, desk.Ready)
	_, _, err := r.desk.Quarantine(lan, clean.ID)
	refused(t, err, spatial.NotFound, "staged.noRows")
}

func TestADemonstrationTakesNothing(t *testing.T) {
	r := open(t, func(_ *desk.Config, p *spatial.Place) { p.Demo = true })
	_, err := r.desk.Receive(t.Context(), lan)
	refused(t, err, spatial.Conflict, "store.demo")
}
