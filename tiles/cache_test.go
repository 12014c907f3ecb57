package tiles

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/ioc"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/tiles/mvt"
)

// register is a store in memory: the present, and the log that led to it.
type register struct {
	mu   sync.Mutex
	now  map[uint64]spatial.Feature
	log  []change.Change
	rang chan struct{}
}

func newRegister(c content) *register {
	r := &register{now: map[uint64]spatial.Feature{}, rang: make(chan struct{}, 1)}
	r.write(c...)
	return r
}

// write is one commit: a feature without values goes away.
func (r *register) write(fs ...spatial.Feature) spatial.Revision {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range fs {
		f.Rev = spatial.Revision(len(r.log) + 1)
		f.Version = r.now[f.ID].Version + 1
		if f.Values == nil {
			delete(r.now, f.ID)
		} else {
			r.now[f.ID] = f
		}
		r.log = append(r.log, change.Change{Rev: f.Rev, Layer: f.Layer, ID: f.ID, Verb: change.Update})
	}
	select {
	case r.rang <- struct{}{}:
	default:
	}
	return spatial.Revision(len(r.log))
}

func (r *register) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, f := range r.now { // in whatever order
		if err := emit(f); err != nil {
			return change.Loaded{}, err
		}
	}
	return change.Loaded{Head: spatial.Revision(len(r.log))}, nil
}

func (r *register) Batch(_ context.Context, since spatial.Revision, limit int) (change.Batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rows := r.log[since:]
	rows = rows[:min(limit, len(rows))]
	b := change.Batch{Changes: rows, Head: since + spatial.Revision(len(rows))}
	for _, c := range rows {
		if f, ok := r.now[c.ID]; ok {
			b.Features = append(b.Features, f)
		}
	}
	return b, nil
}

