package bake_test

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles"
	"github.com/langbiang/langbiang/tiles/bake"
	"github.com/langbiang/langbiang/tiles/mvt"
	"github.com/langbiang/langbiang/tiles/pmtiles"
)

// town is a source of a small demonstration city, edited or not.
type town struct {
	features []spatial.Feature
	place    spatial.Place
	rev      spatial.Revision
}

func (s *town) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	for _, f := range s.features {
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: s.rev, Place: s.place}, nil
}

func (*town) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (*town) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

func newTown(t *testing.T) *town {
	t.Helper()
	c, err := demo.Build(demo.Options{Seed: 3, Parcels: 1000})
	if err != nil {
		t.Fatal(err)
	}
	s := &town{place: c.Place()}
	for op, err := range c.Ops() {
		if err != nil {
			t.Fatal(err)
		}
		s.rev++
		f := op.Feature
		f.ID, f.Rev, f.Version = uint64(s.rev), s.rev, 1
		if f.Valid.To == "" {
			s.features = append(s.features, f)
		}
	}
	return s
}

// deepest is the zoom that tests bake to, where they do not say otherwise: each zoom
// more is four times the tiles.
const deepest = 15

// view loads the town anew, as another process would.
func (s *town) view(t *testing.T) index.View {
	t.Helper()
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return m.View(spatial.TierAll)
}

// of is the first record of a layer that a test holds for.
func (s *town) of(t *testing.T, layer string, holds func(*spatial.Feature) bool) int {
	t.Helper()
	i := slices.IndexFunc(s.features, func(f spatial.Feature) bool { return f.Layer == layer && holds(&f) })
	if i < 0 {
		t.Fatalf("no such record of %s", layer)
	}
	return i
}

// floors are facts that tests set.
type floors map[uint64]float64

func (f floors) Floors(id uint64) (float64, bool) { n, ok := f[id]; return n, ok }
func (floors) Stamp(orb.Bound) uint64             { return 0 }

func layersOf(t *testing.T, v index.View) []tiles.Layer {
	t.Helper()
	out, err := tiles.Find(tiles.Layers(), []string{"coverage", "parcels", "wards", "zones", "cameras", "water_labels"})
	if err != nil || slices.ContainsFunc(out, func(l tiles.Layer) bool { return !bake.Public(v, &l) }) {
		t.Fatal("layers that the public may not see", err)
	}
	return out
}

func baker(t *testing.T, j bake.Job) *bake.Baker {
	t.Helper()
	if j.MaxZoom == 0 {
		j.MinZoom, j.MaxZoom = 8, deepest
	}
	if j.Layers == nil {
		j.Layers = layersOf(t, j.View)
	}
	j.Generator = "test"
	b, err := bake.New(j)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// archive bakes to a file, over an earlier archive or nil.
func archive(t *testing.T, b *bake.Baker, earlier *pmtiles.Archive) ([]byte, bake.Counts) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	return resume(t, b, earlier, path)
}

