package api

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

// lone is a source of one parcel, recorded by a revision.
type lone struct{ rev spatial.Revision }

func (l lone) Load(_ context.Context, emit func(spatial.Feature) error) (change.Loaded, error) {
	at := orb.Polygon{{{108.44, 11.94}, {108.441, 11.94}, {108.441, 11.941}, {108.44, 11.94}}}
	def := parcels.Layer()
	return change.Loaded{Head: l.rev}, emit(spatial.Feature{Layer: parcels.LayerName, ID: 1, Rev: l.rev, Version: 1, Display: at, Values: make([]spatial.Value, len(def.Fields))})
}

func (lone) Batch(context.Context, spatial.Revision, int) (change.Batch, error) {
	return change.Batch{}, nil
}

func (lone) Wait(ctx context.Context, _ spatial.Revision) error { <-ctx.Done(); return ctx.Err() }

func sealOf(t *testing.T, rev spatial.Revision) city.Seal {
	t.Helper()
	m := index.New(index.Config{Layers: city.Layers()})
	if err := m.Load(t.Context(), lone{rev}); err != nil {
		t.Fatal(err)
	}
	s, ok := city.New(city.Config{}).Seal(m.View(spatial.TierPublic), 1)
	if !ok {
		t.Fatal("no seal")
	}
	return s
}

// Kept cards take no more than their bound, those that are asked for again stay, and a
// card is found under its own seal, tier and language alone.
func TestCardsAreKept(t *testing.T) {
	const each = 1000
	c := cards{limit: 40 * (each + cardOverhead)}
	now, other := sealOf(t, 1), sealOf(t, 1) // of another load
	body := func(i int) []byte {             // which does not pack
		b := make([]byte, each)
		x := uint64(i + 1)
		for k := range b {
			x = x*6364136223846793005 + 1442695040888963407
			b[k] = byte(x >> 56)
		}
		return b
	}
	find := func(k cardKey, s city.Seal) (got []byte, tag string) {
		ok, err := c.find(k, s, func(b []byte, t string) error {
			got, tag = bytes.Clone(b), t
			return nil
		})
		if err != nil || ok != (tag != "") {
			t.Fatal(ok, err, tag)
		}
		return got, tag
	}
	key := func(i int) cardKey { return cardKey{uint64(i), spatial.TierPublic, "vi"} }
	const all = 1000
	for i := range all {
		c.keep(key(i), now, body(i), fmt.Sprint("t", i))
		if b, tag := find(key(0), now); !bytes.Equal(b, body(0)) || tag != "t0" {
			t.Fatalf("after %d others, the card that is asked for all the time is not there", i)
		}
		size := 0
		for _, m := range []map[cardKey]keptCard{c.young, c.old} {
			for _, k := range m {
				size += len(k.packed) + cardOverhead
			}
		}
		if size > c.limit {
			t.Fatalf("%d bytes are kept, the bound is %d", size, c.limit)
		}
	}
	if _, tag := find(key(1), now); tag != "" {
		t.Error("a card that nobody asked for is kept beyond the bound")
	}
	last := key(all - 1)
	if b, tag := find(last, now); !bytes.Equal(b, body(all-1)) || tag == "" {
		t.Error("the last card is not there")
	}
	if _, tag := find(last, other); tag != "" {
		t.Error("a card is found under another seal")
	}
	if _, tag := find(cardKey{all - 1, spatial.TierAll, "vi"}, now); tag != "" {
		t.Error("a card is found for another tier")
	}
	if _, tag := find(cardKey{all - 1, spatial.TierPublic, "en"}, now); tag != "" {
		t.Error("a card is found in another language")
	}
	c.keep(last, other, body(3), "again")
	if b, tag := find(last, other); !bytes.Equal(b, body(3)) || tag != "again" {
		t.Error("a card that was made anew does not take the place of the old one")
	}
	c.keep(key(5000), now, bytes.Repeat(body(1), 100), "large")
	if _, tag := find(last, other); tag != "again" {
		t.Error("a card that is too large for the bound drives out another")
	}
}
