package live

import (
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/index"
)

func published(from, to spatial.Revision, events ...index.Event) index.Published {
	return index.Published{From: from, To: to, Events: events}
}

func moved(layer string, id uint64, before, after index.Sees, at float64) index.Event {
	b := orb.Bound{Min: orb.Point{at, at}, Max: orb.Point{at + 1, at + 1}}
	return index.Event{Change: change.Change{Layer: layer, ID: id, Before: &b, After: &b}, Before: before, After: after}
}

// TestSlowSubscribersAreDropped: a subscriber nobody reads for is dropped at the
// publish that finds its queue full, and no publish waits for it.
func TestSlowSubscribersAreDropped(t *testing.T) {
	h := New(Config{Queue: 2})
	slow, _, err := h.subscribe("slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	quick, _, err := h.subscribe("quick", nil)
	if err != nil {
		t.Fatal(err)
	}
	public := index.Sees{Present: true}
	for rev := range spatial.Revision(3) {
		h.Publish(published(rev, rev+1, moved("parcels", 1, public, public, 1)))
		<-quick.queue
	}
	select {
	case <-slow.gone:
	default:
		t.Error("the slow one is still there")
	}
	select {
	case <-quick.gone:
		t.Error("the quick one was dropped")
	default:
	}
	if n := h.Subscribers(); n != 1 {
		t.Errorf("%d subscribers", n)
	}
	h.leave(slow) // what was dropped may leave again
	h.leave(quick)
	if n := h.Subscribers(); n != 0 || len(h.single) != 0 {
		t.Errorf("%d subscribers, %v", n, h.single)
	}
}

func TestAGapInTheLogForgetsTheRing(t *testing.T) {
	h := New(Config{})
	h.Publish(published(5, 5))
	h.Publish(published(5, 6))
	h.Publish(published(8, 9))
	for since, reset := range map[spatial.Revision]bool{5: true, 6: true, 8: false, 9: false, 10: true} {
		_, s, err := h.subscribe("x", &since)
		if err != nil || s.reset != reset || s.at != 9 {
			t.Errorf("from %d: %+v, %v", since, s, err)
		}
	}
}

// TestEventsByTier holds every tier against the definition, record by record.
func TestEventsByTier(t *testing.T) {
	classes := []index.Sees{{}}
	for _, l := range []spatial.Access{spatial.Public, spatial.Official, spatial.Operations, spatial.Personal} {
		for _, r := range []spatial.Access{spatial.Public, spatial.Official, spatial.Operations, spatial.Personal} {
			classes = append(classes, index.Sees{Present: true, Layer: l, Record: r})
		}
	}
	var events []index.Event
	for i, before := range classes {
		for j, after := range classes {
			e := moved("l", uint64(len(events)+1), before, after, 0)
			b, a := orb.Bound{Min: orb.Point{float64(i), 0}, Max: orb.Point{float64(i), 0}}, orb.Bound{Min: orb.Point{0, float64(j)}, Max: orb.Point{0, float64(j)}}
			e.Change.Before, e.Change.After = &b, &a
			events = append(events, e)
		}
	}
	all := func(string) bool { return true }
	for t8 := range tiers {
		tier := spatial.Tier(t8)
		for _, e := range events {
			got := summarise(published(0, 1, e)).events(tier, all)
			if sees := e.Before.By(tier) || e.After.By(tier); sees != (len(got) == 1) {
				t.Fatalf("tier %b: %+v gives %+v", tier, e, got)
			} else if !sees {
				continue
			}
			box := nothing()
			if e.Before.By(tier) {
				box = box.Union(*e.Change.Before)
			}
			if e.After.By(tier) {
				box = box.Union(*e.Change.After)
			}
			if want := [4]float64{box.Min[0], box.Min[1], box.Max[0], box.Max[1]}; *got[0].BBox != want {
				t.Fatalf("tier %b: %+v gives the box %v, want %v", tier, e, *got[0].BBox, want)
			}
		}
		seen := 0
		for _, e := range events {
			if e.Before.By(tier) || e.After.By(tier) {
				seen++
			}
		}
		got := summarise(published(0, 1, events...)).events(tier, all)
		if seen == 0 {
			if len(got) != 0 {
				t.Errorf("tier %b is told %v", tier, got)
			}
			continue
		}
		if n := got[0].Count + len(got[0].IDs); len(got) != 1 || n != seen || (seen > maxIDs) != (got[0].Count > 0) {
			t.Errorf("tier %b: %d records, told of %d in %d events", tier, seen, n, len(got))
		}
	}
}

func BenchmarkPublish(b *testing.B) {
	h := New(Config{})
	public := index.Sees{Present: true}
	events := make([]index.Event, 5000)
	for i := range events {
		events[i] = moved("parcels", uint64(i), public, public, float64(i))
	}
	b.ReportAllocs()
	for i := range b.N {
		h.Publish(published(spatial.Revision(i), spatial.Revision(i+1), events...))
	}
}

// TestRefresh: a refresh is told to those who see such records, with the revision
// reached and no ids, and again to those who come back from that revision.
func TestRefresh(t *testing.T) {
	h := New(Config{})
	public := index.Sees{Present: true}
	h.Publish(published(5, 5))
	h.Publish(published(5, 6, moved("zones", 1, public, public, 1)))
	sub, _, err := h.subscribe("x", nil)
	if err != nil {
		t.Fatal(err)
	}
	ground := orb.Bound{Min: orb.Point{1, 2}, Max: orb.Point{3, 4}}
	h.Refresh("parcels", ground, index.Sees{Present: true, Record: spatial.Official})
	all := func(string) bool { return true }
	m := <-sub.queue
	if got := m.events(spatial.TierPublic, all); len(got) != 0 {
		t.Errorf("the public is told %+v", got)
	}
	got := m.events(spatial.TierOfficial, all)
	if len(got) != 1 || got[0].Layer != "parcels" || *got[0].BBox != [4]float64{1, 2, 3, 4} || got[0].Rev != 6 || got[0].IDs != nil || got[0].Count != 0 {
		t.Errorf("told %+v", got)
	}
	h.Publish(published(6, 7, moved("zones", 1, public, public, 1)))
	for since, missed := range map[spatial.Revision]int{5: 3, 6: 2, 7: 0} {
		if _, s, err := h.subscribe("y", &since); err != nil || s.reset || len(s.missed) != missed {
			t.Errorf("from %d: %d missed, reset %v, %v", since, len(s.missed), s.reset, err)
		}
	}
}