func resume(t *testing.T, b *bake.Baker, earlier *pmtiles.Archive, path string) ([]byte, bake.Counts) {
	t.Helper()
	what, err := b.Metadata().Text()
	if err != nil {
		t.Fatal(err)
	}
	s, _, err := pmtiles.OpenSpool(path, what)
	if err != nil {
		t.Fatal(err)
	}
	var from *bake.Earlier
	if earlier != nil {
		m, err := earlier.Sound()
		if err != nil || !b.Fits(m) {
			t.Fatalf("the earlier archive does not fit: %v", err)
		}
		from = &bake.Earlier{Tiles: earlier, Made: *m.Made}
	}
	n, err := b.Run(t.Context(), s, from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(b.Metadata()); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return out, n
}

func open(t *testing.T, b []byte) *pmtiles.Archive {
	t.Helper()
	a, err := pmtiles.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Every tile of the box around the city is in the archive as the server would make it,
// and nothing else is; the archive has no fault, and no parcel is missing.
func TestTheArchiveIsTheTiles(t *testing.T) {
	v := newTown(t).view(t)
	facts := floors{}
	for it := range v.After("parcels", 0) {
		facts[it.ID()] = float64(it.ID() % 7)
	}
	b := baker(t, bake.Job{View: v, Facts: facts})
	out, n := archive(t, b, nil)
	a := open(t, out)
	r, layers, public := tiles.NewRenderer(), layersOf(t, v), v.Narrowed(spatial.TierPublic)
	full := 0
	for z := uint32(8); z <= deepest; z++ {
		box := v.Place().Bounds
		lo, hi := at(orb.Point{box.Min[0], box.Max[1]}, z), at(orb.Point{box.Max[0], box.Min[1]}, z)
		for y := lo.Y; y <= hi.Y; y++ {
			for x := lo.X; x <= hi.X; x++ {
				want := r.RenderWith(public, facts, layers, tiles.Coord{Z: z, X: x, Y: y})
				got, err := a.Tile(z, x, y)
				if err == nil && got != nil {
					got, err = pmtiles.Unzip(got, pmtiles.MostTile)
				}
				if err != nil || !bytes.Equal(got, want) {
					t.Fatalf("%d/%d/%d: %d bytes, want %d: %v", z, x, y, len(got), len(want), err)
				}
				if len(want) > 0 {
					full++
				}
			}
		}
	}
	if full < 100 || n.Made < full || n.Made+n.Empty != n.Places {
		t.Errorf("%d tiles of the box, %+v", full, n)
	}
	drawn, err := tiles.Find(layers, []string{"parcels"})
	if err != nil {
		t.Fatal(err)
	}
	roll := bake.NewRoll(drawn[0])
	report, err := pmtiles.Verify(t.Context(), bytes.NewReader(out), int64(len(out)), pmtiles.Check{Tile: roll.Tile, Found: func(f pmtiles.Finding) { t.Errorf("found %+v", f) }})
	if err != nil {
		t.Fatal(err)
	}
	none := func(uint64) bool { return false }
	if got := roll.Compare(public, *report.Metadata.Made, none, func(g bake.Gap) { t.Errorf("gap %+v", g) }); got != public.Count("parcels") {
		t.Errorf("%d parcels compared, there are %d", got, public.Count("parcels"))
	}
}

// After edits of every kind the archive that is made from the one before is the one
// that is made from nothing, and most of it was taken over.
func TestTakenOverIsAsMadeAnew(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	s := newTown(t)
	facts := floors{}
	before, _ := archive(t, baker(t, bake.Job{View: s.view(t), Facts: facts}), nil)
	parcel := s.of(t, "parcels", func(f *spatial.Feature) bool { return true })
	steps := []struct {
		name string
		do   func()
	}{
		{"an attribute", func() { i := parcel; s.rev++; s.features[i].Rev, s.features[i].Version = s.rev, 2 }},
		{"moved", func() {
			i := parcel
			s.rev++
			f := &s.features[i]
			f.Rev, f.Version = s.rev, 3
			f.Display = moved(f.Display, 0.002)
		}},
		{"gone", func() { i := parcel; s.rev++; s.features = slices.Delete(s.features, i, i+1) }},
		{"the public may not see it", func() {
			i := s.of(t, "parcels", func(f *spatial.Feature) bool { return f.ID > s.features[parcel].ID+50 })
			s.rev++
			s.features[i].Rev, s.features[i].Version, s.features[i].Access = s.rev, 2, spatial.Official
		}},
		{"worked out otherwise", func() { facts[s.features[parcel].ID] = 9 }},
		{"a camera", func() {
			i := s.of(t, "cameras", func(f *spatial.Feature) bool { return f.Access == spatial.Public })
			s.rev++
			s.features = slices.Delete(s.features, i, i+1)
		}},
		{"nothing", func() {}},
	}
	for _, step := range steps {
		step.do()
		b := baker(t, bake.Job{View: s.view(t), Facts: facts})
		want, _ := archive(t, b, nil)
		got, n := archive(t, b, open(t, before))
		if !bytes.Equal(got, want) {
			t.Fatalf("%s: %d bytes, anew %d", step.name, len(got), len(want))
		}
		if n.Taken == 0 || n.Made > n.Taken || (n.Made == 0) != (step.name == "nothing") {
			t.Errorf("%s: %+v", step.name, n)
		}
		before = want
	}
}

// A build that is cut off and goes on gives the same archive.
func TestCutOff(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	b := baker(t, bake.Job{View: newTown(t).view(t)})
	want, whole := archive(t, b, nil)
	path := filepath.Join(t.TempDir(), "a.pmtiles")
	what, err := b.Metadata().Text()
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, after := range []int{10, 200} {
		s, _, err := pmtiles.OpenSpool(path, what)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		_, err = b.Run(ctx, s, nil, func(n, _ int) {
			if n >= after {
				stop()
			}
		})
		if spatial.CodeOf(err) != "bake.stopped" {
			t.Fatalf("stopped after %d: %v", after, err)
		}
		if int(s.Tiles()) <= done || int(s.Tiles()) >= whole.Made {
			t.Errorf("%d of %d tiles after %d", s.Tiles(), whole.Made, after)
		}
		done = int(s.Tiles())
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	got, n := resume(t, b, nil, path)
	if !bytes.Equal(got, want) || n.Made != whole.Made-done {
		t.Errorf("%d bytes, want %d; %+v after %d tiles", len(got), len(want), n, done)
	}
}

// Of a box: each tile that overlaps it, whole, and no other.
func TestWithinABox(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	v := newTown(t).view(t)
	all := open(t, first(archive(t, baker(t, bake.Job{View: v, MinZoom: 14, MaxZoom: 16}), nil)))
	c := v.Place().Bounds.Center()
	box := orb.Bound{Min: orb.Point{c[0] - 0.01, c[1] - 0.01}, Max: orb.Point{c[0] + 0.01, c[1] + 0.01}}
	out, _ := archive(t, baker(t, bake.Job{View: v, MinZoom: 14, MaxZoom: 16, Within: &box}), nil)
	part, n := open(t, out), 0
	for e, err := range all.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		for i := range uint64(e.Run) {
			z, x, y, _ := pmtiles.Place(e.ID + i)
			tile := tiles.Coord{Z: z, X: x, Y: y}.Box(0)
			want, err := all.Tile(z, x, y)
			if err != nil {
				t.Fatal(err)
			}
			if !tile.Intersects(box) {
				want = nil
			} else {
				n++
			}
			if got, err := part.Tile(z, x, y); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d/%d/%d: %d bytes, want %d, %v", z, x, y, len(got), len(want), err)
			}
		}
	}
	if h := part.Header(); n < 5 || int(h.Addressed) != n || !box.Contains(h.Box().Min) || !box.Contains(h.Box().Max) {
		t.Errorf("%d tiles, %+v", n, h)
	}
}

func first(b []byte, _ bake.Counts) []byte { return b }

func TestWhatCannotBeBaked(t *testing.T) {
	if testing.Short() {
		t.Skip("long under the race detector, and another test here shares as much")
	}
	v := newTown(t).view(t)
	permits, err := tiles.Find(tiles.Layers(), []string{"permits"})
	if err != nil {
		t.Fatal(err)
	}
	far := orb.Bound{Min: orb.Point{1, 1}, Max: orb.Point{1.1, 1.1}}
	for code, j := range map[string]bake.Job{
		"bake.zooms": {View: v, Layers: layersOf(t, v), MinZoom: 7, MaxZoom: 9},
		"tile.layer": {View: v, Layers: permits, MinZoom: 12, MaxZoom: 13},
		"bake.empty": {View: v, Layers: layersOf(t, v), MinZoom: 8, MaxZoom: 9, Within: &far},
	} {
		if _, err := bake.New(j); spatial.CodeOf(err) != code {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// A roll finds a parcel that is missing at a zoom, and one that should not be there.
func TestRoll(t *testing.T) {
	v := newTown(t).view(t).Narrowed(spatial.TierPublic)
	drawn, err := tiles.Find(tiles.Layers(), []string{"parcels"})
	if err != nil {
		t.Fatal(err)
	}
	roll := bake.NewRoll(drawn[0])
	var ids []uint64
	for it := range v.After("parcels", 0) {
		ids = append(ids, it.ID())
	}
	var all sync.WaitGroup
	for z := uint32(14); z <= 16; z++ {
		all.Go(func() {
			var e mvt.Encoder
			e.Begin(z, 0, 0)
			e.Layer("parcels")
			for i, id := range slices.Concat(ids[2:], []uint64{999_999_999}) {
				if z == 16 && i == 0 {
					continue
				}
				e.Feature(id, tiles.Coord{Z: z}.Box(0).Center(), nil)
			}
			roll.Tile(z, 0, 0, e.Bytes())
		})
	}
	all.Wait()
	var got []string
	roll.Compare(v, pmtiles.Made{MinZoom: 8, MaxZoom: 16}, func(id uint64) bool { return id == ids[1] }, func(g bake.Gap) { got = append(got, fmt.Sprintf("%d z%d", g.ID, g.Zoom)) })
	if want := []string{fmt.Sprintf("%d z15", ids[0]), fmt.Sprintf("%d z16", ids[2]), "999999999 z0"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// moved is a polygon moved east.
func moved(g orb.Geometry, by float64) orb.Geometry {
	g = orb.Clone(g)
	polygons, ok := g.(orb.MultiPolygon)
	if p, single := g.(orb.Polygon); single {
		polygons, ok = orb.MultiPolygon{p}, true
	}
	if !ok {
		panic(fmt.Sprintf("a %T is moved", g))
	}
	for _, p := range polygons {
		for _, r := range p {
			for i := range r {
				r[i][0] += by
			}
		}
	}
	return g
}

// at is the tile that covers a point.
func at(p orb.Point, z uint32) tiles.Coord {
	w := math.Exp2(float64(z))
	s := math.Sin(p[1] * math.Pi / 180)
	return tiles.Coord{Z: z, X: uint32((p[0] + 180) / 360 * w), Y: uint32((0.5 - math.Log((1+s)/(1-s))/(4*math.Pi)) * w)}
}
