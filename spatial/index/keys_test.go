package index

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/langbiang/langbiang/spatial"
)

// Keys that were loaded and then changed are those of a sorted list, whatever the
// order in which they came; a copy does not see what is changed later.
func TestKeysAreASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one := rapid.Custom(func(t *rapid.T) key {
			return key{rapid.StringOfN(rapid.SampledFrom([]rune("ab\x00đ")), 0, 12, -1).Draw(t, "text"), uint64(rapid.IntRange(1, 4).Draw(t, "id"))}
		})
		want := map[key]bool{}
		var g gathering
		for _, e := range rapid.SliceOf(one).Draw(t, "loaded") {
			want[e] = true
			g.add(e)
			if rapid.Bool().Draw(t, "settle") { // as at the end of a block
				g.settle(false)
				g.blocks = append(g.blocks, nil)
			}
		}
		k := newKeys()
		k.run = g.run()
		for range rapid.IntRange(0, 20).Draw(t, "changes") {
			old, before := k, sorted(want, "")
			k = k.copy()
			if e := one.Draw(t, "changed"); rapid.Bool().Draw(t, "put") {
				k.put(e)
				want[e] = true
			} else {
				k.drop(e)
				delete(want, e)
			}
			if got := listed(old, ""); !slices.Equal(got, before) {
				t.Fatalf("the copy changed: %v, want %v", got, before)
			}
		}
		from := one.Draw(t, "from").text
		if got, want := listed(k, from), sorted(want, from); !slices.Equal(got, want) {
			t.Fatalf("from %q: %v, want %v", from, got, want)
		}
		n := 0
		k.from("", func(key) bool { n++; return n < 2 })
		if n > 2 {
			t.Fatalf("%d keys after enough", n)
		}
	})
}

func listed(k keys, from string) (all []key) {
	k.from(from, func(e key) bool { all = append(all, e); return true })
	return all
}

func sorted(of map[key]bool, from string) (all []key) {
	for e := range of {
		if strings.Compare(e.text, from) >= 0 {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, compareKeys)
	return all
}

// A load larger than a block of keys and than a piece of records gives back what
// it took.
func TestManyRecords(t *testing.T) {
	l := newLedger()
	const n = 3 * blockKeys / 2
	for i := range uint64(n) {
		f := plot(i+1, strings.Repeat("số ", int(i%500))+"x", 108+float64(i%400)*0.001, 11.8)
		f.At, f.Import = f.At.AddDate(1, 0, int(i/100)), int64(i/300)
		l.now[f.ID] = f
	}
	m := New(Config{Layers: layers(), Keys: map[string]Keys{"plots": func(it Item) []string { return []string{it.Attr("name").Text(), "all"} }}})
	if err := m.Load(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	v := m.View(spatial.TierPublic)
	for id, f := range l.now {
		it, ok := v.Get("plots", id)
		if !ok || !it.RecordedAt().Equal(f.At) || it.Import() != f.Import || it.Attr("name") != f.Values[0] || it.Box() != f.Display.Bound() {
			t.Fatalf("record %d came back as another", id)
		}
	}
	id := uint64(0)
	for text, it := range v.Keyed("plots", "all") {
		if id++; text != "all" || it.ID() != id {
			t.Fatalf("key %q of record %d, want the %d-th", text, it.ID(), id)
		}
	}
	if id != n {
		t.Fatalf("%d records by one key, want %d", id, n)
	}
}
