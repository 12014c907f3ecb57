package planning

import (
	"testing"

	"pgregory.net/rapid"
)

func genCover(t *rapid.T, id uint64) Cover {
	plan := &Plan{Code: "P", LegalStatus: rapid.SampledFrom([]string{"inForce", "inForce", "", "draft", "repealed"}).Draw(t, "status")}
	z := Zone{ID: id, Code: string(rune('A' + id)), Plan: plan}
	if rapid.Bool().Draw(t, "says") {
		f := float64(rapid.IntRange(0, 12).Draw(t, "floors"))
		z.Floors = &f
	}
	return Cover{Zone: z, Share: rapid.Float64Range(0.02, 1).Draw(t, "share"), Area: 10}
}

// Adding a zone never raises an answer, a stricter zone never loosens one, and
// taking the binding zone away changes the reason.
func TestAssessMetamorphic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "zones")
		var covers []Cover
		for i := range n {
			covers = append(covers, genCover(t, uint64(i)))
		}
		floors := func(c []Cover) Limit { return Rules{}.Assess(Site{Area: 100}, c, nil, Known{}).Floors }
		all, fewer := floors(covers), floors(covers[:n-1])
		if fewer.Max != nil && (all.Max == nil || *all.Max > *fewer.Max) {
			t.Fatalf("a further zone raised %v to %v", *fewer.Max, all.Max)
		}
		if all.Max == nil {
			if all.Outcome != NoData || all.Because != nil {
				t.Fatalf("no number, but %+v", all)
			}
			return
		}
		if all.Because == nil || all.Because.Zone == nil || all.Status == nil {
			t.Fatalf("a number without its reason: %+v", all)
		}
		var without []Cover
		stricter := append([]Cover(nil), covers...)
		for i, c := range covers {
			if c.Zone.Code != *all.Because.Zone {
				without = append(without, c)
				continue
			}
			less := *c.Zone.Floors / 2
			stricter[i].Zone.Floors = &less
		}
		if w := floors(without); w.Because != nil && *w.Because.Zone == *all.Because.Zone {
			t.Fatalf("the binding zone is gone and still cited")
		}
		if s := floors(stricter); *s.Max > *all.Max {
			t.Fatalf("a stricter zone loosened %v to %v", *all.Max, *s.Max)
		}
	})
}

// A zone without a code is called by its id wherever something is said of it.
func TestZonesWithoutACode(t *testing.T) {
	floors := 3.0
	a := Rules{}.Assess(Site{Area: 100, Uses: []string{"ODT"}}, []Cover{{Zone: Zone{ID: 77, Floors: &floors, Use: "ODT"}, Share: 1, Area: 100}}, nil, Known{})
	if *a.Floors.Because.Zone != "77" || *a.Floors.Parts[0].Zone != "77" || a.Conversion[0].Part != "77" || a.Zones[0].ID != "77" || a.Zones[0].Code != nil {
		t.Errorf("%+v, %+v", a.Floors.Because, a.Zones)
	}
}