func (r *register) Wait(ctx context.Context, _ spatial.Revision) error {
	select {
	case <-r.rang:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// follow starts a model that follows the register until the test ends.
func follow(t testing.TB, r *register) *index.Model {
	t.Helper()
	m := index.New(index.Config{Layers: append([]spatial.Layer{parcels.Layer()}, ioc.Layers()...)})
	if err := m.Load(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { _ = m.Follow(ctx, r) })
	t.Cleanup(func() { stop(); done.Wait() })
	return m
}

// plot is a parcel of 0.0003° somewhere in a town of some kilometres, on both sides
// of a border of z14 tiles; uses and classes at random.
func plot(r *rand.Rand, id uint64) spatial.Feature {
	x, y := 108.43+0.03*r.Float64(), 11.93+0.03*r.Float64()
	w := 0.0003 * (0.2 + 3*r.Float64())
	f := feature("parcels", id, orb.Polygon{{{x, y}, {x + w, y}, {x + w, y + w}, {x, y + w}, {x, y}}}, parcels.Layer().Fields, map[string]spatial.Value{
		"number": spatial.Text(fmt.Sprint(r.IntN(1000))), "use": spatial.Text([]string{"ODT", "CLN", "", "TMD"}[r.IntN(4)])})
	f.Area = float64(r.IntN(1e7)) / 1e4
	f.Access = []spatial.Access{0, 0, 0, spatial.Official, spatial.Personal}[r.IntN(5)]
	return f
}

// all is every layer's name.
func all() []Layer { return Layers() }

// everywhere are the tiles over the town, and over each tier.
func everywhere(each func(Coord, spatial.Tier)) {
	box := orb.Bound{Min: orb.Point{108.43, 11.93}, Max: orb.Point{108.46, 11.96}}
	for _, z := range []uint32{8, 10, 12, 13, 14, 16} {
		over(box, z, func(c Coord) {
			for _, tier := range []spatial.Tier{spatial.TierPublic, spatial.TierOfficial, spatial.TierAll} {
				each(c, tier)
			}
		})
	}
}

// A tile depends on what is there and not on how it came to be: after many edits a
// cache that has seen all of them gives the bytes of a cache over a fresh load.
func TestEditsLeaveNoTrace(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand tiles, each made twice")
	}
	r := rand.New(rand.NewPCG(11, 1))
	var first content
	for id := range uint64(400) {
		first = append(first, plot(r, id+1))
	}
	reg := newRegister(first)
	m := follow(t, reg)
	cache := NewCache(64<<20, nil)
	for round := range 2 {
		everywhere(func(c Coord, tier spatial.Tier) { cache.Tile(m.View(tier), all(), c, Plain) })
		var last spatial.Revision
		for range []int{1, 100}[round] {
			f := plot(r, 1+r.Uint64N(420))
			if r.IntN(4) == 0 {
				f.Values = nil
			}
			last = reg.write(f)
		}
		if err := m.WaitFor(t.Context(), last); err != nil {
			t.Fatal(err)
		}
		fresh := index.New(index.Config{Layers: append([]spatial.Layer{parcels.Layer()}, ioc.Layers()...)})
		if err := fresh.Load(t.Context(), reg); err != nil {
			t.Fatal(err)
		}
		other := NewRenderer()
		n := 0
		everywhere(func(c Coord, tier spatial.Tier) {
			got, want := cache.Tile(m.View(tier), all(), c, Plain), other.Render(fresh.View(tier), all(), c)
			if !bytes.Equal(got.Bytes, want) {
				t.Fatalf("round %d, tile %v, tier %b: %d bytes kept, %d made anew", round, c, tier, len(got.Bytes), len(want))
			}
			n += len(want)
		})
		if n == 0 {
			t.Fatal("nothing was compared")
		}
	}
}

// A record that only some may see is in nobody else's coverage, neither drawn nor
// counted, whoever asked first.
func TestCoverageShowsATierItsOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 2))
	open, hidden := plot(r, 1), plot(r, 2)
	open.Access, hidden.Access = spatial.Public, spatial.Official
	open.Values[parcelField("use")], hidden.Values[parcelField("use")] = spatial.Text("ODT"), spatial.Text("CQP")
	hidden.Display = open.Display.Bound().Pad(0.01).ToPolygon()
	m := follow(t, newRegister(content{open, hidden}))
	for _, tiers := range [][]spatial.Tier{{spatial.TierAll, spatial.TierPublic}, {spatial.TierPublic, spatial.TierAll}} {
		cache := NewCache(1<<20, nil)
		for _, tier := range tiers {
			for z := uint32(MinZoom); z <= 14; z++ {
				uses := map[string]float64{}
				over(hidden.Display.Bound(), z, func(c Coord) {
					b := cache.Tile(m.View(tier), all(), c, Plain).Bytes
					if tier == spatial.TierPublic && bytes.Contains(b, []byte("CQP")) {
						t.Fatalf("%v shows the public a use it may not see", c)
					}
					if l := sheet(t, b)["coverage"]; l != nil {
						for _, f := range l.Features {
							uses[f.Properties["use"].(string)] += f.Properties["count"].(float64)
						}
					}
				})
				if uses["ODT"] != 1 || uses["CQP"] != map[spatial.Tier]float64{spatial.TierAll: 1}[tier] {
					t.Errorf("z%d, tier %b: %v", z, tier, uses)
				}
			}
		}
	}
}

func parcelField(name string) int {
	l := parcels.Layer()
	return l.Index(name)
}

