package tiles

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/demo"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
	"github.com/langbiang/langbiang/store"
	"github.com/langbiang/langbiang/store/sqlite"
	"github.com/langbiang/langbiang/tiles/disk"
)

// sights are tiles of all zooms over the middle of a city, with every layer that the
// map asks for.
func sights(t *testing.T, c *Cache, v index.View) (out []Tile) {
	t.Helper()
	at := v.Bounds(parcels.LayerName).Center()
	for _, g := range groups() {
		layers, err := Find(Layers(), g)
		if err != nil {
			t.Fatal(err)
		}
		for z := uint32(MinZoom); z <= MaxZoom; z++ {
			out = append(out, c.Tile(v, layers, tileAt(at, z), []Encoding{Plain, Gzip, Zstd}[z%3]))
		}
	}
	return out
}

func sameTiles(a, b []Tile) bool {
	return slices.EqualFunc(a, b, func(a, b Tile) bool { return a.Tag == b.Tag && bytes.Equal(a.Bytes, b.Bytes) })
}

// What a folder gives after a restart, after edits that were made meanwhile, with other
// floors, and with the tiles of another city in it, is what is made without one.
func TestFolder(t *testing.T) {
	if testing.Short() {
		t.Skip("nothing here is shared between goroutines: once without the race detector is enough")
	}
	ctx := t.Context()
	cities := map[uint64]*sqlite.Store{}
	for _, seed := range []uint64{3, 4} {
		s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "city.gpkg"), store.Config{Layers: city.Layers()})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := demo.Fill(ctx, s, demo.Options{Seed: seed, Parcels: 1000}, nil); err != nil {
			t.Fatal(err)
		}
		cities[seed] = s
	}
	dir := t.TempDir()
	// start is a server that begins: it gives its tiles and how many it had to make.
	start := func(seed uint64, tier spatial.Tier, facts Facts, mark string) (got []Tile, made int) {
		t.Helper()
		m := index.New(index.Config{Layers: city.Layers()})
		if err := m.Load(ctx, cities[seed]); err != nil {
			t.Fatal(err)
		}
		f, err := disk.Open(disk.Config{Dir: dir, Limit: 64 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		known := &counted{Folder: f}
		c := NewCache(16<<20, func() Facts { return facts })
		c.KeepIn(known, mark)
		got = sights(t, c, m.View(tier))
		if want := sights(t, NewCache(0, func() Facts { return facts }), m.View(tier)); !sameTiles(got, want) {
			t.Errorf("seed %d, %v, %q: tiles are others than those made without a folder", seed, tier, mark)
		}
		return got, known.put
	}
	first, made := start(3, spatial.TierPublic, storeys{1}, "one")
	if made < 20 {
		t.Fatalf("%d tiles were put: the test looks at the wrong place", made)
	}
	if _, again := start(3, spatial.TierPublic, storeys{1}, "one"); again != 0 {
		t.Errorf("after a restart %d tiles were made", again)
	}
	if _, other := start(4, spatial.TierPublic, storeys{1}, "one"); other == 0 {
		t.Error("another city has the same tiles")
	}
	if got, other := start(3, spatial.TierPublic, storeys{2}, "one"); other == 0 || sameTiles(got, first) {
		t.Errorf("with other floors %d tiles were made", other)
	}
	if _, other := start(3, spatial.TierPublic, storeys{1}, "two"); other != made {
		t.Errorf("another program made %d tiles of %d", other, made)
	}
	if _, other := start(3, spatial.TierAll, storeys{1}, "one"); other != 0 {
		t.Errorf("%d tiles that are not public were put", other)
	}
	// Edited while no server ran.
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(ctx, cities[3]); err != nil {
		t.Fatal(err)
	}
	v := m.View(spatial.TierAll)
	at := v.Bounds(parcels.LayerName).Center()
	var ops []change.Op
	for it := range v.Within(parcels.LayerName, tileAt(at, 16).Box(0)) {
		if ops = append(ops, change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: parcels.LayerName, ID: it.ID()}}); len(ops) == 3 {
			break
		}
	}
	if _, err := cities[3].Apply(ctx, change.Commit{By: "test", Today: "2026-11-25"}, written(ops)); err != nil || len(ops) == 0 {
		t.Fatal(len(ops), err)
	}
	if got, some := start(3, spatial.TierPublic, storeys{1}, "one"); some == 0 || some >= made || sameTiles(got, first) {
		t.Errorf("after edits %d of %d tiles were made", some, made)
	}
}

// counted counts what is put.
type counted struct {
	Folder
	put int
}

func (c *counted) Put(name [32]byte, data []byte) {
	c.put++
	c.Folder.Put(name, data)
}
