package ledger_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/langbiang/langbiang/city"
	"github.com/langbiang/langbiang/city/ledger"
	"github.com/langbiang/langbiang/parcels"
	"github.com/langbiang/langbiang/planning"
	"github.com/langbiang/langbiang/spatial"
	"github.com/langbiang/langbiang/spatial/change"
	"github.com/langbiang/langbiang/spatial/crs"
	"github.com/langbiang/langbiang/spatial/overlay"
)

// packOf is the record of a pack that allows so many floors in some communes; none =
// the whole country.
func packOf(id uint64, code string, floors int, communes ...string) spatial.Feature {
	applies := "country"
	if len(communes) > 0 {
		applies = "[" + strings.Join(communes, ", ") + "]"
	}
	body := fmt.Sprintf(`pack: %s
version: "1"
title: {vi: Thử, en: Test}
applies: %s
documents: [{id: D, title: {vi: Thử, en: Test}, status: demo}]
rules:
  - {code: %s-F, title: {vi: Tầng, en: Floors}, limits: floors, value: %d, document: D, status: demo}
`, code, applies, code, floors)
	l := planning.Loaded{Code: code, Version: "1", Applies: communes, Body: body}
	return spatial.Feature{Layer: planning.RulePacksLayer, ID: id, Values: l.Values("Thử")}
}

// A rule pack that comes, changes, moves to another commune, cannot be read or goes
// makes other facts where it is for, and nowhere else.
func TestRulePacks(t *testing.T) {
	s := embedded(t)
	small(t, s)
	h := live(t, s, ledger.Config{})
	h.divide("24781", "24787")
	var id uint64
	wards := map[string]int{}
	for _, f := range h.ledger.Current().All() {
		wards[f.Ward]++
	}
	if wards["24781"] < 100 || wards["24787"] < 100 {
		t.Fatalf("the test looks at the wrong city: %v", wards)
	}
	step := func(what string, verb change.Verb, f spatial.Feature, want func(ward string) bool) {
		t.Helper()
		before := h.ledger.Current()
		h.ground = nil
		h.write(change.Op{Verb: verb, Feature: f})
		after := h.ledger.Current()
		same(t, what, after, h.fresh())
		n := 0
		for p, f := range after.All() {
			was, _ := before.Facts(p)
			if got := was.Rule != f.Rule || was.Floors != nil && f.Floors != nil && *was.Floors != *f.Floors; got {
				n++
				if !want(f.Ward) {
					t.Errorf("%s: the facts of parcel %d in %q changed", what, p, f.Ward)
				}
			}
		}
		if n < 50 {
			t.Errorf("%s: %d facts changed", what, n)
		}
		h.heard(before, after)
		for it := range h.model.View(spatial.TierAll).After(planning.RulePacksLayer, 0) {
			id = it.ID()
		}
	}
	in := func(codes ...string) func(string) bool {
		return func(ward string) bool {
			for _, c := range codes {
				if c == ward {
					return true
				}
			}
			return len(codes) == 0
		}
	}
	step("a pack for a commune", change.Create, packOf(0, "ONE", 1, "24781"), in("24781"))
	step("it allows more", change.Update, packOf(id, "ONE", 2, "24781"), in("24781"))
	step("it moves", change.Update, packOf(id, "ONE", 1, "24787"), in("24781", "24787"))
	step("it is for the country", change.Update, packOf(id, "ONE", 1), in())
	broken := packOf(id, "ONE", 1, "24787")
	broken.Values[4] = spatial.Text("pack: [")
	step("it cannot be read", change.Update, broken, in())
	step("it can again", change.Update, packOf(id, "ONE", 1, "24787"), in("24787"))
	step("it goes", change.Remove, spatial.Feature{Layer: planning.RulePacksLayer, ID: id}, in("24787"))

	card, err := h.city.Card(h.model.View(spatial.TierPublic), firstOf(h), "vi")
	if err != nil || len(card.Planning.Findings) > 0 && card.Planning.Findings[0].Kind == "rulesUnread" {
		t.Errorf("%v, findings %+v", err, card.Planning.Findings)
	}
	broken.ID = 0
	h.write(change.Op{Verb: change.Create, Feature: broken})
	card, err = h.city.Card(h.model.View(spatial.TierPublic), firstOf(h), "vi")
	if err != nil || len(card.Planning.Findings) == 0 || card.Planning.Findings[0].Kind != "rulesUnread" || card.Planning.Findings[0].Packs[0] != "ONE" {
		t.Errorf("a pack that cannot be read is not told of: %v, %+v", err, card.Planning.Findings)
	}
}