func TestCacheKeepsWhatIsAsked(t *testing.T) {
	reg := newRegister(plots(30))
	m := follow(t, reg)
	layers, _ := Find(Layers(), []string{"parcels"})
	at := tileAt(orb.Point{108.441, 11.941}, 16)
	cache := NewCache(4<<20, nil)
	plain := cache.Tile(m.View(spatial.TierPublic), layers, at, Plain)
	zipped := cache.Tile(m.View(spatial.TierPublic), layers, at, Gzip)
	small := cache.Tile(m.View(spatial.TierPublic), layers, at, Zstd)
	if plain.Tag == "" || plain.Tag != zipped.Tag || plain.Tag != small.Tag {
		t.Errorf("tags %q, %q, %q", plain.Tag, zipped.Tag, small.Tag)
	}
	g, err := gzip.NewReader(bytes.NewReader(zipped.Bytes))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(g)
	if err != nil || !bytes.Equal(b, plain.Bytes) {
		t.Errorf("gzip: %d bytes of %d, %v", len(b), len(plain.Bytes), err)
	}
	d, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if b, err = d.DecodeAll(small.Bytes, nil); err != nil || !bytes.Equal(b, plain.Bytes) {
		t.Errorf("zstd: %d bytes of %d, %v", len(b), len(plain.Bytes), err)
	}
	if s := cache.Stats(); s.Hits != 0 || s.Misses != 3 {
		t.Errorf("after three tiles: %+v", s)
	}
	again := cache.Tile(m.View(spatial.TierPublic), layers, at, Gzip)
	if s := cache.Stats(); s.Hits != 1 || s.Misses != 3 || s.Bytes < uint64(len(zipped.Bytes)) || &again.Bytes[0] != &zipped.Bytes[0] {
		t.Errorf("asked again: %+v", s)
	}

	// An edit beside the tile leaves it, one on it does not; another tier has its own.
	far := plot(rand.New(rand.NewPCG(1, 1)), 9000)
	far.Display = orb.Polygon{{{108.6, 11.9}, {108.601, 11.9}, {108.601, 11.901}, {108.6, 11.9}}}
	if err := m.WaitFor(t.Context(), reg.write(far)); err != nil {
		t.Fatal(err)
	}
	cache.Tile(m.View(spatial.TierPublic), layers, at, Gzip)
	if s := cache.Stats(); s.Hits != 2 {
		t.Errorf("after an edit far away: %+v", s)
	}
	gone := plots(30)[10*30+10]
	gone.Values = nil
	if err := m.WaitFor(t.Context(), reg.write(gone)); err != nil {
		t.Fatal(err)
	}
	after := cache.Tile(m.View(spatial.TierPublic), layers, at, Gzip)
	if s := cache.Stats(); s.Hits != 2 || after.Tag == zipped.Tag {
		t.Errorf("after an edit: %+v, tag %q", s, after.Tag)
	}
	cache.Tile(m.View(spatial.TierAll), layers, at, Gzip)
	if s := cache.Stats(); s.Hits != 2 {
		t.Errorf("another tier was given what was kept: %+v", s)
	}

	if e := cache.Tile(m.View(spatial.TierPublic), layers, Coord{16, 0, 0}, Gzip); e.Bytes != nil || e.Tag != "" {
		t.Errorf("an empty tile: %+v", e)
	}
	none := NewCache(0, nil)
	for range 2 {
		if b := none.Tile(m.View(spatial.TierPublic), layers, at, Gzip); b.Tag != after.Tag {
			t.Error("without memory another tile is made")
		}
	}
	if s := none.Stats(); s.Hits != 0 || s.Misses != 2 || s.Bytes != 0 {
		t.Errorf("a cache without memory: %+v", s)
	}
}

// A view of another day has no stamps: its tiles are made, and never kept as if they
// were of today.
func TestOtherDaysAreNotKept(t *testing.T) {
	m := follow(t, newRegister(plots(10)))
	layers, _ := Find(Layers(), []string{"coverage", "parcels"})
	cache := NewCache(4<<20, nil)
	for _, z := range []uint32{14, 16} {
		at := tileAt(orb.Point{108.4405, 11.9405}, z)
		now := cache.Tile(m.View(spatial.TierPublic), layers, at, Plain)
		then := cache.Tile(m.View(spatial.TierPublic).With(plots(2)), layers, at, Plain)
		if again := cache.Tile(m.View(spatial.TierPublic), layers, at, Plain); again.Tag != now.Tag || then.Tag == now.Tag || then.Tag == "" {
			t.Errorf("z%d: tags %q, then %q, again %q", z, now.Tag, then.Tag, again.Tag)
		}
	}
}

