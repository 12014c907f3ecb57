package tiles

import (
	"testing"

	"github.com/paulmach/orb"
	orbmvt "github.com/paulmach/orb/encoding/mvt"

	"github.com/langbiang/langbiang/spatial"
)

// storeys gives parcels floors by their ids: some have no number, some half a floor.
type storeys struct{ stamp uint64 }

func (s storeys) Floors(id uint64) (float64, bool) {
	if id%5 == 0 {
		return 0, false
	}
	return float64(id%9)/2 + float64(s.stamp), true
}

func (s storeys) Stamp(orb.Bound) uint64 { return s.stamp }

// Parcels carry their floors from their first zoom on, and nothing where there is no
// number.
func TestFloors(t *testing.T) {
	v := model(t, plots(10)).View(spatial.TierPublic)
	layers, _ := Find(Layers(), []string{"parcels"})
	for _, z := range []uint32{15, 16, 18} {
		tile := NewRenderer().render(v, storeys{}, layers, tileAt(orb.Point{108.4405, 11.9405}, z))
		got, err := orbmvt.Unmarshal(tile)
		if err != nil || len(got) != 1 || len(got[0].Features) == 0 {
			t.Fatalf("z%d: %v, %v", z, got, err)
		}
		for _, f := range got[0].Features {
			id := uint64(f.ID.(float64))
			want, ok := storeys{}.Floors(id)
			if floors, there := f.Properties["floors"]; there != ok || ok && floors.(float64) != want {
				t.Errorf("z%d, parcel %d: floors %v, want %v, %v", z, id, floors, want, ok)
			}
		}
	}
}

// A tile is another one as soon as the facts of its ground are, and is kept until
// then; one that shows no facts is kept beyond.
func TestFactsStampTiles(t *testing.T) {
	v := follow(t, newRegister(plots(10))).View(spatial.TierPublic)
	facts := storeys{stamp: 1}
	cache := NewCache(4<<20, func() Facts { return facts })
	at := tileAt(orb.Point{108.4405, 11.9405}, 16)
	parcels, _ := Find(Layers(), []string{"parcels"})
	labels, _ := Find(Layers(), []string{"parcel_labels"})
	first, plain := cache.Tile(v, parcels, at, Plain), cache.Tile(v, labels, at, Plain)
	if again := cache.Tile(v, parcels, at, Plain); again.Tag != first.Tag || cache.Stats().Hits != 1 {
		t.Errorf("%q, then %q: %+v", first.Tag, again.Tag, cache.Stats())
	}
	facts = storeys{stamp: 2}
	if next := cache.Tile(v, parcels, at, Plain); next.Tag == first.Tag {
		t.Error("the floors of before are shown")
	}
	if again := cache.Tile(v, labels, at, Plain); again.Tag != plain.Tag || cache.Stats().Hits != 2 {
		t.Errorf("labels show no facts, and were made anew: %+v", cache.Stats())
	}
}
