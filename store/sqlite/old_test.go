package sqlite_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
)

var update = flag.Bool("update", false, "make the stored database of the present schema anew")

// oldFiles are the databases of the schemas, the newest last. A later schema gets a
// file of its own beside them; one is never made anew once the schema has moved on.
func oldFiles() []string { return []string{"testdata/schema1.gpkg.gz", "testdata/schema2.gpkg.gz"} }

// oldLayers are the layers it was made with. They stay as they were then.
func oldLayers() []spatial.Layer {
	low, high := -5.0, 1000.0
	name := spatial.Field{Name: "name", Type: spatial.TypeText, Title: spatial.Name{VI: "Tên", EN: "Name"}}
	return []spatial.Layer{
		{Name: "things", Title: spatial.Name{VI: "Vật", EN: "Things"}, Shape: spatial.Polygons, Key: []string{"name"}, Fields: []spatial.Field{
			name, {Name: "kind", Type: spatial.TypeText, OneOf: []string{"a", "it's"}}, {Name: "flag", Type: spatial.TypeBool}, {Name: "big", Type: spatial.TypeInt},
			{Name: "floors", Type: spatial.TypeInt, Min: &low, Max: &high, Access: spatial.Official}, {Name: "ratio", Type: spatial.TypeFloat, Unit: "%"},
			{Name: "width", Type: spatial.TypeFloat}, {Name: "day", Type: spatial.TypeDate}, {Name: "seen", Type: spatial.TypeTime}}},
		{Name: "notes", Title: spatial.Name{VI: "Ghi chú", EN: "Notes"}, Shape: spatial.NoShape, Fields: []spatial.Field{name, {Name: "seen", Type: spatial.TypeTime}}},
	}
}

// makeOld fills a store with one of everything.
func makeOld(t *testing.T, path string) {
	t.Helper()
	now := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	cfg := store.Config{Layers: oldLayers(), Now: func() time.Time { now = now.Add(time.Second); return now }}
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, cfg)
	if err != nil {
		t.Fatal(err)
	}
	c := change.Commit{By: "old", Today: "2026-03-01"}
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SetPlace(ctx, c, spatial.Place{Name: spatial.Name{VI: "Đà Lạt", EN: "Da Lat"}, Plane: 5899, Bounds: orb.Bound{Min: orb.Point{108.3, 11.8}, Max: orb.Point{108.6, 12.1}}, TimeZone: "Asia/Ho_Chi_Minh"}))
	must(s.AddLayer(ctx, c, spatial.Layer{Name: "trees", Shape: spatial.Points, Fields: []spatial.Field{{Name: "kind", Type: spatial.TypeText, OneOf: []string{"thông"}}}}))
	f := spatial.Feature{Layer: "things", Legal: parcel(1).Legal, SRID: 5899, Display: parcel(1).Display, Area: 405.1875, Key: "24781.1.1", Access: spatial.Official, Extra: `{"a":1}`, Derived: true,
		Values: []spatial.Value{spatial.Text("Hồ Xuân Hương"), spatial.Text("it's"), spatial.Bool(true), spatial.Int(-3), {}, spatial.Float(0.1), spatial.Float(7), spatial.Day("2025-07-01"), spatial.Time(now)}}
	im := c
	im.Import = &change.Import{Name: "đợt 1", Dataset: "địa chính", Layer: "things", Files: []change.File{{Name: "a.shp", SHA256: "ab", Size: 3}}, Counts: change.Counts{Read: 2, Added: 2}, Date: "2026-01-01"}
	must(s.Apply(ctx, im, seqOf([]change.Op{{Verb: change.Create, Feature: f}, note("một")})))
	f.ID, f.Valid.From = 1, ""
	child := change.Op{Verb: change.Create, Feature: f, Parents: []uint64{1}}
	child.Feature.ID = 0
	tree := spatial.Feature{Layer: "trees", Display: orb.Point{108.44, 11.94}, Legal: orb.Point{575187.164, 1320566.863}, SRID: 5899, Values: []spatial.Value{spatial.Text("thông")}}
	must(s.Apply(ctx, c, seqOf([]change.Op{{Verb: change.Update, Feature: f, From: "2026-04-01"}, child, {Verb: change.Create, Feature: tree},
		{Verb: change.Retire, Feature: spatial.Feature{Layer: "notes", ID: 2}, From: "2026-02-01"}})))
	must(s.Due(ctx, c, "2026-04-01"))
	k, err := s.PutKey(ctx, access.Key{Name: "bản đồ", Role: access.Public, Hash: access.Hash("s"), Origins: []string{"https://a.vn"}, Created: now})
	must(k, err)
	must(nil, s.PutSession(ctx, access.Session{Hash: access.Hash("c"), Key: k.ID, Expires: now.AddDate(100, 0, 0)}))
	_, _, err = s.PutDerived(ctx, "lies", 0, []change.Derived{{Part: 0, Rev: 3, Data: []byte("a")}, {Part: 7, Rev: 2, Data: []byte{1, 0}}})
	must(nil, err)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// answersOf is what a store says of everything makeOld wrote.
func answersOf(t *testing.T, s *sqlite.Store) string {
	t.Helper()
	ctx := context.Background()
	var all []any
	add := func(v any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	add(s.Load(ctx, func(f spatial.Feature) error { all = append(all, f); return nil }))
	add(s.Batch(ctx, 0, 100))
	for layer, id := range map[string]uint64{"things": 1} {
		vs, links, err := s.Versions(ctx, layer, id)
		add(vs, err)
		add(links, nil)
	}
	for _, a := range []spatial.AsOf{{On: "2026-03-15"}, {On: "2026-03-15", Recorded: time.Date(2026, 3, 1, 2, 0, 5, 0, time.UTC)}, {On: "2026-01-15"}} {
		for _, l := range []string{"things", "notes", "trees"} {
			for f, err := range s.Scan(ctx, l, a, nil, 0) {
				add(f, err)
			}
		}
	}
	for x, err := range s.Touched(ctx, 1) {
		add(x, err)
	}
	var derived []change.Derived
	if err := s.Derived(ctx, "lies", func(d change.Derived) error { derived = append(derived, d); return nil }); err != nil {
		t.Fatal(err)
	}
	if derived != nil { // of schema 2 on
		add(derived, nil)
	}
	add(s.Keys(ctx))
	add(s.SessionKey(ctx, access.Hash("c")))
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestOldFile opens the databases that earlier programs wrote.
func TestOldFile(t *testing.T) {
	files := oldFiles()
	for i, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { testOld(t, file, i == len(files)-1) })
	}
}

func testOld(t *testing.T, oldFile string, newest bool) {
	answers := oldFile + ".json"
	cfg := store.Config{Layers: oldLayers(), Now: func() time.Time { return time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC) }}
	ctx := context.Background()
	if *update && newest {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		made := filepath.Join(t.TempDir(), "old.gpkg")
		makeOld(t, made)
		b, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, err = z.Write(b)
		if err = errors.Join(err, z.Close(), os.WriteFile(oldFile, packed.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.OpenExisting(ctx, made, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(answers, []byte(answersOf(t, s)), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	packed, err := os.Open(oldFile)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "old.gpkg")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.OpenWith(ctx, path, cfg, sqlite.Options{MustExist: true, Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want, err := os.ReadFile(answers)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), answersOf(t, s)); d != "" {
		t.Fatal(d)
	}
	apply(t, s, note("hôm nay"))
	sound(t, s)
}