// A model that is loaded anew from other data, as after a restore, is not shown from
// what was kept.
func TestAnotherLoadIsAnotherCity(t *testing.T) {
	layers, _ := Find(Layers(), []string{"coverage", "parcels", "parcel_labels"})
	m := model(t, plots(10))
	cache := NewCache(4<<20, nil)
	for _, z := range []uint32{14, 16} {
		at := tileAt(orb.Point{108.4405, 11.9405}, z)
		before := cache.Tile(m.View(spatial.TierPublic), layers, at, Plain)
		if err := m.Load(t.Context(), plots(5)); err != nil {
			t.Fatal(err)
		}
		after := cache.Tile(m.View(spatial.TierPublic), layers, at, Plain)
		if want := NewRenderer().Render(m.View(spatial.TierPublic), layers, at); !bytes.Equal(after.Bytes, want) || before.Tag == after.Tag {
			t.Errorf("z%d: the tile of the former city is shown", z)
		}
		if err := m.Load(t.Context(), plots(10)); err != nil {
			t.Fatal(err)
		}
	}
}

// While writers write, no reader is ever given a tile older than the view it asks
// with: what is kept equals what would be made.
func TestNeverStaleUnderLoad(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 3))
	var first content
	for id := range uint64(60) {
		first = append(first, plot(r, id+1))
	}
	reg := newRegister(first)
	m := follow(t, reg)
	cache, check := NewCache(1<<20, nil), NewRenderer()
	layers := all()
	var coords []Coord
	for _, z := range []uint32{9, 14, 16} {
		over(orb.Bound{Min: orb.Point{108.435, 11.938}, Max: orb.Point{108.441, 11.942}}, z, func(c Coord) { coords = append(coords, c) })
	}
	edits, reads := 24, 6 // reads between two edits, which may lie anywhere among them
	if testing.Short() {
		edits = 6
	}
	var done sync.WaitGroup
	ended, read := make(chan struct{}), make(chan struct{})
	done.Go(func() {
		defer close(ended)
		for i := range edits {
			f := plot(r, 1+r.Uint64N(60))
			if i%3 == 0 {
				f.Values = nil
			}
			if err := m.WaitFor(t.Context(), reg.write(f)); err != nil {
				t.Error(err)
				return
			}
			for range reads {
				<-read
			}
		}
	})
	for k := range 3 {
		done.Go(func() {
			r := rand.New(rand.NewPCG(11, uint64(k)))
			for {
				v := m.View([]spatial.Tier{spatial.TierPublic, spatial.TierAll}[r.IntN(2)])
				c := coords[r.IntN(len(coords))]
				if got, want := cache.Tile(v, layers, c, Plain), check.Render(v, layers, c); !bytes.Equal(got.Bytes, want) {
					t.Errorf("tile %v at revision %d: %d bytes kept, %d made anew", c, v.Revision(), len(got.Bytes), len(want))
				}
				select {
				case <-ended:
					return
				case read <- struct{}{}:
				}
			}
		})
	}
	done.Wait()
	if s := cache.Stats(); s.Hits == 0 || s.Misses == 0 {
		t.Errorf("nothing was kept, or nothing made: %+v", s)
	}
}

// The names of a tile's layers are its key: Find gives them in one order.
func TestOneKeyWhateverTheOrder(t *testing.T) {
	a, _ := Find(Layers(), []string{"roads", "coverage", "wards"})
	b, _ := Find(Layers(), []string{"wards", "roads", "coverage", "roads"})
	if new(names).of(a) != new(names).of(b) || new(names).of(a) != "coverage,roads,wards" {
		t.Errorf("%s, %s", new(names).of(a), new(names).of(b))
	}
	// Names with a comma would make two lists one.
	if i := slices.IndexFunc(Layers(), func(l Layer) bool { return bytes.ContainsAny([]byte(l.Name), ", ") }); i >= 0 {
		t.Errorf("layer %q", Layers()[i].Name)
	}
}

