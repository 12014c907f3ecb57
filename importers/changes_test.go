package importers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/postgis"
	"github.com/langbiang/langbiang/store/postgis/pgtest"
)

// eachStore runs a test on the embedded store and on PostGIS.
func eachStore(t *testing.T, test func(t *testing.T, s undoable)) {
	t.Run("sqlite", func(t *testing.T) { test(t, open(t)) })
	t.Run("postgis", func(t *testing.T) {
		pg, err := postgis.OpenWith(t.Context(), pgtest.New(t), store.Config{Layers: city.Layers()}, postgis.Options{Migrate: true})
		if err != nil {
			t.Fatal(err)
		}
		defer pg.Close()
		test(t, pg)
	})
}

// What a delivery changes is told before anything is written: which fields, how far
// vertices moved, examples of each kind. What is then applied is that and no other.
func TestDifference(t *testing.T) {
	eachStore(t, func(t *testing.T, s undoable) {
		dir := t.TempDir()
		use := func(number, use string) string {
			return lot("MAXA", "24808", "SHBANDO", "1", "SHTHUA", number, "KHLOAIDAT", use)
		}
		path := write(t, dir, "lots.geojson", collection(crs5899, plot(0, 0, 10, 20, use("1", "ODT")), plot(10, 0, 10, 20, use("2", "ODT")),
			plot(20, 0, 10, 20, use("3", "ODT")), plot(30, 0, 10, 20, use("4", "CLN"))))
		req := Request{Layer: "parcels", Files: []string{path}}
		first := mustRun(t, s, req)
		if d := first.Difference; len(d.Examples) != 4 || d.Examples[0].Kind != Added || d.Examples[0].Reference != "24808/1/1" || d.Examples[0].At == nil || d.Digest == "" {
			t.Fatalf("%+v", d)
		}
		again := mustRun(t, s, req)
		if diff := cmp.Diff(Difference{}, again.Difference); diff != "" {
			t.Fatal("the same file again:", diff)
		}

		// 1 the same; 2 another use; 3 a corner moved by 0.3 m and 0.4 m, and a use; 4 gone; 5 new.
		corner := feature(`{"type":"Polygon","coordinates":[[[575020,1320000],[575030,1320000],[575030.3,1320020.4],[575020,1320020],[575020,1320000]]]}`, use("3", "TMD"))
		write(t, dir, "lots.geojson", collection(crs5899, plot(0, 0, 10, 20, use("1", "ODT")), plot(10, 0, 10, 20, use("2", "TMD")), corner, plot(50, 0, 10, 20, use("5", "ODT"))))
		dry := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, DryRun: true})
		counts(t, dry, 4, 1, 2, 1, 1, 0)
		d := dry.Difference
		if d.Shapes != 1 || d.Compared != 2 || d.Moved < 0.3 || d.Moved > 0.501 {
			t.Fatalf("%+v", d)
		}
		if diff := cmp.Diff(map[string]int{"use": 2}, d.Fields); diff != "" {
			t.Fatal(diff)
		}
		byKind := map[string][]string{}
		for _, e := range d.Examples {
			byKind[e.Kind] = append(byKind[e.Kind], e.Reference)
			if e.Reference == "24808/1/2" && (e.Shape || !slices.Equal(e.Fields, []FieldChange{{"use", "ODT", "TMD"}})) {
				t.Fatalf("%+v", e)
			}
			if e.Reference == "24808/1/3" && (!e.Shape || e.Moved != d.Moved || e.Before != 200 || e.After <= 200) {
				t.Fatalf("%+v", e)
			}
		}
		if diff := cmp.Diff(map[string][]string{Added: {"24808/1/5"}, Changed: {"24808/1/2", "24808/1/3"}, Gone: {"24808/1/4"}}, byKind); diff != "" {
			t.Fatal(diff)
		}
		var text, page bytes.Buffer
		if err := errors.Join(dry.WriteText(&text, "en", nil), dry.WriteHTML(&page, nil, nil)); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"use 2", "24808/1/2; use ODT → TMD", d.Digest} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("the summary lacks %q:\n%s", want, text.String())
			}
		}
		if !strings.Contains(page.String(), "ODT → TMD") || !strings.Contains(page.String(), d.Digest) {
			t.Error("the page lacks the difference")
		}

		// Somebody edits the file after it was seen: nothing is written.
		seen := d.Digest
		write(t, dir, "lots.geojson", collection(crs5899, plot(0, 0, 10, 20, use("1", "CLN")), plot(10, 0, 10, 20, use("2", "TMD")), corner, plot(50, 0, 10, 20, use("5", "ODT"))))
		_, err := Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}, Expect: seen})
		refused(t, err, spatial.Conflict, "import.otherDifference")
		if n := len(present(t, s, "parcels", "")); n != 4 {
			t.Fatalf("%d parcels after a refusal", n)
		}
		write(t, dir, "lots.geojson", collection(crs5899, plot(0, 0, 10, 20, use("1", "ODT")), plot(10, 0, 10, 20, use("2", "TMD")), corner, plot(50, 0, 10, 20, use("5", "ODT"))))
		rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Expect: seen})
		counts(t, rep, 4, 1, 2, 1, 1, 0)
		if diff := cmp.Diff(d, rep.Difference); diff != "" {
			t.Fatal("what was applied is not what was seen:", diff)
		}
	})
}