// divide makes two wards of the ground of the parcels, west and east.
func (h *house) divide(west, east string) {
	h.t.Helper()
	v := h.model.View(spatial.TierAll)
	all := v.Bounds(parcels.LayerName).Pad(0.001)
	middle := all.Center()
	var ops []change.Op
	for it := range v.After(city.WardsLayer, 0) {
		f, err := h.store.Get(h.t.Context(), city.WardsLayer, it.ID(), spatial.AsOf{})
		if err != nil {
			h.t.Fatal(err)
		}
		half := orb.Bound{Min: all.Min, Max: orb.Point{middle[0], all.Max[1]}}
		switch it.Attr("code").Text() {
		case west:
		case east:
			half = orb.Bound{Min: orb.Point{middle[0], all.Min[1]}, Max: all.Max}
		default:
			ops = append(ops, change.Op{Verb: change.Remove, Feature: spatial.Feature{Layer: f.Layer, ID: f.ID}})
			continue
		}
		to, err := crs.To(f.SRID)
		if err != nil {
			h.t.Fatal(err)
		}
		f.Legal = orb.MultiPolygon{crs.Geometry(half.ToPolygon(), to).(orb.Polygon)}
		if f.Display, err = crs.Display(f.Legal, f.SRID); err != nil {
			h.t.Fatal(err)
		}
		f.Area = overlay.Area(f.Legal)
		ops = append(ops, change.Op{Verb: change.Update, Feature: f})
	}
	h.write(ops...)
}

func firstOf(h *house) uint64 {
	for it := range h.model.View(spatial.TierAll).After(parcels.LayerName, 0) {
		return it.ID()
	}
	return 0
}

// The card of another day is made by the rules of that day.
func TestRulesOfAnotherDay(t *testing.T) {
	s := embedded(t)
	small(t, s)
	h := live(t, s, ledger.Config{})
	f := packOf(0, "ONE", 1)
	f.Valid.From = "2024-01-01"
	h.write(change.Op{Verb: change.Create, Feature: f})
	v := h.model.View(spatial.TierPublic)
	var id uint64
	for it := range v.After(parcels.LayerName, 0) {
		if it.Attr("use").Text() == "ODT" {
			id = it.ID()
			break
		}
	}
	p, err := s.Get(t.Context(), parcels.LayerName, id, spatial.AsOf{})
	if err != nil {
		t.Fatal(err)
	}
	p.Valid = spatial.Period{}
	h.write(change.Op{Verb: change.Update, Feature: p})
	v = h.model.View(spatial.TierPublic)
	for _, c := range []struct {
		on               spatial.Date
		loaded, national bool
	}{{"2020-01-01", false, false}, {"2023-12-31", false, true}, {"2024-01-01", true, true}} {
		card, err := h.city.DatedCard(t.Context(), s, v, id, spatial.AsOf{On: c.on}, "vi")
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		note := func(r *planning.Reason) {
			if r != nil && r.Pack != nil {
				seen[*r.Pack] = true
			}
		}
		note(card.Planning.Floors.Because)
		for _, d := range card.Planning.Density.Could {
			seen["national"] = seen["national"] || strings.HasPrefix(d.Rule, "QCVN-")
		}
		if seen["ONE"] != c.loaded {
			t.Errorf("%s: the loaded pack holds: %v", c.on, seen)
		}
		if seen["national"] != c.national {
			t.Errorf("%s: the national pack holds: %v", c.on, seen)
		}
	}
}