// What belongs to the past or is too small for a zoom stays away from it.
func TestWhatStandsAtWhichZoom(t *testing.T) {
	base := []spatial.Layer{
		{Name: "wards", Fields: []spatial.Field{{Name: "code", Type: spatial.TypeText}, {Name: "name", Type: spatial.TypeText}, {Name: "successor", Type: spatial.TypeText}}},
		{Name: "roads", Fields: []spatial.Field{{Name: "class", Type: spatial.TypeText}}},
		{Name: "water", Fields: []spatial.Field{{Name: "name", Type: spatial.TypeText}, {Name: "kind", Type: spatial.TypeText}}},
		{Name: "buildings", Fields: []spatial.Field{{Name: "levels", Type: spatial.TypeFloat}}},
	}
	square := func(side float64) orb.Polygon {
		return orb.Polygon{{{108.44, 11.94}, {108.44 + side, 11.94}, {108.44 + side, 11.94 + side}, {108.44, 11.94 + side}, {108.44, 11.94}}}
	}
	var c content
	add := func(layer int, g orb.Geometry, area float64, attrs map[string]spatial.Value) {
		f := feature(base[layer].Name, uint64(len(c)+1), g, base[layer].Fields, attrs)
		f.Area = area
		c = append(c, f)
	}
	text := spatial.Text
	add(0, square(0.004), 1e5, map[string]spatial.Value{"name": text("Phường nay")})
	add(0, square(0.004), 1e5, map[string]spatial.Value{"name": text("Phường xưa"), "successor": text("Phường nay")})
	for _, class := range []string{"trunk", "residential", "alley", "never heard of"} {
		add(1, orb.LineString{{108.44, 11.94}, {108.443, 11.943}}, 0, map[string]spatial.Value{"class": text(class)})
	}
	add(2, square(0.003), 1e5, map[string]spatial.Value{"name": text("Hồ"), "kind": text("lake")})
	add(2, square(0.0001), 100, map[string]spatial.Value{"kind": text("pond")})
	add(2, orb.LineString{{108.44, 11.94}, {108.443, 11.943}}, 0, map[string]spatial.Value{"name": text("Suối"), "kind": text("stream")})
	add(3, square(0.0002), 400, nil)
	add(3, square(0.00005), 25, nil)
	m := index.New(index.Config{Layers: base})
	if err := m.Load(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	r := NewRenderer()
	for _, want := range []struct {
		z      uint32
		counts map[string]int
	}{
		{9, map[string]int{"wards": 2, "ward_labels": 1, "roads": 1, "water": 1}},
		{12, map[string]int{"wards": 2, "ward_labels": 1, "roads": 1, "water": 2, "water_labels": 1}},
		{13, map[string]int{"wards": 2, "ward_labels": 1, "roads": 2, "water": 3, "water_labels": 1}},
		{14, map[string]int{"wards": 2, "ward_labels": 1, "roads": 4, "water": 3, "water_labels": 1, "buildings": 1}},
		{15, map[string]int{"wards": 2, "ward_labels": 1, "roads": 4, "water": 3, "water_labels": 1, "buildings": 2}},
	} {
		b := r.Render(m.View(spatial.TierPublic), all(), tileAt(orb.Point{108.4415, 11.9415}, want.z))
		got, err := mvt.Check(b)
		if err != nil || !maps.Equal(got, want.counts) {
			t.Errorf("z%d: %v, want %v, %v", want.z, got, want.counts, err)
		}
		for i, f := range sheet(t, b)["wards"].Features {
			if _, there := f.Properties["former"]; there != (i == 1) {
				t.Errorf("z%d: ward %d has %v", want.z, i, f.Properties)
			}
		}
	}
}