// Two imports of one dataset at once: one is applied whole, the other is refused or
// finds nothing to do. Two of different datasets are both applied whole, and each is
// taken back by itself.
func TestTwoAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, s undoable) {
		dir := t.TempDir()
		town := func(name string, x0 float64) string {
			var all []string
			for i := range 300 {
				all = append(all, plot(x0+float64(10*(i%20)), float64(20*(i/20)), 10, 20, lot("MAXA", name, "SHBANDO", "1", "SHTHUA", fmt.Sprint(i+1))))
			}
			return collection(crs5899, all...)
		}
		a, b := write(t, dir, "a.geojson", town("1", 0)), write(t, dir, "b.geojson", town("2", 1000))
		mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "place.geojson", collection(crs5899, plot(-100, -100, 3000, 3000, `{}`)))}})
		for range 3 {
			var wait sync.WaitGroup
			errs := make([]error, 4)
			for i, path := range []string{a, a, b, b} {
				wait.Go(func() { _, errs[i] = Run(context.Background(), s, Request{Layer: "parcels", Files: []string{path}}) })
			}
			wait.Wait()
			for _, err := range errs {
				if code := spatial.CodeOf(err); err != nil && code != "import.exists" && code != "store.busy" {
					t.Fatal(err)
				}
			}
			count := map[string]int{}
			for _, f := range present(t, s, "parcels", "") {
				count[strings.SplitN(f.Key, "/", 2)[0]]++
			}
			if count["1"] != 300 || count["2"] != 300 {
				t.Fatalf("%v, %v", count, errs)
			}
			all, err := s.Imports(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if last := all[len(all)-1]; last.Counts.Added != 300 {
				t.Fatalf("%+v", last.Counts)
			}
			// Back to none, in an order of its own.
			for _, i := range all[1:] {
				if i.Undone == 0 {
					if err := undo(s, i.Name); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n := len(present(t, s, "parcels", "")); n != 1 {
				t.Fatalf("%d parcels after both undos", n)
			}
		}
	})
}

// How far vertices came is measured to the outline: one put in on a straight side
// moved nothing.
func TestMoved(t *testing.T) {
	plot := orb.Polygon{{{0, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}
	for _, c := range []struct {
		name string
		is   orb.Geometry
		want float64
	}{
		{"the same", plot, 0},
		{"a vertex more", orb.Polygon{{{0, 0}, {5, 0}, {10, 0}, {10, 10}, {0, 10}, {0, 0}}}, 0},
		{"a corner out", orb.Polygon{{{0, 0}, {10, 0}, {13, 14}, {0, 10}, {0, 0}}}, 5},
		{"all aside", orb.Polygon{{{2, 0}, {12, 0}, {12, 10}, {2, 10}, {2, 0}}}, 2},
		{"a hole", orb.Polygon{plot[0], {{4, 4}, {4, 6}, {6, 6}, {6, 4}, {4, 4}}}, 4},
		{"nothing", nil, 0},
	} {
		if got := moved(plot, 5899, c.is, 5899); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if got := moved(orb.Point{575000, 1320000}, 5899, orb.Point{575000, 1320000.25}, 5899); got != 0.25 {
		t.Errorf("a point: %v", got)
	}
}

// A row with an error is exported, mended, and comes in as a part of its dataset.
func TestQuarantineMended(t *testing.T) {
	eachStore(t, func(t *testing.T, s undoable) {
		dir := t.TempDir()
		cross := feature(`{"type":"Polygon","coordinates":[[[575100,1320000],[575110,1320020],[575110,1320000],[575100,1320010],[575100,1320000]]]}`, ref("1", "2"))
		path := write(t, dir, "lots.geojson", collection(crs5899, plot(0, 0, 10, 20, ref("1", "1")), cross))
		file := filepath.Join(dir, "lots.quarantine.geojsonl")
		rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{path}, Quarantine: file})
		counts(t, rep, 2, 1, 0, 0, 0, 1)
		if rep.Status() != StatusQuarantined || rep.Quarantine != "lots.quarantine.geojsonl" {
			t.Fatalf("%+v", rep)
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(kept)
		if !strings.Contains(text, `"lb_code":"ring.selfCrossing"`) || !strings.Contains(text, `"lb_row":2`) || strings.Count(text, "\n") != 1 {
			t.Fatal(text)
		}
		write(t, dir, "lots.quarantine.geojsonl", strings.Replace(text, "[[575100,1320000],[575110,1320020],[575110,1320000],[575100,1320010],[575100,1320000]]", "[[575100,1320000],[575110,1320000],[575110,1320020],[575100,1320020],[575100,1320000]]", 1))
		rep = mustRun(t, s, Request{Layer: "parcels", Files: []string{file}})
		counts(t, rep, 1, 1, 0, 0, 0, 0)
		if fs := present(t, s, "parcels", ""); len(fs) != 2 || fs[1].Key != "24808/1/2" || rep.Dataset != "parcels:lots" {
			t.Fatalf("%+v %s", fs, rep.Dataset)
		}
		// As browsers call what they save a second time.
		mended, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"lots.quarantine (1).geojsonl", "lots.quarantine(12).geojsonl", "lots.quarantine-2.geojsonl"} {
			rep := mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, name, string(mended))}})
			if counts(t, rep, 1, 0, 0, 1, 0, 0); rep.Dataset != "parcels:lots" || !rep.Partial {
				t.Fatalf("%s: %s, partial %t", name, rep.Dataset, rep.Partial)
			}
		}
		if other := mustRun(t, s, Request{Layer: "parcels", Files: []string{write(t, dir, "lots.quarantine mai.geojsonl", string(mended))}, DryRun: true}); other.Dataset == "parcels:lots" {
			t.Fatalf("%s", other.Dataset)
		}
	})
}
